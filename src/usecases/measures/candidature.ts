import { removalMayFallUntil } from '../../domain/measure.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem } from '../../domain/refusals.ts'
import type { measuresOfMember } from '../../store/measures.ts'
import { factsOf } from './measure-view.ts'

/** Who was removed applies anew once nothing can be reversed any more: an appeal must find what it gives back (R8). */
export function problemsOfCandidature(
  measures: Awaited<ReturnType<typeof measuresOfMember>>,
  today: PlainDate,
): Problem[] {
  return measures.flatMap(({ measure, steps }) => {
    const until = removalMayFallUntil(factsOf(measure, steps), today)
    return until === null ? [] : [problem('removal_may_fall', 'standing', { values: { until } })]
  })
}
