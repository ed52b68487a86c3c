import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import { earlierOf } from '../../domain/plain-date.ts'
import { type Problem, problem } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import {
  type Certificate,
  type CertificateWithSuspensions,
  insertCertificate,
  insertCertificateEvent,
  reviseCertificate,
} from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import type { Enterprise } from '../../store/enterprises.ts'
import { record } from '../../store/events.ts'
import {
  insertObligations,
  lockObligationsOf,
  type Obligation,
  type Receipt,
  setObligation,
} from '../../store/obligations.ts'
import { insertResult, type Result, settleEnding } from '../../store/results.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import type { Context } from '../context.ts'
import { type NamedEnterprise, saveEnterprise } from '../enterprises/resolve-enterprise.ts'
import { isOpen, meetByAct, waiveMoot } from '../obligations/close-obligation.ts'
import { deadlineOf, openObligation } from '../obligations/open-obligation.ts'
import { type CertificateInput, contentOf, type ResultInput } from './result-input.ts'
import type { Surroundings } from './surroundings.ts'

type Accepted = {
  readonly memberId: string
  readonly input: ResultInput
  readonly named: NamedEnterprise
  readonly around: Surroundings
  readonly contentSha256: string
}

type Written = {
  readonly result: Result
  readonly certificate: CertificateWithSuspensions | null
  readonly obligations: readonly Obligation[]
  readonly receipt: Receipt
  readonly warnings: readonly Problem[]
}

/** Saves an accepted result with everything that belongs to it (N4). The caller's transaction makes it one whole. */
export async function writeResult(tx: Db, context: Context, rulebook: Rulebook, accepted: Accepted): Promise<Written> {
  const { input, around } = accepted
  const { enterprise, warnings } = await saveEnterprise(tx, context, accepted.named, input.decidedOn)
  const resultId = newId(context.now)
  const certificate = await writeCertificate(tx, context, accepted, enterprise)
  const result = await insertResult(tx, resultRow(context, accepted, enterprise, resultId, certificate))
  const opened = await openFor(tx, context, rulebook, accepted, result, enterprise)
  const feedback = opened.find((obligation) => obligation.duty === 'feed_back')
  if (!feedback) throw new Error('a result opened no feedback obligation')
  const receipt = await meetByAct(tx, context, feedback, `result ${result.id}`)
  await meetOutcome(tx, context, result)
  if (input.kind === 'renew' && around.earlier) await endSurveillance(tx, context, around.earlier.certificate)
  await record(tx, context, ...entriesFor(accepted, result, certificate, opened))
  const obligations = opened.map((obligation) =>
    obligation.id === feedback.id ? { ...obligation, metOn: context.today } : obligation,
  )
  const withSuspensions = certificate && {
    certificate,
    suspensions: input.kind === 'supplement' ? (around.earlier?.suspensions ?? []) : [],
  }
  return {
    result,
    certificate: withSuspensions,
    obligations,
    receipt,
    warnings: [...warnings, ...disagreement(accepted)],
  }
}

function resultRow(
  context: Context,
  { memberId, input, contentSha256 }: Accepted,
  enterprise: Enterprise,
  id: string,
  certificate: Certificate | null,
) {
  return {
    id,
    rootId: id,
    revision: 1,
    memberId,
    enterpriseId: enterprise.id,
    schemeCode: input.scheme,
    assignmentId: input.assignmentId ?? null,
    certificateId: certificate?.id ?? null,
    kind: input.kind,
    family: input.family,
    productName: productNameOf(input),
    decidedOn: input.decidedOn,
    effectiveDecidedOn: input.decidedOn,
    reasonCode: input.reasonCode ?? null,
    reasonText: input.reasonText ?? null,
    memberReference: input.memberReference,
    contentSha256,
    content: input as unknown as Record<string, unknown>,
    approval: 'not_needed' as const,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}

function productNameOf(input: ResultInput): string {
  return input.certificate?.product.name ?? input.productName ?? input.enterprise.name
}

async function writeCertificate(
  tx: Db,
  context: Context,
  accepted: Accepted,
  enterprise: Enterprise,
): Promise<Certificate | null> {
  const { input, around } = accepted
  if (!input.certificate) return null
  if (input.kind === 'supplement' && around.earlier)
    return supplement(tx, context, accepted, input.certificate, around.earlier.certificate)
  const renewed = input.kind === 'renew' ? around.earlier?.certificate : sameNumberBefore(around, enterprise)
  const certificate = await insertCertificate(tx, {
    ...certificateFacts(accepted, input.certificate, enterprise),
    id: newId(context.now),
    renewsId: renewed?.id ?? null,
    version: 1,
    origin: 'posted',
    recordedAt: context.now,
    versionRecordedAt: context.now,
  })
  if (renewed) await noteRenewal(tx, context, renewed, certificate, input)
  return certificate
}

/** The same number with a new period is a renewal and is linked (R4). */
function sameNumberBefore({ sameNumber }: Surroundings, enterprise: Enterprise): Certificate | undefined {
  return sameNumber.find((certificate) => certificate.enterpriseId === enterprise.id)
}

function certificateFacts(
  { memberId, input, around }: Accepted,
  certificate: CertificateInput,
  enterprise: Enterprise,
) {
  return {
    schemeCode: input.scheme,
    memberId,
    enterpriseId: enterprise.id,
    number: normaliseCertificateNumber(certificate.number),
    holderName: certificate.client?.name ?? enterprise.name,
    productName: certificate.product.name,
    family: input.family,
    industryCode: input.industryCode ?? enterprise.industryCode,
    cityCode: enterprise.cityCode,
    content: contentOf(certificate, around.memberName, enterprise),
    decidedOn: input.decidedOn,
    issuedOn: certificate.issuedOn,
    validFrom: certificate.validFrom ?? certificate.issuedOn,
    validUntil: certificate.validUntil,
  }
}

async function supplement(
  tx: Db,
  context: Context,
  { input, around }: Accepted,
  sent: CertificateInput,
  present: Certificate,
): Promise<Certificate> {
  const content = contentOf(sent, around.memberName, {
    name: present.holderName,
    address: present.content.client.address,
  })
  const by = { now: context.now, actorId: context.actor.id, cause: 'supplement' }
  const revised = await reviseCertificate(tx, present, { content, productName: sent.product.name }, by)
  await insertCertificateEvent(tx, {
    id: newId(context.now),
    certificateId: present.id,
    action: 'supplement',
    onDay: input.decidedOn,
    reasonCode: input.reasonCode ?? 'models_added',
    reasonText: input.reasonText ?? null,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
  return revised
}

async function noteRenewal(
  tx: Db,
  context: Context,
  renewed: Certificate,
  renewal: Certificate,
  input: ResultInput,
): Promise<void> {
  await insertCertificateEvent(tx, {
    id: newId(context.now),
    certificateId: renewed.id,
    action: 'renew',
    onDay: input.decidedOn,
    reasonCode: 'recertified',
    toCertificateId: renewal.id,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
}

/**
 * The obligations of a result: to the regulator, to the secretariat, the monthly report of a service, the yearly
 * surveillance (R2, R3). Those that a recorded ending opened before are taken over, never opened twice.
 */
async function openFor(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  accepted: Accepted,
  result: Result,
  enterprise: Enterprise,
): Promise<Obligation[]> {
  const adopted = await adoptFromEnding(tx, context, rulebook, accepted, result)
  const adoptedDuties = new Set(adopted.map((obligation) => obligation.duty))
  const rows = causesOf(accepted, result, enterprise)
    .filter((cause) => !adoptedDuties.has(cause.duty))
    .map((cause) => openObligation(rulebook, context, cause))
  return [...adopted, ...(await insertObligations(tx, rows))]
}

function causesOf({ input }: Accepted, result: Result, enterprise: Enterprise) {
  const common = {
    key: result.rootId,
    eventOn: input.decidedOn,
    openedOn: input.decidedOn,
    memberId: result.memberId,
    subject: `${enterprise.name} · ${result.productName}`,
    enterpriseId: enterprise.id,
    cityCode: enterprise.cityCode,
    resultId: result.rootId,
    certificateId: result.certificateId,
  }
  const issues = input.kind === 'issue' || input.kind === 'renew'
  const isServiceCertificate = input.family === 'services' && result.certificateId !== null
  return [
    { ...common, duty: 'report_to_cnca' as const },
    { ...common, duty: 'feed_back' as const },
    ...(isServiceCertificate ? [{ ...common, duty: 'report_monthly' as const }] : []),
    ...(issues
      ? [{ ...common, duty: 'surveillance' as const, key: `${result.certificateId}:${input.decidedOn}` }]
      : []),
  ]
}

/** The clocks that ran without the member go on for its result; of two decision days the earlier one counts (R2). */
async function adoptFromEnding(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  { around, input }: Accepted,
  result: Result,
): Promise<Obligation[]> {
  const { ending } = around
  if (!ending || ending.resultId !== null) return []
  await settleEnding(tx, ending.id, result.rootId)
  const eventOn = earlierOf(ending.decidedOn, input.decidedOn)
  const adopted: Obligation[] = []
  for (const obligation of await lockObligationsOf(tx, { endingId: ending.id })) {
    const { dueOn, provisional, ruleVersion, calendarVersion } = deadlineOf(rulebook, obligation.duty, eventOn)
    const recounted =
      isOpen(obligation) && eventOn !== obligation.eventOn
        ? { eventOn, dueOn, provisional, ruleVersion, calendarVersion }
        : {}
    const links = { resultId: result.rootId, certificateId: result.certificateId, enterpriseId: result.enterpriseId }
    adopted.push(await setObligation(tx, obligation.id, { ...links, ...recounted }))
  }
  await record(tx, context, {
    action: 'ending.settled',
    entity: 'ending',
    entityId: ending.id,
    memberId: result.memberId,
    changes: { resultId: result.id, decidedOn: { ending: ending.decidedOn, result: input.decidedOn } },
  })
  return adopted
}

function disagreement({ around: { ending }, input }: Accepted): Problem[] {
  if (!ending || ending.resultId !== null || ending.decidedOn === input.decidedOn) return []
  return [problem('ending_disagrees', 'decidedOn', { value: input.decidedOn, values: { recorded: ending.decidedOn } })]
}

/** The outcome that an accepted assignment owes is met by this post (R2). */
async function meetOutcome(tx: Db, context: Context, result: Result): Promise<void> {
  if (result.assignmentId === null) return
  for (const obligation of await lockObligationsOf(tx, { assignmentId: result.assignmentId })) {
    if (obligation.duty === 'post_outcome' && isOpen(obligation))
      await meetByAct(tx, context, obligation, `result ${result.id}`)
  }
}

/** Surveillance goes on under the renewal. */
async function endSurveillance(tx: Db, context: Context, renewed: Certificate): Promise<void> {
  for (const obligation of await lockObligationsOf(tx, { certificateId: renewed.id })) {
    if (obligation.duty === 'surveillance' && isOpen(obligation))
      await waiveMoot(tx, context, obligation, '已续证 / renewed')
  }
}

function entriesFor(
  { input }: Accepted,
  result: Result,
  certificate: Certificate | null,
  opened: readonly Obligation[],
) {
  const { memberId } = result
  const onDay = input.decidedOn
  return [
    {
      action: 'result.posted',
      entity: 'result',
      entityId: result.id,
      memberId,
      onDay,
      changes: { kind: result.kind, memberReference: result.memberReference, certificateId: certificate?.id ?? null },
    },
    ...(certificate
      ? [
          {
            action: input.kind === 'supplement' ? 'certificate.supplemented' : 'certificate.issued',
            entity: 'certificate',
            entityId: certificate.id,
            memberId,
            onDay,
            changes: {
              number: certificate.number,
              version: certificate.version,
              validUntil: certificate.validUntil,
              renewsId: certificate.renewsId,
            },
          },
        ]
      : []),
    ...opened.map((obligation) => ({
      action: 'obligation.opened',
      entity: 'obligation',
      entityId: obligation.id,
      memberId,
      onDay: obligation.eventOn,
      changes: { duty: obligation.duty, dueOn: obligation.dueOn, resultId: result.id },
    })),
  ]
}
