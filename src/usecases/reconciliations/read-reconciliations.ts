import { z } from 'zod'
import { entryKinds } from '../../domain/reconciliation.ts'
import { type Refusal, refuse } from '../../domain/refusals.ts'
import {
  countEntries,
  type EntryAsItStands,
  findReconciliation,
  listEntries,
  listReconciliations,
  type Reconciliation,
} from '../../store/reconciliations.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { cursorAfter, type Page, pageInput, pageOf, positionOf } from '../pages.ts'
import { type ReconciliationView, reconciliationView } from './reconciliation-view.ts'

export const reconciliationsQuery = z.strictObject(pageInput)

/**
 * Newest first. A member sees its own and the finished ones of all members, of which what was counted over all is not
 * for it. @throws Refusal
 */
export async function readReconciliations(
  registry: Registry,
  context: Context,
  { limit, cursor }: z.infer<typeof reconciliationsQuery>,
): Promise<Page<ReconciliationView>> {
  const memberId = confinedTo(context, 'reconciliations.read')
  const beforeId = positionOf('reconciliations', 'text', cursor)?.id ?? null
  const rows = await listReconciliations(registry.db, { memberId }, { beforeId, limit: limit + 1 })
  const shown = rows.slice(0, limit).map((row) => viewFor(row, memberId, context.now))
  const last = shown.at(-1)
  return {
    items: shown,
    nextCursor: rows.length > limit && last ? cursorAfter('reconciliations', last.id, last.id) : null,
  }
}

/** What a list of all members holds as a whole says how many certificates the others have. */
function viewFor(row: Reconciliation, memberId: string | null, now: Date): ReconciliationView {
  const view = reconciliationView(row, now)
  if (memberId === null || row.memberId !== null) return view
  return { ...view, counts: null, otherBodies: [], bytesRead: 0, bytesTotal: 0 }
}

/** One with how many entries of each kind there are for the reader, and how many of them are open. @throws Refusal */
export async function readReconciliation(registry: Registry, context: Context, id: string) {
  const memberId = confinedTo(context, 'reconciliations.read')
  const row = await visibleReconciliation(registry, id, memberId)
  const kinds = row.counts === null ? [] : await countEntries(registry.db, id, { memberId })
  return { ...viewFor(row, memberId, context.now), kinds: [...kinds] }
}

/** @throws Refusal `not_found`, also for another member's */
export async function visibleReconciliation(
  { db }: Registry,
  id: string,
  memberId: string | null,
): Promise<Reconciliation> {
  const row = await findReconciliation(db, id, { memberId })
  if (!row) throw reconciliationUnknown(id)
  return row
}

export function reconciliationUnknown(id: string): Refusal {
  return refuse('not_found', 'id', { value: id, values: { what: ['核对', 'reconciliation'] } })
}

export const entriesQuery = z.strictObject({
  ...pageInput,
  kind: z.enum(entryKinds).optional(),
  state: z.enum(['open', 'concluded']).optional(),
  owner: textInput(100).optional().meta({ description: 'Who sees to it, as it was written down.' }),
})

/** The work list, by certificate number; a member sees what is about its own certificates. @throws Refusal */
export async function readEntries(
  registry: Registry,
  context: Context,
  id: string,
  query: z.infer<typeof entriesQuery>,
): Promise<Page<EntryView>> {
  const memberId = confinedTo(context, 'reconciliations.read')
  const { counts } = await visibleReconciliation(registry, id, memberId)
  if (counts === null) throw refuse('reconciliation_unfinished')
  const { limit, cursor, ...asked } = query
  const after = positionOf('reconciliation-entries', 'text', cursor)
  const rows = await listEntries(registry.db, { ...asked, reconciliationId: id, memberId, after, limit: limit + 1 })
  return pageOf(
    'reconciliation-entries',
    rows,
    limit,
    ({ entry }) => ({ value: entry.number, id: entry.id }),
    entryView,
  )
}

export type EntryView = ReturnType<typeof entryView>

export function entryView({ entry, owner, conclusion }: EntryAsItStands) {
  const { fingerprint: _, problems, ...shown } = entry
  const state: 'open' | 'concluded' = conclusion === null ? 'open' : 'concluded'
  return { ...shown, problems: problems ?? [], state, owner, conclusion }
}
