import type { PlainDate } from '../plain-date.ts'
import { type Problem, problem } from '../refusals.ts'
import { versionInForce } from '../versioned-rule.ts'
import { type IndicatorId, indicatorIds, indicators } from './indicator.ts'
import { defaultRecommendation, type RecommendationPolicy } from './recommendation.ts'

/** A value and the points it is worth; between two of them the points lie on the line. */
export type Point = readonly [value: number, points: number]

/** How the bodies are judged (R9): a document with a version, that somebody approved. */
export type Policy = {
  /** Of each weighed indicator; they sum to 100. */
  readonly weights: Readonly<Partial<Record<IndicatorId, number>>>
  /** Of each weighed indicator: points from 0 to 100 by its value, values in order. */
  readonly points: Readonly<Partial<Record<IndicatorId, readonly Point[]>>>
  /** From so many points on. */
  readonly classA: number
  readonly classB: number
  /** Whether a report to CNCA that was late without an accepted explanation keeps a body out of class A. */
  readonly capLate: boolean
  /** Whether a confirmed false result, and a penalty within twelve months, put a body into class C. */
  readonly vetoFalseResult: boolean
  readonly vetoPenalty: boolean
  readonly recommendation: RecommendationPolicy
  /** What the latest year counts, the year before, and so on: one to three, none more than a later one. */
  readonly yearWeights: readonly number[]
  /** The chance of every interval. */
  readonly intervalChance: number
  /** Draws of the simulation, and weightings tried for the sensitivity. */
  readonly draws: number
  readonly weightings: number
  readonly seed: string
}

export type PolicyVersion = {
  readonly version: number
  readonly effectiveOn: PlainDate
  readonly policy: Policy
  readonly approvedBy: string
}

const sharePoints: readonly Point[] = [
  [0.5, 0],
  [0.7, 40],
  [0.85, 70],
  [0.95, 90],
  [1, 100],
]

export const defaultPolicy: Policy = {
  weights: {
    on_time_cnca: 40,
    on_time_secretariat: 10,
    first_pass_validity: 10,
    surveillance_on_time: 10,
    status_changes_on_time: 10,
    spot_check_pass: 10,
    complaints_per_100: 5,
    corrections_on_time: 5,
  },
  points: {
    on_time_cnca: sharePoints,
    on_time_secretariat: sharePoints,
    first_pass_validity: sharePoints,
    surveillance_on_time: sharePoints,
    status_changes_on_time: sharePoints,
    spot_check_pass: sharePoints,
    corrections_on_time: sharePoints,
    complaints_per_100: [
      [0, 100],
      [1, 85],
      [3, 50],
      [10, 0],
    ],
  },
  classA: 85,
  classB: 70,
  capLate: true,
  vetoFalseResult: true,
  vetoPenalty: true,
  recommendation: defaultRecommendation,
  yearWeights: [1, 0.9, 0.8],
  intervalChance: 0.9,
  draws: 2_000,
  weightings: 500,
  seed: 'alliance',
}

/** The policy that comes with the product. */
export const builtInPolicies: readonly PolicyVersion[] = [
  { version: 1, effectiveOn: '2020-01-01' as PlainDate, policy: defaultPolicy, approvedBy: 'R9' },
]

/** The policy in force on the last day of a period. @throws Error where there is none */
export function policyInForce<Version extends PolicyVersion>(versions: readonly Version[], on: PlainDate): Version {
  const inForce = versionInForce(versions, on)
  if (!inForce) throw new Error('no ranking policy')
  return inForce
}

/** The points of a value: on the line between the two that enclose it, and level beyond the ends. */
export function pointsOf(table: readonly Point[], value: number): number {
  const at = table.findIndex(([from]) => from >= value)
  if (at === -1) return table.at(-1)?.[1] ?? 0
  const [high, highPoints] = table[at] ?? [0, 0]
  const below = table[at - 1]
  if (!below || high === value) return highPoints
  return below[1] + ((highPoints - below[1]) * (value - below[0])) / (high - below[0])
}

/** All that is wrong with a policy, beyond the shape of its fields. */
export function problemsOfPolicy(policy: Policy): Problem[] {
  return [
    ...problemsOfWeights(policy),
    ...indicatorIds.flatMap((id) => problemsOfPoints(policy, id)),
    ...(policy.classB < policy.classA ? [] : [problem('policy_out_of_order', 'classB', { value: policy.classB })]),
    ...problemsOfChances(policy),
    ...policy.yearWeights.flatMap((weight, year) =>
      weight > (policy.yearWeights[year - 1] ?? 1)
        ? [problem('policy_out_of_order', `yearWeights.${year}`, { value: weight })]
        : [],
    ),
  ]
}

function problemsOfWeights({ weights }: Policy): Problem[] {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0)
  const isQuantity = (id: string) => indicators.some((each) => each.id === id && each.axis === 'quantity')
  const strangers = Object.keys(weights).filter(isQuantity)
  return [
    ...(Math.abs(sum - 100) < 1e-9 ? [] : [problem('weights_do_not_sum', 'weights', { values: { sum: tidy(sum) } })]),
    ...((weights.on_time_cnca ?? 0) > 0 ? [] : [problem('on_time_not_weighed', 'weights.on_time_cnca')]),
    ...strangers.map((id) => problem('axes_mixed', `weights.${id}`)),
  ]
}

/** 99.99999999999999 reads as 100 would, and is none. */
function tidy(sum: number): number {
  return Number(sum.toPrecision(12))
}

function problemsOfPoints({ weights, points }: Policy, id: IndicatorId): Problem[] {
  const table = points[id]
  if (table === undefined) return weights[id] === undefined ? [] : [problem('points_missing', `points.${id}`)]
  const isRising = indicators.find((indicator) => indicator.id === id)?.higherIsBetter ?? true
  const isInOrder = table.every(([value, points], at) => {
    const [valueBefore, pointsBefore] = table[at - 1] ?? [Number.NEGATIVE_INFINITY, points]
    return value > valueBefore && (isRising ? points >= pointsBefore : points <= pointsBefore)
  })
  return isInOrder ? [] : [problem('policy_out_of_order', `points.${id}`)]
}

function problemsOfChances({ recommendation }: Policy): Problem[] {
  const { bar, topBar, watchAt, rectifyAt, removeAt } = recommendation
  const rising = { topBar: [bar, topBar], rectifyAt: [watchAt, rectifyAt], removeAt: [rectifyAt, removeAt] } as const
  return Object.entries(rising).flatMap(([field, [lower, upper]]) =>
    lower < upper ? [] : [problem('policy_out_of_order', `recommendation.${field}`, { value: upper })],
  )
}
