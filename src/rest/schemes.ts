import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  addScheme,
  addSchemeVersion,
  readSchemes,
  schemeInput,
  schemeVersionInput,
} from '../usecases/schemes/manage-schemes.ts'
import { type RouteOptions, typed } from './routes.ts'
import { listOf, scheme } from './shapes.ts'

const tags = ['认证方案 / Schemes']

export async function schemeRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/schemes', {
    config: { access: 'schemes.read' },
    schema: {
      tags,
      summary: '认证方案 / Schemes with their versions',
      response: { 200: z.object({ items: listOf(scheme) }) },
    },
    handler: async (request) => ({ items: await readSchemes(registry, request.registryContext) }),
  })

  app.post('/v1/schemes', {
    config: { access: 'schemes.write' },
    schema: {
      tags,
      summary: '增加认证方案 / Add a scheme',
      body: schemeInput,
      response: { 201: z.object({ code: z.string() }) },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await addScheme(registry, request.registryContext, request.body)),
  })

  app.post('/v1/schemes/:code/versions', {
    config: { access: 'schemes.write' },
    schema: {
      tags,
      summary: '增加方案版本 / Add a version of a scheme',
      params: z.object({ code: z.string().max(64) }),
      body: schemeVersionInput,
      response: { 201: z.object({ version: z.number() }) },
    },
    handler: async (request, reply) =>
      reply
        .code(201)
        .send(await addSchemeVersion(registry, request.registryContext, request.params.code, request.body)),
  })
}
