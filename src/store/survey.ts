import { and, eq, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { surveyAnswers, surveyLinks } from './schema/survey.ts'

/** False where the certificate has its link already. */
export async function insertSurveyLink(tx: Db, row: typeof surveyLinks.$inferInsert): Promise<boolean> {
  const inserted = await tx.insert(surveyLinks).values(row).onConflictDoNothing().returning()
  return inserted.length > 0
}

/** Uses a link up, of several at once for one of them: whose member it is about, or undefined. */
export async function useSurveyLink(tx: Db, tokenSha256: string): Promise<string | undefined> {
  const [used] = await tx
    .update(surveyLinks)
    .set({ isUsed: true })
    .where(and(eq(surveyLinks.tokenSha256, tokenSha256), eq(surveyLinks.isUsed, false)))
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
