import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate } from 'graphql'
import { type Actor, type Permission, reachOf } from '../domain/access.ts'
import { problem, Refusal, refuse, refuseIfAny } from '../domain/refusals.ts'
import { writableLists } from './connections.ts'
import { documentsKept, limits, operationsOf, problemsOfMeasure, problemsOfOperations } from './limits.ts'
import { measureDocument, type Variables } from './measure.ts'
import { type WrittenAnswer, writtenAnswer } from './written-lists.ts'

/** A document that may be run, by whom is allowed each of the permissions. */
export type ReadDocument = {
  readonly operationName: string | null
  readonly permissions: ReadonlyMap<Permission, string>
  /** The short way, where there is one. */
  readonly write: WrittenAnswer | null
  /** What it is with these variables: to be measured once more, where page sizes come from them. @throws Refusal */
  readonly requireSize: (variables: Variables) => void
}

/** What the libraries say, as a part of a sentence of ours. */
export function detailOf({ message }: { readonly message: string }): string {
  return message.slice(0, 500).replace(/[.。]$/, '')
}

/** The words of the parser and the validator come with places in the text. */
export class DocumentRefusal extends Refusal {
  readonly faults: readonly GraphQLError[]

  constructor(code: 'query_syntax' | 'query_invalid', faults: readonly GraphQLError[]) {
    const [first, ...others] = faults.map((fault) => problem(code, 'query', { values: { detail: detailOf(fault) } }))
    super(first ?? problem(code, 'query', { values: { detail: '—' } }), ...others)
    this.faults = faults
  }
}

/** Cheap checks first, so that nothing big is ever validated. @throws Refusal */
export function readDocument(schema: GraphQLSchema, text: string): ReadDocument {
  if (Buffer.byteLength(text) > limits.bytes)
    throw refuse('query_too_long', 'query', { values: { limit: limits.bytes } })
  const document = parsed(text)
  refuseIfAny(problemsOfOperations(document))
  const measured = measureDocument(schema, document)
  refuseIfAny(problemsOfMeasure(measured))
  const faults = validate(schema, document, specifiedRules, { maxErrors: 20 })
  if (faults.length > 0) throw new DocumentRefusal('query_invalid', faults)
  const requireSize = (variables: Variables) =>
    refuseIfAny(measured.isAssumed ? problemsOfMeasure(measureDocument(schema, document, variables)) : [])
  return {
    operationName: operationsOf(document)[0]?.name?.value ?? null,
    permissions: measured.permissions,
    write: writtenAnswer(schema, document, writableLists),
    requireSize,
  }
}

/** @throws Refusal `query_syntax` or `query_tokens` */
function parsed(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: limits.tokens })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    if (/more that? \d+ tokens/.test(error.message))
      throw refuse('query_tokens', 'query', { values: { limit: limits.tokens } })
    throw new DocumentRefusal('query_syntax', [error])
  }
}

/** Each field by its own permission, before anything is run: each permission that is missing, by the first field that needs it. @throws Refusal `forbidden` */
export function requirePermissions({ permissions }: ReadDocument, actor: Actor): void {
  const missing = [...permissions].filter(([permission]) => reachOf(actor, permission) === 'none')
  refuseIfAny(missing.map(([, field]) => problem('forbidden', field)))
}

/** Documents that were read before, the latest used last: a dashboard sends the same few for ever. */
export function documentShelf(schema: GraphQLSchema, most = documentsKept): (text: string) => ReadDocument {
  const shelf = new Map<string, ReadDocument>()
  return (text) => {
    const document = shelf.get(text) ?? readDocument(schema, text)
    shelf.delete(text)
    shelf.set(text, document)
    const [oldest] = shelf.keys()
    if (shelf.size > most && oldest !== undefined) shelf.delete(oldest)
    return document
  }
}
