import { batchRowsMax, plainNumber, type RowLimits, type SheetRecord } from './format.ts'
import { partText, type WorkbookPackage } from './xlsx-package.ts'
import { decodeControls } from './xlsx-strings.ts'
import { type DateKind, dateText } from './xlsx-styles.ts'
import { type Attributes, type XmlVisitor, xmlReader } from './xlsx-xml.ts'

/** What the cells of every sheet refer to. */
export type CellContext = {
  strings: readonly string[]
  dateStyles: readonly (DateKind | undefined)[]
  epoch1904: boolean
}

const batchCharacters = 256 * 1024

export async function* sheetRecords(
  book: WorkbookPackage,
  part: string,
  context: CellContext,
  limits: RowLimits,
): AsyncGenerator<readonly SheetRecord[]> {
  const sheet = new SheetVisitor(context, limits)
  const xml = xmlReader(sheet)
  let characters = 0
  for await (const text of partText(book, part, book.bytesMax)) {
    xml.write(text)
    characters += text.length
    if (characters < batchCharacters) continue
    yield* sheet.takeBatches()
    characters = 0
  }
  xml.close()
  yield* sheet.takeBatches()
}

type OpenRow = SheetRecord & { cells: string[] }
type OpenCell = { columnIndex: number; type: string; style: number; value: string }
type CellText = { text: string; problem?: string }

/** Controls on a sheet know rows, too: only those inside `sheetData` count. */
class SheetVisitor implements XmlVisitor {
  private readonly context: CellContext
  private readonly columnsMax: number
  private records: SheetRecord[] = []
  private inData = false
  private rowNumber = 0
  private row: OpenRow | undefined
  private cell: OpenCell | undefined

  constructor(context: CellContext, { columnsMax }: RowLimits) {
    this.context = context
    this.columnsMax = columnsMax
  }

  *takeBatches(): Generator<readonly SheetRecord[]> {
    const records = this.records
    this.records = []
    for (let from = 0; from < records.length; from += batchRowsMax) yield records.slice(from, from + batchRowsMax)
  }

  open(tag: string, attributes: Attributes): void {
    if (tag === 'sheetData') this.inData = true
    else if (tag === 'row' && this.inData) this.openRow(attributes)
    else if (tag === 'c' && this.row) this.cell = openCell(attributes, this.row.cells.length)
  }

  close(tag: string, text: string): void {
    if (tag === 'sheetData') this.inData = false
    else if (tag === 'row' && this.row) this.closeRow(this.row)
    else if (tag === 'c' && this.row && this.cell) this.closeCell(this.row, this.cell)
    else if (this.cell && tag === (this.cell.type === 'inlineStr' ? 't' : 'v')) this.cell.value += text
  }

  private openRow({ r }: Attributes): void {
    this.rowNumber = Number(r ?? this.rowNumber + 1)
    this.row = { rowNumber: this.rowNumber, cells: [] }
  }

  private closeRow(row: OpenRow): void {
    this.row = undefined
    if (row.cells.length > 0 || row.problem) this.records.push(row)
  }

  private closeCell(row: OpenRow, cell: OpenCell): void {
    this.cell = undefined
    const { text, problem } = cellText(cell, this.context)
    const { columnIndex } = cell
    if (columnIndex >= this.columnsMax) {
      if (text !== '') row.problem ??= { code: 'row_too_many_cells', detail: `more than ${this.columnsMax} cells` }
      return
    }
    while (row.cells.length < columnIndex) row.cells.push('')
    row.cells[columnIndex] = text
    if (problem) row.problem ??= { code: 'cell_not_text', columnIndex, detail: problem }
  }
}

/** A cell that doesn't say where it is follows the one before. */
function openCell({ r, s = '0', t = 'n' }: Attributes, nextColumnIndex: number): OpenCell {
  return { columnIndex: columnIndexOf(r) ?? nextColumnIndex, type: t, style: Number(s), value: '' }
}

/** 'C7' → 2. */
function columnIndexOf(reference: string | undefined): number | undefined {
  let column = 0
  for (const character of reference ?? '') {
    const letter = character.charCodeAt(0) - 64
    if (letter < 1 || letter > 26) break
    column = column * 26 + letter
  }
  return column === 0 ? undefined : column - 1
}

/** A formula counts as its last result, which is stored like any other value. */
function cellText({ type, style, value }: OpenCell, { strings, dateStyles, epoch1904 }: CellContext): CellText {
  if (value === '') return { text: '' }
  switch (type) {
    case 's':
      return sharedString(strings[Number(value)])
    case 'str':
    case 'inlineStr':
      return { text: decodeControls(value) }
    case 'b':
      return { text: value.trim() === '0' ? 'false' : 'true' }
    case 'e':
      return { text: value, problem: `the cell shows the error ${value}` }
    case 'd':
      return { text: value.replace(/T00:00:00(?:\.0+)?Z?$/, '') }
    default:
      return numberText(value, dateStyles[style], epoch1904)
  }
}

function sharedString(text: string | undefined): CellText {
  return text === undefined ? { text: '', problem: 'the text of the cell is missing' } : { text }
}

/** Excel keeps 15 digits: a longer number has lost its end, a shorter one has noise after them. */
const digitsMax = 15

function numberText(raw: string, kind: DateKind | undefined, epoch1904: boolean): CellText {
  const value = Number(raw)
  if (!Number.isFinite(value)) return { text: raw, problem: 'not a number' }
  const date = kind && dateText(value, kind, epoch1904)
  if (date) return { text: date }
  if (Math.abs(value) < 10 ** digitsMax) return { text: plainNumber(Number(value.toPrecision(digitsMax))) }
  const problem = `a number of more than ${digitsMax} digits, of which Excel keeps only ${digitsMax}; make it text`
  return { text: plainNumber(value), problem }
}
