import { foldName } from './imported-cells.ts'
import type { Held, Listed, Matching, Pair } from './reconciliation.ts'

/** Which row of a foreign list is which certificate of ours (N4). */

/** The whole of both sides at once. {@link matchByNumber} and {@link matchByHolder} do the same a piece at a time. */
export function matchLists(ours: readonly Held[], theirs: readonly Listed[]): Matching {
  const byNumber = matchByNumber(ours, theirs)
  const byHolder = matchByHolder(byNumber.ours, byNumber.theirs)
  return { ...byHolder, pairs: [...byNumber.pairs, ...byHolder.pairs], twice: byNumber.twice }
}

/**
 * Matches what bears the same number: first by the first day too, within the named body before across bodies (numbers
 * may repeat across members, R4) of the same holder, then whatever the period, the latest first (renewals). Whole numbers may be matched
 * apart from one another.
 */
export function matchByNumber(ours: readonly Held[], theirs: readonly Listed[]): Matching {
  const inOrder = { pairs: [], ours: ours.toSorted(heldOrder), theirs: theirs.toSorted(listedOrder) }
  const exact = samePeriodPasses.reduce((pool, marks) => pairUp(pool, marks), inOrder as Pool)
  const first = setRepeatedAside(exact)
  const { pairs, ours: oursLeft, theirs: theirsLeft } = anyPeriodPasses.reduce(pairUp, first.pool)
  const last = setRepeatedAside({ pairs, ours: oursLeft, theirs: theirsLeft })
  return { ...last.pool, twice: [...first.twice, ...last.twice] }
}

/**
 * Matches what bears another number but is of the same holder and has the same days, by credit code before name. Only
 * where there is one such on each side: among several it would be a guess. Whole holders may be matched apart.
 */
export function matchByHolder(ours: readonly Held[], theirs: readonly Listed[]): Matching {
  const pool: Pool = { pairs: [], ours, theirs }
  return { ...holderPasses.reduce(pairTheOnlyOnes, pool), twice: [] }
}

type Pool = Pick<Matching, 'pairs' | 'ours' | 'theirs'>
type Side = Held | Listed
type Mark = (row: Side) => string | null

const body: Mark = ({ memberId }) => memberId
const number: Mark = (row) => row.number
const holder: Mark = ({ holderName }) => (holderName === null ? null : foldName(holderName) || null)
const code: Mark = ({ creditCode }) => creditCode
const from: Mark = ({ validFrom }) => validFrom
const until: Mark = ({ validUntil }) => validUntil

/** Across bodies only where the list names none, or the holder is the same: `001` is many members' number (R4). */
const unnamed: Mark = (row) => ('id' in row || row.memberId === null ? '' : null)

const samePeriodPasses: readonly (readonly Mark[])[] = [
  [number, from, body, holder, until],
  [number, from, body, holder],
  [number, from, body],
  [number, from, holder, until],
  [number, from, holder],
  [number, from, unnamed],
]
const anyPeriodPasses: readonly (readonly Mark[])[] = [
  [number, body],
  [number, holder],
  [number, unnamed],
]
const holderPasses: readonly (readonly Mark[])[] = [
  [code, from, until, body],
  [code, from, until, unnamed],
  [holder, from, until, body],
  [holder, from, until, unnamed],
]

/** Null where one of the marks is not known: nothing is the same as the unknown. */
function keyOf(row: Side, marks: readonly Mark[]): string | null {
  const parts = marks.map((mark) => mark(row))
  return parts.includes(null) ? null : parts.join('\u0000')
}

function byKey<Row extends Side>(rows: readonly Row[], marks: readonly Mark[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = keyOf(row, marks)
    if (key === null) continue
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}

/** Pairs what has the same marks, in the order of both sides, as far as the shorter side goes. */
function pairUp(pool: Pool, marks: readonly Mark[]): Pool {
  if (pool.ours.length === 0 || pool.theirs.length === 0) return pool
  const waiting = byKey(pool.ours, marks)
  return withPairs(
    pool,
    pool.theirs.flatMap((theirs) => {
      const ours = waiting.get(keyOf(theirs, marks) ?? '')?.shift()
      return ours ? [{ ours, theirs }] : []
    }),
  )
}

function pairTheOnlyOnes(pool: Pool, marks: readonly Mark[]): Pool {
  const [ours, theirs] = [byKey(pool.ours, marks), byKey(pool.theirs, marks)]
  const pairs = [...theirs].flatMap(([key, rows]) => {
    const [one, ...others] = ours.get(key) ?? []
    const [row, ...otherRows] = rows
    return one && row && others.length + otherRows.length === 0 ? [{ ours: one, theirs: row }] : []
  })
  return withPairs(pool, pairs)
}

function withPairs({ pairs, ours, theirs }: Pool, found: readonly Pair[]): Pool {
  if (found.length === 0) return { pairs, ours, theirs }
  const paired = new Set<Side>(found.flatMap((pair) => [pair.ours, pair.theirs]))
  return {
    pairs: [...pairs, ...found],
    ours: ours.filter((row) => !paired.has(row)),
    theirs: theirs.filter((row) => !paired.has(row)),
  }
}

/** Rows that say once more what another row of the list said: same number, body and first day. */
function setRepeatedAside({ pairs, ours, theirs }: Pool): { pool: Pool; twice: readonly Listed[] } {
  const marksOf = (row: Listed) => JSON.stringify([row.number, row.memberId, row.validFrom])
  const said = new Set(pairs.map((pair) => marksOf(pair.theirs)))
  const twice = theirs.filter((row) => said.has(marksOf(row)) || !said.add(marksOf(row)))
  return { pool: { pairs, ours, theirs: theirs.filter((row) => !twice.includes(row)) }, twice }
}

/** Latest first, and then by what the rows say, so that the order of the file plays no part. */
function heldOrder(a: Held, b: Held): number {
  return compare(b.validFrom, a.validFrom) || compare(contentOf(a), contentOf(b)) || compare(a.id, b.id)
}

function listedOrder(a: Listed, b: Listed): number {
  return (
    compare(b.validFrom ?? '', a.validFrom ?? '') || compare(contentOf(a), contentOf(b)) || a.rowNumber - b.rowNumber
  )
}

function contentOf({ number, memberId, holderName, creditCode, issuedOn, validUntil, state }: Side): string {
  return JSON.stringify([number, holderName, creditCode, issuedOn, validUntil, state, memberId])
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
