import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { addCalendar, calendarInput } from '../usecases/calendar/add-calendar.ts'
import { addEscalationRule, escalationInput } from '../usecases/calendar/manage-escalation.ts'
import { addDeadlineRule, ruleInput } from '../usecases/calendar/manage-rules.ts'
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
  const app = typed(instance)

  app.post('/v1/calendar/versions', {
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

  app.post('/v1/deadline-rules', {
    config: { access: 'calendar.manage' },
    schema: {
      tags,
      summary: '增加期限规则版本 / Add a version of a deadline rule',
      body: ruleInput,
      response: { 201: z.object({ version: z.number() }) },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await addDeadlineRule(registry, request.registryContext, request.body)),
  })

  app.post('/v1/escalation-rules', {
    config: { access: 'calendar.manage' },
    schema: {
      tags,
      summary: '增加催报规则版本 / Add a version of what is said around a due day',
      body: escalationInput,
      response: { 201: z.object({ version: z.number() }) },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await addEscalationRule(registry, request.registryContext, request.body)),
  })
}
