import {
  allianceScheme,
  type ReportStage,
  reportDueOn,
  reportMetOn,
  reportStage,
  reportStages,
  yearToReport,
} from '../../domain/report/annual-report.ts'
import { reportTitle } from '../../domain/report/content.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import type { Counts } from '../jobs/in-batches.ts'
import { type Saying, sayNotices, unsaid } from '../notices/say-notices.ts'
import { findAsked, type ReportAsked } from './asked-report.ts'
import { factsOf } from './report-facts.ts'

/**
 * The job: that the draft is open, a reminder, the due day, and that it is overdue; each once for a year, and of several
 * stages that were missed only the last (N5). The draft is open and the duty overdue whether or not it runs.
 */
export async function notifyReports(registry: Registry, context: Context, _signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  const { today } = context
  return registry.db.transaction(async (tx) => {
    const { calendar } = await registry.rulebooks.current(tx)
    const asked = await findAsked(tx, context, { schemeCode: allianceScheme, year: yearToReport(today) })
    if (!asked) return { seen: 0, said: 0 }
    const stage = reportStage(calendar, asked.key.year, today)
    const isOwed = reportMetOn(await factsOf(tx, asked.report), today) === null
    if (stage === null || !isOwed) return { seen: 1, said: 0 }
    const dueOn = reportDueOn(calendar, asked.key.year)
    const later = reportStages.slice(reportStages.indexOf(stage) + 1)
    const saying = reportSaying(asked, stage, { dueOn, onDay: today })
    const overtaken = later.map((each: ReportStage) => reportSaying(asked, each, { dueOn, onDay: today }))
    const isOvertaken = (await unsaid(tx, overtaken)).length < overtaken.length
    const said = isOvertaken ? [] : await sayNotices(tx, context, await unsaid(tx, [saying]))
    return { seen: 1, said: said.length }
  })
}

type Said = {
  readonly onDay: Context['today']
  readonly dueOn?: Context['today']
  readonly note?: string
  readonly keyStage?: string
}

/** What is said of a report to the secretariat. */
export function reportSaying({ key, settings }: ReportAsked, stage: string, said: Said): Saying {
  const { onDay, dueOn, note, keyStage } = said
  return {
    kind: 'annual_report',
    thing: `${key.schemeCode}:${key.year}`,
    stage,
    ...(keyStage === undefined ? {} : { keyStage }),
    audiences: ['secretariat'],
    memberId: null,
    facts: {
      subject: reportTitle(key.year, settings),
      ...(dueOn === undefined ? {} : { dueOn }),
      ...(note === undefined ? {} : { note }),
    },
    onDay,
  }
}
