import { and, asc, eq, gte, isNull, lte, type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Db } from '../database.ts'
import { results } from '../schema/results.ts'
import type { Paged } from './paging.ts'
import { countUpTo } from './totals.ts'

export type ResultFilter = Paged & {
  readonly memberId: string | null
  readonly enterpriseId: string | undefined
  readonly memberReference: string | undefined
  readonly approval: 'pending' | undefined
  readonly decidedFrom: PlainDate | undefined
  readonly decidedUntil: PlainDate | undefined
}

/** Current revisions, by decision day. */
export async function listResults(db: Db, filter: ResultFilter) {
  return db
    .select()
    .from(results)
    .where(isAskedResult(filter))
    .orderBy(asc(results.decidedOn), asc(results.id))
    .limit(filter.limit + 1)
}

function isAskedResult(filter: ResultFilter): SQL | undefined {
  return and(
    isNull(results.supersededAt),
    filter.after
      ? sql`(${results.decidedOn}, ${results.id}) > (${filter.after.value}::date, ${filter.after.id}::uuid)`
      : undefined,
    filter.memberId === null ? undefined : eq(results.memberId, filter.memberId),
    filter.enterpriseId ? eq(results.enterpriseId, filter.enterpriseId) : undefined,
    filter.memberReference ? eq(results.memberReference, filter.memberReference) : undefined,
    filter.approval ? eq(results.approval, filter.approval) : undefined,
    filter.decidedFrom && gte(results.decidedOn, filter.decidedFrom),
    filter.decidedUntil && lte(results.decidedOn, filter.decidedUntil),
  )
}

export const countResults = (db: Db, filter: ResultFilter) =>
  countUpTo(db, results, isAskedResult({ ...filter, after: null }))
