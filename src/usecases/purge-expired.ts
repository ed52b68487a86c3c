import type { Db } from '../store/database.ts'
import { record } from '../store/events.ts'
import { deleteKeys } from '../store/idempotency.ts'
import { deleteSessions, deleteUsedTokens } from '../store/sessions.ts'
import { deleteOldFailures } from '../store/sign-in-failures.ts'
import { effectiveSince } from './accounts/guess-password.ts'
import { authorise, type Context, type Registry } from './context.ts'

const dayMilliseconds = 86_400_000
const sessionDaysKept = 365
/** 90 are promised. */
const idempotencyKeyDaysKept = 120
const batchSize = 1_000

/** How many rows of each kind went. */
export type PurgedCounts = {
  readonly sessions: number
  readonly refreshTokens: number
  readonly idempotencyKeys: number
  readonly signInFailures: number
}

/**
 * Deletes what has no more effect: sessions that have been over for a year with their refresh tokens, refresh tokens
 * used more than a year ago, idempotency keys after 120 days, and failed sign-ins that slow nobody any more. In small
 * transactions, so that nobody waits; cut off anywhere, the next run goes on. @throws Refusal `forbidden`
 */
export async function purgeExpired(registry: Registry, context: Context): Promise<PurgedCounts> {
  authorise(context, 'jobs.run')
  const { now } = context
  const inBatches = (purge: (tx: Db, limit: number) => Promise<number>) => purgeInBatches(registry, purge)
  const counts = {
    sessions: await inBatches((tx, limit) => deleteSessions(tx, daysBefore(now, sessionDaysKept), limit)),
    refreshTokens: await inBatches((tx, limit) => deleteUsedTokens(tx, daysBefore(now, sessionDaysKept), limit)),
    idempotencyKeys: await inBatches((tx, limit) => deleteKeys(tx, daysBefore(now, idempotencyKeyDaysKept), limit)),
    signInFailures: await inBatches((tx, limit) => deleteOldFailures(tx, effectiveSince(now), limit)),
  }
  const entry = { action: 'registry.purged', entity: 'registry', entityId: 'expired', changes: counts }
  if (Object.values(counts).some((count) => count > 0)) await record(registry.db, context, entry)
  return counts
}

async function purgeInBatches(registry: Registry, purge: (tx: Db, limit: number) => Promise<number>): Promise<number> {
  let total = 0
  let gone: number
  do {
    gone = await registry.db.transaction((tx) => purge(tx, batchSize))
    total += gone
  } while (gone === batchSize)
  return total
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * dayMilliseconds)
}
