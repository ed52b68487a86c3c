import type { ObjectRef } from '@pothos/core'
import { z } from 'zod'
import type { Context, Registry } from '../usecases/context.ts'
import { idInput } from '../usecases/inputs.ts'
import { parsedArguments } from './arguments.ts'
import { both, builder, type Said, type Types } from './builder.ts'

export type SingleOf<Node> = {
  readonly said: Said
  readonly node: ObjectRef<PothosSchemaTypes.ExtendDefaultTypes<Types>, Node>
  readonly read: (registry: Registry, context: Context, id: string) => Promise<Node>
}

const byId = z.strictObject({ id: idInput })

/** One thing by its id, as a field of the root: null with a problem where it is not there, or not the asker's. */
export function singleField<Node>(field: string, { said, node, read }: SingleOf<Node>): void {
  builder.queryField(field, (t) =>
    t.field({
      ...said,
      type: node,
      nullable: true,
      args: { id: t.arg.id({ required: true, description: both('编号', 'Its id') }) },
      resolve: (_root, { id }, { registry, context }) =>
        read(registry, context, parsedArguments(byId, { id }).id) as never,
    }),
  )
}
