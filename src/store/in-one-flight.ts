import { DrizzleQueryError, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { RowList } from 'postgres'
import { clientOf, type Db } from './database.ts'

const dialect = new PgDialect()

/** The rows of one statement, as the driver gives them. */
export type Answer = RowList<Record<string, unknown>[]>

/**
 * Statements of one transaction that do not wait for one another's answers: done in this order, and sent together as far
 * as the driver can: after one of more than 16 KB, or one that this connection has not kept yet, the next waits for it.
 * @throws the failure of the first that failed, once all are back: those after it did nothing
 */
export async function inOneFlight<const Statements extends readonly SQL[]>(
  tx: Db,
  ...statements: Statements
): Promise<{ [At in keyof Statements]: Answer }> {
  const client = clientOf(tx)
  const sent = statements.map((statement) => {
    const { sql: text, params } = dialect.sqlToQuery(statement)
    const answer = client.unsafe<Record<string, unknown>[]>(text, params as never[]).execute()
    return answer.catch((cause: Error) => {
      throw new DrizzleQueryError(text, params, cause)
    })
  })
  await Promise.allSettled(sent)
  return Promise.all(sent) as Promise<{ [At in keyof Statements]: Answer }>
}
