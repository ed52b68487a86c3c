import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { record } from '../../store/events.ts'
import { findPack, insertPack, type KeptPackHead, listPacks } from '../../store/evidence.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { idInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { type PackMade, packOf, subjectInput, subjectOf } from './make-pack.ts'

export const packInput = z.strictObject(subjectInput)
export const packsQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .meta({ description: 'Whether a copy is one that was handed out.' }),
})

/** That a pack was handed out, and which one. */
export type PackHead = KeptPackHead

/** The same with what it held. */
export type PackKept = PackHead & { readonly content: PackMade }

/** Makes a pack and keeps it word for word, so that a copy can be held against it later (N7, R4a). @throws Refusal */
export async function keepPack(
  registry: Registry,
  context: Context,
  input: z.infer<typeof packInput>,
  idempotencyKey: string | undefined,
): Promise<Answered<PackKept>> {
  authorise(context, 'evidence.read')
  const subject = subjectOf(input)
  const keyed = { key: idempotencyKey, operation: 'POST /v1/evidence-packs', body: input }
  return onceOnly(registry, context, keyed, async (tx) => {
    const content = await packOf(tx, registry, context, subject)
    const { sha256, ...pack } = content
    const head = await insertPack(tx, {
      id: newId(context.now),
      memberId: pack.member.id,
      about: pack.about,
      pack,
      sha256,
      madeOn: context.today,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await record(tx, context, {
      action: 'evidence.kept',
      entity: 'evidence_pack',
      entityId: head.id,
      onDay: context.today,
      changes: { about: pack.about, sha256 },
    })
    return { ...head, content }
  })
}

/** One pack as it was handed out. @throws Refusal */
export async function readKeptPack(registry: Registry, context: Context, id: string): Promise<PackKept> {
  authorise(context, 'evidence.read')
  const found = await findPack(registry.db, id)
  if (!found) throw refuse('not_found', 'id', { values: { what: ['证据材料', 'evidence pack'] } })
  const { pack, ...head } = found
  return { ...head, content: { ...pack, sha256: head.sha256 } }
}

/** The packs that were handed out, by day. @throws Refusal */
export async function readKeptPacks(
  registry: Registry,
  context: Context,
  { limit, cursor, memberId, sha256 }: z.infer<typeof packsQuery>,
): Promise<KeysetPage<PackHead>> {
  authorise(context, 'evidence.read')
  const after = positionOf('evidence-packs', 'day', cursor)
  const rows = await listPacks(registry.lists, { after, limit, memberId, sha256 })
  const placeOf = ({ madeOn, id }: PackHead) => ({ value: madeOn, id })
  return pageOf('evidence-packs', rows, limit, placeOf, (row) => row)
}
