import { deepStrictEqual } from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import postgres from 'postgres'
import { type BenchServer, onCopy } from './database.ts'
import { answerOf } from './measure.ts'
import type { Options } from './options.ts'
import { recordPosts } from './record-posts.ts'
import { type Bench, databaseOf, type Measured, measure, showPlans, withServers } from './run.ts'
import type { Sample } from './sample.ts'
import { type Server, startBare } from './servers.ts'
import { posting } from './workloads.ts'

/** A copy of more takes minutes. */
const certificatesMax = 1_000_000
const comparedPosts = 20

/** Posts into a copy of the filled database: the service by its use case, the bare server by the same statements. */
export async function measurePosting(
  options: Options,
  server: BenchServer,
  certificates: number,
  tell: (line: string) => void,
): Promise<Measured[]> {
  if (certificates > certificatesMax) {
    tell(`posting is measured up to ${certificatesMax} certificates, and not here`)
    return []
  }
  const filled = await databaseOf(options, server, certificates, tell)
  return onCopy(server, filled, (copy) => {
    const folder = resolve(options.folder)
    const start = async (sample: Sample) => {
      const scripts = join(folder, 'posts.json')
      await mkdir(folder, { recursive: true })
      await writeFile(scripts, JSON.stringify(await recordPosts(copy.serviceUrl, sample)))
      return startBare(copy, scripts)
    }
    return withServers(options, copy, start, async (bench) => {
      await compareEffects(bench)
      tell('the service writes as many rows to each table as the bare driver does')
      await showPlans(bench, posting, tell)
      return measure(bench, posting)
    })
  })
}

/** @throws Error where a post by the one adds other rows than a post by the other */
async function compareEffects({ database, service, bare, sample, token }: Bench): Promise<void> {
  const sql = postgres(database.superuserUrl, { max: 1, onnotice: () => {} })
  const rowsAddedBy = async (server: Server) => {
    const before = await rowsOf(sql)
    for (let post = 0; post < comparedPosts; post += 1) await answerOf(server, posting.asks(sample, Math.random), token)
    const after = await rowsOf(sql)
    return Object.fromEntries(Object.entries(after).map(([table, rows]) => [table, rows - (before[table] ?? 0)]))
  }
  try {
    const [ours, theirs] = [await rowsAddedBy(service), await rowsAddedBy(bare)]
    deepStrictEqual(ours, theirs, 'posting: rows added by the service, and by the bare driver')
    if (ours.results !== comparedPosts) throw new Error(`${comparedPosts} posts made ${ours.results} results`)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function rowsOf(sql: postgres.Sql): Promise<Record<string, number>> {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_stat_user_tables where schemaname = 'public' order by 1`
  const counted: Record<string, number> = {}
  for (const { name } of tables) {
    const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from ${sql(name)}`
    counted[name] = row?.rows ?? 0
  }
  return counted
}
