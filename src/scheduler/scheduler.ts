import { schedule } from 'node-cron'
import type { Logger } from 'pino'
import { cronExpressionOf, latestFire } from '../domain/job-time.ts'
import type { Registry } from '../usecases/context.ts'
import { faultForLog } from '../usecases/database-faults.ts'
import type { Counts } from '../usecases/jobs/in-batches.ts'
import type { Job } from '../usecases/jobs/job.ts'
import { type Ran, runFire, Stopping } from '../usecases/jobs/run-job.ts'

export type Scheduler = {
  /** No more fires; runs under way stop after their batch and are let go for whoever comes next. */
  stop(): Promise<void>
}

type SchedulerLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** Every minute: fires that were missed, failed or lost with their process are made up. */
const makeUpTime = { every: 'seconds', seconds: 60 } as const

/**
 * Fires the jobs at their hours, and at once whatever was missed before the start. Each fire is claimed in the database
 * (runFire), by the hour, by hand and made up alike, so that among any number of processes it runs once; node-cron's own
 * coordinator would only know the first of the three.
 */
export function startScheduler(registry: Registry, jobs: readonly Job[], log: SchedulerLog): Scheduler {
  const stopping = new AbortController()
  const underWay = new Set<Promise<void>>()
  const run = async (job: Job) => {
    if (stopping.signal.aborted) return
    const work = fire(registry, job, stopping.signal, log)
    underWay.add(work)
    await work
    underWay.delete(work)
  }
  const makeUp = async () => {
    for (const job of jobs) await run(job)
  }
  const entries = [...jobs.map((job) => ({ name: job.name, time: job.time, work: () => run(job) }))]
  entries.push({ name: 'make-up', time: makeUpTime, work: makeUp })
  const tasks = entries.map(({ name, time, work }) =>
    schedule(cronExpressionOf(time), work, { name, timezone: 'Asia/Shanghai', noOverlap: true, logger: cronLog(log) }),
  )
  void makeUp()
  return {
    async stop() {
      stopping.abort(new Stopping('the process stops'))
      for (const task of tasks) await task.destroy()
      await Promise.all(underWay)
    },
  }
}

/** Never throws: what goes wrong is in the log, and in the run's own row where there is one. */
async function fire(registry: Registry, job: Job, signal: AbortSignal, log: SchedulerLog): Promise<void> {
  const fireAt = latestFire(job.time, registry.clock.now())
  try {
    const ran = await runFire(registry, job, fireAt, signal)
    if (ran) tell(log, job, fireAt, ran)
  } catch (error) {
    log.error({ ...faultForLog(error), job: job.name }, 'a job could not be claimed or settled')
  }
}

function tell(log: SchedulerLog, job: Job, fireAt: Date, ran: Ran): void {
  const about = { job: job.name, fireAt: fireAt.toISOString() }
  if (ran.outcome === 'failed') log.error({ ...faultForLog(ran.error), ...about }, 'a job failed')
  else if (ran.outcome === 'released') log.info(about, 'a job was let go, as the process stops')
  else log[isQuiet(job, ran.counts) ? 'debug' : 'info']({ ...about, counts: ran.counts }, 'a job ran')
}

/** A job of every few seconds that found nothing to do. */
function isQuiet({ time }: Job, counts: Counts): boolean {
  return time.every === 'seconds' && Object.values(counts).every((count) => count === 0)
}

/** node-cron speaks to the console otherwise. */
function cronLog(log: SchedulerLog) {
  return {
    debug: (message: string | Error) => log.debug(textOf(message)),
    info: (message: string) => log.debug(message),
    warn: (message: string) => log.warn(message),
    error: (message: string | Error, error?: Error) => log.error({ err: error ?? message }, textOf(message)),
  }
}

function textOf(message: string | Error): string {
  return typeof message === 'string' ? message : message.message
}
