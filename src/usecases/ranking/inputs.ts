import { z } from 'zod'
import { daysBetween } from '../../domain/plain-date.ts'
import { periodDaysMax } from '../../domain/ranking/bulletin.ts'
import { indicatorIds } from '../../domain/ranking/indicator.ts'
import type { Policy } from '../../domain/ranking/policy.ts'
import { type Problem, problem } from '../../domain/refusals.ts'
import { codeInput, dayInput } from '../inputs.ts'

/** A period, both days included. */
export const periodInput = { from: dayInput, until: dayInput }
export type Period = { readonly from: z.infer<typeof dayInput>; readonly until: z.infer<typeof dayInput> }

export function problemsOfPeriod({ from, until }: Period): Problem[] {
  if (until < from) return [problem('span_reversed', 'until', { value: until })]
  if (daysBetween(from, until) + 1 > periodDaysMax)
    return [problem('period_too_long', 'until', { value: until, values: { limit: periodDaysMax } })]
  return []
}

const share = z.number().min(0).max(1)
const chance = z.number().gt(0).lt(1)
const points = z.number().min(0).max(100)
const indicatorKey = z.enum(indicatorIds)

/** The shape of a policy; what its parts mean together, `problemsOfPolicy` judges (R9). */
export const policyShape = z.strictObject({
  weights: z.partialRecord(indicatorKey, z.number().gt(0).max(100)),
  points: z.partialRecord(
    indicatorKey,
    z
      .array(z.tuple([z.number().min(0).max(1_000), points]))
      .min(2)
      .max(20),
  ),
  classA: points,
  classB: points,
  capLate: z.boolean(),
  vetoFalseResult: z.boolean(),
  vetoPenalty: z.boolean(),
  recommendation: z.strictObject({
    bar: share,
    topBar: share,
    watchAt: chance,
    rectifyAt: chance,
    removeAt: chance,
    commendAt: chance,
    resultsMin: z.int().min(1).max(1_000),
  }),
  yearWeights: z.array(z.number().gt(0).max(1)).min(1).max(3),
  intervalChance: z.number().min(0.5).max(0.99),
  draws: z.int().min(200).max(20_000),
  weightings: z.int().min(10).max(2_000),
  seed: codeInput(100),
})

export function policyOf(shape: z.infer<typeof policyShape>): Policy {
  return shape as Policy
}
