import type { z } from 'zod'
import { problem, Refusal, refuse } from '../domain/refusals.ts'
import { problemsOfIssues } from '../usecases/inputs.ts'

/** Arguments by the schema of the use case; what is null was not given. @throws Refusal */
export function parsedArguments<Query>(schema: z.ZodType<Query>, given: Readonly<Record<string, unknown>>): Query {
  const input = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
  const answer = schema.safeParse(input)
  if (answer.success) return answer.data
  const [first, ...others] = problemsOfIssues(answer.error.issues, input)
  throw new Refusal(first ?? problem('request_refused'), ...others)
}

/** A page size, undefined where none was given. @throws Refusal `query_page_size` */
export function pageSize(first: unknown, most: number): number | undefined {
  if (typeof first !== 'number') return undefined
  if (first < 1 || first > most) throw refuse('query_page_size', 'first', { value: first, values: { most } })
  return first
}
