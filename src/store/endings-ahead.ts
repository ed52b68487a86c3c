import { and, asc, eq, isNull, lt, notExists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { certificates, suspensions } from './schema/certificates.ts'
import { memberScopes, members } from './schema/members.ts'

/** What ends by itself, in the order in which it ends: certificates, suspensions, scopes, approvals (R4, N1). */
export type AfterEnd = { readonly endOn: PlainDate; readonly id: string } | null

/** Last days to look at, as seen on a day. */
export type Span = { readonly on: PlainDate; readonly from: PlainDate; readonly until: PlainDate }

const renewal = alias(certificates, 'renewal')

/** Certificates whose last day lies in a span, that neither ended before it nor were renewed. */
export async function certificatesEndingBetween(db: Db, span: Span, after: AfterEnd, limit: number) {
  return db
    .select({
      id: certificates.id,
      memberId: certificates.memberId,
      memberName: members.name,
      number: certificates.number,
      holderName: certificates.holderName,
      productName: certificates.productName,
      validUntil: certificates.validUntil,
    })
    .from(certificates)
    .innerJoin(members, eq(members.id, certificates.memberId))
    .where(
      and(
        sql`${certificates.validUntil} between ${span.from} and ${span.until}`,
        isNull(certificates.endedOn),
        notExists(db.select({ one: sql`1` }).from(renewal).where(eq(renewal.renewsId, certificates.id))),
        after
          ? sql`(${certificates.validUntil}, ${certificates.id}) > (${after.endOn}::date, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(certificates.validUntil), asc(certificates.id))
    .limit(limit)
}

/** Suspensions that passed their end unlifted, of certificates that would still be valid on the day. */
export async function suspensionsPastEnd(db: Db, on: PlainDate, after: AfterEnd, limit: number) {
  return db
    .select({
      id: suspensions.id,
      untilOn: suspensions.untilOn,
      certificateId: certificates.id,
      memberId: certificates.memberId,
      memberName: members.name,
      number: certificates.number,
      holderName: certificates.holderName,
      productName: certificates.productName,
    })
    .from(suspensions)
    .innerJoin(certificates, eq(certificates.id, suspensions.certificateId))
    .innerJoin(members, eq(members.id, certificates.memberId))
    .where(
      and(
        isNull(suspensions.liftedOn),
        lt(suspensions.untilOn, on),
        isNull(certificates.endedOn),
        sql`${certificates.validUntil} >= ${on}`,
        after
          ? sql`(${suspensions.untilOn}, ${suspensions.id}) > (${after.endOn}::date, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(suspensions.untilOn), asc(suspensions.id))
    .limit(limit)
}

/** Written by hand: drizzle leaves the table's name away where there is only one. */
function hasNotLeft(on: PlainDate) {
  return sql`(select s.standing from member_standings s where s.member_id = members.id and s.superseded_at is null
    and s.from_on <= ${on} order by s.from_on desc limit 1) is distinct from 'removed'`
}

/** Scopes of the alliance's members whose last day lies in a span. */
export async function scopesEndingBetween(db: Db, span: Span, after: AfterEnd, limit: number) {
  return db
    .select({
      id: memberScopes.id,
      memberId: memberScopes.memberId,
      memberName: members.name,
      description: memberScopes.description,
      endOn: sql<PlainDate>`${memberScopes.untilOn}`,
    })
    .from(memberScopes)
    .innerJoin(members, eq(members.id, memberScopes.memberId))
    .where(
      and(
        isNull(memberScopes.supersededAt),
        hasNotLeft(span.on),
        sql`${memberScopes.untilOn} between ${span.from} and ${span.until}`,
        after
          ? sql`(${memberScopes.untilOn}, ${memberScopes.id}) > (${after.endOn}::date, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(memberScopes.untilOn), asc(memberScopes.id))
    .limit(limit)
}

/** Members whose approval's last day lies in a span. */
export async function approvalsEndingBetween(db: Db, span: Span, after: AfterEnd, limit: number) {
  return db
    .select({ id: members.id, memberName: members.name, endOn: sql<PlainDate>`${members.approvalUntilOn}` })
    .from(members)
    .where(
      and(
        hasNotLeft(span.on),
        sql`${members.approvalUntilOn} between ${span.from} and ${span.until}`,
        after
          ? sql`(${members.approvalUntilOn}, ${members.id}) > (${after.endOn}::date, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(members.approvalUntilOn), asc(members.id))
    .limit(limit)
}
