import { createHmac, createPrivateKey } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyError, type FastifyInstance, type InjectOptions } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import t from 'tap'
import type { Actor } from '../../src/domain/access.ts'
import { Refusal, type RefusalCode } from '../../src/domain/refusals.ts'
import { newId } from '../../src/ids.ts'
import { enforceAccessRules } from '../../src/rest/access-rules.ts'
import { accountRoutes } from '../../src/rest/accounts.ts'
import { registerAuthentication } from '../../src/rest/authentication.ts'
import { clientRoutes } from '../../src/rest/clients.ts'
import { keyRoutes } from '../../src/rest/keys.ts'
import { oauthRoutes } from '../../src/rest/oauth.ts'
import { sessionRoutes } from '../../src/rest/sessions.ts'
import {
  jwksOf,
  makeSigningKeys,
  prepareSigningKey,
  readSigningKeys,
  retireSigningKey,
  rotateSigningKeys,
  type SigningKey,
  type SigningKeys,
} from '../../src/signing-keys.ts'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { members } from '../../src/store/schema/members.ts'
import { changeAccount } from '../../src/usecases/accounts/change-account.ts'
import { createAccount } from '../../src/usecases/accounts/manage-accounts.ts'
import {
  addSecret,
  changeClient,
  createClient,
  revokeClientSecret,
} from '../../src/usecases/accounts/manage-clients.ts'
import { contextOf, type Registry } from '../../src/usecases/context.ts'
import { startTestServer } from '../support/databases.ts'
import { startTestSession } from '../support/services.ts'

const start = new Date('2026-03-02T01:00:00Z')
const password = 'correct horse battery'
const unknownId = '01958d5e-0000-7000-8000-000000000000'
const keeper: Actor = { kind: 'system', id: 'test', name: 'test', role: 'administrator', memberId: null }

const clock = { at: start.getTime(), now: () => new Date(clock.at) }
const pass = (seconds: number) => {
  clock.at += seconds * 1000
}
const folder = await mkdtemp(join(tmpdir(), 'registry-keys-'))
const server = await startTestServer()
const { serviceUrl } = await server.newDatabase()
const database = openDatabase(serviceUrl, { poolSize: 4 })
const registry: Registry = { db: database.db, lists: database.db, clock, rulebooks: rulebookShelf() }
const keys = await makeSigningKeys(join(folder, 'keys.json'), start)
const app = await openApp(keys)
t.teardown(async () => {
  await app.close()
  await database.close()
  await server.stop()
  await rm(folder, { recursive: true })
})

const memberId = newId(start)
await registry.db
  .insert(members)
  .values({ id: memberId, identityKey: 'test', name: '测试认证', origin: 'imported', recordedAt: start })
const context = contextOf(registry, keeper, 'setup')
const administrator = await createAccount(registry, context, {
  login: 'admin',
  name: '管理员',
  role: 'administrator',
  password,
})
const person = await createAccount(registry, context, {
  login: 'person',
  name: '张三',
  role: 'member',
  memberId,
  password,
})
const client = await createClient(registry, context, { name: 'exchange', role: 'member', memberId })
const { secret } = await addSecret(registry, context, client.id)

/** The service in small: the same access rules, and errors as bare codes. */
async function openApp(signingKeys: SigningKeys, signInsPerMinute = 1_000): Promise<FastifyInstance> {
  const opened = Fastify()
  opened.setValidatorCompiler(validatorCompiler)
  opened.setSerializerCompiler(serializerCompiler)
  opened.setErrorHandler((error: FastifyError | Refusal, _request, reply) => {
    if (!(error instanceof Refusal)) return reply.code(error.statusCode ?? 500).send({ codes: [error.code] })
    const statuses: Partial<Record<RefusalCode, number>> = {
      unauthenticated: 401,
      credentials_wrong: 401,
      forbidden: 403,
      not_found: 404,
    }
    return reply
      .code(statuses[error.problems[0].code] ?? 422)
      .send({ codes: error.problems.map((problem) => problem.code) })
  })
  await opened.register(rateLimit, { global: false })
  await registerAuthentication(opened, { keys: signingKeys, registry, accessTokenMinutes: 30 })
  enforceAccessRules(opened, registry)
  await opened.register(sessionRoutes, { registry, signInsPerMinute, sessionDays: 30 })
  await opened.register(oauthRoutes, { registry, signInsPerMinute })
  await opened.register(keyRoutes, { keys: signingKeys })
  await opened.register(accountRoutes, { registry })
  await opened.register(clientRoutes, { registry })
  return opened
}

async function send(options: InjectOptions, to = app) {
  const { statusCode, headers, body } = await to.inject(options)
  return { status: statusCode, headers, body: body === '' ? undefined : JSON.parse(body) }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const basic = (id: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`,
})
const whoIs = (token: string, to = app) => send({ url: '/v1/session', headers: bearer(token) }, to)
const signIn = (login: string, given = password) =>
  send({ method: 'POST', url: '/v1/session', payload: { login, password: given } })
const tokenOf = async (login: string): Promise<string> => (await signIn(login)).body.accessToken
const askToken = (payload: string, headers: Record<string, string> = {}, to = app) =>
  send(
    {
      method: 'POST',
      url: '/oauth/token',
      payload,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    },
    to,
  )
const grant = 'grant_type=client_credentials'
const inBody = (given = secret) => `${grant}&client_id=${client.id}&client_secret=${given}`

type Claims = { iss?: string | null; sub?: string; iat?: number; exp?: number; sid?: string | null }

/** A token signed with a key as somebody might who has it. */
async function signedWith(key: SigningKey, claims: Claims = {}, header = {}): Promise<string> {
  const iat = Math.floor(clock.at / 1000)
  const sid = claims.sid ?? (await startTestSession({ registry }, person.id))
  const all = { iss: 'alliance-registry', sub: `person:${person.id}`, iat, exp: iat + 60, sid, ...claims }
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined))
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: key.kid, ...header })
    .sign(createPrivateKey(key.privateKey))
}

const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

// ---- Sign-in

t.test('a person signs in, and the token says who he is', async (t) => {
  const { status, headers, body } = await signIn('person')
  t.equal(status, 200)
  t.match(headers, { 'cache-control': 'no-store', pragma: 'no-cache' })
  t.match(body, { tokenType: 'Bearer', expiresInSeconds: 1800, actor: { name: '张三', role: 'member', memberId } })

  const session = await whoIs(body.accessToken)
  t.equal(session.status, 200)
  t.same(session.body.actor, { kind: 'person', name: '张三', role: 'member', memberId })
  t.match(session.body.permissions, { 'results.post': 'own', 'members.write': 'none', 'schemes.read': 'all' })
})

t.test('a sign-in is refused with a wrong password, or without one', async (t) => {
  t.match(await signIn('person', 'wrong'), { status: 401, body: { codes: ['credentials_wrong'] } })
  t.match(await signIn('nobody'), { status: 401, body: { codes: ['credentials_wrong'] } })
  t.match(await send({ method: 'POST', url: '/v1/session', payload: { login: 'person' } }), { status: 400 })
  t.match(await send({ method: 'POST', url: '/v1/session', payload: { login: 'person', password, admin: true } }), {
    status: 400,
  })
})

t.test('anybody verifies a token with the published keys', async (t) => {
  const { headers, body } = await send({ url: '/.well-known/jwks.json' })
  t.equal(headers['cache-control'], 'public, max-age=300')
  t.same(Object.keys(body.keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'], 'and no private half')
  const token = await tokenOf('person')
  t.match(decodeProtectedHeader(token), { alg: 'ES256', kid: keys[0].kid })
  const { payload } = await jwtVerify<{ sid: string }>(token, createLocalJWKSet(body), {
    issuer: 'alliance-registry',
    currentDate: clock.now(),
  })
  const iat = Math.floor(clock.at / 1000)
  t.same(payload, {
    iss: 'alliance-registry',
    sub: `person:${person.id}`,
    role: 'member',
    member: memberId,
    iat,
    exp: iat + 1800,
    sid: payload.sid,
  })
  t.match(payload.sid, /^[0-9a-f-]{36}$/)
})

// ---- Sessions over REST

t.test('a person stays signed in with refresh tokens, sees the session and signs out', async (t) => {
  const entered = await signIn('person')
  t.match(entered.body, { refreshToken: /^[\w-]{43}$/, sessionId: /^[0-9a-f-]{36}$/ })
  const refresh = (refreshToken: string) =>
    send({ method: 'POST', url: '/v1/session/refresh', payload: { refreshToken } })
  const next = await refresh(entered.body.refreshToken)
  t.match(next, { status: 200, headers: { 'cache-control': 'no-store' }, body: { sessionId: entered.body.sessionId } })
  t.match(await refresh(entered.body.refreshToken), { body: { codes: ['session_just_refreshed'] } })
  const headers = bearer(next.body.accessToken)
  const listed = await send({ url: '/v1/sessions', headers })
  const current = listed.body.items.filter(({ isCurrent }: { isCurrent: boolean }) => isCurrent)
  t.match(current, [{ id: entered.body.sessionId, address: '127.0.0.1' }])
  t.equal(current.length, 1)

  const other = await signIn('person')
  t.equal((await send({ method: 'DELETE', url: `/v1/sessions/${other.body.sessionId}`, headers })).status, 204)
  t.equal((await send({ method: 'DELETE', url: `/v1/sessions/${other.body.sessionId}`, headers })).status, 404)
  t.equal((await whoIs(other.body.accessToken)).status, 401)
  t.match(await send({ method: 'DELETE', url: '/v1/session', headers }), { status: 204, body: undefined })
  pass(10)
  t.equal((await whoIs(next.body.accessToken)).status, 401)
  t.match(await refresh(next.body.refreshToken), { body: { codes: ['session_over'] } })
  t.match(await send({ method: 'POST', url: '/v1/session/refresh', payload: {} }), { status: 400 })
})

t.test('a person changes his password over REST, and a machine is told that it has none', async (t) => {
  const url = '/v1/session/password'
  const headers = bearer(await tokenOf('person'))
  const set = (presentPassword: string, newPassword: string, by = headers) =>
    send({ method: 'PUT', url, headers: by, payload: { presentPassword, newPassword } })
  t.match(await set('wrong', 'a second password'), { body: { codes: ['present_password_wrong'] } })
  t.match(await set(password, 'a second password'), { status: 204, body: undefined })
  t.match(await set('a second password', password), { status: 204 })
  const machine = bearer((await askToken(inBody())).body.access_token)
  t.match(await set(password, 'a second password', machine), { body: { codes: ['person_expected'] } })
  t.match(await send({ url: '/v1/sessions', headers: machine }), { body: { codes: ['person_expected'] } })
})

t.test('the administrator ends the sessions of an account over REST', async (t) => {
  const token = await tokenOf('person')
  const headers = bearer(await tokenOf('admin'))
  const url = `/v1/accounts/${person.id}/sessions`
  t.ok((await send({ url, headers })).body.items.length > 0)
  t.ok((await send({ method: 'DELETE', url, headers })).body.ended > 0)
  t.same((await send({ url, headers })).body, { items: [], nextCursor: null })
  pass(10)
  t.equal((await whoIs(token)).status, 401)
})

// ---- What is not accepted as a token

t.test('a token stops when it expires', async (t) => {
  const token = await tokenOf('person')
  pass(1799)
  t.equal((await whoIs(token)).status, 200)
  pass(2)
  t.match(await whoIs(token), { status: 401, body: { codes: ['unauthenticated'] } })
})

t.test('an account or client that is disabled stops within ten seconds', async (t) => {
  const tokens = [await tokenOf('person'), (await askToken(inBody())).body.access_token]
  const statuses = async () => [(await whoIs(tokens[0])).status, (await whoIs(tokens[1])).status]
  t.same(await statuses(), [200, 200])
  await changeAccount(registry, context, person.id, { disabled: true })
  await changeClient(registry, context, client.id, { disabled: true })
  pass(10)
  t.same(await statuses(), [401, 401])
  t.equal((await askToken(inBody())).status, 401)
  await changeAccount(registry, context, person.id, { disabled: false })
  await changeClient(registry, context, client.id, { disabled: false })
  t.same(await statuses(), [401, 200], 'a person signs in again, as the sessions have ended')
  t.equal((await whoIs(await tokenOf('person'))).status, 200)
})

t.test('the role of a token is for information: the database decides', async (t) => {
  const iat = Math.floor(clock.at / 1000)
  const forged = await new SignJWT({
    iss: 'alliance-registry',
    sub: `person:${person.id}`,
    role: 'administrator',
    member: null,
    iat,
    exp: iat + 60,
    sid: await startTestSession({ registry }, person.id),
  })
    .setProtectedHeader({ alg: 'ES256', kid: keys[0].kid })
    .sign(createPrivateKey(keys[0].privateKey))
  t.match((await whoIs(forged)).body.actor, { role: 'member', memberId })
})

t.test('a token must be signed by a key of this service, with its algorithm, and be complete', async (t) => {
  const [key] = keys
  const [stranger] = await makeSigningKeys(join(folder, 'stranger.json'), start)
  const [head = '', body = '', signature = ''] = (await signedWith(key)).split('.')
  const none = segment({ alg: 'none', typ: 'JWT', kid: key.kid })
  const symmetric = `${segment({ alg: 'HS256', typ: 'JWT', kid: key.kid })}.${body}`
  const keyAsSecret = createHmac('sha256', key.publicKey).update(symmetric).digest('base64url')
  const cases: Record<string, string> = {
    'signed by an unknown key': await signedWith(stranger),
    'signed by an unknown key that borrows a kid': await signedWith({ ...stranger, kid: key.kid }),
    'without a kid': await signedWith(key, {}, { kid: undefined }),
    'alg none': `${none}.${body}.`,
    'alg none with a signature': `${none}.${body}.${signature}`,
    'HS256 with the public key as its secret': `${symmetric}.${keyAsSecret}`,
    'without its signature': `${head}.${body}.`,
    'with another body': `${head}.${segment({ iss: 'alliance-registry', sub: `person:${administrator.id}` })}.${signature}`,
    'of another issuer': await signedWith(key, { iss: 'somebody-else' }),
    'without an issuer': await signedWith(key, { iss: null }),
    'without an end': await signedWith(key, { exp: undefined as never }),
    'of a subject that there is not': await signedWith(key, { sub: `person:${unknownId}` }),
    'of a person as a machine': await signedWith(key, { sub: `machine:${person.id}` }),
    'of the system': await signedWith(key, { sub: 'system:command-line' }),
    'of a person without a session': await signedWith(key, { sid: null }),
    'of a person in a session that there is not': await signedWith(key, { sid: unknownId }),
    'of a person in the session of another': await signedWith(key, {
      sid: await startTestSession({ registry }, administrator.id),
    }),
    'of a session of another shape': await signedWith(key, { sid: `' or 1=1 --` }),
    'of a subject of another shape': await signedWith(key, { sub: `person:' or 1=1 --` }),
    'not a token': 'x.y.z',
    'two dots': '..',
  }
  t.equal((await whoIs(`${head}.${body}.${signature}`)).status, 200)
  for (const [name, token] of Object.entries(cases))
    t.match(await whoIs(token), { status: 401, body: { codes: ['unauthenticated'] } }, name)
})

t.test('a request needs one bearer token', async (t) => {
  const token = await tokenOf('person')
  for (const authorization of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${token} ${token}`,
    `Basic ${token}`,
    token,
  ]) {
    const headers = authorization === undefined ? {} : { authorization }
    t.match(
      await send({ url: '/v1/session', headers }),
      { status: 401, body: { codes: ['unauthenticated'] } },
      String(authorization).slice(0, 12),
    )
  }
})

// ---- Keys rotate

t.test('after a rotation the new key signs and the earlier one still verifies', async (t) => {
  const file = join(folder, 'rotating.json')
  const [first] = await makeSigningKeys(file, start)
  const rotated = await rotateSigningKeys(file, start)
  t.same(await readSigningKeys(file), rotated)
  t.equal(rotated[1]?.kid, first.kid)
  const after = await openApp(rotated)
  t.teardown(() => after.close())
  t.equal((await whoIs(await signedWith(first), after)).status, 200)
  const { body } = await askToken(inBody(), {}, after)
  t.equal(decodeProtectedHeader(body.access_token).kid, rotated[0].kid)
  t.equal((await whoIs(body.access_token, after)).status, 200)
  t.equal((await whoIs(body.access_token)).status, 401, 'a service without the new key')
  t.same((await send({ url: '/.well-known/jwks.json' }, after)).body, await jwksOf(rotated))
  const withoutFirst = await openApp([rotated[0]])
  t.teardown(() => withoutFirst.close())
  t.equal((await whoIs(await signedWith(first), withoutFirst)).status, 401, 'once the earlier key is taken out')
})

t.test('a key that is prepared is published, and signs after the rotation; an earlier one is retired', async (t) => {
  const file = join(folder, 'prepared.json')
  const later = new Date(start.getTime() + 1)
  const [first] = await makeSigningKeys(file, start)
  const prepared = await prepareSigningKey(file, later)
  t.same([prepared[0].kid, prepared.length], [first.kid, 2], 'the first one still signs')
  const next = prepared[1]?.kid ?? ''
  t.same(
    (await jwksOf(prepared)).keys.map(({ kid }) => kid),
    [first.kid, next],
    'both are published',
  )
  await t.rejects(prepareSigningKey(file, later), { name: 'ConfigProblem', message: /prepared already/ })
  await t.rejects(retireSigningKey(file, first.kid), { name: 'ConfigProblem', message: /rotate first/ })
  const rotated = await rotateSigningKeys(file, later)
  t.same(
    rotated.map(({ kid }) => kid),
    [next, first.kid],
  )
  await t.rejects(retireSigningKey(file, 'unknown'), { name: 'ConfigProblem', message: /no key unknown/ })
  t.same(
    (await retireSigningKey(file, first.kid)).map(({ kid }) => kid),
    [next],
  )
  t.same(
    (await readSigningKeys(file)).map(({ kid }) => kid),
    [next],
  )
})

t.test('a key file is made for its owner only, once, and is replaced in one step', async (t) => {
  const file = join(folder, 'made.json')
  await makeSigningKeys(file, start)
  const modeOf = async () => ((await stat(file)).mode & 0o777).toString(8)
  t.equal(await modeOf(), '600')
  await t.rejects(makeSigningKeys(file, start), { name: 'ConfigProblem', message: /not overwritten/ })
  await rotateSigningKeys(file, start)
  t.equal(await modeOf(), '600')
  t.notOk((await readdir(folder)).includes('made.json.new'))
  await writeFile(`${file}.new`, '')
  await t.rejects(rotateSigningKeys(file, start), { name: 'ConfigProblem', message: /another rotation/ })
})

t.test('a key file that others may read is warned about', async (t) => {
  const file = join(folder, 'open.json')
  await makeSigningKeys(file, start)
  const warnings: string[] = []
  await readSigningKeys(file, (message) => warnings.push(message))
  t.same(warnings, [])
  await chmod(file, 0o640)
  await readSigningKeys(file, (message) => warnings.push(message))
  t.match(warnings, [/chmod 600/])
})

t.test('a key file that cannot be used is refused, without its contents', async (t) => {
  const [key] = keys
  const [stranger] = await readSigningKeys(join(folder, 'stranger.json'))
  const wrong: Record<string, string> = {
    'no JSON': `${key.privateKey} [`,
    'no list': '{}',
    'no key': '[]',
    'a field missing': JSON.stringify([{ ...key, privateKey: undefined }]),
    'no PEM': JSON.stringify([{ ...key, publicKey: 'x' }]),
    'halves of different keys': JSON.stringify([{ ...key, publicKey: stranger.publicKey }]),
    'another kid': JSON.stringify([{ ...key, kid: stranger.kid }]),
  }
  for (const [name, text] of Object.entries(wrong)) {
    const file = join(folder, 'wrong.json')
    await writeFile(file, text)
    const refused = await readSigningKeys(file).catch((error: unknown) => error as Error)
    t.match(refused, { name: 'ConfigProblem', message: /cannot be used/ }, name)
    t.notMatch(JSON.stringify(refused), 'PRIVATE', name)
  }
  await t.rejects(readSigningKeys(join(folder, 'missing.json')), { name: 'ConfigProblem', message: /ENOENT/ })
  t.match(await readFile(join(folder, 'keys.json'), 'utf8'), key.kid)
})

// ---- OAuth 2

t.test('a machine gets a token, by the header or by the body', async (t) => {
  const encodedId = client.id.replaceAll('-', '%2D')
  const answers = [
    await askToken(inBody()),
    await askToken(grant, basic(client.id, secret)),
    await askToken(
      grant,
      basic(
        encodedId,
        secret.replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`),
      ),
    ),
    await askToken(`${grant}&client_id=${client.id}&unknown=ignored&scope=`, basic(client.id, secret)),
  ]
  for (const { status, headers, body } of answers) {
    t.equal(status, 200)
    t.match(headers, { 'cache-control': 'no-store', pragma: 'no-cache', 'content-type': /^application\/json/ })
    t.match(body, { token_type: 'Bearer', expires_in: 1800 })
    t.same((await whoIs(body.access_token)).body.actor, { kind: 'machine', name: 'exchange', role: 'member', memberId })
  }
})

t.test('a token request is refused in the words of RFC 6749', async (t) => {
  const json = { 'content-type': 'application/json' }
  const cases: [name: string, payload: string, headers: Record<string, string>, status: number, error: string][] = [
    ['no grant type', `client_id=${client.id}&client_secret=${secret}`, {}, 400, 'invalid_request'],
    ['an empty grant type', 'grant_type=', basic(client.id, secret), 400, 'invalid_request'],
    ['another grant type', 'grant_type=password', basic(client.id, secret), 400, 'unsupported_grant_type'],
    ['a scope', `${grant}&scope=all`, basic(client.id, secret), 400, 'invalid_scope'],
    ['a parameter twice', `${inBody()}&${grant}`, {}, 400, 'invalid_request'],
    ['a secret in both places', inBody(), basic(client.id, secret), 400, 'invalid_request'],
    ['two clients', `${grant}&client_id=${unknownId}`, basic(client.id, secret), 400, 'invalid_request'],
    ['JSON', JSON.stringify({ grant_type: 'client_credentials' }), json, 400, 'invalid_request'],
    ['too much', `x=${'x'.repeat(2_000_000)}`, {}, 400, 'invalid_request'],
    ['an empty body', '', basic(client.id, secret), 400, 'invalid_request'],
    ['no client', grant, {}, 401, 'invalid_client'],
    ['no secret', `${grant}&client_id=${client.id}`, {}, 401, 'invalid_client'],
    ['a wrong secret', inBody('wrong'), {}, 401, 'invalid_client'],
    ['a wrong secret in the header', grant, basic(client.id, 'wrong'), 401, 'invalid_client'],
    ['an unknown client', grant, basic(unknownId, secret), 401, 'invalid_client'],
    ['a client of another shape', grant, basic('%00', secret), 401, 'invalid_client'],
    ['broken percent-encoding', grant, basic(client.id, '%zz'), 401, 'invalid_client'],
    [
      'a header without a colon',
      grant,
      { authorization: `Basic ${Buffer.from(client.id).toString('base64')}` },
      401,
      'invalid_client',
    ],
    ['a header of another scheme', grant, bearer(secret), 401, 'invalid_client'],
  ]
  for (const [name, payload, headers, status, error] of cases) {
    const answer = await askToken(payload, headers)
    t.match(answer, { status, body: { error }, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } }, name)
    t.match(answer.body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, name)
    t.equal(
      answer.headers['www-authenticate']?.toString().startsWith('Basic realm='),
      status === 401 ? true : undefined,
      name,
    )
  }
  t.match(await send({ method: 'POST', url: '/oauth/token', headers: basic(client.id, secret) }), {
    status: 400,
    body: { error: 'invalid_request' },
  })
})

t.test('the other routes take no forms', async (t) => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  t.equal((await send({ method: 'POST', url: '/v1/session', headers, payload: 'login=person' })).status, 415)
})

t.test('a revoked secret gets no token, the other one does', async (t) => {
  const second = await addSecret(registry, context, client.id)
  t.equal((await askToken(inBody(second.secret))).status, 200)
  await revokeClientSecret(registry, context, client.id, second.id)
  t.match(await askToken(inBody(second.secret)), { status: 401, body: { error: 'invalid_client' } })
  t.equal((await askToken(inBody())).status, 200)
})

t.test('sign-ins and token requests are limited by the minute', async (t) => {
  const limited = await openApp(keys, 2)
  t.teardown(() => limited.close())
  const statuses: number[] = []
  for (let count = 0; count < 3; count += 1) statuses.push((await askToken(inBody(), {}, limited)).status)
  t.same(statuses, [200, 200, 429])
  const third = await askToken(inBody(), {}, limited)
  t.ok(third.headers['retry-after'])
  t.same(Object.keys(third.body), ['codes'], 'by the error handler of the service')
  const wrong = { method: 'POST', url: '/v1/session', payload: { login: 'person', password: 'wrong' } } as const
  const signIns: number[] = []
  for (let count = 0; count < 3; count += 1) signIns.push((await send(wrong, limited)).status)
  t.same(signIns, [401, 401, 429])
})

// ---- Accounts and clients over REST

t.test('the administrator manages accounts', async (t) => {
  const headers = bearer(await tokenOf('admin'))
  const created = await send({
    method: 'POST',
    url: '/v1/accounts',
    headers,
    payload: { login: 'new.one', name: '新人', role: 'regulator', password },
  })
  t.equal(created.status, 201)
  t.same(Object.keys(created.body).sort(), ['disabledAt', 'id', 'login', 'memberId', 'name', 'recordedAt', 'role'])
  const listed = await send({ url: '/v1/accounts', headers })
  t.match(listed.body.items, [{ login: 'admin' }, { login: 'new.one' }, { login: 'person' }])
  t.notMatch(JSON.stringify(listed.body), 'argon2')

  const change = (payload: object, id = created.body.id) =>
    send({ method: 'PATCH', url: `/v1/accounts/${id}`, headers, payload })
  t.match(await change({ password: 'a second password' }), { status: 204, body: undefined })
  t.equal((await signIn('new.one', 'a second password')).status, 200)
  t.equal((await change({ disabled: true })).status, 204)
  t.equal((await signIn('new.one', 'a second password')).status, 401)
  t.match(await change({}), { status: 422, body: { codes: ['nothing_changes'] } })
  t.match(await change({ password: 'short' }), { status: 422, body: { codes: ['password_length'] } })
  t.match(await change({ disabled: true }, unknownId), { status: 404 })
  t.match(await change({ disabled: true }, 'no-uuid'), { status: 400 })
  t.match(await change({ role: 'nobody' }), { status: 400 })
  t.match(await change({ role: 'monitor' }), { status: 422, body: { codes: ['role_for_machines'] } })
  t.equal((await change({ name: '改名', role: 'office' })).status, 204)
  t.match((await send({ url: '/v1/accounts?limit=2', headers })).body, {
    items: [{ login: 'admin' }, { name: '改名' }],
  })
})

t.test('the administrator manages clients and their secrets', async (t) => {
  const headers = bearer(await tokenOf('admin'))
  const created = await send({
    method: 'POST',
    url: '/v1/clients',
    headers,
    payload: { name: 'partner', role: 'member', memberId },
  })
  t.match(created, { status: 201, body: { name: 'partner', role: 'member', memberId, disabledAt: null } })
  const url = `/v1/clients/${created.body.id}`
  const told = await send({ method: 'POST', url: `${url}/secrets`, headers })
  t.match(told, { status: 201, headers: { 'cache-control': 'no-store' } })
  const ask = () => askToken(grant, basic(created.body.id, told.body.secret))
  t.equal((await ask()).status, 200)

  t.equal((await send({ method: 'PATCH', url, headers, payload: { disabled: true } })).status, 204)
  t.equal((await ask()).status, 401)
  t.match((await send({ url: '/v1/clients', headers })).body.items, [
    { name: 'exchange' },
    { name: 'partner', disabledAt: clock.now().toISOString() },
  ])
  t.equal((await send({ method: 'PATCH', url, headers, payload: { disabled: false } })).status, 204)

  t.match(await send({ method: 'DELETE', url: `${url}/secrets/${told.body.id}`, headers }), {
    status: 204,
    body: undefined,
  })
  t.equal((await ask()).status, 401)
  t.same((await send({ url: `${url}/secrets`, headers })).body.items, [
    { id: told.body.id, recordedAt: clock.now().toISOString(), revokedAt: clock.now().toISOString() },
  ])
  t.equal((await send({ method: 'DELETE', url: `${url}/secrets/${told.body.id}`, headers })).status, 404)
})

t.test('nobody else manages accounts, and nobody at all without a token', async (t) => {
  const headers = bearer(await tokenOf('person'))
  const routes: InjectOptions[] = [
    { method: 'POST', url: '/v1/accounts', payload: { login: 'mine', name: 'x', role: 'administrator', password } },
    { method: 'GET', url: '/v1/accounts' },
    { method: 'PATCH', url: `/v1/accounts/${person.id}`, payload: { password: 'a password of mine' } },
    { method: 'GET', url: `/v1/accounts/${person.id}/sessions` },
    { method: 'DELETE', url: `/v1/accounts/${person.id}/sessions` },
    { method: 'POST', url: '/v1/clients', payload: { name: 'x', role: 'administrator' } },
    { method: 'GET', url: '/v1/clients' },
    { method: 'PATCH', url: `/v1/clients/${client.id}`, payload: { disabled: true } },
    { method: 'POST', url: `/v1/clients/${client.id}/secrets` },
    { method: 'GET', url: `/v1/clients/${client.id}/secrets` },
    { method: 'DELETE', url: `/v1/clients/${client.id}/secrets/${unknownId}` },
  ]
  for (const route of routes) {
    t.match(
      await send({ ...route, headers }),
      { status: 403, body: { codes: ['forbidden'] } },
      `${route.method} ${route.url}`,
    )
    t.match(await send(route), { status: 401, body: { codes: ['unauthenticated'] } }, `${route.method} ${route.url}`)
  }
})
