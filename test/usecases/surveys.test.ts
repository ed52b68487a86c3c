import { sql } from 'drizzle-orm'
import t from 'tap'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { readSignals, signalsQuery } from '../../src/usecases/conduct/read-signals.ts'
import { answerSurvey, makeSurveyLink, readSurvey, surveyAnswerInput } from '../../src/usecases/conduct/survey-firms.ts'
import type { Context } from '../../src/usecases/context.ts'
import { bodyOf, codesOf, posted, race, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import type { TestRegistry } from '../support/services.ts'

/** What firms say, and what may be looked into (N6, R8). Friday 2026-11-20. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

async function issued(test: TestRegistry, name: string, changes: Record<string, unknown> = {}): Promise<string> {
  return (await posted(test, bodyOf(name, changes))).certificate?.id ?? ''
}

const firm = (name: string) => ({
  creditCode: makeCreditCode('91', '320100', `MA0X000${name}`),
  name: `示例企业${name}`,
  cityCode: '320100',
})

const link = (test: TestRegistry, certificateId: string, as: Context = test.as('secretariat')) =>
  makeSurveyLink(test.registry, as, certificateId)
const answer = (test: TestRegistry, token: string, bundling = false) =>
  answerSurvey(
    test.registry,
    surveyAnswerInput.parse({ token, bundling, paidConsulting: false, pressure: false, otherCost: false }),
  )
const figures = (test: TestRegistry, as: Context = test.as('member'), period = '2026-H2') =>
  readSurvey(test.registry, as, test.memberIds.a, { period })

story('a firm answers once, and its answers are shown from five on, five at a time', async (test, t) => {
  const tokens: string[] = []
  for (const name of ['1', '2', '3', '4', '5', '6'])
    tokens.push((await link(test, await issued(test, name, { enterprise: firm(name) }))).token)
  for (const [at, token] of tokens.slice(0, 4).entries()) await answer(test, token, at === 0)
  t.same(await figures(test), { period: '2026-H2', answers: 0, yes: null }, 'four are not shown')
  const [first = '', , , , fifth = '', sixth = ''] = tokens
  t.same(await codesOf(answer(test, first)), ['survey_link_unknown'], 'used')
  t.same(await codesOf(answer(test, 'x'.repeat(43))), ['survey_link_unknown'], 'unknown')
  const { done, refused } = await race([answer(test, fifth), answer(test, fifth)])
  t.same([done.length, refused], [1, [['survey_link_unknown']]])
  t.match(await figures(test), { answers: 5, yes: { bundling: 1, pressure: 0 } })
  await answer(test, sixth, true)
  t.match(await figures(test), { answers: 5, yes: { bundling: 1 } }, 'the sixth changes nothing')
  t.match(await figures(test, test.as('regulator')), { answers: 5 })
  t.match(await figures(test, test.as('member'), '2026-H1'), { answers: 0 })
  t.same(await codesOf(figures(test, test.as('member', 'b'))), ['not_found'])
  t.same(await codesOf(figures(test, test.as('office'))), ['forbidden'])
})

story(
  'a firm is asked about one body once a year, however many certificates it has, and answers in ninety days',
  async (test, t) => {
    const enterprise = firm('9')
    const [one, other] = [await issued(test, '1', { enterprise }), await issued(test, '2', { enterprise })]
    const { token } = await link(test, one)
    t.same(await codesOf(link(test, other)), ['survey_firm_asked'])
    t.same(await codesOf(readSurvey(test.registry, test.as('regulator'), one, {})), ['not_found'], 'of no such body')
    test.clock.set('2027-02-18T02:00:00Z')
    t.same(await codesOf(answer(test, token)), ['survey_link_unknown'], 'after ninety days')
    test.clock.set('2027-11-21T02:00:00Z')
    t.ok((await link(test, other)).token, 'after a year')
  },
)

story('nothing leads from an answer to the firm', async (test, t) => {
  const certificateId = await issued(test, '1')
  const { token: lost } = await link(test, certificateId)
  const { token } = await link(test, certificateId)
  t.same(await codesOf(answer(test, lost)), ['survey_link_unknown'], 'a new link takes the place of one that was lost')
  t.same(await codesOf(link(test, test.memberIds.a)), ['not_found'])
  t.same(await codesOf(link(test, certificateId, test.as('member'))), ['forbidden'])
  const events = () => test.registry.db.execute<{ n: number }>(sql`select count(*)::int as n from events`)
  const before = await events()
  await answer(test, token)
  t.same(await events(), before, 'no entry in the log')
  t.same(await codesOf(link(test, certificateId)), ['survey_link_made'], 'once it was used there is no other')
  const [row] = await test.registry.db.execute(sql`select * from survey_answers`)
  t.same(Object.keys(row ?? {}).sort(), [
    'block',
    'bundling',
    'id',
    'member_id',
    'other_cost',
    'paid_consulting',
    'period',
    'pressure',
  ])
  t.match(row?.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/, 'an id without the time in it')
  const [kept] = await test.registry.db.execute(sql`select * from survey_links`)
  t.notOk(JSON.stringify(kept).includes(token), 'the token itself is kept nowhere')
})

story('signals are questions with the results behind them, for the secretariat and the regulator', async (test, t) => {
  test.clock.set('2026-11-25T02:00:00Z')
  for (const name of ['1', '2', '3', '4', '5']) await issued(test, name)
  const refused = { kind: 'refuse', certificate: undefined, productName: '示例数控车床', reasonCode: 'test_failed' }
  await posted(test, bodyOf('6', { ...refused, decidedOn: '2026-11-15' }), test.as('member', 'b'))
  const signals = (as: Context = test.as('regulator'), query = {}) =>
    readSignals(test.registry, as, signalsQuery.parse(query))
  const { items } = await signals()
  const [heaping] = items.filter(({ kind }) => kind === 'recorded_on_last_day')
  t.match(heaping, { memberId: test.memberIds.a, question: { zh: /5 项结果中有 5 项/ } })
  t.equal(heaping?.resultIds.length, 5)
  const refusals = items.filter(({ kind }) => kind === 'certified_after_refusal')
  t.equal(refusals.length, 5, 'each certificate of that product')
  t.match(refusals[0]?.question.zh, /被示例乙认证中心不予认证，示例甲认证中心于 2026-11-16 予以认证/)
  t.same((await signals(test.as('secretariat'), { memberId: test.memberIds.b })).items, [])
  t.same((await signals(test.as('secretariat'), { until: '2026-10-31' })).items, [])
  t.same(await codesOf(signals(test.as('member'))), ['forbidden'])
  t.same(await codesOf(signals(test.as('regulator'), { from: '2026-12-01' })), ['span_reversed'])
  t.same(await codesOf(signals(test.as('regulator'), { from: '2020-01-01' })), ['span_too_long'])
})
