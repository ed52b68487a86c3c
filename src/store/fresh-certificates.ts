import { type SQL, sql } from 'drizzle-orm'
import type { CertificateContent } from '../domain/certificate-content.ts'
import type { HistoricalCertificate } from '../domain/historical-row.ts'
import type { Db } from './database.ts'
import type { MergeBy } from './historical-places.ts'
import { joined, lineOf, lineTable, table, textsIn } from './line-table.ts'
import { certificates } from './schema/certificates.ts'
import { enterprises } from './schema/enterprises.ts'

/** What is to be sent of a certificate that may be new as it stands, in this order. */
const columns = {
  id: 'uuid',
  bodyKey: 'text',
  holderKey: 'text',
  schemeCode: 'text',
  number: 'text',
  holderName: 'text',
  productName: 'text',
  family: 'text',
  industryCode: 'text',
  cityCode: 'text',
  content: 'jsonb',
  decidedOn: 'date',
  issuedOn: 'date',
  validFrom: 'date',
  validUntil: 'date',
}
const contentAt = Object.keys(columns).indexOf('content')

/** A certificate ready to be sent, under the id that it gets if it is new. */
export function freshLine(certificate: HistoricalCertificate, id: string): string {
  const { scheme, body, holder, number, content, decidedOn, issuedOn, validFrom, validUntil } = certificate
  const { family, industryCode, cityCode } = holder
  const { client, product } = content
  return lineOf([
    id,
    body.key,
    holder.key,
    scheme,
    number,
    client.name,
    product.name,
    family,
    industryCode,
    cityCode,
    JSON.stringify(content),
    decidedOn,
    issuedOn,
    validFrom,
    validUntil,
  ])
}

/** The content that was put into that line. */
export function contentIn(line: string): CertificateContent {
  return JSON.parse(textsIn(line)[contentAt] ?? '')
}

/**
 * Writes those of the lines whose member has no certificate of that number yet; bodies and holders have their places.
 * Each is looked up by itself, in a subquery: a join might read all of a large table for every batch. {@link leftOut}
 * tells of the others. No `on conflict`, which costs some 7 % more: merges follow one another, so only a certificate
 * written elsewhere at the same moment (a post, a correction, a transfer) can be in the way. The caller must merge again
 * then, and finds it. @throws a unique violation
 */
export function insertFresh(lines: string, memberIds: ReadonlyMap<string, string>, by: MergeBy): SQL {
  const now = by.now.toISOString()
  const members = [...memberIds].map(([key, memberId]) => ({ key, memberId }))
  return sql`
    insert into ${certificates} (id, version, member_id, enterprise_id, scheme_code, number, holder_name, product_name, family,
      industry_code, city_code, content, decided_on, issued_on, valid_from, valid_until,
      origin, import_id, recorded_at, version_recorded_at)
    select id, 1, "memberId", (select e.id from ${enterprises} e where e.identity_key = fresh."holderKey"), "schemeCode", number,
      "holderName", "productName", family, "industryCode", "cityCode", content, "decidedOn", "issuedOn", "validFrom", "validUntil",
      'historical', ${by.importId}::uuid, ${now}::timestamptz, ${now}::timestamptz
    from ${lineTable(lines, columns, 'fresh')}
    join ${table(members, { key: 'text', memberId: 'uuid' }, 'body')} on body.key = fresh."bodyKey"
    where (select true from ${certificates} c where c.member_id = "memberId" and c.number = fresh.number limit 1) is null`
}

/** The ids of those that were not written, where `written` says that some were not. */
export async function leftOut(tx: Db, ids: readonly string[], written: number): Promise<ReadonlySet<string>> {
  if (written === ids.length) return new Set()
  const rows = await tx.execute<{ id: string }>(sql`
    select t.id from ${lineTable(joined(ids), { id: 'uuid' })}
    where (select true from ${certificates} c where c.id = t.id) is null`)
  return new Set(rows.map(({ id }) => id))
}
