import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Permission } from '../domain/access.ts'
import { type ListSize, listSizeOf, permissionOf } from './required-permission.ts'

/** How big a document is at worst, with every fragment laid out where it is spread; and what one must be allowed. */
export type Measure = {
  /** Levels of fields; introspection apart, as it is deep by nature. */
  readonly depth: number
  readonly introspectionDepth: number
  readonly aliases: number
  /** Objects that may be answered: page sizes multiplied down the tree. */
  readonly nodes: number
}

export type Measured = Measure & {
  /** Each permission needed, with the first field that needs it. */
  readonly permissions: ReadonlyMap<Permission, string>
  readonly badPageSizes: readonly BadPageSize[]
  /** A page size comes from a variable: without its value the largest was assumed. */
  readonly isAssumed: boolean
}
export type BadPageSize = { readonly field: string; readonly given: number; readonly most: number }

/** A list of objects without pages is taken for so many. */
const unpagedListSize = 10
const nothing: Measure = { depth: 0, introspectionDepth: 0, aliases: 0, nodes: 0 }

/**
 * Pure, in time that is linear in the document: a fragment is measured once. What does not fit the schema is passed
 * over, and a fragment inside itself ends there: validation refuses both.
 */
export function measureDocument(schema: GraphQLSchema, document: DocumentNode, given?: Variables): Measured {
  const variables = given && { ...defaultsOf(document), ...given }
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each)
  const known = new Map<string, Measure>()
  const permissions = new Map<Permission, string>()
  const badPageSizes: BadPageSize[] = []
  let isAssumed = false

  const ofSelections = (set: SelectionSetNode | undefined, type: GraphQLCompositeType | undefined): Measure =>
    (set?.selections ?? [])
      .map((selection) => {
        if (selection.kind === Kind.FIELD) return ofField(selection, type)
        if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value)
        return ofSelections(selection.selectionSet, typeNamed(schema, selection.typeCondition?.name.value) ?? type)
      })
      .reduce(together, nothing)

  const ofFragment = (name: string): Measure => {
    const measured = known.get(name)
    if (measured) return measured
    known.set(name, nothing)
    const fragment = fragments.get(name)
    const measure = ofSelections(fragment?.selectionSet, typeNamed(schema, fragment?.typeCondition.name.value))
    known.set(name, measure)
    return measure
  }

  const ofField = (node: FieldNode, parent: GraphQLCompositeType | undefined): Measure => {
    const aliases = node.alias ? 1 : 0
    if (node.name.value.startsWith('__')) return introspection(ofSelections(node.selectionSet, undefined), aliases)
    const field = fieldOf(parent, node.name.value)
    if (field) note(field, node, `${parent?.name}.${field.name}`)
    const inner = ofSelections(node.selectionSet, field && compositeOf(field))
    return {
      depth: inner.depth + 1,
      introspectionDepth: inner.introspectionDepth,
      aliases: inner.aliases + aliases,
      nodes: node.selectionSet ? sizeOf(field, node, variables) * (1 + inner.nodes) : 0,
    }
  }

  const note = (field: GraphQLField<unknown, unknown>, node: FieldNode, name: string) => {
    const permission = permissionOf(field)
    if (permission !== undefined && !permissions.has(permission)) permissions.set(permission, name)
    const size = listSizeOf(field)
    if (typeof size !== 'object') return
    const asked = askedSize(size, node, variables)
    if (asked === undefined) isAssumed = true
    else if (asked < 1 || asked > size.most) badPageSizes.push({ field: name, given: asked, most: size.most })
  }

  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
  const whole = operations
    .map(({ selectionSet }) => ofSelections(selectionSet, schema.getQueryType() ?? undefined))
    .reduce(together, nothing)
  return { ...whole, permissions, badPageSizes, isAssumed }
}

function together(one: Measure, other: Measure): Measure {
  return {
    depth: Math.max(one.depth, other.depth),
    introspectionDepth: Math.max(one.introspectionDepth, other.introspectionDepth),
    aliases: one.aliases + other.aliases,
    nodes: one.nodes + other.nodes,
  }
}

function introspection(inner: Measure, aliases: number): Measure {
  return {
    ...nothing,
    introspectionDepth: Math.max(inner.depth, inner.introspectionDepth) + 1,
    aliases: inner.aliases + aliases,
  }
}

/** A page size whose value is not known is taken for the largest. */
function sizeOf(field: GraphQLField<unknown, unknown> | undefined, node: FieldNode, variables?: Variables): number {
  const size = field && listSizeOf(field)
  if (typeof size === 'number') return size
  if (size) return Math.min(size.most, Math.max(0, askedSize(size, node, variables) ?? size.most))
  const type = field && (isNonNullType(field.type) ? field.type.ofType : field.type)
  return isListType(type) ? unpagedListSize : 1
}

export type Variables = Readonly<Record<string, unknown>>

/** The size that is asked for; undefined where only the variables know it. */
function askedSize(
  { argument, usual }: Exclude<ListSize, number>,
  { arguments: all = [] }: FieldNode,
  variables: Variables | undefined,
): number | undefined {
  const value = all.find(({ name }) => name.value === argument)?.value
  if (value?.kind === Kind.INT) return Number(value.value)
  if (value?.kind !== Kind.VARIABLE) return usual
  if (!variables) return undefined
  const given = variables[value.name.value]
  return typeof given === 'number' ? given : usual
}

function defaultsOf({ definitions }: DocumentNode): Variables {
  const defined = definitions.flatMap((each) => ('variableDefinitions' in each ? (each.variableDefinitions ?? []) : []))
  return Object.fromEntries(
    defined.flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
    ),
  )
}

function fieldOf(parent: GraphQLCompositeType | undefined, name: string): GraphQLField<unknown, unknown> | undefined {
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
}

function compositeOf({ type }: GraphQLField<unknown, unknown>): GraphQLCompositeType | undefined {
  const named = getNamedType(type)
  return isCompositeType(named) ? named : undefined
}

function typeNamed(schema: GraphQLSchema, name: string | undefined): GraphQLCompositeType | undefined {
  const type = name === undefined ? undefined : schema.getType(name)
  return isCompositeType(type) ? type : undefined
}
