import { sql } from 'drizzle-orm'
import t from 'tap'
import { builtInCalendarYears } from '../../src/domain/official-days.ts'
import type { RowKind } from '../../src/domain/ranking/counter.ts'
import type { IndicatorId } from '../../src/domain/ranking/indicator.ts'
import { defaultPolicy } from '../../src/domain/ranking/policy.ts'
import { addCalendar, calendarInput } from '../../src/usecases/calendar/add-calendar.ts'
import type { Context } from '../../src/usecases/context.ts'
import { readChanges } from '../../src/usecases/dashboards/read-changes.ts'
import { readMeasure } from '../../src/usecases/measures/read-measures.ts'
import { changeMember, memberChanges } from '../../src/usecases/members/manage-members.ts'
import { decideOnBody, decisionInput } from '../../src/usecases/ranking/decide-standing.ts'
import { disputeInput, disputeRow, resolutionInput, resolveDispute } from '../../src/usecases/ranking/dispute-row.ts'
import { policyInput, recordPolicy } from '../../src/usecases/ranking/manage-policies.ts'
import { bulletinInput, openBulletin, withdrawBulletin } from '../../src/usecases/ranking/open-bulletin.ts'
import { publicationInput, publishBulletin, recomputeBulletin } from '../../src/usecases/ranking/publish-bulletin.ts'
import {
  bulletinsQuery,
  compareBulletins,
  compareLatest,
  readBulletin,
  readBulletinDocument,
  readBulletins,
} from '../../src/usecases/ranking/read-bulletins.ts'
import { readRowsBehind, rowsQuery } from '../../src/usecases/ranking/read-rows.ts'
import { actionsOf, codesOf, countRows, problemsOf, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { documentXml, wordsOf } from '../support/documents.ts'
import { aQuarter, decided, figureOf, on, quarter, reported } from '../support/ranking.ts'
import type { TestRegistry } from '../support/services.ts'

/** Bulletins (N2, R9): opened on Friday 2026-11-20, previewed until the 30th. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const open = (test: TestRegistry, changes: object = {}, as: Context = test.as('secretariat')) =>
  openBulletin(test.registry, as, bulletinInput.parse({ ...quarter, ...changes }))
const publish = (test: TestRegistry, id: string, changes: object = {}, as: Context = test.as('secretariat')) =>
  publishBulletin(test.registry, as, id, publicationInput.parse(changes))
const read = (test: TestRegistry, id: string, as: Context = test.as('secretariat')) =>
  readBulletin(test.registry, as, id)
const dispute = (
  test: TestRegistry,
  id: string,
  row: { rowId: string; rowKind?: RowKind; indicator?: IndicatorId },
  as: Context = test.as('member', 'b'),
) =>
  disputeRow(
    test.registry,
    as,
    id,
    disputeInput.parse({ indicator: 'on_time_cnca', rowKind: 'obligation', words: '示例：回执日期有误。', ...row }),
  )
const resolve = (test: TestRegistry, id: string, outcome: 'upheld' | 'rejected') =>
  resolveDispute(test.registry, test.as('secretariat'), id, resolutionInput.parse({ outcome, answer: '示例' }))

/** A secretariat's person. */
function person(test: TestRegistry): Context {
  const context = test.as('secretariat')
  return { ...context, actor: { ...context.actor, kind: 'person', id: 'test-person' } }
}

async function published(test: TestRegistry): Promise<string> {
  const { id } = await open(test)
  on(test, '2026-12-01')
  await publish(test, id)
  return id
}

story('a draft shows each body its own part; published, it shows all bodies to all', async (test, t) => {
  await aQuarter(test)
  const { id, state, period, previewUntilOn, kind } = await open(test)
  t.same([state, kind, period.zh, previewUntilOn], ['in_preview', 'quarter', '2026年第3季度', '2026-11-30'])
  const { a, b } = test.memberIds
  const own = await read(test, id, test.as('member', 'b'))
  t.same([...new Set(own.ranking.tables.flatMap(({ bodies }) => bodies.map(({ memberId }) => memberId)))], [b])
  t.same(await refusalsOf(publish(test, id)), ['bulletin_in_preview@'])
  on(test, '2026-12-01')
  const seenBefore = await readChanges(test.registry, test.as('member', 'a'))
  const done = await publish(test, id)
  t.match(done, { state: 'published', publication: { policyVersion: 1, overrideReason: null } })
  const whole = await read(test, id, test.as('member', 'b'))
  t.same(whole.ranking.tables[0]?.bodies.map(({ memberId }) => memberId).sort(), [a, b].sort())
  t.match(whole.title.zh, '关于2026年第3季度“江苏精品”认证完成质量和数量情况的通报')
  t.same(await refusalsOf(publish(test, id)), ['bulletin_published@'])
  t.same(
    (await readBulletins(test.registry, test.as('member'), bulletinsQuery.parse({}))).items.map((row) => row.id),
    [id],
  )
  t.same(await actionsOf(test.registry, 'bulletin', id), ['bulletin.opened', 'bulletin.published'])
  t.not((await readChanges(test.registry, test.as('member', 'a'))).tag, seenBefore.tag, 'a poll tells every body of it')
  t.same((await readBulletinDocument(test.registry, test.as('office'), id)).subarray(0, 2).toString(), 'PK')
})

story('what was published is reckoned again to the same bytes, whatever is recorded afterwards', async (test, t) => {
  const { b: reports } = await aQuarter(test)
  const id = await published(test)
  const before = await read(test, id)
  on(test, '2026-12-05')
  await reported(test, 'b', reports[5] ?? '', '2026-12-05')
  await decided(test, 'a', 'after', '2026-12-05')
  await recordPolicy(
    test.registry,
    test.as('secretariat'),
    policyInput.parse({ effectiveOn: '2027-01-01', approvedBy: '示例', policy: { ...defaultPolicy, classA: 99 } }),
  )
  on(test, '2030-01-10')
  const again = await recomputeBulletin(test.registry, test.as('secretariat'), id)
  t.match(again, {
    isSame: true,
    recomputedSha256: before.publication?.sha256,
    reckoning: { frozen: 1, now: 1 },
  })
  t.same((await read(test, id)).ranking, before.ranking)
  t.match(figureOf(before.ranking, test.memberIds.b, 'on_time_cnca'), { numerator: 3, denominator: 6 })
})

story('the document says what the bulletin says, for people', async (test, t) => {
  const { b: reports } = await aQuarter(test)
  const { id } = await open(test)
  await dispute(test, id, { rowId: reports[3] ?? '' })
  on(test, '2026-12-01')
  await publish(test, id, { overrideReason: '示例' })
  const document = await readBulletinDocument(test.registry, test.as('member', 'a'), id)
  const words = await wordsOf(document)
  for (const sentence of [
    '关于2026年第3季度“江苏精品”认证完成质量和数量情况的通报',
    '各成员机构：',
    '一、基本情况',
    '完成认证结果12个；期末有效证书12张。',
    '期内到期的认证结果报送12项，按期9项，按期率75.0%。',
    '向国家认监委报送不按期的机构1家，涉及3项。',
    '另有1项数据存在异议、尚未处理',
    '（一）限期整改（1家）',
    '示例乙认证中心：6 项报送中有 3 项未按期',
    '有异议，不计时为60.0%',
    '国际认证联盟秘书处2026年12月1日',
  ])
    t.ok(words.includes(sentence), sentence)
  t.notMatch(words, /undefined|NaN|null/)
  t.match(await documentXml(document), /descr="按期报送率漏斗图/, 'a picture is said in words too')
})

story('nothing that was published is written over, not even by the owner of the tables', async (test, t) => {
  await aQuarter(test)
  const id = await published(test)
  for (const statement of [
    sql`update bulletin_publications set sha256 = 'x' where bulletin_id = ${id}`,
    sql`delete from bulletin_publications where bulletin_id = ${id}`,
    sql`update ranking_policies set approved_by = 'x'`,
  ])
    await t.rejects(test.registry.db.execute(statement))
})

story('a disputed row is parked: figures with and without; upheld it counts no more', async (test, t) => {
  const { b: reports } = await aQuarter(test)
  const { id } = await open(test)
  const late = reports[3] ?? ''
  const parked = await dispute(test, id, { rowId: late })
  t.match(parked, { memberId: test.memberIds.b, outcome: null })
  const draft = await read(test, id, test.as('member', 'b'))
  t.match(
    draft.without.map(({ indicator }) => indicator),
    ['on_time_cnca', 'report_days_median', 'report_days_p90'],
    'every figure that the row stands in',
  )
  t.match(draft.without[0], { indicator: 'on_time_cnca', numerator: 3, denominator: 5, value: 0.6 })
  t.match(figureOf(draft.ranking, test.memberIds.b, 'on_time_cnca'), { numerator: 3, denominator: 6 })
  t.same((await read(test, id, test.as('member', 'a'))).disputes, [], 'of others’ disputes a body sees nothing')
  on(test, '2026-12-01')
  t.same(await refusalsOf(publish(test, id)), ['disputes_open@overrideReason'])
  await resolve(test, parked.id, 'upheld')
  await publish(test, id)
  const done = await read(test, id)
  t.match(figureOf(done.ranking, test.memberIds.b, 'on_time_cnca'), { numerator: 3, denominator: 5 })
  t.match(done.disputed, [{ rowId: late, outcome: 'upheld' }])
  const { items } = await compareBulletins(test.registry, test.as('secretariat'), id, { from: id })
  const moved = items.filter(({ lateArrivals, data, definition }) => lateArrivals || data || definition)
  t.same(moved, [], 'a row that was left out is not taken for one that came late')
  t.ok((await recomputeBulletin(test.registry, test.as('secretariat'), id)).isSame)
  t.same(await refusalsOf(resolve(test, parked.id, 'rejected')), ['dispute_resolved@'])
})

story('an upheld dispute leaves a row out of what was disputed of it, and of nothing else', async (test, t) => {
  const { b: reports } = await aQuarter(test)
  const { id } = await open(test)
  const { b } = test.memberIds
  const asked = { indicator: 'results_completed', from: quarter.from, until: quarter.until }
  const rows = await readRowsBehind(
    test.registry,
    test.as('member', 'b'),
    b,
    rowsQuery.parse({ ...asked, indicator: 'first_pass_validity' }),
  )
  const first = rows.items[0]
  const won = await dispute(test, id, { rowId: first?.id ?? '', rowKind: 'result', indicator: 'first_pass_validity' })
  await resolve(test, won.id, 'upheld')
  const late = await dispute(test, id, { rowId: reports[3] ?? '' })
  t.same(
    await refusalsOf(dispute(test, id, { rowId: reports[3] ?? '', indicator: 'report_days_median' })),
    ['row_disputed@rowId'],
    'the days of a report are what its on-time rate is about',
  )
  await resolve(test, late.id, 'upheld')
  const { ranking } = await read(test, id)
  t.match(figureOf(ranking, b, 'first_pass_validity'), { denominator: 5 })
  t.match(figureOf(ranking, b, 'results_completed'), { numerator: 6 }, 'a result that was right is not lost')
  t.match(figureOf(ranking, b, 'on_time_cnca'), { denominator: 5 })
  t.match(figureOf(ranking, b, 'report_days_median'), { denominator: 5 })
})

story(
  'what was published is reckoned again to the same bytes though a body is called otherwise now',
  async (test, t) => {
    await aQuarter(test)
    const id = await published(test)
    const change = { name: '一示例更名认证中心', effectiveOn: '2026-12-02', reason: '示例' }
    on(test, '2026-12-02')
    await changeMember(test.registry, test.as('secretariat'), test.memberIds.b, memberChanges.parse(change))
    on(test, '2026-12-09')
    t.ok((await recomputeBulletin(test.registry, test.as('secretariat'), id)).isSame)
  },
)

story('what was published is reckoned again with its own calendar, though another day is off now', async (test, t) => {
  await aQuarter(test)
  const id = await published(test)
  const { notices, offDays, makeupWorkdays } = builtInCalendarYears[2026] ?? {
    notices: [],
    offDays: [],
    makeupWorkdays: [],
  }
  const amended = { notices, offDays: [...offDays, '2026-08-04'], makeupWorkdays }
  on(test, '2026-12-02')
  const input = calendarInput.parse({ note: '示例', years: { 2026: amended } })
  await addCalendar(test.registry, test.as('administrator'), input)
  t.ok((await recomputeBulletin(test.registry, test.as('secretariat'), id)).isSame)
  const { items } = await compareBulletins(test.registry, test.as('secretariat'), id, { from: id })
  t.same(
    items.filter(({ lateArrivals, data, definition }) => lateArrivals || data || definition),
    [],
  )
})

story(
  'a figure of a bulletin leads to its rows as they were known, without those that a dispute took out',
  async (test, t) => {
    const { b: reports } = await aQuarter(test)
    const { id } = await open(test)
    const { b } = test.memberIds
    const won = await dispute(test, id, { rowId: reports[3] ?? '' })
    await resolve(test, won.id, 'upheld')
    const rows = async (indicator: IndicatorId) =>
      (await readRowsBehind(test.registry, test.as('member', 'b'), b, rowsQuery.parse({ bulletinId: id, indicator })))
        .items
    t.same(await codesOf(rows('on_time_cnca')), ['bulletin_not_published'])
    on(test, '2026-12-01')
    await publish(test, id)
    on(test, '2026-12-09')
    await reported(test, 'b', reports[5] ?? '', '2026-12-09')
    on(test, '2027-02-01')
    const { ranking } = await read(test, id)
    for (const indicator of ['on_time_cnca', 'report_days_median', 'results_completed', 'scopes_used'] as const) {
      const { numerator, denominator } = figureOf(ranking, b, indicator)
      t.equal((await rows(indicator)).length, denominator ?? numerator, indicator)
    }
    t.equal((await rows('on_time_cnca')).filter(({ counter }) => counter === 'report_open').length, 1, 'as it was then')
    t.same(
      await refusalsOf(
        readRowsBehind(test.registry, test.as('member', 'b'), b, rowsQuery.parse({ indicator: 'acceptance' })),
      ),
      ['field_missing@from'],
    )
  },
)

story('once it is published the rows that others disputed are still theirs alone', async (test, t) => {
  const { b } = await aQuarter(test)
  const { id } = await open(test)
  const { id: disputeId } = await dispute(test, id, { rowId: b[3] ?? '' })
  await resolve(test, disputeId, 'upheld')
  on(test, '2026-12-01')
  await publish(test, id)
  t.same((await read(test, id, test.as('member', 'a'))).disputed, [])
  t.equal((await read(test, id, test.as('member', 'b'))).disputed.length, 1)
  t.equal((await read(test, id)).disputed.length, 1)
})

story('with disputes open it is published only with a reason, which is kept, and the mark stays', async (test, t) => {
  const { b: reports } = await aQuarter(test)
  const { id } = await open(test)
  await dispute(test, id, { rowId: reports[3] ?? '' })
  on(test, '2026-12-01')
  const done = await publish(test, id, { overrideReason: '示例：异议待外部核实。' })
  t.match(done.publication, { overrideReason: '示例：异议待外部核实。' })
  const { without, disputed } = await read(test, id)
  t.match([without[0]?.value, disputed[0]?.outcome], [0.6, null])
  t.ok((await recomputeBulletin(test.registry, test.as('secretariat'), id)).isSame)
})

story('a row that is not one’s own, not behind the figure, or disputed before is refused', async (test, t) => {
  const { a, b } = await aQuarter(test)
  const { id } = await open(test)
  const before = await countRows(test.registry)
  const foreign = { rowId: a[0] ?? '' }
  t.same(await refusalsOf(dispute(test, id, foreign)), ['row_not_behind@rowId'], 'of another body')
  t.same(await refusalsOf(dispute(test, id, { rowId: b[0] ?? '', rowKind: 'result' })), ['row_not_behind@rowId'])
  t.same(await refusalsOf(dispute(test, id, { rowId: b[0] ?? '', indicator: 'acceptance' })), ['row_not_behind@rowId'])
  t.same(await codesOf(dispute(test, id, { rowId: b[0] ?? '' }, test.as('secretariat'))), ['forbidden'])
  t.same(await codesOf(dispute(test, '01958d5e-0000-7000-8000-000000000000', { rowId: b[0] ?? '' })), ['not_found'])
  t.same(await countRows(test.registry), before, 'nothing was written')
  const { done, refused } = await race([
    dispute(test, id, { rowId: b[0] ?? '' }),
    dispute(test, id, { rowId: b[0] ?? '' }),
  ])
  t.same([done.length, refused], [1, [['row_disputed']]])
  on(test, '2026-12-01')
  t.same(await refusalsOf(dispute(test, id, { rowId: b[1] ?? '' })), ['preview_over@'])
})

story('periods overlap in no two bulletins of a kind, and end before they are opened', async (test, t) => {
  const days = { from: '2026-11-01', until: '2026-11-10' }
  await open(test, days)
  const table: [object, string[]][] = [
    [{ from: '2026-11-10', until: '2026-11-18' }, ['bulletin_overlaps@from']],
    [{ from: '2026-11-02', until: '2026-11-03' }, ['bulletin_overlaps@from']],
    [{ from: '2026-11-11', until: '2026-11-20' }, ['period_not_over@until']],
    [{ from: '2026-11-10', until: '2026-11-09' }, ['span_reversed@until']],
    [{ from: '2025-01-01', until: '2026-06-30' }, ['period_too_long@until']],
    [{ from: '2026-10-01', until: '2026-10-31' }, []],
  ]
  for (const [changes, wanted] of table) t.same(await refusalsOf(open(test, changes)), wanted, JSON.stringify(changes))
  const { done, refused } = await race([open(test), open(test)])
  t.same([done.length, refused], [1, [['bulletin_overlaps']]])
  const [problem] = await problemsOf(open(test))
  t.match(problem?.values, { from: '2026-07-01', until: '2026-09-30' })
  await withdrawBulletin(test.registry, test.as('secretariat'), done[0]?.id ?? '', { reason: '示例：期间有误。' })
  t.same(await codesOf(read(test, done[0]?.id ?? '')), ['not_found'])
  await open(test)
})

story('a policy never reaches back behind a published period', async (test, t) => {
  await aQuarter(test)
  await published(test)
  const add = (effectiveOn: string) =>
    recordPolicy(
      test.registry,
      test.as('secretariat'),
      policyInput.parse({ effectiveOn, approvedBy: '示例', policy: defaultPolicy }),
    )
  t.same(await refusalsOf(add('2026-09-30')), ['policy_reaches_back@effectiveOn'])
  t.equal((await add('2026-10-01')).version, 2)
})

story('two publish at once: one is published, once', async (test, t) => {
  await aQuarter(test)
  const { id } = await open(test)
  on(test, '2026-12-01')
  const { done, refused } = await race([publish(test, id), publish(test, id)])
  t.same([done.length, refused], [1, [['bulletin_published']]])
})

story('a difference is split into what came late, what was done and what was defined', async (test, t) => {
  const { b: reports } = await aQuarter(test)
  const first = await published(test)
  on(test, '2026-12-02')
  await decided(test, 'b', 'december', '2026-12-02')
  await decided(test, 'b', 'forgotten', '2026-12-02', { decidedOn: '2026-09-15' })
  await reported(test, 'b', reports[5] ?? '', '2026-12-02')
  on(test, '2027-01-11')
  const { id } = await open(test, { from: '2026-10-01', until: '2026-12-31' })
  on(test, '2027-01-25')
  await publish(test, id)
  const { items } = await compareBulletins(test.registry, test.as('secretariat'), id, { from: first })
  const ofB = (indicator: IndicatorId) =>
    items.find((change) => change.memberId === test.memberIds.b && change.indicator === indicator)
  t.match(ofB('on_time_cnca'), { before: 0.5, after: 0, definition: 0 })
  t.equal(
    ofB('on_time_cnca')?.lateArrivals?.toFixed(6),
    (3 / 7 - 0.5).toFixed(6),
    'a seventh report was owed all along',
  )
  t.match(ofB('results_completed'), { before: 6, after: 1, lateArrivals: 1, data: -6, definition: 0 })
  const days = ofB('report_days_median')
  t.match(days, { before: 2, definition: 0 })
  t.equal((days?.before ?? 0) + (days?.lateArrivals ?? 0) + (days?.data ?? 0) + (days?.definition ?? 0), days?.after)
  const own = await compareBulletins(test.registry, test.as('member', 'a'), id, { from: first })
  t.same([...new Set(own.items.map(({ memberId }) => memberId))], [test.memberIds.a])
  const month = await open(test, { from: '2026-12-01', until: '2026-12-31' })
  on(test, '2027-02-10')
  await publish(test, month.id)
  const latest = (named: { earlier?: string; later?: string }) =>
    compareLatest(test.registry, test.as('secretariat'), named)
  t.same(await latest({ later: id }), { items }, 'the one of its kind before it, and not a month')
  t.same(await latest({ later: month.id }), { items: [] }, 'there was no month before')
  t.same(await codesOf(latest({ later: '01958d5e-0000-7000-8000-000000000000' })), ['not_found'])
})

story('keep or remove: a person decides, what was seen is kept, and the ladder takes it up', async (test, t) => {
  await aQuarter(test)
  const id = await published(test)
  const { a, b } = test.memberIds
  const decide = (input: object, as: Context = person(test)) =>
    decideOnBody(test.registry, as, id, decisionInput.parse({ words: '示例', ...input }))
  t.match(await decide({ decision: 'keep', memberId: a }), { recommendation: 'keep', measureId: null })
  t.same(await refusalsOf(decide({ decision: 'watch', memberId: a })), ['decision_made@memberId'])
  const rectification = { kind: 'rectification', planDueOn: '2027-03-01', reasons: '示例：按期率低。' }
  t.same(await codesOf(decide({ decision: 'rectify', memberId: b, measure: rectification }, test.as('secretariat'))), [
    'person_expected',
  ])
  t.same(
    await refusalsOf(decide({ decision: 'rectify', memberId: b, measure: { kind: 'warning', reasons: '示例' } })),
    ['field_invalid@measure.kind'],
  )
  const made = await decide({ decision: 'rectify', memberId: b, measure: rectification })
  t.match(made, { recommendation: 'rectify', decision: 'rectify', seen: { judgement: { met: 3, due: 6 } } })
  const measure = await readMeasure(test.registry, test.as('member', 'b'), made.measureId ?? '')
  t.match(measure, { kind: 'rectification', memberId: b, state: 'open_for_reply' })
  t.same(
    (await read(test, id, test.as('member', 'b'))).decisions.map(({ memberId }) => memberId),
    [b],
  )
  t.same(await codesOf(decide({ decision: 'keep', memberId: b }, test.as('regulator'))), ['forbidden'])
  const unranked = { decision: 'keep', memberId: '01958d5e-0000-7000-8000-000000000000' }
  t.same(await refusalsOf(decide(unranked)), ['body_not_ranked@memberId'])
})
