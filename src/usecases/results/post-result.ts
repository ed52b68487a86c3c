import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import { type Problem, problem, Refusal, type RefusalCode, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { type PostedResult, problemsOfResult, warningsOfResult } from '../../domain/result.ts'
import { type Certificate, findCertificate } from '../../store/certificates.ts'
import { type Db, postgresFault } from '../../store/database.ts'
import type { Enterprise } from '../../store/enterprises.ts'
import { obligationsOf, type Receipt, receiptsOf } from '../../store/obligations.ts'
import { claimPost, findResultByReference, type Result } from '../../store/results.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import { type CertificateView, certificateView } from '../certificates/certificate-view.ts'
import { type Context, memberToServe, type Registry } from '../context.ts'
import { enterpriseCodeOf, lookUpEnterprise } from '../enterprises/resolve-enterprise.ts'
import { sha256OfJson } from '../hashes.ts'
import { type Answered, onceOnly, rehearse } from '../idempotency.ts'
import { type ExplainedObligation, explainedObligations } from '../obligations/obligation-view.ts'
import { problemsOfLinks } from './problems-of-links.ts'
import type { ResultInput } from './result-input.ts'
import { loadLinks, loadSetting, surroundingsOf } from './surroundings.ts'
import { writeResult } from './write-result.ts'

/** What a post answers: the result, its certificate, and every obligation with the arithmetic of its due date (N4). */
export type ResultPosted = {
  readonly outcome: 'recorded' | 'already_recorded' | 'would_be_recorded'
  /** The receipt of the feedback to the secretariat: posting the full result is the feedback (R3). */
  readonly receiptId: string | null
  readonly result: Result
  readonly certificate: CertificateView | null
  readonly obligations: readonly ExplainedObligation[]
  readonly warnings: readonly Problem[]
}

export type PostOptions = { readonly validateOnly: boolean; readonly idempotencyKey: string | undefined }

/**
 * Records a certification result and opens what follows from it, in one transaction (N4, R2, R4).
 * @throws Refusal with every problem at once; then nothing is written.
 */
export async function postResult(
  registry: Registry,
  context: Context,
  input: ResultInput,
  options: PostOptions,
): Promise<Answered<ResultPosted>> {
  const memberId = memberToServe(context, 'results.post', input.memberId)
  const work = (tx: Db) => refusingTwins(recordResult(tx, registry, context, memberId, input))
  if (options.validateOnly) {
    const answer = await rehearse(registry, work)
    return { answer: { ...answer, outcome: rehearsed(answer.outcome) }, replayed: false }
  }
  if (options.idempotencyKey === undefined)
    throw refuse('header_missing', 'Idempotency-Key', { values: { header: 'Idempotency-Key' } })
  return onceOnly(registry, context, { key: options.idempotencyKey, operation: 'POST /v1/results', body: input }, work)
}

function rehearsed(outcome: ResultPosted['outcome']): ResultPosted['outcome'] {
  return outcome === 'recorded' ? 'would_be_recorded' : outcome
}

/** Load, decide, save, and tell; inside the caller's transaction. */
export async function recordResult(
  tx: Db,
  registry: Registry,
  context: Context,
  memberId: string,
  input: ResultInput,
): Promise<ResultPosted> {
  const contentSha256 = sha256OfJson({ ...input, memberId })
  const number = input.certificate && normaliseCertificateNumber(input.certificate.number)
  const enterpriseCode = enterpriseCodeOf(context, input.enterprise)
  // All of it travels together. The claims go first, so whatever another post was writing is read once they are held.
  const asked = {
    claim: claimPost(tx, memberId, input.memberReference, number),
    setting: loadSetting(tx, memberId, input),
    rulebook: registry.rulebooks.current(tx),
    earlierPost: findResultByReference(tx, memberId, input.memberReference),
    named: lookUpEnterprise(tx, context, input.enterprise),
    links: loadLinks(tx, memberId, input, { number, enterpriseCode }),
  }
  await Promise.allSettled(Object.values(asked))
  await asked.claim
  const setting = await asked.setting
  const rulebook = await asked.rulebook
  const earlierPost = await asked.earlierPost
  if (earlierPost) return repeatedPost(tx, registry, rulebook, context, earlierPost, contentSha256)
  const named = await asked.named
  const enterprise = 'found' in named ? named.found : undefined
  const around = await surroundingsOf(tx, context, input, setting, await asked.links, enterprise)

  const posted = postedFacts(input, around.earlier?.certificate, enterprise)
  const credit = 'found' in named ? [] : [named]
  refuseIfAny([...credit, ...problemsOfResult(posted, around.judged), ...problemsOfLinks(input, enterprise, around)])
  if (!('found' in named)) throw new Refusal(named)

  const written = await writeResult(tx, context, rulebook, { memberId, input, named, around, contentSha256 })
  return {
    outcome: 'recorded',
    receiptId: written.receipt.id,
    result: written.result,
    certificate: written.certificate && certificateView(written.certificate, context.today),
    obligations: await explainedObligations(tx, registry.rulebooks, rulebook, written.obligations, context.today),
    warnings: [...warningsOfResult(posted, around.judged), ...written.warnings, ...remarks(input)],
  }
}

function postedFacts(
  input: ResultInput,
  earlier: Certificate | undefined,
  registered: Enterprise | undefined,
): PostedResult {
  const { kind, decidedOn, family, certificate } = input
  const supplemented = kind === 'supplement' ? earlier?.validFrom : undefined
  return {
    kind,
    decidedOn,
    family,
    reasonCode: input.reasonCode ?? null,
    industryCode: input.industryCode ?? registered?.industryCode ?? input.enterprise.industryCode ?? null,
    certificate: certificate
      ? { ...certificate, validFrom: certificate.validFrom ?? supplemented ?? certificate.issuedOn }
      : null,
  }
}

function remarks(input: ResultInput): Problem[] {
  return input.assignmentId === undefined ? [problem('no_assignment', 'assignmentId')] : []
}

/** The member's own reference once more: the same content is the same result, other content is refused. */
async function repeatedPost(
  tx: Db,
  registry: Registry,
  rulebook: Rulebook,
  context: Context,
  earlier: Result,
  contentSha256: string,
): Promise<ResultPosted> {
  if (earlier.contentSha256 !== contentSha256)
    throw refuse('member_reference_used', 'memberReference', { value: earlier.memberReference })
  const [certificate, obligations] = await Promise.all([
    earlier.certificateId === null ? undefined : findCertificate(tx, earlier.certificateId),
    obligationsOf(tx, { resultId: earlier.rootId }),
  ])
  const feedback = obligations.find((obligation) => obligation.duty === 'feed_back')
  const receipts: readonly Receipt[] = feedback ? await receiptsOf(tx, feedback.id) : []
  return {
    outcome: 'already_recorded',
    receiptId: receipts[0]?.id ?? null,
    result: earlier,
    certificate: certificate ? certificateView(certificate, context.today) : null,
    obligations: await explainedObligations(tx, registry.rulebooks, rulebook, obligations, context.today),
    warnings: [],
  }
}

const twins: Readonly<Record<string, readonly [code: RefusalCode, path: string]>> = {
  results_reference: ['member_reference_used', 'memberReference'],
  results_one_per_assignment: ['assignment_has_outcome', 'assignmentId'],
  certificates_number: ['certificate_number_used', 'certificate.number'],
  certificates_renews_id_unique: ['certificate_already_renewed', 'earlierCertificateId'],
  endings_one_per_result: ['ending_settled', 'endingId'],
}

/** Two posts of the same thing at once: the constraint keeps the second out, and it is told so like any other. */
async function refusingTwins<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const twin = twins[postgresFault(error)?.constraint ?? '']
    throw twin ? refuse(...twin) : error
  })
}
