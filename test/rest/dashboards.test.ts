import type { InjectOptions } from 'fastify'
import t from 'tap'
import { accessMatrix, type Role, roles } from '../../src/domain/access.ts'
import { workKinds } from '../../src/domain/work-queue.ts'
import { startTestServer } from '../support/databases.ts'
import { newService, resultBody } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
const service = await newService(server, start)
const { app, memberIds } = service
t.teardown(async () => {
  await service.close()
  await server.stop()
})

type Row = ReturnType<typeof JSON.parse>

async function ask(url: string, role: Role, options: { member?: 'a' | 'b'; headers?: Record<string, string> } = {}) {
  const bearer = await service.bearer(role, options.member)
  const answer = await app.inject({ url, headers: { ...bearer, ...options.headers } } as InjectOptions)
  const { statusCode: status, headers, body: text } = answer
  return { status, headers, text, body: text === '' ? null : (JSON.parse(text) as Row) }
}

async function postAs(member: 'a' | 'b', name: string): Promise<void> {
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/v1/results',
    headers: { ...(await service.bearer('member', member)), 'idempotency-key': name },
    payload: resultBody({ memberReference: name }, { number: `D-${name}` }),
  })
  if (statusCode >= 300) throw new Error(body)
}

t.before(async () => {
  for (const name of ['1', '2', '3']) await postAs('a', name)
  await postAs('b', '4')
})

t.test('members are shown by name with their figures, page by page, each once', async (t) => {
  const whole = await ask('/v1/dashboards/members', 'secretariat')
  t.equal(whole.status, 200)
  const shown = Object.fromEntries(whole.body.items.map((row: Row) => [row.member.id, row]))
  t.match(shown[memberIds.a], {
    member: { name: '示例甲认证中心', standing: 'admitted' },
    figures: {
      liveCertificates: { value: 3, numerator: 3, denominator: null, asOf: '2026-11-20' },
      results12Months: { value: 3 },
      onTimeToCnca: { value: null, numerator: 0, denominator: 0 },
      open: { value: 6 },
    },
    latestCertificates: [],
  })
  t.match(shown[memberIds.b], { figures: { liveCertificates: { value: 1 } } })
  const pages: Row[] = []
  for (let cursor = ''; ; ) {
    const { body } = await ask(`/v1/dashboards/members?limit=1${cursor}`, 'secretariat')
    pages.push(...body.items)
    if (body.nextCursor === null) break
    cursor = `&cursor=${body.nextCursor}`
  }
  t.same(pages, whole.body.items)
})

t.test('the latest certificates come when they are asked for', async (t) => {
  const { body } = await ask('/v1/dashboards/members?latestCertificates=2', 'secretariat')
  const latest = Object.fromEntries(body.items.map((row: Row) => [row.member.id, row.latestCertificates]))
  t.equal(latest[memberIds.a].length, 2)
  t.match(latest[memberIds.b], [{ number: 'D-4', state: 'valid', memberId: memberIds.b }])
})

t.test('what is asked for beyond the limits is refused', async (t) => {
  for (const query of [
    'members?limit=101',
    'members?limit=0',
    'members?latestCertificates=21',
    'members?latestCertificates=-1',
    'members?standing=good',
    'members?cursor=x',
    'members?on=2026-01-01',
    'expiries?months=61',
    'expiries?months=0',
    'expiries?memberId=1',
    'alliance?memberId=1',
  ]) {
    const { status, body } = await ask(`/v1/dashboards/${query}`, 'secretariat')
    t.match({ status, body }, { status: 400, body: { code: /^(field_invalid|field_unknown|cursor_invalid)$/ } }, query)
  }
})

t.test('a member sees itself alone on every dashboard', async (t) => {
  for (const member of ['a', 'b'] as const) {
    const [own, foreign] =
      member === 'a' ? ([memberIds.a, memberIds.b] as const) : ([memberIds.b, memberIds.a] as const)
    const live = member === 'a' ? 3 : 1
    const { body, text } = await ask('/v1/dashboards/members?latestCertificates=20', 'member', { member })
    t.same(
      body.items.map((row: Row) => row.member.id),
      [own],
    )
    t.notOk(text.includes(foreign))
    t.match((await ask('/v1/dashboards/alliance', 'member', { member })).body, { liveCertificates: { value: live } })
    const months = (await ask('/v1/dashboards/expiries?months=60', 'member', { member })).body.items
    t.match(
      months.filter((row: Row) => row.certificates.value > 0),
      [{ month: '2029-11', certificates: { value: live } }],
    )
    t.match(await ask(`/v1/dashboards/expiries?memberId=${own}`, 'member', { member }), { status: 200 })
    t.match(await ask(`/v1/dashboards/expiries?memberId=${foreign}`, 'member', { member }), {
      status: 404,
      body: { code: 'not_found' },
    })
  }
})

t.test('the alliance is the sum, with its members by standing', async (t) => {
  const { body } = await ask('/v1/dashboards/alliance', 'office')
  t.match(body, { liveCertificates: { value: 4 }, open: { value: 8 } })
  t.same(
    body.membersByStanding.map((row: Row) => [row.standing, row.members.value]),
    [
      ['candidate', 0],
      ['admitted', 2],
      ['rectifying', 0],
      ['suspended', 0],
      ['removed', 0],
      [null, 0],
    ],
  )
})

t.test('expiries have every month from the present one on', async (t) => {
  const { body } = await ask('/v1/dashboards/expiries?months=3', 'regulator')
  t.same(
    body.items.map((row: Row) => [row.month, row.certificates.value]),
    [
      ['2026-11', 0],
      ['2026-12', 0],
      ['2027-01', 0],
    ],
  )
  t.equal((await ask('/v1/dashboards/expiries', 'regulator')).body.items.length, 36)
})

t.test('the work queue names the work of the role in both languages', async (t) => {
  for (const role of roles) {
    const { status, body } = await ask('/v1/work-queue', role)
    t.equal(status, 200, role)
    for (const { kind, name } of body.items) {
      const row = workKinds[kind as keyof typeof workKinds]
      t.same(name, { zh: row.zh, en: row.en }, `${role}: ${kind}`)
      t.not(accessMatrix[row.permission][role], 'none', `${role} may read ${kind}`)
    }
  }
  t.equal((await ask('/v1/work-queue', 'monitor')).body.items.length, 0)
})

t.test('a poll is answered with 304 until something changes that the caller may see', async (t) => {
  const first = await ask('/v1/changes', 'secretariat')
  t.match(first, {
    status: 200,
    headers: { etag: /^"[0-9a-f]{32}"$/, 'cache-control': 'private, no-cache', vary: /authorization/ },
    body: { tag: /./, at: /^2026-/ },
  })
  t.same(Object.keys(first.body), ['tag', 'at'], 'how much others write is told to nobody')
  const etag = String(first.headers.etag)
  const own = await ask('/v1/changes', 'member', { member: 'b' })
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const { status, text, headers } = await ask('/v1/changes', 'secretariat', { headers: { 'if-none-match': known } })
    t.same({ status, text, etag: headers.etag }, { status: 304, text: '', etag }, known)
  }
  t.equal((await ask('/v1/changes', 'secretariat', { headers: { 'if-none-match': '"x"' } })).status, 200)
  await postAs('a', '5')
  t.equal((await ask('/v1/changes', 'secretariat', { headers: { 'if-none-match': etag } })).status, 200)
  const unchanged = { 'if-none-match': String(own.headers.etag) }
  t.equal((await ask('/v1/changes', 'member', { member: 'b', headers: unchanged })).status, 304, 'nothing for b')
})
