import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { type Assignment, lockAssignment, setAssignment } from '../../store/assignments.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { yuanInput } from './manage-assignments.ts'

export const feeInput = z.strictObject({
  feePaidYuan: yuanInput,
  proof: textInput(1_000).meta({ description: 'Invoice or receipt, and who showed it.' }),
})

/** What the firm paid, on what proof: beside what was quoted, as N6 can't be judged otherwise (R7). @throws Refusal */
export async function recordFee(
  registry: Registry,
  context: Context,
  id: string,
  { feePaidYuan, proof }: z.infer<typeof feeInput>,
): Promise<Assignment> {
  authorise(context, 'assignments.write')
  return registry.db.transaction(async (tx) => {
    const before = await lockAssignment(tx, id)
    if (!before) throw refuse('not_found', 'id', { values: { what: ['认证任务', 'assignment'] } })
    if (before.acceptedOn === null) throw refuse('assignment_not_accepted')
    const to = feePaidYuan.toFixed(2)
    if (before.feePaidYuan === to) throw refuse('nothing_changes')
    const paid = await setAssignment(tx, id, { feePaidYuan: to, changedAt: context.now })
    await record(tx, context, {
      action: 'assignment.fee_recorded',
      entity: 'assignment',
      entityId: id,
      memberId: before.memberId,
      onDay: context.today,
      changes: { feePaidYuan: { from: before.feePaidYuan, to }, proof },
    })
    return paid
  })
}
