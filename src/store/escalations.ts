import { and, asc, eq, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import type { Obligation } from './obligations.ts'
import { members } from './schema/members.ts'
import { obligations, receipts } from './schema/obligations.ts'

/** Where a walk goes on: a day or an instant, and an id. */
export type After = { readonly value: string; readonly id: string } | null

export type Candidate = {
  readonly obligation: Obligation
  readonly memberName: string
  readonly at: NonNullable<After>
}

const isOpen = and(isNull(obligations.metOn), isNull(obligations.waivedOn))

/** Open obligations due by a day, in the order of their due days. */
export async function openDueUntil(db: Db, until: PlainDate, after: After, limit: number): Promise<Candidate[]> {
  const isFurther = after && sql`(${obligations.dueOn}, ${obligations.id}) > (${after.value}::date, ${after.id}::uuid)`
  const rows = await db
    .select({ obligation: obligations, memberName: members.name })
    .from(obligations)
    .innerJoin(members, eq(members.id, obligations.memberId))
    .where(and(isOpen, lte(obligations.dueOn, until), isFurther ?? undefined))
    .orderBy(asc(obligations.dueOn), asc(obligations.id))
    .limit(limit)
  return rows.map((row) => ({ ...row, at: { value: row.obligation.dueOn, id: row.obligation.id } }))
}

/**
 * Obligations met late whose receipt that counts was recorded since a day, however long ago they were due, in the order
 * in which the receipts were recorded.
 */
export async function metLateSince(db: Db, since: PlainDate, after: After, limit: number): Promise<Candidate[]> {
  const recordedAt = after ? sql`${after.value}::timestamptz` : sql`${since}::timestamp at time zone 'Asia/Shanghai'`
  const isFurther = after && sql`(${receipts.recordedAt}, ${receipts.id}) > (${recordedAt}, ${after.id}::uuid)`
  const rows = await db
    .select({ obligation: obligations, memberName: members.name, id: receipts.id, recordedAt: receipts.recordedAt })
    .from(receipts)
    .innerJoin(obligations, eq(obligations.id, receipts.obligationId))
    .innerJoin(members, eq(members.id, obligations.memberId))
    .where(
      and(
        isNull(receipts.supersededAt),
        isFurther ?? sql`${receipts.recordedAt} >= ${recordedAt}`,
        sql`${obligations.metOn} > ${obligations.dueOn}`,
      ),
    )
    .orderBy(asc(receipts.recordedAt), asc(receipts.id))
    .limit(limit)
  return rows.map(({ id, recordedAt, ...row }) => ({ ...row, at: { value: recordedAt.toISOString(), id } }))
}

/** The duties to explain these obligations, but waived ones, by the obligation that they explain. */
export async function explainDutiesOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Obligation>> {
  const rows = await db
    .select()
    .from(obligations)
    .where(and(sql`${obligations.explainsId} = any(${sql.param([...ids])}::uuid[])`, isNull(obligations.waivedOn)))
  return new Map(rows.flatMap((row) => (row.explainsId === null ? [] : [[row.explainsId, row] as const])))
}

/** The duty to explain an obligation, unless it was waived; locked. */
export async function lockExplainDutyOf(tx: Db, obligationId: string): Promise<Obligation | undefined> {
  const [found] = await tx
    .select()
    .from(obligations)
    .where(and(eq(obligations.explainsId, obligationId), isNull(obligations.waivedOn)))
    .for('no key update')
    .limit(1)
  return found
}

/** Open duties to explain what is, as corrected, neither late nor overdue on the day, or was waived; locked. */
export async function lockMootExplainDuties(tx: Db, on: PlainDate, limit: number): Promise<Obligation[]> {
  const explained = alias(obligations, 'explained')
  const rows = await tx
    .select({ duty: obligations })
    .from(obligations)
    .innerJoin(explained, eq(explained.id, obligations.explainsId))
    .where(
      and(
        eq(obligations.duty, 'explain_overdue'),
        isOpen,
        or(
          isNotNull(explained.waivedOn),
          lte(explained.metOn, explained.dueOn),
          and(isNull(explained.metOn), sql`${explained.dueOn} >= ${on}`),
        ),
      ),
    )
    .orderBy(asc(obligations.id))
    .limit(limit)
    .for('no key update', { of: obligations })
  return rows.map(({ duty }) => duty)
}

/**
 * Open obligations that another version of the calendar than this one counted: taken along the index, so that what is
 * left is not sorted for each batch, and locked in the order of their ids, as whoever else locks several does.
 */
export async function lockCountedOtherwise(tx: Db, calendarVersion: number, limit: number): Promise<Obligation[]> {
  const isStale = and(isOpen, lt(obligations.calendarVersion, calendarVersion))
  const taken = tx
    .select({ id: obligations.id })
    .from(obligations)
    .where(isStale)
    .orderBy(asc(obligations.calendarVersion), asc(obligations.id))
    .limit(limit)
  return tx
    .select()
    .from(obligations)
    .where(and(sql`${obligations.id} = any(array(${taken}))`, isStale))
    .orderBy(asc(obligations.id))
    .for('no key update')
}
