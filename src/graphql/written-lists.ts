import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  getVariableValues,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Context, Registry } from '../usecases/context.ts'
import { insideOf, type KeysetPage, type WrittenItem, type WrittenPart, writtenList } from '../usecases/pages.ts'
import { operationsOf } from './limits.ts'
import { isOfParentAlone } from './plain-fields.ts'

/**
 * The short way: a document that asks for one list, and for nothing but what stands in its rows, is answered with rows
 * that PostgreSQL wrote, as REST is. It answers what goes well. Whatever it does not understand, and whatever is refused
 * or fails, is left to the executor, which says it as it says everything else; the tests hold the two against each other.
 */
export type WrittenAnswer = (registry: Registry, context: Context, variables: Values) => Promise<Buffer | undefined>

type Values = Readonly<Record<string, unknown>>

/** Of a row: what is derived comes by the name of its field. */
type Derived = Readonly<Record<string, unknown>>
export type RowPart = WrittenPart<string, Derived>

export type WriteRows<Query> = (registry: Registry, context: Context, query: Query) => Promise<KeysetPage<WrittenItem>>

/** How the rows of a list may be written. */
export type Writing<Query> = {
  /** Fields that are columns: what PostgreSQL writes is what the field shows. */
  readonly columns: readonly string[]
  readonly derived: readonly string[]
  /** @param derived those of the derived fields that are asked for */
  readonly writer: (parts: readonly RowPart[], derived: readonly string[]) => WriteRows<Query>
}

/** A list as the short way knows it, by the name of its field. */
export type WritableList = {
  readonly columns: readonly string[]
  readonly derived: readonly string[]
  /** @throws Refusal */
  readonly writer: (
    parts: readonly RowPart[],
    derived: readonly string[],
  ) => (
    registry: Registry,
    context: Context,
    given: Values,
  ) => Promise<{ readonly rows: readonly WrittenItem[]; readonly pageInfo: object }>
}

/** The short way for a valid document; null where there is none. */
export function writtenAnswer(
  schema: GraphQLSchema,
  document: DocumentNode,
  lists: ReadonlyMap<string, WritableList>,
): WrittenAnswer | null {
  const [operation] = operationsOf(document)
  const root = schema.getQueryType()
  if (!operation || !root || operation.directives?.length) return null
  const looking = new Looking(document)
  const [[key, asked] = [], ...others] = looking.fieldsOf(operation.selectionSet, root) ?? []
  const field = asked && root.getFields()[asked.name.value]
  const list = asked && lists.get(asked.name.value)
  if (key === undefined || !field || !list || !asked.selectionSet || others.length > 0) return null
  const write = looking.connection(asked.selectionSet, getNamedType(field.type) as GraphQLObjectType, list)
  if (!write) return null
  const [start, end] = [Buffer.from(`{"data":{${JSON.stringify(key)}:`), Buffer.from('}}')]
  return async (registry, context, variables) => {
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables)
    if (!coerced) return undefined
    try {
      return Buffer.concat([start, ...(await write(registry, context, getArgumentValues(field, asked, coerced))), end])
    } catch {
      return undefined
    }
  }
}

type WriteConnection = (registry: Registry, context: Context, given: Values) => Promise<Buffer[]>
type Pick = (value: never) => unknown

/** PostgreSQL cuts longer names. */
const keyCharactersMax = 60

class Looking {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>

  constructor({ definitions }: DocumentNode) {
    const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
    this.#fragments = new Map(fragments.map((each) => [each.name.value, each]))
  }

  /** Fields by the name in the answer, in its order; null where a condition or a field in two parts is in the way. */
  fieldsOf(set: SelectionSetNode, type: GraphQLObjectType, found = new Map<string, FieldNode>()): typeof found | null {
    for (const selection of set.selections) {
      if (selection.directives?.length) return null
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        if (found.has(key) && selection.selectionSet) return null
        if (!found.has(key)) found.set(key, selection)
        continue
      }
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)
      if (!inner || inner.directives?.length || (inner.typeCondition?.name.value ?? type.name) !== type.name)
        return null
      if (!this.fieldsOf(inner.selectionSet, type, found)) return null
    }
    return found
  }

  connection(set: SelectionSetNode, type: GraphQLObjectType, list: WritableList): WriteConnection | null {
    const parts: ((page: { rows: readonly WrittenItem[]; pageInfo: object }) => Buffer[])[] = []
    let write: ReturnType<WritableList['writer']> | undefined
    for (const [key, field] of this.fieldsOf(set, type) ?? []) {
      const name = JSON.stringify(key)
      const fieldType = type.getFields()[field.name.value]?.type
      if (field.name.value === 'nodes' && fieldType && field.selectionSet && !write) {
        const rows = this.#rows(field.selectionSet, getNamedType(fieldType) as GraphQLObjectType, list)
        if (!rows) return null
        write = list.writer(rows.parts, rows.derived)
        parts.push((page) => [Buffer.from(`${name}:`), ...writtenList(page.rows)])
      } else if (field.name.value === 'pageInfo' && fieldType) {
        const pick = this.#pick(fieldType, field.selectionSet)
        if (!pick) return null
        parts.push(({ pageInfo }) => [Buffer.from(`${name}:${JSON.stringify(pick(pageInfo as never))}`)])
      } else return null
    }
    if (!write) return null
    const asked = write
    return async (registry, context, given) => {
      const page = await asked(registry, context, given)
      const inside = parts.flatMap((part, at) => (at === 0 ? part(page) : [comma, ...part(page)]))
      return [open, ...inside, close]
    }
  }

  #rows(set: SelectionSetNode, type: GraphQLObjectType, { columns, derived }: WritableList) {
    const parts: RowPart[] = []
    const names: string[] = []
    for (const [key, { name, selectionSet, arguments: given }] of this.fieldsOf(set, type) ?? []) {
      const field = name.value
      const fieldType = type.getFields()[field]?.type
      if (given?.length || key.length > keyCharactersMax) return null
      if (field === '__typename') parts.push({ derive: () => insideOf({ [key]: type.name }) })
      else if (columns.includes(field)) addColumn(parts, key, field)
      else if (fieldType && derived.includes(field)) {
        const pick = this.#pick(fieldType, selectionSet)
        if (!pick) return null
        names.push(field)
        parts.push({ derive: (row) => insideOf({ [key]: pick(row[field] as never) }) })
      } else return null
    }
    return parts.length === 0 ? null : { parts, derived: names }
  }

  /** Takes what is asked for out of an object; null where a field needs more than its object. */
  #pick(type: GraphQLOutputType, set: SelectionSetNode | undefined): Pick | null {
    const present = getNullableType(type)
    if (isLeafType(present)) return (value) => value ?? null
    if (isListType(present)) {
      const each = this.#pick(present.ofType, set)
      return each && ((values: readonly never[] | null) => values?.map(each) ?? null)
    }
    return isObjectType(present) && set ? this.#pickObject(present, set) : null
  }

  #pickObject(type: GraphQLObjectType, set: SelectionSetNode): Pick | null {
    const picks: [key: string, pick: (value: object) => unknown][] = []
    for (const [key, { name, selectionSet, arguments: given }] of this.fieldsOf(set, type) ?? []) {
      const field = type.getFields()[name.value]
      const pick = field && this.#pick(field.type, selectionSet)
      if (name.value === '__typename') picks.push([key, () => type.name])
      else if (!field || !pick || hasArguments(given) || !isOfParentAlone(field)) return null
      else {
        const resolve = field.resolve as ((parent: object) => unknown) | undefined
        const read = resolve ?? ((parent: object) => (parent as Values)[name.value])
        picks.push([key, (parent) => pick(read(parent) as never)])
      }
    }
    if (picks.length === 0) return null
    return (value: object | null) =>
      value === null ? null : Object.fromEntries(picks.map(([key, pick]) => [key, pick(value)]))
  }
}

const [open, comma, close] = [Buffer.from('{'), Buffer.from(','), Buffer.from('}')]

function hasArguments(given: readonly ArgumentNode[] | undefined): boolean {
  return (given?.length ?? 0) > 0
}

/** Columns side by side are written as one. */
function addColumn(parts: RowPart[], key: string, column: string): void {
  const last = parts.at(-1)
  if (last && 'columns' in last) parts[parts.length - 1] = { columns: { ...last.columns, [key]: column } }
  else parts.push({ columns: { [key]: column } })
}
