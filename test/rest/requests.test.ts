import { Readable } from 'node:stream'
import type { InjectOptions } from 'fastify'
import { pino } from 'pino'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { buildApp } from '../../src/app.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { type RefusalCode, refusalSentences } from '../../src/domain/refusals.ts'
import { createAccount } from '../../src/usecases/accounts/manage-accounts.ts'
import { addSecret, createClient } from '../../src/usecases/accounts/manage-clients.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'
import { startTestServer } from '../support/databases.ts'
import { newService, resultBody, testConfig } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const unknownId = '01958d5e-0000-7000-8000-000000000000'
const bodyBytesMax = 1_048_576
const server = await startTestServer()
const service = await newService(server, start)
const { app } = service
const sql = postgres(service.urls.ownerUrl, { max: 1, onnotice: () => {} })
t.teardown(async () => {
  await sql.end()
  await service.close()
  await server.stop()
})

const member = await service.bearer('member')
const secretariat = await service.bearer('secretariat')
const regulator = await service.bearer('regulator')
const administrator = await service.bearer('administrator')

type Answer = {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly text: string
  readonly body: ReturnType<typeof JSON.parse>
}

/** Everything that was ever answered here, for what must hold of all answers. */
const answers: { name: string; answer: Answer }[] = []

async function ask(options: InjectOptions): Promise<Answer> {
  const { statusCode: status, headers, body: text } = await app.inject(options)
  const isJson = /json/.test(String(headers['content-type'])) && text !== ''
  const answer = { status, headers, text, body: isJson ? JSON.parse(text) : undefined }
  answers.push({ name: `${options.method ?? 'GET'} ${String(options.url).slice(0, 80)}`, answer })
  return answer
}

let keys = 0
function newKey() {
  keys += 1
  return { 'idempotency-key': `key-${keys}` }
}
const json = { 'content-type': 'application/json' }
const post = (payload: unknown, url = '/v1/results', headers: Record<string, string> = member): InjectOptions => ({
  method: 'POST',
  url,
  headers: { ...headers, ...newKey(), ...json },
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
})
const get = (url: string, headers: Record<string, string> = secretariat): InjectOptions => ({ url, headers })

type Expected = { readonly status: number; readonly code: RefusalCode; readonly path?: string | undefined }

/** A problem document in full (RFC 9457), under the request id that the header carries. */
function isProblem(t: Test, answer: Answer, { status, code, path }: Expected, name: string): void {
  const { headers, body } = answer
  t.match(
    { status: answer.status, headers, body },
    {
      status,
      headers: { 'content-type': /^application\/problem\+json/, 'cache-control': 'no-store', vary: /accept-language/ },
      body: {
        type: `/v1/problems/${code}`,
        title: /\S/,
        status,
        detail: /\S/,
        code,
        requestId: /^[\w-]{8,64}$/,
        errors: [{ code, path: path ?? String, detail: /\S/ }],
      },
    },
    name,
  )
  t.equal(headers['x-request-id'], body?.requestId, `${name}: the header carries the request id`)
  t.equal(headers['content-language'], 'zh', `${name}: in Chinese`)
  t.match(`${body?.title}${body?.detail}`, /\p{Script=Han}/u, `${name}: in Chinese`)
}

async function rowCounts(): Promise<Record<string, number>> {
  const tables = await sql<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
  const counts: Record<string, number> = {}
  for (const { name } of tables)
    counts[name] = Number((await sql`select count(*)::int as count from ${sql(name)}`)[0]?.count)
  return counts
}

/** Nothing but attempts was written, and of those so many. */
async function nothingWritten(t: Test, before: Record<string, number>, attempts: number): Promise<void> {
  t.same(await rowCounts(), { ...before, attempts: before.attempts! + attempts }, 'nothing was written but attempts')
}

type Case = readonly [
  name: string,
  request: InjectOptions,
  status: number,
  code: RefusalCode,
  path?: string | undefined,
]

async function allRefused(t: Test, cases: readonly Case[], attempts: number): Promise<void> {
  const before = await rowCounts()
  for (const [name, request, status, code, path] of cases)
    isProblem(t, await ask(request), { status, code, path }, name)
  await nothingWritten(t, before, attempts)
}

const without = (request: InjectOptions, ...names: string[]): InjectOptions => ({
  ...request,
  headers: Object.fromEntries(Object.entries(request.headers ?? {}).filter(([name]) => !names.includes(name))),
})
const ofType = (type: string): InjectOptions => ({
  ...post(resultBody()),
  headers: { ...member, ...newKey(), 'content-type': type },
})

t.test('a body that cannot be read is refused', async (t) => {
  const deep = (levels: number, open: string, close: string) => `${open.repeat(levels)}1${close.repeat(levels)}`
  const cases: Case[] = [
    ['JSON cut off', post('{"kind":'), 400, 'body_malformed'],
    ['no JSON', post('kind=issue'), 400, 'body_malformed'],
    ['two JSON values', post('{}{}'), 400, 'body_malformed'],
    ['a byte-order mark alone', post('\ufeff'), 400, 'body_malformed'],
    ['an empty body', post(''), 400, 'body_malformed'],
    ['no body at all', without({ ...post(''), payload: undefined as never }, 'content-type'), 400, 'body_malformed'],
    ['null', post('null'), 400, 'body_malformed'],
    ['a key that is a prototype', post('{"__proto__":{"role":"secretariat"}}'), 400, 'body_malformed'],
    ['a prototype further in', post('{"enterprise":{"__proto__":{"x":1}}}'), 400, 'body_malformed'],
    ['a constructor with a prototype', post('{"constructor":{"prototype":{"x":1}}}'), 400, 'body_malformed'],
    ['a list', post('[]'), 400, 'field_invalid'],
    ['a text', post('"issue"'), 400, 'field_invalid'],
    ['a number', post('1'), 400, 'field_invalid'],
    ['lists in lists, 100 000 deep', post(deep(100_000, '[', ']')), 400, 'field_invalid'],
    ['objects in objects, 100 000 deep', post(deep(100_000, '{"kind":', '}')), 400, 'field_invalid'],
    ['a prototype 10 000 deep', post(deep(10_000, '{"__proto__":', '}')), 400, 'body_malformed'],
    ['a text of 10 MB', post(resultBody({ memberReference: 'x'.repeat(10_000_000) })), 413, 'body_too_large'],
    ['10 MB of blanks', post(' '.repeat(10_000_000)), 413, 'body_too_large'],
    [
      'more than is allowed, without saying how much',
      { ...without(post(''), 'content-length'), payload: Readable.from([Buffer.alloc(bodyBytesMax + 1, 0x20)]) },
      413,
      'body_too_large',
    ],
    ['plain text', ofType('text/plain'), 415, 'media_type_unsupported'],
    ['a form', ofType('application/x-www-form-urlencoded'), 415, 'media_type_unsupported'],
    ['XML', ofType('application/xml'), 415, 'media_type_unsupported'],
    ['no media type', ofType(''), 415, 'media_type_unsupported'],
    ['a media type that is none', ofType('\u00e4'), 415, 'media_type_unsupported'],
  ]
  await allRefused(t, cases, cases.length)
  const packed = { ...post('{}'), headers: { ...member, ...newKey(), ...json, 'content-encoding': 'gzip' } }
  isProblem(t, await ask(packed), { status: 415, code: 'media_type_unsupported' }, 'a body that is packed')
  t.match((await ask(post('x'.repeat(bodyBytesMax + 1)))).body.detail, String(bodyBytesMax), 'and says the limit')
})

t.test('a field that is not as it must be is named', async (t) => {
  const changed = (changes: object, certificate: object = {}) =>
    post(resultBody(changes as Record<string, unknown>, certificate as Record<string, unknown>))
  const product = (changes: object) => changed({}, { product: { name: '示例', models: ['x'], ...changes } })
  const cases: Case[] = [
    ['an unknown field', changed({ colour: 'red' }), 400, 'field_unknown', 'colour'],
    ['an unknown field further in', product({ colour: 'red' }), 400, 'field_unknown', 'certificate.product.colour'],
    ['constructor as a field', changed({ constructor: 1 }), 400, 'field_unknown', 'constructor'],
    ['toString as a field', changed({ toString: 1 }), 400, 'field_unknown', 'toString'],
    ['a field that is missing', changed({ decidedOn: undefined }), 400, 'field_missing', 'decidedOn'],
    ['null for a text', changed({ memberReference: null }), 400, 'field_invalid', 'memberReference'],
    ['a number for a text', changed({ memberReference: 5 }), 400, 'field_invalid', 'memberReference'],
    ['a text of blanks', changed({ memberReference: '   ' }), 400, 'field_invalid', 'memberReference'],
    ['a text too long', changed({ memberReference: 'x'.repeat(101) }), 400, 'field_invalid', 'memberReference'],
    ['a text of 1 MB', changed({ memberReference: 'x'.repeat(1_000_000) }), 400, 'field_invalid', 'memberReference'],
    ['a list for a text', changed({ scheme: ['jiangsu-premium'] }), 400, 'field_invalid', 'scheme'],
    ['a list for an object', changed({ enterprise: [] }), 400, 'field_invalid', 'enterprise'],
    ['a text for an object', changed({ certificate: 'SL-1' }), 400, 'field_invalid', 'certificate'],
    ['an object for a list', product({ models: { 0: 'x' } }), 400, 'field_invalid', 'certificate.product.models'],
    ['a text for a list', changed({}, { standards: 'GB/T 1-2020' }), 400, 'field_invalid', 'certificate.standards'],
    ['a list in a list', product({ models: [['x']] }), 400, 'field_invalid', 'certificate.product.models.0'],
    ['a kind that there is not', changed({ kind: 'ISSUE' }), 400, 'field_invalid', 'kind'],
    ['a day that does not exist', changed({ decidedOn: '2026-02-30' }), 400, 'date_does_not_exist', 'decidedOn'],
    ['no leap year', changed({ decidedOn: '2025-02-29' }), 400, 'date_does_not_exist', 'decidedOn'],
    ['a day with a time', changed({ decidedOn: '2026-11-16T00:00:00Z' }), 400, 'date_does_not_exist', 'decidedOn'],
    ['a day as a number', changed({ decidedOn: 20261116 }), 400, 'field_invalid', 'decidedOn'],
    ['a day out of all time', changed({ decidedOn: '0001-01-01' }), 400, 'date_does_not_exist', 'decidedOn'],
    ['an id that is none', changed({ assignmentId: '1' }), 400, 'field_invalid', 'assignmentId'],
    ['an id that is SQL', changed({ assignmentId: `' or 1=1 --` }), 400, 'field_invalid', 'assignmentId'],
  ]
  await allRefused(t, cases, cases.length)
  const fee = (feeQuotedYuan: string) =>
    post(
      `{"memberId":"${service.memberIds.a}","enterprise":{"creditCode":"x","name":"x"},"kind":"product","productName":"x","family":"manufacturing","standards":["GB/T 1-2020"],"mode":"secretariat_assigned","assignedOn":"2026-11-01","feeQuotedYuan":${feeQuotedYuan}}`,
      '/v1/assignments',
      secretariat,
    )
  const numbers: Case[] = [
    ['a text for a number', fee('"100"'), 400, 'field_invalid', 'feeQuotedYuan'],
    ['a number beyond all bounds', fee('1e400'), 400, 'field_invalid', 'feeQuotedYuan'],
    ['a number of 400 digits', fee('9'.repeat(400)), 400, 'field_invalid', 'feeQuotedYuan'],
    ['a negative number', fee('-1'), 400, 'field_invalid', 'feeQuotedYuan'],
    ['a number that is none', fee('NaN'), 400, 'body_malformed'],
    ['a truth for a number', fee('true'), 400, 'field_invalid', 'feeQuotedYuan'],
  ]
  await allRefused(t, numbers, 0)
})

t.test('several faults are told at once, each with its place', async (t) => {
  const body = resultBody({ kind: 'x', decidedOn: '2026-13-01', colour: 1 }, { number: '', validUntil: 5 })
  const { errors } = (await ask(post(body))).body
  t.same(errors.map(({ path }: { path: string }) => path).sort(), [
    'certificate.number',
    'certificate.validUntil',
    'colour',
    'decidedOn',
    'kind',
  ])
})

t.test('however much is wrong, the answer stays small and comes soon', async (t) => {
  const many = Array.from({ length: 200_000 }, () => '')
  const wrong: Record<string, unknown> = {
    'a list of empty texts': resultBody({}, { standards: many }),
    'a list of numbers': resultBody({}, { product: { name: '示例', models: many.map(() => 1) } }),
    'unknown fields': { ...resultBody(), ...Object.fromEntries(many.slice(0, 50_000).map((_, at) => [`f${at}`, 1])) },
    'a field with a name of 1 MB': { ...resultBody(), ['f'.repeat(1_000_000)]: 1 },
    'a text of 1 MB': resultBody({ memberReference: 'x'.repeat(1_000_000) }),
    'a number of 1 MB': resultBody({}, { number: '字'.repeat(300_000) }),
  }
  for (const [name, body] of Object.entries(wrong)) {
    const began = performance.now()
    const answer = await ask(post(body))
    t.equal(answer.status, 400, name)
    t.ok(answer.text.length < 100_000, `${name}: ${answer.text.length} characters`)
    t.ok(performance.now() - began < 5_000, `${name}: ${Math.round(performance.now() - began)} ms`)
  }
})

// ---- Characters that no text may hold

const hostile = {
  NUL: 'a\u0000b',
  BEL: 'a\u0007b',
  DEL: 'a\u007fb',
  'half a pair': 'a\ud800b',
  'the other half': '\udc00',
}

/** Every field of a result, filled in. */
const everyField = {
  kind: 'issue',
  memberId: service.memberIds.a,
  memberReference: 'R-every',
  scheme: 'jiangsu-premium',
  assignmentId: unknownId,
  endingId: unknownId,
  enterprise: {
    creditCode: makeCreditCode('91', '320100', 'MA0XX001'),
    name: '示例',
    cityCode: '320100',
    family: 'manufacturing',
    industryCode: '3411',
    address: '示例路 1 号',
    creditCodeEvidence: '示例',
  },
  family: 'manufacturing',
  industryCode: '3411',
  productName: '示例',
  decidedOn: '2026-11-16',
  reasonCode: 'x',
  reasonText: '示例',
  earlierCertificateId: unknownId,
  earlierCertificateNumber: 'SL-1',
  certificate: {
    number: 'SL-2',
    issuedOn: '2026-11-17',
    validFrom: '2026-11-17',
    validUntil: '2029-11-16',
    client: { name: '示例', address: '示例路 1 号' },
    product: { name: '示例', models: ['x'], trademark: '示例', maker: '示例', makerAddress: '示例路 1 号' },
    factory: { name: '示例', address: '示例路 1 号' },
    standards: ['GB/T 1-2020'],
    requirements: '示例',
    certificationMode: '示例',
  },
}

type Json = string | { [name: string]: Json } | Json[]

function leavesOf(value: Json, path = ''): string[] {
  if (typeof value === 'string') return [path]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, path === '' ? name : `${path}.${name}`))
}

function withLeaf(value: Json, path: string, text: string): Json {
  if (path === '') return text
  const [name = '', ...rest] = path.split('.')
  const inner = (value as Record<string, Json>)[name]!
  const changed = withLeaf(inner, rest.join('.'), text)
  return Array.isArray(value) ? [changed] : { ...(value as object), [name]: changed }
}

type Described = { type?: string; properties?: Record<string, Described>; items?: Described; anyOf?: Described[] }

function fieldsOf({ properties, items }: Described, path = ''): string[] {
  if (items) return fieldsOf(items, `${path}.0`)
  if (!properties) return [path]
  return Object.entries(properties).flatMap(([name, inner]) => fieldsOf(inner, path === '' ? name : `${path}.${name}`))
}

t.test('no text field of a result takes NUL, a control character or half a character', async (t) => {
  const described = z.toJSONSchema(resultInput, { io: 'input', unrepresentable: 'any' }) as Described
  const leaves = leavesOf(everyField)
  t.same([...leaves].sort(), fieldsOf(described).sort(), 'every field is tried')
  const before = await rowCounts()
  for (const path of leaves) {
    for (const [what, text] of Object.entries(hostile)) {
      const answer = await ask(post(withLeaf(everyField, path, text)))
      const name = `${what} in ${path}`
      t.ok([400, 422].includes(answer.status), `${name}: ${answer.status}`)
      t.ok(
        answer.body.errors.some((error: { path: string }) => error.path === path),
        `${name} is what is refused`,
      )
    }
  }
  await nothingWritten(t, before, leaves.length * Object.keys(hostile).length)
})

t.test('no other text is taken with such a character either', async (t) => {
  const bad = 'a\u0000b'
  const cases: Case[] = [
    [
      'a receipt',
      post({ reportedOn: '2026-11-20', evidence: bad }, `/v1/obligations/${unknownId}/receipts`),
      400,
      'text_control_character',
      'evidence',
    ],
    [
      'a correction',
      post({ explanation: bad, decidedOn: '2026-11-16' }, `/v1/results/${unknownId}/corrections`),
      400,
      'text_control_character',
      'explanation',
    ],
    [
      'an action',
      post({ action: 'cancel', on: '2026-11-20', reasonCode: bad }, `/v1/certificates/${unknownId}/actions`),
      400,
      'text_control_character',
      'reasonCode',
    ],
    [
      'a login',
      post({ login: bad, password: 'a password of some length' }, '/v1/session', {}),
      401,
      'credentials_wrong',
    ],
    [
      'a name',
      post({ name: bad, role: 'regulator' }, '/v1/clients', administrator),
      400,
      'text_control_character',
      'name',
    ],
  ]
  const before = await rowCounts()
  for (const [name, request, status, code, path] of cases)
    isProblem(t, await ask(request), { status, code, path }, name)
  const { attempts, events, sign_in_failures: failures, ...after } = await rowCounts()
  const { attempts: attemptsBefore, events: eventsBefore, sign_in_failures: failuresBefore, ...rest } = before
  t.same(after, rest)
  t.equal(failures, failuresBefore! + 1, 'a refused sign-in counts as a guess')
  t.equal(attempts, attemptsBefore! + 3)
  t.equal(events, eventsBefore! + 1, 'a refused sign-in is noted')
})

t.test('a question with such a character is refused, in the query and in the path', async (t) => {
  const before = await rowCounts()
  const urls = [
    'members?name=',
    'members?approvalNumber=',
    'enterprises?name=',
    'enterprises?creditCode=',
    'enterprises?cityCode=',
    'results?memberReference=',
    'certificates?number=',
    'certificates?scheme=',
    'certificates?cityCode=',
    'obligations?on=',
    'obligations?memberId=',
    'events?entity=',
    'events?entityId=',
    'events?cursor=',
    'members?cursor=',
    'verify?number=',
    'verify?number=SL-1&member=',
    'verify?number=SL-1&on=',
    'calendar/due?workingDays=7&from=',
    'calendar/due?from=2026-11-20&workingDays=',
    'verify/',
    'results/',
    'problems/',
  ]
  for (const url of urls) {
    for (const text of ['a%00b', 'a%07b', 'a%1bb']) {
      const answer = await ask(get(`/v1/${url}${text}`))
      const isEmpty = answer.status === 200 && answer.body.outcome === 'never_issued'
      t.ok(
        [400, 404].includes(answer.status) || (isEmpty && url.endsWith('member=')),
        `${url}${text}: ${answer.status}`,
      )
      t.equal(answer.body.status ?? 400, answer.status === 200 ? 400 : answer.status)
    }
    for (const broken of ['%ff', '%ed%a0%80', '%zz', '%', '%c3']) {
      const answer = await ask(get(`/v1/${url}${broken}`))
      t.ok(answer.status < 500, `${url}${broken}: ${answer.status}`)
    }
  }
  await nothingWritten(t, before, 0)
})

t.test('text that looks like SQL is kept and returned as it is, and does nothing', async (t) => {
  const before = await rowCounts()
  const odd = [
    `'); DROP TABLE results;--`,
    `" OR 1=1 --`,
    '{{7*7}}#{7*7}',
    String.raw`\'; \x00 %s %n`,
    '<script>alert(1)</script>',
  ]
  const body = resultBody(
    {
      memberReference: odd[0],
      enterprise: {
        creditCode: makeCreditCode('91', '320100', 'MA0XX777'),
        name: odd[1],
        cityCode: '320100',
        address: odd[4],
      },
    },
    {
      number: 'SQL-1',
      product: { name: odd[0], models: odd, trademark: odd[1], maker: odd[2], makerAddress: odd[3] },
      requirements: 'first line\nsecond\tline — 第三行 👩‍🌾',
    },
  )
  const posted = await ask(post(body))
  t.equal(posted.status, 201, posted.text)
  const { content, holderName } = (await ask(get(`/v1/certificates/${posted.body.certificate.id}`))).body
  t.match(content, {
    client: { name: odd[1], address: odd[4] },
    product: { name: odd[0], models: odd, trademark: odd[1], maker: odd[2], makerAddress: odd[3] },
    requirements: 'first line\nsecond\tline — 第三行 👩‍🌾',
  })
  t.equal(holderName, odd[1])
  const found = await ask(get(`/v1/results?memberReference=${encodeURIComponent(odd[0]!)}`))
  t.same(
    found.body.items.map(({ memberReference }: { memberReference: string }) => memberReference),
    [odd[0]],
  )
  t.equal((await ask(get(`/v1/enterprises?name=${encodeURIComponent(odd[1]!)}`))).body.items[0]?.name, odd[1])
  t.same((await ask(get(`/v1/enterprises?name=${encodeURIComponent("' OR 1=1 --")}`))).body.items, [])
  t.same((await ask(get('/v1/enterprises?name=%25'))).body.items, [], 'a per cent sign is no wildcard')
  const after = await rowCounts()
  const grown = Object.keys(after).filter((table) => after[table] !== before[table])
  t.same(grown.sort(), [
    'certificate_counts',
    'certificates',
    'enterprise_names',
    'enterprises',
    'events',
    'idempotency_keys',
    'obligation_counts',
    'obligations',
    'receipts',
    'result_counts',
    'results',
  ])
  t.equal(after.results, before.results! + 1)
})

// ---- Queries, paths, methods, headers

const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

t.test('a question that is not as it must be is refused', async (t) => {
  const asked = (query: string, code: RefusalCode = 'field_invalid', path?: string): Case => [
    query,
    get(`/v1/${query}`),
    400,
    code,
    path,
  ]
  await allRefused(
    t,
    [
      ...['0', '501', 'abc', '-1', '1.5', '', '1e400', '99999999999999999999', 'null'].map((limit) =>
        asked(`obligations?limit=${limit}`, 'field_invalid', 'limit'),
      ),
      asked('obligations?limit=1&limit=2', 'field_invalid', 'limit'),
      asked('obligations?on=2026-11-20&on=2026-11-21', 'field_invalid', 'on'),
      asked('obligations?colour=red', 'field_unknown', 'colour'),
      asked('obligations?__proto__=x', 'field_unknown', '__proto__'),
      asked('obligations?constructor=x', 'field_unknown', 'constructor'),
      asked('obligations?__proto__[limit]=1', 'field_unknown'),
      asked('obligations?state=late', 'field_invalid', 'state'),
      asked('obligations?duty=x', 'field_invalid', 'duty'),
      asked('obligations?cityCode=999999', 'city_unknown', 'cityCode'),
      asked('obligations?on=2026-02-30', 'date_does_not_exist', 'on'),
      asked('obligations?memberId=1', 'field_invalid', 'memberId'),
      asked('certificates?expiringWithinDays=-1', 'field_invalid', 'expiringWithinDays'),
      asked('certificates?expiringWithinDays=99999', 'field_invalid', 'expiringWithinDays'),
      asked('certificates?number=%20', 'certificate_number_empty', 'number'),
      asked('results?decidedFrom=yesterday', 'date_does_not_exist', 'decidedFrom'),
      asked('calendar/due?from=2026-11-20', 'field_missing', 'workingDays'),
      asked('calendar/due?from=2026-11-20&workingDays=1001', 'field_invalid', 'workingDays'),
      asked(`obligations/${unknownId}x`, 'field_invalid', 'id'),
      asked('obligations/1', 'field_invalid', 'id'),
      asked("results/'%20or%201=1", 'field_invalid', 'id'),
    ],
    0,
  )
})

t.test('a cursor that the list did not give is refused', async (t) => {
  const lists = [
    'members',
    'enterprises',
    'assignments',
    'results',
    'certificates',
    'obligations',
    'events',
    'attempts',
  ]
  const cursors = [
    '',
    'x',
    '%F0%9F%92%A5',
    'a'.repeat(1_900),
    cursorOf(),
    cursorOf('members', 'x'),
    cursorOf('another', '2026-11-20', unknownId),
    cursorOf('members', 'x', `' or 1=1 --`),
    ...lists.map((list) => cursorOf(list, 'a\u0000b', unknownId)),
    ...lists.map((list) => cursorOf(list, '2026-02-30', 'x')),
    cursorOf('events', '5', unknownId),
    cursorOf('events', 'x', '5'),
    ...lists.map((list) => cursorOf(list, { $ne: 1 }, unknownId)),
    Buffer.from('{"__proto__":[]}').toString('base64url'),
  ]
  const cases = lists.flatMap((list) =>
    cursors.map(
      (cursor): Case => [
        `${list} with ${cursor.slice(0, 40)}`,
        get(`/v1/${list}?cursor=${cursor}`),
        400,
        'cursor_invalid',
        'cursor',
      ],
    ),
  )
  await allRefused(t, cases, 0)
  isProblem(
    t,
    await ask(get(`/v1/members?cursor=${'a'.repeat(2_001)}`)),
    { status: 400, code: 'field_invalid', path: 'cursor' },
    'too long',
  )
})

t.test('what there is not, is not there, in the same words for everybody', async (t) => {
  await allRefused(
    t,
    [
      ['an unknown path', get('/v1/nothing'), 404, 'route_unknown'],
      ['an unknown path, by nobody', get('/v1/nothing', {}), 404, 'route_unknown'],
      ['the root', get('/'), 404, 'route_unknown'],
      ['a path out of the house', get('/v1/../../etc/passwd'), 404, 'route_unknown'],
      ['a file of the reference page that there is not', get('/docs/static/../../package.json'), 404, 'route_unknown'],
      ['another method', { method: 'PUT', url: '/v1/results', headers: member }, 404, 'route_unknown'],
      ['DELETE', { method: 'DELETE', url: `/v1/results/${unknownId}`, headers: member }, 404, 'route_unknown'],
      ['an unknown row', get(`/v1/results/${unknownId}`), 404, 'not_found', 'id'],
      ['a broken escape', get('/v1/results/%zz'), 400, 'request_refused'],
      ['a broken escape, by nobody', get('/v1/verify/%zz', {}), 400, 'request_refused'],
      ['an id of 5 000 characters', get(`/v1/results/${'a'.repeat(5_000)}`), 400, 'request_refused'],
    ],
    0,
  )
})

t.test('HEAD answers as GET does, without a body', async (t) => {
  for (const [url, headers, status] of [
    ['/v1/members', secretariat, 200],
    ['/v1/members', {}, 401],
    ['/v1/events', member, 403],
    [`/v1/results/${unknownId}`, secretariat, 404],
    ['/v1/verify?number=SL-1', {}, 200],
    ['/v1/nothing', {}, 404],
  ] as const) {
    const answer = await ask({ method: 'HEAD', url, headers })
    t.equal(answer.status, status, `HEAD ${url}`)
    t.equal(answer.text, '', `HEAD ${url}`)
    t.ok(answer.headers['x-request-id'])
  }
})

t.test('a result is posted under a key of plain characters, and no other', async (t) => {
  const keyed = (key: string | undefined): InjectOptions => ({
    ...post(resultBody({ memberReference: 'R-keyed' })),
    headers: { ...member, ...json, ...(key === undefined ? {} : { 'idempotency-key': key }) },
  })
  const path = 'idempotency-key'
  await allRefused(
    t,
    [
      ['no key', keyed(undefined), 400, 'header_missing', 'Idempotency-Key'],
      ['an empty key', keyed(''), 400, 'field_invalid', path],
      ['a blank in the key', keyed('a b'), 400, 'field_invalid', path],
      ['a letter of another script', keyed('schl\u00fcssel'), 400, 'field_invalid', path],
      ['201 characters', keyed('k'.repeat(201)), 400, 'field_invalid', path],
      ['two keys', keyed('one, two'), 400, 'field_invalid', path],
    ],
    6,
  )
  const badKey = { ...post({ reportedOn: '2026-11-20' }, `/v1/obligations/${unknownId}/receipts`) }
  isProblem(
    t,
    await ask({ ...badKey, headers: { ...member, ...json, 'idempotency-key': ' a b ' } }),
    { status: 400, code: 'field_invalid', path },
    'a receipt',
  )
})

t.test('the same key with other content is refused', async (t) => {
  const first = post(resultBody({ memberReference: 'R-once' }, { number: 'ONCE-1' }))
  t.equal((await ask(first)).status, 201)
  const before = await rowCounts()
  const other = { ...first, payload: JSON.stringify(resultBody({ memberReference: 'R-other' }, { number: 'ONCE-2' })) }
  isProblem(
    t,
    await ask(other),
    { status: 422, code: 'idempotency_key_reused', path: 'Idempotency-Key' },
    'another body',
  )
  await nothingWritten(t, before, 1)
})

// ---- Languages and request ids

t.test('a refusal is in Chinese unless English is preferred', async (t) => {
  const languages: [accept: string | undefined, language: 'zh' | 'en'][] = [
    [undefined, 'zh'],
    ['zh-CN', 'zh'],
    ['en', 'en'],
    ['en-GB,en;q=0.9,zh;q=0.8', 'en'],
    ['zh-TW,zh;q=0.9,en;q=0.8', 'zh'],
    ['en;q=0.1,zh;q=0.2', 'zh'],
    ['en;q=0', 'zh'],
    ['fr', 'zh'],
    ['*', 'zh'],
    ['', 'zh'],
    ['x'.repeat(5_000), 'zh'],
  ]
  const cases: InjectOptions[] = [
    post(resultBody({ decidedOn: '2026-02-30' })),
    post(resultBody({ memberReference: '' })),
    post('{'),
    get('/v1/nothing'),
    get('/v1/members', {}),
    get('/v1/events', member),
    get(`/v1/results/${unknownId}`),
    get('/v1/verify?number=%20'),
    get('/v1/members/%zz'),
  ]
  for (const [accept, language] of languages) {
    for (const request of cases) {
      const headers = { ...request.headers, ...(accept === undefined ? {} : { 'accept-language': accept }) }
      const { body, headers: answered } = await ask({ ...request, headers })
      const words = [body.title, body.detail, ...body.errors.map(({ detail }: { detail: string }) => detail)]
      const name = `${request.url} for ${accept?.slice(0, 30)}`
      t.equal(answered['content-language'], language, name)
      for (const text of words) t.equal(/\p{Script=Han}/u.test(text), language === 'zh', `${name}: ${text}`)
    }
  }
})

t.test('a request id of the caller is kept when it is a plain token', async (t) => {
  const idOf = async (given: string) =>
    (await ask({ url: '/v1/nothing', headers: { 'x-request-id': given } })).body.requestId as string
  t.equal(await idOf('caller-0001'), 'caller-0001')
  for (const given of ['short', 'a'.repeat(65), 'a b c d e f', 'x\u00e4xxxxxxx', `';drop table--`]) {
    const id = await idOf(given)
    t.match(id, /^[0-9a-f-]{36}$/, given)
  }
})

t.test('every refusal says what went wrong, and nothing is left blank', async (t) => {
  for (const { name, answer } of answers) {
    if (!/problem\+json/.test(String(answer.headers['content-type'])) || answer.text === '') continue
    for (const { detail } of answer.body.errors)
      t.notMatch(
        detail,
        /缺少必填项 。|^ 的值|named \.|field {2}is|of {2}is|类型 。|\{\w+\}/,
        `${name}: ${detail.slice(0, 80)}`,
      )
  }
})

// ---- Attempts and rehearsals

t.test('a refused post is kept as an attempt with its codes, and a rehearsal is not', async (t) => {
  const refused = resultBody({ memberReference: 'R-attempt', decidedOn: '2027-01-01', colour: 1 })
  const request = post(refused)
  service.clock.set('2026-11-20T02:00:01Z')
  const { body } = await ask(request)
  const [latest] = (await ask(get('/v1/attempts?limit=1'))).body.items
  t.match(latest, {
    memberId: service.memberIds.a,
    operation: 'POST /v1/results',
    codes: ['field_unknown'],
    memberReference: 'R-attempt',
    idempotencyKey: request.headers!['idempotency-key'],
    requestId: body.requestId,
  })

  const late = post(resultBody({ memberReference: 'R-attempt', decidedOn: '2027-01-01' }))
  service.clock.set('2026-11-20T02:00:02Z')
  t.equal((await ask(late)).status, 422)
  t.ok((await ask(get('/v1/attempts?limit=1'))).body.items[0].codes.includes('day_in_future'))

  const before = await rowCounts()
  for (const yes of ['true', '1', 'yes']) {
    t.equal((await ask(post(refused, `/v1/results?validateOnly=${yes}`))).status, 400)
    t.equal((await ask({ ...late, url: `/v1/results?validateOnly=${yes}` })).status, 422)
    const rehearsed = await ask(
      post(resultBody({ memberReference: 'R-rehearsed' }, { number: 'REHEARSED' }), `/v1/results?validateOnly=${yes}`),
    )
    t.match(rehearsed, { status: 200, body: { outcome: 'would_be_recorded' } })
  }
  t.same(await rowCounts(), before, 'a rehearsal leaves nothing')

  for (const no of ['false', '0', 'no', 'off'])
    t.equal((await ask(post(refused, `/v1/results?validateOnly=${no}`))).status, 400)
  await nothingWritten(t, before, 4)
  isProblem(
    t,
    await ask(post(refused, '/v1/results?validateOnly=perhaps')),
    { status: 400, code: 'field_unknown' },
    'neither',
  )
})

t.test('whom a role keeps out leaves no attempt', async (t) => {
  await allRefused(
    t,
    [
      ['by nobody', post(resultBody(), '/v1/results', {}), 401, 'unauthenticated'],
      ['by the regulator', post(resultBody(), '/v1/results', regulator), 403, 'forbidden'],
      ['by the administrator', post(resultBody(), '/v1/results', administrator), 403, 'forbidden'],
    ],
    0,
  )
})

// ---- Problem types

t.test('every code with which the registry says no can be looked up', async (t) => {
  const { items } = (await ask(get('/v1/problems', {}))).body
  t.same(items.map(({ code }: { code: string }) => code).sort(), Object.keys(refusalSentences).sort())
  for (const { code, status, title } of items) {
    const one = await ask(get(`/v1/problems/${code}`, { 'accept-language': 'en' }))
    t.match(one, { status: 200, body: { code, status, title: /[A-Za-z]/ } })
    t.match(title, /\p{Script=Han}/u)
    t.ok(status >= 400 && status < 600, code)
  }
  isProblem(t, await ask(get('/v1/problems/nothing', {})), { status: 404, code: 'not_found', path: 'code' }, 'unknown')
  for (const code of ['__proto__', 'constructor', 'toString'])
    t.equal((await ask(get(`/v1/problems/${code}`, {}))).status, 404, code)
})

// ---- What holds of every answer

t.test('no answer of all those above tells anything of the inside', async (t) => {
  const tables = (await sql`select tablename as name from pg_tables where schemaname in ('public', 'drizzle')`).map(
    ({ name }) => String(name),
  )
  const indexes = (await sql`select indexname as name from pg_indexes where schemaname = 'public'`).map(({ name }) =>
    String(name),
  )
  const names = [...tables, ...indexes].filter((name) => name.includes('_'))
  t.ok(names.includes('idempotency_keys') && names.includes('certificates_number'))
  const inside = new RegExp(
    `\\bat .*:\\d+:\\d+|\\.(js|ts)\\b|node_modules|file://|/home/|/root/|/tmp/|postgres|drizzle|fastify|FST_ERR|ECONN|zod|\\bselect .* from\\b|\\binsert into\\b|syntax error|relation "|column "|constraint "|${names.join('|')}`,
    'i',
  )
  const refused = answers.filter(({ answer }) => answer.status >= 400 && answer.text !== '')
  t.ok(refused.length > 700, `${refused.length} answers`)
  for (const { name, answer } of refused) {
    const own = answer.text.replace(/"(value|path)":"(?:[^"\\]|\\.)*"/g, '')
    if (inside.test(own)) t.fail(`${name}: ${inside.exec(own)?.[0]} in ${own.slice(0, 500)}`)
    if (answer.status >= 500) t.fail(`${name}: ${answer.text}`)
    if (!/problem\+json/.test(String(answer.headers['content-type']))) t.fail(`${name} is no problem document`)
    if (answer.headers['x-request-id'] !== answer.body.requestId) t.fail(`${name}: ${answer.headers['x-request-id']}`)
  }
})

// ---- Secrets and the log

t.test('passwords, secrets and tokens never reach the log, whatever happens', async (t) => {
  const lines: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const config = testConfig({ SIGN_INS_PER_MINUTE: '1000' })
  const logged = await buildApp({ config, registry: service.registry, keys: service.keys, logger })
  t.teardown(() => logged.close())
  const secrets = new Set<string>()
  const kept = (secret: string) => {
    secrets.add(secret)
    return secret
  }
  const send = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    url: string,
    headers: object,
    payload?: object | string,
  ) => {
    const answer = await logged.inject({
      method,
      url,
      headers: headers as Record<string, string>,
      ...(payload === undefined ? {} : { payload }),
    })
    return { status: answer.statusCode, body: answer.body === '' ? undefined : JSON.parse(answer.body) }
  }
  const password = kept('correct-horse-battery-staple')
  const context = service.as('administrator')
  const account = await createAccount(service.registry, context, {
    login: 'keeper',
    name: '示例',
    role: 'administrator',
    password,
  })
  const client = await createClient(service.registry, context, {
    name: '示例',
    role: 'member',
    memberId: service.memberIds.a,
  })
  const { secret } = await addSecret(service.registry, context, client.id)
  kept(secret)

  const signedIn = await send('POST', '/v1/session', {}, { login: 'keeper', password })
  const keeper = { authorization: `Bearer ${kept(signedIn.body.accessToken)}` }
  const refreshToken = kept(signedIn.body.refreshToken)
  kept((await send('POST', '/v1/session/refresh', {}, { refreshToken })).body.refreshToken)
  t.equal((await send('POST', '/v1/session/refresh', {}, { refreshToken })).status, 409)
  t.equal((await send('POST', '/v1/session/refresh', {}, { refreshToken: [kept('an-array-of-token')] })).status, 400)
  const passwords = { presentPassword: kept('wrong-password-0004'), newPassword: kept('new-good-password') }
  t.equal((await send('PUT', '/v1/session/password', keeper, passwords)).status, 422)
  t.equal(
    (await send('POST', '/v1/session', {}, { login: 'keeper', password: kept('wrong-password-0001') })).status,
    401,
  )
  t.equal(
    (await send('POST', '/v1/session', {}, { login: 'keeper', password: { a: kept('wrong-password-0002') } })).status,
    400,
  )
  t.equal(
    (await send('POST', '/v1/session', json, `{"login":"keeper","password":"${kept('wrong-password-0003')}"`)).status,
    400,
  )

  const basic = Buffer.from(`${client.id}:${secret}`).toString('base64')
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const machine = await send(
    'POST',
    '/oauth/token',
    { ...form, authorization: `Basic ${kept(basic)}` },
    'grant_type=client_credentials',
  )
  const token = { authorization: `Bearer ${kept(machine.body.access_token)}` }
  const inBody = `grant_type=client_credentials&client_id=${client.id}&client_secret=`
  t.equal((await send('POST', '/oauth/token', form, `${inBody}${secret}`)).status, 200)
  t.equal((await send('POST', '/oauth/token', form, `${inBody}${kept('wrong-secret-0001')}`)).status, 401)
  t.equal(
    (await send('GET', '/v1/session', { authorization: `Bearer ${kept(`${machine.body.access_token}x`)}` })).status,
    401,
  )

  const posted = resultBody({ memberReference: 'R-logged' }, { number: 'LOGGED-1' })
  t.equal((await send('POST', '/v1/results', { ...token, 'idempotency-key': 'logged-1' }, posted)).status, 201)
  t.equal((await send('POST', '/v1/results', { ...token, 'idempotency-key': 'logged-2' }, { colour: 1 })).status, 400)

  const another = await send('POST', `/v1/clients/${client.id}/secrets`, keeper)
  kept(another.body.secret)
  t.equal(
    (await send('PATCH', `/v1/accounts/${account.id}`, keeper, { password: kept('another-good-password') })).status,
    204,
  )
  t.equal(
    (
      await send('POST', '/v1/accounts', keeper, {
        login: 'x',
        name: 'x',
        role: 'regulator',
        password: kept('short-login-password'),
      })
    ).status,
    400,
  )

  // Statements that fail: what they were to write must not be told.
  const role = new URL(service.urls.serviceUrl).username
  await sql`revoke insert, update on accounts, client_secrets from ${sql(role)}`
  t.equal(
    (
      await send('POST', '/v1/accounts', keeper, {
        login: 'failing',
        name: '示例',
        role: 'regulator',
        password: kept('a-password-that-fails'),
      })
    ).status,
    500,
  )
  t.equal(
    (await send('PATCH', `/v1/accounts/${account.id}`, keeper, { password: kept('a-change-that-fails') })).status,
    500,
  )
  t.equal((await send('POST', `/v1/clients/${client.id}/secrets`, keeper)).status, 500)
  await sql`grant insert, update on accounts, client_secrets to ${sql(role)}`

  const log = lines.join('')
  t.ok(lines.length > 30, `${lines.length} lines`)
  t.match(log, /permission denied/, 'what failed is told')
  t.match(log, /"level":50/)
  for (const value of secrets) t.notOk(log.includes(value), `the log does not hold ${value.slice(0, 20)}…`)
  t.notMatch(log, /\$argon2|secret_sha256.*params|authorization|bearer [\w-]+\./i)
  for (const {
    hash,
  } of await sql`select secret_sha256 as hash from client_secrets union select sha256 from refresh_tokens`)
    t.notOk(log.includes(String(hash)))
  t.notMatch(log, /params:/, 'no values of statements')
})
