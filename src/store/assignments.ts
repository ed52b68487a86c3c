import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import { strandingStandings } from '../domain/standing.ts'
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

/**
 * Neither declined nor concluded, and its body's standing on the day, or the loss of its approval, lets the desk give it to
 * another (R4, R8). Those bodies
 * are few: gathered first, their assignments are looked up along the index of each. Each is asked for its outcome by
 * itself: `not exists` would be answered by reading all results.
 */
export function isStranded(on: PlainDate): SQL {
  return sql`${assignments.declinedOn} is null
    and ${assignments.memberId} = any(array(select s.member_id from (
      select distinct on (member_id) member_id, standing from member_standings
      where superseded_at is null and from_on <= ${on} order by member_id, from_on desc) s
      where s.standing = any(${sql.param([...strandingStandings])}::text[])
      union select v.member_id from approval_revocations v where v.lifted_at is null and v.revoked_on <= ${on}))
    and (select r.id from results r where r.assignment_id = ${assignments}."id" and r.revision = 1) is null
    and (select o.assignment_id from ${assignmentOrigins} o where o.replaces_id = ${assignments}."id") is null`
}

/** Not given to another body since: what was given away counts for whoever has it now (R7). */
export const isNotReplaced: SQL = sql`not exists (select from ${assignmentOrigins} o where o.replaces_id = ${assignments}."id")`

/** Whether one is stranded on the day. */
export async function findStranded(db: Db, id: string, on: PlainDate): Promise<boolean> {
  const found = await db
    .select({ id: assignments.id })
    .from(assignments)
    .where(and(eq(assignments.id, id), isStranded(on)))
    .limit(1)
  return found.length > 0
}

/** Whether the desk gave it to another body. Ask while the assignment is locked. */
export async function isReplaced(db: Db, id: string): Promise<boolean> {
  const found = await db
    .select({ id: assignmentOrigins.assignmentId })
    .from(assignmentOrigins)
    .where(eq(assignmentOrigins.replacesId, id))
    .limit(1)
  return found.length > 0
}

/** Where assignments come from: a case of a batch, a declined assignment, or both. */
export async function insertOrigins(
  tx: Db,
  origins: readonly (typeof assignmentOrigins.$inferInsert)[],
): Promise<void> {
  if (origins.length > 0) await tx.insert(assignmentOrigins).values([...origins])
}
