import { z } from 'zod'
import { visitOutcomes } from '../../domain/surveillance.ts'
import { countVisits, listVisits, type VisitFilter } from '../../store/lists/surveillance.ts'
import type { Total } from '../../store/lists/totals.ts'
import type { Visit } from '../../store/surveillance.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { dayInput, idInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const visitsQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  certificateId: idInput.optional(),
  outcome: z.enum(visitOutcomes).optional(),
  visitedFrom: dayInput.optional(),
  visitedUntil: dayInput.optional(),
})
export type VisitView = Visit
type VisitsQuery = z.infer<typeof visitsQuery>

/** Surveillance visits as they stand, by day (R3). A member sees its own. @throws Refusal */
export async function readVisits(
  registry: Registry,
  context: Context,
  query: VisitsQuery,
): Promise<KeysetPage<VisitView>> {
  const rows = await listVisits(registry.lists, filterOf(context, query))
  return pageOf(
    'visits',
    rows,
    query.limit,
    ({ visitedOn, id }) => ({ value: visitedOn, id }),
    (row) => row,
  )
}

/** How many there are in all, by the same filters. @throws Refusal */
export async function countAskedVisits(registry: Registry, context: Context, query: VisitsQuery): Promise<Total> {
  return countVisits(registry.lists, filterOf(context, query))
}

function filterOf(context: Context, query: VisitsQuery): VisitFilter {
  const { cursor, limit, certificateId, outcome, visitedFrom, visitedUntil } = query
  const memberId = ownOr(confinedTo(context, 'visits.read'), query.memberId)
  const after = positionOf('visits', 'day', cursor)
  return { after, limit, memberId, certificateId, outcome, visitedFrom, visitedUntil }
}
