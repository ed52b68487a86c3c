import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import { industryContains } from '../../domain/industries.ts'
import { laterOf } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { problemsOfCompetence, withoutIndustryAsked } from '../../domain/result.ts'
import { newId } from '../../ids.ts'
import { type Certificate, endCertificate, holdersBefore, insertCertificate } from '../../store/certificates.ts'
import { type Db, violates } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { competenceOf, findMember } from '../../store/members.ts'
import type { Context } from '../context.ts'
import type { AcceptedTransfer } from './action-input.ts'

/** The old certificate ends, cancelled for the transfer; the new one is linked and keeps the old end (R4). */
export async function transferCertificate(
  tx: Db,
  context: Context,
  present: Certificate,
  input: AcceptedTransfer,
): Promise<Certificate> {
  if (input.toMemberId === present.memberId) throw refuse('transfer_to_self', 'toMemberId')
  const receiver = await findMember(tx, input.toMemberId)
  if (!receiver) throw refuse('not_found', 'toMemberId', { values: { what: ['成员机构', 'member'] } })
  refuseIfAny(await problemsOfReceiver(tx, context, present, input))
  await endCertificate(tx, present.id, {
    endedOn: input.on,
    endedAs: 'cancelled',
    endedReason: 'transferred',
    changedAt: context.now,
  })
  const { id: _, ...facts } = present
  const successor = await insertCertificate(tx, {
    ...facts,
    id: newId(context.now),
    memberId: receiver.id,
    number: normaliseCertificateNumber(input.newNumber),
    content: { ...present.content, numberAsPrinted: input.newNumber, issuingBody: receiver.name },
    decidedOn: present.decidedOn ?? input.on,
    issuedOn: input.on,
    validFrom: laterOf(input.on, present.validFrom),
    renewsId: null,
    transferredFromId: present.id,
    endedOn: null,
    endedAs: null,
    endedReason: null,
    version: 1,
    origin: 'transferred',
    importId: null,
    recordedAt: context.now,
    versionRecordedAt: context.now,
  }).catch((error: unknown) => {
    throw violates(error, 'certificates_number')
      ? refuse('certificate_number_used', 'newNumber', { value: input.newNumber })
      : error
  })
  await record(tx, context, successorEntry(successor, input))
  return successor
}

/** The receiving member never held it before, and must be able to issue such a certificate itself, on that day and today. */
export async function problemsOfReceiver(
  tx: Db,
  { today }: Context,
  present: Certificate,
  input: Pick<AcceptedTransfer, 'toMemberId' | 'on'>,
): Promise<Problem[]> {
  if ((await holdersBefore(tx, present.id)).includes(input.toMemberId))
    return [problem('transfer_circular', 'toMemberId')]
  const competence = await competenceOf(tx, input.toMemberId)
  if (!competence) return []
  const { standings: standingHistory, approvalUntilOn, approvalRevokedOn, scopes } = competence
  const { family, industryCode } = present
  const facts = { standingHistory, approvalUntilOn, approvalRevokedOn, scopes, industryContains }
  const found = [...new Set([input.on, today])].flatMap((decidedOn) =>
    withoutIndustryAsked(problemsOfCompetence({ kind: 'issue' as const, decidedOn, family, industryCode }, facts)),
  )
  return [...new Map(found.map((each) => [each.code, { ...each, path: 'toMemberId' }])).values()]
}

function successorEntry(successor: Certificate, { on }: AcceptedTransfer) {
  const { id, memberId, number, validUntil, transferredFromId } = successor
  const changes = { number, validUntil, transferredFromId }
  return { action: 'certificate.received', entity: 'certificate', entityId: id, memberId, onDay: on, changes }
}
