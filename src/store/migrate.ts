import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { builtInDeadlineRules } from '../domain/deadline-rule.ts'
import { builtInCalendarYears } from '../domain/official-days.ts'
import { plainDate } from '../domain/plain-date.ts'
import { packageRoot } from '../package-root.ts'
import type { Db } from './database.ts'
import { rebuildIndexes } from './first-load.ts'
import { migrationLock } from './migration-lock.ts'
import { seedRulebook } from './rulebook.ts'
import { insertScheme, insertSchemeVersion } from './schemes.ts'

const folder = join(packageRoot, 'drizzle')

/**
 * Brings a database up to date: the tables, the calendar and rules that come with the product, and what the service's
 * own role may do; and the indexes that a first load left behind. One process at a time; a second one waits, then finds nothing to do.
 * @param serviceRole the role of the running service; null where it is the owner itself (development).
 */
export async function migrateDatabase(ownerUrl: string, serviceRole: string | null, now: Date): Promise<void> {
  const client = postgres(ownerUrl, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'alliance-registry migrate' },
  })
  try {
    const db = drizzle({ client })
    await db.execute(sql`select pg_advisory_lock(${migrationLock})`)
    await migrate(db, { migrationsFolder: folder })
    await rebuildIndexes(db)
    await db.transaction((tx) => seed(tx, now))
    if (serviceRole !== null) await db.transaction((tx) => grantService(tx, serviceRole))
  } finally {
    await client.end({ timeout: 5 })
  }
}

async function seed(tx: Db, now: Date): Promise<void> {
  await seedRulebook(tx, builtInCalendarYears, builtInDeadlineRules, now)
  const isNew = await insertScheme(tx, {
    code: 'jiangsu-premium',
    nameZh: '江苏精品',
    nameEn: 'Jiangsu Premium',
    recordedAt: now,
  })
  if (!isNew) return
  await insertSchemeVersion(tx, {
    schemeCode: 'jiangsu-premium',
    version: 1,
    effectiveOn: plainDate('2020-01-01'),
    validityMonths: 36,
    requiredFields: ['enterprise.cityCode'],
    recordedAt: now,
    recordedBy: 'system',
  })
}

/** The service reads and writes rows, and no more: it alters no table and never rewrites the event log. */
async function grantService(tx: Db, role: string): Promise<void> {
  const [known] = await tx.execute(sql`select 1 from pg_roles where rolname = ${role}`)
  if (!known)
    throw new Error(
      `数据库角色 ${role} 不存在，请先创建 / the role ${role} does not exist; create it first (CREATE ROLE … LOGIN)`,
    )
  const name = sql.identifier(role)
  await tx.execute(sql`grant usage on schema public, drizzle to ${name}`)
  await tx.execute(sql`grant select on all tables in schema drizzle to ${name}`)
  await tx.execute(sql`grant select, insert, update, delete on all tables in schema public to ${name}`)
  await tx.execute(sql`grant usage on all sequences in schema public to ${name}`)
  await tx.execute(sql`revoke update, delete, truncate on events from ${name}`)
}

/** How many migrations the code knows, and how many the database has had. */
export async function migrationsPending(db: Db): Promise<number> {
  const journal = JSON.parse(await readFile(join(folder, 'meta/_journal.json'), 'utf8')) as { entries: unknown[] }
  const [table] = await db.execute<{ there: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as there`,
  )
  if (!table?.there) return journal.entries.length
  const [row] = await db.execute<{ applied: number }>(
    sql`select count(*)::int as applied from drizzle.__drizzle_migrations`,
  )
  return journal.entries.length - (row?.applied ?? 0)
}

/** What the connected role may do that the service must not: empty for a role that is fit for production. */
export async function excessPrivileges(db: Db): Promise<string[]> {
  const [row] = await db.execute<Record<string, boolean>>(sql`
    select r.rolsuper as "is a superuser",
           r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls as "may do what only an administrator should",
           exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                   where n.nspname in ('public', 'drizzle') and c.relkind in ('r', 'p', 'S')
                     and pg_has_role(current_user, c.relowner, 'member')) as "owns tables",
           exists (select from pg_roles g where g.rolname like 'pg\\_%' and g.rolname <> 'pg_database_owner'
                     and pg_has_role(current_user, g.oid, 'member')) as "is in a predefined role",
           has_schema_privilege(current_user, 'public', 'create') as "may create tables",
           has_any_column_privilege(current_user, e.oid, 'update') as "may change the event log",
           has_table_privilege(current_user, e.oid, 'delete') as "may delete from the event log",
           has_table_privilege(current_user, e.oid, 'truncate') as "may empty the event log",
           has_table_privilege(current_user, e.oid, 'trigger') as "may put triggers on the event log"
    from pg_roles r, pg_class e
    where r.rolname = current_user and e.oid = 'public.events'::regclass`)
  return Object.entries(row ?? {})
    .filter(([, has]) => has)
    .map(([privilege]) => privilege)
}
