import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { clientSecrets, clients } from './schema/accounts.ts'

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

/** Whoever changes the client or its secrets goes one after the other. */
export async function lockClient(tx: Db, id: string): Promise<boolean> {
  return (await tx.select({ id: clients.id }).from(clients).where(eq(clients.id, id)).for('update')).length > 0
}

export async function setClient(tx: Db, id: string, changes: Partial<typeof clients.$inferInsert>): Promise<boolean> {
  return (await tx.update(clients).set(changes).where(eq(clients.id, id)).returning({ id: clients.id })).length > 0
}

/** By name, one more than asked for. */
export async function listClients(db: Db, after: { value: string; id: string } | null, limit: number) {
  return db
    .select()
    .from(clients)
    .where(after ? sql`(${clients.name}, ${clients.id}) > (${after.value}, ${after.id}::uuid)` : undefined)
    .orderBy(asc(clients.name), asc(clients.id))
    .limit(limit + 1)
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

/** The machine behind a token as it stands now: role and body come from here, never from the token. */
export async function findMachine(db: Db, id: string) {
  const [row] = await db
    .select({ name: clients.name, role: clients.role, memberId: clients.memberId })
    .from(clients)
    .where(and(eq(clients.id, id), isNull(clients.disabledAt)))
    .limit(1)
  return row
}
