import { z } from 'zod'
import { admissionCheckNames, admissionChecks, candidateSince, checksMissing } from '../../domain/admission.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type AdmissionCheckRow, admissionChecksOf, insertAdmissionCheck } from '../../store/measures.ts'
import { findMember, lockMember, standingHistoryOf } from '../../store/members.ts'
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

/** The checks of a body, and which still stand in the way of its admission. @throws Refusal */
export async function readAdmissionChecks(registry: Registry, context: Context, memberId: string) {
  const own = confinedTo(context, 'members.read')
  const member = own !== null && own !== memberId ? undefined : await findMember(registry.db, memberId)
  if (!member) throw unknownMember()
  const items = await admissionChecksOf(registry.db, memberId)
  const history = await standingHistoryOf(registry.db, memberId)
  return { items, missing: checksMissing(items, candidateSince(history)) }
}

/** What stands in the way of an admission, in words. */
export async function problemsOfAdmission(tx: Db, memberId: string, since: PlainDate | null): Promise<Problem[]> {
  const missing = checksMissing(await admissionChecksOf(tx, memberId), since)
  if (missing.length === 0) return []
  const named = (language: 0 | 1, comma: string) =>
    missing.map((check) => admissionCheckNames[check][language]).join(comma)
  return [problem('admission_incomplete', 'standing', { values: { missing: [named(0, '、'), named(1, ', ')] } })]
}

function unknownMember() {
  return refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
}
