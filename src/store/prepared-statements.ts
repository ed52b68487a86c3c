import type postgres from 'postgres'

/**
 * drizzle hands the driver texts that are parsed and planned anew each time; three quarters of a short question's time go
 * there. Here the texts that come again are kept as named statements, on each connection for as long as it lives.
 * Bounded: a text is kept from its third time on, a long one (rows by the hundred) never, and no more than `textsMax`.
 */
const textsMax = 300
const textLengthMax = 10_000
const askedBeforeKept = 2
const countedMax = 2_000

type Sql = postgres.Sql | postgres.TransactionSql

/** For one statement without values that comes again. The driver knows the option, its types do not. */
export const extendedProtocol: postgres.UnsafeQueryOptions = { simple: false } as object

/** Makes the client, and each transaction that it begins, keep its statements. @returns the same client */
export function keepingStatements(client: postgres.Sql): postgres.Sql {
  const isKept = keptTexts()
  prepareIn(client, isKept)
  const begin = client.begin.bind(client) as (
    options: string,
    work: (tx: postgres.TransactionSql) => unknown,
  ) => unknown
  const beginKeeping = (...given: unknown[]) => {
    const [options, work] = given.length > 1 ? given : ['', given[0]]
    return begin(options as string, (tx) => (work as typeof work & ((tx: Sql) => unknown))(inTransaction(tx, isKept)))
  }
  return Object.assign(client, { begin: beginKeeping })
}

function inTransaction(tx: postgres.TransactionSql, isKept: (text: string) => boolean): postgres.TransactionSql {
  prepareIn(tx, isKept)
  const savepoint = tx.savepoint.bind(tx) as (work: (tx: postgres.TransactionSql) => unknown) => unknown
  const savepointKeeping = (work: (tx: Sql) => unknown) => savepoint((inner) => work(inTransaction(inner, isKept)))
  return Object.assign(tx, { savepoint: savepointKeeping })
}

function prepareIn(sql: Sql, isKept: (text: string) => boolean): void {
  const unsafe = sql.unsafe.bind(sql)
  const unsafeKeeping: typeof unsafe = (text, values, options) => {
    // Without values the driver speaks the simple protocol, which has no statements, unless it is told not to.
    const mayBeKept = (values !== undefined && values.length > 0) || options === extendedProtocol
    return unsafe(text, values, { ...options, prepare: mayBeKept && isKept(text) })
  }
  Object.assign(sql, { unsafe: unsafeKeeping })
}

function keptTexts(): (text: string) => boolean {
  const kept = new Set<string>()
  const asked = new Map<string, number>()
  return (text) => {
    if (kept.has(text)) return true
    if (kept.size >= textsMax || text.length > textLengthMax) return false
    const times = (asked.get(text) ?? 0) + 1
    if (asked.size >= countedMax) asked.clear()
    asked.set(text, times)
    if (times <= askedBeforeKept) return false
    asked.delete(text)
    kept.add(text)
    return true
  }
}
