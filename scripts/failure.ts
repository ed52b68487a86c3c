import { type Problem, Refusal, sentenceOf } from '../src/domain/refusals.ts'

/** What went wrong, for the operator: a refusal in both languages; of any other error the deepest cause, which says it. */
export function failureText(error: unknown): string {
  if (error instanceof Refusal) return error.problems.map(bothLanguages).join('\n')
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? failureText(error.cause) : error.message
}

function bothLanguages(problem: Problem): string {
  return `${sentenceOf(problem, 'zh')} / ${sentenceOf(problem, 'en')}`
}
