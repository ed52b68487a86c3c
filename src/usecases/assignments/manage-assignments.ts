import { z } from 'zod'
import { assignmentModes, ineligibilities } from '../../domain/eligibility.ts'
import { industryContains } from '../../domain/industries.ts'
import { addDays, type PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, Refusal, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { withoutIndustryAsked } from '../../domain/result.ts'
import { standingEffects, standingOn } from '../../domain/standing.ts'
import { newId } from '../../ids.ts'
import { returnedAmong } from '../../store/assignment-batches.ts'
import {
  type Assignment,
  insertAssignment,
  insertOrigins,
  isReplaced,
  liveAssignmentsOf,
  lockAssignment,
  setAssignment,
} from '../../store/assignments.ts'
import { type Db, violates } from '../../store/database.ts'
import { candidatesFor } from '../../store/desk.ts'
import { findEnterprise, lockEnterprises } from '../../store/enterprises.ts'
import { record } from '../../store/events.ts'
import { lockMember } from '../../store/members.ts'
import { lockObligationsOf } from '../../store/obligations.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { schemeInForce } from '../../store/schemes.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { enterpriseInput, lookUpEnterprise, saveEnterprise } from '../enterprises/resolve-enterprise.ts'
import { codeInput, dayInput, familyInput, idInput, industryInput, standardsInput, textInput } from '../inputs.ts'
import { isOpen, meetByAct, waiveMoot } from '../obligations/close-obligation.ts'
import { type ExplainedObligation, explainedObligations } from '../obligations/obligation-view.ts'
import { openObligation } from '../obligations/open-obligation.ts'
import { openObligations } from '../obligations/open-obligations.ts'
import { answerOwed, madeEntry, tellOfAssignment, tellOfDecline } from './assignment-made.ts'

/** Yuan and fen: a third decimal is refused, not rounded away. */
export const yuanInput = z
  .number()
  .min(0)
  .max(1e11)
  .refine((amount) => Math.abs(amount * 100 - Math.round(amount * 100)) < 1e-6, 'at most two decimals')

/** What is to be certified, and whose it is: of one assignment, and of each case of a batch. */
export const caseFields = {
  enterprise: enterpriseInput,
  kind: z.enum(['product', 'service']),
  productName: textInput(300),
  family: familyInput,
  industryCode: industryInput.optional(),
  standards: standardsInput.min(1).meta({ description: 'The declared standards of the product or service (N12).' }),
}

export const assignmentInput = z.strictObject({
  scheme: codeInput(64).default('jiangsu-premium'),
  memberId: idInput,
  ...caseFields,
  mode: z.enum(assignmentModes),
  choiceProof: textInput(1_000)
    .optional()
    .meta({ description: 'For a firm’s own choice: who recorded it and on what proof (R7).' }),
  feeQuotedYuan: yuanInput.optional(),
  assignedOn: dayInput,
  replacesId: idInput.optional().meta({
    description:
      'The assignment of the same enterprise that this one replaces: declined, not answered in time, or of a body that is suspended, removed or in conflict with the firm (R7, R8).',
  }),
})

/** Gives one product or service of one enterprise to one member (N3, R7). @throws Refusal where the body is not eligible */
export async function assign(
  registry: Registry,
  context: Context,
  input: z.infer<typeof assignmentInput>,
): Promise<Assignment> {
  authorise(context, 'assignments.write')
  return registry.db.transaction(async (tx) => {
    await shareCalendar(tx)
    const named = await lookUpEnterprise(tx, context, input.enterprise)
    const credit = 'found' in named ? [] : [named]
    const enterpriseId = ('found' in named && named.found?.id) || null
    refuseIfAny([...credit, ...(await problemsOfAssignment(tx, context, input, enterpriseId))])
    if (!('found' in named)) throw new Refusal(named)
    const { enterprise } = await saveEnterprise(tx, context, named, input.assignedOn)
    refuseIfAny(await problemsOfTwin(tx, { ...input, enterpriseId: enterprise.id }))
    const assignment = await insertAssignment(tx, { ...rowOf(context, input), enterpriseId: enterprise.id })
    if (input.replacesId !== undefined) await keepReplaced(tx, context, assignment, input.replacesId)
    const rulebook = await registry.rulebooks.current(tx)
    const owed = answerOwed(rulebook, context, assignment, enterprise)
    await openObligations(tx, context, [owed])
    await record(tx, context, madeEntry(assignment, { replacesId: input.replacesId ?? null }))
    await tellOfAssignment(tx, context, owed)
    return assignment
  })
}

async function problemsOfAssignment(
  tx: Db,
  context: Context,
  input: z.infer<typeof assignmentInput>,
  enterpriseId: string | null,
): Promise<Problem[]> {
  // Locked, so that two assignments at once don't share the last case of a capacity.
  if (!(await lockMember(tx, input.memberId)))
    return [problem('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })]
  const problems: Problem[] = []
  if (!(await schemeInForce(tx, input.scheme, input.assignedOn)))
    problems.push(problem('scheme_unknown', 'scheme', { value: input.scheme }))
  if (input.assignedOn > context.today)
    problems.push(problem('day_in_future', 'assignedOn', { value: input.assignedOn }))
  if (input.mode === 'self_selected' && input.choiceProof === undefined)
    problems.push(problem('choice_proof_missing', 'choiceProof'))
  return [
    ...problems,
    ...(await problemsOfReplacing(tx, context, input.replacesId, enterpriseId)),
    ...(await problemsOfEligibility(tx, context, input, enterpriseId)),
  ]
}

/** On the day of the assignment, and today: an earlier day gets round nothing that was decided or used up since. */
async function problemsOfEligibility(
  tx: Db,
  { today }: Context,
  input: z.infer<typeof assignmentInput>,
  enterpriseId: string | null,
): Promise<Problem[]> {
  const { memberId, family, industryCode = null, assignedOn, mode, replacesId = null } = input
  const problems: Problem[] = []
  for (const on of new Set([assignedOn, today])) {
    const [candidate] = await candidatesFor(tx, { memberId, on, enterpriseId, replacesId })
    const found = candidate ? ineligibilities({ family, industryCode, on, mode }, candidate, industryContains) : []
    problems.push(...found.filter(({ code }) => problems.every((each) => each.code !== code)))
  }
  return problems
}

/** One product of one firm is with one body at a time (R7). */
async function problemsOfTwin(
  tx: Db,
  asked: Pick<Assignment, 'enterpriseId' | 'productName'> &
    Pick<z.infer<typeof assignmentInput>, 'scheme' | 'replacesId'>,
): Promise<Problem[]> {
  await lockEnterprises(tx, [asked.enterpriseId])
  const live = await liveAssignmentsOf(tx, asked.scheme, [asked.enterpriseId])
  return live
    .filter(({ id, productName }) => productName === asked.productName && id !== asked.replacesId)
    .slice(0, 1)
    .map(({ id }) =>
      problem('case_assigned_already', 'productName', { value: asked.productName, values: { assignment: id } }),
    )
}

async function problemsOfReplacing(
  tx: Db,
  { today }: Context,
  replacesId: string | undefined,
  enterpriseId: string | null,
): Promise<Problem[]> {
  const path = 'replacesId'
  if (replacesId === undefined) return []
  const replaced = await lockAssignment(tx, replacesId)
  if (!replaced) return [problem('not_found', path, { values: { what: ['认证任务', 'assignment'] } })]
  if (await isReplaced(tx, replacesId)) return [problem('assignment_replaced', path)]
  if ((await returnedAmong(tx, [replacesId], today)).length === 0) return [problem('assignment_not_declined', path)]
  if (replaced.enterpriseId === enterpriseId) return []
  return [problem('assignment_differs', path, { values: { field: ['企业', 'enterprise'] } })]
}

/** An assignment is replaced once. @throws Refusal */
async function keepReplaced(tx: Db, context: Context, { id }: Assignment, replacesId: string): Promise<void> {
  await insertOrigins(tx, [{ assignmentId: id, caseId: null, replacesId }]).catch((error: unknown) => {
    throw violates(error, 'assignment_origins_replaces_id_unique') ? refuse('assignment_replaced', 'replacesId') : error
  })
  await waiveReplaced(tx, context, replacesId)
}

/** What is still owed for an assignment that another body has now is owed no more. */
export async function waiveReplaced(tx: Db, context: Context, assignmentId: string): Promise<void> {
  for (const obligation of await lockObligationsOf(tx, { assignmentId }))
    if (isOpen(obligation)) await waiveMoot(tx, context, obligation, '任务已改派 / given to another body')
}

function rowOf(context: Context, input: z.infer<typeof assignmentInput>) {
  return {
    id: newId(context.now),
    schemeCode: input.scheme,
    memberId: input.memberId,
    kind: input.kind,
    productName: input.productName,
    family: input.family,
    industryCode: input.industryCode ?? null,
    standards: input.standards,
    mode: input.mode,
    choiceProof: input.choiceProof ?? null,
    feeQuotedYuan: input.feeQuotedYuan?.toFixed(2) ?? null,
    assignedOn: input.assignedOn,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}

export const answerInput = z.discriminatedUnion('answer', [
  z.strictObject({
    answer: z.literal('accept'),
    expectedDecisionOn: dayInput.meta({
      description: 'The day the decision is expected: the outcome is owed after it (R2).',
    }),
  }),
  z.strictObject({ answer: z.literal('decline'), reason: textInput(2_000) }),
])

export type AssignmentAnswered = {
  readonly assignment: Assignment
  readonly obligations: readonly ExplainedObligation[]
}

/** The member accepts, which opens the obligation to post the outcome, or declines with a reason (R2, R7). @throws Refusal */
export async function answerAssignment(
  registry: Registry,
  context: Context,
  id: string,
  input: z.infer<typeof answerInput>,
): Promise<AssignmentAnswered> {
  const own = confinedTo(context, 'assignments.answer')
  return registry.db.transaction(async (tx) => {
    await shareCalendar(tx)
    const assignment = await lockAssignment(tx, id)
    if (!assignment || (own !== null && assignment.memberId !== own))
      throw refuse('not_found', 'id', { values: { what: ['认证任务', 'assignment'] } })
    if (assignment.acceptedOn !== null || assignment.declinedOn !== null) throw refuse('assignment_answered')
    if (await isReplaced(tx, id)) throw refuse('assignment_replaced')
    if (input.answer === 'accept')
      refuseIfAny([
        ...(await problemsOfAccepting(tx, assignment, context)),
        ...problemsOfExpectation(assignment, input.expectedDecisionOn, context),
      ])
    const answered = await setAssignment(tx, id, { ...answerFacts(context, input), changedAt: context.now })
    await meetAnswer(tx, context, id)
    await record(tx, context, {
      action: `assignment.${input.answer === 'accept' ? 'accepted' : 'declined'}`,
      entity: 'assignment',
      entityId: id,
      memberId: assignment.memberId,
      onDay: context.today,
      changes: { ...input },
    })
    const obligations =
      input.answer === 'accept' ? await openOutcome(tx, registry, context, answered, input.expectedDecisionOn) : []
    if (input.answer === 'decline') await tellOfDecline(tx, context, answered)
    return { assignment: answered, obligations }
  })
}

/**
 * A body that is suspended or removed, that lost approval or scope, or that has come into a conflict of interest, begins
 * nothing new; one that rectifies takes what it was given (R7, R8).
 */
async function problemsOfAccepting(tx: Db, assignment: Assignment, { today: on }: Context): Promise<Problem[]> {
  const { memberId, enterpriseId, family, industryCode } = assignment
  const [candidate] = await candidatesFor(tx, { memberId, on, enterpriseId })
  if (!candidate) return []
  const standing = standingOn(candidate.standings, on)
  const isBarred = standing !== null && !standingEffects[standing].mayIssue
  // Its capacity was asked when it was given the case.
  const asked = { family, industryCode, on, mode: 'self_selected' } as const
  return withoutIndustryAsked(ineligibilities(asked, candidate, industryContains))
    .filter(({ code }) => code !== 'member_not_eligible' || isBarred)
    .map((each) => ({ ...each, path: '' }))
}

/** Either answer meets the duty to answer (R7). */
async function meetAnswer(tx: Db, context: Context, assignmentId: string): Promise<void> {
  for (const obligation of await lockObligationsOf(tx, { assignmentId }))
    if (obligation.duty === 'answer_assignment' && isOpen(obligation))
      await meetByAct(tx, context, obligation, `assignment ${assignmentId}`)
}

/** The outcome can't be put off for ever: a body that posts nothing must not look clean (R2). */
const expectedDaysMax = 366

function problemsOfExpectation(assignment: Assignment, expectedOn: PlainDate, { today }: Context): Problem[] {
  const path = 'expectedDecisionOn'
  const latest = addDays(today, expectedDaysMax)
  if (expectedOn < assignment.assignedOn) return [problem('span_reversed', path, { value: expectedOn })]
  return expectedOn > latest ? [problem('span_too_long', path, { value: expectedOn, values: { latest } })] : []
}

function answerFacts({ today }: Context, input: z.infer<typeof answerInput>) {
  return input.answer === 'accept'
    ? { acceptedOn: today, expectedDecisionOn: input.expectedDecisionOn }
    : { declinedOn: today, declineReason: input.reason }
}

/** A body that posts nothing must not look clean (R2). */
async function openOutcome(
  tx: Db,
  registry: Registry,
  context: Context,
  assignment: Assignment,
  expectedOn: PlainDate,
): Promise<ExplainedObligation[]> {
  const rulebook = await registry.rulebooks.current(tx)
  const enterprise = await findEnterprise(tx, assignment.enterpriseId)
  const row = openObligation(rulebook, context, {
    duty: 'post_outcome',
    key: assignment.id,
    eventOn: expectedOn,
    openedOn: context.today,
    memberId: assignment.memberId,
    subject: [enterprise?.name, assignment.productName].filter(Boolean).join(' · '),
    cityCode: enterprise?.cityCode ?? null,
    family: assignment.family,
    enterpriseId: assignment.enterpriseId,
    assignmentId: assignment.id,
  })
  const opened = await openObligations(tx, context, [row])
  return explainedObligations(tx, registry.rulebooks, rulebook, opened, context.today)
}
