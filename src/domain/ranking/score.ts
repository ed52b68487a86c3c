import { type Counts, sumOf } from './counter.ts'
import type { IndicatorId } from './indicator.ts'
import { type Policy, pointsOf } from './policy.ts'

/** Classes as the accreditation service has them for bodies (R9). */
export const bodyClasses = ['A', 'B', 'C'] as const
export type BodyClass = (typeof bodyClasses)[number]

/** What an indicator adds to the score: its weight among those with data enough, and its points. */
export type ScorePart = { readonly indicator: IndicatorId; readonly weight: number; readonly points: number }

/** Why a class is lower than its points (R9). */
export const classLimits = ['late_unexcused', 'false_result', 'penalty'] as const
export type ClassLimit = (typeof classLimits)[number]

export const classLimitNames: Readonly<Record<ClassLimit, readonly [zh: string, en: string]>> = {
  late_unexcused: [
    '有报送国家认监委迟报或逾期且无获认可的说明',
    'a late report to CNCA without an accepted explanation',
  ],
  false_result: ['有查实的虚假结果', 'a confirmed false result'],
  penalty: ['十二个月内受过行政处罚', 'an administrative penalty in the last twelve months'],
}

export type Score = {
  /** From 0 to 100; null where the on-time rate to CNCA has data too few: then there is no class and no place. */
  readonly points: number | null
  readonly parts: readonly ScorePart[]
  /** What the points alone would give, and what caps and vetoes leave of it. */
  readonly pointsClass: BodyClass | null
  readonly class: BodyClass | null
  readonly limits: readonly ClassLimit[]
}

type Seen = { readonly value: number | null; readonly sufficient: boolean }

/** The indicators that are weighed for this body, with weights that sum to 100 again where some have data too few. */
export function weighed<Id extends IndicatorId>(
  policy: Pick<Policy, 'weights'>,
  seen: ReadonlyMap<Id, Seen>,
): { readonly id: Id; readonly weight: number }[] {
  const usable = [...seen].flatMap(([id, { sufficient }]) => {
    const weight = policy.weights[id] ?? 0
    return sufficient && weight > 0 ? [{ id, weight }] : []
  })
  if (!usable.some(({ id }) => id === 'on_time_cnca')) return []
  const sum = usable.reduce((total, { weight }) => total + weight, 0)
  return usable.map(({ id, weight }) => ({ id, weight: (weight / sum) * 100 }))
}

/** The score from what was observed, so that everybody can reckon it again (R9). */
export function scoreOf(policy: Policy, seen: ReadonlyMap<IndicatorId, Seen>, limits: readonly ClassLimit[]): Score {
  const parts = weighed(policy, seen).map(({ id, weight }) => {
    return { indicator: id, weight, points: pointsOf(policy.points[id] ?? [], seen.get(id)?.value ?? 0) }
  })
  if (parts.length === 0) return { points: null, parts, pointsClass: null, class: null, limits }
  const points = parts.reduce((sum, part) => sum + (part.weight / 100) * part.points, 0)
  const pointsClass = classOf(policy, points)
  return { points, parts, pointsClass, class: limited(pointsClass, limits), limits }
}

/** A point that is missed by the rounding of a computer is not missed. */
export function classOf({ classA, classB }: Pick<Policy, 'classA' | 'classB'>, points: number): BodyClass {
  if (points + 1e-9 >= classA) return 'A'
  return points + 1e-9 >= classB ? 'B' : 'C'
}

/** Caps keep a body out of class A, vetoes put it into class C. */
export function limited(unlimited: BodyClass, limits: readonly ClassLimit[]): BodyClass {
  if (limits.some((limit) => limit !== 'late_unexcused')) return 'C'
  return limits.length > 0 && unlimited === 'A' ? 'B' : unlimited
}

/**
 * A late report caps the table that it stands in; a veto is on the body, in every table.
 * @param period counts of the table @param body counts of all families: of the period, and of the twelve months that end with it
 */
export function limitsOf(
  policy: Policy,
  period: Counts,
  body: { readonly period: Counts; readonly year: Counts },
): ClassLimit[] {
  const has = (counts: Counts, counter: keyof Counts['of']) => (counts.of[counter] ?? 0) > 0
  const falseResult = has(body.period, 'finding_false_result') || has(body.year, 'finding_false_result')
  return [
    ...(policy.capLate && unexcused(period) > 0 ? (['late_unexcused'] as const) : []),
    ...(policy.vetoFalseResult && falseResult ? (['false_result'] as const) : []),
    ...(policy.vetoPenalty && has(body.year, 'penalty') ? (['penalty'] as const) : []),
  ]
}

/** Reports to CNCA that were late or are overdue, without an explanation that was accepted. */
function unexcused(counts: Counts): number {
  return sumOf(counts, ['report_late', 'report_open']) - sumOf(counts, ['report_excused'])
}

/** Places from 1 on, the highest first; equal ones share a place, and the next is as many later. Null has none. */
export function placesOf(scores: readonly (number | null)[]): (number | null)[] {
  const rounded = scores.map((score) => (score === null ? null : Math.round(score * 1e6)))
  const placed = rounded.filter((score) => score !== null).sort((a, b) => b - a)
  const placeOf = new Map<number, number>()
  for (const [at, score] of placed.entries()) if (!placeOf.has(score)) placeOf.set(score, at + 1)
  return rounded.map((score) => (score === null ? null : (placeOf.get(score) ?? null)))
}
