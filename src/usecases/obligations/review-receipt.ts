import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { record } from '../../store/events.ts'
import { findReceipt, insertReview, lockObligation, receiptsOf, setObligation } from '../../store/obligations.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'

export const reviewInput = z.strictObject({
  verdict: z.enum(['confirmed', 'contested']),
  reportedOn: dayInput.optional().meta({ description: 'The day that the regulator’s own record shows.' }),
  note: textInput(2_000).optional(),
})

export type ReviewInput = z.infer<typeof reviewInput>

/**
 * The regulator confirms or contests a receipt. What it holds stands beside what the member declared; neither
 * overwrites the other, and a contested one counts and is marked (R2, R9). @throws Refusal
 */
export async function reviewReceipt(
  registry: Registry,
  context: Context,
  obligationId: string,
  receiptId: string,
  input: ReviewInput,
) {
  authorise(context, 'receipts.review')
  return registry.db.transaction(async (tx) => {
    const obligation = await lockObligation(tx, obligationId)
    const receipt = obligation && (await findReceipt(tx, obligationId, receiptId))
    if (!obligation || !receipt) throw refuse('not_found', 'receiptId', { values: { what: ['回执', 'receipt'] } })
    if (receipt.supersededAt !== null) throw refuse('receipt_superseded', 'receiptId')
    await insertReview(tx, {
      id: newId(context.now),
      receiptId,
      verdict: input.verdict,
      reportedOn: input.reportedOn ?? null,
      note: input.note ?? null,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await setObligation(tx, obligationId, { contested: input.verdict === 'contested', changedAt: context.now })
    await record(tx, context, {
      action: `receipt.${input.verdict}`,
      entity: 'obligation',
      entityId: obligationId,
      memberId: obligation.memberId,
      changes: { receiptId, reportedOn: { declared: receipt.reportedOn, regulator: input.reportedOn ?? null } },
    })
    return { receipts: await receiptsOf(tx, obligationId) }
  })
}
