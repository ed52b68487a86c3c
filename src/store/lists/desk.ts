import { and, asc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Db } from '../database.ts'
import { assignmentBatches, batchIssues, capacities, conflicts } from '../schema/desk.ts'
import { type Paged, rowsToRead } from './paging.ts'
import { countUpTo } from './totals.ts'

export type ConflictFilter = Paged & {
  readonly memberId: string | null
  readonly enterpriseId: string | undefined
  readonly on: PlainDate | undefined
}

/** Declared conflicts by their first day. */
export async function listConflicts(db: Db, filter: ConflictFilter) {
  const { after, on } = filter
  return db
    .select()
    .from(conflicts)
    .where(
      and(
        isNull(conflicts.supersededAt),
        after ? sql`(${conflicts.fromOn}, ${conflicts.id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
        filter.memberId === null ? undefined : eq(conflicts.memberId, filter.memberId),
        filter.enterpriseId ? eq(conflicts.enterpriseId, filter.enterpriseId) : undefined,
        on && sql`${conflicts.fromOn} <= ${on} and (${conflicts.untilOn} is null or ${conflicts.untilOn} >= ${on})`,
      ),
    )
    .orderBy(asc(conflicts.fromOn), asc(conflicts.id))
    .limit(rowsToRead(filter.limit))
}

export type CapacityFilter = Paged & { readonly memberId: string | null; readonly year: number | undefined }

/** Stated capacities by year. */
export async function listCapacities(db: Db, filter: CapacityFilter) {
  const { after } = filter
  return db
    .select()
    .from(capacities)
    .where(
      and(
        isNull(capacities.supersededAt),
        after
          ? sql`(${capacities.year}, ${capacities.id}) > (extract(year from ${after.value}::date)::int, ${after.id}::uuid)`
          : undefined,
        filter.memberId === null ? undefined : eq(capacities.memberId, filter.memberId),
        filter.year === undefined ? undefined : eq(capacities.year, filter.year),
      ),
    )
    .orderBy(asc(capacities.year), asc(capacities.id))
    .limit(rowsToRead(filter.limit))
}

/** Batches by the day on which they were recorded, with when they were issued. */
export async function listAssignmentBatches(db: Db, { after, limit }: Paged) {
  return db
    .select({ batch: assignmentBatches, issue: batchIssues })
    .from(assignmentBatches)
    .leftJoin(batchIssues, eq(batchIssues.batchId, assignmentBatches.id))
    .where(after ? beyond(after) : undefined)
    .orderBy(asc(assignmentBatches.recordedOn), asc(assignmentBatches.id))
    .limit(rowsToRead(limit))
}

export const countAssignmentBatches = (db: Db) => countUpTo(db, assignmentBatches, undefined)

function beyond(after: NonNullable<Paged['after']>): SQL {
  return sql`(${assignmentBatches.recordedOn}, ${assignmentBatches.id}) > (${after.value}::date, ${after.id}::uuid)`
}
