import type { FastifyInstance } from 'fastify'
import type { Ineligibility } from '../domain/eligibility.ts'
import { lineGroundNames, type ScarceScope } from '../domain/proposal-line.ts'
import { sentenceOf } from '../domain/refusals.ts'
import { changeLine, lineChangeInput } from '../usecases/assignments/change-line.ts'
import { issueBatch, issueInput } from '../usecases/assignments/issue-batch.ts'
import {
  capacitiesQuery,
  capacityInput,
  readCapacities,
  stateCapacity,
} from '../usecases/assignments/manage-capacities.ts'
import {
  conflictEndInput,
  conflictInput,
  conflictsQuery,
  declareConflict,
  endConflict,
  readConflicts,
} from '../usecases/assignments/manage-conflicts.ts'
import { proposalInput, proposeBatch } from '../usecases/assignments/propose-batch.ts'
import {
  batchesQuery,
  type LineView,
  linesQuery,
  proposalParams,
  proposalView,
  readBatch,
  readBatches,
  readLines,
  readProposal,
  readProposalInput,
} from '../usecases/assignments/read-batches.ts'
import { eligibilityQuery, readEligibility } from '../usecases/assignments/read-eligibility.ts'
import { ledgerQuery, readLedger } from '../usecases/assignments/read-ledger.ts'
import { batchInput, recordBatch } from '../usecases/assignments/record-batch.ts'
import { idParams, optionalKey, type RouteOptions, typed } from './routes.ts'
import { pageOfShape } from './shapes.ts'
import {
  batch,
  batchDetail,
  batchIssue,
  batchRecorded,
  capacity,
  conflict,
  eligibility,
  ledgerRow,
  line,
  planInput,
  proposal,
  proposalDetail,
} from './shapes-of-desk.ts'

const tags = ['任务分派 / Assignment desk']

/** The desk: who may have a case, what stands against it, and the batches of the cultivation list (N3, R7). */
export async function deskRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/assignments/eligibility', {
    config: { access: 'eligibility.read' },
    schema: {
      tags,
      summary: '一项任务的可承接机构及其他机构的原因 / Who is eligible for one case, and why not the others',
      querystring: eligibilityQuery,
      response: { 200: pageOfShape(eligibility) },
    },
    handler: async (request) => {
      const { items, nextCursor } = await readEligibility(registry, request.registryContext, request.query)
      return { items: items.map((item) => ({ ...item, reasons: item.reasons.map(said) })), nextCursor }
    },
  })

  app.get('/v1/assignments/ledger', {
    config: { access: 'ledger.read' },
    schema: {
      tags,
      summary: '三年份额台账 / Fairness ledger of three years',
      querystring: ledgerQuery,
      response: { 200: pageOfShape(ledgerRow) },
    },
    handler: (request) => readLedger(registry, request.registryContext, request.query),
  })

  await app.register(conflictRoutes, { registry })
  await app.register(batchRoutes, { registry })
}

async function conflictRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/conflicts-of-interest', {
    config: { access: 'conflicts.read' },
    schema: {
      tags,
      summary: '已申报的利益冲突 / Declared conflicts of interest',
      querystring: conflictsQuery,
      response: { 200: pageOfShape(conflict) },
    },
    handler: (request) => readConflicts(registry, request.registryContext, request.query),
  })

  app.post('/v1/conflicts-of-interest', {
    config: { access: 'conflicts.declare' },
    schema: {
      tags,
      summary: '申报利益冲突 / Declare a conflict of interest',
      body: conflictInput,
      response: { 201: conflict },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await declareConflict(registry, request.registryContext, request.body)),
  })

  app.post('/v1/conflicts-of-interest/:id/end', {
    config: { access: 'conflicts.end' },
    schema: {
      tags,
      summary: '终止利益冲突 / End a declared conflict',
      params: idParams,
      body: conflictEndInput,
      response: { 200: conflict },
    },
    handler: (request) => endConflict(registry, request.registryContext, request.params.id, request.body),
  })

  app.get('/v1/capacities', {
    config: { access: 'capacities.read' },
    schema: {
      tags,
      summary: '各机构承接能力 / Stated capacities',
      querystring: capacitiesQuery,
      response: { 200: pageOfShape(capacity) },
    },
    handler: (request) => readCapacities(registry, request.registryContext, request.query),
  })

  app.post('/v1/capacities', {
    config: { access: 'capacities.state' },
    schema: { tags, summary: '登记承接能力 / State a capacity', body: capacityInput, response: { 201: capacity } },
    handler: async (request, reply) =>
      reply.code(201).send(await stateCapacity(registry, request.registryContext, request.body)),
  })
}

async function batchRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/batches', {
    config: { access: 'batches.read' },
    schema: {
      tags,
      summary: '分派批次 / Batches',
      querystring: batchesQuery,
      response: { 200: pageOfShape(batch) },
    },
    handler: (request) => readBatches(registry, request.registryContext, request.query),
  })

  app.post('/v1/batches', {
    config: { access: 'batches.manage' },
    schema: {
      tags,
      summary: '登记一批任务（培育名单） / Record a batch of cases',
      headers: optionalKey,
      body: batchInput,
      response: { 201: batchRecorded },
    },
    handler: async (request, reply) => {
      const key = request.headers['idempotency-key']
      const { answer, replayed } = await recordBatch(registry, request.registryContext, request.body, key)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send(answer)
    },
  })

  app.get('/v1/batches/:id', {
    config: { access: 'batches.read' },
    schema: { tags, summary: '一个批次 / One batch', params: idParams, response: { 200: batchDetail } },
    handler: (request) => readBatch(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/batches/:id/proposals', {
    config: { access: 'batches.manage' },
    schema: {
      tags,
      summary: '求解分派方案 / Propose who gets what',
      params: idParams,
      body: proposalInput,
      response: { 201: proposal },
    },
    handler: async (request, reply) => {
      const { registryContext, params, body } = request
      return reply.code(201).send(proposalView(await proposeBatch(registry, registryContext, params.id, body)))
    },
  })

  app.get('/v1/batches/:id/proposals/:proposalId', {
    config: { access: 'batches.read' },
    schema: {
      tags,
      summary: '一个方案：份额与短缺范围 / One proposal: shares, and scarce scopes',
      params: proposalParams,
      response: { 200: proposalDetail },
    },
    handler: async ({ registryContext, params }) => {
      const found = await readProposal(registry, registryContext, params.id, params.proposalId)
      return { ...found, scarce: found.scarce.map(scarceShown) }
    },
  })

  app.get('/v1/batches/:id/proposals/:proposalId/input', {
    config: { access: 'batches.read' },
    schema: {
      tags,
      summary: '方案的全部输入，可据以复算 / All that a proposal was reckoned from: it can be repeated',
      params: proposalParams,
      response: { 200: planInput },
    },
    handler: ({ registryContext, params }) =>
      readProposalInput(registry, registryContext, params.id, params.proposalId),
  })

  app.get('/v1/batches/:id/proposals/:proposalId/lines', {
    config: { access: 'batches.read' },
    schema: {
      tags,
      summary: '方案各行及理由 / The lines of a proposal, each with its ground',
      params: proposalParams,
      querystring: linesQuery,
      response: { 200: pageOfShape(line) },
    },
    handler: async ({ registryContext, params, query }) => {
      const { items, nextCursor } = await readLines(registry, registryContext, params, query)
      return { items: items.map(lineShown), nextCursor }
    },
  })

  app.post('/v1/batches/:id/proposals/:proposalId/changes', {
    config: { access: 'batches.manage' },
    schema: {
      tags,
      summary: '更改一行并说明理由 / Change a line, with a reason',
      params: proposalParams,
      body: lineChangeInput,
      response: { 201: line },
    },
    handler: async ({ registryContext, params, body }, reply) =>
      reply.code(201).send(lineShown(await changeLine(registry, registryContext, params, body))),
  })

  app.post('/v1/batches/:id/issue', {
    config: { access: 'batches.manage' },
    schema: {
      tags,
      summary: '下达批次 / Issue the batch: make its assignments',
      params: idParams,
      body: issueInput,
      response: { 201: batchIssue },
    },
    handler: async ({ registryContext, params, body }, reply) =>
      reply.code(201).send(await issueBatch(registry, registryContext, params.id, body)),
  })
}

function said(reason: Ineligibility) {
  return { code: reason.code, zh: sentenceOf(reason, 'zh'), en: sentenceOf(reason, 'en') }
}

function lineShown({ ground, ...rest }: LineView) {
  const { words, reasons, ...facts } = ground
  return { ...rest, ground: { ...facts, zh: words[0], en: words[1], reasons: reasons.map(said) } }
}

function scarceShown(scope: ScarceScope) {
  const [zh, en] = lineGroundNames[scope.code]
  return { ...scope, zh, en }
}
