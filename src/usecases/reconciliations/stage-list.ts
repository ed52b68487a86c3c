import { foldName } from '../../domain/imported-cells.ts'
import { type ListedBody, readListedRow } from '../../domain/listed-row.ts'
import type { Listed } from '../../domain/reconciliation.ts'
import { type Problem, problem, Refusal, refuse } from '../../domain/refusals.ts'
import { openRows, type RawRow } from '../../intake/rows.ts'
import type { Db } from '../../store/database.ts'
import { membersOfBodies, stageRows } from '../../store/reconciliation-rows.ts'
import { insertEntries, noteBytesRead } from '../../store/reconciliations.ts'
import { type FittedMapping, fitMapping, type ListMapping } from '../imports/mapping.ts'
import { unreadableRow } from '../imports/taker.ts'
import { unreadableEntry } from './entry-rows.ts'
import type { ListRun } from './list-run.ts'

const rowsTogether = 1_000
const otherBodiesShown = 20

/**
 * Puts the rows of the file aside, a piece at a time: rows of ours for the matching, rows that can't be compared as
 * entries of the work list, rows of bodies that the registry does not know as a mere count.
 * @throws Refusal `columns_missing`; `list_empty`; the first row's problem where no row can be compared
 */
export async function stageList(run: ListRun, path: string, mapping: ListMapping): Promise<boolean> {
  const source = await openRows(path)
  try {
    const fitted = fitMapping(mapping, source.columns)
    let firstProblem: Problem | null = null
    for await (const piece of inPieces(source.batches, rowsTogether)) {
      if (run.signal?.aborted) return false
      const staged = await stagePiece(run, piece, fitted, source.bytesRead())
      run.tally.rows += piece.length
      run.tally.ofOtherBodies += staged.others.length
      for (const name of staged.others) if (run.otherBodies.size < otherBodiesShown) run.otherBodies.add(name)
      firstProblem ??= staged.unreadable[0]?.problems[0] ?? null
      run.tally.comparable += staged.rows.length
    }
    requireSomething(run, firstProblem)
    return true
  } finally {
    await source.close()
  }
}

/** With nothing to compare, every certificate of ours would be missing there: that is told as what it is. */
function requireSomething({ tally }: ListRun, firstProblem: Problem | null): void {
  if (tally.rows === 0) throw refuse('list_empty')
  if (tally.comparable + tally.ofOtherBodies === 0 && firstProblem) throw new Refusal(firstProblem)
}

type Unreadable = { readonly rowNumber: number; readonly problems: readonly Problem[] }
type Staged = { readonly rows: Listed[]; readonly unreadable: Unreadable[]; readonly others: string[] }

async function stagePiece(
  run: ListRun,
  piece: readonly RawRow[],
  fitted: FittedMapping,
  bytesRead: number,
): Promise<Staged> {
  const { row, registry } = run
  const { now } = run.present()
  const staged = await readPiece(registry.db, run, piece, fitted)
  const entries = staged.unreadable.map((each) => unreadableEntry(row, each, now))
  await registry.db.transaction(async (tx) => {
    await stageRows(tx, row.id, staged.rows)
    await insertEntries(tx, entries)
    await noteBytesRead(tx, row.id, bytesRead, now)
  })
  return staged
}

async function readPiece(db: Db, run: ListRun, piece: readonly RawRow[], fitted: FittedMapping): Promise<Staged> {
  const readings = piece.map((row) => readRow(row, fitted))
  const readable = readings.filter((reading) => 'body' in reading)
  const staged: Staged = { rows: [], unreadable: readings.filter((reading) => 'problems' in reading), others: [] }
  const members = await membersNamed(
    db,
    readable.map(({ body }) => body),
  )
  for (const { listed, body } of readable) {
    const whose = ownerOf(members, body, run)
    if (whose === 'foreign') {
      const path = fitted.names.bodyName ?? 'bodyName'
      const problems = [problem('row_of_another_member', path, { value: textOf(body) })]
      staged.unreadable.push({ rowNumber: listed.rowNumber, problems })
    } else if (whose === 'unknown') staged.others.push(textOf(body))
    else staged.rows.push({ ...listed, memberId: whose.memberId })
  }
  return staged
}

type Readable = { readonly listed: Omit<Listed, 'memberId'>; readonly body: ListedBody }

function readRow(row: RawRow, fitted: FittedMapping): Readable | Unreadable {
  const { rowNumber } = row
  const unreadable = unreadableRow(row)
  if (unreadable) return { rowNumber, problems: unreadable.problems }
  const reading = readListedRow({ cells: fitted.read(row.cells).cells, names: fitted.names }, rowNumber)
  return reading.ok ? { listed: reading.listed, body: reading.body } : { rowNumber, problems: reading.problems }
}

type MembersNamed = ReadonlyMap<string, readonly string[]>

async function membersNamed(db: Db, bodies: readonly ListedBody[]): Promise<MembersNamed> {
  const once = new Map(bodies.filter(isNamed).map((body) => [textOf(body), body]))
  if (once.size === 0) return new Map()
  const spellings = [...once].flatMap(([key, { name, approvalNumber }]) =>
    bracketsOf(name).map((spelt) => ({ key, name: spelt, approvalNumber })),
  )
  const found = await membersOfBodies(db, spellings)
  const members = new Map<string, string[]>()
  for (const [at, { key }] of spellings.entries())
    members.set(key, [...new Set([...(members.get(key) ?? []), ...(found[at] ?? [])])])
  return members
}

/** Names of bodies are compared as written, with either kind of brackets. */
function bracketsOf(name: string | null): (string | null)[] {
  if (name === null || !/[()（）]/.test(name)) return [name]
  return [name.replace(/（/g, '(').replace(/）/g, ')'), name.replace(/\(/g, '（').replace(/\)/g, '）')]
}

function isNamed({ name, approvalNumber }: ListedBody): boolean {
  return approvalNumber !== null || (name !== null && foldName(name) !== '')
}

function textOf({ name, approvalNumber }: ListedBody): string {
  return [name, approvalNumber].filter((part) => part !== null).join(' ')
}

/**
 * Whose row it is: of the member that the list is about; of the one it names; of nobody we know. A name that several
 * members bear says no more than no name at all.
 */
function ownerOf(members: MembersNamed, body: ListedBody, { row }: ListRun) {
  const named = isNamed(body) ? (members.get(textOf(body)) ?? []) : null
  if (row.memberId !== null)
    return named === null || named.includes(row.memberId) ? { memberId: row.memberId } : 'foreign'
  if (named === null) return { memberId: null }
  const [only, ...others] = named
  if (only === undefined) return 'unknown'
  return { memberId: others.length === 0 ? only : null }
}

async function* inPieces(batches: AsyncIterable<readonly RawRow[]>, size: number): AsyncGenerator<readonly RawRow[]> {
  const waiting: RawRow[] = []
  for await (const batch of batches) {
    waiting.push(...batch)
    while (waiting.length >= size) yield waiting.splice(0, size)
  }
  if (waiting.length > 0) yield waiting
}
