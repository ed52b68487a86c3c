import type { Row, Sql } from 'postgres'
import { dayInShanghai, systemClock } from '../../../src/clock.ts'
import { legalMoves } from '../../../src/domain/certificate.ts'
import { isSuspended } from './suspensions.ts'

/** Rows of the two lists, one more than the page holds. */
export type Overdue = { readonly dueAfter: string; readonly first: number }
export type Expiring = { readonly on: string; readonly expiringWithinDays: number; readonly first: number }
export type WorkingDays = ReadonlyMap<string, number>

export async function overdueRows(sql: Sql, workingDays: WorkingDays, { dueAfter, first }: Overdue): Promise<Row[]> {
  const today = dayInShanghai(systemClock.now())
  const rows = await sql`
    select id, duty, member_id as "memberId", enterprise_id as "enterpriseId", result_id as "resultId",
      certificate_id as "certificateId", assignment_id as "assignmentId", ending_id as "endingId",
      city_code as "cityCode", family, subject, opened_on::text as "openedOn", event_on::text as "eventOn",
      due_on::text as "dueOn", provisional, rule_version as "ruleVersion", calendar_version as "calendarVersion",
      explains_id as "explainsId", met_on::text as "metOn", contested, waived_on::text as "waivedOn", waived_ground as "waivedGround",
      recorded_at as "recordedAt"
    from obligations
    where met_on is null and waived_on is null and due_on < ${today} and due_on > ${dueAfter}
    order by due_on, id limit ${first + 1}`
  const upTo = (day: string) => workingDays.get(day) ?? Number.NaN
  return rows.map((row) => ({
    ...row,
    state: 'overdue',
    lateness: {
      calendarDays: (Date.parse(today) - Date.parse(row.dueOn)) / 864e5,
      workingDays: upTo(today) - upTo(row.dueOn),
    },
  }))
}

export async function expiringRows(sql: Sql, { on, expiringWithinDays, first }: Expiring): Promise<Row[]> {
  const rows = await sql`
    select ${certificateColumns(sql)}
    from certificates c
    where valid_until >= ${on} and valid_until <= ${on}::date + ${expiringWithinDays}::int
      and valid_from <= ${on} and (ended_on is null or ended_on > ${on})
    order by valid_until, id limit ${first + 1}`
  return rows.map((row) => certificateOn(row, on))
}

/** Of `certificates c`. */
export function certificateColumns(sql: Sql) {
  return sql`id, scheme_code as "schemeCode", member_id as "memberId", enterprise_id as "enterpriseId", number,
      holder_name as "holderName", product_name as "productName", family, industry_code as "industryCode",
      city_code as "cityCode", decided_on::text as "decidedOn", issued_on::text as "issuedOn",
      valid_from::text as "validFrom", valid_until::text as "validUntil", ended_on::text as "endedOn",
      ended_as as "endedAs", ended_reason as "endedReason", renews_id as "renewsId",
      transferred_from_id as "transferredFromId", version, origin, import_id as "importId", content,
      recorded_at as "recordedAt", version_recorded_at as "versionRecordedAt",
      coalesce((select json_agg(json_build_object('fromOn', from_on, 'untilOn', until_on, 'liftedOn', lifted_on)
        order by from_on) from suspensions s where s.certificate_id = c.id), '[]') as suspensions`
}

export function certificateOn(row: Row, on: string): Row {
  const state = stateOn(row, on)
  return { ...row, state, actionsAllowed: legalMoves[state] }
}

function stateOn(row: Row, on: string): keyof typeof legalMoves {
  if (row.endedOn !== null && row.endedOn <= on) return row.endedAs
  if (on < row.validFrom) return 'not_yet_valid'
  if (on > row.validUntil) return 'expired'
  return isSuspended(row.suspensions, on) ? 'suspended' : 'valid'
}

/** A page as REST has it. */
export function page(list: string, rows: readonly Row[], limit: number, day: string) {
  const items = rows.slice(0, limit)
  return { items, nextCursor: rows.length > limit ? cursorOf(list, items, day) : null }
}

/** A page as GraphQL has it. */
export function connection(list: string, rows: readonly Row[], first: number, day: string) {
  const nodes = rows.slice(0, first)
  const endCursor = nodes.length > 0 ? cursorOf(list, nodes, day) : null
  return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor } }
}

function cursorOf(list: string, items: readonly Row[], day: string): string {
  const last = items.at(-1)
  return Buffer.from(JSON.stringify([list, last?.[day], last?.id])).toString('base64url')
}
