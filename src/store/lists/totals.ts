import { type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Db } from '../database.ts'

/** So many rows are counted, and no more: beyond it a total says "at least". */
export const countedMax = 100_000

export type Total = { readonly count: number; readonly isExact: boolean }

/** How many rows a list has in all, whatever the page. */
export async function countUpTo(db: Db, table: PgTable, asked: SQL | undefined): Promise<Total> {
  const [row] = await db.execute<{ count: number }>(sql`select count(*)::int as count
    from (select from ${table} where ${asked ?? sql`true`} limit ${countedMax + 1}) as asked`)
  const count = row?.count ?? 0
  return { count: Math.min(count, countedMax), isExact: count <= countedMax }
}
