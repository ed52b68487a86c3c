import { z } from 'zod'
import { addDays } from '../../domain/plain-date.ts'
import { kindOf, periodInWords } from '../../domain/ranking/bulletin.ts'
import type { Body } from '../../domain/ranking/ranking.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type Bulletin, bulletinAcross, findBulletin, insertBulletin, withdraw } from '../../store/ranking/bulletins.ts'
import { claimRanking } from '../../store/ranking/policies.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { sayNotices } from '../notices/say-notices.ts'
import { type BulletinView, bulletinView } from './bulletin-view.ts'
import { gatherInput } from './gather.ts'
import { type Period, periodInput, problemsOfPeriod } from './inputs.ts'

export const bulletinInput = z.strictObject({
  ...periodInput,
  previewDays: z
    .int()
    .min(1)
    .max(60)
    .default(10)
    .meta({ description: 'How many days the bodies may look at their figures and dispute rows, today not counted.' }),
})
export const withdrawalInput = z.strictObject({ reason: textInput(2_000) })

/** Opens a draft for a period that is over, and tells every body that it may look (R9). @throws Refusal */
export async function openBulletin(
  registry: Registry,
  context: Context,
  { from, until, previewDays }: z.infer<typeof bulletinInput>,
): Promise<BulletinView> {
  authorise(context, 'bulletins.manage')
  refuseIfAny(problemsOfPeriod({ from, until }))
  if (until >= context.today) throw refuse('period_not_over', 'until', { value: until, values: { until } })
  const bodies = await bodiesOf(registry, context, { from, until })
  return registry.db.transaction(async (tx) => {
    await claimRanking(tx)
    const draft = { kind: kindOf({ from, until }), fromOn: from, untilOn: until }
    refuseIfAny(problemsBeside(await bulletinAcross(tx, draft)))
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    const bulletin = await insertBulletin(tx, {
      id: newId(context.now),
      ...draft,
      openedOn: context.today,
      previewUntilOn: addDays(context.today, previewDays),
      ...by,
    })
    await record(tx, context, {
      action: 'bulletin.opened',
      entity: 'bulletin',
      entityId: bulletin.id,
      onDay: context.today,
      changes: { from, until, previewUntilOn: bulletin.previewUntilOn },
    })
    await tellBodies(tx, context, bulletin, 'opened', bodies)
    return bulletinView({ bulletin, publication: null }, context.today)
  })
}

function problemsBeside(other: Bulletin | undefined): Problem[] {
  if (!other) return []
  return [problem('bulletin_overlaps', 'from', { values: { from: other.fromOn, until: other.untilOn } })]
}

/** Counted before the transaction, which others wait for. */
async function bodiesOf(registry: Registry, context: Context, period: Period): Promise<readonly Body[]> {
  const rulebook = await registry.rulebooks.current(registry.db)
  const asked = { period, years: 1, asOf: context.today, knownAt: context.now }
  return (await gatherInput(registry.db, rulebook, asked)).bodies
}

/** Each body that the bulletin speaks of, once for each stage. */
export async function tellBodies(
  tx: Db,
  context: Context,
  bulletin: Bulletin,
  stage: 'opened' | 'published',
  bodies: readonly Body[],
): Promise<void> {
  const words = periodInWords({ from: bulletin.fromOn, until: bulletin.untilOn })
  await sayNotices(
    tx,
    context,
    bodies.map(({ memberId, name }) => ({
      kind: 'bulletin',
      thing: `${bulletin.id}:${memberId}`,
      stage,
      audiences: ['member'],
      memberId,
      facts: { member: name, subject: `${words.zh} / ${words.en}`, untilOn: bulletin.previewUntilOn },
      onDay: context.today,
    })),
  )
}

/** Takes a draft back, with a reason; the period is free again (R9). @throws Refusal */
export async function withdrawBulletin(
  registry: Registry,
  context: Context,
  id: string,
  { reason }: z.infer<typeof withdrawalInput>,
): Promise<void> {
  authorise(context, 'bulletins.manage')
  await registry.db.transaction(async (tx) => {
    await claimRanking(tx)
    const row = await findBulletin(tx, id)
    if (!row) throw unknownBulletin()
    if (row.publication) throw refuse('bulletin_published', 'id')
    await withdraw(tx, id, reason, context.now)
    await record(tx, context, {
      action: 'bulletin.withdrawn',
      entity: 'bulletin',
      entityId: id,
      onDay: context.today,
      changes: { reason },
    })
  })
}

export function unknownBulletin() {
  return refuse('not_found', 'id', { values: { what: ['通报', 'bulletin'] } })
}
