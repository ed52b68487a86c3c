import { certificateStateOn } from '../../domain/certificate.ts'
import { matchByHolder, matchByNumber } from '../../domain/list-matching.ts'
import {
  differencesFromAnnounced,
  differencesOf,
  type Entry,
  type Held,
  type Listed,
  listedTwice,
  type Matching,
  missingHere,
  missingThere,
} from '../../domain/reconciliation.ts'
import { announcedOf } from '../../store/announced-facts.ts'
import {
  type ExpectedCertificate,
  expectedCertificates,
  type GroupBy,
  type HeldFacts,
  heldOfHolders,
  heldOfIds,
  heldOfNumbers,
  markRows,
  nextGroups,
  type RowProgress,
  rowsAtStage,
  rowsOfGroups,
  type Scope,
} from '../../store/reconciliation-rows.ts'
import { insertEntries, signOfReconciliations } from '../../store/reconciliations.ts'
import { entryRow } from './entry-rows.ts'
import type { ListRun } from './list-run.ts'

const groupsTogether = 500
/** Of one number or holder and one body; a number that a list repeats more often is listed twice in any case. */
const rowsEachMax = 100
const rowsTogether = 1_000

/**
 * Lays the staged rows beside our certificates: by number, then by holder, then what is left on either side. Whole
 * numbers and whole holders at a time, so that the rule sees all that it must, and memory does not grow with the list.
 * False where it was asked to stop.
 */
export async function matchList(run: ListRun): Promise<boolean> {
  const steps = [
    () => matchGroups(run, 'number'),
    () => noteRepeated(run),
    () => matchGroups(run, 'creditCode'),
    () => matchGroups(run, 'nameKey'),
    () => noteMissingHere(run),
    () => noteMissingThere(run),
  ]
  for (const step of steps) if (!(await step())) return false
  return true
}

function scopeOf({ row }: ListRun): Scope {
  return { memberId: row.memberId, knownAt: row.startedAt }
}

function heldOf({ endedOn, endedAs, suspensions, ...held }: HeldFacts, { row }: ListRun): Held {
  const { validFrom, validUntil } = held
  return { ...held, state: certificateStateOn({ validFrom, validUntil, endedOn, endedAs, suspensions }, row.madeOn) }
}

async function matchGroups(run: ListRun, by: GroupBy): Promise<boolean> {
  const { row, registry } = run
  for (let after = ''; ; ) {
    if (run.signal?.aborted) return false
    const keys = await nextGroups(registry.db, row.id, by, { after, limit: groupsTogether })
    const last = keys.at(-1)
    if (last === undefined) return true
    const theirs = await rowsOfGroups(registry.db, row.id, by, { after, upTo: last, rowsEachMax })
    await settle(run, by === 'number' ? await byNumber(run, keys, theirs) : await byHolder(run, theirs))
    after = last
  }
}

async function byNumber(run: ListRun, numbers: readonly string[], theirs: readonly Listed[]): Promise<Matching> {
  const held = await heldOfNumbers(run.registry.db, scopeOf(run), numbers)
  return matchByNumber(
    held.map((each) => heldOf(each, run)),
    theirs,
  )
}

async function byHolder(run: ListRun, theirs: readonly Listed[]): Promise<Matching> {
  const held = await heldOfHolders(run.registry.db, run.row.id, scopeOf(run), theirs)
  return matchByHolder(
    held.map((each) => heldOf(each, run)),
    theirs,
  )
}

/** Rows that stay unmatched are kept for the next step. */
async function settle(run: ListRun, { pairs, twice, theirs }: Matching): Promise<void> {
  const announced = await announcedOf(
    run.registry.db,
    pairs.map(({ ours }) => ours.id),
    { on: run.row.madeOn, knownAt: run.row.startedAt },
  )
  const differing = pairs.map((pair) => {
    const fact = announced.get(pair.ours.id)
    return [...differencesOf(pair), ...(fact ? differencesFromAnnounced(pair, fact) : [])]
  })
  run.tally.matched += pairs.length
  run.tally.agreeing += differing.filter((entries) => entries.length === 0).length
  await keep(
    run,
    [...differing.flat(), ...twice.map(listedTwice)],
    [
      ...pairs.map((pair) => settled(pair.theirs, pair.ours.id)),
      ...twice.map((row) => settled(row, null)),
      ...theirs.map(({ rowNumber }) => ({ rowNumber, progress: 'unmatched' as const, certificateId: null })),
    ],
  )
}

function settled({ rowNumber }: Listed, certificateId: string | null): RowProgress {
  return { rowNumber, progress: 'settled', certificateId }
}

async function keep(run: ListRun, entries: readonly Entry[], marked: readonly RowProgress[]): Promise<void> {
  const { row, registry } = run
  const { now } = run.present()
  await registry.db.transaction(async (tx) => {
    await insertEntries(
      tx,
      entries.map((entry) => entryRow(row, entry, now)),
    )
    if (marked.length > 0) await markRows(tx, row.id, marked)
    await signOfReconciliations(tx, [row.id], now)
  })
}

/** What was passed over because its number was repeated beyond measure. */
function noteRepeated(run: ListRun): Promise<boolean> {
  return noteRows(run, 'staged', listedTwice)
}

function noteMissingHere(run: ListRun): Promise<boolean> {
  return noteRows(run, 'unmatched', missingHere)
}

async function noteRows(
  run: ListRun,
  stage: 'staged' | 'unmatched',
  entryOf: (row: Listed) => Entry,
): Promise<boolean> {
  for (let afterRow = 0; ; ) {
    if (run.signal?.aborted) return false
    const rows = await rowsAtStage(run.registry.db, run.row.id, stage, { afterRow, limit: rowsTogether })
    const last = rows.at(-1)
    if (!last) return true
    await keep(
      run,
      rows.map(entryOf),
      rows.map((row) => settled(row, null)),
    )
    afterRow = last.rowNumber
  }
}

async function noteMissingThere(run: ListRun): Promise<boolean> {
  const { row, registry } = run
  for (let after: ExpectedCertificate | null = null; ; ) {
    if (run.signal?.aborted) return false
    const page = { after, limit: rowsTogether }
    const expected: ExpectedCertificate[] = await expectedCertificates(registry.db, row.id, scopeOf(run), row, page)
    const last = expected.at(-1)
    if (!last) return true
    const ids = expected.filter(({ isUnmatched }) => isUnmatched).map(({ id }) => id)
    const held = ids.length === 0 ? [] : await heldOfIds(registry.db, ids)
    await keep(
      run,
      held.map((each) => missingThere(heldOf(each, run))),
      [],
    )
    after = last
  }
}
