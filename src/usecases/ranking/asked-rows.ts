import type { PlainDate } from '../../domain/plain-date.ts'
import type { Span } from '../../domain/ranking/counter.ts'
import { countersBehind, type IndicatorId, indicatorsInForce } from '../../domain/ranking/indicator.ts'
import { lastDaysOf } from '../../domain/ranking/window.ts'
import { refuse } from '../../domain/refusals.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { asKnown } from './gather.ts'

type Rows = {
  readonly period: Span
  readonly asOf: PlainDate
  readonly knownAt: Date
  readonly memberId: string
}

/** Only the period's own rows, and what lived on its last day. */
export function askedRows(rulebook: Rulebook, rows: Rows) {
  const known = asKnown(rulebook, { ...rows, years: 1 })
  const { period, memberId } = rows
  const lastDays = lastDaysOf(known.windows).filter((day) => day === period.until)
  return { ...known, memberId, from: period.from, until: period.until, lastDays }
}

/** @throws Refusal where the indicator was not defined on the day */
export function countersOf(indicator: IndicatorId, on: PlainDate) {
  const definition = indicatorsInForce(on).find(({ id }) => id === indicator)
  if (!definition) throw unknownIndicator()
  return countersBehind(definition)
}

export function unknownIndicator() {
  return refuse('not_found', 'indicator', { values: { what: ['指标', 'indicator'] } })
}
