import { eq, sql } from 'drizzle-orm'
import t from 'tap'
import { type Actor, type Role, roles } from '../../src/domain/access.ts'
import { Refusal, type RefusalCode } from '../../src/domain/refusals.ts'
import { newId } from '../../src/ids.ts'
import { findAccountByLogin } from '../../src/store/accounts.ts'
import { openDatabase } from '../../src/store/database.ts'
import { historyOf } from '../../src/store/events.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { clients } from '../../src/store/schema/accounts.ts'
import { events } from '../../src/store/schema/events.ts'
import { members } from '../../src/store/schema/members.ts'
import { accountChangeInput, newAccountInput } from '../../src/usecases/accounts/account-input.ts'
import { authenticateClient } from '../../src/usecases/accounts/authenticate-client.ts'
import { changeAccount } from '../../src/usecases/accounts/change-account.ts'
import { endOwnSession } from '../../src/usecases/accounts/end-sessions.ts'
import { actorFinder } from '../../src/usecases/accounts/find-actor.ts'
import { accountIdOf, createAccount, readAccounts } from '../../src/usecases/accounts/manage-accounts.ts'
import {
  addSecret,
  changeClient,
  createClient,
  readClients,
  revokeClientSecret,
  showSecrets,
} from '../../src/usecases/accounts/manage-clients.ts'
import { signIn } from '../../src/usecases/accounts/sign-in.ts'
import { contextOf, type Registry } from '../../src/usecases/context.ts'
import { allPages } from '../../src/usecases/pages.ts'
import { startTestServer } from '../support/databases.ts'

const start = new Date('2026-03-02T01:00:00Z')
const password = 'correct horse battery'
const sessionDays = 30
const unknownId = '01958d5e-0000-7000-8000-000000000000'
const keeper: Actor = { kind: 'system', id: 'test', name: 'test', role: 'administrator', memberId: null }

const clock = { at: start.getTime(), now: () => new Date(clock.at) }
const server = await startTestServer()
const { serviceUrl } = await server.newDatabase()
const database = openDatabase(serviceUrl, { poolSize: 4 })
t.teardown(async () => {
  await database.close()
  await server.stop()
})
const registry: Registry = { db: database.db, lists: database.db, clock, rulebooks: rulebookShelf() }
const memberId = newId(start)
await registry.db
  .insert(members)
  .values({ id: memberId, identityKey: 'test', name: '测试认证', origin: 'imported', recordedAt: start })

const context = (actor: Actor = keeper) => contextOf(registry, actor, 'request-1')
const pass = (milliseconds: number) => {
  clock.at += milliseconds
}
const newAccount = (login: string, role: Role = 'secretariat', given: { memberId?: string; password?: string } = {}) =>
  createAccount(registry, context(), { login, name: `Name of ${login}`, role, password, ...given })
const newClient = (name: string, role: Role = 'regulator', given: { memberId?: string } = {}) =>
  createClient(registry, context(), { name, role, ...given })
const visit = { address: '192.0.2.1', userAgent: 'test browser', requestId: 'request-2' }
const signInAs = (login: string, given = password, from = visit) =>
  signIn(registry, from, { login, password: given }, sessionDays)
const enter = async (login: string, given = password) => (await signInAs(login, given)).actor
const firstPage = { cursor: undefined, limit: 500 }

async function codesOf(work: Promise<unknown>): Promise<RefusalCode[]> {
  try {
    await work
    return []
  } catch (error) {
    if (error instanceof Refusal) return error.problems.map((problem) => problem.code)
    throw error
  }
}

async function actionsOf(entity: string, id: string): Promise<string[]> {
  return (await historyOf(registry.db, entity, id)).map((event) => event.action)
}

t.test('an account is created once, and shown without its password', async (t) => {
  const account = await newAccount('li.na')
  t.match(account, { login: 'li.na', role: 'secretariat', memberId: null, disabledAt: null, recordedAt: start })
  t.same(
    (await readAccounts(registry, context(), firstPage)).items.filter(({ login }) => login === 'li.na'),
    [account],
  )
  t.same(await actionsOf('account', account.id), ['account.created'])
  t.same(await codesOf(newAccount('li.na')), ['already_registered'])
  t.equal(await accountIdOf(registry, context(), 'li.na'), account.id)
  t.same(await codesOf(accountIdOf(registry, context(), 'nobody')), ['not_found'])
})

t.test('an account of the role member belongs to a registered body, and no other does', async (t) => {
  t.equal((await newAccount('body.1', 'member', { memberId })).memberId, memberId)
  t.same(await codesOf(newAccount('body.2', 'member')), ['member_missing'])
  t.same(await codesOf(newAccount('body.3', 'member', { memberId: unknownId })), ['not_found'])
  t.same(await codesOf(newAccount('body.4', 'regulator', { memberId })), ['member_not_expected'])
  t.same(await codesOf(newClient('body 2', 'member')), ['member_missing'])
  t.same(await codesOf(newClient('body 3', 'member', { memberId: unknownId })), ['not_found'])
  t.same(await codesOf(newClient('body 4', 'regulator', { memberId })), ['member_not_expected'])
})

t.test('a password has 12 to 200 characters and is not the login', async (t) => {
  const cases: [given: string, expected: RefusalCode[]][] = [
    ['x'.repeat(11), ['password_length']],
    ['x'.repeat(12), []],
    ['江苏认证联盟注册系统口令', []],
    ['😀'.repeat(11), ['password_length']],
    ['x'.repeat(200), []],
    ['x'.repeat(201), ['password_length']],
    ['a-long-login.1', ['password_is_login']],
    ['A-LONG-LOGIN.1', ['password_is_login']],
    ['ａ-long-login.1', ['password_is_login']],
  ]
  const { id } = await newAccount('a-long-login.1')
  for (const [given, expected] of cases) {
    t.same(await codesOf(changeAccount(registry, context(), id, { password: given })), expected, given.slice(0, 20))
  }
  t.same(await codesOf(newAccount('another', 'secretariat', { password: 'short' })), ['password_length'])
})

t.test('a problem with a password never shows it back', async (t) => {
  const refused: unknown = await newAccount('another', 'secretariat', { password: 'tell-nobody' }).catch(
    (error: unknown) => error,
  )
  t.type(refused, Refusal)
  t.notMatch(`${refused} ${JSON.stringify(refused)}`, 'tell-nobody')
})

t.test('a login has 3 to 64 characters of a to z, digits, dot, underscore and hyphen', (t) => {
  const accepts = (login: string) =>
    newAccountInput.safeParse({ login, name: 'x', role: 'regulator', password }).success
  for (const login of ['abc', 'a.b_c-1', 'x'.repeat(64)]) t.ok(accepts(login), login)
  for (const login of ['', 'ab', 'x'.repeat(65), 'Abc', 'a b', '张三丰', 'abc\n'])
    t.notOk(accepts(login), JSON.stringify(login))
  t.end()
})

t.test('only the administrator manages accounts and clients', async (t) => {
  const { id } = await newAccount('managed')
  const client = await newClient('managed')
  const secret = await addSecret(registry, context(), client.id)
  for (const role of roles.filter((role) => role !== 'administrator')) {
    const asked = context({ ...keeper, role, memberId: role === 'member' ? memberId : null })
    const works = [
      createAccount(registry, asked, { login: 'someone', name: 'x', role: 'regulator', password }),
      changeAccount(registry, asked, id, { disabled: true }),
      readAccounts(registry, asked, firstPage),
      accountIdOf(registry, asked, 'managed'),
      createClient(registry, asked, { name: 'x', role: 'regulator' }),
      changeClient(registry, asked, client.id, { disabled: true }),
      readClients(registry, asked, firstPage),
      addSecret(registry, asked, client.id),
      revokeClientSecret(registry, asked, client.id, secret.id),
      showSecrets(registry, asked, client.id),
    ]
    for (const work of works) t.same(await codesOf(work), ['forbidden'])
  }
})

t.test('whoever knows login and password signs in, and the log says so', async (t) => {
  const { id } = await newAccount('wang.wu', 'member', { memberId })
  const expected = { kind: 'person', id, name: 'Name of wang.wu', role: 'member', memberId }
  t.same(await enter('wang.wu'), expected)
  t.same(await enter(' Wang.Wu '), expected, 'however a telephone writes the login')
  t.same(await enter('wang.wu', 'ｃorrect horse battery'), expected, 'in either width of the letters')
  t.same(await actionsOf('account', id), [
    'account.created',
    'account.signed_in',
    'account.signed_in',
    'account.signed_in',
  ])
})

t.test('a wrong password, an unknown login and a disabled account are refused alike', async (t) => {
  const { id } = await newAccount('zhao.liu')
  t.same(await codesOf(enter('zhao.liu', 'another password')), ['credentials_wrong'])
  t.same(await codesOf(enter('zhao.liu', '')), ['credentials_wrong'])
  t.same(await codesOf(enter('zhao.liu', 'x'.repeat(100_000))), ['credentials_wrong'])
  t.same(await codesOf(enter('nobody.here')), ['credentials_wrong'])

  await changeAccount(registry, context(), id, { disabled: true })
  t.same(await codesOf(enter('zhao.liu')), ['credentials_wrong'])
  const [refused] = (await historyOf(registry.db, 'account', id)).slice(-1)
  t.match(refused, {
    action: 'account.sign_in_refused',
    actorName: 'sign-in',
    changes: { login: 'zhao.liu', ground: 'disabled' },
  })

  await changeAccount(registry, context(), id, { disabled: false })
  t.equal((await enter('zhao.liu')).id, id)
  await changeAccount(registry, context(), id, { password: 'a second password' })
  t.same(await codesOf(enter('zhao.liu')), ['credentials_wrong'])
  t.equal((await enter('zhao.liu', 'a second password')).id, id)
})

t.test('an unknown login is checked against a hash of the same cost', async (t) => {
  await newAccount('timed')
  const account = await findAccountByLogin(registry.db, 'timed')
  t.match(account?.passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  const duration = async (login: string) => {
    const from = performance.now()
    await codesOf(enter(login, 'a wrong password'))
    return performance.now() - from
  }
  const shortest = async (login: string) =>
    Math.min(await duration(login), await duration(login), await duration(login), await duration(login))
  t.ok((await shortest('unknown.login')) > (await shortest('timed')) / 3)
})

t.test('whatever is typed as a login is refused, and what is no account of ours is not written down', async (t) => {
  const typed = [
    '',
    'nul\u0000',
    'half \ud800',
    `${'x'.repeat(63)}😀`,
    '张三',
    "' or 1=1 --",
    'a password in the wrong field',
  ]
  for (const login of typed) {
    t.same(await codesOf(enter(login)), ['credentials_wrong'], JSON.stringify(login))
    pass(60_000)
  }
  const logged = await historyOf(registry.db, 'account', 'unknown')
  t.ok(logged.length >= typed.length)
  t.ok(logged.every(({ changes }) => !('login' in changes)))
})

t.test('changing an account needs a change, and an account', async (t) => {
  const { id } = await newAccount('changing')
  t.same(await codesOf(changeAccount(registry, context(), id, {})), ['nothing_changes'])
  t.same(await codesOf(changeAccount(registry, context(), unknownId, { disabled: true })), ['not_found'])
  t.same(await codesOf(changeAccount(registry, context(), unknownId, { password: 'long enough, surely' })), [
    'not_found',
  ])
  await changeAccount(registry, context(), id, { disabled: true, password: 'a second password' })
  await changeAccount(registry, context(), id, { disabled: false })
  t.same(await actionsOf('account', id), [
    'account.created',
    'account.disabled',
    'account.password_set',
    'account.enabled',
  ])
})

t.test('secrets rotate: two are live together, then the first is revoked', async (t) => {
  const client = await newClient('exchange', 'member', { memberId })
  const actor = { kind: 'machine', id: client.id, name: 'exchange', role: 'member', memberId }
  t.same(
    await codesOf(authenticateClient(registry, { clientId: client.id, clientSecret: '' })),
    ['credentials_wrong'],
    'no secret yet',
  )

  const first = await addSecret(registry, context(), client.id)
  pass(1)
  const second = await addSecret(registry, context(), client.id)
  t.match(first.secret, /^[\w-]{43}$/)
  t.same(await authenticateClient(registry, { clientId: client.id, clientSecret: first.secret }), {
    actor,
    secretId: first.id,
  })
  t.same(await authenticateClient(registry, { clientId: client.id, clientSecret: second.secret }), {
    actor,
    secretId: second.id,
  })

  await revokeClientSecret(registry, context(), client.id, first.id)
  t.same(await codesOf(authenticateClient(registry, { clientId: client.id, clientSecret: first.secret })), [
    'credentials_wrong',
  ])
  t.same(await authenticateClient(registry, { clientId: client.id, clientSecret: second.secret }), {
    actor,
    secretId: second.id,
  })
  t.same(await codesOf(revokeClientSecret(registry, context(), client.id, first.id)), ['not_found'], 'twice')
  t.same(
    (await showSecrets(registry, context(), client.id)).map(({ id, revokedAt }) => [id, revokedAt !== null]),
    [
      [second.id, false],
      [first.id, true],
    ],
  )
  t.same(await actionsOf('client', client.id), [
    'client.created',
    'client.secret_added',
    'client.secret_added',
    'client.secret_revoked',
  ])
})

t.test('a client is refused when it is unknown, disabled, or sends the secret of another', async (t) => {
  const [client, other] = [await newClient('one'), await newClient('two')]
  const { secret: clientSecret } = await addSecret(registry, context(), client.id)
  await addSecret(registry, context(), other.id)
  for (const clientId of [other.id, unknownId, 'no uuid', '']) {
    t.same(await codesOf(authenticateClient(registry, { clientId, clientSecret })), ['credentials_wrong'], clientId)
  }
  await changeClient(registry, context(), client.id, { disabled: true })
  t.same(await codesOf(authenticateClient(registry, { clientId: client.id, clientSecret })), ['credentials_wrong'])
  await changeClient(registry, context(), client.id, { disabled: false })
  t.equal((await authenticateClient(registry, { clientId: client.id, clientSecret })).actor.id, client.id)
  t.ok((await readClients(registry, context(), firstPage)).items.some(({ id }) => id === client.id))
})

t.test('a client has at most five live secrets; a revoked one makes room', async (t) => {
  const { id } = await newClient('collector')
  const [first] = [await addSecret(registry, context(), id)]
  for (let count = 2; count <= 5; count += 1) await addSecret(registry, context(), id)
  t.same(await codesOf(addSecret(registry, context(), id)), ['live_secrets_limit'])
  await revokeClientSecret(registry, context(), id, first.id)
  t.same(await codesOf(addSecret(registry, context(), id)), [])
})

t.test('there is nothing to do for an unknown client', async (t) => {
  t.same(await codesOf(changeClient(registry, context(), unknownId, { disabled: true })), ['not_found'])
  t.same(await codesOf(addSecret(registry, context(), unknownId)), ['not_found'])
  t.same(await codesOf(showSecrets(registry, context(), unknownId)), ['not_found'])
  t.same(await codesOf(revokeClientSecret(registry, context(), unknownId, unknownId)), ['not_found'])
})

t.test('a client is disabled once, and enabled once', async (t) => {
  const { id } = await newClient('twice', 'member', { memberId })
  const [first, later] = [{ disabled: true }, { disabled: false }]
  t.same(await codesOf(changeClient(registry, context(), id, later)), ['nothing_changes'])
  await changeClient(registry, context(), id, first)
  const disabledAt = clock.now()
  pass(60_000)
  t.same(await codesOf(changeClient(registry, context(), id, first)), ['nothing_changes'])
  const rows = await registry.db.select().from(clients).where(eq(clients.id, id))
  t.same(
    rows.map((row) => row.disabledAt),
    [disabledAt],
    'the day on which it was disabled stays',
  )
  await changeClient(registry, context(), id, later)
  t.same(await actionsOf('client', id), ['client.created', 'client.disabled', 'client.enabled'])
  const owners = await registry.db.select({ memberId: events.memberId }).from(events).where(eq(events.entityId, id))
  t.same(owners, Array(3).fill({ memberId }), 'each entry names the member')
})

t.test(
  'a token stops within ten seconds of the revocation of its secret, one of another secret does not',
  async (t) => {
    const findActor = actorFinder(registry)
    const { id } = await newClient('rotating')
    const [first, second] = [await addSecret(registry, context(), id), await addSecret(registry, context(), id)]
    const other = await addSecret(registry, context(), (await newClient('another')).id)
    const isKnown = async (secretId: string | null) =>
      (await findActor({ kind: 'machine', id, secretId })) !== undefined
    t.same([await isKnown(first.id), await isKnown(second.id), await isKnown(null)], [true, true, true])
    t.notOk(await isKnown(other.id), 'the secret of another machine')
    t.notOk(await isKnown(unknownId))
    await revokeClientSecret(registry, context(), id, first.id)
    pass(10_000)
    t.same([await isKnown(first.id), await isKnown(second.id), await isKnown(null)], [false, true, true])
  },
)

t.test('a disabled client stops within ten seconds, and an enabled one works at once', async (t) => {
  const findActor = actorFinder(registry)
  const { id } = await newClient('leaving')
  const isKnown = async () => (await findActor({ kind: 'machine', id, secretId: null })) !== undefined
  t.ok(await isKnown())
  await changeClient(registry, context(), id, { disabled: true })
  pass(9_999)
  t.ok(await isKnown(), 'still remembered')
  pass(1)
  t.notOk(await isKnown())
  await changeClient(registry, context(), id, { disabled: false })
  t.ok(await isKnown())
  await changeClient(registry, context(), id, { disabled: true })
  pass(-3_600_000)
  t.notOk(await isKnown(), 'a clock that is set back prolongs nothing')
})

t.test('a person stops within ten seconds when the session ends, and another session goes on', async (t) => {
  const findActor = actorFinder(registry)
  const { id } = await newAccount('leaving')
  const [one, two] = [await signInAs('leaving'), await signInAs('leaving')]
  const isKnown = async ({ sessionId }: { sessionId: string }) =>
    (await findActor({ kind: 'person', id, sessionId })) !== undefined
  t.ok((await isKnown(one)) && (await isKnown(two)))
  await endOwnSession(registry, { ...context(one.actor), sessionId: two.sessionId }, one.sessionId)
  pass(9_999)
  t.ok(await isKnown(one), 'still remembered')
  pass(1)
  t.notOk(await isKnown(one))
  t.ok(await isKnown(two))
  await changeAccount(registry, context(), id, { disabled: true })
  await changeAccount(registry, context(), id, { disabled: false })
  pass(10_000)
  t.notOk(await isKnown(two), 'enabling an account brings no session back')
  const later = await signInAs('leaving')
  t.ok(await isKnown(later), 'but one signs in again at once')
  t.equal(await findActor({ kind: 'machine', id, secretId: null }), undefined, 'a person is not a machine')
  const other = await newAccount('another.one')
  t.equal(
    await findActor({ kind: 'person', id: other.id, sessionId: later.sessionId }),
    undefined,
    'nor anybody else in the same session',
  )
  pass(sessionDays * 86_400_000 - 10_001)
  t.ok(await isKnown(later))
  pass(10_001)
  t.notOk(await isKnown(later), 'a session that nobody used is over')
})

t.test('a name, a role and a body are changed, and the log says from what to what', async (t) => {
  const { id } = await newAccount('moving')
  const shown = async () => (await readAccounts(registry, context(), firstPage)).items.find((each) => each.id === id)
  await changeAccount(registry, context(), id, { name: '李四', role: 'member', memberId })
  t.match(await shown(), { name: '李四', role: 'member', memberId })
  await changeAccount(registry, context(), id, { role: 'office' })
  t.match(await shown(), { role: 'office', memberId: null }, 'whoever is no member any more leaves the body')
  t.same((await historyOf(registry.db, 'account', id)).map(({ action, changes }) => [action, changes]).slice(1), [
    ['account.renamed', { name: ['Name of moving', '李四'] }],
    ['account.role_changed', { role: ['secretariat', 'member'], memberId: [null, memberId] }],
    ['account.role_changed', { role: ['member', 'office'], memberId: [memberId, null] }],
  ])
})

t.test('a change of role is refused as a new account would be, and what changes nothing too', async (t) => {
  const { id } = await newAccount('staying')
  const table: [change: Record<string, unknown>, code: RefusalCode][] = [
    [{ role: 'member' }, 'member_missing'],
    [{ role: 'member', memberId: unknownId }, 'not_found'],
    [{ role: 'office', memberId }, 'member_not_expected'],
    [{ memberId }, 'member_not_expected'],
    [{ role: 'monitor' }, 'role_for_machines'],
    [{ role: 'secretariat' }, 'nothing_changes'],
    [{ name: 'Name of staying' }, 'nothing_changes'],
    [{ disabled: false }, 'nothing_changes'],
    [{}, 'nothing_changes'],
  ]
  for (const [change, code] of table) {
    const changed = changeAccount(registry, context(), id, accountChangeInput.parse(change))
    t.same(await codesOf(changed), [code], JSON.stringify(change))
  }
  t.same(await codesOf(newAccount('a.monitor', 'monitor')), ['role_for_machines'])
  t.equal((await newClient('a monitor', 'monitor')).role, 'monitor')
  t.same(await actionsOf('account', id), ['account.created'])
})

t.test('what takes rights away ends the sessions in the same moment, a new name does not', async (t) => {
  const table: [change: Record<string, unknown>, reason: string | null][] = [
    [{ name: '王五' }, null],
    [{ password: 'another long password' }, 'password_set'],
    [{ role: 'office' }, 'role_changed'],
    [{ disabled: true }, 'account_disabled'],
  ]
  for (const [index, [change, reason]] of table.entries()) {
    const { id } = await newAccount(`losing.${index}`)
    await signInAs(`losing.${index}`)
    await signInAs(`losing.${index}`)
    await changeAccount(registry, context(), id, accountChangeInput.parse(change))
    const rows = await registry.db.execute<{ reason: string | null }>(
      sql`select ended_reason as reason from sessions where account_id = ${id}`,
    )
    t.same(
      rows.map((row) => row.reason),
      [reason, reason],
      JSON.stringify(change),
    )
  }
})

t.test('the last live administrator stays one, also when two go at once', async (t) => {
  const [one, two] = [await newAccount('admin.1', 'administrator'), await newAccount('admin.2', 'administrator')]
  const disable = (id: string) => changeAccount(registry, context(), id, { disabled: true })
  const outcomes = await Promise.all([codesOf(disable(one.id)), codesOf(disable(two.id))])
  t.same(outcomes.flat(), ['last_administrator'], 'one of the two is refused')
  const last = outcomes[0]?.length === 0 ? two : one
  t.same(await codesOf(disable(last.id)), ['last_administrator'])
  t.same(await codesOf(changeAccount(registry, context(), last.id, { role: 'regulator' })), ['last_administrator'])
  t.same(await codesOf(changeAccount(registry, context(), last.id, { name: '仍在' })), [], 'a name is another matter')
  const third = await newAccount('admin.3', 'administrator')
  t.same(await codesOf(disable(last.id)), [], 'once there is another')
  t.same(await codesOf(disable(third.id)), ['last_administrator'])
})

t.test('accounts and clients are listed page by page, none twice and none left out', async (t) => {
  for (let count = 0; count < 7; count += 1) {
    await newAccount(`paged.${count}`)
    await newClient('the same name')
  }
  const walk = async (read: (cursor: string | undefined) => ReturnType<typeof readAccounts | typeof readClients>) => {
    const ids: string[] = []
    for await (const page of allPages<{ id: string }>(read)) {
      t.ok(page.length <= 3)
      ids.push(...page.map(({ id }) => id))
    }
    return ids
  }
  const accounts = await walk((cursor) => readAccounts(registry, context(), { cursor, limit: 3 }))
  t.same(
    accounts,
    (await readAccounts(registry, context(), firstPage)).items.map(({ id }) => id),
  )
  const clients = await walk((cursor) => readClients(registry, context(), { cursor, limit: 3 }))
  t.same(
    clients,
    (await readClients(registry, context(), firstPage)).items.map(({ id }) => id),
  )
  t.equal(new Set(clients).size, clients.length)
  t.same(await codesOf(readAccounts(registry, context(), { cursor: 'x', limit: 3 })), ['cursor_invalid'])
})

t.test('the event log never holds a password, a secret or a hash', async (t) => {
  const client = await newClient('quiet')
  const { secret } = await addSecret(registry, context(), client.id)
  const [row] = await registry.db.execute<{ log: string; count: number }>(
    sql`select string_agg(events::text, ' ') as log, count(*)::int as count from events`,
  )
  t.ok((row?.count ?? 0) > 50)
  for (const hidden of [password, 'a second password', secret, '$argon2', 'another password'])
    t.notOk(row?.log.includes(hidden), hidden)
  const hashes = await registry.db.execute<{ sha: string }>(sql`select secret_sha256 as sha from client_secrets`)
  t.ok(hashes.length > 0 && hashes.every(({ sha }) => !row?.log.includes(sha)))
})
