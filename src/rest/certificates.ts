import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { actionInput } from '../usecases/certificates/action-input.ts'
import {
  certificatesQuery,
  readCertificate,
  readCertificates,
  writeCertificatesPage,
} from '../usecases/certificates/read-certificates.ts'
import { takeAction } from '../usecases/certificates/take-action.ts'
import { dayInput } from '../usecases/inputs.ts'
import { certificateColumns } from './columns.ts'
import { sendCsv, wantsCsv } from './csv.ts'
import { sendPage } from './json-pages.ts'
import { idParams, optionalKey, type RouteOptions, typed } from './routes.ts'
import { actionTaken, certificate, certificateDetail, pageOfShape } from './shapes.ts'

const tags = ['证书 / Certificates']

export async function certificateRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/certificates', {
    config: { access: 'certificates.read' },
    schema: {
      tags,
      summary: '证书列表 / Certificates by last day; CSV with Accept: text/csv',
      querystring: certificatesQuery,
      response: { 200: pageOfShape(certificate) },
    },
    handler: async (request, reply) => {
      const { registryContext: context, query } = request
      if (!wantsCsv(request)) return sendPage(reply, await writeCertificatesPage(registry, context, query))
      return sendCsv(request, reply, 'certificates', certificateColumns, (cursor) =>
        readCertificates(registry, context, { ...query, limit: 500, cursor }),
      )
    },
  })

  app.get('/v1/certificates/:id', {
    config: { access: 'certificates.read' },
    schema: {
      tags,
      summary: '一张证书及其历史 / One certificate with versions, events, obligations and history',
      params: idParams,
      querystring: z.strictObject({ on: dayInput.optional() }),
      response: { 200: certificateDetail },
    },
    handler: (request) => readCertificate(registry, request.registryContext, request.params.id, request.query.on),
  })

  app.post('/v1/certificates/:id/actions', {
    config: { access: 'certificates.act', keepsAttempts: true },
    schema: {
      tags,
      summary: '证书变更 / Restrict, amend, suspend, reinstate, withdraw or cancel',
      headers: optionalKey,
      params: idParams,
      body: actionInput.meta({
        examples: [{ action: 'suspend', on: '2026-11-20', untilOn: '2027-02-20', reasonCode: 'surveillance_missed' }],
      }),
      response: { 201: actionTaken },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const { answer, replayed } = await takeAction(
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
}
