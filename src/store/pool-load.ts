import { isSpanContextValid, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type postgres from 'postgres'

/** How much is asked of a pool. The driver tells nothing of it, so it is counted at the door. */
export type PoolLoad = { readonly connections: number; inUse(): number; waiting(): number }

/**
 * Counts the statements and transactions that are under way; a connection serves one of them at a time, and what is more
 * waits. Gives each statement a span where traces were being made when the pool was opened: its text, never its values.
 */
export function watchPool(client: postgres.Sql, connections: number): PoolLoad {
  let underWay = 0
  const counted = <T extends Promise<unknown>>(work: T): T => {
    underWay += 1
    whenSettled(work, () => {
      underWay -= 1
    })
    return work
  }
  const { begin } = client
  const isTraced = tracesAreMade()
  if (isTraced) giveSpans(client)
  const { unsafe } = client
  client.unsafe = ((...given: Parameters<typeof unsafe>) =>
    opensTransaction(given) ? unsafe(...given) : counted(unsafe(...given))) as typeof unsafe
  client.begin = ((...given: readonly unknown[]) => {
    const work = given.at(-1) as (tx: postgres.TransactionSql) => unknown
    const options = given.slice(0, -1) as [string]
    return counted(begin(...options, isTraced ? (tx) => work(giveSpans(tx)) : work))
  }) as typeof begin
  return {
    connections,
    inUse: () => Math.min(underWay, connections),
    waiting: () => Math.max(0, underWay - connections),
  }
}

/** The driver's own first statement of a transaction, which is counted as a whole. */
function opensTransaction([, , options]: readonly unknown[]): boolean {
  return typeof options === 'object' && options !== null && 'onexecute' in options
}

const tracer = trace.getTracer('alliance-registry/database')

/** Without a provider a span has no place in any trace; one left out of the sample has. This one never ends, so is never sent. */
function tracesAreMade(): boolean {
  return isSpanContextValid(tracer.startSpan('pool').spanContext())
}

function giveSpans<T extends postgres.Sql | postgres.TransactionSql>(sql: T): T {
  const { unsafe } = sql
  sql.unsafe = ((...given: Parameters<typeof unsafe>) => traced(unsafe(...given), given[0])) as typeof unsafe
  if ('savepoint' in sql) {
    const { savepoint } = sql
    sql.savepoint = ((work: (tx: postgres.TransactionSql) => unknown) =>
      savepoint((tx) => work(giveSpans(tx as postgres.TransactionSql)))) as typeof savepoint
  }
  return sql
}

function traced<T extends Promise<unknown>>(statement: T, text: string): T {
  const name = /^\W*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? 'statement'
  const span = tracer.startSpan(name, {
    kind: SpanKind.CLIENT,
    attributes: { 'db.system.name': 'postgresql', 'db.query.text': text },
  })
  if (!span.isRecording()) return statement
  whenSettled(statement, (failed) => {
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  })
  return statement
}

/** A statement of the driver starts when somebody asks for its answer; to listen like this does not ask. */
function whenSettled(work: Promise<unknown>, tell: (failed: boolean) => void): void {
  Promise.prototype.then.call(
    work,
    () => tell(false),
    () => tell(true),
  )
}
