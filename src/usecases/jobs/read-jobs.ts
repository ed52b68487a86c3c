import { cronExpressionOf, nextFire } from '../../domain/job-time.ts'
import { type JobRun, latestRuns } from '../../store/job-runs.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import type { Job } from './job.ts'

/** Runs of each job that are shown. */
const runsShown = 5

export type JobView = {
  readonly name: string
  readonly title: { readonly zh: string; readonly en: string }
  readonly cron: string
  readonly nextFireAt: Date
  readonly runs: readonly (Omit<JobRun, 'claim' | 'name'> & { readonly isLost: boolean })[]
}

/** The table of jobs with the latest runs of each. A dozen at most, so it has no pages. @throws Refusal */
export async function readJobs(
  registry: Registry,
  context: Context,
  jobs: readonly Job[],
): Promise<{ items: readonly JobView[] }> {
  authorise(context, 'jobs.read')
  const items = await Promise.all(
    jobs.map(async ({ name, title: [zh, en], time }) => ({
      name,
      title: { zh, en },
      cron: cronExpressionOf(time),
      nextFireAt: nextFire(time, context.now),
      runs: (await latestRuns(registry.db, name, runsShown)).map((run) => runView(run, context.now)),
    })),
  )
  return { items }
}

function runView({ claim: _, name: __, ...run }: JobRun, now: Date): JobView['runs'][number] {
  return { ...run, isLost: run.finishedAt === null && run.claimedUntil <= now }
}
