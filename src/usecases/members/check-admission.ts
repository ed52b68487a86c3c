import { z } from 'zod'
import { admissionCheckNames, admissionChecks, checksMissing } from '../../domain/admission.ts'
import { holdsOn, type PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { pendingApplicationOf } from '../../store/applications.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type AdmissionCheckRow, admissionChecksOf, insertAdmissionCheck } from '../../store/measures.ts'
import { competenceOf, findMember, lockMember } from '../../store/members.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'

export const admissionCheckInput = z.strictObject({
  check: z.enum(admissionChecks),
  outcome: z.enum(['passed', 'failed']),
  note: textInput(2_000).meta({ description: 'What was looked at. No names of auditors (R6).' }),
})

/** Records that something was looked at before an admission; made again, the later one counts (N2, R8). @throws Refusal */
export async function recordAdmissionCheck(
  registry: Registry,
  context: Context,
  memberId: string,
  input: z.infer<typeof admissionCheckInput>,
): Promise<AdmissionCheckRow> {
  authorise(context, 'members.write')
  return registry.db.transaction(async (tx) => {
    if (!(await lockMember(tx, memberId))) throw unknownMember()
    const row = await insertAdmissionCheck(tx, {
      ...input,
      id: newId(context.now),
      memberId,
      onDay: context.today,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await record(tx, context, {
      action: 'member.admission_checked',
      entity: 'member',
      entityId: memberId,
      memberId,
      onDay: context.today,
      changes: { check: input.check, outcome: input.outcome },
    })
    return row
  })
}

/**
 * The checks of a body, whether an application of it waits, and which checks still stand in the way of its admission: all
 * of them where none waits, for nothing that was looked at before counts. @throws Refusal
 */
export async function readAdmissionChecks(registry: Registry, context: Context, memberId: string) {
  const own = confinedTo(context, 'members.read')
  const member = own !== null && own !== memberId ? undefined : await findMember(registry.db, memberId)
  if (!member) throw unknownMember()
  const items = await admissionChecksOf(registry.db, memberId)
  const pending = await pendingApplicationOf(registry.db, memberId)
  const missing = pending ? checksMissing(items, pending.appliedOn) : [...admissionChecks]
  return { items, hasApplied: pending !== undefined, missing }
}

/** What stands in the way of an admission: no application, a check that is missing, or that was made only after it. */
export async function problemsOfAdmission(tx: Db, memberId: string, fromOn: PlainDate): Promise<Problem[]> {
  const application = await pendingApplicationOf(tx, memberId)
  if (!application) return [problem('application_needed', 'standing')]
  const made = await admissionChecksOf(tx, memberId)
  const missing = checksMissing(made, application.appliedOn)
  if (missing.length === 0) {
    const passedOn = made.at(-1)?.onDay ?? fromOn
    return fromOn >= passedOn
      ? problemsOfPapers(await competenceOf(tx, memberId), fromOn)
      : [problem('admission_before_checks', 'fromOn', { value: fromOn, values: { since: passedOn } })]
  }
  const named = (language: 0 | 1, comma: string) =>
    missing.map((check) => admissionCheckNames[check][language]).join(comma)
  return [problem('admission_incomplete', 'standing', { values: { missing: [named(0, '、'), named(1, ', ')] } })]
}

/** What was looked at is also what is recorded: an approval that stands, and a scope. */
function problemsOfPapers(competence: Awaited<ReturnType<typeof competenceOf>>, on: PlainDate): Problem[] {
  if (!competence) return []
  const { approvalUntilOn: until, approvalRevokedOn: since, scopes } = competence
  return [
    ...(until !== null && on > until ? [problem('approval_lapsed', 'standing', { values: { until } })] : []),
    ...(since !== null ? [problem('approval_revoked', 'standing', { values: { since } })] : []),
    ...(scopes.some((scope) => holdsOn(scope, on)) ? [] : [problem('admission_without_scope', 'standing')]),
  ]
}

function unknownMember() {
  return refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
}
