import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { historyOf } from '../../store/events.ts'
import { countResults, listResults, type ResultFilter } from '../../store/lists/results.ts'
import type { Total } from '../../store/lists/totals.ts'
import { obligationsOf } from '../../store/obligations.ts'
import { listAttempts, type Result, revisionsOf } from '../../store/results.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { codeInput, dayInput, idInput } from '../inputs.ts'
import { obligationView } from '../obligations/obligation-view.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { cursorAfter, type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const resultsQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  enterpriseId: idInput.optional(),
  memberReference: codeInput(100).optional(),
  approval: z
    .literal('pending')
    .optional()
    .meta({ description: 'Only corrections that wait for the secretariat (R2).' }),
  decidedFrom: dayInput.optional(),
  decidedUntil: dayInput.optional(),
})

export type ResultsQuery = z.infer<typeof resultsQuery>

/** Results in their current revision, by decision day (N4). A member sees its own. @throws Refusal */
export async function readResults(
  registry: Registry,
  context: Context,
  query: ResultsQuery,
): Promise<KeysetPage<Result>> {
  const rows = await listResults(registry.lists, filterOf(context, query))
  return pageOf(
    'results',
    rows,
    query.limit,
    (row) => ({ value: row.decidedOn, id: row.id }),
    (row) => row,
  )
}

/** How many there are in all, by the same filters. @throws Refusal */
export async function countAskedResults(registry: Registry, context: Context, query: ResultsQuery): Promise<Total> {
  return countResults(registry.lists, filterOf(context, query))
}

/** @throws Refusal */
function filterOf(context: Context, query: ResultsQuery): ResultFilter {
  const { enterpriseId, memberReference, approval, decidedFrom, decidedUntil, limit } = query
  const memberId = ownOr(confinedTo(context, 'results.read'), query.memberId)
  const after = positionOf('results', 'day', query.cursor)
  return { after, limit, memberId, enterpriseId, memberReference, approval, decidedFrom, decidedUntil }
}

/** One result by the id of any revision: the current revision, all revisions, obligations and history. @throws Refusal */
export async function readResult(registry: Registry, context: Context, id: string) {
  const own = confinedTo(context, 'results.read')
  const revisions = await revisionsOf(registry.db, id)
  const current = revisions.at(-1)
  if (!current || (own !== null && current.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['认证结果', 'result'] } })
  const rulebook = await registry.rulebooks.current(registry.db)
  const [obligations, history] = await Promise.all([
    obligationsOf(registry.db, { resultId: current.rootId }),
    historyOf(registry.db, 'result', current.rootId),
  ])
  return {
    ...current,
    revisions,
    obligations: obligations.map((row) => obligationView(row, rulebook, context.today)),
    history,
  }
}

export const attemptsQuery = z.strictObject({ ...pageInput, memberId: idInput.optional() })

/** Refused posts, newest first: an indicator is made of them (R9). A member sees its own. @throws Refusal */
export async function readAttempts(registry: Registry, context: Context, query: z.infer<typeof attemptsQuery>) {
  const memberId = ownOr(confinedTo(context, 'attempts.read'), query.memberId)
  const before = positionOf('attempts', 'text', query.cursor)
  const rows = await listAttempts(registry.lists, { memberId, beforeId: before?.id ?? null, limit: query.limit + 1 })
  const items = rows.slice(0, query.limit)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > query.limit && last ? cursorAfter('attempts', last.id, last.id) : null }
}
