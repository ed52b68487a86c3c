import fc from 'fast-check'
import t from 'tap'
import { funnelOf, rankRows } from '../../../src/domain/ranking/chart.ts'
import { binomialQuantiles } from '../../../src/domain/ranking/quantile.ts'
import type { RankedBody } from '../../../src/domain/ranking/ranking.ts'

const body = (name: string, met: number, due: number, place: number | null = null) =>
  ({
    memberId: name,
    name,
    figures: [{ indicator: 'on_time_cnca', numerator: met, denominator: due }],
    quality: { place, places: place === null ? null : { best: 1, worst: 3 } },
  }) as unknown as RankedBody

t.test('limits are those of a binomial count around the common rate', async (t) => {
  // Of 10 at 0.9: at most 6 with a chance of 1.28 %, at most 7 with 7.02 %; 10 with 34.9 %.
  t.same(binomialQuantiles(10, 0.9, [0.025, 0.001, 0.975]), [7, 5, 10])
  t.same(
    [binomialQuantiles(5, 0, [0.5]), binomialQuantiles(5, 1, [0.5]), binomialQuantiles(1_000_000, 0.9, [0.5])].flat(),
    [0, 5, 900_000],
  )
  const { commonRate, points, limits } = funnelOf([body('a', 9, 10), body('b', 18, 20), body('none', 0, 0)])
  t.equal(commonRate, 0.9)
  t.same(
    points.map(({ name, rate }) => [name, rate]),
    [
      ['a', 0.9],
      ['b', 0.9],
    ],
  )
  t.match(
    limits.find(({ due }) => due === 10),
    { low95: 0.7, low998: 0.5, high95: 1 },
  )
  t.ok(
    limits.every(
      (limit) => limit.low998 <= limit.low95 && limit.low95 <= limit.high95 && limit.high95 <= limit.high998,
    ),
  )
})

t.test('of few, the quantiles are those of the chances written out', async (t) => {
  const chancesOf = (n: number, rate: number) => {
    let chances = [1]
    for (let trial = 0; trial < n; trial += 1)
      chances = [...chances, 0].map((chance, at) => chance * (1 - rate) + (chances[at - 1] ?? 0) * rate)
    return chances
  }
  const writtenOut = (n: number, rate: number, wanted: number) => {
    let sum = 0
    return chancesOf(n, rate).findIndex((chance) => {
      sum += chance
      return sum >= wanted
    })
  }
  const rates = fc.integer({ min: 1, max: 999 }).map((thousandths) => thousandths / 1000)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), rates, (n, rate) => {
      // None of these is a sum of such chances, so that nothing hangs on the last digit.
      const wanted = [0.0010007, 0.0250013, 0.5000019, 0.9750023, 0.9990029]
      const reckoned = binomialQuantiles(n, rate, wanted)
      t.same(
        reckoned,
        wanted.map((chance) => writtenOut(n, rate, chance)),
      )
    }),
    { numRuns: 200 },
  )
})

t.test('a million reports need no more than sixty limits; none at all need none', async (t) => {
  t.ok(funnelOf([body('a', 900_000, 1_000_000)]).limits.length <= 61)
  t.same(funnelOf([body('none', 0, 0)]), { commonRate: null, points: [], limits: [] })
})

t.test('places for the chart: the best first, by name where equal, without those that have none', async (t) => {
  const rows = rankRows([body('c', 1, 1, 2), body('b', 1, 1, 1), body('a', 1, 1, 2), body('d', 1, 1)])
  t.same(
    rows.map(({ name, place }) => [name, place]),
    [
      ['b', 1],
      ['a', 2],
      ['c', 2],
    ],
  )
})
