import type { FastifySchemaCompiler } from 'fastify'
import type { ZodType } from 'zod'
import { problem, Refusal } from '../domain/refusals.ts'
import { problemsOfIssues } from '../usecases/inputs.ts'

/** Checks a part of a request by its schema; what is wrong becomes a refusal like any other, all of it at once. */
export const validateInput: FastifySchemaCompiler<ZodType> = ({ schema }) => {
  return (input: unknown) => {
    const parsed = schema.safeParse(input)
    if (parsed.success) return { value: parsed.data }
    const [first, ...others] = problemsOfIssues(parsed.error.issues, input)
    return { error: new Refusal(first ?? problem('request_refused'), ...others) }
  }
}
