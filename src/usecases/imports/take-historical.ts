import type { RowOutcome } from '../../domain/historical-merge.ts'
import { type HistoricalSurroundings, readHistoricalRow } from '../../domain/historical-row.ts'
import { plainDate } from '../../domain/plain-date.ts'
import { problem } from '../../domain/refusals.ts'
import type { RawRow } from '../../intake/rows.ts'
import { type Db, postgresFault } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type HistoricalRow, type MergeBy, mergeHistorical } from '../../store/historical.ts'
import { insertScheme, insertSchemeVersion, listSchemes } from '../../store/schemes.ts'
import type { FittedMapping, Mapping } from './mapping.ts'
import { type Run, type Taker, unreadableRow, type Within } from './taker.ts'

type HistoricalMapping = Mapping & { kind: 'historical' }

/** Takes rows of the opening balance (R4), a batch in one transaction. */
export async function historicalTaker(
  run: Run,
  mapping: HistoricalMapping,
  fitted: FittedMapping,
  within: Within,
): Promise<Taker> {
  const schemes = await within((tx) => prepareSchemes(tx, run, mapping))
  return (rows, keep) =>
    keep((tx) => {
      const { now, today, actor } = run.present()
      return takeRows(tx, rows, fitted, { today, schemes }, { importId: run.row.id, now, actorId: actor.id })
    })
}

type Schemes = HistoricalSurroundings['schemes']

/** Makes the schemes that the mapping brings along, where they are not there. */
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

async function takeRows(
  tx: Db,
  rows: readonly RawRow[],
  fitted: FittedMapping,
  around: HistoricalSurroundings,
  by: MergeBy,
): Promise<readonly RowOutcome[]> {
  const read = rows.map((row) => readRow(row, fitted, around))
  const refused = read.filter((row) => 'outcome' in row)
  const merged = await mergeOrSplit(
    tx,
    read.filter((row) => 'certificates' in row),
    by,
  )
  return [...refused, ...merged]
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
