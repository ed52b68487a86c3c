import { and, desc, eq, isNull, lte, ne, or, type SQL, sql } from 'drizzle-orm'
import { evidencedDuties } from '../domain/obligation.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { conductCases, findings } from './schema/conduct.ts'
import { explanations } from './schema/explanations.ts'
import { notices } from './schema/notices.ts'
import { obligations, receipts } from './schema/obligations.ts'

export type LapsesAsked = {
  readonly memberId: string
  readonly from: PlainDate | null
  readonly until: PlainDate
  readonly on: PlainDate
  readonly except: string | null
  readonly limit: number
}

/** Reports of a body that are overdue on the day or were met late, by due day, the latest first; and how many in all. */
export async function lapsesOf(db: Db, asked: LapsesAsked) {
  const where = isLapse(asked)
  const rows = await db
    .select()
    .from(obligations)
    .where(where)
    .orderBy(desc(obligations.dueOn), desc(obligations.id))
    .limit(asked.limit)
  const [counted] = await db.select({ count: sql<number>`count(*)::int` }).from(obligations).where(where)
  return { rows, count: counted?.count ?? 0 }
}

function isLapse({ memberId, from, until, on, except }: LapsesAsked): SQL | undefined {
  return and(
    eq(obligations.memberId, memberId),
    lte(obligations.dueOn, until),
    from === null ? undefined : sql`${obligations.dueOn} >= ${from}`,
    except === null ? undefined : ne(obligations.id, except),
    sql`${obligations.duty} = any(${sql.param([...evidencedDuties])}::text[])`,
    isNull(obligations.waivedOn),
    or(
      sql`${obligations.metOn} > ${obligations.dueOn}`,
      and(isNull(obligations.metOn), sql`${obligations.dueOn} < ${on}`),
    ),
  )
}

/** What was said, received and explained about several obligations, oldest first. */
export async function saidAbout(db: Db, ids: readonly string[]) {
  const among = (column: SQL) => sql`${column} = any(${sql.param([...ids])}::uuid[])`
  const [said, received, explained] = await Promise.all([
    db
      .select({ id: notices.id, obligationId: notices.obligationId, stage: notices.stage, onDay: notices.onDay })
      .from(notices)
      .where(among(sql`${notices.obligationId}`))
      .orderBy(notices.id),
    db
      .select()
      .from(receipts)
      .where(among(sql`${receipts.obligationId}`))
      .orderBy(receipts.recordedAt, receipts.id),
    db
      .select()
      .from(explanations)
      .where(among(sql`${explanations.obligationId}`))
      .orderBy(explanations.recordedAt, explanations.id),
  ])
  return { said, received, explained }
}

/** Findings of a body until a day, with where their cases come from, the latest first. */
export async function findingsUntil(db: Db, memberId: string, span: { from: PlainDate | null; until: PlainDate }) {
  return db
    .select({ finding: findings, source: conductCases.source })
    .from(findings)
    .innerJoin(conductCases, eq(conductCases.id, findings.caseId))
    .where(
      and(
        eq(findings.memberId, memberId),
        lte(findings.foundOn, span.until),
        span.from === null ? undefined : sql`${findings.foundOn} >= ${span.from}`,
      ),
    )
    .orderBy(desc(findings.foundOn), desc(findings.id))
    .limit(200)
}
