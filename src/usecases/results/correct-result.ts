import { z } from 'zod'
import { isReasonOf, judgeValidity } from '../../domain/certificate.ts'
import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import { earlierOf, type PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import { judgeCorrection } from '../../domain/result.ts'
import { admittedOn } from '../../domain/standing.ts'
import { newId } from '../../ids.ts'
import { type Certificate, findCertificate, lockCertificate, reviseCertificate } from '../../store/certificates.ts'
import { type Db, violates } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { standingHistoryOf } from '../../store/members.ts'
import { lockObligationsOf, type Obligation, obligationsOf, setObligation } from '../../store/obligations.ts'
import { findEnding, insertResult, lockResult, type Result, setResult } from '../../store/results.ts'
import { type Rulebook, shareCalendar } from '../../store/rulebook.ts'
import { schemeInForce } from '../../store/schemes.ts'
import { type CertificateView, certificateView } from '../certificates/certificate-view.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { dayInput, textInput } from '../inputs.ts'
import { type ExplainedObligation, explainedObligations } from '../obligations/obligation-view.ts'
import { deadlineOf } from '../obligations/open-obligation.ts'
import { type CertificateInput, certificateInput, contentOf } from './result-input.ts'

export const correctionInput = z
  .strictObject({
    explanation: textInput(2_000).meta({ description: 'Why the result is corrected; kept with it.' }),
    decidedOn: dayInput.optional(),
    reasonCode: textInput(64).optional(),
    reasonText: textInput(2_000).optional(),
    certificate: certificateInput.optional().meta({ description: 'The certificate as it should read, whole.' }),
  })
  .refine((input) => input.decidedOn ?? input.reasonCode ?? input.reasonText ?? input.certificate, {
    path: ['decidedOn'],
    message: 'nothing is corrected',
  })

export type CorrectionInput = z.infer<typeof correctionInput>

export type ResultCorrected = {
  readonly result: Result
  readonly supersedes: Result
  readonly certificate: CertificateView | null
  readonly obligations: readonly ExplainedObligation[]
}

/**
 * Corrects a result by a further revision; the earlier one stays. A decision day moved after the original due day waits
 * for the secretariat, and until then clocks and figures use the earlier day (R2, R4a). @throws Refusal
 */
export async function correctResult(
  registry: Registry,
  context: Context,
  resultId: string,
  input: CorrectionInput,
  idempotencyKey: string | undefined,
): Promise<Answered<ResultCorrected>> {
  const own = confinedTo(context, 'results.correct')
  const work = (tx: Db) => correct(tx, registry, context, own, resultId, input)
  if (idempotencyKey === undefined) return { answer: await registry.db.transaction(work), replayed: false }
  return onceOnly(
    registry,
    context,
    { key: idempotencyKey, operation: `POST /v1/results/${resultId}/corrections`, body: input },
    work,
  )
}

async function correct(
  tx: Db,
  registry: Registry,
  context: Context,
  own: string | null,
  id: string,
  input: CorrectionInput,
): Promise<ResultCorrected> {
  await shareCalendar(tx)
  const rulebook = await registry.rulebooks.current(tx)
  const before = await lockResult(tx, id)
  if (!before || (own !== null && before.memberId !== own))
    throw refuse('not_found', 'id', { values: { what: ['认证结果', 'result'] } })
  if (before.supersededAt !== null) throw refuse('result_superseded')
  if (before.approval === 'pending') throw refuse('correction_pending')
  const present = before.certificateId === null ? undefined : await lockCertificate(tx, before.certificateId)
  refuseIfAny(await problemsOfCorrection(tx, context, before, present?.certificate, input))

  const obligations = await lockObligationsOf(tx, { resultId: before.rootId })
  const decidedOn = input.decidedOn ?? before.decidedOn
  const verdict = judgeCorrection(before.effectiveDecidedOn, decidedOn, originalDueOn(obligations), context.today)
  const after = await saveRevision(tx, context, before, input, decidedOn, verdict)
  if (present) await reviseFrom(tx, context, present.certificate, input, after)
  await recount(tx, context, rulebook, obligations, {
    from: before.effectiveDecidedOn,
    to: after.effectiveDecidedOn,
  })
  await record(tx, context, {
    action: 'result.corrected',
    entity: 'result',
    entityId: before.rootId,
    memberId: before.memberId,
    onDay: decidedOn,
    changes: {
      revision: after.revision,
      decidedOn: { from: before.decidedOn, to: decidedOn },
      approval: after.approval,
      explanation: input.explanation,
    },
  })
  return answerOf(tx, registry, context, rulebook, before, after)
}

async function problemsOfCorrection(
  tx: Db,
  context: Context,
  before: Result,
  certificate: Certificate | undefined,
  input: CorrectionInput,
): Promise<Problem[]> {
  const decidedOn = input.decidedOn ?? before.decidedOn
  const issuedOn = input.certificate?.issuedOn ?? certificate?.issuedOn ?? null
  const since = admittedOn(await standingHistoryOf(tx, before.memberId))
  const problems: Problem[] = []
  if (decidedOn > context.today) problems.push(problem('day_in_future', 'decidedOn', { value: decidedOn }))
  if (since !== null && decidedOn < since)
    problems.push(problem('decided_before_admission', 'decidedOn', { value: decidedOn, values: { admittedOn: since } }))
  if (issuedOn !== null && decidedOn > issuedOn && before.kind !== 'supplement')
    problems.push(problem('decided_after_issue', 'decidedOn', { value: decidedOn }))
  if (input.reasonCode !== undefined && !isReasonOf(before.kind, input.reasonCode))
    problems.push(problem('reason_code_unknown', 'reasonCode', { value: input.reasonCode }))
  if (input.certificate && !certificate) problems.push(problem('certificate_not_expected', 'certificate'))
  if (input.certificate && certificate)
    problems.push(...(await problemsOfReading(tx, context, certificate, input.certificate)))
  return problems
}

async function problemsOfReading(
  tx: Db,
  context: Context,
  present: Certificate,
  reads: CertificateInput,
): Promise<Problem[]> {
  if (present.endedOn !== null)
    return [
      problem('move_not_allowed', 'certificate', {
        values: { state: present.endedAs ?? '', action: '更正 / correct' },
      }),
    ]
  if (reads.issuedOn > context.today)
    return [problem('day_in_future', 'certificate.issuedOn', { value: reads.issuedOn })]
  const scheme = await schemeInForce(tx, present.schemeCode, reads.issuedOn)
  if (!scheme) return [problem('scheme_unknown', 'certificate', { value: present.schemeCode })]
  const renewed = present.renewsId === null ? undefined : await findCertificate(tx, present.renewsId)
  const validity = { validFrom: reads.validFrom ?? reads.issuedOn, validUntil: reads.validUntil }
  const { verdict, latest } = judgeValidity(validity, scheme.validityMonths, renewed?.certificate.validUntil ?? null)
  if (verdict === 'reversed')
    return [problem('validity_reversed', 'certificate.validUntil', { value: reads.validUntil })]
  if (verdict === 'too_long')
    return [problem('validity_too_long', 'certificate.validUntil', { value: reads.validUntil, values: { latest } })]
  return []
}

/** The due day that the first post brought: that of the report to the regulator. */
function originalDueOn(obligations: readonly Obligation[]): PlainDate | null {
  return obligations.find((obligation) => obligation.duty === 'report_to_cnca')?.dueOn ?? null
}

async function saveRevision(
  tx: Db,
  context: Context,
  before: Result,
  input: CorrectionInput,
  decidedOn: PlainDate,
  verdict: ReturnType<typeof judgeCorrection>,
): Promise<Result> {
  await setResult(tx, before.id, { supersededAt: context.now })
  return insertResult(tx, {
    ...before,
    id: newId(context.now),
    revision: before.revision + 1,
    supersedesId: before.id,
    supersededAt: null,
    decidedOn,
    effectiveDecidedOn: verdict.effectiveDecidedOn,
    reasonCode: input.reasonCode ?? before.reasonCode,
    reasonText: input.reasonText ?? before.reasonText,
    productName: input.certificate?.product.name ?? before.productName,
    content: { ...before.content, ...input },
    approval: verdict.needsApproval ? 'pending' : 'not_needed',
    approvalNote: null,
    decidedApprovalAt: null,
    decidedApprovalBy: null,
    explanation: input.explanation,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
}

async function reviseFrom(
  tx: Db,
  context: Context,
  present: Certificate,
  { certificate }: CorrectionInput,
  after: Result,
): Promise<void> {
  const by = { now: context.now, actorId: context.actor.id, cause: 'correct' }
  if (!certificate) {
    const moves = after.kind !== 'supplement' && after.effectiveDecidedOn !== present.decidedOn
    if (moves) await reviseCertificate(tx, present, { decidedOn: after.effectiveDecidedOn }, by)
    return
  }
  const next = {
    number: normaliseCertificateNumber(certificate.number),
    content: contentOf(certificate, present.content.issuingBody, {
      name: present.holderName,
      address: present.content.client.address,
    }),
    productName: certificate.product.name,
    holderName: certificate.client?.name ?? present.holderName,
    decidedOn: after.kind === 'supplement' ? present.decidedOn : after.effectiveDecidedOn,
    issuedOn: certificate.issuedOn,
    validFrom: certificate.validFrom ?? certificate.issuedOn,
    validUntil: certificate.validUntil,
  }
  await reviseCertificate(tx, present, next, by).catch((error: unknown) => {
    throw violates(error, 'certificates_number')
      ? refuse('certificate_number_used', 'certificate.number', { value: certificate.number })
      : error
  })
}

/**
 * A fact was corrected, so its due dates follow, met or not: late is what was late against the true day. Where the
 * ending was recorded by another (R2), the earlier of the two days counts as before. What counts from another event,
 * such as the next surveillance, stays.
 */
async function recount(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  obligations: readonly Obligation[],
  decidedOn: { from: PlainDate; to: PlainDate },
): Promise<void> {
  for (const obligation of obligations) {
    const ending = obligation.endingId === null ? undefined : await findEnding(tx, obligation.endingId)
    const countedFrom = ending ? earlierOf(ending.decidedOn, decidedOn.from) : decidedOn.from
    const eventOn = ending ? earlierOf(ending.decidedOn, decidedOn.to) : decidedOn.to
    if (obligation.eventOn !== countedFrom || obligation.waivedOn !== null || countedFrom === eventOn) continue
    const { dueOn, provisional, ruleVersion, calendarVersion } = deadlineOf(rulebook, obligation.duty, eventOn)
    await setObligation(tx, obligation.id, {
      eventOn,
      openedOn: eventOn,
      dueOn,
      provisional,
      ruleVersion,
      calendarVersion,
    })
    await record(tx, context, {
      action: 'obligation.recounted',
      entity: 'obligation',
      entityId: obligation.id,
      memberId: obligation.memberId,
      onDay: eventOn,
      changes: {
        cause: 'correction',
        eventOn: { from: obligation.eventOn, to: eventOn },
        dueOn: { from: obligation.dueOn, to: dueOn },
      },
    })
  }
}

async function answerOf(
  tx: Db,
  registry: Registry,
  context: Context,
  rulebook: Rulebook,
  before: Result,
  after: Result,
): Promise<ResultCorrected> {
  const certificate = after.certificateId === null ? undefined : await findCertificate(tx, after.certificateId)
  const obligations = await obligationsOf(tx, { resultId: after.rootId })
  return {
    result: after,
    supersedes: before,
    certificate: certificate ? certificateView(certificate, context.today) : null,
    obligations: await explainedObligations(tx, registry.rulebooks, rulebook, obligations, context.today),
  }
}

export const approvalInput = z.strictObject({
  verdict: z.enum(['approved', 'rejected']),
  note: textInput(2_000).optional(),
})

/** The secretariat decides on a correction that waits. Approved, the stated day counts from now on; rejected, the earlier one stays (R2). */
export async function decideCorrection(
  registry: Registry,
  context: Context,
  resultId: string,
  input: z.infer<typeof approvalInput>,
): Promise<ResultCorrected> {
  authorise(context, 'results.approve')
  return registry.db.transaction(async (tx) => {
    await shareCalendar(tx)
    const rulebook = await registry.rulebooks.current(tx)
    const pending = await lockResult(tx, resultId)
    if (!pending) throw refuse('not_found', 'id', { values: { what: ['认证结果', 'result'] } })
    if (pending.approval !== 'pending' || pending.supersededAt !== null) throw refuse('correction_not_pending')
    const effectiveDecidedOn = input.verdict === 'approved' ? pending.decidedOn : pending.effectiveDecidedOn
    const decision = {
      approval: input.verdict,
      approvalNote: input.note ?? null,
      decidedApprovalAt: context.now,
      decidedApprovalBy: context.actor.id,
    }
    await setResult(tx, resultId, { ...decision, effectiveDecidedOn })
    const after = { ...pending, ...decision, effectiveDecidedOn }
    const present = after.certificateId === null ? undefined : await lockCertificate(tx, after.certificateId)
    if (present) await reviseFrom(tx, context, present.certificate, { explanation: '' }, after)
    await recount(tx, context, rulebook, await lockObligationsOf(tx, { resultId: after.rootId }), {
      from: pending.effectiveDecidedOn,
      to: effectiveDecidedOn,
    })
    await record(tx, context, {
      action: `correction.${input.verdict}`,
      entity: 'result',
      entityId: after.rootId,
      memberId: after.memberId,
      onDay: effectiveDecidedOn,
      changes: { revision: after.revision, note: input.note ?? null },
    })
    return answerOf(tx, registry, context, rulebook, pending, after)
  })
}
