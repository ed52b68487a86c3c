import {
  decidedKind,
  type MeasureFacts,
  type MeasureKind,
  type MeasureState,
  measureStateOn,
} from '../../domain/measure.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Measure, MeasureStepRow } from '../../store/measures.ts'

/** A measure with its steps, and how it stands on a day. */
export type MeasureView = Omit<Measure, 'facts'> & {
  readonly state: MeasureState
  /** The rung that was decided; the proposed one until then. */
  readonly decidedKind: MeasureKind
  readonly steps: readonly MeasureStepRow[]
}

export function measureView(
  measure: Omit<Measure, 'facts'> & Partial<Pick<Measure, 'facts'>>,
  steps: readonly MeasureStepRow[],
  on: PlainDate,
): MeasureView {
  const { facts: _, ...row } = measure
  const facts = factsOf(row, steps)
  return { ...row, state: measureStateOn(facts, on), decidedKind: decidedKind(facts, on), steps }
}

/** What the rule of the ladder judges by. */
export function factsOf(row: Omit<Measure, 'facts'>, steps: readonly MeasureStepRow[]): MeasureFacts {
  const { kind, proposedOn, replyUntilOn, planDueOn, recordedBy: proposedById } = row
  return {
    kind,
    proposedOn,
    replyUntilOn,
    planDueOn,
    proposedById,
    steps: steps.map(({ step, onDay, outcome, mitigatedTo, appealUntilOn, planDueOn, recordedBy: byId }) => ({
      step,
      onDay,
      outcome,
      mitigatedTo,
      appealUntilOn,
      planDueOn,
      byId,
    })),
  }
}
