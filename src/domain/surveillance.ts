import type { PlainDate } from './plain-date.ts'

/** How a surveillance visit came out (R3). */
export const visitOutcomes = ['conforming', 'corrections_due', 'nonconforming', 'refused'] as const
export type VisitOutcome = (typeof visitOutcomes)[number]

export const visitOutcomeNames: Readonly<Record<VisitOutcome, readonly [zh: string, en: string]>> = {
  conforming: ['符合要求', 'requirements met'],
  corrections_due: ['限期整改', 'corrections due by a day'],
  nonconforming: ['不符合要求', 'requirements not met'],
  refused: ['企业拒绝监督', 'the holder refused'],
}

/** Why a certificate might be suspended. A ground is a suggestion: nobody is suspended by it (R3). */
export const suspensionGrounds = ['visit_overdue', 'corrections_overdue', 'nonconforming', 'refused'] as const
export type SuspensionGround = (typeof suspensionGrounds)[number]

export const suspensionGroundNames: Readonly<Record<SuspensionGround, readonly [zh: string, en: string]>> = {
  visit_overdue: ['年度监督逾期未进行', 'the yearly surveillance is overdue'],
  corrections_overdue: ['整改期满，尚无监督结论', 'the day for the corrections has passed without another visit'],
  nonconforming: ['最近一次监督不符合要求', 'the latest visit found requirements not met'],
  refused: ['企业拒绝最近一次监督', 'the holder refused the latest visit'],
}

/** The reason code of the suspension that a ground suggests. */
export const suspensionReasons: Readonly<Record<SuspensionGround, 'surveillance_missed' | 'nonconformity'>> = {
  visit_overdue: 'surveillance_missed',
  corrections_overdue: 'nonconformity',
  nonconforming: 'nonconformity',
  refused: 'surveillance_missed',
}

export type LatestVisit = {
  readonly visitedOn: PlainDate
  readonly outcome: VisitOutcome
  readonly correctionsDueOn: PlainDate | null
}

export type SuspensionSuggested = { readonly ground: SuspensionGround; readonly since: PlainDate }

/**
 * What speaks for suspending a certificate on a day: its open surveillance is past due, or its latest visit came out
 * badly. The due day itself is not overdue, and corrections may still be made on their last day.
 */
export function suspensionsSuggested(
  surveillanceDueOn: PlainDate | null,
  latest: LatestVisit | null,
  on: PlainDate,
): SuspensionSuggested[] {
  const overdue = surveillanceDueOn !== null && surveillanceDueOn < on
  const bad = latest && latest.visitedOn <= on ? groundOf(latest, on) : null
  return [...(overdue ? [{ ground: 'visit_overdue' as const, since: surveillanceDueOn }] : []), ...(bad ? [bad] : [])]
}

function groundOf({ outcome, visitedOn, correctionsDueOn }: LatestVisit, on: PlainDate): SuspensionSuggested | null {
  switch (outcome) {
    case 'conforming':
      return null
    case 'corrections_due':
      return correctionsDueOn !== null && correctionsDueOn < on
        ? { ground: 'corrections_overdue', since: correctionsDueOn }
        : null
    case 'nonconforming':
    case 'refused':
      return { ground: outcome, since: visitedOn }
  }
}
