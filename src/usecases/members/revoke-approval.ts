import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { insertRevocation, liftRevocation, revocationOf } from '../../store/measures.ts'
import { lockMember } from '../../store/members.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'
import { sayNotices } from '../notices/say-notices.ts'

export const revocationInput = z.strictObject({
  revokedOn: dayInput,
  ground: textInput(2_000).meta({ description: 'The document with its number, and why.' }),
})
export const liftingInput = z.strictObject({ ground: textInput(2_000) })

/**
 * Records that the regulator revoked a body's approval. From that day it is eligible for nothing, issues nothing, and its
 * certificates prove nothing (R4); removing it is a measure of its own (R8). @throws Refusal
 */
export async function recordRevocation(
  registry: Registry,
  context: Context,
  memberId: string,
  { revokedOn, ground }: z.infer<typeof revocationInput>,
): Promise<void> {
  authorise(context, 'approvals.revoke')
  if (revokedOn > context.today) throw refuse('day_in_future', 'revokedOn', { value: revokedOn })
  await registry.db.transaction(async (tx) => {
    const name = await lockedName(tx, memberId)
    if (await revocationOf(tx, memberId)) throw refuse('approval_revoked_already')
    const id = newId(context.now)
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    await insertRevocation(tx, { id, memberId, revokedOn, ground, ...by })
    await record(tx, context, {
      action: 'member.approval_revoked',
      entity: 'member',
      entityId: memberId,
      memberId,
      onDay: revokedOn,
      changes: { revocationId: id, ground },
    })
    await sayNotices(tx, context, [
      {
        kind: 'approval_revoked',
        thing: id,
        stage: 'revoked',
        audiences: ['member', 'secretariat', 'regulator'],
        memberId,
        facts: { member: name, untilOn: revokedOn },
        onDay: context.today,
      },
    ])
  })
}

/** Takes a revocation back that was annulled or recorded wrongly; it stays readable. @throws Refusal */
export async function recordLifting(
  registry: Registry,
  context: Context,
  memberId: string,
  { ground }: z.infer<typeof liftingInput>,
): Promise<void> {
  authorise(context, 'approvals.revoke')
  await registry.db.transaction(async (tx) => {
    await lockedName(tx, memberId)
    const revocation = await revocationOf(tx, memberId)
    if (!revocation) throw refuse('approval_not_revoked')
    const lifting = { liftedAt: context.now, liftedBy: context.actor.id, liftedGround: ground }
    await liftRevocation(tx, revocation.id, lifting)
    await record(tx, context, {
      action: 'member.approval_restored',
      entity: 'member',
      entityId: memberId,
      memberId,
      onDay: context.today,
      changes: { revocationId: revocation.id, ground },
    })
  })
}

async function lockedName(tx: Db, memberId: string): Promise<string> {
  const member = await lockMember(tx, memberId)
  if (!member) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
  return member.name
}
