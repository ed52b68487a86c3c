import { and, eq, gt, sql } from 'drizzle-orm'
import { type GuessFacts, guessesFree } from '../domain/guessing.ts'
import type { Db } from './database.ts'
import { signInFailures } from './schema/sessions.ts'

/** What was typed and where it came from, as hashes. */
export type Guess = { readonly loginSha256: string; readonly addressSha256: string }

/** Guesses at one login go one after the other, from wherever they come, until the transaction is over. */
export async function lockGuesses(tx: Db, { loginSha256 }: Guess): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${loginSha256}, 0))`)
}

/** The failures after `since`; an address counts towards anywhere for no more than it has free. */
export async function failuresOf(tx: Db, { loginSha256, addressSha256 }: Guess, since: Date): Promise<GuessFacts> {
  const { count, lastAt } = signInFailures
  const isHere = sql`${signInFailures.addressSha256} = ${addressSha256}`
  const [row] = await tx
    .select({
      here: sql<number>`coalesce(sum(${count}) filter (where ${isHere}), 0)::int`,
      hereAt: sql`max(${lastAt}) filter (where ${isHere})`.mapWith(lastAt),
      all: sql<number>`coalesce(sum(least(${count}, ${guessesFree.fromOneAddress})), 0)::int`,
      allAt: sql`max(${lastAt})`.mapWith(lastAt),
    })
    .from(signInFailures)
    .where(and(eq(signInFailures.loginSha256, loginSha256), gt(lastAt, since)))
  const { here = 0, hereAt = null, all = 0, allAt = null } = row ?? {}
  return { fromHere: { count: here, lastAt: hereAt }, fromAnywhere: { count: all, lastAt: allAt } }
}

/** One more in a row; the first one where the last was before `since`. */
export async function addFailure(tx: Db, guess: Guess, now: Date, since: Date): Promise<void> {
  const { count, lastAt } = signInFailures
  await tx
    .insert(signInFailures)
    .values({ ...guess, count: 1, lastAt: now })
    .onConflictDoUpdate({
      target: [signInFailures.loginSha256, signInFailures.addressSha256],
      set: {
        count: sql`case when ${lastAt} > ${since.toISOString()} then least(${count}, 1000) + 1 else 1 end`,
        lastAt: now,
      },
    })
}

export async function forgetFailures(tx: Db, { loginSha256, addressSha256 }: Guess): Promise<void> {
  await tx
    .delete(signInFailures)
    .where(and(eq(signInFailures.loginSha256, loginSha256), eq(signInFailures.addressSha256, addressSha256)))
}

/** At most `limit` of those that have no effect any more. How many went. */
export async function deleteOldFailures(tx: Db, before: Date, limit: number): Promise<number> {
  const gone = await tx.execute(sql`
    delete from sign_in_failures where (login_sha256, address_sha256) in (
      select login_sha256, address_sha256 from sign_in_failures
      where last_at < ${before.toISOString()} order by last_at limit ${limit} for update skip locked)`)
  return gone.count
}
