import { and, asc, eq, exists, isNull, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { clientSecrets, clients } from './schema/accounts.ts'

/** A machine with its live secrets, as hashes. */
export async function findClient(db: Db, id: string) {
  const rows = await db
    .select({ client: clients, secret: { id: clientSecrets.id, sha256: clientSecrets.secretSha256 } })
    .from(clients)
    .innerJoin(clientSecrets, and(eq(clientSecrets.clientId, clients.id), isNull(clientSecrets.revokedAt)))
    .where(eq(clients.id, id))
    .limit(20)
  const [first] = rows
  return first && { client: first.client, secrets: rows.map(({ secret }) => secret) }
}

export async function insertClient(tx: Db, client: typeof clients.$inferInsert): Promise<void> {
  await tx.insert(clients).values(client)
}

export async function clientExists(db: Db, id: string): Promise<boolean> {
  return (await db.select({ id: clients.id }).from(clients).where(eq(clients.id, id)).limit(1)).length > 0
}

/** Whoever changes the client or its secrets goes one after the other. */
export async function lockClient(tx: Db, id: string) {
  const [client] = await tx.select().from(clients).where(eq(clients.id, id)).for('update')
  return client
}

export async function setClient(tx: Db, id: string, changes: Partial<typeof clients.$inferInsert>): Promise<void> {
  await tx.update(clients).set(changes).where(eq(clients.id, id))
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

/**
 * The machine behind a token as it stands now: role and body come from here, never from the token. None once the secret
 * that the token was given for is revoked; `secretId` is null in a token that does not say.
 */
export async function findMachine(db: Db, id: string, secretId: string | null) {
  const [row] = await db
    .select({ name: clients.name, role: clients.role, memberId: clients.memberId })
    .from(clients)
    .where(
      and(
        eq(clients.id, id),
        isNull(clients.disabledAt),
        secretId === null ? undefined : exists(liveSecret(db, secretId)),
      ),
    )
    .limit(1)
  return row
}

function liveSecret(db: Db, secretId: string) {
  const { id, clientId, revokedAt } = clientSecrets
  return db
    .select({ id })
    .from(clientSecrets)
    .where(and(eq(id, secretId), eq(clientId, clients.id), isNull(revokedAt)))
}
