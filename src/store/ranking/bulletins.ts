import { and, asc, desc, eq, getTableColumns, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Db } from '../database.ts'
import type { Paged } from '../lists/paging.ts'
import { countUpTo } from '../lists/totals.ts'
import { members } from '../schema/members.ts'
import { bulletinDecisions, bulletinDisputes, bulletinPublications, bulletins } from '../schema/ranking.ts'

export type Bulletin = typeof bulletins.$inferSelect
export type Publication = typeof bulletinPublications.$inferSelect
export type Dispute = typeof bulletinDisputes.$inferSelect
export type Decision = typeof bulletinDecisions.$inferSelect

/** A publication without what is large. */
export type PublicationHead = Omit<Publication, 'content' | 'document'>

export async function insertBulletin(tx: Db, bulletin: typeof bulletins.$inferInsert): Promise<Bulletin> {
  const [inserted] = await tx.insert(bulletins).values(bulletin).returning()
  if (!inserted) throw new Error('a bulletin was not written')
  return inserted
}

/** A bulletin of the same kind that speaks of one of these days. */
export async function bulletinAcross(
  tx: Db,
  { kind, fromOn, untilOn }: Pick<Bulletin, 'kind' | 'fromOn' | 'untilOn'>,
): Promise<Bulletin | undefined> {
  const [found] = await tx
    .select()
    .from(bulletins)
    .where(
      and(
        eq(bulletins.kind, kind),
        isNull(bulletins.withdrawnAt),
        sql`daterange(${bulletins.fromOn}, ${bulletins.untilOn}, '[]') && daterange(${fromOn}, ${untilOn}, '[]')`,
      ),
    )
    .limit(1)
  return found
}

const { content: _content, document: _document, ...headColumns } = getTableColumns(bulletinPublications)

export type BulletinRow = { readonly bulletin: Bulletin; readonly publication: PublicationHead | null }

const withHead = (db: Db) =>
  db
    .select({ bulletin: bulletins, publication: headColumns })
    .from(bulletins)
    .leftJoin(bulletinPublications, eq(bulletinPublications.bulletinId, bulletins.id))

export async function findBulletin(db: Db, id: string): Promise<BulletinRow | undefined> {
  const [found] = await withHead(db)
    .where(and(eq(bulletins.id, id), isNull(bulletins.withdrawnAt)))
    .limit(1)
  return found
}

/** The latest period first. */
export async function listBulletins(db: Db, { after, limit }: Paged): Promise<BulletinRow[]> {
  const beyond = after
    ? sql`(${bulletins.untilOn}, ${bulletins.id}) < (${after.value}::date, ${after.id}::uuid)`
    : undefined
  return withHead(db)
    .where(and(beyond, isNull(bulletins.withdrawnAt)))
    .orderBy(desc(bulletins.untilOn), desc(bulletins.id))
    .limit(limit + 1)
}

export const countBulletins = (db: Db) => countUpTo(db, bulletins, isNull(bulletins.withdrawnAt))

export async function withdraw(tx: Db, id: string, reason: string, at: Date): Promise<void> {
  await tx.update(bulletins).set({ withdrawnAt: at, withdrawnReason: reason }).where(eq(bulletins.id, id))
}

/** The last day of any period of which a bulletin was published. */
export async function publishedUntil(db: Db): Promise<PlainDate | null> {
  const [row] = await db
    .select({ until: sql<PlainDate | null>`max(${bulletins.untilOn})` })
    .from(bulletins)
    .innerJoin(bulletinPublications, eq(bulletinPublications.bulletinId, bulletins.id))
  return row?.until ?? null
}

export async function insertPublication(tx: Db, row: typeof bulletinPublications.$inferInsert): Promise<void> {
  await tx.insert(bulletinPublications).values(row)
}

export async function contentOf(db: Db, bulletinId: string): Promise<string | null> {
  const [row] = await db
    .select({ content: bulletinPublications.content })
    .from(bulletinPublications)
    .where(eq(bulletinPublications.bulletinId, bulletinId))
  return row?.content ?? null
}

export async function documentOf(db: Db, bulletinId: string): Promise<Buffer | null> {
  const [row] = await db
    .select({ document: bulletinPublications.document })
    .from(bulletinPublications)
    .where(eq(bulletinPublications.bulletinId, bulletinId))
  return row?.document ?? null
}

// ---- Disputes

/** Null where that row is already disputed. */
export async function insertDispute(tx: Db, dispute: typeof bulletinDisputes.$inferInsert): Promise<Dispute | null> {
  const [inserted] = await tx.insert(bulletinDisputes).values(dispute).onConflictDoNothing().returning()
  return inserted ?? null
}

/** In the order in which they came. @param memberId only those of this body */
export async function disputesOf(db: Db, bulletinId: string, memberId: string | null): Promise<Dispute[]> {
  return disputesOfBulletins(db, [bulletinId], memberId)
}

export async function disputesOfBulletins(
  db: Db,
  bulletinIds: readonly string[],
  memberId: string | null,
): Promise<Dispute[]> {
  return db
    .select()
    .from(bulletinDisputes)
    .where(and(inArray(bulletinDisputes.bulletinId, [...bulletinIds]), ofMember(memberId)))
    .orderBy(asc(bulletinDisputes.id))
}

function ofMember(memberId: string | null): SQL | undefined {
  return memberId === null ? undefined : eq(bulletinDisputes.memberId, memberId)
}

export async function findDispute(tx: Db, id: string): Promise<Dispute | undefined> {
  const [found] = await tx.select().from(bulletinDisputes).where(eq(bulletinDisputes.id, id)).limit(1)
  return found
}

export async function setDispute(tx: Db, id: string, changes: Partial<Dispute>): Promise<Dispute> {
  const [changed] = await tx.update(bulletinDisputes).set(changes).where(eq(bulletinDisputes.id, id)).returning()
  if (!changed) throw new Error(`dispute ${id} vanished`)
  return changed
}

// ---- Decisions

/** Null where that body has its decision. */
export async function insertDecision(
  tx: Db,
  decision: typeof bulletinDecisions.$inferInsert,
): Promise<Decision | null> {
  const [inserted] = await tx.insert(bulletinDecisions).values(decision).onConflictDoNothing().returning()
  return inserted ?? null
}

/** By the name of the body. @param memberId only that of this body */
export async function decisionsOf(db: Db, bulletinId: string, memberId: string | null): Promise<Decision[]> {
  return decisionsOfBulletins(db, [bulletinId], memberId)
}

export async function decisionsOfBulletins(
  db: Db,
  bulletinIds: readonly string[],
  memberId: string | null,
): Promise<Decision[]> {
  const rows = await db
    .select({ decision: bulletinDecisions })
    .from(bulletinDecisions)
    .innerJoin(members, eq(members.id, bulletinDecisions.memberId))
    .where(
      and(
        inArray(bulletinDecisions.bulletinId, [...bulletinIds]),
        memberId === null ? undefined : eq(bulletinDecisions.memberId, memberId),
      ),
    )
    .orderBy(asc(members.name), asc(bulletinDecisions.id))
  return rows.map(({ decision }) => decision)
}
