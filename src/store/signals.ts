import { type SQL, sql } from 'drizzle-orm'
import { addDays, type PlainDate } from '../domain/plain-date.ts'
import type { CorrectionCounts, RefusalFact, SignalCounts } from '../domain/signal.ts'
import type { Db } from './database.ts'
import { enterprises } from './schema/enterprises.ts'
import { members } from './schema/members.ts'
import { obligations } from './schema/obligations.ts'
import { results } from './schema/results.ts'

/** Days of Shanghai, and one body or all. */
type Asked = { readonly from: PlainDate; readonly until: PlainDate; readonly memberId?: string | undefined }

const isOf = ({ memberId }: Asked, column: SQL) => (memberId === undefined ? sql`true` : sql`${column} = ${memberId}`)

/** The first instant of a day there, eight hours ahead. */
const startOf = (day: PlainDate) => sql`(${day}::date::timestamp at time zone interval '8 hours')`

/** So many rows stand behind a signal. */
const idsMax = 200

/** Counts of current results decided in a span, body by body. @param daysOff days of the span that are no working days */
export async function signalCounts(
  db: Db,
  asked: Omit<Asked, 'memberId'>,
  daysOff: readonly PlainDate[],
): Promise<SignalCounts[]> {
  const { from, until } = asked
  const idsWhere = (condition: SQL) =>
    sql`coalesce((array_agg(id order by decided_on, id) filter (where ${condition}))[1:${sql.raw(String(idsMax))}], '{}')`
  return db.execute<SignalCounts>(sql`
    select member_id as "memberId", name as "memberName", count(*)::int as results,
      count(*) filter (where on_last_day)::int as "onLastDay", ${idsWhere(sql`on_last_day`)} as "onLastDayIds",
      count(*) filter (where on_day_off)::int as "onDaysOff", ${idsWhere(sql`on_day_off`)} as "onDaysOffIds"
    from (
      select m.id as member_id, m.name, r.id, r.decided_on,
        (f.recorded_at at time zone 'Asia/Shanghai')::date = o.due_on as on_last_day,
        r.decided_on = any(${sql.param([...daysOff])}::text[]::date[]) as on_day_off
      from ${members} m
      join ${results} r on r.member_id = m.id and r.decided_on between ${from} and ${until} and r.superseded_at is null
      join ${results} f on f.id = r.root_id
      left join ${obligations} o on o.result_id = r.root_id and o.duty = 'report_to_cnca') as decided
    group by member_id, name
    order by name, member_id`)
}

/** Corrections recorded in a span, body by body. @param days the days just before bulletins */
export async function correctionCounts(db: Db, asked: Asked, days: readonly PlainDate[]): Promise<CorrectionCounts[]> {
  const { from, until } = asked
  return db.execute<CorrectionCounts>(sql`
    select member_id as "memberId", name as "memberName", count(*)::int as corrections,
      count(*) filter (where is_before)::int as "beforeBulletin",
      coalesce((array_agg(id order by id) filter (where is_before))[1:${sql.raw(String(idsMax))}], '{}') as "beforeBulletinIds"
    from (
      select m.id as member_id, m.name, r.id,
        (r.recorded_at at time zone 'Asia/Shanghai')::date = any(${sql.param([...days])}::text[]::date[]) as is_before
      from ${members} m
      join ${results} r on r.member_id = m.id and r.revision > 1
        and r.recorded_at >= ${startOf(from)} and r.recorded_at < ${startOf(addDays(until, 1))}
      where ${isOf(asked, sql`m.id`)}) as corrected
    group by member_id, name
    order by name, member_id`)
}

/** So many refusals are told at once. */
export const refusalFactsMax = 200

/**
 * Products that a body refused and another one certified within twelve months, certified in the span. One more than is told,
 * where there are more.
 */
export async function refusalFacts(db: Db, asked: Asked): Promise<RefusalFact[]> {
  const { from, until } = asked
  return db.execute<RefusalFact>(sql`
    select no.id as "refusedId", nm.name as "refusedBy", no.decided_on::text as "refusedOn",
      yes.id as "certifiedId", yes.member_id as "memberId", ym.name as "memberName",
      yes.decided_on::text as "certifiedOn", e.name as holder, yes.product_name as product
    from ${results} no
    join ${results} yes on yes.enterprise_id = no.enterprise_id and yes.product_name = no.product_name
      and yes.member_id <> no.member_id and yes.kind = 'issue' and yes.superseded_at is null
      and yes.decided_on between no.decided_on and no.decided_on + interval '12 months'
      and yes.decided_on between ${from} and ${until}
    join ${members} nm on nm.id = no.member_id
    join ${members} ym on ym.id = yes.member_id
    join ${enterprises} e on e.id = no.enterprise_id
    where no.kind = 'refuse' and no.superseded_at is null
      and no.decided_on between (${from}::date - interval '12 months')::date and ${until}
      and ${isOf(asked, sql`yes.member_id`)}
    order by yes.decided_on, yes.id, no.id
    limit ${refusalFactsMax + 1}`)
}
