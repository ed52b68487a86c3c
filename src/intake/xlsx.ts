import { createReadStream, type ReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { posix } from 'node:path'
import { crc32, createInflateRaw } from 'node:zlib'
import {
  type BatchSource,
  batchRowsMax,
  isZip,
  plainNumber,
  type RowLimits,
  type SheetRecord,
  UnreadableFile,
} from './format.ts'

/**
 * Reads the rows of a workbook's first visible sheet that has any (R6), in the order in which they are needed: sheet
 * list, styles (which numbers are dates), shared strings, then the sheet, as a stream. Memory grows with the
 * workbook's different texts (the sheet refers to them by number, so all must be held), never with its rows.
 *
 * The zip and the XML are read here, and not by exceljs 4.4, whose stream reader breaks Chinese characters that fall
 * between two pieces (its issues 2063 and 2084), knows no Chinese date formats and takes a pinyin guide for the text.
 */
export async function openWorkbook(path: string, limits: RowLimits): Promise<BatchSource<SheetRecord>> {
  const zip = await openZip(path, limits)
  const book = await readBook(zip)
  const batches = sheetRecords(zip, book, limits)
  const close = async () => {
    await batches.return(undefined)
  }
  return { batches, bytesRead: () => zip.bytesRead, close }
}

// ---- The zip: its directory, and parts as text ----

type ZipEntry = {
  method: number
  encrypted: boolean
  checksum: number
  compressedBytes: number
  bytes: number
  headerAt: number
}

/** `unpackedBytes` counts what was really unpacked: a zip bomb may lie about its sizes. */
type Zip = { path: string; entries: Map<string, ZipEntry>; bytesMax: number; unpackedBytes: number; bytesRead: number }

const directoryBytesMax = 16 * 1024 * 1024
const endRecordBytes = 22
const commentBytesMax = 65_535
const chunkBytes = 256 * 1024

async function openZip(path: string, limits: RowLimits): Promise<Zip> {
  const file = await open(path)
  try {
    const entries = readEntries(await readDirectory(file))
    return { path, entries, bytesMax: limits.workbookBytesMax, unpackedBytes: 0, bytesRead: 0 }
  } catch (error) {
    throw error instanceof RangeError ? damaged('the list of parts is cut off', error) : error
  } finally {
    await file.close()
  }
}

async function readDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat()
  if (!isZip(await readAt(file, 0, Math.min(4, size)))) throw new UnreadableFile('not_a_workbook', 'not an .xlsx file')
  const tailBytes = Math.min(size, endRecordBytes + commentBytesMax)
  const tail = await readAt(file, size - tailBytes, tailBytes)
  const endAt = tail.lastIndexOf('504b0506', undefined, 'hex')
  if (endAt === -1) throw damaged('its end is missing')
  const directoryBytes = tail.readUInt32LE(endAt + 12)
  const directoryAt = tail.readUInt32LE(endAt + 16)
  if (directoryBytes > directoryBytesMax || directoryAt + directoryBytes > size) throw damaged('no list of parts')
  return readAt(file, directoryAt, directoryBytes)
}

async function readAt(file: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, position)
  return buffer.subarray(0, bytesRead)
}

function readEntries(directory: Buffer): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>()
  let at = 0
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50) {
    const nameBytes = directory.readUInt16LE(at + 28)
    const extraBytes = directory.readUInt16LE(at + 30)
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes)
    const extra = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes)
    const key = partKey(name)
    if (entries.has(key)) throw damaged(`two parts called ${key}`)
    entries.set(key, readEntry(directory, at, extra))
    at += 46 + nameBytes + extraBytes + directory.readUInt16LE(at + 32)
  }
  return entries
}

function partKey(name: string): string {
  return name.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase()
}

function readEntry(directory: Buffer, at: number, extra: Buffer): ZipEntry {
  const wide = wideSizes(extra)
  const size = (offset: number) => {
    const short = directory.readUInt32LE(at + offset)
    return short === 0xffffffff ? Number(wide.shift() ?? short) : short
  }
  // The order matters: the extra field holds the long sizes in this one, and only those that didn't fit.
  const bytes = size(24)
  const compressedBytes = size(20)
  const headerAt = size(42)
  const method = directory.readUInt16LE(at + 10)
  const encrypted = (directory.readUInt16LE(at + 8) & 1) === 1
  return { method, encrypted, checksum: directory.readUInt32LE(at + 16), compressedBytes, bytes, headerAt }
}

function wideSizes(extra: Buffer): bigint[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    const count = Math.floor(Math.min(extra.readUInt16LE(at + 2), extra.length - at - 4) / 8)
    return Array.from({ length: count }, (_, index) => extra.readBigUInt64LE(at + 4 + index * 8))
  }
  return []
}

function damaged(detail: string, cause?: unknown): UnreadableFile {
  return new UnreadableFile('workbook_damaged', detail, cause)
}

/**
 * The text of one part. `bytesMax` holds for this part, the zip's own limit for all parts together.
 * @throws UnreadableFile workbook_damaged, workbook_encrypted, workbook_too_large.
 */
async function* partText(zip: Zip, name: string, bytesMax: number): AsyncGenerator<string> {
  const entry = zip.entries.get(partKey(name))
  if (!entry) throw damaged(`the part ${name} is missing`)
  refuseUnfit(entry, name, bytesMax)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let bytes = 0
  let checksum = 0
  try {
    for await (const chunk of partBytes(zip, entry)) {
      bytes += chunk.length
      checksum = crc32(chunk, checksum)
      zip.unpackedBytes += chunk.length
      if (bytes > bytesMax || zip.unpackedBytes > zip.bytesMax) throw tooLarge(name)
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder.decode()
    if (checksum !== entry.checksum) throw damaged(`the part ${name} was changed on the way`)
  } catch (error) {
    if (error instanceof UnreadableFile) throw error
    throw damaged(`the part ${name} can't be unpacked`, error)
  }
}

function refuseUnfit(entry: ZipEntry, name: string, bytesMax: number): void {
  if (entry.encrypted) throw new UnreadableFile('workbook_encrypted', 'the workbook has a password')
  if (entry.method !== 0 && entry.method !== 8) throw damaged(`the part ${name} is packed in an unknown way`)
  if (entry.bytes > bytesMax) throw tooLarge(name)
}

function tooLarge(name: string): UnreadableFile {
  return new UnreadableFile('workbook_too_large', `the part ${name} unpacks to more than is accepted`)
}

async function* partBytes(zip: Zip, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (entry.compressedBytes === 0) return
  const start = await dataStart(zip.path, entry)
  const end = start + entry.compressedBytes - 1
  const packed = createReadStream(zip.path, { start, end, highWaterMark: chunkBytes })
  const bytesReadBefore = zip.bytesRead
  try {
    for await (const chunk of entry.method === 0 ? packed : unpacked(packed)) {
      zip.bytesRead = bytesReadBefore + packed.bytesRead
      yield chunk
    }
  } finally {
    packed.destroy()
  }
}

function unpacked(packed: ReadStream): AsyncIterable<Buffer> {
  const inflating = createInflateRaw({ chunkSize: chunkBytes })
  packed.on('error', (error) => inflating.destroy(error))
  return packed.pipe(inflating)
}

async function dataStart(path: string, entry: ZipEntry): Promise<number> {
  const file = await open(path)
  try {
    const header = await readAt(file, entry.headerAt, 30)
    if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) throw damaged('a part is not where it should be')
    return entry.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  } finally {
    await file.close()
  }
}

// ---- The XML: as much of it as spreadsheets use; no entities of its own, so nothing to expand ----

type XmlVisitor = {
  open(name: string, attributes: string): void
  text?(text: string): void
  close?(name: string): void
}

const xmlPieceCharactersMax = 4 * 1024 * 1024

/** Names come without their namespace prefix. The returned function takes the next piece of the document. */
function xmlReader(visitor: XmlVisitor): (piece: string) => void {
  let rest = ''
  return (piece) => {
    const xml = rest + piece
    let at = 0
    for (;;) {
      const next = readToken(xml, at, visitor)
      if (next === -1) break
      at = next
    }
    rest = xml.slice(at)
    if (rest.length > xmlPieceCharactersMax) throw damaged('a tag or a text without an end')
  }
}

/** Where the next token begins, or -1 when the one at `at` is not complete yet. */
function readToken(xml: string, at: number, visitor: XmlVisitor): number {
  if (xml[at] !== '<') return readText(xml, at, visitor)
  const mark = xml[at + 1]
  if (mark === undefined) return -1
  if (mark === '?') return after(xml, '?>', at)
  if (mark === '!') return readDeclaration(xml, at, visitor)
  const end = tagEnd(xml, at + 1)
  if (end === -1) return -1
  if (mark === '/') visitor.close?.(localName(xml.slice(at + 2, end).trimEnd()))
  else readOpenTag(xml.slice(at + 1, end), visitor)
  return end + 1
}

function readText(xml: string, at: number, visitor: XmlVisitor): number {
  const end = xml.indexOf('<', at)
  if (end > at) visitor.text?.(decodeEntities(xml.slice(at, end)))
  return end
}

function readDeclaration(xml: string, at: number, visitor: XmlVisitor): number {
  if (xml.length < at + 9) return -1
  if (xml.startsWith('<!--', at)) return after(xml, '-->', at)
  if (!xml.startsWith('<![CDATA[', at)) throw damaged('a document type declaration')
  const end = after(xml, ']]>', at)
  if (end !== -1) visitor.text?.(xml.slice(at + 9, end - 3))
  return end
}

function after(xml: string, mark: string, from: number): number {
  const found = xml.indexOf(mark, from)
  return found === -1 ? -1 : found + mark.length
}

/** The `>` that ends a tag; one inside an attribute's quotes doesn't. */
function tagEnd(xml: string, from: number): number {
  for (let at = from; at < xml.length; at += 1) {
    const character = xml[at]
    if (character === '>') return at
    if (character === '"' || character === "'") {
      at = xml.indexOf(character, at + 1)
      if (at === -1) return -1
    }
  }
  return -1
}

function readOpenTag(tag: string, visitor: XmlVisitor): void {
  const empty = tag.endsWith('/')
  const nameEnd = tag.search(/[\s/]/)
  const name = localName(nameEnd === -1 ? tag : tag.slice(0, nameEnd))
  visitor.open(name, nameEnd === -1 ? '' : tag.slice(nameEnd))
  if (empty) visitor.close?.(name)
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

const namedEntities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex, decimal, name) => {
    if (name) return namedEntities[name] ?? whole
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

function attribute(name: string): (attributes: string) => string | undefined {
  const pattern = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`)
  return (attributes) => {
    const found = pattern.exec(attributes)
    return found ? decodeEntities(found[1] ?? found[2] ?? '') : undefined
  }
}

const attributeR = attribute('r')
const attributeS = attribute('s')
const attributeT = attribute('t')
const attributeId = attribute('Id')
const attributeRelation = attribute('\\w+:id')
const attributeType = attribute('Type')
const attributeTarget = attribute('Target')
const attributeState = attribute('state')
const attributeDate1904 = attribute('date1904')
const attributeFormatId = attribute('numFmtId')
const attributeFormatCode = attribute('formatCode')

// ---- The book: which sheets, which strings, which styles are dates ----

type DateKind = 'day' | 'day_and_time'

type Book = {
  sheets: readonly string[]
  strings: readonly string[]
  dateStyles: readonly (DateKind | undefined)[]
  epoch1904: boolean
}

type Relation = { id: string; type: string; target: string }

async function readBook(zip: Zip): Promise<Book> {
  const office = (await readRelations(zip, '')).find((relation) => relation.type === 'officeDocument')
  if (!office?.target.endsWith('.xml')) throw new UnreadableFile('not_a_workbook', 'a zip without an .xlsx workbook')
  const relations = await readRelations(zip, office.target)
  const { sheets, epoch1904 } = await readSheets(zip, office.target, relations)
  const target = (type: string) => relations.find((relation) => relation.type === type)?.target
  const dateStyles = await readDateStyles(zip, target('styles'))
  return { sheets, epoch1904, dateStyles, strings: await readStrings(zip, target('sharedStrings')) }
}

async function readPart(zip: Zip, name: string, bytesMax: number, visitor: XmlVisitor): Promise<void> {
  const read = xmlReader(visitor)
  for await (const piece of partText(zip, name, bytesMax)) read(piece)
}

/** Sheet list, styles and relations are small in any real workbook. */
const smallPartBytesMax = 16 * 1024 * 1024

async function readRelations(zip: Zip, of: string): Promise<Relation[]> {
  const folder = posix.dirname(of)
  const name = posix.join(folder, '_rels', `${posix.basename(of)}.rels`)
  if (!zip.entries.has(partKey(name))) return []
  const relations: Relation[] = []
  await readPart(zip, name, smallPartBytesMax, {
    open(tag, attributes) {
      if (tag !== 'Relationship') return
      const type = (attributeType(attributes) ?? '').split('/').at(-1) ?? ''
      const target = posix.resolve('/', folder, attributeTarget(attributes) ?? '').slice(1)
      relations.push({ id: attributeId(attributes) ?? '', type, target })
    },
  })
  return relations
}

/** Hidden sheets hold lists to choose from, so they come last. */
async function readSheets(zip: Zip, name: string, relations: readonly Relation[]) {
  const visible: string[] = []
  const hidden: string[] = []
  let epoch1904 = false
  await readPart(zip, name, smallPartBytesMax, {
    open(tag, attributes) {
      if (tag === 'workbookPr') epoch1904 = ['1', 'true'].includes(attributeDate1904(attributes) ?? '')
      if (tag !== 'sheet') return
      const id = attributeRelation(attributes)
      const relation = relations.find((candidate) => candidate.id === id && candidate.type === 'worksheet')
      if (relation)
        (attributeState(attributes)?.toLowerCase().includes('hidden') ? hidden : visible).push(relation.target)
    },
  })
  if (visible.length + hidden.length === 0) throw damaged('no sheet in it')
  return { sheets: [...visible, ...hidden], epoch1904 }
}

async function readDateStyles(zip: Zip, name: string | undefined): Promise<(DateKind | undefined)[]> {
  const codes = new Map<number, string>()
  const styles: (DateKind | undefined)[] = []
  let inCellStyles = false
  if (!name) return styles
  await readPart(zip, name, smallPartBytesMax, {
    open(tag, attributes) {
      const id = Number(attributeFormatId(attributes) ?? 0)
      if (tag === 'cellXfs') inCellStyles = true
      else if (tag === 'numFmt') codes.set(id, attributeFormatCode(attributes) ?? '')
      else if (tag === 'xf' && inCellStyles) styles.push(dateKind(id, codes.get(id)))
    },
    close(tag) {
      if (tag === 'cellXfs') inCellStyles = false
    },
  })
  return styles
}

/** Formats that need no code in the file; 27–36 and 50–58 are the Chinese ones, such as 2024年3月15日. */
const builtInDays = [14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58]
const builtInTimes = [18, 19, 20, 21, 22, 32, 33, 34, 35, 45, 46, 47, 55, 56]

function dateKind(formatId: number, code: string | undefined): DateKind | undefined {
  if (code === undefined) {
    if (builtInDays.includes(formatId)) return 'day'
    return builtInTimes.includes(formatId) ? 'day_and_time' : undefined
  }
  const letters = (code.split(';')[0] ?? '')
    .replace(/\[(?:h+|m+|s+)\]/gi, 'h')
    .replace(/"[^"]*"|\[[^\]]*\]|[\\_*]./g, '')
    .replace(/general/gi, '')
  if (/[hs]/i.test(letters)) return 'day_and_time'
  return /[ymd]/i.test(letters) ? 'day' : undefined
}

async function readStrings(zip: Zip, name: string | undefined): Promise<string[]> {
  const strings: string[] = []
  if (!name || !zip.entries.has(partKey(name))) return strings
  const runs = textRuns()
  await readPart(zip, name, zip.bytesMax / 4, {
    open(tag) {
      if (tag === 'si') runs.start()
      runs.open(tag)
    },
    text: runs.text,
    close(tag) {
      runs.close(tag)
      if (tag === 'si') strings.push(runs.end())
    },
  })
  return strings
}

/** Joins the pieces of a rich text; a pinyin guide (`rPh`) is not part of it. */
function textRuns() {
  let value = ''
  let inText = false
  let inGuide = false
  return {
    start() {
      value = ''
    },
    open(tag: string) {
      if (tag === 'rPh') inGuide = true
      else if (tag === 't') inText = !inGuide
    },
    text(text: string) {
      if (inText) value += text
    },
    close(tag: string) {
      if (tag === 'rPh') inGuide = false
      else if (tag === 't') inText = false
    },
    end() {
      return decodeControls(value)
    },
  }
}

/** Characters that XML can't hold are written `_x000D_`, and a text that looks like it `_x005F_x000D_`. */
function decodeControls(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}

// ---- The sheet ----

async function* sheetRecords(zip: Zip, book: Book, limits: RowLimits): AsyncGenerator<readonly SheetRecord[]> {
  for (const sheet of book.sheets) {
    let written = false
    for await (const records of recordsOf(zip, sheet, book, limits)) {
      written ||= records.some((record) => record.problem || record.cells.some((cell) => cell.trim() !== ''))
      if (written) yield records
    }
    if (written) return
  }
}

async function* recordsOf(
  zip: Zip,
  sheet: string,
  book: Book,
  limits: RowLimits,
): AsyncGenerator<readonly SheetRecord[]> {
  const rows = rowReader(book, limits)
  const read = xmlReader(rows.visitor)
  for await (const piece of partText(zip, sheet, zip.bytesMax)) {
    read(piece)
    const records = rows.taken()
    for (let from = 0; from < records.length; from += batchRowsMax) yield records.slice(from, from + batchRowsMax)
  }
  if (!rows.ended()) throw damaged('the sheet is cut off')
}

type OpenCell = { columnIndex: number; type: string; style: number; value: string | undefined; inValue: boolean }
type CellValue = { text: string; problem?: string }
type OpenRow = { rowNumber: number; cells: string[]; problem?: SheetRecord['problem']; nextColumnIndex: number }

function rowReader(book: Book, limits: RowLimits) {
  let records: SheetRecord[] = []
  let row: OpenRow | undefined
  let cell: OpenCell | undefined
  let rowNumber = 0
  let inData = false
  let ended = false
  const runs = textRuns()

  function openRow(attributes: string): void {
    rowNumber = Number(attributeR(attributes) ?? rowNumber + 1)
    row = { rowNumber, cells: [], nextColumnIndex: 0 }
  }

  function openCell(row: OpenRow, attributes: string): void {
    const columnIndex = columnIndexOf(attributeR(attributes)) ?? row.nextColumnIndex
    row.nextColumnIndex = columnIndex + 1
    runs.start()
    const style = Number(attributeS(attributes) ?? 0)
    cell = { columnIndex, type: attributeT(attributes) ?? 'n', style, value: undefined, inValue: false }
  }

  function closeCell(row: OpenRow, closed: OpenCell): void {
    const { text, problem } = cellValue(closed, runs.end(), book)
    cell = undefined
    const { columnIndex } = closed
    if (columnIndex >= limits.columnsMax) {
      if (text !== '') row.problem ??= { code: 'row_too_many_cells', detail: `more than ${limits.columnsMax} cells` }
      return
    }
    while (row.cells.length < columnIndex) row.cells.push('')
    row.cells[columnIndex] = text
    if (problem) row.problem ??= { code: 'cell_not_text', columnIndex, detail: problem }
  }

  function closeRow(closed: OpenRow): void {
    const { rowNumber, cells, problem } = closed
    row = undefined
    if (cells.length > 0 || problem) records.push(problem ? { rowNumber, cells, problem } : { rowNumber, cells })
  }

  const visitor: XmlVisitor = {
    open(tag, attributes) {
      if (tag === 'sheetData') inData = true
      else if (!inData) return
      else if (tag === 'row') openRow(attributes)
      else if (tag === 'c' && row) openCell(row, attributes)
      else if (tag === 'v' && cell) cell.inValue = true
      else if (cell) runs.open(tag)
    },
    text(text) {
      if (cell?.inValue) cell.value = (cell.value ?? '') + text
      else if (cell) runs.text(text)
    },
    close(tag) {
      if (tag === 'v' && cell) cell.inValue = false
      else if (tag === 'c' && row && cell) closeCell(row, cell)
      else if (tag === 'row' && row) closeRow(row)
      else if (tag === 'sheetData') inData = false
      else if (tag === 'worksheet') ended = true
      else if (cell) runs.close(tag)
    },
  }
  const taken = () => {
    const done = records
    records = []
    return done
  }
  return { visitor, taken, ended: () => ended }
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
function cellValue(cell: OpenCell, inlineText: string, book: Book): CellValue {
  if (cell.type === 'inlineStr') return { text: inlineText }
  const value = cell.value
  if (value === undefined || value === '') return { text: '' }
  switch (cell.type) {
    case 's':
      return sharedString(book, value)
    case 'str':
      return { text: decodeControls(value) }
    case 'b':
      return { text: value.trim() === '0' ? 'false' : 'true' }
    case 'e':
      return { text: value, problem: `the cell shows the error ${value}` }
    case 'd':
      return { text: value.replace(/T00:00:00(?:\.0+)?Z?$/, '') }
    default:
      return numberText(Number(value), value, book.dateStyles[cell.style], book.epoch1904)
  }
}

function sharedString(book: Book, value: string): CellValue {
  const text = book.strings[Number(value)]
  return text === undefined ? { text: '', problem: 'the text of the cell is missing' } : { text }
}

/** Excel keeps 15 digits: a longer number has lost its end, a shorter one has noise after them. */
const digitsMax = 15

function numberText(value: number, raw: string, kind: DateKind | undefined, epoch1904: boolean): CellValue {
  if (!Number.isFinite(value)) return { text: raw, problem: 'not a number' }
  const date = kind && dateText(value, kind, epoch1904)
  if (date) return { text: date }
  if (Math.abs(value) < 10 ** digitsMax) return { text: plainNumber(Number(value.toPrecision(digitsMax))) }
  const problem = `a number of more than ${digitsMax} digits, of which Excel keeps only ${digitsMax}; make it text`
  return { text: plainNumber(value), problem }
}

const daySeconds = 86_400
const serialMax = 2_958_465

/**
 * A sheet's day number is a calendar day, not an instant: no time zone comes in. The time is told only where the
 * cell's format shows it. Day 60 of the 1900 calendar is a 29 February that never was; the days before it are one off.
 */
function dateText(serial: number, kind: DateKind, epoch1904: boolean): string | undefined {
  const seconds = Math.round(serial * daySeconds)
  const days = Math.floor(seconds / daySeconds) + (epoch1904 ? 1462 : 0)
  if (days < 0 || days > serialMax) return undefined
  const time = new Date((seconds % daySeconds) * 1000).toISOString().slice(11, 19)
  if (days === 0 && kind === 'day_and_time') return time
  const day = new Date(Date.UTC(1899, 11, days < 60 ? 31 + days : 30 + days)).toISOString().slice(0, 10)
  return kind === 'day' || time === '00:00:00' ? day : `${day} ${time}`
}
