import { join, resolve } from 'node:path'
import postgres from 'postgres'
import { dayInShanghai, systemClock } from '../../src/clock.ts'
import type { Actor } from '../../src/domain/access.ts'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { contextOf, type Registry } from '../../src/usecases/context.ts'
import { type BenchServer, type FilledDatabase, filledDatabase } from './database.ts'
import { compare, load, type Round } from './measure.ts'
import type { Options } from './options.ts'
import { plansOf } from './plans.ts'
import { type Sample, takeSample } from './sample.ts'
import { type Server, signIn, startBare, startService } from './servers.ts'
import type { Workload } from './workloads.ts'

export type Measured = { readonly workload: Workload; readonly service: Round[]; readonly bare: Round[] }

/** What is at hand while one size is measured. */
export type Bench = {
  readonly database: FilledDatabase
  readonly registry: Registry
  readonly sample: Sample
  readonly service: Server
  readonly bare: Server
  readonly token: string
  readonly options: Options
}

type Tell = (line: string) => void

const warmUpSeed = 1_000

/** Fills a registry of that size, starts both servers on it and does the work with them. */
export async function benchOf<T>(
  options: Options,
  server: BenchServer,
  certificates: number,
  tell: Tell,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const database = await databaseOf(options, server, certificates, tell)
  return withServers(options, database, () => startBare(database), work)
}

export async function databaseOf(options: Options, server: BenchServer, certificates: number, tell: Tell) {
  const size = { certificates, members: options.members }
  const database = await filledDatabase(server, size, today(), tell)
  tell(`\n${certificates} certificates in ${database.name}`)
  return database
}

const today = () => dayInShanghai(systemClock.now())

export async function withServers<T>(
  options: Options,
  database: FilledDatabase,
  startOther: (sample: Sample) => Promise<Server>,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { db, close } = openDatabase(database.serviceUrl, { poolSize: 2 })
  const ending: (() => Promise<void>)[] = [close]
  try {
    const registry: Registry = { db, lists: db, clock: systemClock, rulebooks: rulebookShelf() }
    const sample = await sampleOf(database, today())
    const service = await startService(database, join(resolve(options.folder), 'service'))
    ending.push(service.stop)
    const bare = await startOther(sample)
    ending.push(bare.stop)
    const token = await signIn(registry, service)
    return await work({ database, registry, sample, service, bare, token, options })
  } finally {
    for (const end of ending) await end()
  }
}

async function sampleOf(database: FilledDatabase, today: Sample['today']): Promise<Sample> {
  const sql = postgres(database.superuserUrl, { max: 1, onnotice: () => {} })
  try {
    return await takeSample(sql, today)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Compares, explains and measures each workload: service, bare, service, bare …; nothing with no rounds. @throws Error where answers differ. */
export async function measureAll(bench: Bench, chosen: readonly Workload[], tell: Tell): Promise<Measured[]> {
  for (const workload of chosen) await compare(workload, bench.sample, bench.service, bench.bare, bench.token)
  if (chosen.length > 0) tell('the service answers as the bare driver does')
  for (const workload of chosen) await showPlans(bench, workload, tell)
  const measured: Measured[] = []
  for (const workload of chosen) measured.push(...(await measure(bench, workload)))
  return measured
}

const secretariat: Actor = { kind: 'system', id: 'bench', name: 'bench', role: 'secretariat', memberId: null }

/** @throws Error where a large table would be read whole. */
export async function showPlans({ database, registry, sample }: Bench, workload: Workload, tell: Tell): Promise<void> {
  const context = contextOf(registry, secretariat, 'bench')
  for (const { statement, lines, faults } of await plansOf(workload, database, registry, context, sample)) {
    tell(`\n${workload.name}: ${statement} …\n${lines.map((line) => `  ${line}`).join('\n')}`)
    if (faults.length > 0) throw new Error(`${workload.name}: ${faults.join(', ')}`)
  }
}

export async function measure(bench: Bench, workload: Workload): Promise<Measured[]> {
  const { sample, service, bare, token, options } = bench
  if (options.rounds === 0) return []
  const rounds: Measured = { workload, service: [], bare: [] }
  for (const server of [service, bare]) await load([server], workload, sample, token, options.warmUpSeconds, warmUpSeed)
  for (let round = 0; round < options.rounds; round += 1) {
    rounds.service.push(await load([service], workload, sample, token, options.seconds, round))
    rounds.bare.push(await load([bare], workload, sample, token, options.seconds, round))
  }
  return [rounds]
}

/** Two processes of the service against one, the same load on both together. */
export async function measureProcesses(bench: Bench, workload: Workload): Promise<Measured> {
  const { database, sample, service, token, options } = bench
  const second = await startService(database, join(resolve(options.folder), 'service'))
  try {
    const rounds: Measured = { workload, service: [], bare: [] }
    await load([second], workload, sample, token, options.warmUpSeconds, warmUpSeed)
    for (let round = 0; round < options.rounds; round += 1) {
      rounds.service.push(await load([service, second], workload, sample, token, options.seconds, round))
      rounds.bare.push(await load([service], workload, sample, token, options.seconds, round))
    }
    return rounds
  } finally {
    await second.stop()
  }
}
