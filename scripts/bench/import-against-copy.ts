import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { systemClock } from '../../src/clock.ts'
import { packageRoot } from '../../src/package-root.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { contentsOf, importBare, prepareRows } from './bare-import.ts'
import { writeCertificates } from './certificate-file.ts'
import { median } from './measure.ts'

/** Measures the import by the product against COPY and merge of the same rows, each into a copy of the same registry. */
export type ImportMeasured = {
  readonly rows: number
  readonly base: number
  /** Rows a second, the median of the rounds. */
  readonly product: number
  readonly bare: number
  /** The median of product over bare, round by round. */
  readonly ratio: number
  /** Largest resident size of the importing process. */
  readonly residentMegabytes: number
}

export type ImportMeasuring = {
  /** A superuser's URL: databases are made there and dropped. */
  readonly superuserUrl: string
  readonly rows: number
  /** How many certificates the registry holds before. */
  readonly base: number
  readonly rounds: number
  readonly tell: (line: string) => void
}

export async function measureImport(measuring: ImportMeasuring): Promise<ImportMeasured> {
  const { superuserUrl, rows, base, tell } = measuring
  const folder = await mkdtemp(join(tmpdir(), 'registry-bench-'))
  const files = { base: join(folder, 'base.csv'), next: join(folder, 'next.csv'), prepared: join(folder, 'prepared') }
  const admin = postgres(superuserUrl, { max: 1, onnotice: () => {} })
  try {
    await writeCertificates({ path: files.base, first: 0, rows: base })
    await writeCertificates({ path: files.next, first: base, rows })
    await admin.unsafe('drop database if exists bench_import_base with (force)')
    await admin.unsafe('create database bench_import_base')
    await migrateDatabase(urlOf(superuserUrl, 'bench_import_base'), null, systemClock.now())
    if (base > 0) tell(`base: ${(await importByProduct(superuserUrl, 'bench_import_base', files.base)).line}`)
    await inDatabase(superuserUrl, 'bench_import_base', (sql) => sql.unsafe('vacuum analyze'))
    return await measureRounds(measuring, admin, files)
  } finally {
    for (const name of ['base', 'product', 'bare'])
      await admin.unsafe(`drop database if exists bench_import_${name} with (force)`)
    await admin.end({ timeout: 5 })
    await rm(folder, { recursive: true, force: true })
  }
}

type Files = { readonly next: string; readonly prepared: string }

async function measureRounds(
  { superuserUrl, rows, base, rounds, tell }: ImportMeasuring,
  admin: postgres.Sql,
  files: Files,
): Promise<ImportMeasured> {
  const measured: { product: number; bare: number; resident: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    await copyOfBase(admin, 'bench_import_product')
    const product = await importByProduct(superuserUrl, 'bench_import_product', files.next)
    if (round === 0) await inDatabase(superuserUrl, 'bench_import_product', (sql) => prepareRows(sql, files.prepared))
    await copyOfBase(admin, 'bench_import_bare')
    const bare = await timed(() =>
      inDatabase(superuserUrl, 'bench_import_bare', (sql) => importBare(sql, files.prepared)),
    )
    if (round === 0) await compare(superuserUrl)
    measured.push({ product: rows / product.seconds, bare: rows / bare, resident: product.resident })
    tell(`round ${round + 1}: ${product.line}; bare ${Math.round(rows / bare)} rows/s`)
  }
  return {
    rows,
    base,
    product: median(measured.map(({ product }) => product)),
    bare: median(measured.map(({ bare }) => bare)),
    ratio: median(measured.map(({ product, bare }) => product / bare)),
    residentMegabytes: Math.max(...measured.map(({ resident }) => resident)),
  }
}

/** @throws Error where the two ways did not write the same */
async function compare(superuserUrl: string): Promise<void> {
  const [product, bare] = await Promise.all(
    ['bench_import_product', 'bench_import_bare'].map((name) => inDatabase(superuserUrl, name, contentsOf)),
  )
  const differing = Object.keys(product ?? {}).filter((name) => product?.[name] !== bare?.[name])
  for (const name of differing) console.error(`${name}: product ${product?.[name]}, bare ${bare?.[name]}`)
  if (differing.length > 0) throw new Error(`not the same contents: ${differing.join(', ')}`)
}

async function copyOfBase(admin: postgres.Sql, name: string): Promise<void> {
  await admin.unsafe(`drop database if exists ${name} with (force)`)
  await admin.unsafe(`create database ${name} template bench_import_base`)
  await admin.unsafe('checkpoint')
}

const tellsItsSize =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("resident "+process.resourceUsage().maxRSS))'

/** As `npm run import` does it, in a process of its own; timed from the start of the import to its end. */
async function importByProduct(superuserUrl: string, database: string, path: string) {
  const url = urlOf(superuserUrl, database)
  const program = join(packageRoot, 'build/scripts/import.js')
  const options = ['--max-semi-space-size=8', '--import', tellsItsSize]
  const child = spawn(process.execPath, [...options, program, path, '--mapping', 'historical'], {
    env: { DATABASE_URL: url, DATABASE_OWNER_URL: url },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the import ended with ${code}: ${said}`)
  const resident = Math.round(Number(/resident (\d+)/.exec(said)?.[1]) / 1024)
  const { rows, seconds } = await inDatabase(superuserUrl, database, lastImport)
  return { seconds, resident, line: `product ${Math.round(rows / seconds)} rows/s, ${resident} MB resident` }
}

async function lastImport(sql: postgres.Sql): Promise<{ rows: number; seconds: number }> {
  const [last] = await sql<{ rows: number; seconds: number }[]>`
    select accepted as rows, extract(epoch from finished_at - started_at)::float as seconds
    from imports order by started_at desc, id desc limit 1`
  if (!last) throw new Error('there was no import')
  return last
}

async function inDatabase<T>(url: string, name: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(urlOf(url, name), { max: 1, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function urlOf(superuserUrl: string, database: string): string {
  const url = new URL(superuserUrl)
  url.pathname = database
  return url.href
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}
