import { and, desc, eq, lt, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { jobRuns } from './schema/jobs.ts'

export type JobRun = typeof jobRuns.$inferSelect
export type Fire = { readonly name: string; readonly fireAt: Date; readonly claim: string }

/** A failed run is tried again so often, then the next fire is waited for. */
const attemptsMax = 5

/**
 * Takes a fire, or answers undefined when it is not to be had: somebody has it, or it is done. One that was lost with
 * its process is taken over once its lease has passed, one that failed is tried again.
 */
export async function claimRun(
  db: Db,
  fire: Fire & { cause: JobRun['cause']; now: Date; until: Date },
): Promise<JobRun | undefined> {
  const { now, until, ...row } = fire
  const [claimed] = await db
    .insert(jobRuns)
    .values({ ...row, attempts: 1, startedAt: now, claimedUntil: until })
    .onConflictDoUpdate({
      target: [jobRuns.name, jobRuns.fireAt],
      set: {
        attempts: sql`${jobRuns.attempts} + 1`,
        claim: fire.claim,
        startedAt: now,
        claimedUntil: until,
        finishedAt: null,
        outcome: null,
        error: null,
      },
      setWhere: sql`${jobRuns.claimedUntil} <= ${now.toISOString()} and (${jobRuns.outcome} is null
        or (${jobRuns.outcome} = 'failed' and ${jobRuns.attempts} < ${attemptsMax}))`,
    })
    .returning()
  return claimed
}

/** A sign of life, or with `until` now: another may have it. */
export async function extendRun(db: Db, fire: Fire, until: Date): Promise<void> {
  await db.update(jobRuns).set({ claimedUntil: until }).where(isHeld(fire))
}

export async function finishRun(
  db: Db,
  fire: Fire,
  end: Pick<JobRun, 'finishedAt' | 'claimedUntil' | 'outcome' | 'counts' | 'error'>,
): Promise<void> {
  await db.update(jobRuns).set(end).where(isHeld(fire))
}

function isHeld({ name, fireAt, claim }: Fire) {
  return and(eq(jobRuns.name, name), eq(jobRuns.fireAt, fireAt), eq(jobRuns.claim, claim))
}

/** Runs that fired before; a job of every few seconds would otherwise fill the table. */
export async function forgetRuns(db: Db, name: string, before: Date): Promise<void> {
  await db.delete(jobRuns).where(and(eq(jobRuns.name, name), lt(jobRuns.fireAt, before)))
}

/** The latest runs of a job, latest first. */
export async function latestRuns(db: Db, name: string, limit: number): Promise<JobRun[]> {
  return db.select().from(jobRuns).where(eq(jobRuns.name, name)).orderBy(desc(jobRuns.fireAt)).limit(limit)
}

/** How many fires since then, by job and how they ended; null for those that have not. */
export async function countRunsSince(db: Db, since: Date) {
  return db
    .select({ name: jobRuns.name, outcome: jobRuns.outcome, runs: sql<number>`count(*)::int` })
    .from(jobRuns)
    .where(sql`${jobRuns.fireAt} >= ${since.toISOString()}`)
    .groupBy(jobRuns.name, jobRuns.outcome)
}
