import { and, asc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import { isReturned, isStranded } from '../assignments.ts'
import type { Db } from '../database.ts'
import { assignments } from '../schema/assignments.ts'
import type { Paged } from './paging.ts'
import { countUpTo } from './totals.ts'

export type AssignmentFilter = Paged & {
  readonly memberId: string | null
  readonly enterpriseId: string | undefined
  readonly answer: 'waiting' | 'accepted' | 'declined' | 'returned' | 'stranded' | undefined
  readonly on: PlainDate
}

export async function listAssignments(db: Db, filter: AssignmentFilter) {
  return db
    .select()
    .from(assignments)
    .where(isAskedAssignment(filter))
    .orderBy(asc(assignments.assignedOn), asc(assignments.id))
    .limit(filter.limit + 1)
}

function isAskedAssignment(filter: AssignmentFilter): SQL | undefined {
  const answers = {
    waiting: and(isNull(assignments.acceptedOn), isNull(assignments.declinedOn)),
    accepted: isNotNull(assignments.acceptedOn),
    declined: isNotNull(assignments.declinedOn),
    returned: isReturned,
    stranded: isStranded(filter.on),
  }
  return and(
    filter.after
      ? sql`(${assignments.assignedOn}, ${assignments.id}) > (${filter.after.value}::date, ${filter.after.id}::uuid)`
      : undefined,
    filter.memberId === null ? undefined : eq(assignments.memberId, filter.memberId),
    filter.enterpriseId ? eq(assignments.enterpriseId, filter.enterpriseId) : undefined,
    filter.answer && answers[filter.answer],
  )
}

export const countAssignments = (db: Db, filter: AssignmentFilter) =>
  countUpTo(db, assignments, isAskedAssignment({ ...filter, after: null }))
