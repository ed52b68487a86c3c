import { and, asc, eq, gt, isNotNull, isNull, lte, sql } from 'drizzle-orm'
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
 * Takes deliveries that are due, for so long, at most so many of each target: processes side by side take different
 * ones, and one that is not settled in that time comes up again. It goes from target to target along the index, so that
 * what waits for one of them, be it a million, is not read for the others.
 */
export async function claimDeliveries(
  db: Db,
  claim: { channel: DeliveryChannel; now: Date; until: Date; limit: number; perTarget: number },
): Promise<Delivery[]> {
  const live = sql`${noticeDeliveries} d where d.channel = ${claim.channel}
    and d.delivered_at is null and d.given_up_at is null`
  const due = sql`with recursive targets as (
      (select d.target from ${live} order by d.target limit 1)
      union all
      select (select d.target from ${live} and d.target > t.target order by d.target limit 1)
      from targets t where t.target is not null)
    select due.id from targets t cross join lateral (
      select d.id, d.next_attempt_at from ${live} and d.target = t.target
        and d.next_attempt_at <= ${claim.now.toISOString()}
      order by d.next_attempt_at, d.id limit ${claim.perTarget} for update skip locked) due
    order by due.next_attempt_at, due.id limit ${claim.limit}`
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

/** Puts off what else is due for a target that does not answer. */
export async function putOffTarget(
  db: Db,
  { channel, target }: Delivery,
  pause: { now: Date; until: Date },
): Promise<void> {
  await db
    .update(noticeDeliveries)
    .set({ nextAttemptAt: pause.until })
    .where(and(isWaitingFor(channel, target), lte(noticeDeliveries.nextAttemptAt, pause.now)))
}

function isWaitingFor(channel: DeliveryChannel, target: string) {
  const { deliveredAt, givenUpAt } = noticeDeliveries
  return and(
    eq(noticeDeliveries.channel, channel),
    eq(noticeDeliveries.target, target),
    isNull(deliveredAt),
    isNull(givenUpAt),
  )
}

/** Whether so many deliveries wait for a target. */
export async function hasWaiting(db: Db, channel: DeliveryChannel, target: string, count: number): Promise<boolean> {
  const rows = await db
    .select({ id: noticeDeliveries.id })
    .from(noticeDeliveries)
    .where(isWaitingFor(channel, target))
    .limit(1)
    .offset(count - 1)
  return rows.length > 0
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
