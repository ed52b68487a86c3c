import type { Db } from '../store/database.ts'
import { record } from '../store/events.ts'
import { deleteKeys } from '../store/idempotency.ts'
import { deleteSessions, deleteUsedTokens } from '../store/sessions.ts'
import { deleteOldFailures } from '../store/sign-in-failures.ts'
import { effectiveSince } from './accounts/guess-password.ts'
import { authorise, type Context, type Registry } from './context.ts'
import { type Counts, inBatches } from './jobs/in-batches.ts'

const dayMilliseconds = 86_400_000
const sessionDaysKept = 365
/** 90 are promised. */
const idempotencyKeyDaysKept = 120
const batchSize = 1_000

/**
 * Deletes what has no more effect: sessions that have been over for a year with their refresh tokens, refresh tokens
 * used more than a year ago, idempotency keys after 120 days, and failed sign-ins that slow nobody any more. In small
 * transactions, so that nobody waits; cut off anywhere, the next run goes on. @throws Refusal `forbidden`
 */
export async function purgeExpired(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  const { now } = context
  const purge = (name: string, deleteSome: (tx: Db, limit: number) => Promise<number>) =>
    inBatches(registry, signal, async (tx) => {
      const gone = await deleteSome(tx, batchSize)
      return { next: gone === batchSize ? {} : null, counts: { [name]: gone } }
    })
  const counts = {
    ...(await purge('sessions', (tx, limit) => deleteSessions(tx, daysBefore(now, sessionDaysKept), limit))),
    ...(await purge('refreshTokens', (tx, limit) => deleteUsedTokens(tx, daysBefore(now, sessionDaysKept), limit))),
    ...(await purge('idempotencyKeys', (tx, limit) => deleteKeys(tx, daysBefore(now, idempotencyKeyDaysKept), limit))),
    ...(await purge('signInFailures', (tx, limit) => deleteOldFailures(tx, effectiveSince(now), limit))),
  }
  const entry = { action: 'registry.purged', entity: 'registry', entityId: 'expired', changes: counts }
  if (Object.values(counts).some((count) => count > 0)) await record(registry.db, context, entry)
  return counts
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * dayMilliseconds)
}
