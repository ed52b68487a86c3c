import t from 'tap'
import { funnelOf, rankRows } from '../../../src/domain/ranking/chart.ts'
import { binomialQuantile } from '../../../src/domain/ranking/quantile.ts'
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
  t.equal(binomialQuantile(10, 0.9, 0.025), 7)
  t.equal(binomialQuantile(10, 0.9, 0.001), 5)
  t.equal(binomialQuantile(10, 0.9, 0.975), 10)
  t.same(
    [binomialQuantile(5, 0, 0.5), binomialQuantile(5, 1, 0.5), binomialQuantile(100_000, 0.9, 0.5)],
    [0, 5, 90_000],
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
