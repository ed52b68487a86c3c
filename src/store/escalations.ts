import { and, asc, eq, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import type { Obligation } from './obligations.ts'
import { members } from './schema/members.ts'
import { obligations } from './schema/obligations.ts'

/** Where a walk along obligations by due day goes on. */
export type AfterDue = { readonly dueOn: PlainDate; readonly id: string } | null

export type Candidate = { readonly obligation: Obligation; readonly memberName: string }

const isOpen = and(isNull(obligations.metOn), isNull(obligations.waivedOn))

function afterDue(after: AfterDue) {
  return after ? sql`(${obligations.dueOn}, ${obligations.id}) > (${after.dueOn}::date, ${after.id}::uuid)` : undefined
}

/** Open obligations due by a day, in the order of their due days. */
export async function openDueUntil(db: Db, until: PlainDate, after: AfterDue, limit: number): Promise<Candidate[]> {
  return db
    .select({ obligation: obligations, memberName: members.name })
    .from(obligations)
    .innerJoin(members, eq(members.id, obligations.memberId))
    .where(and(isOpen, lte(obligations.dueOn, until), afterDue(after)))
    .orderBy(asc(obligations.dueOn), asc(obligations.id))
    .limit(limit)
}

/** Obligations met late that were due in a span, in the order of their due days. */
export async function metLateDueBetween(
  db: Db,
  from: PlainDate,
  until: PlainDate,
  after: AfterDue,
  limit: number,
): Promise<Candidate[]> {
  return db
    .select({ obligation: obligations, memberName: members.name })
    .from(obligations)
    .innerJoin(members, eq(members.id, obligations.memberId))
    .where(
      and(
        sql`${obligations.metOn} > ${obligations.dueOn}`,
        sql`${obligations.dueOn} between ${from} and ${until}`,
        afterDue(after),
      ),
    )
    .orderBy(asc(obligations.dueOn), asc(obligations.id))
    .limit(limit)
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

/** Open obligations that another version of the calendar than this one counted; locked in a stable order. */
export async function lockCountedOtherwise(tx: Db, calendarVersion: number, limit: number): Promise<Obligation[]> {
  return tx
    .select()
    .from(obligations)
    .where(and(isOpen, lt(obligations.calendarVersion, calendarVersion)))
    .orderBy(asc(obligations.id))
    .limit(limit)
    .for('no key update')
}
