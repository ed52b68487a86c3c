import { dutyNames } from '../../domain/obligation.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { type Entry, record } from '../../store/events.ts'
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
  const receipt = await insertReceipt(tx, receiptOfAct(context, obligation, evidence, on))
  if (isOpen(obligation)) await setObligation(tx, obligation.id, { metOn: on, changedAt: context.now })
  await record(tx, context, metEntry(obligation, receipt))
  return receipt
}

/** The receipt that an act in the registry is. */
export function receiptOfAct(context: Context, obligation: Obligation, evidence: string, on: PlainDate): Receipt {
  return {
    id: newId(context.now),
    obligationId: obligation.id,
    reportedOn: on,
    receiptNumber: null,
    evidence,
    backReported: false,
    supersedesId: null,
    supersededAt: null,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}

export function metEntry({ id, memberId, duty }: Obligation, receipt: Receipt): Entry {
  return {
    action: 'obligation.met',
    entity: 'obligation',
    entityId: id,
    memberId,
    onDay: receipt.reportedOn,
    changes: { duty, receiptId: receipt.id, by: receipt.evidence },
  }
}

/** Waives what has lost its object, such as surveillance of a certificate that ended. Never a duty already met. */
export async function waiveMoot(tx: Db, context: Context, obligation: Obligation, ground: string): Promise<void> {
  const waivedOn: PlainDate = context.today
  await setObligation(tx, obligation.id, { waivedOn, waivedGround: ground, changedAt: context.now })
  await record(tx, context, {
    action: 'obligation.waived',
    entity: 'obligation',
    entityId: obligation.id,
    memberId: obligation.memberId,
    onDay: waivedOn,
    changes: { duty: dutyNames[obligation.duty][0], ground },
  })
}
