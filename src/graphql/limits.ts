import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import { Kind } from 'graphql'
import { type Problem, problem } from '../domain/refusals.ts'
import type { Measured } from './measure.ts'

/** How much one document may ask. A dashboard's page uses a tenth of it. */
export const limits = {
  bytes: 20_000,
  tokens: 2_000,
  depth: 10,
  /** The standard query of tools is 15 levels deep. */
  introspectionDepth: 16,
  aliases: 30,
  /** With fragments laid out: validating takes time that grows with their square. */
  fields: 300,
  nodes: 10_000,
} as const

/** So many documents are kept, read and compiled: a dashboard sends the same few, and each costs memory. */
export const documentsKept = 250

/** What of a document is too much; none where all is within the limits. What is only assumed is not held against it. */
export function problemsOfMeasure(measured: Measured): Problem[] {
  const over = (code: `query_${'depth' | 'aliases' | 'fields' | 'cost'}`, given: number, limit: number): Problem[] =>
    given > limit ? [problem(code, 'query', { values: { given: Math.min(given, countable), limit } })] : []
  return [
    ...over('query_depth', measured.depth, limits.depth),
    ...over('query_depth', measured.introspectionDepth, limits.introspectionDepth),
    ...over('query_aliases', measured.aliases, limits.aliases),
    ...over('query_fields', measured.fields, limits.fields),
    ...(measured.isAssumed ? [] : over('query_cost', measured.nodes + measured.apart, limits.nodes)),
    ...measured.badPageSizes.map(({ field, given, most }) =>
      problem('query_page_size', `${field}.first`, { value: given, values: { most } }),
    ),
  ]
}

/** Fragments in fragments make numbers that nobody can read. */
const countable = 1_000_000_000

export function operationsOf({ definitions }: DocumentNode): OperationDefinitionNode[] {
  return definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
}

/**
 * One operation to a document: compiled queries are kept by the text of the document alone, so that with two of them the
 * answer of one would be given for the other. And that operation reads.
 */
export function problemsOfOperations(document: DocumentNode): Problem[] {
  const operations = operationsOf(document)
  if (operations.length !== 1) return [problem('operation_count', 'query', { values: { count: operations.length } })]
  return operations[0]?.operation === 'query' ? [] : [problem('operation_read_only', 'query')]
}
