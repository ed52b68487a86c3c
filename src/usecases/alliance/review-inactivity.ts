import { z } from 'zod'
import { inactiveSince } from '../../domain/alliance.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { activityUntil, type InactivityReview, insertReview, reviewsOf } from '../../store/alliance.ts'
import { record } from '../../store/events.ts'
import { findMember, lockMember } from '../../store/members.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'

export const inactivityQuery = z.strictObject({ on: dayInput.optional() })
export const reviewInput = z.strictObject({ conclusion: z.enum(['keep', 'measure']), words: textInput(2_000) })

export type InactiveMember = { readonly memberId: string; readonly name: string; readonly since: PlainDate }

/** Bodies that have decided nothing for two years and are to be reviewed, by name (R9). Derived. @throws Refusal */
export async function readInactive(
  registry: Registry,
  context: Context,
  { on = context.today }: z.infer<typeof inactivityQuery>,
): Promise<{ items: InactiveMember[] }> {
  authorise(context, 'alliance.oversee')
  const rows = await activityUntil(registry.lists, on)
  const items = rows.flatMap(({ memberId, name, ...facts }) => {
    const since = inactiveSince(facts, on)
    return since === null ? [] : [{ memberId, name, since }]
  })
  return { items }
}

/** Records what came of the review: the body stays, or a measure is to be proposed (R8, R9). @throws Refusal */
export async function recordReview(
  registry: Registry,
  context: Context,
  memberId: string,
  input: z.infer<typeof reviewInput>,
): Promise<InactivityReview> {
  authorise(context, 'alliance.write')
  return registry.db.transaction(async (tx) => {
    if (!(await lockMember(tx, memberId))) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
    const facts = (await activityUntil(tx, context.today)).find((each) => each.memberId === memberId)
    if (!facts || inactiveSince(facts, context.today) === null) throw refuse('not_inactive', 'id')
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    const review = await insertReview(tx, {
      id: newId(context.now),
      memberId,
      reviewedOn: context.today,
      ...input,
      ...by,
    })
    await record(tx, context, {
      action: 'member.inactivity_reviewed',
      entity: 'member',
      entityId: memberId,
      memberId,
      onDay: context.today,
      changes: { conclusion: input.conclusion },
    })
    return review
  })
}

/** What came of the reviews of a body, the latest first. @throws Refusal */
export async function readReviews(
  registry: Registry,
  context: Context,
  memberId: string,
): Promise<{ items: InactivityReview[] }> {
  authorise(context, 'alliance.oversee')
  if (!(await findMember(registry.lists, memberId)))
    throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
  return { items: await reviewsOf(registry.lists, memberId) }
}
