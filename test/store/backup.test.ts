import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import postgres from 'postgres'
import t from 'tap'
import { restoreBackup } from '../../src/store/backup/restore-backup.ts'
import { takeBackup } from '../../src/store/backup/take-backup.ts'
import { isSameTally, newTally } from '../../src/store/backup/tally.ts'
import { openDatabase } from '../../src/store/database.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { bodyOf, posted, transferred } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { act, correct, end } from '../support/results.ts'
import { newRegistry, type TestRegistry } from '../support/services.ts'

const now = new Date('2026-11-20T02:00:00Z')
const source = await startTestServer()
const folder = await mkdtemp(join(tmpdir(), 'registry-backup-'))
t.teardown(async () => {
  await source.stop()
  await rm(folder, { recursive: true, force: true })
})
const silently = () => {}
const scripts = join(import.meta.dirname, '../../scripts')

/** Every row of every table as text, and where each sequence stands. */
async function contentOf(url: string): Promise<Record<string, string[]>> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connection: { TimeZone: 'UTC' } })
  try {
    const content: Record<string, string[]> = {}
    const tables = await sql<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
    for (const { name } of tables) {
      const rows = await sql<{ row: string }[]>`select t::text as row from ${sql(name)} t order by t::text collate "C"`
      content[name] = rows.map(({ row }) => row)
    }
    const migrations = await sql`select hash, created_at from drizzle.__drizzle_migrations order by created_at`
    content.migrations = migrations.map((row) => JSON.stringify(row))
    return content
  } finally {
    await sql.end()
  }
}

/** A registry with something in most of its tables, certificates that refer to one another among it. */
async function filled(): Promise<TestRegistry> {
  const test = await newRegistry(source)
  const first = await posted(test, bodyOf('first'))
  await correct(test, first.result.id, { decidedOn: '2026-11-17' })
  const second = await posted(test, bodyOf('second'))
  const certificateId = String(second.result.certificateId)
  await act(test, certificateId, {
    action: 'suspend',
    on: '2026-11-19',
    reasonCode: 'holder_request',
    untilOn: '2026-12-19',
  })
  const third = await posted(test, bodyOf('third'))
  await transferred(test, String(third.result.certificateId), 'b', 'SL-moved')
  await end(test, { certificateNumber: 'SL-ended' })
  const owner = postgres(test.urls.ownerUrl, { max: 1, onnotice: () => {} })
  // What COPY must escape, and a wide row.
  await owner`insert into import_mappings (name, mapping, recorded_at, recorded_by)
              values ('示例\t"quoted"\\n', ${owner.json({ text: 'line\nline\\.\r\u{1F600}', long: '长'.repeat(100_000) })}, now(), 'test')`
  await owner.end()
  return test
}

/** A new database without tables beside the others of the test server. */
async function emptied(): Promise<{ serviceUrl: string; ownerUrl: string }> {
  const urls = await source.newDatabase()
  const owner = postgres(urls.ownerUrl, { max: 1, onnotice: () => {} })
  await owner`drop schema drizzle cascade`
  const tables = await owner<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
  for (const { name } of tables) await owner`drop table ${owner(name)} cascade`
  await owner`drop function if exists events_only_grow`
  const functions = await owner<{ name: string }[]>`
    select oid::regprocedure::text as name from pg_proc where pronamespace = 'public'::regnamespace`
  for (const { name } of functions) await owner.unsafe(`drop function ${name} cascade`)
  await owner.end()
  return urls
}

const roleOf = (url: string) => decodeURIComponent(new URL(url).username)

async function backedUp(name: string) {
  const test = await filled()
  const file = join(folder, name)
  const manifest = await takeBackup(test.urls.ownerUrl, file, now, silently)
  return { test, file, manifest }
}

t.test('what was backed up is there again, row by row, and the service works on it', async (t) => {
  const { test, file, manifest } = await backedUp('whole')
  t.equal((await stat(file)).mode & 0o777, 0o600, 'the file is for its owner alone')
  t.ok(manifest.tables.filter(({ rows }) => rows > 0).length >= 12, 'most tables have rows')
  const before = await contentOf(test.urls.ownerUrl)
  const target = await emptied()
  t.match(await restoreBackup(target.ownerUrl, file, silently), { takenAt: now.toISOString() })
  await migrateDatabase(target.ownerUrl, roleOf(target.serviceUrl), now)
  t.strictSame(await contentOf(target.ownerUrl), before)

  const owner = postgres(target.ownerUrl, { max: 1, onnotice: () => {} })
  await t.rejects(owner`update events set action = 'x'`, /append-only/, 'the event log only grows')
  await t.rejects(owner`truncate events`, /append-only/)
  const states = (sql: postgres.Sql) =>
    sql`select conrelid::regclass::text as table, conname, pg_get_constraintdef(oid) as rule, convalidated
        from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`
  const original = postgres(test.urls.ownerUrl, { max: 1, onnotice: () => {} })
  t.same([...(await states(owner))], [...(await states(original))], 'with every rule that the tables had')
  await original.end()
  await owner.end()

  const database = openDatabase(target.serviceUrl, { poolSize: 4 })
  const registry = { db: database.db, lists: database.db, clock: test.clock, rulebooks: rulebookShelf() }
  const answer = await posted({ ...test, registry }, bodyOf('after'))
  t.equal(answer.obligations.length, 3, 'ids and the event log go on where they were')
  await database.close()
  await test.close()
})

t.test('a database that was only migrated takes a backup too', async (t) => {
  const { test, file } = await backedUp('migrated')
  const target = await source.newDatabase()
  await restoreBackup(target.ownerUrl, file, silently)
  t.strictSame(await contentOf(target.ownerUrl), await contentOf(test.urls.ownerUrl))
  await test.close()
})

t.test('a backup goes from any server to an embedded one and back', async (t) => {
  const { test, file } = await backedUp('travels')
  const dataDir = join(folder, 'embedded')
  const settings = { PATH: process.env.PATH, DATA_DIR: dataDir }
  const restored = await run('restore', [file], settings)
  t.match(restored, { code: 0, words: /已恢复 .* restored the backup of 2026-11-20/ })
  const back = join(folder, 'back')
  t.match(await run('backup', [back], settings), { code: 0, words: /tables, \d+ rows/ })
  const target = await emptied()
  await restoreBackup(target.ownerUrl, back, silently)
  t.strictSame(await contentOf(target.ownerUrl), await contentOf(test.urls.ownerUrl))
  t.match(await run('restore', [file], settings), { code: 1, words: /目标数据库不是空的.*not empty/ })
  t.match(await run('restore', [file, '--check'], { PATH: process.env.PATH }), {
    code: 0,
    words: /2026-11-20T02:00:00/,
  })
  await test.close()
})

/** A command as the operator gives it. */
async function run(name: 'backup' | 'restore', args: string[], env: NodeJS.ProcessEnv) {
  const child = launch(name, args, env)
  let words = ''
  child.stdout?.on('data', (chunk) => (words += chunk))
  child.stderr?.on('data', (chunk) => (words += chunk))
  const [code] = await once(child, 'close')
  return { code: code as number, words }
}

function launch(name: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [join(scripts, `${name}.js`), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

t.test('a backup is of one moment, whoever writes meanwhile', async (t) => {
  const test = await filled()
  let isDone = false
  const writing = (async () => {
    for (let count = 0; !isDone; count += 1) await posted(test, bodyOf(`meanwhile-${count}`))
  })()
  const file = join(folder, 'moment')
  await takeBackup(test.urls.ownerUrl, file, now, silently)
  isDone = true
  await writing
  const target = await emptied()
  await restoreBackup(target.ownerUrl, file, silently)
  const owner = postgres(target.ownerUrl, { max: 1, onnotice: () => {} })
  const [halves] = await owner`
    select (select count(*)::int from results r left join certificates c on c.id = r.certificate_id
            where r.certificate_id is not null and c.id is null) as certificates,
           (select count(*)::int from results r where r.supersedes_id is null
            and not exists (select from events e where e.entity_id = r.id::text)) as entries`
  t.same(halves, { certificates: 0, entries: 0 })
  await owner.end()
  await test.close()
})

t.test('a file that is not whole is refused, and nothing is written', async (t) => {
  const { test, file } = await backedUp('damaged')
  const bytes = await readFile(file)
  const target = await emptied()
  const damaged = join(folder, 'damaged-copy')
  const refusal = async (content: Uint8Array) => {
    await writeFile(damaged, content)
    return restoreBackup(target.ownerUrl, damaged, silently).then(
      () => 'restored',
      (error: Error) => error.name,
    )
  }
  for (const length of [0, 1, 20, bytes.length >> 1, bytes.length - 9, bytes.length - 1])
    t.equal(await refusal(bytes.subarray(0, length)), 'BackupUnusable', `cut off after ${length} bytes`)
  const whole = gunzipSync(bytes)
  const saysTheSame = (content: Uint8Array) => {
    try {
      return gunzipSync(content).equals(whole)
    } catch {
      return false
    }
  }
  // Behind the head of gzip, of which some bytes mean nothing; so do the last bits before its end.
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 10, max: bytes.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, flip) => {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ flip
        fc.pre(!saysTheSame(changed))
        return (await refusal(changed)) === 'BackupUnusable'
      },
    ),
    { numRuns: 60 },
  )
  const text = whole.toString('latin1')
  const edited = (from: string, to: string) => gzipSync(Buffer.from(text.replace(from, to), 'latin1'))
  t.equal(await refusal(edited('SL-first', 'SL-worst')), 'BackupUnusable', 'a row that was edited')
  t.equal(await refusal(edited('"format":1', '"format":2')), 'BackupUnusable', 'another format')
  t.equal(await refusal(Buffer.from('certificates.csv')), 'BackupUnusable', 'another file')
  t.equal(
    await refusal(edited(/\{"hash":"[0-9a-f]+/.exec(text)?.[0] ?? '', '{"hash":"0')),
    'TargetUnusable',
    'of another version',
  )
  t.same(Object.keys(await contentOf(target.ownerUrl).catch(() => ({}))), [], 'there is not even a table')
  await test.close()
})

t.test('a database with something in it is left alone, and so is a file that is there', async (t) => {
  const { test, file } = await backedUp('occupied')
  const other = await newRegistry(source)
  const before = await contentOf(other.urls.ownerUrl)
  await t.rejects(restoreBackup(other.urls.ownerUrl, file, silently), { name: 'TargetUnusable', message: /not empty/ })
  t.strictSame(await contentOf(other.urls.ownerUrl), before)
  await t.rejects(takeBackup(test.urls.ownerUrl, file, now, silently), /exists and is not overwritten/)
  await t.rejects(takeBackup((await emptied()).ownerUrl, join(folder, 'none'), now, silently), /never migrated/)
  t.same(
    (await readdir(folder)).filter((name) => /none|\.part$/.test(name)),
    [],
    'nothing is left behind',
  )
  await test.close()
  await other.close()
})

t.test('rows that the database refuses end the restore, and nothing is kept', { timeout: 30_000 }, async (t) => {
  const { test, file } = await backedUp('refused')
  const text = gunzipSync(await readFile(file)).toString('latin1')
  for (const [what, from, to] of [
    ['a value that is none', '2026-11-17', '2026-99-17'],
    ['a value against a rule', '\tadmitted\t', '\tadmitteX\t'],
  ] as const) {
    const changed = join(folder, `refused-${from.trim()}`)
    await writeFile(changed, retallied(text.replaceAll(from, to)))
    const target = await emptied()
    await t.rejects(restoreBackup(target.ownerUrl, changed, silently), { code: /^2[23]/ }, what)
    t.same(Object.keys(await contentOf(target.ownerUrl).catch(() => ({}))), [], 'nothing is there')
  }
  await test.close()
})

/** An archive whose manifest fits its rows, whatever they are. */
function retallied(text: string): Buffer {
  const lines: string[] = []
  const tables: { name: string; rows: number; sha256Sum: string }[] = []
  let rest = Buffer.from(text, 'latin1')
  while (rest.length > 0) {
    const end = rest.indexOf(10) + 1
    const part = JSON.parse(rest.subarray(0, end).toString('utf8'))
    rest = rest.subarray(end)
    if (part.kind === 'table') tables.push({ name: part.name, ...newTally().result() })
    if (part.kind === 'manifest') part.tables = tables
    lines.push(`${JSON.stringify(part)}\n`)
    if (part.kind !== 'rows') continue
    const tally = newTally()
    tally.add(rest.subarray(0, part.bytes))
    Object.assign(tables.at(-1) ?? {}, tally.result())
    lines.push(rest.subarray(0, part.bytes).toString('utf8'))
    rest = rest.subarray(part.bytes)
  }
  return gzipSync(Buffer.from(lines.join('')))
}

t.test('a restore that is killed leaves no half database', async (t) => {
  const { test, file } = await backedUp('killed')
  const target = await emptied()
  const watch = postgres(target.ownerUrl, { max: 1, onnotice: () => {} })
  const env = { PATH: process.env.PATH, DATABASE_URL: target.serviceUrl, DATABASE_OWNER_URL: target.ownerUrl }
  const child = launch('restore', [file], env)
  let words = ''
  child.stderr?.on('data', (chunk) => (words += chunk))
  child.stderr?.on('data', () => /events: /.test(words) && child.kill('SIGKILL'))
  const [, signal] = await once(child, 'close')
  t.equal(signal, 'SIGKILL', 'in the middle of its tables')
  for (let isLeft = true; isLeft; ) {
    const [row] = await watch`
      select exists (select from pg_stat_activity where application_name = 'alliance-registry restore'
                     and datname = current_database()) as left`
    isLeft = row?.left === true
  }
  const [tables] = await watch`select count(*)::int as count from pg_tables where schemaname in ('public', 'drizzle')`
  t.equal(tables?.count, 0)
  t.match(await run('restore', [file], env), { code: 0 }, 'and another try succeeds')
  t.strictSame(await contentOf(target.ownerUrl), await contentOf(test.urls.ownerUrl))
  await watch.end()
  await test.close()
})

t.test('the order of rows plays no part in the sum, and every row does', (t) => {
  const lines = fc.array(
    fc.string().map((text) => text.replaceAll('\n', ' ')),
    { minLength: 1, maxLength: 20 },
  )
  const sumOf = (rows: readonly string[], cut: number) => {
    const tally = newTally()
    const bytes = Buffer.from(rows.map((row) => `${row}\n`).join(''))
    tally.add(bytes.subarray(0, cut % bytes.length))
    tally.add(bytes.subarray(cut % bytes.length))
    return tally.result()
  }
  fc.assert(
    fc.property(lines, fc.nat(), fc.nat(), (rows, cut, other) => {
      const sum = sumOf(rows, cut)
      return (
        isSameTally(sumOf([...rows].reverse(), other), sum) &&
        sum.rows === rows.length &&
        !isSameTally(sumOf([...rows, 'one more'], cut), sum) &&
        sumOf([`${rows[0]}x`, ...rows.slice(1)], cut).sha256Sum !== sum.sha256Sum
      )
    }),
    { numRuns: 50 },
  )
  t.end()
})
