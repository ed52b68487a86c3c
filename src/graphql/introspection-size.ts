import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isUnionType } from 'graphql'

export type IntrospectionSizes = ReadonlyMap<string, number>

const known = new WeakMap<GraphQLSchema, IntrospectionSizes>()

/** How many objects each list of introspection answers, on the average of all types, rounded up: by the list's name. */
export function introspectionSizes(schema: GraphQLSchema): IntrospectionSizes {
  const sizes = known.get(schema) ?? sizesOf(schema)
  known.set(schema, sizes)
  return sizes
}

function sizesOf(schema: GraphQLSchema): IntrospectionSizes {
  const types = Object.values(schema.getTypeMap())
  const fields = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  )
  const each = (counts: readonly number[], of: number) => Math.ceil(counts.reduce((one, other) => one + other, 0) / of)
  const perType = (counts: readonly number[]) => each(counts, types.length)
  return new Map([
    ['types', types.length],
    ['directives', schema.getDirectives().length],
    ['fields', perType([fields.length])],
    [
      'args',
      each(
        fields.map(({ args }) => args.length),
        fields.length,
      ),
    ],
    ['inputFields', perType(types.filter(isInputObjectType).map((type) => Object.keys(type.getFields()).length))],
    ['enumValues', perType(types.filter(isEnumType).map((type) => type.getValues().length))],
    ['interfaces', perType(types.filter(isObjectType).map((type) => type.getInterfaces().length))],
    [
      'possibleTypes',
      perType(
        types
          .filter((type) => isUnionType(type) || isInterfaceType(type))
          .map((type) => schema.getPossibleTypes(type).length),
      ),
    ],
  ])
}
