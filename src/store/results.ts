import { and, asc, desc, eq, getTableColumns, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Certificate } from './certificates.ts'
import { clientOf, type Db } from './database.ts'
import { keptSelect } from './kept-queries.ts'
import type { Change } from './known-at.ts'
import { calendarShared } from './rulebook.ts'
import { certificates } from './schema/certificates.ts'
import { enterprises } from './schema/enterprises.ts'
import { attempts, endings, results } from './schema/results.ts'
import { type NewRows, newRows } from './together.ts'

export type Result = typeof results.$inferSelect
export type NewResult = typeof results.$inferInsert
export type Ending = typeof endings.$inferSelect

/**
 * Inside the transaction of a post, in one round trip: nobody puts a new calendar in before it ends, and posts of one
 * reference and of one certificate number follow one another. The second waits here, then finds what the first recorded.
 */
export async function claimPost(
  tx: Db,
  memberId: string,
  memberReference: string,
  number: string | undefined,
): Promise<void> {
  const keys = [`${memberId} ${memberReference}`, ...(number === undefined ? [] : [numberKey(memberId, number)])]
  const locks = keys.map((_, index) => `pg_advisory_xact_lock(hashtextextended($${index + 1}, 0))`)
  // Sent at once: what is asked after this call is answered once the claims are held.
  await clientOf(tx)
    .unsafe(`select ${[calendarShared, ...locks].join(', ')}`, keys)
    .execute()
}

function numberKey(memberId: string, number: string): string {
  return `${memberId}#${number}`
}

/** The current revision that carries the member's own reference. */
export async function findResultByReference(
  db: Db,
  memberId: string,
  memberReference: string,
): Promise<Result | undefined> {
  const [result] = await selectByReference(db, { memberId, memberReference })
  return result
}

const selectByReference = keptSelect<Result, { memberId: string; memberReference: string }>(
  getTableColumns(results),
  [],
  (db, { memberId, memberReference }, fields) =>
    db
      .select(fields)
      .from(results)
      .where(
        and(eq(results.memberId, memberId), eq(results.memberReference, memberReference), isNull(results.supersededAt)),
      )
      .limit(1),
)

/** Posts and recorded endings of one certificate number follow one another. */
export async function claimNumber(tx: Db, memberId: string, number: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${numberKey(memberId, number)}, 0))`)
}

/** Whether the outcome of an assignment was posted. */
export async function hasOutcome(db: Db, assignmentId: string): Promise<boolean> {
  const found = await db.select({ id: results.id }).from(results).where(eq(results.assignmentId, assignmentId)).limit(1)
  return found.length > 0
}

/** All revisions of a result, first to last, by the id of any of them. */
export async function revisionsOf(db: Db, id: string): Promise<Result[]> {
  const [one] = await db.select({ rootId: results.rootId }).from(results).where(eq(results.id, id)).limit(1)
  return one ? db.select().from(results).where(eq(results.rootId, one.rootId)).orderBy(asc(results.revision)) : []
}

/** Locks one revision of a result. */
export async function lockResult(tx: Db, id: string): Promise<Result | undefined> {
  const [result] = await tx.select().from(results).where(eq(results.id, id)).for('no key update').limit(1)
  return result
}

/** A new row was never changed, whatever row its facts come from (R4a). */
export async function insertResult(tx: Db, result: NewResult): Promise<Result> {
  const [inserted] = await tx
    .insert(results)
    .values({ ...result, changedAt: null })
    .returning()
  if (!inserted) throw new Error('a result was not written')
  return inserted
}

/** A result with the certificate that it issues, where it issues one: to be inserted together. */
export function resultRows(result: Result, issued: Certificate | null): NewRows[] {
  return [...(issued ? [newRows(certificates, issued)] : []), newRows(results, result)]
}

export async function setResult(tx: Db, id: string, changes: Change<NewResult>): Promise<void> {
  await tx.update(results).set(changes).where(eq(results.id, id))
}

/**
 * An ending recorded by the secretariat or the regulator that this result may answer: the one that is named, else one
 * of the same assignment or number, first one that still waits. Locked.
 */
export async function lockEndingFor(tx: Db, posted: PostedFor): Promise<Ending | undefined> {
  const [ending] = await selectEndingFor(tx, posted)
  return ending
}

const selectEndingFor = keptSelect<Ending, PostedFor>(getTableColumns(endings), [], (db, posted, fields) =>
  db
    .select(fields)
    .from(endings)
    .where(and(eq(endings.memberId, posted.memberId), or(...waysToMatch(posted))))
    .orderBy(sql`${endings.resultId} is not null`, asc(endings.recordedAt))
    .for('no key update')
    .limit(1),
)

/** What a post says of the certification that it answers. */
export type PostedFor = {
  readonly memberId: string
  readonly endingId: string | undefined
  readonly assignmentId: string | undefined
  /** Only where the post issues that number: a supplement to a certificate answers no ending of its renewal. */
  readonly certificateNumber: string | undefined
  /** Its credit code; undefined where it is none. */
  readonly enterpriseCode: string | undefined
  readonly productName: string
  readonly decidedOn: PlainDate
}

function waysToMatch({
  endingId,
  assignmentId,
  certificateNumber,
  enterpriseCode,
  productName,
  decidedOn,
}: PostedFor): SQL[] {
  if (endingId !== undefined) return [eq(endings.id, endingId)]
  const isOfIt = isOfEnterprise(enterpriseCode)
  const isThatProduct = and(
    isNull(endings.assignmentId),
    isNull(endings.certificateNumber),
    isOfIt,
    eq(endings.productName, productName),
    eq(endings.decidedOn, decidedOn),
  )
  // Linked to another enterprise, it is about something else.
  const isOfNoOther = or(isNull(endings.enterpriseId), isOfIt)
  const ways = [
    assignmentId === undefined ? undefined : eq(endings.assignmentId, assignmentId),
    certificateNumber === undefined ? undefined : and(eq(endings.certificateNumber, certificateNumber), isOfNoOther),
    isThatProduct,
  ]
  return ways.filter((way) => way !== undefined)
}

function isOfEnterprise(code: string | undefined): SQL {
  if (code === undefined) return sql`false`
  return sql`${endings.enterpriseId} = (select e.id from ${enterprises} e where e.credit_code = ${code})`
}

export async function findEnding(db: Db, id: string): Promise<Ending | undefined> {
  const [ending] = await db.select().from(endings).where(eq(endings.id, id)).limit(1)
  return ending
}

export async function insertEnding(tx: Db, ending: typeof endings.$inferInsert): Promise<Ending | undefined> {
  const [inserted] = await tx.insert(endings).values(ending).onConflictDoNothing().returning()
  return inserted
}

export async function settleEnding(tx: Db, endingId: string, resultId: string): Promise<void> {
  await tx.update(endings).set({ resultId }).where(eq(endings.id, endingId))
}

export async function insertAttempt(db: Db, attempt: typeof attempts.$inferInsert): Promise<void> {
  await db.insert(attempts).values(attempt)
}

export async function listAttempts(
  db: Db,
  filter: { memberId: string | null; beforeId: string | null; limit: number },
) {
  const conditions = [
    filter.memberId === null ? undefined : eq(attempts.memberId, filter.memberId),
    filter.beforeId === null ? undefined : lt(attempts.id, filter.beforeId),
  ]
  return db
    .select()
    .from(attempts)
    .where(and(...conditions))
    .orderBy(desc(attempts.id))
    .limit(filter.limit)
}
