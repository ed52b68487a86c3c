import { z } from 'zod'
import { conclusions } from '../../domain/reconciliation.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import {
  type EntryAsItStands,
  listEntries,
  lockEntry,
  replaceConclusion,
  replaceOwner,
} from '../../store/reconciliations.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { type EntryView, entryView, visibleReconciliation } from './read-reconciliations.ts'

export const ownerInput = z.strictObject({
  owner: textInput(100).optional().meta({ description: 'Who sees to it; absent: whoever asks.' }),
})

export const conclusionInput = z.strictObject({
  conclusion: z.enum(conclusions),
  note: textInput(2_000).optional(),
})

export type EntryNamed = { readonly id: string; readonly entryId: string }

/** Gives an entry of the work list into somebody's hands. @throws Refusal */
export function assignOwner(
  registry: Registry,
  context: Context,
  named: EntryNamed,
  input: z.infer<typeof ownerInput>,
): Promise<EntryView> {
  const { actor } = context
  return changeEntry(registry, context, named, async (tx, { owner: before }) => {
    const owner = input.owner ?? actor.name
    if (owner === before) throw refuse('nothing_changes', 'owner', { value: owner })
    await replaceOwner(tx, { ...factBy(context, named), owner, ownerId: input.owner === undefined ? actor.id : null })
    return { action: 'reconciliation.assigned', changes: { entryId: named.entryId, owner } }
  })
}

/**
 * Concludes an entry; a later conclusion stands in the place of the earlier one, which stays on record. What the
 * secretariat concluded stands against a member. @throws Refusal
 */
export function concludeEntry(
  registry: Registry,
  context: Context,
  named: EntryNamed,
  input: z.infer<typeof conclusionInput>,
): Promise<EntryView> {
  const { conclusion, note = null } = input
  return changeEntry(registry, context, named, async (tx, { conclusion: before }, memberId) => {
    if (memberId !== null && before?.memberId === null) throw refuse('concluded_by_secretariat')
    if (before?.conclusion === conclusion && before.note === note)
      throw refuse('nothing_changes', 'conclusion', { value: conclusion })
    await replaceConclusion(tx, {
      ...factBy(context, named),
      conclusion,
      note,
      concludedBy: context.actor.name,
      memberId,
    })
    return { action: 'reconciliation.concluded', changes: { entryId: named.entryId, conclusion, note } }
  })
}

function factBy({ now, actor }: Context, { entryId }: EntryNamed) {
  return { id: newId(now), entryId, recordedAt: now, recordedBy: actor.id }
}

/** `memberId` is the actor's own; null for one that is not confined. */
type Change = (
  tx: Db,
  before: EntryAsItStands,
  memberId: string | null,
) => Promise<{ action: string; changes: Record<string, unknown> }>

async function changeEntry(
  registry: Registry,
  context: Context,
  named: EntryNamed,
  change: Change,
): Promise<EntryView> {
  const memberId = confinedTo(context, 'reconciliations.conclude')
  const { counts } = await visibleReconciliation(registry, named.id, memberId)
  if (counts === null) throw refuse('reconciliation_unfinished')
  return registry.db.transaction(async (tx) => {
    await lockEntry(tx, named.entryId)
    const before = await entryNamed(tx, named, memberId)
    const done = await change(tx, before, memberId)
    const entity = { entity: 'reconciliation', entityId: named.id, memberId: before.entry.memberId }
    await record(tx, context, { ...done, ...entity })
    return entryView(await entryNamed(tx, named, memberId))
  })
}

async function entryNamed(tx: Db, { id, entryId }: EntryNamed, memberId: string | null): Promise<EntryAsItStands> {
  const [found] = await listEntries(tx, { reconciliationId: id, id: entryId, memberId, after: null, limit: 1 })
  if (!found) throw refuse('not_found', 'entryId', { value: entryId, values: { what: ['核对事项', 'entry'] } })
  return found
}
