import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { measureGrounds, measureKinds, measureStates, measureSteps, stepOutcomes } from '../domain/measure.ts'
import { addLadderRule, ladderInput } from '../usecases/measures/manage-ladder.ts'
import { measureInput, proposeMeasure } from '../usecases/measures/propose-measure.ts'
import { measuresQuery, readMeasure, readMeasures } from '../usecases/measures/read-measures.ts'
import {
  answerRectification,
  appealDecisionInput,
  appealInput,
  appealMeasure,
  concludeMeasure,
  conclusionInput,
  decideAppeal,
  decideMeasure,
  decisionInput,
  rectificationStepInput,
  replyInput,
  replyToMeasure,
} from '../usecases/measures/take-step.ts'
import { idParams, optionalKey, type RouteOptions, typed } from './routes.ts'
import { day, historyEntry, instant, listOf, pageOfShape } from './shapes.ts'

const tags = ['成员处理 / Measures']

const id = z.string().meta({ format: 'uuid' })
const text = z.string()

const step = z.object({
  step: z.enum(measureSteps),
  onDay: day,
  outcome: z.enum(stepOutcomes).nullable(),
  mitigatedTo: z.enum(measureKinds).nullable(),
  planDueOn: day.nullable(),
  appealUntilOn: day.nullable(),
  words: text,
  recordedAt: instant,
  recordedBy: text,
  recordedByName: text,
})

const measure = z.object({
  id,
  memberId: id,
  kind: z.enum(measureKinds),
  decidedKind: z.enum(measureKinds).meta({ description: 'The rung that was decided; the proposed one until then.' }),
  state: z.enum(measureStates),
  ground: z.enum(measureGrounds),
  reasons: text,
  followsId: id.nullable(),
  factsSha256: text.meta({ description: 'SHA-256 of the canonical JSON (RFC 8785) of `facts`.' }),
  knownAt: instant,
  proposedOn: day,
  replyUntilOn: day,
  planDueOn: day.nullable(),
  ruleVersion: z.number(),
  calendarVersion: z.number(),
  steps: listOf(step),
  recordedAt: instant,
  recordedBy: text,
  recordedByName: text,
})

const measureDetail = measure.extend({
  facts: z.record(z.string(), z.any()).meta({ description: 'As they were known when the measure was proposed.' }),
  factsOfSteps: listOf(
    z.object({
      step: z.enum(measureSteps),
      facts: z.record(z.string(), z.any()).nullable(),
      factsSha256: text.nullable(),
    }),
  ).meta({ description: 'As they were known at the decision, at that on the appeal, and at the conclusion.' }),
  history: listOf(historyEntry),
})

/** The ladder of R8: who proposed what on which facts, the reply, the decision, the appeal and its outcome. */
export async function measureRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/measures', {
    config: { access: 'measures.read' },
    schema: {
      tags,
      summary: '处理措施列表 / Measures by the day they were proposed',
      querystring: measuresQuery,
      response: { 200: pageOfShape(measure) },
    },
    handler: (request) => readMeasures(registry, request.registryContext, request.query),
  })

  app.get('/v1/measures/:id', {
    config: { access: 'measures.read' },
    schema: {
      tags,
      summary: '一项处理措施及其依据的事实 / One measure with the facts that it rests on',
      params: idParams,
      response: { 200: measureDetail },
    },
    handler: (request) => readMeasure(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/members/:id/measures', {
    config: { access: 'measures.propose' },
    schema: {
      tags,
      summary: '提出处理措施 / Propose a measure; its facts are frozen',
      headers: optionalKey,
      params: idParams,
      body: measureInput.meta({
        examples: [{ kind: 'warning', reasons: '示例：本季度三份结果迟报。', obligationIds: [] }],
      }),
      response: { 201: measure },
    },
    handler: async (request, reply) => {
      const key = request.headers['idempotency-key']
      const context = request.registryContext
      const { answer, replayed } = await proposeMeasure(registry, context, request.params.id, request.body, key)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send(answer)
    },
  })

  app.post('/v1/ladder-rules', {
    config: { access: 'calendar.manage' },
    schema: {
      tags,
      summary: '增加答复与申诉期限版本 / Add a version of the windows to reply and to appeal',
      body: ladderInput,
      response: { 201: z.object({ version: z.number() }) },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await addLadderRule(registry, request.registryContext, request.body)),
  })

  await app.register(stepRoutes, { registry })
}

async function stepRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)
  const response = { 200: measure }

  app.post('/v1/measures/:id/reply', {
    config: { access: 'measures.answer' },
    schema: { tags, summary: '机构答复 / The body replies', params: idParams, body: replyInput, response },
    handler: (request) => replyToMeasure(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/measures/:id/decision', {
    config: { access: 'measures.decide' },
    schema: {
      tags,
      summary: '作出决定：维持、减轻或撤回 / Confirm, mitigate or withdraw',
      params: idParams,
      body: decisionInput,
      response,
    },
    handler: (request) => decideMeasure(registry, request.registryContext, request.params.id, request.body),
  })

  for (const [step, summary] of [
    ['plan', '机构提交整改方案 / The body hands in its plan of rectification'],
    ['report', '机构报告整改完成情况 / The body reports that it has carried it out'],
  ] as const)
    app.post(`/v1/measures/:id/${step}`, {
      config: { access: 'measures.answer' },
      schema: { tags, summary, params: idParams, body: rectificationStepInput, response },
      handler: (request) =>
        answerRectification(registry, request.registryContext, request.params.id, step, request.body),
    })

  app.post('/v1/measures/:id/appeal', {
    config: { access: 'measures.answer' },
    schema: { tags, summary: '机构申诉 / The body appeals, once', params: idParams, body: appealInput, response },
    handler: (request) => appealMeasure(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/measures/:id/appeal-decision', {
    config: { access: 'appeals.decide' },
    schema: {
      tags,
      summary: '对申诉作出决定（另一人） / Decide the appeal; another person',
      params: idParams,
      body: appealDecisionInput,
      response,
    },
    handler: (request) => decideAppeal(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/measures/:id/conclusion', {
    config: { access: 'measures.decide' },
    schema: {
      tags,
      summary: '结案：整改通过或未通过，解除暂停 / A rectification passed or failed, a suspension lifted',
      params: idParams,
      body: conclusionInput,
      response,
    },
    handler: (request) => concludeMeasure(registry, request.registryContext, request.params.id, request.body),
  })
}
