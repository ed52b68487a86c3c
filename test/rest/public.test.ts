import type { FastifyInstance, InjectOptions } from 'fastify'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { startTestServer } from '../support/databases.ts'
import { testDatabaseUrl } from '../support/environment.ts'
import { newService, resultBody, type TestService, testConfig } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
const service = await newService(server, start)
t.teardown(async () => {
  await service.close()
  await server.stop()
})

type Answer = { status: number; headers: Record<string, unknown>; body: ReturnType<typeof JSON.parse> }

async function ask(options: InjectOptions | string, app: FastifyInstance = service.app): Promise<Answer> {
  const {
    statusCode: status,
    headers,
    body,
  } = await app.inject(typeof options === 'string' ? { url: options } : options)
  return { status, headers, body: body === '' ? undefined : isPage(headers) ? body : JSON.parse(body) }
}

const isPage = (headers: Record<string, unknown>) => String(headers['content-type']).startsWith('text/html')

let posts = 0

/** Posts a certificate of that number for a member, and answers its id. */
async function issue(number: string, member: 'a' | 'b' = 'a', certificate: object = {}, result: object = {}) {
  posts += 1
  const answer = await ask({
    method: 'POST',
    url: '/v1/results',
    headers: { ...(await service.bearer('member', member)), 'idempotency-key': `post-${posts}` },
    payload: resultBody({ memberReference: `R-${posts}`, ...result }, { number, ...certificate }),
  })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return answer.body.certificate.id as string
}

async function act(id: string, action: object, member: 'a' | 'b' = 'a') {
  const headers = await service.bearer('member', member)
  const answer = await ask({ method: 'POST', url: `/v1/certificates/${id}/actions`, headers, payload: action })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

t.before(async () => {
  await issue('SL-2026-0001')
  await issue('苏精品（2026）/001号')
  const suspended = await issue('SUSPENDED-1')
  await act(suspended, { action: 'suspend', on: '2026-11-19', untilOn: '2027-01-19', reasonCode: 'holder_request' })
  const withdrawn = await issue('WITHDRAWN-1')
  await act(withdrawn, { action: 'withdraw', on: '2026-11-20', reasonCode: 'suspension_not_remedied' })
  await issue('FUTURE-1', 'a', { validFrom: '2026-12-01', validUntil: '2029-11-16' })
  await issue('SHARED-1', 'a')
  await issue(
    'SHARED-1',
    'b',
    {},
    {
      enterprise: {
        creditCode: makeCreditCode('91', '320500', 'MA0XX002'),
        name: '示例纺织有限公司',
        cityCode: '320500',
      },
    },
  )
})

t.test('a number is verified by anyone, by query and by path', async (t) => {
  for (const url of ['/v1/verify?number=SL-2026-0001', '/v1/verify/SL-2026-0001']) {
    t.match(
      await ask(url),
      {
        status: 200,
        headers: { 'cache-control': 'public, max-age=60' },
        body: {
          outcome: 'valid',
          number: 'SL-2026-0001',
          on: '2026-11-20',
          certificates: [
            {
              number: 'SL-2026-0001',
              numberAsPrinted: 'SL-2026-0001',
              scheme: 'jiangsu-premium',
              member: { name: '示例甲认证中心', approvalNumber: 'CNCA-R-2099-901' },
              holder: '示例精密机械有限公司',
              product: '示例数控车床',
              validFrom: '2026-11-17',
              validUntil: '2029-11-16',
              state: 'valid',
              stateName: { zh: '有效', en: 'valid' },
              since: null,
              reason: null,
            },
          ],
        },
      },
      url,
    )
  }
})

t.test('a number is found however it is written', async (t) => {
  const spellings = [
    'sl-2026-0001',
    'SL 2026 0001'.replaceAll(' ', '—'),
    'ＳＬ－２０２６－０００１',
    ' SL-2026-0001 ',
    'SL–2026–0001',
    'S L-2026-0001',
  ]
  for (const text of spellings) {
    for (const url of [`/v1/verify?number=${encodeURIComponent(text)}`, `/v1/verify/${encodeURIComponent(text)}`])
      t.match(await ask(url), { status: 200, body: { outcome: 'valid', number: 'SL-2026-0001' } }, `${text} at ${url}`)
  }
  for (const text of ['苏精品（2026）/001号', '苏精品(2026)/001号', '苏精品（２０２６）／００１号']) {
    for (const url of [`/v1/verify?number=${encodeURIComponent(text)}`, `/v1/verify/${encodeURIComponent(text)}`]) {
      const { status, body } = await ask(url)
      t.match({ status, body }, { status: 200, body: { outcome: 'valid', number: '苏精品(2026)/001号' } }, url)
      t.equal(body.certificates[0].numberAsPrinted, '苏精品（2026）/001号')
    }
  }
})

t.test('a certificate that is not valid says since when and what became of it', async (t) => {
  const cases: [url: string, expected: object][] = [
    ['SUSPENDED-1', { state: 'suspended', since: '2026-11-19' }],
    ['WITHDRAWN-1', { state: 'withdrawn', since: '2026-11-20', reason: { code: String } }],
    ['FUTURE-1', { state: 'not_yet_valid', since: '2026-12-01' }],
    ['SL-2026-0001&on=2029-11-17', { state: 'expired', since: '2029-11-17' }],
    ['SL-2026-0001&on=2026-11-16', { state: 'not_yet_valid', since: '2026-11-17' }],
  ]
  for (const [asked, certificate] of cases)
    t.match(
      await ask(`/v1/verify?number=${asked}`),
      { status: 200, body: { outcome: 'not_valid', certificates: [certificate] } },
      asked,
    )
  t.match(await ask('/v1/verify?number=SL-2026-0001&on=2029-11-16'), { body: { outcome: 'valid' } }, 'its last day')
  t.match(await ask('/v1/verify?number=FUTURE-1&on=2026-12-01'), { body: { outcome: 'valid' } }, 'its first day')
})

t.test('a number that two bodies issued brings both, unless one is named', async (t) => {
  const { body } = await ask('/v1/verify?number=SHARED-1')
  t.equal(body.certificates.length, 2)
  for (const member of ['CNCA-R-2099-902', 'cnca-r-2099-902', service.memberIds.b]) {
    const named = (await ask(`/v1/verify/SHARED-1?member=${member}`)).body
    t.same(
      named.certificates.map(({ holder }: { holder: string }) => holder),
      ['示例纺织有限公司'],
      member,
    )
  }
  t.match((await ask('/v1/verify?number=SHARED-1&member=CNCA-R-2099-999')).body, {
    outcome: 'never_issued',
    certificates: [],
  })
})

t.test('a number that nobody issued and one that is no number are told apart', async (t) => {
  t.match(await ask('/v1/verify?number=SL-9999'), {
    status: 200,
    headers: { 'cache-control': 'public, max-age=60' },
    body: { outcome: 'never_issued', number: 'SL-9999', certificates: [] },
  })
  const malformed: [number: string, code: string][] = [
    ['', 'certificate_number_empty'],
    ['%20%E3%80%80', 'certificate_number_empty'],
    ['--', 'certificate_number_empty'],
    ['x'.repeat(65), 'certificate_number_too_long'],
    ['SL*1', 'certificate_number_character'],
    [encodeURIComponent(`' or 1=1`), 'certificate_number_character'],
    ['SL%001', 'certificate_number_character'],
    ['%F0%9F%92%A5', 'certificate_number_character'],
  ]
  for (const [number, code] of malformed) {
    const answer = await ask(`/v1/verify?number=${number}`)
    t.match(
      answer,
      {
        status: 400,
        headers: {
          'content-type': /^application\/problem\+json/,
          'cache-control': 'no-store',
          'content-language': 'zh',
        },
        body: { outcome: 'malformed', code, status: 400, certificates: [], errors: [{ code, path: 'number' }] },
      },
      number,
    )
    t.equal(answer.headers['x-request-id'], answer.body.requestId)
  }
  t.match(
    (await ask({ url: '/v1/verify/SL*1', headers: { 'accept-language': 'en' } })).body.detail,
    /Character 3 .*“\*”/,
  )
})

t.test('the answer to a stranger holds no more than what a certificate shows', async (t) => {
  const { body } = await ask('/v1/verify?number=SL-2026-0001')
  t.same(Object.keys(body).sort(), ['certificates', 'number', 'on', 'outcome'])
  t.same(Object.keys(body.certificates[0]).sort(), [
    'announcement',
    'announcementName',
    'holder',
    'member',
    'number',
    'numberAsPrinted',
    'product',
    'reason',
    'scheme',
    'since',
    'state',
    'stateName',
    'validFrom',
    'validUntil',
  ])
  t.same(Object.keys(body.certificates[0].member).sort(), ['approvalNumber', 'leftOn', 'mergedInto', 'name'])
})

t.test('the due day is counted for anyone, with the days that count and those that do not', async (t) => {
  const { status, headers, body } = await ask('/v1/calendar/due?from=2024-09-27&workingDays=7')
  t.equal(status, 200)
  t.equal(headers['cache-control'], 'public, max-age=300')
  t.match(body, { from: '2024-09-27', workingDays: 7, dueOn: '2024-10-12', provisional: false })
  t.same(
    body.counted.map(({ on }: { on: string }) => on),
    ['2024-09-29', '2024-09-30', '2024-10-08', '2024-10-09', '2024-10-10', '2024-10-11', '2024-10-12'],
  )
  t.same(
    body.skipped.map(({ on }: { on: string }) => on),
    ['2024-09-28', '2024-10-01', '2024-10-02', '2024-10-03', '2024-10-04', '2024-10-05', '2024-10-06', '2024-10-07'],
  )
  t.match((await ask('/v1/calendar/due?from=2025-12-23&workingDays=7')).body, { dueOn: '2026-01-04' })
  t.match((await ask('/v1/calendar/due?from=2026-12-23&workingDays=7')).body, {
    dueOn: '2027-01-04',
    provisional: true,
  })
  for (const from of ['1900-01-01', '2999-12-31'])
    t.equal((await ask(`/v1/calendar/due?from=${from}&workingDays=1000`)).status, 200, from)
  const { items } = (await ask('/v1/calendar')).body
  t.ok(items[0].years.includes(2024))
})

// ---- Other sites

const openToSites = [
  '/v1/public/announcements',
  '/v1/public/announcements/{id}/products',
  '/v1/public/products',
  '/v1/public/products/page',
  '/v1/public/products/totals',
  '/v1/public/snapshots',
  '/v1/public/snapshots/dictionary',
  '/v1/public/snapshots/{month}/csv',
  '/v1/public/snapshots/{month}/json',
  '/v1/verify',
  '/v1/verify/{number}',
  '/v1/calendar',
  '/v1/calendar/due',
  '/v1/problems',
  '/v1/problems/{code}',
  '/v1/deadline-rules',
  '/v1/escalation-rules',
  '/v1/ladder-rules',
]

t.test('scripts of other sites may read the public questions, and nothing else', async (t) => {
  const { paths } = (await ask('/openapi.json')).body as { paths: Record<string, object> }
  t.same(
    openToSites.filter((path) => !(path in paths)),
    [],
  )
  const origin = 'https://elsewhere.example'
  for (const [path, operations] of [
    ...Object.entries(paths),
    ['/openapi.json', { get: {} }],
    ['/nothing', { get: {} }],
  ] as const) {
    const url = path.replace(/\{\w+\}/g, '01958d5e-0000-7000-8000-000000000000')
    for (const method of Object.keys(operations)) {
      const { headers } = await ask({ method: method.toUpperCase() as 'GET', url, headers: { origin } })
      const isOpen = openToSites.includes(path)
      const allowed = isOpen && method === 'get' ? '*' : undefined
      t.equal(headers['access-control-allow-origin'], allowed, `${method} ${path}`)
      t.equal(headers['access-control-allow-credentials'], undefined, `${method} ${path}`)
      const preflight = {
        origin,
        'access-control-request-method': method.toUpperCase(),
        'access-control-request-headers': 'authorization',
      }
      const asked = await ask({ method: 'OPTIONS', url, headers: preflight })
      t.equal(asked.headers['access-control-allow-origin'], isOpen ? '*' : undefined, `OPTIONS ${path}`)
      t.equal(asked.headers['access-control-allow-methods'], isOpen ? 'GET' : undefined, `OPTIONS ${path}`)
      t.equal(asked.status, isOpen ? 204 : 404, `OPTIONS ${path}`)
      if (!isOpen) t.equal(asked.body.code, 'route_unknown', `OPTIONS ${path}`)
    }
  }
})

// ---- Limits

t.test('whoever asks too often is told when to come back', async (t) => {
  const limited = await newService(server, start, { PUBLIC_REQUESTS_PER_MINUTE: '3' })
  t.teardown(() => limited.close())
  const url = '/v1/verify?number=SL-1'
  for (let count = 0; count < 3; count += 1) t.equal((await ask(url, limited.app)).status, 200)
  const refused = await ask({ url, headers: { 'x-forwarded-for': '203.0.113.7' } }, limited.app)
  t.match(refused, {
    status: 429,
    headers: { 'content-type': /^application\/problem\+json/, 'retry-after': /^\d+$/, 'cache-control': 'no-store' },
    body: { code: 'rate_limited', status: 429, detail: /\d+ 秒/ },
  })
  t.equal(refused.headers['x-request-id'], refused.body.requestId)
  t.ok(Number(refused.headers['retry-after']) <= 60)
  t.equal((await ask('/v1/problems', limited.app)).status, 200, 'another question is not held up')
  t.equal((await ask('/health/live', limited.app)).status, 200)
  const secretariat = await limited.bearer('secretariat')
  for (let count = 0; count < 5; count += 1)
    t.equal((await ask({ url: '/v1/members', headers: secretariat }, limited.app)).status, 200)
})

t.test('behind a proxy that is trusted, callers are told apart by what the proxy itself says', async (t) => {
  for (const trusted of ['1', '127.0.0.1']) {
    const limited = await newService(server, start, { PUBLIC_REQUESTS_PER_MINUTE: '1', TRUST_PROXY: trusted })
    t.teardown(() => limited.close())
    const from = async (forwarded: string) =>
      (await ask({ url: '/v1/verify?number=SL-1', headers: { 'x-forwarded-for': forwarded } }, limited.app)).status
    t.same([await from('203.0.113.7'), await from('203.0.113.8'), await from('203.0.113.7')], [200, 200, 429], trusted)
    t.equal(await from('198.51.100.9, 203.0.113.7'), 429, 'what the caller wrote before it plays no part')
  }
})

// ---- The database is away

/** With the rights to drop databases: of the given server, or of the embedded one. */
function superuserUrl({ serviceUrl }: TestService['urls']): string {
  if (testDatabaseUrl !== undefined) return testDatabaseUrl
  const url = new URL(serviceUrl)
  url.username = 'alliance_superuser'
  url.pathname = '/postgres'
  return url.href
}

const dataQuestions = [
  '/v1/verify?number=SL-2026-0001',
  '/v1/verify/SL-2026-0001',
  '/v1/calendar',
  '/v1/calendar/due?from=2024-09-27&workingDays=7',
  '/health/ready',
]

/** Twice each, as the first question may meet a connection that was there. */
async function isUnavailable(t: Test, app: FastifyInstance, headers: Record<string, string> = {}): Promise<void> {
  for (const url of [...dataQuestions, ...dataQuestions]) {
    const began = performance.now()
    const answer = await ask({ url, headers }, app)
    t.ok(performance.now() - began < 5_000, `${url}: within 5 seconds`)
    t.match(
      answer,
      {
        status: 503,
        headers: { 'content-type': /^application\/problem\+json/, 'retry-after': '5', 'cache-control': 'no-store' },
        body: { code: 'unavailable', status: 503, detail: /不代表查询结果/ },
      },
      url,
    )
    t.notMatch(JSON.stringify(answer.body), /never_issued|ECONN|database|postgres/i, url)
  }
  t.equal((await ask('/health/live', app)).status, 200, 'the process itself is alive')
  t.equal((await ask('/v1/problems', app)).status, 200, 'and what needs no database is answered')
}

t.test(
  'with its database dropped, the service is unavailable and never says that a certificate was not issued',
  async (t) => {
    const dropped = await newService(server, start)
    t.teardown(() => dropped.close())
    t.equal((await ask(dataQuestions[0]!, dropped.app)).body.outcome, 'never_issued')
    t.equal((await ask('/health/ready', dropped.app)).status, 200)
    const secretariat = await dropped.bearer('secretariat')
    const admin = postgres(superuserUrl(dropped.urls), { max: 1, onnotice: () => {} })
    await admin`drop database ${admin(new URL(dropped.urls.serviceUrl).pathname.slice(1))} with (force)`
    await admin.end()
    await isUnavailable(t, dropped.app)
    const held = await ask({ url: '/v1/members', headers: secretariat }, dropped.app)
    t.match(held, { status: 503, body: { code: 'unavailable' } })
  },
)

t.test('with its pool closed, the service is unavailable', async (t) => {
  const closed = await newService(server, start)
  t.teardown(() => closed.app.close())
  await closed.database.close()
  await isUnavailable(t, closed.app)
})

t.test('with a server that is not there, the service is unavailable', async (t) => {
  const urls = ['postgres://nobody@127.0.0.1:1/registry', 'postgres://nobody@no-such-host.invalid:5432/registry']
  for (const url of urls) {
    const database = openDatabase(url, { poolSize: 2 })
    const registry = { db: database.db, lists: database.db, clock: service.clock, rulebooks: rulebookShelf() }
    const app = await buildApp({ config: testConfig(), registry, keys: service.keys })
    t.teardown(async () => {
      await app.close()
      await database.close()
    })
    await isUnavailable(t, app)
  }
})

t.test(
  'with a password that no longer holds, the service is unavailable',
  { skip: testDatabaseUrl === undefined && 'the embedded server asks for no password' },
  async (t) => {
    const url = new URL(service.urls.serviceUrl)
    url.username = 'no_such_role'
    const database = openDatabase(url.href, { poolSize: 2 })
    const registry = { db: database.db, lists: database.db, clock: service.clock, rulebooks: rulebookShelf() }
    const app = await buildApp({ config: testConfig(), registry, keys: service.keys })
    t.teardown(async () => {
      await app.close()
      await database.close()
    })
    await isUnavailable(t, app)
  },
)

t.test('a service whose database lacks a migration is alive and not ready', async (t) => {
  const behind = await newService(server, start)
  const owner = postgres(behind.urls.ownerUrl, { max: 1, onnotice: () => {} })
  t.teardown(async () => {
    await owner.end()
    await behind.close()
  })
  t.match(await ask('/health/ready', behind.app), { status: 200, body: { status: 'ok' } })
  const [last] =
    await owner`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations) returning *`
  t.match(await ask('/health/ready', behind.app), { status: 503, body: { code: 'unavailable' } })
  t.match(await ask('/health/live', behind.app), { status: 200, body: { status: 'ok' } })
  await owner`insert into drizzle.__drizzle_migrations ${owner(last!)}`
  t.equal((await ask('/health/ready', behind.app)).status, 200)
})
