import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { notices } from './schema/notices.ts'

export type Notice = typeof notices.$inferSelect
export type NewNotice = Omit<typeof notices.$inferInsert, 'id'>

const noticesLock = 4_019_214

/** A statement has at most 65 534 values. */
const rowsMax = 2_000

/** Which of the keys were said already. Asked in bulk, so that the outbox is never read from end to end. */
export async function noticeKeysSaid(db: Db, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set()
  const said = await db
    .select({ noticeKey: notices.noticeKey })
    .from(notices)
    .where(sql`${notices.noticeKey} = any(${sql.param([...keys])}::text[])`)
  return new Set(said.map(({ noticeKey }) => noticeKey))
}

/**
 * Writes notices and answers those that are new. From here to the commit nobody else writes one: ids become visible in
 * their order, so it comes last in its transaction.
 */
export async function insertNotices(tx: Db, rows: readonly NewNotice[]): Promise<Notice[]> {
  if (rows.length === 0) return []
  await tx.execute(sql`select pg_advisory_xact_lock(${noticesLock})`)
  const inserted: Notice[] = []
  for (let from = 0; from < rows.length; from += rowsMax) {
    const some = tx.insert(notices).values(rows.slice(from, from + rowsMax))
    inserted.push(...(await some.onConflictDoNothing({ target: notices.noticeKey }).returning()))
  }
  return inserted
}

export async function findNotices(db: Db, ids: readonly number[]): Promise<Notice[]> {
  return ids.length === 0
    ? []
    : db
        .select()
        .from(notices)
        .where(inArray(notices.id, [...ids]))
}

/** In the order in which they were said; a member's are those that it was told. */
export async function listNotices(
  db: Db,
  filter: { afterId: number; limit: number; memberId: string | null },
): Promise<Notice[]> {
  const own =
    filter.memberId === null
      ? undefined
      : and(eq(notices.memberId, filter.memberId), sql`'member' = any(${notices.audiences})`)
  return db
    .select()
    .from(notices)
    .where(and(gt(notices.id, filter.afterId), own))
    .orderBy(asc(notices.id))
    .limit(filter.limit)
}
