import type { PlainDate } from '../plain-date.ts'
import type { BulletinKind, DisputeOutcome } from './bulletin.ts'
import type { RowKind } from './counter.ts'
import type { Indicator, IndicatorId } from './indicator.ts'
import type { Policy } from './policy.ts'
import type { RankedFigure, Ranking, RankingInput } from './ranking.ts'

/** A figure without the rows that its body disputes and nobody has decided on. */
export type FigureWithout = Pick<
  RankedFigure,
  'indicator' | 'value' | 'numerator' | 'denominator' | 'contested' | 'sufficient'
> & { readonly memberId: string }

export type DisputedRow = {
  readonly memberId: string
  readonly indicator: IndicatorId
  readonly rowKind: RowKind
  readonly rowId: string
  /** Upheld: the row is left out of every figure. Null: it counts, and is parked with a mark. */
  readonly outcome: DisputeOutcome | null
}

/** All that a bulletin says and what it was made of (R9): what is hashed when it is published. */
/** Which way a bulletin is reckoned: one more whenever the same facts, policy and definitions would give other bytes. */
export const bulletinReckoning = 1

export type BulletinContent = {
  readonly reckoning: number
  readonly bulletinId: string
  readonly kind: BulletinKind
  readonly title: { readonly zh: string; readonly en: string }
  readonly knownAt: string
  readonly asOf: PlainDate
  /** Working days were counted with it: notices are amended (R1). */
  readonly calendarVersion: number
  readonly policy: { readonly version: number; readonly approvedBy: string; readonly policy: Policy }
  readonly definitions: readonly Indicator[]
  readonly input: RankingInput
  readonly ranking: Ranking
  readonly disputed: readonly DisputedRow[]
  readonly without: readonly FigureWithout[]
}
