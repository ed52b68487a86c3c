import { certificateActionNames, reportableActions } from '../../domain/certificate.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { newId } from '../../ids.ts'
import type { Certificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { lockObligationsOf, type Obligation } from '../../store/obligations.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import type { Context } from '../context.ts'
import { isOpen, meetByAct, waiveMoot } from '../obligations/close-obligation.ts'
import { openObligation } from '../obligations/open-obligation.ts'
import { openObligations } from '../obligations/open-obligations.ts'
import type { AcceptedTransfer, ActionInput } from './action-input.ts'

/** What the action leads to: a report to the regulator, a decision at the end of a suspension; and what it settles. */
export async function followUp(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  present: Certificate,
  input: ActionInput | AcceptedTransfer,
  successor: Certificate | null,
): Promise<Obligation[]> {
  const surveillanceFrom = await settle(tx, context, present, input)
  // Where none was owed (opening balance, R4), the year begins with the transfer.
  const beginsOn = surveillanceFrom ?? input.on
  const eventId = newId(context.now)
  const causes = [
    ...causesOf(present, input, eventId),
    ...(successor ? causesOf(successor, input, eventId) : []),
    ...(successor ? [{ ...causeAt(successor, input, eventId), duty: 'surveillance' as const, eventOn: beginsOn }] : []),
  ]
  const rows = causes.map((cause) => openObligation(rulebook, context, cause))
  // A certificate that ends before its next visit is due owes none (R3).
  const outlives = (dueOn: PlainDate) => successor === null || dueOn <= successor.validUntil
  return openObligations(
    tx,
    context,
    rows.filter(({ duty, dueOn }) => duty !== 'surveillance' || outlives(dueOn)),
  )
}

function causeAt(certificate: Certificate, input: ActionInput | AcceptedTransfer, eventId: string) {
  return {
    memberId: certificate.memberId,
    subject: `${certificate.holderName} · ${certificate.productName} · ${certificateActionNames[input.action][0]}`,
    enterpriseId: certificate.enterpriseId,
    cityCode: certificate.cityCode,
    family: certificate.family,
    certificateId: certificate.id,
    openedOn: input.on,
    key: `${certificate.id}:${eventId}`,
  }
}

function causesOf(certificate: Certificate, input: ActionInput | AcceptedTransfer, eventId: string) {
  const common = causeAt(certificate, input, eventId)
  // Expiry wins over suspension (R4): what lasts until then needs no decision.
  const needsDecision = input.action === 'suspend' && input.untilOn < certificate.validUntil
  return [
    ...(reportableActions.includes(input.action)
      ? [{ ...common, duty: 'report_status_change' as const, eventOn: input.on }]
      : []),
    ...(needsDecision ? [{ ...common, duty: 'decide_suspension' as const, eventOn: input.untilOn }] : []),
  ]
}

/**
 * The decision on a suspension is made by reinstating or ending; an ended certificate owes no further surveillance, but
 * what is overdue stays owed. Answers the day from which the open surveillance counts, for a successor to go on with.
 */
async function settle(
  tx: Db,
  context: Context,
  certificate: Certificate,
  input: ActionInput | AcceptedTransfer,
): Promise<PlainDate | null> {
  const ends = input.action === 'withdraw' || input.action === 'cancel' || input.action === 'transfer'
  if (!ends && input.action !== 'reinstate') return null
  let surveillanceFrom: PlainDate | null = null
  for (const obligation of await lockObligationsOf(tx, { certificateId: certificate.id })) {
    if (!isOpen(obligation)) continue
    if (obligation.duty === 'decide_suspension') await meetByAct(tx, context, obligation, input.action, input.on)
    if (obligation.duty !== 'surveillance' || !ends) continue
    // What the member still owes stays with it; the successor then begins afresh.
    const isAhead = obligation.dueOn >= input.on
    surveillanceFrom = isAhead ? obligation.eventOn : input.on
    if (isAhead) await waiveMoot(tx, context, obligation, '证书已终止 / the certificate ended')
  }
  return surveillanceFrom
}
