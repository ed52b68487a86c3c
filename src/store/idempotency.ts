import { sql } from 'drizzle-orm'
import { clientOf, type Db } from './database.ts'
import { idempotencyKeys } from './schema/results.ts'
import { insertTogether, newRows } from './together.ts'

export type KeyUse = {
  readonly clientId: string
  readonly key: string
  readonly operation: string
  readonly bodySha256: string
}

type Kept = Pick<KeyUse, 'operation' | 'bodySha256'> & { readonly answer: unknown }

/**
 * Claims the key for this transaction. A racer with the same key waits here until the winner commits or gives up.
 * Answers undefined when the key is ours now, else what it was used for.
 */
export async function claimKey(tx: Db, { clientId, key }: KeyUse): Promise<Kept | undefined> {
  // Two statements: what the winner wrote is seen by one that begins once the lock is ours.
  const [, [earlier]] = await Promise.all([
    clientOf(tx).unsafe(claimText, [`${clientId} ${key}`]),
    clientOf(tx).unsafe<Kept[]>(findText, [clientId, key]),
  ])
  return earlier
}

const claimText = 'select pg_advisory_xact_lock(hashtextextended($1, 0))'
const findText = `select operation, body_sha256 as "bodySha256", answer from idempotency_keys where client_id = $1 and key = $2`

/** @throws a unique violation where somebody used the key without having claimed it */
export async function keepAnswer(tx: Db, use: KeyUse, answer: unknown, now: Date): Promise<void> {
  await insertTogether(tx, newRows(idempotencyKeys, { answer, recordedAt: now, ...use }))
}

/** At most `limit` keys that were recorded before then. How many went. */
export async function deleteKeys(tx: Db, recordedBefore: Date, limit: number): Promise<number> {
  const gone = await tx.execute(sql`
    delete from idempotency_keys where (client_id, key) in (
      select client_id, key from idempotency_keys
      where recorded_at < ${recordedBefore.toISOString()} order by recorded_at limit ${limit} for update skip locked)`)
  return gone.count
}
