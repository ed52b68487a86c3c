import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Actor } from '../domain/access.ts'
import type { Db } from './database.ts'
import { accounts, clientSecrets, clients } from './schema/accounts.ts'

export async function findAccountByLogin(db: Db, login: string) {
  const [account] = await db.select().from(accounts).where(eq(accounts.login, login)).limit(1)
  return account
}

export async function insertAccount(tx: Db, account: typeof accounts.$inferInsert): Promise<boolean> {
  const inserted = await tx.insert(accounts).values(account).onConflictDoNothing().returning({ id: accounts.id })
  return inserted.length > 0
}

export async function setAccount(tx: Db, id: string, changes: Partial<typeof accounts.$inferInsert>): Promise<boolean> {
  const updated = await tx.update(accounts).set(changes).where(eq(accounts.id, id)).returning({ id: accounts.id })
  return updated.length > 0
}

export async function listAccounts(db: Db) {
  const { passwordHash: _, ...shown } = accounts
  return db
    .select({
      id: shown.id,
      login: shown.login,
      name: shown.name,
      role: shown.role,
      memberId: shown.memberId,
      disabledAt: shown.disabledAt,
      recordedAt: shown.recordedAt,
    })
    .from(accounts)
    .orderBy(asc(accounts.login))
    .limit(500)
}

/** A machine with its live secrets' hashes. */
export async function findClient(db: Db, id: string) {
  const rows = await db
    .select({ client: clients, secretSha256: clientSecrets.secretSha256 })
    .from(clients)
    .innerJoin(clientSecrets, and(eq(clientSecrets.clientId, clients.id), isNull(clientSecrets.revokedAt)))
    .where(eq(clients.id, id))
    .limit(20)
  const [first] = rows
  return first && { client: first.client, secretHashes: rows.map((row) => row.secretSha256) }
}

export async function insertClient(tx: Db, client: typeof clients.$inferInsert): Promise<void> {
  await tx.insert(clients).values(client)
}

export async function clientExists(db: Db, id: string): Promise<boolean> {
  return (await db.select({ id: clients.id }).from(clients).where(eq(clients.id, id)).limit(1)).length > 0
}

export async function setClient(tx: Db, id: string, changes: Partial<typeof clients.$inferInsert>): Promise<boolean> {
  return (await tx.update(clients).set(changes).where(eq(clients.id, id)).returning({ id: clients.id })).length > 0
}

export async function listClients(db: Db) {
  return db.select().from(clients).orderBy(asc(clients.name), asc(clients.id)).limit(500)
}

export async function insertSecret(tx: Db, secret: typeof clientSecrets.$inferInsert): Promise<void> {
  await tx.insert(clientSecrets).values(secret)
}

export async function secretsOf(db: Db, clientId: string) {
  return db
    .select({ id: clientSecrets.id, recordedAt: clientSecrets.recordedAt, revokedAt: clientSecrets.revokedAt })
    .from(clientSecrets)
    .where(eq(clientSecrets.clientId, clientId))
    .orderBy(sql`${clientSecrets.revokedAt} is not null`, asc(clientSecrets.recordedAt), asc(clientSecrets.id))
    .limit(100)
}

export async function revokeSecret(tx: Db, clientId: string, secretId: string, now: Date): Promise<boolean> {
  const revoked = await tx
    .update(clientSecrets)
    .set({ revokedAt: now })
    .where(and(eq(clientSecrets.id, secretId), eq(clientSecrets.clientId, clientId), isNull(clientSecrets.revokedAt)))
    .returning({ id: clientSecrets.id })
  return revoked.length > 0
}

/** The actor behind a token as he stands now: role and body come from here, never from the token. */
export async function findActor(db: Db, kind: 'person' | 'machine', id: string): Promise<Actor | undefined> {
  const table = kind === 'person' ? accounts : clients
  const [row] = await db
    .select({ name: table.name, role: table.role, memberId: table.memberId })
    .from(table)
    .where(and(eq(table.id, id), isNull(table.disabledAt)))
    .limit(1)
  return row && { kind, id, ...row }
}
