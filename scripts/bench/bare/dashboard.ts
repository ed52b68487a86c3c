import type { Row, Sql } from 'postgres'
import { dayInShanghai, systemClock } from '../../../src/clock.ts'
import { addDays, addMonths, firstOfMonth } from '../../../src/domain/plain-date.ts'
import { certificateColumns, certificateOn, type WorkingDays } from './lists.ts'

/** The members dashboard from the counts that the triggers keep, in three statements of its own. */
export type Asked = { readonly first: number; readonly latest: number }

/** One row more than the page holds. */
export async function dashboardRows(sql: Sql, workingDays: WorkingDays, { first, latest }: Asked): Promise<Row[]> {
  const today = dayInShanghai(systemClock.now())
  const members = await sql`
    select id, name, name_en as "nameEn", approval_number as "approvalNumber",
      approval_until_on::text as "approvalUntilOn", credit_code as "creditCode", origin, recorded_at as "recordedAt",
      (select standing from member_standings s where s.member_id = m.id and superseded_at is null
        and from_on <= ${today} order by from_on desc limit 1) as standing
    from members m order by name, id limit ${first + 1}`
  const ids = members.slice(0, first).map(({ id }) => id)
  const [counts, certificates] = await Promise.all([
    countsOf(sql, workingDays, ids, today),
    latestOf(sql, ids, latest, today),
  ])
  return members.map((member) => ({
    member,
    figures: figuresOf(counts.find((row) => row.id === member.id) ?? {}, today),
    latestCertificates: certificates.filter((row) => row.memberId === member.id),
  }))
}

async function latestOf(sql: Sql, ids: readonly string[], latest: number, today: string): Promise<Row[]> {
  const rows = await sql`
    select ${certificateColumns(sql)}
    from unnest(${ids}::uuid[]) as asked(member), lateral (select * from certificates where member_id = asked.member
      order by recorded_at desc, id desc limit ${latest}) c
    order by recorded_at desc, id desc`
  return rows.map((row) => certificateOn(row, today))
}

/** Whole months, and days where a month is not counted whole. */
function countsOf(sql: Sql, workingDays: WorkingDays, ids: readonly string[], today: ReturnType<typeof dayInShanghai>) {
  const month = firstOfMonth(today)
  const from = addMonths(month, -11)
  const monthEnd = addDays(addMonths(month, 1), -1)
  const soonest = soonDays(workingDays, today)
  return sql`
    with live as (
      select member_id,
        sum(certificates) filter (where span = 'month' or ends_on <= ${monthEnd}) as live,
        sum(suspended) filter (where span = 'month' or ends_on <= ${monthEnd}) as suspended,
        sum(certificates) filter (where span = 'day' and ends_on <= ${addDays(today, 30)}) as e30,
        sum(certificates) filter (where span = 'day' and ends_on <= ${addDays(today, 90)}) as e90,
        sum(certificates) filter (where span = 'day') as e180
      from (select * from certificate_counts
          where member_id = any(${ids}::uuid[]) and span = 'month' and ends_on > ${monthEnd}
        union all select * from certificate_counts
          where member_id = any(${ids}::uuid[]) and span = 'day' and ends_on between ${today} and ${addDays(today, 180)}) c
      group by member_id),
    ahead as (
      select member_id, count(*) as live, sum(suspended) as suspended,
        count(*) filter (where valid_until <= ${addDays(today, 30)}) as e30,
        count(*) filter (where valid_until <= ${addDays(today, 90)}) as e90,
        count(*) filter (where valid_until <= ${addDays(today, 180)}) as e180
      from (select member_id, valid_until, (select count(*) from suspensions s
          where s.certificate_id = c.id and s.lifted_on is null) as suspended
        from certificates c where valid_from > ${today} and ended_on is null) c
      group by member_id),
    due as (
      select member_id,
        sum(open) filter (where is_part and due_on < ${today}) as overdue,
        sum(open) filter (where is_part and due_on >= ${today}) as ahead,
        sum(open) filter (where span = 'day' and due_on between ${today} and soon_until) as soon,
        sum(met_on_time) filter (where is_year and duty = 'report_to_cnca') as "cncaOnTime",
        sum(met_late) filter (where is_year and duty = 'report_to_cnca') as "cncaLate",
        sum(contested) filter (where is_year and duty = 'report_to_cnca') as "cncaContested",
        sum(open) filter (where is_year and due_on < ${today} and duty = 'report_to_cnca') as "cncaOverdue",
        sum(met_on_time) filter (where is_year and duty = 'feed_back') as "secretariatOnTime",
        sum(met_late) filter (where is_year and duty = 'feed_back') as "secretariatLate",
        sum(open) filter (where is_year and due_on < ${today} and duty = 'feed_back') as "secretariatOverdue"
      from (select o.*, due - met_on_time - met_late - waived as open,
          span = 'month' or due_on <= ${monthEnd} as is_part, due_on between ${from} and ${today} as is_year,
          (${sql.array(soonest)}::text[])[r.due_soon_working_days + 1]::date as soon_until
        from (select * from obligation_counts
            where member_id = any(${ids}::uuid[]) and span = 'month' and due_on <> ${month}
          union all select * from obligation_counts
            where member_id = any(${ids}::uuid[]) and span = 'day' and due_on between ${month} and ${addDays(monthEnd, 31)}) o
        join deadline_rules r on r.duty = o.duty and r.version = o.rule_version) o
      group by member_id),
    decided as (
      select member_id, sum(results) as results from result_counts
      where member_id = any(${ids}::uuid[]) and decided_month between ${from} and ${month} group by member_id)
    select id, (coalesce(live.live, 0) - coalesce(ahead.live, 0))::int as live,
      (coalesce(live.suspended, 0) - coalesce(ahead.suspended, 0))::int as suspended,
      (coalesce(live.e30, 0) - coalesce(ahead.e30, 0))::int as e30,
      (coalesce(live.e90, 0) - coalesce(ahead.e90, 0))::int as e90,
      (coalesce(live.e180, 0) - coalesce(ahead.e180, 0))::int as e180,
      results::int, overdue::int, due.ahead::int as ahead, soon::int, "cncaOnTime"::int, "cncaLate"::int,
      "cncaContested"::int, "cncaOverdue"::int, "secretariatOnTime"::int, "secretariatLate"::int,
      "secretariatOverdue"::int
    from unnest(${ids}::uuid[]) as id left join live on live.member_id = id left join ahead on ahead.member_id = id
      left join due on due.member_id = id left join decided on decided.member_id = id`
}

/** The last day that is at most so many working days ahead: none, one, two … */
function soonDays(workingDays: WorkingDays, today: string): string[] {
  const upToToday = workingDays.get(today) ?? Number.NaN
  const last: string[] = []
  for (const [day, count] of workingDays)
    if (count >= upToToday && count <= upToToday + 20) last[count - upToToday] = day
  return last
}

function figuresOf(row: Row, asOf: string) {
  const n = (name: string): number => row[name] ?? 0
  const count = (value: number) => ({ value, numerator: value, denominator: null, asOf })
  const share = (met: number, of: number) => ({
    value: of === 0 ? null : met / of,
    numerator: met,
    denominator: of,
    asOf,
  })
  return {
    liveCertificates: count(n('live')),
    suspendedCertificates: count(n('suspended')),
    expiring30: count(n('e30')),
    expiring90: count(n('e90')),
    expiring180: count(n('e180')),
    results12Months: count(n('results')),
    open: count(n('ahead') - n('soon')),
    dueSoon: count(n('soon')),
    overdue: count(n('overdue')),
    onTimeToCnca: share(n('cncaOnTime'), n('cncaOnTime') + n('cncaLate') + n('cncaOverdue')),
    onTimeToSecretariat: share(
      n('secretariatOnTime'),
      n('secretariatOnTime') + n('secretariatLate') + n('secretariatOverdue'),
    ),
    lateToCnca: count(n('cncaLate')),
    contestedToCnca: count(n('cncaContested')),
  }
}
