import type { FastifyInstance } from 'fastify'
import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  parse,
} from 'graphql'
import type { ShownError } from '../../src/graphql/errors.ts'
import { problemsOfMeasure } from '../../src/graphql/limits.ts'
import { measureDocument } from '../../src/graphql/measure.ts'
import { schema } from '../../src/graphql/schema.ts'

/** What GraphQL answered. */
export type GraphqlAnswer = {
  readonly status: number
  readonly data: ReturnType<typeof JSON.parse>
  readonly errors: readonly ShownError[] | undefined
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** Asks by POST, as a reader of the newer media type unless told otherwise. */
export async function askGraphql(
  app: FastifyInstance,
  headers: Record<string, string>,
  query: string,
  rest: { variables?: Record<string, unknown>; operationName?: string } = {},
): Promise<GraphqlAnswer> {
  const answer = await app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { accept: 'application/graphql-response+json', ...headers },
    payload: { query, ...rest },
  })
  const { data, errors } = JSON.parse(answer.body)
  return { status: answer.statusCode, data, errors, text: answer.body, headers: answer.headers }
}

/** `code@path` of every problem, which is how the tables write one. */
export function problemsIn({ errors = [] }: Pick<GraphqlAnswer, 'errors'>): string[] {
  return errors.flatMap(({ extensions }) =>
    ((extensions?.problems ?? []) as { code: string; path: string }[]).map(({ code, path }) => `${code}@${path}`),
  )
}

export type Field = GraphQLField<unknown, unknown>

/** Every object type of ours, by name. */
export const objectTypes = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
)
export const rootFields: readonly Field[] = Object.values(schema.getQueryType()?.getFields() ?? {})

/** What is asked where nothing else is said: a small page, a period that is over. */
const usual: Readonly<Record<string, string>> = {
  first: '2',
  from: '"2026-10-01"',
  until: '"2026-10-31"',
  indicator: 'on_time_cnca',
  year: '2025',
  figure: '"certified.period"',
}

/** What is asked only where it must be. */
const whereRequired: Readonly<Record<string, string>> = { family: 'manufacturing' }

/** The field as it is written in a query; pages are kept small. */
export function written(field: Field, values: Readonly<Record<string, string>> = {}): string {
  const given = field.args.flatMap((argument) => {
    const needed = isRequiredArgument(argument) ? whereRequired[argument.name] : undefined
    const value = values[argument.name] ?? usual[argument.name] ?? needed
    if (value === undefined && isRequiredArgument(argument)) throw new Error(`${field.name} needs ${argument.name}`)
    return value === undefined ? [] : [`${argument.name}: ${value}`]
  })
  return given.length === 0 ? field.name : `${field.name}(${given.join(', ')})`
}

/** All fields of a type and of all that hangs on it, each type once on the way down. */
export function everything(type: GraphQLObjectType, above: readonly string[] = []): string {
  const on = [...above, type.name]
  const parts = Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type)
    if (isLeafType(inner)) return [written(field)]
    if (!isObjectType(inner) || on.includes(inner.name)) return []
    return [`${written(field)} ${everything(inner, on)}`]
  })
  return `{ ${parts.join(' ')} }`
}

/** The queries that together ask all of that, each within the limits. */
export function piecesOf(
  type: GraphQLObjectType,
  around: (inner: string) => string,
  above: readonly string[] = [],
): string[] {
  const whole = around(everything(type, above))
  if (problemsOfMeasure(measureDocument(schema, parse(whole))).length === 0) return [whole]
  const on = [...above, type.name]
  const fields = Object.values(type.getFields())
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)))
  const inner = fields.flatMap((field) => {
    const of = getNamedType(field.type)
    if (!isObjectType(of) || on.includes(of.name)) return []
    return piecesOf(of, (text) => around(`{ ${written(field)} ${text} }`), on)
  })
  return leaves.length === 0 ? inner : [around(`{ ${leaves.map((field) => written(field)).join(' ')} }`), ...inner]
}

export function typeOf(field: Field): GraphQLObjectType {
  const type = getNamedType(field.type)
  if (!isObjectType(type)) throw new Error(`${field.name} is no object`)
  return type
}
