import { dutyNames } from '../../domain/obligation.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { insertReceipt, type Obligation, type Receipt, setObligation } from '../../store/obligations.ts'
import type { Context } from '../context.ts'

export function isOpen(obligation: Obligation): boolean {
  return obligation.metOn === null && obligation.waivedOn === null
}

/** Meets an obligation by an act in the registry itself: the act is the receipt. One that is closed stays as it is. */
export async function meetByAct(
  tx: Db,
  context: Context,
  obligation: Obligation,
  evidence: string,
  on: PlainDate = context.today,
): Promise<Receipt> {
  const receipt = await insertReceipt(tx, {
    id: newId(context.now),
    obligationId: obligation.id,
    reportedOn: on,
    evidence,
    backReported: false,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
  if (isOpen(obligation)) await setObligation(tx, obligation.id, { metOn: on })
  await record(tx, context, {
    action: 'obligation.met',
    entity: 'obligation',
    entityId: obligation.id,
    memberId: obligation.memberId,
    onDay: on,
    changes: { duty: obligation.duty, receiptId: receipt.id, by: evidence },
  })
  return receipt
}

/** Waives what has lost its object, such as surveillance of a certificate that ended. Never a duty already met. */
export async function waiveMoot(tx: Db, context: Context, obligation: Obligation, ground: string): Promise<void> {
  const waivedOn: PlainDate = context.today
  await setObligation(tx, obligation.id, { waivedOn, waivedGround: ground })
  await record(tx, context, {
    action: 'obligation.waived',
    entity: 'obligation',
    entityId: obligation.id,
    memberId: obligation.memberId,
    onDay: waivedOn,
    changes: { duty: dutyNames[obligation.duty][0], ground },
  })
}
