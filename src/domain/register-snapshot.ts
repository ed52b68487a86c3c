import { announcementOn, type Listing } from './announcement.ts'
import type { CertificateFacts } from './certificate.ts'
import type { PlainDate } from './plain-date.ts'
import { type VerifiedState, verifiedStateOn } from './verification.ts'

/**
 * The monthly snapshot of the public register (N13): what stands in its files, in this order. Another set of fields is
 * another format; files that were made keep theirs.
 */
export const snapshotFormat = 1

export const snapshotFields = {
  number: ['证书编号', 'certificate number, normalised'],
  scheme: ['认证方案', 'code of the scheme'],
  holder: ['获证企业', 'holder'],
  product: ['产品（服务）', 'product or service'],
  family: [
    '类别：agriculture 农产、manufacturing 制造、services 服务、construction 建造；空为未列明',
    'family; empty where it is not stated',
  ],
  city: ['设区市代码，GB/T 2260；空为未列明', 'code of the city, GB/T 2260; empty where it is not stated'],
  member: ['发证机构', 'certification body'],
  approvalNumber: ['机构批准号', 'approval number of the body'],
  validFrom: ['有效期起', 'first day of validity'],
  validUntil: ['有效期止', 'last day of validity'],
  state: [
    '当日状态：not_yet_valid 未生效、valid 有效、suspended 暂停、withdrawn 撤销、cancelled 注销、expired 过期、approval_revoked 机构批准被撤销',
    'state on the day: not_yet_valid, valid, suspended, withdrawn, cancelled, expired, approval_revoked',
  ],
  endedOn: ['撤销或注销之日；空为未撤销、未注销', 'withdrawn or cancelled from that day on; empty where it was not'],
  announcement: ['公告编号；空为尚未列入公告', 'number of the announcement; empty while it is not announced'],
  announcedOn: ['公告日期', 'day of the announcement'],
} as const satisfies Record<string, readonly [zh: string, en: string]>

export type SnapshotField = keyof typeof snapshotFields
export type SnapshotRecord = Readonly<Record<SnapshotField, string | null>>

/** What the register knows of a certificate. */
export type RegisterFacts = CertificateFacts & {
  readonly number: string
  readonly scheme: string
  readonly holder: string
  readonly product: string
  readonly family: string | null
  readonly city: string | null
  readonly member: string
  readonly approvalNumber: string | null
  readonly approvalRevokedOn: PlainDate | null
  readonly listings: readonly Listing[]
}

/** A certificate as the snapshot of a day has it: what verification tells a stranger, and nothing more. */
export function snapshotRecord(facts: RegisterFacts, on: PlainDate): SnapshotRecord {
  const { number, scheme, holder, product, family, city, member, approvalNumber, validFrom, validUntil } = facts
  const state: VerifiedState = verifiedStateOn(facts, facts.approvalRevokedOn, on)
  const announcement = announcementOn(facts.listings, on)
  return {
    number,
    scheme,
    holder,
    product,
    family,
    city,
    member,
    approvalNumber,
    validFrom,
    validUntil,
    state,
    endedOn: facts.endedOn !== null && facts.endedOn <= on ? facts.endedOn : null,
    announcement: announcement?.number ?? null,
    announcedOn: announcement?.announcedOn ?? null,
  }
}
