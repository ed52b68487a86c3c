import { parse } from 'csv-parse/sync'
import { openText, type TextEncoding, type TextLine, textLines } from './encoding.ts'
import { type BatchSource, batchRowsMax, type RowLimits, recordCharactersMax, type SheetRecord } from './format.ts'

type Delimiter = ',' | ';' | '\t'

/** `cellsMax`: as many cells as the header line has. */
type Dialect = { delimiter: Delimiter; newline: '\n' | '\r'; cellsMax: number }

/** The text of one record, the reason why there is none, or null for a blank line. */
type Cut = { text: string } | { broken: string } | null

/**
 * The records of a CSV file, in batches; rowNumber counts records, as Excel does: quoted line breaks don't count,
 * blank lines do (R6). The header is among the records.
 *
 * The text is cut into records here and csv-parse reads the cells of those with quotes, because csv-parse can't go on at the next line
 * when a quote is never closed: everything up to the next quote, or to the end of the file, would be lost.
 */
export async function openCsv(
  path: string,
  encoding: TextEncoding,
  limits: RowLimits,
): Promise<BatchSource<SheetRecord>> {
  const text = openText(path, encoding)
  const head = await text.chunks.next()
  const first = head.done ? '' : head.value
  const batches = csvRecords(withFirst(first, text.chunks), sniffDialect(first), limits)
  return { batches, bytesRead: text.bytesRead, close: text.close }
}

async function* withFirst(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first
  yield* rest
}

/**
 * Delimiter and line end, from the first of the first ten written lines that has a delimiter outside quotes
 * (a title line above the header has none).
 */
function sniffDialect(head: string): Dialect {
  const newline = head.includes('\r') && !head.includes('\n') ? '\r' : '\n'
  const written = head
    .replace(/"[^"]*"/g, '""')
    .split(newline)
    .filter((line) => line.trim() !== '')
  for (const line of written.slice(0, 10)) {
    const delimiter = commonestDelimiter(line)
    if (delimiter) return { delimiter, newline, cellsMax: line.split(delimiter).length }
  }
  return { delimiter: ',', newline, cellsMax: 1 }
}

function commonestDelimiter(line: string): Delimiter | undefined {
  const counted = ([',', ';', '\t'] as const).map((delimiter) => ({ delimiter, count: line.split(delimiter).length }))
  const best = counted.reduce((a, b) => (b.count > a.count ? b : a))
  return best.count > 1 ? best.delimiter : undefined
}

async function* csvRecords(
  chunks: AsyncIterable<string>,
  dialect: Dialect,
  limits: RowLimits,
): AsyncGenerator<readonly SheetRecord[]> {
  const charactersMax = recordCharactersMax(limits)
  const cutter = recordCutter(dialect, charactersMax)
  let rowNumber = 1
  for await (const lines of textLines(chunks, dialect.newline, charactersMax)) {
    const cuts = cutter.take(lines)
    yield* readRecords(cuts, rowNumber, dialect)
    rowNumber += cuts.length
  }
  yield* readRecords(cutter.end(), rowNumber, dialect)
}

function* readRecords(cuts: readonly Cut[], rowNumberFirst: number, dialect: Dialect): Generator<SheetRecord[]> {
  for (let from = 0; from < cuts.length; from += batchRowsMax) {
    yield readBatch(cuts.slice(from, from + batchRowsMax), rowNumberFirst + from, dialect)
  }
}

function readBatch(cuts: readonly Cut[], rowNumberFirst: number, dialect: Dialect): SheetRecord[] {
  const texts = cuts.flatMap((cut) => (cut && 'text' in cut ? [cut.text] : []))
  const read = readCells(texts, dialect)
  let next = 0
  return cuts.flatMap((cut, index): SheetRecord[] => {
    const rowNumber = rowNumberFirst + index
    if (cut === null) return []
    if ('broken' in cut) return [{ rowNumber, cells: [], problem: { code: 'row_unreadable', detail: cut.broken } }]
    return [{ rowNumber, cells: read[next++] ?? [] }]
  })
}

/** A record without a quote is cut at its delimiters, which is all that csv-parse does with it, at a tenth of the cost. */
function readCells(texts: readonly string[], dialect: Dialect): string[][] {
  const parsed = parseCells(
    texts.filter((text) => text.includes('"')),
    dialect,
  )
  let next = 0
  return texts.map((text) => (text.includes('"') ? (parsed[next++] ?? []) : text.split(dialect.delimiter)))
}

function parseCells(texts: readonly string[], dialect: Dialect): string[][] {
  if (texts.length === 0) return []
  const read = parse(texts.join(dialect.newline), {
    delimiter: dialect.delimiter,
    record_delimiter: dialect.newline,
    relax_column_count: true,
    relax_quotes: true,
  })
  if (read.length !== texts.length) throw new Error(`cut ${texts.length} records, read ${read.length}`)
  return read
}

/**
 * Gathers lines into records. When an opened quote turns out to be wrong (closed in the middle of a cell, never
 * closed, a record that grows over the limit or over the header's cells), only the line that opened it is given up
 * and the lines after it are taken again.
 * `buffer[start]` is the first line of the record at hand, `buffer[next]` the line to look at.
 */
function recordCutter(dialect: Dialect, charactersMax: number) {
  let buffer: TextLine[] = []
  let start = 0
  let next = 0
  let cells = 0
  let characters = 0
  let cuts: Cut[] = []

  function close(cut: Cut, linesTaken: number): void {
    cuts.push(cut)
    start += linesTaken
    next = start
    cells = 0
    characters = 0
  }

  function step(): void {
    const line = buffer[next] ?? null
    const quoted = next > start
    const scan = scanLine(line ?? '', dialect.delimiter, quoted)
    cells += scan.delimiters
    characters += (line?.length ?? charactersMax) + 1
    const fault = faultOf(scan, quoted && cells >= dialect.cellsMax, characters > charactersMax + 1)
    if (line === null || fault) close({ broken: fault ?? faults.tooLong }, 1)
    else if (scan.end === 'open') next += 1
    else if (quoted) close({ text: recordText(buffer.slice(start, next + 1)) }, next + 1 - start)
    else close(line.trim() === '' ? null : { text: recordText([line]) }, 1)
  }

  function recordText(lines: readonly TextLine[]): string {
    const text = lines.join(dialect.newline)
    return text.endsWith('\r') ? text.slice(0, -1) : text
  }

  function taken(): Cut[] {
    buffer = buffer.slice(start)
    next -= start
    start = 0
    const done = cuts
    cuts = []
    return done
  }

  return {
    take(lines: readonly TextLine[]): Cut[] {
      buffer = buffer.concat(lines)
      while (next < buffer.length) step()
      return taken()
    },
    end(): Cut[] {
      while (start < buffer.length) {
        if (next < buffer.length) step()
        else close({ broken: faults.notClosed }, 1)
      }
      return taken()
    },
  }
}

const faults = {
  closedEarly: 'text after a closing quote',
  notClosed: 'a quote is not closed',
  tooLong: 'the row is too long',
}

function faultOf(scan: Scan, hasTooManyCells: boolean, isTooLong: boolean): string | undefined {
  if (scan.end === 'broken') return faults.closedEarly
  if (hasTooManyCells) return faults.notClosed
  return isTooLong ? faults.tooLong : undefined
}

type Scan = { end: 'closed' | 'open' | 'broken'; delimiters: number }

const plainLine: Scan = { end: 'closed', delimiters: 0 }
const lineInQuotes: Scan = { end: 'open', delimiters: 0 }

/**
 * How a line ends when it begins inside quotes or outside; `delimiters` is counted only where a quote was seen.
 * A quote in the middle of an unquoted cell is a character like any other (5" pipe).
 */
function scanLine(line: string, delimiter: Delimiter, quotedAtStart: boolean): Scan {
  if (!line.includes('"')) return quotedAtStart ? lineInQuotes : plainLine
  let at = 0
  let delimiters = 0
  let quoted = quotedAtStart
  for (;;) {
    if (!quoted && line[at] !== '"') {
      const found = line.indexOf(delimiter, at)
      if (found === -1) return { end: 'closed', delimiters }
      at = found + 1
    } else {
      at = afterClosingQuote(line, quoted ? at : at + 1)
      quoted = false
      if (at === -1) return { end: 'open', delimiters }
      if (at === line.length || (line[at] === '\r' && at === line.length - 1)) return { end: 'closed', delimiters }
      if (line[at] !== delimiter) return { end: 'broken', delimiters }
      at += 1
    }
    delimiters += 1
  }
}

function afterClosingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from)
  while (at !== -1 && line[at + 1] === '"') at = line.indexOf('"', at + 2)
  return at === -1 ? -1 : at + 1
}
