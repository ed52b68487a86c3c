import type { FastifyInstance } from 'fastify'
import { eventsQuery, readEvents } from '../usecases/read-events.ts'
import { type RouteOptions, typed } from './routes.ts'
import { event, pageOfShape } from './shapes.ts'

export async function eventRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  typed(instance).get('/v1/events', {
    config: { access: 'events.read' },
    schema: {
      tags: ['事件日志 / Event log'],
      summary: '事件日志 / The event log, newest first',
      querystring: eventsQuery,
      response: { 200: pageOfShape(event) },
    },
    handler: (request) => readEvents(registry, request.registryContext, request.query),
  })
}
