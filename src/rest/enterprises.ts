import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { changeEnterprise, enterpriseChanges, registerEnterprise } from '../usecases/enterprises/manage-enterprises.ts'
import { enterprisesQuery, readEnterprise, readEnterprises } from '../usecases/enterprises/read-enterprises.ts'
import { enterpriseInput } from '../usecases/enterprises/resolve-enterprise.ts'
import { enterpriseColumns } from './columns.ts'
import { sendCsv, wantsCsv } from './csv.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { created, enterprise, enterpriseDetail, pageOfShape } from './shapes.ts'

const tags = ['企业 / Enterprises']

export async function enterpriseRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/enterprises', {
    config: { access: 'enterprises.read' },
    schema: {
      tags,
      summary: '企业列表 / Enterprises by name; CSV with Accept: text/csv',
      querystring: enterprisesQuery,
      response: { 200: pageOfShape(enterprise) },
    },
    handler: async (request, reply) => {
      const { registryContext: context, query } = request
      if (!wantsCsv(request)) return readEnterprises(registry, context, query)
      return sendCsv(request, reply, 'enterprises', enterpriseColumns, (cursor) =>
        readEnterprises(registry, context, { ...query, limit: 500, cursor }),
      )
    },
  })

  app.get('/v1/enterprises/:id', {
    config: { access: 'enterprises.read' },
    schema: {
      tags,
      summary: '一家企业及其曾用名 / One enterprise with its names and history',
      params: idParams,
      response: { 200: enterpriseDetail },
    },
    handler: (request) => readEnterprise(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/enterprises', {
    config: { access: 'enterprises.write' },
    schema: { tags, summary: '登记企业 / Register an enterprise', body: enterpriseInput, response: { 201: created } },
    handler: async (request, reply) =>
      reply.code(201).send(await registerEnterprise(registry, request.registryContext, request.body)),
  })

  app.patch('/v1/enterprises/:id', {
    config: { access: 'enterprises.write' },
    schema: {
      tags,
      summary: '变更企业信息 / Change an enterprise',
      params: idParams,
      body: enterpriseChanges,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      await changeEnterprise(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  })
}
