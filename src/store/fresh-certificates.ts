import { sql } from 'drizzle-orm'
import type { HistoricalCertificate } from '../domain/historical-row.ts'
import type { Db } from './database.ts'
import type { MergeBy } from './historical-places.ts'
import { lineOf, lineTable, table } from './line-table.ts'
import { certificates } from './schema/certificates.ts'
import { enterprises } from './schema/enterprises.ts'

/** A certificate that may be new as it stands: the id that it gets then, and all that is to be written, ready to be sent. */
export type FreshCertificate = { readonly id: string; readonly line: string }

/** What is to be sent of each, in this order. */
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

export function freshCertificate(certificate: HistoricalCertificate, id: string): FreshCertificate {
  const { scheme, body, holder, number, content, decidedOn, issuedOn, validFrom, validUntil } = certificate
  const { family, industryCode, cityCode } = holder
  const keys = [id, body.key, holder.key, scheme, number, content.client.name, content.product.name]
  const days = [decidedOn, issuedOn, validFrom, validUntil]
  return { id, line: lineOf([...keys, family, industryCode, cityCode, JSON.stringify(content), ...days]) }
}

/**
 * Writes those whose member has no certificate of that number yet; bodies and holders have their places. Each is looked
 * up by itself, in a subquery: a join might read all of a large table for every batch.
 * @returns the ids of those left out
 */
export async function insertFresh(
  tx: Db,
  fresh: readonly FreshCertificate[],
  memberIds: ReadonlyMap<string, string>,
  by: MergeBy,
): Promise<ReadonlySet<string>> {
  if (fresh.length === 0) return new Set()
  const now = by.now.toISOString()
  const lines = fresh.map(({ line }) => line)
  const members = [...memberIds].map(([key, memberId]) => ({ key, memberId }))
  const { count } = await tx.execute(sql`
    insert into ${certificates} (id, version, member_id, enterprise_id, scheme_code, number, holder_name, product_name, family,
      industry_code, city_code, content, decided_on, issued_on, valid_from, valid_until,
      origin, import_id, recorded_at, version_recorded_at)
    select id, 1, "memberId", (select e.id from ${enterprises} e where e.identity_key = fresh."holderKey"), "schemeCode", number,
      "holderName", "productName", family, "industryCode", "cityCode", content, "decidedOn", "issuedOn", "validFrom", "validUntil",
      'historical', ${by.importId}::uuid, ${now}::timestamptz, ${now}::timestamptz
    from ${lineTable(lines, columns, 'fresh')}
    join ${table(members, { key: 'text', memberId: 'uuid' }, 'body')} on body.key = fresh."bodyKey"
    where (select true from ${certificates} c where c.member_id = "memberId" and c.number = fresh.number limit 1) is null
    on conflict (member_id, number, valid_from) do nothing`)
  return count === fresh.length ? new Set() : leftOut(tx, fresh)
}

async function leftOut(tx: Db, fresh: readonly FreshCertificate[]): Promise<ReadonlySet<string>> {
  const rows = await tx.execute<{ id: string }>(sql`
    select t.id from ${table(fresh, { id: 'uuid' })}
    where (select true from ${certificates} c where c.id = t.id) is null`)
  return new Set(rows.map(({ id }) => id))
}
