import { decidedKind, type MeasureStep, stepsOfBody } from '../../domain/measure.ts'
import type { Db } from '../../store/database.ts'
import type { Measure, MeasureStepRow } from '../../store/measures.ts'
import { findMember } from '../../store/members.ts'
import type { Context } from '../context.ts'
import { sayNotices } from '../notices/say-notices.ts'
import { factsOf } from './measure-view.ts'

/**
 * Tells both sides what happened to a measure: the body what the alliance did, the secretariat what the body did (R8). A
 * decision is told as it came out: the rung that was decided, which may be lower than the proposed one.
 * @param steps all that were taken, this one included
 */
export async function tellOfMeasure(
  tx: Db,
  context: Context,
  measure: Measure,
  stage: 'proposed' | MeasureStep,
  steps: readonly MeasureStepRow[] = [],
): Promise<void> {
  const { id, memberId, replyUntilOn } = measure
  const member = await findMember(tx, memberId)
  const byBody = stage !== 'proposed' && stepsOfBody.includes(stage)
  const outcome = steps.find(({ step }) => step === stage)?.outcome ?? null
  await sayNotices(tx, context, [
    {
      kind: 'measure',
      thing: id,
      stage,
      audiences: byBody ? ['secretariat'] : ['member', 'secretariat'],
      memberId,
      facts: {
        ...(member ? { member: member.name } : {}),
        measure: decidedKind(factsOf(measure, steps)),
        ...(outcome === null ? {} : { outcome }),
        ...(stage === 'proposed' ? { replyUntil: replyUntilOn } : {}),
      },
      onDay: context.today,
    },
  ])
}
