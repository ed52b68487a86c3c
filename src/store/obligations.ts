import { and, asc, desc, eq, gte, isNotNull, isNull, lte, sql } from 'drizzle-orm'
import { addDays, type PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import type { Change } from './known-at.ts'
import { obligations, receiptReviews, receipts, waivers } from './schema/obligations.ts'
import { type NewRows, newRows } from './together.ts'

export type Obligation = typeof obligations.$inferSelect
export type NewObligation = typeof obligations.$inferInsert
export type Receipt = typeof receipts.$inferSelect

export async function insertObligations(tx: Db, rows: readonly NewObligation[]): Promise<Obligation[]> {
  return rows.length === 0
    ? []
    : tx
        .insert(obligations)
        .values([...rows])
        .returning()
}

/** What a result opens, and the receipts of what is met already: to be inserted together. */
export function openedRows(opened: readonly Obligation[], met: readonly Receipt[]): NewRows[] {
  return [newRows(obligations, ...opened), newRows(receipts, ...met)]
}

export async function findObligation(db: Db, id: string): Promise<Obligation | undefined> {
  const [obligation] = await db.select().from(obligations).where(eq(obligations.id, id)).limit(1)
  return obligation
}

/** Locks the obligation, so that two receipts for it follow one another. */
export async function lockObligation(tx: Db, id: string): Promise<Obligation | undefined> {
  const [obligation] = await tx.select().from(obligations).where(eq(obligations.id, id)).for('no key update').limit(1)
  return obligation
}

/** Locks many in a stable order, and answers them as they stand then. */
export async function lockObligations(tx: Db, ids: readonly string[]): Promise<Obligation[]> {
  return tx
    .select()
    .from(obligations)
    .where(sql`${obligations.id} = any(${sql.param([...ids])}::uuid[])`)
    .orderBy(asc(obligations.id))
    .for('no key update')
}

/** The obligation that a duty and its event opened; locked. */
export async function lockObligationOfCause(tx: Db, causeKey: string): Promise<Obligation | undefined> {
  const found = await tx
    .select()
    .from(obligations)
    .where(eq(obligations.causeKey, causeKey))
    .for('no key update')
    .limit(1)
  return found[0]
}

/** What the obligations hang on: a result's root, a certificate, an assignment or an ending. Locked, oldest first. */
export async function lockObligationsOf(
  tx: Db,
  cause: { resultId: string } | { certificateId: string } | { assignmentId: string } | { endingId: string },
): Promise<Obligation[]> {
  return tx.select().from(obligations).where(byCause(cause)).orderBy(asc(obligations.id)).for('no key update')
}

export async function obligationsOf(db: Db, cause: Parameters<typeof byCause>[0]): Promise<Obligation[]> {
  return db.select().from(obligations).where(byCause(cause)).orderBy(asc(obligations.id))
}

function byCause(
  cause: { resultId: string } | { certificateId: string } | { assignmentId: string } | { endingId: string },
) {
  if ('resultId' in cause) return eq(obligations.resultId, cause.resultId)
  if ('certificateId' in cause) return eq(obligations.certificateId, cause.certificateId)
  if ('assignmentId' in cause) return eq(obligations.assignmentId, cause.assignmentId)
  return eq(obligations.endingId, cause.endingId)
}

export async function setObligation(tx: Db, id: string, changes: Change<NewObligation>): Promise<Obligation> {
  const [updated] = await tx.update(obligations).set(changes).where(eq(obligations.id, id)).returning()
  if (!updated) throw new Error(`obligation ${id} vanished`)
  return updated
}

/** Open obligations counted in working days whose count may reach `from` or later; locked in a stable order. */
export async function lockOpenCounted(tx: Db, from: PlainDate): Promise<Obligation[]> {
  return tx
    .select()
    .from(obligations)
    .where(
      and(
        isNull(obligations.metOn),
        isNull(obligations.waivedOn),
        isNotNull(obligations.calendarVersion),
        gte(obligations.dueOn, from),
      ),
    )
    .orderBy(asc(obligations.id))
    .for('no key update')
}

type DueChange = { id: string; dueOn: PlainDate; provisional: boolean; calendarVersion: number }

/** Writes recomputed due dates in one statement. */
export async function setDueDates(tx: Db, changes: readonly DueChange[], changedAt: Date): Promise<void> {
  if (changes.length === 0) return
  await tx.execute(sql`
    update ${obligations} o
    set due_on = c."dueOn", provisional = c.provisional, calendar_version = c."calendarVersion",
        changed_at = ${changedAt.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as c(id uuid, "dueOn" date, provisional boolean, "calendarVersion" int)
    where o.id = c.id`)
}

/** What is open and due until `until`, counted by duty, rule version and due day; all that is overdue as of yesterday. */
export async function countNearlyDue(db: Db, today: PlainDate, until: PlainDate) {
  const dueOn = sql<PlainDate>`greatest(${obligations.dueOn}, ${addDays(today, -1)}::date)::text`
  return db
    .select({ duty: obligations.duty, ruleVersion: obligations.ruleVersion, dueOn, count: sql<number>`count(*)::int` })
    .from(obligations)
    .where(and(isNull(obligations.metOn), isNull(obligations.waivedOn), lte(obligations.dueOn, until)))
    .groupBy(sql`1, 2, 3`)
}

export async function currentReceiptOf(db: Db, obligationId: string): Promise<Receipt | undefined> {
  const [receipt] = await db
    .select()
    .from(receipts)
    .where(and(eq(receipts.obligationId, obligationId), isNull(receipts.supersededAt)))
    .limit(1)
  return receipt
}

export async function insertReceipt(tx: Db, receipt: typeof receipts.$inferInsert): Promise<Receipt> {
  const [inserted] = await tx.insert(receipts).values(receipt).returning()
  if (!inserted) throw new Error('a receipt was not written')
  return inserted
}

export async function supersedeReceipt(tx: Db, id: string, now: Date): Promise<void> {
  await tx.update(receipts).set({ supersededAt: now }).where(eq(receipts.id, id))
}

export async function findReceipt(db: Db, obligationId: string, receiptId: string): Promise<Receipt | undefined> {
  const [receipt] = await db
    .select()
    .from(receipts)
    .where(and(eq(receipts.id, receiptId), eq(receipts.obligationId, obligationId)))
    .limit(1)
  return receipt
}

export async function insertReview(tx: Db, review: typeof receiptReviews.$inferInsert): Promise<void> {
  await tx.insert(receiptReviews).values(review)
}

/** All receipts of an obligation with what the regulator said of each, oldest first. */
export async function receiptsOf(db: Db, obligationId: string) {
  const [own, reviews] = await Promise.all([
    db
      .select()
      .from(receipts)
      .where(eq(receipts.obligationId, obligationId))
      .orderBy(asc(receipts.recordedAt), asc(receipts.id)),
    db
      .select({ review: receiptReviews })
      .from(receiptReviews)
      .innerJoin(receipts, eq(receipts.id, receiptReviews.receiptId))
      .where(eq(receipts.obligationId, obligationId))
      .orderBy(asc(receiptReviews.recordedAt), asc(receiptReviews.id)),
  ])
  return own.map((receipt) => ({
    ...receipt,
    reviews: reviews.filter(({ review }) => review.receiptId === receipt.id).map(({ review }) => review),
  }))
}

/** The latest waiver proposed for an obligation. */
export async function waiverOf(db: Db, obligationId: string) {
  const [waiver] = await db
    .select()
    .from(waivers)
    .where(eq(waivers.obligationId, obligationId))
    .orderBy(desc(waivers.recordedAt), desc(waivers.id))
    .limit(1)
  return waiver
}

export async function insertWaiver(tx: Db, waiver: typeof waivers.$inferInsert): Promise<boolean> {
  const inserted = await tx.insert(waivers).values(waiver).onConflictDoNothing().returning({ id: waivers.id })
  return inserted.length > 0
}

export async function decideWaiver(
  tx: Db,
  id: string,
  decision: { verdict: 'confirmed' | 'declined'; decidedAt: Date; decidedBy: string },
): Promise<void> {
  await tx.update(waivers).set(decision).where(eq(waivers.id, id))
}
