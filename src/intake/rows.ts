import { open, stat } from 'node:fs/promises'
import { openCsv } from './csv.ts'
import { detectEncoding, type TextEncoding } from './encoding.ts'
import {
  type BatchSource,
  cleanColumnName,
  isZip,
  type RawRow,
  type RowFormat,
  type RowLimits,
  type RowProblem,
  type SheetRecord,
  sniffFormat,
  UnreadableFile,
} from './format.ts'
import { openNdjson } from './ndjson.ts'
import { openWorkbook } from './xlsx.ts'

export { type RawRow, type RowFormat, type RowProblem, UnreadableFile, type UnreadableFileCode } from './format.ts'

/**
 * An uploaded file as rows (R6). `columns` is the cleaned header; null for NDJSON until rows were read, then the keys
 * seen so far. `batches` holds up to 200 rows at a time and can be gone through once; leaving the loop early, or
 * `close()`, lets go of the file. `bytesRead()` of `bytesTotal` is for a progress bar.
 */
export type RowSource = {
  format: RowFormat
  encoding: TextEncoding | null
  readonly columns: readonly string[] | null
  batches: AsyncIterable<readonly RawRow[]>
  bytesTotal: number
  bytesRead(): number
  close(): Promise<void>
}

export type OpenRowsOptions = Partial<RowLimits> & { format?: RowFormat }

const limitsByDefault: RowLimits = {
  rowsMax: 2_000_000,
  columnsMax: 200,
  cellCharactersMax: 32_767,
  workbookBytesMax: 1024 ** 3,
}

/**
 * Opens a file, finds out what it is and reads it up to its header. A bad row comes with its `problem` and never stops
 * the others; `rowsMax` is told in the midst of reading, by an UnreadableFile out of `batches`, as is damage further on.
 * @throws UnreadableFile when there are no rows to speak of; system errors (no such file) as they are.
 */
export async function openRows(path: string, options: OpenRowsOptions = {}): Promise<RowSource> {
  const { format: formatAsked, ...limitsAsked } = options
  const limits = { ...limitsByDefault, ...limitsAsked }
  const bytesTotal = (await stat(path)).size
  const head = await readHead(path)
  if (bytesTotal <= headBytes && head.toString('latin1').trim() === '') {
    throw new UnreadableFile('file_empty', 'there is nothing in the file')
  }
  const format = formatAsked ?? sniffFormat(path, head)
  if (format === 'xlsx')
    return openTable(await openWorkbook(path, limits), { format, encoding: null, bytesTotal, limits })
  if (isZip(head)) throw new UnreadableFile('format_unsupported', `a zip or a workbook, not ${format}`)
  const encoding = await detectEncoding(path)
  if (format === 'ndjson')
    return openLines(openNdjson(path, encoding, limits), { format, encoding, bytesTotal, limits })
  return openTable(await openCsv(path, encoding, limits), { format, encoding, bytesTotal, limits })
}

const headBytes = 4096

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

type Opening = { format: RowFormat; encoding: TextEncoding | null; bytesTotal: number; limits: RowLimits }

function openLines(source: BatchSource<RawRow>, { limits, ...opening }: Opening): RowSource {
  const columns = new Set<string>()
  const seen = (rows: readonly RawRow[]) => {
    for (const row of rows) {
      for (const column of Object.keys(row.cells)) if (columns.size < limits.columnsMax) columns.add(column)
    }
    return rows
  }
  const { batches, bytesRead, close } = countedSource(source, seen, opening.bytesTotal, limits)
  return {
    ...opening,
    get columns() {
      return columns.size === 0 ? null : [...columns]
    },
    batches,
    bytesRead,
    close,
  }
}

async function openTable(source: BatchSource<SheetRecord>, { limits, ...opening }: Opening): Promise<RowSource> {
  try {
    const { header, pending } = await findHeader(source.batches, limits)
    const shortRowsAllowed = opening.format === 'xlsx'
    const named = (records: readonly SheetRecord[]) =>
      records.filter(isWritten).map((record) => nameCells(record, header, shortRowsAllowed, limits))
    const batches = withFirst(pending, source.batches)
    const columns = header.filter((name) => name !== '')
    return { ...opening, columns, ...countedSource({ ...source, batches }, named, opening.bytesTotal, limits) }
  } catch (error) {
    await source.close()
    throw error
  }
}

async function* withFirst<Row>(first: readonly Row[], rest: AsyncIterable<readonly Row[]>) {
  yield first
  yield* rest
}

type CountedSource = Pick<RowSource, 'batches' | 'bytesRead' | 'close'>

/** Turns records into rows, stops at `rowsMax`, and tells the whole size once all was read. */
function countedSource<Row>(
  source: BatchSource<Row>,
  toRows: (batch: readonly Row[]) => readonly RawRow[],
  bytesTotal: number,
  { rowsMax }: RowLimits,
): CountedSource {
  let finished = false
  async function* counted(): AsyncGenerator<readonly RawRow[]> {
    let rowsSeen = 0
    try {
      for await (const batch of source.batches) {
        const rows = toRows(batch)
        rowsSeen += rows.length
        if (rowsSeen > rowsMax) throw new UnreadableFile('rows_too_many', `more than ${rowsMax} rows`)
        if (rows.length > 0) yield rows
      }
      finished = true
    } finally {
      await source.close()
    }
  }
  return {
    batches: counted(),
    bytesRead: () => (finished ? bytesTotal : Math.min(source.bytesRead(), bytesTotal)),
    close: source.close,
  }
}

/** A row of empty cells has nothing to say; sheets often end with hundreds of them. */
function isWritten(record: SheetRecord): boolean {
  return record.problem !== undefined || record.cells.some(isFilled)
}

function isFilled(cell: string): boolean {
  return cell.trim() !== ''
}

const headerSearchRows = 10

/**
 * The header is the first of the first ten written rows with two cells or more: a title across the table (one merged
 * cell) is passed over. Where there is none, the table has one column and the header is its first row.
 * `pending` are the records after the header that were read on the way.
 */
async function findHeader(batches: AsyncGenerator<readonly SheetRecord[]>, limits: RowLimits) {
  const seen: SheetRecord[] = []
  let found = -1
  let ended = false
  while (found === -1 && !ended && seen.length < headerSearchRows) {
    const next = await batches.next()
    ended = next.done === true
    seen.push(...(next.done ? [] : next.value.filter(isWritten)))
    found = seen.slice(0, headerSearchRows).findIndex((record) => record.cells.filter(isFilled).length >= 2)
  }
  const headerAt = Math.max(0, found)
  return { header: columnNames(seen.slice(0, headerAt + 1), limits), pending: seen.slice(headerAt + 1) }
}

/** Names by position; '' where the header is empty. @throws UnreadableFile header_missing, column_duplicated, … */
function columnNames(records: readonly SheetRecord[], limits: RowLimits): readonly string[] {
  const header = records.at(-1)
  if (header?.problem?.code === 'row_too_many_cells') {
    throw new UnreadableFile('columns_too_many', `more than ${limits.columnsMax} columns`)
  }
  const broken = records.find((record) => record.problem)
  if (broken) throw new UnreadableFile('header_missing', `row ${broken.rowNumber}: ${broken.problem?.detail}`)
  const names = (header?.cells ?? []).map(cleanColumnName)
  while (names.at(-1) === '') names.pop()
  if (names.length === 0) throw new UnreadableFile('header_missing', 'there is no row with column names')
  if (names.length > limits.columnsMax) {
    throw new UnreadableFile('columns_too_many', `${names.length} columns, at most ${limits.columnsMax}`)
  }
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index)
  if (twice !== undefined) throw new UnreadableFile('column_duplicated', `two columns are called ${twice}`)
  return names
}

/** A sheet leaves out the empty cells at a row's end; in a CSV record, missing cells mean that it is broken. */
function nameCells(
  record: SheetRecord,
  header: readonly string[],
  shortRowsAllowed: boolean,
  limits: RowLimits,
): RawRow {
  const cells: Record<string, string> = {}
  const { rowNumber } = record
  if (record.problem && record.cells.length === 0) return { rowNumber, cells, problem: record.problem }
  for (const [index, name] of header.entries()) {
    if (name !== '') cells[name] = (record.cells[index] ?? '').slice(0, limits.cellCharactersMax)
  }
  const problem = namedProblem(record, header) ?? findProblem(record, header, shortRowsAllowed, limits)
  return problem ? { rowNumber, cells, problem } : { rowNumber, cells }
}

function namedProblem({ problem }: SheetRecord, header: readonly string[]): RowProblem | undefined {
  if (!problem) return undefined
  const { code, detail } = problem
  const column = problem.columnIndex === undefined ? '' : (header[problem.columnIndex] ?? '')
  return column === '' ? { code, detail } : { code, column, detail }
}

function findProblem(
  { cells }: SheetRecord,
  header: readonly string[],
  shortRowsAllowed: boolean,
  { cellCharactersMax }: RowLimits,
): RowProblem | undefined {
  const stray = cells.findIndex((cell, index) => !header[index] && isFilled(cell))
  if (stray !== -1) return { code: 'row_too_many_cells', detail: `cell ${stray + 1} has no column name above it` }
  if (cells.length < header.length && !shortRowsAllowed) {
    return { code: 'row_unreadable', detail: `${cells.length} cells, but ${header.length} columns` }
  }
  const long = cells.findIndex((cell) => cell.length > cellCharactersMax)
  if (long === -1) return undefined
  const detail = `${cells[long]?.length} characters, at most ${cellCharactersMax}`
  return { code: 'cell_too_long', column: header[long] ?? '', detail }
}
