import { certificateStateOn } from './certificate.ts'
import { foldName } from './imported-cells.ts'
import type { PlainDate } from './plain-date.ts'
import { type Problem, problem } from './refusals.ts'
import { notValidSince, reasonCodeOn, type VerifiableFacts, validSince, verifiedStateOn } from './verification.ts'

/** Announcements (公告): the official list of certified firms, by number and day (N8). */
export const lineEffects = ['listed', 'struck'] as const
export type LineEffect = (typeof lineEffects)[number]

export const lineEffectNames: Readonly<Record<LineEffect, readonly [zh: string, en: string]>> = {
  listed: ['列入', 'listed'],
  struck: ['撤下', 'struck out'],
}

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

/** How a certificate comes of another one. */
export const successionKinds = ['transfer', 'renewal'] as const
export type SuccessionKind = (typeof successionKinds)[number]

/** What the register knows of the certificate of a line, or of one that came of it. */
export type ListedCertificate = VerifiableFacts & {
  /** Null of the certificate that was announced. */
  readonly cameBy: SuccessionKind | null
  readonly holderName: string
  readonly productName: string
}

/** The certificate of a line with those that came of it by transfer or renewal, itself first; empty where there is none. */
export type Succession<Link extends ListedCertificate = ListedCertificate> = readonly Link[]

/** The certificate that goes on for an announced one on a day: of those that have begun the latest; null where there is none. */
export function presentOf<Link extends ListedCertificate>(succession: Succession<Link>, on: PlainDate): Link | null {
  const [first = null, ...others] = succession
  return others
    .filter(({ validFrom }) => validFrom <= on)
    .reduce((latest, each) => (latest === null || each.validFrom >= latest.validFrom ? each : latest), first)
}

/** What became of an announced product by a day (N8): its present certificate’s state, or a later word of an announcement. */
export const productStates = [
  'in_force',
  'suspended',
  'not_yet_valid',
  'withdrawn',
  'cancelled',
  'expired',
  'approval_revoked',
  'struck',
  'announced_anew',
  'not_in_register',
] as const
export type ProductState = (typeof productStates)[number]

export const productStateNames: Readonly<Record<ProductState, readonly [zh: string, en: string]>> = {
  in_force: ['有效', 'in force'],
  suspended: ['暂停', 'suspended'],
  not_yet_valid: ['未生效', 'not yet valid'],
  withdrawn: ['撤销', 'withdrawn'],
  cancelled: ['注销', 'cancelled'],
  expired: ['过期', 'expired'],
  approval_revoked: ['发证机构的批准已被撤销', 'the body’s approval was revoked'],
  struck: ['已由后续公告撤下', 'struck out by a later announcement'],
  announced_anew: ['已由后续公告另行列入', 'listed anew by a later announcement'],
  not_in_register: ['本登记系统无此证书', 'the register holds no such certificate'],
}

/** What later announcements say of a line by a day. */
export type LaterWord = {
  /** Where the last word of its certificate is that it is struck out. */
  readonly struckOn: PlainDate | null
  /** Where one lists its certificate again, or the certificate that renews it: there it counts. */
  readonly anewOn: PlainDate | null
}

export type ProductStanding = {
  readonly state: ProductState
  /** Null where the register holds no such certificate. */
  readonly since: PlainDate | null
  readonly reasonCode: string | null
}

/** How an announced product stands on a day, since when, and why where there is a reason (N8). */
export function productStandingOn(
  succession: Succession,
  { struckOn, anewOn }: LaterWord,
  on: PlainDate,
): ProductStanding {
  if (struckOn !== null && struckOn <= on) return { state: 'struck', since: struckOn, reasonCode: null }
  if (anewOn !== null && anewOn <= on) return { state: 'announced_anew', since: anewOn, reasonCode: null }
  const present = presentOf(succession, on)
  if (present === null) return { state: 'not_in_register', since: null, reasonCode: null }
  const state = verifiedStateOn(present, present.approvalRevokedOn, on)
  if (state === 'valid') return { state: 'in_force', since: validSince(present, on), reasonCode: null }
  return { state, since: notValidSince(present, state, on), reasonCode: reasonCodeOn(present, state, on) }
}

/** Every way in which a line differs on a day from what was announced; none is the same (N8). */
export function differencesOn(
  line: AnnouncedLine,
  succession: Succession,
  struckOn: PlainDate | null,
  on: PlainDate,
): ListDifference[] {
  const struck: ListDifference[] = struckOn !== null && struckOn <= on ? ['struck'] : []
  const present = presentOf(succession, on)
  if (present === null) return [...struck, 'not_in_register']
  const isRevoked = present.approvalRevokedOn !== null && present.approvalRevokedOn <= on
  return [
    ...struck,
    ...successionDifferences(succession, on),
    ...stateDifference(present, on),
    ...(isRevoked ? (['approval_revoked'] as const) : []),
    ...(foldName(line.enterpriseName) === foldName(present.holderName) ? [] : (['holder_renamed'] as const)),
    ...(foldName(line.productName) === foldName(present.productName) ? [] : (['product_amended'] as const)),
  ]
}

function successionDifferences(succession: Succession, on: PlainDate): ListDifference[] {
  const steps = succession.filter(({ cameBy, validFrom }) => cameBy !== null && validFrom <= on)
  const came = (kind: SuccessionKind) => steps.some(({ cameBy }) => cameBy === kind)
  return [...(came('transfer') ? (['transferred'] as const) : []), ...(came('renewal') ? (['renewed'] as const) : [])]
}

function stateDifference(certificate: ListedCertificate, on: PlainDate): ListDifference[] {
  const state = certificateStateOn(certificate, on)
  if (state === 'valid') return []
  const isTransferred = state === 'cancelled' && certificate.endedReason === 'transferred'
  return [isTransferred ? 'transferred' : state]
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
  /** Places of lines that list a certificate of a later day. */
  readonly issuedLater: readonly number[]
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
    ...draft.issuedLater.map((place) =>
      problem('announced_before_issue', `lines.${place - 1}`, { values: { line: place } }),
    ),
  ]
}

/** An announcement as the one that puts it right sees it. */
export type Corrected = {
  readonly id: string
  readonly schemeCode: string
  readonly announcedOn: PlainDate
  readonly isPublished: boolean
  /** The number of the published announcement that puts it right already. */
  readonly correctedBy: string | null
}

/**
 * What stands against putting an announcement right: it must be published, of the same scheme, not later, and not put
 * right already; else there would be two last words, so the later one is put right in its turn (N8).
 */
export function problemsOfCorrecting(
  { id, schemeCode, announcedOn }: Pick<Corrected, 'id' | 'schemeCode' | 'announcedOn'>,
  corrected: Corrected,
): Problem[] {
  if (corrected.id === id) return [problem('correction_of_itself', 'correctsId')]
  if (!corrected.isPublished) return [problem('correction_of_draft', 'correctsId')]
  if (corrected.schemeCode !== schemeCode)
    return [problem('correction_of_another_scheme', 'correctsId', { values: { scheme: corrected.schemeCode } })]
  return [
    ...(corrected.correctedBy === null
      ? []
      : [problem('corrected_already', 'correctsId', { values: { number: corrected.correctedBy } })]),
    ...(announcedOn < corrected.announcedOn
      ? [problem('correction_before', 'announcedOn', { value: announcedOn, values: { day: corrected.announcedOn } })]
      : []),
  ]
}
