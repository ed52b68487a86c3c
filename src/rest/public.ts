import cors from '@fastify/cors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { dayInShanghai } from '../clock.ts'
import { refuse } from '../domain/refusals.ts'
import { listEscalationRules } from '../usecases/calendar/manage-escalation.ts'
import { readDeadlineRules } from '../usecases/calendar/manage-rules.ts'
import { dueQuery, readCalendarVersions, readDueDate } from '../usecases/calendar/read-calendar.ts'
import { type Verification, verifyCertificate } from '../usecases/certificates/verify-certificate.ts'
import type { Registry } from '../usecases/context.ts'
import { dayInput } from '../usecases/inputs.ts'
import { listLadderRules } from '../usecases/measures/manage-ladder.ts'
import { escalationRule } from './notice-shapes.ts'
import { languageOf, problemDocument, problemHeaders, problemList, unknownRoute } from './problems.ts'
import { registerPublicLists } from './public-register.ts'
import { type RouteOptions, typed } from './routes.ts'
import { deadlineRule, dueDate, instant, ladderRule, listOf, problemShape, verification } from './shapes.ts'

/** What anyone may ask, without sign-in: open to scripts of other sites, cacheable, rate limited. */
export async function publicRoutes(
  instance: FastifyInstance,
  { registry, requestsPerMinute }: RouteOptions & { requestsPerMinute: number },
): Promise<void> {
  // The plugin's route for preflights reaches every path; it is to answer for those of these questions only.
  const paths: RegExp[] = []
  instance.addHook('onRoute', ({ url, method }) => {
    if (method === 'GET') paths.push(new RegExp(`^${url.replace(/:\w+/g, '[^/?]+')}(\\?|$)`))
  })
  instance.addHook('onRequest', async (request) => {
    if (request.method === 'OPTIONS' && !paths.some((path) => path.test(request.url))) throw unknownRoute(request)
  })
  await instance.register(cors, {
    origin: '*',
    methods: ['GET'],
    exposedHeaders: ['x-request-id', 'retry-after', 'etag', 'repr-digest', 'link', 'content-disposition'],
    strictPreflight: false,
  })
  const app = typed(instance)
  const config = { access: 'public' as const, rateLimit: { max: requestsPerMinute, timeWindow: '1 minute' } }
  const tags = ['公开查询 / Public']
  const asked = {
    member: z.string().max(64).optional().meta({ description: 'Approval number or id of a member.' }),
    on: dayInput.optional(),
  }
  const number = z
    .string()
    .max(4_000)
    .meta({ examples: ['SL-2026-0001'] })
  const response = { 200: verification, 400: z.looseObject({ ...verification.shape, ...problemShape.shape }) }

  app.get('/v1/verify', {
    config,
    schema: {
      tags,
      summary: '证书查验 / Verify a certificate',
      querystring: z.strictObject({ number, ...asked }),
      response,
    },
    handler: (request, reply) => verify(registry, request, reply, request.query),
  })

  app.get('/v1/verify/:number', {
    config,
    schema: {
      tags,
      summary: '证书查验 / Verify a certificate',
      params: z.object({ number }),
      querystring: z.strictObject(asked),
      response,
    },
    handler: (request, reply) => verify(registry, request, reply, { ...request.params, ...request.query }),
  })

  app.get('/v1/calendar/due', {
    config,
    schema: {
      tags,
      summary: '工作日期限计算 / The due day after so many working days',
      querystring: dueQuery,
      response: { 200: dueDate },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return readDueDate(registry, request.query)
    },
  })

  app.get('/v1/calendar', {
    config,
    schema: {
      tags,
      summary: '工作日历版本 / Versions of the official calendar',
      response: {
        200: z.object({
          items: listOf(
            z.object({ version: z.number(), note: z.string(), recordedAt: instant, years: listOf(z.number()) }),
          ),
        }),
      },
    },
    handler: async () => readCalendarVersions(registry),
  })

  app.get('/v1/deadline-rules', {
    config,
    schema: {
      tags,
      summary: '期限规则及其版本 / Deadline rules with their versions',
      response: { 200: z.object({ items: listOf(deadlineRule) }) },
    },
    handler: async () => readDeadlineRules(registry),
  })

  app.get('/v1/escalation-rules', {
    config,
    schema: {
      tags,
      summary: '催报规则及其版本 / What is said around a due day, with its versions',
      response: { 200: z.object({ items: listOf(escalationRule) }) },
    },
    handler: async () => listEscalationRules(registry),
  })

  app.get('/v1/ladder-rules', {
    config,
    schema: {
      tags,
      summary: '答复与申诉期限及其版本 / Windows to reply to a measure and to appeal, with their versions',
      response: { 200: z.object({ items: listOf(ladderRule) }) },
    },
    handler: async () => listLadderRules(registry),
  })

  registerPublicLists(instance, registry, config)

  app.get('/v1/problems', {
    config,
    schema: {
      tags,
      summary: '拒绝代码一览 / Every code with which the registry says no',
      response: {
        200: z.object({ items: listOf(z.object({ code: z.string(), status: z.number(), title: z.string() })) }),
      },
    },
    handler: async (request) => ({ items: problemList(languageOf(request)) }),
  })

  app.get('/v1/problems/:code', {
    config,
    schema: {
      tags,
      summary: '一个拒绝代码 / One code',
      params: z.object({ code: z.string().max(64) }),
      response: { 200: z.object({ code: z.string(), status: z.number(), title: z.string() }) },
    },
    handler: async (request) => {
      const found = problemList(languageOf(request)).find(({ code }) => code === request.params.code)
      if (!found) throw refuse('not_found', 'code', { values: { what: ['代码', 'code'] } })
      return found
    },
  })
}

type Asked = {
  readonly number: string
  readonly member?: string | undefined
  readonly on?: Verification['on'] | undefined
}

async function verify(registry: Registry, request: FastifyRequest, reply: FastifyReply, asked: Asked) {
  const on = asked.on ?? dayInShanghai(registry.clock.now())
  const { fault, ...answer } = await verifyCertificate(registry, { number: asked.number, member: asked.member, on })
  if (fault === null) return reply.header('cache-control', 'public, max-age=60').send(answer)
  const problem = problemDocument(
    refuse(fault.code, 'number', { value: asked.number.slice(0, 100), values: fault.values }),
    request,
  )
  return reply
    .code(400)
    .headers(problemHeaders(request))
    .send({ ...problem, ...answer })
}
