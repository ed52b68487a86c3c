import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { reportStateOn } from '../../domain/report/annual-report.ts'
import { textSections } from '../../domain/report/content.ts'
import { record } from '../../store/events.ts'
import { claimReports, insertParagraph, type Paragraph, versionsOf } from '../../store/report/reports.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { askedReport, ensureReport, type ReportKey } from './asked-report.ts'
import { factsOf } from './report-facts.ts'

export const paragraphParams = z.object({
  section: z.enum(textSections),
  place: z.coerce.number().int().min(1).max(200),
})

export const paragraphInput = z.strictObject({
  text: textInput(4_000)
    .regex(/^[^\r\n\t]*$/, 'one paragraph, without line breaks or tabs')
    .nullable()
    .meta({ description: 'Plain text; markup is shown as it is typed. Null takes it out.' }),
  version: z.int().min(0).max(1_000).meta({ description: 'The version that is changed; 0 writes the first.' }),
})

/** Writes one paragraph anew; what it said before is kept by version. Not while the report is with the office. @throws Refusal */
export async function writeParagraph(
  registry: Registry,
  context: Context,
  key: ReportKey,
  { section, place }: z.infer<typeof paragraphParams>,
  { text, version }: z.infer<typeof paragraphInput>,
): Promise<Paragraph> {
  authorise(context, 'reports.write')
  return registry.db.transaction(async (tx) => {
    await claimReports(tx, key.schemeCode)
    const asked = await askedReport(tx, context, key)
    const report = await ensureReport(tx, context, asked)
    const state = reportStateOn(await factsOf(tx, report), context.today)
    if (state === 'submitted' || state === 'acknowledged') throw refuse('report_submitted')
    const latest = (await versionsOf(tx, report.id, section, place)).at(-1)?.version ?? 0
    if (latest !== version)
      throw refuse('paragraph_changed', 'version', { value: version, values: { version: latest } })
    const paragraph = await insertParagraph(tx, {
      reportId: report.id,
      section,
      place,
      version: version + 1,
      text,
      recordedAt: context.now,
      recordedBy: context.actor.id,
    })
    await record(tx, context, {
      action: 'report.paragraph_written',
      entity: 'annual_report',
      entityId: report.id,
      onDay: context.today,
      changes: { section, place, version: paragraph.version },
    })
    return paragraph
  })
}
