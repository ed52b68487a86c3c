import { z } from 'zod'
import { countersBehind, type IndicatorId, indicatorIds, indicatorsInForce } from '../../domain/ranking/indicator.ts'
import { lastDaysOf } from '../../domain/ranking/window.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { type RowBehind, rowsBehind } from '../../store/ranking/counts.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { type Context, memberToServe, type Registry } from '../context.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { asKnown } from './gather.ts'
import { periodInput, problemsOfPeriod } from './inputs.ts'

export const rowsQuery = z.strictObject({ ...pageInput, ...periodInput, indicator: z.enum(indicatorIds) })

/**
 * The rows behind one figure of one body (R9). A member sees its own. Scopes have no rows of their own: the list of a
 * member's scopes is with the member. @throws Refusal
 */
export async function readRowsBehind(
  registry: Registry,
  context: Context,
  named: string,
  { indicator, limit, cursor, ...period }: z.infer<typeof rowsQuery>,
): Promise<KeysetPage<RowBehind>> {
  const memberId = memberToServe(context, 'rankings.read', named)
  refuseIfAny(problemsOfPeriod(period))
  const rulebook = await registry.rulebooks.recent(registry.db)
  const asked = askedRows(rulebook, { period, asOf: context.today, knownAt: context.now, memberId })
  const after = positionOf('rows-behind', 'day', cursor)
  const rows = await rowsBehind(registry.lists, asked, countersOf(indicator, period.until), { after, limit })
  return pageOf(
    'rows-behind',
    rows,
    limit,
    ({ onDay, id }) => ({ value: onDay, id }),
    (row) => row,
  )
}

type Rows = {
  readonly period: z.infer<z.ZodObject<typeof periodInput>>
  readonly asOf: Context['today']
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
export function countersOf(indicator: IndicatorId, on: Context['today']) {
  const definition = indicatorsInForce(on).find(({ id }) => id === indicator)
  if (!definition) throw refuse('not_found', 'indicator', { values: { what: ['指标', 'indicator'] } })
  return countersBehind(definition)
}
