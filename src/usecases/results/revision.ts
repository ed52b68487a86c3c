import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import { earlierOf, type PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { type Certificate, findCertificate, type NewCertificate, reviseCertificate } from '../../store/certificates.ts'
import { type Db, violates } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type Obligation, obligationsOf } from '../../store/obligations.ts'
import { findEnding, type Result } from '../../store/results.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { type CertificateView, certificateView } from '../certificates/certificate-view.ts'
import type { Context, Registry } from '../context.ts'
import { type ExplainedObligation, explainedObligations } from '../obligations/obligation-view.ts'
import { recount } from '../obligations/recount-obligation.ts'
import { type CertificateInput, contentOf } from './result-input.ts'

/** What a correction, and the decision on it, answer. */
export type ResultCorrected = {
  readonly result: Result
  readonly supersedes: Result
  readonly certificate: CertificateView | null
  readonly obligations: readonly ExplainedObligation[]
}

/** Writes the next version of the certificate where the correction changes what it says; the earlier one stays (R4a). */
export async function reviseCertificateFor(
  tx: Db,
  context: Context,
  present: Certificate,
  after: Result,
  reads: CertificateInput | undefined,
): Promise<void> {
  const next = nextVersion(present, after, reads)
  if (Object.keys(next).length === 0) return
  const by = { now: context.now, actorId: context.actor.id, cause: 'correct' }
  const revised = await reviseCertificate(tx, present, next, by).catch((error: unknown) => {
    throw violates(error, 'certificates_number')
      ? refuse('certificate_number_used', 'certificate.number', { value: reads?.number })
      : error
  })
  await record(tx, context, {
    action: 'certificate.corrected',
    entity: 'certificate',
    entityId: present.id,
    memberId: present.memberId,
    onDay: after.effectiveDecidedOn,
    changes: { version: revised.version, number: { from: present.number, to: revised.number }, resultId: after.id },
  })
}

/** A supplement never touches the number, the period or the decision of the certificate that it widened. */
function nextVersion(
  present: Certificate,
  after: Result,
  reads: CertificateInput | undefined,
): Partial<NewCertificate> {
  const isSupplement = after.kind === 'supplement'
  const decided =
    isSupplement || after.effectiveDecidedOn === present.decidedOn ? {} : { decidedOn: after.effectiveDecidedOn }
  if (!reads) return decided
  const content = contentOf(reads, present.content.issuingBody, {
    name: present.holderName,
    address: present.content.client.address,
  })
  const texts = { content, productName: reads.product.name, holderName: content.client.name }
  if (isSupplement) return texts
  const { issuedOn, validFrom = issuedOn, validUntil } = reads
  return { ...decided, ...texts, number: normaliseCertificateNumber(reads.number), issuedOn, validFrom, validUntil }
}

/**
 * A fact was corrected, so its due dates follow, met or not: late is what was late against the true day. Where the
 * ending was recorded by another (R2), the earlier of the two days counts as before. What counts from another event,
 * such as the next surveillance, stays.
 */
export async function recountFor(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  obligations: readonly Obligation[],
  decidedOn: { from: PlainDate; to: PlainDate },
): Promise<void> {
  for (const obligation of obligations) {
    const ending = obligation.endingId === null ? undefined : await findEnding(tx, obligation.endingId)
    const from = ending ? earlierOf(ending.decidedOn, decidedOn.from) : decidedOn.from
    const to = ending ? earlierOf(ending.decidedOn, decidedOn.to) : decidedOn.to
    if (obligation.eventOn === from && obligation.waivedOn === null)
      await recount(tx, context, rulebook, obligation, to, 'correction')
  }
}

export async function correctionAnswer(
  tx: Db,
  registry: Registry,
  context: Context,
  rulebook: Rulebook,
  before: Result,
  after: Result,
): Promise<ResultCorrected> {
  const certificate = after.certificateId === null ? undefined : await findCertificate(tx, after.certificateId)
  const obligations = await obligationsOf(tx, { resultId: after.rootId })
  return {
    result: after,
    supersedes: before,
    certificate: certificate ? certificateView(certificate, context.today) : null,
    obligations: await explainedObligations(tx, registry.rulebooks, rulebook, obligations, context.today),
  }
}
