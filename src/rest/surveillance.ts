import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { suspensionGrounds, visitOutcomes } from '../domain/surveillance.ts'
import { readVisits, visitsQuery } from '../usecases/surveillance/read-visits.ts'
import { recordVisit, visitInput } from '../usecases/surveillance/record-visit.ts'
import { suggestionsQuery, suggestSuspensions } from '../usecases/surveillance/suggest-suspensions.ts'
import { idParams, optionalKey, type RouteOptions, typed } from './routes.ts'
import { day, instant, pageOfShape } from './shapes.ts'

const tags = ['年度监督 / Surveillance']

const id = z.string().meta({ format: 'uuid' })
const text = z.string()

const visit = z.object({
  id,
  certificateId: id,
  memberId: id,
  obligationId: id.nullable().meta({ description: 'The surveillance that it met; null for a visit between times.' }),
  visitedOn: day,
  outcome: z.enum(visitOutcomes),
  correctionsDueOn: day.nullable(),
  summary: text,
  evidence: text.nullable(),
  backReported: z.boolean(),
  supersedesId: id.nullable(),
  recordedAt: instant,
  recordedBy: text,
})

const suggestion = z.object({
  id: id.meta({ description: 'Of the obligation or the visit that is the ground.' }),
  ground: z.enum(suspensionGrounds),
  groundName: z.object({ zh: text, en: text }),
  since: day,
  reasonCode: text,
  certificateId: id,
  memberId: id,
  number: text,
  holderName: text,
  productName: text,
  validUntil: day,
})

/** Visits to the holders of certificates, and what they suggest (R3). */
export async function surveillanceRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/surveillance/visits', {
    config: { access: 'visits.read' },
    schema: {
      tags,
      summary: '监督检查记录 / Surveillance visits by day',
      querystring: visitsQuery,
      response: { 200: pageOfShape(visit) },
    },
    handler: (request) => readVisits(registry, request.registryContext, request.query),
  })

  app.get('/v1/surveillance/suggestions', {
    config: { access: 'visits.read' },
    schema: {
      tags,
      summary: '建议考虑暂停的证书（仅为建议） / Certificates that might be suspended; suggestions only',
      querystring: suggestionsQuery,
      response: { 200: pageOfShape(suggestion) },
    },
    handler: (request) => suggestSuspensions(registry, request.registryContext, request.query),
  })

  app.post('/v1/certificates/:id/visits', {
    config: { access: 'visits.record', keepsAttempts: true },
    schema: {
      tags,
      summary: '登记监督检查 / Record a surveillance visit, or correct one',
      headers: optionalKey,
      params: idParams,
      body: visitInput.meta({
        examples: [{ outcome: 'conforming', visitedOn: '2026-11-19', summary: '示例：现场检查与抽样均符合要求。' }],
      }),
      response: { 201: visit },
    },
    handler: async (request, reply) => {
      const key = request.headers['idempotency-key']
      const context = request.registryContext
      const { answer, replayed } = await recordVisit(registry, context, request.params.id, request.body, key)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send(answer)
    },
  })
}
