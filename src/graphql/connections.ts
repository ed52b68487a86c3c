import type { ArgBuilder, ArgumentRef, ObjectRef } from '@pothos/core'
import type { z } from 'zod'
import { Refusal } from '../domain/refusals.ts'
import type { Context, Registry } from '../usecases/context.ts'
import type { KeysetPage } from '../usecases/pages.ts'
import { pageSize, parsedArguments } from './arguments.ts'
import { both, builder, type Said, type Types, under } from './builder.ts'
import type { WritableList, Writing } from './written-lists.ts'

/** Pages as Relay has them (edges, cursors), over the keyset pages of the use cases. */
export const pageSizeMax = 100
export const pageSizeUsual = 20

/** In objects: counting walks up to 100 000 rows, so a document counts a few lists and not thirty. */
const countingCost = 1_000

type Total = { readonly count: number; readonly isExact: boolean }
type Edge<Node> = { readonly node: Node; readonly cursor: string }

/** What Relay says of a page. */
function pageInfoOf({ items, nextCursor, cursorAt }: KeysetPage<unknown>, isFirst: boolean) {
  const cursorOf = (index: number) => (items.length === 0 ? null : cursorAt(index))
  return {
    hasNextPage: nextCursor !== null,
    hasPreviousPage: !isFirst,
    startCursor: cursorOf(0),
    endCursor: cursorOf(items.length - 1),
  }
}

class Connection<Node> {
  readonly nodes: readonly Node[]
  readonly page: KeysetPage<Node>
  readonly isFirst: boolean
  readonly total: () => Promise<Total>

  constructor(page: KeysetPage<Node>, isFirst: boolean, total: () => Promise<Total>) {
    this.nodes = page.items
    this.page = page
    this.isFirst = isFirst
    this.total = total
  }

  get edges(): readonly Edge<Node>[] {
    return this.nodes.map((node, index) => new PageEdge(node, this.page, index))
  }

  get pageInfo() {
    return pageInfoOf(this.page, this.isFirst)
  }
}

/** The cursor of a row is made when it is asked for. */
class PageEdge<Node> implements Edge<Node> {
  readonly node: Node
  readonly #page: KeysetPage<Node>
  readonly #index: number

  constructor(node: Node, page: KeysetPage<Node>, index: number) {
    this.node = node
    this.#page = page
    this.#index = index
  }

  get cursor(): string {
    return this.#page.cursorAt(this.#index)
  }
}

const anyone = under('session.read')

const PageInfo = builder.objectRef<Connection<unknown>['pageInfo']>('PageInfo').implement({
  description: both('分页信息', 'Where a page stands'),
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', anyone.said('是否还有下一页', 'Whether there is a next page')),
    hasPreviousPage: t.exposeBoolean(
      'hasPreviousPage',
      anyone.said('是否不是第一页', 'Whether it goes on after a cursor'),
    ),
    startCursor: t.exposeString('startCursor', anyone.maybe('首行游标', 'Cursor of the first row')),
    endCursor: t.exposeString(
      'endCursor',
      anyone.maybe('末行游标，作为下一页的 after', 'Cursor of the last row: `after` of the next page'),
    ),
  }),
})

const TotalCount = builder.objectRef<Total>('TotalCount').implement({
  description: both('总数', 'How many there are in all'),
  fields: (t) => ({
    count: t.exposeInt('count', anyone.said('行数；最多数到 100000', 'Rows; counting ends at 100 000')),
    isExact: t.exposeBoolean('isExact', anyone.said('是否已数完', 'False where there are more than were counted')),
  }),
})

type PageQuery = { readonly limit: number; readonly cursor?: string | undefined }
type Filters<Query> = Record<Exclude<keyof Query, keyof PageQuery>, ArgumentRef<BuilderTypes, unknown>>
type BuilderTypes = PothosSchemaTypes.ExtendDefaultTypes<Types>

export type ConnectionOf<Query extends PageQuery, Node> = {
  readonly said: Said
  /** What rows are called: `Member` makes `MemberConnection` and `MemberEdge`. */
  readonly name: string
  readonly node: ObjectRef<BuilderTypes, Node>
  /** The schema of the use case: it parses the arguments, so both faces refuse the same in the same words. */
  readonly query: z.ZodType<Query>
  /** One argument for each field of that schema: a new filter does not compile until it is here. */
  readonly filters: (arg: ArgBuilder<BuilderTypes>) => Filters<Query>
  readonly read: (registry: Registry, context: Context, query: Query) => Promise<KeysetPage<Node>>
  /** Absent where nobody counts such rows: then there is no `totalCount`. */
  readonly count?: (registry: Registry, context: Context, query: Query) => Promise<Total>
  /** Where PostgreSQL can write its rows. */
  readonly writing?: Writing<Query>
}

/** The lists whose rows can be written, by the names of their fields. */
export const writableLists = new Map<string, WritableList>()

function writable<Query extends PageQuery, Node>(
  { query: schema }: ConnectionOf<Query, Node>,
  { columns, derived, writer }: Writing<Query>,
): WritableList {
  return {
    columns,
    derived,
    writer: (parts, names) => {
      const write = writer(parts, names)
      return async (registry, context, given) => {
        const query = parsed(schema, given)
        const page = await write(registry, context, query)
        return { rows: page.items, pageInfo: pageInfoOf(page, query.cursor === undefined) }
      }
    },
  }
}

/** A list as a field of the root. */
export function connectionField<Query extends PageQuery, Node>(field: string, asked: ConnectionOf<Query, Node>): void {
  const type = connectionType(asked)
  if (asked.writing) writableLists.set(field, writable(asked, asked.writing))
  builder.queryField(field, (t) =>
    t.field({
      ...asked.said,
      type,
      nullable: true,
      listSize: { argument: 'first', most: pageSizeMax, usual: pageSizeUsual },
      args: {
        first: t.arg.int({
          defaultValue: pageSizeUsual,
          description: both(`每页行数，1 至 ${pageSizeMax}`, `Rows on a page, 1 to ${pageSizeMax}`),
        }),
        after: t.arg.string({ description: both('上一页的 endCursor', 'The `endCursor` of the page before') }),
        ...asked.filters(t.arg),
      },
      resolve: async (_root, given, { registry, context }) => {
        const query = parsed(asked.query, given)
        const page = await asked.read(registry, context, query).catch(inOurWords)
        const count = asked.count ?? uncounted
        return new Connection(page, query.cursor === undefined, () => count(registry, context, query))
      },
    }),
  )
}

/** No field asks for it. */
function uncounted(): never {
  throw new Error('this list has no total')
}

function connectionType<Query extends PageQuery, Node>({
  name,
  node,
  count,
  said: { permission },
}: ConnectionOf<Query, Node>) {
  const { said } = under(permission)
  const edge = builder.objectRef<Edge<Node>>(`${name}Edge`).implement({
    description: both('一行及其游标', 'A row and its cursor'),
    fields: (t) => ({
      node: t.expose('node' as never, { ...said('行', 'The row'), type: node as never }),
      cursor: t.exposeString('cursor', said('游标', 'Its cursor')),
    }),
  })
  return builder.objectRef<Connection<Node>>(`${name}Connection`).implement({
    description: both('列表的一页', 'A page of a list'),
    fields: (t) => ({
      edges: t.field({
        ...said('各行及其游标', 'Rows with their cursors'),
        type: [edge],
        listSize: 1,
        resolve: (page) => page.edges,
      }),
      nodes: t.expose('nodes' as never, { ...said('各行', 'Rows'), type: [node] as never, listSize: 1 }),
      pageInfo: t.field({
        ...said('分页信息', 'Where the page stands'),
        type: PageInfo,
        resolve: (page) => page.pageInfo,
      }),
      ...(count === undefined
        ? {}
        : {
            totalCount: t.field({
              ...said('总数；只在查询时计数', 'How many in all; counted only when asked for'),
              type: TotalCount,
              costApart: countingCost,
              resolve: (page) => page.total(),
            }),
          }),
    }),
  })
}

/** @throws Refusal */
function parsed<Query>(
  schema: z.ZodType<Query>,
  { first, after, ...filters }: Readonly<Record<string, unknown>>,
): Query {
  return parsedArguments(schema, { ...filters, limit: pageSize(first, pageSizeMax) ?? pageSizeUsual, cursor: after })
}

/** What REST calls the cursor is `after` here. */
function inOurWords(error: unknown): never {
  if (!(error instanceof Refusal)) throw error
  const [one, ...others] = error.problems.map((each) => (each.path === 'cursor' ? { ...each, path: 'after' } : each))
  throw one ? new Refusal(one, ...others) : error
}
