import { z } from 'zod'
import { indicatorsInForce } from '../../domain/ranking/indicator.ts'
import { type Policy, policyInForce, problemsOfPolicy } from '../../domain/ranking/policy.ts'
import type { RankedBody } from '../../domain/ranking/ranking.ts'
import type { Recommendation } from '../../domain/ranking/recommendation.ts'
import { rounded } from '../../domain/ranking/rounding.ts'
import type { BodyClass } from '../../domain/ranking/score.ts'
import { type Problem, problem, refuseIfAny } from '../../domain/refusals.ts'
import { rankApart } from '../../statistics/rank-apart.ts'
import { record } from '../../store/events.ts'
import { publishedUntil } from '../../store/ranking/bulletins.ts'
import { claimRanking, insertPolicy, readPolicies, type StoredPolicy } from '../../store/ranking/policies.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { sha256OfJson } from '../hashes.ts'
import { dayInput, textInput } from '../inputs.ts'
import { gatherInput } from './gather.ts'
import { periodInput, policyOf, policyShape, problemsOfPeriod } from './inputs.ts'

export const policyInput = z.strictObject({
  effectiveOn: dayInput,
  policy: policyShape,
  approvedBy: textInput(300).meta({ description: 'Who approved it, by what document.' }),
})
export const previewInput = z.strictObject({ ...periodInput, policy: policyShape })

/** Every version of the policy, the first first (R9). @throws Refusal */
export async function readRankingPolicies(registry: Registry, context: Context): Promise<{ items: StoredPolicy[] }> {
  authorise(context, 'policies.read')
  return { items: await readPolicies(registry.lists) }
}

/** Adds a version: after all earlier ones, and after every period whose bulletin is published (R9). @throws Refusal */
export async function recordPolicy(
  registry: Registry,
  context: Context,
  input: z.infer<typeof policyInput>,
): Promise<StoredPolicy> {
  authorise(context, 'policies.write')
  const policy = policyOf(input.policy)
  refuseIfAny(problemsOfField(policy))
  return registry.db.transaction(async (tx) => {
    await claimRanking(tx)
    const earlier = await readPolicies(tx)
    refuseIfAny(problemsOfDay(input.effectiveOn, earlier, await publishedUntil(tx)))
    const version = (earlier.at(-1)?.version ?? 0) + 1
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    const stored = await insertPolicy(tx, { ...input, policy, version, ...by })
    await record(tx, context, {
      action: 'ranking_policy.recorded',
      entity: 'ranking_policy',
      entityId: String(version),
      onDay: input.effectiveOn,
      changes: { version, sha256: sha256OfJson(policy), approvedBy: input.approvedBy },
    })
    return stored
  })
}

/** Where they stand in what was sent: the policy is its field `policy`. */
function problemsOfField(policy: Policy): Problem[] {
  return problemsOfPolicy(policy).map((each) => ({ ...each, path: `policy.${each.path}` }))
}

function problemsOfDay(
  effectiveOn: z.infer<typeof dayInput>,
  earlier: readonly StoredPolicy[],
  published: string | null,
): Problem[] {
  const latest = earlier.at(-1)
  if (published !== null && effectiveOn <= published)
    return [problem('policy_reaches_back', 'effectiveOn', { values: { effectiveOn, publishedUntil: published } })]
  if (latest && effectiveOn <= latest.effectiveOn)
    return [problem('policy_not_after', 'effectiveOn', { values: { effectiveOn: latest.effectiveOn } })]
  return []
}

/** What a policy says of one body. */
export type Outcome = {
  readonly points: number | null
  readonly class: BodyClass | null
  readonly place: number | null
  readonly recommendation: Recommendation | null
}

export type PolicyPreview = {
  readonly policyVersion: number
  readonly items: readonly {
    readonly memberId: string
    readonly name: string
    readonly present: Outcome
    readonly previewed: Outcome
  }[]
}

/** What the outcome of a period would have been under another policy, member by member (R9). @throws Refusal */
export async function previewPolicy(
  registry: Registry,
  context: Context,
  input: z.infer<typeof previewInput>,
): Promise<PolicyPreview> {
  authorise(context, 'policies.write')
  const { policy: shape, ...period } = input
  const policy = policyOf(shape)
  refuseIfAny([...problemsOfPeriod(period), ...problemsOfField(policy)])
  const present = policyInForce(await readPolicies(registry.lists), period.until)
  const rulebook = await registry.rulebooks.recent(registry.db)
  const years = Math.max(policy.yearWeights.length, present.policy.yearWeights.length)
  const gathered = await gatherInput(registry.lists, rulebook, {
    period,
    years,
    asOf: context.today,
    knownAt: context.now,
  })
  const definitions = indicatorsInForce(period.until)
  const under = async (judged: Policy) =>
    rounded((await rankApart(gathered, { policy: judged, definitions })).tables[0]?.bodies ?? [])
  const [before, after] = [await under(present.policy), await under(policy)]
  return {
    policyVersion: present.version,
    items: before.map((body, at) => ({
      memberId: body.memberId,
      name: body.name,
      present: outcomeOf(body),
      previewed: outcomeOf(after[at] ?? body),
    })),
  }
}

function outcomeOf({ quality, judgement }: RankedBody): Outcome {
  const { points, place } = quality
  return { points, class: quality.class, place, recommendation: judgement?.recommendation ?? null }
}
