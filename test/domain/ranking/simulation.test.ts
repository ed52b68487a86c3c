import t from 'tap'
import { poolRates } from '../../../src/domain/ranking/pooled-rate.ts'
import { drawable, drawCell, simulate } from '../../../src/domain/ranking/simulation.ts'
import { seededNumbers } from '../../../src/statistics/random-numbers.ts'

/** The places of bodies by their true rates. */
function intervals(tallies: Parameters<typeof poolRates>[0], seed = '2026') {
  const random = seededNumbers(seed)
  const sums = poolRates(tallies).map(drawable)
  const drawn = (scores: Float64Array) => {
    sums.forEach((each, body) => {
      scores[body] = drawCell(each, random)
    })
  }
  return simulate(drawn, sums.length, random, { draws: 2_000, chance: 0.9 }).map(({ places }) => places)
}

t.test('the same seed gives the same places, to the last', async (t) => {
  const tallies = [
    { met: 9, due: 10 },
    { met: 7, due: 10 },
    { met: 10, due: 10 },
  ]
  t.same(intervals(tallies), intervals(tallies))
  const first = seededNumbers('a')
  const drawn = [first(), first(), first()]
  const again = seededNumbers('a')
  t.same([again(), again(), again()], drawn)
  t.ok(drawn.every((number) => number >= 0 && number < 1))
  t.not(seededNumbers('b')(), drawn[0])
})

t.test('equal bodies may be anywhere, and a clear difference is a clear place', async (t) => {
  const equal = intervals(Array.from({ length: 10 }, () => ({ met: 9, due: 10 })))
  for (const { best, worst } of equal) t.ok(best <= 2 && worst >= 9, `${best} to ${worst}`)
  const clear = intervals([
    { met: 390, due: 400 },
    { met: 300, due: 400 },
    { met: 200, due: 400 },
  ])
  t.same(clear, [
    { best: 1, worst: 1 },
    { best: 2, worst: 2 },
    { best: 3, worst: 3 },
  ])
  t.same(intervals([{ met: 1, due: 2 }]), [{ best: 1, worst: 1 }], 'alone it is the first')
})
