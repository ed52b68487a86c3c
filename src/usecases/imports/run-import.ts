import { setImmediate } from 'node:timers/promises'
import type { RowOutcome } from '../../domain/historical-merge.ts'
import { type Problem, problem, Refusal, refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { openRows, type RowSource, UnreadableFile } from '../../intake/rows.ts'
import { type Db, postgresFault } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { finishImport, type ImportRow, insertImport, saveOutcomes, signOfLife } from '../../store/imports.ts'
import { authorise, type Context, contextOf, type Registry } from '../context.ts'
import { refusalOfDatabase } from '../database-faults.ts'
import { rehearse } from '../idempotency.ts'
import { fitMapping, type ImportMapping, type Mapping, readMapping, requireImportMapping } from './mapping.ts'
import { type ImportView, importView, visibleImport } from './read-imports.ts'
import { historicalTaker } from './take-historical.ts'
import { resultsTaker } from './take-results.ts'
import type { Keep, Run, Taker } from './taker.ts'

/** One file taken in (R6): every row gets its outcome, a bad one never stops the others, the same file again changes nothing. */
export type ImportRequest = {
  readonly fileName: string
  readonly fileSha256: string
  readonly bytesTotal: number
  readonly mapping: Mapping
  readonly dryRun: boolean
}

/** Whether the actor may take in such files; to be asked before a file is accepted, too. @throws Refusal */
export function authoriseImport(context: Context, mapping: Mapping): { reach: 'own' | 'all'; mapping: ImportMapping } {
  const reach = authorise(context, 'imports.run')
  const fit = requireImportMapping(mapping)
  if (fit.kind === 'historical' && reach !== 'all') throw refuse('forbidden')
  return { reach, mapping: fit }
}

/** Notes that a file is to be taken in; {@link runImport} does it. The opening balance is the secretariat's. @throws Refusal */
export async function startImport(registry: Registry, context: Context, request: ImportRequest): Promise<ImportView> {
  const { mapping: asked, ...file } = request
  const { reach, mapping } = authoriseImport(context, asked)
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

/** Says of imports that wait for their turn that they are not forgotten. */
export async function keepWaiting({ db, clock }: Registry, importIds: readonly string[]): Promise<void> {
  await signOfLife(db, importIds, clock.now())
}

function entryOf(row: ImportRow, action: `import.${'started' | 'finished' | 'failed' | 'interrupted'}`) {
  const { id: entityId, memberId, kind, fileName, fileSha256, accepted, newVersions, unchanged, refused, failure } = row
  const file = { kind, fileName, fileSha256 }
  const changes = action === 'import.started' ? file : { ...file, accepted, newVersions, unchanged, refused, failure }
  return { action, entity: 'import', entityId, memberId, changes }
}

export type RunOptions = { readonly signal?: AbortSignal; readonly onProgress?: (view: ImportView) => void }

/**
 * Takes the file in, batch by batch, each with its outcomes and the progress in one transaction. A dry run takes each
 * batch back before its outcomes are kept, so it never holds a connection while it asks for another, and holds no lock
 * longer than a batch; what the file brought before is told to the next batch from disk. When the signal asks, it stops
 * between two batches and is interrupted; the same file sent again goes on.
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
  const run: Run = { registry, present, row, mapping: requireImportMapping(readMapping(row.mapping)) }
  try {
    const isWhole = options.signal?.aborted !== true && (await takeIn(run, file.path, options))
    return await finish(run, isWhole ? null : problem('import_interrupted'))
  } catch (error) {
    const failure = failureOf(error)
    if (failure !== undefined) return finish(run, failure)
    await finish(run, (refusalOfDatabase(error) ?? refuse('internal')).problems[0]).catch(() => undefined)
    throw error
  }
}

/** What makes a whole file impossible to read, as a problem; undefined for a fault of ours. */
export function failureOf(error: unknown): Problem | undefined {
  if (error instanceof UnreadableFile)
    return problem('file_unreadable', '', { values: { detail: `${error.code}: ${error.detail}` } })
  return error instanceof Refusal ? error.problems[0] : undefined
}

async function finish(run: Run, failure: Problem | null): Promise<ImportView> {
  const context = run.present()
  return run.registry.db.transaction(async (tx) => {
    const row = await finishImport(tx, run.row, context.now, failure)
    if (!row.dryRun) await record(tx, context, entryOf(row, endingOf(failure)))
    return importView(row, context.now)
  })
}

function endingOf(failure: Problem | null) {
  if (failure === null) return 'import.finished'
  return failure.code === 'import_interrupted' ? 'import.interrupted' : 'import.failed'
}

/** Whether the file was read to its end. */
async function takeIn(run: Run, path: string, options: RunOptions): Promise<boolean> {
  const source = await openRows(path)
  try {
    const fitted = fitMapping(run.mapping, source.columns)
    if (run.mapping.kind === 'results') return await takeAll(run, source, await resultsTaker(run, fitted), options)
    return await takeAll(run, source, await historicalTaker(run, run.mapping, fitted), options)
  } finally {
    await source.close()
  }
}

async function takeAll<Ready, Batch>(
  run: Run,
  source: RowSource,
  taker: Taker<Ready, Batch>,
  options: RunOptions,
): Promise<boolean> {
  let bytesRead = 0
  const keeper = keeperOf(run, (tx, outcomes) =>
    saveOutcomes(tx, run.row.id, outcomes, { bytesRead, now: run.present().now }),
  )
  try {
    for await (const piece of readAhead(piecesOf(source, taker, rowsTogether[run.mapping.kind]))) {
      if (options.signal?.aborted) return false
      bytesRead = piece.bytesRead
      await taker.take(piece.batch, keeper.keep)
      const latest = await keeper.settle()
      options.onProgress?.(importView(latest, run.present().now))
    }
    return true
  } finally {
    await taker.close()
  }
}

/** `settle` ends a piece and answers how the import stands. */
type Keeper = { readonly keep: Keep; settle(): Promise<ImportRow> }
type Save = (tx: Db, outcomes: readonly RowOutcome[]) => Promise<ImportRow>

function keeperOf(run: Run, save: Save): Keeper {
  return run.row.dryRun ? rehearsingKeeper(run, save) : writingKeeper(run, save)
}

/** Outcomes go into the transaction of the work that they tell of. */
function writingKeeper({ registry, row }: Run, save: Save): Keeper {
  let latest = row
  const keep: Keep = async (work) => {
    latest = await tryAgain(() => registry.db.transaction(async (tx) => save(tx, await work(tx))))
  }
  return { keep, settle: async () => latest }
}

/**
 * Outcomes of a dry run must outlive the work, so they wait until it was taken back and its connection is free again, at
 * most a piece of them. The certificates that it made up are gone by then, and are not named.
 */
function rehearsingKeeper({ registry }: Run, save: Save): Keeper {
  const waiting: RowOutcome[] = []
  const keep: Keep = async (work) => {
    const outcomes = await tryAgain(() => rehearse(registry, work))
    waiting.push(...outcomes.map((outcome) => ({ ...outcome, entityId: null })))
  }
  const settle = () => registry.db.transaction((tx) => save(tx, waiting.splice(0)))
  return { keep, settle }
}

const triesMax = 3
/** A deadlock, a lock that did not come in time: somebody else was first, nothing is wrong with the rows. */
const passing = ['40001', '40P01', '55P03']

async function tryAgain<T>(work: () => Promise<T>, triesLeft = triesMax): Promise<T> {
  return work().catch((error: unknown) => {
    if (triesLeft <= 1 || !passing.includes(postgresFault(error)?.code ?? '')) throw error
    return tryAgain(work, triesLeft - 1)
  })
}

/** Historical rows cost the database few statements however many they are; results have transactions of their own. */
const rowsTogether = { historical: 2_000, results: 50 } as const

/** `bytesRead`: how far the file was read for these rows. */
type Piece<Batch> = { readonly batch: Batch; readonly bytesRead: number }

async function* piecesOf<Ready, Batch>(
  source: RowSource,
  taker: Taker<Ready, Batch>,
  size: number,
): AsyncGenerator<Piece<Batch>> {
  const waiting: Ready[] = []
  for await (const batch of source.batches) {
    waiting.push(...(await taker.read(batch)))
    while (waiting.length >= size) yield { batch: taker.batch(waiting.splice(0, size)), bytesRead: source.bytesRead() }
  }
  if (waiting.length > 0) yield { batch: taker.batch(waiting), bytesRead: source.bytesRead() }
}

/**
 * The next one is made while the present one is being used, whose first statement is on its way by then; one that failed
 * is told when its turn comes.
 */
async function* readAhead<T>(pieces: AsyncGenerator<T>): AsyncGenerator<T> {
  let coming = pieces.next()
  try {
    for (;;) {
      const next = await coming
      if (next.done) return
      coming = twoTurnsLater().then(() => pieces.next())
      coming.catch(() => undefined)
      yield next.value
    }
  } finally {
    await coming.catch(() => undefined)
    await pieces.return(undefined)
  }
}

/** The driver sends in the next turn, after what was already waiting for that turn: so not before the one after it. */
async function twoTurnsLater(): Promise<void> {
  await setImmediate()
  await setImmediate()
}
