import { and, asc, eq, getTableColumns, isNotNull, isNull, lte, sql } from 'drizzle-orm'
import { type LadderRule, type MeasureStep, measureSteps } from '../domain/measure.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'
import { countUpTo } from './lists/totals.ts'
import { admissionCheckRows, approvalRevocations, ladderRules, measureStepRows, measures } from './schema/measures.ts'
import { obligations } from './schema/obligations.ts'

export type Measure = typeof measures.$inferSelect
/** Without the facts that were frozen at it, which are read by themselves. */
export type MeasureStepRow = Omit<typeof measureStepRows.$inferSelect, 'facts'>
export type AdmissionCheckRow = typeof admissionCheckRows.$inferSelect
export type ApprovalRevocation = typeof approvalRevocations.$inferSelect

export async function insertMeasure(tx: Db, row: typeof measures.$inferInsert): Promise<Measure> {
  const [inserted] = await tx.insert(measures).values(row).returning()
  if (!inserted) throw new Error('a measure was not written')
  return inserted
}

export async function insertMeasureStep(tx: Db, row: typeof measureStepRows.$inferInsert): Promise<void> {
  await tx.insert(measureStepRows).values(row)
}

export async function findMeasure(db: Db, id: string): Promise<Measure | undefined> {
  const [found] = await db.select().from(measures).where(eq(measures.id, id)).limit(1)
  return found
}

const { facts: _facts, ...withoutFacts } = getTableColumns(measureStepRows)

/** What was frozen when a measure was decided, when its appeal was, and at its conclusion (R4a, R8). */
export async function factsOfSteps(
  db: Db,
  measureId: string,
): Promise<{ step: MeasureStep; facts: Record<string, unknown> | null; factsSha256: string | null }[]> {
  const { step, facts, factsSha256 } = measureStepRows
  const rows = await db
    .select({ step, facts, factsSha256 })
    .from(measureStepRows)
    .where(and(eq(measureStepRows.measureId, measureId), isNotNull(facts)))
  return inOrder(rows)
}

/** The order of the ladder, which is that in which steps are taken. */
function inOrder<Row extends { readonly step: MeasureStep }>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => measureSteps.indexOf(a.step) - measureSteps.indexOf(b.step))
}

/** The steps of several measures, in the order of the ladder. */
export async function stepsOf(db: Db, measureIds: readonly string[]): Promise<MeasureStepRow[]> {
  const rows = await db
    .select(withoutFacts)
    .from(measureStepRows)
    .where(sql`${measureStepRows.measureId} = any(${sql.param([...measureIds])}::uuid[])`)
  return inOrder(rows)
}

/** All measures of a body with their steps, oldest first. */
export async function measuresOfMember(db: Db, memberId: string) {
  const rows = await db.select().from(measures).where(eq(measures.memberId, memberId)).orderBy(asc(measures.recordedAt))
  const steps = await stepsOf(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map((measure) => ({ measure, steps: steps.filter(({ measureId }) => measureId === measure.id) }))
}

export type MeasureFilter = Paged & {
  readonly memberId: string | null
  readonly kind: Measure['kind'] | undefined
  /** Proposed by this day. */
  readonly until: PlainDate
}

const { facts: _frozen, ...measureHead } = getTableColumns(measures)

/** Measures by the day on which they were proposed, without what was frozen with them. */
export async function listMeasures(db: Db, filter: MeasureFilter): Promise<Omit<Measure, 'facts'>[]> {
  return db
    .select(measureHead)
    .from(measures)
    .where(isAskedMeasure(filter))
    .orderBy(asc(measures.proposedOn), asc(measures.id))
    .limit(rowsToRead(filter.limit))
}

export const countMeasures = (db: Db, filter: MeasureFilter) =>
  countUpTo(db, measures, isAskedMeasure({ ...filter, after: null }))

function isAskedMeasure({ after, memberId, kind, until }: MeasureFilter) {
  return and(
    after ? sql`(${measures.proposedOn}, ${measures.id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
    memberId === null ? undefined : eq(measures.memberId, memberId),
    kind && eq(measures.kind, kind),
    lte(measures.proposedOn, until),
  )
}

export async function readLadderRules(db: Db): Promise<LadderRule[]> {
  return db
    .select({
      version: ladderRules.version,
      effectiveOn: ladderRules.effectiveOn,
      replyWorkingDays: ladderRules.replyWorkingDays,
      appealWorkingDays: ladderRules.appealWorkingDays,
      clause: ladderRules.clause,
    })
    .from(ladderRules)
    .orderBy(asc(ladderRules.version))
}

export async function insertLadderRule(tx: Db, row: typeof ladderRules.$inferInsert): Promise<void> {
  await tx.insert(ladderRules).values(row)
}

/** What the product brings; what is there stays. */
export async function seedLadderRules(tx: Db, rules: readonly LadderRule[], now: Date): Promise<void> {
  const rows = rules.map((rule) => ({ ...rule, recordedAt: now, recordedBy: 'system' }))
  await tx.insert(ladderRules).values(rows).onConflictDoNothing()
}

// ---- Admission and approval

export async function insertAdmissionCheck(
  tx: Db,
  row: typeof admissionCheckRows.$inferInsert,
): Promise<AdmissionCheckRow> {
  const [inserted] = await tx.insert(admissionCheckRows).values(row).returning()
  if (!inserted) throw new Error('a check was not written')
  return inserted
}

/** The checks of a body, oldest first. */
export async function admissionChecksOf(db: Db, memberId: string): Promise<AdmissionCheckRow[]> {
  return db
    .select()
    .from(admissionCheckRows)
    .where(eq(admissionCheckRows.memberId, memberId))
    .orderBy(asc(admissionCheckRows.order))
    .limit(500)
}

/** Of a body's approval, as it stands; undefined where it was not revoked. */
export async function revocationOf(db: Db, memberId: string): Promise<ApprovalRevocation | undefined> {
  const [found] = await db
    .select()
    .from(approvalRevocations)
    .where(and(eq(approvalRevocations.memberId, memberId), isNull(approvalRevocations.liftedAt)))
    .limit(1)
  return found
}

export async function insertRevocation(tx: Db, row: typeof approvalRevocations.$inferInsert): Promise<void> {
  await tx.insert(approvalRevocations).values(row)
}

export async function liftRevocation(
  tx: Db,
  id: string,
  lifting: { liftedAt: Date; liftedBy: string; liftedGround: string },
): Promise<void> {
  await tx.update(approvalRevocations).set(lifting).where(eq(approvalRevocations.id, id))
}

/** Which of these obligations are the member's, with what a measure may rest on of them. */
export async function obligationsOfMember(db: Db, memberId: string, ids: readonly string[]) {
  const { id, duty, subject, eventOn, dueOn, metOn, waivedOn, contested } = obligations
  return db
    .select({ id, duty, subject, eventOn, dueOn, metOn, waivedOn, contested })
    .from(obligations)
    .where(and(eq(obligations.memberId, memberId), sql`${obligations.id} = any(${sql.param([...ids])}::uuid[])`))
    .orderBy(asc(obligations.dueOn), asc(obligations.id))
}
