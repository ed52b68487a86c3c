import { type SQL, sql } from 'drizzle-orm'
import type { enterprises } from '../schema/enterprises.ts'
import type { members } from '../schema/members.ts'

/**
 * The lists: keyset pages in a stable order, one more row than asked for to tell whether there is a next page. A state
 * in a filter is the same derivation as in the domain, in SQL; a test holds the two against each other.
 */
type After = { readonly value: string; readonly id: string } | null
export type Paged = { readonly after: After; readonly limit: number }

/**
 * One row more than asked for, in few steps: it stands in the text, so that the plan is made for a page and not for an
 * unknown part of the table, and yet there is not a text for each page size.
 */
export function rowsToRead(limit: number): number {
  return [11, 51, 101, 201, 501].find((rows) => rows > limit) ?? limit + 1
}

/** drizzle would make a parameter of it. */
export function literal(rows: number): number {
  return sql.raw(String(rows)) as unknown as number
}

export function startsWith(column: typeof members.name | typeof enterprises.name, text: string): SQL {
  // The bounds are what an index by bytes can use when the plan is made for a text not known.
  return sql`(starts_with(${column}, ${text}) and ${column} ~>=~ ${text} and ${column} ~<~ (${text} || chr(1114111)))`
}
