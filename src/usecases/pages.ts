import { z } from 'zod'
import { parsePlainDate } from '../domain/plain-date.ts'
import { refuse } from '../domain/refusals.ts'

/** Where a page goes on: after the row with this sort value and id. Opaque to callers. */
export type Position = { readonly value: string; readonly id: string }
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null }
export type KeysetPage<T> = Page<T> & {
  /** A cursor that goes on after that row of the page. Made when asked for: most callers want only the last. */
  readonly cursorAt: (index: number) => string
}

/**
 * A part of a row that goes out as JSON: columns that PostgreSQL writes, by the names that they get, or what is derived of
 * the row for the day, as the inside of an object: `"state":"open"`.
 */
export type WrittenPart<Column extends string, Derived> =
  | { readonly columns: Readonly<Record<string, Column>> }
  | { readonly derive: (derived: Derived) => string }

/** The parts of a row in their order, each the inside of an object in JSON, in UTF-8. */
export type WrittenItem = readonly Buffer[]

/** The runs of columns among the parts. */
export function runsOf<Column extends string, Derived>(parts: readonly WrittenPart<Column, Derived>[]) {
  return parts.flatMap((part) => ('columns' in part ? [part.columns] : []))
}

/** What is derived among the parts, written out. */
export function derivedParts<Column extends string, Derived>(
  parts: readonly WrittenPart<Column, Derived>[],
  derived: Derived,
): Buffer[] {
  return parts.flatMap((part) => ('derive' in part ? [Buffer.from(part.derive(derived))] : []))
}

/** @param runs objects in JSON, one for each run of columns */
export function itemOf<Column extends string, Derived>(
  parts: readonly WrittenPart<Column, Derived>[],
  runs: readonly Buffer[],
  derived: readonly Buffer[],
): WrittenItem {
  let [run, other] = [0, 0]
  return parts.map((part) => {
    const written = 'columns' in part ? runs[run++]?.subarray(1, -1) : derived[other++]
    if (written === undefined) throw new Error('a part of a row was not written')
    return written
  })
}

const [open, between, close] = [Buffer.from('[{'), Buffer.from('},{'), Buffer.from('}]')]
const comma = Buffer.from(',')
const none = Buffer.from('[]')

/** The rows as a list in JSON, in pieces. */
export function writtenList(items: readonly WrittenItem[]): Buffer[] {
  if (items.length === 0) return [none]
  const pieces: Buffer[] = []
  items.forEach((parts, row) => {
    pieces.push(row === 0 ? open : between)
    parts.forEach((part, at) => {
      if (at > 0) pieces.push(comma)
      pieces.push(part)
    })
  })
  pieces.push(close)
  return pieces
}

/** The inside of an object in JSON. */
export function insideOf(object: object): string {
  return JSON.stringify(object).slice(1, -1)
}

/** All of these columns under their own names. */
export function asNamed<Column extends string>(columns: readonly Column[]): Record<Column, Column> {
  return Object.fromEntries(columns.map((name) => [name, name])) as Record<Column, Column>
}

export const pageSizeMax = 500

export const pageInput = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(pageSizeMax)
    .default(100)
    .meta({ description: `Rows on a page, at most ${pageSizeMax}.` }),
  cursor: z.string().max(2_000).optional().meta({ description: 'The `nextCursor` of the page before.' }),
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const cursorShape = z.tuple([z.string(), z.string().max(500), z.string().regex(/^(\d{1,18}|[0-9a-f-]{36})$/)])

/** @throws Refusal `cursor_invalid` for anything that {@link cursorAfter} did not make for the same list. */
export function positionOf(
  list: string,
  sortedBy: 'day' | 'text' | 'number',
  cursor: string | undefined,
): Position | null {
  if (cursor === undefined) return null
  const [name, value, id] = decode(cursor)
  const isValue =
    sortedBy === 'text'
      ? !value.includes('\u0000')
      : sortedBy === 'number'
        ? /^\d{1,18}$/.test(value)
        : parsePlainDate(value) !== undefined
  const isId = sortedBy === 'number' ? /^\d+$/.test(id) : uuid.test(id)
  if (name !== list || !isValue || !isId) throw refuse('cursor_invalid', 'cursor')
  return { value, id }
}

function decode(cursor: string): z.infer<typeof cursorShape> {
  try {
    return cursorShape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    throw refuse('cursor_invalid', 'cursor')
  }
}

export function cursorAfter(list: string, value: string, id: string): string {
  return Buffer.from(JSON.stringify([list, value, id])).toString('base64url')
}

const cursorOf = (list: string, { value, id }: Position) => cursorAfter(list, value, id)

/** Cuts the one row too many that tells whether there is a next page. */
export function pageOf<Row, T>(
  list: string,
  rows: readonly Row[],
  limit: number,
  at: (row: Row) => Position,
  view: (row: Row) => T,
): KeysetPage<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const cursorAt = (index: number) => cursorOf(list, at(shown[index] as Row))
  const more = rows.length > limit && last !== undefined
  return { items: shown.map(view), nextCursor: more ? cursorOf(list, at(last)) : null, cursorAt }
}

/** All rows from the first page on, page by page, for a list that is streamed whole. */
export async function* allPages<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    yield page.items
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
}
