import { and, asc, desc, eq, getTableColumns, gt, isNull, type SQL, sql } from 'drizzle-orm'
import type { Candidate } from '../domain/announcement-match.ts'
import type { Db } from './database.ts'
import { literal, type Paged, rowsToRead } from './lists/paging.ts'
import {
  announcementLines,
  announcementMatches,
  announcementPublications,
  announcements,
} from './schema/announcements.ts'
import { certificates, certificateVersions } from './schema/certificates.ts'
import { enterpriseNames, enterprises } from './schema/enterprises.ts'
import { memberNames, members } from './schema/members.ts'
import { insertTogether, newRows } from './together.ts'

export type Announcement = typeof announcements.$inferSelect
export type AnnouncementLine = typeof announcementLines.$inferSelect
export type AnnouncementPublication = typeof announcementPublications.$inferSelect
export type AnnouncementRow = Announcement & {
  readonly publication: AnnouncementPublication | null
  /** The published announcement that puts it right. */
  readonly correctedBy: { readonly id: string; readonly number: string } | null
}

const announcementLock = 4_019_233

/** Writers of announcements go one after another: what is listed is judged against all that is. */
export async function claimAnnouncements(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${announcementLock})`)
}

const withPublication = (db: Db) =>
  db
    .select({
      ...getTableColumns(announcements),
      publication: getTableColumns(announcementPublications),
      correctedBy: sql<AnnouncementRow['correctedBy']>`(select json_build_object('id', b.id, 'number', b.number)
        from announcements b join announcement_publications q on q.announcement_id = b.id
        where b.corrects_id = announcements.id order by q.recorded_at limit 1)`,
    })
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
    .limit(literal(rowsToRead(limit)))
}

/** Null where the scheme has an announcement of that number. */
export async function insertAnnouncement(tx: Db, row: typeof announcements.$inferInsert): Promise<Announcement | null> {
  const [inserted] = await tx.insert(announcements).values(row).onConflictDoNothing().returning()
  return inserted ?? null
}

type HeadChanges = Partial<
  Pick<Announcement, 'number' | 'title' | 'issuingOffices' | 'batchYear' | 'announcedOn' | 'correctsId'>
>

/** Of a draft, which thereby has its next version. */
export async function updateDraft(tx: Db, id: string, changes: HeadChanges): Promise<void> {
  await tx
    .update(announcements)
    .set({ ...changes, version: sql`${announcements.version} + 1` })
    .where(eq(announcements.id, id))
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

/** A line with the certificate that it was published with, or matched with later. */
export type MatchedLine = AnnouncementLine & { readonly matchedAt: Date | null }

/** After a place, where one is given; all that follow, where no limit is. */
export async function linesWithMatches(
  db: Db,
  announcementId: string,
  { afterPlace = 0, limit }: { afterPlace?: number; limit?: number } = {},
): Promise<MatchedLine[]> {
  const asked = db
    .select({
      ...getTableColumns(announcementLines),
      certificateId: sql<
        string | null
      >`coalesce(${announcementLines.certificateId}, ${announcementMatches.certificateId})`,
      matchedAt: announcementMatches.recordedAt,
    })
    .from(announcementLines)
    .leftJoin(
      announcementMatches,
      and(
        eq(announcementMatches.announcementId, announcementLines.announcementId),
        eq(announcementMatches.place, announcementLines.place),
      ),
    )
    .where(and(eq(announcementLines.announcementId, announcementId), gt(announcementLines.place, afterPlace)))
    .orderBy(asc(announcementLines.place))
  return limit === undefined ? asked : asked.limit(literal(rowsToRead(limit)))
}

export async function insertPublication(tx: Db, row: typeof announcementPublications.$inferInsert): Promise<void> {
  await tx.insert(announcementPublications).values(row)
}

/** A certificate that a line may mean by a number. */
export type NamedCertificate = Candidate & {
  readonly number: string
  readonly memberName: string
  readonly holderName: string
}

/** By number, also one that a certificate bore before it was corrected; of the scheme, the earliest period first. */
export async function certificatesNamed(
  db: Db,
  schemeCode: string,
  numbers: readonly string[],
): Promise<NamedCertificate[]> {
  const asked = sql.param([...numbers])
  return db.execute<NamedCertificate>(sql`
    select named.number, c.id, c.member_id as "memberId", c.valid_from as "validFrom",
      c.issued_on as "issuedOn", c.holder_name as "holderName",
      (select m.name from ${members} m where m.id = c.member_id) as "memberName",
      array(select m.name from ${members} m where m.id = c.member_id
        union select n.name from ${memberNames} n where n.member_id = c.member_id) as "memberNames",
      array(select c.holder_name union select e.name from ${enterprises} e where e.id = c.enterprise_id
        union select n.name from ${enterpriseNames} n where n.enterprise_id = c.enterprise_id) as "holderNames"
    from (select id, number from ${certificates} where number = any(${asked}::text[])
      union select v.certificate_id, v.number from ${certificateVersions} v where v.number = any(${asked}::text[])) named
    join ${certificates} c on c.id = named.id
    where c.scheme_code = ${schemeCode}
    order by c.valid_from, c.id`)
}

/** A certificate and those that it came from by transfer: what was announced of them holds for it. */
export function withOrigins(certificateId: SQL, transferredFromId: SQL): SQL {
  return sql`case when ${transferredFromId} is null then array[${certificateId}] else array(
    with recursive chain(id) as (
      select ${certificateId} union select o.transferred_from_id from chain join certificates o on o.id = chain.id
        where o.transferred_from_id is not null)
    select id from chain) end`
}

/**
 * Every published line of a certificate, the first announced first; one that came by transfer has those of the old one.
 * @param knownAt what was published and matched by then; all of it where absent
 */
export function listingsAsJson(certificateId: SQL, transferredFromId: SQL, knownAt?: Date): SQL {
  return sql`coalesce((select json_agg(json_build_object('id', a.id, 'number', a.number, 'announcedOn', a.announced_on, 'effect', l.effect)
      order by a.announced_on, p.recorded_at)
    from ${linesOfCertificates(withOrigins(certificateId, transferredFromId), knownAt)} l
    join announcement_publications p on p.announcement_id = l.announcement_id and ${isKnown(sql`p.recorded_at`, knownAt)}
    join announcements a on a.id = l.announcement_id), '[]')`
}

/** Lines that were written with one of these certificates, or matched with one after they were published (N8). */
export function linesOfCertificates(certificateIds: SQL, knownAt?: Date): SQL {
  return sql`(select l.announcement_id, l.effect, l.certificate_id, l.enterprise_name from announcement_lines l where l.certificate_id = any(${certificateIds})
    union all select l.announcement_id, l.effect, k.certificate_id, l.enterprise_name from announcement_matches k
      join announcement_lines l on l.announcement_id = k.announcement_id and l.place = k.place
      where k.certificate_id = any(${certificateIds}) and ${isKnown(sql`k.recorded_at`, knownAt)})`
}

function isKnown(recordedAt: SQL, knownAt: Date | undefined): SQL {
  return knownAt === undefined ? sql`true` : sql`${recordedAt} <= ${knownAt.toISOString()}::timestamptz`
}

export type StandingPlace = {
  readonly place: number
  /** Whether its certificate stands in an announcement today, and whether it did on the day of the draft. */
  readonly stands: boolean
  readonly stood: boolean
  /** Whether its certificate was issued after the day of the draft. */
  readonly issuedLater: boolean
}

/** Places of a draft that name a certificate, by whether that stands in an announcement. */
export async function standingPlaces(db: Db, announcementId: string): Promise<StandingPlace[]> {
  const lines = linesOfCertificates(withOrigins(sql`c.id`, sql`c.transferred_from_id`))
  const latest = (until: SQL) => sql`coalesce((select l.effect = 'listed' from ${lines} l
      join ${announcementPublications} p on p.announcement_id = l.announcement_id
      join ${announcements} a on a.id = l.announcement_id
      where ${until}
      order by a.announced_on desc, p.recorded_at desc limit 1), false)`
  return db.execute<StandingPlace>(sql`
    select d.place, ${latest(sql`true`)} as stands, ${latest(sql`a.announced_on <= h.announced_on`)} as stood,
      coalesce(c.issued_on > h.announced_on, false) as "issuedLater"
    from ${announcementLines} d join ${announcements} h on h.id = d.announcement_id
    join ${certificates} c on c.id = d.certificate_id
    where d.announcement_id = ${announcementId} order by d.place`)
}
