import type { PlainDate } from './plain-date.ts'

/** What is looked at before a body is admitted (R8, N2). */
export const admissionChecks = ['approval', 'scopes', 'legal_person', 'staff'] as const
export type AdmissionCheck = (typeof admissionChecks)[number]

export const admissionCheckNames: Readonly<Record<AdmissionCheck, readonly [zh: string, en: string]>> = {
  approval: ['机构批准书', 'approval'],
  scopes: ['批准的业务范围', 'scopes'],
  legal_person: ['法人资格', 'legal person'],
  staff: ['专职人员与领域能力', 'staff in the field'],
}

export type CheckFact = {
  readonly check: AdmissionCheck
  readonly outcome: 'passed' | 'failed'
  readonly onDay: PlainDate
}

/** How an application ends: nobody is admitted without one, or turned down without a ground (R8). */
export const applicationOutcomes = ['admitted', 'refused', 'withdrawn'] as const
export type ApplicationOutcome = (typeof applicationOutcomes)[number]

export const applicationStates = ['pending', ...applicationOutcomes] as const
export type ApplicationState = (typeof applicationStates)[number]

export const applicationStateNames: Readonly<Record<ApplicationState, readonly [zh: string, en: string]>> = {
  pending: ['审查中', 'pending'],
  admitted: ['已加入', 'admitted'],
  refused: ['不予加入', 'refused'],
  withdrawn: ['已撤回', 'withdrawn'],
}

export type ApplicationFact = {
  readonly appliedOn: PlainDate
  readonly closedOn: PlainDate | null
  readonly outcome: ApplicationOutcome | null
}

/** How an application stands on a day. */
export function applicationStateOn({ closedOn, outcome }: ApplicationFact, on: PlainDate): ApplicationState {
  return outcome !== null && closedOn !== null && closedOn <= on ? outcome : 'pending'
}

/**
 * The checks that stand in the way of an admission: not made since it applied, or failed when last made. What was
 * looked at before an earlier membership proves nothing of today.
 * @param made oldest first
 * @param since the day of its application; null counts all
 */
export function checksMissing(made: readonly CheckFact[], since: PlainDate | null): AdmissionCheck[] {
  const now = made.filter(({ onDay }) => since === null || onDay >= since)
  const latest = new Map(now.map(({ check, outcome }) => [check, outcome]))
  return admissionChecks.filter((check) => latest.get(check) !== 'passed')
}
