import {
  and,
  asc,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  gte,
  isNotNull,
  isNull,
  lt,
  lte,
  not,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { CertificateState } from '../../domain/certificate.ts'
import type { CertificateContent } from '../../domain/certificate-content.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { ListedCertificate, SuspensionFact } from '../certificates.ts'
import type { Db } from '../database.ts'
import {
  columnsOfRuns,
  type Fields,
  keptJsonSelect,
  keptSelect,
  type WrittenColumns,
  type WrittenRow,
} from '../kept-queries.ts'
import { certificates, suspensions } from '../schema/certificates.ts'
import { literal, type Paged, rowsToRead } from './paging.ts'
import { countUpTo } from './totals.ts'

export type CertificateFilter = Paged & {
  readonly on: PlainDate
  readonly memberId: string | null
  readonly enterpriseId: string | undefined
  readonly schemeCode: string | undefined
  readonly number: string | undefined
  readonly cityCode: string | undefined
  readonly family: string | undefined
  readonly state: CertificateState | undefined
  readonly expiringUntil: PlainDate | undefined
}

export async function listCertificates(db: Db, filter: CertificateFilter): Promise<ListedCertificate[]> {
  const { limit, ...asked } = filter
  const rows = await selectCertificates(db, { ...asked, rows: rowsToRead(limit) })
  return rows.map((row) => ({ certificate: row, suspensions: row.suspensions }))
}

/** The certificates that were recorded last for each of these members, newest first, at most `limit` of each. */
export async function latestCertificates(db: Db, memberIds: readonly string[], limit: number) {
  const latest = db
    .select({ id: certificates.id })
    .from(certificates)
    .where(sql`${certificates.memberId} = asked.id`)
    .orderBy(desc(certificates.recordedAt), desc(certificates.id))
    .limit(literal(limit))
    .as('latest')
  return db
    .select({ certificate: certificates, suspensions: suspensionsAsJson })
    .from(sql`unnest(${sql.param([...memberIds])}::uuid[]) as asked(id)`)
    .innerJoinLateral(latest, sql`true`)
    .innerJoin(certificates, eq(certificates.id, latest.id))
    .orderBy(desc(certificates.recordedAt), desc(certificates.id))
}

const suspensionsOrNull = sql<SuspensionFact[] | null>`(select json_agg(json_build_object(
  'fromOn', s.from_on, 'untilOn', s.until_on, 'liftedOn', s.lifted_on, 'reasonCode', s.reason_code) order by s.from_on) from suspensions s where s.certificate_id = certificates.id)`

export const suspensionsAsJson = sql<SuspensionFact[]>`coalesce(${suspensionsOrNull}, '[]')`

const { changedAt: _, ...certificateColumns } = getTableColumns(certificates)

type CertificateRow = ListedCertificate['certificate'] & Pick<ListedCertificate, 'suspensions'>
type AskedCertificates = Omit<CertificateFilter, 'limit'>
type CertificatePage = AskedCertificates & { readonly rows: number }

const shapeOfCertificates = ['state', 'rows'] as const

function pageOfCertificates(db: Db, filter: CertificatePage, fields: Fields) {
  return db
    .select(fields)
    .from(certificates)
    .where(isAskedCertificate(filter))
    .orderBy(asc(certificates.validUntil), asc(certificates.id))
    .limit(literal(filter.rows))
}

const selectCertificates = keptSelect<CertificateRow, CertificatePage>(
  { ...certificateColumns, suspensions: suspensionsAsJson },
  shapeOfCertificates,
  pageOfCertificates,
)

type LifeFacts = Pick<typeof certificates.$inferSelect, 'id' | 'validFrom' | 'validUntil' | 'endedOn' | 'endedAs'>

export type CertificateColumn = keyof typeof certificateColumns
export const certificateColumnNames = Object.keys(certificateColumns) as CertificateColumn[]

type WrittenFacts = LifeFacts & {
  readonly suspensions: readonly SuspensionFact[]
  /** Null where it was not asked for. */
  readonly content: CertificateContent | null
}
export type WrittenCertificate = WrittenRow<WrittenFacts>

/**
 * The same page with these columns as JSON, for whoever only hands them on. To be made once for each choice of columns.
 * @param isContentRead whether the content comes among the facts
 */
export function certificateWriter(runs: readonly WrittenColumns<CertificateColumn>[], isContentRead: boolean) {
  const write = keptJsonSelect<LifeFacts & JsonFacts, CertificatePage>(
    columnsOfRuns(certificateColumns, runs),
    { ...lifeFacts, suspensions: suspensionsOrNull, ...(isContentRead ? { content: certificates.content } : {}) },
    shapeOfCertificates,
    pageOfCertificates,
  )
  return async (db: Db, { limit, ...asked }: CertificateFilter): Promise<WrittenCertificate[]> => {
    const rows = await write(db, { ...asked, rows: rowsToRead(limit) })
    return rows.map(({ runs, facts: { suspensions, content = null, ...life } }) => ({
      runs,
      facts: { ...life, suspensions: parsed(suspensions) ?? [], content: parsed(content) },
    }))
  }
}

/** As they come over the wire. */
type JsonFacts = { readonly suspensions: Buffer | null; readonly content?: string | null }

function parsed(json: Buffer | string | null) {
  return json === null ? null : JSON.parse(String(json))
}

const { validFrom, validUntil, endedOn, endedAs } = certificateColumns
const lifeFacts = { id: certificates.id, validFrom, validUntil, endedOn, endedAs }

function isAskedCertificate(filter: AskedCertificates): SQL | undefined {
  const { after, on } = filter
  return and(
    after
      ? sql`(${certificates.validUntil}, ${certificates.id}) > (${after.value}::date, ${after.id}::uuid)`
      : undefined,
    filter.memberId === null ? undefined : eq(certificates.memberId, filter.memberId),
    filter.enterpriseId ? eq(certificates.enterpriseId, filter.enterpriseId) : undefined,
    filter.schemeCode ? eq(certificates.schemeCode, filter.schemeCode) : undefined,
    filter.number ? eq(certificates.number, filter.number) : undefined,
    filter.cityCode ? eq(certificates.cityCode, filter.cityCode) : undefined,
    filter.family ? eq(certificates.family, filter.family) : undefined,
    filter.expiringUntil &&
      and(
        gte(certificates.validUntil, on),
        lte(certificates.validUntil, filter.expiringUntil),
        lte(certificates.validFrom, on),
        notEndedOn(on),
      ),
    filter.state && certificateStateIs(filter.state, on),
  )
}

function notEndedOn(on: PlainDate): SQL | undefined {
  return or(isNull(certificates.endedOn), gt(certificates.endedOn, on))
}

export function certificateStateIs(state: CertificateState, on: PlainDate): SQL | undefined {
  const inPeriod = and(notEndedOn(on), lte(certificates.validFrom, on), gte(certificates.validUntil, on))
  // The suspended are few: gathered first, they are looked up by id instead of sought along the whole list.
  const suspendedIds = sql`array(select ${suspensions.certificateId} from ${suspensions}
    where ${suspensions.fromOn} <= ${on} and (${suspensions.liftedOn} is null or ${suspensions.liftedOn} > ${on}))`
  const isSuspended = exists(sql`(select from ${suspensions} where ${suspensions.certificateId} = ${certificates.id}
    and ${suspensions.fromOn} <= ${on} and (${suspensions.liftedOn} is null or ${suspensions.liftedOn} > ${on}))`)
  switch (state) {
    case 'withdrawn':
    case 'cancelled':
      return and(isNotNull(certificates.endedOn), lte(certificates.endedOn, on), eq(certificates.endedAs, state))
    case 'not_yet_valid':
      return and(notEndedOn(on), gt(certificates.validFrom, on))
    case 'expired':
      return and(notEndedOn(on), lt(certificates.validUntil, on))
    case 'suspended':
      return and(inPeriod, sql`${certificates.id} = any(${suspendedIds})`)
    case 'valid':
      return and(inPeriod, not(isSuspended))
  }
}

export const countCertificates = (db: Db, filter: CertificateFilter) =>
  countUpTo(db, certificates, isAskedCertificate({ ...filter, after: null }))
