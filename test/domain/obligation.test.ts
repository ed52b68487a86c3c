import fc from 'fast-check'
import t from 'tap'
import { officialCalendar, workingDaysBetween } from '../../src/domain/calendar.ts'
import { builtInDeadlineRules, type DeadlineRule, deadlineFor, ruleInForce } from '../../src/domain/deadline-rule.ts'
import {
  type Duty,
  dueSoonUntil,
  duties,
  dutyNames,
  isBackReported,
  latenessOn,
  metByPosting,
  type ObligationFacts,
  type ObligationState,
  obligationStateNames,
  obligationStateOn,
  obligationStates,
  owedToRegulator,
  sourcesDisagree,
} from '../../src/domain/obligation.ts'
import { builtInCalendarYears } from '../../src/domain/official-days.ts'
import { addDays, addMonths, dayOfMonth, daysBetween, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'

const day = plainDate
const calendar = officialCalendar(1, builtInCalendarYears)
const anyDay = fc.nat(1_400).map((n): PlainDate => addDays(day('2023-01-01'), n))

// ---- Due days by duty (R2, R3)

t.test('each duty is due on these days after its event', async (t) => {
  const table: [duty: Duty, eventOn: string, dueOn: string, provisional: boolean][] = [
    // Seven working days; a make-up Saturday and Sunday count, holidays don't.
    ['report_to_cnca', '2024-03-15', '2024-03-26', false],
    ['report_to_cnca', '2024-09-27', '2024-10-12', false],
    ['report_to_cnca', '2025-12-23', '2026-01-04', false],
    ['report_to_cnca', '2026-10-01', '2026-10-15', false],
    ['report_to_cnca', '2026-12-22', '2026-12-31', false],
    ['report_to_cnca', '2026-12-23', '2027-01-04', true],
    ['feed_back', '2026-11-16', '2026-11-25', false],
    ['report_status_change', '2026-11-16', '2026-11-25', false],
    ['post_outcome', '2026-11-16', '2026-11-25', false],
    ['answer_assignment', '2026-11-16', '2026-11-23', false],
    ['explain_overdue', '2026-11-16', '2026-11-23', false],
    // The 10th of the next month, not extended for days off.
    ['report_monthly', '2026-11-01', '2026-12-10', false],
    ['report_monthly', '2026-11-30', '2026-12-10', false],
    ['report_monthly', '2026-12-15', '2027-01-10', false], // a Sunday
    ['report_monthly', '2026-09-30', '2026-10-10', false], // a Saturday, and a make-up workday
    ['report_monthly', '2026-01-31', '2026-02-10', false],
    ['report_monthly', '2024-01-31', '2024-02-10', false], // the first day of the Spring Festival
    // Twelve months.
    ['surveillance', '2026-11-16', '2027-11-16', false],
    ['surveillance', '2024-02-29', '2025-02-28', false],
    // The day itself.
    ['decide_suspension', '2027-02-06', '2027-02-06', false],
  ]
  for (const [duty, eventOn, dueOn, provisional] of table) {
    const due = deadlineFor(ruleInForce(builtInDeadlineRules, duty, day(eventOn)), day(eventOn), calendar)
    t.match(due, { duty, eventOn, dueOn, provisional }, `${duty} of ${eventOn} is due on ${dueOn}`)
  }
})

t.test('a due day in working days explains itself; one by the calendar has nothing to explain', async (t) => {
  const rule = (duty: Duty) => ruleInForce(builtInDeadlineRules, duty, day('2026-11-20'))
  const counted = deadlineFor(rule('report_to_cnca'), day('2026-11-20'), calendar)
  t.equal(counted.calendarVersion, 1)
  t.same(
    counted.counted.map(({ on }) => on),
    ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27', '2026-11-30', '2026-12-01'],
  )
  t.same(counted.skipped, [
    { on: '2026-11-21', kind: 'weekend' },
    { on: '2026-11-22', kind: 'weekend' },
    { on: '2026-11-28', kind: 'weekend' },
    { on: '2026-11-29', kind: 'weekend' },
  ])
  for (const duty of ['report_monthly', 'surveillance', 'decide_suspension'] as const) {
    t.match(
      deadlineFor(rule(duty), day('2026-12-28'), calendar),
      { calendarVersion: null, counted: [], skipped: [], provisional: false },
      `${duty} asks no calendar, so it is never provisional`,
    )
  }
})

t.test('the rule in force is the latest that took effect on or before the event', async (t) => {
  const [first] = builtInDeadlineRules.filter((rule) => rule.duty === 'feed_back') as [DeadlineRule]
  const version = (number: number, effectiveOn: string, count: number): DeadlineRule => ({
    ...first,
    version: number,
    effectiveOn: day(effectiveOn),
    limit: { unit: 'working_days', count },
  })
  const rules = [version(3, '2027-01-01', 3), ...builtInDeadlineRules, version(2, '2026-06-01', 5)]
  const table: [eventOn: string, version: number, dueOn: string][] = [
    ['2026-05-29', 1, '2026-06-09'],
    ['2026-05-31', 1, '2026-06-09'],
    ['2026-06-01', 2, '2026-06-08'],
    ['2026-12-31', 2, '2027-01-08'],
    ['2027-01-01', 3, '2027-01-06'],
    ['2019-12-31', 1, '2020-01-10'], // before the first took effect, the first
  ]
  for (const [eventOn, ruleVersion, dueOn] of table) {
    const due = deadlineFor(ruleInForce(rules, 'feed_back', day(eventOn)), day(eventOn), calendar)
    t.match(due, { ruleVersion, dueOn }, `${eventOn} goes by version ${ruleVersion} and is due on ${dueOn}`)
  }
  const corrected = [version(4, '2027-01-01', 4), ...rules]
  t.match(
    ruleInForce(corrected, 'feed_back', day('2027-01-01')),
    { version: 4 },
    'of two from one day the later version',
  )
  t.throws(() => ruleInForce([], 'feed_back', day('2026-01-01')), /no deadline rule for feed_back/)
})

t.test('every duty has a built-in rule, its version 1', async (t) => {
  for (const duty of duties) {
    t.match(ruleInForce(builtInDeadlineRules, duty, day('2026-01-01')), { duty, version: 1, dueSoonWorkingDays: 2 })
  }
  t.equal(builtInDeadlineRules.length, duties.length)
})

t.test('a due day is never before its event, and a later event never falls due earlier', async (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...builtInDeadlineRules), anyDay, fc.nat(40), (rule, eventOn, later) => {
      const due = deadlineFor(rule, eventOn, calendar)
      const next = deadlineFor(rule, addDays(eventOn, later), calendar)
      const { limit } = rule
      return (
        due.dueOn >= eventOn &&
        next.dueOn >= due.dueOn &&
        (limit.unit !== 'working_days' || workingDaysBetween(calendar, eventOn, due.dueOn) === limit.count) &&
        (rule.duty !== 'report_monthly' || dayOfMonth(due.dueOn) === 10) &&
        (rule.duty !== 'surveillance' || due.dueOn === addMonths(eventOn, 12))
      )
    }),
    { numRuns: 1_000 },
  )
  t.pass('for 1000 events')
})

// ---- States on a day (R2)

const owed = (dueOn: string, metOn: string | null = null, waivedOn: string | null = null): ObligationFacts => ({
  dueOn: day(dueOn),
  metOn: metOn === null ? null : day(metOn),
  waivedOn: waivedOn === null ? null : day(waivedOn),
})

t.test('what is due on Wednesday 2026-11-25 has this state on these days', async (t) => {
  const due = owed('2026-11-25')
  const metBefore = owed('2026-11-25', '2026-11-20')
  const metOnTheDay = owed('2026-11-25', '2026-11-25')
  const metAfter = owed('2026-11-25', '2026-11-26')
  const waived = owed('2026-11-25', null, '2026-11-27')
  const table: [story: string, facts: ObligationFacts, on: string, state: ObligationState][] = [
    ['not met', due, '2026-11-16', 'open'],
    ['not met, three working days left', due, '2026-11-20', 'open'],
    ['not met, on the weekend before', due, '2026-11-22', 'open'],
    ['not met, two working days left', due, '2026-11-23', 'due_soon'],
    ['not met, one working day left', due, '2026-11-24', 'due_soon'],
    ['not met, on the due day itself', due, '2026-11-25', 'due_soon'],
    ['not met, the day after', due, '2026-11-26', 'overdue'],
    ['not met, a year later', due, '2027-11-26', 'overdue'],
    ['met on 2026-11-20, asked for that day', metBefore, '2026-11-20', 'met_on_time'],
    ['met on 2026-11-20, asked for later', metBefore, '2026-12-20', 'met_on_time'],
    ['met on 2026-11-20, asked for the day before', metBefore, '2026-11-19', 'open'],
    ['met on the due day', metOnTheDay, '2026-11-25', 'met_on_time'],
    ['met on the due day, asked for the day before', metOnTheDay, '2026-11-24', 'due_soon'],
    ['met the day after', metAfter, '2026-11-26', 'met_late'],
    ['met the day after, asked for the due day', metAfter, '2026-11-25', 'due_soon'],
    ['waived on 2026-11-27', waived, '2026-11-27', 'waived'],
    ['waived on 2026-11-27, asked for the day before', waived, '2026-11-26', 'overdue'],
    ['waived on 2026-11-27, asked for the due day', waived, '2026-11-25', 'due_soon'],
    ['waived on 2026-11-27, asked long before', waived, '2026-11-16', 'open'],
  ]
  for (const [story, facts, on, state] of table) {
    const soon = dueSoonUntil(calendar, day(on), 2)
    t.equal(obligationStateOn(facts, day(on), soon), state, `${story}: ${state} on ${on}`)
  }
})

t.test('due soon reaches as far as there are at most two working days left', async (t) => {
  const table: [on: string, workingDays: number, until: string][] = [
    ['2026-11-16', 2, '2026-11-18'], // Monday: until Wednesday
    ['2026-11-19', 2, '2026-11-23'], // Thursday: until Monday
    ['2026-11-20', 2, '2026-11-24'],
    ['2026-11-21', 2, '2026-11-24'], // Saturday
    ['2026-11-18', 2, '2026-11-22'], // Wednesday: the weekend after Friday costs no working day
    ['2026-09-29', 2, '2026-10-08'], // Tuesday: Wednesday, then the holiday until 10-07, then Thursday
    ['2026-11-16', 0, '2026-11-16'],
    ['2026-11-20', 0, '2026-11-22'],
    ['2026-11-16', 5, '2026-11-23'],
  ]
  for (const [on, workingDays, until] of table) {
    t.equal(dueSoonUntil(calendar, day(on), workingDays), until, `${workingDays} working days from ${on}: ${until}`)
  }
})

t.test('what is due soon has at most so many working days left, and what is open has more', async (t) => {
  fc.assert(
    fc.property(anyDay, fc.nat(30), fc.nat(6), (on, ahead, workingDays) => {
      const dueOn = addDays(on, ahead)
      const state = obligationStateOn(owed(dueOn), on, dueSoonUntil(calendar, on, workingDays))
      return state === (workingDaysBetween(calendar, on, dueOn) <= workingDays ? 'due_soon' : 'open')
    }),
    { numRuns: 1_000 },
  )
  t.pass('for 1000 due days')
})

const anyFacts = fc
  .tuple(
    anyDay,
    fc.oneof(
      fc.constant({}),
      anyDay.map((metOn) => ({ metOn })),
      anyDay.map((waivedOn) => ({ waivedOn })),
    ),
  )
  .map(([dueOn, end]): ObligationFacts => ({ dueOn, metOn: null, waivedOn: null, ...end }))

t.test('once met or waived, an obligation stays so, and lateness no longer grows', async (t) => {
  const stateOn = (facts: ObligationFacts, on: PlainDate) => obligationStateOn(facts, on, dueSoonUntil(calendar, on, 2))
  fc.assert(
    fc.property(anyFacts, anyDay, fc.nat(300), (facts, on, later) => {
      const state = stateOn(facts, on)
      const isClosed = state === 'met_on_time' || state === 'met_late' || state === 'waived'
      if (!isClosed) return (facts.metOn ?? '9999') > on && (facts.waivedOn ?? '9999') > on
      const after = addDays(on, later)
      return (
        stateOn(facts, after) === state &&
        JSON.stringify(latenessOn(facts, after, calendar)) === JSON.stringify(latenessOn(facts, on, calendar))
      )
    }),
    { numRuns: 2_000 },
  )
  t.pass('for 2000 obligations and days')
})

t.test('lateness stands with overdue and met late, and with no other state', async (t) => {
  fc.assert(
    fc.property(anyFacts, anyDay, (facts, on) => {
      const state = obligationStateOn(facts, on, dueSoonUntil(calendar, on, 2))
      const lateness = latenessOn(facts, on, calendar)
      const isLate = state === 'overdue' || state === 'met_late'
      if (!isLate) return lateness === null
      return (
        lateness !== null &&
        lateness.calendarDays >= 1 &&
        lateness.workingDays >= 0 &&
        lateness.workingDays <= lateness.calendarDays
      )
    }),
    { numRuns: 2_000 },
  )
  t.pass('for 2000 obligations and days')
})

// ---- Lateness (R2)

t.test('lateness counts calendar days from one and working days from none', async (t) => {
  type Row = [story: string, dueOn: string, metOn: string | null, on: string, calendarDays: number, workingDays: number]
  const table: Row[] = [
    ['a working day late', '2026-11-25', '2026-11-26', '2026-12-31', 1, 1],
    ['late over a weekend', '2026-11-27', '2026-11-29', '2026-12-31', 2, 0],
    ['late by one day, a Saturday', '2026-11-27', '2026-11-28', '2026-12-31', 1, 0],
    ['late to the Monday after', '2026-11-27', '2026-11-30', '2026-12-31', 3, 1],
    ['late over the National Day holiday', '2026-09-30', '2026-10-07', '2026-12-31', 7, 0],
    ['late on a make-up Saturday', '2026-10-09', '2026-10-10', '2026-12-31', 1, 1],
    ['still open on that day', '2026-11-25', null, '2026-12-02', 7, 5],
    ['met later, asked for a day before that', '2026-11-25', '2026-12-31', '2026-11-27', 2, 2],
  ]
  for (const [story, dueOn, metOn, on, calendarDays, workingDays] of table) {
    t.strictSame(
      latenessOn(owed(dueOn, metOn), day(on), calendar),
      { calendarDays, workingDays },
      `${story}: due ${dueOn}, ${metOn ? `met ${metOn}` : 'not met'}, on ${on}: ${calendarDays} and ${workingDays}`,
    )
  }
})

t.test('what is not late has no lateness', async (t) => {
  const table: [story: string, facts: ObligationFacts, on: string][] = [
    ['open before the due day', owed('2026-11-25'), '2026-11-24'],
    ['open on the due day', owed('2026-11-25'), '2026-11-25'],
    ['met on the due day', owed('2026-11-25', '2026-11-25'), '2027-01-01'],
    ['waived after the due day', owed('2026-11-25', null, '2026-12-01'), '2026-12-01'],
  ]
  for (const [story, facts, on] of table) t.equal(latenessOn(facts, day(on), calendar), null, story)
  t.strictSame(
    latenessOn(owed('2026-11-25', null, '2026-12-01'), day('2026-11-30'), calendar),
    { calendarDays: 5, workingDays: 3 },
    'before it was waived it was late',
  )
})

t.test('calendar days late are the days between', async (t) => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: 1, max: 200 }), (dueOn, days) => {
      const metOn = addDays(dueOn, days)
      const lateness = latenessOn({ dueOn, metOn, waivedOn: null }, addDays(metOn, 5), calendar)
      return lateness?.calendarDays === days && lateness.calendarDays === daysBetween(dueOn, metOn)
    }),
  )
  t.pass('for 100 due days')
})

// ---- Receipts (R2)

t.test('a receipt recorded more than two working days after its day is back-reported', async (t) => {
  const table: [reportedOn: string, recordedOn: string, backReported: boolean][] = [
    ['2026-11-16', '2026-11-16', false],
    ['2026-11-16', '2026-11-17', false],
    ['2026-11-16', '2026-11-18', false],
    ['2026-11-16', '2026-11-19', true],
    ['2026-11-20', '2026-11-24', false], // Friday to Tuesday
    ['2026-11-20', '2026-11-25', true],
    ['2026-11-21', '2026-11-24', false], // Saturday to Tuesday
    ['2026-09-30', '2026-10-09', false], // over the holiday: Thursday, Friday
    ['2026-09-30', '2026-10-10', true], // and the make-up Saturday
    ['2026-11-25', '2026-11-20', false], // in the future, which is refused elsewhere
  ]
  for (const [reportedOn, recordedOn, backReported] of table) {
    t.equal(
      isBackReported(calendar, day(reportedOn), day(recordedOn)),
      backReported,
      `${reportedOn} recorded on ${recordedOn} is ${backReported ? '' : 'not '}back-reported`,
    )
  }
})

t.test('sources disagree when the latest day that a review names is another', async (t) => {
  const review = (verdict: 'confirmed' | 'contested', reportedOn: string | null) => ({
    verdict,
    reportedOn: reportedOn === null ? null : day(reportedOn),
  })
  const table: [story: string, reviews: ReturnType<typeof review>[], disagree: boolean][] = [
    ['no review', [], false],
    ['confirmed without a day', [review('confirmed', null)], false],
    ['contested without a day', [review('contested', null)], false],
    ['confirmed with the same day', [review('confirmed', '2026-11-20')], false],
    ['contested with another day', [review('contested', '2026-11-23')], true],
    ['confirmed with another day', [review('confirmed', '2026-11-19')], true],
    ['the later of two with another day', [review('confirmed', '2026-11-20'), review('contested', '2026-11-23')], true],
  ]
  table.push(['the earlier of two', [review('contested', '2026-11-23'), review('confirmed', '2026-11-20')], false])
  table.push(['the earlier, and then no day', [review('contested', '2026-11-23'), review('confirmed', null)], true])
  for (const [story, reviews, disagree] of table) t.equal(sourcesDisagree(day('2026-11-20'), reviews), disagree, story)
})

// ---- Closed lists

t.test('each duty and each state has a name in both languages', async (t) => {
  t.same(Object.keys(dutyNames), duties)
  t.same(Object.keys(obligationStateNames), obligationStates)
  for (const [zh, en] of [...Object.values(dutyNames), ...Object.values(obligationStateNames)]) {
    t.match(zh, /^\p{sc=Han}+$/u)
    t.match(en, /^[A-Za-z ]+$/)
  }
})

t.test('a duty to the regulator is met by a receipt, never by an act in the registry', async (t) => {
  t.same(owedToRegulator, ['report_to_cnca', 'report_monthly', 'report_status_change'])
  t.same(metByPosting, ['feed_back', 'post_outcome', 'decide_suspension', 'explain_overdue', 'answer_assignment'])
})
