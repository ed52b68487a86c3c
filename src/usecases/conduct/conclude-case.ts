import { z } from 'zod'
import { findingGrades, findingKinds, problemsOfAnnulment, problemsOfConclusion } from '../../domain/conduct.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import {
  annulFindingsOf,
  type ConductCase,
  type Finding,
  findFinding,
  findingsOfCase,
  insertFindings,
  lockCase,
  lockFinding,
  setCase,
  setFinding,
} from '../../store/conduct.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'
import { type CaseView, caseView, type FindingView, findingView } from './case-view.ts'
import { tellOfCase, tellOfFinding } from './tell-of-case.ts'

const words = textInput(4_000)

export const caseReplyInput = z.strictObject({ words })

const finding = z.strictObject({
  kind: z.enum(findingKinds),
  grade: z.enum(findingGrades),
  words: textInput(2_000),
  correctUntilOn: dayInput.optional().meta({ description: 'By when it is to be corrected.' }),
})
export const caseConclusionInput = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('substantiated'), words, findings: z.array(finding).min(1).max(20) }),
  z.strictObject({ outcome: z.enum(['unsubstantiated', 'withdrawn']), words }),
])
type Conclusion = z.infer<typeof caseConclusionInput>

export const correctionDoneInput = z.strictObject({ correctedOn: dayInput, note: textInput(2_000) })

export type CaseConcluded = { readonly case: CaseView; readonly findings: readonly FindingView[] }

/** The body replies, once and within its window (R8). @throws Refusal */
export async function replyToCase(
  registry: Registry,
  context: Context,
  id: string,
  { words }: z.infer<typeof caseReplyInput>,
): Promise<CaseView> {
  const own = confinedTo(context, 'conduct.reply')
  return registry.db.transaction(async (tx) => {
    const present = await lockedCase(tx, own, id)
    const { today, now } = context
    if (present.repliedOn !== null || present.concludedOn !== null || today > present.replyUntilOn)
      throw refuse('case_reply_over', '', { values: { until: present.replyUntilOn } })
    const replied = await setCase(tx, id, { repliedOn: today, reply: words, changedAt: now })
    await record(tx, context, entryOf(context, replied, 'replied'))
    await tellOfCase(tx, context, replied, 'reply')
    return caseView(replied, today)
  })
}

/** Concludes a case; only what is substantiated has findings, each kind once (R8). @throws Refusal */
export async function concludeCase(
  registry: Registry,
  context: Context,
  id: string,
  input: Conclusion,
): Promise<CaseConcluded> {
  authorise(context, 'conduct.manage')
  return registry.db.transaction(async (tx) => {
    const present = await lockedCase(tx, null, id)
    const { today, now } = context
    refuseIfAny([...problemsOfConclusion(present, input.outcome, today), ...problemsOfFindings(input, context)])
    const { outcome, words: conclusion } = input
    const concluded = await setCase(tx, id, { concludedOn: today, outcome, conclusion, changedAt: now })
    const found = await insertFindings(tx, findingRows(context, concluded, input))
    await record(tx, context, {
      ...entryOf(context, concluded, 'concluded'),
      changes: { outcome, findings: found.map(({ kind, grade }) => ({ kind, grade })) },
    })
    await tellOfCase(tx, context, concluded, 'concluded')
    return { case: caseView(concluded, today), findings: found.map((row) => findingView(row, today)) }
  })
}

function problemsOfFindings(input: Conclusion, { today }: Context): Problem[] {
  if (input.outcome !== 'substantiated') return []
  const kinds = input.findings.map(({ kind }) => kind)
  return input.findings.flatMap(({ kind, correctUntilOn }, place) => [
    ...(kinds.indexOf(kind) < place ? [problem('finding_twice', `findings.${place}.kind`, { value: kind })] : []),
    ...(correctUntilOn !== undefined && correctUntilOn <= today
      ? [problem('plan_not_ahead', `findings.${place}.correctUntilOn`, { value: correctUntilOn })]
      : []),
  ])
}

function findingRows(context: Context, { id: caseId, memberId }: ConductCase, input: Conclusion) {
  if (input.outcome !== 'substantiated') return []
  return input.findings.map(({ kind, grade, words, correctUntilOn }) => ({
    id: newId(context.now),
    caseId,
    memberId,
    kind,
    grade,
    words,
    foundOn: context.today,
    correctUntilOn: correctUntilOn ?? null,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }))
}

/** Records that the corrective action of a finding was carried out, and on which day (R9). @throws Refusal */
export async function closeCorrection(
  registry: Registry,
  context: Context,
  id: string,
  { correctedOn, note }: z.infer<typeof correctionDoneInput>,
): Promise<FindingView> {
  authorise(context, 'conduct.manage')
  return registry.db.transaction(async (tx) => {
    const present = await lockFinding(tx, id)
    if (!present) throw refuse('not_found', 'id', { values: { what: ['问题', 'finding'] } })
    refuseIfAny(problemsOfCorrection(present, correctedOn, context))
    const closed = await setFinding(tx, id, { correctedOn, correctedNote: note, changedAt: context.now })
    await record(tx, context, {
      action: 'finding.corrected',
      entity: 'finding',
      entityId: id,
      memberId: present.memberId,
      onDay: correctedOn,
      changes: { kind: present.kind },
    })
    return findingView(closed, context.today)
  })
}

function problemsOfCorrection(present: Finding, correctedOn: string, { today }: Context): Problem[] {
  const isOpen = present.correctUntilOn !== null && present.correctedOn === null && present.annulledOn === null
  if (!isOpen) return [problem('correction_not_open')]
  if (correctedOn > today) return [problem('day_in_future', 'correctedOn', { value: correctedOn })]
  const isBefore = correctedOn < present.foundOn
  return isBefore
    ? [problem('reported_before_event', 'correctedOn', { value: correctedOn, values: { eventOn: present.foundOn } })]
    : []
}

export const annulmentInput = z.strictObject({ ground: words })
type Annulment = z.infer<typeof annulmentInput>

/**
 * Annuls the conclusion of a case with all that was found in it, for it was wrong: it stays, and counts nowhere any more.
 * The office does so, of a penalty the regulator: never who concluded it (R8). @throws Refusal
 */
export async function annulCase(
  registry: Registry,
  context: Context,
  id: string,
  { ground }: Annulment,
): Promise<CaseConcluded> {
  authorise(context, 'findings.annul')
  return registry.db.transaction(async (tx) => {
    const present = await lockedCase(tx, null, id)
    refuseUnfitAnnulment(context, present)
    const annulment = annulmentOf(context, ground)
    const annulled = await closeAsAnnulled(tx, context, id, annulment)
    await annulFindingsOf(tx, id, annulment)
    const found = await findingsOfCase(tx, id)
    return {
      case: caseView(annulled, context.today),
      findings: found.map((row) => findingView(row, context.today)),
    }
  })
}

/** The same of one finding; the rest of its case stands, and with the last one the case falls (R8). @throws Refusal */
export async function annulFinding(
  registry: Registry,
  context: Context,
  id: string,
  { ground }: Annulment,
): Promise<FindingView> {
  authorise(context, 'findings.annul')
  return registry.db.transaction(async (tx) => {
    const seen = await findFinding(tx, id)
    if (!seen) throw refuse('not_found', 'id', { values: { what: ['问题', 'finding'] } })
    const its = await lockedCase(tx, null, seen.caseId)
    const present = (await lockFinding(tx, id)) ?? seen
    refuseUnfitAnnulment(context, { ...its, annulledOn: present.annulledOn })
    const annulment = annulmentOf(context, ground)
    const annulled = await setFinding(tx, id, annulment)
    await record(tx, context, {
      action: 'finding.annulled',
      entity: 'finding',
      entityId: id,
      memberId: present.memberId,
      onDay: context.today,
      changes: { kind: present.kind, ground },
    })
    const stands = (await findingsOfCase(tx, its.id)).some(({ annulledOn }) => annulledOn === null)
    if (stands) await tellOfFinding(tx, context, annulled)
    else await closeAsAnnulled(tx, context, its.id, annulment)
    return findingView(annulled, context.today)
  })
}

const annulmentOf = ({ today, now }: Context, ground: string) => {
  return { annulledOn: today, annulledGround: ground, changedAt: now }
}

async function closeAsAnnulled(
  tx: Db,
  context: Context,
  id: string,
  annulment: ReturnType<typeof annulmentOf>,
): Promise<ConductCase> {
  const annulled = await setCase(tx, id, annulment)
  const changes = { ground: annulment.annulledGround }
  await record(tx, context, { ...entryOf(context, annulled, 'annulled'), changes })
  await tellOfCase(tx, context, annulled, 'annulled')
  return annulled
}

/** A machine takes nothing back. @throws Refusal */
function refuseUnfitAnnulment({ actor }: Context, facts: Parameters<typeof problemsOfAnnulment>[0]): void {
  if (actor.kind !== 'person') throw refuse('person_expected')
  refuseIfAny(problemsOfAnnulment(facts, actor.role))
}

export const caseAssigneeInput = z.strictObject({ assignedTo: textInput(200) })

/** Says who looks into a case from now on; the log keeps who did before (R8). @throws Refusal */
export async function reassignCase(
  registry: Registry,
  context: Context,
  id: string,
  { assignedTo }: z.infer<typeof caseAssigneeInput>,
): Promise<CaseView> {
  authorise(context, 'conduct.manage')
  return registry.db.transaction(async (tx) => {
    const present = await lockedCase(tx, null, id)
    if (present.concludedOn !== null) throw refuse('case_concluded')
    if (present.assignedTo === assignedTo) throw refuse('nothing_changes')
    const reassigned = await setCase(tx, id, { assignedTo, changedAt: context.now })
    const changes = { assignedTo: { from: present.assignedTo, to: assignedTo } }
    await record(tx, context, { ...entryOf(context, reassigned, 'reassigned'), changes })
    return caseView(reassigned, context.today)
  })
}

async function lockedCase(tx: Db, own: string | null, id: string): Promise<ConductCase> {
  const present = await lockCase(tx, id)
  if (!present || (own !== null && present.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['案件', 'case'] } })
  return present
}

function entryOf({ today }: Context, { id, memberId }: ConductCase, what: string) {
  return { action: `conduct_case.${what}`, entity: 'conduct_case', entityId: id, memberId, onDay: today }
}
