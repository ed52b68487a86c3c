import { isReasonOf, judgeValidity } from '../../domain/certificate.ts'
import { industryContains } from '../../domain/industries.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem } from '../../domain/refusals.ts'
import { problemsOfCompetence, withoutIndustryAsked } from '../../domain/result.ts'
import { type Certificate, findCertificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { competenceOf } from '../../store/members.ts'
import type { Result } from '../../store/results.ts'
import { schemeInForce } from '../../store/schemes.ts'
import type { Context } from '../context.ts'
import { problemsOfPeriod } from './problems-of-links.ts'
import type { CertificateInput } from './result-input.ts'

type Corrected = {
  readonly decidedOn: PlainDate
  readonly reasonCode?: string | undefined
  readonly certificate?: CertificateInput | undefined
}

/** What is wrong with a correction: it must stand where the result itself would have to (R2, R4). */
export async function problemsOfCorrection(
  tx: Db,
  context: Context,
  before: Result,
  certificate: Certificate | undefined,
  corrected: Corrected,
): Promise<Problem[]> {
  return [
    ...problemsOfDay(context, before, certificate, corrected),
    ...(await problemsOfMovedDay(tx, before, certificate, corrected)),
    ...problemsOfReason(before, corrected),
    ...(await problemsOfCertificate(tx, context, before, certificate, corrected)),
  ]
}

function problemsOfDay(
  { today }: Context,
  before: Result,
  certificate: Certificate | undefined,
  { decidedOn, certificate: reads }: Corrected,
): Problem[] {
  if (decidedOn > today) return [problem('day_in_future', 'decidedOn', { value: decidedOn })]
  if (before.kind === 'supplement') return []
  const issuedOn = reads?.issuedOn ?? certificate?.issuedOn ?? null
  const validFrom = reads ? (reads.validFrom ?? reads.issuedOn) : (certificate?.validFrom ?? null)
  const problems: Problem[] = []
  if (issuedOn !== null && decidedOn > issuedOn)
    problems.push(problem('decided_after_issue', 'decidedOn', { value: decidedOn }))
  if (validFrom !== null && decidedOn > validFrom)
    problems.push(problem('valid_before_decision', 'decidedOn', { value: decidedOn }))
  return problems
}

/** On the new day the member must have been competent, too. */
async function problemsOfMovedDay(
  tx: Db,
  before: Result,
  certificate: Certificate | undefined,
  { decidedOn }: Corrected,
): Promise<Problem[]> {
  if (decidedOn === before.decidedOn) return []
  const competence = await competenceOf(tx, before.memberId)
  if (!competence) throw new Error(`member ${before.memberId} vanished`)
  const { standings: standingHistory, approvalUntilOn, approvalRevokedOn, scopes } = competence
  const decided = {
    kind: before.kind,
    decidedOn,
    family: before.family,
    industryCode: certificate?.industryCode ?? null,
  }
  const facts = { standingHistory, approvalUntilOn, approvalRevokedOn, scopes, industryContains }
  return withoutIndustryAsked(problemsOfCompetence(decided, facts))
}

function problemsOfReason(before: Result, { reasonCode }: Corrected): Problem[] {
  if (reasonCode === undefined || isReasonOf(before.kind, reasonCode)) return []
  return [problem('reason_code_unknown', 'reasonCode', { value: reasonCode })]
}

async function problemsOfCertificate(
  tx: Db,
  context: Context,
  before: Result,
  certificate: Certificate | undefined,
  { decidedOn, certificate: reads }: Corrected,
): Promise<Problem[]> {
  if (!reads) return []
  if (!certificate) return [problem('certificate_not_expected', 'certificate')]
  if (certificate.endedOn !== null) {
    const state = certificate.endedAs ?? ''
    return [problem('move_not_allowed', 'certificate', { values: { state, action: ['更正', 'correct'] } })]
  }
  if (reads.issuedOn > context.today)
    return [problem('day_in_future', 'certificate.issuedOn', { value: reads.issuedOn })]
  if (before.kind === 'supplement')
    return problemsOfPeriod(reads, reads.validFrom ?? certificate.validFrom, certificate)
  return problemsOfValidity(tx, certificate, reads, decidedOn)
}

async function problemsOfValidity(
  tx: Db,
  present: Certificate,
  reads: CertificateInput,
  decidedOn: PlainDate,
): Promise<Problem[]> {
  const scheme = await schemeInForce(tx, present.schemeCode, decidedOn)
  if (!scheme) throw new Error(`scheme ${present.schemeCode} has no version`)
  const renewed = present.renewsId === null ? undefined : await findCertificate(tx, present.renewsId)
  const { issuedOn, validFrom = issuedOn, validUntil: value } = reads
  const validity = { issuedOn, validFrom, validUntil: value }
  const { verdict, latest } = judgeValidity(validity, scheme.validityMonths, renewed?.certificate.validUntil ?? null)
  const path = 'certificate.validUntil'
  if (verdict === 'reversed') return [problem('validity_reversed', path, { value })]
  return verdict === 'too_long' ? [problem('validity_too_long', path, { value, values: { latest } })] : []
}
