import { z } from 'zod'
import { certificateStateNames, certificateStateOn } from '../../domain/certificate.ts'
import { isBackReported, unprovenRecordingWorkingDays } from '../../domain/obligation.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { type CertificateWithSuspensions, lockCertificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type ApprovalRevocation, revocationOf } from '../../store/measures.ts'
import { currentReceiptOf, lockObligationsOf, type Obligation } from '../../store/obligations.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { insertVisit, supersedeVisit, type Visit, visitsOf } from '../../store/surveillance.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { dayInput, idInput, textInput } from '../inputs.ts'
import { isOpen } from '../obligations/close-obligation.ts'
import { writeReceipt } from '../obligations/write-receipt.ts'
import { openNextSurveillance } from './next-surveillance.ts'

const common = {
  visitedOn: dayInput,
  summary: textInput(4_000).meta({ description: 'What was looked at and found. No names of auditors (R6).' }),
  evidence: textInput(2_000)
    .optional()
    .meta({ description: 'Required when recorded more than 2 working days after that day (R2).' }),
  supersedesVisitId: idInput.optional().meta({ description: 'The visit that this one corrects.' }),
  reason: textInput(2_000).optional().meta({ description: 'Why it is corrected; kept in the log.' }),
}

/** A surveillance visit (R3): each outcome with just the fields that it needs. */
export const visitInput = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.enum(['conforming', 'nonconforming', 'refused']), ...common }),
  z.strictObject({ outcome: z.literal('corrections_due'), ...common, correctionsDueOn: dayInput }),
])
export type VisitInput = z.infer<typeof visitInput>

/**
 * Records a visit to the holder of a certificate. It meets the surveillance that is open, whatever came of it, and the
 * next is due from it (R3); a bad outcome suggests a suspension and never makes one. A correction names the visit that
 * it corrects; both stay (R4a). @throws Refusal
 */
export async function recordVisit(
  registry: Registry,
  context: Context,
  certificateId: string,
  input: VisitInput,
  idempotencyKey: string | undefined,
): Promise<Answered<Visit>> {
  const own = confinedTo(context, 'visits.record')
  const work = (tx: Db) => visit(tx, registry, context, own, certificateId, input)
  const keyed = { key: idempotencyKey, operation: `POST /v1/certificates/${certificateId}/visits`, body: input }
  return onceOnly(registry, context, keyed, work)
}

async function visit(
  tx: Db,
  registry: Registry,
  context: Context,
  own: string | null,
  certificateId: string,
  input: VisitInput,
): Promise<Visit> {
  await shareCalendar(tx)
  const rulebook = await registry.rulebooks.current(tx)
  const found = await lockCertificate(tx, certificateId)
  if (!found || (own !== null && found.certificate.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['证书', 'certificate'] } })
  if (input.supersedesVisitId !== undefined && input.reason === undefined)
    throw refuse('correction_unexplained', 'reason')
  if (input.supersedesVisitId === undefined && input.reason !== undefined)
    throw refuse('field_unknown', 'reason', { values: { field: 'reason' } })
  const visits = await visitsOf(tx, certificateId)
  const corrected = visits.find(({ id }) => id === input.supersedesVisitId)
  const owed = await surveillanceFor(tx, certificateId, corrected, input.visitedOn)
  const revoked = await revocationOf(tx, found.certificate.memberId)
  const backReported = isBackReported(rulebook.calendar, input.visitedOn, context.today)
  const others = visits.filter((other) => other !== corrected)
  refuseIfAny([
    ...problemsOfVisit(input, found, context.today, backReported),
    ...problemsOfPlace(input, corrected, others, owed),
    ...problemsOfApproval(revoked, input.visitedOn),
  ])

  if (corrected) await supersedeVisit(tx, corrected.id, context.now)
  const row = await insertVisit(tx, visitRow(context, found, input, corrected, owed, backReported))
  if (owed) await meetBy(tx, context, owed, row)
  await openNextSurveillance(tx, context, rulebook, found, row)
  await record(tx, context, {
    action: corrected ? 'surveillance.corrected' : 'surveillance.visited',
    entity: 'certificate',
    entityId: certificateId,
    memberId: row.memberId,
    onDay: row.visitedOn,
    changes: {
      visitId: row.id,
      outcome: row.outcome,
      supersedes: corrected?.id ?? null,
      ...(input.reason === undefined ? {} : { reason: input.reason }),
      obligationId: owed?.id ?? null,
    },
  })
  return row
}

/** What the visit meets: what the corrected one met, or else the surveillance that is open and was so on that day. */
async function surveillanceFor(
  tx: Db,
  certificateId: string,
  corrected: Visit | undefined,
  visitedOn: PlainDate,
): Promise<Obligation | undefined> {
  const duties = (await lockObligationsOf(tx, { certificateId })).filter(({ duty }) => duty === 'surveillance')
  if (corrected) return duties.find(({ id }) => id === corrected.obligationId)
  return duties.find((duty) => isOpen(duty) && duty.openedOn <= visitedOn)
}

function problemsOfVisit(
  input: VisitInput,
  { certificate, suspensions }: CertificateWithSuspensions,
  today: PlainDate,
  backReported: boolean,
): Problem[] {
  const { visitedOn } = input
  const problems: Problem[] = []
  if (visitedOn > today) problems.push(problem('day_in_future', 'visitedOn', { value: visitedOn }))
  const state = certificateStateOn({ ...certificate, suspensions }, visitedOn)
  if (state !== 'valid' && state !== 'suspended') {
    const values = { state: certificateStateNames[state] }
    problems.push(problem('visit_out_of_validity', 'visitedOn', { value: visitedOn, values }))
  }
  if (backReported && input.evidence === undefined)
    problems.push(problem('evidence_missing', 'evidence', { values: { limit: unprovenRecordingWorkingDays } }))
  if (input.outcome === 'corrections_due' && input.correctionsDueOn < visitedOn)
    problems.push(problem('span_reversed', 'correctionsDueOn', { value: input.correctionsDueOn }))
  return problems
}

/** A body without approval looks at nothing any more: its certificates are to be transferred or cancelled (R4). */
function problemsOfApproval(revoked: ApprovalRevocation | undefined, visitedOn: PlainDate): Problem[] {
  if (revoked === undefined || visitedOn < revoked.revokedOn) return []
  return [problem('approval_revoked', 'visitedOn', { value: visitedOn, values: { since: revoked.revokedOn } })]
}

/** How it stands among the visits that are recorded already. */
function problemsOfPlace(
  { visitedOn, supersedesVisitId }: VisitInput,
  corrected: Visit | undefined,
  others: readonly Visit[],
  owed: Obligation | undefined,
): Problem[] {
  const problems: Problem[] = []
  if (supersedesVisitId !== undefined && !corrected)
    problems.push(problem('visit_superseded', 'supersedesVisitId', { value: supersedesVisitId }))
  if (others.some((other) => other.visitedOn === visitedOn))
    problems.push(problem('visit_recorded', 'visitedOn', { value: visitedOn }))
  if (corrected && owed && visitedOn < owed.openedOn)
    problems.push(
      problem('reported_before_event', 'visitedOn', { value: visitedOn, values: { eventOn: owed.openedOn } }),
    )
  return problems
}

function visitRow(
  context: Context,
  { certificate }: CertificateWithSuspensions,
  { supersedesVisitId: _, ...facts }: VisitInput,
  corrected: Visit | undefined,
  owed: Obligation | undefined,
  backReported: boolean,
) {
  const id = newId(context.now)
  return {
    ...facts,
    id,
    rootId: corrected?.rootId ?? id,
    certificateId: certificate.id,
    memberId: corrected?.memberId ?? certificate.memberId,
    obligationId: owed?.id ?? null,
    backReported,
    supersedesId: corrected?.id ?? null,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}

async function meetBy(tx: Db, context: Context, owed: Obligation, { id, visitedOn, backReported }: Visit) {
  const current = await currentReceiptOf(tx, owed.id)
  await writeReceipt(tx, context, owed, current, {
    reportedOn: visitedOn,
    receiptNumber: null,
    evidence: `visit ${id}`,
    backReported,
  })
}
