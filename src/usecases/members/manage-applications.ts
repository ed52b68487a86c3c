import { z } from 'zod'
import { type ApplicationState, applicationStateOn, applicationStates } from '../../domain/admission.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { mayMoveTo, standingOn } from '../../domain/standing.ts'
import { newId } from '../../ids.ts'
import {
  type Application,
  closeApplication,
  findApplication,
  insertApplication,
  latestApplications,
  listApplications,
  pendingApplicationOf,
} from '../../store/applications.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { measuresOfMember } from '../../store/measures.ts'
import { lockMember, standingHistoryOf } from '../../store/members.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { dayInput, idInput, textInput } from '../inputs.ts'
import { problemsOfCandidature } from '../measures/candidature.ts'
import { ownOr } from '../obligations/read-obligations.ts'
import { type KeysetPage, pageInput, pageOf, positionOf } from '../pages.ts'
import { notReachable, recordStanding } from './record-standing.ts'

export const applicationInput = z.strictObject({
  appliedOn: dayInput,
  words: textInput(4_000).meta({ description: 'What the body applies for, and with which papers.' }),
  document: textInput(300).optional().meta({ description: 'The letter, with its number.' }),
})
type ApplicationInput = z.infer<typeof applicationInput>

export const applicationClosingInput = z.strictObject({
  outcome: z.enum(['refused', 'withdrawn']),
  ground: textInput(2_000),
})

export const applicationsQuery = z.strictObject({
  ...pageInput,
  memberId: idInput.optional(),
  state: z.enum(applicationStates).optional(),
})

export type ApplicationView = Omit<Application, 'closedAt'> & { readonly state: ApplicationState }

function viewOf({ closedAt: _, ...row }: Application, on: PlainDate): ApplicationView {
  return { ...row, state: applicationStateOn(row, on) }
}

/**
 * Records that a body applies to join: it is a candidate from that day on, and one application waits at a time (N2, R8).
 * @throws Refusal
 */
export async function recordApplication(
  registry: Registry,
  context: Context,
  memberId: string,
  input: ApplicationInput,
): Promise<ApplicationView> {
  authorise(context, 'members.write')
  const { appliedOn, words, document = null } = input
  if (appliedOn > context.today) throw refuse('day_in_future', 'appliedOn', { value: appliedOn })
  return registry.db.transaction(async (tx) => {
    if (!(await lockMember(tx, memberId))) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
    if (await pendingApplicationOf(tx, memberId)) throw refuse('application_pending')
    await becomeCandidate(tx, context, memberId, input)
    const row = await insertApplication(tx, {
      id: newId(context.now),
      memberId,
      appliedOn,
      words,
      document,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await record(tx, context, { ...entryOf(row, 'member.applied', appliedOn), changes: { applicationId: row.id } })
    return viewOf(row, context.today)
  })
}

/** Whoever is a candidate already, for it was turned down before, stays one. @throws Refusal */
async function becomeCandidate(tx: Db, context: Context, memberId: string, input: ApplicationInput): Promise<void> {
  const history = await standingHistoryOf(tx, memberId)
  const [before] = await latestApplications(tx, [memberId])
  // Not before what it was turned down for: else what was looked at then would count again.
  const since = [history.at(-1)?.fromOn, before?.closedOn]
    .filter((day) => day != null)
    .sort()
    .at(-1)
  if (since && input.appliedOn < since)
    throw refuse('standing_backdated', 'appliedOn', { value: input.appliedOn, values: { since } })
  const from = standingOn(history, input.appliedOn)
  if (from === 'candidate') return
  if (!mayMoveTo(from, 'candidate')) throw notReachable(from, 'candidate')
  refuseIfAny(problemsOfCandidature(await measuresOfMember(tx, memberId), context.today))
  const { appliedOn: fromOn, words: reason } = input
  await recordStanding(tx, context, {
    memberId,
    from,
    to: 'candidate',
    fromOn,
    reason,
    decidedBy: context.actor.name,
  })
}

/** The body is turned down with the ground, or withdraws; an admission closes its application by itself (R8). @throws Refusal */
export async function endApplication(
  registry: Registry,
  context: Context,
  id: string,
  { outcome, ground }: z.infer<typeof applicationClosingInput>,
): Promise<ApplicationView> {
  authorise(context, 'members.write')
  return registry.db.transaction(async (tx) => {
    const seen = await findApplication(tx, id)
    if (!seen) throw refuse('not_found', 'id', { values: { what: ['加入申请', 'application'] } })
    await lockMember(tx, seen.memberId)
    const closing = { outcome, ground, closedOn: context.today, closedAt: context.now, closedBy: context.actor.id }
    const closed = await closeApplication(tx, id, closing)
    if (!closed) throw refuse('application_closed', 'id')
    await record(tx, context, {
      ...entryOf(closed, `member.application_${outcome}`, context.today),
      changes: { applicationId: id, ground },
    })
    return viewOf(closed, context.today)
  })
}

/** Applications by the day on which they were made. A member sees its own. @throws Refusal */
export async function readApplications(
  registry: Registry,
  context: Context,
  { limit, cursor, memberId, state }: z.infer<typeof applicationsQuery>,
): Promise<KeysetPage<ApplicationView>> {
  const own = ownOr(confinedTo(context, 'members.read'), memberId)
  const after = positionOf('applications', 'day', cursor)
  const rows = await listApplications(registry.lists, { after, limit, memberId: own, state })
  const placeOf = ({ appliedOn, id }: Application) => ({ value: appliedOn, id })
  return pageOf('applications', rows, limit, placeOf, (row) => viewOf(row, context.today))
}

function entryOf({ memberId }: Application, action: string, onDay: PlainDate) {
  return { action, entity: 'member', entityId: memberId, memberId, onDay }
}
