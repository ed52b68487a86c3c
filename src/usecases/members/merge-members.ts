import { z } from 'zod'
import { decidedKind } from '../../domain/measure.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { isInside, standingOn, standingWord } from '../../domain/standing.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { measuresOfMember } from '../../store/measures.ts'
import {
  annulMerger,
  findMember,
  insertMerger,
  lockMembers,
  mergerOf,
  mergersInto,
  standingHistoryOf,
} from '../../store/members.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, idInput, textInput } from '../inputs.ts'
import { factsOf } from '../measures/measure-view.ts'

export const mergerInput = z.strictObject({ intoMemberId: idInput, mergedOn: dayInput, document: textInput(300) })

/**
 * Records that a body was merged into another: both keep their history, and whoever verifies a certificate is told who
 * goes on for it (N1). It leaves by the ladder like any body, so its removal
 * is proposed before; what may be assigned to it and issued by it follows from that, and its certificates with it (R4, R8).
 * @throws Refusal
 */
export async function recordMerger(
  registry: Registry,
  context: Context,
  memberId: string,
  input: z.infer<typeof mergerInput>,
): Promise<void> {
  authorise(context, 'members.write')
  const { intoMemberId, mergedOn } = input
  if (mergedOn > context.today) throw refuse('day_in_future', 'mergedOn', { value: mergedOn })
  if (intoMemberId === memberId) throw refuse('merger_circular', 'intoMemberId')
  await registry.db.transaction(async (tx) => {
    await lockMembers(tx, [memberId, intoMemberId])
    const what = ['成员机构', 'member'] as const
    if (!(await findMember(tx, memberId))) throw refuse('not_found', 'id', { values: { what } })
    if (!(await findMember(tx, intoMemberId))) throw refuse('not_found', 'intoMemberId', { values: { what } })
    if (await mergerOf(tx, intoMemberId)) throw refuse('merger_circular', 'intoMemberId')
    if (!(await isOnItsWayOut(tx, memberId, [mergedOn, context.today]))) throw refuse('merger_needs_removal', 'id')
    await requireInside(tx, intoMemberId, context.today)
    // One step leads from a body to its successor: whoever has taken others in is not merged away unseen.
    if ((await mergersInto(tx, memberId)) > 0) throw refuse('merged_already')
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    if (!(await insertMerger(tx, { memberId, ...input, ...by }))) throw refuse('merged_already')
    await record(tx, context, {
      action: 'member.merged',
      entity: 'member',
      entityId: memberId,
      memberId,
      onDay: mergedOn,
      changes: { ...input },
    })
  })
}

export const mergerAnnulmentInput = z.strictObject({ ground: textInput(2_000) })

/** Says that a merger was recorded wrongly: it counts no more, and stays in the history (N1). @throws Refusal */
export async function annulMergerOf(
  registry: Registry,
  context: Context,
  memberId: string,
  { ground }: z.infer<typeof mergerAnnulmentInput>,
): Promise<void> {
  authorise(context, 'members.write')
  await registry.db.transaction(async (tx) => {
    const seen = await mergerOf(tx, memberId)
    await lockMembers(tx, [memberId, ...(seen ? [seen.intoMemberId] : [])])
    const merger = await mergerOf(tx, memberId)
    if (!merger) throw refuse('not_found', 'id', { values: { what: ['合并', 'merger'] } })
    await annulMerger(tx, merger.id, { annulledAt: context.now, annulledGround: ground })
    await record(tx, context, {
      action: 'member.merger_annulled',
      entity: 'member',
      entityId: memberId,
      memberId,
      onDay: context.today,
      changes: { intoMemberId: merger.intoMemberId, mergedOn: merger.mergedOn, ground },
    })
  })
}

/** Outside the alliance on each of the days, or to be removed from the membership that lasts. */
async function isOnItsWayOut(tx: Db, memberId: string, days: readonly PlainDate[]): Promise<boolean> {
  const history = await standingHistoryOf(tx, memberId)
  if (!days.some((day) => isInside(standingOn(history, day)))) return true
  const since = history.findLast(({ standing }) => !isInside(standing))?.fromOn ?? null
  const measures = await measuresOfMember(tx, memberId)
  return measures.some(({ measure, steps }) => {
    const facts = factsOf(measure, steps)
    const fell = steps.some(({ outcome }) => outcome === 'withdrawn' || outcome === 'reversed')
    return decidedKind(facts) === 'removal' && !fell && (since === null || measure.proposedOn >= since)
  })
}

/** Whoever goes on for it is in the alliance. @throws Refusal */
async function requireInside(tx: Db, memberId: string, on: PlainDate): Promise<void> {
  const standing = standingOn(await standingHistoryOf(tx, memberId), on)
  if (!isInside(standing))
    throw refuse('member_not_eligible', 'intoMemberId', { values: { reason: standingWord(standing) } })
}
