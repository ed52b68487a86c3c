import { z } from 'zod'
import { dueOnAfterWorkingDays } from '../../domain/calendar.ts'
import { ladderInForce } from '../../domain/measure.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { findCertificate } from '../../store/certificates.ts'
import { type ConductCase, insertCase } from '../../store/conduct.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { readLadderRules } from '../../store/measures.ts'
import { findMember } from '../../store/members.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { dayInput, idInput, textInput } from '../inputs.ts'
import { type CaseView, caseView } from './case-view.ts'
import { claimUntaken } from './read-complaints.ts'
import { tellOfCase } from './tell-of-case.ts'

const common = {
  memberId: idInput,
  certificateId: idInput.optional(),
  words: textInput(4_000).meta({ description: 'What is held against the body; it names no person (R6).' }),
  occurredOn: dayInput,
  assignedTo: textInput(200).optional().meta({ description: 'Who looks into it.' }),
}

/** A case (R8): each source with just the fields that it needs. */
export const caseInput = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('spot_check'), passed: z.boolean(), ...common }),
  z.strictObject({ source: z.literal('file_audit'), ...common }),
  z.strictObject({ source: z.literal('complaint'), complaintId: idInput, ...common }),
  z.strictObject({
    source: z.literal('penalty'),
    document: textInput(300).meta({ description: 'Who imposed it, and the number of the document.' }),
    ...common,
  }),
])
type CaseInput = z.infer<typeof caseInput>

/** Opens a case of conduct; the body is told and may reply. A penalty is recorded by the regulator too (R8). @throws Refusal */
export async function openCase(
  registry: Registry,
  context: Context,
  input: CaseInput,
  idempotencyKey: string | undefined,
): Promise<Answered<CaseView>> {
  authorise(context, input.source === 'penalty' ? 'penalties.record' : 'conduct.manage')
  const keyed = { key: idempotencyKey, operation: 'POST /v1/conduct-cases', body: input }
  return onceOnly(registry, context, keyed, (tx) => open(tx, registry, context, input))
}

async function open(tx: Db, registry: Registry, context: Context, input: CaseInput): Promise<CaseView> {
  await shareCalendar(tx)
  refuseIfAny(await problemsOfCase(tx, context, input))
  if (input.source === 'complaint') await claimUntaken(tx, input.complaintId)
  const opened = await insertCase(tx, await caseRow(tx, registry, context, input))
  await record(tx, context, {
    action: 'conduct_case.opened',
    entity: 'conduct_case',
    entityId: opened.id,
    memberId: opened.memberId,
    onDay: context.today,
    changes: { source: opened.source, passed: opened.passed, replyUntilOn: opened.replyUntilOn },
  })
  await tellOfCase(tx, context, opened, 'opened')
  return caseView(opened, context.today)
}

async function problemsOfCase(tx: Db, { today }: Context, input: CaseInput): Promise<Problem[]> {
  if (!(await findMember(tx, input.memberId))) throw unknown('memberId', ['成员机构', 'member'])
  const problems: Problem[] = []
  if (input.certificateId !== undefined) {
    const found = await findCertificate(tx, input.certificateId)
    if (found?.certificate.memberId !== input.memberId) throw unknown('certificateId', ['证书', 'certificate'])
  }
  if (input.occurredOn > today) problems.push(problem('day_in_future', 'occurredOn', { value: input.occurredOn }))
  return problems
}

function unknown(path: string, what: readonly [zh: string, en: string]) {
  return refuse('not_found', path, { values: { what } })
}

async function caseRow(tx: Db, registry: Registry, context: Context, input: CaseInput): Promise<ConductCase> {
  const { calendar } = await registry.rulebooks.current(tx)
  const rule = ladderInForce(await readLadderRules(tx), context.today)
  return {
    id: newId(context.now),
    source: input.source,
    memberId: input.memberId,
    certificateId: input.certificateId ?? null,
    complaintId: input.source === 'complaint' ? input.complaintId : null,
    words: input.words,
    occurredOn: input.occurredOn,
    passed: input.source === 'spot_check' ? input.passed : null,
    document: input.source === 'penalty' ? input.document : null,
    assignedTo: input.assignedTo ?? null,
    openedOn: context.today,
    replyUntilOn: dueOnAfterWorkingDays(calendar, context.today, rule.replyWorkingDays).dueOn,
    repliedOn: null,
    reply: null,
    concludedOn: null,
    outcome: null,
    conclusion: null,
    annulledOn: null,
    annulledGround: null,
    changedAt: null,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}
