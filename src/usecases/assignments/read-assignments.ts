import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { type Assignment, findAssignment, originOf } from '../../store/assignments.ts'
import { historyOf } from '../../store/events.ts'
import { type AssignmentFilter, countAssignments, listAssignments } from '../../store/lists/assignments.ts'
import type { Total } from '../../store/lists/totals.ts'
import { obligationsOf } from '../../store/obligations.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { obligationView } from '../obligations/obligation-view.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

export const assignmentsQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  enterpriseId: idInput.optional(),
  answer: z.enum(['waiting', 'accepted', 'declined', 'returned', 'stranded']).optional().meta({
    description:
      '`returned`: declined, and not given to another body yet (R7). `stranded`: of a body that was suspended or removed, without an outcome, and not given to another yet (R8).',
  }),
})

export type AssignmentsQuery = z.infer<typeof assignmentsQuery>

/** Assignments by the day they were made (N3). A member sees its own. @throws Refusal */
export async function readAssignments(
  registry: Registry,
  context: Context,
  query: AssignmentsQuery,
): Promise<KeysetPage<Assignment>> {
  const rows = await listAssignments(registry.lists, filterOf(context, query))
  return pageOf(
    'assignments',
    rows,
    query.limit,
    (row) => ({ value: row.assignedOn, id: row.id }),
    (row) => row,
  )
}

/** How many there are in all, by the same filters. @throws Refusal */
export async function countAskedAssignments(
  registry: Registry,
  context: Context,
  query: AssignmentsQuery,
): Promise<Total> {
  return countAssignments(registry.lists, filterOf(context, query))
}

/** @throws Refusal */
function filterOf(context: Context, query: AssignmentsQuery): AssignmentFilter {
  const { enterpriseId, answer, limit } = query
  const memberId = ownOr(confinedTo(context, 'assignments.read'), query.memberId)
  return {
    after: positionOf('assignments', 'day', query.cursor),
    limit,
    memberId,
    enterpriseId,
    answer,
    on: context.today,
  }
}

/** One assignment with its obligations and history. @throws Refusal */
export async function readAssignment(registry: Registry, context: Context, id: string) {
  const own = confinedTo(context, 'assignments.read')
  const assignment = await findAssignment(registry.db, id)
  if (!assignment || (own !== null && assignment.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['认证任务', 'assignment'] } })
  const rulebook = await registry.rulebooks.current(registry.db)
  const [origin, obligations, history] = await Promise.all([
    originOf(registry.db, id),
    obligationsOf(registry.db, { assignmentId: id }),
    historyOf(registry.db, 'assignment', id),
  ])
  return {
    ...assignment,
    ...origin,
    obligations: obligations.map((row) => obligationView(row, rulebook, context.today)),
    history,
  }
}
