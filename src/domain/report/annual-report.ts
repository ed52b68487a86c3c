import { lastWorkingDayOnOrBefore, type OfficialCalendar, workingDaysBetween } from '../calendar.ts'
import { type ObligationState, obligationStateOn } from '../obligation.ts'
import { addDays, type PlainDate, plainDate, yearOf } from '../plain-date.ts'
import { type Problem, problem } from '../refusals.ts'

/** The certification work report of the alliance, due in December (N5, R10). */
export const reportStates = ['drafting', 'frozen', 'submitted', 'returned', 'acknowledged'] as const
export type ReportState = (typeof reportStates)[number]

export const reportStateNames: Readonly<Record<ReportState, readonly [zh: string, en: string]>> = {
  drafting: ['起草中', 'drafting'],
  frozen: ['已冻结、待报送', 'frozen, to be submitted'],
  submitted: ['已报送、待确认', 'submitted'],
  returned: ['已退回', 'returned'],
  acknowledged: ['已确认', 'acknowledged'],
}

/** The scheme of the alliance itself: its report is owed every year, whether or not anybody opened it (N5). */
export const allianceScheme = 'jiangsu-premium'

/** The first year that can be reported on: the opening balance reaches back to it (R4). */
export const reportYearMin = 2000

const december = (year: number, day: number) => plainDate(`${year}-12-${String(day).padStart(2, '0')}`)

/** From this day the draft of a year is open by itself, whether or not a job has run (N5). */
export function reportOpensOn(year: number): PlainDate {
  return december(year, 1)
}

/** The latest year whose draft is open by itself on a day. */
export function yearToReport(on: PlainDate): number {
  const year = yearOf(on)
  return on >= reportOpensOn(year) ? year : year - 1
}

/**
 * The years whose report is owed: of the alliance each since the registry began, the one that was open on that day among
 * them, and those that were opened by hand. A year that was not handed in is not forgotten when the next one opens (N5).
 * No notice asks for the report of another scheme: of that it is the year that is open now, and those that were opened.
 * @param beganOn the day on which the first body was registered; null where none is yet
 */
export function yearsOwed(
  schemeCode: string,
  beganOn: PlainDate | null,
  opened: readonly number[],
  on: PlainDate,
): number[] {
  const latest = yearToReport(on)
  const first = beganOn === null || schemeCode !== allianceScheme ? latest : Math.min(yearToReport(beganOn), latest)
  const since = Array.from({ length: latest - first + 1 }, (_, at) => first + at)
  return [...new Set([...since, ...opened])].sort((a, b) => a - b)
}

/** 30 November, unless the secretariat opens the report with another day (R10). */
export function usualCutOffOn(year: number): PlainDate {
  return plainDate(`${year}-11-30`)
}

/** 31 December, which is not extended: where that is no working day, the last one before (R10). */
export function reportDueOn(calendar: OfficialCalendar, year: number): PlainDate {
  return lastWorkingDayOnOrBefore(calendar, december(year, 31))
}

/** Until the State Council's notice for the year is recorded its working days are only provisional (R1). */
export function isReportProvisional(calendar: OfficialCalendar, year: number): boolean {
  return !calendar.years.has(year)
}

/** What is counted, both ends included: from the day after the last cut-off to this one, and the calendar year to date. */
export type ReportSpans = {
  readonly from: PlainDate
  readonly yearFrom: PlainDate
  readonly cutOffOn: PlainDate
  readonly nextFrom: PlainDate
  readonly nextUntil: PlainDate
}

/** @param previousCutOffOn of the report of the year before, where there is one (R10) */
export function reportSpans(year: number, cutOffOn: PlainDate, previousCutOffOn: PlainDate | null): ReportSpans {
  return {
    from: addDays(previousCutOffOn ?? usualCutOffOn(year - 1), 1),
    yearFrom: plainDate(`${year}-01-01`),
    cutOffOn,
    nextFrom: plainDate(`${year + 1}-01-01`),
    nextUntil: december(year + 1, 31),
  }
}

/** One submission after another; only what was returned is followed by a further one. */
export type Submission = {
  readonly submittedOn: PlainDate
  readonly verdict: 'acknowledged' | 'returned' | null
  readonly answeredOn: PlainDate | null
}

export type ReportFacts = {
  readonly isFrozen: boolean
  /** In the order in which they were made. */
  readonly submissions: readonly Submission[]
}

/** How a report stands on a day, from its facts. */
export function reportStateOn({ isFrozen, submissions }: ReportFacts, on: PlainDate): ReportState {
  const latest = submissions.filter(({ submittedOn }) => submittedOn <= on).at(-1)
  if (!latest) return isFrozen ? 'frozen' : 'drafting'
  const isAnswered = latest.answeredOn !== null && latest.answeredOn <= on
  return (isAnswered ? latest.verdict : null) ?? 'submitted'
}

/** The day on which the report was handed in, if the one handed in still stands: a returned one is owed again (N5). */
export function reportMetOn({ submissions }: ReportFacts, on: PlainDate): PlainDate | null {
  const latest = submissions.filter(({ submittedOn }) => submittedOn <= on).at(-1)
  if (!latest) return null
  const isReturned = latest.verdict === 'returned' && latest.answeredOn !== null && latest.answeredOn <= on
  return isReturned ? null : latest.submittedOn
}

/** The secretariat's duty to submit, as any other: on its due day it is on time (N5, R2). */
export function reportDutyOn(facts: ReportFacts, dueOn: PlainDate, on: PlainDate, soonUntil: PlainDate) {
  const metOn = reportMetOn(facts, on)
  const state: ObligationState = obligationStateOn({ dueOn, metOn, waivedOn: null }, on, soonUntil)
  return { dueOn, metOn, state }
}

/** What is said of an open report: that the draft is open, how near its due day is, that it is overdue. */
export const reportStages = ['opened', 'reminder', 'due', 'overdue'] as const
export type ReportStage = (typeof reportStages)[number]

/** So many working days before its due day the secretariat is reminded. */
export const reportReminderWorkingDays = 5

/** The stage that an unsubmitted report has reached; null before its draft opens. */
export function reportStage(calendar: OfficialCalendar, year: number, on: PlainDate): ReportStage | null {
  const dueOn = reportDueOn(calendar, year)
  if (on > dueOn) return 'overdue'
  if (on === dueOn) return 'due'
  if (on < reportOpensOn(year)) return null
  return workingDaysBetween(calendar, on, dueOn) <= reportReminderWorkingDays ? 'reminder' : 'opened'
}

/** What stands against opening a report of a year with a cut-off (R10). */
export function problemsOfOpening(year: number, cutOffOn: PlainDate, today: PlainDate): Problem[] {
  if (year > yearOf(today)) return [problem('report_year_ahead', 'year', { value: year })]
  if (yearOf(cutOffOn) !== year)
    return [problem('cut_off_outside_year', 'cutOffOn', { value: cutOffOn, values: { year } })]
  return []
}

/** What stands against freezing: days that are still to come, a calendar that nobody knows yet, a report that is with the office. */
export function problemsOfFreeze(
  facts: ReportFacts,
  cutOffOn: PlainDate,
  isProvisional: boolean,
  today: PlainDate,
): Problem[] {
  if (isWithOffice(facts, today)) return [problem('report_submitted')]
  if (today <= cutOffOn) return [problem('cut_off_ahead', 'cutOffOn', { values: { day: cutOffOn } })]
  return isProvisional ? [problem('report_calendar_unknown', 'year', { values: { year: yearOf(cutOffOn) } })] : []
}

/** What stands against submitting: nothing frozen, or a submission that was not returned. */
export function problemsOfSubmission(facts: ReportFacts, today: PlainDate): Problem[] {
  if (isWithOffice(facts, today)) return [problem('report_submitted')]
  return facts.isFrozen ? [] : [problem('report_not_frozen')]
}

/** What goes to a superior bears its number and who signs (R10, GB/T 9704-2012). */
export function problemsOfForm(signs: {
  readonly documentNumber: string | null
  readonly signer: string | null
}): Problem[] {
  return signs.documentNumber === null || signs.signer === null ? [problem('report_unsigned', 'freeze')] : []
}

/** The office answers a submission once. */
export function problemsOfAnswer(facts: ReportFacts, today: PlainDate): Problem[] {
  return reportStateOn(facts, today) === 'submitted' ? [] : [problem('report_not_submitted')]
}

function isWithOffice(facts: ReportFacts, today: PlainDate): boolean {
  const state = reportStateOn(facts, today)
  return state === 'submitted' || state === 'acknowledged'
}
