import { z } from 'zod'
import { mayBeExplained } from '../../domain/escalation.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { lockExplainDutyOf } from '../../store/escalations.ts'
import { record } from '../../store/events.ts'
import {
  currentExplanationOf,
  type Explanation,
  insertExplanation,
  supersedeExplanation,
} from '../../store/explanations.ts'
import { findMember } from '../../store/members.ts'
import { lockObligation, type Obligation } from '../../store/obligations.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { sayNotices } from '../notices/say-notices.ts'
import { isOpen, meetByAct } from '../obligations/close-obligation.ts'
import { type ExplanationView, explanationView } from './explanation-view.ts'

export const explanationInput = z.strictObject({ text: textInput(4_000) })

/**
 * The member explains why an obligation is overdue or was met late (R2): that is the act which meets the duty to
 * explain it. A later one supersedes; one that was accepted stands. @throws Refusal
 */
export async function writeExplanation(
  registry: Registry,
  context: Context,
  obligationId: string,
  { text }: z.infer<typeof explanationInput>,
): Promise<ExplanationView> {
  const own = confinedTo(context, 'explanations.write')
  return registry.db.transaction(async (tx) => {
    const obligation = await lockObligation(tx, obligationId)
    if (!obligation || (own !== null && obligation.memberId !== own))
      throw refuse('not_found', 'id', { values: { what: ['报送义务', 'obligation'] } })
    if (!mayBeExplained(obligation, context.today)) throw refuse('explanation_not_owed')
    const explanation = await replaceCurrent(tx, context, obligation, text)
    const duty = await lockExplainDutyOf(tx, obligationId)
    if (duty && isOpen(duty)) await meetByAct(tx, context, duty, `explanation ${explanation.id}`)
    await tellSecretariat(tx, context, obligation, explanation)
    return explanationView(explanation)
  })
}

async function replaceCurrent(tx: Db, context: Context, obligation: Obligation, text: string): Promise<Explanation> {
  const current = await currentExplanationOf(tx, obligation.id)
  if (current?.verdict === 'accepted') throw refuse('explanation_accepted')
  if (current) await supersedeExplanation(tx, current.id, context.now)
  const explanation = await insertExplanation(tx, {
    id: newId(context.now),
    obligationId: obligation.id,
    memberId: obligation.memberId,
    text,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
  await record(tx, context, {
    action: 'explanation.written',
    entity: 'obligation',
    entityId: obligation.id,
    memberId: obligation.memberId,
    onDay: context.today,
    changes: { explanationId: explanation.id, supersedes: current?.id ?? null },
  })
  return explanation
}

async function tellSecretariat(tx: Db, context: Context, obligation: Obligation, { id }: Explanation): Promise<void> {
  const { memberId, duty, subject, dueOn } = obligation
  const member = await findMember(tx, memberId)
  await sayNotices(tx, context, [
    {
      kind: 'explanation',
      thing: id,
      stage: 'received',
      audiences: ['secretariat'],
      memberId,
      obligationId: obligation.id,
      facts: { ...(member ? { member: member.name } : {}), duty, subject, dueOn },
      onDay: context.today,
    },
  ])
}
