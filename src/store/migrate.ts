import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { builtInDeadlineRules } from '../domain/deadline-rule.ts'
import { builtInEscalationRules } from '../domain/escalation.ts'
import { builtInLadderRules } from '../domain/measure.ts'
import { builtInCalendarYears } from '../domain/official-days.ts'
import { plainDate } from '../domain/plain-date.ts'
import { builtInPolicies } from '../domain/ranking/policy.ts'
import { packageRoot } from '../package-root.ts'
import { type Db, postgresFault } from './database.ts'
import { rebuildIndexes } from './first-load.ts'
import { seedLadderRules } from './measures.ts'
import { migrationLock } from './migration-lock.ts'
import { seedPolicies } from './ranking/policies.ts'
import { seedRulebook } from './rulebook.ts'
import { insertScheme, insertSchemeVersion } from './schemes.ts'

const folder = join(packageRoot, 'drizzle')
type Tell = (message: string) => void

/**
 * Brings a database up to date: the tables, the calendar and rules that come with the product, and what the service's
 * own role may do; and the indexes that a first load left behind. One process at a time; a second one waits, then finds nothing to do.
 * @param serviceRole the role of the running service; null where it is the owner itself (development).
 * @throws Error for the operator, where another process or a long transaction does not let it through.
 */
export async function migrateDatabase(
  ownerUrl: string,
  serviceRole: string | null,
  now: Date,
  tell: Tell = () => {},
  patience = usualPatience,
): Promise<void> {
  const client = postgres(ownerUrl, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'alliance-registry migrate', lock_timeout: patience.statementMs },
  })
  try {
    const db = drizzle({ client })
    await takeTurn(db, patience, tell)
    await withoutQueueing(() => bringUpToDate(db, serviceRole, now), patience, tell)
  } finally {
    await client.end({ timeout: 5 })
  }
}

async function bringUpToDate(db: PostgresJsDatabase, serviceRole: string | null, now: Date): Promise<void> {
  await migrate(db, { migrationsFolder: folder })
  await rebuildIndexes(db)
  await db.transaction((tx) => seed(tx, now))
  if (serviceRole !== null) await db.transaction((tx) => grantService(tx, serviceRole))
}

/** How long is waited: for the turn, for the lock of one statement, and how often a migration is tried. */
const usualPatience = { turnMs: 300_000, statementMs: 5_000, attempts: 12, pauseMs: 5_000 }
type Patience = typeof usualPatience

async function takeTurn(db: Db, { turnMs }: Patience, tell: Tell): Promise<void> {
  const until = performance.now() + turnMs
  for (let isFirst = true; ; isFirst = false) {
    const [turn] = await db.execute<{ mine: boolean }>(sql`select pg_try_advisory_lock(${migrationLock}) as mine`)
    if (turn?.mine) return
    if (isFirst) tell('另一进程正在迁移或恢复，等待其完成 / another process migrates or restores; waiting for it')
    if (performance.now() > until)
      throw new Error('等待另一进程的迁移超时 / the migration of another process does not come to its end')
    await delay(200)
  }
}

/**
 * A change of a table waits for whoever reads it, and everybody else waits behind it. So it waits briefly only, lets the
 * others pass, and tries again; pending migrations are one transaction, and what follows can be done twice.
 */
async function withoutQueueing(work: () => Promise<void>, patience: Patience, tell: Tell): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (postgresFault(error)?.code !== '55P03') throw error
      if (attempt === patience.attempts)
        throw new Error(
          '有长事务占用着表，迁移未完成，请稍后再试 / a long transaction holds a table: the migration is not done, try again later',
        )
      tell(`表被占用，稍后重试（第 ${attempt} 次）/ a table is held by a transaction; trying again (${attempt})`)
      await delay(patience.pauseMs)
    }
  }
}

/** The migrations that this code knows, in their order. */
export function knownMigrations(): { hash: string; createdAt: number; statements: string[] }[] {
  const files = readMigrationFiles({ migrationsFolder: folder })
  return files.map(({ hash, folderMillis, sql }) => ({ hash, createdAt: folderMillis, statements: sql }))
}

async function seed(tx: Db, now: Date): Promise<void> {
  await seedRulebook(tx, builtInCalendarYears, builtInDeadlineRules, builtInEscalationRules, now)
  await seedLadderRules(tx, builtInLadderRules, now)
  await seedPolicies(tx, builtInPolicies, now)
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

/**
 * The service reads and writes rows, and no more: it alters no table, never rewrites the event log, and leaves the kept
 * counts and the past of rows to the triggers that keep them.
 */
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
  await tx.execute(
    sql`revoke insert, update, delete, truncate on certificate_counts, obligation_counts, result_counts, past_rows from ${name}`,
  )
  await tx.execute(
    sql`grant execute on function counts_of_facts(text), counts_as_kept(text), count_differences(text), recount_facts(text) to ${name}`,
  )
}

/**
 * How many of the migrations that the code knows the database has not had. None where a newer process has migrated on: the
 * older ones beside it go on serving.
 */
export async function migrationsPending(db: Db): Promise<number> {
  const journal = JSON.parse(await readFile(join(folder, 'meta/_journal.json'), 'utf8')) as { entries: unknown[] }
  const [table] = await db.execute<{ there: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as there`,
  )
  if (!table?.there) return journal.entries.length
  const [row] = await db.execute<{ applied: number }>(
    sql`select count(*)::int as applied from drizzle.__drizzle_migrations`,
  )
  return Math.max(0, journal.entries.length - (row?.applied ?? 0))
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
           has_table_privilege(current_user, e.oid, 'trigger') as "may put triggers on the event log",
           exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                   where n.nspname = 'public' and c.relname in ('certificate_counts', 'obligation_counts', 'result_counts')
                     and (has_any_column_privilege(current_user, c.oid, 'insert, update')
                       or has_table_privilege(current_user, c.oid, 'delete, truncate'))) as "may write the kept counts",
           has_any_column_privilege(current_user, 'public.past_rows', 'insert, update')
             or has_table_privilege(current_user, 'public.past_rows', 'delete, truncate') as "may write the past of rows"
    from pg_roles r, pg_class e
    where r.rolname = current_user and e.oid = 'public.events'::regclass`)
  return Object.entries(row ?? {})
    .filter(([, has]) => has)
    .map(([privilege]) => privilege)
}
