import { certificateStateOn, mayTake } from '../../domain/certificate.ts'
import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import { industryContains } from '../../domain/industries.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import type { EarlierCertificate, ResultSurroundings } from '../../domain/result.ts'
import { type Assignment, isReplaced, lockAssignment } from '../../store/assignments.ts'
import {
  type Certificate,
  type CertificateWithSuspensions,
  certificatesOfNumber,
  findRenewalOf,
  lockCertificate,
} from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import type { Enterprise } from '../../store/enterprises.ts'
import { type CompetenceFacts, competenceOf } from '../../store/members.ts'
import { type Ending, lockEndingFor } from '../../store/results.ts'
import { type SchemeVersion, schemeInForce } from '../../store/schemes.ts'
import type { Context } from '../context.ts'
import { productNameOf, type ResultInput } from './result-input.ts'

/** Everything that a posted result is judged against, loaded and locked before anything is decided. */
export type Surroundings = {
  readonly judged: ResultSurroundings
  readonly memberName: string
  readonly scheme: SchemeVersion
  readonly assignment: Assignment | undefined
  readonly ending: Ending | undefined
  readonly earlier: CertificateWithSuspensions | undefined
  readonly sameNumber: readonly Certificate[]
  /** The certificate of the same number that a new period renews, where the post names none (R4). */
  readonly renewedBySameNumber: Certificate | undefined
}

/** Member and scheme of a post: they are the same whoever posts what else at this moment. */
export type Setting = { readonly competence: CompetenceFacts; readonly scheme: SchemeVersion }

/** @throws Refusal `not_found`, `scheme_unknown` */
export async function loadSetting(tx: Db, memberId: string, input: ResultInput): Promise<Setting> {
  const [competence, scheme] = await Promise.all([
    competenceOf(tx, memberId),
    schemeInForce(tx, input.scheme, input.decidedOn),
  ])
  if (!competence) throw refuse('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })
  if (!scheme) throw refuse('scheme_unknown', 'scheme', { value: input.scheme })
  return { competence, scheme }
}

/** What the post hangs on, locked, and the certificates that have its number already. */
export type Links = {
  readonly assignment: Assignment | undefined
  readonly ending: Ending | undefined
  readonly earlier: CertificateWithSuspensions | undefined
  readonly sameNumber: readonly Certificate[]
}

/** Loads the links of a post that has claimed its reference and its number. @throws Refusal `not_found` */
export async function loadLinks(
  tx: Db,
  memberId: string,
  input: ResultInput,
  { number, enterpriseCode }: { number: string | undefined; enterpriseCode: string | undefined },
): Promise<Links> {
  const [locked, sameNumber] = await Promise.all([
    lockLinks(tx, memberId, input, number, enterpriseCode),
    number === undefined ? [] : certificatesOfNumber(tx, memberId, number),
  ])
  return { sameNumber, ...locked }
}

/** All that the post is judged against. */
export async function surroundingsOf(
  tx: Db,
  context: Context,
  input: ResultInput,
  { competence, scheme }: Setting,
  { assignment, ending, earlier, sameNumber }: Links,
  enterprise: Enterprise | undefined,
): Promise<Surroundings> {
  return {
    judged: {
      today: context.today,
      standingHistory: competence.standings,
      approvalUntilOn: competence.approvalUntilOn,
      approvalRevokedOn: competence.approvalRevokedOn,
      scopes: competence.scopes,
      validityMonths: scheme.validityMonths,
      earlier: earlier ? await earlierFacts(tx, earlier, input.decidedOn) : null,
      enterpriseId: enterprise?.id ?? null,
      industryContains,
    },
    memberName: competence.name,
    scheme,
    assignment,
    ending,
    earlier,
    sameNumber,
    renewedBySameNumber: await renewedBySameNumber(tx, sameNumber, input, enterprise),
  }
}

/** Always locked in this order. */
async function lockLinks(
  tx: Db,
  memberId: string,
  input: ResultInput,
  number: string | undefined,
  enterpriseCode: string | undefined,
): Promise<Omit<Links, 'sameNumber'>> {
  const assignment = await ownAssignment(tx, memberId, input.assignmentId)
  const ending = await lockEndingFor(tx, {
    memberId,
    endingId: input.endingId,
    assignmentId: input.assignmentId,
    certificateNumber: input.kind === 'supplement' ? undefined : number,
    enterpriseCode,
    productName: productNameOf(input),
    decidedOn: input.decidedOn,
  })
  return { assignment, ending, earlier: await earlierCertificate(tx, memberId, input) }
}

/**
 * The same number with a new period is a renewal and is linked (R4): to the latest earlier period of the same enterprise
 * that may be renewed and was not.
 */
async function renewedBySameNumber(
  tx: Db,
  sameNumber: readonly Certificate[],
  { kind, certificate, decidedOn }: ResultInput,
  enterprise: Enterprise | undefined,
): Promise<Certificate | undefined> {
  if (kind !== 'issue' || !certificate || !enterprise) return undefined
  const validFrom = certificate.validFrom ?? certificate.issuedOn
  const before = sameNumber
    .filter((candidate) => candidate.enterpriseId === enterprise.id && candidate.validFrom < validFrom)
    .sort((a, b) => (a.validFrom < b.validFrom ? 1 : -1))[0]
  const found = before && (await lockCertificate(tx, before.id))
  if (!found || (await findRenewalOf(tx, found.certificate.id))) return undefined
  const state = certificateStateOn({ ...found.certificate, suspensions: found.suspensions }, decidedOn)
  return mayTake('renew', state) ? found.certificate : undefined
}

async function ownAssignment(tx: Db, memberId: string, id: string | undefined): Promise<Assignment | undefined> {
  if (id === undefined) return undefined
  const assignment = await lockAssignment(tx, id)
  if (!assignment || assignment.memberId !== memberId)
    throw refuse('not_found', 'assignmentId', { value: id, values: { what: ['认证任务', 'assignment'] } })
  if (await isReplaced(tx, id)) throw refuse('assignment_replaced', 'assignmentId', { value: id })
  return assignment
}

async function earlierCertificate(
  tx: Db,
  memberId: string,
  input: ResultInput,
): Promise<CertificateWithSuspensions | undefined> {
  if (input.kind !== 'renew' && input.kind !== 'supplement') return undefined
  const id =
    input.earlierCertificateId ??
    (await latestOfNumber(tx, memberId, input.earlierCertificateNumber ?? input.certificate?.number))
  if (id === undefined) return undefined
  const earlier = await lockCertificate(tx, id)
  if (!earlier || earlier.certificate.memberId !== memberId) {
    throw refuse('not_found', 'earlierCertificateId', { value: id, values: { what: ['证书', 'certificate'] } })
  }
  return earlier
}

async function latestOfNumber(tx: Db, memberId: string, number: string | undefined): Promise<string | undefined> {
  if (number === undefined) return undefined
  return (await certificatesOfNumber(tx, memberId, normaliseCertificateNumber(number)))[0]?.id
}

async function earlierFacts(
  tx: Db,
  { certificate, suspensions }: CertificateWithSuspensions,
  on: PlainDate,
): Promise<EarlierCertificate> {
  return {
    state: certificateStateOn({ ...certificate, suspensions }, on),
    validUntil: certificate.validUntil,
    enterpriseId: certificate.enterpriseId,
    alreadyRenewed: (await findRenewalOf(tx, certificate.id)) !== undefined,
  }
}
