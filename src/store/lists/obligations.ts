import { and, asc, eq, getTableColumns, gt, gte, isNull, lt, lte, not, or, type SQL, sql } from 'drizzle-orm'
import type { Duty, ObligationState } from '../../domain/obligation.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Db } from '../database.ts'
import {
  columnsOfRuns,
  type Fields,
  keptJsonSelect,
  keptSelect,
  type WrittenColumns,
  type WrittenRow,
} from '../kept-queries.ts'
import { obligations } from '../schema/obligations.ts'
import { literal, type Paged, rowsToRead } from './paging.ts'
import { countUpTo } from './totals.ts'

export type ObligationFilter = Paged & {
  readonly on: PlainDate
  readonly today: PlainDate
  readonly memberId: string | null
  readonly duty: Duty | undefined
  readonly state: ObligationState | undefined
  readonly cityCode: string | undefined
  readonly dueBefore: PlainDate | undefined
  readonly dueAfter: PlainDate | undefined
  /** For each rule version, the last due day that counts as soon. */
  readonly dueSoon: readonly { duty: Duty; version: number; until: PlainDate }[]
}

/** Without the key of its cause and the instant of its last change, which are the store's own business. */
export type ListedObligation = Omit<typeof obligations.$inferSelect, 'causeKey' | 'changedAt'>

export async function listObligations(db: Db, filter: ObligationFilter): Promise<ListedObligation[]> {
  return selectObligations(db, { ...askedObligations(filter), rows: rowsToRead(filter.limit) })
}

type AskedObligations = Omit<ObligationFilter, 'limit' | 'today' | 'dueSoon'> & Soon & { readonly isPast: boolean }

/** What the question depends on is decided here, before its values are put aside. */
function askedObligations({ limit: _, today, dueSoon, ...filter }: ObligationFilter): AskedObligations {
  return { ...filter, ...soonOf(dueSoon), isPast: filter.on < today }
}

const { causeKey: _, changedAt: __, ...listedObligation } = getTableColumns(obligations)

type ObligationPage = AskedObligations & { readonly rows: number }

const shapeOfObligations = ['state', 'isPast', 'isSoonByRule', 'rows'] as const

function pageOfObligations(db: Db, filter: ObligationPage, fields: Fields) {
  return db
    .select(fields)
    .from(obligations)
    .where(isAskedObligation(filter))
    .orderBy(asc(obligations.dueOn), asc(obligations.id))
    .limit(literal(filter.rows))
}

const selectObligations = keptSelect<ListedObligation, ObligationPage>(
  listedObligation,
  shapeOfObligations,
  pageOfObligations,
)

const { id, duty, eventOn, dueOn, ruleVersion, metOn, waivedOn } = listedObligation
const standingFacts = { id, duty, eventOn, dueOn, ruleVersion, metOn, waivedOn }

export type ObligationColumn = keyof typeof listedObligation
export const obligationColumnNames = Object.keys(listedObligation) as ObligationColumn[]

type StandingFacts = Pick<ListedObligation, keyof typeof standingFacts>
export type WrittenObligation = WrittenRow<StandingFacts>

/** The same page with these columns as JSON, for whoever only hands them on. To be made once for each choice of columns. */
export function obligationWriter(runs: readonly WrittenColumns<ObligationColumn>[]) {
  const write = keptJsonSelect<StandingFacts, ObligationPage>(
    columnsOfRuns(listedObligation, runs),
    standingFacts,
    shapeOfObligations,
    pageOfObligations,
  )
  return (db: Db, filter: ObligationFilter): Promise<WrittenObligation[]> =>
    write(db, { ...askedObligations(filter), rows: rowsToRead(filter.limit) })
}

function isAskedObligation(filter: AskedObligations): SQL | undefined {
  const { after } = filter
  return and(
    after ? sql`(${obligations.dueOn}, ${obligations.id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
    filter.isPast ? lte(obligations.openedOn, filter.on) : undefined,
    filter.memberId === null ? undefined : eq(obligations.memberId, filter.memberId),
    filter.duty && eq(obligations.duty, filter.duty),
    filter.cityCode ? eq(obligations.cityCode, filter.cityCode) : undefined,
    filter.dueBefore && lt(obligations.dueOn, filter.dueBefore),
    filter.dueAfter && gt(obligations.dueOn, filter.dueAfter),
    filter.state && obligationStateIs(filter.state, filter),
  )
}

function obligationStateIs(state: ObligationState, filter: AskedObligations): SQL | undefined {
  const { on } = filter
  const metBy = and(lte(obligations.metOn, on), or(isNull(obligations.waivedOn), gt(obligations.waivedOn, on)))
  switch (state) {
    case 'waived':
      return lte(obligations.waivedOn, on)
    case 'met_on_time':
      return and(metBy, lte(obligations.metOn, obligations.dueOn))
    case 'met_late':
      return and(metBy, gt(obligations.metOn, obligations.dueOn))
    case 'overdue':
      return and(isOpenOn(filter), lt(obligations.dueOn, on))
    case 'due_soon':
      return and(isOpenOn(filter), gte(obligations.dueOn, on), isSoonOn(filter))
    case 'open':
      return and(isOpenOn(filter), gte(obligations.dueOn, on), not(isSoonOn(filter)))
  }
}

/** Nothing is met in the future, so today's question can use the index of what is open. */
function isOpenOn({ on, isPast }: AskedObligations): SQL | undefined {
  if (!isPast) return and(isNull(obligations.metOn), isNull(obligations.waivedOn))
  return and(
    or(isNull(obligations.metOn), gt(obligations.metOn, on)),
    or(isNull(obligations.waivedOn), gt(obligations.waivedOn, on)),
  )
}

/** Whether the due day is soon, for a question that is asked seldom. */
export function isSoon(dueSoon: ObligationFilter['dueSoon']): SQL {
  return isSoonOn(soonOf(dueSoon))
}

type Soon = {
  /** The last day that is soon; as JSON for each rule where they differ. */
  readonly soon: PlainDate | string
  readonly isSoonByRule: boolean
}

function soonOf(dueSoon: ObligationFilter['dueSoon']): Soon {
  const [day, ...others] = new Set(dueSoon.map(({ until }) => until))
  const isSoonByRule = day === undefined || others.length > 0
  return { isSoonByRule, soon: isSoonByRule ? JSON.stringify(dueSoon) : day }
}

function isSoonOn({ soon, isSoonByRule }: Soon): SQL {
  if (!isSoonByRule) return sql`${obligations.dueOn} <= ${soon}`
  return sql`${obligations.dueOn} <= (select r.until from jsonb_to_recordset(${soon}::jsonb) as r(duty text, version int, until date)
    where r.duty = ${obligations.duty} and r.version = ${obligations.ruleVersion})`
}

export const countObligations = (db: Db, filter: ObligationFilter) =>
  countUpTo(db, obligations, isAskedObligation(askedObligations({ ...filter, after: null })))
