import { and, asc, desc, eq, getTableColumns, isNull, lte, sql } from 'drizzle-orm'
import type { ActivityFacts } from '../domain/alliance.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { standingOf } from './lists/members.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'
import {
  allianceDocuments,
  documentAcknowledgements,
  inactivityReviews,
  secretariatAppointments,
} from './schema/alliance.ts'
import { certificates } from './schema/certificates.ts'
import { memberStandings, members } from './schema/members.ts'
import { results } from './schema/results.ts'

export type Appointment = Omit<typeof secretariatAppointments.$inferSelect, 'supersededAt'>
export type AllianceDocument = typeof allianceDocuments.$inferSelect
export type InactivityReview = typeof inactivityReviews.$inferSelect

/** Writers of appointments and of document versions follow one another. */
const allianceLock = 4_019_231

export async function claimAlliance(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${allianceLock})`)
}

const { supersededAt: _supersededAt, ...standing } = getTableColumns(secretariatAppointments)

/** The appointments, oldest first: few, as there is one secretariat at a time. */
export async function appointmentsOf(db: Db): Promise<Appointment[]> {
  return db
    .select(standing)
    .from(secretariatAppointments)
    .where(isNull(secretariatAppointments.supersededAt))
    .orderBy(asc(secretariatAppointments.fromOn))
    .limit(500)
}

export async function insertAppointment(
  tx: Db,
  row: typeof secretariatAppointments.$inferInsert,
): Promise<Appointment> {
  const [inserted] = await tx.insert(secretariatAppointments).values(row).returning(standing)
  if (!inserted) throw new Error('an appointment was not written')
  return inserted
}

export async function supersedeAppointment(tx: Db, id: string, now: Date): Promise<void> {
  await tx.update(secretariatAppointments).set({ supersededAt: now }).where(eq(secretariatAppointments.id, id))
}

// ---- Documents

/** The latest version of a document, without its text. */
export async function latestDocumentOf(tx: Db, code: string): Promise<ListedDocument | undefined> {
  const [latest] = await tx
    .select(withoutBody)
    .from(allianceDocuments)
    .where(eq(allianceDocuments.code, code))
    .orderBy(desc(allianceDocuments.version))
    .limit(1)
  return latest
}

export async function insertDocument(tx: Db, row: typeof allianceDocuments.$inferInsert): Promise<AllianceDocument> {
  const [inserted] = await tx.insert(allianceDocuments).values(row).returning()
  if (!inserted) throw new Error('a document was not written')
  return inserted
}

export async function findDocument(db: Db, id: string): Promise<AllianceDocument | undefined> {
  const [found] = await db.select().from(allianceDocuments).where(eq(allianceDocuments.id, id)).limit(1)
  return found
}

const { body: _body, ...withoutBody } = getTableColumns(allianceDocuments)

export type ListedDocument = Omit<AllianceDocument, 'body'>

type DocumentFilter = Paged & {
  readonly memberId: string | null
  /** The last day for whoever has left: what holds only later is no longer theirs to read. */
  readonly until: PlainDate | null
}

/** Documents by the day from which they hold, without their texts, with when the asking member took note of each. */
export async function listDocuments(db: Db, { after, limit, memberId, until }: DocumentFilter) {
  const own = and(
    eq(documentAcknowledgements.documentId, allianceDocuments.id),
    memberId === null ? sql`false` : eq(documentAcknowledgements.memberId, memberId),
  )
  return db
    .select({ document: withoutBody, acknowledgedAt: documentAcknowledgements.acknowledgedAt })
    .from(allianceDocuments)
    .leftJoin(documentAcknowledgements, own)
    .where(
      and(
        after
          ? sql`(${allianceDocuments.validFromOn}, ${allianceDocuments.id}) > (${after.value}::date, ${after.id}::uuid)`
          : undefined,
        until === null ? undefined : lte(allianceDocuments.validFromOn, until),
      ),
    )
    .orderBy(asc(allianceDocuments.validFromOn), asc(allianceDocuments.id))
    .limit(rowsToRead(limit))
}

/** When a member took note of a document; null where it did not. */
export async function acknowledgedAt(db: Db, documentId: string, memberId: string): Promise<Date | null> {
  const [row] = await db
    .select({ at: documentAcknowledgements.acknowledgedAt })
    .from(documentAcknowledgements)
    .where(and(eq(documentAcknowledgements.documentId, documentId), eq(documentAcknowledgements.memberId, memberId)))
  return row?.at ?? null
}

/** Whether it was the first time. */
export async function insertAcknowledgement(
  tx: Db,
  row: typeof documentAcknowledgements.$inferInsert,
): Promise<boolean> {
  const inserted = await tx.insert(documentAcknowledgements).values(row).onConflictDoNothing().returning()
  return inserted.length > 0
}

/** Every body inside the alliance on the day by name, with when it took note of a document; null where it did not. */
export async function listAcknowledgements(db: Db, asked: Paged & { documentId: string; on: PlainDate }) {
  const { documentId, on, after, limit } = asked
  return db
    .select({ memberId: members.id, name: members.name, acknowledgedAt: documentAcknowledgements.acknowledgedAt })
    .from(members)
    .leftJoin(
      documentAcknowledgements,
      and(eq(documentAcknowledgements.documentId, documentId), eq(documentAcknowledgements.memberId, members.id)),
    )
    .where(
      and(
        sql`${standingOf(on)} in ('admitted', 'rectifying', 'suspended')`,
        after ? sql`(${members.name}, ${members.id}) > (${after.value}, ${after.id}::uuid)` : undefined,
      ),
    )
    .orderBy(asc(members.name), asc(members.id))
    .limit(rowsToRead(limit))
}

// ---- Inactivity

export type ActivityRow = ActivityFacts & { readonly memberId: string; readonly name: string }

/**
 * How active every body was until a day: as many rows as there are bodies. The latest decision is looked up along an
 * index for each of them; certificates of the opening balance have no result, so the first day of the one that ends last
 * stands for it (R4).
 */
export async function activityUntil(db: Db, on: PlainDate): Promise<ActivityRow[]> {
  const standings = sql<ActivityFacts['standings']>`coalesce((select json_agg(json_build_object(
    'standing', s.standing, 'fromOn', s.from_on) order by s.from_on) from ${memberStandings} s
    where s.member_id = members.id and s.superseded_at is null), '[]')`
  const lastDecidedOn = sql<PlainDate | null>`greatest(
    (select r.decided_on from ${results} r
      where r.member_id = members.id and r.superseded_at is null and r.decided_on <= ${on} order by r.decided_on desc limit 1),
    (select c.valid_from from ${certificates} c
      where c.member_id = members.id and c.origin <> 'transferred' and c.valid_from <= ${on} order by c.valid_until desc limit 1))::text`
  const reviewedOn = sql<PlainDate | null>`(select max(i.reviewed_on)::text from ${inactivityReviews} i
    where i.member_id = members.id and i.reviewed_on <= ${on})`
  return db
    .select({ memberId: members.id, name: members.name, standings, lastDecidedOn, reviewedOn })
    .from(members)
    .orderBy(asc(members.name), asc(members.id))
}

/** Reviews of a body, the latest first. */
export async function reviewsOf(db: Db, memberId: string): Promise<InactivityReview[]> {
  return db
    .select()
    .from(inactivityReviews)
    .where(eq(inactivityReviews.memberId, memberId))
    .orderBy(desc(inactivityReviews.reviewedOn), desc(inactivityReviews.id))
    .limit(100)
}

export async function insertReview(tx: Db, row: typeof inactivityReviews.$inferInsert): Promise<InactivityReview> {
  const [inserted] = await tx.insert(inactivityReviews).values(row).returning()
  if (!inserted) throw new Error('a review was not written')
  return inserted
}
