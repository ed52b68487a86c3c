import { eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { type Failures, type GuessFacts, guessesFree } from '../domain/guessing.ts'
import type { Db } from './database.ts'
import { signInFailures } from './schema/sessions.ts'

/** What was typed and where it came from, as hashes. */
export type Guess = {
  readonly loginSha256: string
  readonly addressSha256: string
  readonly networkSha256: string
}

/** Guesses at one login, and then those from one address, go one after the other until the transaction is over. */
export async function lockGuesses(tx: Db, { loginSha256, addressSha256 }: Guess): Promise<void> {
  for (const sha256 of [loginSha256, addressSha256])
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${sha256}, 0))`)
}

/** The failures after `since`. Of many networks, or many logins, each counts for no more than it has free. */
export async function failuresOf(tx: Db, guess: Guess, since: Date): Promise<Omit<GuessFacts, 'isAcquainted'>> {
  const { loginSha256, addressSha256, networkSha256 } = signInFailures
  const isLogin = sql`${loginSha256} = ${guess.loginSha256}`
  const isHere = sql`${addressSha256} = ${guess.addressSha256}`
  return {
    fromHere: await countFailures(tx, sql`${isLogin} and ${isHere}`, null, since),
    fromAnywhere: await countFailures(tx, isLogin, sql`coalesce(${networkSha256}, ${addressSha256})`, since),
    atManyLogins: await countFailures(tx, isHere, loginSha256, since),
  }
}

/** @param per what counts for no more than is free for one address; null for none */
async function countFailures(tx: Db, condition: SQL, per: SQLWrapper | null, since: Date): Promise<Failures> {
  const { count, lastAt } = signInFailures
  const most = per === null ? sql`null::int` : sql.raw(String(guessesFree.fromOneAddress))
  const [row] = await tx.execute<{ count: number; lastAt: string | null }>(sql`
    select coalesce(sum(least(failed, ${most})), 0)::int as count, max(last_at)::text as "lastAt"
    from (select sum(${count}) as failed, max(${lastAt}) as last_at from ${signInFailures}
      where ${condition} and ${lastAt} > ${since.toISOString()} group by ${per ?? sql`()`}) as f`)
  return { count: row?.count ?? 0, lastAt: row?.lastAt ? new Date(row.lastAt) : null }
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
        networkSha256: guess.networkSha256,
      },
    })
}

/** From wherever they came. */
export async function forgetFailures(tx: Db, { loginSha256 }: Guess): Promise<void> {
  await tx.delete(signInFailures).where(eq(signInFailures.loginSha256, loginSha256))
}

/** At most `limit` of those that have no effect any more. How many went. */
export async function deleteOldFailures(tx: Db, before: Date, limit: number): Promise<number> {
  const gone = await tx.execute(sql`
    delete from sign_in_failures where (login_sha256, address_sha256) in (
      select login_sha256, address_sha256 from sign_in_failures
      where last_at < ${before.toISOString()} order by last_at limit ${limit} for update skip locked)`)
  return gone.count
}
