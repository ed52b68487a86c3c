import { z } from 'zod'
import type { PlainDate } from '../../domain/plain-date.ts'
import { disputeOutcomes, problemsOfDispute } from '../../domain/ranking/bulletin.ts'
import { countersBeside, rowKinds } from '../../domain/ranking/counter.ts'
import { indicatorIds } from '../../domain/ranking/indicator.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { record } from '../../store/events.ts'
import {
  type Dispute,
  disputesOf,
  findBulletin,
  findDispute,
  insertDispute,
  setDispute,
} from '../../store/ranking/bulletins.ts'
import { claimRanking } from '../../store/ranking/policies.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { idInput, textInput } from '../inputs.ts'
import { askedRows, countersOf } from './asked-rows.ts'
import { factsOf } from './bulletin-view.ts'
import { unknownBulletin } from './open-bulletin.ts'
import { isBehind } from './read-rows.ts'

export const disputeInput = z.strictObject({
  indicator: z.enum(indicatorIds),
  rowKind: z.enum(rowKinds),
  rowId: idInput,
  words: textInput(2_000),
})
export const resolutionInput = z.strictObject({ outcome: z.enum(disputeOutcomes), answer: textInput(2_000) })

/** A body disputes a row behind one of its own figures, while the preview lasts (R9). @throws Refusal */
export async function disputeRow(
  registry: Registry,
  context: Context,
  bulletinId: string,
  input: z.infer<typeof disputeInput>,
): Promise<Dispute> {
  const memberId = confinedTo(context, 'bulletins.dispute')
  return registry.db.transaction(async (tx) => {
    await claimRanking(tx)
    const row = await findBulletin(tx, bulletinId)
    if (!row || memberId === null) throw unknownBulletin()
    refuseIfAny(problemsOfDispute(factsOf(row), context.today))
    const period = { from: row.bulletin.fromOn, until: row.bulletin.untilOn }
    const rulebook = await registry.rulebooks.current(tx)
    const asked = askedRows(rulebook, { period, asOf: context.today, knownAt: context.now, memberId })
    const { rowKind: kind, rowId } = input
    if (!(await isBehind(tx, asked, input.indicator, { kind, id: rowId })))
      throw refuse('row_not_behind', 'rowId', { value: rowId })
    const others = await disputesOf(tx, bulletinId, memberId)
    if (others.some((other) => saysTheSame(other, input, period.until)))
      throw refuse('row_disputed', 'rowId', { value: rowId })
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    const dispute = await insertDispute(tx, {
      id: newId(context.now),
      bulletinId,
      memberId,
      ...input,
      openedOn: context.today,
      ...by,
    })
    if (!dispute) throw refuse('row_disputed', 'rowId', { value: rowId })
    await record(tx, context, {
      action: 'bulletin.disputed',
      entity: 'bulletin',
      entityId: bulletinId,
      memberId,
      onDay: context.today,
      changes: { disputeId: dispute.id, indicator: input.indicator, rowKind: kind, rowId },
    })
    return dispute
  })
}

/** Whether a dispute of that row is about what another one is about: the on-time rate and the days of one report are. */
function saysTheSame(
  other: Pick<Dispute, 'indicator' | 'rowKind' | 'rowId'>,
  input: z.infer<typeof disputeInput>,
  until: PlainDate,
): boolean {
  if (other.rowKind !== input.rowKind || other.rowId !== input.rowId) return false
  const about = countersBeside(countersOf(other.indicator, until))
  return countersBeside(countersOf(input.indicator, until)).some((counter) => about.includes(counter))
}

/** The secretariat decides on a dispute: upheld, and the row counts no more in this bulletin; or not (R9). @throws Refusal */
export async function resolveDispute(
  registry: Registry,
  context: Context,
  id: string,
  input: z.infer<typeof resolutionInput>,
): Promise<Dispute> {
  authorise(context, 'bulletins.manage')
  return registry.db.transaction(async (tx) => {
    await claimRanking(tx)
    const dispute = await findDispute(tx, id)
    if (!dispute) throw refuse('not_found', 'id', { values: { what: ['异议', 'dispute'] } })
    if (dispute.outcome !== null) throw refuse('dispute_resolved')
    const row = await findBulletin(tx, dispute.bulletinId)
    if (!row) throw unknownBulletin()
    if (row.publication) throw refuse('bulletin_published')
    const resolved = await setDispute(tx, id, {
      ...input,
      resolvedOn: context.today,
      resolvedBy: context.actor.id,
    })
    await record(tx, context, {
      action: 'bulletin.dispute_resolved',
      entity: 'bulletin',
      entityId: dispute.bulletinId,
      memberId: dispute.memberId,
      onDay: context.today,
      changes: { disputeId: id, outcome: input.outcome },
    })
    return resolved
  })
}
