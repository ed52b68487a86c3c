import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { lockCertificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { lockObligationsOf } from '../../store/obligations.ts'
import { lockResult, type Result, setResult } from '../../store/results.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { correctionAnswer, type ResultCorrected, recountFor, reviseCertificateFor } from './revision.ts'

export const approvalInput = z.strictObject({
  verdict: z.enum(['approved', 'rejected']),
  note: textInput(2_000).optional(),
})

/**
 * The secretariat decides on a correction that waits. Approved, the stated day counts from now on; rejected, the day
 * that counted before the correction counts again (R2). @throws Refusal
 */
export async function decideCorrection(
  registry: Registry,
  context: Context,
  resultId: string,
  { verdict, note }: z.infer<typeof approvalInput>,
): Promise<ResultCorrected> {
  authorise(context, 'results.approve')
  return registry.db.transaction(async (tx) => {
    await shareCalendar(tx)
    const rulebook = await registry.rulebooks.current(tx)
    const [pending, before] = await pendingOne(tx, resultId)
    const present = pending.certificateId === null ? undefined : await lockCertificate(tx, pending.certificateId)
    const obligations = await lockObligationsOf(tx, { resultId: pending.rootId })

    const effectiveDecidedOn = verdict === 'approved' ? pending.decidedOn : before.effectiveDecidedOn
    const decision = {
      approval: verdict,
      approvalNote: note ?? null,
      decidedApprovalAt: context.now,
      decidedApprovalBy: context.actor.id,
    }
    const after = { ...pending, ...decision, effectiveDecidedOn }
    await setResult(tx, resultId, { ...decision, effectiveDecidedOn, changedAt: context.now })
    if (present) await reviseCertificateFor(tx, context, present.certificate, after, undefined)
    await recountFor(tx, context, rulebook, obligations, { from: pending.effectiveDecidedOn, to: effectiveDecidedOn })
    await record(tx, context, {
      action: `correction.${verdict}`,
      entity: 'result',
      entityId: after.rootId,
      memberId: after.memberId,
      onDay: effectiveDecidedOn,
      changes: { revision: after.revision, note: note ?? null },
    })
    return correctionAnswer(tx, registry, context, rulebook, before, after)
  })
}

/** The correction that waits and what it would supersede. @throws Refusal */
async function pendingOne(tx: Db, id: string): Promise<[pending: Result, before: Result]> {
  const pending = await lockResult(tx, id)
  if (!pending) throw refuse('not_found', 'id', { values: { what: ['认证结果', 'result'] } })
  if (pending.approval !== 'pending' || pending.supersededAt !== null) throw refuse('correction_not_pending')
  const before = pending.supersedesId === null ? undefined : await lockResult(tx, pending.supersedesId)
  if (!before) throw new Error(`correction ${id} supersedes nothing`)
  return [pending, before]
}
