import { and, asc, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { webhookEndpoints } from './schema/webhooks.ts'

export type WebhookEndpoint = typeof webhookEndpoints.$inferSelect

export async function insertWebhook(tx: Db, row: typeof webhookEndpoints.$inferInsert): Promise<WebhookEndpoint> {
  const [inserted] = await tx.insert(webhookEndpoints).values(row).returning()
  if (!inserted) throw new Error('a webhook was not written')
  return inserted
}

export async function findWebhook(db: Db, id: string): Promise<WebhookEndpoint | undefined> {
  const [found] = await db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id)).limit(1)
  return found
}

export async function webhooksById(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, WebhookEndpoint>> {
  if (ids.length === 0) return new Map()
  const found = await db
    .select()
    .from(webhookEndpoints)
    .where(inArray(webhookEndpoints.id, [...ids]))
  return new Map(found.map((endpoint) => [endpoint.id, endpoint]))
}

/** False where it was disabled before. */
export async function disableWebhook(tx: Db, id: string, now: Date): Promise<boolean> {
  const disabled = await tx
    .update(webhookEndpoints)
    .set({ disabledAt: now })
    .where(and(eq(webhookEndpoints.id, id), isNull(webhookEndpoints.disabledAt)))
    .returning({ id: webhookEndpoints.id })
  return disabled.length > 0
}

/** Live endpoints, oldest first; of one member, or of everybody. */
export async function listWebhooks(
  db: Db,
  filter: { memberId: string | null; afterId: string | null; limit: number },
): Promise<WebhookEndpoint[]> {
  return db
    .select()
    .from(webhookEndpoints)
    .where(
      and(
        isNull(webhookEndpoints.disabledAt),
        filter.memberId === null ? undefined : eq(webhookEndpoints.memberId, filter.memberId),
        filter.afterId === null ? undefined : gt(webhookEndpoints.id, filter.afterId),
      ),
    )
    .orderBy(asc(webhookEndpoints.id))
    .limit(filter.limit + 1)
}

/** Live endpoints of these members, and those that are of no member. */
export async function webhooksFor(db: Db, memberIds: readonly string[]): Promise<WebhookEndpoint[]> {
  return db
    .select()
    .from(webhookEndpoints)
    .where(
      and(
        isNull(webhookEndpoints.disabledAt),
        or(
          isNull(webhookEndpoints.memberId),
          sql`${webhookEndpoints.memberId} = any(${sql.param([...memberIds])}::uuid[])`,
        ),
      ),
    )
}

const webhooksLock = 4_019_215

/** How many live endpoints an owner has; who asks keeps others of that owner waiting until it commits. */
export async function countWebhooks(tx: Db, memberId: string | null): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(${webhooksLock}, hashtext(${memberId ?? 'none'}))`)
  const owner = memberId === null ? isNull(webhookEndpoints.memberId) : eq(webhookEndpoints.memberId, memberId)
  return tx.$count(webhookEndpoints, and(owner, isNull(webhookEndpoints.disabledAt)))
}
