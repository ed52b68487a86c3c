import { resolve } from 'node:path'
import { type BenchServer, openServer } from './bench/database.ts'
import { measureImport } from './bench/import-against-copy.ts'
import { measureDesk } from './bench/measure-desk.ts'
import { measureRanking } from './bench/measure-ranking.ts'
import { measureReport } from './bench/measure-report.ts'
import { type Options, optionsFrom } from './bench/options.ts'
import { importLineOf, type Line, lineOf, scaleLineOf, tableOf } from './bench/report.ts'
import { benchOf, databaseOf, type Measured, measureAll, measureProcesses } from './bench/run.ts'
import { measurePosting } from './bench/run-posting.ts'
import { posting, workloads } from './bench/workloads.ts'
import { failureText } from './failure.ts'

/** `npm run bench`: how fast the service is, as ratios measured side by side in one run (README, Speed). */
const deskGroups = ['eligibility', 'desk'] as const
const groups = [
  ...new Set(workloads.map(({ group }) => group)),
  posting.group,
  ...['import', 'processes', 'ranking', 'report'],
  ...deskGroups,
]

try {
  const options = optionsFrom(process.argv.slice(2), groups)
  const server = await openServer(options.database, resolve(options.folder))
  try {
    process.exitCode = (await bench(options, server)) ? 0 : 1
  } finally {
    await server.stop()
  }
} catch (error) {
  console.error(failureText(error))
  process.exitCode = 1
}

/** Whether every mark was reached. */
async function bench(options: Options, server: BenchServer): Promise<boolean> {
  const { certificates, compareWith } = options
  const small = compareWith === undefined ? [] : await measuredAt(options, server, compareWith)
  const large = await measuredAt(options, server, certificates)
  const answers = large.map(({ workload: { name, wanted }, service, bare }) => lineOf(name, service, bare, wanted))
  const withImport = options.rounds > 0 && isChosen(options, 'import')
  const lines = [
    ...answers,
    ...(withImport ? [await importLine(options, server)] : []),
    ...(await yearLines(options, server)),
  ]
  const scaled = small.flatMap(({ workload, service }) => {
    const found = large.find((each) => each.workload.name === workload.name && workload.wanted !== null)
    return found ? [scaleLineOf(workload.name, found.service, service, workload.wantedScale)] : []
  })
  await showDesk(options, server)
  print(lines, ['service', 'bare driver'])
  print(scaled, [`at ${certificates}`, `at ${compareWith}`])
  return [...lines, ...scaled].every(({ reached }) => reached !== false)
}

function print(lines: readonly Line[], columns: readonly [string, string]): void {
  if (lines.length > 0) console.log(`\n${tableOf(lines, columns)}`)
}

/** Shown and held against nothing; with no rounds there is nothing to show. */
async function showDesk(options: Options, server: BenchServer): Promise<void> {
  const chosen = deskGroups.filter((group) => isChosen(options, group))
  if (options.rounds === 0 || chosen.length === 0) return
  const { rounds, deskCases: sizes } = options
  await measureDesk({ server, rounds, groups: chosen, sizes, tell: console.log })
}

function isChosen({ only }: Options, group: string): boolean {
  return only?.includes(group) ?? true
}

/** As many rows as certificates are asked for, into a registry that holds as many already. */
async function importLine({ certificates, rounds }: Options, server: BenchServer): Promise<Line> {
  const superuserUrl = server.urlFor(null, 'postgres')
  return importLineOf(
    await measureImport({ superuserUrl, rows: certificates, base: certificates, rounds, tell: console.log }),
  )
}

/** What is counted of a whole year. */
async function yearLines(options: Options, server: BenchServer): Promise<Line[]> {
  const lines: Line[] = []
  for (const [group, measure] of [
    ['ranking', measureRanking],
    ['report', measureReport],
  ] as const) {
    if (options.rounds === 0 || !isChosen(options, group)) continue
    const database = await databaseOf(options, server, options.certificates, console.log)
    lines.push(await measure(database, options.rounds, console.log))
  }
  return lines
}

async function measuredAt(options: Options, server: BenchServer, certificates: number): Promise<Measured[]> {
  const chosen = workloads.filter(({ group }) => isChosen(options, group))
  const [first] = workloads
  const withProcesses = options.rounds > 0 && isChosen(options, 'processes')
  const measured: Measured[] = []
  if (chosen.length > 0 || withProcesses)
    await benchOf(options, server, certificates, console.log, async (bench) => {
      measured.push(...(await measureAll(bench, chosen, console.log)))
      if (!withProcesses || !first) return
      const two = { ...first, name: `two processes against one: ${first.name}`, wanted: null }
      measured.push(await measureProcesses(bench, two))
    })
  if (isChosen(options, posting.group))
    measured.push(...(await measurePosting(options, server, certificates, console.log)))
  return measured
}
