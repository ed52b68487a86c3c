import { z } from 'zod'
import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import type { Duty } from '../../domain/obligation.ts'
import { addDays, daysBetween } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { admittedOn } from '../../domain/standing.ts'
import { newId } from '../../ids.ts'
import { lockAssignment } from '../../store/assignments.ts'
import { type Certificate, certificatesOfNumber } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { findEnterprise } from '../../store/enterprises.ts'
import { record } from '../../store/events.ts'
import { competenceOf } from '../../store/members.ts'
import { claimNumber, type Ending, hasOutcome, insertEnding } from '../../store/results.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { certificateNumberInput, dayInput, idInput, textInput } from '../inputs.ts'
import { type ExplainedObligation, explainedObligations } from '../obligations/obligation-view.ts'
import { openObligation } from '../obligations/open-obligation.ts'
import { openObligations } from '../obligations/open-obligations.ts'

export const endingInput = z.strictObject({
  memberId: idInput,
  assignmentId: idInput.optional(),
  enterpriseId: idInput.optional(),
  certificateNumber: certificateNumberInput.optional(),
  productName: textInput(300),
  isService: z.boolean().default(false),
  decidedOn: dayInput,
  source: z.enum(['cnca_list', 'enterprise', 'announcement', 'other']),
  evidence: textInput(2_000),
})

export type EndingInput = z.infer<typeof endingInput>

export type EndingRecorded = { readonly ending: Ending; readonly obligations: readonly ExplainedObligation[] }

/**
 * The secretariat or the regulator records that a certification ended; the clocks then run without the member's post
 * (R2). The member's later post takes these obligations over. @throws Refusal
 */
export async function recordEnding(registry: Registry, context: Context, input: EndingInput): Promise<EndingRecorded> {
  authorise(context, 'endings.record')
  refuseIfAny(problemsOfEnding(input, context))
  return registry.db.transaction(async (tx) => {
    await shareCalendar(tx)
    const rulebook = await registry.rulebooks.current(tx)
    const enterprise = await checkLinks(tx, input)
    const ending = await insertEnding(tx, endingRow(context, input, enterprise))
    if (!ending) throw refuse('already_registered', '', { values: { what: ['认证结束记录', 'recorded ending'] } })
    const rows = dutiesOf(input).map((duty) => openObligation(rulebook, context, causeOf(duty, ending, enterprise)))
    const opened = await openObligations(tx, context, rows)
    await record(tx, context, {
      action: 'ending.recorded',
      entity: 'ending',
      entityId: ending.id,
      memberId: ending.memberId,
      onDay: ending.decidedOn,
      changes: { source: ending.source, obligations: opened.map((obligation) => obligation.id) },
    })
    const obligations = await explainedObligations(tx, registry.rulebooks, rulebook, opened, context.today)
    return { ending, obligations }
  })
}

function problemsOfEnding(input: EndingInput, { today }: Context): Problem[] {
  const { decidedOn, assignmentId, certificateNumber, enterpriseId } = input
  const isLinked = (assignmentId ?? certificateNumber ?? enterpriseId) !== undefined
  return [
    ...(decidedOn > today ? [problem('day_in_future', 'decidedOn', { value: decidedOn })] : []),
    ...(isLinked ? [] : [problem('ending_unlinked')]),
  ]
}

function dutiesOf({ isService }: EndingInput) {
  return isService
    ? (['report_to_cnca', 'feed_back', 'report_monthly'] as const)
    : (['report_to_cnca', 'feed_back'] as const)
}

type Named = { readonly id: string | null; readonly name: string | null; readonly cityCode: string | null }

/** The enterprise that it is about. @throws Refusal where it is linked to what is not there, or has its clocks already */
async function checkLinks(tx: Db, input: EndingInput): Promise<Named> {
  await refuseUnadmitted(tx, input)
  if (input.certificateNumber !== undefined)
    await refusePosted(tx, input, normaliseCertificateNumber(input.certificateNumber))
  const assignment = input.assignmentId === undefined ? undefined : await lockAssignment(tx, input.assignmentId)
  if (input.assignmentId !== undefined && assignment?.memberId !== input.memberId) {
    throw refuse('not_found', 'assignmentId', { values: { what: ['认证任务', 'assignment'] } })
  }
  // An outcome that the member posted already has its clocks.
  if (assignment && (await hasOutcome(tx, assignment.id))) throw refuse('assignment_has_outcome', 'assignmentId')
  const enterpriseId = input.enterpriseId ?? assignment?.enterpriseId
  if (assignment && enterpriseId !== assignment.enterpriseId)
    throw refuse('assignment_differs', 'enterpriseId', { values: { field: ['企业', 'enterprise'] } })
  if (enterpriseId === undefined) return { id: null, name: null, cityCode: null }
  const enterprise = await findEnterprise(tx, enterpriseId)
  if (!enterprise) throw refuse('not_found', 'enterpriseId', { values: { what: ['企业', 'enterprise'] } })
  return enterprise
}

async function refuseUnadmitted(tx: Db, { memberId, decidedOn }: EndingInput): Promise<void> {
  const competence = await competenceOf(tx, memberId)
  if (!competence) throw refuse('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })
  const since = admittedOn(competence.standings)
  if (since === null) throw refuse('member_not_admitted', 'decidedOn', { value: decidedOn })
  if (decidedOn < since)
    throw refuse('decided_before_admission', 'decidedOn', { value: decidedOn, values: { admittedOn: since } })
}

/**
 * A certificate that the member posted already has its clocks. The same number may come again for its renewal, whose
 * decision falls in the second half of the earlier period or later (R4).
 */
async function refusePosted(tx: Db, { memberId, decidedOn }: EndingInput, number: string): Promise<void> {
  await claimNumber(tx, memberId, number)
  const posted = (await certificatesOfNumber(tx, memberId, number)).filter(({ origin }) => origin === 'posted')
  const isOfThatPeriod = ({ validFrom, validUntil }: Certificate) =>
    decidedOn <= addDays(validFrom, Math.floor(daysBetween(validFrom, validUntil) / 2))
  if (posted.some(isOfThatPeriod)) throw refuse('certificate_number_used', 'certificateNumber', { value: number })
}

function endingRow(context: Context, input: EndingInput, enterprise: Named) {
  return {
    id: newId(context.now),
    memberId: input.memberId,
    enterpriseId: enterprise.id,
    assignmentId: input.assignmentId ?? null,
    certificateNumber:
      input.certificateNumber === undefined ? null : normaliseCertificateNumber(input.certificateNumber),
    productName: input.productName,
    decidedOn: input.decidedOn,
    source: input.source,
    evidence: input.evidence,
    isService: input.isService,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  }
}

function causeOf(duty: Duty, ending: Ending, enterprise: Named) {
  return {
    duty,
    key: `ending:${ending.id}`,
    eventOn: ending.decidedOn,
    openedOn: ending.decidedOn,
    memberId: ending.memberId,
    subject: [enterprise.name, ending.productName].filter(Boolean).join(' · '),
    enterpriseId: enterprise.id,
    cityCode: enterprise.cityCode,
    family: null,
    assignmentId: ending.assignmentId,
    endingId: ending.id,
  }
}
