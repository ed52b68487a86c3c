import type { PlainDate } from './plain-date.ts'

/** One measured figure, with what it was made of and the day it holds for (R9). */
export type Figure = {
  /** Null where nothing is there to measure: a share of nought. */
  readonly value: number | null
  readonly numerator: number
  /** Null for a plain count. */
  readonly denominator: number | null
  readonly asOf: PlainDate
}

export function countFigure(count: number, asOf: PlainDate): Figure {
  return { value: count, numerator: count, denominator: null, asOf }
}

/** A share between 0 and 1. */
export function shareFigure(numerator: number, denominator: number, asOf: PlainDate): Figure {
  return { value: denominator === 0 ? null : numerator / denominator, numerator, denominator, asOf }
}
