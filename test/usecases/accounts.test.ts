import { sql } from 'drizzle-orm'
import t from 'tap'
import type { Actor, Role } from '../../src/domain/access.ts'
import { Refusal, type RefusalCode } from '../../src/domain/refusals.ts'
import { newId } from '../../src/ids.ts'
import { findAccountByLogin } from '../../src/store/accounts.ts'
import { openDatabase } from '../../src/store/database.ts'
import { historyOf } from '../../src/store/events.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { members } from '../../src/store/schema/members.ts'
import { authenticateClient } from '../../src/usecases/accounts/authenticate-client.ts'
import { actorFinder } from '../../src/usecases/accounts/find-actor.ts'
import {
  accountIdOf,
  changeAccount,
  createAccount,
  newAccountInput,
  showAccounts,
} from '../../src/usecases/accounts/manage-accounts.ts'
import {
  addSecret,
  changeClient,
  createClient,
  revokeClientSecret,
  showClients,
  showSecrets,
} from '../../src/usecases/accounts/manage-clients.ts'
import { signIn } from '../../src/usecases/accounts/sign-in.ts'
import { contextOf, type Registry } from '../../src/usecases/context.ts'
import { startTestServer } from '../support/databases.ts'

const start = new Date('2026-03-02T01:00:00Z')
const password = 'correct horse battery'
const unknownId = '01958d5e-0000-7000-8000-000000000000'
const keeper: Actor = { kind: 'system', id: 'test', name: 'test', role: 'administrator', memberId: null }

const clock = { at: start.getTime(), now: () => new Date(clock.at) }
const server = await startTestServer(start)
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
const enter = (login: string, given = password) => signIn(registry, { login, password: given }, 'request-2')

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
    (await showAccounts(registry, context())).filter(({ login }) => login === 'li.na'),
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
  for (const role of ['secretariat', 'member', 'regulator'] as const) {
    const asked = context({ ...keeper, role, memberId: role === 'member' ? memberId : null })
    const works = [
      createAccount(registry, asked, { login: 'someone', name: 'x', role: 'regulator', password }),
      changeAccount(registry, asked, id, { disabled: true }),
      showAccounts(registry, asked),
      accountIdOf(registry, asked, 'managed'),
      createClient(registry, asked, { name: 'x', role: 'regulator' }),
      changeClient(registry, asked, client.id, { disabled: true }),
      showClients(registry, asked),
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
  for (const login of typed) t.same(await codesOf(enter(login)), ['credentials_wrong'], JSON.stringify(login))
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
  const machine = { kind: 'machine', id: client.id, name: 'exchange', role: 'member', memberId }
  t.same(
    await codesOf(authenticateClient(registry, { clientId: client.id, clientSecret: '' })),
    ['credentials_wrong'],
    'no secret yet',
  )

  const first = await addSecret(registry, context(), client.id)
  pass(1)
  const second = await addSecret(registry, context(), client.id)
  t.match(first.secret, /^[\w-]{43}$/)
  t.same(await authenticateClient(registry, { clientId: client.id, clientSecret: first.secret }), machine)
  t.same(await authenticateClient(registry, { clientId: client.id, clientSecret: second.secret }), machine)

  await revokeClientSecret(registry, context(), client.id, first.id)
  t.same(await codesOf(authenticateClient(registry, { clientId: client.id, clientSecret: first.secret })), [
    'credentials_wrong',
  ])
  t.same(await authenticateClient(registry, { clientId: client.id, clientSecret: second.secret }), machine)
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
  t.equal((await authenticateClient(registry, { clientId: client.id, clientSecret })).id, client.id)
  t.ok((await showClients(registry, context())).some(({ id }) => id === client.id))
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

t.test('a disabled account stops within ten seconds, and an enabled one works at once', async (t) => {
  const findActor = actorFinder(registry)
  const { id } = await newAccount('leaving')
  const isKnown = async () => (await findActor('person', id)) !== undefined
  t.ok(await isKnown())
  await changeAccount(registry, context(), id, { disabled: true })
  pass(9_999)
  t.ok(await isKnown(), 'still remembered')
  pass(1)
  t.notOk(await isKnown())
  await changeAccount(registry, context(), id, { disabled: false })
  t.ok(await isKnown())
  await changeAccount(registry, context(), id, { disabled: true })
  pass(-3_600_000)
  t.notOk(await isKnown(), 'a clock that is set back prolongs nothing')
  t.equal(await findActor('machine', id), undefined, 'a person is not a machine')
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
