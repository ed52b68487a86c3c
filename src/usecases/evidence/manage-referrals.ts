import { z } from 'zod'
import type { EvidencePack } from '../../domain/evidence-pack.ts'
import { referralOutcomes } from '../../domain/referral.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { lockFinding } from '../../store/conduct.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { lockMember } from '../../store/members.ts'
import { lockObligation } from '../../store/obligations.ts'
import {
  findReferral,
  insertReferral,
  insertReferralAnswer,
  isReferred,
  listReferrals,
  type Referral,
  type ReferralAnswer,
  type ReferredAs,
} from '../../store/referrals.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { idInput, textInput } from '../inputs.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { packOf, type Subject, subjectInput, subjectOf } from './make-pack.ts'

export const referralInput = z.strictObject({
  ...subjectInput,
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
 * Refers a lapse, a finding or a body's period to the provincial bureau; the pack is kept as it is sent (N7, R8). One
 * referral of each waits for its answer at a time. @throws Refusal
 */
export async function refer(
  registry: Registry,
  context: Context,
  input: z.infer<typeof referralInput>,
  idempotencyKey?: string,
): Promise<Answered<ReferralView>> {
  authorise(context, 'referrals.make')
  const { words, ...asked } = input
  const subject = subjectOf(asked)
  const keyed = { key: idempotencyKey, operation: 'POST /v1/referrals', body: input }
  return onceOnly(registry, context, keyed, (tx) => referWithin(tx, registry, context, subject, words))
}

async function referWithin(
  tx: Db,
  registry: Registry,
  context: Context,
  subject: Subject,
  words: string,
): Promise<ReferralView> {
  await lockSubject(tx, subject)
  const { sha256: packSha256, ...pack } = await packOf(tx, registry, context, subject)
  const about = referredAs(subject)
  if (await isReferred(tx, pack.member.id, about)) throw refuse('referral_open')
  const referral = await insertReferral(tx, {
    id: newId(context.now),
    memberId: pack.member.id,
    ...about,
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
    changes: { ...about, packSha256 },
  })
  return viewOf({ referral, answer: null })
}

/** Whoever refers the same thing waits here. */
async function lockSubject(tx: Db, subject: Subject): Promise<void> {
  if (subject.about === 'obligation') await lockObligation(tx, subject.id)
  else if (subject.about === 'finding') await lockFinding(tx, subject.id)
  else await lockMember(tx, subject.memberId)
}

function referredAs(subject: Subject): ReferredAs {
  const nothing = { obligationId: null, findingId: null, fromOn: null, untilOn: null }
  if (subject.about === 'obligation') return { ...nothing, obligationId: subject.id }
  if (subject.about === 'finding') return { ...nothing, findingId: subject.id }
  return { ...nothing, fromOn: subject.from, untilOn: subject.until }
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
