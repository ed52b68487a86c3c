import { z } from 'zod'
import {
  type CertificateAction,
  certificateActionNames,
  certificateStateNames,
  certificateStateOn,
  isReasonOf,
  mayTake,
  reportableActions,
} from '../../domain/certificate.ts'
import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import { industryContains } from '../../domain/industries.ts'
import { addDays, laterOf, type PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { problemsOfCompetence } from '../../domain/result.ts'
import { newId } from '../../ids.ts'
import {
  type Certificate,
  type CertificateWithSuspensions,
  eventsOfCertificate,
  findCertificate,
  insertCertificate,
  insertCertificateEvent,
  insertSuspension,
  liftSuspension,
  lockCertificate,
  reviseCertificate,
  setCertificate,
} from '../../store/certificates.ts'
import { type Db, violates } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { competenceOf, findMember } from '../../store/members.ts'
import { lockObligationsOf, type Obligation } from '../../store/obligations.ts'
import { type Rulebook, shareCalendar } from '../../store/rulebook.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { certificateNumberInput, dayInput, idInput, standardsInput, textInput } from '../inputs.ts'
import { isOpen, meetByAct, waiveMoot } from '../obligations/close-obligation.ts'
import { type ExplainedObligation, explainedObligations } from '../obligations/obligation-view.ts'
import { openObligation } from '../obligations/open-obligation.ts'
import { openObligations } from '../obligations/open-obligations.ts'
import { type CertificateView, certificateView } from './certificate-view.ts'

/** What an amendment or a restriction may set anew; what is absent stays. */
const contentChanges = z.strictObject({
  client: z.strictObject({ name: textInput(200).optional(), address: textInput(400).optional() }).optional(),
  product: z
    .strictObject({
      name: textInput(300).optional(),
      models: z.array(textInput(200)).max(500).optional(),
      trademark: textInput(200).optional(),
      maker: textInput(200).optional(),
      makerAddress: textInput(400).optional(),
    })
    .optional(),
  factory: z.strictObject({ name: textInput(200).optional(), address: textInput(400).optional() }).optional(),
  standards: standardsInput.min(1).optional(),
  requirements: textInput(2_000).optional(),
  certificationMode: textInput(500).optional(),
})

const common = { on: dayInput, reasonCode: textInput(64), reasonText: textInput(2_000).optional() }

/** An action on a certificate (R4): each kind with just the fields that it needs. */
export const actionInput = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('restrict'), ...common, changes: contentChanges }),
  z.strictObject({ action: z.literal('amend'), ...common, changes: contentChanges }),
  z.strictObject({ action: z.literal('suspend'), ...common, untilOn: dayInput }),
  z.strictObject({ action: z.literal('reinstate'), ...common }),
  z.strictObject({ action: z.literal('withdraw'), ...common }),
  z.strictObject({ action: z.literal('cancel'), ...common }),
  z.strictObject({ action: z.literal('transfer'), ...common, toMemberId: idInput, newNumber: certificateNumberInput }),
])

export type ActionInput = z.infer<typeof actionInput>
type ContentChanges = z.infer<typeof contentChanges>

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
  // A member can't give its certificates away: that is arranged by the secretariat (R4).
  if (input.action === 'transfer' && own !== null) throw refuse('forbidden', 'action')
  const work = (tx: Db) => act(tx, registry, context, own, certificateId, input)
  if (idempotencyKey === undefined) return { answer: await registry.db.transaction(work), replayed: false }
  return onceOnly(
    registry,
    context,
    { key: idempotencyKey, operation: `POST /v1/certificates/${certificateId}/actions`, body: input },
    work,
  )
}

async function act(
  tx: Db,
  registry: Registry,
  context: Context,
  own: string | null,
  id: string,
  input: ActionInput,
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
  if (successor) await record(tx, context, successorEntry(successor, input))
  const after = await findCertificate(tx, id)
  if (!after) throw new Error(`certificate ${id} vanished`)
  return {
    certificate: certificateView(after, context.today),
    successor: successor && certificateView({ certificate: successor, suspensions: [] }, context.today),
    obligations: await explainedObligations(tx, registry.rulebooks, rulebook, opened, context.today),
  }
}

function successorEntry(successor: Certificate, { on }: ActionInput) {
  const { id, memberId, number, validUntil, transferredFromId } = successor
  const changes = { number, validUntil, transferredFromId }
  return { action: 'certificate.received', entity: 'certificate', entityId: id, memberId, onDay: on, changes }
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
  input: ActionInput,
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

function illegalMove(action: CertificateAction, state: keyof typeof certificateStateNames): Problem {
  const values = { state: certificateStateNames[state], action: certificateActionNames[action] }
  return problem('move_not_allowed', 'action', { value: action, values })
}

/** Writes what the action does to the certificate; answers the new certificate of a transfer. */
async function apply(tx: Db, context: Context, present: Certificate, input: ActionInput): Promise<Certificate | null> {
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
      await liftSuspension(tx, present.id, input.on)
      return null
    case 'withdraw':
    case 'cancel':
      await end(tx, present, input.on, input.action === 'withdraw' ? 'withdrawn' : 'cancelled', input.reasonCode)
      return null
    case 'transfer':
      return transfer(tx, context, present, input)
  }
}

async function reviseContent(
  tx: Db,
  context: Context,
  present: Certificate,
  input: ActionInput & { changes: ContentChanges },
): Promise<void> {
  const content = withChanges(present.content, input.changes)
  if (JSON.stringify(content) === JSON.stringify(present.content)) throw refuse('nothing_changes', 'changes')
  const next = { content, holderName: content.client.name, productName: content.product.name }
  await reviseCertificate(tx, present, next, { now: context.now, actorId: context.actor.id, cause: input.action })
}

function withChanges(content: Certificate['content'], changes: ContentChanges): Certificate['content'] {
  return {
    ...content,
    client: { ...content.client, ...given(changes.client ?? {}) },
    product: { ...content.product, ...given(changes.product ?? {}) },
    factory: { ...content.factory, ...given(changes.factory ?? {}) },
    standards: changes.standards ?? content.standards,
    requirements: changes.requirements ?? content.requirements,
    certificationMode: changes.certificationMode ?? content.certificationMode,
  }
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function given<T extends object>(changes: T): Given<T> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Given<T>
}

async function end(
  tx: Db,
  present: Certificate,
  endedOn: PlainDate,
  endedAs: 'withdrawn' | 'cancelled',
  endedReason: string,
): Promise<void> {
  await liftSuspension(tx, present.id, endedOn)
  await setCertificate(tx, present.id, { endedOn, endedAs, endedReason })
}

/** The old certificate ends, cancelled for the transfer; the new one is linked and keeps the old end (R4). */
async function transfer(
  tx: Db,
  context: Context,
  present: Certificate,
  input: ActionInput & { action: 'transfer' },
): Promise<Certificate> {
  if (input.toMemberId === present.memberId) throw refuse('transfer_to_self', 'toMemberId')
  const receiver = await findMember(tx, input.toMemberId)
  if (!receiver) throw refuse('not_found', 'toMemberId', { values: { what: ['成员机构', 'member'] } })
  refuseIfAny(await problemsOfReceiver(tx, present, input))
  await end(tx, present, input.on, 'cancelled', 'transferred')
  const { id: _, ...facts } = present
  return insertCertificate(tx, {
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
}

/** The receiving member must be able to issue such a certificate itself on that day. */
async function problemsOfReceiver(
  tx: Db,
  present: Certificate,
  input: ActionInput & { action: 'transfer' },
): Promise<Problem[]> {
  const competence = await competenceOf(tx, input.toMemberId)
  if (!competence || present.family === null) return []
  const { standings: standingHistory, approvalUntilOn, scopes } = competence
  const { family, industryCode } = present
  const asked = { kind: 'issue' as const, decidedOn: input.on, family, industryCode }
  return problemsOfCompetence(asked, { standingHistory, approvalUntilOn, scopes, industryContains }).map((each) => ({
    ...each,
    path: 'toMemberId',
  }))
}

function eventRow(context: Context, certificateId: string, input: ActionInput, successor: Certificate | null) {
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

/** What the action leads to: a report to the regulator, a decision at the end of a suspension; and what it settles. */
async function followUp(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  present: Certificate,
  input: ActionInput,
  successor: Certificate | null,
): Promise<Obligation[]> {
  const surveillanceFrom = await settle(tx, context, present, input)
  const eventId = newId(context.now)
  const causes = [
    ...causesOf(present, input, eventId),
    ...(successor ? causesOf(successor, input, eventId) : []),
    ...(successor && surveillanceFrom
      ? [{ ...causeAt(successor, input, eventId), duty: 'surveillance' as const, eventOn: surveillanceFrom }]
      : []),
  ]
  return openObligations(
    tx,
    context,
    causes.map((cause) => openObligation(rulebook, context, cause)),
  )
}

function causeAt(certificate: Certificate, input: ActionInput, eventId: string) {
  return {
    memberId: certificate.memberId,
    subject: `${certificate.holderName} · ${certificate.productName} · ${certificateActionNames[input.action][0]}`,
    enterpriseId: certificate.enterpriseId,
    cityCode: certificate.cityCode,
    certificateId: certificate.id,
    openedOn: input.on,
    key: `${certificate.id}:${eventId}`,
  }
}

function causesOf(certificate: Certificate, input: ActionInput, eventId: string) {
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
  input: ActionInput,
): Promise<PlainDate | null> {
  const ends = input.action === 'withdraw' || input.action === 'cancel' || input.action === 'transfer'
  if (!ends && input.action !== 'reinstate') return null
  let surveillanceFrom: PlainDate | null = null
  for (const obligation of await lockObligationsOf(tx, { certificateId: certificate.id })) {
    if (!isOpen(obligation)) continue
    if (obligation.duty === 'decide_suspension') await meetByAct(tx, context, obligation, input.action, input.on)
    if (obligation.duty !== 'surveillance' || !ends) continue
    surveillanceFrom = obligation.eventOn
    if (obligation.dueOn >= input.on) await waiveMoot(tx, context, obligation, '证书已终止 / the certificate ended')
  }
  return surveillanceFrom
}
