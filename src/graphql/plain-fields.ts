import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import { defaultFieldResolver, type GraphQLFieldResolver } from 'graphql'

/**
 * A field that only shows the property of its name has no resolver of its own. The compiler of queries then reads the
 * property in place; with one it makes a call and two closures for each field of each row.
 */
export const plainFields = 'plainFields'

declare global {
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      plainFields: PlainFields<Types>
    }
  }
}

class PlainFields<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolve: Resolver<Types>,
    { name, extensions }: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> {
    return extensions?.pothosExposedField === name ? defaultFieldResolver : resolve
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

SchemaBuilder.registerPlugin(plainFields, PlainFields)
