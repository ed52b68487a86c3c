import { type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import { type AnnouncementLine, linesOfCertificates, withOrigins } from './announcements.ts'
import type { Db } from './database.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'
import { announcementMatches } from './schema/announcements.ts'

/** A published line that no certificate was found for yet. */
export type UnmatchedLine = Omit<AnnouncementLine, 'effect' | 'certificateId'> & {
  readonly number: string
  readonly schemeCode: string
  readonly announcedOn: PlainDate
}

/** The earlier day first, of one day what was published first; in an announcement by its lines (N8). */
export async function unmatchedLines(db: Db, { after, limit }: Paged): Promise<UnmatchedLine[]> {
  return db.execute<UnmatchedLine>(sql`
    select l.announcement_id as "announcementId", l.place, l.enterprise_name as "enterpriseName",
      l.product_name as "productName", l.family, l.member_name as "memberName", l.certificate_number as "certificateNumber",
      a.number, a.scheme_code as "schemeCode", a.announced_on as "announcedOn"
    from announcement_lines l
    join announcement_publications p on p.announcement_id = l.announcement_id
    join announcements a on a.id = l.announcement_id
    where l.certificate_id is null and l.effect = 'listed'
      and not exists (select 1 from announcement_matches k where k.announcement_id = l.announcement_id and k.place = l.place)
      and ${after === null ? sql`true` : sql`a.announced_on >= (select announced_on from announcements where id = ${after.id}::uuid) and (${announcedOrder}) > (${beyond(after)})`}
    order by ${announcedOrder} limit ${sql.raw(String(rowsToRead(limit)))}`)
}

const announcedOrder = sql`a.announced_on, p.recorded_at, l.announcement_id, l.place`

/** What was published stands: its day and instant need not travel in the cursor. */
function beyond({ id, value: place }: NonNullable<Paged['after']>): SQL {
  return sql`(select announced_on from announcements where id = ${id}::uuid),
    (select recorded_at from announcement_publications where announcement_id = ${id}::uuid), ${id}::uuid, ${place}::int`
}

/** Which of these certificates stand in an announcement, or did, themselves or before a transfer. */
export async function announcedAmong(db: Db, certificateIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.execute<{ id: string }>(sql`
    select c.id from certificates c where c.id = any(${sql.param([...certificateIds])}::uuid[])
      and exists (select 1 from ${linesOfCertificates(withOrigins(sql`c.id`, sql`c.transferred_from_id`))} l
        join announcement_publications p on p.announcement_id = l.announcement_id)`)
  return new Set(rows.map(({ id }) => id))
}

export type Match = typeof announcementMatches.$inferSelect

/** False where the line has its certificate already. */
export async function insertMatch(tx: Db, match: Match): Promise<boolean> {
  const inserted = await tx.insert(announcementMatches).values(match).onConflictDoNothing().returning()
  return inserted.length > 0
}
