import { asc, sql } from 'drizzle-orm'
import type { PolicyVersion } from '../../domain/ranking/policy.ts'
import type { Db } from '../database.ts'
import { rankingPolicies } from '../schema/ranking.ts'

export type StoredPolicy = typeof rankingPolicies.$inferSelect

export async function readPolicies(db: Db): Promise<StoredPolicy[]> {
  return db.select().from(rankingPolicies).orderBy(asc(rankingPolicies.version))
}

export async function insertPolicy(tx: Db, policy: typeof rankingPolicies.$inferInsert): Promise<StoredPolicy> {
  const [inserted] = await tx.insert(rankingPolicies).values(policy).returning()
  if (!inserted) throw new Error('a policy was not written')
  return inserted
}

/** Policies that come with the product are there from the first migration on. */
export async function seedPolicies(tx: Db, policies: readonly PolicyVersion[], now: Date): Promise<void> {
  const rows = policies.map((policy) => ({ ...policy, recordedAt: now, recordedBy: 'system' }))
  await tx.insert(rankingPolicies).values(rows).onConflictDoNothing()
}

const rankingLock = 4_019_231

/** Inside a transaction that adds a policy, opens or publishes a bulletin: one after the other. */
export async function claimRanking(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${rankingLock})`)
}
