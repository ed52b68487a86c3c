import { countFigure, type Figure, shareFigure } from './figure.ts'
import type { Duty } from './obligation.ts'
import { addMonths, firstOfMonth, type PlainDate } from './plain-date.ts'

/** What is counted for a member, or for several together: the numbers that its figures are made of. */
export type MemberCounts = {
  /** Certificates that are valid or suspended, and those of them that are suspended. */
  readonly live: number
  readonly suspended: number
  /** Live, and ending within so many days: today and the last of them included. */
  readonly expiring30: number
  readonly expiring90: number
  readonly expiring180: number
  /** Current revisions of results, by the day that counts, in the twelve months. */
  readonly results: number
  /** Obligations that are neither met nor waived: before, soon before and after their due day. */
  readonly open: number
  readonly dueSoon: number
  readonly overdue: number
  /** The cohort of the twelve months (R9): met on time, met late, open and past due. */
  readonly cncaOnTime: number
  readonly cncaLate: number
  readonly cncaOverdue: number
  readonly cncaContested: number
  readonly secretariatOnTime: number
  readonly secretariatLate: number
  readonly secretariatOverdue: number
}

/** The figures of a dashboard, of one member or of several together. Counts have no denominator; shares have (R9). */
export type MemberFigures = {
  /** Certificates valid or suspended on the day. */
  readonly liveCertificates: Figure
  /** Those of them that are suspended. */
  readonly suspendedCertificates: Figure
  /** Live, and ending on the day or within 30, 90, 180 days after it. */
  readonly expiring30: Figure
  readonly expiring90: Figure
  readonly expiring180: Figure
  /** Results decided in the twelve months, refusals included; the earlier day counts while a correction waits (R2). */
  readonly results12Months: Figure
  /** Obligations by their state on the day (R2); overdue is open and past due, never late. */
  readonly open: Figure
  readonly dueSoon: Figure
  readonly overdue: Figure
  /** Reports of results to CNCA (N4): met on time, of those due in the twelve months (R9, see {@link cohortOf}). */
  readonly onTimeToCnca: Figure
  /** The same of the feedback to the secretariat. */
  readonly onTimeToSecretariat: Figure
  /** Reports to CNCA due in the twelve months and met after their due day (late, never overdue). */
  readonly lateToCnca: Figure
  /** Reports to CNCA of the cohort whose receipt the regulator contests: they count, and are marked (R9). */
  readonly contestedToCnca: Figure
}

/** Which duty the two on-time figures measure: the report of the result and its feedback (N4), each its own clock. */
export const onTimeDuties = {
  cnca: 'report_to_cnca',
  secretariat: 'feed_back',
} as const satisfies Record<string, Duty>

/** The twelve months of the figures: from the first day of the month eleven months back until the day itself. */
export function twelveMonthsUntil(day: PlainDate): { from: PlainDate; until: PlainDate } {
  return { from: addMonths(firstOfMonth(day), -11), until: day }
}

/**
 * The cohort of an on-time figure (R9): due in the twelve months; open and past due counts as not on time; what is not
 * yet due (the due day itself is still on time) and what was waived is left out.
 */
export function cohortOf(counts: { onTime: number; late: number; overdue: number }): number {
  return counts.onTime + counts.late + counts.overdue
}

export function memberFigures(counts: MemberCounts, asOf: PlainDate): MemberFigures {
  const count = (number: number) => countFigure(number, asOf)
  const cnca = cohortOf({ onTime: counts.cncaOnTime, late: counts.cncaLate, overdue: counts.cncaOverdue })
  const secretariat = cohortOf({
    onTime: counts.secretariatOnTime,
    late: counts.secretariatLate,
    overdue: counts.secretariatOverdue,
  })
  return {
    liveCertificates: count(counts.live),
    suspendedCertificates: count(counts.suspended),
    expiring30: count(counts.expiring30),
    expiring90: count(counts.expiring90),
    expiring180: count(counts.expiring180),
    results12Months: count(counts.results),
    open: count(counts.open),
    dueSoon: count(counts.dueSoon),
    overdue: count(counts.overdue),
    onTimeToCnca: shareFigure(counts.cncaOnTime, cnca, asOf),
    onTimeToSecretariat: shareFigure(counts.secretariatOnTime, secretariat, asOf),
    lateToCnca: count(counts.cncaLate),
    contestedToCnca: count(counts.cncaContested),
  }
}
