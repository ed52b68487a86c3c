import { z } from 'zod'
import { familyOrder } from '../../domain/families.ts'
import { addDays } from '../../domain/plain-date.ts'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { problemsOfOpening, reportSpans, usualCutOffOn } from '../../domain/report/annual-report.ts'
import { type ReportSettings, regionKinds } from '../../domain/report/content.ts'
import { record } from '../../store/events.ts'
import { claimReports, findReport, insertSettings, reportBefore, settingsOf } from '../../store/report/reports.ts'
import { listSchemes } from '../../store/schemes.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { dayInput, textInput } from '../inputs.ts'
import { openWithin, type ReportKey } from './asked-report.ts'
import { type ReportView, readReport } from './read-reports.ts'

export const openingInput = z.strictObject({
  cutOffOn: dayInput.optional().meta({ description: 'The last day that is counted; 30 November unless it is given.' }),
})

/** Opens the report of any year by hand, with a cut-off of its own if one is given (N5, R10). @throws Refusal */
export async function openReport(
  registry: Registry,
  context: Context,
  key: ReportKey,
  input: z.infer<typeof openingInput>,
): Promise<ReportView> {
  authorise(context, 'reports.write')
  const { year, schemeCode } = key
  const cutOffOn = input.cutOffOn ?? usualCutOffOn(year)
  refuseIfAny(problemsOfOpening(year, cutOffOn, context.today))
  await registry.db.transaction(async (tx) => {
    await claimReports(tx, schemeCode)
    const schemes = await listSchemes(tx)
    if (!schemes.some(({ code }) => code === schemeCode))
      throw refuse('scheme_unknown', 'scheme', { value: schemeCode })
    if (await findReport(tx, schemeCode, year)) throw refuse('report_open', 'year', { value: year })
    const before = await reportBefore(tx, schemeCode, year)
    const spans = reportSpans(year, cutOffOn, before?.year === year - 1 ? before.cutOffOn : null)
    const next = await findReport(tx, schemeCode, year + 1)
    if (next && next.fromOn !== addDays(cutOffOn, 1))
      throw refuse('cut_off_overlaps', 'cutOffOn', { value: cutOffOn, values: { day: next.fromOn } })
    if (spans.from > cutOffOn) throw refuse('span_reversed', 'cutOffOn', { value: cutOffOn })
    await openWithin(tx, context, { key, spans, openedOn: context.today })
  })
  return readReport(registry, context, key)
}

export const settingsInput = z.strictObject({
  name: textInput(60).meta({ description: 'The mark, as the title has it between quotation marks.' }),
  addressee: textInput(100),
  families: z.array(z.enum(familyOrder as [string, ...string[]])).max(familyOrder.length),
  regions: z.enum(regionKinds),
})

/** What a scheme's report is called and how it is divided; a freeze keeps what held then (R10). @throws Refusal */
export async function changeSettings(
  registry: Registry,
  context: Context,
  schemeCode: string,
  input: z.infer<typeof settingsInput>,
): Promise<{ version: number; settings: ReportSettings }> {
  authorise(context, 'reports.write')
  const settings = { ...input, families: familyOrder.filter((family) => input.families.includes(family)) }
  return registry.db.transaction(async (tx) => {
    const schemes = await listSchemes(tx)
    if (!schemes.some(({ code }) => code === schemeCode))
      throw refuse('scheme_unknown', 'scheme', { value: schemeCode })
    const version = ((await settingsOf(tx, schemeCode))?.version ?? 0) + 1
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    if (!(await insertSettings(tx, { schemeCode, version, settings, ...by }))) throw refuse('concurrent_change')
    await record(tx, context, {
      action: 'report.settings_changed',
      entity: 'scheme',
      entityId: schemeCode,
      onDay: context.today,
      changes: { version, ...settings },
    })
    return { version, settings }
  })
}
