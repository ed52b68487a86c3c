import { and, asc, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import { groupedBy } from '../domain/grouped.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import { strandingStandings } from '../domain/standing.ts'
import type { Db } from './database.ts'
import type { Change } from './known-at.ts'
import { assignments } from './schema/assignments.ts'
import { assignmentOrigins, batchCases, conflicts } from './schema/desk.ts'
import { obligations } from './schema/obligations.ts'

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
 * Neither declined nor concluded, and the desk may give it to another: its body is suspended, removed or without its
 * approval on the day, has a conflict of interest with the firm, or let the term for its answer pass (R4, R7, R8). They
 * are few: gathered first, and looked up along an index. Each is asked for its outcome by itself: `not exists` would be
 * answered by reading all results.
 */
export function isStranded(on: PlainDate): SQL {
  return sql`${assignments.declinedOn} is null
    and (${assignments.memberId} = any(array(select s.member_id from (
      select distinct on (member_id) member_id, standing from member_standings
      where superseded_at is null and from_on <= ${on} order by member_id, from_on desc) s
      where s.standing = any(${sql.param([...strandingStandings])}::text[])
      union select v.member_id from approval_revocations v where v.lifted_at is null and v.revoked_on <= ${on}))
      or ${assignments}."id" = any(array(select t.id from ${conflicts} t_c join ${assignments} t on t.member_id = t_c.member_id and t.enterprise_id = t_c.enterprise_id
        where t_c.superseded_at is null and t_c.from_on <= ${on} and (t_c.until_on is null or t_c.until_on >= ${on})
        union select d.assignment_id from ${obligations} d
        where d.duty = 'answer_assignment' and d.due_on < ${on} and d.met_on is null and d.waived_on is null)))
    and (select r.id from results r where r.assignment_id = ${assignments}."id" and r.revision = 1) is null
    and (select o.assignment_id from ${assignmentOrigins} o where o.replaces_id = ${assignments}."id") is null`
}

/** Not given to another body since: what was given away counts for whoever has it now (R7). */
export const isNotReplaced: SQL = sql`not exists (select from ${assignmentOrigins} o where o.replaces_id = ${assignments}."id")`

/** Back at the desk: declined, or stranded on the day; and given to nobody yet (R7). */
export const isAtDesk = (on: PlainDate): SQL => sql`((${isReturned}) or (${isStranded(on)}))`

/**
 * Of some assignments that are to be replaced, the bodies that had the case before and declined it, or let the term for
 * their answer pass: back along what each one replaced (R7). Who was suspended within that term did neither.
 */
export async function declinersOf(db: Db, ids: readonly string[], on: PlainDate): Promise<Map<string, Set<string>>> {
  if (ids.length === 0) return new Map()
  const rows = await db.execute<{ asked: string; memberId: string }>(sql`
    with recursive chain as (
      select a.id as asked, a.id, a.member_id, a.accepted_on, a.declined_on from ${assignments} a where a.id = any(${sql.param([...ids])}::uuid[])
      union all
      select chain.asked, a.id, a.member_id, a.accepted_on, a.declined_on from chain
        join ${assignmentOrigins} o on o.assignment_id = chain.id join ${assignments} a on a.id = o.replaces_id)
    select distinct asked, member_id as "memberId" from chain
    where declined_on is not null or accepted_on is null and exists (select 1 from ${obligations} d
      where d.assignment_id = chain.id and d.duty = 'answer_assignment' and d.due_on < coalesce(d.waived_on, ${on}::date))`)
  return new Map(
    [...groupedBy(rows, ({ asked }) => asked)].map(([id, found]) => [id, new Set(found.map((each) => each.memberId))]),
  )
}

export type LiveAssignment = { readonly id: string; readonly enterpriseId: string; readonly productName: string }

/**
 * What firms are having certified: given to a body, neither declined nor concluded nor given to another since. The firms
 * must be locked, so that one case is not given out twice at once.
 */
export async function liveAssignmentsOf(
  tx: Db,
  schemeCode: string,
  enterpriseIds: readonly string[],
): Promise<LiveAssignment[]> {
  return tx
    .select({ id: assignments.id, enterpriseId: assignments.enterpriseId, productName: assignments.productName })
    .from(assignments)
    .where(
      and(
        sql`${assignments.enterpriseId} = any(${sql.param([...enterpriseIds])}::uuid[])`,
        eq(assignments.schemeCode, schemeCode),
        isNull(assignments.declinedOn),
        isNotReplaced,
        sql`(select r.id from results r where r.assignment_id = ${assignments}."id" and r.revision = 1) is null`,
      ),
    )
}

/** Locks assignments in one order: none of them is answered while they are given to others. */
export async function lockAssignments(tx: Db, ids: readonly string[]): Promise<void> {
  await tx
    .select({ id: assignments.id })
    .from(assignments)
    .where(inArray(assignments.id, [...ids]))
    .orderBy(asc(assignments.id))
    .for('no key update')
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

/** The batch that an assignment was made with, and the assignment that it replaces; null where there is none. */
export async function originOf(db: Db, id: string): Promise<{ batchId: string | null; replacesId: string | null }> {
  const [found] = await db
    .select({ batchId: batchCases.batchId, replacesId: assignmentOrigins.replacesId })
    .from(assignmentOrigins)
    .leftJoin(batchCases, eq(batchCases.id, assignmentOrigins.caseId))
    .where(eq(assignmentOrigins.assignmentId, id))
    .limit(1)
  return found ?? { batchId: null, replacesId: null }
}

/** Where assignments come from: a case of a batch, a declined assignment, or both. */
export async function insertOrigins(
  tx: Db,
  origins: readonly (typeof assignmentOrigins.$inferInsert)[],
): Promise<void> {
  if (origins.length > 0) await tx.insert(assignmentOrigins).values([...origins])
}
