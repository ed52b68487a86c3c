import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Actor } from '../domain/access.ts'
import { refuse } from '../domain/refusals.ts'
import type { SigningKeys } from '../signing-keys.ts'
import { actorFinder, type Subject } from '../usecases/accounts/find-actor.ts'
import type { Registry } from '../usecases/context.ts'
import { rememberedTokens } from './remembered-tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who sent the request, as he stands now. @throws Refusal `unauthenticated` */
    authenticate(request: FastifyRequest): Promise<Actor>
    /** A signed access token, that stops with what it was given for: a person’s session, a machine’s secret. */
    issueToken(actor: Actor, ground: string | null): IssuedToken
  }
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: Claims
    user: AccessToken
  }
}

/** `role` and `member` inform whoever holds the token; this service reads both from the database. */
type Claims = {
  readonly sub: string
  readonly role: string
  readonly member: string | null
  readonly iat: number
  /** The session of a person, the secret of a machine: when it ends, the token stops too. */
  readonly sid?: string
}
type AccessToken = Claims & { readonly exp: number }

export type IssuedToken = { readonly token: string; readonly expiresInSeconds: number }

export type AuthenticationOptions = {
  readonly keys: SigningKeys
  readonly registry: Registry
  readonly accessTokenMinutes: number
}

const issuer = 'alliance-registry'
const subjectShape = /^(person|machine):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const sessionShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Gives the app `authenticate` and `issueToken`. ES256 and nothing else (RFC 8725 3.1), by the key that `kid` names. */
export async function registerAuthentication(app: FastifyInstance, options: AuthenticationOptions): Promise<void> {
  const { keys, registry, accessTokenMinutes } = options
  const [signing] = keys
  const expiresInSeconds = accessTokenMinutes * 60
  await app.register(fastifyJwt, {
    secret: {
      private: signing.privateKey,
      public: async (_request: FastifyRequest, token: unknown) => publicKeyFor(keys, token),
    },
    decode: { complete: true },
    sign: { algorithm: 'ES256', kid: signing.kid, iss: issuer, expiresIn: expiresInSeconds },
    verify: { algorithms: ['ES256'], allowedIss: issuer, requiredClaims: ['iss', 'sub', 'iat', 'exp'] },
  })

  const findActor = actorFinder(registry)
  const verified = rememberedTokens(verifiedToken)
  app.decorate('authenticate', async (request: FastifyRequest) => {
    request.user = await verified(request, registry.clock.now())
    const actor = await findActor(subjectOf(request.user))
    if (!actor) throw refuse('unauthenticated')
    return actor
  })
  app.decorate('issueToken', (actor: Actor, ground: string | null) => {
    if (actor.kind === 'person' && ground === null) throw new Error('a person’s token belongs to a session')
    const iat = Math.floor(registry.clock.now().getTime() / 1000)
    const session = ground === null ? {} : { sid: ground }
    const token = app.jwt.sign({ sub: subjectFor(actor), role: actor.role, member: actor.memberId, iat, ...session })
    return { token, expiresInSeconds }
  })
}

/** With `decode.complete` the plugin hands over the whole token, header and all. */
function publicKeyFor(keys: SigningKeys, token: unknown): string {
  const { kid } = (token as { header: { kid?: unknown } }).header
  const key = keys.find((candidate) => candidate.kid === kid)
  if (!key) throw new Error('the token names no key of this service')
  return key.publicKey
}

/** The log says what was wrong with a token, the answer does not. @throws Refusal `unauthenticated` */
async function verifiedToken(request: FastifyRequest, now: Date): Promise<AccessToken> {
  try {
    return await request.jwtVerify<AccessToken>({ clockTimestamp: now.getTime() })
  } catch (error) {
    request.log.info({ reason: error instanceof Error ? error.message : error }, 'access token refused')
    throw refuse('unauthenticated')
  }
}

/** @throws Refusal `unauthenticated` for a subject of another shape, which this service never signs. */
function subjectOf({ sub, sid }: AccessToken): Subject {
  const [, kind, id] = subjectShape.exec(sub) ?? []
  if (id === undefined) throw refuse('unauthenticated')
  // The version before secrets were named signed tokens of machines without one.
  if (kind === 'machine' && sid === undefined) return { kind, id, secretId: null }
  if (typeof sid !== 'string' || !sessionShape.test(sid)) throw refuse('unauthenticated')
  return kind === 'machine' ? { kind, id, secretId: sid } : { kind: 'person', id, sessionId: sid }
}

function subjectFor(actor: Actor): string {
  if (actor.kind === 'system') throw new Error('the system signs no token for itself')
  return `${actor.kind}:${actor.id}`
}
