import { type SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import type { Db } from './database.ts'
import { migrationLock } from './migration-lock.ts'
import { certificates } from './schema/certificates.ts'
import { enterprises } from './schema/enterprises.ts'

/**
 * The first load of millions goes without the indexes that only serve questions, and makes them anew at its end. Their
 * definitions stand in a table of the schema that the service cannot write to, for as long as one of them is missing:
 * whoever dies in the middle leaves the rest to the next migration.
 */
const keptIn = sql`drizzle.indexes_to_rebuild`

export type FirstLoad = {
  /** Makes the indexes anew, one after the other; `onIndex` is told which one comes next. */
  rebuild(onIndex: (name: string, left: number) => void): Promise<void>
  close(): Promise<void>
}

/** Takes the indexes away, or says why not; nothing was changed then. Until it is closed no migration runs. */
export async function beginFirstLoad(ownerUrl: string): Promise<FirstLoad | 'not_owner' | 'not_empty'> {
  const client = postgres(ownerUrl, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'alliance-registry first load', lock_timeout: 10_000 },
  })
  const db = drizzle({ client })
  const close = () => client.end({ timeout: 5 })
  try {
    await db.execute(sql`select pg_advisory_lock(${migrationLock})`)
    const hindrance = await db.transaction(takeAway)
    if (hindrance === null) return { rebuild: (onIndex) => rebuildIndexes(db, onIndex), close }
    await close()
    return hindrance
  } catch (error) {
    await close()
    throw error
  }
}

async function takeAway(tx: Db): Promise<'not_owner' | 'not_empty' | null> {
  if (!(await isSo(tx, sql`select pg_has_role(relowner, 'usage') from pg_class where oid = 'certificates'::regclass`)))
    return 'not_owner'
  await tx.execute(sql`lock table ${certificates}, ${enterprises} in access exclusive mode`)
  if (await isSo(tx, sql`select exists (select from ${certificates})`)) return 'not_empty'
  await dropIndexes(tx)
  return null
}

async function isSo(tx: Db, question: SQL): Promise<boolean> {
  const [row] = await tx.execute<{ answer: boolean }>(sql`select (${question}) as answer`)
  return row?.answer ?? false
}

/** Those that hold no rule: what is unique stays, as rows are judged by it. */
async function dropIndexes(tx: Db): Promise<void> {
  await tx.execute(sql`create table if not exists ${keptIn} (name text primary key, definition text not null)`)
  const dropped = await tx.execute<{ name: string }>(sql`
    insert into ${keptIn}
    select c.relname, pg_get_indexdef(i.indexrelid)
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid in ('certificates'::regclass, 'enterprises'::regclass) and not i.indisunique
    on conflict do nothing
    returning name`)
  for (const { name } of dropped) await tx.execute(sql`drop index ${sql.identifier(name)}`)
}

/** Whether a first load left indexes to be made anew. */
export async function indexesAreMissing(db: Db): Promise<boolean> {
  return isSo(db, sql`select to_regclass('drizzle.indexes_to_rebuild') is not null`)
}

/** Each in a transaction with the note that it is done; the table goes with the last one. Nothing to do: nothing is done. */
export async function rebuildIndexes(db: Db, onIndex: (name: string, left: number) => void = () => {}): Promise<void> {
  if (!(await indexesAreMissing(db))) return
  const waiting = await db.execute<{ name: string; definition: string }>(
    sql`select name, definition from ${keptIn} order by name`,
  )
  for (const [index, { name, definition }] of waiting.entries()) {
    onIndex(name, waiting.length - index)
    await db.transaction(async (tx) => {
      await tx.execute(sql`set local maintenance_work_mem = '256MB'`)
      await tx.execute(sql.raw(definition))
      await tx.execute(sql`delete from ${keptIn} where name = ${name}`)
    })
  }
  await db.execute(sql`drop table ${keptIn}`)
  await db.execute(sql`analyze ${certificates}, ${enterprises}`)
}
