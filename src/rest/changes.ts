import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readChanges } from '../usecases/dashboards/read-changes.ts'
import { isKnown } from './conditional.ts'
import { type RouteOptions, typed } from './routes.ts'
import { latestChange } from './shapes.ts'

export async function changeRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  typed(instance).get('/v1/changes', {
    config: { access: 'changes.read' },
    schema: {
      tags: ['看板 / Dashboards'],
      summary: '有无变化（If-None-Match）/ Has anything changed: ask again with If-None-Match',
      description:
        '答复带 ETag；以 If-None-Match 再问，无变化时为 304。 / The answer has an ETag; asked again with If-None-Match it is 304 while nothing has changed.',
      querystring: z.strictObject({}),
      headers: z.looseObject({ 'if-none-match': z.string().max(8_000).optional() }),
      response: { 200: latestChange, 304: z.null().meta({ description: 'Nothing has changed.' }) },
    },
    handler: async (request, reply) => {
      const latest = await readChanges(registry, request.registryContext)
      const tag = `"${latest.tag}"`
      // One address, another answer for each account: kept by nobody but the caller, and asked anew each time.
      reply.header('etag', tag).header('cache-control', 'private, no-cache').header('vary', 'authorization')
      return isKnown(request.headers['if-none-match'], tag) ? reply.code(304).send(null) : latest
    },
  })
}
