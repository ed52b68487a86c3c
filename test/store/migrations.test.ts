import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import t from 'tap'
import { packageRoot } from '../../src/package-root.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { migrationLock } from '../../src/store/migration-lock.ts'
import { startTestServer } from '../support/databases.ts'

const now = new Date('2026-11-20T02:00:00Z')
const server = await startTestServer()
t.teardown(() => server.stop())

/** What takes something away from the code that still runs beside the migration. */
const contractions: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['removes a table', /\bdrop\s+table\b/i],
  ['removes a column', /\bdrop\s+column\b/i],
  ['renames', /\brename\s+(to|column|constraint)\b|\brename\s+"?\w+"?\s+to\b/i],
  ['makes a column required', /\bset\s+not\s+null\b/i],
  ['takes a default away', /\bdrop\s+default\b/i],
  ['changes the type of a column', /\balter\s+(column\s+)?"?\w+"?\s+(set\s+data\s+)?type\b/i],
  [
    'adds a required column without a default',
    /\badd\s+column\s+(?:(?!default|generated|;)[\s\S])*?\bnot\s+null\b(?![^;]*\b(default|generated)\b)/i,
  ],
  ['removes an index', /\bdrop\s+index\b/i],
  ['removes a schema or a type', /\bdrop\s+(schema|type)\b/i],
]

function contractionsIn(sql: string): string[] {
  const statements = sql.replace(/--.*$/gm, '').split(';')
  return contractions
    .filter(([, pattern]) => statements.some((statement) => pattern.test(statement)))
    .map(([what]) => what)
}

t.test('a migration takes nothing away from the code beside it, unless its name says contract', async (t) => {
  const folder = join(packageRoot, 'drizzle')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'))
  t.ok(names.length > 2, 'there are migrations')
  for (const name of names.filter((name) => !/^\d{4}_contract-/.test(name)))
    t.same(contractionsIn(await readFile(join(folder, name), 'utf8')), [], name)
})

t.test('what is refused, and what is not', (t) => {
  const cases: [sql: string, found: string[]][] = [
    ['DROP TABLE "a";', ['removes a table']],
    ['ALTER TABLE "a" DROP COLUMN "b";', ['removes a column']],
    ['ALTER TABLE "a" RENAME COLUMN "b" TO "c";', ['renames']],
    ['ALTER TABLE "a" RENAME TO "c";', ['renames']],
    ['alter table a rename b to c', ['renames']],
    ['ALTER TABLE "a" ALTER COLUMN "b" SET NOT NULL;', ['makes a column required']],
    ['ALTER TABLE "a" ALTER COLUMN "b" DROP DEFAULT;', ['takes a default away']],
    ['ALTER TABLE "a" ALTER COLUMN "b" SET DATA TYPE uuid;', ['changes the type of a column']],
    ['ALTER TABLE a ALTER b TYPE uuid', ['changes the type of a column']],
    ['ALTER TABLE "a" ADD COLUMN "b" text NOT NULL;', ['adds a required column without a default']],
    ['ALTER TABLE "a" ADD COLUMN "b" text DEFAULT \'x\' NOT NULL;', []],
    ['ALTER TABLE "a" ADD COLUMN "b" text NOT NULL DEFAULT \'x\';', []],
    ['ALTER TABLE "a" ADD COLUMN "b" bigint GENERATED ALWAYS AS IDENTITY NOT NULL;', []],
    ['ALTER TABLE "a" ADD COLUMN "b" text;\nCREATE TABLE "c" ("d" text NOT NULL);', []],
    ['CREATE TABLE "a" ("type" text NOT NULL);', []],
    ['ALTER TABLE "a" DROP CONSTRAINT "a_role";', []],
    ['DROP INDEX "a_by_b";', ['removes an index']],
    ['drop index concurrently a_by_b', ['removes an index']],
    ['-- DROP TABLE a', []],
  ]
  for (const [sql, found] of cases) t.same(contractionsIn(sql), found, sql)
  t.end()
})

const patience = { turnMs: 300, statementMs: 100, attempts: 3, pauseMs: 50 }

t.test('a process that waits for another one’s migration says so, and gives up in the end', async (t) => {
  const { ownerUrl } = await server.newDatabase()
  const other = postgres(ownerUrl, { max: 1, onnotice: () => {} })
  await other`select pg_advisory_lock(${migrationLock})`
  const told: string[] = []
  await t.rejects(
    migrateDatabase(ownerUrl, null, now, (message) => told.push(message), patience),
    /the migration of another process does not come to its end/,
  )
  t.match(told, [/another process migrates or restores; waiting/], 'once')
  const waiting = migrateDatabase(
    ownerUrl,
    null,
    now,
    () => void other`select pg_advisory_unlock(${migrationLock})`.execute(),
  )
  await t.resolves(waiting, 'and goes on when it is done')
  await other.end()
})

t.test('a migration never makes others queue behind a long transaction: it lets go, and tries again', async (t) => {
  const { ownerUrl } = await server.newDatabase()
  const long = postgres(ownerUrl, { max: 1, onnotice: () => {} })
  const told: string[] = []
  await long.begin(async (tx) => {
    await tx`lock table deadline_rules in access exclusive mode`
    await t.rejects(
      migrateDatabase(ownerUrl, null, now, (message) => told.push(message), patience),
      /a long transaction holds a table/,
    )
    t.equal(told.length, 2, 'it was tried three times')
  })
  await t.resolves(migrateDatabase(ownerUrl, null, now, undefined, patience))
  await long.end()
})
