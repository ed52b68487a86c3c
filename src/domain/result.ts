import {
  type CertificateState,
  certificateActionNames,
  certificateStateNames,
  isReasonOf,
  judgeValidity,
  mayTake,
} from './certificate.ts'
import { earlierOf, holdsOn, type PlainDate } from './plain-date.ts'
import { type Problem, problem } from './refusals.ts'
import { admittedOn, type StandingFact, standingEffects, standingOn } from './standing.ts'

/** The outcome of a certification (N4, R4): what it may be, and what makes a posted one acceptable. */
export const resultKinds = ['issue', 'renew', 'supplement', 'refuse'] as const
export type ResultKind = (typeof resultKinds)[number]

export type ScopeFact = {
  readonly family: string
  /** A code of GB/T 4754 that contains what is covered, or null for the whole family. */
  readonly industryCode: string | null
  readonly fromOn: PlainDate
  readonly untilOn: PlainDate | null
}

export type PostedResult = {
  readonly kind: ResultKind
  readonly decidedOn: PlainDate
  readonly reasonCode: string | null
  readonly family: string
  readonly industryCode: string | null
  readonly certificate: {
    readonly issuedOn: PlainDate
    readonly validFrom: PlainDate
    readonly validUntil: PlainDate
  } | null
}

/** The certificate that a renewal or a supplement builds on, as it stands on the day of the decision. */
export type EarlierCertificate = {
  readonly state: CertificateState
  readonly validUntil: PlainDate
  readonly enterpriseId: string
  readonly alreadyRenewed: boolean
}

export type ResultSurroundings = Competence & {
  readonly today: PlainDate
  readonly validityMonths: number
  readonly earlier: EarlierCertificate | null
  /** Null for an enterprise that is not registered yet. */
  readonly enterpriseId: string | null
}

/** Everything that is wrong with a posted result, all at once, so that a clerk mends it in one go. */
export function problemsOfResult(result: PostedResult, around: ResultSurroundings): Problem[] {
  return [
    ...problemsOfReason(result),
    ...problemsOfDays(result, around),
    ...problemsOfCompetence(result, around),
    ...problemsOfCertificatePart(result),
    ...problemsOfEarlier(result, around),
    ...problemsOfValidity(result, around),
  ]
}

function problemsOfReason({ kind, reasonCode }: PostedResult): Problem[] {
  if ((kind === 'refuse' || kind === 'supplement') && reasonCode === null)
    return [problem('reason_code_missing', 'reasonCode')]
  if (reasonCode !== null && !isReasonOf(kind, reasonCode)) {
    return [problem('reason_code_unknown', 'reasonCode', { value: reasonCode })]
  }
  return []
}

function problemsOfDays({ kind, decidedOn, certificate }: PostedResult, { today }: ResultSurroundings): Problem[] {
  const problems: Problem[] = []
  if (decidedOn > today) problems.push(problem('day_in_future', 'decidedOn', { value: decidedOn }))
  if (certificate === null) return problems
  const { issuedOn, validFrom } = certificate
  if (issuedOn > today) problems.push(problem('day_in_future', 'certificate.issuedOn', { value: issuedOn }))
  if (decidedOn > issuedOn) problems.push(problem('decided_after_issue', 'decidedOn', { value: decidedOn }))
  if (kind !== 'supplement' && validFrom < decidedOn) {
    problems.push(problem('valid_before_decision', 'certificate.validFrom', { value: validFrom }))
  }
  return problems
}

/** What a member's competence rests on: its standing, its approval and its scopes (N1, R4, R8). */
export type Competence = {
  readonly standingHistory: readonly StandingFact[]
  /** The last day of its approval; null where it is not known. */
  readonly approvalUntilOn: PlainDate | null
  /** The day from which it is revoked; null where it is not. */
  readonly approvalRevokedOn: PlainDate | null
  readonly scopes: readonly ScopeFact[]
  readonly industryContains: (broad: string, narrow: string) => boolean
}

type Decided = Pick<PostedResult, 'kind' | 'decidedOn' | 'industryCode'> & {
  /** Null where the opening balance does not know it: then no scope is judged. */
  readonly family: string | null
}

/** Whether the member could decide so on that day. */
export function problemsOfCompetence(result: Decided, competence: Competence): Problem[] {
  return [
    ...problemsOfStanding(result, competence),
    ...problemsOfApproval(result, competence),
    ...problemsOfScope(result, competence),
  ]
}

function problemsOfApproval({ decidedOn }: Decided, competence: Competence): Problem[] {
  const { approvalUntilOn: until, approvalRevokedOn: since } = competence
  if (since !== null && decidedOn >= since)
    return [problem('approval_revoked', 'decidedOn', { value: decidedOn, values: { since } })]
  if (until === null || decidedOn <= until) return []
  return [problem('approval_lapsed', 'decidedOn', { value: decidedOn, values: { until } })]
}

function problemsOfStanding(result: Decided, { standingHistory }: Competence): Problem[] {
  const { decidedOn } = result
  const since = admittedOn(standingHistory)
  if (since === null) return [problem('member_not_admitted', 'decidedOn', { value: decidedOn })]
  if (decidedOn < since) {
    return [problem('decided_before_admission', 'decidedOn', { value: decidedOn, values: { admittedOn: since } })]
  }
  const standing = standingOn(standingHistory, decidedOn)
  if (standing === null) return []
  const { zh, mayIssue, mayDecide } = standingEffects[standing]
  const issues = result.kind === 'issue' || result.kind === 'renew' || result.kind === 'supplement'
  if (issues && !mayIssue)
    return [problem('member_may_not_issue', 'decidedOn', { value: decidedOn, values: { standing: [zh, standing] } })]
  return mayDecide
    ? []
    : [problem('member_may_not_decide', 'decidedOn', { value: decidedOn, values: { standing: [zh, standing] } })]
}

function problemsOfScope(result: Decided, { scopes, industryContains }: Competence): Problem[] {
  const { family, industryCode, decidedOn } = result
  if (family === null || coversProduct(scopes, { family, industryCode }, decidedOn, industryContains)) return []
  return [problem(scopeProblem(scopes, { family, industryCode }, decidedOn), 'family', { value: family })]
}

/**
 * What was recorded without an industry can't be asked for it afterwards: a moved day, an answer and a transfer judge it
 * by its family, as it was when it was recorded.
 */
export function withoutIndustryAsked<Found extends Problem>(problems: readonly Found[]): Found[] {
  return problems.filter(({ code }) => code !== 'industry_needed')
}

/** What is wrong where no scope covers a product: that it has no industry, while the body's scopes are by industry. */
export function scopeProblem(
  scopes: readonly ScopeFact[],
  { family, industryCode }: { readonly family: string; readonly industryCode: string | null },
  on: PlainDate,
): 'industry_needed' | 'scope_missing' {
  const isInFamily = scopes.some((scope) => scope.family === family && holdsOn(scope, on))
  return industryCode === null && isInFamily ? 'industry_needed' : 'scope_missing'
}

/**
 * Whether one of the scopes that hold on the day covers the product's family and industry (N1). What has no industry is
 * covered by a scope of the whole family alone: nobody knows what else it may be.
 */
export function coversProduct(
  scopes: readonly ScopeFact[],
  product: { readonly family: string; readonly industryCode: string | null },
  on: PlainDate,
  industryContains: (broad: string, narrow: string) => boolean,
): boolean {
  return scopes.some((scope) => {
    if (scope.family !== product.family || !holdsOn(scope, on)) return false
    if (scope.industryCode === null) return true
    return product.industryCode !== null && industryContains(scope.industryCode, product.industryCode)
  })
}

function problemsOfCertificatePart({ kind, certificate }: PostedResult): Problem[] {
  if (kind === 'refuse') return certificate === null ? [] : [problem('certificate_not_expected', 'certificate')]
  return certificate === null ? [problem('certificate_missing', 'certificate')] : []
}

function problemsOfEarlier({ kind }: PostedResult, { earlier, enterpriseId }: ResultSurroundings): Problem[] {
  if (kind !== 'renew' && kind !== 'supplement') return []
  if (earlier === null) return [problem('renewed_certificate_missing', 'earlierCertificateId')]
  const problems: Problem[] = []
  if (earlier.enterpriseId !== enterpriseId) {
    problems.push(problem('certificate_of_another_enterprise', 'earlierCertificateId'))
  }
  if (!mayTake(kind, earlier.state)) problems.push(problemOfEarlierState(kind, earlier.state))
  if (kind === 'renew' && earlier.alreadyRenewed)
    problems.push(problem('certificate_already_renewed', 'earlierCertificateId'))
  return problems
}

function problemOfEarlierState(kind: 'renew' | 'supplement', state: CertificateState): Problem {
  const values = { state: certificateStateNames[state], action: certificateActionNames[kind] }
  return problem(kind === 'renew' ? 'renewed_certificate_ended' : 'move_not_allowed', 'earlierCertificateId', {
    values,
  })
}

function problemsOfValidity(result: PostedResult, around: ResultSurroundings): Problem[] {
  if (result.certificate === null || result.kind === 'supplement') return []
  const { verdict, latest } = validityOf(result.certificate, result, around)
  const value = result.certificate.validUntil
  if (verdict === 'reversed') return [problem('validity_reversed', 'certificate.validUntil', { value })]
  if (verdict === 'too_long')
    return [problem('validity_too_long', 'certificate.validUntil', { value, values: { latest } })]
  return []
}

function validityOf(
  certificate: NonNullable<PostedResult['certificate']>,
  { kind }: PostedResult,
  { validityMonths, earlier }: ResultSurroundings,
) {
  return judgeValidity(certificate, validityMonths, kind === 'renew' ? (earlier?.validUntil ?? null) : null)
}

/** Remarks on a result that is accepted all the same. */
export function warningsOfResult(result: PostedResult, around: ResultSurroundings): Problem[] {
  if (result.certificate === null || result.kind === 'supplement') return []
  const { verdict, expected } = validityOf(result.certificate, result, around)
  if (verdict !== 'unusual') return []
  return [
    problem('validity_unusual', 'certificate.validUntil', {
      value: result.certificate.validUntil,
      values: { expected },
    }),
  ]
}

export type CorrectionVerdict = {
  readonly needsApproval: boolean
  /** The day that clocks and figures use until the correction is approved. */
  readonly effectiveDecidedOn: PlainDate
}

/**
 * A correction that moves the decision day after the original due day needs the secretariat's approval; both days stay
 * visible, and figures use the earlier one until then (R2). Read strictly: after that day no move, in either
 * direction, is the member's alone.
 */
export function judgeCorrection(
  before: PlainDate,
  after: PlainDate,
  originalDueOn: PlainDate | null,
  today: PlainDate,
): CorrectionVerdict {
  const moved = before !== after
  const needsApproval = moved && originalDueOn !== null && today > originalDueOn
  return { needsApproval, effectiveDecidedOn: needsApproval ? earlierOf(before, after) : after }
}
