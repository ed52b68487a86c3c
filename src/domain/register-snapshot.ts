import { announcementOn, type Listing } from './announcement.ts'
import type { CertificateFacts } from './certificate.ts'
import { cities } from './cities.ts'
import { families } from './families.ts'
import { addMonths, firstOfMonth, type PlainDate } from './plain-date.ts'
import { type VerifiedState, verifiedStateNames, verifiedStateOn } from './verification.ts'

/**
 * The monthly snapshot of the public register (N13): what stands in its files, in this order. Another set of fields is
 * another format; files that were made keep theirs.
 */
export const snapshotFormat = 1

type Words = readonly [zh: string, en: string]

/** What a column means and how it is written. */
export type ColumnMeaning = {
  readonly words: Words
  readonly format: 'text' | 'day' | 'instant' | 'number' | 'closed_list'
  /** Of a number. */
  readonly unit: Words | null
  /** What an empty cell of CSV, and `null` in JSON, say; null where neither occurs. */
  readonly absent: Words | null
  /** Of a closed list: what may stand there. */
  readonly values: Readonly<Record<string, Words>> | null
}

const meaning = (format: ColumnMeaning['format'], words: Words, rest: Partial<ColumnMeaning> = {}): ColumnMeaning => ({
  words,
  format,
  unit: null,
  absent: null,
  values: null,
  ...rest,
})

const notStated = { absent: ['未列明', 'not stated'] } as const
const notAnnounced = { absent: ['当日尚未列入公告', 'not announced on the day'] } as const

export const snapshotFields = {
  number: meaning('text', ['证书编号（规范化）', 'certificate number, normalised']),
  scheme: meaning('text', ['认证方案代码', 'code of the scheme']),
  holder: meaning('text', ['获证企业', 'holder']),
  product: meaning('text', ['产品（服务）', 'product or service']),
  family: meaning('closed_list', ['类别', 'family'], {
    ...notStated,
    values: Object.fromEntries(families.map(({ code, zh, en }) => [code, [zh, en]])),
  }),
  city: meaning('closed_list', ['设区市代码，GB/T 2260', 'code of the city, GB/T 2260'], {
    ...notStated,
    values: Object.fromEntries(cities.map(({ code, zh, en }) => [code, [zh, en]])),
  }),
  member: meaning('text', ['发证机构', 'certification body']),
  approvalNumber: meaning('text', ['机构批准号', 'approval number of the body'], {
    absent: ['期初数据未载明', 'not known of a body of the opening balance'],
  }),
  validFrom: meaning('day', ['有效期起（当日有效）', 'first day of validity']),
  validUntil: meaning('day', ['有效期止（当日有效）', 'last day of validity']),
  state: meaning('closed_list', ['当日状态', 'state on the day'], { values: verifiedStateNames }),
  endedOn: meaning('day', ['撤销或注销之日', 'withdrawn or cancelled from that day on'], {
    absent: ['当日未撤销、未注销', 'neither withdrawn nor cancelled on the day'],
  }),
  announcement: meaning('text', ['公告编号', 'number of the announcement'], notAnnounced),
  announcedOn: meaning('day', ['公告日期', 'day of the announcement'], notAnnounced),
} as const satisfies Record<string, ColumnMeaning>

/** What the list of snapshots says of each of them. */
export const snapshotHeadFields = {
  month: meaning('day', ['月份，以首日表示', 'the month, by its first day']),
  onDay: meaning('day', ['状态所属之日', 'the day whose states are told']),
  knownAt: meaning('instant', ['所据事实的记录截止时刻', 'what was recorded by this instant is in it']),
  format: meaning('number', ['格式版本', 'version of the format']),
  rows: meaning('number', ['证书数', 'certificates'], { unit: ['张', 'certificates'] }),
  csvSha256: meaning('text', [
    'CSV 文件的 SHA-256（解压后），十六进制',
    'SHA-256 of the unpacked CSV file, in hexadecimal',
  ]),
  csvBytes: meaning('number', ['CSV 文件大小（解压后）', 'size of the unpacked CSV file'], { unit: ['字节', 'bytes'] }),
  jsonSha256: meaning('text', [
    'JSON 文件的 SHA-256（解压后），十六进制',
    'SHA-256 of the unpacked JSON file, in hexadecimal',
  ]),
  jsonBytes: meaning('number', ['JSON 文件大小（解压后）', 'size of the unpacked JSON file'], {
    unit: ['字节', 'bytes'],
  }),
} as const satisfies Record<string, ColumnMeaning>

/** How the two files are written, whatever stands in them. */
export const snapshotFiles: Readonly<Record<'csv' | 'json', Words>> = {
  csv: [
    'UTF-8（带 BOM），逗号分隔，CRLF 换行，首行为列名；含逗号、引号或换行的值用双引号括起；以 = + - @ 开头的值前加单引号；缺失值为空',
    'UTF-8 with a byte order mark, commas, CRLF, the names of the columns in the first line; quoted where needed; a value that begins with = + - @ has an apostrophe before it; what is absent is empty',
  ],
  json: [
    'UTF-8，对象数组，每行一个对象，键名与顺序同本字典；缺失值为 null',
    'UTF-8, an array of objects, one a line, the keys in the order of this dictionary; what is absent is null',
  ],
}

/** Months that should have a snapshot by a day and have none: from the one in which the register began, the earliest first. */
export function monthsWithoutSnapshot(
  made: readonly PlainDate[],
  registerBeganOn: PlainDate | null,
  today: PlainDate,
): PlainDate[] {
  const months: PlainDate[] = []
  const present = firstOfMonth(today)
  for (let month = firstOfMonth(registerBeganOn ?? today); month < present; month = addMonths(month, 1))
    months.push(month)
  return [...months, present].filter((month) => !made.includes(month))
}

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
