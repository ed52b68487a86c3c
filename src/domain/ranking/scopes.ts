import type { Family } from '../families.ts'
import { groupedBy } from '../grouped.ts'
import { industryContains } from '../industries.ts'
import type { CountRow } from './counter.ts'

export type Scope = { readonly memberId: string; readonly family: string; readonly industryCode: string | null }

/**
 * Which scopes held on the last day of a window had a result in it; one without an industry code covers its family (N1).
 * Of a result without an industry each scope of the family counts as used: the doubt is not held against the body.
 */
export function scopeCounts(held: readonly Scope[], served: readonly Scope[], stretch: number): CountRow[] {
  const servedBy = groupedBy(served, ({ memberId }) => memberId)
  return held.map((scope) => ({
    memberId: scope.memberId,
    family: scope.family as Family,
    stretch,
    counter: scopeCounter(scope, servedBy.get(scope.memberId) ?? []),
    workingDays: null,
    rows: 1,
    contested: 0,
  }))
}

/** Whether anything that its body served lies in a scope. */
export function scopeCounter(scope: Scope, served: readonly Scope[]): 'scope_used' | 'scope_unused' {
  return served.some((product) => covers(scope, product)) ? 'scope_used' : 'scope_unused'
}

function covers(scope: Scope, product: Scope): boolean {
  if (scope.family !== product.family) return false
  if (scope.industryCode === null || product.industryCode === null) return true
  return industryContains(scope.industryCode, product.industryCode)
}
