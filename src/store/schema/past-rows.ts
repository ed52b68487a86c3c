import { sql } from 'drizzle-orm'
import { check, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/**
 * What rows said before they were changed in place (R4a): written by a trigger, by nobody else, and never changed. The
 * row itself says what is known since its `changed_at`.
 */
export const pastRows = pgTable(
  'past_rows',
  {
    ofTable: text('of_table').notNull(),
    rowId: uuid('row_id').notNull(),
    /** First instant at which it was known so, and the instant from which on it was known otherwise. */
    knownFrom: instant('known_from').notNull(),
    knownUntil: instant('known_until').notNull(),
    /** The row by its columns, as they were then. */
    was: jsonb('was').notNull().$type<Record<string, unknown>>(),
  },
  (table) => [
    primaryKey({ columns: [table.ofTable, table.rowId, table.knownUntil] }),
    check('past_rows_span', sql`${table.knownUntil} > ${table.knownFrom}`),
    index('past_rows_by_end').on(table.ofTable, table.knownUntil),
  ],
)
