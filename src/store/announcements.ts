import { and, asc, desc, eq, getTableColumns, isNull, type SQL, sql } from 'drizzle-orm'

import type { PlainDate } from '../domain/plain-date.ts'
import type { SuspensionFact } from './certificates.ts'
import type { Db } from './database.ts'
import type { Paged } from './lists/paging.ts'
import { announcementLines, announcementPublications, announcements } from './schema/announcements.ts'
import { certificates } from './schema/certificates.ts'
import { members } from './schema/members.ts'
import { insertTogether, newRows } from './together.ts'

export type Announcement = typeof announcements.$inferSelect
export type AnnouncementLine = typeof announcementLines.$inferSelect
export type AnnouncementPublication = typeof announcementPublications.$inferSelect
export type AnnouncementRow = Announcement & { readonly publication: AnnouncementPublication | null }

const announcementLock = 4_019_233

/** Writers of announcements go one after another: what is listed is judged against all that is. */
export async function claimAnnouncements(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${announcementLock})`)
}

const withPublication = (db: Db) =>
  db
    .select({ ...getTableColumns(announcements), publication: getTableColumns(announcementPublications) })
    .from(announcements)
    .leftJoin(announcementPublications, eq(announcementPublications.announcementId, announcements.id))

export async function findAnnouncement(db: Db, id: string): Promise<AnnouncementRow | undefined> {
  const [found] = await withPublication(db).where(and(eq(announcements.id, id), isNull(announcements.droppedAt)))
  return found
}

export type AnnouncementFilter = Paged & {
  readonly schemeCode?: string | undefined
  readonly batchYear?: number | undefined
  readonly publishedOnly: boolean
}

/** The latest day first. */
export async function listAnnouncements(db: Db, filter: AnnouncementFilter): Promise<AnnouncementRow[]> {
  const { after, limit, schemeCode, batchYear, publishedOnly } = filter
  return withPublication(db)
    .where(
      and(
        isNull(announcements.droppedAt),
        schemeCode === undefined ? undefined : eq(announcements.schemeCode, schemeCode),
        batchYear === undefined ? undefined : eq(announcements.batchYear, batchYear),
        publishedOnly ? sql`${announcementPublications.announcementId} is not null` : undefined,
        after
          ? sql`(${announcements.announcedOn}, ${announcements.id}) < (${after.value}::date, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(desc(announcements.announcedOn), desc(announcements.id))
    .limit(limit + 1)
}

/** Null where the scheme has an announcement of that number. */
export async function insertAnnouncement(tx: Db, row: typeof announcements.$inferInsert): Promise<Announcement | null> {
  const [inserted] = await tx.insert(announcements).values(row).onConflictDoNothing().returning()
  return inserted ?? null
}

export async function dropAnnouncement(tx: Db, id: string, at: Date): Promise<void> {
  await tx.update(announcements).set({ droppedAt: at }).where(eq(announcements.id, id))
}

/** The lines of a draft, all of them anew. */
export async function replaceLines(tx: Db, announcementId: string, lines: readonly AnnouncementLine[]): Promise<void> {
  await tx.delete(announcementLines).where(eq(announcementLines.announcementId, announcementId))
  await insertTogether(tx, newRows(announcementLines, ...lines))
}

export async function linesOf(db: Db, announcementId: string): Promise<AnnouncementLine[]> {
  return db
    .select()
    .from(announcementLines)
    .where(eq(announcementLines.announcementId, announcementId))
    .orderBy(asc(announcementLines.place))
}

export async function insertPublication(tx: Db, row: typeof announcementPublications.$inferInsert): Promise<void> {
  await tx.insert(announcementPublications).values(row)
}

/** Certificates that a line may mean, by number: of the scheme, with their bodies. */
export async function certificatesNamed(
  db: Db,
  schemeCode: string,
  numbers: readonly string[],
): Promise<{ id: string; number: string; memberName: string; validFrom: PlainDate }[]> {
  return db
    .select({
      id: certificates.id,
      number: certificates.number,
      memberName: members.name,
      validFrom: certificates.validFrom,
    })
    .from(certificates)
    .innerJoin(members, eq(members.id, certificates.memberId))
    .where(
      and(
        eq(certificates.schemeCode, schemeCode),
        sql`${certificates.number} = any(${sql.param([...numbers])}::text[])`,
      ),
    )
    .orderBy(asc(certificates.validFrom))
}

/** Every published line of a certificate, the first announced first; one that came by transfer has those of the old one. */
export function listingsAsJson(certificateId: SQL, transferredFromId: SQL): SQL {
  return sql`coalesce((select json_agg(json_build_object('id', a.id, 'number', a.number, 'announcedOn', a.announced_on, 'effect', l.effect)
      order by a.announced_on, p.recorded_at)
    from announcement_lines l join announcement_publications p on p.announcement_id = l.announcement_id
    join announcements a on a.id = l.announcement_id
    where l.certificate_id in (${certificateId}, ${transferredFromId})), '[]')`
}

/** Places of a draft whose certificates stand in an announcement, by whether they do. */
export async function standingPlaces(db: Db, announcementId: string): Promise<{ place: number; stands: boolean }[]> {
  return db.execute<{ place: number; stands: boolean }>(sql`
    select d.place, coalesce((select l.effect = 'listed' from ${announcementLines} l
      join ${announcementPublications} p on p.announcement_id = l.announcement_id
      join ${announcements} a on a.id = l.announcement_id
      where l.certificate_id = d.certificate_id order by a.announced_on desc, p.recorded_at desc limit 1), false) as stands
    from ${announcementLines} d where d.announcement_id = ${announcementId} and d.certificate_id is not null order by d.place`)
}

/** A line with all that is known of its certificate today. */
export type LineWithCertificate = AnnouncementLine & {
  readonly number: string
  readonly announcedOn: PlainDate
  /** The day of a later announcement that strikes it out. */
  readonly struckOn: PlainDate | null
  readonly certificate: {
    readonly holderName: string
    readonly productName: string
    readonly validFrom: PlainDate
    readonly validUntil: PlainDate
    readonly endedOn: PlainDate | null
    readonly endedAs: 'withdrawn' | 'cancelled' | null
    readonly endedReason: string | null
    readonly approvalRevokedOn: PlainDate | null
    readonly renewedFrom: PlainDate | null
    readonly suspensions: readonly SuspensionFact[]
  } | null
}

type LinesAsked = {
  readonly announcementId?: string | undefined
  readonly schemeCode?: string | undefined
  readonly batchYear?: number | undefined
  readonly after: { readonly value: string; readonly id: string } | null
  readonly limit: number
}

/** Listed lines of one published announcement, or of a batch year, in the order of the announcements. */
export async function publishedLines(db: Db, asked: LinesAsked): Promise<LineWithCertificate[]> {
  const { announcementId, schemeCode, batchYear, after, limit } = asked
  return db.execute<LineWithCertificate>(sql`
    select l.announcement_id as "announcementId", l.place, l.effect, l.enterprise_name as "enterpriseName",
      l.product_name as "productName", l.family, l.member_name as "memberName",
      l.certificate_number as "certificateNumber", l.certificate_id as "certificateId", a.number, a.announced_on as "announcedOn",
      (select min(b.announced_on) from announcement_lines s join announcement_publications q on q.announcement_id = s.announcement_id
        join announcements b on b.id = s.announcement_id
        where s.certificate_id = l.certificate_id and s.effect = 'struck' and (b.announced_on, q.recorded_at) > (a.announced_on, p.recorded_at)) as "struckOn",
      (select json_build_object('holderName', c.holder_name, 'productName', c.product_name, 'validFrom', c.valid_from,
          'validUntil', c.valid_until, 'endedOn', c.ended_on, 'endedAs', c.ended_as, 'endedReason', c.ended_reason,
          'approvalRevokedOn', (select r.revoked_on from approval_revocations r where r.member_id = c.member_id and r.lifted_at is null),
          'renewedFrom', (select n.valid_from from certificates n where n.renews_id = c.id),
          'suspensions', coalesce((select json_agg(json_build_object('fromOn', u.from_on, 'untilOn', u.until_on, 'liftedOn', u.lifted_on) order by u.from_on)
            from suspensions u where u.certificate_id = c.id), '[]'))
        from certificates c where c.id = l.certificate_id) as certificate
    from announcement_lines l
    join announcement_publications p on p.announcement_id = l.announcement_id
    join announcements a on a.id = l.announcement_id
    where ${announcementId === undefined ? sql`l.effect = 'listed'` : sql`l.announcement_id = ${announcementId}`}
      and ${schemeCode === undefined ? sql`true` : sql`a.scheme_code = ${schemeCode}`}
      and ${batchYear === undefined ? sql`true` : sql`a.batch_year = ${batchYear}`}
      and ${after === null ? sql`true` : sql`(l.announcement_id, l.place) > (${after.id}::uuid, ${after.value}::int)`}
    order by l.announcement_id, l.place
    limit ${limit + 1}`)
}
