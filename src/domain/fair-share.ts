import { type CapacityFact, isCompetent } from './eligibility.ts'
import { addMonths, type PlainDate, yearOf } from './plain-date.ts'
import type { ScopeFact } from './result.ts'
import type { StandingFact } from './standing.ts'

/** What each body would have of the secretariat's cases if they were shared out by capacity within scope (N3, R7). */
export type Sharer = {
  readonly memberId: string
  readonly standings: readonly StandingFact[]
  readonly approvalUntilOn: PlainDate | null
  readonly approvalRevokedOn: PlainDate | null
  readonly scopes: readonly ScopeFact[]
  readonly capacities: readonly CapacityFact[]
}

/** Cases of one kind on one day. */
export type SharedCases = {
  readonly family: string
  readonly industryCode: string | null
  readonly on: PlainDate
  readonly cases: number
}

type Contains = (broad: string, narrow: string) => boolean

/** The three years that end with the day. */
export function shareWindow(until: PlainDate): { readonly after: PlainDate; readonly until: PlainDate } {
  return { after: addMonths(until, -36), until }
}

/**
 * Each case is one, and those competent for it on its day share it by their capacity. A body that has stated none
 * counts as the mean of those that have; where nobody has, all count the same.
 */
export function expectedShares(
  shared: readonly SharedCases[],
  sharers: readonly Sharer[],
  contains: Contains,
): Map<string, number> {
  const expected = new Map(sharers.map(({ memberId }) => [memberId, 0]))
  for (const item of together(shared)) {
    const competent = sharers.filter((sharer) => isCompetent(item, sharer, contains))
    const weights = weightsOf(item, competent)
    const sum = weights.reduce((total, weight) => total + weight, 0)
    if (sum === 0) continue
    competent.forEach(({ memberId }, index) => {
      expected.set(memberId, (expected.get(memberId) ?? 0) + (item.cases * (weights[index] ?? 0)) / sum)
    })
  }
  return new Map([...expected].map(([memberId, share]) => [memberId, rounded(share)]))
}

/** Cases of the same kind and day once, in an order of their own: sums of fractions depend on it. */
function together(shared: readonly SharedCases[]): SharedCases[] {
  const byKind = new Map<string, SharedCases>()
  for (const item of shared) {
    const key = `${item.on} ${item.family} ${item.industryCode ?? ''}`
    byKind.set(key, { ...item, cases: item.cases + (byKind.get(key)?.cases ?? 0) })
  }
  return [...byKind].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
}

function weightsOf({ family, on }: SharedCases, sharers: readonly Sharer[]): number[] {
  const stated = sharers.map(({ capacities }) => statedCapacity(capacities, yearOf(on), family))
  const known = stated.filter((capacity) => capacity !== null)
  const usual = known.length === 0 ? 1 : known.reduce((sum, capacity) => sum + capacity, 0) / known.length
  return stated.map((capacity) => capacity ?? usual)
}

/** That of the family where it is stated, else that of all together. */
function statedCapacity(capacities: readonly CapacityFact[], year: number, family: string): number | null {
  const ofYear = capacities.filter((capacity) => capacity.year === year)
  const found = ofYear.find((one) => one.family === family) ?? ofYear.find((one) => one.family === null)
  return found?.cases ?? null
}

/** Shares are written to six places, so that the same facts give the same bytes. */
export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
