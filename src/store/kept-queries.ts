import { type Column, fillPlaceholders, type SQL, sql } from 'drizzle-orm'
import { clientOf, type Db } from './database.ts'

/**
 * Selects that are asked all the time. drizzle makes the text once for each shape, that is for each set of filters; asked
 * again, only values go to the server, and its rows are read in one pass. Building and mapping by drizzle takes longer
 * than PostgreSQL does for a page of a hundred.
 */
type Filter = Readonly<Record<string, unknown>>
type Fields = Readonly<Record<string, Column | SQL>>
type Built = { toSQL(): { sql: string; params: unknown[] } }
type Kept = ReturnType<Built['toSQL']>

const shapesMax = 500

/**
 * @param fields columns and expressions by the names that the rows get. Instants become dates; everything else is as the
 *   driver gives it.
 * @param shaping the fields of a filter that `build` may decide by. Of all others it learns whether they are given; what
 *   it sees in their place is a placeholder.
 */
export function keptSelect<Row, F extends Filter>(
  fields: Fields,
  shaping: readonly (keyof F & string)[],
  build: (db: Db, filter: F) => Built,
): (db: Db, filter: F) => Promise<Row[]> {
  const shapes = new Map<string, Kept>()
  const read = rowReader(fields)
  return async (db, filter) => {
    const values = flat(filter)
    const key = shapeOf(filter, values, shaping)
    const kept = shapes.get(key) ?? build(db, placeholdersIn(filter, shaping)).toSQL()
    if (shapes.size >= shapesMax) shapes.clear()
    shapes.set(key, kept)
    const given = fillPlaceholders(kept.params, values)
    const rows = await clientOf(db)
      .unsafe(kept.sql, given as never[])
      .values()
    return rows.map(read) as Row[]
  }
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined
}

function shapeOf(filter: Filter, values: Filter, shaping: readonly string[]): string {
  const given = Object.keys(values).filter((name) => isGiven(values[name]))
  return JSON.stringify([shaping.map((name) => filter[name] ?? null), given])
}

/** `{ after: { value, id } }` becomes `{ 'after.value', 'after.id' }`. */
function flat(filter: Filter): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(filter)) {
    if (!isNested(value)) values[name] = value
    else for (const [inner, part] of Object.entries(value)) values[`${name}.${inner}`] = part
  }
  return values
}

function isNested(value: unknown): value is Filter {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function placeholdersIn<F extends Filter>(filter: F, shaping: readonly string[]): F {
  const placed = Object.entries(filter).map(([name, value]) => [
    name,
    shaping.includes(name) || !isGiven(value) ? value : isNested(value) ? partsOf(name, value) : sql.placeholder(name),
  ])
  return Object.fromEntries(placed) as F
}

function partsOf(name: string, value: Filter): Filter {
  return Object.fromEntries(Object.keys(value).map((inner) => [inner, sql.placeholder(`${name}.${inner}`)]))
}

function rowReader(fields: Fields): (row: readonly unknown[]) => unknown {
  const names = Object.keys(fields)
  const isInstant = names.map((name) => (fields[name] as Partial<Column>).columnType === 'PgTimestamp')
  return (row) => {
    const made: Record<string, unknown> = {}
    names.forEach((name, at) => {
      const value = row[at]
      made[name] = isInstant[at] && typeof value === 'string' ? instantOf(value) : value
    })
    return made
  }
}

/** `2026-11-20 02:00:00.123+00`, as PostgreSQL writes an instant in UTC: in ISO form it is read three times as fast. */
function instantOf(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
}
