import fc from 'fast-check'
import t from 'tap'
import { incidenceInterval, meanIncidence, poolIncidences } from '../../../src/domain/ranking/pooled-incidence.ts'

const one = (events: number, hundreds: number) => {
  const [posterior] = poolIncidences([{ events, hundreds }])
  if (!posterior) throw new Error('none')
  return { mean: meanIncidence(posterior), ...incidenceInterval(posterior, 0.9) }
}

t.test('with much to go by, the incidence is what was seen, between the bounds of a Poisson count', async (t) => {
  // 100 events in 50 hundreds: 2 for each hundred; exact 90 % bounds (Garwood) 1.681 and 2.362.
  const { mean, low, high } = one(100, 50)
  t.ok(Math.abs(mean - 2) < 0.03, `${mean}`)
  t.ok(Math.abs(low - 1.69) < 0.04 && Math.abs(high - 2.35) < 0.04, `${low} ${high}`)
})

t.test('no event in few certificates is no proof of none', async (t) => {
  const few = one(0, 0.2)
  const many = one(0, 50)
  t.ok(few.high > 1, `${few.high}`)
  t.ok(many.high < 0.15, `${many.high}`)
})

t.test('more events never make the estimate lower, and the order of the bodies plays no part', async () => {
  const body = fc.record({ events: fc.nat({ max: 12 }), hundreds: fc.double({ min: 0.1, max: 40, noNaN: true }) })
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 6 }), (bodies) => {
      const means = poolIncidences(bodies).map(meanIncidence)
      const reversed = poolIncidences([...bodies].reverse())
        .map(meanIncidence)
        .reverse()
      const [first, ...others] = bodies
      const worse = poolIncidences([{ events: (first?.events ?? 0) + 1, hundreds: first?.hundreds ?? 1 }, ...others])
      return (
        means.every((mean, at) => Math.abs(mean - (reversed[at] ?? 0)) < 1e-9) &&
        meanIncidence(worse[0] as Float64Array) > (means[0] ?? 0)
      )
    }),
    { numRuns: 40 },
  )
})

t.test('one bad body among good ones is not excused by them', async (t) => {
  const good = Array.from({ length: 19 }, () => ({ events: 0, hundreds: 2 }))
  const posteriors = poolIncidences([{ events: 8, hundreds: 2 }, ...good])
  const bad = incidenceInterval(posteriors[0] as Float64Array, 0.9)
  t.ok(bad.low > 1.5 && bad.high < 8, `${bad.low} ${bad.high}`)
})
