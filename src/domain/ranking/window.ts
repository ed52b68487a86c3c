import { addDays, addMonths, daysBetween, type PlainDate } from '../plain-date.ts'
import { type CountRow, type Counts, countsOf, isStock, type Span } from './counter.ts'

/** What a ranking looks at: its period, the one before, and the years that its judgement rests on (R9). */
export type Windows = {
  readonly period: Span
  /** Just before, and as long. */
  readonly previous: Span
  /** Twelve months each, the latest first; the first ends with the period. */
  readonly years: readonly Span[]
}

/** Whole months before whole months, else as many days: the second quarter before the third, ten days before ten. */
export function spanBefore({ from, until }: Span): Span {
  const last = addDays(from, -1)
  const months = wholeMonths({ from, until })
  if (months !== null) return { from: addMonths(from, -months), until: last }
  return { from: addDays(last, -daysBetween(from, until)), until: last }
}

/** How many months the span is, where it begins with the first day of one and ends with the last day of one. */
function wholeMonths({ from, until }: Span): number | null {
  const [start, end] = [from, addDays(until, 1)]
  if (!start.endsWith('-01') || !end.endsWith('-01')) return null
  return (
    Number(end.slice(0, 4)) * 12 +
    Number(end.slice(5, 7)) -
    (Number(start.slice(0, 4)) * 12 + Number(start.slice(5, 7)))
  )
}

/** The twelve months that end with a day: from the day after the same day of the year before. */
export function yearUntil(until: PlainDate): Span {
  return { from: addDays(addMonths(until, -12), 1), until }
}

export function windowsOf(period: Span, years: number): Windows {
  const spans: Span[] = []
  for (let until = period.until; spans.length < years; ) {
    const year = yearUntil(until)
    spans.push(year)
    until = addDays(year.from, -1)
  }
  return { period, previous: spanBefore(period), years: spans }
}

/** The first days of the stretches into which all windows fall; no window begins or ends inside one. The last is a day after all. */
export function stretchesOf({ period, previous, years }: Windows): PlainDate[] {
  const starts = [period, previous, ...years].flatMap(({ from, until }) => [from, addDays(until, 1)])
  return [...new Set(starts)].sort()
}

/** Whether a stretch, by its number, lies in a window. */
export function isIn(stretches: readonly PlainDate[], stretch: number, { from, until }: Span): boolean {
  const start = stretches[stretch]
  return start !== undefined && from <= start && start <= until
}

/** The days on which it is counted what lives: the last ones of the period and of the one before. */
export function lastDaysOf({ period, previous }: Windows): PlainDate[] {
  return [previous.until, period.until]
}

/** Flows over the days of a window; what is counted on a day, on its last one. */
export function countsWithin(rows: readonly CountRow[], stretches: readonly PlainDate[], window: Span): Counts {
  const last = stretches.findLastIndex((start) => start <= window.until)
  return countsOf(
    rows.filter(({ counter, stretch }) => (isStock(counter) ? stretch === last : isIn(stretches, stretch, window))),
  )
}
