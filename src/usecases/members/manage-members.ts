import { z } from 'zod'
import { dayInShanghai } from '../../clock.ts'
import { laterOf, type PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, Refusal, refuse, refuseIfAny } from '../../domain/refusals.ts'
import {
  isOpeningBalance,
  mayMoveTo,
  type StandingFact,
  standingEffects,
  standingOn,
  standings,
} from '../../domain/standing.ts'
import { newId } from '../../ids.ts'
import { closeApplication, pendingApplicationOf } from '../../store/applications.ts'
import { type Db, violates } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import {
  firstRegistrationAt,
  insertApprovalNumber,
  insertContact,
  insertMember,
  insertMemberName,
  insertScope,
  insertUnit,
  lockMember,
  type Member,
  type NewMember,
  scopesOf,
  standingHistoryOf,
  supersedeScope,
  updateMember,
} from '../../store/members.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { admitCreditCode } from '../enterprises/resolve-enterprise.ts'
import {
  approvalNumberInput,
  cityInput,
  codeInput,
  creditCodeInput,
  dayInput,
  evidenceInput,
  familyInput,
  idInput,
  industryInput,
  textInput,
} from '../inputs.ts'
import { problemsOfAdmission } from './check-admission.ts'
import { notReachable, recordStanding } from './record-standing.ts'

const span = { fromOn: dayInput, untilOn: dayInput.optional() }

export const scopeInput = z.strictObject({
  family: familyInput,
  industryCode: industryInput
    .optional()
    .meta({ description: 'GB/T 4754-2017: a section, division, group or class; absent for the whole family.' }),
  description: textInput(500),
  ...span,
})

export const unitInput = z.strictObject({
  name: textInput(200),
  creditCode: creditCodeInput.optional(),
  cityCode: cityInput.optional(),
  address: textInput(400).optional(),
  ...span,
})

export const contactInput = z.strictObject({
  name: textInput(100),
  duty: textInput(100).optional(),
  phone: codeInput(50).optional(),
  email: z.email().max(200).optional(),
  ...span,
})

export const standingInput = z.strictObject({
  standing: z.enum(standings),
  fromOn: dayInput,
  reason: textInput(2_000),
  decidedBy: textInput(200),
})

export const memberInput = z.strictObject({
  name: textInput(200),
  nameEn: textInput(200).optional(),
  approvalNumber: approvalNumberInput.meta({ examples: ['CNCA-R-2002-001'] }),
  approvalUntilOn: dayInput.optional(),
  creditCode: creditCodeInput,
  creditCodeEvidence: evidenceInput.optional(),
})

export const memberChanges = z.strictObject({
  name: textInput(200).optional(),
  nameEn: textInput(200).optional(),
  approvalNumber: approvalNumberInput.optional(),
  approvalUntilOn: dayInput.optional(),
  creditCode: creditCodeInput.optional().meta({ description: 'Identifies a body of the opening balance.' }),
  creditCodeEvidence: evidenceInput.optional(),
  effectiveOn: dayInput.meta({ description: 'The day from which the change holds.' }),
  reason: textInput(2_000),
})

/** Registers a certification body (N1). Its standing begins with {@link changeStanding}. @throws Refusal */
export async function registerMember(
  registry: Registry,
  context: Context,
  input: z.infer<typeof memberInput>,
): Promise<{ id: string }> {
  authorise(context, 'members.write')
  const admitted = admitCreditCode(context, input.creditCode, input.creditCodeEvidence, 'creditCode')
  if (!('evidence' in admitted)) throw refuse(admitted.code, admitted.path, admitted)
  const id = newId(context.now)
  return registry.db.transaction(async (tx) => {
    await insertMember(tx, {
      id,
      identityKey: `member:${id}`,
      name: input.name,
      nameEn: input.nameEn ?? null,
      approvalNumber: input.approvalNumber,
      approvalUntilOn: input.approvalUntilOn ?? null,
      creditCode: admitted.code,
      creditCodeEvidence: admitted.evidence,
      origin: 'registered',
      recordedAt: context.now,
    }).catch((error: unknown) => {
      throw refuseTwin(error, input.approvalNumber)
    })
    await keepName(tx, context, id, input.name, null)
    await record(tx, context, {
      action: 'member.registered',
      entity: 'member',
      entityId: id,
      memberId: id,
      changes: { ...input },
    })
    return { id }
  })
}

/** Changes what identifies a body; the event log keeps what stood before, and every name stays findable. @throws Refusal */
export async function changeMember(
  registry: Registry,
  context: Context,
  id: string,
  input: z.infer<typeof memberChanges>,
): Promise<void> {
  authorise(context, 'members.write')
  if (input.effectiveOn > context.today) throw refuse('day_in_future', 'effectiveOn', { value: input.effectiveOn })
  await registry.db.transaction(async (tx) => {
    const member = await lockedMember(tx, id)
    const { effectiveOn, reason, creditCodeEvidence, ...rest } = input
    const wanted = { ...rest, ...identifiedBy(context, input.creditCode, creditCodeEvidence) }
    const changes = Object.fromEntries(
      Object.entries(wanted).filter(([key, value]) => value !== undefined && value !== member[key as keyof Member]),
    )
    if (Object.keys(changes).length === 0) throw refuse('nothing_changes')
    if (input.approvalNumber !== undefined) await keepApprovalNumber(tx, context, id, input.approvalNumber, effectiveOn)
    await updateMember(tx, id, { ...(changes as Partial<NewMember>), changedAt: context.now }).catch(
      (error: unknown) => {
        throw refuseTwin(error, input.approvalNumber)
      },
    )
    if (input.name !== undefined) await keepName(tx, context, id, input.name, effectiveOn)
    const before = Object.fromEntries(Object.keys(changes).map((key) => [key, member[key as keyof Member]]))
    await record(tx, context, {
      action: 'member.changed',
      entity: 'member',
      entityId: id,
      memberId: id,
      onDay: effectiveOn,
      changes: { from: before, to: changes, reason },
    })
  })
}

/** The code as it is stored, with the evidence that let it in. @throws Refusal */
function identifiedBy(context: Context, creditCode: string | undefined, evidence: string | undefined) {
  if (creditCode === undefined) return {}
  const admitted = admitCreditCode(context, creditCode, evidence, 'creditCode')
  if ('path' in admitted) throw new Refusal(admitted)
  return { creditCode: admitted.code, creditCodeEvidence: admitted.evidence }
}

function refuseTwin(error: unknown, approvalNumber: string | undefined): unknown {
  if (violates(error, 'members_credit_code_unique')) {
    return refuse('already_registered', 'creditCode', { values: { what: ['信用代码', 'credit code'] } })
  }
  const what = ['批准号', 'approval number'] as const
  const isTwin = violates(error, 'members_approval_number_unique') || violates(error, 'member_approval_numbers_pkey')
  return isTwin ? refuse('already_registered', 'approvalNumber', { value: approvalNumber, values: { what } }) : error
}

/**
 * Records a standing that no measure has to lead to: what was so until the body was recorded here (opening balance, R4),
 * and its admission once it has applied and the checks have passed, which closes the application. All else comes from a
 * measure (R8). @throws Refusal
 */
export async function changeStanding(
  registry: Registry,
  context: Context,
  memberId: string,
  input: z.infer<typeof standingInput>,
): Promise<void> {
  authorise(context, 'members.write')
  if (input.fromOn > context.today) throw refuse('day_in_future', 'fromOn', { value: input.fromOn })
  await registry.db.transaction(async (tx) => {
    const member = await lockedMember(tx, memberId)
    const history = await standingHistoryOf(tx, memberId)
    const last = history.at(-1)
    const from = standingOn(history, input.fromOn)
    if (last && input.fromOn < last.fromOn)
      throw refuse('standing_backdated', 'fromOn', { value: input.fromOn, values: { since: last.fromOn } })
    if (!mayMoveTo(from, input.standing)) throw notReachable(from, input.standing, 'standing')
    refuseIfAny(await problemsOfOpenMove(tx, context, member, history, input))
    await closeAsAdmitted(tx, context, memberId, input)
    const { standing: to, fromOn, reason, decidedBy } = input
    await recordStanding(tx, context, { memberId, from, to, fromOn, reason, decidedBy }, { reason, decidedBy })
  })
}

/** What waited for its outcome is answered by an admission, by whatever way it came. */
async function closeAsAdmitted(
  tx: Db,
  context: Context,
  memberId: string,
  { standing, fromOn, reason }: z.infer<typeof standingInput>,
): Promise<void> {
  const pending = standing === 'admitted' ? await pendingApplicationOf(tx, memberId) : undefined
  if (!pending) return
  await closeApplication(tx, pending.id, {
    outcome: 'admitted',
    ground: reason,
    closedOn: laterOf(fromOn, pending.appliedOn),
    closedAt: context.now,
    closedBy: context.actor.id,
  })
}

async function problemsOfOpenMove(
  tx: Db,
  { today }: Context,
  { id, recordedAt }: Member,
  history: readonly StandingFact[],
  { standing, fromOn }: z.infer<typeof standingInput>,
): Promise<Problem[]> {
  const openedOn = dayInShanghai(await firstRegistrationAt(tx))
  if (isOpeningBalance({ registeredOn: dayInShanghai(recordedAt), openedOn }, fromOn, today)) return []
  const from = standingOn(history, fromOn)
  if (standing === 'candidate') return [problem('application_needed', 'standing', { value: standing })]
  const isAdmission = standing === 'admitted' && (from === null || from === 'candidate')
  if (isAdmission) return problemsOfAdmission(tx, id, fromOn)
  const to = [standingEffects[standing].zh, standing] as const
  return [problem('measure_needed', 'standing', { value: standing, values: { to } })]
}

/** Adds a scope, an executing unit or a contact. @throws Refusal */
export async function addScope(
  registry: Registry,
  context: Context,
  memberId: string,
  input: z.infer<typeof scopeInput>,
) {
  return addPart(registry, context, memberId, 'scope', input, async (tx, id) => {
    await insertScope(tx, {
      ...partOf(context, memberId, id, input),
      family: input.family,
      industryCode: input.industryCode ?? null,
      description: input.description,
    })
  })
}

export async function addUnit(
  registry: Registry,
  context: Context,
  memberId: string,
  input: z.infer<typeof unitInput>,
) {
  return addPart(registry, context, memberId, 'unit', input, async (tx, id) => {
    const admitted =
      input.creditCode === undefined
        ? { code: null }
        : admitCreditCode(context, input.creditCode, undefined, 'creditCode')
    if ('path' in admitted) refuseIfAny([admitted])
    const { name, cityCode = null, address = null } = input
    const isNew = await insertUnit(tx, {
      ...partOf(context, memberId, id, input),
      name,
      cityCode,
      address,
      creditCode: admitted.code,
    })
    if (!isNew)
      throw refuse('already_registered', 'name', { value: name, values: { what: ['执行机构', 'executing unit'] } })
  })
}

export async function addContact(
  registry: Registry,
  context: Context,
  memberId: string,
  input: z.infer<typeof contactInput>,
) {
  return addPart(
    registry,
    context,
    memberId,
    'contact',
    { fromOn: input.fromOn, untilOn: input.untilOn },
    async (tx, id) => {
      const { name, duty = null, phone = null, email = null } = input
      await insertContact(tx, { ...partOf(context, memberId, id, input), name, duty, phone, email })
    },
  )
}

type Spanned = { readonly fromOn: PlainDate; readonly untilOn?: PlainDate | undefined }

async function addPart(
  registry: Registry,
  context: Context,
  memberId: string,
  part: 'scope' | 'unit' | 'contact',
  changes: Spanned & Record<string, unknown>,
  insert: (tx: Db, id: string) => Promise<void>,
): Promise<{ id: string }> {
  authorise(context, 'members.write')
  if (changes.untilOn !== undefined && changes.untilOn < changes.fromOn)
    throw refuse('span_reversed', 'untilOn', { value: changes.untilOn })
  const id = newId(context.now)
  await registry.db.transaction(async (tx) => {
    await lockedMember(tx, memberId)
    await insert(tx, id)
    await record(tx, context, {
      action: `member.${part}_added`,
      entity: 'member',
      entityId: memberId,
      memberId,
      onDay: changes.fromOn,
      changes: { id, ...changes },
    })
  })
  return { id }
}

export const scopeEndInput = z.strictObject({ untilOn: dayInput, reason: textInput(2_000) })
export const scopeParams = z.object({ id: idInput, scopeId: idInput })

/** Gives a scope its last day; the scope as it stood before is superseded, not changed. @throws Refusal */
export async function closeScope(
  registry: Registry,
  context: Context,
  memberId: string,
  scopeId: string,
  input: z.infer<typeof scopeEndInput>,
): Promise<void> {
  authorise(context, 'members.write')
  await registry.db.transaction(async (tx) => {
    await lockedMember(tx, memberId)
    const old = (await scopesOf(tx, memberId)).find((scope) => scope.id === scopeId)
    if (!old) throw refuse('not_found', 'scopeId', { values: { what: ['业务范围', 'scope'] } })
    if (input.untilOn < old.fromOn) throw refuse('span_reversed', 'untilOn', { value: input.untilOn })
    const end = { untilOn: input.untilOn, newId: newId(context.now), now: context.now, by: context.actor.id }
    await supersedeScope(tx, old, end)
    await record(tx, context, {
      action: 'member.scope_ended',
      entity: 'member',
      entityId: memberId,
      memberId,
      onDay: input.untilOn,
      changes: { scopeId, untilOn: { from: old.untilOn, to: input.untilOn }, reason: input.reason },
    })
  })
}

async function lockedMember(tx: Db, id: string): Promise<Member> {
  const member = await lockMember(tx, id)
  if (!member) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
  return member
}

/** A number that another body has had is refused, as one that it has now: it would lead to either. @throws Refusal */
async function keepApprovalNumber(
  tx: Db,
  context: Context,
  memberId: string,
  approvalNumber: string,
  fromOn: PlainDate,
): Promise<void> {
  const isOwn = await insertApprovalNumber(tx, { memberId, approvalNumber, fromOn, recordedAt: context.now })
  if (isOwn) return
  const what = ['批准号', 'approval number'] as const
  throw refuse('already_registered', 'approvalNumber', { value: approvalNumber, values: { what } })
}

async function keepName(
  tx: Db,
  context: Context,
  memberId: string,
  name: string,
  fromOn: PlainDate | null,
): Promise<void> {
  await insertMemberName(tx, {
    id: newId(context.now),
    memberId,
    name,
    fromOn,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
}

function partOf(context: Context, memberId: string, id: string, { fromOn, untilOn }: Spanned) {
  return { id, memberId, fromOn, untilOn: untilOn ?? null, recordedAt: context.now, recordedBy: context.actor.id }
}
