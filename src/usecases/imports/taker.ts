import type { RowOutcome } from '../../domain/historical-merge.ts'
import { shownValue } from '../../domain/imported-cells.ts'
import { problem } from '../../domain/refusals.ts'
import type { RawRow } from '../../intake/rows.ts'
import type { Db } from '../../store/database.ts'
import type { ImportRow } from '../../store/imports.ts'
import type { Context, Registry } from '../context.ts'
import type { ImportMapping } from './mapping.ts'

/** What every part of one run works with. */
export type Run = {
  readonly registry: Registry
  /** A context of this moment, for what is written now. */
  readonly present: () => Context
  readonly row: ImportRow
  readonly mapping: ImportMapping
}

/** Does a piece of work as a whole or not at all, and keeps its outcomes; a dry run takes the work back at once. */
export type Keep = (work: (tx: Db) => Promise<readonly RowOutcome[]>) => Promise<void>

/** Takes a file's rows in steps, so that the next ones are made ready while the database is at work on the present ones. */
export type Taker<Ready, Batch> = {
  /** Rows as far as they can be read without the registry; writes nothing. */
  read(rows: readonly RawRow[]): Promise<readonly Ready[]>
  /** Some of them, put together as they will be sent. */
  batch(rows: readonly Ready[]): Batch
  /** Takes a batch, in as many pieces as it likes. */
  take(batch: Batch, keep: Keep): Promise<void>
  close(): Promise<void>
}

/** The outcome of a row that the file's reader could not make out; undefined for a row that can be read. */
export function unreadableRow({ rowNumber, problem: fault, cells }: RawRow): RowOutcome | undefined {
  if (!fault) return undefined
  const { code, column = '', detail } = fault
  const cell = cells[column]
  const value = cell === undefined ? {} : { value: shownValue(cell) }
  const told = problem('row_unreadable', shownValue(column), { ...value, values: { detail: `${code}: ${detail}` } })
  return { rowNumber, outcome: 'refused', entityId: null, problems: [told] }
}
