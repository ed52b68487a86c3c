import { fillPlaceholders, type SQL, sql } from 'drizzle-orm'
import { type PgColumn, PgDialect } from 'drizzle-orm/pg-core'
import { clientOf, type Db } from './database.ts'
import { rowAsJson } from './json-text.ts'
import { extendedProtocol } from './prepared-statements.ts'

/**
 * Selects that are asked all the time. drizzle makes the text once for each shape, that is for each set of filters; asked
 * again, only values go to the server, and its rows are read in one pass. Building and mapping by drizzle takes longer
 * than PostgreSQL does for a page of a hundred.
 */
type Filter = Readonly<Record<string, unknown>>
export type Fields = Readonly<Record<string, PgColumn | SQL>>
type Built = { toSQL(): { sql: string; params: unknown[] } }
type Kept = ReturnType<Built['toSQL']>

const shapesMax = 500

type Build<F> = (db: Db, filter: F, fields: Fields) => Built
/** Columns that are written out together, each by the name that it gets. */
export type WrittenColumns<Column extends string> = Readonly<Record<string, Column>>

/** A row that PostgreSQL wrote as JSON, an object for each run of columns, with the facts that more is derived from. */
export type WrittenRow<Facts> = { readonly runs: readonly Buffer[]; readonly facts: Facts }

/**
 * @param fields columns and expressions by the names that the rows get. Instants become dates; everything else is as the
 *   driver gives it.
 * @param shaping the fields of a filter that `build` may decide by. Of all others it learns whether they are given; what
 *   it sees in their place is a placeholder.
 */
export function keptSelect<Row, F extends Filter>(
  fields: Fields,
  shaping: readonly (keyof F & string)[],
  build: Build<F>,
): (db: Db, filter: F) => Promise<Row[]> {
  const statementFor = keptStatements(fields, shaping, build)
  const read = rowReader(fields, readValueOf)
  return async (db, filter) => {
    const { text, values } = statementFor(db, filter)
    const rows = await clientOf(db).unsafe(text, values).values()
    return rows.map(read) as Row[]
  }
}

/** The same, with each run of columns as JSON and only the facts as values: days and words, whole numbers, JSON. */
export function keptJsonSelect<Facts, F extends Filter>(
  runs: readonly Readonly<Record<string, PgColumn>>[],
  facts: Fields,
  shaping: readonly (keyof F & string)[],
  build: Build<F>,
): (db: Db, filter: F) => Promise<WrittenRow<Facts>[]> {
  const written = Object.fromEntries(runs.map((columns, at) => [`run ${at}`, rowAsJson(columns)]))
  const statementFor = keptStatements({ ...written, ...facts }, shaping, build)
  const read = rowReader(facts, readBytes)
  return async (db, filter) => {
    const { text, values } = statementFor(db, filter)
    const rows = (await clientOf(db).unsafe(text, values).raw()) as (Buffer | null)[][]
    return rows.map((row) => ({
      runs: row.slice(0, runs.length) as Buffer[],
      facts: read(row.slice(runs.length)) as Facts,
    }))
  }
}

/** The columns of each run. */
export function columnsOfRuns<Column extends string>(
  columns: Readonly<Record<Column, PgColumn>>,
  runs: readonly WrittenColumns<Column>[],
): Record<string, PgColumn>[] {
  return runs.map((run) => Object.fromEntries(Object.entries<Column>(run).map(([as, name]) => [as, columns[name]])))
}

/** Rows of a statement written by hand, with placeholders for its values: as the driver gives them. */
export function keptRows<Row>(query: SQL): (db: Db, values?: Filter) => Promise<readonly Row[]> {
  const { sql: text, params } = new PgDialect().sqlToQuery(query)
  return async (db, values = {}) => {
    const given = fillPlaceholders(params, { ...values }) as never[]
    return clientOf(db).unsafe(text, given, extendedProtocol) as unknown as Promise<Row[]>
  }
}

function keptStatements<F extends Filter>(fields: Fields, shaping: readonly (keyof F & string)[], build: Build<F>) {
  const shapes = new Map<string, Kept>()
  return (db: Db, filter: F) => {
    const values = flat(filter)
    const key = shapeOf(filter, values, shaping)
    const kept = shapes.get(key) ?? build(db, placeholdersIn(filter, shaping), fields).toSQL()
    if (shapes.size >= shapesMax) shapes.clear()
    shapes.set(key, kept)
    return { text: kept.sql, values: fillPlaceholders(kept.params, values) as never[] }
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

type ReadValue = (value: never, field: Fields[string] | undefined) => unknown

function rowReader(fields: Fields, readValue: ReadValue): (row: readonly unknown[]) => unknown {
  const names = Object.keys(fields)
  // Every row begins as a copy of one that has all names: an object that gets them one by one becomes a slow one.
  const blank = Object.fromEntries(names.map((name) => [name, undefined]))
  return (row) => {
    const made: Record<string, unknown> = { ...blank }
    names.forEach((name, at) => {
      made[name] = readValue(row[at] as never, fields[name])
    })
    return made
  }
}

function readValueOf(value: unknown, field: Fields[string] | undefined): unknown {
  const isInstant = (field as Partial<PgColumn>).columnType === 'PgTimestamp'
  return isInstant && typeof value === 'string' ? instantOf(value) : value
}

function readBytes(value: Buffer | null, field: Fields[string] | undefined): unknown {
  if (value === null || field === undefined) return null
  const { columnType } = field as Partial<PgColumn>
  if (columnType === undefined) return value
  return columnType === 'PgInteger' ? Number(value.toString('latin1')) : value.toString('utf8')
}

/** `2026-11-20 02:00:00.123+00`, as PostgreSQL writes an instant in UTC: in ISO form it is read three times as fast. */
function instantOf(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
}
