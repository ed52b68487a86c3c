import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Refusal } from '../domain/refusals.ts'
import { authenticateClient, type ClientCredentials } from '../usecases/accounts/authenticate-client.ts'
import { keepOutOfCaches, perMinute, type RouteOptions, typed } from './routes.ts'

/** OAuth 2, client credentials (RFC 6749 4.4): this route speaks the RFC's language, in questions and refusals. */
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

export async function oauthRoutes(
  scope: FastifyInstance,
  { registry, signInsPerMinute }: RouteOptions & { readonly signInsPerMinute: number },
): Promise<void> {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser<string>(
    formMediaType,
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseForm(body),
  )
  scope.addHook('onRequest', async (_request, reply) => keepOutOfCaches(reply))
  scope.setErrorHandler(answerTokenRefusal)
  typed(scope).post(
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
      const { actor, secretId } = await authenticateClient(
        registry,
        credentialsOf(request.headers.authorization, request.body),
      )
      const { token, expiresInSeconds } = scope.issueToken(actor, secretId)
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
