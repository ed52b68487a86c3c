import fc from 'fast-check'
import t from 'tap'
import { plainDate } from '../../../src/domain/plain-date.ts'
import { countsOf } from '../../../src/domain/ranking/counter.ts'
import { type IndicatorId, indicatorIds } from '../../../src/domain/ranking/indicator.ts'
import {
  builtInPolicies,
  defaultPolicy,
  type Policy,
  pointsOf,
  policyInForce,
  problemsOfPolicy,
} from '../../../src/domain/ranking/policy.ts'
import { classOf, limited, limitsOf, placesOf, scoreOf, weighed } from '../../../src/domain/ranking/score.ts'

const refused = (changes: Partial<Policy>) =>
  problemsOfPolicy({ ...defaultPolicy, ...changes }).map(({ code, path }) => `${code}@${path}`)

t.test('what is wrong with a policy', async (t) => {
  const { weights, points, recommendation } = defaultPolicy
  const { spot_check_pass: _, ...withoutChecks } = points
  const table: [string, Partial<Policy>, string[]][] = [
    ['the default', {}, []],
    ['weights that do not sum', { weights: { ...weights, spot_check_pass: 11 } }, ['weights_do_not_sum@weights']],
    ['sevenths that do', { weights: { on_time_cnca: 100 / 3, spot_check_pass: 200 / 3 } }, []],
    ['no weight on the report', { weights: { spot_check_pass: 100 } }, ['on_time_not_weighed@weights.on_time_cnca']],
    [
      'quantity in the score',
      {
        weights: { on_time_cnca: 50, acceptance: 50 },
        points: {
          ...points,
          acceptance: [
            [0, 0],
            [1, 100],
          ],
        },
      },
      ['axes_mixed@weights.acceptance'],
    ],
    ['no points', { points: withoutChecks }, ['points_missing@points.spot_check_pass']],
    [
      'values that fall',
      {
        points: {
          ...points,
          spot_check_pass: [
            [1, 0],
            [0.5, 100],
          ],
        },
      },
      ['policy_out_of_order@points.spot_check_pass'],
    ],
    [
      'points that fall where more is better',
      {
        points: {
          ...defaultPolicy.points,
          on_time_cnca: [
            [0, 100],
            [1, 0],
          ],
        },
      },
      ['policy_out_of_order@points.on_time_cnca'],
    ],
    ['B above A', { classB: 85 }, ['policy_out_of_order@classB']],
    [
      'an A bar below the bar',
      { recommendation: { ...recommendation, topBar: 0.8 } },
      ['policy_out_of_order@recommendation.topBar'],
    ],
    [
      'removal before rectification',
      { recommendation: { ...recommendation, removeAt: 0.7 } },
      ['policy_out_of_order@recommendation.removeAt'],
    ],
    ['an old year that weighs more', { yearWeights: [0.8, 0.9] }, ['policy_out_of_order@yearWeights.1']],
  ]
  for (const [name, changes, wanted] of table) t.same(refused(changes), wanted, name)
})

t.test('points lie on the line between two values, and are level beyond the ends', async (t) => {
  const table = defaultPolicy.points.on_time_cnca ?? []
  for (const [value, points] of [
    [0, 0],
    [0.5, 0],
    [0.6, 20],
    [0.7, 40],
    [0.85, 70],
    [0.9, 80],
    [0.975, 95],
    [1, 100],
    [2, 100],
  ] as const)
    t.ok(Math.abs(pointsOf(table, value) - points) < 1e-9, `${value} ${pointsOf(table, value)}`)
  t.equal(pointsOf(defaultPolicy.points.complaints_per_100 ?? [], 2), 67.5)
  t.equal(pointsOf([], 1), 0)
})

t.test('classes, caps and vetoes (R9)', async (t) => {
  t.same(
    [100, 85, 84.999, 70, 69.999, 0].map((points) => classOf(defaultPolicy, points)),
    ['A', 'A', 'B', 'B', 'C', 'C'],
  )
  t.same(
    (['A', 'B', 'C'] as const).map((unlimited) => limited(unlimited, ['late_unexcused'])),
    ['B', 'B', 'C'],
  )
  t.same(
    (['A', 'B', 'C'] as const).map((unlimited) => limited(unlimited, ['penalty'])),
    ['C', 'C', 'C'],
  )
  t.equal(limited('A', []), 'A')
  const counts = (...of: Parameters<typeof countsOf>[0][number]['counter'][]) =>
    countsOf(
      of.map((counter) => ({
        memberId: 'a',
        family: null,
        stretch: 0,
        counter,
        workingDays: null,
        rows: 1,
        contested: 0,
      })),
    )
  const none = counts()
  const limits = (of: typeof defaultPolicy, table: typeof none, period: typeof none, year: typeof none) =>
    limitsOf(of, table, { period, year })
  t.same(limits(defaultPolicy, none, none, none), [])
  t.same(limits(defaultPolicy, counts('report_late'), none, none), ['late_unexcused'])
  t.same(
    limits(defaultPolicy, none, none, counts('report_late', 'penalty')),
    ['penalty'],
    'a late report caps its own period',
  )
  t.same(
    limits(defaultPolicy, none, counts('finding_false_result'), none),
    ['false_result'],
    'in every table of the body',
  )
  const lenient = { ...defaultPolicy, capLate: false, vetoFalseResult: false, vetoPenalty: false }
  const everything = counts('report_late', 'penalty', 'finding_false_result')
  t.same(limits(lenient, everything, everything, everything), [])
})

const seen = (values: Partial<Record<IndicatorId, number>>) =>
  new Map(indicatorIds.map((id) => [id, { value: values[id] ?? null, sufficient: values[id] !== undefined }]))

t.test('the score is a sum that a pocket calculator gives too', async (t) => {
  const score = scoreOf(defaultPolicy, seen({ on_time_cnca: 0.9, on_time_secretariat: 1, complaints_per_100: 1 }), [])
  // Weights 40, 10 and 5 of 55: 80 · 40/55 + 100 · 10/55 + 85 · 5/55.
  t.equal(score.points?.toFixed(6), '84.090909')
  t.equal(score.class, 'B')
  t.same(
    score.parts.map(({ indicator }) => indicator),
    ['on_time_cnca', 'on_time_secretariat', 'complaints_per_100'],
  )
  t.match(
    scoreOf(defaultPolicy, seen({ on_time_secretariat: 1 }), ['penalty']),
    { points: null, class: null },
    'without reports none',
  )
  t.match(scoreOf(defaultPolicy, seen({ on_time_cnca: 1 }), ['late_unexcused']), {
    points: 100,
    pointsClass: 'A',
    class: 'B',
  })
})

t.test('weights of what is there sum to 100 again', async () => {
  fc.assert(
    fc.property(fc.subarray([...indicatorIds]), (ids) => {
      const there = new Set<IndicatorId>([...ids, 'on_time_cnca'])
      const parts = weighed(defaultPolicy, seen(Object.fromEntries([...there].map((id) => [id, 1]))))
      return Math.abs(parts.reduce((sum, { weight }) => sum + weight, 0) - 100) < 1e-9
    }),
  )
})

t.test('equal scores share a place, and the next is as many later', async (t) => {
  t.same(placesOf([90, 80, 90, null, 70, 80.0000000001]), [1, 3, 1, null, 5, 3])
  t.same(placesOf([]), [])
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat({ max: 5 }), { nil: null })), (scores) =>
      placesOf(scores).every((place, at) => {
        const own = scores[at] ?? null
        return place === (own === null ? null : 1 + scores.filter((other) => other !== null && other > own).length)
      }),
    ),
  )
})

t.test('the policy of a period is the one in force on its last day', async (t) => {
  const later = { version: 2, effectiveOn: plainDate('2026-07-01'), policy: defaultPolicy, approvedBy: '示例' }
  const all = [...builtInPolicies, later]
  t.equal(policyInForce(all, plainDate('2026-06-30')).version, 1)
  t.equal(policyInForce(all, plainDate('2026-07-01')).version, 2)
})
