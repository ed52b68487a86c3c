import { type CaseState, type CorrectionState, caseStateOn, correctionStateOn } from '../../domain/conduct.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { ConductCase, Finding } from '../../store/conduct.ts'

/** A case of conduct as it stands on a day; the complaint that it came of is the secretariat's. */
export type CaseView = Omit<ConductCase, 'complaintId' | 'changedAt'> & { readonly state: CaseState }
export type FindingView = Omit<Finding, 'changedAt'> & { readonly correction: CorrectionState }

export function caseView({ complaintId: _, changedAt: __, ...row }: ConductCase, on: PlainDate): CaseView {
  return { ...row, state: caseStateOn(row, on) }
}

export function findingView({ changedAt: _, ...row }: Finding, on: PlainDate): FindingView {
  return { ...row, correction: correctionStateOn(row, on) }
}
