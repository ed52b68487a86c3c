import { sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { AnnouncedFact } from '../domain/reconciliation.ts'
import { linesOfCertificates, withOrigins } from './announcements.ts'
import type { Db } from './database.ts'

/** What was announced of several certificates by a day, as it was known at an instant; also before they came by transfer (N8). */
export async function announcedOf(
  db: Db,
  ids: readonly string[],
  { on, knownAt }: { readonly on: PlainDate; readonly knownAt: Date },
): Promise<ReadonlyMap<string, AnnouncedFact>> {
  if (ids.length === 0) return new Map()
  const instant = sql`${knownAt.toISOString()}::timestamptz`
  const lines = linesOfCertificates(withOrigins(sql`c.id`, sql`c.transferred_from_id`), knownAt)
  const rows = await db.execute<AnnouncedFact & { id: string }>(sql`
    with latest as materialized (select a.scheme_code, max(a.announced_on) as on_day from announcements a
      join announcement_publications p on p.announcement_id = a.id and p.recorded_at <= ${instant}
      where a.announced_on <= ${on} group by 1)
    select c.id, latest.on_day as "latestOn", (
      select case when l.effect = 'listed' then json_build_object('number', a.number, 'enterpriseName', l.enterprise_name) end
      from ${lines} l
      join announcement_publications p on p.announcement_id = l.announcement_id and p.recorded_at <= ${instant}
      join announcements a on a.id = l.announcement_id and a.announced_on <= ${on}
      order by a.announced_on desc, p.recorded_at desc limit 1) as listed
    from certificates c join latest on latest.scheme_code = c.scheme_code
    where c.id = any(${sql.param([...ids])}::uuid[])`)
  return new Map(rows.map(({ id, ...fact }) => [id, fact]))
}
