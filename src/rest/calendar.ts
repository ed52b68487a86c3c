import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { addCalendar, calendarInput } from '../usecases/calendar/add-calendar.ts'
import { type RouteOptions, typed } from './routes.ts'
import { day, listOf } from './shapes.ts'

const tags = ['工作日历 / Calendar']

const added = z.object({
  version: z.number(),
  recomputed: listOf(
    z.object({ obligationId: z.string(), dueOn: z.object({ from: day, to: day }), provisional: z.boolean() }),
  ),
})

export async function calendarRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  typed(instance).post('/v1/calendar/versions', {
    config: { access: 'calendar.manage' },
    schema: {
      tags,
      summary: '增加年度安排或修订 / Add a year or an amended notice; open obligations are recounted',
      body: calendarInput,
      response: { 201: added },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await addCalendar(registry, request.registryContext, request.body)),
  })
}
