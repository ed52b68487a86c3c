import { z } from 'zod'
import type { EvidencePack } from '../../domain/evidence-pack.ts'
import { referralOutcomes } from '../../domain/referral.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { lockObligation } from '../../store/obligations.ts'
import {
  findReferral,
  insertReferral,
  insertReferralAnswer,
  isReferred,
  listReferrals,
  type Referral,
  type ReferralAnswer,
} from '../../store/referrals.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { idInput, textInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { obligationPack } from './make-pack.ts'

export const referralInput = z.strictObject({
  obligationId: idInput.meta({ description: 'The report that is overdue or was late.' }),
  words: textInput(4_000),
})
export const referralAnswerInput = z.strictObject({
  outcome: z.enum(referralOutcomes),
  document: textInput(300).optional(),
  words: textInput(4_000),
})
export const referralsQuery = z.strictObject({ ...pageInput, memberId: idInput.optional() })

export type ReferralView = Omit<Referral, 'pack'> & { readonly answer: ReferralAnswer | null }

/**
 * Refers a lapse to the provincial bureau; the pack is kept as it is sent (N7, R8). One referral of an obligation waits for
 * its answer at a time. @throws Refusal
 */
export async function refer(
  registry: Registry,
  context: Context,
  input: z.infer<typeof referralInput>,
  idempotencyKey?: string,
): Promise<Answered<ReferralView>> {
  authorise(context, 'referrals.make')
  const keyed = { key: idempotencyKey, operation: 'POST /v1/referrals', body: input }
  return onceOnly(registry, context, keyed, (tx) => referWithin(tx, registry, context, input))
}

async function referWithin(
  tx: Db,
  registry: Registry,
  context: Context,
  { obligationId, words }: z.infer<typeof referralInput>,
): Promise<ReferralView> {
  await lockObligation(tx, obligationId)
  const { sha256: packSha256, ...pack } = await obligationPack(tx, registry, context, obligationId)
  if (await isReferred(tx, obligationId)) throw refuse('referral_open', 'obligationId')
  const referral = await insertReferral(tx, {
    id: newId(context.now),
    memberId: pack.member.id,
    obligationId,
    words,
    pack,
    packSha256,
    referredOn: context.today,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
  await record(tx, context, {
    action: 'referral.made',
    entity: 'referral',
    entityId: referral.id,
    onDay: context.today,
    changes: { obligationId, packSha256 },
  })
  return viewOf({ referral, answer: null })
}

/** The bureau answers, once (N7). @throws Refusal */
export async function answerReferral(
  registry: Registry,
  context: Context,
  id: string,
  { outcome, document = undefined, words }: z.infer<typeof referralAnswerInput>,
): Promise<ReferralView> {
  authorise(context, 'referrals.answer')
  return registry.db.transaction(async (tx) => {
    if (!(await findReferral(tx, id))) throw unknownReferral()
    const isFirst = await insertReferralAnswer(tx, {
      referralId: id,
      outcome,
      document: document ?? null,
      words,
      answeredOn: context.today,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    if (!isFirst) throw refuse('referral_answered')
    await record(tx, context, {
      action: 'referral.answered',
      entity: 'referral',
      entityId: id,
      onDay: context.today,
      changes: { outcome },
    })
    const found = await findReferral(tx, id)
    if (!found) throw new Error(`referral ${id} vanished`)
    return viewOf(found)
  })
}

/** The register of referrals by day, with the answers (N7). @throws Refusal */
export async function readReferrals(
  registry: Registry,
  context: Context,
  { limit, cursor, memberId }: z.infer<typeof referralsQuery>,
): Promise<KeysetPage<ReferralView>> {
  authorise(context, 'referrals.read')
  const rows = await listReferrals(registry.lists, { limit, memberId, after: positionOf('referrals', 'day', cursor) })
  const placeOf = ({ referral }: (typeof rows)[number]) => ({ value: referral.referredOn, id: referral.id })
  return pageOf('referrals', rows, limit, placeOf, viewOf)
}

/** One referral with the pack as it was sent (R4a). @throws Refusal */
export async function readReferral(
  registry: Registry,
  context: Context,
  id: string,
): Promise<ReferralView & { readonly pack: EvidencePack }> {
  authorise(context, 'referrals.read')
  const found = await findReferral(registry.db, id)
  if (!found) throw unknownReferral()
  return { ...viewOf(found), pack: found.referral.pack }
}

function viewOf({ referral: { pack: _, ...facts }, answer }: { referral: Referral; answer: ReferralAnswer | null }) {
  return { ...facts, answer }
}

function unknownReferral() {
  return refuse('not_found', 'id', { values: { what: ['移送', 'referral'] } })
}
