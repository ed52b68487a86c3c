import { z } from 'zod'
import { owedToRegulator } from '../../domain/obligation.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { lockExplainDutyOf } from '../../store/escalations.ts'
import { record } from '../../store/events.ts'
import {
  decideWaiver,
  insertWaiver,
  lockObligation,
  type Obligation,
  setObligation,
  waiverOf,
} from '../../store/obligations.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { isOpen, waiveMoot } from './close-obligation.ts'
import { type ObligationView, obligationView } from './obligation-view.ts'

export const waiverInput = z.strictObject({ ground: textInput(2_000) })

/**
 * The secretariat proposes to waive an obligation on a ground. A duty to the national regulator stays open until the
 * regulator confirms the legal ground (R2); the others are waived at once. @throws Refusal
 */
export async function proposeWaiver(
  registry: Registry,
  context: Context,
  obligationId: string,
  { ground }: z.infer<typeof waiverInput>,
) {
  authorise(context, 'waivers.propose')
  return registry.db.transaction(async (tx) => {
    const obligation = await openOne(tx, obligationId)
    const waiver = {
      id: newId(context.now),
      obligationId,
      ground,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    }
    if (!(await insertWaiver(tx, waiver))) throw refuse('waiver_pending')
    await record(tx, context, {
      action: 'waiver.proposed',
      entity: 'obligation',
      entityId: obligationId,
      memberId: obligation.memberId,
      changes: { ground },
    })
    return owedToRegulator.includes(obligation.duty)
      ? view(tx, registry, context, obligation)
      : waive(tx, registry, context, obligation, ground)
  })
}

/** The regulator confirms the ground, and the obligation is waived from today. @throws Refusal */
export async function confirmProposedWaiver(registry: Registry, context: Context, obligationId: string) {
  return decideProposed(registry, context, obligationId, 'confirmed')
}

/** The regulator declines the ground: the obligation stays owed, and another ground may be proposed. @throws Refusal */
export async function declineProposedWaiver(registry: Registry, context: Context, obligationId: string) {
  return decideProposed(registry, context, obligationId, 'declined')
}

async function decideProposed(
  registry: Registry,
  context: Context,
  obligationId: string,
  verdict: 'confirmed' | 'declined',
) {
  authorise(context, 'waivers.confirm')
  return registry.db.transaction(async (tx) => {
    const obligation = await openOne(tx, obligationId)
    const waiver = await waiverOf(tx, obligationId)
    if (!waiver || waiver.verdict !== null) throw refuse('waiver_missing')
    await decideWaiver(tx, waiver.id, { verdict, decidedAt: context.now, decidedBy: context.actor.id })
    if (verdict === 'confirmed') return waive(tx, registry, context, obligation, waiver.ground)
    await record(tx, context, {
      action: 'waiver.declined',
      entity: 'obligation',
      entityId: obligationId,
      memberId: obligation.memberId,
      changes: { ground: waiver.ground },
    })
    return view(tx, registry, context, obligation)
  })
}

async function openOne(tx: Db, id: string): Promise<Obligation> {
  const obligation = await lockObligation(tx, id)
  if (!obligation) throw refuse('not_found', 'id', { values: { what: ['报送义务', 'obligation'] } })
  if (!isOpen(obligation)) throw refuse('obligation_closed')
  return obligation
}

async function waive(
  tx: Db,
  registry: Registry,
  context: Context,
  obligation: Obligation,
  ground: string,
): Promise<ObligationView> {
  const waived = await setObligation(tx, obligation.id, {
    waivedOn: context.today,
    waivedGround: ground,
    changedAt: context.now,
  })
  await record(tx, context, {
    action: 'obligation.waived',
    entity: 'obligation',
    entityId: obligation.id,
    memberId: obligation.memberId,
    onDay: context.today,
    changes: { ground },
  })
  // There is nothing left to explain.
  const duty = await lockExplainDutyOf(tx, obligation.id)
  if (duty && isOpen(duty)) await waiveMoot(tx, context, duty, `原义务已免除 / what it explains was waived: ${ground}`)
  return view(tx, registry, context, waived)
}

async function view(tx: Db, registry: Registry, context: Context, obligation: Obligation): Promise<ObligationView> {
  return obligationView(obligation, await registry.rulebooks.current(tx), context.today)
}
