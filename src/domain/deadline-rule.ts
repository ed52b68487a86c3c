import { type DayKind, dueAfterWorkingDays, type OfficialCalendar } from './calendar.ts'
import type { Duty } from './obligation.ts'
import { addDays, addMonths, monthOf, type PlainDate, yearOf } from './plain-date.ts'

/** How long one has. Limits in calendar days and months are not extended for days off (R3). */
export type Limit =
  | { readonly unit: 'working_days'; readonly count: number }
  | { readonly unit: 'months'; readonly count: number }
  | { readonly unit: 'day_of_next_month'; readonly day: number }
  | { readonly unit: 'named_day' }

/** A deadline as data with a version: which limit applies to events from `effectiveOn` on, and on what ground. */
export type DeadlineRule = {
  readonly duty: Duty
  readonly version: number
  readonly effectiveOn: PlainDate
  readonly startEvent: string
  readonly limit: Limit
  readonly dueSoonWorkingDays: number
  readonly clause: string
}

const fromTheStart = '2020-01-01' as PlainDate

/** The rules that come with the product, version 1 of each duty (R2, R3). */
export const builtInDeadlineRules: readonly DeadlineRule[] = [
  built('report_to_cnca', 'certification decision', { unit: 'working_days', count: 7 }, 'N4, R2'),
  built('feed_back', 'certification decision', { unit: 'working_days', count: 7 }, 'N4, R3'),
  built('report_monthly', 'certification decision', { unit: 'day_of_next_month', day: 10 }, 'R3'),
  built('report_status_change', 'change of status', { unit: 'working_days', count: 7 }, 'R3'),
  built('post_outcome', 'expected decision day', { unit: 'working_days', count: 7 }, 'R2'),
  built('decide_suspension', 'last day of the suspension', { unit: 'named_day' }, 'R4'),
  built('surveillance', 'decision or last visit', { unit: 'months', count: 12 }, 'R3'),
  built('explain_overdue', 'overdue notice', { unit: 'working_days', count: 5 }, 'R2'),
  built('answer_assignment', 'assignment told', { unit: 'working_days', count: 5 }, 'R7'),
]

function built(duty: Duty, startEvent: string, limit: Limit, clause: string): DeadlineRule {
  return { duty, version: 1, effectiveOn: fromTheStart, startEvent, limit, dueSoonWorkingDays: 2, clause }
}

/** The version in force for an event: the latest that took effect on or before its day, else the first. */
export function ruleInForce(rules: readonly DeadlineRule[], duty: Duty, eventOn: PlainDate): DeadlineRule {
  const candidates = rules
    .filter((rule) => rule.duty === duty)
    .sort((a, b) => (a.effectiveOn === b.effectiveOn ? a.version - b.version : a.effectiveOn < b.effectiveOn ? -1 : 1))
  const inForce = candidates.filter((rule) => rule.effectiveOn <= eventOn).at(-1) ?? candidates[0]
  if (!inForce) throw new Error(`no deadline rule for ${duty}`)
  return inForce
}

export type SkippedDay = { readonly on: PlainDate; readonly kind: DayKind }

/** A due date that explains itself (R2). `counted` and `skipped` are empty where the limit is not in working days. */
export type Deadline = {
  readonly duty: Duty
  readonly eventOn: PlainDate
  readonly dueOn: PlainDate
  readonly provisional: boolean
  readonly ruleVersion: number
  readonly clause: string
  readonly limit: Limit
  /** Null where the official calendar plays no part. */
  readonly calendarVersion: number | null
  readonly counted: readonly SkippedDay[]
  readonly skipped: readonly SkippedDay[]
}

export function deadlineFor(rule: DeadlineRule, eventOn: PlainDate, calendar: OfficialCalendar): Deadline {
  const { duty, version: ruleVersion, clause, limit } = rule
  if (limit.unit !== 'working_days') {
    const none = { provisional: false, calendarVersion: null, counted: [], skipped: [] }
    return { duty, eventOn, ruleVersion, clause, limit, dueOn: dueByCalendar(limit, eventOn), ...none }
  }
  const { dueOn, provisional, calendarVersion, counted, skipped } = dueAfterWorkingDays(calendar, eventOn, limit.count)
  return { duty, eventOn, dueOn, provisional, ruleVersion, clause, limit, calendarVersion, counted, skipped }
}

function dueByCalendar(limit: Exclude<Limit, { unit: 'working_days' }>, eventOn: PlainDate): PlainDate {
  if (limit.unit === 'months') return addMonths(eventOn, limit.count)
  if (limit.unit === 'named_day') return eventOn
  return addDays(addMonths(firstOfMonth(eventOn), 1), limit.day - 1)
}

function firstOfMonth(day: PlainDate): PlainDate {
  return `${String(yearOf(day)).padStart(4, '0')}-${String(monthOf(day)).padStart(2, '0')}-01` as PlainDate
}
