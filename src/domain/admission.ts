/** What is looked at before a body is admitted (R8, N2). */
export const admissionChecks = ['approval', 'scopes', 'legal_person', 'staff'] as const
export type AdmissionCheck = (typeof admissionChecks)[number]

export const admissionCheckNames: Readonly<Record<AdmissionCheck, readonly [zh: string, en: string]>> = {
  approval: ['机构批准书', 'approval'],
  scopes: ['批准的业务范围', 'scopes'],
  legal_person: ['法人资格', 'legal person'],
  staff: ['专职人员与领域能力', 'staff in the field'],
}

export type CheckFact = { readonly check: AdmissionCheck; readonly outcome: 'passed' | 'failed' }

/** The checks that stand in the way of an admission: not made yet, or failed when last made. @param made oldest first */
export function checksMissing(made: readonly CheckFact[]): AdmissionCheck[] {
  const latest = new Map(made.map(({ check, outcome }) => [check, outcome]))
  return admissionChecks.filter((check) => latest.get(check) !== 'passed')
}
