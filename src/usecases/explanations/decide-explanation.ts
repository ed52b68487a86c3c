import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type Explanation, findExplanation, lockExplanation, setExplanationVerdict } from '../../store/explanations.ts'
import { lockObligation, type Obligation } from '../../store/obligations.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { sayNotices } from '../notices/say-notices.ts'
import { type ExplanationView, explanationView } from './explanation-view.ts'

export const explanationDecision = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('accepted'), note: textInput(2_000).optional() }),
  z.strictObject({
    verdict: z.literal('returned'),
    note: textInput(2_000).meta({ description: 'What is missing: the member may explain anew.' }),
  }),
])

/** The secretariat accepts an explanation, or returns it with a note (R2). Once. @throws Refusal */
export async function decideExplanation(
  registry: Registry,
  context: Context,
  id: string,
  { verdict, note }: z.infer<typeof explanationDecision>,
): Promise<ExplanationView> {
  authorise(context, 'explanations.decide')
  return registry.db.transaction(async (tx) => {
    const { obligation } = await lockWaiting(tx, id)
    const by = { decidedAt: context.now, decidedBy: context.actor.id }
    const decided = await setExplanationVerdict(tx, id, { verdict, note: note ?? null, ...by })
    await record(tx, context, {
      action: `explanation.${verdict}`,
      entity: 'obligation',
      entityId: obligation.id,
      memberId: obligation.memberId,
      onDay: context.today,
      changes: { explanationId: id, note: note ?? null },
    })
    await tellMember(tx, context, obligation, decided)
    return explanationView(decided)
  })
}

/** The obligation is locked first, as whoever writes a further explanation does. */
async function lockWaiting(tx: Db, id: string): Promise<{ obligation: Obligation }> {
  const seen = await findExplanation(tx, id)
  const obligation = seen && (await lockObligation(tx, seen.obligationId))
  const explanation = await lockExplanation(tx, id)
  if (!obligation || !explanation) throw refuse('not_found', 'id', { values: { what: ['说明', 'explanation'] } })
  if (explanation.supersededAt !== null) throw refuse('explanation_superseded')
  if (explanation.verdict !== null) throw refuse('explanation_decided')
  return { obligation }
}

async function tellMember(tx: Db, context: Context, obligation: Obligation, decided: Explanation): Promise<void> {
  const { memberId, duty, subject, dueOn } = obligation
  await sayNotices(tx, context, [
    {
      kind: 'explanation',
      thing: decided.id,
      stage: decided.verdict ?? 'waiting',
      audiences: ['member'],
      memberId,
      obligationId: obligation.id,
      facts: { duty, subject, dueOn, ...(decided.note === null ? {} : { note: decided.note }) },
      onDay: context.today,
    },
  ])
}
