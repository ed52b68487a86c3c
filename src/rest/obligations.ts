import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { dayInput, idInput } from '../usecases/inputs.ts'
import {
  obligationsQuery,
  readObligation,
  readObligations,
  writeObligationsPage,
} from '../usecases/obligations/read-obligations.ts'
import { receiptInput, recordReceipt } from '../usecases/obligations/record-receipt.ts'
import { reviewInput, reviewReceipt } from '../usecases/obligations/review-receipt.ts'
import {
  confirmProposedWaiver,
  declineProposedWaiver,
  proposeWaiver,
  waiverInput,
} from '../usecases/obligations/waive-obligation.ts'
import { obligationColumns } from './columns.ts'
import { sendCsv, wantsCsv } from './csv.ts'
import { sendPage } from './json-pages.ts'
import { idParams, optionalKey, type RouteOptions, typed } from './routes.ts'
import { listOf, obligation, obligationDetail, pageOfShape, receipt, reviewedReceipt } from './shapes.ts'

const tags = ['报送义务 / Obligations']

export async function obligationRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/obligations', {
    config: { access: 'obligations.read' },
    schema: {
      tags,
      summary: '报送义务列表 / Obligations by due day; CSV with Accept: text/csv',
      querystring: obligationsQuery,
      response: { 200: pageOfShape(obligation) },
    },
    handler: async (request, reply) => {
      const { registryContext: context, query } = request
      if (!wantsCsv(request)) return sendPage(reply, await writeObligationsPage(registry, context, query))
      return sendCsv(request, reply, 'obligations', obligationColumns, (cursor) =>
        readObligations(registry, context, { ...query, limit: 500, cursor }),
      )
    },
  })

  app.get('/v1/obligations/:id', {
    config: { access: 'obligations.read' },
    schema: {
      tags,
      summary:
        '一项义务、其期限的算法、回执与历史 / One obligation: the arithmetic of its due day, receipts and history',
      params: idParams,
      querystring: z.strictObject({ on: dayInput.optional() }),
      response: { 200: obligationDetail },
    },
    handler: (request) => readObligation(registry, request.registryContext, request.params.id, request.query.on),
  })

  app.post('/v1/obligations/:id/receipts', {
    config: { access: 'receipts.record', keepsAttempts: true },
    schema: {
      tags,
      summary: '登记回执 / Record that it was reported',
      headers: optionalKey,
      params: idParams,
      body: receiptInput.meta({ examples: [{ reportedOn: '2026-11-20', receiptNumber: 'CNCA-示例-0001' }] }),
      response: { 201: z.object({ receipt, obligation }) },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const { answer, replayed } = await recordReceipt(
        registry,
        request.registryContext,
        id,
        request.body,
        request.headers['idempotency-key'],
      )
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send(answer)
    },
  })

  app.post('/v1/obligations/:id/receipts/:receiptId/reviews', {
    config: { access: 'receipts.review' },
    schema: {
      tags,
      summary: '监管部门确认或质疑回执 / The regulator confirms or contests a receipt',
      params: z.object({ id: idInput, receiptId: idInput }),
      body: reviewInput,
      response: { 201: z.object({ receipts: listOf(reviewedReceipt) }) },
    },
    handler: async (request, reply) => {
      const { id, receiptId } = request.params
      return reply.code(201).send(await reviewReceipt(registry, request.registryContext, id, receiptId, request.body))
    },
  })

  app.post('/v1/obligations/:id/waiver', {
    config: { access: 'waivers.propose' },
    schema: {
      tags,
      summary: '提出免除 / Propose a waiver; a duty to the regulator waits for its confirmation',
      params: idParams,
      body: waiverInput,
      response: { 201: obligation },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await proposeWaiver(registry, request.registryContext, request.params.id, request.body)),
  })

  app.post('/v1/obligations/:id/waiver/confirmation', {
    config: { access: 'waivers.confirm' },
    schema: {
      tags,
      summary: '监管部门确认免除 / The regulator confirms the waiver',
      params: idParams,
      response: { 200: obligation },
    },
    handler: (request) => confirmProposedWaiver(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/obligations/:id/waiver/refusal', {
    config: { access: 'waivers.confirm' },
    schema: {
      tags,
      summary: '监管部门不同意免除 / The regulator declines the waiver',
      params: idParams,
      response: { 200: obligation },
    },
    handler: (request) => declineProposedWaiver(registry, request.registryContext, request.params.id),
  })
}
