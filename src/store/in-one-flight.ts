import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { RowList } from 'postgres'
import { clientOf, type Db } from './database.ts'

const dialect = new PgDialect()

export type Answers = readonly RowList<Record<string, unknown>[]>[]

/**
 * Statements of one transaction that do not wait for one another's answers: they travel together and are done in this
 * order. @returns the rows of each, as the driver gives them
 * @throws the failure of the first that failed, once all are back: those after it did nothing
 */
export async function inOneFlight(tx: Db, ...statements: readonly SQL[]): Promise<Answers> {
  const client = clientOf(tx)
  const sent = statements.map((statement) => {
    const { sql: text, params } = dialect.sqlToQuery(statement)
    return client.unsafe<Record<string, unknown>[]>(text, params as never[]).execute()
  })
  await Promise.allSettled(sent)
  return Promise.all(sent)
}
