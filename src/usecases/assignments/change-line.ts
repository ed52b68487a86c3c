import { z } from 'zod'
import { ineligibilities } from '../../domain/eligibility.ts'
import { industryContains } from '../../domain/industries.ts'
import { sharesAfter } from '../../domain/proposal-line.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import {
  changesOf,
  findLine,
  findProposal,
  insertLineChange,
  issueOf,
  lockBatch,
  movesOf,
  type ProposalLine,
} from '../../store/assignment-batches.ts'
import type { Db } from '../../store/database.ts'
import { candidatesFor } from '../../store/desk.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput, textInput } from '../inputs.ts'
import { batchUnknown } from './propose-batch.ts'
import { holderOf, type LineView, lineView, type proposalParams, requireProposal } from './read-batches.ts'

export const lineChangeInput = z.strictObject({
  caseId: idInput,
  memberId: idInput.nullable().meta({ description: 'Who gets the case instead; null takes it out of the batch.' }),
  reason: textInput(2_000),
})

/** The secretariat gives a case to another body than proposed, or to none; change and reason are kept (N3). @throws Refusal */
export async function changeLine(
  registry: Registry,
  context: Context,
  ids: z.infer<typeof proposalParams>,
  { caseId, memberId, reason }: z.infer<typeof lineChangeInput>,
): Promise<LineView> {
  authorise(context, 'batches.manage')
  return registry.db.transaction(async (tx) => {
    if (!(await lockBatch(tx, ids.id))) throw batchUnknown()
    if (await issueOf(tx, ids.id)) throw refuse('batch_issued', 'id')
    const proposal = requireProposal(await findProposal(tx, ids.id, ids.proposalId))
    const row = await findLine(tx, proposal.id, caseId)
    if (!row) throw refuse('not_found', 'caseId', { values: { what: ['任务', 'case'] } })
    // Never overridden (R7): the firm may choose anew, the desk does not.
    if (row.one.chosenMemberId !== null) throw refuse('own_choice_stands', 'caseId')
    const before = await changesOf(tx, proposal.id, [caseId])
    const from = holderOf(row.line.memberId, before)
    if (from === memberId) throw refuse('nothing_changes', 'memberId')
    if (memberId !== null) refuseIfAny(await problemsOfHolder(tx, context, row, memberId))
    const number = before.length + 1
    const facts = { id: newId(context.now), proposalId: proposal.id, caseId, number, memberId, reason }
    const change = { ...facts, recordedAt: context.now, recordedBy: context.actor.id }
    await insertLineChange(tx, change)
    await record(tx, context, {
      action: 'batch.line_changed',
      entity: 'batch',
      entityId: ids.id,
      memberId,
      changes: { proposalId: proposal.id, caseId, memberId: { from, to: memberId }, reason },
    })
    const shares = sharesAfter(proposal.shares, await movesOf(tx, proposal.id))
    return lineView(row, shares, [...before, change])
  })
}

/** What stands against it today; it is asked again when the batch is issued, capacity of all lines together included. */
async function problemsOfHolder(tx: Db, { today }: Context, { one }: ProposalLine, memberId: string) {
  const [candidate] = await candidatesFor(tx, {
    memberId,
    on: today,
    enterpriseId: one.enterpriseId,
    replacesId: one.replacesId,
  })
  if (!candidate)
    return [problem('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })] satisfies Problem[]
  const asked = { family: one.family, industryCode: one.industryCode, on: today, mode: 'secretariat_assigned' as const }
  return ineligibilities(asked, candidate, industryContains)
}
