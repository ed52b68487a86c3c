import { z } from 'zod'
import type { Actor } from '../../domain/access.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { newId } from '../../ids.ts'
import { record } from '../../store/events.ts'
import { claimRun, extendRun, type Fire, finishRun, forgetRuns, type JobRun } from '../../store/job-runs.ts'
import { authorise, type Context, contextOf, type Registry } from '../context.ts'
import { faultForLog } from '../database-faults.ts'
import { dayInput } from '../inputs.ts'
import type { Counts } from './in-batches.ts'
import type { Job } from './job.ts'

export const runInput = z.strictObject({
  on: dayInput.optional().meta({ description: 'Run as if it were this day; today where absent. Not in the future.' }),
})

/** A run gives a sign of life well within its lease; what is silent for so long was lost with its process. */
const leaseMs = 120_000
const signOfLifeMs = 40_000
/** A failed run is tried again after so long, longer each time. */
const retryMs = 300_000
const dayMs = 86_400_000

/** The reason of the signal when the process stops: the run is let go, and whoever comes next takes it up at once. */
export class Stopping extends Error {
  override readonly name = 'Stopping'
}

export type Ran =
  | { readonly outcome: 'done'; readonly counts: Counts }
  | { readonly outcome: 'failed'; readonly error: unknown }
  | { readonly outcome: 'released' }

/** A job's own actor: what it may do stands in the table of access like anybody's. */
export function actorOfJob({ name, title }: Job): Actor {
  return { kind: 'system', id: `job:${name}`, name: title.join(' / '), role: 'administrator', memberId: null }
}

/**
 * Runs a fire of a job, unless another process has it or it is done: the first to claim it has it, and one whose
 * process was killed is taken over once its lease has passed. Null where it was not to be had.
 */
export async function runFire(registry: Registry, job: Job, fireAt: Date, signal: AbortSignal): Promise<Ran | null> {
  const context = contextOf(registry, actorOfJob(job), newId(registry.clock.now()))
  const claim = { name: job.name, fireAt, claim: newId(context.now), cause: 'schedule' as const }
  const claimed = await claimRun(registry.db, { ...claim, now: context.now, until: later(context.now, leaseMs) })
  if (!claimed) return null
  await forgetRuns(registry.db, job.name, later(context.now, -job.keptDays * dayMs))
  return runClaimed(registry, job, context, claimed, signal)
}

async function runClaimed(
  registry: Registry,
  job: Job,
  context: Context,
  claimed: JobRun,
  signal: AbortSignal,
): Promise<Ran> {
  const signs = giveSigns(registry, claimed)
  try {
    const counts = await job.run(registry, context, signal)
    await settle(registry, claimed, { outcome: 'done', counts })
    return { outcome: 'done', counts }
  } catch (error) {
    if (error instanceof Stopping) {
      await extendRun(registry.db, claimed, registry.clock.now())
      return { outcome: 'released' }
    }
    await settle(registry, claimed, { outcome: 'failed', error: wordsOf(error) })
    return { outcome: 'failed', error }
  } finally {
    clearInterval(signs)
  }
}

function giveSigns(registry: Registry, fire: Fire): NodeJS.Timeout {
  const sign = () => {
    // One that is missed is made up by the next; the lease is three of them long.
    extendRun(registry.db, fire, later(registry.clock.now(), leaseMs)).catch(() => undefined)
  }
  return setInterval(sign, signOfLifeMs).unref()
}

async function settle(
  registry: Registry,
  claimed: JobRun,
  end: { outcome: 'done'; counts: Counts } | { outcome: 'failed'; error: string },
): Promise<void> {
  const finishedAt = registry.clock.now()
  const claimedUntil = end.outcome === 'done' ? finishedAt : later(finishedAt, retryMs * claimed.attempts)
  await finishRun(registry.db, claimed, { counts: null, error: null, ...end, finishedAt, claimedUntil })
}

/** The cause, short: the words of a failed statement would hold its values. */
function wordsOf(error: unknown): string {
  const { err } = faultForLog(error)
  return (err instanceof Error ? err.message || err.name : String(err)).slice(0, 300)
}

function later(instant: Date, ms: number): Date {
  return new Date(instant.getTime() + ms)
}

/**
 * Runs a job by hand, as of today or of an earlier day; now stays now. Where the signal says so it stops as by schedule,
 * and is to be run again. @throws Refusal, or what the job threw
 */
export async function runByHand(
  registry: Registry,
  context: Context,
  jobs: readonly Job[],
  name: string,
  { on = context.today }: { readonly on?: PlainDate | undefined },
  signal: AbortSignal = new AbortController().signal,
): Promise<{ name: string; on: PlainDate; counts: Counts }> {
  authorise(context, 'jobs.run')
  const job = jobs.find((each) => each.name === name)
  if (!job) throw refuse('not_found', 'name', { values: { what: ['任务', 'job'] } })
  if (on > context.today) throw refuse('day_in_future', 'on', { value: on })
  await record(registry.db, context, { action: 'job.run_by_hand', entity: 'job', entityId: name, onDay: on })
  const claim = { name, fireAt: context.now, claim: newId(context.now), cause: 'hand' as const }
  const claimed = await claimRun(registry.db, { ...claim, now: context.now, until: later(context.now, leaseMs) })
  if (!claimed) throw refuse('concurrent_change')
  const ran = await runClaimed(registry, job, { ...context, today: on }, claimed, signal)
  if (ran.outcome === 'failed') throw ran.error
  if (ran.outcome === 'released') throw refuse('unavailable')
  return { name, on, counts: ran.counts }
}
