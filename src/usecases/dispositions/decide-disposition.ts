import { z } from 'zod'
import { certificateStateOn, mayTake } from '../../domain/certificate.ts'
import { leavingReason, problemsOfDisposition } from '../../domain/disposition.ts'
import { Refusal, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { type Certificate, lockCertificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { type Disposition, leavingOf, replaceDisposition } from '../../store/dispositions.ts'
import { record } from '../../store/events.ts'
import { findMember, lockMember } from '../../store/members.ts'
import { actOn, illegalMove } from '../certificates/take-action.ts'
import { problemsOfReceiver } from '../certificates/transfer-certificate.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput, textInput } from '../inputs.ts'
import { sayNotices } from '../notices/say-notices.ts'

const words = textInput(2_000)

export const dispositionInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['keep', 'cancel']), words }),
  z.strictObject({
    kind: z.literal('transfer'),
    toMemberId: idInput,
    holderProof: textInput(1_000)
      .optional()
      .meta({ description: 'Where the holder wants another body: who recorded that, and on what proof (R7).' }),
    words,
  }),
])
type DispositionInput = z.infer<typeof dispositionInput>

/**
 * Decides what becomes of a live certificate whose body has left or lost its approval: keep it until it expires, propose
 * its transfer to a member that must accept, or cancel it at once. Where the holder wants another body, a transfer is
 * proposed in the same way (R4). @throws Refusal
 */
export async function decideDisposition(
  registry: Registry,
  context: Context,
  certificateId: string,
  input: DispositionInput,
): Promise<Disposition> {
  authorise(context, 'dispositions.decide')
  return registry.db.transaction(async (tx) => {
    const found = await lockCertificate(tx, certificateId)
    if (!found) throw refuse('not_found', 'id', { values: { what: ['证书', 'certificate'] } })
    const { certificate } = found
    await lockMember(tx, certificate.memberId)
    const leaving = await leavingOf(tx, certificate.memberId, context.today)
    if (!leaving) throw new Error(`certificate ${certificateId} has no member`)
    const holderProof = input.kind === 'transfer' ? (input.holderProof ?? null) : null
    const reason = holderProof === null ? leavingReason(leaving) : 'holder_choice'
    refuseIfAny(problemsOfDisposition({ kind: input.kind, reason }, leaving, context.today))
    if (certificate.endedOn !== null || certificate.validUntil < context.today) throw refuse('certificate_not_live')
    const state = certificateStateOn({ ...certificate, suspensions: found.suspensions }, context.today)
    if (input.kind === 'transfer' && !mayTake('transfer', state)) throw new Refusal(illegalMove('transfer', state))
    if (input.kind === 'transfer') await checkReceiver(tx, context, certificate, input.toMemberId)
    if (input.kind === 'cancel') {
      const cancel = {
        action: 'cancel',
        on: context.today,
        reasonCode: reason,
        reasonText: input.words,
      } as const
      await actOn(tx, registry, context, null, certificateId, cancel)
    }
    const disposition = await replaceDisposition(tx, {
      id: newId(context.now),
      certificateId,
      memberId: certificate.memberId,
      kind: input.kind,
      toMemberId: input.kind === 'transfer' ? input.toMemberId : null,
      words: input.words,
      reason,
      holderProof,
      decidedOn: context.today,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await record(tx, context, {
      action: 'certificate.disposed',
      entity: 'certificate',
      entityId: certificateId,
      memberId: certificate.memberId,
      onDay: context.today,
      changes: { kind: input.kind, toMemberId: disposition.toMemberId, reason },
    })
    if (disposition.toMemberId !== null) await tellOfTransfer(tx, context, certificate, disposition, 'proposed')
    if (reason === 'holder_choice') await tellOfTransfer(tx, context, certificate, disposition, 'wished')
    return disposition
  })
}

/** Whoever is to receive it must be able to issue it: so a body that leaves never receives (R4). @throws Refusal */
async function checkReceiver(tx: Db, context: Context, certificate: Certificate, toMemberId: string): Promise<void> {
  if (toMemberId === certificate.memberId) throw refuse('transfer_to_self', 'toMemberId')
  if (!(await findMember(tx, toMemberId)))
    throw refuse('not_found', 'toMemberId', { values: { what: ['成员机构', 'member'] } })
  refuseIfAny(await problemsOfReceiver(tx, context, certificate, { toMemberId, on: context.today }))
}

/**
 * The receiver is told what it may answer, the secretariat what it answered; the body that gives it away, that its holder
 * wants another one, and that the certificate is gone.
 */
export async function tellOfTransfer(
  tx: Db,
  context: Context,
  { number, holderName, productName, id: certificateId }: Certificate,
  { id, memberId, toMemberId }: Disposition,
  stage: 'proposed' | 'wished' | 'accepted' | 'gone' | 'declined',
): Promise<void> {
  const member = await findMember(tx, memberId)
  await sayNotices(tx, context, [
    {
      kind: 'transfer',
      thing: id,
      stage,
      audiences: stage === 'accepted' || stage === 'declined' ? ['secretariat'] : ['member'],
      memberId: stage === 'wished' || stage === 'gone' ? memberId : (toMemberId ?? memberId),
      certificateId,
      facts: { ...(member ? { member: member.name } : {}), number, holder: holderName, product: productName },
      onDay: context.today,
    },
  ])
}
