import t from 'tap'
import { builtInCalendarYears } from '../../src/domain/official-days.ts'
import { addDays, plainDate } from '../../src/domain/plain-date.ts'
import { historyOf } from '../../src/store/events.ts'
import { addCalendar, calendarInput } from '../../src/usecases/calendar/add-calendar.ts'
import { addDeadlineRule, ruleInput } from '../../src/usecases/calendar/manage-rules.ts'
import { readCalendarVersions, readDueDate } from '../../src/usecases/calendar/read-calendar.ts'
import type { Context } from '../../src/usecases/context.ts'
import { obligationsQuery, readObligation, readObligations } from '../../src/usecases/obligations/read-obligations.ts'
import { actionsOf, bodyOf, codesOf, countRows, post, posted, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import type { TestRegistry } from '../support/services.ts'

/** Wednesday 2026-12-30, ten o'clock in Shanghai; there is no notice for 2027 yet. */
const now = '2026-12-30T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server, now)

/** A notice for 2027 as it might read: New Year's Day and the days named. */
const notice = (...offDays: string[]) => ({ offDays: ['2027-01-01', ...offDays], makeupWorkdays: [] as string[] })
const add = (test: TestRegistry, years: Record<string, unknown>, as: Context = test.as('administrator')) =>
  addCalendar(test.registry, as, calendarInput.parse({ note: '示例', years }))

/** Decided on a day of December 2026, issued the same day. */
const decided = (name: string, on = '2026-12-23') =>
  bodyOf(name, { decidedOn: on }, { issuedOn: on, validUntil: '2029-11-30' })

async function dutiesOf(test: TestRegistry, name: string, on?: string) {
  const { obligations } = await posted(test, decided(name, on))
  const byDuty = Object.fromEntries(obligations.map(({ duty, id }) => [duty, id]))
  return {
    report: byDuty.report_to_cnca ?? '',
    feedback: byDuty.feed_back ?? '',
    surveillance: byDuty.surveillance ?? '',
  }
}
const read = (test: TestRegistry, id: string) => readObligation(test.registry, test.as('secretariat'), id)

story('a new year turns a provisional due day into a final one and moves what it moves', async (test, t) => {
  const { report, feedback, surveillance } = await dutiesOf(test, '1')
  const settled = await dutiesOf(test, '2', '2026-12-18')
  t.match(await read(test, report), { dueOn: '2027-01-04', provisional: true, calendarVersion: 1 })

  const { version, recomputed } = await add(test, { 2027: notice('2027-01-02', '2027-01-03', '2027-01-04') })
  t.equal(version, 2)
  t.same(recomputed, [{ obligationId: report, dueOn: { from: '2027-01-04', to: '2027-01-05' }, provisional: false }])
  const after = await read(test, report)
  t.match(after, { dueOn: '2027-01-05', provisional: false, calendarVersion: 2, state: 'due_soon' })
  t.match(after.explanation, { calendarVersion: 2, provisional: false })
  t.same(after.explanation.skipped.slice(-4), [
    { on: '2027-01-01', kind: 'holiday' },
    { on: '2027-01-02', kind: 'holiday' },
    { on: '2027-01-03', kind: 'holiday' },
    { on: '2027-01-04', kind: 'holiday' },
  ])
  t.match(
    await read(test, feedback),
    { dueOn: '2027-01-04', provisional: true, calendarVersion: 1 },
    'what is closed keeps its history',
  )
  t.match(
    await read(test, surveillance),
    { dueOn: '2027-12-23', calendarVersion: null },
    'what asks no calendar is left alone',
  )
  t.match(
    await read(test, settled.report),
    { dueOn: '2026-12-29', calendarVersion: 1 },
    'so is what was due before the year',
  )

  t.same(await actionsOf(test.registry, 'obligation', report), ['obligation.opened', 'obligation.recounted'])
  const [event] = (await historyOf(test.registry.db, 'obligation', report)).slice(-1)
  t.match(event?.changes, {
    cause: 'calendar',
    calendarVersion: { from: 1, to: 2 },
    dueOn: { from: '2027-01-04', to: '2027-01-05' },
    provisional: { from: true, to: false },
  })
  t.same(await actionsOf(test.registry, 'obligation', feedback), ['obligation.opened', 'obligation.met'])
  t.same(await actionsOf(test.registry, 'calendar', '2'), ['calendar.added'])
})

story('a due day that stays is final all the same, and an event says so', async (test, t) => {
  const { report } = await dutiesOf(test, '1')
  const { recomputed } = await add(test, { 2027: notice() })
  t.same(recomputed, [{ obligationId: report, dueOn: { from: '2027-01-04', to: '2027-01-04' }, provisional: false }])
  t.match(await read(test, report), { dueOn: '2027-01-04', provisional: false, calendarVersion: 2 })
  t.same(await actionsOf(test.registry, 'obligation', report), ['obligation.opened', 'obligation.recounted'])
})

story('an amended year moves what is open once more, back as well as forth', async (test, t) => {
  const { report } = await dutiesOf(test, '1')
  await add(test, { 2027: notice('2027-01-04', '2027-01-05') })
  t.equal((await read(test, report)).dueOn, '2027-01-06')
  const makeup = { offDays: ['2027-01-01'], makeupWorkdays: ['2027-01-02'] }
  const { version, recomputed } = await add(test, { 2027: makeup })
  t.equal(version, 3)
  t.same(
    recomputed.map(({ dueOn }) => dueOn),
    [{ from: '2027-01-06', to: '2027-01-02' }],
    'a make-up Saturday counts',
  )
  t.match(await read(test, report), { dueOn: '2027-01-02', provisional: false, calendarVersion: 3 })
  const later = await add(test, { 2028: { offDays: ['2028-01-01'], makeupWorkdays: [] } })
  t.same(later, { version: 4, recomputed: [] }, 'another year touches nothing')
  t.equal((await read(test, report)).calendarVersion, 3)
  t.equal((await readDueDate(test.registry, { from: plainDate('2026-12-23'), workingDays: 7 })).dueOn, '2027-01-02')
  const { items } = await readCalendarVersions(test.registry)
  t.same(
    items.slice(1).map((row) => [row.version, row.years]),
    [
      [2, [2027]],
      [3, [2027]],
      [4, [2028]],
    ],
  )
})

story('a due day of this year is recounted when this year is amended', async (test, t) => {
  const { report } = await dutiesOf(test, '1', '2026-12-22')
  t.match(await read(test, report), { dueOn: '2026-12-31', provisional: false })
  const { notices, offDays, makeupWorkdays } = builtInCalendarYears['2026'] ?? {
    notices: [],
    offDays: [],
    makeupWorkdays: [],
  }
  const amended = { notices: [...notices], offDays: [...offDays, '2026-12-30'], makeupWorkdays: [...makeupWorkdays] }
  const { recomputed } = await add(test, { 2026: amended })
  t.same(recomputed, [{ obligationId: report, dueOn: { from: '2026-12-31', to: '2027-01-04' }, provisional: true }])
})

story('a calendar that says nothing new is refused', async (test, t) => {
  const { offDays, makeupWorkdays } = builtInCalendarYears['2026'] ?? { offDays: [], makeupWorkdays: [] }
  const same = { offDays: offDays.toReversed(), makeupWorkdays: makeupWorkdays.toReversed() }
  t.same(await refusalsOf(add(test, { 2026: same })), ['calendar_unchanged@years'], 'in whatever order')
  await add(test, { 2027: notice() })
  const before = await countRows(test.registry)
  t.same(await refusalsOf(add(test, { 2027: notice() })), ['calendar_unchanged@years'])
  t.same(await countRows(test.registry), before)
  t.same(
    await codesOf(add(test, { 2026: same, 2027: notice('2027-01-04') })),
    [],
    'one new year among old ones is news',
  )
})

story('bad days are refused, each with its path', async (test, t) => {
  const year = (offDays: string[], makeupWorkdays: string[] = []) => ({ 2027: { offDays, makeupWorkdays } })
  const table: [story: string, years: Record<string, unknown>, problems: string[]][] = [
    ['no year', {}, ['years_missing@years']],
    ['a day that does not exist', year(['2027-02-30']), ['date_does_not_exist@years.2027.offDays[0]']],
    ['no day at all', year(['2027-01-01', 'soon']), ['date_does_not_exist@years.2027.offDays[1]']],
    ['a day of another year', year(['2026-12-31']), ['date_outside_year@years.2027.offDays[0]']],
    ['a day listed twice', year(['2027-01-01', '2027-01-01']), ['day_listed_twice@years.2027.offDays[1]']],
    [
      'a day off that is a workday',
      year(['2027-01-02'], ['2027-01-02']),
      ['day_listed_twice@years.2027.makeupWorkdays[0]'],
    ],
    [
      'several',
      year(['2027-02-30', '2026-12-31'], ['2027-13-01']),
      [
        'date_does_not_exist@years.2027.offDays[0]',
        'date_outside_year@years.2027.offDays[1]',
        'date_does_not_exist@years.2027.makeupWorkdays[0]',
      ],
    ],
    ['a make-up Monday, which changes no count', year(['2027-01-01'], ['2027-02-15']), []],
  ]
  for (const [story, years, problems] of table) t.same(await refusalsOf(add(test, years)), problems, story)
  for (const role of ['secretariat', 'member', 'regulator'] as const) {
    t.same(await codesOf(add(test, { 2027: notice() }, test.as(role))), ['forbidden'], role)
  }
  t.notOk(calendarInput.safeParse({ note: '示例', years: { 27: notice() } }).success, 'a year has four digits')
  t.notOk(
    calendarInput.safeParse({ note: '示例', years: { 2027: { offDays: [], makeupWorkdays: [] } } }).success,
    'and some day off',
  )
})

// ---- Deadline rules (R2, R3)

story('a further version of a rule counts events from its day on and never reaches back', async (test, t) => {
  const { report } = await dutiesOf(test, '1', '2026-12-29')
  const rule = (changes: Record<string, unknown> = {}) =>
    ruleInput.parse({
      duty: 'report_to_cnca',
      effectiveOn: '2026-12-30',
      limit: { unit: 'working_days', count: 3 },
      clause: '示例',
      ...changes,
    })
  const addRule = (changes: Record<string, unknown> = {}, as: Context = test.as('administrator')) =>
    addDeadlineRule(test.registry, as, rule(changes))
  t.same(await refusalsOf(addRule({ effectiveOn: '2026-12-29' })), ['rule_backdated@effectiveOn'], 'yesterday')
  for (const role of ['secretariat', 'member', 'regulator'] as const) {
    t.same(await codesOf(addRule({}, test.as(role))), ['forbidden'], role)
  }
  t.same(await addRule(), { version: 2 })
  t.match(await read(test, report), { dueOn: '2027-01-08', ruleVersion: 1 }, 'what was decided before is due as before')
  const { report: later } = await dutiesOf(test, '2', '2026-12-30')
  t.match(await read(test, later), { dueOn: '2027-01-05', ruleVersion: 2, explanation: { clause: '示例' } })
  t.same(await addRule({ effectiveOn: '2027-06-01' }), { version: 3 })
  t.same(await refusalsOf(addRule({ effectiveOn: '2027-05-31' })), ['rule_backdated@effectiveOn'], 'before a later one')
  const { done } = await race([1, 2, 3].map(() => addRule({ effectiveOn: '2027-06-01' })))
  t.same(done.map(({ version }) => version).sort(), [4, 5, 6], 'three at once follow one another')
  t.same(await actionsOf(test.registry, 'deadline_rule', 'report_to_cnca'), Array(5).fill('deadline_rule.added'))
})

// ---- At the same moment

story('two additions at once follow one another', async (test, t) => {
  const { report } = await dutiesOf(test, '1')
  const { done } = await race([
    add(test, { 2027: notice('2027-01-04') }),
    add(test, { 2028: { offDays: ['2028-01-01'], makeupWorkdays: [] } }),
  ])
  t.same(done.map(({ version }) => version).sort(), [2, 3])
  t.equal((await read(test, report)).dueOn, '2027-01-05')
  const twins = await race([1, 2, 3].map(() => add(test, { 2027: notice() })))
  t.equal(twins.done.length, 1)
  t.same(twins.refused, [['calendar_unchanged'], ['calendar_unchanged']], 'of three that say the same, one is news')
})

story('a post at the same moment as a new calendar is counted with the new one, sooner or later', async (test, t) => {
  for (let round = 1; round <= 12; round += 1) {
    const offDay = addDays(plainDate('2027-01-04'), round % 5)
    const posts = [1, 2, 3, 4].map((n) => post(test, decided(`${round}-${n}`, `2026-12-${24 + n}`)))
    const { done, refused } = await race<unknown>([
      ...posts.slice(0, 2),
      add(test, { 2027: notice(offDay) }),
      ...posts.slice(2),
    ])
    t.equal(done.length, 5, JSON.stringify(refused))
    const { items } = await readObligations(
      test.registry,
      test.as('secretariat'),
      obligationsQuery.parse({ duty: 'report_to_cnca', limit: 500 }),
    )
    t.equal(items.length, round * 4)
    const { calendar } = await test.registry.rulebooks.current(test.registry.db)
    t.equal(calendar.version, round + 1)
    t.ok(
      items.every(({ calendarVersion, provisional }) => calendarVersion === calendar.version && !provisional),
      `round ${round}`,
    )
    const due = await Promise.all(
      items.map(({ eventOn: from }) => readDueDate(test.registry, { from, workingDays: 7 })),
    )
    t.same(
      items.map(({ dueOn }) => dueOn),
      due.map(({ dueOn }) => dueOn),
    )
  }
})
