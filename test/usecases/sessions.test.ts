import { sql } from 'drizzle-orm'
import t from 'tap'
import { type Actor, roles } from '../../src/domain/access.ts'
import { Refusal, type RefusalCode } from '../../src/domain/refusals.ts'
import { historyOf } from '../../src/store/events.ts'
import { changeAccount } from '../../src/usecases/accounts/change-account.ts'
import { endAllSessions, endOwnSession, signOut } from '../../src/usecases/accounts/end-sessions.ts'
import { createAccount } from '../../src/usecases/accounts/manage-accounts.ts'
import { readOwnSessions, readSessions } from '../../src/usecases/accounts/read-sessions.ts'
import { refreshSession } from '../../src/usecases/accounts/refresh-session.ts'
import { setOwnPassword } from '../../src/usecases/accounts/set-own-password.ts'
import { signIn } from '../../src/usecases/accounts/sign-in.ts'
import type { SignedIn } from '../../src/usecases/accounts/start-session.ts'
import type { Context } from '../../src/usecases/context.ts'
import { contextOf } from '../../src/usecases/context.ts'
import { purgeExpired } from '../../src/usecases/purge-expired.ts'
import { startTestServer } from '../support/databases.ts'
import { newRegistry } from '../support/services.ts'

const start = '2026-03-02T01:00:00Z'
const password = 'correct horse battery'
const sessionDays = 30
const unknownId = '01958d5e-0000-7000-8000-000000000000'
const server = await startTestServer()
const test = await newRegistry(server, start)
const { registry, clock } = test
t.teardown(async () => {
  await test.close()
  await server.stop()
})

const keeper: Actor = { kind: 'system', id: 'test', name: 'test', role: 'administrator', memberId: null }
const administrator = () => contextOf(registry, keeper, 'request-1')
const pass = (seconds: number) => clock.set(new Date(clock.now().getTime() + seconds * 1_000).toISOString())
const page = { cursor: undefined, limit: 100 }
const visitFrom = (address: string, userAgent: string | null = 'test browser') => ({
  address,
  userAgent,
  requestId: 'request-2',
})
const home = visitFrom('192.0.2.1')

let accounts = 0
type Enter = (given?: string, visit?: typeof home) => Promise<SignedIn>

/** An account of its own for each test, so that none slows another. */
async function newPerson(): Promise<{ id: string; enter: Enter }> {
  accounts += 1
  const login = `person.${accounts}`
  const given = { login, name: login, role: 'secretariat', password } as const
  const { id } = await createAccount(registry, administrator(), given)
  const enter: Enter = (given = password, visit = home) =>
    signIn(registry, visit, { login, password: given }, sessionDays)
  return { id, enter }
}

const refresh = ({ refreshToken }: SignedIn) => refreshSession(registry, home, refreshToken, sessionDays)
const within = ({ actor, sessionId }: SignedIn) => ({ ...contextOf(registry, actor, 'request-3'), sessionId })

async function codesOf(work: Promise<unknown>): Promise<RefusalCode[]> {
  try {
    await work
    return []
  } catch (error) {
    if (error instanceof Refusal) return error.problems.map(({ code }) => code)
    throw error
  }
}

/** The seconds that a refused guess is told to wait; 0 where it was looked at. */
async function waitOf(work: Promise<unknown>): Promise<number> {
  const refused = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (refused === undefined) return 0
  if (!(refused instanceof Refusal)) throw refused
  const [{ code, values }] = refused.problems
  return code === 'sign_in_slowed' ? Number(values?.seconds) : 0
}

async function rowOf(sessionId: string) {
  const [row] = await registry.db.execute<{ reason: string | null; agent: string | null }>(
    sql`select ended_reason as reason, user_agent as agent from sessions where id = ${sessionId}`,
  )
  return row
}

// ---- Refresh tokens

t.test('a refresh token is good once, and the next one goes on in the same session', async (t) => {
  const { enter, id } = await newPerson()
  const first = await enter()
  t.match(first.refreshToken, /^[\w-]{43}$/)
  const second = await refresh(first)
  t.equal(second.sessionId, first.sessionId)
  t.same(second.actor, first.actor)
  t.not(second.refreshToken, first.refreshToken)
  const third = await refresh(second)
  t.equal(third.sessionId, first.sessionId)
  const kept = await registry.db.execute<{ sha256: string }>(
    sql`select sha256 from refresh_tokens where session_id = ${first.sessionId}`,
  )
  t.equal(kept.length, 3)
  t.ok(
    kept.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)),
    'only hashes are kept',
  )
  t.same(
    (await historyOf(registry.db, 'session', first.sessionId)).map(({ action }) => action),
    ['session.refreshed', 'session.refreshed'],
  )
  t.match((await historyOf(registry.db, 'account', id)).at(-1)?.changes, { sessionId: first.sessionId })
})

t.test('a token that comes a second time ends the whole session, for the thief and for the owner', async (t) => {
  const { enter } = await newPerson()
  const stolen = await enter()
  const next = await refresh(stolen)
  pass(11)
  t.same(await codesOf(refresh(stolen)), ['session_over'])
  t.same(await rowOf(stolen.sessionId), { reason: 'token_reused', agent: 'test browser' })
  t.same(await codesOf(refresh(next)), ['session_over'], 'the successor too')
  t.match((await historyOf(registry.db, 'session', stolen.sessionId)).at(-1), {
    action: 'session.ended',
    changes: { reason: 'token_reused', address: '192.0.2.1' },
  })
})

t.test('two tabs that refresh at the same moment do not sign a person out', async (t) => {
  const { enter } = await newPerson()
  const shared = await enter()
  const both = await Promise.allSettled([refresh(shared), refresh(shared)])
  const [given] = both.filter((each) => each.status === 'fulfilled')
  const [refused] = both.filter((each) => each.status === 'rejected')
  t.ok(given, 'one of them gets the next token')
  t.match(refused?.reason, { problems: [{ code: 'session_just_refreshed' }] }, 'the other one nothing')
  if (given) t.equal((await refresh(given.value)).sessionId, shared.sessionId, 'and the session goes on')
})

t.test('nobody refreshes with what is no token, from a session that lapsed, or from a disabled account', async (t) => {
  const { enter, id } = await newPerson()
  t.same(await codesOf(refresh({ ...(await enter()), refreshToken: 'x' })), ['session_over'])
  const unused = await enter()
  pass(sessionDays * 86_400 - 1)
  const used = await refresh(unused)
  pass(sessionDays * 86_400 - 1)
  t.equal((await refresh(used)).sessionId, unused.sessionId, 'each use prolongs it')
  const lapsing = await enter()
  pass(sessionDays * 86_400)
  t.same(await codesOf(refresh(lapsing)), ['session_over'])
  const disabled = await enter()
  await changeAccount(registry, administrator(), id, { disabled: true })
  t.same(await codesOf(refresh(disabled)), ['session_over'])
  await changeAccount(registry, administrator(), id, { disabled: false })
  t.same(await codesOf(refresh(disabled)), ['session_over'], 'nor after it is enabled again')
})

// ---- Sessions listed and ended

t.test('a person sees where he is signed in, and ends one session or this one', async (t) => {
  const { enter } = await newPerson()
  const phone = await enter(password, visitFrom('198.51.100.1', `a\u009b telephone ${'x'.repeat(300)}`))
  pass(1)
  const desk = await enter()
  const { items } = await readOwnSessions(registry, within(desk), page)
  t.same(
    items.map(({ id, address, isCurrent }) => [id, address, isCurrent]),
    [
      [desk.sessionId, '192.0.2.1', true],
      [phone.sessionId, '198.51.100.1', false],
    ],
  )
  t.match(
    items[1]?.userAgent,
    /^a {2}telephone x{187}$/,
    'a long name of a browser is cut, and commands a terminal nothing',
  )
  await endOwnSession(registry, within(desk), phone.sessionId)
  t.equal((await rowOf(phone.sessionId))?.reason, 'ended_by_owner')
  t.same(await codesOf(endOwnSession(registry, within(desk), phone.sessionId)), ['not_found'], 'not twice')
  await signOut(registry, within(desk))
  t.equal((await rowOf(desk.sessionId))?.reason, 'signed_out')
  t.same(await codesOf(refresh(desk)), ['session_over'])
})

t.test('sessions are listed page by page', async (t) => {
  const { enter } = await newPerson()
  let last = await enter()
  for (let count = 1; count < 5; count += 1) last = await enter()
  const first = await readOwnSessions(registry, within(last), { cursor: undefined, limit: 3 })
  const cursor = first.nextCursor ?? undefined
  const second = await readOwnSessions(registry, within(last), { cursor, limit: 3 })
  t.same([first.items.length, second.items.length, second.nextCursor], [3, 2, null])
  t.equal(new Set([...first.items, ...second.items].map(({ id }) => id)).size, 5)
})

t.test('the administrator sees and ends the sessions of an account, and nobody else does', async (t) => {
  const { enter, id } = await newPerson()
  const [one, two] = [await enter(), await enter()]
  t.equal((await readSessions(registry, administrator(), id, page)).items.length, 2)
  for (const role of roles.filter((role) => role !== 'administrator')) {
    t.same(await codesOf(readSessions(registry, test.as(role), id, page)), ['forbidden'], role)
    t.same(await codesOf(endAllSessions(registry, test.as(role), id)), ['forbidden'], role)
  }
  t.equal(await endAllSessions(registry, administrator(), id), 2)
  t.same(
    [(await rowOf(one.sessionId))?.reason, (await rowOf(two.sessionId))?.reason],
    ['ended_by_administrator', 'ended_by_administrator'],
  )
  t.equal(await endAllSessions(registry, administrator(), id), 0)
  t.match((await historyOf(registry.db, 'account', id)).at(-1), {
    action: 'account.sessions_ended',
    changes: { reason: 'ended_by_administrator', ended: 2 },
  })
  t.same(await codesOf(readSessions(registry, administrator(), unknownId, page)), ['not_found'])
  t.same(await codesOf(endAllSessions(registry, administrator(), unknownId)), ['not_found'])
})

t.test('a machine has no sessions and no password', async (t) => {
  const machine = test.as('administrator')
  const works = [
    signOut(registry, machine),
    readOwnSessions(registry, machine, page),
    endOwnSession(registry, machine, unknownId),
    setOwnPassword(registry, machine, '192.0.2.1', { presentPassword: password, newPassword: 'a second password' }),
  ]
  for (const work of works) t.same(await codesOf(work), ['person_expected'])
})

// ---- Guessing

t.test('the sixth guess waits, twice as long each time, and the right password waits too', async (t) => {
  const { enter, id } = await newPerson()
  for (let count = 0; count < 5; count += 1) t.same(await codesOf(enter('wrong')), ['credentials_wrong'])
  t.equal(await waitOf(enter('wrong')), 1)
  t.equal(await waitOf(enter()), 1, 'before the password is looked at')
  pass(1)
  t.same(await codesOf(enter('wrong')), ['credentials_wrong'], 'the wait is over')
  t.equal(await waitOf(enter()), 2)
  pass(1)
  t.equal(await waitOf(enter()), 1, 'a refused guess does not begin the wait anew')
  pass(1)
  t.equal((await enter()).actor.id, id)
  t.match(
    (await historyOf(registry.db, 'account', id)).map(({ action }) => action),
    [/created/, ...Array(5).fill(/refused/), /slowed/, /refused/, /slowed/, /signed_in/],
    'only the first guess of a wait is noted',
  )
})

t.test('a success forgets', async (t) => {
  const { enter } = await newPerson()
  for (let round = 0; round < 3; round += 1) {
    for (let count = 0; count < 4; count += 1) t.same(await codesOf(enter('wrong')), ['credentials_wrong'])
    await enter()
  }
  for (let count = 0; count < 5; count += 1) t.equal(await waitOf(enter('wrong')), 0)
})

t.test('another address is not held up, until fifty guesses came from ten of them', async (t) => {
  const { enter } = await newPerson()
  const guessFrom = async (address: string, guesses = 5) => {
    for (let count = 0; count < guesses; count += 1)
      t.same(await codesOf(enter('wrong', visitFrom(address))), ['credentials_wrong'])
  }
  await guessFrom('203.0.113.1')
  for (let second = 0; second < 60; second += 1) {
    pass(1)
    await codesOf(enter('wrong', visitFrom('203.0.113.1')))
  }
  t.equal(await waitOf(enter()), 0, 'one address alone holds up nobody else, however often it guesses')
  for (let host = 2; host <= 10; host += 1) await guessFrom(`203.0.113.${host}`)
  t.equal(await waitOf(enter('wrong', visitFrom('203.0.113.12'))), 0, '45 guesses from 9 addresses')
  await guessFrom('203.0.113.11', 4)
  const newcomer = visitFrom('203.0.113.13')
  t.equal(await waitOf(enter(password, newcomer)), 1, '50 guesses from 11 addresses')
  pass(1)
  t.equal(await waitOf(enter(password, newcomer)), 0, 'and never for good')
})

/** Fifty wrong passwords for one login from ten networks of the documentation's. */
async function guessFromEverywhere(enter: Enter, networkOf = (host: number) => `203.0.113.${host}`): Promise<void> {
  for (let host = 100; host < 110; host += 1)
    for (let count = 0; count < 5; count += 1) await codesOf(enter('wrong', visitFrom(networkOf(host))))
}

t.test('an owner is not kept out by others’ guesses where the account was in use of late', async (t) => {
  const { enter } = await newPerson()
  await enter(password, visitFrom('2001:db8:77:1::5'))
  await guessFromEverywhere(enter)
  t.equal(await waitOf(enter(password, visitFrom('198.51.100.200'))), 1, 'from an address that is not known')
  t.equal(await waitOf(enter(password, visitFrom('2001:db8:77:1::6'))), 0, 'from his own')
  await guessFromEverywhere(enter)
  pass(91 * 86_400)
  await guessFromEverywhere(enter)
  t.equal(await waitOf(enter(password, visitFrom('2001:db8:77:1::6'))), 1, 'acquaintance ends after 90 days')
})

t.test('a success forgets what failed from everywhere', async (t) => {
  const { enter } = await newPerson()
  await enter()
  await guessFromEverywhere(enter)
  t.equal(await waitOf(enter(password, visitFrom('198.51.100.201'))), 1)
  await enter()
  t.equal(await waitOf(enter(password, visitFrom('198.51.100.201'))), 0)
})

t.test('guesses from many /64 of one /48 come from one network', async (t) => {
  const { enter } = await newPerson()
  await guessFromEverywhere(enter, (host) => `2001:db8:88:${host}::1`)
  t.equal(await waitOf(enter(password, visitFrom('198.51.100.202'))), 0)
  await guessFromEverywhere(enter, (host) => `2001:db8:${host}:1::1`)
  t.equal(await waitOf(enter(password, visitFrom('198.51.100.203'))), 1)
})

t.test('whoever tries one password at many logins waits, too, and a success elsewhere does not help', async (t) => {
  const from = visitFrom('198.51.100.210')
  const { enter } = await newPerson()
  const spray = (index: number) =>
    signIn(registry, from, { login: `nobody.${index}`, password: 'a popular one' }, sessionDays)
  for (let index = 0; index < 30; index += 1) t.same(await codesOf(spray(index)), ['credentials_wrong'])
  t.equal(await waitOf(spray(30)), 1)
  t.equal(await waitOf(enter(password, from)), 1, 'at every login')
  t.equal(await waitOf(enter()), 0, 'from elsewhere nobody waits')
  pass(1)
  await enter(password, from)
  t.same(await codesOf(spray(31)), ['credentials_wrong'])
  t.equal(await waitOf(spray(32)), 2)
  t.equal(await waitOf(enter(password, from)), 0, 'who was signed in from there is not held up')
})

t.test('of thirty-five guesses at as many logins at once, thirty are looked at', async (t) => {
  const from = visitFrom('198.51.100.211')
  const codes = await Promise.all(
    Array.from({ length: 35 }, (_, index) =>
      codesOf(signIn(registry, from, { login: `no.one.${index}`, password }, sessionDays)),
    ),
  )
  t.equal(codes.flat().filter((code) => code === 'credentials_wrong').length, 30)
})

t.test('an unknown login is slowed like a known one, and so is what can be no login', async (t) => {
  for (const [index, login] of ['nobody.at.all', '一个口令'].entries()) {
    const guess = () => signIn(registry, visitFrom(`198.51.100.${index + 10}`), { login, password }, sessionDays)
    for (let count = 0; count < 5; count += 1) t.same(await codesOf(guess()), ['credentials_wrong'])
    t.equal(await waitOf(guess()), 1, login)
  }
  const kept = await registry.db.execute<{ row: string }>(sql`select t::text as row from sign_in_failures t`)
  t.ok(kept.length > 2 && kept.every(({ row }) => !/nobody|口令|198\.51|192\.0/.test(row)), 'only hashes are kept')
})

t.test('of twenty guesses at once five are looked at', async (t) => {
  const { enter } = await newPerson()
  const codes = (await Promise.all(Array.from({ length: 20 }, () => codesOf(enter('wrong'))))).flat()
  t.equal(codes.filter((code) => code === 'credentials_wrong').length, 5)
  t.equal(codes.filter((code) => code === 'sign_in_slowed').length, 15)
})

t.test('of twenty hosts in one /64 at once five guesses are looked at', async (t) => {
  const { enter } = await newPerson()
  const guesses = Array.from({ length: 20 }, (_, host) =>
    codesOf(enter('wrong', visitFrom(`2001:db8:1:2::${host + 1}`))),
  )
  t.equal((await Promise.all(guesses)).flat().filter((code) => code === 'credentials_wrong').length, 5)
})

t.test('failures are forgotten after a day, and their rows go in passing', async (t) => {
  const { enter } = await newPerson()
  for (let count = 0; count < 9; count += 1) {
    await codesOf(enter('wrong'))
    pass(20)
  }
  pass(86_400)
  for (let count = 0; count < 5; count += 1) t.same(await codesOf(enter('wrong')), ['credentials_wrong'])
  t.equal(await waitOf(enter('wrong')), 1, 'the row begins anew')
  const [row] = await registry.db.execute<{ rows: number }>(
    sql`select count(*)::int as rows from sign_in_failures where last_at < ${clock.now().toISOString()}::timestamptz - interval '1 day'`,
  )
  t.equal(row?.rows, 0, 'the old rows of all tests before are gone')
})

// ---- One's own password

t.test('a person sets a new password for the present one, and the other sessions end', async (t) => {
  const { enter, id } = await newPerson()
  const [elsewhere, here] = [await enter(), await enter()]
  const set = (presentPassword: string, newPassword: string) =>
    setOwnPassword(registry, within(here), home.address, { presentPassword, newPassword })
  t.same(await codesOf(set('wrong password!', 'a second password')), ['present_password_wrong'])
  t.same(await codesOf(set(password, 'short')), ['password_length'])
  t.same(await codesOf(set(password, password)), ['nothing_changes'])
  await set(password, 'a second password')
  t.same([(await rowOf(elsewhere.sessionId))?.reason, (await rowOf(here.sessionId))?.reason], ['password_set', null])
  t.same(await codesOf(enter()), ['credentials_wrong'])
  t.equal((await enter('a second password')).actor.id, id)
  t.equal((await refresh(here)).sessionId, here.sessionId, 'the session that asked goes on')
})

t.test('whoever found an open session guesses the password no faster than at sign-in', async (t) => {
  const { enter } = await newPerson()
  const here = await enter()
  const set = (presentPassword: string) =>
    setOwnPassword(registry, within(here), home.address, { presentPassword, newPassword: 'a second password' })
  for (let count = 0; count < 5; count += 1) t.same(await codesOf(set('wrong')), ['present_password_wrong'])
  t.equal(await waitOf(set(password)), 1)
  t.equal(await waitOf(enter()), 1, 'one count for both')
})

t.test('a sign-in that was under way when the password was set opens no session', async (t) => {
  const { enter, id } = await newPerson()
  const [entered] = await Promise.allSettled([
    enter(),
    changeAccount(registry, administrator(), id, { password: 'a second password' }),
  ])
  const rows = await registry.db.execute<{ count: number }>(
    sql`select count(*)::int as count from sessions where account_id = ${id} and ended_at is null`,
  )
  t.equal(rows[0]?.count, 0, `whichever came first: ${entered.status}`)
})

// ---- Purging

const purge = (context: Context, signal = new AbortController().signal) => purgeExpired(registry, context, signal)

t.test('what has no effect any more is purged, and what has stays', async (t) => {
  const { enter } = await newPerson()
  const first = await enter()
  await refresh(first)
  await registry.db.execute(sql`
    insert into idempotency_keys (client_id, key, operation, body_sha256, answer, recorded_at)
    select 'c', n::text, 'o', 'x', '{}', ${clock.now().toISOString()}::timestamptz - interval '1 hour'
    from generate_series(1, 2500) n`)
  for (const role of roles.filter((role) => role !== 'administrator'))
    t.same(await codesOf(purge(test.as(role))), ['forbidden'], role)

  const stopped = AbortSignal.abort(new Error('the process stops'))
  await t.rejects(purge(administrator(), stopped), /the process stops/)

  pass(119 * 86_400)
  t.match(await purge(administrator()), { idempotencyKeys: 0, sessions: 0, refreshTokens: 0 })
  pass(86_400)
  t.match(await purge(administrator()), { idempotencyKeys: 2500, sessions: 0, refreshTokens: 0 })
  t.ok(await rowOf(first.sessionId))

  pass(246 * 86_400)
  const recent = await enter()
  const later = await purge(administrator())
  t.ok(await rowOf(first.sessionId), 'it lapsed less than a year ago')
  t.ok(Number(later.refreshTokens) > 0, 'tokens used more than a year ago')
  pass(30 * 86_400)
  t.ok(Number((await purge(administrator())).sessions) > 0)
  t.notOk(await rowOf(first.sessionId), 'a session that has been over for a year')
  t.ok(await rowOf(recent.sessionId))
  t.same(await purge(administrator()), {
    sessions: 0,
    refreshTokens: 0,
    idempotencyKeys: 0,
    signInFailures: 0,
  })
  t.ok((await historyOf(registry.db, 'registry', 'expired')).length >= 3, 'and the log says so')
})
