import type postgres from 'postgres'
import { knownMigrations } from '../migrate.ts'
import { migrationLock } from '../migration-lock.ts'
import type { Migration, Opening } from './archive.ts'
import { migrationsIn, tablesIn } from './catalogue.ts'

type Tx = postgres.TransactionSql

/** The database can't take this backup; the message is for the operator. */
export class TargetUnusable extends Error {
  override readonly name = 'TargetUnusable'
}

/**
 * Gives the database the schema of the backup, or finds it there with no more than a migration puts into it: nothing in
 * the event log, and so nothing that anybody did. @throws TargetUnusable
 */
export async function makeReady(tx: Tx, { migrations, version }: Opening): Promise<void> {
  const known = knownMigrations()
  if (!startsWith(known, migrations)) {
    throw new TargetUnusable(
      `备份由版本 ${version} 制作，其迁移与本程序不符，请用该版本或更新的版本恢复 / the backup was made by version ${version} with other migrations than this program has: restore with that version or a later one`,
    )
  }
  await tx`select pg_advisory_xact_lock(${migrationLock})`
  const tables = await tablesIn(tx)
  if (tables.length === 0) return create(tx, known.slice(0, migrations.length))
  const hasLog = tables.some(({ name }) => name === 'events')
  // Whoever is writing finishes first, and nobody begins: what was found empty stays so.
  if (hasLog) await tx`lock table events in access exclusive mode`
  const [entry] = hasLog ? await tx`select from events limit 1` : [{}]
  if (entry)
    throw new TargetUnusable('目标数据库不是空的，不会写入 / the database is not empty: nothing is written into it')
  if (!isSame(await migrationsIn(tx), migrations)) {
    throw new TargetUnusable(
      '目标数据库的迁移版本与备份不同，请恢复到没有表的新数据库 / the database has had other migrations than the backup: restore into a new one without tables',
    )
  }
}

function startsWith(known: readonly Migration[], first: readonly Migration[]): boolean {
  return isSame(known.slice(0, first.length), first)
}

function isSame(some: readonly Migration[], others: readonly Migration[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ hash, createdAt }, at) => hash === others[at]?.hash && createdAt === others[at].createdAt)
  )
}

/** As the migrator of drizzle does it, up to the level of the backup and inside our transaction. */
async function create(tx: Tx, migrations: ReturnType<typeof knownMigrations>): Promise<void> {
  await tx`create schema if not exists drizzle`
  await tx`create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`
  for (const { statements, hash, createdAt } of migrations) {
    for (const statement of statements) await tx.unsafe(statement)
    await tx`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${createdAt})`
  }
}
