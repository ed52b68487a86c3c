import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import type { GraphQLField } from 'graphql'
import type { Permission } from '../domain/access.ts'

/**
 * Deny by default: a field says which permission it needs, or it does not compile; where the compiler was got round, the
 * schema is not built. Who may ask is decided by the document, before anything is run (`read-document.ts`).
 */
export const requiredPermission = 'requiredPermission'

declare global {
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      requiredPermission: RequiredPermission<Types>
    }
    interface FieldOptions {
      permission: Permission
      /** How many objects a list is taken for, when the cost of a query is counted. */
      listSize?: ListSize
      /** So many objects the field counts for, once for a page of rows. */
      costApart?: number
    }
  }
}

/** Either as many as an argument asks for, or a fixed number. */
export type ListSize = { readonly argument: string; readonly most: number; readonly usual: number } | number

class RequiredPermission<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const { permission, listSize, costApart } = field.pothosOptions as Partial<PothosSchemaTypes.FieldOptions>
    if (permission === undefined) throw new Error(`${field.parentType}.${field.name} has no permission`)
    return { ...field, extensions: { ...field.extensions, permission, listSize, costApart } }
  }
}

SchemaBuilder.registerPlugin(requiredPermission, RequiredPermission)

type OutputField = Pick<GraphQLField<unknown, unknown>, 'extensions'>

export function permissionOf({ extensions }: OutputField): Permission | undefined {
  return extensions.permission as Permission | undefined
}

export function listSizeOf({ extensions }: OutputField): ListSize | undefined {
  return extensions.listSize as ListSize | undefined
}

export function costApartOf({ extensions }: OutputField): number | undefined {
  return extensions.costApart as number | undefined
}
