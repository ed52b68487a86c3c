import { and, desc, eq, isNull } from 'drizzle-orm'
import type { Db } from './database.ts'
import { surveillanceVisits } from './schema/surveillance.ts'

export type Visit = typeof surveillanceVisits.$inferSelect

export async function insertVisit(tx: Db, row: typeof surveillanceVisits.$inferInsert): Promise<Visit> {
  const [inserted] = await tx.insert(surveillanceVisits).values(row).returning()
  if (!inserted) throw new Error('a visit was not written')
  return inserted
}

export async function supersedeVisit(tx: Db, id: string, now: Date): Promise<void> {
  await tx.update(surveillanceVisits).set({ supersededAt: now }).where(eq(surveillanceVisits.id, id))
}

/** The visits of a certificate as they stand, the latest first. */
export async function visitsOf(db: Db, certificateId: string): Promise<Visit[]> {
  return db
    .select()
    .from(surveillanceVisits)
    .where(and(eq(surveillanceVisits.certificateId, certificateId), isNull(surveillanceVisits.supersededAt)))
    .orderBy(desc(surveillanceVisits.visitedOn))
    .limit(100)
}
