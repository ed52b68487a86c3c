import { and, asc, eq, gte, isNull, or, sql } from 'drizzle-orm'
import type { Leaving } from '../domain/disposition.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import { memberLeftOn } from '../domain/verification.ts'
import type { Db } from './database.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'
import { competenceOf } from './members.ts'
import { certificates } from './schema/certificates.ts'
import { dispositions } from './schema/dispositions.ts'

export type Disposition = typeof dispositions.$inferSelect

/** How it stands with a body on a day; undefined where there is no such body. */
export async function leavingOf(db: Db, memberId: string, on: PlainDate): Promise<Leaving | undefined> {
  const found = await competenceOf(db, memberId)
  if (!found) return undefined
  const { approvalUntilOn, approvalRevokedOn, standings } = found
  return { approvalUntilOn, approvalRevokedOn, leftOn: memberLeftOn(standings, on) }
}

/** The live certificates of a body by their last day, with what was decided for each. */
export async function listLeft(db: Db, { memberId, on, after, limit }: Paged & { memberId: string; on: PlainDate }) {
  return db
    .select({ certificate: certificates, disposition: dispositions })
    .from(certificates)
    .leftJoin(dispositions, and(eq(dispositions.certificateId, certificates.id), isNull(dispositions.supersededAt)))
    .where(
      and(
        eq(certificates.memberId, memberId),
        gte(certificates.validUntil, on),
        isNull(certificates.endedOn),
        after
          ? sql`(${certificates.validUntil}, ${certificates.id}) > (${after.value}::date, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(certificates.validUntil), asc(certificates.id))
    .limit(rowsToRead(limit))
}

/** Dispositions by the day they were decided: all, or those that a body leaves behind or is to receive. */
export async function listDispositions(db: Db, { own, after, limit }: Paged & { own: string | null }) {
  return db
    .select()
    .from(dispositions)
    .where(
      and(
        own === null ? undefined : or(eq(dispositions.memberId, own), eq(dispositions.toMemberId, own)),
        after
          ? sql`(${dispositions.decidedOn}, ${dispositions.id}) > (${after.value}::date, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(dispositions.decidedOn), asc(dispositions.id))
    .limit(rowsToRead(limit))
}

export async function findDisposition(db: Db, id: string): Promise<Disposition | undefined> {
  const [found] = await db.select().from(dispositions).where(eq(dispositions.id, id)).limit(1)
  return found
}

/** Puts a disposition in place of the present one; both stay. The certificate is locked. */
export async function replaceDisposition(tx: Db, row: typeof dispositions.$inferInsert): Promise<Disposition> {
  await tx
    .update(dispositions)
    .set({ supersededAt: row.recordedAt })
    .where(and(eq(dispositions.certificateId, row.certificateId), isNull(dispositions.supersededAt)))
  const [inserted] = await tx.insert(dispositions).values(row).returning()
  if (!inserted) throw new Error('a disposition was not written')
  return inserted
}

/** A certificate that has ended waits for no receiver any more. The certificate is locked. */
export async function closeTransfers(tx: Db, certificateId: string, supersededAt: Date): Promise<void> {
  await tx
    .update(dispositions)
    .set({ supersededAt })
    .where(
      and(
        eq(dispositions.certificateId, certificateId),
        eq(dispositions.kind, 'transfer'),
        isNull(dispositions.answer),
        isNull(dispositions.supersededAt),
      ),
    )
}

export async function answerDisposition(
  tx: Db,
  id: string,
  answer: Pick<Disposition, 'answer' | 'answeredOn' | 'answerWords' | 'successorId'>,
): Promise<Disposition> {
  const [answered] = await tx.update(dispositions).set(answer).where(eq(dispositions.id, id)).returning()
  if (!answered) throw new Error(`disposition ${id} vanished`)
  return answered
}
