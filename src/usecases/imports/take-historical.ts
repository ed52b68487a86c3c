import { setImmediate } from 'node:timers/promises'
import type { RowOutcome } from '../../domain/historical-merge.ts'
import { type HistoricalSurroundings, readHistoricalRow, type SchemeTerms } from '../../domain/historical-row.ts'
import { plainDate } from '../../domain/plain-date.ts'
import { problem } from '../../domain/refusals.ts'
import type { RawRow } from '../../intake/rows.ts'
import { type Db, postgresFault } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type HistoricalRow, membersOf, mergeHistorical, type ReadyRow, readyRow } from '../../store/historical.ts'
import type { MergeBy } from '../../store/historical-places.ts'
import { insertScheme, insertSchemeVersion, listSchemes } from '../../store/schemes.ts'
import { type FileSoFar, openFileSoFar } from './file-so-far.ts'
import type { FittedMapping, Mapping } from './mapping.ts'
import { type Keep, type Run, type Taker, unreadableRow } from './taker.ts'

type HistoricalMapping = Mapping & { kind: 'historical' }
type HistoricalSoFar = FileSoFar<HistoricalRow>

/** Takes rows of the opening balance (R4), a batch in one transaction. */
export async function historicalTaker(
  run: Run,
  mapping: HistoricalMapping,
  fitted: FittedMapping,
): Promise<Taker<RowOutcome | ReadyRow>> {
  const schemes = await schemesFor(run, mapping)
  const soFar = run.row.dryRun ? await openFileSoFar<HistoricalRow>() : null
  return {
    read: (rows) => {
      const { today, now } = run.present()
      return inTurns(rows, (row) => readRow(row, fitted, { today, schemes }, now))
    },
    take: (rows, keep) => takeBatch(run, mapping, rows, keep, soFar),
    close: async () => soFar?.close(),
  }
}

const rowsInOneTurn = 25

/** Pauses now and then, so that whoever else waits for this process need not wait for a thousand rows. */
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
  rows: readonly (RowOutcome | ReadyRow)[],
  keep: Keep,
  soFar: HistoricalSoFar | null,
): Promise<void> {
  const { now, actor } = run.present()
  const by = { importId: run.row.id, now, actorId: actor.id }
  const refused = rows.filter((row) => 'outcome' in row)
  const readable = rows.filter((row) => 'certificates' in row)
  let news: readonly HistoricalRow[] = []
  await keep(async (tx) => {
    await addSchemes(tx, run, mapping)
    const merged = await mergeAfter(tx, await sameNumbers(readable, soFar, now), readable, by)
    news = readable.filter((_, index) => merged[index] && bringsNews(merged[index]))
    await noteMembers(tx, run, merged.filter(bringsNews))
    return [...refused, ...merged]
  })
  await soFar?.add(news.map((row) => ({ keys: numbersOf(row), row: asRead(row) })))
}

/** With the rows, not at the end: a member's dashboard asks anew (see latestChangeOf) also where the import is cut off. */
async function noteMembers(tx: Db, run: Run, news: readonly RowOutcome[]): Promise<void> {
  const touched = await membersOf(
    tx,
    news.flatMap(({ entityId }) => entityId ?? []),
  )
  const entries = touched.map(({ memberId, certificates }) => ({
    action: 'import.certificates_taken',
    entity: 'import',
    entityId: run.row.id,
    memberId,
    changes: { certificates },
  }))
  await record(tx, run.present(), ...entries)
}

function asRead({ rowNumber, numberColumn, certificates }: HistoricalRow): HistoricalRow {
  return { rowNumber, numberColumn, certificates }
}

function numbersOf({ certificates }: HistoricalRow): string[] {
  return [...new Set(certificates.map(({ number }) => number))]
}

function bringsNews({ outcome }: RowOutcome): boolean {
  return outcome === 'accepted' || outcome === 'new_version'
}

/** A file in which one number comes more often than that is judged by the latest ones. */
const rowsAgainMax = 1_000

/**
 * In a dry run, the earlier rows of the file that bear on these: a row's outcome hangs on its certificates' numbers alone.
 * In the order of the file.
 */
async function sameNumbers(
  rows: readonly HistoricalRow[],
  soFar: HistoricalSoFar | null,
  now: Date,
): Promise<readonly ReadyRow[]> {
  if (!soFar) return []
  const kept = await soFar.under([...new Set(rows.flatMap(numbersOf))], rowsAgainMax)
  return kept.map(({ row }) => readyRow(row, now)).reverse()
}

/** The outcomes of the rows, once the earlier ones, whose outcomes are known, were merged again. */
async function mergeAfter(
  tx: Db,
  earlier: readonly ReadyRow[],
  rows: readonly ReadyRow[],
  by: MergeBy,
): Promise<readonly RowOutcome[]> {
  return (await mergeOrSplit(tx, [...earlier, ...rows], by)).slice(earlier.length)
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
  const reading = readHistoricalRow({ ...fitted.read(row.cells), names }, around)
  if (!reading.ok) return { rowNumber, outcome: 'refused', entityId: null, problems: reading.problems }
  return readyRow({ rowNumber, numberColumn: names.number ?? 'number', certificates: reading.certificates }, now)
}

/**
 * Merges the rows; should the database refuse one for what is in it, halves them until that one stands alone, so that it
 * never stops the others (R6).
 */
async function mergeOrSplit(tx: Db, rows: readonly ReadyRow[], by: MergeBy): Promise<readonly RowOutcome[]> {
  const [first] = rows
  if (!first) return []
  try {
    return await tx.transaction((inner) => mergeHistorical(inner, rows, by))
  } catch (error) {
    const fault = faultOfContent(error)
    if (fault === null) throw error
    if (rows.length === 1) {
      const problems = [problem('row_unreadable', '', { values: { detail: `PostgreSQL ${fault}` } })]
      return [{ rowNumber: first.rowNumber, outcome: 'refused', entityId: null, problems }]
    }
    const middle = Math.ceil(rows.length / 2)
    const before = await mergeOrSplit(tx, rows.slice(0, middle), by)
    return [...before, ...(await mergeOrSplit(tx, rows.slice(middle), by))]
  }
}

/** Data exceptions, broken constraints and limits exceeded: of the row, not of the service. */
function faultOfContent(error: unknown): string | null {
  const code = postgresFault(error)?.code ?? ''
  return ['22', '23', '54'].includes(code.slice(0, 2)) ? code : null
}
