import { isWorkingDay, type OfficialCalendar, shiftWorkingDays } from './calendar.ts'
import { addDays, addMonths, firstOfMonth, lastOfMonth, monthOf, type PlainDate } from './plain-date.ts'

/** What may be looked into: always a question, never a verdict (R8). */
export const signalKinds = [
  'recorded_on_last_day',
  'decided_on_days_off',
  'corrected_before_bulletin',
  'certified_after_refusal',
] as const
export type SignalKind = (typeof signalKinds)[number]

/** What signals are read from: a body's results that were decided in a span. */
export type SignalCounts = {
  readonly memberId: string
  readonly memberName: string
  readonly results: number
  /** Recorded just on the last day of the report to CNCA. */
  readonly onLastDay: number
  readonly onLastDayIds: readonly string[]
  /** Decided on a day that is no working day. */
  readonly onDaysOff: number
  readonly onDaysOffIds: readonly string[]
}

/** A body's corrections that were recorded in a span, and those of them just before a quarter was counted. */
export type CorrectionCounts = {
  readonly memberId: string
  readonly memberName: string
  readonly corrections: number
  readonly beforeBulletin: number
  readonly beforeBulletinIds: readonly string[]
}

/** A product that one body refused and another certified within twelve months. */
export type RefusalFact = {
  readonly refusedId: string
  readonly refusedBy: string
  readonly refusedOn: PlainDate
  readonly certifiedId: string
  readonly memberId: string
  readonly memberName: string
  readonly certifiedOn: PlainDate
  readonly holder: string
  readonly product: string
}

export type Signal = {
  readonly kind: SignalKind
  readonly memberId: string
  readonly question: { readonly zh: string; readonly en: string }
  readonly resultIds: readonly string[]
}

/** Below so many results a share says nothing. */
export const signalResultsMin = 5
const lastDayShare = 0.5
const dayOffShare = 0.25

/** So many working days before the end of a quarter are just before its bulletin. */
const bulletinWorkingDays = 5

/**
 * The last working days of the quarters of a span: bulletins are quarterly (R10), and their figures are those of the
 * quarter's end.
 */
export function daysBeforeBulletins(calendar: OfficialCalendar, from: PlainDate, until: PlainDate): PlainDate[] {
  const days: PlainDate[] = []
  for (let day = from; day <= until; day = addDays(day, 1)) {
    const end = lastOfMonth(addMonths(firstOfMonth(day), (3 - (monthOf(day) % 3)) % 3))
    if (shiftWorkingDays(calendar, addDays(end, 1), -bulletinWorkingDays) <= day) days.push(day)
  }
  return days
}

/** Most of a body's corrections come just before a quarter is counted. */
export function signalsOfCorrections(all: readonly CorrectionCounts[]): Signal[] {
  return all
    .filter(({ corrections, beforeBulletin }) => corrections >= signalResultsMin && beforeBulletin * 2 > corrections)
    .map(({ memberId, memberName, corrections, beforeBulletin, beforeBulletinIds: resultIds }) => {
      const zh = `${memberName}的 ${corrections} 次更正中有 ${beforeBulletin} 次在季度末前五个工作日内登记。为何集中在此时更正？`
      const en = `Of ${corrections} corrections by ${memberName}, ${beforeBulletin} were recorded in the last five working days of a quarter. Why then?`
      return { kind: 'corrected_before_bulletin', memberId, question: { zh, en }, resultIds }
    })
}

/** The days of a span that are no working days. */
export function daysOffIn(calendar: OfficialCalendar, from: PlainDate, until: PlainDate): PlainDate[] {
  const days: PlainDate[] = []
  for (let day = from; day <= until; day = addDays(day, 1)) if (!isWorkingDay(calendar, day)) days.push(day)
  return days
}

/** Shares of a body's results that ask for a look: recorded just on the last day, or decided on days off. */
export function signalsOfCounts(all: readonly SignalCounts[]): Signal[] {
  const sum = (part: (counts: SignalCounts) => number) => all.reduce((total, counts) => total + part(counts), 0)
  const total = { results: sum(({ results }) => results), onLastDay: sum(({ onLastDay }) => onLastDay) }
  return all
    .filter(({ results }) => results >= signalResultsMin)
    .flatMap((counts) => [...heapingOf(counts, total), ...daysOffOf(counts)])
}

function heapingOf(own: SignalCounts, total: Pick<SignalCounts, 'results' | 'onLastDay'>): Signal[] {
  const { memberId, memberName, results, onLastDay, onLastDayIds: resultIds } = own
  if (onLastDay / results < lastDayShare) return []
  const [others, othersLast] = [total.results - results, total.onLastDay - onLastDay]
  const zh = `${memberName}的 ${results} 项结果中有 ${onLastDay} 项恰在上报期限最后一日登记（其他机构 ${others} 项中有 ${othersLast} 项）。决定日期是否如实填写？`
  const en = `Of ${results} results of ${memberName}, ${onLastDay} were recorded just on the last day of the report (of ${others} of other bodies, ${othersLast}). Are the days of the decisions those on which they were made?`
  return [{ kind: 'recorded_on_last_day', memberId, question: { zh, en }, resultIds }]
}

function daysOffOf({ memberId, memberName, results, onDaysOff, onDaysOffIds: resultIds }: SignalCounts): Signal[] {
  if (onDaysOff / results < dayOffShare) return []
  const zh = `${memberName}的 ${results} 项结果中有 ${onDaysOff} 项的决定日期为休息日。决定是如何作出的？`
  const en = `Of ${results} results of ${memberName}, ${onDaysOff} were decided on days off. How were these decisions made?`
  return [{ kind: 'decided_on_days_off', memberId, question: { zh, en }, resultIds }]
}

/** A refusal that another body did not share: what changed in between? */
export function signalOfRefusal(fact: RefusalFact): Signal {
  const { memberId, memberName, refusedBy, refusedOn, certifiedOn, holder, product } = fact
  return {
    kind: 'certified_after_refusal',
    memberId,
    question: {
      zh: `${holder}的“${product}”于 ${refusedOn} 被${refusedBy}不予认证，${memberName}于 ${certifiedOn} 予以认证。其间有何变化？`,
      en: `“${product}” of ${holder} was refused by ${refusedBy} on ${refusedOn} and certified by ${memberName} on ${certifiedOn}. What changed in between?`,
    },
    resultIds: [fact.refusedId, fact.certifiedId],
  }
}
