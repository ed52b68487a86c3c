import { stringify } from 'csv-stringify/sync'
import { type Language, type Problem, type RefusalCode, refuse, sentenceOf } from '../../domain/refusals.ts'
import { findImport, type ImportedRow, type ImportRow, listImportsBefore, rowsOfImport } from '../../store/imports.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'

export const importStatuses = ['running', 'finished', 'failed', 'interrupted'] as const
export type ImportStatus = (typeof importStatuses)[number]

/** An import as it stands; one that waits for its turn is running, at 0. `progress` goes to 1, by the bytes of the file. */
export type ImportView = ImportRow & { readonly status: ImportStatus; readonly progress: number; readonly rows: number }

/** A running import gives a sign at every batch, a waiting one every 20 seconds; one that was silent so long runs no more. */
const silentMsMax = 60_000
const interruptions: readonly string[] = ['import_interrupted', 'reconciliation_interrupted'] satisfies RefusalCode[]

export function importView(row: ImportRow, now: Date): ImportView {
  const { accepted, newVersions, unchanged, refused, bytesRead, bytesTotal } = row
  const status = statusOf(row, now)
  const progress = status === 'finished' || bytesTotal === 0 ? 1 : Math.min(1, bytesRead / bytesTotal)
  return { ...row, status, progress, rows: accepted + newVersions + unchanged + refused }
}

export function statusOf(run: Pick<ImportRow, 'failure' | 'finishedAt' | 'heartbeatAt'>, now: Date): ImportStatus {
  const { failure, finishedAt, heartbeatAt } = run
  if (failure !== null) return interruptions.includes(failure.code) ? 'interrupted' : 'failed'
  if (finishedAt !== null) return 'finished'
  return now.getTime() - heartbeatAt.getTime() > silentMsMax ? 'interrupted' : 'running'
}

/** The row of an import that the actor may see. @throws Refusal `not_found`, also for another member's */
export async function visibleImport(registry: Registry, context: Context, id: string): Promise<ImportRow> {
  const memberId = confinedTo(context, 'imports.read')
  const row = await findImport(registry.db, id)
  if (!row || (memberId !== null && row.memberId !== memberId))
    throw refuse('not_found', '', { value: id, values: { what: ['导入', 'import'] } })
  return row
}

export async function readImport(registry: Registry, context: Context, id: string): Promise<ImportView> {
  return importView(await visibleImport(registry, context, id), context.now)
}

/** Newest first; members see their own. `beforeId` is the last import of the page before. */
export async function listImports(
  registry: Registry,
  context: Context,
  page: { beforeId: string | null; limit: number },
): Promise<ImportView[]> {
  const memberId = confinedTo(context, 'imports.read')
  const rows = await listImportsBefore(registry.lists, { ...page, memberId })
  return rows.map((row) => importView(row, context.now))
}

export type RowsPage = {
  readonly afterRow: number
  readonly limit: number
  readonly outcome: ImportedRow['outcome'] | null
}

/** The outcomes of rows, in the order of the file. */
export async function listImportRows(
  registry: Registry,
  context: Context,
  id: string,
  page: RowsPage,
): Promise<ImportedRow[]> {
  await visibleImport(registry, context, id)
  return rowsOfImport(registry.db, id, page)
}

const outcomeNames: Readonly<Record<ImportedRow['outcome'], Readonly<Record<Language, string>>>> = {
  accepted: { zh: '已收录', en: 'accepted' },
  new_version: { zh: '新版本', en: 'new version' },
  unchanged: { zh: '无变化', en: 'unchanged' },
  refused: { zh: '未收录', en: 'refused' },
}
const csvHeader: Readonly<Record<Language, readonly string[]>> = {
  zh: ['行号', '结果', '登记编号', '代码', '列', '值', '原因'],
  en: ['row', 'outcome', 'id', 'code', 'column', 'value', 'reason'],
}
const rowsPerPage = 2_000

/**
 * The outcome of every row as CSV, a piece at a time; a row with several problems has a line for each. Begins with a byte
 * order mark, for spreadsheets; text that a spreadsheet would run as a formula gets an apostrophe. @throws Refusal
 */
export async function importRowsCsv(
  registry: Registry,
  context: Context,
  id: string,
  language: Language,
): Promise<AsyncIterable<string>> {
  await visibleImport(registry, context, id)
  return csvOf(registry, id, language)
}

async function* csvOf(registry: Registry, id: string, language: Language): AsyncGenerator<string> {
  yield `\uFEFF${csvHeader[language].join(',')}\r\n`
  let afterRow = 0
  for (;;) {
    const rows = await rowsOfImport(registry.db, id, { afterRow, limit: rowsPerPage, outcome: null })
    const last = rows.at(-1)
    if (!last) return
    yield stringify(
      rows.flatMap((row) => csvLines(row, language)),
      { escape_formulas: true, record_delimiter: 'windows' },
    )
    afterRow = last.rowNumber
  }
}

function csvLines({ rowNumber, outcome, entityId, problems }: ImportedRow, language: Language): string[][] {
  const start = [String(rowNumber), outcomeNames[outcome][language], entityId ?? '']
  if (problems === null || problems.length === 0) return [[...start, '', '', '', '']]
  return problems.map((problem) => [
    ...start,
    problem.code,
    problem.path,
    valueText(problem),
    sentenceOf(problem, language),
  ])
}

function valueText({ value }: Problem): string {
  return value === undefined || value === null ? '' : String(value)
}
