import { dueOnAfterWorkingDays, type OfficialCalendar, shiftWorkingDays } from './calendar.ts'
import { type Duty, owedToRegulator } from './obligation.ts'
import type { PlainDate } from './plain-date.ts'
import { versionInForce } from './versioned-rule.ts'

/** What is said while an obligation stays open, in the order in which it is said (R2). */
export const escalationStages = ['reminder', 'overdue', 'warning', 'public_listing'] as const
export type EscalationStage = (typeof escalationStages)[number]

/** Working days around the due day, by stage: before it when negative. */
export type StageDays = Readonly<Record<EscalationStage, number>>

/** The stages as data with a version; an obligation goes by the version of its event's day (R2, configurable). */
export type EscalationRule = {
  readonly version: number
  readonly effectiveOn: PlainDate
  readonly workingDays: StageDays
  readonly clause: string
}

export const builtInEscalationRules: readonly EscalationRule[] = [
  {
    version: 1,
    effectiveOn: '2020-01-01' as PlainDate,
    workingDays: { reminder: -2, overdue: 1, warning: 6, public_listing: 10 },
    clause: 'R2',
  },
]

/** The version in force for an event: the latest that took effect on or before its day, else the first. */
export function escalationInForce(rules: readonly EscalationRule[], eventOn: PlainDate): EscalationRule {
  const inForce = versionInForce(rules, eventOn)
  if (!inForce) throw new Error('no escalation rule')
  return inForce
}

/** The reminder comes no later than the due day, the others after it and one after the other. */
export function isInOrder({ reminder, overdue, warning, public_listing: listing }: StageDays): boolean {
  return reminder <= 0 && overdue >= 1 && overdue < warning && warning < listing
}

export type ExplanationState = 'waiting' | 'accepted' | 'returned'

/** What decides how far the escalation of one obligation went. */
export type EscalationFacts = {
  readonly duty: Duty
  readonly dueOn: PlainDate
  /** Counted through a year with no notice: never more than a reminder (R1). */
  readonly provisional: boolean
  readonly metOn: PlainDate | null
  readonly waivedOn: PlainDate | null
  /** Of the explanation written for it; null where there is none. */
  readonly explanation: ExplanationState | null
  /** The day on which the one that waits was first written; one in its place later does not count as later. */
  readonly explainedOn: PlainDate | null
  /** The last day to explain: the due day of the obligation that its overdue notice opened; null where none was. */
  readonly replyUntil: PlainDate | null
  /** The last day to explain anew after the first return, the only one that opens a further window; else null. */
  readonly replyAgainUntil: PlainDate | null
}

/**
 * What should have been said by `on` (R2). A reminder only while it is of use. The overdue notice also where it was met
 * after the stage's day, as the explanation is owed all the same; warning and listing only while it stays open, and the
 * listing only after the window to reply, and not while an explanation waits that was written in it or where one was
 * accepted. An explanation that is owed is itself reminded of and said to be overdue, no more.
 */
export function stagesReached(
  facts: EscalationFacts,
  days: StageDays,
  calendar: OfficialCalendar,
  on: PlainDate,
): EscalationStage[] {
  if (facts.waivedOn !== null) return []
  return escalationStages.filter(
    (stage) => on >= stageDay(facts.dueOn, days[stage], calendar) && isSaid(facts, stage, days, calendar, on),
  )
}

function stageDay(dueOn: PlainDate, workingDays: number, calendar: OfficialCalendar): PlainDate {
  return shiftWorkingDays(calendar, dueOn, workingDays)
}

function isSaid(
  facts: EscalationFacts,
  stage: EscalationStage,
  days: StageDays,
  calendar: OfficialCalendar,
  on: PlainDate,
): boolean {
  const isOpen = facts.metOn === null || facts.metOn > on
  if (stage === 'reminder') return isOpen && on <= facts.dueOn
  if (isGuessed(facts, days[stage], calendar)) return false
  if (stage === 'overdue') return isOpen || wasOpenOn(facts, stageDay(facts.dueOn, days.overdue, calendar))
  if (facts.duty === 'explain_overdue' || !isOpen) return false
  return stage === 'warning' || isReplyOver(facts, on)
}

/** A day counted through a year with no notice is not certain enough to hold against anybody (R1). */
function isGuessed({ provisional, dueOn }: EscalationFacts, workingDays: number, calendar: OfficialCalendar): boolean {
  return provisional || dueOnAfterWorkingDays(calendar, dueOn, workingDays).provisional
}

/** What was met on the day itself was still open when it began. */
function wasOpenOn({ metOn }: EscalationFacts, day: PlainDate): boolean {
  return metOn === null || metOn >= day
}

function isReplyOver(facts: EscalationFacts, on: PlainDate): boolean {
  const { explanation, explainedOn, replyUntil, replyAgainUntil } = facts
  const until = [replyUntil, replyAgainUntil].reduce((a, b) => (a === null || (b !== null && b > a) ? b : a))
  if (explanation === 'accepted' || until === null || on <= until) return false
  return explanation !== 'waiting' || (explainedOn !== null && explainedOn > until)
}

/** An obligation is explained once it is overdue or was met late; never a waived one, and never an explanation. */
export function mayBeExplained(
  { duty, dueOn, metOn, waivedOn }: Pick<EscalationFacts, 'duty' | 'dueOn' | 'metOn' | 'waivedOn'>,
  on: PlainDate,
): boolean {
  if (duty === 'explain_overdue' || waivedOn !== null) return false
  return metOn === null ? on > dueOn : metOn > dueOn
}

export const audiences = ['member', 'secretariat', 'regulator'] as const
export type Audience = (typeof audiences)[number]

/** Whom a stage is told: the regulator from the warning on, of duties that are owed to it. */
export function audiencesOfStage(stage: EscalationStage, duty: Duty): readonly Audience[] {
  if (stage === 'reminder') return ['member']
  if (stage === 'overdue' || !owedToRegulator.includes(duty)) return ['member', 'secretariat']
  return ['member', 'secretariat', 'regulator']
}
