import { memberFigures } from '../../domain/member-figures.ts'
import { type Problem, problem } from '../../domain/refusals.ts'
import { findingsOfMember } from '../../store/conduct.ts'
import type { Db } from '../../store/database.ts'
import { countsTogether } from '../../store/figures.ts'
import { obligationsOfMember, revocationOf } from '../../store/measures.ts'
import { findMember, scopesOf, standingHistoryOf } from '../../store/members.ts'
import type { Context, Registry } from '../context.ts'
import { figureQuestion } from '../dashboards/read-member-figures.ts'
import { sha256OfJson } from '../hashes.ts'

export type FrozenFacts = { readonly facts: Record<string, unknown>; readonly factsSha256: string }

/** What a measure is said to rest on, by ids. */
export type RestsOn = { readonly obligationIds: readonly string[]; readonly findingIds: readonly string[] }

/**
 * What a measure rests on, as it is known now: the body's approval, standings, scopes and figures, and the obligations
 * and findings that were named, with the hashes of what is attached to them. Kept word for word with its hash, so that it can be answered and contested (R4a, R8).
 */
export async function freezeFacts(
  tx: Db,
  registry: Registry,
  context: Context,
  memberId: string,
  { obligationIds, findingIds }: RestsOn,
): Promise<FrozenFacts> {
  const restsOn = await obligationsOfMember(tx, memberId, obligationIds)
  const findings = await findingsOfMember(tx, memberId, findingIds)
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
      findings: findings.map(({ finding, attachments }) => {
        const { id, caseId, kind, grade, words, foundOn } = finding
        return { id, caseId, kind, grade, words, foundOn, attachments }
      }),
    }),
  ) as Record<string, unknown>
  return { facts, factsSha256: sha256OfJson(facts) }
}

/** What of that is not there, or is another body's. */
export async function problemsOfRests(
  tx: Db,
  memberId: string,
  { obligationIds, findingIds }: RestsOn,
): Promise<Problem[]> {
  const obligations = await obligationsOfMember(tx, memberId, obligationIds)
  const findings = await findingsOfMember(tx, memberId, findingIds)
  return [
    ...(obligations.length === new Set(obligationIds).size
      ? []
      : [unknown('obligationIds', ['报送义务', 'obligation'])]),
    ...(findings.length === new Set(findingIds).size ? [] : [unknown('findingIds', ['查实的问题', 'finding'])]),
  ]
}

function unknown(path: string, what: readonly [zh: string, en: string]): Problem {
  return problem('not_found', path, { values: { what } })
}
