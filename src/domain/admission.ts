import type { PlainDate } from './plain-date.ts'
import type { StandingFact } from './standing.ts'

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

/** The first day of the candidature that lasts; null of a body that is no candidate. */
export function candidateSince(history: readonly StandingFact[]): PlainDate | null {
  const latest = [...history].sort((a, b) => (a.fromOn < b.fromOn ? -1 : 1)).at(-1)
  return latest?.standing === 'candidate' ? latest.fromOn : null
}

/**
 * The checks that stand in the way of an admission: not made in this candidature yet, or failed when last made. What was
 * looked at before an earlier membership proves nothing of today.
 * @param made oldest first
 * @param since the first day of the candidature; null counts all
 */
export function checksMissing(made: readonly CheckFact[], since: PlainDate | null): AdmissionCheck[] {
  const now = made.filter(({ onDay }) => since === null || onDay >= since)
  const latest = new Map(now.map(({ check, outcome }) => [check, outcome]))
  return admissionChecks.filter((check) => latest.get(check) !== 'passed')
}
