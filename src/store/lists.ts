import {
  and,
  asc,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  gte,
  isNotNull,
  isNull,
  lt,
  lte,
  not,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { CertificateState } from '../domain/certificate.ts'
import type { Duty, ObligationState } from '../domain/obligation.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Standing } from '../domain/standing.ts'
import type { CertificateWithSuspensions, SuspensionFact } from './certificates.ts'
import type { Db } from './database.ts'
import { knownToMember } from './enterprises.ts'
import { type Fields, keptJsonSelect, keptSelect, type WrittenRow } from './kept-queries.ts'
import { assignments } from './schema/assignments.ts'
import { certificates, suspensions } from './schema/certificates.ts'
import { enterprises } from './schema/enterprises.ts'
import { events } from './schema/events.ts'
import { members } from './schema/members.ts'
import { obligations } from './schema/obligations.ts'
import { results } from './schema/results.ts'

/**
 * The lists: keyset pages in a stable order, one more row than asked for to tell whether there is a next page. A state
 * in a filter is the same derivation as in the domain, in SQL; a test holds the two against each other.
 */
type After = { readonly value: string; readonly id: string } | null
type Paged = { readonly after: After; readonly limit: number }

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

/** Without the key of its cause, which is the store's own business. */
export type ListedObligation = Omit<typeof obligations.$inferSelect, 'causeKey'>

export async function listObligations(db: Db, filter: ObligationFilter): Promise<ListedObligation[]> {
  return selectObligations(db, { ...askedObligations(filter), rows: rowsToRead(filter.limit) })
}

type AskedObligations = Omit<ObligationFilter, 'limit' | 'today' | 'dueSoon'> & Soon & { readonly isPast: boolean }

/** What the question depends on is decided here, before its values are put aside. */
function askedObligations({ limit: _, today, dueSoon, ...filter }: ObligationFilter): AskedObligations {
  return { ...filter, ...soonOf(dueSoon), isPast: filter.on < today }
}

const { causeKey: _, ...listedObligation } = getTableColumns(obligations)

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

export type WrittenObligation = WrittenRow<Pick<ListedObligation, keyof typeof standingFacts>>

/** The same page as JSON, for whoever only hands it on. */
export function writtenObligations(db: Db, filter: ObligationFilter): Promise<WrittenObligation[]> {
  return writeObligations(db, { ...askedObligations(filter), rows: rowsToRead(filter.limit) })
}

const writeObligations = keptJsonSelect<Pick<ListedObligation, keyof typeof standingFacts>, ObligationPage>(
  listedObligation,
  standingFacts,
  shapeOfObligations,
  pageOfObligations,
)

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

/**
 * One row more than asked for, in few steps: it stands in the text, so that the plan is made for a page and not for an
 * unknown part of the table, and yet there is not a text for each page size.
 */
function rowsToRead(limit: number): number {
  return [11, 51, 101, 201, 501].find((rows) => rows > limit) ?? limit + 1
}

/** drizzle would make a parameter of it. */
export function literal(rows: number): number {
  return sql.raw(String(rows)) as unknown as number
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

export type CertificateFilter = Paged & {
  readonly on: PlainDate
  readonly memberId: string | null
  readonly enterpriseId: string | undefined
  readonly schemeCode: string | undefined
  readonly number: string | undefined
  readonly cityCode: string | undefined
  readonly family: string | undefined
  readonly state: CertificateState | undefined
  readonly expiringUntil: PlainDate | undefined
}

export async function listCertificates(db: Db, filter: CertificateFilter): Promise<CertificateWithSuspensions[]> {
  const { limit, ...asked } = filter
  const rows = await selectCertificates(db, { ...asked, rows: rowsToRead(limit) })
  return rows.map((row) => ({ certificate: row, suspensions: row.suspensions }))
}

/** The certificates that were recorded last for each of these members, newest first, at most `limit` of each. */
export async function latestCertificates(db: Db, memberIds: readonly string[], limit: number) {
  const latest = db
    .select({ id: certificates.id })
    .from(certificates)
    .where(sql`${certificates.memberId} = asked.id`)
    .orderBy(desc(certificates.recordedAt), desc(certificates.id))
    .limit(limit)
    .as('latest')
  return db
    .select({ certificate: certificates, suspensions: suspensionsAsJson })
    .from(sql`unnest(${sql.param([...memberIds])}::uuid[]) as asked(id)`)
    .innerJoinLateral(latest, sql`true`)
    .innerJoin(certificates, eq(certificates.id, latest.id))
    .orderBy(desc(certificates.recordedAt), desc(certificates.id))
}

const suspensionsOrNull = sql<SuspensionFact[] | null>`(select json_agg(json_build_object(
  'fromOn', s.from_on, 'untilOn', s.until_on, 'liftedOn', s.lifted_on, 'reasonCode', s.reason_code) order by s.from_on) from suspensions s where s.certificate_id = certificates.id)`

export const suspensionsAsJson = sql<SuspensionFact[]>`coalesce(${suspensionsOrNull}, '[]')`

const certificateColumns = getTableColumns(certificates)

type ListedCertificate = typeof certificates.$inferSelect & { readonly suspensions: readonly SuspensionFact[] }
type AskedCertificates = Omit<CertificateFilter, 'limit'>
type CertificatePage = AskedCertificates & { readonly rows: number }

const shapeOfCertificates = ['state', 'rows'] as const

function pageOfCertificates(db: Db, filter: CertificatePage, fields: Fields) {
  return db
    .select(fields)
    .from(certificates)
    .where(isAskedCertificate(filter))
    .orderBy(asc(certificates.validUntil), asc(certificates.id))
    .limit(literal(filter.rows))
}

const selectCertificates = keptSelect<ListedCertificate, CertificatePage>(
  { ...certificateColumns, suspensions: suspensionsAsJson },
  shapeOfCertificates,
  pageOfCertificates,
)

type LifeFacts = Pick<typeof certificates.$inferSelect, 'id' | 'validFrom' | 'validUntil' | 'endedOn' | 'endedAs'>

export type WrittenCertificate = Omit<WrittenRow<LifeFacts>, 'suspensions'> & {
  readonly suspensions: readonly SuspensionFact[]
}

/** The same page as JSON, for whoever only hands it on. */
export async function writtenCertificates(db: Db, filter: CertificateFilter): Promise<WrittenCertificate[]> {
  const { limit, ...asked } = filter
  const rows = await writeCertificates(db, { ...asked, rows: rowsToRead(limit) })
  return rows.map((row) => ({
    ...row,
    suspensions: row.suspensions === null ? [] : JSON.parse(String(row.suspensions)),
  }))
}

const { validFrom, validUntil, endedOn, endedAs } = certificateColumns

const writeCertificates = keptJsonSelect<LifeFacts & { readonly suspensions: Buffer | null }, CertificatePage>(
  certificateColumns,
  { id: certificates.id, validFrom, validUntil, endedOn, endedAs, suspensions: suspensionsOrNull },
  shapeOfCertificates,
  pageOfCertificates,
)

function isAskedCertificate(filter: AskedCertificates): SQL | undefined {
  const { after, on } = filter
  return and(
    after
      ? sql`(${certificates.validUntil}, ${certificates.id}) > (${after.value}::date, ${after.id}::uuid)`
      : undefined,
    filter.memberId === null ? undefined : eq(certificates.memberId, filter.memberId),
    filter.enterpriseId ? eq(certificates.enterpriseId, filter.enterpriseId) : undefined,
    filter.schemeCode ? eq(certificates.schemeCode, filter.schemeCode) : undefined,
    filter.number ? eq(certificates.number, filter.number) : undefined,
    filter.cityCode ? eq(certificates.cityCode, filter.cityCode) : undefined,
    filter.family ? eq(certificates.family, filter.family) : undefined,
    filter.expiringUntil &&
      and(
        gte(certificates.validUntil, on),
        lte(certificates.validUntil, filter.expiringUntil),
        lte(certificates.validFrom, on),
        notEndedOn(on),
      ),
    filter.state && certificateStateIs(filter.state, on),
  )
}

function notEndedOn(on: PlainDate): SQL | undefined {
  return or(isNull(certificates.endedOn), gt(certificates.endedOn, on))
}

function certificateStateIs(state: CertificateState, on: PlainDate): SQL | undefined {
  const inPeriod = and(notEndedOn(on), lte(certificates.validFrom, on), gte(certificates.validUntil, on))
  // The suspended are few: gathered first, they are looked up by id instead of sought along the whole list.
  const suspendedIds = sql`array(select ${suspensions.certificateId} from ${suspensions}
    where ${suspensions.fromOn} <= ${on} and (${suspensions.liftedOn} is null or ${suspensions.liftedOn} > ${on}))`
  const isSuspended = exists(sql`(select from ${suspensions} where ${suspensions.certificateId} = ${certificates.id}
    and ${suspensions.fromOn} <= ${on} and (${suspensions.liftedOn} is null or ${suspensions.liftedOn} > ${on}))`)
  switch (state) {
    case 'withdrawn':
    case 'cancelled':
      return and(isNotNull(certificates.endedOn), lte(certificates.endedOn, on), eq(certificates.endedAs, state))
    case 'not_yet_valid':
      return and(notEndedOn(on), gt(certificates.validFrom, on))
    case 'expired':
      return and(notEndedOn(on), lt(certificates.validUntil, on))
    case 'suspended':
      return and(inPeriod, sql`${certificates.id} = any(${suspendedIds})`)
    case 'valid':
      return and(inPeriod, not(isSuspended))
  }
}

export type MemberFilter = Paged & {
  readonly on: PlainDate
  readonly id: string | null
  readonly name: string | undefined
  readonly approvalNumber: string | undefined
  readonly standing: Standing | undefined
}

export async function listMembers(db: Db, filter: MemberFilter) {
  return db
    .select({ member: members, standing: standingOf(filter.on) })
    .from(members)
    .where(isAskedMember(filter))
    .orderBy(asc(members.name), asc(members.id))
    .limit(filter.limit + 1)
}

/** Written by hand: of one table, drizzle leaves the table's name away, and `id` would be the standing's own. */
export function standingOf(on: PlainDate) {
  return sql<Standing | null>`(select s.standing from member_standings s
    where s.member_id = members.id and s.superseded_at is null and s.from_on <= ${on}
    order by s.from_on desc limit 1)`
}

function isAskedMember(filter: MemberFilter): SQL | undefined {
  const { after } = filter
  return and(
    after ? sql`(${members.name}, ${members.id}) > (${after.value}, ${after.id}::uuid)` : undefined,
    filter.id === null ? undefined : eq(members.id, filter.id),
    filter.name ? startsWith(members.name, filter.name) : undefined,
    filter.approvalNumber ? eq(members.approvalNumber, filter.approvalNumber) : undefined,
    filter.standing && sql`${standingOf(filter.on)} = ${filter.standing}`,
  )
}

export type EnterpriseFilter = Paged & {
  readonly knownToMemberId: string | null
  readonly creditCode: string | undefined
  readonly name: string | undefined
  readonly cityCode: string | undefined
  readonly family: string | undefined
}

export async function listEnterprises(db: Db, filter: EnterpriseFilter) {
  return db
    .select()
    .from(enterprises)
    .where(isAskedEnterprise(filter))
    .orderBy(asc(enterprises.name), asc(enterprises.id))
    .limit(filter.limit + 1)
}

function isAskedEnterprise(filter: EnterpriseFilter): SQL | undefined {
  const { after } = filter
  return and(
    after ? sql`(${enterprises.name}, ${enterprises.id}) > (${after.value}, ${after.id}::uuid)` : undefined,
    filter.knownToMemberId === null ? undefined : knownToMember(filter.knownToMemberId),
    filter.creditCode ? eq(enterprises.creditCode, filter.creditCode) : undefined,
    filter.name ? startsWith(enterprises.name, filter.name) : undefined,
    filter.cityCode ? eq(enterprises.cityCode, filter.cityCode) : undefined,
    filter.family ? eq(enterprises.family, filter.family) : undefined,
  )
}

function startsWith(column: typeof members.name | typeof enterprises.name, text: string): SQL {
  // The bounds are what an index by bytes can use when the plan is made for a text not known.
  return sql`(starts_with(${column}, ${text}) and ${column} ~>=~ ${text} and ${column} ~<~ (${text} || chr(1114111)))`
}

export type AssignmentFilter = Paged & {
  readonly memberId: string | null
  readonly enterpriseId: string | undefined
  readonly answer: 'waiting' | 'accepted' | 'declined' | undefined
}

export async function listAssignments(db: Db, filter: AssignmentFilter) {
  return db
    .select()
    .from(assignments)
    .where(isAskedAssignment(filter))
    .orderBy(asc(assignments.assignedOn), asc(assignments.id))
    .limit(filter.limit + 1)
}

function isAskedAssignment(filter: AssignmentFilter): SQL | undefined {
  const answers = {
    waiting: and(isNull(assignments.acceptedOn), isNull(assignments.declinedOn)),
    accepted: isNotNull(assignments.acceptedOn),
    declined: isNotNull(assignments.declinedOn),
  }
  return and(
    filter.after
      ? sql`(${assignments.assignedOn}, ${assignments.id}) > (${filter.after.value}::date, ${filter.after.id}::uuid)`
      : undefined,
    filter.memberId === null ? undefined : eq(assignments.memberId, filter.memberId),
    filter.enterpriseId ? eq(assignments.enterpriseId, filter.enterpriseId) : undefined,
    filter.answer && answers[filter.answer],
  )
}

export type ResultFilter = Paged & {
  readonly memberId: string | null
  readonly enterpriseId: string | undefined
  readonly memberReference: string | undefined
  readonly approval: 'pending' | undefined
  readonly decidedFrom: PlainDate | undefined
  readonly decidedUntil: PlainDate | undefined
}

/** Current revisions, by decision day. */
export async function listResults(db: Db, filter: ResultFilter) {
  return db
    .select()
    .from(results)
    .where(isAskedResult(filter))
    .orderBy(asc(results.decidedOn), asc(results.id))
    .limit(filter.limit + 1)
}

function isAskedResult(filter: ResultFilter): SQL | undefined {
  return and(
    isNull(results.supersededAt),
    filter.after
      ? sql`(${results.decidedOn}, ${results.id}) > (${filter.after.value}::date, ${filter.after.id}::uuid)`
      : undefined,
    filter.memberId === null ? undefined : eq(results.memberId, filter.memberId),
    filter.enterpriseId ? eq(results.enterpriseId, filter.enterpriseId) : undefined,
    filter.memberReference ? eq(results.memberReference, filter.memberReference) : undefined,
    filter.approval ? eq(results.approval, filter.approval) : undefined,
    filter.decidedFrom && gte(results.decidedOn, filter.decidedFrom),
    filter.decidedUntil && lte(results.decidedOn, filter.decidedUntil),
  )
}

export type EventFilter = {
  readonly afterId: string | null
  readonly limit: number
  readonly entity: string | undefined
  readonly entityId: string | undefined
}

/** The event log, newest first. */
export async function listEvents(db: Db, filter: EventFilter) {
  return db
    .select()
    .from(events)
    .where(
      and(
        filter.afterId === null ? undefined : lt(events.id, Number(filter.afterId)),
        filter.entity ? eq(events.entity, filter.entity) : undefined,
        filter.entityId ? eq(events.entityId, filter.entityId) : undefined,
      ),
    )
    .orderBy(desc(events.id))
    .limit(filter.limit + 1)
}

/** So many rows are counted, and no more: beyond it a total says "at least". */
export const countedMax = 100_000

export type Total = { readonly count: number; readonly isExact: boolean }

export const countObligations = (db: Db, filter: ObligationFilter) =>
  countUpTo(db, obligations, isAskedObligation(askedObligations({ ...filter, after: null })))
export const countCertificates = (db: Db, filter: CertificateFilter) =>
  countUpTo(db, certificates, isAskedCertificate({ ...filter, after: null }))
export const countMembers = (db: Db, filter: MemberFilter) =>
  countUpTo(db, members, isAskedMember({ ...filter, after: null }))
export const countEnterprises = (db: Db, filter: EnterpriseFilter) =>
  countUpTo(db, enterprises, isAskedEnterprise({ ...filter, after: null }))
export const countAssignments = (db: Db, filter: AssignmentFilter) =>
  countUpTo(db, assignments, isAskedAssignment({ ...filter, after: null }))
export const countResults = (db: Db, filter: ResultFilter) =>
  countUpTo(db, results, isAskedResult({ ...filter, after: null }))

/** How many rows a list has in all, whatever the page. */
async function countUpTo(db: Db, table: PgTable, asked: SQL | undefined): Promise<Total> {
  const [row] = await db.execute<{ count: number }>(sql`select count(*)::int as count
    from (select from ${table} where ${asked ?? sql`true`} limit ${countedMax + 1}) as asked`)
  const count = row?.count ?? 0
  return { count: Math.min(count, countedMax), isExact: count <= countedMax }
}
