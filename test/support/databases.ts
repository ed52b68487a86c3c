import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startCluster } from '../../src/embedded/cluster.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { sharedServer, testDatabaseUrl } from './environment.ts'

/** A PostgreSQL for a test file: that of the run, or where a file runs alone, one made for it. */
export type TestServer = {
  /** A migrated, empty database of its own; connect as the service's role. */
  newDatabase(): Promise<{ serviceUrl: string; ownerUrl: string }>
  stop(): Promise<void>
}

/** Where test databases are made: roles, and a migrated database to copy. In the environment, from the run to its files. */
export type Workshop = {
  readonly adminUrl: string
  readonly owner: string
  readonly service: string
  readonly template: string
}

export async function startTestServer(): Promise<TestServer> {
  const shared = sharedServer === undefined ? await openWorkshop() : null
  const workshop = shared?.workshop ?? (JSON.parse(sharedServer ?? '') as Workshop)
  const { adminUrl, owner, service, template } = workshop
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} })
  const mark = randomBytes(5).toString('hex')
  const made: string[] = []
  return {
    async newDatabase() {
      const name = `registry_${mark}_${made.length}`
      await admin.unsafe(`create database ${name} template ${template} owner ${owner}`)
      made.push(name)
      return {
        serviceUrl: urlOf(adminUrl, `${service}:service`, name),
        ownerUrl: urlOf(adminUrl, `${owner}:owner`, name),
      }
    },
    async stop() {
      // At the end, all of them: each drop waits for a checkpoint, and one after the other finds nothing left to write.
      for (const name of made) await admin.unsafe(`drop database if exists ${name} with (force)`)
      await admin.end({ timeout: 5 })
      await shared?.close()
    },
  }
}

/** Makes roles and template, on the PostgreSQL of TEST_DATABASE_URL or an embedded one. */
export async function openWorkshop(): Promise<{ workshop: Workshop; close(): Promise<void> }> {
  const origin = testDatabaseUrl === undefined ? await embeddedOrigin() : { url: testDatabaseUrl, stop: async () => {} }
  const admin = postgres(origin.url, { max: 1, onnotice: () => {} })
  const mark = randomBytes(5).toString('hex')
  const [owner, service, template] = [`owner_${mark}`, `service_${mark}`, `template_${mark}`] as const
  await admin.unsafe(`create role ${owner} login password 'owner'`)
  await admin.unsafe(`create role ${service} login password 'service'`)
  // No server is killed here but those that a test starts for it; the wait for the disk would only be waiting.
  for (const role of [owner, service]) await admin.unsafe(`alter role ${role} set synchronous_commit = off`)
  await admin.unsafe(`create database ${template} owner ${owner}`)
  await migrateDatabase(urlOf(origin.url, `${owner}:owner`, template), service, new Date(templateMadeAt))
  return {
    workshop: { adminUrl: origin.url, owner, service, template },
    async close() {
      try {
        // The template, and what a file that was killed has left.
        const left =
          await admin`select datname from pg_database where datdba = (select oid from pg_roles where rolname = ${owner})`
        for (const { datname } of left) await admin.unsafe(`drop database if exists ${datname} with (force)`)
        await admin.unsafe(`drop role ${owner}`)
        await admin.unsafe(`drop role ${service}`)
      } finally {
        await admin.end({ timeout: 5 })
        await origin.stop()
      }
    },
  }
}

/** When the rules that come with the product are recorded: before anything that a test does. */
const templateMadeAt = '2026-01-01T00:00:00Z'

function urlOf(adminUrl: string, login: string, database: string): string {
  const url = new URL(adminUrl)
  const [user = '', password = ''] = login.split(':')
  url.username = user
  url.password = password
  url.pathname = `/${database}`
  return url.href
}

async function embeddedOrigin(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'registry-test-'))
  // Run by root, the server is somebody else, who must be let through.
  await chmod(dataDir, 0o711)
  const cluster = await startCluster({
    dataDir: join(dataDir, 'postgres'),
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '300' },
  })
  return {
    url: cluster.urlFor('alliance_superuser', 'postgres'),
    async stop() {
      await cluster.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
