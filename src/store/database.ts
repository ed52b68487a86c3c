import { DrizzleQueryError } from 'drizzle-orm'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import { drizzle, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { type PoolLoad, watchPool } from './pool-load.ts'
import { keepingStatements } from './prepared-statements.ts'

/** A pool or a transaction: store functions take either. */
export type Db = PgDatabase<PostgresJsQueryResultHKT>

export type Database = {
  readonly db: Db
  readonly load: PoolLoad
  /** Waits for statements under way, then closes the pool. */
  close(): Promise<void>
}

export type DatabaseOptions = {
  readonly poolSize: number
  readonly applicationName?: string
  /**
   * `lists`: plans are made once, for values not known, and kept. Planning costs more than reading a page of a list, and
   * those plans are the right ones as long as each list has its index; the bench shows them.
   */
  readonly use?: 'lists'
  /** Told of each statement before it is sent; the bench shows their plans. */
  readonly watch?: (text: string, values: readonly unknown[]) => void
}

/** A pool of its own. `?prepare=false` at the end of the URL keeps no statements. */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  const client = postgres(url, {
    max: options.poolSize,
    idle_timeout: 60,
    connect_timeout: 15,
    // Left to itself the driver waits up to 20 seconds between attempts, and whoever asks waits with it.
    backoff: (attempts: number) => Math.min(attempts / 10, 1),
    onnotice: () => {},
    ...(options.watch ? { debug: (_connection, text, values) => options.watch?.(text, values) } : {}),
    connection: {
      application_name: options.applicationName ?? 'alliance-registry',
      ...(options.use === 'lists' ? { plan_cache_mode: 'force_generic_plan' } : {}),
      TimeZone: 'UTC',
      // A question of many small index ranges looks dear to the planner; compiling it costs more than answering it.
      jit: 'off',
      // Nobody waits for ever: a lock that does not come is said to be so, a lost transaction is ended.
      lock_timeout: 10_000,
      statement_timeout: 120_000,
      idle_in_transaction_session_timeout: 120_000,
    },
  })
  const load = watchPool(client, options.poolSize)
  const db = drizzle({ client: keepingStatements(client) })
  return { db, load, close: () => client.end({ timeout: 10 }) }
}

/**
 * The driver behind a pool, or behind a transaction that drizzle began on one; drizzle keeps it in its session.
 * @throws Error for anything else
 */
export function clientOf(db: Db): postgres.Sql {
  const { session } = db as unknown as { readonly session?: { readonly client?: postgres.Sql } }
  if (typeof session?.client?.unsafe !== 'function') throw new Error('drizzle keeps its client elsewhere')
  return session.client
}

type PostgresFault = { readonly code: string; readonly constraint: string | null }

/** The SQLSTATE and constraint behind an error of the driver, however deep it is wrapped; null if it is none. */
export function postgresFault(error: unknown): PostgresFault | null {
  if (typeof error !== 'object' || error === null) return null
  const { code, constraint_name: constraint, cause } = error as Record<string, unknown>
  if (error instanceof postgres.PostgresError && typeof code === 'string') {
    return { code, constraint: typeof constraint === 'string' ? constraint : null }
  }
  return postgresFault(cause)
}

/** The statement that failed, without its values; undefined where the error is no failed statement. */
export function failedStatement(error: unknown): { cause: unknown; statement: string } | undefined {
  return error instanceof DrizzleQueryError ? { cause: error.cause, statement: error.query } : undefined
}

/** True for a unique violation of that constraint. */
export function violates(error: unknown, constraint: string): boolean {
  const fault = postgresFault(error)
  return fault !== null && fault.code === '23505' && fault.constraint === constraint
}
