import type { OfficialCalendar } from '../../domain/calendar.ts'
import { type Deadline, deadlineFor, ruleInForce } from '../../domain/deadline-rule.ts'
import {
  dueSoonUntil,
  type Lateness,
  latenessOn,
  type ObligationFacts,
  type ObligationState,
  obligationStateOn,
} from '../../domain/obligation.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Db } from '../../store/database.ts'
import type { Obligation } from '../../store/obligations.ts'
import type { Rulebook, RulebookShelf } from '../../store/rulebook.ts'

/** An obligation as it stands on a day: the facts, with state and lateness derived (R2). */
export type ObligationView = Omit<Obligation, 'causeKey' | 'changedAt'> & {
  readonly state: ObligationState
  readonly lateness: Lateness | null
}

export type ExplainedObligation = ObligationView & {
  readonly explanation: Pick<
    Deadline,
    'counted' | 'skipped' | 'limit' | 'clause' | 'ruleVersion' | 'calendarVersion' | 'provisional'
  >
}

export function obligationView(obligation: Obligation, rulebook: Rulebook, on: PlainDate): ObligationView {
  const { causeKey: _, ...facts } = obligation
  return listedObligationView(facts, rulebook, on)
}

/** The same of a row that comes without the key of its cause. */
export function listedObligationView(
  facts: Omit<Obligation, 'causeKey' | 'changedAt'>,
  rulebook: Rulebook,
  on: PlainDate,
): ObligationView {
  const { state, lateness } = standingOf(facts, rulebook, on)
  return { state, lateness, ...facts }
}

type Ruled = Pick<Obligation, 'duty' | 'ruleVersion' | 'eventOn'>
export type ObligationStanding = Pick<ObligationView, 'state' | 'lateness'>

/** What is derived for a day: everything else of an obligation is as it was written (R2). */
export function standingOf(facts: Ruled & ObligationFacts, rulebook: Rulebook, on: PlainDate): ObligationStanding {
  const soon = dueSoonUntil(rulebook.calendar, on, dueSoonDays(rulebook, facts))
  return { state: obligationStateOn(facts, on, soon), lateness: latenessOn(facts, on, rulebook.calendar) }
}

function dueSoonDays(rulebook: Rulebook, { duty, ruleVersion, eventOn }: Ruled): number {
  const exact = rulebook.rules.find((rule) => rule.duty === duty && rule.version === ruleVersion)
  return (exact ?? ruleInForce(rulebook.rules, duty, eventOn)).dueSoonWorkingDays
}

/**
 * The view with the arithmetic behind its due date: days counted, days skipped and why, with the very versions of rule
 * and calendar that the date was computed with (R1, R2).
 */
export async function explainedObligation(
  db: Db,
  shelf: RulebookShelf,
  rulebook: Rulebook,
  obligation: Obligation,
  on: PlainDate,
): Promise<ExplainedObligation> {
  const explanation = await explanationFor(db, shelf, rulebook, obligation)
  return { explanation, ...obligationView(obligation, rulebook, on) }
}

/** The arithmetic alone, for an obligation that is shown already. Calendar versions are kept: it seldom costs a statement. */
export async function explanationFor(
  db: Db,
  shelf: RulebookShelf,
  rulebook: Rulebook,
  obligation: Counted,
): Promise<ExplainedObligation['explanation']> {
  const { calendarVersion } = obligation
  const calendar = calendarVersion === null ? rulebook.calendar : await shelf.version(db, calendarVersion)
  return explanationOf(rulebook, obligation, calendar)
}

type Counted = Pick<Obligation, 'duty' | 'ruleVersion' | 'eventOn' | 'calendarVersion'>

/** The same for several at once. */
export function explainedObligations(
  db: Db,
  shelf: RulebookShelf,
  rulebook: Rulebook,
  obligations: readonly Obligation[],
  on: PlainDate,
): Promise<ExplainedObligation[]> {
  return Promise.all(obligations.map((obligation) => explainedObligation(db, shelf, rulebook, obligation, on)))
}

function explanationOf(
  rulebook: Rulebook,
  obligation: Counted,
  calendar: OfficialCalendar,
): ExplainedObligation['explanation'] {
  const { duty, ruleVersion, eventOn } = obligation
  const rule = rulebook.rules.find((candidate) => candidate.duty === duty && candidate.version === ruleVersion)
  const { counted, skipped, limit, clause, provisional } = deadlineFor(
    rule ?? ruleInForce(rulebook.rules, duty, eventOn),
    eventOn,
    calendar,
  )
  return { counted, skipped, limit, clause, ruleVersion, calendarVersion: obligation.calendarVersion, provisional }
}
