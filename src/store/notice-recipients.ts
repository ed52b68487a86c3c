import { and, asc, eq, gt, gte, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { memberContacts } from './schema/members.ts'
import { noticeRecipients } from './schema/notices.ts'

export type Recipient = typeof noticeRecipients.$inferSelect

/** False where the address is on the list already. */
export async function insertRecipient(tx: Db, row: typeof noticeRecipients.$inferInsert): Promise<boolean> {
  const inserted = await tx
    .insert(noticeRecipients)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: noticeRecipients.id })
  return inserted.length > 0
}

/** False where it is not there, or ended before. */
export async function endRecipient(tx: Db, id: string, now: Date): Promise<boolean> {
  const ended = await tx
    .update(noticeRecipients)
    .set({ endedAt: now })
    .where(and(eq(noticeRecipients.id, id), isNull(noticeRecipients.endedAt)))
    .returning({ id: noticeRecipients.id })
  return ended.length > 0
}

export async function listRecipients(db: Db, filter: { afterId: string | null; limit: number }): Promise<Recipient[]> {
  return db
    .select()
    .from(noticeRecipients)
    .where(
      and(
        isNull(noticeRecipients.endedAt),
        filter.afterId === null ? undefined : gt(noticeRecipients.id, filter.afterId),
      ),
    )
    .orderBy(asc(noticeRecipients.id))
    .limit(filter.limit + 1)
}

/** The addresses of the secretariat and the regulator on a day. */
export async function recipientsOn(db: Db, on: PlainDate): Promise<Pick<Recipient, 'audience' | 'email'>[]> {
  return db
    .select({ audience: noticeRecipients.audience, email: noticeRecipients.email })
    .from(noticeRecipients)
    .where(and(isNull(noticeRecipients.endedAt), lte(noticeRecipients.fromOn, on)))
}

/** The e-mail addresses of members' contacts on a day. */
export async function contactEmailsOn(
  db: Db,
  memberIds: readonly string[],
  on: PlainDate,
): Promise<{ memberId: string; email: string }[]> {
  const rows = await db
    .selectDistinct({ memberId: memberContacts.memberId, email: memberContacts.email })
    .from(memberContacts)
    .where(
      and(
        sql`${memberContacts.memberId} = any(${sql.param([...memberIds])}::uuid[])`,
        isNotNull(memberContacts.email),
        lte(memberContacts.fromOn, on),
        or(isNull(memberContacts.untilOn), gte(memberContacts.untilOn, on)),
      ),
    )
  return rows.flatMap(({ memberId, email }) => (email === null ? [] : [{ memberId, email }]))
}
