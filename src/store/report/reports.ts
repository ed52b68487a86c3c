import { and, asc, desc, eq, getTableColumns, isNotNull, lt, sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { ReportSettings, TextSection } from '../../domain/report/content.ts'
import type { Db } from '../database.ts'
import { members } from '../schema/members.ts'
import {
  annualReports,
  reportAnswers,
  reportFreezes,
  reportParagraphs,
  reportSettings,
  reportSubmissions,
} from '../schema/reports.ts'

export type AnnualReport = typeof annualReports.$inferSelect
export type Paragraph = typeof reportParagraphs.$inferSelect
export type Freeze = typeof reportFreezes.$inferSelect
/** A freeze without what is large. */
export type FreezeHead = Omit<Freeze, 'content' | 'document' | 'annex'>
export type SubmissionRow = typeof reportSubmissions.$inferSelect & { readonly answer: ReportAnswer | null }
export type ReportAnswer = typeof reportAnswers.$inferSelect

const reportLock = 4_019_231

/** Writers of the reports of one scheme go one after another: the period of one begins where that of another ends. */
export async function claimReports(tx: Db, schemeCode: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${reportLock}, hashtext(${schemeCode}))`)
}

export async function findReport(db: Db, schemeCode: string, year: number): Promise<AnnualReport | undefined> {
  const [found] = await db
    .select()
    .from(annualReports)
    .where(and(eq(annualReports.schemeCode, schemeCode), eq(annualReports.year, year)))
  return found
}

/** The report of the nearest year before. */
export async function reportBefore(db: Db, schemeCode: string, year: number): Promise<AnnualReport | undefined> {
  const [found] = await db
    .select()
    .from(annualReports)
    .where(and(eq(annualReports.schemeCode, schemeCode), lt(annualReports.year, year)))
    .orderBy(desc(annualReports.year))
    .limit(1)
  return found
}

/** Since when there are bodies here, and which years of a scheme were opened: what it follows from which reports are owed. */
export async function beginningOf(
  db: Db,
  schemeCode: string,
): Promise<{ readonly beganOn: PlainDate | null; readonly opened: readonly number[] }> {
  const [row] = await db.execute<{ beganOn: PlainDate | null; opened: number[] }>(sql`
    select (select (min(m.recorded_at) at time zone 'Asia/Shanghai')::date from ${members} m) as "beganOn",
      array(select r.year from ${annualReports} r where r.scheme_code = ${schemeCode} order by r.year) as opened`)
  return row ?? { beganOn: null, opened: [] }
}

export async function insertReport(tx: Db, row: typeof annualReports.$inferInsert): Promise<AnnualReport> {
  const [inserted] = await tx.insert(annualReports).values(row).returning()
  if (!inserted) throw new Error('a report was not written')
  return inserted
}

// ---- Settings

export async function settingsOf(
  db: Db,
  schemeCode: string,
): Promise<{ version: number; settings: ReportSettings } | undefined> {
  const [found] = await db
    .select({ version: reportSettings.version, settings: reportSettings.settings })
    .from(reportSettings)
    .where(eq(reportSettings.schemeCode, schemeCode))
    .orderBy(desc(reportSettings.version))
    .limit(1)
  return found
}

/** False where that version is there already. */
export async function insertSettings(tx: Db, row: typeof reportSettings.$inferInsert): Promise<boolean> {
  return (await tx.insert(reportSettings).values(row).onConflictDoNothing().returning()).length > 0
}

// ---- Paragraphs

/** The latest version of each paragraph, in the order in which they are read. */
export async function paragraphsOf(db: Db, reportId: string): Promise<Paragraph[]> {
  return db
    .selectDistinctOn([reportParagraphs.section, reportParagraphs.place])
    .from(reportParagraphs)
    .where(eq(reportParagraphs.reportId, reportId))
    .orderBy(asc(reportParagraphs.section), asc(reportParagraphs.place), desc(reportParagraphs.version))
}

/** Every version of one paragraph, the first first. */
export async function versionsOf(db: Db, reportId: string, section: TextSection, place: number): Promise<Paragraph[]> {
  return db
    .select()
    .from(reportParagraphs)
    .where(
      and(
        eq(reportParagraphs.reportId, reportId),
        eq(reportParagraphs.section, section),
        eq(reportParagraphs.place, place),
      ),
    )
    .orderBy(asc(reportParagraphs.version))
    .limit(1_000)
}

export async function insertParagraph(tx: Db, row: typeof reportParagraphs.$inferInsert): Promise<Paragraph> {
  const [inserted] = await tx.insert(reportParagraphs).values(row).returning()
  if (!inserted) throw new Error('a paragraph was not written')
  return inserted
}

// ---- Freezes

const { content: _content, document: _document, annex: _annex, ...headColumns } = getTableColumns(reportFreezes)

/** In the order in which they were made. */
export async function freezesOf(db: Db, reportId: string): Promise<FreezeHead[]> {
  return db
    .select(headColumns)
    .from(reportFreezes)
    .where(eq(reportFreezes.reportId, reportId))
    .orderBy(asc(reportFreezes.number))
}

export async function freezeContent(db: Db, reportId: string, number: number): Promise<string | null> {
  const [row] = await db
    .select({ content: reportFreezes.content })
    .from(reportFreezes)
    .where(and(eq(reportFreezes.reportId, reportId), eq(reportFreezes.number, number)))
  return row?.content ?? null
}

/** The bytes of one of the stored files. */
export async function frozenFile(
  db: Db,
  reportId: string,
  number: number,
  file: 'document' | 'annex',
): Promise<Buffer | null> {
  const [row] = await db
    .select({ bytes: reportFreezes[file] })
    .from(reportFreezes)
    .where(and(eq(reportFreezes.reportId, reportId), eq(reportFreezes.number, number)))
  return row?.bytes ?? null
}

export async function insertFreeze(tx: Db, row: typeof reportFreezes.$inferInsert): Promise<void> {
  await tx.insert(reportFreezes).values(row)
}

// ---- Submissions

/** In the order in which they were made, each with its answer. */
export async function submissionsOf(db: Db, reportId: string): Promise<SubmissionRow[]> {
  const rows = await db
    .select({ submission: reportSubmissions, answer: reportAnswers })
    .from(reportSubmissions)
    .leftJoin(reportAnswers, eq(reportAnswers.submissionId, reportSubmissions.id))
    .where(eq(reportSubmissions.reportId, reportId))
    .orderBy(asc(reportSubmissions.number))
  return rows.map(({ submission, answer }) => ({ ...submission, answer }))
}

export async function insertSubmission(tx: Db, row: typeof reportSubmissions.$inferInsert): Promise<void> {
  await tx.insert(reportSubmissions).values(row)
}

export async function insertAnswer(tx: Db, row: typeof reportAnswers.$inferInsert): Promise<void> {
  await tx.insert(reportAnswers).values(row)
}

/** The freeze of an earlier year that its figures are taken from: what was acknowledged, else what was submitted, else the latest. */
export async function freezeToCompare(
  db: Db,
  reportId: string,
): Promise<{ number: number; content: string; sha256: string } | undefined> {
  const [found] = await db
    .select({ number: reportFreezes.number, content: reportFreezes.content, sha256: reportFreezes.sha256 })
    .from(reportFreezes)
    .leftJoin(
      reportSubmissions,
      and(
        eq(reportSubmissions.reportId, reportFreezes.reportId),
        eq(reportSubmissions.freezeNumber, reportFreezes.number),
      ),
    )
    .leftJoin(reportAnswers, eq(reportAnswers.submissionId, reportSubmissions.id))
    .where(eq(reportFreezes.reportId, reportId))
    .orderBy(
      desc(sql`coalesce(${reportAnswers.verdict} = 'acknowledged', false)`),
      desc(isNotNull(reportSubmissions.id)),
      desc(reportFreezes.number),
    )
    .limit(1)
  return found
}
