import type { Reconciliation } from '../../store/reconciliations.ts'
import type { Context, Registry } from '../context.ts'

/** What every step of one run works with, and what it counts on the way. */
export type ListRun = {
  readonly registry: Registry
  readonly row: Reconciliation
  /** A context of this moment, for what is written now. */
  readonly present: () => Context
  readonly signal: AbortSignal | undefined
  readonly tally: { rows: number; comparable: number; ofOtherBodies: number; matched: number; agreeing: number }
  readonly otherBodies: Set<string>
}
