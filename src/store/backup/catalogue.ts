import postgres from 'postgres'
import type { Manifest, Migration } from './archive.ts'

/** What PostgreSQL's catalogue says of our tables. Names come quoted wherever they go into SQL. */
export type Sql = postgres.Sql | postgres.TransactionSql

export type Table = { readonly name: string; readonly columns: readonly string[] }

/** Every table of ours with the columns that are stored, by name. */
export async function tablesIn(sql: Sql): Promise<Table[]> {
  return sql<Table[]>`
    select c.relname::text as name,
           array(select a.attname::text from pg_attribute a
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                 order by a.attnum) as columns
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    order by 1`
}

/** In the order in which they were applied; none where nothing was ever migrated. */
export async function migrationsIn(sql: Sql): Promise<Migration[]> {
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as there`
  if (!table?.there) return []
  return sql<Migration[]>`
    select hash, created_at::float8 as "createdAt" from drizzle.__drizzle_migrations order by created_at`
}

/** Where each sequence stands. It may be further than the rows of a snapshot, never behind them. */
export async function sequencesIn(sql: Sql): Promise<Manifest['sequences']> {
  const names = await sql<{ name: string }[]>`
    select relname::text as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'S' order by 1`
  const sequences: Manifest['sequences'] = []
  for (const { name } of names) {
    const [row] = await sql<{ lastValue: string; isCalled: boolean }[]>`
      select last_value::text as "lastValue", is_called as "isCalled" from ${sql(name)}`
    if (row) sequences.push({ name, ...row })
  }
  return sequences
}

type Constraint = { readonly table: string; readonly name: string; readonly definition: string }

/** The foreign keys, to be taken off and put on again: tables refer to one another in circles. */
export async function foreignKeysIn(sql: Sql): Promise<Constraint[]> {
  return sql<Constraint[]>`
    select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
    from pg_constraint
    where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0
    order by 1, 2`
}

type Trigger = { readonly table: string; readonly name: string; readonly mode: '' | 'always' | 'replica' }

/** The triggers in force that are ours, each with the way in which it is. */
export async function triggersIn(sql: Sql): Promise<Trigger[]> {
  return sql<Trigger[]>`
    select t.tgrelid::regclass::text as table, quote_ident(t.tgname) as name,
           case t.tgenabled when 'A' then 'always' when 'R' then 'replica' else '' end as mode
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and t.tgenabled <> 'D'
    order by 1, 2`
}

/**
 * All rows of a table in COPY's text format. Where the last of them came faster than they were read, the driver leaves its
 * socket paused and no answer ever comes again; to ask for more wakes it.
 */
export async function* rowsOf(sql: Sql, { name, columns }: Table): AsyncGenerator<Buffer> {
  const rows = await sql`copy ${sql(name)} (${sql(columns as string[])}) to stdout`.readable()
  try {
    yield* rows
  } finally {
    rows._read(0)
  }
}

export function copyIn(sql: Sql, { name, columns }: Table) {
  return sql`copy ${sql(name)} (${sql(columns as string[])}) from stdin`
}

/** One connection for one long piece of work: the same text of values everywhere, and no limit of time. */
export function connectForBackup(ownerUrl: string, applicationName: string): postgres.Sql {
  return postgres(ownerUrl, {
    max: 1,
    onnotice: () => {},
    connection: {
      application_name: applicationName,
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      IntervalStyle: 'postgres',
      bytea_output: 'hex',
      extra_float_digits: 1,
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
      lock_timeout: 10_000,
    },
  })
}
