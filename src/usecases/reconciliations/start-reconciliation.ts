import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { record } from '../../store/events.ts'
import { findMember } from '../../store/members.ts'
import { insertReconciliation, signOfReconciliations } from '../../store/reconciliations.ts'
import { listCoverages, listSources } from '../../store/schema/reconciliations.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type Mapping, requireListMapping } from '../imports/mapping.ts'
import { dayInput, idInput, textInput } from '../inputs.ts'
import { type ReconciliationView, reconciliationView } from './reconciliation-view.ts'

export const listInput = {
  source: z.enum(listSources).optional().meta({
    description: 'Whose list it is: absent, a member’s own, CNCA’s of anybody else. Only these bring one of CNCA.',
  }),
  memberId: idInput.optional().meta({
    description: 'The member whose certificates it holds; absent: all members, which a member may not ask for.',
  }),
  madeOn: dayInput.optional().meta({ description: 'The day on which the list was made; today where absent.' }),
  covers: z.enum(listCoverages).default('in_force').meta({
    description: 'What it should hold: certificates that had neither ended nor expired on that day, or all.',
  }),
  fileName: textInput(200).default('list'),
}
const listAsked = z.strictObject(listInput)
type ListSource = (typeof listSources)[number]
export type ListAsked = z.infer<typeof listAsked>

export type ReceivedList = ListAsked & {
  readonly mapping: Mapping
  readonly fileSha256: string
  readonly bytesTotal: number
}

/**
 * Whether the actor may reconcile such a list, to be asked before a file is accepted, too: a member its own only, whose
 * list is laid beside its own certificates alone. @throws Refusal
 */
export async function authoriseList(
  { db }: Registry,
  context: Context,
  asked: ListAsked & { readonly mapping: Mapping },
): Promise<{ memberId: string | null; source: ListSource }> {
  const own = confinedTo(context, 'reconciliations.run')
  requireListMapping(asked.mapping)
  const memberId = asked.memberId ?? own
  const source = asked.source ?? (own === null ? 'cnca' : 'member')
  if (own !== null && memberId !== own) throw memberUnknown(asked)
  if (own !== null && source === 'cnca') throw refuse('cnca_list_by_member', 'source', { value: source })
  if (source === 'member' && memberId === null) throw refuse('member_missing', 'memberId')
  if (memberId !== null && !(await findMember(db, memberId))) throw memberUnknown(asked)
  if (asked.madeOn !== undefined && asked.madeOn > context.today)
    throw refuse('day_in_future', 'madeOn', { value: asked.madeOn })
  return { memberId, source }
}

function memberUnknown({ memberId }: ListAsked) {
  return refuse('not_found', 'memberId', { value: memberId, values: { what: ['成员机构', 'member'] } })
}

/** Notes that a list is to be laid beside ours; `runReconciliation` does it. @throws Refusal */
export async function startReconciliation(
  registry: Registry,
  context: Context,
  list: ReceivedList,
): Promise<ReconciliationView> {
  const { memberId, source } = await authoriseList(registry, context, list)
  const { now, actor } = context
  const started = {
    ...list,
    id: newId(now),
    memberId,
    source,
    madeOn: list.madeOn ?? context.today,
    mapping: { ...list.mapping },
    startedAt: now,
    heartbeatAt: now,
    recordedBy: actor.id,
  }
  return registry.db.transaction(async (tx) => {
    const row = await insertReconciliation(tx, started)
    const { madeOn, covers, fileName, fileSha256 } = row
    const changes = { source, madeOn, covers, fileName, fileSha256 }
    await record(tx, context, {
      action: 'reconciliation.started',
      entity: 'reconciliation',
      entityId: row.id,
      memberId,
      changes,
    })
    return reconciliationView(row, now)
  })
}

/** Says of reconciliations that wait for their turn that they are not forgotten. */
export async function keepReconciliationsWaiting({ db, clock }: Registry, ids: readonly string[]): Promise<void> {
  await signOfReconciliations(db, ids, clock.now())
}
