import type { RowOutcome } from '../../domain/historical-merge.ts'
import { type Problem, problem, Refusal, refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { openRows, type RawRow, type RowSource, UnreadableFile } from '../../intake/rows.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { finishImport, type ImportRow, insertImport, saveOutcomes } from '../../store/imports.ts'
import { authorise, type Context, contextOf, type Registry } from '../context.ts'
import { rehearse } from '../idempotency.ts'
import { fitMapping, type Mapping, readMapping } from './mapping.ts'
import { type ImportView, importView, visibleImport } from './read-imports.ts'
import { historicalTaker } from './take-historical.ts'
import { resultsTaker } from './take-results.ts'
import type { Keep, Run, Within } from './taker.ts'

/** One file taken in (R6): every row gets its outcome, a bad one never stops the others, the same file again changes nothing. */
export type ImportRequest = {
  readonly fileName: string
  readonly fileSha256: string
  readonly bytesTotal: number
  readonly mapping: Mapping
  readonly dryRun: boolean
}

/** Notes that a file is to be taken in; {@link runImport} does it. The opening balance is the secretariat's. @throws Refusal `forbidden` */
export async function startImport(registry: Registry, context: Context, request: ImportRequest): Promise<ImportView> {
  const reach = authorise(context, 'imports.run')
  const { mapping, ...file } = request
  if (mapping.kind === 'historical' && reach !== 'all') throw refuse('forbidden')
  const { now, actor } = context
  const memberId = reach === 'own' ? actor.memberId : null
  const started = {
    id: newId(now),
    kind: mapping.kind,
    memberId,
    ...file,
    mapping,
    startedAt: now,
    heartbeatAt: now,
    recordedBy: actor.id,
  }
  return registry.db.transaction(async (tx) => {
    const row = await insertImport(tx, started)
    if (!row.dryRun) await record(tx, context, entryOf(row, 'import.started'))
    return importView(row, now)
  })
}

function entryOf(row: ImportRow, action: 'import.started' | 'import.finished' | 'import.failed') {
  const { id: entityId, memberId, kind, fileName, fileSha256, accepted, newVersions, unchanged, refused, failure } = row
  const file = { kind, fileName, fileSha256 }
  const changes = action === 'import.started' ? file : { ...file, accepted, newVersions, unchanged, refused, failure }
  return { action, entity: 'import', entityId, memberId, changes }
}

export type RunOptions = { readonly signal?: AbortSignal; readonly onProgress?: (view: ImportView) => void }

/**
 * Takes the file in, batch by batch, each with its outcomes and the progress in one transaction. A dry run does the same
 * in one long transaction and takes it back: its outcomes are kept by a second connection, and until it ends it holds
 * other historical imports up. When the signal asks, it stops between two batches; the same file sent again goes on.
 * @throws Refusal `not_found`; what fails inside the service. A file that cannot be read is an answer, with its `failure`.
 */
export async function runImport(
  registry: Registry,
  context: Context,
  file: { importId: string; path: string },
  options: RunOptions = {},
): Promise<ImportView> {
  const row = await visibleImport(registry, context, file.importId)
  const present = () => contextOf(registry, context.actor, context.requestId)
  if (row.finishedAt !== null) return importView(row, context.now)
  const run: Run = { registry, present, row, mapping: readMapping(row.mapping) }
  try {
    const source = await openRows(file.path)
    const { latest, stopped } = await takeIn(run, source, options).finally(() => source.close())
    return stopped ? importView(latest, present().now) : await finish(run, null)
  } catch (error) {
    const failure = failureOf(error)
    if (failure !== undefined) return finish(run, failure)
    await finish(run, problem('internal')).catch(() => undefined)
    throw error
  }
}

function failureOf(error: unknown): Problem | undefined {
  if (error instanceof UnreadableFile)
    return problem('file_unreadable', '', { values: { detail: `${error.code}: ${error.detail}` } })
  return error instanceof Refusal ? error.problems[0] : undefined
}

async function finish(run: Run, failure: Problem | null): Promise<ImportView> {
  const context = run.present()
  return run.registry.db.transaction(async (tx) => {
    const row = await finishImport(tx, run.row, context.now, failure)
    if (!row.dryRun) await record(tx, context, entryOf(row, failure ? 'import.failed' : 'import.finished'))
    return importView(row, context.now)
  })
}

type Taken = { readonly latest: ImportRow; readonly stopped: boolean }

async function takeIn(run: Run, source: RowSource, options: RunOptions): Promise<Taken> {
  if (run.row.dryRun)
    return rehearse(run.registry, (outer) => takeAll(run, source, options, (work) => outer.transaction(work)))
  return takeAll(run, source, options, (work) => run.registry.db.transaction(work))
}

async function takeAll(
  run: Run,
  source: RowSource,
  { signal, onProgress }: RunOptions,
  within: Within,
): Promise<Taken> {
  const fitted = fitMapping(run.mapping, source.columns)
  const take =
    run.mapping.kind === 'historical'
      ? await historicalTaker(run, run.mapping, fitted, within)
      : resultsTaker(run, fitted)
  let latest = run.row
  const keep = keeperOf(run, within, async (db, outcomes) => {
    latest = await saveOutcomes(db, run.row.id, outcomes, { bytesRead: source.bytesRead(), now: run.present().now })
  })
  for await (const rows of inPieces(source.batches, rowsTogether[run.mapping.kind])) {
    if (signal?.aborted) return { latest, stopped: true }
    await take(rows, keep)
    onProgress?.(importView(latest, run.present().now))
  }
  return { latest, stopped: false }
}

/**
 * Outcomes go into the transaction of the work that they tell of. Those of a dry run must outlive it, so they go past it;
 * the certificates that it made up are gone by then, and are not named.
 */
function keeperOf(
  { registry, row }: Run,
  within: Within,
  save: (db: Db, outcomes: readonly RowOutcome[]) => Promise<void>,
): Keep {
  if (!row.dryRun) return (work) => within(async (tx) => save(tx, await work(tx)))
  return async (work) => {
    const outcomes = await within(work)
    await save(
      registry.db,
      outcomes.map((outcome) => ({ ...outcome, entityId: null })),
    )
  }
}

/** Historical rows cost the database few statements however many they are; results have transactions of their own. */
const rowsTogether = { historical: 1_000, results: 50 } as const

async function* inPieces(batches: AsyncIterable<readonly RawRow[]>, size: number): AsyncGenerator<readonly RawRow[]> {
  const waiting: RawRow[] = []
  for await (const batch of batches) {
    waiting.push(...batch)
    while (waiting.length >= size) yield waiting.splice(0, size)
  }
  if (waiting.length > 0) yield waiting
}
