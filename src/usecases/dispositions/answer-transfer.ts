import { z } from 'zod'
import { leavingReason, problemsOfDisposition } from '../../domain/disposition.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { lockCertificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { answerDisposition, type Disposition, findDisposition, leavingOf } from '../../store/dispositions.ts'
import { record } from '../../store/events.ts'
import { lockMember } from '../../store/members.ts'
import { actOn } from '../certificates/take-action.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { certificateNumberInput, textInput } from '../inputs.ts'
import { tellOfTransfer } from './decide-disposition.ts'

export const transferAnswer = z.discriminatedUnion('answer', [
  z.strictObject({ answer: z.literal('accept'), newNumber: certificateNumberInput }),
  z.strictObject({ answer: z.literal('decline'), words: textInput(2_000) }),
])
type TransferAnswer = z.infer<typeof transferAnswer>

/**
 * The member that is to receive a certificate takes it over under a number of its own, or declines with a reason, which
 * puts it back on the work list (R4). @throws Refusal
 */
export async function answerTransfer(
  registry: Registry,
  context: Context,
  id: string,
  input: TransferAnswer,
): Promise<Disposition> {
  const own = confinedTo(context, 'dispositions.answer')
  return registry.db.transaction(async (tx) => {
    const seen = await findDisposition(tx, id)
    const found =
      seen && (own === null || seen.toMemberId === own) ? await lockCertificate(tx, seen.certificateId) : undefined
    if (!found) throw refuse('not_found', 'id', { values: { what: ['转移事项', 'transfer'] } })
    const present = await findDisposition(tx, id)
    if (!present || present.answer !== null || present.supersededAt !== null) throw refuse('transfer_answered')
    const successorId =
      input.answer === 'accept' ? await takeOver(tx, registry, context, present, input.newNumber) : null
    const answered = await answerDisposition(tx, id, {
      answer: input.answer === 'accept' ? 'accepted' : 'declined',
      answeredOn: context.today,
      answerWords: input.answer === 'decline' ? input.words : null,
      successorId,
    })
    await record(tx, context, {
      action: `certificate.transfer_${answered.answer}`,
      entity: 'certificate',
      entityId: present.certificateId,
      memberId: present.toMemberId,
      onDay: context.today,
      changes: { dispositionId: id, successorId },
    })
    await tellOfTransfer(tx, context, found.certificate, answered, answered.answer ?? 'declined')
    if (answered.answer === 'accepted') await tellOfTransfer(tx, context, found.certificate, answered, 'gone')
    return answered
  })
}

async function takeOver(
  tx: Db,
  registry: Registry,
  context: Context,
  { certificateId, memberId, toMemberId, kind, reason }: Disposition,
  newNumber: string,
): Promise<string> {
  await lockMember(tx, memberId)
  const leaving = await leavingOf(tx, memberId, context.today)
  if (!leaving || toMemberId === null) throw new Error(`a transfer of ${certificateId} without both sides`)
  // A removal may have been reversed meanwhile, or a revocation lifted.
  refuseIfAny(problemsOfDisposition({ kind, reason }, leaving, context.today))
  const reasonCode = reason ?? leavingReason(leaving)
  const transfer = { action: 'transfer', on: context.today, reasonCode, toMemberId, newNumber } as const
  const { successor } = await actOn(tx, registry, context, null, certificateId, transfer)
  if (!successor) throw new Error(`a transfer of ${certificateId} without a successor`)
  return successor.id
}
