import { setImmediate } from 'node:timers/promises'
import { bringsNews, type RowOutcome } from '../../domain/historical-merge.ts'
import { type HistoricalSurroundings, readHistoricalRow, type SchemeTerms } from '../../domain/historical-row.ts'
import { plainDate } from '../../domain/plain-date.ts'
import { problem } from '../../domain/refusals.ts'
import type { RawRow } from '../../intake/rows.ts'
import { type Db, postgresFault } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import {
  type HistoricalRow,
  type Merged,
  mergeHistorical,
  type News,
  type ReadyBatch,
  type ReadyRow,
  readyBatch,
  readyRow,
  rowAsRead,
} from '../../store/historical.ts'
import type { MergeBy } from '../../store/historical-places.ts'
import { insertScheme, insertSchemeVersion, listSchemes } from '../../store/schemes.ts'
import { type FileSoFar, openFileSoFar } from './file-so-far.ts'
import type { FittedMapping, Mapping } from './mapping.ts'
import { type Keep, type Run, type Taker, unreadableRow } from './taker.ts'

type HistoricalMapping = Mapping & { kind: 'historical' }
type HistoricalSoFar = FileSoFar<HistoricalRow>

type HistoricalBatch = { readonly refused: readonly RowOutcome[]; readonly ready: ReadyBatch }

/** Takes rows of the opening balance (R4), a batch in one transaction. */
export async function historicalTaker(
  run: Run,
  mapping: HistoricalMapping,
  fitted: FittedMapping,
): Promise<Taker<RowOutcome | ReadyRow, HistoricalBatch>> {
  const schemes = await schemesFor(run, mapping)
  const soFar = run.row.dryRun ? await openFileSoFar<HistoricalRow>() : null
  return {
    read: (rows) => {
      const { today, now } = run.present()
      return inTurns(rows, (row) => readRow(row, fitted, { today, schemes }, now))
    },
    batch: (rows) => ({
      refused: rows.filter((row) => 'outcome' in row),
      ready: readyBatch(
        rows.filter((row) => 'certificates' in row),
        run.present().now,
      ),
    }),
    take: (batch, keep) => takeBatch(run, mapping, batch, keep, soFar),
    close: async () => soFar?.close(),
  }
}

const rowsInOneTurn = 10

/** Pauses now and then, so that whoever else waits for this process need not wait for hundreds of rows. */
async function inTurns<Row, Done>(rows: readonly Row[], work: (row: Row) => Done): Promise<Done[]> {
  const done: Done[] = []
  for (const row of rows) {
    done.push(work(row))
    if (done.length % rowsInOneTurn === 0) await setImmediate()
  }
  return done
}

async function takeBatch(
  run: Run,
  mapping: HistoricalMapping,
  { refused, ready }: HistoricalBatch,
  keep: Keep,
  soFar: HistoricalSoFar | null,
): Promise<void> {
  const { now, actor } = run.present()
  const by = { importId: run.row.id, now, actorId: actor.id }
  let outcomes: readonly RowOutcome[] = []
  const work = (merge: typeof mergeHistorical) => async (tx: Db) => {
    await addSchemes(tx, run, mapping)
    const merged = await mergeAfter(tx, merge, await sameNumbers(ready.rows, soFar, now), ready, by)
    outcomes = merged.outcomes
    await noteMembers(tx, run, merged.news)
    return [...refused, ...outcomes]
  }
  await keep(work(mergeHistorical)).catch((error: unknown) => {
    // A row that the database refuses; or one whose number was written elsewhere meanwhile, which is found when asked again.
    if (faultOfContent(error) === null) throw error
    return keep(work(mergeOrSplit))
  })
  if (!soFar) return
  const news = ready.rows.filter((_, index) => outcomes[index] && bringsNews(outcomes[index]))
  await soFar.add(news.map((row) => ({ keys: numbersOf(row), row: rowAsRead(row) })))
}

/** With the rows, not at the end: a member's dashboard asks anew (see latestChangeOf) also where the import is cut off. */
async function noteMembers(tx: Db, run: Run, news: News): Promise<void> {
  const entries = [...news].map(([memberId, certificates]) => ({
    action: 'import.certificates_taken',
    entity: 'import',
    entityId: run.row.id,
    memberId,
    changes: { certificates: certificates.size },
  }))
  await record(tx, run.present(), ...entries)
}

function numbersOf({ certificates }: ReadyRow): string[] {
  return [...new Set(certificates.map(({ number }) => number))]
}

/** A file in which one number comes more often than that is judged by the latest ones. */
const rowsAgainMax = 1_000

/**
 * In a dry run, the earlier rows of the file that bear on these: a row's outcome hangs on its certificates' numbers alone.
 * In the order of the file.
 */
async function sameNumbers(
  rows: readonly ReadyRow[],
  soFar: HistoricalSoFar | null,
  now: Date,
): Promise<readonly ReadyRow[]> {
  if (!soFar) return []
  const kept = await soFar.under([...new Set(rows.flatMap(numbersOf))], rowsAgainMax)
  return kept.map(({ row }) => readyRow(row, now)).reverse()
}

/** What becomes of the rows, once the earlier ones, whose outcomes are known, were merged again; the news are of both. */
async function mergeAfter(
  tx: Db,
  merge: typeof mergeHistorical,
  earlier: readonly ReadyRow[],
  batch: ReadyBatch,
  by: MergeBy,
): Promise<Merged> {
  if (earlier.length === 0) return merge(tx, batch, by)
  const { outcomes, news } = await merge(tx, readyBatch([...earlier, ...batch.rows], by.now), by)
  return { outcomes: outcomes.slice(earlier.length), news }
}

type Schemes = HistoricalSurroundings['schemes']

/** The first version of a scheme that a mapping brings along: it holds for all days and requires nothing. */
const firstVersion = { version: 1, effectiveOn: plainDate('1900-01-01'), requiredFields: [] }

/** The schemes as they stand when the file is begun, with those that the mapping brings along. */
async function schemesFor({ registry }: Run, mapping: HistoricalMapping): Promise<Schemes> {
  const known = new Map<string, readonly SchemeTerms[]>(mapping.schemes.map(({ code }) => [code, [firstVersion]]))
  for (const { code, versions } of await listSchemes(registry.db)) known.set(code, versions)
  return known
}

/** Makes the schemes that the mapping brings along, where they are not there; for every batch, as a dry run takes them back. */
async function addSchemes(tx: Db, run: Run, { schemes }: HistoricalMapping): Promise<void> {
  for (const { code, nameZh, nameEn, validityMonths } of schemes) {
    const context = run.present()
    if (!(await insertScheme(tx, { code, nameZh, nameEn, recordedAt: context.now }))) continue
    const first = { ...firstVersion, schemeCode: code, validityMonths }
    await insertSchemeVersion(tx, { ...first, recordedAt: context.now, recordedBy: context.actor.id })
    const changes = { nameZh, nameEn, validityMonths, importId: run.row.id }
    await record(tx, context, { action: 'scheme.added', entity: 'scheme', entityId: code, changes })
  }
}

function readRow(row: RawRow, fitted: FittedMapping, around: HistoricalSurroundings, now: Date): RowOutcome | ReadyRow {
  const unreadable = unreadableRow(row)
  if (unreadable) return unreadable
  const { rowNumber } = row
  const { names } = fitted
  const { cells, further } = fitted.read(row.cells)
  const reading = readHistoricalRow({ cells, further, names }, around)
  if (!reading.ok) return { rowNumber, outcome: 'refused', entityId: null, problems: reading.problems }
  return readyRow({ rowNumber, numberColumn: names.number ?? 'number', certificates: reading.certificates }, now)
}

/** Merges the rows and halves them while the database refuses one of them, until that one stands alone (R6). */
async function mergeOrSplit(tx: Db, batch: ReadyBatch, by: MergeBy, isAgain = false): Promise<Merged> {
  const { rows } = batch
  const [first] = rows
  if (!first) return { outcomes: [], news: new Map() }
  try {
    return await tx.transaction((inner) => mergeHistorical(inner, batch, by))
  } catch (error) {
    const fault = faultOfContent(error)
    if (fault === null) throw error
    // The same number, written elsewhere in this moment, is found when asked again.
    if (rows.length === 1 && fault === uniqueViolation && !isAgain) return mergeOrSplit(tx, batch, by, true)
    if (rows.length === 1) {
      const problems = [problem('row_unreadable', '', { values: { detail: `PostgreSQL ${fault}` } })]
      return {
        outcomes: [{ rowNumber: first.rowNumber, outcome: 'refused', entityId: null, problems }],
        news: new Map(),
      }
    }
    const middle = Math.ceil(rows.length / 2)
    const before = await mergeOrSplit(tx, readyBatch(rows.slice(0, middle), by.now), by)
    const after = await mergeOrSplit(tx, readyBatch(rows.slice(middle), by.now), by)
    return { outcomes: [...before.outcomes, ...after.outcomes], news: united(before.news, after.news) }
  }
}

function united(one: News, other: News): News {
  const both = [...one.keys(), ...other.keys()]
  return new Map(
    both.map((memberId) => [memberId, new Set([...(one.get(memberId) ?? []), ...(other.get(memberId) ?? [])])]),
  )
}

const uniqueViolation = '23505'

/** Data exceptions, broken constraints and limits exceeded: of the row, not of the service. */
function faultOfContent(error: unknown): string | null {
  const code = postgresFault(error)?.code ?? ''
  return ['22', '23', '54'].includes(code.slice(0, 2)) ? code : null
}
