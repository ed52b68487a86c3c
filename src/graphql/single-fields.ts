import type { ArgBuilder, ArgumentRef, ObjectRef } from '@pothos/core'
import { z } from 'zod'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Context, Registry } from '../usecases/context.ts'
import { dayInput, idInput } from '../usecases/inputs.ts'
import { parsedArguments } from './arguments.ts'
import { both, builder, type Said, type Types } from './builder.ts'

type BuilderTypes = PothosSchemaTypes.ExtendDefaultTypes<Types>

export type SingleOf<Node> = {
  readonly said: Said
  readonly node: ObjectRef<BuilderTypes, Node>
  /** Its states hang on a day, which may be asked for. */
  readonly isOfDay?: true
  readonly read: (registry: Registry, context: Context, id: string, on?: PlainDate) => Promise<Node>
}

const byId = z.strictObject({ id: idInput, on: dayInput.optional() })

/** One thing by its id, as a field of the root: null with a problem where it is not there, or not the asker's. */
export function singleField<Node>(field: string, { said, node, isOfDay, read }: SingleOf<Node>): void {
  builder.queryField(field, (t) =>
    t.field({
      ...said,
      type: node,
      nullable: true,
      args: isOfDay ? { ...idArgument(t.arg), ...dayArgument(t.arg) } : idArgument(t.arg),
      resolve: (_root, given, { registry, context }) => {
        const { id, on } = parsedArguments(byId, given)
        return read(registry, context, id, on) as never
      },
    }),
  )
}

type Arguments = Record<string, ArgumentRef<BuilderTypes, unknown>>

function idArgument(arg: ArgBuilder<BuilderTypes>): Arguments {
  return { id: arg.id({ required: true, description: both('编号', 'Its id') }) }
}

function dayArgument(arg: ArgBuilder<BuilderTypes>): Arguments {
  return {
    on: arg({ type: 'Day', description: both('所问之日，缺省为今天', 'The day asked for; today where absent') }),
  }
}
