import { and, desc, eq, gt, isNull, lt, ne, sql } from 'drizzle-orm'
import type { SessionEnding } from '../domain/session.ts'
import type { Db } from './database.ts'
import { accounts } from './schema/accounts.ts'
import { refreshTokens, sessions } from './schema/sessions.ts'

export type Ending = { readonly reason: SessionEnding; readonly at: Date }

export async function insertSession(tx: Db, session: typeof sessions.$inferInsert): Promise<void> {
  await tx.insert(sessions).values(session)
}

export async function insertRefreshToken(tx: Db, token: typeof refreshTokens.$inferInsert): Promise<void> {
  await tx.insert(refreshTokens).values(token)
}

/** A refresh token with its session and account. Whoever shows the same one, or ends the session, waits. */
export async function lockRefreshToken(tx: Db, sha256: string) {
  const [row] = await tx
    .select({ usedAt: refreshTokens.usedAt, session: sessions, account: accounts })
    .from(refreshTokens)
    .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
    .innerJoin(accounts, eq(accounts.id, sessions.accountId))
    .where(eq(refreshTokens.sha256, sha256))
    .for('update', { of: [refreshTokens, sessions] })
  return row
}

export async function markRefreshTokenUsed(tx: Db, sha256: string, now: Date): Promise<void> {
  await tx.update(refreshTokens).set({ usedAt: now }).where(eq(refreshTokens.sha256, sha256))
}

export async function prolongSession(tx: Db, id: string, lastUsedAt: Date, lapsesAt: Date): Promise<void> {
  await tx.update(sessions).set({ lastUsedAt, lapsesAt }).where(eq(sessions.id, id))
}

/** Whether it was this account's, and live, until now. */
export async function endSession(tx: Db, accountId: string, id: string, { reason, at }: Ending): Promise<boolean> {
  const ended = await tx
    .update(sessions)
    .set({ endedAt: at, endedReason: reason })
    .where(and(eq(sessions.id, id), isLiveOf(accountId, at)))
    .returning({ id: sessions.id })
  return ended.length > 0
}

/** How many live sessions of the account were ended: all of them, or all but one. */
export async function endSessionsOf(tx: Db, accountId: string, { reason, at }: Ending, but?: string): Promise<number> {
  const ended = await tx
    .update(sessions)
    .set({ endedAt: at, endedReason: reason })
    .where(and(isLiveOf(accountId, at), but === undefined ? undefined : ne(sessions.id, but)))
    .returning({ id: sessions.id })
  return ended.length
}

/** Live ones, the newest first, one more than asked for. */
export async function listSessions(db: Db, accountId: string, now: Date, after: string | null, limit: number) {
  return db
    .select({
      id: sessions.id,
      userAgent: sessions.userAgent,
      address: sessions.address,
      startedAt: sessions.startedAt,
      lastUsedAt: sessions.lastUsedAt,
      lapsesAt: sessions.lapsesAt,
    })
    .from(sessions)
    .where(and(isLiveOf(accountId, now), after === null ? undefined : lt(sessions.id, after)))
    .orderBy(desc(sessions.id))
    .limit(limit + 1)
}

/** From where the account was used since then: of its latest 200 sessions, over or not. */
export async function addressesOf(db: Db, accountId: string, since: Date): Promise<string[]> {
  const latest = db
    .select({ address: sessions.address, lastUsedAt: sessions.lastUsedAt })
    .from(sessions)
    .where(eq(sessions.accountId, accountId))
    .orderBy(desc(sessions.id))
    .limit(200)
    .as('latest')
  const rows = await db.selectDistinct({ address: latest.address }).from(latest).where(gt(latest.lastUsedAt, since))
  return rows.map(({ address }) => address)
}

function isLiveOf(accountId: string, now: Date) {
  return and(eq(sessions.accountId, accountId), isNull(sessions.endedAt), gt(sessions.lapsesAt, now))
}

/** At most `limit` tokens that were used before then. How many went. */
export async function deleteUsedTokens(tx: Db, usedBefore: Date, limit: number): Promise<number> {
  const gone = await tx.execute(sql`
    delete from refresh_tokens where sha256 in (
      select sha256 from refresh_tokens where used_at < ${usedBefore.toISOString()} order by used_at limit ${limit}
      for update skip locked)`)
  return gone.count
}

/** At most `limit` sessions that were over before then, with their tokens. How many sessions went. */
export async function deleteSessions(tx: Db, overBefore: Date, limit: number): Promise<number> {
  // A session that was ended would have lapsed later: its end is in the past all the more when its lapse is.
  const over = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(lt(sessions.lapsesAt, overBefore))
    .orderBy(sessions.lapsesAt)
    .limit(limit)
    .for('update', { skipLocked: true })
  const ids = sql`(select unnest(${sql.param(over.map(({ id }) => id))}::uuid[]))`
  if (over.length === 0) return 0
  await tx.delete(refreshTokens).where(sql`${refreshTokens.sessionId} in ${ids}`)
  await tx.delete(sessions).where(sql`${sessions.id} in ${ids}`)
  return over.length
}
