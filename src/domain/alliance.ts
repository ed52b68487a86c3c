import { addMonths, laterOf, type PlainDate } from './plain-date.ts'
import { isInside, type StandingFact, standingOn } from './standing.ts'

/** What the alliance keeps as its documents, each in versions (N1). */
export const documentKinds = [
  'charter',
  'management_rules',
  'work_rules',
  'reporting_rules',
  'notice',
  'other',
] as const
export type DocumentKind = (typeof documentKinds)[number]

export type Appointment = { readonly fromOn: PlainDate; readonly untilOn: PlainDate | null }

/** Whether a new appointment of the secretariat would overlap an earlier one: there is one secretariat at a time (N1). */
export function overlaps(next: Appointment, others: readonly Appointment[]): boolean {
  return others.some(
    ({ fromOn, untilOn }) =>
      (untilOn === null || next.fromOn <= untilOn) && (next.untilOn === null || next.untilOn >= fromOn),
  )
}

/** Two years without a result call for an inactivity review (R9). */
export const inactiveMonths = 24

export type ActivityFacts = {
  readonly standings: readonly StandingFact[]
  /** The latest day of a decision; null where there is none. */
  readonly lastDecidedOn: PlainDate | null
  /** The latest review; null where there was none. */
  readonly reviewedOn: PlainDate | null
}

/**
 * Since when a body has been inactive on a day, or null where no review is due: it is inside the alliance, has decided
 * nothing for two years, was inside for those two years, and was not reviewed in the last twelve months (R9).
 */
export function inactiveSince(
  { standings, lastDecidedOn, reviewedOn }: ActivityFacts,
  on: PlainDate,
): PlainDate | null {
  if (!isInside(standingOn(standings, on))) return null
  const since = laterOf(lastDecidedOn ?? presentMembership(standings, on), presentMembership(standings, on))
  if (addMonths(since, inactiveMonths) > on) return null
  return reviewedOn !== null && addMonths(reviewedOn, 12) > on ? null : since
}

/** The first day of the time inside the alliance that lasts on a day: who left and came back begins anew. */
function presentMembership(standings: readonly StandingFact[], on: PlainDate): PlainDate {
  const until = standings.filter(({ fromOn }) => fromOn <= on).sort((a, b) => (a.fromOn < b.fromOn ? -1 : 1))
  const lastOutside = until.findLastIndex(({ standing }) => !isInside(standing))
  return until[lastOutside + 1]?.fromOn ?? on
}
