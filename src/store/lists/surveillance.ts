import { and, asc, eq, exists, gte, isNotNull, isNull, lte, not, or, type SQL, sql } from 'drizzle-orm'
import { type AnyPgColumn, alias, unionAll } from 'drizzle-orm/pg-core'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { SuspensionGround, VisitOutcome } from '../../domain/surveillance.ts'
import type { Db } from '../database.ts'
import { certificates } from '../schema/certificates.ts'
import { obligations } from '../schema/obligations.ts'
import { surveillanceVisits } from '../schema/surveillance.ts'
import { certificateStateIs } from './certificates.ts'
import { literal, type Paged, rowsToRead } from './paging.ts'
import { countedMax, countUpTo, type Total } from './totals.ts'

export type VisitFilter = Paged & {
  readonly memberId: string | null
  readonly certificateId: string | undefined
  readonly outcome: VisitOutcome | undefined
  readonly visitedFrom: PlainDate | undefined
  readonly visitedUntil: PlainDate | undefined
}

/** Visits as they stand, by day. */
export async function listVisits(db: Db, filter: VisitFilter) {
  return db
    .select()
    .from(surveillanceVisits)
    .where(isAskedVisit(filter))
    .orderBy(asc(surveillanceVisits.visitedOn), asc(surveillanceVisits.id))
    .limit(literal(rowsToRead(filter.limit)))
}

export const countVisits = (db: Db, filter: VisitFilter) =>
  countUpTo(db, surveillanceVisits, isAskedVisit({ ...filter, after: null }))

function isAskedVisit(filter: VisitFilter): SQL | undefined {
  const { after } = filter
  return and(
    isNull(surveillanceVisits.supersededAt),
    after
      ? sql`(${surveillanceVisits.visitedOn}, ${surveillanceVisits.id}) > (${after.value}::date, ${after.id}::uuid)`
      : undefined,
    filter.memberId === null ? undefined : eq(surveillanceVisits.memberId, filter.memberId),
    filter.certificateId ? eq(surveillanceVisits.certificateId, filter.certificateId) : undefined,
    filter.outcome && eq(surveillanceVisits.outcome, filter.outcome),
    filter.visitedFrom && gte(surveillanceVisits.visitedOn, filter.visitedFrom),
    filter.visitedUntil && lte(surveillanceVisits.visitedOn, filter.visitedUntil),
  )
}

export type SuggestionFilter = Paged & {
  readonly memberId: string | null
  readonly on: PlainDate
  /** Whether the day lies behind: then some of what was overdue on it has been met since. */
  readonly isPast: boolean
}

/**
 * Grounds for suspending a valid certificate, the oldest first: a surveillance past due, or a latest visit that came out
 * badly. The same derivation as `suspensionsSuggested`, in SQL; a test holds the two against each other (R3).
 */
export async function listSuggestions(db: Db, filter: SuggestionFilter) {
  const rows = literal(rowsToRead(filter.limit))
  const [overdue, adverse] = [overdueSurveillance(db, filter, stillOpen), adverseVisits(db, filter)]
  const present = unionAll(overdue.limit(rows), adverse.limit(rows))
  const all = filter.isPast
    ? present
        .unionAll(overdueSurveillance(db, filter, metSince(filter.on)).limit(rows))
        .unionAll(overdueSurveillance(db, filter, waivedSince(filter.on)).limit(rows))
    : present
  return all.orderBy(sql`since`, sql`id`).limit(rows)
}

export async function countSuggestions(db: Db, filter: Omit<SuggestionFilter, 'after' | 'limit'>): Promise<Total> {
  const all = { ...filter, after: null, limit: countedMax }
  const present = unionAll(overdueSurveillance(db, all, stillOpen), adverseVisits(db, all))
  const whole = all.isPast
    ? present
        .unionAll(overdueSurveillance(db, all, metSince(all.on)))
        .unionAll(overdueSurveillance(db, all, waivedSince(all.on)))
    : present
  const asked = whole.limit(countedMax + 1).as('asked')
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(asked)
  const count = row?.count ?? 0
  return { count: Math.min(count, countedMax), isExact: count <= countedMax }
}

const columnsOf = (id: AnyPgColumn, ground: SQL<SuspensionGround>, since: SQL<PlainDate>) => ({
  id: sql<string>`${id}`.as('id'),
  ground: ground.as('ground'),
  since: since.as('since'),
  certificateId: sql<string>`${certificates.id}`.as('certificate_id'),
  memberId: sql<string>`${certificates.memberId}`.as('member_id'),
  number: sql<string>`${certificates.number}`.as('number'),
  holderName: sql<string>`${certificates.holderName}`.as('holder_name'),
  productName: sql<string>`${certificates.productName}`.as('product_name'),
  validUntil: sql<PlainDate>`${certificates.validUntil}::text`.as('valid_until'),
})

/** How it stands now: each along an index of its own. What was settled after a day was open on it. */
const stillOpen = and(isNull(obligations.metOn), isNull(obligations.waivedOn))
const metSince = (on: PlainDate) =>
  and(sql`${obligations.metOn} > ${obligations.dueOn}`, sql`${obligations.metOn} > ${on}`)
const waivedSince = (on: PlainDate) => and(isNotNull(obligations.waivedOn), sql`${obligations.waivedOn} > ${on}`)

function overdueSurveillance(db: Db, { memberId, on, after }: SuggestionFilter, settled: SQL | undefined) {
  const ground = sql<SuspensionGround>`'visit_overdue'::text`
  return db
    .select(columnsOf(obligations.id, ground, sql<PlainDate>`${obligations.dueOn}::text`))
    .from(obligations)
    .innerJoin(certificates, eq(certificates.id, obligations.certificateId))
    .where(
      and(
        eq(obligations.duty, 'surveillance'),
        settled,
        sql`${obligations.dueOn} < ${on}`,
        after ? sql`(${obligations.dueOn}, ${obligations.id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
        memberId === null ? undefined : eq(obligations.memberId, memberId),
        certificateStateIs('valid', on),
      ),
    )
    .orderBy(asc(obligations.dueOn), asc(obligations.id))
    .$dynamic()
}

function adverseVisits(db: Db, { memberId, on, after }: SuggestionFilter) {
  const { outcome, correctionsDueOn, visitedOn, id } = surveillanceVisits
  const ground = sql<SuspensionGround>`case ${outcome} when 'corrections_due' then 'corrections_overdue' else ${outcome} end`
  const since = sql`coalesce(${correctionsDueOn}, ${visitedOn})`
  return db
    .select(columnsOf(id, ground, sql<PlainDate>`${since}::text`))
    .from(surveillanceVisits)
    .innerJoin(certificates, eq(certificates.id, surveillanceVisits.certificateId))
    .where(
      and(
        isNull(surveillanceVisits.supersededAt),
        sql`${outcome} <> 'conforming'`,
        sql`${visitedOn} <= ${on}`,
        or(isNull(correctionsDueOn), sql`${correctionsDueOn} < ${on}`),
        not(exists(laterVisit(on))),
        after ? sql`(${since}, ${id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
        memberId === null ? undefined : eq(surveillanceVisits.memberId, memberId),
        certificateStateIs('valid', on),
      ),
    )
    .orderBy(sql`${since}`, asc(id))
    .$dynamic()
}

const later = alias(surveillanceVisits, 'later')

function laterVisit(on: PlainDate): SQL {
  return sql`(select from ${surveillanceVisits} as ${sql.identifier('later')}
    where ${later.certificateId} = ${surveillanceVisits.certificateId} and ${later.supersededAt} is null
      and ${later.visitedOn} > ${surveillanceVisits.visitedOn} and ${later.visitedOn} <= ${on})`
}
