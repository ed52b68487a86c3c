import { z } from 'zod'
import { dueOnAfterWorkingDays } from '../../domain/calendar.ts'
import { isMilder, ladderInForce, measureKinds, problemsOfStep, stepsOfBody } from '../../domain/measure.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { findingsOfMember, hasFalseResult } from '../../store/conduct.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import {
  findMeasure,
  insertMeasureStep,
  type Measure,
  type MeasureStepRow,
  readLadderRules,
  revocationOf,
  stepsOf,
} from '../../store/measures.ts'
import { lockMember } from '../../store/members.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'
import { freezeFacts, type RestsOn } from './freeze-facts.ts'
import { factsOf, type MeasureView, measureView } from './measure-view.ts'
import { moveStanding } from './move-standing.ts'
import { tellOfMeasure } from './tell-of-measure.ts'

const words = textInput(4_000)

export const replyInput = z.strictObject({ words })
export const decisionInput = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.enum(['confirmed', 'withdrawn']), words }),
  z.strictObject({
    outcome: z.literal('mitigated'),
    mitigatedTo: z.enum(measureKinds).exclude(['removal']),
    planDueOn: dayInput.optional().meta({ description: 'Of a rectification.' }),
    words,
  }),
])
export const rectificationStepInput = z.strictObject({ words })
export const appealInput = z.strictObject({ words })
export const appealDecisionInput = z.strictObject({ outcome: z.enum(['upheld', 'reversed']), words })
export const conclusionInput = z.strictObject({ outcome: z.enum(['passed', 'failed', 'lifted']), words })

/** What a step says, with the fields that only a decision has. */
type StepTaken = Pick<MeasureStepRow, 'step' | 'outcome' | 'words'> &
  Partial<Pick<MeasureStepRow, 'mitigatedTo' | 'planDueOn'>>

/** The body answers a measure that is proposed, within its window (R8). @throws Refusal */
export async function replyToMeasure(
  registry: Registry,
  context: Context,
  id: string,
  { words }: z.infer<typeof replyInput>,
): Promise<MeasureView> {
  const own = confinedTo(context, 'measures.answer')
  return takeStep(registry, context, own, id, { step: 'reply', outcome: null, words })
}

/** Confirms a measure, mitigates it to a lower rung or withdraws it; a removal takes a second person (R8). @throws Refusal */
export async function decideMeasure(
  registry: Registry,
  context: Context,
  id: string,
  input: z.infer<typeof decisionInput>,
): Promise<MeasureView> {
  const own = confinedTo(context, 'measures.decide')
  const planDueOn = input.outcome === 'mitigated' ? (input.planDueOn ?? null) : null
  return takeStep(registry, context, own, id, { ...input, step: 'decision', planDueOn })
}

/**
 * The body says how it means to carry out a rectification (`plan`), or that it has carried it out (`report`) (R8).
 * @throws Refusal
 */
export async function answerRectification(
  registry: Registry,
  context: Context,
  id: string,
  step: 'plan' | 'report',
  { words }: z.infer<typeof rectificationStepInput>,
): Promise<MeasureView> {
  const own = confinedTo(context, 'measures.answer')
  return takeStep(registry, context, own, id, { step, outcome: null, words })
}

/** The body appeals, once (R8). The measure holds until it is reversed. @throws Refusal */
export async function appealMeasure(
  registry: Registry,
  context: Context,
  id: string,
  { words }: z.infer<typeof appealInput>,
): Promise<MeasureView> {
  const own = confinedTo(context, 'measures.answer')
  return takeStep(registry, context, own, id, { step: 'appeal', outcome: null, words })
}

/** Somebody who neither proposed nor decided the measure decides the appeal (R8). @throws Refusal */
export async function decideAppeal(
  registry: Registry,
  context: Context,
  id: string,
  input: z.infer<typeof appealDecisionInput>,
): Promise<MeasureView> {
  const own = confinedTo(context, 'appeals.decide')
  return takeStep(registry, context, own, id, { step: 'appeal_decision', ...input })
}

/** A rectification passed or failed, a suspension lifted (R8). @throws Refusal */
export async function concludeMeasure(
  registry: Registry,
  context: Context,
  id: string,
  input: z.infer<typeof conclusionInput>,
): Promise<MeasureView> {
  const own = confinedTo(context, 'measures.decide')
  return takeStep(registry, context, own, id, { step: 'conclusion', ...input })
}

async function takeStep(
  registry: Registry,
  context: Context,
  own: string | null,
  id: string,
  taken: StepTaken,
): Promise<MeasureView> {
  return registry.db.transaction(async (tx) => {
    await shareCalendar(tx)
    const measure = await lockedMeasure(tx, own, id)
    const steps = await stepsOf(tx, [id])
    const { actor, today } = context
    const hasLostGround = await hasLost(tx, measure)
    refuseIfAny([
      ...problemsOfActor(context, measure, taken),
      ...problemsOfStep({ ...factsOf(measure, steps), hasLostGround }, taken, actor.id, today),
      ...problemsOfMitigation(measure, taken, context),
    ])

    const row = await stepRow(tx, registry, context, measure, taken)
    await insertMeasureStep(tx, row)
    const { facts: _, ...shown } = row
    const after = [...steps, shown]
    await moveStanding(tx, context, measure, row)
    await record(tx, context, {
      action: `measure.${taken.step}`,
      entity: 'measure',
      entityId: id,
      memberId: measure.memberId,
      onDay: today,
      changes: { kind: measure.kind, outcome: taken.outcome, mitigatedTo: row.mitigatedTo },
    })
    await tellOfMeasure(tx, context, measure, taken.step, after)
    return measureView(measure, after, today)
  })
}

/** The member's row is the lock of all that moves its standing: steps follow one another. @throws Refusal */
async function lockedMeasure(tx: Db, own: string | null, id: string): Promise<Measure> {
  const measure = await findMeasure(tx, id)
  if (!measure || (own !== null && measure.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['处理措施', 'measure'] } })
  await lockMember(tx, measure.memberId)
  return measure
}

/** Where it takes two people, a machine is none: whoever holds its secret may be the first one again (R8). */
function problemsOfActor({ actor }: Context, { kind }: Measure, { step, outcome }: StepTaken): Problem[] {
  const isRemoved = step === 'decision' && kind === 'removal' && outcome !== 'withdrawn'
  const needsPerson = step === 'appeal_decision' || isRemoved
  return needsPerson && actor.kind !== 'person' ? [problem('person_expected')] : []
}

function problemsOfMitigation({ kind }: Measure, { mitigatedTo, planDueOn }: StepTaken, { today }: Context): Problem[] {
  if (!mitigatedTo) return []
  const problems: Problem[] = []
  if (!isMilder(mitigatedTo, kind)) problems.push(problem('not_milder', 'mitigatedTo', { value: mitigatedTo }))
  const needsPlan = mitigatedTo === 'rectification'
  if (needsPlan && !planDueOn) problems.push(problem('field_missing', 'planDueOn'))
  if (!needsPlan && planDueOn) problems.push(problem('field_unknown', 'planDueOn', { values: { field: 'planDueOn' } }))
  if (planDueOn && planDueOn <= today) problems.push(problem('plan_not_ahead', 'planDueOn', { value: planDueOn }))
  return problems
}

async function stepRow(
  tx: Db,
  registry: Registry,
  context: Context,
  measure: Measure,
  { step, outcome, words, mitigatedTo = null, planDueOn = null }: StepTaken,
): Promise<MeasureStepRow & { facts: Record<string, unknown> | null }> {
  const decides = !stepsOfBody.includes(step)
  const frozen = decides ? await freezeFacts(tx, registry, context, measure.memberId, restsOnOf(measure)) : noFacts
  return {
    ...frozen,
    id: newId(context.now),
    measureId: measure.id,
    step,
    onDay: context.today,
    outcome,
    mitigatedTo,
    planDueOn,
    appealUntilOn: step === 'decision' ? await appealUntil(tx, registry, context, measure) : null,
    words,
    recordedAt: context.now,
    recordedBy: context.actor.id,
    recordedByName: context.actor.name,
  }
}

const noFacts = { facts: null, factsSha256: null }

/** Whether what a measure rests on fell meanwhile: a finding annulled, a revocation lifted (R8). */
async function hasLost(tx: Db, measure: Measure): Promise<boolean> {
  const { obligationIds, findingIds } = restsOnOf(measure)
  if (measure.ground === 'approval_revoked') return !(await revocationOf(tx, measure.memberId))
  if (measure.ground === 'false_result') return !(await hasFalseResult(tx, measure.memberId, findingIds))
  if (findingIds.length === 0 || obligationIds.length > 0) return false
  return (await findingsOfMember(tx, measure.memberId, findingIds)).length === 0
}

/** The obligations and findings that were named when it was proposed, looked at again. */
function restsOnOf({ facts }: Measure): RestsOn {
  const idsOf = (these: unknown) => (Array.isArray(these) ? these.map(({ id }: { id: string }) => id) : [])
  return { obligationIds: idsOf(facts.restsOn), findingIds: idsOf(facts.findings) }
}

async function appealUntil(tx: Db, registry: Registry, { today }: Context, { proposedOn }: Measure) {
  const { calendar } = await registry.rulebooks.current(tx)
  const rule = ladderInForce(await readLadderRules(tx), proposedOn)
  return dueOnAfterWorkingDays(calendar, today, rule.appealWorkingDays).dueOn
}
