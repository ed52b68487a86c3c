import { z } from 'zod'
import { problem, Refusal } from '../domain/refusals.ts'

/** A GraphQL request as it comes in. */
const map = z.record(z.string(), z.unknown())
const operationName = z.string().max(1_000).nullish().meta({ description: 'The name of the one operation.' })

export const bodyInput = z
  .strictObject({
    query: z.string().meta({ description: 'One document with one operation, a query.' }),
    operationName,
    variables: map.nullish(),
    extensions: map.nullish(),
  })
  .meta({ examples: [{ query: '{ viewer { name role } }' }] })

/** By GET, variables and extensions are JSON as text. */
export const queryInput = z.strictObject({
  query: z.string(),
  operationName,
  variables: z.string().optional(),
  extensions: z.string().optional(),
})

export type Asked = Pick<z.infer<typeof bodyInput>, 'query' | 'operationName' | 'variables'>

/** @throws Refusal */
export function fromQuery({ query, operationName, variables, extensions }: z.infer<typeof queryInput>): Asked {
  parsedMap('extensions', extensions)
  return { query, operationName, variables: parsedMap('variables', variables) }
}

function parsedMap(name: string, text: string | undefined): Record<string, unknown> | null {
  if (text === undefined || text === '') return null
  const parsed = map.nullable().safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  const detail = ['应为 JSON 对象', 'a JSON object is expected'] as const
  throw new Refusal(problem('field_invalid', name, { values: { detail } }))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What comes back, as a specification of HTTP can tell it: the rest is the query's own. */
export const answerShape = z.object({
  data: z.record(z.string(), z.any()).nullable().optional(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        path: z.array(z.any()).optional(),
        locations: z.array(z.object({ line: z.number(), column: z.number() })).optional(),
        extensions: z.object({ code: z.string(), problems: z.array(z.any()), requestId: z.string() }),
      }),
    )
    .optional(),
})
