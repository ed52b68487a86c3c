import type { ReportFacts } from '../../domain/report/annual-report.ts'
import type { Db } from '../../store/database.ts'
import {
  type AnnualReport,
  type FreezeHead,
  freezesOf,
  type SubmissionRow,
  submissionsOf,
} from '../../store/report/reports.ts'

/** What the state of a report follows from. */
export async function factsOf(db: Db, report: AnnualReport | null): Promise<ReportFacts> {
  if (report === null) return { isFrozen: false, submissions: [] }
  return factsFrom(await freezesOf(db, report.id), await submissionsOf(db, report.id))
}

export function factsFrom(freezes: readonly FreezeHead[], submissions: readonly SubmissionRow[]): ReportFacts {
  return {
    isFrozen: freezes.length > 0,
    submissions: submissions.map(({ submittedOn, answer }) => ({
      submittedOn,
      verdict: answer?.verdict ?? null,
      answeredOn: answer?.answeredOn ?? null,
    })),
  }
}
