import type { Figure } from '../../domain/figure.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { WorkKind } from '../../domain/work-queue.ts'
import type { Context, Registry } from '../context.ts'

export type WorkItem = {
  readonly kind: WorkKind
  /** Counted up to `workCountMax`; `atLeast` says that there is more. */
  readonly count: Figure
  readonly atLeast: boolean
  /** The earliest due day, or the earliest day since which it waits; null where nothing does. */
  readonly oldestOn: PlainDate | null
}

/** What waits for the one who is signed in, by role, nought included. @throws Refusal `forbidden` */
export async function readWorkQueue(_registry: Registry, _context: Context): Promise<{ items: readonly WorkItem[] }> {
  throw new Error('to come')
}
