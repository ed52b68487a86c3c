import { and, asc, eq, exists, inArray, isNotNull, isNull, min, or, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { PlainDate } from '../domain/plain-date.ts'
import type { ScopeFact } from '../domain/result.ts'
import type { StandingFact } from '../domain/standing.ts'
import type { Db } from './database.ts'
import { keptRows } from './kept-queries.ts'
import type { Change } from './known-at.ts'
import {
  executingUnits,
  memberApprovalNumbers,
  memberContacts,
  memberMergers,
  memberNames,
  memberScopes,
  memberStandings,
  members,
} from './schema/members.ts'

export type Member = typeof members.$inferSelect
export type NewMember = typeof members.$inferInsert

export async function findMember(db: Db, id: string): Promise<Member | undefined> {
  const [member] = await db.select().from(members).where(eq(members.id, id)).limit(1)
  return member
}

/** Locks the member's row, so that two changes of its standing follow one another. */
export async function lockMember(tx: Db, id: string): Promise<Member | undefined> {
  const [member] = await tx.select().from(members).where(eq(members.id, id)).for('no key update').limit(1)
  return member
}

/** The same of several, in the order of their ids. */
export async function lockMembers(tx: Db, ids: readonly string[]): Promise<void> {
  await tx
    .select({ id: members.id })
    .from(members)
    .where(inArray(members.id, [...ids]))
    .orderBy(asc(members.id))
    .for('no key update')
}

/** When the first body was recorded: until then there was no registry. Asked where there is one. */
export async function firstRegistrationAt(db: Db): Promise<Date> {
  const [row] = await db.select({ at: min(members.recordedAt) }).from(members)
  if (!row?.at) throw new Error('there is no member')
  return row.at
}

export async function standingHistoryOf(db: Db, memberId: string) {
  return db
    .select()
    .from(memberStandings)
    .where(and(eq(memberStandings.memberId, memberId), isNull(memberStandings.supersededAt)))
    .orderBy(asc(memberStandings.fromOn))
}

/**
 * Standings that no measure led to, oldest first: also one that a measure's own took the place of on the same day, as that
 * is what the body falls back to.
 */
export async function standingsByHand(db: Db, memberId: string) {
  const measured = alias(memberStandings, 'measured')
  const replaced = db
    .select({ id: measured.id })
    .from(measured)
    .where(
      and(
        eq(measured.memberId, memberStandings.memberId),
        eq(measured.fromOn, memberStandings.fromOn),
        isNotNull(measured.measureId),
      ),
    )
  return db
    .select()
    .from(memberStandings)
    .where(
      and(
        eq(memberStandings.memberId, memberId),
        isNull(memberStandings.measureId),
        or(isNull(memberStandings.supersededAt), exists(replaced)),
      ),
    )
    .orderBy(asc(memberStandings.fromOn), asc(memberStandings.recordedAt))
}

export async function scopesOf(db: Db, memberId: string) {
  return db
    .select()
    .from(memberScopes)
    .where(and(eq(memberScopes.memberId, memberId), isNull(memberScopes.supersededAt)))
    .orderBy(asc(memberScopes.fromOn), asc(memberScopes.id))
}

/** What decides whether a member may issue: its standings and scopes. One round trip. */
export type CompetenceFacts = {
  name: string
  approvalUntilOn: PlainDate | null
  approvalRevokedOn: PlainDate | null
  standings: StandingFact[]
  scopes: ScopeFact[]
}

export async function competenceOf(db: Db, memberId: string): Promise<CompetenceFacts | undefined> {
  const [row] = await selectCompetence(db, { memberId })
  return row
}

const selectCompetence = keptRows<CompetenceFacts>(sql`
  select m.name, m.approval_until_on as "approvalUntilOn",
           (select r.revoked_on from approval_revocations r where r.member_id = m.id and r.lifted_at is null) as "approvalRevokedOn",
           coalesce((select json_agg(json_build_object('standing', s.standing, 'fromOn', s.from_on) order by s.from_on)
                     from ${memberStandings} s where s.member_id = m.id and s.superseded_at is null), '[]') as standings,
           coalesce((select json_agg(json_build_object('family', c.family, 'industryCode', c.industry_code,
                                                       'fromOn', c.from_on, 'untilOn', c.until_on))
                     from ${memberScopes} c where c.member_id = m.id and c.superseded_at is null), '[]') as scopes
    from ${members} m where m.id = ${sql.placeholder('memberId')}`)

/** So many executing units, contacts and names are shown of one member. */
export const partsMax = 200

export async function detailsOf(db: Db, memberId: string) {
  const [standings, scopes, units, contacts, names, approvalNumbers] = await Promise.all([
    standingHistoryOf(db, memberId),
    scopesOf(db, memberId),
    db
      .select()
      .from(executingUnits)
      .where(eq(executingUnits.memberId, memberId))
      .orderBy(asc(executingUnits.fromOn), asc(executingUnits.id))
      .limit(partsMax),
    db
      .select()
      .from(memberContacts)
      .where(eq(memberContacts.memberId, memberId))
      .orderBy(asc(memberContacts.order), asc(memberContacts.id))
      .limit(partsMax),
    db
      .select()
      .from(memberNames)
      .where(eq(memberNames.memberId, memberId))
      .orderBy(asc(memberNames.recordedAt), asc(memberNames.id))
      .limit(partsMax),
    db
      .select()
      .from(memberApprovalNumbers)
      .where(eq(memberApprovalNumbers.memberId, memberId))
      .orderBy(asc(memberApprovalNumbers.recordedAt), asc(memberApprovalNumbers.approvalNumber))
      .limit(partsMax),
  ])
  return { standings, scopes, units, contacts, names, approvalNumbers }
}

export async function insertMember(tx: Db, member: NewMember): Promise<void> {
  await tx.insert(members).values(member)
}

/** What the row said before is kept (R4a). */
export async function updateMember(tx: Db, id: string, changes: Change<NewMember>): Promise<void> {
  await tx.update(members).set(changes).where(eq(members.id, id))
}

export async function insertMemberName(tx: Db, name: typeof memberNames.$inferInsert): Promise<void> {
  await tx.insert(memberNames).values(name).onConflictDoNothing()
}

/** One standing a day: a second one for the same day supersedes the first. */
export async function insertStanding(tx: Db, standing: typeof memberStandings.$inferInsert): Promise<void> {
  await tx
    .update(memberStandings)
    .set({ supersededAt: standing.recordedAt })
    .where(
      and(
        eq(memberStandings.memberId, standing.memberId),
        eq(memberStandings.fromOn, standing.fromOn),
        isNull(memberStandings.supersededAt),
      ),
    )
  await tx.insert(memberStandings).values(standing)
}

export async function insertScope(tx: Db, scope: typeof memberScopes.$inferInsert): Promise<void> {
  await tx.insert(memberScopes).values(scope)
}

/** Ends a scope: the row as it stood is superseded by one with a last day. */
export async function supersedeScope(
  tx: Db,
  old: typeof memberScopes.$inferSelect,
  end: { untilOn: PlainDate; newId: string; now: Date; by: string },
): Promise<void> {
  await tx.update(memberScopes).set({ supersededAt: end.now }).where(eq(memberScopes.id, old.id))
  await tx.insert(memberScopes).values({
    ...old,
    id: end.newId,
    untilOn: end.untilOn,
    supersededAt: null,
    recordedAt: end.now,
    recordedBy: end.by,
  })
}

export async function insertUnit(tx: Db, unit: typeof executingUnits.$inferInsert): Promise<boolean> {
  const inserted = await tx
    .insert(executingUnits)
    .values(unit)
    .onConflictDoNothing()
    .returning({ id: executingUnits.id })
  return inserted.length > 0
}

export async function insertContact(tx: Db, contact: typeof memberContacts.$inferInsert): Promise<void> {
  await tx.insert(memberContacts).values(contact)
}

/** A number that a body has from a day on, beside those it had; false where another body has or had it. */
export async function insertApprovalNumber(tx: Db, row: typeof memberApprovalNumbers.$inferInsert): Promise<boolean> {
  await tx.insert(memberApprovalNumbers).values(row).onConflictDoNothing()
  const [kept] = await tx
    .select({ memberId: memberApprovalNumbers.memberId })
    .from(memberApprovalNumbers)
    .where(eq(memberApprovalNumbers.approvalNumber, row.approvalNumber))
  return kept?.memberId === row.memberId
}

export type Merger = typeof memberMergers.$inferSelect

/** Into which body one was merged; undefined where it was not. */
export async function mergerOf(db: Db, memberId: string): Promise<(Merger & { intoName: string }) | undefined> {
  const [found] = await db
    .select({ merger: memberMergers, intoName: members.name })
    .from(memberMergers)
    .innerJoin(members, eq(members.id, memberMergers.intoMemberId))
    .where(and(eq(memberMergers.memberId, memberId), isNull(memberMergers.annulledAt)))
    .limit(1)
  return found && { ...found.merger, intoName: found.intoName }
}

/** False where the body was merged already. */
export async function insertMerger(tx: Db, row: typeof memberMergers.$inferInsert): Promise<boolean> {
  const inserted = await tx.insert(memberMergers).values(row).onConflictDoNothing().returning()
  return inserted.length > 0
}

/** A merger that was recorded wrongly counts no more. The member is locked. */
export async function annulMerger(
  tx: Db,
  id: string,
  annulment: { annulledAt: Date; annulledGround: string },
): Promise<void> {
  await tx.update(memberMergers).set(annulment).where(eq(memberMergers.id, id))
}

/** How many bodies were merged into one. */
export async function mergersInto(db: Db, memberId: string): Promise<number> {
  return db.$count(memberMergers, and(eq(memberMergers.intoMemberId, memberId), isNull(memberMergers.annulledAt)))
}
