import postgres from 'postgres'
import { systemClock } from '../../src/clock.ts'
import type { Actor } from '../../src/domain/access.ts'
import { seededNumber } from '../../src/domain/batch-plan.ts'
import { cities } from '../../src/domain/cities.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { plainDate, yearOf } from '../../src/domain/plain-date.ts'
import { openDatabase } from '../../src/store/database.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { issueBatch } from '../../src/usecases/assignments/issue-batch.ts'
import { stateCapacity } from '../../src/usecases/assignments/manage-capacities.ts'
import { declareConflict } from '../../src/usecases/assignments/manage-conflicts.ts'
import { proposeBatch } from '../../src/usecases/assignments/propose-batch.ts'
import { eligibilityQuery, readEligibility } from '../../src/usecases/assignments/read-eligibility.ts'
import { batchInput, recordBatch } from '../../src/usecases/assignments/record-batch.ts'
import { type Context, contextOf, type Registry } from '../../src/usecases/context.ts'
import {
  addScope,
  addUnit,
  changeStanding,
  memberInput,
  registerMember,
} from '../../src/usecases/members/manage-members.ts'
import type { BenchServer } from './database.ts'
import { median } from './measure.ts'

/** The desk has no bare driver to be held against: its seconds, its memory and the solver's gap are shown. */
export type DeskMeasuring = {
  readonly server: BenchServer
  readonly rounds: number
  readonly groups: readonly ('eligibility' | 'desk')[]
  readonly sizes: readonly number[]
  readonly tell: (line: string) => void
}

const members = 40
const database = 'bench_desk'
const since = plainDate('2024-01-02')

/** Divisions of GB/T 4754 by family: each body covers about a third of them. */
const kinds = [
  ...['01', '02', '03', '04'].map((industryCode) => ({ family: 'agriculture', industryCode })),
  ...['13', '17', '26', '27', '33', '34', '35', '36', '38', '39', '40'].map((industryCode) => ({
    family: 'manufacturing',
    industryCode,
  })),
  ...['53', '61', '65', '72', '74', '78'].map((industryCode) => ({ family: 'services', industryCode })),
  ...['47', '48'].map((industryCode) => ({ family: 'construction', industryCode })),
]

/** A number that is the same in each run. */
const chance = (text: string, below: number) => seededNumber('bench', text) % below

export async function measureDesk(measuring: DeskMeasuring): Promise<void> {
  const { server, tell } = measuring
  const url = server.urlFor(null, database)
  const admin = postgres(server.urlFor(null, 'postgres'), { max: 1, onnotice: () => {} })
  try {
    await admin.unsafe(`drop database if exists ${database} with (force)`)
    await admin.unsafe(`create database ${database}`)
    await migrateDatabase(url, null, systemClock.now())
    const { db, close } = openDatabase(url, { poolSize: 4 })
    const registry: Registry = { db, lists: db, clock: systemClock, rulebooks: rulebookShelf() }
    try {
      await measureOn(registry, measuring)
    } finally {
      await close()
    }
  } finally {
    await admin.unsafe(`drop database if exists ${database} with (force)`)
    await admin.end({ timeout: 5 })
    tell('')
  }
}

async function measureOn(registry: Registry, { groups, rounds, sizes, tell }: DeskMeasuring): Promise<void> {
  const memberIds = await writeMembers(registry)
  for (const size of sizes) {
    const { id, enterpriseIds, seconds } = await writeBatch(registry, size, memberIds)
    tell(`a batch of ${size} recorded in ${seconds.toFixed(1)} s`)
    if (groups.includes('eligibility') && size === sizes[0])
      tell(await eligibilityLine(registry, rounds, enterpriseIds[0] ?? ''))
    if (groups.includes('desk')) tell(await proposalLine(registry, rounds, id, size))
  }
}

async function eligibilityLine(registry: Registry, rounds: number, enterpriseId: string): Promise<string> {
  const query = eligibilityQuery.parse({ enterpriseId, family: 'manufacturing', industryCode: '3411' })
  const times: number[] = []
  for (let turn = 0; turn < rounds * 100; turn += 1)
    times.push((await timed(() => readEligibility(registry, secretariat(registry), query))).seconds * 1_000)
  return `eligibility of ${members} bodies for one case: ${median(times).toFixed(1)} ms (median of ${times.length})`
}

async function proposalLine(registry: Registry, rounds: number, batchId: string, size: number): Promise<string> {
  const made: { seconds: number; answer: Awaited<ReturnType<typeof proposeBatch>> }[] = []
  for (let round = 0; round < rounds; round += 1)
    made.push(await timed(() => proposeBatch(registry, secretariat(registry), batchId, { seed: 'bench' })))
  const { answer } = made.at(-1) as (typeof made)[number]
  const issued = await timed(() => issueBatch(registry, secretariat(registry), batchId, { proposalId: answer.id }))
  const seconds = median(made.map((one) => one.seconds))
  return (
    `proposal ${size} × ${members}: ${seconds.toFixed(2)} s (median of ${made.length}), ` +
    `gap ${answer.gap}, ${answer.placed} placed, largest deviation ${answer.largestDeviation}, ` +
    `${answer.kilometres} km; issued in ${issued.seconds.toFixed(1)} s; ` +
    `process at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`
  )
}

async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; answer: T }> {
  const start = performance.now()
  const answer = await work()
  return { seconds: (performance.now() - start) / 1_000, answer }
}

const actor: Actor = { kind: 'system', id: 'bench', name: 'bench', role: 'secretariat', memberId: null }

function secretariat(registry: Registry): Context {
  return contextOf(registry, actor, 'bench')
}

async function writeMembers(registry: Registry): Promise<string[]> {
  const ids: string[] = []
  for (let at = 0; at < members; at += 1) ids.push(await writeMember(registry, at))
  return ids
}

async function writeMember(registry: Registry, at: number): Promise<string> {
  const as = secretariat(registry)
  const creditCode = makeCreditCode('91', '320100', `MB${String(at).padStart(6, '0')}`)
  const approvalNumber = `CNCA-R-2099-${1_000 + at}`
  const { id } = await registerMember(
    registry,
    as,
    memberInput.parse({ name: `示例认证机构${at}`, approvalNumber, creditCode }),
  )
  await changeStanding(registry, as, id, { standing: 'admitted', fromOn: since, reason: '示例', decidedBy: '示例' })
  for (const kind of kinds.filter(({ industryCode }) => chance(`${at} ${industryCode}`, 100) < 35))
    await addScope(registry, as, id, { ...kind, description: '示例', fromOn: since })
  for (let unit = 0; unit <= chance(`units ${at}`, 3); unit += 1)
    await addUnit(registry, as, id, { name: `示例${unit}`, cityCode: cityOf(`${at} ${unit}`), fromOn: since })
  const cases = 50 + chance(`capacity ${at}`, 100)
  await stateCapacity(registry, as, { memberId: id, year: yearOf(as.today), cases, statedBy: '示例' })
  return id
}

const cityOf = (text: string) => cities[chance(text, cities.length)]?.code

/** Every tenth enterprise has a conflict with a body. */
async function writeBatch(registry: Registry, size: number, memberIds: readonly string[]) {
  const as = secretariat(registry)
  const cases = Array.from({ length: size }, (_, at) => caseOf(size, at))
  const { answer, seconds } = await timed(() =>
    recordBatch(registry, as, batchInput.parse({ name: `示例 ${size}`, cases })).then(({ answer }) => answer),
  )
  const rows = await registry.db.execute<{ id: string }>(
    `select enterprise_id as id from batch_cases where batch_id = '${answer.id}' order by place`,
  )
  const enterpriseIds = rows.map(({ id }) => id)
  for (const [at, enterpriseId] of enterpriseIds.entries())
    if (at % 10 === 0)
      await declareConflict(registry, as, {
        ...{ memberId: memberIds[chance(`conflict ${at}`, members)] ?? '', enterpriseId },
        ...{ kind: 'consulting', declaredBy: '示例', fromOn: since },
      })
  return { id: answer.id, enterpriseIds, seconds }
}

function caseOf(size: number, at: number) {
  const cityCode = cityOf(`${size} ${at}`) ?? '320100'
  const code = `M${size < 1_000 ? 'C' : 'D'}${String(at).padStart(6, '0')}`
  return {
    enterprise: { creditCode: makeCreditCode('91', cityCode, code), name: `示例企业${size}-${at}`, cityCode },
    ...{ kind: 'product' as const, productName: '示例产品', standards: ['Q/EXAMPLE 001-2026'] },
    ...kinds[chance(`kind ${size} ${at}`, kinds.length)],
  }
}
