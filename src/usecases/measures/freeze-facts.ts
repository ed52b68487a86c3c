import { memberFigures } from '../../domain/member-figures.ts'
import { refuse } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { countsTogether } from '../../store/figures.ts'
import { obligationsOfMember, revocationOf } from '../../store/measures.ts'
import { findMember, scopesOf, standingHistoryOf } from '../../store/members.ts'
import type { Context, Registry } from '../context.ts'
import { figureQuestion } from '../dashboards/read-member-figures.ts'
import { sha256OfJson } from '../idempotency.ts'

export type FrozenFacts = { readonly facts: Record<string, unknown>; readonly factsSha256: string }

/**
 * What a measure rests on, as it is known now: the body's approval, standings, scopes and figures, and the obligations
 * that were named. Kept word for word with its hash, so that it can be answered and contested (R4a, R8). @throws Refusal
 */
export async function freezeFacts(
  tx: Db,
  registry: Registry,
  context: Context,
  memberId: string,
  obligationIds: readonly string[],
): Promise<FrozenFacts> {
  const restsOn = await obligationsOfMember(tx, memberId, obligationIds)
  if (restsOn.length !== new Set(obligationIds).size)
    throw refuse('not_found', 'obligationIds', { values: { what: ['报送义务', 'obligation'] } })
  const member = await findMember(tx, memberId)
  const [standings, scopes] = [await standingHistoryOf(tx, memberId), await scopesOf(tx, memberId)]
  const revoked = await revocationOf(tx, memberId)
  const counts = await countsTogether(tx, memberId, await figureQuestion(registry, context))
  // Through JSON once: what is hashed is what is stored and what is sent.
  const facts = JSON.parse(
    JSON.stringify({
      knownAt: context.now,
      asOf: context.today,
      member: {
        id: memberId,
        name: member?.name,
        approvalNumber: member?.approvalNumber,
        approvalUntilOn: member?.approvalUntilOn,
        approvalRevokedOn: revoked?.revokedOn ?? null,
      },
      standings: standings.map(({ standing, fromOn, reason }) => ({ standing, fromOn, reason })),
      scopes: scopes.map(({ family, industryCode, fromOn, untilOn }) => ({ family, industryCode, fromOn, untilOn })),
      figures: memberFigures(counts, context.today),
      restsOn,
    }),
  ) as Record<string, unknown>
  return { facts, factsSha256: sha256OfJson(facts) }
}
