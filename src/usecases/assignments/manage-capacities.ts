import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { type Capacity, loadOf, replaceCapacity } from '../../store/desk.ts'
import { record } from '../../store/events.ts'
import { listCapacities } from '../../store/lists/desk.ts'
import { lockMember } from '../../store/members.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { familyInput, idInput, textInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'

const yearInput = z.coerce.number().int().min(2000).max(2999)

export const capacityInput = z.strictObject({
  memberId: idInput,
  year: yearInput,
  family: familyInput.optional().meta({ description: 'Absent: of all families together.' }),
  cases: z.number().int().min(0).max(100_000).meta({ description: 'So many assignments by the secretariat (R7).' }),
  statedBy: textInput(200).meta({ description: 'Who stated it.' }),
})

/** States how many cases of the secretariat a body takes in a year; supersedes what was stated before. @throws Refusal */
export async function stateCapacity(
  registry: Registry,
  context: Context,
  input: z.infer<typeof capacityInput>,
): Promise<Capacity> {
  authorise(context, 'capacities.state')
  const { memberId, year, family = null, cases, statedBy } = input
  return registry.db.transaction(async (tx) => {
    // The same lock as whoever assigns: no case slips in between the count and the number.
    if (!(await lockMember(tx, memberId)))
      throw refuse('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })
    const used = await loadOf(tx, memberId, year, family)
    if (cases < used) throw refuse('capacity_below_load', 'cases', { value: cases, values: { used } })
    const facts = { id: newId(context.now), memberId, year, family, cases, statedBy }
    const capacity = await replaceCapacity(tx, { ...facts, recordedAt: context.now, recordedBy: context.actor.id })
    await record(tx, context, {
      action: 'capacity.stated',
      entity: 'capacity',
      entityId: capacity.id,
      memberId,
      changes: { year, family, cases, statedBy },
    })
    return capacity
  })
}

export const capacitiesQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  year: yearInput.optional(),
})

/** Stated capacities by year. A member sees its own. @throws Refusal */
export async function readCapacities(
  registry: Registry,
  context: Context,
  query: z.infer<typeof capacitiesQuery>,
): Promise<KeysetPage<Capacity>> {
  const { year, limit } = query
  const memberId = ownOr(confinedTo(context, 'capacities.read'), query.memberId)
  const after = positionOf('capacities', 'day', query.cursor)
  const rows = await listCapacities(registry.lists, { after, limit, memberId, year })
  return pageOf(
    'capacities',
    rows,
    limit,
    (row) => ({ value: `${row.year}-01-01`, id: row.id }),
    (row) => row,
  )
}
