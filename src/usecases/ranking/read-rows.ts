import { z } from 'zod'
import type { RowKind } from '../../domain/ranking/counter.ts'
import { countersBehind, type IndicatorId, indicatorIds } from '../../domain/ranking/indicator.ts'
import { scopeCounter } from '../../domain/ranking/scopes.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { isRowBehind, type LeftOut, type RowBehind, rowsBehind, scopesOfSpans } from '../../store/ranking/counts.ts'
import { type Context, memberToServe, type Registry } from '../context.ts'
import { dayInput, idInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { askedRows, countersOf, unknownIndicator } from './asked-rows.ts'
import { leftOutOf } from './content.ts'
import { problemsOfPeriod } from './inputs.ts'
import { publishedContent } from './publish-bulletin.ts'

export const rowsQuery = z.strictObject({
  ...pageInput,
  from: dayInput.optional(),
  until: dayInput.optional(),
  bulletinId: idInput.optional().meta({
    description:
      'A published bulletin: its own rows, as they were known when it was frozen, instead of a period as it stands now.',
  }),
  indicator: z.enum(indicatorIds),
})

/** The rows behind one figure of one body (R9). A member sees its own. @throws Refusal */
export async function readRowsBehind(
  registry: Registry,
  context: Context,
  named: string,
  { indicator, limit, cursor, ...asked }: z.infer<typeof rowsQuery>,
): Promise<KeysetPage<RowBehind>> {
  const memberId = memberToServe(context, 'rankings.read', named)
  const { rows: known, counters, leftOut } = await rowsAsked(registry, context, indicator, memberId, asked)
  const after = positionOf('rows-behind', 'day', cursor)
  const page = { after, limit }
  const rows =
    indicator === 'scopes_used'
      ? await scopesBehind(registry.lists, known, page, leftOut)
      : await rowsBehind(registry.lists, known, counters, page, leftOut)
  return pageOf(
    'rows-behind',
    rows,
    limit,
    ({ onDay, id }) => ({ value: onDay, id }),
    (row) => row,
  )
}

/** Of a period as it stands now, or of a bulletin as it was frozen. */
async function rowsAsked(
  registry: Registry,
  context: Context,
  indicator: IndicatorId,
  memberId: string,
  { bulletinId, from, until }: Pick<z.infer<typeof rowsQuery>, 'bulletinId' | 'from' | 'until'>,
) {
  if (bulletinId !== undefined) return frozenRows(registry, indicator, memberId, bulletinId)
  if (from === undefined || until === undefined) throw refuse('field_missing', from === undefined ? 'from' : 'until')
  const period = { from, until }
  refuseIfAny(problemsOfPeriod(period))
  const rulebook = await registry.rulebooks.recent(registry.db)
  const rows = askedRows(rulebook, { period, asOf: context.today, knownAt: context.now, memberId })
  return { rows, counters: countersOf(indicator, until), leftOut: [] }
}

/** With the calendar and the definitions of the bulletin, and without the rows that upheld disputes took out. */
async function frozenRows(registry: Registry, indicator: IndicatorId, memberId: string, bulletinId: string) {
  const { row, content } = await publishedContent(registry.lists, bulletinId)
  const period = { from: row.bulletin.fromOn, until: row.bulletin.untilOn }
  const calendar = await registry.rulebooks.version(registry.db, content.calendarVersion)
  const knownAt = new Date(content.knownAt)
  const rows = askedRows({ calendar, rules: [] }, { period, asOf: content.asOf, knownAt, memberId })
  const definition = content.definitions.find(({ id }) => id === indicator)
  if (!definition) throw unknownIndicator()
  return { rows, counters: countersBehind(definition), leftOut: leftOutOf(content.disputed, period.until) }
}

type Page = { readonly after: { value: string; id: string } | null; readonly limit: number }

/** The scopes that a body held on the last day, each used or not; a body has few of them. */
async function scopesBehind(
  db: Db,
  asked: ReturnType<typeof askedRows>,
  { after, limit }: Page,
  leftOut: readonly LeftOut[] = [],
): Promise<RowBehind[]> {
  const [found] = await scopesOfSpans(db, asked, [{ from: asked.from, until: asked.until }])
  const { held, served } = found ?? { held: [], served: [] }
  return held
    .filter(({ id }) => !leftOut.some((row) => row.kind === 'scope' && row.id === id))
    .filter(({ fromOn, id }) => after === null || fromOn > after.value || (fromOn === after.value && id > after.id))
    .slice(0, limit + 1)
    .map((scope) => ({
      kind: 'scope',
      id: scope.id,
      counter: scopeCounter(scope, served),
      onDay: scope.fromOn,
      family: scope.family,
      workingDays: null,
      contested: false,
    }))
}

/** Whether a row is among those behind a figure of the body. */
export async function isBehind(
  db: Db,
  asked: ReturnType<typeof askedRows>,
  indicator: IndicatorId,
  row: { readonly kind: RowKind; readonly id: string },
): Promise<boolean> {
  if (indicator !== 'scopes_used') return isRowBehind(db, asked, countersOf(indicator, asked.until), row)
  const scopes = await scopesBehind(db, asked, { after: null, limit: Number.MAX_SAFE_INTEGER })
  return scopes.some(({ kind, id }) => kind === row.kind && id === row.id)
}
