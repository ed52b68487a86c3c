import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import type { Language } from '../domain/refusals.ts'
import { allPages, type Page } from '../usecases/pages.ts'
import { languageOf } from './problems.ts'

/** A column of a list as CSV: its heading in both languages, and the cell of a row. */
export type Column<T> = readonly [zh: string, en: string, cell: (row: T, language: Language) => unknown]

export function wantsCsv(request: FastifyRequest): boolean {
  return new Negotiator(request.raw).mediaType(['application/json', 'text/csv']) === 'text/csv'
}

/** Streams a whole list, page by page: `limit` and `cursor` play no part. UTF-8 with a byte-order mark, for spreadsheets. */
export async function sendCsv<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  columns: readonly Column<T>[],
  read: (cursor: string | undefined) => Promise<Page<T>>,
): Promise<FastifyReply> {
  const language = languageOf(request)
  const pages = allPages(read)
  // The first page is read before the head is sent, so that a refusal is still an answer of its own.
  const first = await pages.next()
  const text = csvText(columns, language, first.done ? [] : first.value, pages)
  return reply
    .type('text/csv; charset=utf-8')
    .header('vary', 'accept, accept-language')
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .serializer((payload: string) => payload)
    .send(Readable.from(text))
}

async function* csvText<T>(
  columns: readonly Column<T>[],
  language: Language,
  first: readonly T[],
  rest: AsyncIterable<readonly T[]>,
) {
  yield `\ufeff${lines([columns.map(([zh, en]) => (language === 'zh' ? zh : en))])}`
  yield rowsText(columns, language, first)
  for await (const page of rest) yield rowsText(columns, language, page)
}

function rowsText<T>(columns: readonly Column<T>[], language: Language, rows: readonly T[]): string {
  return lines(rows.map((row) => columns.map(([, , cell]) => cellText(cell(row, language)))))
}

/** Text that a spreadsheet would take for a formula gets an apostrophe. */
function lines(records: readonly (readonly unknown[])[]): string {
  return records.length === 0
    ? ''
    : stringify(records as unknown[][], { record_delimiter: 'windows', escape_formulas: true })
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  return Array.isArray(value) ? value.join('；') : String(value)
}
