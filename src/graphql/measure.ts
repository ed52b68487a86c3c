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
  type NamedTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Permission } from '../domain/access.ts'
import { introspectionSizes } from './introspection-size.ts'
import { costApartOf, type ListSize, listSizeOf, permissionOf } from './required-permission.ts'

/** How big a document is at worst, with every fragment laid out where it is spread; and what one must be allowed. */
export type Measure = {
  /** Levels of fields; introspection apart, as it is deep by nature. */
  readonly depth: number
  readonly introspectionDepth: number
  readonly aliases: number
  readonly fields: number
  /** Objects that may be answered: page sizes multiplied down the tree. */
  readonly nodes: number
  /** What costs as much as so many objects, once for a page and not for each of its rows: introspection, counting. */
  readonly apart: number
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
/** What introspection lists comes with long descriptions: a document has the whole schema three times at most. */
const introspectedWeight = 3
const nothing: Measure = { depth: 0, introspectionDepth: 0, aliases: 0, fields: 0, nodes: 0, apart: 0 }

/**
 * Pure, in time that is linear in the document: a fragment is measured once. What does not fit the schema is passed
 * over, and a fragment inside itself ends there: validation refuses both.
 */
export function measureDocument(schema: GraphQLSchema, document: DocumentNode, variables?: Variables): Measured {
  const measuring = new Measuring(schema, document, variables && { ...defaultsOf(document), ...variables })
  const whole = document.definitions
    .flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION ? [each.selectionSet] : []))
    .map((selections) => measuring.selections(selections, schema.getQueryType() ?? undefined))
    .reduce(together, nothing)
  const { permissions, badPageSizes, isAssumed } = measuring
  return { ...whole, permissions, badPageSizes, isAssumed }
}

class Measuring {
  readonly permissions = new Map<Permission, string>()
  readonly badPageSizes: BadPageSize[] = []
  isAssumed = false
  readonly #schema: GraphQLSchema
  readonly #variables: Variables | undefined
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly #known = new Map<string, Measure>()

  constructor(schema: GraphQLSchema, document: DocumentNode, variables: Variables | undefined) {
    this.#schema = schema
    this.#variables = variables
    this.#fragments = fragmentsOf(document)
  }

  selections(set: SelectionSetNode | undefined, type: GraphQLCompositeType | undefined): Measure {
    return (set?.selections ?? []).map((selection) => this.#selection(selection, type)).reduce(together, nothing)
  }

  #selection(selection: SelectionNode, type: GraphQLCompositeType | undefined): Measure {
    if (selection.kind === Kind.FIELD) return this.#field(selection, type)
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#fragment(selection.name.value)
    return this.selections(selection.selectionSet, this.#typeNamed(selection.typeCondition) ?? type)
  }

  #fragment(name: string): Measure {
    const known = this.#known.get(name)
    if (known) return known
    this.#known.set(name, nothing)
    const fragment = this.#fragments.get(name)
    const measure = this.selections(fragment?.selectionSet, this.#typeNamed(fragment?.typeCondition))
    this.#known.set(name, measure)
    return measure
  }

  #field(node: FieldNode, parent: GraphQLCompositeType | undefined): Measure {
    const aliases = node.alias ? 1 : 0
    if (node.name.value.startsWith('__')) return introspection(this.#introspected(node), aliases)
    const field = fieldOf(parent, node.name.value)
    if (field) this.#note(field, node, `${parent?.name}.${field.name}`)
    const inner = this.selections(node.selectionSet, field && compositeOf(field))
    return {
      depth: inner.depth + 1,
      introspectionDepth: inner.introspectionDepth,
      aliases: inner.aliases + aliases,
      fields: inner.fields + 1,
      nodes: node.selectionSet ? this.#nodes(node, parent, field, inner.nodes) : 0,
      apart: inner.apart + ((field && costApartOf(field)) ?? 0),
    }
  }

  #introspected({ name, selectionSet }: FieldNode): Measure {
    const type = this.#schema.getType(name.value === '__schema' ? '__Schema' : '__Type')
    return this.selections(selectionSet, isCompositeType(type) ? type : undefined)
  }

  /** Of introspection only what lists hold counts: that a type is named takes no more than a field of text. */
  #nodes(node: FieldNode, parent: GraphQLCompositeType | undefined, field: OutputField | undefined, inner: number) {
    if (!parent?.name.startsWith('__')) return sizeOf(field, node, this.#variables) * (1 + inner)
    const size = introspectionSizes(this.#schema).get(node.name.value)
    return size === undefined ? inner : size * (1 + inner)
  }

  #note(field: OutputField, node: FieldNode, name: string): void {
    const permission = permissionOf(field)
    if (permission !== undefined && !this.permissions.has(permission)) this.permissions.set(permission, name)
    const size = listSizeOf(field)
    if (typeof size !== 'object') return
    const given = askedSize(size, node, this.#variables)
    if (given === undefined) this.isAssumed = true
    else if (given < 1 || given > size.most) this.badPageSizes.push({ field: name, given, most: size.most })
  }

  #typeNamed(node: NamedTypeNode | undefined): GraphQLCompositeType | undefined {
    const type = node && this.#schema.getType(node.name.value)
    return isCompositeType(type) ? type : undefined
  }
}

type OutputField = GraphQLField<unknown, unknown>

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
  return new Map(fragments.map((each) => [each.name.value, each]))
}

function together(one: Measure, other: Measure): Measure {
  return {
    depth: Math.max(one.depth, other.depth),
    introspectionDepth: Math.max(one.introspectionDepth, other.introspectionDepth),
    aliases: one.aliases + other.aliases,
    fields: one.fields + other.fields,
    nodes: one.nodes + other.nodes,
    apart: one.apart + other.apart,
  }
}

function introspection(inner: Measure, aliases: number): Measure {
  return {
    ...nothing,
    introspectionDepth: Math.max(inner.depth, inner.introspectionDepth) + 1,
    aliases: inner.aliases + aliases,
    fields: inner.fields + 1,
    apart: inner.nodes * introspectedWeight,
  }
}

/** A page size whose value is not known is taken for the largest. */
function sizeOf(field: OutputField | undefined, node: FieldNode, variables?: Variables): number {
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

function fieldOf(parent: GraphQLCompositeType | undefined, name: string): OutputField | undefined {
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
}

function compositeOf({ type }: OutputField): GraphQLCompositeType | undefined {
  const named = getNamedType(type)
  return isCompositeType(named) ? named : undefined
}
