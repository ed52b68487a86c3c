import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { clientOf, type Db } from './database.ts'

/** New rows of one table, all with the same fields. */
export type NewRows = { readonly into: PgTable; readonly rows: readonly Row[] }

type Row = Readonly<Record<string, unknown>>

export function newRows<Table extends PgTable>(into: Table, ...rows: readonly Table['$inferInsert'][]): NewRows {
  return { into, rows }
}

/**
 * Rows of several tables as one statement: one round trip instead of one each, and a parameter of JSON for each table, so
 * that the text is made once however many rows there are. Foreign keys are judged at its end, so rows may point at one
 * another in any order. A field that the rows do not have takes its default.
 */
export async function insertTogether(tx: Db, ...all: readonly NewRows[]): Promise<void> {
  const parts = all.filter(({ rows }) => rows.length > 0)
  if (parts.length === 0) return
  const values = parts.map(({ rows }) => JSON.stringify(rows))
  await clientOf(tx).unsafe(textFor(parts.map(({ into, rows }) => ({ into, names: namesIn(rows) }))), values)
}

type Part = { readonly into: PgTable; readonly names: readonly string[] }

const texts = new Map<string, string>()

function textFor(parts: readonly Part[]): string {
  const key = parts.map(({ into, names }) => `${getTableName(into)} ${names.join()}`).join(';')
  const text = texts.get(key) ?? `with ${parts.map(insertOf).join(', ')} select`
  texts.set(key, text)
  return text
}

/** @throws Error where one row has other fields than the others */
function namesIn(rows: readonly Row[]): readonly string[] {
  const names = Object.keys(rows[0] ?? {})
  if (rows.some((row) => Object.keys(row).length !== names.length || names.some((name) => !(name in row))))
    throw new Error('rows that are inserted together have the same fields')
  return names
}

function insertOf({ into, names }: Part, index: number): string {
  const known: Readonly<Record<string, PgColumn>> = getTableColumns(into)
  const columns = names.map((name) => {
    const column = known[name]
    if (!column) throw new Error(`${getTableName(into)} has no ${name}`)
    return { read: `"${name}"`, type: column.getSQLType(), written: `"${column.name}"` }
  })
  const list = (pick: (column: (typeof columns)[number]) => string) => columns.map(pick).join(', ')
  return `part_${index} as (insert into "${getTableName(into)}" (${list(({ written }) => written)})
    select ${list(({ read }) => read)} from json_to_recordset($${index + 1}::json)
    as row(${list(({ read, type }) => `${read} ${type}`)}))`
}
