import { z } from 'zod'
import { groupedBy } from '../../domain/grouped.ts'
import { measureKinds } from '../../domain/measure.ts'
import { refuse } from '../../domain/refusals.ts'
import { historyOf } from '../../store/events.ts'
import type { Total } from '../../store/lists/totals.ts'
import {
  countMeasures,
  factsOfSteps,
  findMeasure,
  listMeasures,
  type MeasureFilter,
  stepsOf,
} from '../../store/measures.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { dayInput, idInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { type MeasureView, measureView } from './measure-view.ts'

export const measuresQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  kind: z.enum(measureKinds).optional(),
  on: dayInput.optional().meta({ description: 'The day the state is asked for; today where absent.' }),
})
type MeasuresQuery = z.infer<typeof measuresQuery>

/** Measures by the day on which they were proposed, with their steps and state (R8). A member sees its own. @throws Refusal */
export async function readMeasures(
  registry: Registry,
  context: Context,
  query: MeasuresQuery,
): Promise<KeysetPage<MeasureView>> {
  const rows = await listMeasures(registry.lists, filterOf(context, query))
  const steps = groupedBy(
    await stepsOf(
      registry.lists,
      rows.map(({ id }) => id),
    ),
    ({ measureId }) => measureId,
  )
  const on = query.on ?? context.today
  const view = (row: (typeof rows)[number]) => measureView(row, steps.get(row.id) ?? [], on)
  return pageOf('measures', rows, query.limit, ({ proposedOn, id }) => ({ value: proposedOn, id }), view)
}

/** How many there are in all. @throws Refusal */
export async function countAskedMeasures(registry: Registry, context: Context, query: MeasuresQuery): Promise<Total> {
  return countMeasures(registry.lists, filterOf(context, query))
}

function filterOf(context: Context, query: MeasuresQuery): MeasureFilter {
  const memberId = ownOr(confinedTo(context, 'measures.read'), query.memberId)
  const until = query.on ?? context.today
  return { after: positionOf('measures', 'day', query.cursor), limit: query.limit, memberId, kind: query.kind, until }
}

/** One measure with the facts that were frozen when it was proposed, at each decision and at its conclusion, and its history (R4a, R8). @throws Refusal */
export async function readMeasure(registry: Registry, context: Context, id: string, on = context.today) {
  const own = confinedTo(context, 'measures.read')
  const measure = await findMeasure(registry.db, id)
  if (!measure || (own !== null && measure.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['处理措施', 'measure'] } })
  const [steps, frozen, history] = await Promise.all([
    stepsOf(registry.db, [id]),
    factsOfSteps(registry.db, id),
    historyOf(registry.db, 'measure', id),
  ])
  return { ...measureView(measure, steps, on), facts: measure.facts, factsOfSteps: frozen, history }
}
