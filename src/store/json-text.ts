import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'

/**
 * A row as JSON, written by PostgreSQL as the service would write it: days as they are, instants in UTC to the
 * millisecond. The service hands the bytes on unread.
 */
export function rowAsJson(columns: Readonly<Record<string, PgColumn>>): SQL<Buffer> {
  const named = Object.entries(columns).map(([name, column]) => sql`${textOf(column)} as ${sql.identifier(name)}`)
  return sql`(select row_to_json(written) from (select ${sql.join(named, sql`, `)}) as written)`
}

function textOf(column: PgColumn): SQL {
  if (column.columnType !== 'PgTimestamp') return sql`${column}`
  return sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}
