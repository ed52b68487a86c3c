import { and, asc, eq, getTableColumns, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Standing } from '../domain/standing.ts'
import type { Db } from './database.ts'
import { type Enterprise, knownToMember } from './enterprises.ts'
import { standingOf } from './lists/members.ts'
import { type Member, partsMax } from './members.ts'
import type { Obligation } from './obligations.ts'
import type { Result } from './results.ts'
import { certificateEvents, certificates } from './schema/certificates.ts'
import { enterprises } from './schema/enterprises.ts'
import { approvalRevocations } from './schema/measures.ts'
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
import { obligations, receiptReviews, receipts } from './schema/obligations.ts'
import { results } from './schema/results.ts'

/**
 * What hangs on many rows at once: one statement for a page, never one a row. `memberId` confines to the rows of one
 * member; null is all of them.
 */
export type Confined = { readonly ids: readonly string[]; readonly memberId: string | null }

export async function membersByIds(
  db: Db,
  { ids, memberId, on }: Confined & { on: PlainDate },
): Promise<{ member: Member; standing: Standing | null }[]> {
  return db
    .select({ member: members, standing: standingOf(on) })
    .from(members)
    .where(and(inArray(members.id, [...ids]), memberId === null ? undefined : eq(members.id, memberId)))
}

export async function enterprisesByIds(db: Db, { ids, memberId }: Confined): Promise<Enterprise[]> {
  return db
    .select()
    .from(enterprises)
    .where(and(inArray(enterprises.id, [...ids]), memberId === null ? undefined : knownToMember(memberId)))
}

type PartOfMember = typeof executingUnits | typeof memberContacts | typeof memberNames

/** Standings, scopes, and at most {@link partsMax} executing units, contacts and names of each member, in the order of its page. */
export async function detailsOfMembers(db: Db, ids: readonly string[]) {
  const all = [...ids]
  const [standings, scopes, units, contacts, names] = await Promise.all([
    db
      .select()
      .from(memberStandings)
      .where(and(inArray(memberStandings.memberId, all), isNull(memberStandings.supersededAt)))
      .orderBy(asc(memberStandings.fromOn)),
    db
      .select()
      .from(memberScopes)
      .where(and(inArray(memberScopes.memberId, all), isNull(memberScopes.supersededAt)))
      .orderBy(asc(memberScopes.fromOn), asc(memberScopes.id)),
    db
      .select()
      .from(executingUnits)
      .where(isAmongFirst(executingUnits, sql`from_on, id`, all))
      .orderBy(asc(executingUnits.fromOn), asc(executingUnits.id)),
    db
      .select()
      .from(memberContacts)
      .where(isAmongFirst(memberContacts, sql`"order", id`, all))
      .orderBy(asc(memberContacts.order), asc(memberContacts.id)),
    db
      .select()
      .from(memberNames)
      .where(isAmongFirst(memberNames, sql`recorded_at, id`, all))
      .orderBy(asc(memberNames.recordedAt), asc(memberNames.id)),
  ])
  return { standings, scopes, units, contacts, names }
}

/** What became of several members: the numbers that each has had, its merger, and the revocation that stands (N1, R8). */
export async function fatesOfMembers(db: Db, ids: readonly string[]) {
  const all = [...ids]
  const [approvalNumbers, mergers, revocations] = await Promise.all([
    db
      .select()
      .from(memberApprovalNumbers)
      .where(inArray(memberApprovalNumbers.memberId, all))
      .orderBy(asc(memberApprovalNumbers.recordedAt), asc(memberApprovalNumbers.approvalNumber)),
    db
      .select({ ...getTableColumns(memberMergers), intoName: members.name })
      .from(memberMergers)
      .innerJoin(members, eq(members.id, memberMergers.intoMemberId))
      .where(and(inArray(memberMergers.memberId, all), isNull(memberMergers.annulledAt))),
    db
      .select()
      .from(approvalRevocations)
      .where(and(inArray(approvalRevocations.memberId, all), isNull(approvalRevocations.liftedAt))),
  ])
  return { approvalNumbers, mergers, revocations }
}

/** The first {@link partsMax} rows of each member. */
function isAmongFirst(table: PartOfMember, order: SQL, memberIds: readonly string[]): SQL {
  const placed = sql`select id, row_number() over (partition by member_id order by ${order}) as place
    from ${table} where member_id = any(${sql.param([...memberIds])}::uuid[])`
  return sql`${table.id} in (select id from (${placed}) as placed where place <= ${partsMax})`
}

/** Receipts of obligations with what the regulator said of each, oldest first. */
export async function receiptsOfObligations(db: Db, { ids, memberId }: Confined) {
  const which = and(
    inArray(obligations.id, [...ids]),
    memberId === null ? undefined : eq(obligations.memberId, memberId),
  )
  const [own, reviews] = await Promise.all([
    db
      .select({ receipt: receipts })
      .from(receipts)
      .innerJoin(obligations, eq(obligations.id, receipts.obligationId))
      .where(which)
      .orderBy(asc(receipts.recordedAt), asc(receipts.id)),
    db
      .select({ review: receiptReviews })
      .from(receiptReviews)
      .innerJoin(receipts, eq(receipts.id, receiptReviews.receiptId))
      .innerJoin(obligations, eq(obligations.id, receipts.obligationId))
      .where(which)
      .orderBy(asc(receiptReviews.recordedAt), asc(receiptReviews.id)),
  ])
  return { receipts: own.map(({ receipt }) => receipt), reviews: reviews.map(({ review }) => review) }
}

export async function eventsOfCertificates(db: Db, { ids, memberId }: Confined) {
  const rows = await db
    .select({ event: certificateEvents })
    .from(certificateEvents)
    .innerJoin(certificates, eq(certificates.id, certificateEvents.certificateId))
    .where(and(inArray(certificates.id, [...ids]), memberId === null ? undefined : eq(certificates.memberId, memberId)))
    .orderBy(asc(certificateEvents.onDay), asc(certificateEvents.id))
  return rows.map(({ event }) => event)
}

/** All revisions of results, first to last, by the ids of their roots. */
export async function revisionsOfResults(db: Db, { ids, memberId }: Confined): Promise<Result[]> {
  return db
    .select()
    .from(results)
    .where(and(inArray(results.rootId, [...ids]), memberId === null ? undefined : eq(results.memberId, memberId)))
    .orderBy(asc(results.revision))
}

export type ObligationCause = 'resultId' | 'certificateId' | 'assignmentId'

/** Obligations that hang on results, certificates or assignments. */
export async function obligationsByCause(
  db: Db,
  cause: ObligationCause,
  { ids, memberId }: Confined,
): Promise<Obligation[]> {
  const own: SQL | undefined = memberId === null ? undefined : eq(obligations.memberId, memberId)
  return db
    .select()
    .from(obligations)
    .where(and(inArray(obligations[cause], [...ids]), own))
    .orderBy(asc(obligations.dueOn), asc(obligations.id))
}
