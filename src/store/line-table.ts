import { type SQL, sql } from 'drizzle-orm'

/**
 * Rows as a table of the statement: one parameter, however many rows. The parameter is a text of lines, which costs
 * PostgreSQL half of what JSON does, and node a third; it is as quick as COPY, and fails as any other statement does,
 * where COPY of this driver would wait for ever on a row that is refused (porsager/postgres#1173).
 */

/** Stand between rows, between cells and for null. No cell of a file has them: control characters are refused (R6). */
const rowEnd = '\u001e'
const cellEnd = '\u001f'
const nothing = '\u001d'
const marks = new RegExp(`[${nothing}${rowEnd}${cellEnd}]`)

/** Columns as in the definition of a table, by name: `{ id: 'uuid', validFrom: 'date' }`. */
export type ColumnTypes = Readonly<Record<string, string>>

/** Texts of one row, in the order of the columns. @throws Error where one of the marks is in a text */
export function lineOf(texts: readonly (string | null)[]): string {
  if (marks.test(texts.join(''))) throw new Error('a control character in a text that was to be stored')
  return texts.map((text) => text ?? nothing).join(cellEnd)
}

/** The texts of a line, in the order of the columns. */
export function textsIn(line: string): (string | null)[] {
  return line.split(cellEnd).map((text) => (text === nothing ? null : text))
}

/** Lines put together as they are sent. */
export function joined(lines: readonly string[]): string {
  return lines.join(rowEnd)
}

/** The objects as lines put together, to be told apart by {@link lineTable} with the same columns. */
export function linesFrom<Columns extends ColumnTypes>(
  rows: readonly { readonly [Column in keyof Columns]: unknown }[],
  columns: Columns,
): string {
  const names = Object.keys(columns)
  return joined(rows.map((row) => lineOf(names.map((name) => textOf(row[name])))))
}

/** What is no text or number becomes JSON. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The lines, put together, as a table with these columns, to be selected from. A single column must hold no empty text: it would be no line. */
export function lineTable(lines: string, columns: ColumnTypes, name = 't'): SQL {
  const picked = Object.entries(columns).map(([name, type], index) => `cells[${index + 1}]::${type} as "${name}"`)
  // `offset 0` keeps the planner from cutting a line anew for each of its columns.
  return sql`(
    select ${sql.raw(picked.join(', '))}
    from (select string_to_array(line, ${cellEnd}, ${nothing}) as cells
          from unnest(string_to_array(${lines}, ${rowEnd})) as line offset 0) as cut) as ${sql.identifier(name)}`
}

/** The objects as such a table. */
export function table<Columns extends ColumnTypes>(
  rows: readonly { readonly [Column in keyof Columns]: unknown }[],
  columns: Columns,
  name = 't',
): SQL {
  return lineTable(linesFrom(rows, columns), columns, name)
}
