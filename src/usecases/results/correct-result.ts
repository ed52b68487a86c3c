import { z } from 'zod'
import { earlierOf, type PlainDate } from '../../domain/plain-date.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { type CorrectionVerdict, judgeCorrection } from '../../domain/result.ts'
import { newId } from '../../ids.ts'
import { lockCertificate } from '../../store/certificates.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { lockObligationsOf, type Obligation } from '../../store/obligations.ts'
import { findEnding, insertResult, lockResult, type Result, revisionsOf, setResult } from '../../store/results.ts'
import { type Rulebook, shareCalendar } from '../../store/rulebook.ts'
import { type Context, confinedTo, type Registry } from '../context.ts'
import { type Answered, onceOnly } from '../idempotency.ts'
import { codeInput, dayInput, textInput } from '../inputs.ts'
import { deadlineOf } from '../obligations/open-obligation.ts'
import { problemsOfCorrection } from './correction-problems.ts'
import { certificateInput } from './result-input.ts'
import { correctionAnswer, type ResultCorrected, recountFor, reviseCertificateFor } from './revision.ts'

export const correctionInput = z
  .strictObject({
    explanation: textInput(2_000).meta({ description: 'Why the result is corrected; kept with it.' }),
    decidedOn: dayInput.optional(),
    reasonCode: codeInput(64).optional(),
    reasonText: textInput(2_000).optional(),
    certificate: certificateInput.optional().meta({ description: 'The certificate as it should read, whole.' }),
  })
  .refine((input) => input.decidedOn ?? input.reasonCode ?? input.reasonText ?? input.certificate, {
    path: ['decidedOn'],
    message: 'nothing is corrected',
  })

export type CorrectionInput = z.infer<typeof correctionInput>

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
  const keyed = { key: idempotencyKey, operation: `POST /v1/results/${resultId}/corrections`, body: input }
  return onceOnly(registry, context, keyed, work)
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
  const obligations = await lockObligationsOf(tx, { resultId: before.rootId })
  // Where the day is not named it stays as it counts, also when another day was refused before.
  const decidedOn = input.decidedOn ?? before.effectiveDecidedOn
  refuseIfAny(await problemsOfCorrection(tx, context, before, present?.certificate, { ...input, decidedOn }))

  const dueOn = await originalDueOn(tx, rulebook, before, obligations)
  const verdict = judgeCorrection(before.effectiveDecidedOn, decidedOn, dueOn, context.today)
  const after = await saveRevision(tx, context, before, input, decidedOn, verdict)
  if (present) await reviseCertificateFor(tx, context, present.certificate, after, input.certificate)
  await recountFor(tx, context, rulebook, obligations, {
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
  return correctionAnswer(tx, registry, context, rulebook, before, after)
}

/** The due day that the first post brought: that of the report to the regulator. No correction moves it (R2). */
async function originalDueOn(
  tx: Db,
  rulebook: Rulebook,
  before: Result,
  obligations: readonly Obligation[],
): Promise<PlainDate | null> {
  const report = obligations.find((obligation) => obligation.duty === 'report_to_cnca')
  const [first = before] = await revisionsOf(tx, before.rootId)
  if (!report) return null
  const ending = report.endingId === null ? undefined : await findEnding(tx, report.endingId)
  const eventOn = ending ? earlierOf(ending.decidedOn, first.decidedOn) : first.decidedOn
  return deadlineOf(rulebook, report.duty, eventOn).dueOn
}

async function saveRevision(
  tx: Db,
  context: Context,
  before: Result,
  input: CorrectionInput,
  decidedOn: PlainDate,
  verdict: CorrectionVerdict,
): Promise<Result> {
  await setResult(tx, before.id, { supersededAt: context.now, changedAt: context.now })
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
