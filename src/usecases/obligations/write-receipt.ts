import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import {
  insertReceipt,
  type Obligation,
  type Receipt,
  setObligation,
  supersedeReceipt,
} from '../../store/obligations.ts'
import type { Context } from '../context.ts'

type ReceiptFacts = Pick<Receipt, 'reportedOn' | 'receiptNumber' | 'evidence' | 'backReported'>

/** Writes the receipt of an obligation that is locked, in place of the current one if there is one; both stay (R4a). */
export async function writeReceipt(
  tx: Db,
  context: Context,
  { id, memberId }: Obligation,
  current: Receipt | undefined,
  facts: ReceiptFacts,
): Promise<{ receipt: Receipt; met: Obligation }> {
  if (current) await supersedeReceipt(tx, current.id, context.now)
  const receipt = await insertReceipt(tx, {
    ...facts,
    id: newId(context.now),
    obligationId: id,
    supersedesId: current?.id ?? null,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
  const { reportedOn, backReported } = facts
  const met = await setObligation(tx, id, { metOn: reportedOn, changedAt: context.now })
  await record(tx, context, {
    action: current ? 'obligation.receipt_corrected' : 'obligation.met',
    entity: 'obligation',
    entityId: id,
    memberId,
    onDay: reportedOn,
    changes: { receiptId: receipt.id, reportedOn: { from: current?.reportedOn ?? null, to: reportedOn }, backReported },
  })
  return { receipt, met }
}
