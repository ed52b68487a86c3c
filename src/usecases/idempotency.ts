import { Refusal, refuse } from '../domain/refusals.ts'
import type { Db } from '../store/database.ts'
import { claimKey, type KeyUse, keepAnswer } from '../store/idempotency.ts'
import type { Context, Registry } from './context.ts'
import { sha256OfJson } from './hashes.ts'

/** Without a key the work is simply done: asking again does it again. */
export type Keyed = { readonly key: string | undefined; readonly operation: string; readonly body: unknown }
export type Answered<T> = { readonly answer: T; readonly replayed: boolean }

/**
 * Does the work once per client and key, in one transaction with the key itself: all of it or nothing. The same key
 * and body answer as the first time; a racer waits for the winner. Refused work leaves the key free, as nothing was
 * done. @throws Refusal `idempotency_key_reused` for another body or operation.
 */
export async function onceOnly<T>(
  registry: Registry,
  context: Context,
  keyed: Keyed,
  work: (tx: Db) => Promise<T>,
): Promise<Answered<T>> {
  const { key, operation, body } = keyed
  if (key === undefined) return { answer: await registry.db.transaction(work), replayed: false }
  const use: KeyUse = { clientId: context.actor.id, key, operation, bodySha256: sha256OfJson(body) }
  return registry.db.transaction(async (tx) => {
    const earlier = await claimKey(tx, use)
    if (earlier) return { answer: earlierAnswer<T>(earlier, use), replayed: true }
    const answer = await work(tx)
    await keepAnswer(tx, use, answer, context.now)
    return { answer, replayed: false }
  })
}

function earlierAnswer<T>(earlier: Awaited<ReturnType<typeof claimKey>> & object, use: KeyUse): T {
  if (earlier.bodySha256 !== use.bodySha256 || earlier.operation !== use.operation)
    throw refuse('idempotency_key_reused', 'Idempotency-Key')
  return earlier.answer as T
}

/** Does the work and takes all of it back: what would happen, without it happening. */
export async function rehearse<T>(registry: Registry, work: (tx: Db) => Promise<T>): Promise<T> {
  const taken = new TakenBack<T>()
  await registry.db
    .transaction(async (tx) => {
      taken.answer = await work(tx)
      throw taken
    })
    .catch((error: unknown) => {
      if (error !== taken) throw error
    })
  return taken.answer as T
}

class TakenBack<T> extends Error {
  answer: T | undefined
}

/** The codes of a refusal, for the log of attempts; undefined for any other error. */
export function codesOf(error: unknown): string[] | undefined {
  return error instanceof Refusal ? [...new Set(error.problems.map((problem) => problem.code))] : undefined
}
