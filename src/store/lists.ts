import { and, asc, desc, eq, exists, gt, gte, isNotNull, isNull, lt, lte, not, or, type SQL, sql } from 'drizzle-orm'
import type { CertificateState } from '../domain/certificate.ts'
import type { Duty, ObligationState } from '../domain/obligation.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Standing } from '../domain/standing.ts'
import type { SuspensionFact } from './certificates.ts'
import type { Db } from './database.ts'
import { knownToMember } from './enterprises.ts'
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

export async function listObligations(db: Db, filter: ObligationFilter) {
  const { after } = filter
  return db
    .select()
    .from(obligations)
    .where(
      and(
        after ? sql`(${obligations.dueOn}, ${obligations.id}) > (${after.value}::date, ${after.id}::uuid)` : undefined,
        filter.on < filter.today ? lte(obligations.openedOn, filter.on) : undefined,
        filter.memberId === null ? undefined : eq(obligations.memberId, filter.memberId),
        filter.duty && eq(obligations.duty, filter.duty),
        filter.cityCode ? eq(obligations.cityCode, filter.cityCode) : undefined,
        filter.dueBefore && lt(obligations.dueOn, filter.dueBefore),
        filter.dueAfter && gt(obligations.dueOn, filter.dueAfter),
        filter.state && obligationStateIs(filter.state, filter),
      ),
    )
    .orderBy(asc(obligations.dueOn), asc(obligations.id))
    .limit(filter.limit + 1)
}

function obligationStateIs(state: ObligationState, { on, today, dueSoon }: ObligationFilter): SQL | undefined {
  const metBy = and(lte(obligations.metOn, on), or(isNull(obligations.waivedOn), gt(obligations.waivedOn, on)))
  switch (state) {
    case 'waived':
      return lte(obligations.waivedOn, on)
    case 'met_on_time':
      return and(metBy, lte(obligations.metOn, obligations.dueOn))
    case 'met_late':
      return and(metBy, gt(obligations.metOn, obligations.dueOn))
    case 'overdue':
      return and(isOpenOn(on, today), lt(obligations.dueOn, on))
    case 'due_soon':
      return and(isOpenOn(on, today), gte(obligations.dueOn, on), isSoon(dueSoon))
    case 'open':
      return and(isOpenOn(on, today), gte(obligations.dueOn, on), not(isSoon(dueSoon)))
  }
}

/** Nothing is met in the future, so today's question can use the index of what is open. */
function isOpenOn(on: PlainDate, today: PlainDate): SQL | undefined {
  if (on >= today) return and(isNull(obligations.metOn), isNull(obligations.waivedOn))
  return and(
    or(isNull(obligations.metOn), gt(obligations.metOn, on)),
    or(isNull(obligations.waivedOn), gt(obligations.waivedOn, on)),
  )
}

function isSoon(dueSoon: ObligationFilter['dueSoon']): SQL {
  const days = new Set(dueSoon.map(({ until }) => until))
  const [only] = days
  if (days.size === 1 && only !== undefined) return lte(obligations.dueOn, only)
  const rules = JSON.stringify(dueSoon)
  return sql`${obligations.dueOn} <= (select r.until from jsonb_to_recordset(${rules}::jsonb) as r(duty text, version int, until date)
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

export async function listCertificates(db: Db, filter: CertificateFilter) {
  const { after, on } = filter
  return db
    .select({ certificate: certificates, suspensions: suspensionsAsJson })
    .from(certificates)
    .where(
      and(
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
      ),
    )
    .orderBy(asc(certificates.validUntil), asc(certificates.id))
    .limit(filter.limit + 1)
}

const suspensionsAsJson = sql<SuspensionFact[]>`coalesce((select json_agg(json_build_object(
  'fromOn', s.from_on, 'untilOn', s.until_on, 'liftedOn', s.lifted_on, 'reasonCode', s.reason_code) order by s.from_on) from suspensions s where s.certificate_id = certificates.id), '[]')`

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

/** Certificates that bear a number or bore it before a correction; at most 100 (numbers may repeat across members, R4). */
export async function certificatesToVerify(
  db: Db,
  number: string,
  member: { approvalNumber: string | undefined; id: string | undefined },
) {
  return db
    .select({
      certificate: certificates,
      suspensions: suspensionsAsJson,
      memberName: members.name,
      memberApprovalNumber: members.approvalNumber,
    })
    .from(certificates)
    .innerJoin(members, eq(members.id, certificates.memberId))
    .where(
      and(
        // Not `or`, which would walk along every certificate.
        sql`${certificates.id} in (select c.id from certificates c where c.number = ${number}
          union all select v.certificate_id from certificate_versions v where v.number = ${number})`,
        member.id === undefined ? undefined : eq(certificates.memberId, member.id),
        member.approvalNumber === undefined ? undefined : eq(members.approvalNumber, member.approvalNumber),
      ),
    )
    .orderBy(desc(certificates.validUntil), asc(certificates.id))
    .limit(100)
}

export type MemberFilter = Paged & {
  readonly on: PlainDate
  readonly id: string | null
  readonly name: string | undefined
  readonly approvalNumber: string | undefined
  readonly standing: Standing | undefined
}

export async function listMembers(db: Db, filter: MemberFilter) {
  const { after } = filter
  // Written by hand: of one table, drizzle leaves the table's name away, and `id` would be the standing's own.
  const standing = sql<Standing | null>`(select s.standing from member_standings s
    where s.member_id = members.id and s.superseded_at is null and s.from_on <= ${filter.on}
    order by s.from_on desc limit 1)`
  return db
    .select({ member: members, standing })
    .from(members)
    .where(
      and(
        after ? sql`(${members.name}, ${members.id}) > (${after.value}, ${after.id}::uuid)` : undefined,
        filter.id === null ? undefined : eq(members.id, filter.id),
        filter.name ? startsWith(members.name, filter.name) : undefined,
        filter.approvalNumber ? eq(members.approvalNumber, filter.approvalNumber) : undefined,
        filter.standing && sql`${standing} = ${filter.standing}`,
      ),
    )
    .orderBy(asc(members.name), asc(members.id))
    .limit(filter.limit + 1)
}

export type EnterpriseFilter = Paged & {
  readonly knownToMemberId: string | null
  readonly creditCode: string | undefined
  readonly name: string | undefined
  readonly cityCode: string | undefined
  readonly family: string | undefined
}

export async function listEnterprises(db: Db, filter: EnterpriseFilter) {
  const { after } = filter
  return db
    .select()
    .from(enterprises)
    .where(
      and(
        after ? sql`(${enterprises.name}, ${enterprises.id}) > (${after.value}, ${after.id}::uuid)` : undefined,
        filter.knownToMemberId === null ? undefined : knownToMember(filter.knownToMemberId),
        filter.creditCode ? eq(enterprises.creditCode, filter.creditCode) : undefined,
        filter.name ? startsWith(enterprises.name, filter.name) : undefined,
        filter.cityCode ? eq(enterprises.cityCode, filter.cityCode) : undefined,
        filter.family ? eq(enterprises.family, filter.family) : undefined,
      ),
    )
    .orderBy(asc(enterprises.name), asc(enterprises.id))
    .limit(filter.limit + 1)
}

function startsWith(column: typeof members.name | typeof enterprises.name, text: string): SQL {
  return sql`starts_with(${column}, ${text})`
}

export type AssignmentFilter = Paged & {
  readonly memberId: string | null
  readonly enterpriseId: string | undefined
  readonly answer: 'waiting' | 'accepted' | 'declined' | undefined
}

export async function listAssignments(db: Db, filter: AssignmentFilter) {
  const answers = {
    waiting: and(isNull(assignments.acceptedOn), isNull(assignments.declinedOn)),
    accepted: isNotNull(assignments.acceptedOn),
    declined: isNotNull(assignments.declinedOn),
  }
  return db
    .select()
    .from(assignments)
    .where(
      and(
        filter.after
          ? sql`(${assignments.assignedOn}, ${assignments.id}) > (${filter.after.value}::date, ${filter.after.id}::uuid)`
          : undefined,
        filter.memberId === null ? undefined : eq(assignments.memberId, filter.memberId),
        filter.enterpriseId ? eq(assignments.enterpriseId, filter.enterpriseId) : undefined,
        filter.answer && answers[filter.answer],
      ),
    )
    .orderBy(asc(assignments.assignedOn), asc(assignments.id))
    .limit(filter.limit + 1)
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
    .where(
      and(
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
      ),
    )
    .orderBy(asc(results.decidedOn), asc(results.id))
    .limit(filter.limit + 1)
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
