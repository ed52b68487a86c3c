import { and, eq, gt, ne, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { certificates } from './schema/certificates.ts'
import { surveyAnswers, surveyLinks } from './schema/survey.ts'

/** A link that was not used yet gives way to a new one: its token may have been lost on the way. False once it was used. */
export async function putSurveyLink(tx: Db, row: typeof surveyLinks.$inferInsert): Promise<boolean> {
  const { tokenSha256, issuedOn, recordedAt, recordedBy } = row
  const put = await tx
    .insert(surveyLinks)
    .values(row)
    .onConflictDoUpdate({
      target: surveyLinks.certificateId,
      set: { tokenSha256, issuedOn, recordedAt, recordedBy },
      setWhere: eq(surveyLinks.isUsed, false),
    })
    .returning({ id: surveyLinks.certificateId })
  return put.length > 0
}

/** Whether a firm was asked about a body after a day, for another of its certificates. */
export async function isAskedSince(
  tx: Db,
  firm: { readonly memberId: string; readonly enterpriseId: string; readonly certificateId: string },
  since: PlainDate,
): Promise<boolean> {
  const found = await tx
    .select({ id: surveyLinks.certificateId })
    .from(surveyLinks)
    .innerJoin(certificates, eq(certificates.id, surveyLinks.certificateId))
    .where(
      and(
        eq(certificates.enterpriseId, firm.enterpriseId),
        eq(surveyLinks.memberId, firm.memberId),
        ne(surveyLinks.certificateId, firm.certificateId),
        gt(surveyLinks.issuedOn, since),
      ),
    )
    .limit(1)
  return found.length > 0
}

/** Uses a link up that was made after a day, of several at once for one of them: whose member it is about, or undefined. */
export async function useSurveyLink(tx: Db, tokenSha256: string, since: PlainDate): Promise<string | undefined> {
  const [used] = await tx
    .update(surveyLinks)
    .set({ isUsed: true })
    .where(
      and(eq(surveyLinks.tokenSha256, tokenSha256), eq(surveyLinks.isUsed, false), gt(surveyLinks.issuedOn, since)),
    )
    .returning({ memberId: surveyLinks.memberId })
  return used?.memberId
}

/** Answers about one body follow one another, so that each finds its place among the others. */
export async function claimAnswersOf(tx: Db, memberId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`survey ${memberId}`}, 0))`)
}

export async function answersOf(db: Db, memberId: string, period: string) {
  return db
    .select()
    .from(surveyAnswers)
    .where(and(eq(surveyAnswers.memberId, memberId), eq(surveyAnswers.period, period)))
}

export async function insertAnswer(tx: Db, row: typeof surveyAnswers.$inferInsert): Promise<void> {
  await tx.insert(surveyAnswers).values(row)
}
