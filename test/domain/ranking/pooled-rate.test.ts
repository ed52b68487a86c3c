import fc from 'fast-check'
import t from 'tap'
import {
  chanceBelow,
  meanRate,
  poolRates,
  type RatePosterior,
  rateAt,
  rateCells,
  rateInterval,
  rateOfCell,
  type Tally,
} from '../../../src/domain/ranking/pooled-rate.ts'

/** A beta distribution on the same cells, whose figures are known in closed form. */
function beta(a: number, b: number): RatePosterior {
  const weights = Float64Array.from(
    { length: rateCells },
    (_, cell) => rateOfCell(cell) ** (a - 1) * (1 - rateOfCell(cell)) ** (b - 1),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

t.test('mean, chance and interval of a known distribution are those of its closed form', async (t) => {
  const close = (found: number, wanted: number, what: string) =>
    t.ok(Math.abs(found - wanted) < 0.002, `${what}: ${found}`)
  for (const [a, b] of [
    [2, 2],
    [9, 3],
    [40, 4],
  ] as const)
    close(meanRate(beta(a, b)), a / (a + b), `the mean of ${a}, ${b}`)
  // Beta(2, 1): the chance of being below x is x²; Beta(1, 2): 1 − (1 − x)²; Beta(1, 1): x.
  for (const x of [0.1, 0.5, 0.85]) {
    close(chanceBelow(beta(2, 1), x), x ** 2, `Beta(2, 1) below ${x}`)
    close(chanceBelow(beta(1, 2), x), 1 - (1 - x) ** 2, `Beta(1, 2) below ${x}`)
    close(rateAt(beta(2, 1), x ** 2), x, `Beta(2, 1) at ${x ** 2}`)
  }
  const { low, high } = rateInterval(beta(1, 1), 0.9)
  close(low, 0.05, 'the lower end')
  close(high, 0.95, 'the upper end')
})

const tally = fc
  .integer({ min: 0, max: 60 })
  .chain((due) => fc.integer({ min: 0, max: due }).map((met): Tally => ({ met, due })))

t.test('chances sum to 1, whatever the results', async (t) => {
  fc.assert(
    fc.property(fc.array(tally, { minLength: 1, maxLength: 12 }), (tallies) =>
      poolRates(tallies).every((posterior) => {
        const sum = posterior.reduce((total, weight) => total + weight, 0)
        return Math.abs(sum - 1) < 1e-9 && posterior.every((weight) => weight >= 0)
      }),
    ),
    { numRuns: 30 },
  )
  t.pass('for any results')
})

t.test('the order of the bodies plays no part, to the last digit', async (t) => {
  fc.assert(
    fc.property(fc.array(tally, { minLength: 2, maxLength: 10 }), (tallies) => {
      const forward = poolRates(tallies)
      const backward = poolRates(tallies.toReversed()).toReversed()
      return forward.every((posterior, at) => posterior.every((weight, cell) => weight === backward[at]?.[cell]))
    }),
    { numRuns: 30 },
  )
  t.pass('for any bodies')
})

t.test('one more that was late makes it likelier to be below the bar, and one more in time less', async (t) => {
  const others: Tally[] = Array.from({ length: 9 }, (_, at) => ({ met: 9 + (at % 2), due: 10 }))
  const below = (own: Tally) => chanceBelow(poolRates([own, ...others])[0] as RatePosterior, 0.85)
  for (let met = 1; met <= 20; met += 1) {
    t.ok(below({ met: met - 1, due: 20 }) > below({ met, due: 20 }), `${met - 1} of 20 against ${met}`)
    t.ok(below({ met, due: 21 }) > below({ met: met + 1, due: 21 }), `${met} of 21 against ${met + 1}`)
  }
})

t.test(
  'a body with few results is drawn to the others, and nineteen good ones do not excuse the twentieth',
  async (t) => {
    const good: Tally[] = Array.from({ length: 19 }, () => ({ met: 37, due: 40 }))
    const meanOf = (own: Tally) => meanRate(poolRates([own, ...good])[0] as RatePosterior)
    t.ok(meanOf({ met: 4, due: 5 }) > 4 / 5, 'it is drawn up')
    t.ok(meanOf({ met: 5, due: 5 }) < 1, 'or down')
    t.ok(meanOf({ met: 0, due: 0 }) > 0.8, 'without results it is taken for one of them')
    const bad = poolRates([{ met: 60, due: 100 }, ...good])[0] as RatePosterior
    t.ok(Math.abs(meanRate(bad) - 0.6) < 0.03, 'forty late of a hundred say it all')
    t.ok(chanceBelow(bad, 0.85) > 0.999)
  },
)
