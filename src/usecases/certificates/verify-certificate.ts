import { announcementOn, struckOutOn } from '../../domain/announcement.ts'
import { parseApprovalNumber } from '../../domain/approval-number.ts'
import { reasonName } from '../../domain/certificate.ts'
import { checkCertificateNumber } from '../../domain/certificate-number.ts'
import { dayInWords, type PlainDate } from '../../domain/plain-date.ts'
import type { RefusalCode } from '../../domain/refusals.ts'
import {
  memberLeftOn,
  notValidSince,
  reasonCodeOn,
  type VerifiedState,
  verifiedStateNames,
  verifiedStateOn,
} from '../../domain/verification.ts'
import { type CertificateToVerify, certificatesToVerify } from '../../store/verification.ts'
import type { Registry } from '../context.ts'

export const verificationOutcomes = ['valid', 'not_valid', 'never_issued', 'malformed'] as const

export type VerifiedCertificate = {
  readonly number: string
  readonly numberAsPrinted: string
  readonly scheme: string
  readonly member: {
    readonly name: string
    readonly approvalNumber: string | null
    /** Since when it is no member any more; a certificate that has not ended goes on to verify. */
    readonly leftOn: PlainDate | null
    /** The body that it was merged into by that day. */
    readonly mergedInto: { readonly name: string; readonly approvalNumber: string | null } | null
  }
  readonly holder: string
  readonly product: string
  readonly validFrom: PlainDate
  readonly validUntil: PlainDate
  readonly state: VerifiedState
  readonly stateName: { readonly zh: string; readonly en: string }
  /** The day since which it is not valid, or from which it will be; null while valid. */
  readonly since: PlainDate | null
  /** The announcement that lists it; null while none does (N8). */
  readonly announcement: { readonly id: string; readonly number: string; readonly announcedOn: PlainDate } | null
  readonly announcementName: { readonly zh: string; readonly en: string }
  /** Why, where the body gave a reason. */
  readonly reason: { readonly code: string; readonly zh: string; readonly en: string } | null
}

/** The answer to a stranger with a number: always a list, as numbers may repeat across members (R4). */
export type Verification = {
  readonly outcome: (typeof verificationOutcomes)[number]
  readonly number: string
  readonly on: PlainDate
  readonly certificates: readonly VerifiedCertificate[]
  /** What is wrong with the number, when it is malformed. */
  readonly fault: { readonly code: RefusalCode; readonly values: Readonly<Record<string, string | number>> } | null
}

/** Public, free and without sign-in (R4). A failure of the service is an error, never "not found". */
export async function verifyCertificate(
  registry: Registry,
  query: { number: string; member: string | undefined; on: PlainDate },
): Promise<Verification> {
  const checked = checkCertificateNumber(query.number)
  if (!checked.ok) {
    const fault = {
      code: checked.code,
      values: { character: checked.character ?? '', position: checked.position ?? 0 },
    }
    return { outcome: 'malformed', number: checked.normalised.slice(0, 64), on: query.on, certificates: [], fault }
  }
  const rows = await certificatesToVerify(registry.db, { number: checked.number, ...memberNamed(query.member) })
  const certificates = rows.map((row) => verified(row, query.on)).sort(validFirst)
  return { outcome: outcomeOf(certificates), number: checked.number, on: query.on, certificates, fault: null }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function memberNamed(member: string | undefined) {
  const id = member !== undefined && uuid.test(member) ? member : undefined
  const approvalNumber = member === undefined || id !== undefined ? undefined : (parseApprovalNumber(member) ?? member)
  return { memberId: id, approvalNumber }
}

function outcomeOf(certificates: readonly VerifiedCertificate[]): Verification['outcome'] {
  if (certificates.length === 0) return 'never_issued'
  return certificates.some(({ state }) => state === 'valid') ? 'valid' : 'not_valid'
}

function validFirst(a: VerifiedCertificate, b: VerifiedCertificate): number {
  return Number(b.state === 'valid') - Number(a.state === 'valid')
}

function verified(certificate: CertificateToVerify, on: PlainDate): VerifiedCertificate {
  const state = verifiedStateOn(certificate, certificate.approvalRevokedOn, on)
  const [zh, en] = verifiedStateNames[state]
  const announcement = announcementOn(certificate.listings, on)
  return {
    number: certificate.number,
    numberAsPrinted: certificate.numberAsPrinted,
    scheme: certificate.schemeCode,
    member: {
      name: certificate.memberName,
      approvalNumber: certificate.memberApprovalNumber,
      leftOn: memberLeftOn(certificate.standings, on),
      mergedInto: mergedInto(certificate, on),
    },
    holder: certificate.holderName,
    product: certificate.productName,
    validFrom: certificate.validFrom,
    validUntil: certificate.validUntil,
    state,
    stateName: { zh, en },
    since: notValidSince(certificate, state, on),
    announcement,
    announcementName: announcementName(certificate, announcement, on),
    reason: reasonOf(certificate, state, on),
  }
}

function announcementName(
  { listings }: CertificateToVerify,
  announcement: VerifiedCertificate['announcement'],
  on: PlainDate,
) {
  if (announcement !== null) {
    const { number, announcedOn } = announcement
    return { zh: `${dayInWords(announcedOn)}公告（${number}）`, en: `announced on ${announcedOn}, ${number}` }
  }
  const struck = struckOutOn(listings, on)
  if (struck === null) return { zh: '尚未列入公告', en: 'not yet announced' }
  const { number, announcedOn } = struck
  return {
    zh: `已由${dayInWords(announcedOn)}公告（${number}）撤下`,
    en: `struck out by the announcement of ${announcedOn}, ${number}`,
  }
}

function mergedInto({ successor }: CertificateToVerify, on: PlainDate) {
  if (successor === null || successor.mergedOn > on) return null
  return { name: successor.name, approvalNumber: successor.approvalNumber }
}

function reasonOf(certificate: CertificateToVerify, state: VerifiedState, on: PlainDate) {
  const code = reasonCodeOn(certificate, state, on)
  if (code === null) return null
  const [zh, en] = reasonName(code) ?? [code, code]
  return { code, zh, en }
}
