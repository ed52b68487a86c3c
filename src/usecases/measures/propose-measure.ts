import { z } from 'zod'
import { dueAfterWorkingDays } from '../../domain/calendar.ts'
import {
  decidedKind,
  ladderInForce,
  type MeasureFacts,
  measureGrounds,
  measureStateOn,
  removalGrounds,
  weighsOn,
} from '../../domain/measure.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { hasFalseResult } from '../../store/conduct.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { insertMeasure, measuresOfMember, readLadderRules, revocationOf } from '../../store/measures.ts'
import { lockMember } from '../../store/members.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { dayInput, idInput, textInput } from '../inputs.ts'
import { freezeFacts, problemsOfRests } from './freeze-facts.ts'
import { factsOf, type MeasureView, measureView } from './measure-view.ts'
import { tellOfMeasure } from './tell-of-measure.ts'

const common = {
  reasons: textInput(4_000).meta({ description: 'In words, for the body to answer.' }),
  obligationIds: z.array(idInput).max(200).default([]).meta({ description: 'Obligations that the measure rests on.' }),
  findingIds: z.array(idInput).max(200).default([]).meta({ description: 'Findings that the measure rests on.' }),
}
const ground = z.enum(measureGrounds).exclude(['failed_rectification', 'own_request']).default('conduct')

/** A measure (R8): each rung with just the fields that it needs. */
export const measureInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['reminder', 'notice', 'warning', 'suspension']), ground, ...common }),
  z.strictObject({ kind: z.literal('rectification'), ground, planDueOn: dayInput, ...common }),
  z.strictObject({
    kind: z.literal('removal'),
    ground: z
      .enum(removalGrounds as [string, ...string[]])
      .transform((ground) => ground as (typeof removalGrounds)[number]),
    followsId: idInput.optional().meta({ description: 'The failed rectification, where it is the ground.' }),
    ...common,
  }),
])
export type MeasureInput = z.infer<typeof measureInput>

/**
 * Proposes a rung of the ladder: the facts are frozen, and the body has a window to reply before anybody decides (R8).
 * @throws Refusal
 */
export async function proposeMeasure(
  registry: Registry,
  context: Context,
  memberId: string,
  input: MeasureInput,
  idempotencyKey: string | undefined,
): Promise<Answered<MeasureView>> {
  authorise(context, 'measures.propose')
  const keyed = { key: idempotencyKey, operation: `POST /v1/members/${memberId}/measures`, body: input }
  return onceOnly(registry, context, keyed, (tx) => proposeWithin(tx, registry, context, memberId, input))
}

/** The same inside a transaction. @throws Refusal */
export async function proposeWithin(
  tx: Db,
  registry: Registry,
  context: Context,
  memberId: string,
  input: MeasureInput,
): Promise<MeasureView> {
  await shareCalendar(tx)
  const { calendar } = await registry.rulebooks.current(tx)
  if (!(await lockMember(tx, memberId))) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
  refuseIfAny(await problemsOfProposal(tx, context, memberId, input))
  refuseIfAny(await problemsOfRests(tx, memberId, input))
  const frozen = await freezeFacts(tx, registry, context, memberId, input)
  const rule = ladderInForce(await readLadderRules(tx), context.today)
  const window = dueAfterWorkingDays(calendar, context.today, rule.replyWorkingDays)
  const measure = await insertMeasure(tx, {
    ...frozen,
    id: newId(context.now),
    memberId,
    kind: input.kind,
    ground: input.ground,
    reasons: input.reasons,
    followsId: input.kind === 'removal' ? (input.followsId ?? null) : null,
    planDueOn: input.kind === 'rectification' ? input.planDueOn : null,
    knownAt: context.now,
    proposedOn: context.today,
    replyUntilOn: window.dueOn,
    ruleVersion: rule.version,
    calendarVersion: window.calendarVersion,
    recordedAt: context.now,
    recordedBy: context.actor.id,
    recordedByName: context.actor.name,
  })
  await record(tx, context, {
    action: 'measure.proposed',
    entity: 'measure',
    entityId: measure.id,
    memberId,
    onDay: context.today,
    changes: {
      kind: measure.kind,
      ground: measure.ground,
      replyUntilOn: window.dueOn,
      factsSha256: frozen.factsSha256,
    },
  })
  await tellOfMeasure(tx, context, measure, 'proposed')
  return measureView(measure, [], context.today)
}

async function problemsOfProposal(tx: Db, context: Context, memberId: string, input: MeasureInput): Promise<Problem[]> {
  if (input.kind === 'rectification' && input.planDueOn <= context.today)
    return [problem('plan_not_ahead', 'planDueOn', { value: input.planDueOn })]
  if (input.ground === 'approval_revoked' && !(await revocationOf(tx, memberId)))
    return [problem('approval_not_revoked', 'ground')]
  if (input.ground === 'false_result' && !(await hasFalseResult(tx, memberId, input.findingIds)))
    return [problem('false_result_not_confirmed', 'findingIds')]
  if (input.kind !== 'removal') return []
  if (context.actor.kind !== 'person') return [problem('person_expected')]
  const all = await measuresOfMember(tx, memberId)
  const facts = all.map(({ measure, steps }) => factsOf(measure, steps))
  if (facts.some((each) => decidedKind(each) === 'removal' && isOpenOn(each, context.today)))
    return [problem('removal_open', 'kind')]
  const named = input.followsId !== undefined
  if (named !== (input.ground === 'failed_rectification')) return [problem('rectification_not_failed', 'followsId')]
  const followed = all.findIndex(({ measure }) => measure.id === input.followsId)
  const failed = facts[followed]
  return !named || (failed && hasFailed(failed) && weighsOn(failed, facts, context.today))
    ? []
    : [problem('rectification_not_failed', 'followsId')]
}

const isOpenOn = (facts: MeasureFacts, on: PlainDate) =>
  ['open_for_reply', 'to_decide'].includes(measureStateOn(facts, on))

/** A rectification that was concluded as failed can't have been reversed: its appeal comes before its conclusion. */
function hasFailed(facts: MeasureFacts): boolean {
  const isFailed = facts.steps.some(({ step, outcome }) => step === 'conclusion' && outcome === 'failed')
  return isFailed && decidedKind(facts) === 'rectification'
}
