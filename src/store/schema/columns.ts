import { type SQL, sql } from 'drizzle-orm'
import { type AnyPgColumn, check, customType, date, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { PlainDate } from '../../domain/plain-date.ts'

/** Columns that mean the same in every table. Days end in `_on` and are dates; instants end in `_at` (R4a). */
export const id = () => uuid('id').primaryKey()
export const day = (name: string) => date(name, { mode: 'string' }).$type<PlainDate>()
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
export const recordedAt = () => instant('recorded_at').notNull()
/**
 * When the row came to say what it says; null while it says what was recorded first. Whoever changes the row in place
 * sets it, and a trigger keeps what the row said until then in `past_rows` (R4a).
 */
export const changedAt = () => instant('changed_at')
/** Bytes as they are. */
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })
/** The actor's id, as text: an account, a client or `system`. */
export const recordedBy = 'recorded_by'

/** A check that keeps a text column inside a closed list of the domain. */
export function oneOf(name: string, column: AnyPgColumn, values: readonly string[]) {
  return check(name, sql`${column} in (${quoted(values)})`)
}

function quoted(values: readonly string[]): SQL {
  return sql.raw(values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', '))
}
