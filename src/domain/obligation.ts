import { type OfficialCalendar, shiftWorkingDays, workingDaysBetween } from './calendar.ts'
import { addDays, daysBetween, type PlainDate } from './plain-date.ts'

/** What a member owes by a due date because of an event, and how it stands on a day (N4, R2, R3). */
export const duties = [
  'report_to_cnca',
  'feed_back',
  'report_monthly',
  'report_status_change',
  'post_outcome',
  'decide_suspension',
  'surveillance',
  'explain_overdue',
  'answer_assignment',
] as const
export type Duty = (typeof duties)[number]

export const dutyNames: Readonly<Record<Duty, readonly [zh: string, en: string]>> = {
  report_to_cnca: ['向国家认监委上报认证结果', 'report the result to CNCA'],
  feed_back: ['向联盟秘书处反馈认证结果', 'feed the result back to the secretariat'],
  report_monthly: ['服务认证证书月度报送', 'monthly report of service certificates to CNCA'],
  report_status_change: ['向国家认监委上报证书状态变化', 'report the change of status to CNCA'],
  post_outcome: ['上报认证任务的结论', 'post the outcome of the assignment'],
  decide_suspension: ['暂停期满前作出处理决定', 'decide before the suspension ends'],
  surveillance: ['年度监督', 'yearly surveillance'],
  explain_overdue: ['说明逾期原因', 'explain why it is overdue'],
  answer_assignment: ['答复认证任务', 'accept or decline the assignment'],
}

/** Met by an act in the registry itself, so a receipt can't be recorded for them. */
export const metByPosting: readonly Duty[] = [
  'feed_back',
  'post_outcome',
  'decide_suspension',
  'explain_overdue',
  'answer_assignment',
]

/** Duties to the national regulator: only it can confirm that one is waived (R2). */
export const owedToRegulator: readonly Duty[] = ['report_to_cnca', 'report_monthly', 'report_status_change']

/** Duties whose lapses a regulator is given as evidence of a period: reports and surveillance (N4, N7, R3). */
export const evidencedDuties: readonly Duty[] = [...owedToRegulator, 'feed_back', 'post_outcome', 'surveillance']

export const obligationStates = ['open', 'due_soon', 'overdue', 'met_on_time', 'met_late', 'waived'] as const
export type ObligationState = (typeof obligationStates)[number]

export const obligationStateNames: Readonly<Record<ObligationState, readonly [zh: string, en: string]>> = {
  open: ['未到期', 'open'],
  due_soon: ['即将到期', 'due soon'],
  overdue: ['逾期未报', 'overdue'],
  met_on_time: ['按期', 'met on time'],
  met_late: ['迟报', 'met late'],
  waived: ['免除', 'waived'],
}

export type ObligationFacts = {
  readonly dueOn: PlainDate
  readonly metOn: PlainDate | null
  readonly waivedOn: PlainDate | null
}

/**
 * The state on a day, from facts alone. The due day itself is on time and not overdue (民法典 203); what was met after
 * `on` was still open on that day. `dueSoonUntil` is the last due day that counts as soon (see {@link dueSoonUntil}).
 */
export function obligationStateOn(facts: ObligationFacts, on: PlainDate, dueSoonUntil: PlainDate): ObligationState {
  if (facts.waivedOn !== null && facts.waivedOn <= on) return 'waived'
  if (facts.metOn !== null && facts.metOn <= on) return facts.metOn > facts.dueOn ? 'met_late' : 'met_on_time'
  if (on > facts.dueOn) return 'overdue'
  return facts.dueOn <= dueSoonUntil ? 'due_soon' : 'open'
}

/** The last day that is at most `workingDays` working days after `on`: what is due until then is due soon (R2). */
export function dueSoonUntil(calendar: OfficialCalendar, on: PlainDate, workingDays: number): PlainDate {
  return addDays(shiftWorkingDays(calendar, on, workingDays + 1), -1)
}

export type Lateness = { readonly calendarDays: number; readonly workingDays: number }

/** How late, in calendar days (≥ 1) and in working days (≥ 0: late on days off is late all the same); null if not. */
export function latenessOn(facts: ObligationFacts, on: PlainDate, calendar: OfficialCalendar): Lateness | null {
  const until = facts.metOn !== null && facts.metOn <= on ? facts.metOn : on
  if (until <= facts.dueOn || (facts.waivedOn !== null && facts.waivedOn <= on)) return null
  return {
    calendarDays: daysBetween(facts.dueOn, until),
    workingDays: workingDaysBetween(calendar, facts.dueOn, until),
  }
}

/** Recorded more than this many working days after the day that it names, a receipt needs evidence (R2). */
export const unprovenRecordingWorkingDays = 2

export function isBackReported(calendar: OfficialCalendar, reportedOn: PlainDate, recordedOn: PlainDate): boolean {
  return workingDaysBetween(calendar, reportedOn, recordedOn) > unprovenRecordingWorkingDays
}

/** What the regulator or a second source says of a receipt; both stay visible (R2). */
export type ReceiptReview = { readonly verdict: 'confirmed' | 'contested'; readonly reportedOn: PlainDate | null }

/** Whether the regulator's latest stated day is another than the declared one. Reviews in the order they were made. */
export function sourcesDisagree(reportedOn: PlainDate, reviews: readonly ReceiptReview[]): boolean {
  const stated = reviews.map((review) => review.reportedOn).filter((day) => day !== null)
  return stated.length > 0 && stated.at(-1) !== reportedOn
}
