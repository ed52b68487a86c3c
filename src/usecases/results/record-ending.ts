import { z } from 'zod'
import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { findAssignment } from '../../store/assignments.ts'
import { certificatesOfNumber } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { findEnterprise } from '../../store/enterprises.ts'
import { record } from '../../store/events.ts'
import { findMember } from '../../store/members.ts'
import { insertObligations } from '../../store/obligations.ts'
import { type Ending, insertEnding } from '../../store/results.ts'
import { shareCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { certificateNumberInput, dayInput, idInput, textInput } from '../inputs.ts'
import { type ExplainedObligation, explainedObligations } from '../obligations/obligation-view.ts'
import { openObligation } from '../obligations/open-obligation.ts'

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
  if (input.decidedOn > context.today) throw refuse('day_in_future', 'decidedOn', { value: input.decidedOn })
  return registry.db.transaction(async (tx) => {
    await shareCalendar(tx)
    const rulebook = await registry.rulebooks.current(tx)
    const enterprise = await checkLinks(tx, input)
    const ending = await insertEnding(tx, endingRow(context, input, enterprise))
    if (!ending) throw refuse('already_registered', '', { values: { what: ['认证结束记录', 'recorded ending'] } })
    const rows = (['report_to_cnca', 'feed_back'] as const).map((duty) =>
      openObligation(rulebook, context, causeOf(duty, ending, enterprise)),
    )
    const opened = await insertObligations(tx, rows)
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

type Named = { readonly id: string | null; readonly name: string | null; readonly cityCode: string | null }

async function checkLinks(tx: Db, input: EndingInput): Promise<Named> {
  if (!(await findMember(tx, input.memberId)))
    throw refuse('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })
  if (input.certificateNumber !== undefined) await refusePosted(tx, input.memberId, input.certificateNumber)
  const assignment = input.assignmentId === undefined ? undefined : await findAssignment(tx, input.assignmentId)
  if (input.assignmentId !== undefined && assignment?.memberId !== input.memberId) {
    throw refuse('not_found', 'assignmentId', { values: { what: ['认证任务', 'assignment'] } })
  }
  const enterpriseId = input.enterpriseId ?? assignment?.enterpriseId
  if (enterpriseId === undefined) return { id: null, name: null, cityCode: null }
  const enterprise = await findEnterprise(tx, enterpriseId)
  if (!enterprise) throw refuse('not_found', 'enterpriseId', { values: { what: ['企业', 'enterprise'] } })
  return enterprise
}

/** A certificate that the member posted already has its clocks. */
async function refusePosted(tx: Db, memberId: string, number: string): Promise<void> {
  const posted = await certificatesOfNumber(tx, memberId, normaliseCertificateNumber(number))
  if (posted.some((certificate) => certificate.origin === 'posted'))
    throw refuse('certificate_number_used', 'certificateNumber', { value: number })
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

function causeOf(duty: 'report_to_cnca' | 'feed_back', ending: Ending, enterprise: Named) {
  return {
    duty,
    key: `ending:${ending.id}`,
    eventOn: ending.decidedOn,
    openedOn: ending.decidedOn,
    memberId: ending.memberId,
    subject: [enterprise.name, ending.productName].filter(Boolean).join(' · '),
    enterpriseId: enterprise.id,
    cityCode: enterprise.cityCode,
    assignmentId: ending.assignmentId,
    endingId: ending.id,
  }
}
