import { and, desc, eq, inArray, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Conclusion, EntryKind } from '../domain/reconciliation.ts'
import type { Problem } from '../domain/refusals.ts'
import type { Db } from './database.ts'
import { certificates } from './schema/certificates.ts'
import { enterprises } from './schema/enterprises.ts'
import { members } from './schema/members.ts'
import {
  type ReconciliationCounts,
  reconciliationConclusions,
  reconciliationEntries,
  reconciliationOwners,
  reconciliations,
} from './schema/reconciliations.ts'

export type Reconciliation = typeof reconciliations.$inferSelect
export type NewReconciliation = typeof reconciliations.$inferInsert
export type EntryRow = typeof reconciliationEntries.$inferSelect
export type NewEntry = typeof reconciliationEntries.$inferInsert

export async function insertReconciliation(tx: Db, started: NewReconciliation): Promise<Reconciliation> {
  const [inserted] = await tx.insert(reconciliations).values(started).returning()
  if (!inserted) throw new Error('a reconciliation was not written')
  return inserted
}

/** Whose reconciliations: all, or one member's and the finished ones of all members, in which its certificates stand too. */
export type Reader = { readonly memberId: string | null }

function visibleTo({ memberId }: Reader): SQL | undefined {
  if (memberId === null) return undefined
  const isForAll = and(isNull(reconciliations.memberId), sql`${reconciliations.counts} is not null`)
  return or(eq(reconciliations.memberId, memberId), isForAll)
}

export async function findReconciliation(db: Db, id: string, reader: Reader): Promise<Reconciliation | undefined> {
  const [found] = await db
    .select()
    .from(reconciliations)
    .where(and(eq(reconciliations.id, id), visibleTo(reader)))
    .limit(1)
  return found
}

/** Newest first; `beforeId` is the last one of the page before. */
export async function listReconciliations(
  db: Db,
  reader: Reader,
  page: { beforeId: string | null; limit: number },
): Promise<Reconciliation[]> {
  return db
    .select()
    .from(reconciliations)
    .where(and(visibleTo(reader), page.beforeId === null ? undefined : lt(reconciliations.id, page.beforeId)))
    .orderBy(desc(reconciliations.id))
    .limit(page.limit)
}

/** A sign of those that wait for their turn, or work. */
export async function signOfReconciliations(db: Db, ids: readonly string[], now: Date): Promise<void> {
  const isUnderWay = and(inArray(reconciliations.id, [...ids]), isNull(reconciliations.finishedAt))
  await db.update(reconciliations).set({ heartbeatAt: now }).where(isUnderWay)
}

export async function noteBytesRead(tx: Db, id: string, bytesRead: number, now: Date): Promise<void> {
  await tx.update(reconciliations).set({ bytesRead, heartbeatAt: now }).where(eq(reconciliations.id, id))
}

/** The end: what was counted, or the problem that stopped it; then it leaves no entries behind. */
export async function finishReconciliation(
  tx: Db,
  id: string,
  end: { now: Date; failure: Problem | null; counts: ReconciliationCounts | null; otherBodies: string[] },
): Promise<Reconciliation> {
  const { now, failure, counts, otherBodies } = end
  if (failure !== null) await tx.delete(reconciliationEntries).where(eq(reconciliationEntries.reconciliationId, id))
  const [updated] = await tx
    .update(reconciliations)
    .set({ finishedAt: now, heartbeatAt: now, failure, counts, otherBodies })
    .where(eq(reconciliations.id, id))
    .returning()
  if (!updated) throw new Error(`reconciliation ${id} vanished`)
  return updated
}

/** Entries of reconciliations that came to no end: their process was killed. */
export async function clearAbandonedEntries(db: Db, abandonedBefore: Date): Promise<void> {
  const isAbandoned = and(isNull(reconciliations.finishedAt), lt(reconciliations.heartbeatAt, abandonedBefore))
  const abandoned = db.select({ id: reconciliations.id }).from(reconciliations).where(isAbandoned)
  await db.delete(reconciliationEntries).where(inArray(reconciliationEntries.reconciliationId, abandoned))
}

/** Entries, however many: one parameter, whose digest of the fingerprint is made here. */
export async function insertEntries(tx: Db, entries: readonly NewEntry[]): Promise<void> {
  if (entries.length === 0) return
  await tx.execute(sql`
    insert into ${reconciliationEntries} (id, reconciliation_id, member_id, kind, number, row_number, certificate_id,
      ours, theirs, ours_says, theirs_says, announced_says, problems, fingerprint)
    select id, "reconciliationId", "memberId", kind, number, "rowNumber", "certificateId",
      ours, theirs, "oursSays", "theirsSays", "announcedSays", problems, encode(sha256(convert_to(fingerprint, 'UTF8')), 'hex')
    from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as t(id uuid, "reconciliationId" uuid, "memberId" uuid,
      kind text, number text, "rowNumber" int, "certificateId" uuid, ours jsonb, theirs jsonb,
      "oursSays" text, "theirsSays" text, "announcedSays" text, problems jsonb, fingerprint text)`)
}

/** How many entries of each kind, and how many of them are open. */
export async function countEntries(db: Db, reconciliationId: string, reader: Reader) {
  return db.execute<{ kind: EntryKind; entries: number; open: number }>(sql`
    select e.kind, count(*)::int as entries, count(*) filter (where k.id is null)::int as open
    from ${reconciliationEntries} e
    left join ${reconciliationConclusions} k on k.entry_id = e.id and k.superseded_at is null
    where e.reconciliation_id = ${reconciliationId}::uuid
      and ${reader.memberId === null ? sql`true` : sql`e.member_id = ${reader.memberId}::uuid`}
    group by 1`)
}

/** An entry with who sees to it and how it ended. */
export type EntryAsItStands = {
  readonly entry: EntryRow
  readonly owner: string | null
  readonly conclusion: typeof reconciliationConclusions.$inferSelect | null
}

export type EntryFilter = Reader & {
  readonly reconciliationId: string
  readonly id?: string
  readonly kind?: EntryKind | undefined
  readonly state?: 'open' | 'concluded' | undefined
  readonly owner?: string | undefined
  readonly after: { value: string; id: string } | null
  readonly limit: number
}

/** Entries by certificate number. */
export async function listEntries(db: Db, filter: EntryFilter): Promise<EntryAsItStands[]> {
  const { after, memberId, kind, state, owner, id } = filter
  const entry = reconciliationEntries
  const isCurrent = {
    owner: isNull(reconciliationOwners.supersededAt),
    end: isNull(reconciliationConclusions.supersededAt),
  }
  return db
    .select({ entry, owner: reconciliationOwners.owner, conclusion: reconciliationConclusions })
    .from(entry)
    .leftJoin(reconciliationOwners, and(eq(reconciliationOwners.entryId, entry.id), isCurrent.owner))
    .leftJoin(reconciliationConclusions, and(eq(reconciliationConclusions.entryId, entry.id), isCurrent.end))
    .where(
      and(
        eq(entry.reconciliationId, filter.reconciliationId),
        memberId === null ? undefined : eq(entry.memberId, memberId),
        id === undefined ? undefined : eq(entry.id, id),
        kind && eq(entry.kind, kind),
        state && (state === 'open' ? isNull : isPresent)(reconciliationConclusions.id),
        owner === undefined ? undefined : eq(reconciliationOwners.owner, owner),
        after ? sql`(${entry.number}, ${entry.id}) > (${after.value}, ${after.id}::uuid)` : undefined,
      ),
    )
    .orderBy(entry.number, entry.id)
    .limit(filter.limit)
}

function isPresent(column: typeof reconciliationConclusions.id): SQL {
  return sql`${column} is not null`
}

/** Locks the entry, so that two who decide on it follow one another. */
export async function lockEntry(tx: Db, id: string): Promise<void> {
  await tx
    .select({ id: reconciliationEntries.id })
    .from(reconciliationEntries)
    .where(eq(reconciliationEntries.id, id))
    .for('no key update')
}

type Fact = { readonly id: string; readonly entryId: string; readonly recordedAt: Date; readonly recordedBy: string }

/** Puts a new owner in the place of the present one, which stays on record. */
export async function replaceOwner(tx: Db, fact: Fact & { ownerId: string | null; owner: string }): Promise<void> {
  const table = reconciliationOwners
  const isPresentOne = and(eq(table.entryId, fact.entryId), isNull(table.supersededAt))
  await tx.update(table).set({ supersededAt: fact.recordedAt }).where(isPresentOne)
  await tx.insert(table).values(fact)
}

/** Puts a new conclusion in the place of the present one, which stays on record. */
export async function replaceConclusion(
  tx: Db,
  fact: Fact & { conclusion: Conclusion; note: string | null; concludedBy: string; memberId: string | null },
): Promise<void> {
  const table = reconciliationConclusions
  const isPresentOne = and(eq(table.entryId, fact.entryId), isNull(table.supersededAt))
  await tx.update(table).set({ supersededAt: fact.recordedAt }).where(isPresentOne)
  await tx.insert(table).values(fact)
}

/**
 * Gives entries the owner and the conclusion of the same difference in the latest earlier list of the same source and
 * member, where that conclusion is one of those that hold for later lists. A member's word holds in lists of its own.
 */
export async function carryOver(
  tx: Db,
  { id, source, memberId }: Reconciliation,
  holding: readonly Conclusion[],
  by: { now: Date; actorId: string },
): Promise<void> {
  const now = by.now.toISOString()
  const earlier = sql`select distinct on (e.id) e.id as entry_id, o.id as earlier_id
    from ${reconciliationEntries} e
    join ${reconciliationEntries} o on o.fingerprint = e.fingerprint and o.reconciliation_id <> e.reconciliation_id
    join ${reconciliations} p on p.id = o.reconciliation_id and p.source = ${source}
      and p.member_id is not distinct from ${memberId}::uuid and p.failure is null
      and p.finished_at is not null and p.id < ${id}::uuid
    where e.reconciliation_id = ${id}::uuid order by e.id, p.id desc, o.id desc`
  await tx.execute(sql`
    insert into ${reconciliationOwners} (id, entry_id, owner_id, owner, recorded_at, recorded_by)
    select gen_random_uuid(), t.entry_id, w.owner_id, w.owner, ${now}::timestamptz, ${by.actorId}
    from (${earlier}) t join ${reconciliationOwners} w on w.entry_id = t.earlier_id and w.superseded_at is null`)
  await tx.execute(sql`
    insert into ${reconciliationConclusions}
      (id, entry_id, conclusion, note, concluded_by, member_id, carried_from_id, recorded_at, recorded_by)
    select gen_random_uuid(), t.entry_id, k.conclusion, k.note, k.concluded_by, k.member_id, t.earlier_id, ${now}::timestamptz, ${by.actorId}
    from (${earlier}) t join ${reconciliationConclusions} k on k.entry_id = t.earlier_id and k.superseded_at is null
    where k.conclusion in (select jsonb_array_elements_text(${JSON.stringify(holding)}::jsonb))
      and (k.member_id is null or k.member_id = ${memberId}::uuid)`)
}

/** What identifies the holders and the bodies of certificates in foreign lists. */
export async function identifiersOfCertificates(db: Db, ids: readonly string[]) {
  return db
    .select({ id: certificates.id, creditCode: enterprises.creditCode, approvalNumber: members.approvalNumber })
    .from(certificates)
    .innerJoin(enterprises, eq(enterprises.id, certificates.enterpriseId))
    .innerJoin(members, eq(members.id, certificates.memberId))
    .where(inArray(certificates.id, [...ids]))
}
