import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import { defaultFieldResolver, type GraphQLField, type GraphQLFieldResolver } from 'graphql'

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
    interface FieldOptions {
      /** Its resolver asks nothing but its parent. */
      ofParentAlone?: true
    }
  }
}

class PlainFields<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const { ofParentAlone } = field.pothosOptions as Partial<PothosSchemaTypes.FieldOptions>
    return { ...field, extensions: { ...field.extensions, ofParentAlone } }
  }

  override wrapResolve(
    resolve: Resolver<Types>,
    { name, extensions }: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> {
    return extensions?.pothosExposedField === name ? defaultFieldResolver : resolve
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

/** Whether the field can be read off its parent, without whoever asks. */
export function isOfParentAlone({ resolve, extensions }: GraphQLField<unknown, unknown>): boolean {
  return resolve === undefined || extensions.ofParentAlone === true
}

SchemaBuilder.registerPlugin(plainFields, PlainFields)
