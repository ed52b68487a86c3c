import postgres from 'postgres'
import { openDatabase } from '../../src/store/database.ts'
import type { Context, Registry } from '../../src/usecases/context.ts'
import type { FilledDatabase } from './database.ts'
import type { Sample } from './sample.ts'
import type { Workload } from './workloads.ts'

/** A table that may be read whole. */
const smallRowsMax = 50_000

export type ShownPlan = {
  readonly statement: string
  readonly lines: readonly string[]
  readonly faults: readonly string[]
}

type Statement = { readonly text: string; readonly values: readonly unknown[] }
type Node = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Node[]
}

/** The questions of a workload, each with the plan for values not known: what lists get, and others may come to. */
export async function plansOf(
  workload: Workload,
  database: FilledDatabase,
  registry: Registry,
  context: Context,
  sample: Sample,
): Promise<ShownPlan[]> {
  const statements: Statement[] = []
  const watch = (text: string, values: readonly unknown[]) => void statements.push({ text, values: [...values] })
  const { db, close } = openDatabase(database.serviceUrl, { poolSize: 1, watch })
  const planner = postgres(database.superuserUrl, {
    max: 1,
    onnotice: () => {},
    connection: { plan_cache_mode: 'force_generic_plan' },
  })
  try {
    await workload.read({ ...registry, db, lists: db }, context, sample)
    const shown: ShownPlan[] = []
    for (const statement of statements.filter(({ text }) =>
      /^\s*(select|with)\b(?!.*(pg_catalog|insert into|for no key update))/s.test(text),
    ))
      shown.push(await planOf(planner, statement))
    if (shown.length === 0) throw new Error(`${workload.name}: no statement was explained`)
    return shown
  } finally {
    await close()
    await planner.end({ timeout: 5 })
  }
}

async function planOf(sql: postgres.Sql, { text, values }: Statement): Promise<ShownPlan> {
  await sql.unsafe(`deallocate all; prepare shown as ${text}`)
  const given = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`
  const explained = await sql.unsafe<{ 'QUERY PLAN': [{ Plan: Node }] }[]>(
    `explain (format json) execute shown${given}`,
  )
  const root = explained[0]?.['QUERY PLAN'][0].Plan
  if (!root) throw new Error(`no plan for ${text}`)
  const large = await largeTables(sql)
  const nodes = [...nodesOf(root, 0, false)]
  const faults = nodes
    .filter(({ node, isWhole }) => isWhole && large.has(node['Relation Name'] ?? ''))
    .map(({ node }) => `${node['Node Type']} reads the whole of ${node['Relation Name']}`)
  return { statement: text.replace(/\s+/g, ' ').slice(0, 160), lines: nodes.map(lineOf), faults }
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  return quoted(Array.isArray(value) ? `{${value.map((each) => JSON.stringify(each)).join()}}` : String(value))
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

async function largeTables(sql: postgres.Sql): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and reltuples > ${smallRowsMax}`
  return new Set(rows.map(({ name }) => name))
}

/** Nodes that want all that lies below them before they give the first row. */
const greedy = ['Sort', 'Incremental Sort', 'Aggregate', 'Hash', 'Bitmap Index Scan']

type Seen = { readonly node: Node; readonly depth: number; readonly isWhole: boolean }

/** A sequential scan reads a table whole, and so does a walk along an index without a condition, unless it may stop. */
function* nodesOf(node: Node, depth: number, isAllWanted: boolean): Generator<Seen> {
  const kind = node['Node Type']
  const isUnbounded = /^Index (Only )?Scan$/.test(kind) && node['Index Cond'] === undefined
  yield { node, depth, isWhole: kind === 'Seq Scan' || (isUnbounded && isAllWanted) }
  for (const inner of node.Plans ?? []) yield* nodesOf(inner, depth + 1, isAllWanted || greedy.includes(kind))
}

function lineOf({ node, depth }: { node: Node; depth: number }): string {
  const on = [node['Index Name'], node['Relation Name']].filter((name) => name !== undefined).join(' of ')
  return `${'  '.repeat(depth)}${node['Node Type']}${on === '' ? '' : ` ${on}`}`
}
