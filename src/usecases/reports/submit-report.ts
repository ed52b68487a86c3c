import { z } from 'zod'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { problemsOfAnswer, problemsOfForm, problemsOfSubmission } from '../../domain/report/annual-report.ts'
import type { ReportContent } from '../../domain/report/content.ts'
import { newId } from '../../ids.ts'
import { record } from '../../store/events.ts'
import {
  claimReports,
  freezeContent,
  freezesOf,
  insertAnswer,
  insertSubmission,
  submissionsOf,
} from '../../store/report/reports.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { sayNotices } from '../notices/say-notices.ts'
import { askedReport, ensureReport, type ReportKey } from './asked-report.ts'
import { reportSaying } from './notify-reports.ts'
import { type ReportView, readReport } from './read-reports.ts'
import { factsOf } from './report-facts.ts'

export const submissionInput = z.strictObject({
  freeze: z
    .int()
    .min(1)
    .max(10_000)
    .meta({ description: 'The number of the freeze whose document is handed in: the latest.' }),
  documentSha256: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[0-9a-f]{64}$/)
    .meta({ description: 'SHA-256 of the file that is handed in; it must be the document that was kept.' }),
})

/** Hands the frozen document in to the provincial office (N5). Two at once: one of them. @throws Refusal */
export async function submitReport(
  registry: Registry,
  context: Context,
  key: ReportKey,
  { freeze: number, documentSha256 }: z.infer<typeof submissionInput>,
): Promise<ReportView> {
  authorise(context, 'reports.write')
  await registry.db.transaction(async (tx) => {
    await claimReports(tx, key.schemeCode)
    const report = await ensureReport(tx, context, await askedReport(tx, context, key))
    refuseIfAny(problemsOfSubmission(await factsOf(tx, report), context.today))
    const freezes = await freezesOf(tx, report.id)
    const frozen = freezes.find((each) => each.number === number)
    if (!frozen) throw refuse('not_found', 'freeze', { value: number, values: { what: ['冻结', 'freeze'] } })
    if (number !== freezes.length)
      throw refuse('report_freeze_outdated', 'freeze', { value: number, values: { number } })
    const text = await freezeContent(tx, report.id, number)
    if (text !== null) refuseIfAny(problemsOfForm(JSON.parse(text) as ReportContent))
    if (frozen.documentSha256 !== documentSha256)
      throw refuse('report_file_differs', 'documentSha256', { values: { number } })
    const before = await submissionsOf(tx, report.id)
    await insertSubmission(tx, {
      id: newId(context.now),
      reportId: report.id,
      number: before.length + 1,
      freezeNumber: number,
      documentSha256,
      submittedOn: context.today,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await record(tx, context, {
      action: 'report.submitted',
      entity: 'annual_report',
      entityId: report.id,
      onDay: context.today,
      changes: { number: before.length + 1, freeze: number, documentSha256 },
    })
  })
  return readReport(registry, context, key)
}

export const reportAnswerInput = z.strictObject({
  verdict: z.enum(['acknowledged', 'returned']),
  words: textInput(2_000).meta({ description: 'What the office says of it; why, where it is returned.' }),
})

/** The office acknowledges the report or returns it, once for each submission; the secretariat is told (N5). @throws Refusal */
export async function answerReport(
  registry: Registry,
  context: Context,
  key: ReportKey,
  { verdict, words }: z.infer<typeof reportAnswerInput>,
): Promise<ReportView> {
  authorise(context, 'reports.answer')
  await registry.db.transaction(async (tx) => {
    await claimReports(tx, key.schemeCode)
    const asked = await askedReport(tx, context, key)
    refuseIfAny(problemsOfAnswer(await factsOf(tx, asked.report), context.today))
    const submission = asked.report && (await submissionsOf(tx, asked.report.id)).at(-1)
    if (!asked.report || !submission) throw refuse('report_not_submitted')
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    await insertAnswer(tx, { submissionId: submission.id, verdict, words, answeredOn: context.today, ...by })
    await record(tx, context, {
      action: `report.${verdict}`,
      entity: 'annual_report',
      entityId: asked.report.id,
      onDay: context.today,
      changes: { number: submission.number, verdict },
    })
    await sayNotices(tx, context, [
      reportSaying(asked, `${verdict}`, {
        keyStage: `${verdict}-${submission.number}`,
        note: words,
        onDay: context.today,
      }),
    ])
  })
  return readReport(registry, context, key)
}
