import { and, eq, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { idempotencyKeys } from './schema/results.ts'

export type KeyUse = {
  readonly clientId: string
  readonly key: string
  readonly operation: string
  readonly bodySha256: string
}

/**
 * Takes the key for this transaction. A racer with the same key waits here until the winner commits or gives up.
 * Answers undefined when the key is ours now, else what it was used for.
 */
export async function claimKey(tx: Db, use: KeyUse, now: Date) {
  const claimed = await tx
    .insert(idempotencyKeys)
    .values({ ...use, recordedAt: now })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key })
  if (claimed.length > 0) return undefined
  const [earlier] = await tx.select().from(idempotencyKeys).where(isKey(use)).limit(1)
  return earlier
}

export async function keepAnswer(tx: Db, use: KeyUse, answer: unknown): Promise<void> {
  await tx.update(idempotencyKeys).set({ answer }).where(isKey(use))
}

function isKey(use: KeyUse) {
  return and(eq(idempotencyKeys.clientId, use.clientId), eq(idempotencyKeys.key, use.key))
}

/** At most `limit` keys that were recorded before then. How many went. */
export async function deleteKeys(tx: Db, recordedBefore: Date, limit: number): Promise<number> {
  const gone = await tx.execute(sql`
    delete from idempotency_keys where (client_id, key) in (
      select client_id, key from idempotency_keys
      where recorded_at < ${recordedBefore.toISOString()} order by recorded_at limit ${limit} for update skip locked)`)
  return gone.count
}
