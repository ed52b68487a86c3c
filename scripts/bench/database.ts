import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { systemClock } from '../../src/clock.ts'
import type { PlainDate } from '../../src/domain/plain-date.ts'
import { startCluster } from '../../src/embedded/cluster.ts'
import { packageRoot } from '../../src/package-root.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { prepareServer } from '../../src/store/prepare-server.ts'
import { fillRegistry, type Size } from './fill.ts'

/** A filled registry: the service connects as the service's role, as in production. */
export type FilledDatabase = { readonly name: string; readonly serviceUrl: string; readonly superuserUrl: string }

/** Where the databases of the bench are made: a given server, by a superuser's URL, or the embedded one. */
export type BenchServer = { urlFor(user: string | null, database: string): string; stop(): Promise<void> }

const roles = { owner: 'registry_bench_owner', service: 'registry_bench_service' }

export async function openServer(url: string | undefined, dataDir: string): Promise<BenchServer> {
  if (url !== undefined) return { urlFor: (user, database) => urlOn(url, user, database), stop: async () => {} }
  const settings = { max_wal_size: '8GB', shared_buffers: '256MB' }
  const cluster = await startCluster({ dataDir: join(dataDir, 'postgres'), settings })
  return { urlFor: (user, database) => cluster.urlFor(user ?? 'alliance_superuser', database), stop: cluster.stop }
}

function urlOn(url: string, user: string | null, database: string): string {
  const made = new URL(url)
  if (user !== null) {
    made.username = user
    made.password = user
  }
  made.pathname = `/${database}`
  return made.href
}

/** The registry of that size: the one filled before, if its tables are those of today, or a new one. */
export async function filledDatabase(
  server: BenchServer,
  size: Size,
  today: PlainDate,
  tell: (line: string) => void,
): Promise<FilledDatabase> {
  const stem = `registry_bench_${size.certificates}_${size.members}`
  const database = `${stem}_${await hashOfSchema()}`
  const superuserUrl = server.urlFor(null, database)
  const admin = postgres(server.urlFor(null, 'postgres'), { max: 1, onnotice: () => {} })
  try {
    const [known] = await admin`
      select shobj_description(oid, 'pg_database') = 'filled' as whole from pg_database where datname = ${database}`
    if (known?.whole !== true) {
      await dropDatabases(admin, stem)
      await prepareServer(server.urlFor(null, 'postgres'), { ...roles, database })
      for (const role of Object.values(roles)) await admin.unsafe(`alter role ${role} password '${role}'`)
      await migrateDatabase(server.urlFor(roles.owner, database), roles.service, systemClock.now())
      await fill(superuserUrl, size, today, tell)
      await admin.unsafe(`comment on database ${database} is 'filled'`)
    }
  } finally {
    await admin.end({ timeout: 5 })
  }
  return { name: database, serviceUrl: server.urlFor(roles.service, database), superuserUrl }
}

/** Works on a copy that may be written into, and drops it. Nobody may be connected to the original meanwhile. */
export async function onCopy<T>(
  server: BenchServer,
  { name }: FilledDatabase,
  work: (copy: FilledDatabase) => Promise<T>,
): Promise<T> {
  const copy = `${name}_copy`
  const admin = postgres(server.urlFor(null, 'postgres'), { max: 1, onnotice: () => {} })
  try {
    await admin.unsafe(`drop database if exists ${copy} with (force)`)
    await admin.unsafe(`create database ${copy} template ${name}`)
    const [serviceUrl, superuserUrl] = [server.urlFor(roles.service, copy), server.urlFor(null, copy)]
    return await work({ name: copy, serviceUrl, superuserUrl })
  } finally {
    await admin.unsafe(`drop database if exists ${copy} with (force)`)
    await admin.end({ timeout: 5 })
  }
}

async function dropDatabases(admin: postgres.Sql, stem: string): Promise<void> {
  const rows = await admin<{ name: string }[]>`
    select datname as name from pg_database where starts_with(datname, ${`${stem}_`})`
  for (const { name } of rows) await admin.unsafe(`drop database ${name} with (force)`)
}

async function fill(url: string, size: Size, today: PlainDate, tell: (line: string) => void): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await fillRegistry(sql, size, today, tell)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Of the migrations and of what fills them: a database that either would make otherwise is filled anew. */
async function hashOfSchema(): Promise<string> {
  const folder = join(packageRoot, 'drizzle')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const files = [...names.map((name) => join(folder, name)), join(packageRoot, 'scripts/bench/fill.ts')]
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 8)
}
