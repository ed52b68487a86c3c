import { and, asc, eq, getTableColumns, inArray, isNull, sql } from 'drizzle-orm'
import type { CaseOutcome, CaseSource, FindingKind } from '../domain/conduct.ts'
import type { Db } from './database.ts'
import type { Change } from './known-at.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'
import { countUpTo } from './lists/totals.ts'
import { caseAttachments, complainants, complaints, conductCases, findings } from './schema/conduct.ts'

export type Complaint = typeof complaints.$inferSelect
export type Complainant = typeof complainants.$inferSelect
export type ConductCase = typeof conductCases.$inferSelect
export type Finding = typeof findings.$inferSelect

// ---- Complaints

export async function insertComplaint(
  tx: Db,
  complaint: typeof complaints.$inferInsert,
  complainant: Complainant | null,
): Promise<Complaint> {
  if (complainant) await tx.insert(complainants).values(complainant)
  const [inserted] = await tx.insert(complaints).values(complaint).returning()
  if (!inserted) throw new Error('a complaint was not written')
  return inserted
}

const soFar = (db: Db) =>
  db
    .select({ complaint: complaints, caseId: conductCases.id, outcome: conductCases.outcome })
    .from(complaints)
    .leftJoin(conductCases, eq(conductCases.complaintId, complaints.id))

/** With the case that it led to and its conclusion, which is undefined where it led to none. */
function complaintSoFar(row: { complaint: Complaint; caseId: string | null; outcome: CaseOutcome | null }) {
  return { complaint: row.complaint, caseId: row.caseId, conclusion: row.caseId === null ? undefined : row.outcome }
}

export async function findComplaint(db: Db, by: { id: string } | { receiptSha256: string }) {
  const asked = 'id' in by ? eq(complaints.id, by.id) : eq(complaints.receiptSha256, by.receiptSha256)
  const [row] = await soFar(db).where(asked).limit(1)
  return row && complaintSoFar(row)
}

/** Locks the complaint, so that of two who take it up one does. */
export async function lockComplaint(tx: Db, id: string): Promise<Complaint | undefined> {
  const [found] = await tx.select().from(complaints).where(eq(complaints.id, id)).for('no key update').limit(1)
  return found
}

export async function setComplaint(tx: Db, id: string, changes: Partial<Complaint>): Promise<void> {
  await tx.update(complaints).set(changes).where(eq(complaints.id, id))
}

/** By the day on which they came in. */
export async function listComplaints(db: Db, { after, limit }: Paged) {
  const beyond = after
    ? sql`(${complaints.receivedOn}, ${complaints.id}) > (${after.value}::date, ${after.id}::uuid)`
    : undefined
  const rows = await soFar(db)
    .where(beyond)
    .orderBy(asc(complaints.receivedOn), asc(complaints.id))
    .limit(rowsToRead(limit))
  return rows.map(complaintSoFar)
}

export async function findComplainant(db: Db, id: string): Promise<Complainant | undefined> {
  const [found] = await db.select().from(complainants).where(eq(complainants.id, id)).limit(1)
  return found
}

/** The person is gone; who the log says looked at it, and that there was one, stays. */
export async function eraseComplainant(tx: Db, id: string): Promise<void> {
  await tx.delete(complainants).where(eq(complainants.id, id))
}

// ---- Cases and findings

export async function insertCase(tx: Db, row: typeof conductCases.$inferInsert): Promise<ConductCase> {
  const [inserted] = await tx.insert(conductCases).values(row).returning()
  if (!inserted) throw new Error('a case was not written')
  return inserted
}

export async function lockCase(tx: Db, id: string): Promise<ConductCase | undefined> {
  const [found] = await tx.select().from(conductCases).where(eq(conductCases.id, id)).for('no key update').limit(1)
  return found
}

export async function findCase(db: Db, id: string): Promise<ConductCase | undefined> {
  const [found] = await db.select().from(conductCases).where(eq(conductCases.id, id)).limit(1)
  return found
}

export async function setCase(
  tx: Db,
  id: string,
  changes: Change<typeof conductCases.$inferInsert>,
): Promise<ConductCase> {
  const [updated] = await tx.update(conductCases).set(changes).where(eq(conductCases.id, id)).returning()
  if (!updated) throw new Error(`case ${id} vanished`)
  return updated
}

export type CaseFilter = Paged & { readonly memberId: string | null; readonly source: CaseSource | undefined }

/** Cases by the day on which they were opened. */
export async function listCases(db: Db, filter: CaseFilter): Promise<ConductCase[]> {
  return db
    .select()
    .from(conductCases)
    .where(isAskedCase(filter))
    .orderBy(asc(conductCases.openedOn), asc(conductCases.id))
    .limit(rowsToRead(filter.limit))
}

export const countCases = (db: Db, filter: CaseFilter) =>
  countUpTo(db, conductCases, isAskedCase({ ...filter, after: null }))

function isAskedCase({ after, memberId, source }: CaseFilter) {
  return and(
    after ? sql`(${conductCases.openedOn}, ${conductCases.id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
    memberId === null ? undefined : eq(conductCases.memberId, memberId),
    source && eq(conductCases.source, source),
  )
}

export async function insertFindings(tx: Db, rows: readonly (typeof findings.$inferInsert)[]): Promise<Finding[]> {
  return rows.length === 0
    ? []
    : tx
        .insert(findings)
        .values([...rows])
        .returning()
}

export async function findingsOfCase(db: Db, caseId: string): Promise<Finding[]> {
  return db.select().from(findings).where(eq(findings.caseId, caseId)).orderBy(asc(findings.id)).limit(50)
}

export async function lockFinding(tx: Db, id: string): Promise<Finding | undefined> {
  const [found] = await tx.select().from(findings).where(eq(findings.id, id)).for('no key update').limit(1)
  return found
}

export async function setFinding(tx: Db, id: string, changes: Change<typeof findings.$inferInsert>): Promise<Finding> {
  const [updated] = await tx.update(findings).set(changes).where(eq(findings.id, id)).returning()
  if (!updated) throw new Error(`finding ${id} vanished`)
  return updated
}

export async function findFinding(db: Db, id: string): Promise<Finding | undefined> {
  const [found] = await db.select().from(findings).where(eq(findings.id, id)).limit(1)
  return found
}

/** Annuls what was found in a case, as far as it is not annulled yet. */
export async function annulFindingsOf(
  tx: Db,
  caseId: string,
  changes: Change<Pick<Finding, 'annulledOn' | 'annulledGround'>>,
): Promise<void> {
  await tx
    .update(findings)
    .set(changes)
    .where(and(eq(findings.caseId, caseId), isNull(findings.annulledOn)))
}

export type FindingFilter = Paged & { readonly memberId: string | null; readonly kind: FindingKind | undefined }

/** Findings by the day on which they were made. */
export async function listFindings(db: Db, filter: FindingFilter): Promise<Finding[]> {
  return db
    .select()
    .from(findings)
    .where(isAskedFinding(filter))
    .orderBy(asc(findings.foundOn), asc(findings.id))
    .limit(rowsToRead(filter.limit))
}

export const countFindings = (db: Db, filter: FindingFilter) =>
  countUpTo(db, findings, isAskedFinding({ ...filter, after: null }))

function isAskedFinding({ after, memberId, kind }: FindingFilter) {
  return and(
    after ? sql`(${findings.foundOn}, ${findings.id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
    memberId === null ? undefined : eq(findings.memberId, memberId),
    kind && eq(findings.kind, kind),
  )
}

/** Whether a false result of the body was confirmed and not annulled: the ground of a removal by itself (R9). */
export async function hasFalseResult(db: Db, memberId: string, ids: readonly string[]): Promise<boolean> {
  const found = await db
    .select({ id: findings.id })
    .from(findings)
    .where(
      and(
        eq(findings.memberId, memberId),
        eq(findings.kind, 'false_result'),
        isNull(findings.annulledOn),
        inArray(findings.id, [...ids]),
      ),
    )
    .limit(1)
  return found.length > 0
}

// ---- Attachments

const { content: _, ...attachmentFacts } = getTableColumns(caseAttachments)
export type AttachmentFacts = Omit<typeof caseAttachments.$inferSelect, 'content'>

/** The attachments of a case without their bytes, oldest first. */
export async function attachmentsOfCase(db: Db, caseId: string): Promise<AttachmentFacts[]> {
  return db
    .select(attachmentFacts)
    .from(caseAttachments)
    .where(eq(caseAttachments.caseId, caseId))
    .orderBy(asc(caseAttachments.recordedAt), asc(caseAttachments.id))
    .limit(100)
}

export async function insertAttachment(tx: Db, row: typeof caseAttachments.$inferInsert): Promise<AttachmentFacts> {
  const [inserted] = await tx.insert(caseAttachments).values(row).returning(attachmentFacts)
  if (!inserted) throw new Error('an attachment was not written')
  return inserted
}

/** Erases bytes and names of what the author of a complaint sent in (R6). Size and hash stay. */
export async function eraseAttachmentsOfAuthor(tx: Db, caseId: string, erasedAt: Date): Promise<string[]> {
  const erased = await tx
    .update(caseAttachments)
    .set({ content: Buffer.alloc(0), fileName: '', erasedAt })
    .where(
      and(eq(caseAttachments.caseId, caseId), eq(caseAttachments.fromAuthor, true), isNull(caseAttachments.erasedAt)),
    )
    .returning({ id: caseAttachments.id })
  return erased.map(({ id }) => id)
}

/** With its bytes, and whose case it belongs to. */
export async function findAttachment(db: Db, id: string) {
  const [found] = await db
    .select({ attachment: caseAttachments, memberId: conductCases.memberId })
    .from(caseAttachments)
    .innerJoin(conductCases, eq(conductCases.id, caseAttachments.caseId))
    .where(eq(caseAttachments.id, id))
    .limit(1)
  return found
}

/** Findings against a body that are named and not annulled, with the hashes of what is attached to their cases and the body may see. */
export async function findingsOfMember(db: Db, memberId: string, ids: readonly string[]) {
  if (ids.length === 0) return []
  const attachments = sql<string[]>`coalesce((select array_agg(a.sha256 order by a.sha256) from ${caseAttachments} a
    where a.case_id = ${findings}.case_id and (a.by_member or a.shared_with_member)), '{}')`
  return db
    .select({ finding: findings, attachments })
    .from(findings)
    .where(
      and(
        eq(findings.memberId, memberId),
        isNull(findings.annulledOn),
        sql`${findings.id} = any(${sql.param([...ids])}::uuid[])`,
      ),
    )
    .orderBy(asc(findings.foundOn), asc(findings.id))
}
