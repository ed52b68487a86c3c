import { getTableName, type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { pastRows } from './schema/past-rows.ts'

/** A table whose rows are changed in place while a trigger keeps what they said before. */
type TableWithPast = PgTable & { readonly recordedAt: PgColumn; readonly changedAt: PgColumn }

/** What a change of such a row says, and since when it is known: the instant of whoever changes it. */
export type Change<Row> = Partial<Row> & { readonly changedAt: Date }

/**
 * The rows of a table as they were known at an instant (R4a), to stand where the table stands in `from`. What is left
 * out of the past of a table (the content of certificates, which their versions keep) is null in rows that are past.
 */
export function asKnownAt(table: TableWithPast, at: Date): SQL {
  const name = getTableName(table)
  const instant = sql`${at.toISOString()}::timestamptz`
  return sql`(
    select ${table}.* from ${table} where coalesce(${table.changedAt}, ${table.recordedAt}) <= ${instant}
    union all
    select past.* from ${pastRows}, jsonb_populate_record(null::${table}, ${pastRows.was}) past
    where ${pastRows.ofTable} = ${name} and ${pastRows.knownFrom} <= ${instant} and ${pastRows.knownUntil} > ${instant})`
}

/** One row of such a table as it was known at an instant, to be joined laterally: for ids that are few, or read in pages. */
export function rowAsKnownAt(table: TableWithPast, id: SQL, at: Date): SQL {
  const name = getTableName(table)
  const instant = sql`${at.toISOString()}::timestamptz`
  return sql`(
    select ${table}.* from ${table} where ${table}.id = ${id} and coalesce(${table.changedAt}, ${table.recordedAt}) <= ${instant}
    union all
    select past.* from ${pastRows}, jsonb_populate_record(null::${table}, ${pastRows.was}) past
    where ${pastRows.ofTable} = ${name} and ${pastRows.rowId} = ${id}
      and ${pastRows.knownFrom} <= ${instant} and ${pastRows.knownUntil} > ${instant})`
}

/**
 * A transaction that is still under way may carry an earlier instant than one that has ended: what is frozen is what was
 * known so long ago, when all of them are over (the longest statement ends after two minutes).
 */
const settledMs = 150_000

/** The latest instant of which nothing more will become known. */
export function settledBefore(now: Date): Date {
  return new Date(now.getTime() - settledMs)
}
