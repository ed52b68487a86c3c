import exceljs from 'exceljs'
import { SaxesParser } from 'saxes'
import t from 'tap'
import { defaultPolicy } from '../../src/domain/ranking/policy.ts'
import { startTestServer } from '../support/databases.ts'
import { aQuarter, on } from '../support/ranking.ts'
import { newService, type TestService } from '../support/services.ts'

/** Tables, charts and bulletins as the faces show them (R9, R10). */
const server = await startTestServer()
t.teardown(() => server.stop())

type Role = Parameters<TestService['bearer']>[0]

async function withQuarter() {
  const service = await newService(server)
  const reports = await aQuarter(service)
  const ask = async (url: string, role: Role = 'secretariat', more: { accept?: string; member?: 'a' | 'b' } = {}) => {
    const { accept, member = 'a' } = more
    const headers = { ...(await service.bearer(role, member)), ...(accept === undefined ? {} : { accept }) }
    return service.app.inject({ url, headers })
  }
  const post = async (url: string, payload: object, role: Role = 'secretariat') =>
    service.app.inject({ method: 'POST', url, payload, headers: await service.bearer(role) })
  return { service, reports, ask, post }
}

const span = 'from=2026-07-01&until=2026-09-30'

/** The texts of a picture; whatever is not well formed throws. */
function textsOf(svg: string): string[] {
  const texts: string[] = []
  const parser = new SaxesParser()
  parser.on('error', (fault) => {
    throw fault
  })
  parser.on('text', (text) => void (text.trim() === '' || texts.push(text)))
  parser.write(svg).close()
  return texts
}

t.test('tables, definitions, rows and needs are answered, each to those whom they concern', async (t) => {
  const { service, ask } = await withQuarter()
  t.teardown(() => service.close())
  const { a, b } = service.memberIds
  const ranking = (await ask(`/v1/rankings?${span}`, 'regulator')).json()
  t.same(ranking.tables[0].bodies.map(({ memberId }: { memberId: string }) => memberId).sort(), [a, b].sort())
  t.match((await ask(`/v1/rankings?${span}&industryCode=34`)).json().tables[0].bodies.length, 2)
  t.match((await ask('/v1/rankings?from=2026-09-30&until=2026-07-01')).json(), { code: 'span_reversed' })
  t.match((await ask('/v1/rankings?from=2026-02-30&until=2026-07-01')).json(), { code: 'date_does_not_exist' })
  t.match((await ask('/v1/rankings?from=2026-07-01')).json(), { status: 400, errors: [{ code: 'field_missing' }] })
  const rows = (await ask(`/v1/members/${b}/indicator-rows?${span}&indicator=on_time_cnca&limit=4`)).json()
  const rest = await ask(
    `/v1/members/${b}/indicator-rows?${span}&indicator=on_time_cnca&limit=4&cursor=${rows.nextCursor}`,
  )
  t.same([rows.items.length, rest.json().items.length, rest.json().nextCursor], [4, 2, null])
  t.equal((await ask('/v1/indicators', 'member')).json().items.length, 16)
  const needs = (await ask('/v1/capacity-needs')).json().items
  t.match(needs, [
    { family: 'manufacturing', cityCode: null, expiring: 12, bodies: 2, ground: null },
    { cityCode: '320100', ground: 'no_unit_in_city', shortFrom: '2029-07-01', groundName: { zh: '本市没有执行机构' } },
  ])
  t.equal((await ask('/v1/capacity-needs', 'member')).statusCode, 403)
})

t.test('charts are data, or pictures that are well formed whatever a body is called', async (t) => {
  const { service, ask } = await withQuarter()
  t.teardown(() => service.close())
  const changed = await service.app.inject({
    method: 'PATCH',
    url: `/v1/members/${service.memberIds.b}`,
    headers: await service.bearer('secretariat'),
    payload: { name: '示例"<b>&乙', effectiveOn: '2026-11-01', reason: '示例' },
  })
  // What is recorded in the millisecond of the first record is known after it.
  service.clock.set('2026-11-20T02:00:01Z')
  t.equal(changed.statusCode, 204)
  const charts: [url: string, data: object, text: RegExp][] = [
    [`/v1/charts/funnel?${span}`, { commonRate: 0.75, points: Array }, /示例"<b>&乙/],
    [`/v1/charts/rank-intervals?${span}`, { chance: 0.9, items: [{ place: 1 }, { place: 2 }] }, /示例"<b>&乙/],
    [`/v1/charts/trend?${span}`, { items: [{ value: null }, { month: '2026-08-01', value: 0.75 }, {}] }, /趋势/],
    ['/v1/charts/expiries', { items: Array }, /到期月份/],
  ]
  for (const [url, data, text] of charts) {
    t.match((await ask(url)).json(), data, url)
    const picture = await ask(url, 'secretariat', { accept: 'image/svg+xml' })
    t.match(picture.headers['content-type'], /^image\/svg\+xml/)
    t.match(textsOf(picture.body).join('|'), text, url)
  }
  const own = (await ask(`/v1/charts/funnel?${span}`, 'member')).json()
  t.same(
    [own.points.map(({ memberId }: { memberId: string }) => memberId), own.commonRate],
    [[service.memberIds.a], 0.75],
    'its own point among the limits of all',
  )
  t.match((await ask(`/v1/charts/trend?${span}&indicator=results_completed`)).json(), { code: 'field_invalid' })
})

t.test('a bulletin from the draft to the annex, whose sums are those of the tables', async (t) => {
  const { service, ask, post } = await withQuarter()
  t.teardown(() => service.close())
  const opened = (await post('/v1/bulletins', { from: '2026-07-01', until: '2026-09-30', previewDays: 3 })).json()
  t.match(opened, { state: 'in_preview', previewUntilOn: '2026-11-23', stateName: { zh: '预览中' } })
  const url = `/v1/bulletins/${opened.id}`
  t.match((await ask(`${url}/document`)).json(), { code: 'bulletin_not_published' })
  t.match((await post(`${url}/publication`, {})).json(), { code: 'bulletin_in_preview' })
  on(service, '2026-11-24')
  t.match((await post(`${url}/publication`, {})).json(), { state: 'published' })
  const whole = (await ask(url, 'member')).json()
  t.equal(whole.ranking.tables[0].bodies.length, 2, 'published, it is for all')
  const annex = await ask(`${url}/annex`, 'member')
  const workbook = new exceljs.Workbook()
  await workbook.xlsx.load(annex.rawPayload as never)
  t.same(
    workbook.worksheets.map(({ name, views }) => [name, views[0]?.state]),
    [
      ['质量', 'frozen'],
      ['数量', 'frozen'],
      ['指标', 'frozen'],
      ['指标定义', 'frozen'],
    ],
  )
  let results = 0
  workbook.getWorksheet('数量')?.eachRow((row, at) => {
    if (at > 1 && row.getCell(1).value === '全部') results += Number(row.getCell(4).value)
  })
  t.equal(results, 12, 'numbers are numbers')
  t.match((await ask(`${url}/document`, 'office')).headers['content-type'], /wordprocessingml/)
  t.match((await ask(`${url}/recomputation`)).json(), { isSame: true })
  t.equal((await ask(`${url}/recomputation`, 'member')).statusCode, 403)
  t.match((await ask(`${url}/difference?from=${opened.id}`)).json().items[0], {
    lateArrivals: 0,
    data: 0,
    definition: 0,
  })
  t.match((await post('/v1/bulletins', { from: '2026-07-01', until: '2026-09-30' })).json(), {
    status: 409,
    code: 'bulletin_overlaps',
  })
})

t.test('a policy that makes no sense is refused field by field', async (t) => {
  const { service, post } = await withQuarter()
  t.teardown(() => service.close())
  const send = async (policy: object) =>
    (await post('/v1/ranking-policies', { effectiveOn: '2027-01-01', approvedBy: '示例', policy })).json()
  const { recommendation } = defaultPolicy
  const paths = (answer: { errors: { code: string; path: string }[] }) =>
    answer.errors.map(({ code, path }) => `${code}@${path}`)
  t.same(paths(await send({ ...defaultPolicy, recommendation: { ...recommendation, bar: 85 } })), [
    'field_invalid@policy.recommendation.bar',
  ])
  t.same(paths(await send({ ...defaultPolicy, weights: { on_time_cnca: 60, spot_check_pass: 30 } })), [
    'weights_do_not_sum@policy.weights',
  ])
  t.same(paths(await send({ ...defaultPolicy, yearWeights: [] })), ['field_invalid@policy.yearWeights'])
  t.same(paths(await send({ ...defaultPolicy, weights: { ...defaultPolicy.weights, nothing: 1 } })).length > 0, true)
  t.match(await send({ ...defaultPolicy, draws: 5_000 }), { version: 2, policy: { draws: 5_000 } })
})
