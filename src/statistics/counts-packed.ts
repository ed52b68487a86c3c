import { type Family, familyOrder } from '../domain/families.ts'
import { type Counter, type CountRow, counters } from '../domain/ranking/counter.ts'

/**
 * Counts on their way to another thread. Some hundred thousand rows as objects would be copied with all their texts,
 * twice; as numbers they take 28 bytes each, and are handed over.
 */
export type PackedCounts = { readonly memberIds: readonly string[]; readonly numbers: Int32Array<ArrayBuffer> }

/** Body, family, stretch, counter, working days, rows, contested. */
const numbersPerRow = 7
/** Stands for null; no place in a list and no number of days is negative. */
const none = -1

export function packed(rows: readonly CountRow[]): PackedCounts {
  const places = new Map<string, number>()
  const numbers = new Int32Array(rows.length * numbersPerRow)
  for (const [at, row] of rows.entries()) {
    const member = places.get(row.memberId) ?? places.size
    places.set(row.memberId, member)
    const family = row.family === null ? none : familyOrder.indexOf(row.family)
    const counter = counters.indexOf(row.counter)
    const of = [member, family, row.stretch, counter, row.workingDays ?? none, row.rows, row.contested]
    numbers.set(of, at * numbersPerRow)
  }
  return { memberIds: [...places.keys()], numbers }
}

export function unpacked({ memberIds, numbers }: PackedCounts): CountRow[] {
  return Array.from({ length: numbers.length / numbersPerRow }, (_, at) => {
    const number = (which: number) => numbers[at * numbersPerRow + which] ?? none
    return {
      memberId: memberIds[number(0)] ?? '',
      family: number(1) === none ? null : (familyOrder[number(1)] as Family),
      stretch: number(2),
      counter: counters[number(3)] as Counter,
      workingDays: number(4) === none ? null : number(4),
      rows: number(5),
      contested: number(6),
    }
  })
}
