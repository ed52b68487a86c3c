import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import type { Problem } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import {
  type Certificate,
  type CertificateWithSuspensions,
  insertCertificateEvent,
  reviseCertificate,
} from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import type { Enterprise } from '../../store/enterprises.ts'
import type { Obligation, Receipt } from '../../store/obligations.ts'
import { type Result, resultRows } from '../../store/results.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import type { Context } from '../context.ts'
import { saveEnterprise } from '../enterprises/resolve-enterprise.ts'
import { type Accepted, disagreement, meetOutcome, openForResult, settleRenewed } from './obligations-of-result.ts'
import { type CertificateInput, contentOf, productNameOf, type ResultInput } from './result-input.ts'

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
  const supplemented = await supplement(tx, context, accepted)
  const issued = supplemented ? null : issuedCertificate(context, accepted, enterprise)
  const certificate = supplemented ?? issued
  const result = resultRow(context, accepted, enterprise, certificate)
  const posted = { result, enterprise, certificate }
  const waiting = { rows: resultRows(result, issued), entries: entriesFor(accepted, result, certificate) }
  const { obligations, feedback } = await openForResult(tx, context, rulebook, accepted, posted, waiting)
  await meetOutcome(tx, context, result)
  const renewed = renewedBy(accepted)
  if (renewed && issued) await noteRenewal(tx, context, renewed, issued, input)
  const suspensions = supplemented ? (around.earlier?.suspensions ?? []) : []
  return {
    result,
    certificate: certificate && { certificate, suspensions },
    obligations,
    receipt: feedback,
    warnings: [...warnings, ...disagreement(accepted)],
  }
}

function resultRow(
  context: Context,
  { memberId, input, contentSha256 }: Accepted,
  enterprise: Enterprise,
  certificate: Certificate | null,
): Result {
  const id = newId(context.now)
  return {
    id,
    rootId: id,
    revision: 1,
    supersedesId: null,
    supersededAt: null,
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
    approval: 'not_needed',
    approvalNote: null,
    decidedApprovalAt: null,
    decidedApprovalBy: null,
    explanation: null,
    recordedAt: context.now,
    changedAt: null,
    recordedBy: context.actor.id,
  }
}

function issuedCertificate(context: Context, accepted: Accepted, enterprise: Enterprise): Certificate | null {
  const { certificate } = accepted.input
  if (!certificate) return null
  return {
    id: newId(context.now),
    renewsId: renewedBy(accepted)?.id ?? null,
    transferredFromId: null,
    endedOn: null,
    endedAs: null,
    endedReason: null,
    version: 1,
    origin: 'posted',
    importId: null,
    recordedAt: context.now,
    changedAt: null,
    versionRecordedAt: context.now,
    ...certificateFacts(accepted, certificate, enterprise),
  }
}

function renewedBy({ input, around }: Accepted): Certificate | undefined {
  return input.kind === 'renew' ? around.earlier?.certificate : around.renewedBySameNumber
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
    holderName: certificate.client?.name ?? input.enterprise.name,
    productName: certificate.product.name,
    family: input.family,
    industryCode: input.industryCode ?? enterprise.industryCode,
    cityCode: enterprise.cityCode,
    content: contentOf(certificate, around.memberName, {
      name: input.enterprise.name,
      address: input.enterprise.address ?? enterprise.address,
    }),
    decidedOn: input.decidedOn,
    issuedOn: certificate.issuedOn,
    validFrom: certificate.validFrom ?? certificate.issuedOn,
    validUntil: certificate.validUntil,
  }
}

/** The next version of the certificate that a supplement widens; null for results of another kind. */
async function supplement(tx: Db, context: Context, { input, around }: Accepted): Promise<Certificate | null> {
  const { certificate: sent } = input
  const present = around.earlier?.certificate
  if (input.kind !== 'supplement' || !sent || !present) return null
  if (input.reasonCode === undefined) throw new Error('a supplement was accepted without a reason')
  const content = contentOf(sent, around.memberName, {
    name: present.holderName,
    address: present.content.client.address,
  })
  const by = { now: context.now, actorId: context.actor.id, cause: 'supplement' }
  const revised = await reviseCertificate(
    tx,
    present,
    { content, productName: sent.product.name, holderName: content.client.name },
    by,
  )
  await insertCertificateEvent(tx, {
    id: newId(context.now),
    certificateId: present.id,
    action: 'supplement',
    onDay: input.decidedOn,
    reasonCode: input.reasonCode,
    reasonText: input.reasonText ?? null,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
  return revised
}

/** What the renewal does to the certificate before it. */
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
  await settleRenewed(tx, context, renewed, input.decidedOn)
}

function entriesFor({ input }: Accepted, result: Result, certificate: Certificate | null) {
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
  ]
}
