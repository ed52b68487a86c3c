import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import { indicatorIds } from '../../src/domain/ranking/indicator.ts'
import { defaultPolicy } from '../../src/domain/ranking/policy.ts'
import {
  policyInput,
  previewInput,
  previewPolicy,
  readRankingPolicies,
  recordPolicy,
} from '../../src/usecases/ranking/manage-policies.ts'
import { rankingQuery, readRanking } from '../../src/usecases/ranking/read-ranking.ts'
import { readRowsBehind, rowsQuery } from '../../src/usecases/ranking/read-rows.ts'
import { keepAttempt } from '../../src/usecases/results/keep-attempt.ts'
import { codesOf, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { aQuarter, decided, figureOf, on, quarter, reported, rowOf } from '../support/ranking.ts'
import type { TestRegistry } from '../support/services.ts'

/** Indicators, tables and policies (N2, R9). Friday 2026-11-20. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const ranked = (test: TestRegistry, as = test.as('secretariat'), period: object = quarter) =>
  readRanking(test.registry, as, rankingQuery.parse(period))
const behind = async (test: TestRegistry, member: 'a' | 'b', query: object, as = test.as('secretariat')) =>
  (await readRowsBehind(test.registry, as, test.memberIds[member], rowsQuery.parse({ ...quarter, ...query }))).items

story('a quarter is measured: on time, late and overdue, and each figure leads to its rows', async (test, t) => {
  const reports = await aQuarter(test)
  const ranking = await ranked(test)
  const { a, b } = test.memberIds
  t.match(figureOf(ranking, a, 'on_time_cnca'), { value: 1, numerator: 6, denominator: 6, sufficient: true })
  t.match(figureOf(ranking, b, 'on_time_cnca'), { value: 0.5, numerator: 3, denominator: 6, asOf: '2026-11-20' })
  t.match(figureOf(ranking, b, 'on_time_secretariat'), { value: 1, denominator: 6 }, 'posting is the feedback')
  t.match(figureOf(ranking, b, 'report_days_median'), { value: 2, denominator: 6 })
  t.match(figureOf(ranking, b, 'results_completed'), { value: 6 })
  t.match(figureOf(ranking, b, 'live_certificates'), { value: 6 })
  t.match(figureOf(ranking, b, 'scopes_used'), { value: 0.25, numerator: 1, denominator: 4 })
  t.match(figureOf(ranking, b, 'surveillance_on_time'), { value: null, sufficient: false })
  const rows = await behind(test, 'b', { indicator: 'on_time_cnca' })
  t.same(
    rows.map(({ counter, id, workingDays }) => [counter, id, counter === 'report_open' || workingDays]).sort(),
    [
      ...reports.b.slice(0, 3).map((id) => ['report_on_time', id, 2]),
      ...reports.b.slice(3, 5).map((id) => ['report_late', id, 13]),
      ['report_open', reports.b[5], true],
    ].sort(),
  )
  const low = figureOf(ranking, b, 'on_time_cnca')
  t.ok((low.low ?? 1) < 0.5 && (low.high ?? 0) > 0.5, `${low.low} ${low.high}`)
})

story(
  'places, classes and recommendations follow, a late report caps, and a member sees its own row',
  async (test, t) => {
    await aQuarter(test)
    const ranking = await ranked(test)
    const { a, b } = test.memberIds
    t.match(rowOf(ranking, a).quality, { place: 1, class: 'A', limits: [] })
    t.match(rowOf(ranking, b).quality, { place: 2, pointsClass: 'C', limits: ['late_unexcused'] })
    t.match(rowOf(ranking, a).quantity, { results: 6, place: 1, previousResults: 0 })
    t.equal(rowOf(ranking, b).quantity.place, 1, 'equal work shares the place')
    t.match(rowOf(ranking, b).judgement, { met: 3, due: 6, recommendation: 'rectify' })
    t.match(rowOf(ranking, b).judgement?.words.zh, /^6 项报送中有 3 项未按期；真实按期率低于 85% 的可能性为 \d+%。$/)
    t.match(rowOf(ranking, a).quality.places, { best: 1 })
    const own = await ranked(test, test.as('member', 'b'))
    t.same([...new Set(own.tables.flatMap(({ bodies }) => bodies.map(({ memberId }) => memberId)))], [b])
    t.ok(own.tables.some(({ family, bodies }) => family === 'manufacturing' && bodies.length === 1))
    t.same(rowOf(own, b), rowOf(ranking, b), 'the same row, place and all')
    t.same(await codesOf(ranked(test, test.as('city_office'))), ['forbidden'])
    t.same(await codesOf(behind(test, 'a', { indicator: 'on_time_cnca' }, test.as('member', 'b'))), ['not_found'])
  },
)

story(
  'the same question has the same answer to the last bit, and what is recorded later changes none of it',
  async (test, t) => {
    await aQuarter(test)
    const as = test.as('secretariat')
    const first = await ranked(test, as)
    t.same(await ranked(test, as), first)
    await decided(test, 'a', 'later', '2026-11-21')
    t.same(await ranked(test, as), first, 'as it was known at that instant')
  },
)

story('periods that make no sense are refused, and a year without data is empty', async (test, t) => {
  const table: [from: string, until: string, wanted: string[]][] = [
    ['2026-09-30', '2026-07-01', ['span_reversed@until']],
    ['2025-01-01', '2026-01-02', ['period_too_long@until']],
    ['2024-01-01', '2024-12-31', []],
  ]
  for (const [from, until, wanted] of table)
    t.same(await refusalsOf(ranked(test, test.as('secretariat'), { from, until })), wanted, `${from} ${until}`)
  const empty = await ranked(test, test.as('secretariat'), { from: '2024-01-01', until: '2024-12-31' })
  t.match(rowOf(empty, test.memberIds.a), {
    quality: { points: null, place: null, class: null },
    quantity: { results: 0 },
  })
  t.match(rowOf(empty, test.memberIds.a).judgement, {
    recommendation: 'insufficient_data',
    words: { en: 'It had no reports due.' },
  })
})

story('a scope has tables of its own: only what is certified in it, and who did something in it', async (test, t) => {
  await decided(test, 'a', 'machine', '2026-08-03')
  await decided(test, 'a', 'food', '2026-08-03', { industryCode: '1391' })
  await decided(test, 'b', 'other', '2026-08-03', { industryCode: '1391' })
  on(test, '2026-11-20')
  const scope = (industryCode: string) => ranked(test, test.as('secretariat'), { ...quarter, industryCode })
  const machines = await scope('34')
  t.same(
    machines.tables[0]?.bodies.map(({ memberId }) => memberId),
    [test.memberIds.a],
  )
  t.match(figureOf(machines, test.memberIds.a, 'on_time_cnca'), { denominator: 1 })
  t.match(figureOf(machines, test.memberIds.a, 'live_certificates'), { value: 1 })
  t.match(figureOf(await scope('C'), test.memberIds.a, 'results_completed'), { value: 2 })
  t.same((await scope('A')).tables[0]?.bodies, [])
})

story('first-pass validity: refused, mended and never accepted', async (test, t) => {
  on(test, '2026-08-03')
  const refused = (memberReference: string | null) =>
    keepAttempt(test.registry, test.as('member', 'a'), {
      operation: 'POST /v1/results',
      codes: ['field_missing'],
      memberReference,
      idempotencyKey: null,
    })
  await refused('R-mended')
  await refused('R-mended')
  await refused('R-never')
  await refused('R-never')
  await refused(null)
  await decided(test, 'a', 'mended', '2026-08-04')
  await decided(test, 'a', 'first', '2026-08-04')
  on(test, '2026-11-20')
  const figure = figureOf(await ranked(test), test.memberIds.a, 'first_pass_validity')
  t.match(figure, { numerator: 1, denominator: 4 }, 'a reference counts once; a post without one on its own')
  const counters = (await behind(test, 'a', { indicator: 'first_pass_validity' })).map(({ counter }) => counter)
  t.same(counters.sort(), ['post_first', 'post_mended', 'post_refused', 'post_refused'])
})

story('a day that is due today is in no cohort, and one that was waived never', async (test, t) => {
  const { reportId } = await decided(test, 'a', '1', '2026-11-11')
  on(test, '2026-11-20')
  const period = { from: plainDate('2026-11-01'), until: plainDate('2026-11-30') }
  t.match(figureOf(await ranked(test, undefined, period), test.memberIds.a, 'on_time_cnca'), { denominator: 0 })
  on(test, '2026-11-21')
  t.match(figureOf(await ranked(test, undefined, period), test.memberIds.a, 'on_time_cnca'), {
    numerator: 0,
    denominator: 1,
  })
  await reported(test, 'a', reportId, '2026-11-21')
  t.same(
    (await behind(test, 'a', { ...period, indicator: 'on_time_cnca' })).map(({ counter }) => counter),
    ['report_late'],
  )
})

story('a policy is a version with a day: it never reaches back, and its parts must fit', async (test, t) => {
  const add = (changes: object, policy: object = {}, as = test.as('secretariat')) =>
    recordPolicy(
      test.registry,
      as,
      policyInput.parse({
        effectiveOn: '2027-01-01',
        approvedBy: '示例办公室〔2026〕1号',
        policy: { ...defaultPolicy, ...policy },
        ...changes,
      }),
    )
  t.same(await refusalsOf(add({ effectiveOn: '2020-01-01' })), ['policy_not_after@effectiveOn'])
  t.same(await refusalsOf(add({}, { weights: { on_time_cnca: 99 } })), ['weights_do_not_sum@policy.weights'])
  t.same(await codesOf(add({}, {}, test.as('regulator'))), ['forbidden'])
  const { done, refused } = await race([add({}), add({})])
  t.same([done.map(({ version }) => version), refused], [[2], [['policy_not_after']]])
  t.same(
    (await readRankingPolicies(test.registry, test.as('member'))).items.map(({ version }) => version),
    [1, 2],
  )
})

story('a preview says what the outcome would have been, member by member, and writes nothing', async (test, t) => {
  await aQuarter(test)
  const recommendation = { ...defaultPolicy.recommendation, bar: 0.3, topBar: 0.4 }
  const strict = { ...defaultPolicy, classA: 100, capLate: false, recommendation, yearWeights: [1] }
  const preview = (as = test.as('secretariat')) =>
    previewPolicy(test.registry, as, previewInput.parse({ ...quarter, policy: strict }))
  const { items, policyVersion } = await preview()
  t.equal(policyVersion, 1)
  t.match(
    items.find(({ memberId }) => memberId === test.memberIds.b),
    {
      present: { class: 'C', recommendation: 'rectify' },
      previewed: { class: 'C', recommendation: 'keep' },
    },
  )
  t.same(await codesOf(preview(test.as('member'))), ['forbidden'])
  t.equal((await readRankingPolicies(test.registry, test.as('secretariat'))).items.length, 1)
})

story('every figure leads to as many rows as it counts', async (test, t) => {
  await aQuarter(test)
  const { b } = test.memberIds
  const ranking = await readRanking(test.registry, test.as('secretariat'), rankingQuery.parse(quarter))
  for (const indicator of indicatorIds) {
    const asked = rowsQuery.parse({ ...quarter, indicator })
    const { items } = await readRowsBehind(test.registry, test.as('member', 'b'), b, asked)
    const { numerator, denominator } = figureOf(ranking, b, indicator)
    const both = indicator === 'complaints_per_100' ? numerator + (denominator ?? 0) : (denominator ?? numerator)
    t.equal(items.length, both, indicator)
  }
  const scopes = await readRowsBehind(
    test.registry,
    test.as('member', 'b'),
    b,
    rowsQuery.parse({ ...quarter, indicator: 'scopes_used', limit: 3 }),
  )
  t.same([...new Set(scopes.items.map(({ kind }) => kind))], ['scope'])
  const rest = await readRowsBehind(
    test.registry,
    test.as('member', 'b'),
    b,
    rowsQuery.parse({ ...quarter, indicator: 'scopes_used', limit: 3, cursor: scopes.nextCursor }),
  )
  t.equal(rest.items.length, 1, 'a body has four scopes here')
})
