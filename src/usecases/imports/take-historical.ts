import type { RowOutcome } from '../../domain/historical-merge.ts'
import { type HistoricalSurroundings, readHistoricalRow } from '../../domain/historical-row.ts'
import { plainDate } from '../../domain/plain-date.ts'
import { problem } from '../../domain/refusals.ts'
import type { RawRow } from '../../intake/rows.ts'
import { type Db, postgresFault } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type HistoricalRow, type MergeBy, mergeHistorical } from '../../store/historical.ts'
import { insertScheme, insertSchemeVersion, listSchemes } from '../../store/schemes.ts'
import { type FileSoFar, openFileSoFar } from './file-so-far.ts'
import type { FittedMapping, Mapping } from './mapping.ts'
import { type Run, type Taker, unreadableRow } from './taker.ts'

type HistoricalMapping = Mapping & { kind: 'historical' }
type HistoricalSoFar = FileSoFar<HistoricalRow>

/** Takes rows of the opening balance (R4), a batch in one transaction. */
export async function historicalTaker(run: Run, mapping: HistoricalMapping, fitted: FittedMapping): Promise<Taker> {
  const soFar = run.row.dryRun ? await openFileSoFar<HistoricalRow>() : null
  const take: Taker['take'] = async (rows, keep) => {
    const { now, today, actor } = run.present()
    const by = { importId: run.row.id, now, actorId: actor.id }
    let news: readonly HistoricalRow[] = []
    await keep(async (tx) => {
      const schemes = await prepareSchemes(tx, run, mapping)
      const read = rows.map((row) => readRow(row, fitted, { today, schemes }))
      const refused = read.filter((row) => 'outcome' in row)
      const readable = read.filter((row) => 'certificates' in row)
      const merged = await mergeAfter(tx, await sameNumbers(readable, soFar), readable, by)
      news = readable.filter((_, index) => merged[index] && bringsNews(merged[index]))
      return [...refused, ...merged]
    })
    await soFar?.add(news.map((row) => ({ keys: numbersOf(row), row })))
  }
  return { take, close: async () => soFar?.close() }
}

function numbersOf({ certificates }: HistoricalRow): string[] {
  return [...new Set(certificates.map(({ number }) => number))]
}

function bringsNews({ outcome }: RowOutcome): boolean {
  return outcome === 'accepted' || outcome === 'new_version'
}

/**
 * In a dry run, the earlier rows of the file that bear on these: a row's outcome hangs on its certificates' numbers alone.
 * In the order of the file.
 */
async function sameNumbers(
  rows: readonly HistoricalRow[],
  soFar: HistoricalSoFar | null,
): Promise<readonly HistoricalRow[]> {
  if (!soFar) return []
  const kept = await soFar.under([...new Set(rows.flatMap(numbersOf))], Number.POSITIVE_INFINITY)
  return kept.map(({ row }) => row).reverse()
}

/** The outcomes of the rows, once the earlier ones, whose outcomes are known, were merged again. */
async function mergeAfter(
  tx: Db,
  earlier: readonly HistoricalRow[],
  rows: readonly HistoricalRow[],
  by: MergeBy,
): Promise<readonly RowOutcome[]> {
  return (await mergeOrSplit(tx, [...earlier, ...rows], by)).slice(earlier.length)
}

type Schemes = HistoricalSurroundings['schemes']

/** Makes the schemes that the mapping brings along, where they are not there; for every batch, as a dry run takes them back. */
async function prepareSchemes(tx: Db, run: Run, { schemes }: HistoricalMapping): Promise<Schemes> {
  for (const { code, nameZh, nameEn, validityMonths } of schemes) {
    const context = run.present()
    if (!(await insertScheme(tx, { code, nameZh, nameEn, recordedAt: context.now }))) continue
    const first = {
      schemeCode: code,
      version: 1,
      effectiveOn: plainDate('1900-01-01'),
      validityMonths,
      requiredFields: [],
    }
    await insertSchemeVersion(tx, { ...first, recordedAt: context.now, recordedBy: context.actor.id })
    const changes = { nameZh, nameEn, validityMonths, importId: run.row.id }
    await record(tx, context, { action: 'scheme.added', entity: 'scheme', entityId: code, changes })
  }
  return new Map((await listSchemes(tx)).map(({ code, versions }) => [code, versions]))
}

function readRow(row: RawRow, fitted: FittedMapping, around: HistoricalSurroundings): RowOutcome | HistoricalRow {
  const unreadable = unreadableRow(row)
  if (unreadable) return unreadable
  const { rowNumber } = row
  const { names } = fitted
  const reading = readHistoricalRow({ ...fitted.read(row.cells), names }, around)
  if (!reading.ok) return { rowNumber, outcome: 'refused', entityId: null, problems: reading.problems }
  return { rowNumber, numberColumn: names.number ?? 'number', certificates: reading.certificates }
}

/**
 * Merges the rows; should the database refuse one for what is in it, halves them until that one stands alone, so that it
 * never stops the others (R6).
 */
async function mergeOrSplit(tx: Db, rows: readonly HistoricalRow[], by: MergeBy): Promise<readonly RowOutcome[]> {
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
