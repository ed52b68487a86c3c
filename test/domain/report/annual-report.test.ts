import fc from 'fast-check'
import t from 'tap'
import { officialCalendar } from '../../../src/domain/calendar.ts'
import { builtInCalendarYears } from '../../../src/domain/official-days.ts'
import { addDays, plainDate } from '../../../src/domain/plain-date.ts'
import {
  allianceScheme,
  isReportProvisional,
  problemsOfAnswer,
  problemsOfFreeze,
  problemsOfOpening,
  problemsOfSubmission,
  type ReportFacts,
  reportDueOn,
  reportDutyOn,
  reportMetOn,
  reportOpensOn,
  reportSpans,
  reportStage,
  reportStateOn,
  type Submission,
  usualCutOffOn,
  yearsOwed,
  yearToReport,
} from '../../../src/domain/report/annual-report.ts'

/** The December report: its days, its states, and what stands against its steps (N5, R10). */
const day = plainDate
const calendar = officialCalendar(1, builtInCalendarYears)

t.test('it is due on 31 December, or on the last working day before', async (t) => {
  for (const [year, dueOn] of [
    [2021, '2021-12-31'],
    [2022, '2022-12-30'],
    [2023, '2023-12-29'],
    [2024, '2024-12-31'],
    [2025, '2025-12-31'],
    [2026, '2026-12-31'],
    [2028, '2028-12-29'],
  ] as const)
    t.equal(reportDueOn(calendar, year), dueOn)
  t.notOk(isReportProvisional(calendar, 2026))
  t.ok(isReportProvisional(calendar, 2028))
  t.ok(isReportProvisional(officialCalendar(1, {}), 2026))
})

t.test('its draft opens on 1 December by itself', async (t) => {
  t.equal(reportOpensOn(2026), '2026-12-01')
  for (const [on, year] of [
    ['2026-11-30', 2025],
    ['2026-12-01', 2026],
    ['2026-12-31', 2026],
    ['2027-01-01', 2026],
    ['2027-11-30', 2026],
  ] as const)
    t.equal(yearToReport(day(on)), year, on)
})

t.test('a year that was not handed in stays owed when the next one opens', async (t) => {
  for (const [beganOn, opened, on, years] of [
    [null, [], '2026-12-01', [2026]],
    ['2026-11-20', [], '2026-11-30', [2025]],
    ['2026-11-20', [], '2026-12-01', [2025, 2026]],
    ['2026-11-20', [], '2029-06-01', [2025, 2026, 2027, 2028]],
    ['2026-12-01', [], '2026-12-01', [2026]],
    ['2026-12-05', [2020, 2026], '2027-12-01', [2020, 2026, 2027]],
    ['2027-01-05', [], '2026-06-01', [2025]],
  ] as const)
    t.same(yearsOwed(allianceScheme, beganOn && day(beganOn), opened, day(on)), years, `${beganOn} ${on}`)
})

t.test('of another scheme the year that is open now is owed, and what was opened', async (t) => {
  t.same(yearsOwed('other', day('2020-01-01'), [], day('2026-11-30')), [2025])
  t.same(yearsOwed('other', day('2020-01-01'), [2022, 2027], day('2026-12-01')), [2022, 2026, 2027])
})

t.test(
  'its period begins on the day after the last cut-off, so that no day is left out or counted twice',
  async (t) => {
    t.match(reportSpans(2026, usualCutOffOn(2026), null), {
      from: '2025-12-01',
      yearFrom: '2026-01-01',
      cutOffOn: '2026-11-30',
      nextFrom: '2027-01-01',
      nextUntil: '2027-12-31',
    })
    t.match(reportSpans(2026, day('2026-10-31'), day('2025-10-15')), { from: '2025-10-16', cutOffOn: '2026-10-31' })
    fc.assert(
      fc.property(fc.integer({ min: 2001, max: 2900 }), fc.integer({ min: 0, max: 300 }), (year, back) => {
        const before = addDays(usualCutOffOn(year - 1), -back)
        const { from } = reportSpans(year, usualCutOffOn(year), before)
        return from === addDays(before, 1)
      }),
    )
  },
)

const nothing: ReportFacts = { isFrozen: false, submissions: [] }
const frozen: ReportFacts = { isFrozen: true, submissions: [] }
const handedIn = (...submissions: Submission[]): ReportFacts => ({ isFrozen: true, submissions })
const waiting: Submission = { submittedOn: day('2026-12-20'), verdict: null, answeredOn: null }
const returned: Submission = { submittedOn: day('2026-12-20'), verdict: 'returned', answeredOn: day('2026-12-24') }
const acknowledged: Submission = { ...returned, verdict: 'acknowledged' }
const again: Submission = { submittedOn: day('2027-01-04'), verdict: null, answeredOn: null }

t.test('how it stands on a day follows from its facts', async (t) => {
  const rows: readonly [ReportFacts, string, string, string][] = [
    [nothing, '2026-12-10', 'drafting', 'open'],
    [nothing, '2026-12-29', 'drafting', 'due_soon'],
    [nothing, '2026-12-31', 'drafting', 'due_soon'],
    [nothing, '2027-01-01', 'drafting', 'overdue'],
    [frozen, '2026-12-19', 'frozen', 'open'],
    [handedIn(waiting), '2026-12-19', 'frozen', 'open'],
    [handedIn(waiting), '2026-12-20', 'submitted', 'met_on_time'],
    [handedIn(returned), '2026-12-23', 'submitted', 'met_on_time'],
    [handedIn(returned), '2026-12-24', 'returned', 'open'],
    [handedIn(returned), '2027-01-02', 'returned', 'overdue'],
    [handedIn(returned, again), '2027-01-03', 'returned', 'overdue'],
    [handedIn(returned, again), '2027-01-04', 'submitted', 'met_late'],
    [handedIn(acknowledged), '2027-01-04', 'acknowledged', 'met_on_time'],
  ]
  for (const [facts, on, state, duty] of rows) {
    const soon = day('2026-12-31')
    t.equal(reportStateOn(facts, day(on)), state, `${state} on ${on}`)
    t.equal(
      reportDutyOn(facts, day('2026-12-31'), day(on), on < '2026-12-29' ? day(on) : soon).state,
      duty,
      `${duty} on ${on}`,
    )
  }
  t.equal(reportMetOn(handedIn(returned, again), day('2027-02-01')), '2027-01-04')
  t.equal(reportMetOn(handedIn(returned), day('2027-02-01')), null, 'a returned report is owed again')
})

t.test('what is said of an open report, by the day', async (t) => {
  for (const [on, stage] of [
    ['2026-11-30', null],
    ['2026-12-01', 'opened'],
    ['2026-12-23', 'opened'],
    ['2026-12-24', 'reminder'],
    ['2026-12-30', 'reminder'],
    ['2026-12-31', 'due'],
    ['2027-01-01', 'overdue'],
  ] as const)
    t.equal(reportStage(calendar, 2026, day(on)), stage, on)
})

t.test('what stands against each step', async (t) => {
  const codes = (problems: readonly { code: string }[]) => problems.map(({ code }) => code)
  const today = day('2026-12-05')
  t.same(codes(problemsOfOpening(2026, day('2026-11-30'), today)), [])
  t.same(codes(problemsOfOpening(2027, day('2027-11-30'), today)), ['report_year_ahead'])
  t.same(codes(problemsOfOpening(2026, day('2025-11-30'), today)), ['cut_off_outside_year'])
  const cutOff = day('2026-11-30')
  t.same(codes(problemsOfFreeze(nothing, cutOff, false, today)), [])
  t.same(codes(problemsOfFreeze(nothing, cutOff, false, cutOff)), ['cut_off_ahead'], 'the cut-off is a day that counts')
  t.same(codes(problemsOfFreeze(nothing, cutOff, true, today)), ['report_calendar_unknown'])
  t.same(codes(problemsOfFreeze(handedIn(waiting), cutOff, false, day('2026-12-21'))), ['report_submitted'])
  t.same(codes(problemsOfFreeze(handedIn(returned), cutOff, false, day('2026-12-24'))), [])
  t.same(codes(problemsOfSubmission(nothing, today)), ['report_not_frozen'])
  t.same(codes(problemsOfSubmission(frozen, today)), [])
  t.same(codes(problemsOfSubmission(handedIn(acknowledged), day('2027-01-01'))), ['report_submitted'])
  t.same(codes(problemsOfAnswer(frozen, today)), ['report_not_submitted'])
  t.same(codes(problemsOfAnswer(handedIn(waiting), day('2026-12-21'))), [])
  t.same(codes(problemsOfAnswer(handedIn(acknowledged), day('2027-01-01'))), ['report_not_submitted'])
})
