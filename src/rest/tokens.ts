import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type Actor, accessMatrix, type Permission, reachOf, roles } from '../domain/access.ts'
import { Refusal } from '../domain/refusals.ts'
import { jwksOf, type SigningKeys } from '../signing-keys.ts'
import { authenticateClient, type ClientCredentials } from '../usecases/accounts/authenticate-client.ts'
import {
  accountChangeInput,
  changeAccount,
  createAccount,
  newAccountInput,
  showAccounts,
} from '../usecases/accounts/manage-accounts.ts'
import {
  addSecret,
  changeClient,
  clientChangeInput,
  createClient,
  newClientInput,
  revokeClientSecret,
  showClients,
  showSecrets,
} from '../usecases/accounts/manage-clients.ts'
import { signIn, signInInput } from '../usecases/accounts/sign-in.ts'
import type { Registry } from '../usecases/context.ts'
import { idInput } from '../usecases/inputs.ts'
import { instant, listOf } from './shapes.ts'

export type TokenRouteOptions = {
  readonly registry: Registry
  readonly keys: SigningKeys
  readonly signInsPerMinute: number
}

/** Sign-in, OAuth 2, published keys, and the accounts and clients behind them. Needs `registerAuthentication`. */
export async function tokenRoutes(app: FastifyInstance, options: TokenRouteOptions): Promise<void> {
  sessionRoutes(app, options)
  accountRoutes(app, options)
  clientRoutes(app, options)
  secretRoutes(app, options)
  await keyRoutes(app, options)
  app.register(async (scope) => oauthRoutes(scope, options))
}

// ---- What is answered

const affiliation = { name: z.string(), role: z.enum(roles), memberId: z.uuid().nullable() }
const record = { id: z.uuid(), ...affiliation, disabledAt: instant.nullable(), recordedAt: instant }

const clientAnswer = z.object(record)
const accountAnswer = z.object({ ...record, login: z.string() })
const secretAnswer = z.object({ id: z.uuid(), recordedAt: instant, revokedAt: instant.nullable() })
const secretToldAnswer = z.object({ id: z.uuid(), secret: z.string(), recordedAt: instant })
const nothing = z.null().describe('没有正文 / no body')
const itemsOf = <T extends z.ZodType>(item: T) => z.object({ items: listOf(item) })

const signedInAnswer = z.object({
  accessToken: z.string(),
  tokenType: z.literal('Bearer'),
  expiresInSeconds: z.int(),
  actor: z.object(affiliation),
})
const sessionAnswer = z.object({
  actor: z.object({ kind: z.enum(['person', 'machine', 'system']), ...affiliation }),
  permissions: z.record(z.string(), z.enum(['all', 'own', 'none'])),
})

function reachTable(actor: Actor) {
  const permissions = Object.keys(accessMatrix) as Permission[]
  return Object.fromEntries(permissions.map((permission) => [permission, reachOf(actor, permission)]))
}

function keepOutOfCaches(reply: FastifyReply): void {
  reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
}

const perMinute = (max: number) => ({ max, timeWindow: '1 minute' })

// ---- People sign in

function sessionRoutes(app: FastifyInstance, { registry, signInsPerMinute }: TokenRouteOptions): void {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  routes.post(
    '/v1/session',
    {
      config: { access: 'public', rateLimit: perMinute(signInsPerMinute) },
      schema: {
        tags: ['登录 / Sign-in'],
        summary: '登录 / Sign in',
        body: signInInput,
        response: { 200: signedInAnswer },
      },
    },
    async (request, reply) => {
      keepOutOfCaches(reply)
      const actor = await signIn(registry, request.body, request.id)
      const { token, expiresInSeconds } = app.issueToken(actor)
      const { name, role, memberId } = actor
      return { accessToken: token, tokenType: 'Bearer' as const, expiresInSeconds, actor: { name, role, memberId } }
    },
  )
  routes.get(
    '/v1/session',
    {
      config: { access: 'session.read' },
      schema: {
        tags: ['登录 / Sign-in'],
        summary: '当前身份与权限 / Who I am and what I may do',
        response: { 200: sessionAnswer },
      },
    },
    async (request, reply) => {
      keepOutOfCaches(reply)
      const { actor } = request.registryContext
      const { kind, name, role, memberId } = actor
      return { actor: { kind, name, role, memberId }, permissions: reachTable(actor) }
    },
  )
}

// ---- Published keys (RFC 7517)

const jwkAnswer = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
})

async function keyRoutes(app: FastifyInstance, { keys }: TokenRouteOptions): Promise<void> {
  const jwks = await jwksOf(keys)
  app.withTypeProvider<ZodTypeProvider>().get(
    '/.well-known/jwks.json',
    {
      config: { access: 'public' },
      schema: {
        tags: ['登录 / Sign-in'],
        summary: '验证令牌的公钥 / Keys that verify tokens',
        response: { 200: z.object({ keys: z.array(jwkAnswer) }) },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return jwks
    },
  )
}

// ---- Accounts of people

function accountRoutes(app: FastifyInstance, { registry }: TokenRouteOptions): void {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  routes.post(
    '/v1/accounts',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '新建账号 / Create an account',
        body: newAccountInput,
        response: { 201: accountAnswer },
      },
    },
    async (request, reply) => {
      const account = await createAccount(registry, request.registryContext, request.body)
      return reply.code(201).send(account)
    },
  )
  routes.get(
    '/v1/accounts',
    {
      config: { access: 'accounts.manage' },
      schema: { tags: ['账号 / Accounts'], summary: '账号列表 / Accounts', response: { 200: itemsOf(accountAnswer) } },
    },
    async (request) => ({ items: await showAccounts(registry, request.registryContext) }),
  )
  routes.patch(
    '/v1/accounts/:id',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '停用、启用账号或重设口令 / Disable or enable an account, or set its password',
        params: z.object({ id: idInput }),
        body: accountChangeInput,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await changeAccount(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  )
}

// ---- Clients: machines

function clientRoutes(app: FastifyInstance, { registry }: TokenRouteOptions): void {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  routes.post(
    '/v1/clients',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '新建客户端 / Create a client',
        body: newClientInput,
        response: { 201: clientAnswer },
      },
    },
    async (request, reply) => {
      const client = await createClient(registry, request.registryContext, request.body)
      return reply.code(201).send(client)
    },
  )
  routes.get(
    '/v1/clients',
    {
      config: { access: 'accounts.manage' },
      schema: { tags: ['账号 / Accounts'], summary: '客户端列表 / Clients', response: { 200: itemsOf(clientAnswer) } },
    },
    async (request) => ({ items: await showClients(registry, request.registryContext) }),
  )
  routes.patch(
    '/v1/clients/:id',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '停用或启用客户端 / Disable or enable a client',
        params: z.object({ id: idInput }),
        body: clientChangeInput,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await changeClient(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  )
}

function secretRoutes(app: FastifyInstance, { registry }: TokenRouteOptions): void {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  routes.post(
    '/v1/clients/:id/secrets',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '新增密钥（仅显示一次） / Add a secret, told only once',
        params: z.object({ id: idInput }),
        response: { 201: secretToldAnswer },
      },
    },
    async (request, reply) => {
      keepOutOfCaches(reply)
      const told = await addSecret(registry, request.registryContext, request.params.id)
      return reply.code(201).send(told)
    },
  )
  routes.get(
    '/v1/clients/:id/secrets',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '密钥列表 / Secrets, without their text',
        params: z.object({ id: idInput }),
        response: { 200: itemsOf(secretAnswer) },
      },
    },
    async (request) => ({ items: await showSecrets(registry, request.registryContext, request.params.id) }),
  )
  routes.delete(
    '/v1/clients/:id/secrets/:secretId',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '吊销密钥 / Revoke a secret',
        params: z.object({ id: idInput, secretId: idInput }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { id, secretId } = request.params
      await revokeClientSecret(registry, request.registryContext, id, secretId)
      return reply.code(204).send(null)
    },
  )
}

// ---- OAuth 2, client credentials (RFC 6749 4.4): this route speaks the RFC's language, in questions and refusals

const formMediaType = 'application/x-www-form-urlencoded'
const parameter = z.string().optional()
const tokenRequest = z.object({
  grant_type: parameter,
  client_id: parameter,
  client_secret: parameter,
  scope: parameter,
})
type TokenRequest = z.infer<typeof tokenRequest>

const tokenAnswer = z.object({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.int() })
const tokenRefusalAnswer = z.object({
  error: z.enum(['invalid_client', 'unsupported_grant_type', 'invalid_request', 'invalid_scope']),
  error_description: z.string(),
})

/** The error of RFC 6749 5.2; its description keeps to the characters that the RFC allows. */
class TokenRefusal extends Error {
  readonly code: z.infer<typeof tokenRefusalAnswer>['error']

  constructor(code: TokenRefusal['code'], description: string) {
    super(description)
    this.code = code
  }
}

function oauthRoutes(scope: FastifyInstance, { registry, signInsPerMinute }: TokenRouteOptions): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser<string>(
    formMediaType,
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseForm(body),
  )
  scope.addHook('onRequest', async (_request, reply) => keepOutOfCaches(reply))
  scope.setErrorHandler(answerTokenRefusal)
  scope.withTypeProvider<ZodTypeProvider>().post(
    '/oauth/token',
    {
      config: { access: 'public', rateLimit: perMinute(signInsPerMinute) },
      schema: {
        tags: ['登录 / Sign-in'],
        summary: '机器获取访问令牌 / Access token for a machine',
        consumes: [formMediaType],
        body: tokenRequest,
        response: { 200: tokenAnswer, 400: tokenRefusalAnswer, 401: tokenRefusalAnswer },
      },
    },
    async (request) => {
      requireClientCredentialsGrant(request.body)
      const actor = await authenticateClient(registry, credentialsOf(request.headers.authorization, request.body))
      const { token, expiresInSeconds } = scope.issueToken(actor)
      return { access_token: token, token_type: 'Bearer' as const, expires_in: expiresInSeconds }
    },
  )
}

/** A parameter without a value counts as left out; one that is given twice is refused (RFC 6749 3.2). */
function parseForm(body: string): Record<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(body)) {
    if (parameters.has(name)) throw new TokenRefusal('invalid_request', 'A parameter is given more than once.')
    parameters.set(name, value)
  }
  return Object.fromEntries([...parameters].filter(([, value]) => value !== ''))
}

function requireClientCredentialsGrant({ grant_type, scope }: TokenRequest): void {
  if (grant_type === undefined) throw new TokenRefusal('invalid_request', 'The parameter grant_type is missing.')
  if (grant_type !== 'client_credentials')
    throw new TokenRefusal('unsupported_grant_type', 'Only client_credentials is supported.')
  if (scope !== undefined) throw new TokenRefusal('invalid_scope', 'No scopes are defined here; leave scope out.')
}

/** One way of client authentication, not two (RFC 6749 2.3). */
function credentialsOf(authorization: string | undefined, body: TokenRequest): ClientCredentials {
  if (authorization === undefined) return credentialsOfBody(body)
  const credentials = credentialsOfBasic(authorization)
  const isGivenTwice =
    body.client_secret !== undefined || (body.client_id ?? credentials.clientId) !== credentials.clientId
  if (isGivenTwice) throw new TokenRefusal('invalid_request', 'Authenticate in the header or in the body, not in both.')
  return credentials
}

function credentialsOfBody({ client_id: clientId, client_secret: clientSecret }: TokenRequest): ClientCredentials {
  if (clientId === undefined || clientSecret === undefined)
    throw new TokenRefusal('invalid_client', 'The client does not authenticate itself.')
  return { clientId, clientSecret }
}

/** Both halves are form-encoded before they are joined (RFC 6749 2.3.1). */
function credentialsOfBasic(authorization: string): ClientCredentials {
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? []
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? []
  if (id === undefined || secret === undefined)
    throw new TokenRefusal('invalid_client', 'The Authorization header is not of the Basic scheme.')
  return { clientId: formDecoded(id), clientSecret: formDecoded(secret) }
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new TokenRefusal('invalid_client', 'The Authorization header is not form-encoded.')
  }
}

/** What is none of the RFC's errors, such as too many requests or a busy service, is left to the service's own error handler. */
function answerTokenRefusal(error: FastifyError | Error, _request: FastifyRequest, reply: FastifyReply) {
  const refusal = tokenRefusalOf(error)
  if (!refusal) throw error
  const isUnauthenticated = refusal.code === 'invalid_client'
  if (isUnauthenticated) reply.header('www-authenticate', 'Basic realm="alliance-registry", charset="UTF-8"')
  return reply.code(isUnauthenticated ? 401 : 400).send({ error: refusal.code, error_description: refusal.message })
}

function tokenRefusalOf(error: FastifyError | Error): TokenRefusal | undefined {
  if (error instanceof TokenRefusal) return error
  if (error instanceof Refusal) {
    const isWrong = error.problems[0].code === 'credentials_wrong'
    return isWrong ? new TokenRefusal('invalid_client', 'The client is unknown, or its secret is wrong.') : undefined
  }
  const isMalformed = 'validation' in error || ('code' in error && error.code.startsWith('FST_ERR_CTP_'))
  return isMalformed ? new TokenRefusal('invalid_request', `Send the parameters as ${formMediaType}.`) : undefined
}
