import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { documentKinds } from '../domain/alliance.ts'
import {
  appoint,
  appointmentEndInput,
  appointmentInput,
  endAppointmentOn,
  readAppointments,
} from '../usecases/alliance/manage-appointments.ts'
import {
  acknowledgeDocument,
  documentInput,
  documentsQuery,
  publishDocument,
  readAcknowledgements,
  readDocument,
  readDocuments,
} from '../usecases/alliance/manage-documents.ts'
import {
  inactivityQuery,
  readInactive,
  readReviews,
  recordReview,
  reviewInput,
} from '../usecases/alliance/review-inactivity.ts'
import { idParams, nothing, type RouteOptions, typed } from './routes.ts'
import { day, instant, listOf, pageOfShape } from './shapes.ts'

const tags = ['联盟事务 / The alliance itself']

const id = z.string().meta({ format: 'uuid' })
const text = z.string()

const appointment = z.object({
  id,
  organisation: text,
  fromOn: day,
  untilOn: day.nullable(),
  document: text,
  recordedAt: instant,
  recordedBy: text,
})

const listedDocument = z.object({
  id,
  code: text,
  version: z.number(),
  kind: z.enum(documentKinds),
  title: text,
  sha256: text.meta({ description: 'Of the canonical JSON of title and body.' }),
  validFromOn: day,
  acknowledgedAt: instant.nullable().meta({ description: 'When the member that asks took note of it.' }),
  recordedAt: instant,
  recordedBy: text,
})

const document = listedDocument.extend({ body: text })

const review = z.object({
  id,
  memberId: id,
  reviewedOn: day,
  conclusion: z.enum(['keep', 'measure']),
  words: text,
  recordedAt: instant,
  recordedBy: text,
})

/** Who runs the alliance, what it asks of its members, and who has done nothing for two years (N1, R9). */
export async function allianceRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/secretariat-appointments', {
    config: { access: 'alliance.read' },
    schema: {
      tags,
      summary: '秘书处任命 / Who was appointed to run the alliance',
      response: { 200: z.object({ items: listOf(appointment) }) },
    },
    handler: (request) => readAppointments(registry, request.registryContext),
  })

  app.post('/v1/secretariat-appointments', {
    config: { access: 'appointments.record' },
    schema: {
      tags,
      summary: '登记秘书处任命 / Record an appointment',
      body: appointmentInput,
      response: { 201: appointment },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await appoint(registry, request.registryContext, request.body)),
  })

  app.post('/v1/secretariat-appointments/:id/end', {
    config: { access: 'appointments.record' },
    schema: {
      tags,
      summary: '任命终止 / Give an appointment its last day',
      params: idParams,
      body: appointmentEndInput,
      response: { 200: appointment },
    },
    handler: (request) => endAppointmentOn(registry, request.registryContext, request.params.id, request.body),
  })

  app.get('/v1/inactive-members', {
    config: { access: 'alliance.oversee' },
    schema: {
      tags,
      summary: '两年无认证结果、待审查的机构 / Bodies without a result for two years',
      querystring: inactivityQuery,
      response: { 200: z.object({ items: listOf(z.object({ memberId: id, name: text, since: day })) }) },
    },
    handler: (request) => readInactive(registry, request.registryContext, request.query),
  })

  app.get('/v1/members/:id/inactivity-reviews', {
    config: { access: 'alliance.oversee' },
    schema: {
      tags,
      summary: '一家机构的不活跃审查 / The inactivity reviews of a body',
      params: idParams,
      response: { 200: z.object({ items: listOf(review) }) },
    },
    handler: (request) => readReviews(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/members/:id/inactivity-reviews', {
    config: { access: 'alliance.write' },
    schema: {
      tags,
      summary: '登记不活跃审查结论 / What came of an inactivity review',
      params: idParams,
      body: reviewInput,
      response: { 201: review },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await recordReview(registry, request.registryContext, request.params.id, request.body)),
  })

  await app.register(documentRoutes, { registry })
}

async function documentRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/alliance-documents', {
    config: { access: 'alliance.read' },
    schema: {
      tags,
      summary: '联盟文件及版本 / Documents of the alliance with their versions',
      querystring: documentsQuery,
      response: { 200: pageOfShape(listedDocument) },
    },
    handler: (request) => readDocuments(registry, request.registryContext, request.query),
  })

  app.get('/v1/alliance-documents/:id', {
    config: { access: 'alliance.read' },
    schema: {
      tags,
      summary: '一份文件全文 / One document with its text',
      params: idParams,
      response: { 200: document },
    },
    handler: (request) => readDocument(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/alliance-documents', {
    config: { access: 'alliance.write' },
    schema: {
      tags,
      summary: '发布文件或新版本 / Publish a document, or its next version',
      body: documentInput.meta({
        examples: [
          { code: 'work-rules', kind: 'work_rules', title: '示例工作规则', body: '示例', validFromOn: '2026-12-01' },
        ],
      }),
      response: { 201: document },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await publishDocument(registry, request.registryContext, request.body)),
  })

  app.post('/v1/alliance-documents/:id/acknowledgement', {
    config: { access: 'documents.acknowledge' },
    schema: {
      tags,
      summary: '成员机构确认已阅 / A member takes note of it',
      params: idParams,
      response: { 204: nothing },
    },
    handler: async (request, reply) => {
      await acknowledgeDocument(registry, request.registryContext, request.params.id)
      return reply.code(204).send(null)
    },
  })

  app.get('/v1/alliance-documents/:id/acknowledgements', {
    config: { access: 'alliance.oversee' },
    schema: {
      tags,
      summary: '各机构确认情况 / Which bodies have taken note of it',
      params: idParams,
      querystring: documentsQuery,
      response: {
        200: pageOfShape(z.object({ memberId: id, name: text, acknowledgedAt: instant.nullable() })),
      },
    },
    handler: (request) => readAcknowledgements(registry, request.registryContext, request.params.id, request.query),
  })
}
