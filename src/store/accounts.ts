import { and, asc, eq, gt, isNull } from 'drizzle-orm'
import type { Db } from './database.ts'
import { accounts } from './schema/accounts.ts'
import { sessions } from './schema/sessions.ts'

export type Account = typeof accounts.$inferSelect

export async function findAccountByLogin(db: Db, login: string): Promise<Account | undefined> {
  const [account] = await db.select().from(accounts).where(eq(accounts.login, login)).limit(1)
  return account
}

export async function findAccount(db: Db, id: string): Promise<Account | undefined> {
  const [account] = await db.select().from(accounts).where(eq(accounts.id, id)).limit(1)
  return account
}

/** `update`: one change after the other. `share`: nobody changes it until this transaction is over. */
export async function lockAccount(tx: Db, id: string, strength: 'update' | 'share'): Promise<Account | undefined> {
  const [account] = await tx.select().from(accounts).where(eq(accounts.id, id)).for(strength)
  return account
}

/** The live administrators. Two who take each other's place away go one after the other, and the second sees the first. */
export async function lockAdministrators(tx: Db): Promise<string[]> {
  const rows = await tx
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.role, 'administrator'), isNull(accounts.disabledAt)))
    .orderBy(asc(accounts.id))
    .for('update')
  return rows.map(({ id }) => id)
}

export async function insertAccount(tx: Db, account: typeof accounts.$inferInsert): Promise<boolean> {
  const inserted = await tx.insert(accounts).values(account).onConflictDoNothing().returning({ id: accounts.id })
  return inserted.length > 0
}

export async function setAccount(tx: Db, id: string, changes: Partial<typeof accounts.$inferInsert>): Promise<void> {
  await tx.update(accounts).set(changes).where(eq(accounts.id, id))
}

/** By login, one more than asked for, without the password's hash. */
export async function listAccounts(db: Db, after: { value: string; id: string } | null, limit: number) {
  return db
    .select({
      id: accounts.id,
      login: accounts.login,
      name: accounts.name,
      role: accounts.role,
      memberId: accounts.memberId,
      disabledAt: accounts.disabledAt,
      recordedAt: accounts.recordedAt,
    })
    .from(accounts)
    .where(after ? gt(accounts.login, after.value) : undefined)
    .orderBy(asc(accounts.login))
    .limit(limit + 1)
}

/**
 * The person behind a token as he stands now: role and body come from here, never from the token. Nobody, once the
 * session is over or the account disabled.
 */
export async function findPerson(db: Db, id: string, sessionId: string, now: Date) {
  const isLive = and(eq(sessions.accountId, accounts.id), isNull(sessions.endedAt), gt(sessions.lapsesAt, now))
  const [row] = await db
    .select({ name: accounts.name, role: accounts.role, memberId: accounts.memberId })
    .from(accounts)
    .innerJoin(sessions, isLive)
    .where(and(eq(accounts.id, id), eq(sessions.id, sessionId), isNull(accounts.disabledAt)))
    .limit(1)
  return row
}
