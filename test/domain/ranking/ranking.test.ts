import fc from 'fast-check'
import t from 'tap'
import { plainDate } from '../../../src/domain/plain-date.ts'
import type { Counter, CountRow } from '../../../src/domain/ranking/counter.ts'
import { indicatorsInForce } from '../../../src/domain/ranking/indicator.ts'
import { defaultPolicy } from '../../../src/domain/ranking/policy.ts'
import { type RankingInput, rank } from '../../../src/domain/ranking/ranking.ts'
import { stretchesOf, windowsOf } from '../../../src/domain/ranking/window.ts'
import { seededNumbers } from '../../../src/statistics/random-numbers.ts'

const windows = windowsOf({ from: plainDate('2026-07-01'), until: plainDate('2026-09-30') }, 3)
const stretches = stretchesOf(windows)
const present = stretches.indexOf(windows.period.from)
const policy = { ...defaultPolicy, draws: 400, weightings: 50 }

const row = (memberId: string, counter: Counter, rows: number, more: Partial<CountRow> = {}): CountRow => ({
  memberId,
  family: 'manufacturing',
  stretch: present,
  counter,
  workingDays: null,
  rows,
  contested: 0,
  ...more,
})

const inputOf = (
  counts: readonly CountRow[],
  bodies = [...new Set(counts.map(({ memberId }) => memberId))],
): RankingInput => ({
  windows,
  asOf: plainDate('2026-11-20'),
  bodies: bodies.map((memberId) => ({
    memberId,
    name: memberId,
    hasFailedRectification: false,
    approvalRevoked: false,
  })),
  counts,
})

const ranked = (input: RankingInput, judged = policy) =>
  rank(input, { policy: judged, definitions: indicatorsInForce(windows.period.until) }, seededNumbers('x')).tables

t.test('two tables, never mixed: the busiest is not the best', async (t) => {
  const [all] = ranked(
    inputOf([
      row('busy', 'report_on_time', 30),
      row('busy', 'report_late', 20),
      row('busy', 'result_certified', 50),
      row('good', 'report_on_time', 20),
      row('good', 'result_certified', 20),
    ]),
  )
  t.same(
    all?.bodies.map(({ name, quality, quantity }) => [name, quality.place, quantity.place]),
    [
      ['busy', 2, 1],
      ['good', 1, 2],
    ],
  )
})

t.test('within a family only those that did something in it', async (t) => {
  const tables = ranked(
    inputOf([
      row('a', 'report_on_time', 9),
      row('b', 'report_on_time', 9, { family: 'services' }),
      row('b', 'post_refused', 1, { family: null }),
    ]),
  )
  t.same(
    tables.map(({ family, bodies }) => [family, bodies.map(({ name }) => name)]),
    [
      [null, ['a', 'b']],
      ['manufacturing', ['a']],
      ['services', ['b']],
    ],
  )
  t.ok(
    tables.slice(1).every(({ bodies }) => bodies.every(({ judgement }) => judgement === null)),
    'judged over all',
  )
})

t.test('the period before stands beside it, and the years count in the judgement alone', async (t) => {
  const earlier = stretches.indexOf(windows.previous.from)
  const longAgo = stretches.indexOf(windows.years[2]?.from ?? windows.period.from)
  const [all] = ranked(
    inputOf([
      row('a', 'report_on_time', 8),
      row('a', 'report_late', 2),
      row('a', 'report_on_time', 10, { stretch: earlier }),
      row('a', 'report_late', 30, { stretch: longAgo }),
      row('b', 'report_on_time', 10),
    ]),
  )
  const a = all?.bodies[0]
  t.match(a?.figures[0], { value: 0.8, previous: 1, denominator: 10 })
  t.match(a?.judgement, { met: 18, due: 50 })
  t.match(a?.quality, { previousPlace: 1 })
  t.match(all?.bodies[1]?.quality, { previousPlace: null })
})

t.test('who has too few reports has no score and no place, and is heard of in quantity all the same', async (t) => {
  const [all] = ranked(
    inputOf([row('few', 'report_late', 4), row('few', 'result_certified', 4), row('b', 'report_on_time', 9)]),
  )
  t.match(all?.bodies[0], {
    quality: { points: null, class: null, place: null, places: null, classChances: null, heldShare: null },
    quantity: { results: 4, place: 1 },
    judgement: { recommendation: 'insufficient_data' },
  })
  t.match(all?.bodies[1]?.quality, { place: 1, places: { best: 1, worst: 1 } })
})

t.test('a confirmed false result is a ground by itself, also for who has no other data', async (t) => {
  const [all] = ranked(inputOf([row('a', 'finding_false_result', 1), row('b', 'report_on_time', 9)]))
  t.match(all?.bodies[0], { quality: { limits: ['false_result'] }, judgement: { recommendation: 'remove' } })
})

t.test('caps and vetoes reach the chances of the classes too', async (t) => {
  const [all] = ranked(
    inputOf([
      row('a', 'report_on_time', 50),
      row('a', 'report_late', 1),
      row('b', 'report_on_time', 50),
      row('b', 'penalty', 1),
    ]),
  )
  t.match(all?.bodies[0]?.quality, { pointsClass: 'A', class: 'B', classChances: { A: 0 } })
  t.match(all?.bodies[1]?.quality, { pointsClass: 'A', class: 'C', classChances: { A: 0, B: 0, C: 1 } })
})

const amounts = fc.array(fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 6 })), { minLength: 1, maxLength: 6 })
const light = { ...policy, draws: 200, weightings: 10 }
const countsOfAmounts = (pairs: readonly [number, number][]) =>
  pairs.flatMap(([onTime, late], at) => [
    row(`m${at}`, 'report_on_time', onTime),
    row(`m${at}`, 'report_late', late),
    row(`m${at}`, 'result_certified', onTime + late),
  ])

t.test('whatever the numbers: places, intervals and chances make sense, and twice the same is the same', async () => {
  fc.assert(
    fc.property(amounts, (pairs) => {
      const input = inputOf(countsOfAmounts(pairs))
      const [all] = ranked(input, light)
      if (JSON.stringify(all) !== JSON.stringify(ranked(input, light)[0])) return false
      return (all?.bodies ?? []).every(({ quality, figures }) => {
        const within = figures.every(
          ({ value, low, high, denominator }) =>
            value === null || low === null || high === null || (low <= high && denominator !== null),
        )
        if (quality.place === null) return within && quality.places === null
        const { best, worst } = quality.places ?? { best: 0, worst: 0 }
        const { A, B, C } = quality.classChances ?? { A: 0, B: 0, C: 0 }
        const held = quality.heldShare ?? -1
        return (
          within &&
          best >= 1 &&
          best <= worst &&
          worst <= pairs.length &&
          Math.abs(A + B + C - 1) < 1e-9 &&
          held >= 0 &&
          held <= 1
        )
      })
    }),
    { numRuns: 25 },
  )
})

t.test('one report more on time never lowers the points', async () => {
  fc.assert(
    fc.property(amounts, (pairs) => {
      const points = (these: readonly [number, number][]) =>
        ranked(inputOf(countsOfAmounts(these)), light)[0]?.bodies[0]?.quality.points ?? null
      const [[onTime, late] = [0, 0], ...others] = pairs
      const [before, after] = [points(pairs), points([[onTime + 1, late], ...others])]
      return before === null || (after !== null && after >= before - 1e-9)
    }),
    { numRuns: 15 },
  )
})

t.test('the order in which a policy was stored plays no part: each weight has its own random numbers', async (t) => {
  const input = inputOf([
    row('a', 'report_on_time', 20),
    row('a', 'post_refused', 20),
    row('b', 'report_late', 20),
    row('b', 'post_first', 20),
  ])
  const weighed = (weights: typeof policy.weights) => ranked(input, { ...policy, weights })[0]?.bodies
  const one = weighed({ on_time_cnca: 52, first_pass_validity: 48 })
  t.same(one, weighed({ first_pass_validity: 48, on_time_cnca: 52 }))
  const held = one?.[0]?.quality.heldShare ?? 0
  t.ok(held > 0 && held < 1, `in some weightings the places change: ${held}`)
})

t.test('bodies with the same data have the same places, also where the points leave no difference', async (t) => {
  const flat = {
    ...policy,
    points: {
      ...policy.points,
      on_time_cnca: [
        [0.5, 0],
        [0.8, 100],
      ] as [number, number][],
    },
    weights: { on_time_cnca: 100 },
  }
  const [all] = ranked(inputOf(['a', 'b', 'c'].map((name) => row(name, 'report_on_time', 20))), flat)
  for (const { quality } of all?.bodies ?? []) t.same([quality.place, quality.places], [1, { best: 1, worst: 3 }])
})
