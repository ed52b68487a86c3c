import { extname } from 'node:path'

/**
 * The shapes that every reader of this room shares, and the guess what kind of file was uploaded (R6).
 */
export type RowFormat = 'csv' | 'xlsx' | 'ndjson'

export type RowProblem = {
  code: 'row_unreadable' | 'row_too_many_cells' | 'cell_too_long' | 'cell_not_text'
  column?: string
  detail: string
}

/**
 * One row as it was sent: decoded, not cleaned. `rowNumber` is what a person sees in the margin: records of a CSV
 * (a record with line breaks inside quotes is one; a blank line is one), rows of a sheet, lines of NDJSON.
 * A row with a `problem` still shows the cells that could be read.
 */
export type RawRow = { rowNumber: number; cells: Record<string, string>; problem?: RowProblem }

/** A record before the header gave its cells names; `columnIndex` counts from 0. */
export type SheetRecord = {
  rowNumber: number
  cells: readonly string[]
  problem?: { code: RowProblem['code']; columnIndex?: number; detail: string }
}

/** What the readers hand to rows.ts: up to `batchRowsMax` rows at a time, often fewer; read once. */
export type BatchSource<Row> = {
  batches: AsyncGenerator<readonly Row[]>
  bytesRead: () => number
  close: () => Promise<void>
}

/** Few, so that whoever else waits for this process need not wait while they are cut apart. */
export const batchRowsMax = 200

/**
 * `cellCharactersMax` is Excel's own limit by default; a whole record may have 32 times as much.
 * `workbookBytesMax` is what the opened parts of a workbook may unpack to; its shared strings, which must be held in
 * memory, may take a quarter of it.
 */
export type RowLimits = {
  rowsMax: number
  columnsMax: number
  cellCharactersMax: number
  workbookBytesMax: number
}

export function recordCharactersMax(limits: RowLimits): number {
  return limits.cellCharactersMax * 32
}

export type UnreadableFileCode =
  | 'file_empty'
  | 'format_unsupported'
  | 'encoding_unsupported'
  | 'encoding_unknown'
  | 'not_a_workbook'
  | 'workbook_damaged'
  | 'workbook_encrypted'
  | 'workbook_too_large'
  | 'header_missing'
  | 'column_duplicated'
  | 'columns_too_many'
  | 'rows_too_many'

/** The file as a whole can't be read, so there are no rows to report on (R6). `detail` is for the person who sent it. */
export class UnreadableFile extends Error {
  readonly code: UnreadableFileCode
  readonly detail: string

  constructor(code: UnreadableFileCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, { cause })
    this.name = 'UnreadableFile'
    this.code = code
    this.detail = detail
  }
}

const invisible = /[\p{Cc}\p{Cf}\p{Cs}]/gu

/**
 * The name of a column: full-width forms folded, invisible characters, halves of pairs and line breaks dropped, trimmed.
 * `__proto__` names nothing: assigned to a plain object it would vanish without a trace.
 */
export function cleanColumnName(text: string): string {
  const name = text.normalize('NFKC').replace(invisible, '').replace(/\s+/g, ' ').trim()
  return name === '__proto__' ? '' : name
}

/** A number as a person would type it: 0.0000001, not 1e-7. */
export function plainNumber(value: number): string {
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value))
  if (!parts) return String(value)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts
  const digits = whole + fraction
  const pointAt = 1 + Number(exponent)
  if (pointAt <= 0) return `${sign}0.${'0'.repeat(-pointAt)}${digits}`
  return sign + digits.padEnd(pointAt, '0')
}

const zipMagics = ['504b0304', '504b0506']
const oldOfficeMagic = 'd0cf11e0'

export function isZip(head: Buffer): boolean {
  return zipMagics.includes(head.subarray(0, 4).toString('hex'))
}

/**
 * What the first bytes say; where they say nothing, what the file's name says; else CSV.
 * @throws UnreadableFile format_unsupported (old or encrypted Office file, PDF, HTML, a JSON array), not_a_workbook.
 */
export function sniffFormat(path: string, head: Buffer): RowFormat {
  if (isZip(head)) return 'xlsx'
  refuseKnownStrangers(head)
  const extension = extname(path).toLowerCase()
  if (extension === '.xlsx') throw new UnreadableFile('not_a_workbook', 'named .xlsx, but no workbook inside')
  const first = firstVisible(head)
  const namedJson = ['.ndjson', '.jsonl', '.json'].includes(extension)
  if (extension === '.json' && first === '[') {
    throw new UnreadableFile('format_unsupported', 'a JSON array; send one JSON object per line (NDJSON)')
  }
  return first === '{' || namedJson ? 'ndjson' : 'csv'
}

function refuseKnownStrangers(head: Buffer): void {
  if (head.subarray(0, 4).toString('hex') === oldOfficeMagic) {
    throw new UnreadableFile('format_unsupported', 'an old .xls or a workbook with a password; save it as plain .xlsx')
  }
  if (head.subarray(0, 4).toString('latin1') === '%PDF') throw new UnreadableFile('format_unsupported', 'a PDF')
  if (firstVisible(head) === '<') throw new UnreadableFile('format_unsupported', 'HTML or XML')
}

/** Latin-1 is enough: UTF-8 and GB18030 keep ASCII as it is, and the bytes of a UTF-8 mark are skipped. */
function firstVisible(head: Buffer): string {
  return head
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .charAt(0)
}
