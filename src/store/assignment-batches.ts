import { and, asc, count, desc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { LineMove } from '../domain/proposal-line.ts'
import { isAtDesk } from './assignments.ts'
import type { Db } from './database.ts'
import { rowsToRead } from './lists/paging.ts'
import { assignments } from './schema/assignments.ts'
import {
  assignmentBatches,
  assignmentOrigins,
  batchCases,
  batchIssues,
  batchProposals,
  lineChanges,
  proposalInputs,
  proposalLines,
} from './schema/desk.ts'
import { enterprises } from './schema/enterprises.ts'
import { insertTogether, type NewRows, newRows } from './together.ts'

export type AssignmentBatch = typeof assignmentBatches.$inferSelect
export type NewBatchCase = typeof batchCases.$inferInsert
export type BatchIssue = typeof batchIssues.$inferSelect
export type Proposal = typeof batchProposals.$inferSelect
export type NewProposalLine = typeof proposalLines.$inferInsert
export type LineChange = typeof lineChanges.$inferSelect

/** A case with what is needed of its enterprise. */
export type BatchCase = typeof batchCases.$inferSelect & {
  readonly enterpriseName: string
  /** Identifies the enterprise whatever the registry: its credit code, or what stands for it. */
  readonly enterpriseKey: string
  readonly enterpriseCityCode: string | null
}

export async function insertBatch(tx: Db, batch: AssignmentBatch, cases: readonly NewBatchCase[]): Promise<void> {
  await insertTogether(tx, newRows(assignmentBatches, batch), newRows(batchCases, ...cases))
}

export async function findBatch(db: Db, id: string): Promise<AssignmentBatch | undefined> {
  const [batch] = await db.select().from(assignmentBatches).where(eq(assignmentBatches.id, id)).limit(1)
  return batch
}

/** Locks the batch, so that changing a line, proposing and issuing follow one another. */
export async function lockBatch(tx: Db, id: string): Promise<AssignmentBatch | undefined> {
  const found = await tx
    .select()
    .from(assignmentBatches)
    .where(eq(assignmentBatches.id, id))
    .for('no key update')
    .limit(1)
  return found[0]
}

export async function issueOf(db: Db, batchId: string): Promise<BatchIssue | undefined> {
  const [issue] = await db.select().from(batchIssues).where(eq(batchIssues.batchId, batchId)).limit(1)
  return issue
}

/** The cases of a batch in the order of its list. */
export async function casesOf(db: Db, batchId: string): Promise<BatchCase[]> {
  const rows = await selectCases(db).where(eq(batchCases.batchId, batchId)).orderBy(asc(batchCases.place))
  return rows.map(caseOf)
}

export async function countCases(db: Db, batchId: string): Promise<number> {
  const [row] = await db.select({ cases: count() }).from(batchCases).where(eq(batchCases.batchId, batchId))
  return row?.cases ?? 0
}

const ofEnterprise = {
  enterpriseName: enterprises.name,
  enterpriseKey: enterprises.identityKey,
  enterpriseCityCode: enterprises.cityCode,
}

const selectCases = (db: Db) =>
  db
    .select({ one: batchCases, ...ofEnterprise })
    .from(batchCases)
    .innerJoin(enterprises, eq(enterprises.id, batchCases.enterpriseId))

function caseOf({ one, ...rest }: Awaited<ReturnType<typeof selectCases>>[number]): BatchCase {
  return { ...one, ...rest }
}

export async function insertProposal(
  tx: Db,
  proposal: Proposal,
  lines: readonly NewProposalLine[],
  input: Buffer,
): Promise<void> {
  await insertTogether(tx, newRows(batchProposals, proposal), newRows(proposalLines, ...lines))
  await tx.insert(proposalInputs).values({ proposalId: proposal.id, content: input })
}

/** What a proposal was reckoned from, packed; of one that was made before inputs were kept there is none. */
export async function inputOfProposal(db: Db, proposalId: string): Promise<Buffer | undefined> {
  const [row] = await db.select().from(proposalInputs).where(eq(proposalInputs.proposalId, proposalId)).limit(1)
  return row?.content
}

export async function findProposal(db: Db, batchId: string, id: string): Promise<Proposal | undefined> {
  const found = await db
    .select()
    .from(batchProposals)
    .where(and(eq(batchProposals.batchId, batchId), eq(batchProposals.id, id)))
    .limit(1)
  return found[0]
}

/** So many proposals of a batch are shown. */
const proposalsMax = 50

/** The proposals of a batch, the latest first. */
export async function proposalsOf(db: Db, batchId: string): Promise<Proposal[]> {
  return db
    .select()
    .from(batchProposals)
    .where(eq(batchProposals.batchId, batchId))
    .orderBy(desc(batchProposals.number))
    .limit(proposalsMax)
}

export type LineFilter = {
  readonly proposalId: string
  readonly afterPlace: number
  readonly limit: number
  readonly unplaced: boolean
}

const selectLines = (db: Db) =>
  db
    .select({ line: proposalLines, one: batchCases, ...ofEnterprise })
    .from(proposalLines)
    .innerJoin(batchCases, eq(batchCases.id, proposalLines.caseId))
    .innerJoin(enterprises, eq(enterprises.id, batchCases.enterpriseId))

export type ProposalLine = Awaited<ReturnType<typeof selectLines>>[number]

/** The lines of a proposal in the order of the list, with their cases. */
export async function listLines(db: Db, filter: LineFilter): Promise<ProposalLine[]> {
  return selectLines(db)
    .where(
      and(
        eq(proposalLines.proposalId, filter.proposalId),
        sql`${proposalLines.place} > ${filter.afterPlace}`,
        filter.unplaced ? sql`${proposalLines.memberId} is null` : undefined,
      ),
    )
    .orderBy(asc(proposalLines.place))
    .limit(rowsToRead(filter.limit))
}

/** The lines that nobody got. */
export async function unplacedLines(db: Db, proposalId: string): Promise<ProposalLine[]> {
  return selectLines(db)
    .where(and(eq(proposalLines.proposalId, proposalId), isNull(proposalLines.memberId)))
    .orderBy(asc(proposalLines.place))
}

export async function allLines(db: Db, proposalId: string): Promise<ProposalLine[]> {
  return selectLines(db).where(eq(proposalLines.proposalId, proposalId)).orderBy(asc(proposalLines.place))
}

export async function findLine(db: Db, proposalId: string, caseId: string): Promise<ProposalLine | undefined> {
  const found = await selectLines(db)
    .where(and(eq(proposalLines.proposalId, proposalId), eq(proposalLines.caseId, caseId)))
    .limit(1)
  return found[0]
}

/** What was changed of some lines, oldest first. */
export async function changesOf(db: Db, proposalId: string, caseIds: readonly string[]): Promise<LineChange[]> {
  if (caseIds.length === 0) return []
  return db
    .select()
    .from(lineChanges)
    .where(and(eq(lineChanges.proposalId, proposalId), inArray(lineChanges.caseId, [...caseIds])))
    .orderBy(asc(lineChanges.number))
}

export async function allChangesOf(db: Db, proposalId: string): Promise<LineChange[]> {
  return db.select().from(lineChanges).where(eq(lineChanges.proposalId, proposalId)).orderBy(asc(lineChanges.number))
}

/** Where changed cases were proposed to go, and where they go now. */
export async function movesOf(db: Db, proposalId: string): Promise<LineMove[]> {
  const rows = await db.execute<LineMove & Record<string, unknown>>(sql`
    select l.member_id as "from", c.member_id as "to"
    from (select distinct on (case_id) case_id, member_id from ${lineChanges}
      where proposal_id = ${proposalId} order by case_id, number desc) c
    join ${proposalLines} l on l.proposal_id = ${proposalId} and l.case_id = c.case_id`)
  return [...rows]
}

export async function insertLineChange(tx: Db, change: LineChange): Promise<void> {
  await tx.insert(lineChanges).values(change)
}

export async function insertIssue(tx: Db, issue: BatchIssue): Promise<void> {
  await tx.insert(batchIssues).values(issue)
}

/** The assignments that a batch made with where they come from, to be inserted together. */
export function issuedRows(
  made: readonly (typeof assignments.$inferInsert)[],
  origins: readonly (typeof assignmentOrigins.$inferInsert)[],
): NewRows[] {
  return [newRows(assignments, ...made), newRows(assignmentOrigins, ...origins)]
}

/** Which of these assignments are back at the desk on the day. */
export async function returnedAmong(
  db: Db,
  ids: readonly string[],
  on: PlainDate,
): Promise<{ id: string; enterpriseId: string }[]> {
  if (ids.length === 0) return []
  return db
    .select({ id: assignments.id, enterpriseId: assignments.enterpriseId })
    .from(assignments)
    .where(and(inArray(assignments.id, [...ids]), isAtDesk(on)))
}
