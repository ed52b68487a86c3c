import { eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import type { Change } from './known-at.ts'
import { assignments } from './schema/assignments.ts'
import { assignmentOrigins } from './schema/desk.ts'

export type Assignment = typeof assignments.$inferSelect

export async function findAssignment(db: Db, id: string): Promise<Assignment | undefined> {
  const [assignment] = await db.select().from(assignments).where(eq(assignments.id, id)).limit(1)
  return assignment
}

/** Locks the assignment, so that two answers or outcomes follow one another. */
export async function lockAssignment(tx: Db, id: string): Promise<Assignment | undefined> {
  const [assignment] = await tx.select().from(assignments).where(eq(assignments.id, id)).for('no key update').limit(1)
  return assignment
}

export async function insertAssignment(tx: Db, assignment: typeof assignments.$inferInsert): Promise<Assignment> {
  const [inserted] = await tx.insert(assignments).values(assignment).returning()
  if (!inserted) throw new Error('an assignment was not written')
  return inserted
}

export async function setAssignment(
  tx: Db,
  id: string,
  changes: Change<typeof assignments.$inferInsert>,
): Promise<Assignment> {
  const [updated] = await tx.update(assignments).set(changes).where(eq(assignments.id, id)).returning()
  if (!updated) throw new Error(`assignment ${id} vanished`)
  return updated
}

/** Declined, and not given to another yet: back at the desk (R7). */
export const isReturned: SQL = sql`${assignments.declinedOn} is not null and not exists (
  select from ${assignmentOrigins} o where o.replaces_id = ${assignments}."id")`

/** Where assignments come from: a case of a batch, a declined assignment, or both. */
export async function insertOrigins(
  tx: Db,
  origins: readonly (typeof assignmentOrigins.$inferInsert)[],
): Promise<void> {
  if (origins.length > 0) await tx.insert(assignmentOrigins).values([...origins])
}
