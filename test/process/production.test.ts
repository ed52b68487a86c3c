import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import t from 'tap'
import { systemClock } from '../../src/clock.ts'
import { makeSigningKeys } from '../../src/signing-keys.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { startTestServer } from '../support/databases.ts'
import { testDatabaseUrl } from '../support/environment.ts'
import { processesIn } from '../support/processes.ts'

/** What the process asks of its settings and its database before it starts. */
const folder = await realpath(await mkdtemp(join(tmpdir(), 'registry-production-')))
// PostgreSQL's own account passes through it.
await chmod(folder, 0o755)
const keysFile = join(folder, 'keys.json')
await makeSigningKeys(keysFile, systemClock.now())
const server = await startTestServer()
const { start, refusedStart, stop, killAll } = processesIn(folder, { SIGNING_KEYS_FILE: keysFile })
t.teardown(async () => {
  killAll()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A superuser of the same server. */
function superuserUrl(serviceUrl: string): string {
  const url = new URL(testDatabaseUrl ?? serviceUrl)
  if (testDatabaseUrl === undefined) url.username = 'alliance_superuser'
  url.pathname = new URL(serviceUrl).pathname
  return url.href
}

t.test('production does not start on what is not fit for it, and says why', async (t) => {
  const { serviceUrl, ownerUrl } = await server.newDatabase()
  const production = { NODE_ENV: 'production', DATABASE_URL: serviceUrl }
  const cases: [name: string, settings: Record<string, string>, words: RegExp][] = [
    ['without a database', { DATABASE_URL: '' }, /DATABASE_URL/],
    ['without keys', { SIGNING_KEYS_FILE: '' }, /SIGNING_KEYS_FILE/],
    ['with keys that are not there', { SIGNING_KEYS_FILE: join(folder, 'none.json') }, /none\.json/],
    ['as the owner', { DATABASE_URL: ownerUrl }, /owns (the )?tables/],
    ['as a superuser', { DATABASE_URL: superuserUrl(serviceUrl) }, /is a superuser/],
    ['with a port that is none', { PORT: 'http' }, /PORT/],
    ['with a database that is not there', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/registry' }, /ECONNREFUSED/],
  ]
  for (const [name, settings, reason] of cases) {
    const { code, words } = await refusedStart({ ...production, ...settings })
    t.equal(code, 1, name)
    t.match(words, reason, name)
    t.notMatch(words, /\bat .*\.js:\d+/, `${name}: no stack`)
    t.notMatch(words, /:service@|:owner@/, `${name}: no password`)
  }
  t.match(
    (await refusedStart({ ...production, DATABASE_URL: '', SIGNING_KEYS_FILE: '' })).words,
    /DATABASE_URL, SIGNING_KEYS_FILE/,
    'both at once',
  )
})

t.test('production starts with the role of the service, once the database is migrated', async (t) => {
  const { serviceUrl, ownerUrl } = await server.newDatabase()
  const production = { NODE_ENV: 'production', DATABASE_URL: serviceUrl }
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} })
  await owner`drop schema drizzle cascade`
  await owner`drop schema public cascade`
  await owner`create schema public`
  const { code, words } = await refusedStart(production)
  t.equal(code, 1)
  t.match(words, /migrations are pending: run npm run migrate first/)
  await migrateDatabase(ownerUrl, decodeURIComponent(new URL(serviceUrl).username), systemClock.now())
  const service = await start(production)
  t.equal((await fetch(`${service.address}/health/ready`)).status, 200)
  t.notMatch(service.output(), /"level":40/, 'without a warning')
  await owner`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)`
  t.equal((await fetch(`${service.address}/health/ready`)).status, 503, 'a service that is behind says so')
  t.equal(await stop(service), 0)
  t.match(await refusedStart(production), { code: 1, words: /1 migrations are pending/ })
  await owner.end()
})

t.test('development says so, but starts, as the owner of the tables', async (t) => {
  const { ownerUrl } = await server.newDatabase()
  const service = await start({ NODE_ENV: 'development', DATABASE_URL: ownerUrl })
  t.match(service.output(), /the database role has too many rights: it owns/)
  t.equal(await stop(service), 0)
})
