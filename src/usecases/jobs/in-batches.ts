import type { Db } from '../../store/database.ts'
import type { Registry } from '../context.ts'

/** What a run did, by name. */
export type Counts = Readonly<Record<string, number>>

/** Rows of one batch: one transaction, short enough for others to work beside it. */
export const batchRows = 500

type Batch<Position> = { readonly next: Position | null; readonly counts: Counts }

/**
 * Walks in batches, one transaction each, until there is no next position. Between two of them it lets itself be
 * stopped: what was done stays done, and the next run goes on with the rest. @throws the signal's reason
 */
export async function inBatches<Position>(
  registry: Registry,
  signal: AbortSignal,
  take: (tx: Db, after: Position | null) => Promise<Batch<Position>>,
): Promise<Counts> {
  let counts: Counts = {}
  let after: Position | null = null
  do {
    signal.throwIfAborted()
    const from: Position | null = after
    const batch: Batch<Position> = await registry.db.transaction((tx) => take(tx, from))
    counts = addCounts(counts, batch.counts)
    after = batch.next
  } while (after !== null)
  return counts
}

export function addCounts(a: Counts, b: Counts): Counts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]))
}

/** The position after a batch, null when it was the last. */
export function positionAfter<Row, Position>(rows: readonly Row[], at: (row: Row) => Position): Position | null {
  const last = rows.at(-1)
  return rows.length < batchRows || last === undefined ? null : at(last)
}
