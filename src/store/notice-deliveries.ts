import { and, asc, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm'
import type { DeliveryChannel } from '../domain/notice.ts'
import type { Db } from './database.ts'
import { noticeDeliveries, notices } from './schema/notices.ts'

export type Delivery = typeof noticeDeliveries.$inferSelect
export type NewDelivery = typeof noticeDeliveries.$inferInsert

/** A statement has at most 65 534 values. */
const rowsMax = 2_000

export async function insertDeliveries(tx: Db, rows: readonly NewDelivery[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsMax)
    await tx
      .insert(noticeDeliveries)
      .values(rows.slice(from, from + rowsMax))
      .onConflictDoNothing()
}

/**
 * Takes deliveries that are due, for so long: processes side by side take different ones, and one that is not settled
 * in that time comes up again.
 */
export async function claimDeliveries(
  db: Db,
  claim: { channel: DeliveryChannel; now: Date; until: Date; limit: number },
): Promise<Delivery[]> {
  const due = sql`select id from ${noticeDeliveries}
    where channel = ${claim.channel} and delivered_at is null and given_up_at is null
      and next_attempt_at <= ${claim.now.toISOString()}
    order by next_attempt_at, id limit ${claim.limit} for update skip locked`
  return db
    .update(noticeDeliveries)
    .set({ nextAttemptAt: claim.until, attempts: sql`${noticeDeliveries.attempts} + 1` })
    .where(sql`${noticeDeliveries.id} = any(array(${due}))`)
    .returning()
}

export async function settleDelivered(db: Db, id: string, now: Date): Promise<void> {
  await db
    .update(noticeDeliveries)
    .set({ deliveredAt: now, givenUpAt: null, lastError: null })
    .where(eq(noticeDeliveries.id, id))
}

/** Unless somebody else took it up meanwhile. `next` null: given up. */
export async function settleFailed(
  db: Db,
  { id, attempts }: Delivery,
  failure: { now: Date; next: Date | null; error: string },
): Promise<void> {
  await db
    .update(noticeDeliveries)
    .set({
      lastError: failure.error,
      ...(failure.next === null ? { givenUpAt: failure.now } : { nextAttemptAt: failure.next }),
    })
    .where(
      and(
        eq(noticeDeliveries.id, id),
        eq(noticeDeliveries.attempts, attempts),
        isNull(noticeDeliveries.deliveredAt),
        isNull(noticeDeliveries.givenUpAt),
      ),
    )
}

export type DeliveryState = 'waiting' | 'delivered' | 'dead'

export async function listDeliveries(
  db: Db,
  filter: { state: DeliveryState | undefined; afterId: string | null; limit: number },
) {
  const { deliveredAt, givenUpAt, id } = noticeDeliveries
  const states = {
    waiting: and(isNull(deliveredAt), isNull(givenUpAt)),
    delivered: isNotNull(deliveredAt),
    dead: isNotNull(givenUpAt),
  }
  return db
    .select({ delivery: noticeDeliveries, kind: notices.kind, stage: notices.stage })
    .from(noticeDeliveries)
    .innerJoin(notices, eq(notices.id, noticeDeliveries.noticeId))
    .where(and(filter.afterId === null ? undefined : gt(id, filter.afterId), filter.state && states[filter.state]))
    .orderBy(asc(id))
    .limit(filter.limit + 1)
}

/** Puts one that was given up back into the queue; undefined where it is not among the dead. */
export async function reviveDelivery(tx: Db, id: string, now: Date): Promise<Delivery | undefined> {
  const [revived] = await tx
    .update(noticeDeliveries)
    .set({ givenUpAt: null, attempts: 0, nextAttemptAt: now })
    .where(and(eq(noticeDeliveries.id, id), isNotNull(noticeDeliveries.givenUpAt)))
    .returning()
  return revived
}

export async function findDelivery(db: Db, id: string): Promise<Delivery | undefined> {
  const [found] = await db.select().from(noticeDeliveries).where(eq(noticeDeliveries.id, id)).limit(1)
  return found
}

/** Queues deliveries again, whatever became of them before. */
export async function requeueDeliveries(tx: Db, rows: readonly NewDelivery[], now: Date): Promise<void> {
  const { noticeId, channel, target } = noticeDeliveries
  for (let from = 0; from < rows.length; from += rowsMax)
    await tx
      .insert(noticeDeliveries)
      .values(rows.slice(from, from + rowsMax))
      .onConflictDoUpdate({
        target: [noticeId, channel, target],
        set: { deliveredAt: null, givenUpAt: null, attempts: 0, nextAttemptAt: now, lastError: null },
      })
}

/** What waits to be delivered, and since when, by channel. */
export async function waitingDeliveries(db: Db) {
  return db
    .select({
      channel: noticeDeliveries.channel,
      waiting: sql<number>`count(*)::int`,
      oldestAt: sql<Date>`min(${noticeDeliveries.recordedAt})`.mapWith(noticeDeliveries.recordedAt),
    })
    .from(noticeDeliveries)
    .where(and(isNull(noticeDeliveries.deliveredAt), isNull(noticeDeliveries.givenUpAt)))
    .groupBy(noticeDeliveries.channel)
}
