import { z } from 'zod'
import type { RankedBody } from '../../domain/ranking/ranking.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type Decision, insertDecision } from '../../store/ranking/bulletins.ts'
import { claimRanking } from '../../store/ranking/policies.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { idInput, textInput } from '../inputs.ts'
import { type MeasureInput, measureInput, proposeWithin } from '../measures/propose-measure.ts'
import { publishedContent } from './publish-bulletin.ts'

const common = { memberId: idInput, words: textInput(4_000) }

/** Keep or remove: rectifying and removing come with the rung of the ladder that is proposed. */
export const decisionInput = z.discriminatedUnion('decision', [
  z.strictObject({ decision: z.enum(['keep', 'commend', 'watch']), ...common }),
  z.strictObject({ decision: z.enum(['rectify', 'remove']), ...common, measure: measureInput }),
])

const rungs = { rectify: 'rectification', remove: 'removal' } as const

/**
 * A person decides on a body of a published bulletin; what was seen is kept with it. To rectify or remove proposes that
 * rung of the ladder in the same breath, with its window to reply, its second person and its appeal (R8, R9). @throws Refusal
 */
export async function decideOnBody(
  registry: Registry,
  context: Context,
  bulletinId: string,
  input: z.infer<typeof decisionInput>,
): Promise<Decision> {
  authorise(context, 'bulletins.manage')
  if (context.actor.kind !== 'person') throw refuse('person_expected')
  const { row, content } = await publishedContent(registry.db, bulletinId)
  const body = content.ranking.tables[0]?.bodies.find(({ memberId }) => memberId === input.memberId)
  if (!body?.judgement || !row.publication) throw refuse('body_not_ranked', 'memberId', { value: input.memberId })
  const { recommendation } = body.judgement
  const { sha256 } = row.publication
  return registry.db.transaction(async (tx) => {
    await claimRanking(tx)
    const measureId = await proposed(tx, registry, context, input)
    const decision = await insertDecision(tx, {
      id: newId(context.now),
      bulletinId,
      memberId: input.memberId,
      recommendation,
      decision: input.decision,
      words: input.words,
      seen: seenOf(body),
      seenSha256: sha256,
      measureId,
      decidedOn: context.today,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    if (!decision) throw refuse('decision_made', 'memberId')
    await record(tx, context, {
      action: 'bulletin.decided',
      entity: 'bulletin',
      entityId: bulletinId,
      memberId: input.memberId,
      onDay: context.today,
      changes: { decisionId: decision.id, recommendation, decision: input.decision, measureId },
    })
    return decision
  })
}

function seenOf({ quality, quantity, judgement, figures }: RankedBody): Record<string, unknown> {
  return { quality, quantity, judgement, figures }
}

async function proposed(
  tx: Db,
  registry: Registry,
  context: Context,
  input: z.infer<typeof decisionInput>,
): Promise<string | null> {
  if (!('measure' in input)) return null
  const measure: MeasureInput = input.measure
  if (measure.kind !== rungs[input.decision])
    throw refuse('field_invalid', 'measure.kind', {
      value: measure.kind,
      values: { detail: [`应为 ${rungs[input.decision]}`, `must be ${rungs[input.decision]}`] },
    })
  return (await proposeWithin(tx, registry, context, input.memberId, measure)).id
}
