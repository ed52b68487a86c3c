import type { z } from 'zod'
import { refuseIfAny } from '../../src/domain/refusals.ts'
import type { Context, Registry } from '../../src/usecases/context.ts'
import { problemsOfIssues } from '../../src/usecases/inputs.ts'

/** The options that were given, and the words beside them that follow the command's own. */
export type Given = {
  readonly login?: string
  readonly name?: string
  readonly role?: string
  readonly member?: string
  readonly words: readonly string[]
}

/** `words`: how many it takes. */
export type Command = {
  readonly words: number
  run(registry: Registry, context: Context, given: Given): Promise<void>
}

/** The same schema as at the other doors. @throws Refusal */
export function checked<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const problems = problemsOfIssues(parsed.error.issues, input)
  refuseIfAny(problems)
  throw parsed.error
}

export function disabledText(disabledAt: Date | null): string {
  return disabledAt === null ? '' : `停用 / disabled ${disabledAt.toISOString()}`
}

export function printRow(...cells: readonly (string | null)[]): void {
  console.log(cells.map((cell) => cell ?? '-').join('\t'))
}
