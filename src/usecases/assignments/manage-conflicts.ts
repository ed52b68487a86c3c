import { z } from 'zod'
import { conflictKinds } from '../../domain/eligibility.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { type Conflict, insertConflict, lockConflict, supersedeConflict } from '../../store/desk.ts'
import { record } from '../../store/events.ts'
import { listConflicts } from '../../store/lists/desk.ts'
import { findMember } from '../../store/members.ts'
import { authorise, type Context, confinedTo, memberToServe, type Registry } from '../context.ts'
import { dayInput, idInput, textInput } from '../inputs.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { requireEnterprise } from './read-eligibility.ts'

export const conflictInput = z.strictObject({
  memberId: idInput.optional().meta({ description: 'The secretariat names the body; a member declares its own.' }),
  enterpriseId: idInput,
  kind: z.enum(conflictKinds),
  note: textInput(2_000).optional(),
  declaredBy: textInput(200).meta({ description: 'Who declared it.' }),
  fromOn: dayInput,
  untilOn: dayInput.optional(),
})

/** Declares a conflict of interest of a body with a firm (R7). @throws Refusal */
export async function declareConflict(
  registry: Registry,
  context: Context,
  input: z.infer<typeof conflictInput>,
): Promise<Conflict> {
  const memberId = memberToServe(context, 'conflicts.declare', input.memberId)
  if (input.untilOn !== undefined && input.untilOn < input.fromOn)
    throw refuse('span_reversed', 'untilOn', { value: input.untilOn })
  return registry.db.transaction(async (tx) => {
    if (!(await findMember(tx, memberId)))
      throw refuse('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })
    await requireEnterprise(tx, input.enterpriseId, confinedTo(context, 'conflicts.declare'))
    const { note = null, untilOn = null, ...rest } = input
    const facts = { ...rest, id: newId(context.now), memberId, note, untilOn }
    const conflict = await insertConflict(tx, { ...facts, recordedAt: context.now, recordedBy: context.actor.id })
    await noteConflict(tx, context, conflict, 'conflict.declared', { ...input })
    return conflict
  })
}

export const conflictEndInput = z.strictObject({
  untilOn: dayInput.nullable().meta({ description: 'The last day; null where it goes on after all.' }),
  reason: textInput(2_000),
})

/**
 * Gives a declared conflict its last day, or another one than was recorded: only the secretariat judges whether it is over.
 * @throws Refusal
 */
export async function endConflict(
  registry: Registry,
  context: Context,
  id: string,
  { untilOn, reason }: z.infer<typeof conflictEndInput>,
): Promise<Conflict> {
  authorise(context, 'conflicts.end')
  return registry.db.transaction(async (tx) => {
    const old = await lockConflict(tx, id)
    if (!old) throw refuse('not_found', 'id', { values: { what: ['利益冲突申报', 'declared conflict'] } })
    if (untilOn === old.untilOn) throw refuse('nothing_changes')
    if (untilOn !== null && untilOn < old.fromOn) throw refuse('span_reversed', 'untilOn', { value: untilOn })
    await supersedeConflict(tx, id, context.now)
    const facts = { ...old, id: newId(context.now), untilOn, recordedAt: context.now, recordedBy: context.actor.id }
    const ended = await insertConflict(tx, facts)
    await noteConflict(tx, context, ended, 'conflict.ended', { supersedes: id, untilOn, reason })
    return ended
  })
}

async function noteConflict(
  tx: Db,
  context: Context,
  { id, memberId, fromOn }: Conflict,
  action: string,
  changes: Record<string, unknown>,
): Promise<void> {
  await record(tx, context, { action, entity: 'conflict', entityId: id, memberId, onDay: fromOn, changes })
}

export const conflictsQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  enterpriseId: idInput.optional(),
  on: dayInput.optional().meta({ description: 'Only those that hold on that day.' }),
})

/** Declared conflicts by their first day. A member sees its own. @throws Refusal */
export async function readConflicts(
  registry: Registry,
  context: Context,
  query: z.infer<typeof conflictsQuery>,
): Promise<KeysetPage<Conflict>> {
  const { enterpriseId, on, limit } = query
  const memberId = ownOr(confinedTo(context, 'conflicts.read'), query.memberId)
  const after = positionOf('conflicts', 'day', query.cursor)
  const rows = await listConflicts(registry.lists, { after, limit, memberId, enterpriseId, on })
  return pageOf(
    'conflicts',
    rows,
    limit,
    (row) => ({ value: row.fromOn, id: row.id }),
    (row) => row,
  )
}
