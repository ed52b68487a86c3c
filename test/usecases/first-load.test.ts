import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.ts'
import { Refusal } from '../../src/domain/refusals.ts'
import { openRegistry } from '../../src/open-registry.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { builtInMappings } from '../../src/usecases/imports/built-in-mappings.ts'
import { runFirstLoad } from '../../src/usecases/imports/first-load.ts'
import type { Mapping } from '../../src/usecases/imports/mapping.ts'
import { runImport, startImport } from '../../src/usecases/imports/run-import.ts'
import { startTestServer } from '../support/databases.ts'
import { newRegistry, type TestRegistry } from '../support/services.ts'

const server = await startTestServer()
t.teardown(() => server.stop())

const historical = builtInMappings.historical as Mapping
const header = '证书编号,认证机构,获证组织,有效期起,有效期止,设区市\n'

type Place = TestRegistry & { readonly owner: postgres.Sql }

async function newPlace(t: Test): Promise<Place> {
  const place = await newRegistry(server)
  const owner = postgres(place.urls.ownerUrl, { max: 2, onnotice: () => {} })
  t.teardown(async () => {
    await owner.end()
    await place.close()
  })
  return { ...place, owner }
}

async function fileOf(t: Test, rows: number) {
  const lines = Array.from(
    { length: rows },
    (_, index) => `N${index},示例机构${index % 7},示例企业${index % 900},2024-01-01,2026-12-31,320100`,
  )
  const path = join(t.testdir({}), 'first.csv')
  await writeFile(path, header + lines.join('\n'))
  return { path, fileName: 'first.csv', fileSha256: 'x', bytesTotal: 1, mapping: historical, dryRun: false }
}

async function indexesOf(owner: postgres.Sql): Promise<string[]> {
  const rows = await owner<{ definition: string }[]>`
    select indexdef as definition from pg_indexes where schemaname = 'public' order by 1`
  return rows.map(({ definition }) => definition)
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof Refusal ? error.problems[0].code : String(error)),
  )
}

t.test('a first load takes the file in and leaves every index as it was', async (t) => {
  const place = await newPlace(t)
  const file = await fileOf(t, 5_000)
  const before = await indexesOf(place.owner)
  const during: number[] = []
  const made: string[] = []
  const onProgress = async () => during.push((await indexesOf(place.owner)).length)
  const options = { onProgress, onIndex: (name: string) => made.push(name) }
  const view = await runFirstLoad(place.registry, place.as('secretariat'), place.urls.ownerUrl, file, options)
  t.match(view, { status: 'finished', accepted: 5_000, refused: 0 })
  t.ok(made.includes('certificates_by_end') && made.includes('enterprises_by_name'))
  t.ok((during[0] ?? 0) <= before.length - made.length, 'they were away')
  t.same(await indexesOf(place.owner), before)
  const [left] = await place.owner`select to_regclass('drizzle.indexes_to_rebuild') as kept`
  t.equal(left?.kept, null, 'nothing is left to be done')
})

t.test('a first load that cannot be changes nothing', async (t) => {
  const place = await newPlace(t)
  const { registry, as, urls, owner } = place
  const file = await fileOf(t, 3)
  const load = (context = as('secretariat'), mapping = historical) =>
    codeOf(runFirstLoad(registry, context, urls.ownerUrl, { ...file, mapping }))
  const before = await indexesOf(owner)
  t.equal(await load(as('member')), 'forbidden')
  t.equal(await load(as('regulator')), 'forbidden')
  t.equal(await load(as('secretariat'), builtInMappings.results as Mapping), 'first_load_historical_only')
  t.equal(await load(), 'none')
  t.equal(await load(), 'first_load_not_empty')
  t.equal(await codeOf(runFirstLoad(registry, as('secretariat'), urls.serviceUrl, file)), 'first_load_not_owner')
  t.same(await indexesOf(owner), before)
  const [imports] = await owner`select count(*)::int as count from imports`
  t.equal(imports?.count, 1, 'what is refused is no import')
})

t.test('a file that cannot be read still leaves every index', async (t) => {
  const place = await newPlace(t)
  const before = await indexesOf(place.owner)
  const file = await fileOf(t, 1)
  await writeFile(file.path, '证书编号,认证机构\nN1,示例\n')
  const view = await runFirstLoad(place.registry, place.as('secretariat'), place.urls.ownerUrl, file)
  t.match(view, { status: 'failed', failure: { code: 'columns_missing' } })
  t.same(await indexesOf(place.owner), before)
})

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come`)
    await delay(5)
  }
}

t.test('a first load killed in the middle is healed by the next migration, and the file goes on', async (t) => {
  const place = await newPlace(t)
  const { owner, registry, as, urls } = place
  const file = await fileOf(t, 40_000)
  const before = await indexesOf(owner)
  const program = join(import.meta.dirname, '../../scripts/import.js')
  const child = spawn(process.execPath, [program, file.path, '--mapping', 'historical', '--first-load'], {
    env: { DATABASE_URL: urls.serviceUrl, DATABASE_OWNER_URL: urls.ownerUrl },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'close')
  await until('some rows', async () => {
    const [row] = await owner`select exists (select from certificates) as some`
    return row?.some || child.exitCode !== null
  })
  child.kill('SIGKILL')
  t.same(await ended, [null, 'SIGKILL'])
  t.notSame(await indexesOf(owner), before, 'indexes are missing')

  const production = readConfig({ NODE_ENV: 'production', DATABASE_URL: urls.serviceUrl })
  await t.rejects(openRegistry(production), /npm run migrate/, 'production does not start without them')
  const migrate = () =>
    migrateDatabase(urls.ownerUrl, decodeURIComponent(new URL(urls.serviceUrl).username), new Date())
  await Promise.all([migrate(), migrate()])
  t.same(await indexesOf(owner), before)
  await (await openRegistry(production)).close()

  t.equal(
    await codeOf(runFirstLoad(registry, as('secretariat'), urls.ownerUrl, file)),
    'first_load_not_empty',
    'what is left is no first load any more',
  )
  const { id: importId } = await startImport(registry, as('secretariat'), file)
  const view = await runImport(registry, as('secretariat'), { importId, path: file.path })
  t.match(view, { status: 'finished', refused: 0, newVersions: 0 })
  t.ok(view.unchanged > 0)
  t.equal(view.unchanged + view.accepted, 40_000)
})
