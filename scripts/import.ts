import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { Presets, SingleBar } from 'cli-progress'
import { ConfigProblem, readConfig } from '../src/config.ts'
import type { Actor } from '../src/domain/access.ts'
import { sentenceOf } from '../src/domain/refusals.ts'
import { newId } from '../src/ids.ts'
import { type OpenRegistry, openRegistry } from '../src/open-registry.ts'
import { type Context, contextOf, type Registry } from '../src/usecases/context.ts'
import { runFirstLoad } from '../src/usecases/imports/first-load.ts'
import { mappingNamed } from '../src/usecases/imports/manage-mappings.ts'
import { type Mapping, readMapping } from '../src/usecases/imports/mapping.ts'
import { type ImportView, importRowsCsv, listImportRows } from '../src/usecases/imports/read-imports.ts'
import { type ImportRequest, type RunOptions, runImport, startImport } from '../src/usecases/imports/run-import.ts'
import { failureText } from './failure.ts'

// Left to itself the collector lets the heap grow to four times of what is held before it looks again. At less than
// this it looks so often that a file takes a sixth more of the processor.
setFlagsFromString('--heap-growing-percent=60')

/** Takes a file in: `npm run import -- FILE --mapping M`. What it reports goes to stdout, the progress to stderr. */

const usage = `用法 / Usage: npm run import -- FILE [--mapping M] [--kind historical|results] [--dry-run | --first-load] [--outcome FILE] [--actor-name NAME]

  FILE             CSV (UTF-8, GB18030), XLSX, NDJSON
  --mapping M      映射名称或 JSON 文件 / the name of a mapping, or a JSON file; historical and results fit our own column names,
                   european-certificates the public registers of ISCC and KZR INiG
  --kind           未指定映射时使用 / stands in for --mapping: our own column names of that kind; beside it, it must agree
  --dry-run        只检查，不写入 / says the same and writes nothing
  --first-load     库中尚无证书时：先去掉查询索引，装载后重建；需要表所有者的权限 / into a registry without certificates: goes without the
                   indexes for questions and makes them anew at the end; needs the rights of the tables' owner
  --outcome FILE   每行结果存为 CSV / the outcome of every row, as CSV
  --actor-name     记入日志的操作人 / who does this, for the event log`

type Command = {
  readonly path: string
  readonly mappingName: string
  readonly kind: string | undefined
  readonly dryRun: boolean
  readonly firstLoad: boolean
  readonly outcomePath: string | undefined
  readonly actorName: string
}

class WrongUsage extends Error {}

function readCommand(): Command {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      mapping: { type: 'string' },
      kind: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'first-load': { type: 'boolean', default: false },
      outcome: { type: 'string' },
      'actor-name': { type: 'string', default: '命令行 / command line' },
    },
  })
  const [path, ...others] = positionals
  const { kind, mapping = kind } = values
  if (path === undefined || mapping === undefined || others.length > 0) throw new WrongUsage(usage)
  if (kind !== undefined && kind !== 'historical' && kind !== 'results') throw new WrongUsage(usage)
  if (values['dry-run'] && values['first-load']) throw new WrongUsage(usage)
  return {
    path,
    mappingName: mapping,
    kind,
    dryRun: values['dry-run'],
    firstLoad: values['first-load'],
    outcomePath: values.outcome,
    actorName: values['actor-name'],
  }
}

async function resolveMapping(registry: Registry, { mappingName, kind }: Command): Promise<Mapping> {
  const mapping = mappingName.endsWith('.json')
    ? readMapping(JSON.parse(await readFile(mappingName, 'utf8')))
    : await mappingNamed(registry.db, mappingName)
  if (kind !== undefined && mapping.kind !== kind)
    throw new WrongUsage(`映射 ${mappingName} 用于 ${mapping.kind} / that mapping is for ${mapping.kind}`)
  return mapping
}

async function main(): Promise<number> {
  const command = readCommand()
  const { size } = await stat(command.path)
  const opened = await openRegistry(readConfig())
  try {
    return await takeIn(opened, command, size)
  } finally {
    await opened.close()
  }
}

async function takeIn({ registry, ownerUrl }: OpenRegistry, command: Command, bytesTotal: number): Promise<number> {
  const context = contextOf(registry, commandLine(command.actorName), newId(registry.clock.now()))
  const mapping = await resolveMapping(registry, command)
  const { path, dryRun } = command
  const file = { fileName: basename(path), fileSha256: await sha256Of(path), bytesTotal, mapping, dryRun, path }
  const ended = await showing(registry, bytesTotal, (options) =>
    command.firstLoad
      ? runFirstLoad(registry, context, ownerUrl, file, { ...options, onIndex: tellIndex })
      : run(registry, context, file, options),
  )
  await report(registry, context, ended)
  if (command.outcomePath !== undefined) await writeOutcome(registry, context, ended.id, command.outcomePath)
  return ended.status === 'finished' ? 0 : 1
}

async function run(
  registry: Registry,
  context: Context,
  { path, ...request }: ImportRequest & { readonly path: string },
  options: RunOptions,
): Promise<ImportView> {
  const { id: importId } = await startImport(registry, context, request)
  return runImport(registry, context, { importId, path }, options)
}

function tellIndex(name: string, left: number): void {
  console.error(`重建索引，余 ${left} / making indexes anew, ${left} left: ${name}`)
}

function commandLine(name: string): Actor {
  return { kind: 'system', id: 'command-line', name, role: 'secretariat', memberId: null }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Ctrl-C stops between two batches; a second one is the shell's own. */
async function showing(
  registry: Registry,
  bytesTotal: number,
  work: (options: RunOptions) => Promise<ImportView>,
): Promise<ImportView> {
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  const progress = process.stderr.isTTY ? bar(bytesTotal) : lines(registry)
  try {
    return await work({ signal: stopping.signal, onProgress: progress.show })
  } finally {
    progress.end()
  }
}

type Progress = { show(view: ImportView): void; end(): void }

function bar(bytesTotal: number): Progress {
  const shown = new SingleBar(
    { format: '{bar} {percentage}% · {rows} 行/rows · {refused} 未收录/refused · ETA {eta_formatted}' },
    Presets.shades_classic,
  )
  shown.start(bytesTotal, 0, { rows: 0, refused: 0 })
  return { show: ({ bytesRead, rows, refused }) => shown.update(bytesRead, { rows, refused }), end: () => shown.stop() }
}

const lineEveryMs = 5_000

function lines({ clock }: Registry): Progress {
  let shownAt = clock.now().getTime()
  return {
    show({ progress, rows, refused }) {
      if (clock.now().getTime() - shownAt < lineEveryMs) return
      shownAt = clock.now().getTime()
      console.error(`${Math.floor(progress * 100)}% · ${rows} 行/rows · ${refused} 未收录/refused`)
    },
    end() {},
  }
}

const statusWords = {
  running: '已停止 / stopped',
  finished: '完成 / finished',
  failed: '失败 / failed',
  interrupted: '中断 / interrupted',
}
const refusedShown = 20

async function report(registry: Registry, context: Context, view: ImportView): Promise<void> {
  console.log(
    `${statusWords[view.status]}${view.dryRun ? '（试运行，未写入 / dry run, nothing written）' : ''}  ${view.id}`,
  )
  if (view.failure) console.log(`${sentenceOf(view.failure, 'zh')} / ${sentenceOf(view.failure, 'en')}`)
  const { rows, accepted, newVersions, unchanged, refused } = view
  console.log(
    `行 / rows ${rows}: 已收录 / accepted ${accepted}, 新版本 / new versions ${newVersions}, 无变化 / unchanged ${unchanged}, 未收录 / refused ${refused}`,
  )
  const page = await listImportRows(registry, context, view.id, {
    afterRow: 0,
    limit: refusedShown,
    outcome: 'refused',
  })
  for (const { rowNumber, problems } of page) {
    for (const problem of problems ?? []) {
      const value = problem.value === undefined ? '' : ` "${problem.value}"`
      console.log(
        `  行 / row ${rowNumber}  ${problem.path}${value}  ${sentenceOf(problem, 'zh')} / ${sentenceOf(problem, 'en')}`,
      )
    }
  }
  if (refused > refusedShown) console.log('  … --outcome FILE 可得全部结果 / --outcome FILE gives all of them')
}

async function writeOutcome(registry: Registry, context: Context, id: string, path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await pipeline(await importRowsCsv(registry, context, id, 'zh'), file.createWriteStream())
  } finally {
    await file.close().catch(() => undefined)
  }
  console.log(`逐行结果 / outcome of each row: ${path}`)
}

/** What the operator can mend is told in a sentence; anything else with its stack. */
function tell(error: unknown): void {
  const isPlain = error instanceof WrongUsage || error instanceof ConfigProblem || isOfTheSystem(error)
  console.error(isPlain ? error.message : failureText(error))
}

/** A file that is not there, an option that does not exist: Node's own message says it. */
function isOfTheSystem(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || String(error.code).startsWith('ERR_PARSE_ARGS'))
  )
}

process.exitCode = await main().catch((error: unknown) => {
  tell(error)
  return 1
})
