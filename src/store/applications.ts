import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { ApplicationState } from '../domain/admission.ts'
import type { Db } from './database.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'
import { admissionApplications } from './schema/measures.ts'

export type Application = typeof admissionApplications.$inferSelect

export async function insertApplication(tx: Db, row: typeof admissionApplications.$inferInsert): Promise<Application> {
  const [inserted] = await tx.insert(admissionApplications).values(row).returning()
  if (!inserted) throw new Error('an application was not written')
  return inserted
}

export async function findApplication(db: Db, id: string): Promise<Application | undefined> {
  const [found] = await db.select().from(admissionApplications).where(eq(admissionApplications.id, id)).limit(1)
  return found
}

/** The one that waits for its outcome. Ask while the member is locked. */
export async function pendingApplicationOf(db: Db, memberId: string): Promise<Application | undefined> {
  const [found] = await db
    .select()
    .from(admissionApplications)
    .where(and(eq(admissionApplications.memberId, memberId), isNull(admissionApplications.closedAt)))
    .limit(1)
  return found
}

type Closing = Required<Pick<Application, 'outcome' | 'ground' | 'closedOn' | 'closedAt' | 'closedBy'>>

/** Undefined where it was closed before. */
export async function closeApplication(tx: Db, id: string, closing: Closing): Promise<Application | undefined> {
  const [closed] = await tx
    .update(admissionApplications)
    .set(closing)
    .where(and(eq(admissionApplications.id, id), isNull(admissionApplications.closedAt)))
    .returning()
  return closed
}

export type ApplicationFilter = Paged & {
  readonly memberId: string | null
  readonly state: ApplicationState | undefined
}

/** Applications by the day on which they were made. */
export async function listApplications(db: Db, filter: ApplicationFilter): Promise<Application[]> {
  const { after, limit, memberId, state } = filter
  const { appliedOn, id, outcome } = admissionApplications
  return db
    .select()
    .from(admissionApplications)
    .where(
      and(
        after ? sql`(${appliedOn}, ${id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
        memberId === null ? undefined : eq(admissionApplications.memberId, memberId),
        state && (state === 'pending' ? isNull(outcome) : eq(outcome, state)),
      ),
    )
    .orderBy(asc(appliedOn), asc(id))
    .limit(rowsToRead(limit))
}

/** The latest application of each of several bodies. */
export async function latestApplications(db: Db, memberIds: readonly string[]): Promise<Application[]> {
  return db
    .selectDistinctOn([admissionApplications.memberId])
    .from(admissionApplications)
    .where(sql`${admissionApplications.memberId} = any(${sql.param([...memberIds])}::uuid[])`)
    .orderBy(
      admissionApplications.memberId,
      sql`${admissionApplications.appliedOn} desc`,
      sql`${admissionApplications.id} desc`,
    )
}
