import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'
import { referralAnswers, referrals } from './schema/referrals.ts'

export type Referral = typeof referrals.$inferSelect
export type ReferralAnswer = typeof referralAnswers.$inferSelect

export async function insertReferral(tx: Db, row: typeof referrals.$inferInsert): Promise<Referral> {
  const [inserted] = await tx.insert(referrals).values(row).returning()
  if (!inserted) throw new Error('a referral was not written')
  return inserted
}

export async function insertReferralAnswer(tx: Db, row: typeof referralAnswers.$inferInsert): Promise<boolean> {
  const inserted = await tx.insert(referralAnswers).values(row).onConflictDoNothing().returning()
  return inserted.length > 0
}

/** What a referral is about: one of an obligation, a finding, and a period. */
export type ReferredAs = Pick<Referral, 'obligationId' | 'findingId' | 'fromOn' | 'untilOn'>

/** Whether a referral of just that waits for its answer. Ask while that is locked. */
export async function isReferred(db: Db, memberId: string, about: ReferredAs): Promise<boolean> {
  const found = await withAnswer(db)
    .where(
      and(
        eq(referrals.memberId, memberId),
        sql`(${referrals.obligationId}, ${referrals.findingId}, ${referrals.fromOn}, ${referrals.untilOn})
          is not distinct from (${about.obligationId}::uuid, ${about.findingId}::uuid, ${about.fromOn}::date, ${about.untilOn}::date)`,
        isNull(referralAnswers.referralId),
      ),
    )
    .limit(1)
  return found.length > 0
}

const withAnswer = (db: Db) =>
  db
    .select({ referral: referrals, answer: referralAnswers })
    .from(referrals)
    .leftJoin(referralAnswers, eq(referralAnswers.referralId, referrals.id))

export async function findReferral(db: Db, id: string) {
  const [found] = await withAnswer(db).where(eq(referrals.id, id)).limit(1)
  return found
}

/** Referrals by day, with their answers. */
export async function listReferrals(db: Db, { after, limit, memberId }: Paged & { memberId: string | undefined }) {
  return withAnswer(db)
    .where(
      and(
        memberId === undefined ? undefined : eq(referrals.memberId, memberId),
        after ? sql`(${referrals.referredOn}, ${referrals.id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
      ),
    )
    .orderBy(asc(referrals.referredOn), asc(referrals.id))
    .limit(rowsToRead(limit))
}
