import type { MeasureStep } from '../../domain/measure.ts'
import type { Db } from '../../store/database.ts'
import type { Measure } from '../../store/measures.ts'
import { findMember } from '../../store/members.ts'
import type { Context } from '../context.ts'
import { sayNotices } from '../notices/say-notices.ts'

/** Tells both sides what happened to a measure: the body what the alliance did, the secretariat what the body did (R8). */
export async function tellOfMeasure(
  tx: Db,
  context: Context,
  { id, memberId, kind, replyUntilOn }: Measure,
  stage: 'proposed' | MeasureStep,
): Promise<void> {
  const member = await findMember(tx, memberId)
  const byBody = stage === 'reply' || stage === 'appeal'
  await sayNotices(tx, context, [
    {
      kind: 'measure',
      thing: id,
      stage,
      audiences: byBody ? ['secretariat'] : ['member', 'secretariat'],
      memberId,
      facts: { ...(member ? { member: member.name } : {}), measure: kind, replyUntil: replyUntilOn },
      onDay: context.today,
    },
  ])
}
