import { z } from 'zod'
import { certificateStateOn } from '../../domain/certificate.ts'
import { isBackReported, metByPosting, unprovenRecordingWorkingDays } from '../../domain/obligation.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { findCertificate, lockCertificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import {
  currentReceiptOf,
  findObligation,
  insertReceipt,
  lockObligation,
  lockObligationOfCause,
  type Obligation,
  type Receipt,
  setObligation,
  supersedeReceipt,
} from '../../store/obligations.ts'
import { type Rulebook, shareCalendar } from '../../store/rulebook.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { dayInput, idInput, textInput } from '../inputs.ts'
import { isOpen } from './close-obligation.ts'
import { type ObligationView, obligationView } from './obligation-view.ts'
import { openObligation } from './open-obligation.ts'
import { openObligations } from './open-obligations.ts'
import { recount } from './recount-obligation.ts'

export const receiptInput = z.strictObject({
  reportedOn: dayInput.meta({ description: 'The day on which the duty was done, as the member declares it.' }),
  receiptNumber: textInput(100).optional(),
  evidence: textInput(2_000)
    .optional()
    .meta({ description: 'Required when recorded more than 2 working days after that day (R2).' }),
  supersedesReceiptId: idInput.optional().meta({ description: 'The current receipt, when this one corrects it.' }),
})

export type ReceiptInput = z.infer<typeof receiptInput>

export type ReceiptRecorded = { readonly receipt: Receipt; readonly obligation: ObligationView }

/**
 * Records that an obligation was met, on the day that the member declares (N4, R2). A later one must name the receipt
 * that it corrects; both stay. Of two at once, one is refused. @throws Refusal
 */
export async function recordReceipt(
  registry: Registry,
  context: Context,
  obligationId: string,
  input: ReceiptInput,
  idempotencyKey: string | undefined,
): Promise<Answered<ReceiptRecorded>> {
  const own = confinedTo(context, 'receipts.record')
  const work = (tx: Db) => receive(tx, registry, context, own, obligationId, input)
  const keyed = { key: idempotencyKey, operation: `POST /v1/obligations/${obligationId}/receipts`, body: input }
  return onceOnly(registry, context, keyed, work)
}

async function receive(
  tx: Db,
  registry: Registry,
  context: Context,
  own: string | null,
  id: string,
  input: ReceiptInput,
): Promise<ReceiptRecorded> {
  await shareCalendar(tx)
  const rulebook = await registry.rulebooks.current(tx)
  const obligation = await lockWithCertificate(tx, id)
  if (!obligation || (own !== null && obligation.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['报送义务', 'obligation'] } })
  const current = await currentReceiptOf(tx, id)
  const backReported = isBackReported(rulebook.calendar, input.reportedOn, context.today)
  refuseIfAny(problemsOfReceipt(input, obligation, current, context, backReported))

  if (current) await supersedeReceipt(tx, current.id, context.now)
  const receipt = await insertReceipt(tx, receiptRow(context, id, input, backReported, current))
  const met = await setObligation(tx, id, { metOn: input.reportedOn, changedAt: context.now })
  await openNextSurveillance(tx, context, rulebook, met, input)
  await record(tx, context, {
    action: current ? 'obligation.receipt_corrected' : 'obligation.met',
    entity: 'obligation',
    entityId: id,
    memberId: obligation.memberId,
    onDay: input.reportedOn,
    changes: {
      receiptId: receipt.id,
      reportedOn: { from: current?.reportedOn ?? null, to: input.reportedOn },
      backReported,
    },
  })
  return { receipt, obligation: obligationView(met, rulebook, context.today) }
}

/** A visit may open the next surveillance, so its certificate is locked first, as an action on it does: none comes between. */
async function lockWithCertificate(tx: Db, id: string): Promise<Obligation | undefined> {
  const seen = await findObligation(tx, id)
  if (seen?.duty === 'surveillance' && seen.certificateId !== null) await lockCertificate(tx, seen.certificateId)
  return lockObligation(tx, id)
}

function problemsOfReceipt(
  input: ReceiptInput,
  obligation: Obligation,
  current: Receipt | undefined,
  { today }: Context,
  backReported: boolean,
): Problem[] {
  if (metByPosting.includes(obligation.duty)) return [problem('obligation_met_by_posting')]
  const corrects = current !== undefined && input.supersedesReceiptId === current.id
  if (input.supersedesReceiptId !== undefined && !corrects)
    return [problem('receipt_superseded', 'supersedesReceiptId')]
  const isClosed = obligation.metOn !== null || obligation.waivedOn !== null
  if (isClosed && !corrects) return [problem('obligation_closed')]
  const problems: Problem[] = []
  if (input.reportedOn > today) problems.push(problem('day_in_future', 'reportedOn', { value: input.reportedOn }))
  if (input.reportedOn < obligation.openedOn) {
    problems.push(
      problem('reported_before_event', 'reportedOn', {
        value: input.reportedOn,
        values: { eventOn: obligation.openedOn },
      }),
    )
  }
  if (backReported && input.evidence === undefined) {
    problems.push(problem('evidence_missing', 'evidence', { values: { limit: unprovenRecordingWorkingDays } }))
  }
  return problems
}

function receiptRow(
  context: Context,
  obligationId: string,
  input: ReceiptInput,
  backReported: boolean,
  current: Receipt | undefined,
) {
  return {
    id: newId(context.now),
    obligationId,
    reportedOn: input.reportedOn,
    receiptNumber: input.receiptNumber ?? null,
    evidence: input.evidence ?? null,
    backReported,
    supersedesId: current?.id ?? null,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}

/** A visit opens the next year's surveillance, as long as the certificate lives that long (R3). */
async function openNextSurveillance(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  met: Obligation,
  input: ReceiptInput,
): Promise<void> {
  if (met.duty !== 'surveillance' || met.certificateId === null) return
  const following = await lockObligationOfCause(tx, `surveillance:after:${met.id}`)
  if (following) {
    if (isOpen(following)) await recount(tx, context, rulebook, following, input.reportedOn, 'correction')
    return
  }
  const found = await findCertificate(tx, met.certificateId)
  if (
    !found ||
    !['valid', 'suspended'].includes(
      certificateStateOn({ ...found.certificate, suspensions: found.suspensions }, context.today),
    )
  )
    return
  const { memberId, subject, enterpriseId, cityCode, resultId, certificateId } = met
  const next = openObligation(rulebook, context, {
    duty: 'surveillance',
    key: `after:${met.id}`,
    eventOn: input.reportedOn,
    openedOn: input.reportedOn,
    memberId,
    subject,
    enterpriseId,
    cityCode,
    resultId,
    certificateId,
  })
  if (next.dueOn <= found.certificate.validUntil) await openObligations(tx, context, [next])
}
