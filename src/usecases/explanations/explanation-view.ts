import type { ExplanationState } from '../../domain/escalation.ts'
import type { Explanation } from '../../store/explanations.ts'

/** An explanation with its state: it waits until the secretariat accepts or returns it. */
export type ExplanationView = Omit<Explanation, 'verdict'> & { readonly state: ExplanationState }

export function explanationView({ verdict, ...explanation }: Explanation): ExplanationView {
  return { ...explanation, state: verdict ?? 'waiting' }
}
