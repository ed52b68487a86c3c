import {
  type CertificateAction,
  certificateActionNames,
  certificateStateNames,
  certificateStateOn,
  isReasonOf,
  mayTake,
} from '../../domain/certificate.ts'
import { addDays, type PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import {
  type Certificate,
  type CertificateWithSuspensions,
  endCertificate,
  eventsOfCertificate,
  findCertificate,
  insertCertificateEvent,
  insertSuspension,
  liftSuspension,
  lockCertificate,
} from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { closeTransfers } from '../../store/dispositions.ts'
import { record } from '../../store/events.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { type ExplainedObligation, explainedObligations } from '../obligations/obligation-view.ts'
import type { AcceptedTransfer, ActionInput } from './action-input.ts'
import { type CertificateView, certificateView } from './certificate-view.ts'
import { followUp } from './obligations-of-action.ts'
import { reviseContent } from './revise-content.ts'
import { transferCertificate } from './transfer-certificate.ts'

export type ActionTaken = {
  readonly certificate: CertificateView
  /** The certificate of the receiving member, after a transfer. */
  readonly successor: CertificateView | null
  readonly obligations: readonly ExplainedObligation[]
}

/**
 * Takes an action on a certificate: judged by the table of legal moves on the day of the action, with what must be
 * reported because of it (R3, R4). Two actions at once follow one another. @throws Refusal
 */
export async function takeAction(
  registry: Registry,
  context: Context,
  certificateId: string,
  input: ActionInput,
  idempotencyKey: string | undefined,
): Promise<Answered<ActionTaken>> {
  const own = confinedTo(context, 'certificates.act')
  const work = (tx: Db) => actOn(tx, registry, context, own, certificateId, input)
  const keyed = { key: idempotencyKey, operation: `POST /v1/certificates/${certificateId}/actions`, body: input }
  return onceOnly(registry, context, keyed, work)
}

/** The same inside a transaction, for whatever leads to an action. @throws Refusal */
export async function actOn(
  tx: Db,
  registry: Registry,
  context: Context,
  own: string | null,
  id: string,
  input: ActionInput | AcceptedTransfer,
): Promise<ActionTaken> {
  await shareCalendar(tx)
  const rulebook = await registry.rulebooks.current(tx)
  const present = await lockCertificate(tx, id)
  if (!present || (own !== null && present.certificate.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['证书', 'certificate'] } })
  refuseIfAny(problemsOfAction(input, present, await latestChangeOn(tx, present), context.today))

  const successor = await apply(tx, context, present.certificate, input)
  const opened = await followUp(tx, context, rulebook, present.certificate, input, successor)
  await insertCertificateEvent(tx, eventRow(context, id, input, successor))
  await record(tx, context, {
    action: `certificate.${input.action}`,
    entity: 'certificate',
    entityId: id,
    memberId: present.certificate.memberId,
    onDay: input.on,
    changes: { ...input, successorId: successor?.id ?? null, version: present.certificate.version },
  })
  const after = await findCertificate(tx, id)
  if (!after) throw new Error(`certificate ${id} vanished`)
  return {
    certificate: certificateView(after, context.today),
    successor: successor && certificateView({ certificate: successor, suspensions: [] }, context.today),
    obligations: await explainedObligations(tx, registry.rulebooks, rulebook, opened, context.today),
  }
}

async function latestChangeOn(
  tx: Db,
  { certificate, suspensions }: CertificateWithSuspensions,
): Promise<PlainDate | null> {
  const events = await eventsOfCertificate(tx, certificate.id)
  const days = [...events.map((event) => event.onDay), ...suspensions.map((suspension) => suspension.fromOn)]
  return days.sort().at(-1) ?? null
}

function problemsOfAction(
  input: ActionInput | AcceptedTransfer,
  present: CertificateWithSuspensions,
  latestOn: PlainDate | null,
  today: PlainDate,
): Problem[] {
  const problems: Problem[] = []
  if (input.on > today) problems.push(problem('day_in_future', 'on', { value: input.on }))
  const since = present.certificate.issuedOn ?? present.certificate.validFrom
  if (input.on < since) problems.push(problem('action_before_validity', 'on', { value: input.on, values: { since } }))
  if (latestOn !== null && input.on < latestOn)
    problems.push(problem('action_before_latest', 'on', { value: input.on, values: { since: latestOn } }))
  if (!isReasonOf(input.action, input.reasonCode))
    problems.push(problem('reason_code_unknown', 'reasonCode', { value: input.reasonCode }))
  if (input.action === 'suspend') problems.push(...problemsOfSuspension(input))
  const state = certificateStateOn({ ...present.certificate, suspensions: present.suspensions }, input.on)
  if (!mayTake(input.action, state)) problems.push(illegalMove(input.action, state))
  return problems
}

/** The longest suspension, in days: what is not decided within a year is not decided by waiting. */
const suspensionDaysMax = 366

function problemsOfSuspension({ on, untilOn }: { on: PlainDate; untilOn: PlainDate }): Problem[] {
  if (untilOn < on) return [problem('span_reversed', 'untilOn', { value: untilOn })]
  const latest = addDays(on, suspensionDaysMax)
  return untilOn > latest ? [problem('span_too_long', 'untilOn', { value: untilOn, values: { latest } })] : []
}

export function illegalMove(action: CertificateAction, state: keyof typeof certificateStateNames): Problem {
  const values = { state: certificateStateNames[state], action: certificateActionNames[action] }
  return problem('move_not_allowed', 'action', { value: action, values })
}

/** Writes what the action does to the certificate; answers the new certificate of a transfer. */
async function apply(
  tx: Db,
  context: Context,
  present: Certificate,
  input: ActionInput | AcceptedTransfer,
): Promise<Certificate | null> {
  switch (input.action) {
    case 'restrict':
    case 'amend':
      await reviseContent(tx, context, present, input)
      return null
    case 'suspend':
      await insertSuspension(tx, {
        id: newId(context.now),
        certificateId: present.id,
        fromOn: input.on,
        untilOn: input.untilOn,
        reasonCode: input.reasonCode,
        recordedAt: context.now,
      })
      return null
    case 'reinstate':
      await liftSuspension(tx, present.id, input.on, context.now)
      return null
    case 'withdraw':
    case 'cancel':
      await closeTransfers(tx, present.id, context.now)
      await endCertificate(tx, present.id, {
        endedOn: input.on,
        endedAs: input.action === 'withdraw' ? 'withdrawn' : 'cancelled',
        endedReason: input.reasonCode,
        changedAt: context.now,
      })
      return null
    case 'transfer':
      return transferCertificate(tx, context, present, input)
  }
}

function eventRow(
  context: Context,
  certificateId: string,
  input: ActionInput | AcceptedTransfer,
  successor: Certificate | null,
) {
  return {
    id: newId(context.now),
    certificateId,
    action: input.action,
    onDay: input.on,
    untilOn: input.action === 'suspend' ? input.untilOn : null,
    reasonCode: input.reasonCode,
    reasonText: input.reasonText ?? null,
    toCertificateId: successor?.id ?? null,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}
