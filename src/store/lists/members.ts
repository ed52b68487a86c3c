import { and, asc, eq, or, type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Standing } from '../../domain/standing.ts'
import type { Db } from '../database.ts'
import { memberApprovalNumbers, members } from '../schema/members.ts'
import { type Paged, startsWith } from './paging.ts'
import { countUpTo } from './totals.ts'

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
    // Also by a number that it had: each leads to one body (N1).
    filter.approvalNumber
      ? or(
          eq(members.approvalNumber, filter.approvalNumber),
          sql`${members.id} = (select n.member_id from ${memberApprovalNumbers} n where n.approval_number = ${filter.approvalNumber})`,
        )
      : undefined,
    filter.standing && sql`${standingOf(filter.on)} = ${filter.standing}`,
  )
}

export const countMembers = (db: Db, filter: MemberFilter) =>
  countUpTo(db, members, isAskedMember({ ...filter, after: null }))

/** Bodies whose standing on a day is one of these, by name. */
export async function membersStanding(
  db: Db,
  on: PlainDate,
  standings: readonly Standing[],
): Promise<{ id: string; name: string }[]> {
  return db
    .select({ id: members.id, name: members.name })
    .from(members)
    .where(sql`${standingOf(on)} = any(${sql.param([...standings])}::text[])`)
    .orderBy(asc(members.name), asc(members.id))
}
