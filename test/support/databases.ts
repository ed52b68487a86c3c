import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startCluster } from '../../src/embedded/cluster.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { testDatabaseUrl } from './environment.ts'

/** A PostgreSQL for a test file: the one of TEST_DATABASE_URL, or an embedded one of its own. */
export type TestServer = {
  /** A migrated, empty database of its own; connect as the service's role. */
  newDatabase(): Promise<{ serviceUrl: string; ownerUrl: string }>
  stop(): Promise<void>
}

export async function startTestServer(now: Date): Promise<TestServer> {
  const origin = testDatabaseUrl === undefined ? await embeddedOrigin() : givenOrigin(testDatabaseUrl)
  const admin = postgres(origin.urlFor(null, null), { max: 1, onnotice: () => {} })
  const mark = randomBytes(5).toString('hex')
  const names = { owner: `owner_${mark}`, service: `service_${mark}`, template: `template_${mark}` }
  await admin.unsafe(`create role ${names.owner} login password 'owner'`)
  await admin.unsafe(`create role ${names.service} login password 'service'`)
  await admin.unsafe(`create database ${names.template} owner ${names.owner}`)
  await migrateDatabase(origin.urlFor(`${names.owner}:owner`, names.template), names.service, now)
  const made = [names.template]

  return {
    async newDatabase() {
      const name = `registry_${mark}_${made.length}`
      await admin.unsafe(`create database ${name} template ${names.template} owner ${names.owner}`)
      made.push(name)
      return {
        serviceUrl: origin.urlFor(`${names.service}:service`, name),
        ownerUrl: origin.urlFor(`${names.owner}:owner`, name),
      }
    },
    async stop() {
      for (const name of made) await admin.unsafe(`drop database if exists ${name} with (force)`)
      await admin.unsafe(`drop role ${names.owner}`)
      await admin.unsafe(`drop role ${names.service}`)
      await admin.end({ timeout: 5 })
      await origin.stop()
    },
  }
}

type Origin = { urlFor(login: string | null, database: string | null): string; stop(): Promise<void> }

function givenOrigin(url: string): Origin {
  return {
    urlFor(login, database) {
      const given = new URL(url)
      const [user, password] = login?.split(':') ?? []
      if (user !== undefined) given.username = user
      if (password !== undefined) given.password = password
      if (database !== null) given.pathname = `/${database}`
      return given.href
    },
    stop: async () => {},
  }
}

async function embeddedOrigin(): Promise<Origin> {
  const dataDir = await mkdtemp(join(tmpdir(), 'registry-test-'))
  // Run by root, the server is somebody else, who must be let through.
  await chmod(dataDir, 0o711)
  const cluster = await startCluster({
    dataDir: join(dataDir, 'postgres'),
    settings: { fsync: 'off', full_page_writes: 'off' },
  })
  return {
    urlFor: (login, database) => cluster.urlFor(login?.split(':')[0] ?? 'alliance_superuser', database ?? 'postgres'),
    async stop() {
      await cluster.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
