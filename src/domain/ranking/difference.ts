import { groupedBy } from '../grouped.ts'
import type { CountRow, Counts } from './counter.ts'
import { type Indicator, type IndicatorId, observe } from './indicator.ts'
import { countsWithin, stretchesOf, type Windows } from './window.ts'

/** A period as it was counted, with the definitions that it was measured by. */
export type Edition = {
  readonly windows: Windows
  readonly counts: readonly CountRow[]
  readonly definitions: readonly Indicator[]
}

/**
 * Why a figure of one bulletin is not that of another. The three parts sum to the whole change: what came in late or was
 * corrected after the earlier one was frozen, what the definition changed, and what the body did.
 */
export type FigureChange = {
  readonly memberId: string
  readonly indicator: IndicatorId
  readonly before: number | null
  readonly after: number | null
  readonly lateArrivals: number | null
  readonly data: number | null
  readonly definition: number | null
}

/**
 * @param earlier as it was frozen
 * @param earlierNow its period as it was known when the later one was frozen
 */
export function differencesOf(
  earlier: Edition,
  earlierNow: Edition,
  later: Edition,
  memberIds: readonly string[],
): FigureChange[] {
  const countsThen = countsByBody(earlier)
  const countsThenNow = countsByBody(earlierNow)
  const countsLater = countsByBody(later)
  return memberIds.flatMap((memberId) => {
    const [then, thenNow, now] = [countsThen(memberId), countsThenNow(memberId), countsLater(memberId)]
    return later.definitions.map((definition): FigureChange => {
      const defined = earlier.definitions.find(({ id }) => id === definition.id) ?? definition
      const before = observe(defined, then).value
      const beforeNow = observe(defined, thenNow).value
      const afterAsDefined = observe(defined, now).value
      const after = observe(definition, now).value
      return {
        memberId,
        indicator: definition.id,
        before,
        after,
        lateArrivals: less(beforeNow, before),
        data: less(afterAsDefined, beforeNow),
        definition: less(after, afterAsDefined),
      }
    })
  })
}

function countsByBody({ windows, counts }: Edition): (memberId: string) => Counts {
  const rowsOf = groupedBy(counts, ({ memberId }) => memberId)
  const stretches = stretchesOf(windows)
  return (memberId) => countsWithin(rowsOf.get(memberId) ?? [], stretches, windows.period)
}

function less(value: number | null, other: number | null): number | null {
  return value === null || other === null ? null : value - other
}
