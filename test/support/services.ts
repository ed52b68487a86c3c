import type { FastifyInstance } from 'fastify'
import { type Clock, dayInShanghai } from '../../src/clock.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { type Actor, personRoles, type Role } from '../../src/domain/access.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { lapseAfter } from '../../src/domain/session.ts'
import { newId } from '../../src/ids.ts'
import type { SigningKeys } from '../../src/signing-keys.ts'
import { findPerson, insertAccount } from '../../src/store/accounts.ts'
import { insertClient } from '../../src/store/clients.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { insertSession } from '../../src/store/sessions.ts'
import type { Context, Registry } from '../../src/usecases/context.ts'
import { addScope, changeStanding, memberInput, registerMember } from '../../src/usecases/members/manage-members.ts'
import { checkingAnswers } from './answers.ts'
import type { TestServer } from './databases.ts'
import { newSigningKeys } from './keys.ts'

/** A clock that a test moves. */
export type MovableClock = Clock & { set(instant: string): void }

export function movableClock(instant: string): MovableClock {
  let now = new Date(instant)
  return { now: () => now, set: (next) => (now = new Date(next)) }
}

/** A registry on a database of its own, with two admitted members of every family since 2024-01-02. */
export type TestRegistry = {
  readonly registry: Registry
  readonly clock: MovableClock
  readonly database: Database
  readonly urls: { serviceUrl: string; ownerUrl: string }
  readonly memberIds: { readonly a: string; readonly b: string }
  /** The context of a role now; `member` is member a unless b is asked for. */
  as(role: Role, member?: 'a' | 'b'): Context
  close(): Promise<void>
}

export async function newRegistry(server: TestServer, instant = '2026-11-20T02:00:00Z'): Promise<TestRegistry> {
  const urls = await server.newDatabase()
  const database = openDatabase(urls.serviceUrl, { poolSize: 8 })
  const lists = openDatabase(urls.serviceUrl, { poolSize: 4, use: 'lists' })
  const clock = movableClock(instant)
  const registry: Registry = { db: database.db, lists: lists.db, clock, rulebooks: rulebookShelf() }
  const secretariat = contextAs(clock, actorOf('secretariat', null))
  const memberIds = {
    a: await admittedMember(registry, secretariat, '示例甲认证中心', 'CNCA-R-2099-901', 'MA0XX101'),
    b: await admittedMember(registry, secretariat, '示例乙认证中心', 'CNCA-R-2099-902', 'MA0XX102'),
  }
  return {
    registry,
    clock,
    database,
    urls,
    memberIds,
    as: (role, member = 'a') => contextAs(clock, actorOf(role, role === 'member' ? memberIds[member] : null)),
    close: async () => void (await Promise.all([database.close(), lists.close()])),
  }
}

function actorOf(role: Role, memberId: string | null): Actor {
  return { kind: 'machine', id: `test-${role}-${memberId ?? 'none'}`, name: `test ${role}`, role, memberId }
}

function contextAs(clock: Clock, actor: Actor): Context {
  const now = clock.now()
  return { actor, now, today: dayInShanghai(now), requestId: 'test-request' }
}

async function admittedMember(
  registry: Registry,
  context: Context,
  name: string,
  approvalNumber: string,
  organisation: string,
) {
  const creditCode = makeCreditCode('91', '320100', organisation)
  const { id } = await registerMember(registry, context, memberInput.parse({ name, approvalNumber, creditCode }))
  const since = plainDate('2024-01-02')
  await changeStanding(registry, context, id, {
    standing: 'admitted',
    fromOn: since,
    reason: '示例',
    decidedBy: '示例',
  })
  for (const family of ['agriculture', 'manufacturing', 'services', 'construction']) {
    await addScope(registry, context, id, { family, description: '示例', fromOn: since })
  }
  return id
}

/** The settings of a service under test. A busy machine puts no test off. */
export function testConfig(settings: Record<string, string> = {}): Config {
  return readConfig({ NODE_ENV: 'test', EVENT_LOOP_DELAY_MS_MAX: '0', ...settings })
}

export type TestService = TestRegistry & {
  readonly app: FastifyInstance
  readonly keys: SigningKeys
  /** An Authorization header for a person of that role, signed in; for a machine where the role is for machines only. */
  bearer(role: Role, member?: 'a' | 'b'): Promise<{ authorization: string }>
}

/** The whole service on such a registry, to be asked with `app.inject`. */
export async function newService(
  server: TestServer,
  instant?: string,
  settings: Record<string, string> = {},
): Promise<TestService> {
  const test = await newRegistry(server, instant)
  const keys = await newSigningKeys(test.clock.now())
  const config = testConfig({ SIGN_INS_PER_MINUTE: '1000', PUBLIC_REQUESTS_PER_MINUTE: '100000', ...settings })
  // Most of what there is to load, so only for those that ask for it.
  const { buildApp } = await import('../../src/app.ts')
  const app = await checkingAnswers(() => buildApp({ config, registry: test.registry, keys }))
  await app.ready()
  const bearer = async (role: Role, member: 'a' | 'b' = 'a') => {
    const memberId = role === 'member' ? test.memberIds[member] : null
    const known = await ensureSignedIn(test, role, memberId)
    return { authorization: `Bearer ${app.issueToken(known.actor, known.sessionId).token}` }
  }
  const close = async () => {
    await app.close()
    await test.close()
  }
  return { ...test, app, keys, bearer, close }
}

type Known = { readonly actor: Actor; readonly sessionId: string | null }

const known = new WeakMap<object, Map<string, Known>>()

/** The same actor and session each time; another session once that one was ended. */
async function ensureSignedIn(test: TestRegistry, role: Role, memberId: string | null): Promise<Known> {
  const kept = known.get(test.registry) ?? new Map<string, Known>()
  known.set(test.registry, kept)
  const login = `${role}-${memberId ?? 'none'}`.slice(0, 60)
  const before = kept.get(login)
  if (before && (await isStillIn(test, before))) return before
  const actor = before?.actor ?? (await newActor(test, login, role, memberId))
  const sessionId = actor.kind === 'person' ? await startTestSession(test, actor.id) : null
  kept.set(login, { actor, sessionId })
  return { actor, sessionId }
}

async function isStillIn({ registry, clock }: TestRegistry, { actor, sessionId }: Known): Promise<boolean> {
  return sessionId === null || (await findPerson(registry.db, actor.id, sessionId, clock.now())) !== undefined
}

async function newActor(test: TestRegistry, login: string, role: Role, memberId: string | null): Promise<Actor> {
  const row = { id: newId(test.clock.now()), name: login, role, memberId }
  const recordedAt = test.clock.now()
  const isPerson = personRoles.includes(role)
  if (isPerson) await insertAccount(test.registry.db, { ...row, login, passwordHash: 'none', recordedAt })
  else await insertClient(test.registry.db, { ...row, recordedAt })
  return { ...row, kind: isPerson ? 'person' : 'machine' }
}

/** A session as sign-in begins one, without its refresh token. */
export async function startTestSession(test: Pick<TestRegistry, 'registry'>, accountId: string): Promise<string> {
  const now = test.registry.clock.now()
  const id = newId(now)
  const lapsesAt = lapseAfter(now, 30)
  await insertSession(test.registry.db, {
    id,
    accountId,
    userAgent: 'test',
    address: '127.0.0.1',
    startedAt: now,
    lastUsedAt: now,
    lapsesAt,
  })
  return id
}

/** A body for POST /v1/results that is accepted; parts may be set anew. */
export function resultBody(
  changes: Record<string, unknown> = {},
  certificate: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    kind: 'issue',
    memberReference: 'R-0001',
    enterprise: {
      creditCode: makeCreditCode('91', '320100', 'MA0XX001'),
      name: '示例精密机械有限公司',
      cityCode: '320100',
    },
    family: 'manufacturing',
    industryCode: '3411',
    decidedOn: '2026-11-16',
    certificate: {
      number: 'SL-2026-0001',
      issuedOn: '2026-11-17',
      validUntil: '2029-11-16',
      product: { name: '示例数控车床', models: ['SL-100'] },
      standards: ['Q/EXAMPLE 001-2025'],
      ...certificate,
    },
    ...changes,
  }
}
