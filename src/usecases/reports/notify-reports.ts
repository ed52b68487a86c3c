import {
  allianceScheme,
  type ReportStage,
  reportMetOn,
  reportStage,
  reportStages,
} from '../../domain/report/annual-report.ts'
import { reportTitle } from '../../domain/report/content.ts'
import type { Db } from '../../store/database.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import type { Counts } from '../jobs/in-batches.ts'
import { type Saying, sayNotices, unsaid } from '../notices/say-notices.ts'
import { findAsked, type ReportAsked } from './asked-report.ts'
import { owedReports } from './owed-reports.ts'
import { factsOf } from './report-facts.ts'

/**
 * The job: that the draft is open, a reminder, the due day, and that it is overdue; each once for a year, and of several
 * stages that were missed only the last (N5). The draft is open and the duty overdue whether or not it runs. A year that
 * was not handed in is told of also when the next one is open.
 */
export async function notifyReports(registry: Registry, context: Context, _signal: AbortSignal): Promise<Counts> {
  authorise(context, 'jobs.run')
  return registry.db.transaction(async (tx) => {
    const { calendar } = await registry.rulebooks.current(tx)
    const counts = { seen: 0, said: 0 }
    for (const { year, dueOn } of await owedReports(tx, calendar, allianceScheme, context.today)) {
      const asked = await findAsked(tx, context, { schemeCode: allianceScheme, year })
      const stage = asked && reportStage(calendar, year, context.today)
      if (!asked || !stage) continue
      counts.seen += 1
      if (reportMetOn(await factsOf(tx, asked.report), context.today) !== null) continue
      counts.said += await tellOfStage(tx, context, asked, { stage, dueOn })
    }
    return counts
  })
}

/** Says a stage, unless it was said or a later one was. */
async function tellOfStage(
  tx: Db,
  context: Context,
  asked: ReportAsked,
  { stage, dueOn }: { readonly stage: ReportStage; readonly dueOn: Context['today'] },
): Promise<number> {
  const saying = (each: ReportStage) => reportSaying(asked, each, { dueOn, onDay: context.today })
  const overtaken = reportStages.slice(reportStages.indexOf(stage) + 1).map(saying)
  const isOvertaken = (await unsaid(tx, overtaken)).length < overtaken.length
  return isOvertaken ? 0 : (await sayNotices(tx, context, await unsaid(tx, [saying(stage)]))).length
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
