import { type CertificateFacts, certificateStateOn } from './certificate.ts'
import { foldName } from './imported-cells.ts'
import type { PlainDate } from './plain-date.ts'
import { type Problem, problem } from './refusals.ts'

/** Announcements (公告): the official list of certified firms, by number and day (N8). */
export const lineEffects = ['listed', 'struck'] as const
export type LineEffect = (typeof lineEffects)[number]

export const announcementStates = ['draft', 'published'] as const
export type AnnouncementState = (typeof announcementStates)[number]

export const announcementStateNames: Readonly<Record<AnnouncementState, readonly [zh: string, en: string]>> = {
  draft: ['草稿', 'draft'],
  published: ['已发布', 'published'],
}

/** That a certificate stands in a published announcement. */
export type Listing = {
  readonly id: string
  readonly number: string
  readonly announcedOn: PlainDate
  readonly effect: LineEffect
}

/** The announcement that a certificate stands in on a day; null where none lists it, or a later one strikes it out. */
export function announcementOn(listings: readonly Listing[], on: PlainDate): Omit<Listing, 'effect'> | null {
  const latest = listings.filter(({ announcedOn }) => announcedOn <= on).at(-1)
  if (!latest || latest.effect === 'struck') return null
  const { id, number, announcedOn } = latest
  return { id, number, announcedOn }
}

/** The day on which a later announcement struck a certificate out, where that is the last word by a day; null where not. */
export function struckOutOn(listings: readonly Listing[], on: PlainDate): Omit<Listing, 'effect'> | null {
  const latest = listings.filter(({ announcedOn }) => announcedOn <= on).at(-1)
  if (latest?.effect !== 'struck') return null
  const { id, number, announcedOn } = latest
  return { id, number, announcedOn }
}

/** Why the list as announced and the list of a day are not the same; a certificate may differ in several ways (N8). */
export const listDifferences = [
  'not_in_register',
  'struck',
  'not_yet_valid',
  'suspended',
  'withdrawn',
  'cancelled',
  'transferred',
  'renewed',
  'expired',
  'approval_revoked',
  'holder_renamed',
  'product_amended',
] as const
export type ListDifference = (typeof listDifferences)[number]

export const listDifferenceNames: Readonly<Record<ListDifference, readonly [zh: string, en: string]>> = {
  not_in_register: ['本登记系统无此证书', 'the register holds no such certificate'],
  struck: ['已由后续公告撤下', 'struck out by a later announcement'],
  not_yet_valid: ['证书尚未生效', 'the certificate is not yet valid'],
  suspended: ['证书已暂停', 'the certificate is suspended'],
  withdrawn: ['证书已撤销', 'the certificate was withdrawn'],
  cancelled: ['证书已注销', 'the certificate was cancelled'],
  transferred: ['已转移至其他机构', 'transferred to another body'],
  renewed: ['已再认证，由新证书接续', 'certified anew under a later certificate'],
  expired: ['证书已过期', 'the certificate expired'],
  approval_revoked: ['发证机构的批准已被撤销', 'the body’s approval was revoked'],
  holder_renamed: ['获证企业的登记名称与公告不同', 'the register calls the holder otherwise'],
  product_amended: ['产品（服务）的登记名称与公告不同', 'the register calls the product otherwise'],
}

/** A line as it was announced. */
export type AnnouncedLine = { readonly enterpriseName: string; readonly productName: string }

/** What the register knows of the certificate of a line. */
export type ListedCertificate = CertificateFacts & {
  readonly holderName: string
  readonly productName: string
  readonly endedReason: string | null
  /** Since when its body's approval is revoked. */
  readonly approvalRevokedOn: PlainDate | null
  /** First day of the certificate that renews it. */
  readonly renewedFrom: PlainDate | null
}

/** Every way in which a line differs on a day from what was announced; none is the same (N8). */
export function differencesOn(
  line: AnnouncedLine,
  certificate: ListedCertificate | null,
  struckOn: PlainDate | null,
  on: PlainDate,
): ListDifference[] {
  const struck: ListDifference[] = struckOn !== null && struckOn <= on ? ['struck'] : []
  if (certificate === null) return [...struck, 'not_in_register']
  const isRevoked = certificate.approvalRevokedOn !== null && certificate.approvalRevokedOn <= on
  return [
    ...struck,
    ...stateDifference(certificate, on),
    ...(isRevoked ? (['approval_revoked'] as const) : []),
    ...(foldName(line.enterpriseName) === foldName(certificate.holderName) ? [] : (['holder_renamed'] as const)),
    ...(foldName(line.productName) === foldName(certificate.productName) ? [] : (['product_amended'] as const)),
  ]
}

function stateDifference(certificate: ListedCertificate, on: PlainDate): ListDifference[] {
  const state = certificateStateOn(certificate, on)
  const isRenewed = certificate.renewedFrom !== null && certificate.renewedFrom <= on
  switch (state) {
    case 'valid':
      return isRenewed ? ['renewed'] : []
    case 'cancelled':
      return [certificate.endedReason === 'transferred' ? 'transferred' : 'cancelled']
    case 'expired':
      return [isRenewed ? 'renewed' : 'expired']
    default:
      return [state]
  }
}

/** What is to be published, as the rule sees it. */
export type Draft = {
  readonly announcedOn: PlainDate
  readonly isPublished: boolean
  readonly lines: number
  /** Lines that no certificate of the register was found for. */
  readonly unmatched: number
  /** Places of lines whose certificate stands in an announcement already, or that strike out one that stands in none. */
  readonly listedAlready: readonly number[]
  readonly struckInVain: readonly number[]
}

/** What stands against publishing: a day to come, nothing in it, strangers in it without a reason, what is listed already (N8). */
export function problemsOfAnnouncing(draft: Draft, unmatchedReason: string | null, today: PlainDate): Problem[] {
  if (draft.isPublished) return [problem('announcement_published')]
  return [
    ...(draft.announcedOn > today ? [problem('announcement_ahead', 'announcedOn', { value: draft.announcedOn })] : []),
    ...(draft.lines === 0 ? [problem('announcement_empty')] : []),
    ...(draft.unmatched > 0 && unmatchedReason === null
      ? [problem('announcement_unmatched', 'unmatchedReason', { values: { count: draft.unmatched } })]
      : []),
    ...draft.listedAlready.map((place) =>
      problem('announced_already', `lines.${place - 1}`, { values: { line: place } }),
    ),
    ...draft.struckInVain.map((place) => problem('struck_in_vain', `lines.${place - 1}`, { values: { line: place } })),
  ]
}
