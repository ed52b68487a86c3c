import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { explanations } from './schema/explanations.ts'

export type Explanation = typeof explanations.$inferSelect

export async function insertExplanation(tx: Db, row: typeof explanations.$inferInsert): Promise<Explanation> {
  const [inserted] = await tx.insert(explanations).values(row).returning()
  if (!inserted) throw new Error('an explanation was not written')
  return inserted
}

export async function currentExplanationOf(db: Db, obligationId: string): Promise<Explanation | undefined> {
  const [current] = await db
    .select()
    .from(explanations)
    .where(and(eq(explanations.obligationId, obligationId), isNull(explanations.supersededAt)))
    .limit(1)
  return current
}

export async function supersedeExplanation(tx: Db, id: string, now: Date): Promise<void> {
  await tx.update(explanations).set({ supersededAt: now }).where(eq(explanations.id, id))
}

export async function findExplanation(db: Db, id: string): Promise<Explanation | undefined> {
  const [found] = await db.select().from(explanations).where(eq(explanations.id, id)).limit(1)
  return found
}

export async function lockExplanation(tx: Db, id: string): Promise<Explanation | undefined> {
  const [found] = await tx.select().from(explanations).where(eq(explanations.id, id)).for('no key update').limit(1)
  return found
}

export async function setExplanationVerdict(
  tx: Db,
  id: string,
  decision: { verdict: 'accepted' | 'returned'; note: string | null; decidedAt: Date; decidedBy: string },
): Promise<Explanation> {
  const [decided] = await tx.update(explanations).set(decision).where(eq(explanations.id, id)).returning()
  if (!decided) throw new Error(`explanation ${id} vanished`)
  return decided
}

/** All explanations of an obligation, oldest first. */
export async function explanationsOf(db: Db, obligationId: string): Promise<Explanation[]> {
  return db
    .select()
    .from(explanations)
    .where(eq(explanations.obligationId, obligationId))
    .orderBy(asc(explanations.id))
    .limit(100)
}

/** Current ones, oldest first. */
export async function listExplanations(
  db: Db,
  filter: {
    memberId: string | null
    state: 'waiting' | 'accepted' | 'returned' | undefined
    afterId: string | null
    limit: number
  },
): Promise<Explanation[]> {
  const { state } = filter
  const verdict =
    state === 'waiting'
      ? isNull(explanations.verdict)
      : state === undefined
        ? undefined
        : eq(explanations.verdict, state)
  return db
    .select()
    .from(explanations)
    .where(
      and(
        isNull(explanations.supersededAt),
        filter.memberId === null ? undefined : eq(explanations.memberId, filter.memberId),
        verdict,
        filter.afterId === null ? undefined : gt(explanations.id, filter.afterId),
      ),
    )
    .orderBy(asc(explanations.id))
    .limit(filter.limit + 1)
}

/** An explanation, since when one waits in its place, and when one of that obligation was first returned. */
export type ExplanationSoFar = {
  readonly explanation: Explanation
  readonly waitingSince: Date | null
  readonly firstReturnedAt: Date | null
}

/** The current explanations of many obligations at once. */
export async function currentExplanationsOf(
  db: Db,
  obligationIds: readonly string[],
): Promise<ReadonlyMap<string, ExplanationSoFar>> {
  const returned = sql`from ${explanations} r where r.obligation_id = ${explanations.obligationId} and r.verdict = 'returned'`
  const waiting = sql`from ${explanations} w where w.obligation_id = ${explanations.obligationId} and w.verdict is null
    and w.recorded_at >= coalesce((select max(r.decided_at) ${returned}), '-infinity')`
  const rows = await db
    .select({
      explanation: explanations,
      waitingSince: sql<Date | null>`(select min(w.recorded_at) ${waiting})`.mapWith(explanations.decidedAt),
      firstReturnedAt: sql<Date | null>`(select min(r.decided_at) ${returned})`.mapWith(explanations.decidedAt),
    })
    .from(explanations)
    .where(
      and(
        sql`${explanations.obligationId} = any(${sql.param([...obligationIds])}::uuid[])`,
        isNull(explanations.supersededAt),
      ),
    )
  return new Map(rows.map((row) => [row.explanation.obligationId, row]))
}
