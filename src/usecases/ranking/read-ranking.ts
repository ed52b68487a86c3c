import { z } from 'zod'
import { type Indicator, indicators, indicatorsInForce } from '../../domain/ranking/indicator.ts'
import { policyInForce } from '../../domain/ranking/policy.ts'
import type { Ranking } from '../../domain/ranking/ranking.ts'
import { rounded } from '../../domain/ranking/rounding.ts'
import { refuseIfAny } from '../../domain/refusals.ts'
import { rankApart } from '../../statistics/rank-apart.ts'
import { readPolicies, type StoredPolicy } from '../../store/ranking/policies.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { industryInput } from '../inputs.ts'
import { gatherInput } from './gather.ts'
import { periodInput, problemsOfPeriod } from './inputs.ts'

export const rankingQuery = z.strictObject({
  ...periodInput,
  industryCode: industryInput.optional().meta({ description: 'A scope: this industry with all that lies in it.' }),
})

type RankingQuery = z.infer<typeof rankingQuery>

export type RankingView = Ranking & { readonly policyVersion: number }

/**
 * Both tables of a period as they stand now, over all families and within each (R9). A member sees its own row, with its
 * place among all; the others' figures it sees in a published bulletin. @throws Refusal
 */
export async function readRanking(registry: Registry, context: Context, asked: RankingQuery): Promise<RankingView> {
  const own = confinedTo(context, 'rankings.read')
  const { ranking, policy } = await rankPeriod(registry, context, asked)
  return { ...(own === null ? ranking : ownPart(ranking, own)), policyVersion: policy.version }
}

/** The whole ranking of a period, whoever asks. @throws Refusal for a period that makes no sense */
export async function rankPeriod(
  registry: Registry,
  context: Context,
  { industryCode, ...period }: RankingQuery,
): Promise<{ ranking: Ranking; policy: StoredPolicy }> {
  refuseIfAny(problemsOfPeriod(period))
  const policy = policyInForce(await readPolicies(registry.lists), period.until)
  const rulebook = await registry.rulebooks.recent(registry.db)
  const years = policy.policy.yearWeights.length
  const input = await gatherInput(registry.lists, rulebook, {
    period,
    years,
    asOf: context.today,
    knownAt: context.now,
    ...(industryCode === undefined ? {} : { industryCode }),
  })
  return {
    ranking: rounded(await rankApart(input, { policy: policy.policy, definitions: indicatorsInForce(period.until) })),
    policy,
  }
}

/** The tables with one body left in them. */
export function ownPart(ranking: Ranking, memberId: string): Ranking {
  const tables = ranking.tables.map(({ family, bodies }) => {
    return { family, bodies: bodies.filter((body) => body.memberId === memberId) }
  })
  return { ...ranking, tables }
}

/** Every definition in every version (R9). @throws Refusal */
export function readIndicators(context: Context): { items: readonly Indicator[] } {
  authorise(context, 'indicators.read')
  return { items: indicators }
}
