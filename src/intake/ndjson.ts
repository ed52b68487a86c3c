import { openText, type TextEncoding, type TextLine, textLines } from './encoding.ts'
import {
  type BatchSource,
  batchRowsMax,
  cleanColumnName,
  plainNumber,
  type RawRow,
  type RowLimits,
  type RowProblem,
  recordCharactersMax,
} from './format.ts'

const depthMax = 8

/**
 * The rows of an NDJSON file: one JSON object a line; rowNumber is the line number, blank lines are passed over (R6).
 * Nested objects become `a.b`, lists are joined with `;`, null is ''. A number that JSON can't carry exactly (a credit
 * code sent as a number) is a problem, because its last digits are already lost.
 */
export function openNdjson(path: string, encoding: TextEncoding, limits: RowLimits): BatchSource<RawRow> {
  const text = openText(path, encoding)
  return { batches: ndjsonRows(text.chunks, limits), bytesRead: text.bytesRead, close: text.close }
}

async function* ndjsonRows(chunks: AsyncIterable<string>, limits: RowLimits): AsyncGenerator<readonly RawRow[]> {
  let rowNumber = 1
  for await (const lines of textLines(chunks, '\n', recordCharactersMax(limits))) {
    for (let from = 0; from < lines.length; from += batchRowsMax) {
      const slice = lines.slice(from, from + batchRowsMax)
      yield slice.flatMap((line, index) => readLine(line, rowNumber + from + index, limits) ?? [])
    }
    rowNumber += lines.length
  }
}

function readLine(line: TextLine, rowNumber: number, limits: RowLimits): RawRow | undefined {
  if (line === null) return unreadable(rowNumber, `the line is longer than ${recordCharactersMax(limits)} characters`)
  if (line.trim() === '') return undefined
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? flatRow(value, rowNumber, limits) : unreadable(rowNumber, 'not a JSON object')
  } catch (error) {
    if (error instanceof SyntaxError) return unreadable(rowNumber, 'not JSON')
    throw error
  }
}

function unreadable(rowNumber: number, detail: string): RawRow {
  return { rowNumber, cells: {}, problem: { code: 'row_unreadable', detail } }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Flattening = { cells: Record<string, string>; problem?: RowProblem; count: number; limits: RowLimits }

function flatRow(value: Record<string, unknown>, rowNumber: number, limits: RowLimits): RawRow {
  const flat: Flattening = { cells: {}, count: 0, limits }
  addObject(flat, value, '', 1)
  return flat.problem ? { rowNumber, cells: flat.cells, problem: flat.problem } : { rowNumber, cells: flat.cells }
}

function addObject(flat: Flattening, value: Record<string, unknown>, prefix: string, depth: number): void {
  for (const [key, member] of Object.entries(value)) {
    if (flat.count > flat.limits.columnsMax) return
    const column = prefix + cleanColumnName(key)
    if (isObject(member) && depth < depthMax) addObject(flat, member, `${column}.`, depth + 1)
    else addCell(flat, column, member)
  }
}

function addCell(flat: Flattening, column: string, value: unknown): void {
  flat.count += 1
  const misfit = misfitOf(flat, column)
  if (misfit) {
    report(flat, misfit)
    return
  }
  const text = cellText(flat, column, value)
  const { cellCharactersMax } = flat.limits
  flat.cells[column] = text.slice(0, cellCharactersMax)
  if (text.length > cellCharactersMax) {
    report(flat, { code: 'cell_too_long', column, detail: `${text.length} characters, at most ${cellCharactersMax}` })
  }
}

function misfitOf({ count, cells, limits: { columnsMax } }: Flattening, column: string): RowProblem | undefined {
  if (count > columnsMax) return { code: 'row_too_many_cells', detail: `more than ${columnsMax} cells` }
  if (column === '' || column.endsWith('.')) return { code: 'row_unreadable', detail: 'a key without a name' }
  if (Object.hasOwn(cells, column)) return { code: 'row_unreadable', column, detail: 'the key occurs twice' }
  return undefined
}

/** The first problem of a row is the one that is told. */
function report(flat: Flattening, problem: RowProblem): void {
  flat.problem ??= problem
}

function cellText(flat: Flattening, column: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((member: unknown) => scalarText(flat, column, member)).join(';')
  return scalarText(flat, column, value)
}

function scalarText(flat: Flattening, column: string, value: unknown): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'number') {
    report(flat, { code: 'cell_not_text', column, detail: 'lists in lists, or objects too deep' })
    return ''
  }
  if (Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
    report(flat, { code: 'cell_not_text', column, detail: 'a number too large to be exact; send it as text' })
  }
  return plainNumber(value)
}
