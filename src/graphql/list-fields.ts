import type { ArgBuilder, ArgumentRef, ObjectRef } from '@pothos/core'
import { pageSize } from './arguments.ts'
import type { Asking } from './asking.ts'
import { both, builder, type Said, type Types } from './builder.ts'
import { pageSizeMax, pageSizeUsual } from './connections.ts'

type BuilderTypes = PothosSchemaTypes.ExtendDefaultTypes<Types>
type Given = Readonly<Record<string, unknown>>

/** A short list without pages: the first rows of one that is read whole by REST. */
export type ListField<Node> = {
  readonly said: Said & { readonly nullable: true }
  readonly node: ObjectRef<BuilderTypes, Node>
  readonly filters?: (arg: ArgBuilder<BuilderTypes>) => Record<string, ArgumentRef<BuilderTypes, unknown>>
  /** @param given the arguments without the size of the page, nulls and all */
  readonly read: (asking: Asking, given: Given, limit: number) => Promise<readonly Node[]>
}

/** A field of the root that answers such a list; it does not count for more objects than are asked for. */
export function listField<Node>(name: string, { said, node, filters, read }: ListField<Node>): void {
  builder.queryField(name, (t) =>
    t.field({
      ...said,
      type: [node] as never,
      listSize: { argument: 'first', most: pageSizeMax, usual: pageSizeUsual },
      args: {
        first: t.arg.int({ description: both('行数，1 至 100', 'So many rows, 1 to 100') }),
        ...filters?.(t.arg as ArgBuilder<BuilderTypes>),
      } as never,
      resolve: (async (_root: unknown, { first, ...given }: Given, asking: Asking) =>
        read(asking, given, pageSize(first, pageSizeMax) ?? pageSizeUsual)) as never,
    }),
  )
}
