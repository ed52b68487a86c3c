import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Actor, accessMatrix, type Permission, reachOf, roles } from '../domain/access.ts'
import { endOwnSession, signOut } from '../usecases/accounts/end-sessions.ts'
import { readOwnSessions, sessionsQuery } from '../usecases/accounts/read-sessions.ts'
import { refreshInput, refreshSession } from '../usecases/accounts/refresh-session.ts'
import { ownPasswordInput, setOwnPassword } from '../usecases/accounts/set-own-password.ts'
import { signIn, signInInput } from '../usecases/accounts/sign-in.ts'
import type { SignedIn, Visit } from '../usecases/accounts/start-session.ts'
import { idParams, keepOutOfCaches, nothing, perMinute, type RouteOptions, typed } from './routes.ts'
import { instant, pageOfShape } from './shapes.ts'

export type SessionRouteOptions = RouteOptions & {
  readonly signInsPerMinute: number
  readonly sessionDays: number
}

const tags = ['登录 / Sign-in']
export const affiliation = { name: z.string(), role: z.enum(roles), memberId: z.uuid().nullable() }

const signedInAnswer = z.object({
  accessToken: z.string(),
  tokenType: z.literal('Bearer'),
  expiresInSeconds: z.int(),
  refreshToken: z.string(),
  sessionId: z.uuid(),
  actor: z.object(affiliation),
})
const identityAnswer = z.object({
  actor: z.object({ kind: z.enum(['person', 'machine', 'system']), ...affiliation }),
  permissions: z.record(z.string(), z.enum(['all', 'own', 'none'])),
})

/** `lapsesAt`: it is over then, unless it is used before. */
export const sessionListed = z.object({
  id: z.uuid(),
  userAgent: z.string().nullable(),
  address: z.string(),
  startedAt: instant,
  lastUsedAt: instant,
  lapsesAt: instant,
  isCurrent: z.boolean(),
})

/** People sign in, stay signed in, see where they are, and sign out. Needs `registerAuthentication`. */
export async function sessionRoutes(app: FastifyInstance, options: SessionRouteOptions): Promise<void> {
  signInRoutes(app, options)
  identityRoute(app)
  ownSessionRoutes(app, options)
  passwordRoute(app, options)
}

function signInRoutes(app: FastifyInstance, { registry, signInsPerMinute, sessionDays }: SessionRouteOptions): void {
  const routes = typed(app)
  const config = { access: 'public', rateLimit: perMinute(signInsPerMinute) } as const
  const response = { 200: signedInAnswer }
  const answer = (reply: FastifyReply, { actor, sessionId, refreshToken }: SignedIn) => {
    keepOutOfCaches(reply)
    const { token, expiresInSeconds } = app.issueToken(actor, sessionId)
    const { name, role, memberId } = actor
    const tokens = { accessToken: token, tokenType: 'Bearer' as const, expiresInSeconds, refreshToken }
    return { ...tokens, sessionId, actor: { name, role, memberId } }
  }
  routes.post(
    '/v1/session',
    { config, schema: { tags, summary: '登录 / Sign in', body: signInInput, response } },
    async (request, reply) => answer(reply, await signIn(registry, visitOf(request), request.body, sessionDays)),
  )
  routes.post(
    '/v1/session/refresh',
    {
      config,
      schema: {
        tags,
        summary: '刷新令牌：每个只能用一次 / The next tokens for a refresh token, which is used up',
        body: refreshInput,
        response,
      },
    },
    async (request, reply) =>
      answer(reply, await refreshSession(registry, visitOf(request), request.body.refreshToken, sessionDays)),
  )
}

function visitOf(request: FastifyRequest): Visit {
  return { address: request.ip, userAgent: request.headers['user-agent'] ?? null, requestId: request.id }
}

function identityRoute(app: FastifyInstance): void {
  typed(app).get(
    '/v1/session',
    {
      config: { access: 'session.read' },
      schema: { tags, summary: '当前身份与权限 / Who I am and what I may do', response: { 200: identityAnswer } },
    },
    async (request, reply) => {
      keepOutOfCaches(reply)
      const { actor } = request.registryContext
      const { kind, name, role, memberId } = actor
      return { actor: { kind, name, role, memberId }, permissions: reachTable(actor) }
    },
  )
}

function reachTable(actor: Actor) {
  const permissions = Object.keys(accessMatrix) as Permission[]
  return Object.fromEntries(permissions.map((permission) => [permission, reachOf(actor, permission)]))
}

function ownSessionRoutes(app: FastifyInstance, { registry }: SessionRouteOptions): void {
  const routes = typed(app)
  const config = { access: 'session.read' } as const
  routes.delete(
    '/v1/session',
    { config, schema: { tags, summary: '退出登录 / Sign out', response: { 204: nothing } } },
    async (request, reply) => {
      await signOut(registry, request.registryContext)
      return reply.code(204).send(null)
    },
  )
  routes.get(
    '/v1/sessions',
    {
      config,
      schema: {
        tags,
        summary: '本人的有效会话 / Where I am signed in, the newest first',
        querystring: sessionsQuery,
        response: { 200: pageOfShape(sessionListed) },
      },
    },
    (request) => readOwnSessions(registry, request.registryContext, request.query),
  )
  routes.delete(
    '/v1/sessions/:id',
    {
      config,
      schema: {
        tags,
        summary: '结束本人的一个会话 / End a session of my own',
        params: idParams,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await endOwnSession(registry, request.registryContext, request.params.id)
      return reply.code(204).send(null)
    },
  )
}

function passwordRoute(app: FastifyInstance, { registry, signInsPerMinute }: SessionRouteOptions): void {
  typed(app).put(
    '/v1/session/password',
    {
      config: { access: 'session.read', rateLimit: perMinute(signInsPerMinute) },
      schema: {
        tags,
        summary: '修改本人口令，其他会话随即结束 / Set my password; my other sessions end',
        body: ownPasswordInput,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await setOwnPassword(registry, request.registryContext, request.ip, request.body)
      return reply.code(204).send(null)
    },
  )
}
