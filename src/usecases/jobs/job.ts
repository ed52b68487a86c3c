import type { JobTime } from '../../domain/job-time.ts'
import type { Context, Registry } from '../context.ts'
import type { Counts } from './in-batches.ts'

/**
 * A job: "everything due as of today and not yet done". Run twice it does nothing more, missed it costs nothing. It
 * stops between two batches when the signal says so, by throwing the signal's reason.
 */
export type Job = {
  readonly name: string
  readonly title: readonly [zh: string, en: string]
  readonly time: JobTime
  /** Its runs are kept so many days. */
  readonly keptDays: number
  run(registry: Registry, context: Context, signal: AbortSignal): Promise<Counts>
}
