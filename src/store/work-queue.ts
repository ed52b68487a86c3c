import { type SQL, sql } from 'drizzle-orm'
import type { MeasureStep } from '../domain/measure.ts'
import { owedToRegulator } from '../domain/obligation.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import { allianceScheme } from '../domain/report/annual-report.ts'
import type { WorkKind } from '../domain/work-queue.ts'
import { isReturned, isStranded } from './assignments.ts'
import type { Db } from './database.ts'
import { isSoon, type ObligationFilter } from './lists/obligations.ts'
import { assignments } from './schema/assignments.ts'
import { certificates } from './schema/certificates.ts'
import { complaints, conductCases } from './schema/conduct.ts'
import { dispositions } from './schema/dispositions.ts'
import { explanations } from './schema/explanations.ts'
import { admissionApplications, approvalRevocations, measureStepRows, measures } from './schema/measures.ts'
import { memberStandings, members } from './schema/members.ts'
import { obligations } from './schema/obligations.ts'
import { bulletinDisputes, bulletinPublications, bulletins } from './schema/ranking.ts'
import { referralAnswers, referrals } from './schema/referrals.ts'
import { annualReports, reportAnswers, reportSubmissions } from './schema/reports.ts'
import { results } from './schema/results.ts'

/** Nobody reads on after so many: counting ends there, so that the question stays cheap. */
export const workCountMax = 1_000

type Asked = {
  readonly memberId: string | null
  readonly today: PlainDate
  readonly dueSoon: ObligationFilter['dueSoon']
  /** The years whose report is owed by the alliance, each with the day on which it is due (N5). */
  readonly reports: readonly { readonly year: number; readonly dueOn: PlainDate }[]
}
export type Waiting = { readonly kind: WorkKind; readonly count: number; readonly oldestOn: PlainDate | null }

/** What waits, of each kind, in one statement: at most one more than {@link workCountMax}, and the oldest day. */
export async function countWork(db: Db, kinds: readonly WorkKind[], asked: Asked): Promise<Waiting[]> {
  if (kinds.length === 0) return []
  const counted = kinds.map(
    (kind) => sql`select ${kind}::text as kind, count(*)::int as count, min(w."on") as "oldestOn"
      from (${rowsOf[kind](asked)} limit ${workCountMax + 1}) w`,
  )
  return db.execute<Waiting>(sql.join(counted, sql` union all `))
}

/** The day since which each thing waits, or on which it is due, oldest first along an index of its own. */
const rowsOf: Readonly<Record<WorkKind, (asked: Asked) => SQL>> = {
  overdue: (asked) => openObligations(asked, sql`${obligations.dueOn} < ${asked.today}`),
  due_soon: (asked) => openObligations(asked, sql`${obligations.dueOn} >= ${asked.today} and ${isSoon(asked.dueSoon)}`),
  explanations_due: (asked) => openObligations(asked, sql`${obligations.duty} = 'explain_overdue'`),
  explanations_returned: (asked) => sql`select ${dayInShanghai(explanations.decidedAt)} as "on" from ${explanations}
    where ${explanations.verdict} = 'returned' and ${explanations.supersededAt} is null
      and ${isOwn(explanations.memberId, asked)} order by ${explanations.decidedAt}`,
  explanations_to_read: (asked) => sql`select ${dayInShanghai(explanations.recordedAt)} as "on" from ${explanations}
    where ${explanations.verdict} is null and ${explanations.supersededAt} is null
      and ${isOwn(explanations.memberId, asked)} order by ${explanations.recordedAt}`,
  overdue_to_cnca: ({ today }) => sql`select d."on" from unnest(${sql.param([...owedToRegulator])}::text[]) as o(owed),
    lateral (select ${obligations.dueOn} as "on" from ${obligations}
      where ${obligations.duty} = o.owed and ${obligations.dueOn} < ${today} and ${isOpen}
      order by ${obligations.dueOn} limit ${workCountMax + 1}) d order by 1`,
  receipts_contested: (asked) => sql`select ${obligations.dueOn} as "on" from ${obligations}
    where ${obligations.contested} and ${isOwn(obligations.memberId, asked)} order by 1`,
  assignments_returned: (asked) => sql`select ${assignments.declinedOn} as "on" from ${assignments}
    where ${isReturned} and ${isOwn(assignments.memberId, asked)} order by 1`,
  assignments_stranded: (asked) => sql`select ${assignments.assignedOn} as "on" from ${assignments}
    where ${isStranded(asked.today)} and ${isOwn(assignments.memberId, asked)} order by 1`,
  assignments_to_answer: (asked) => sql`select ${assignments.assignedOn} as "on" from ${assignments}
    where ${assignments.acceptedOn} is null and ${assignments.declinedOn} is null
      and ${isOwn(assignments.memberId, asked)} order by 1`,
  corrections_waiting: (asked) => sql`select ${dayInShanghai(results.recordedAt)} as "on" from ${results}
    where ${results.approval} = 'pending' and ${results.supersededAt} is null
      and ${isOwn(results.memberId, asked)} order by ${results.recordedAt}`,
  complaints_received: () => sql`select c.received_on as "on" from ${complaints} c
    where c.dismissed_on is null and c.erased_at is null
      and not exists (select 1 from ${conductCases} k where k.complaint_id = c.id) order by 1`,
  cases_to_answer: (asked) => sql`select k.reply_until_on as "on" from ${conductCases} k
    where k.concluded_on is null and k.replied_on is null and k.reply_until_on >= ${asked.today}
      and ${isOf(asked, sql`k.member_id`)} order by 1`,
  cases_to_conclude: (asked) => sql`select k.opened_on as "on" from ${conductCases} k
    where k.concluded_on is null and (k.replied_on is not null or k.reply_until_on < ${asked.today})
      and ${isOf(asked, sql`k.member_id`)} order by 1`,
  measures_to_answer: (asked) => sql`select m.reply_until_on as "on" from ${measures} m
    where m.reply_until_on >= ${asked.today} and ${hasNo('decision')} and ${hasNo('reply')}
      and ${isOf(asked, sql`m.member_id`)} order by 1`,
  measures_to_decide: (asked) => sql`select m.proposed_on as "on" from ${measures} m
    where ${hasNo('decision')} and (m.reply_until_on < ${asked.today} or not ${hasNo('reply')})
      and ${isOf(asked, sql`m.member_id`)} order by 1`,
  appeals_to_decide: (asked) => sql`select s.on_day as "on" from ${measures} m
    join ${measureStepRows} s on s.measure_id = m.id and s.step = 'appeal'
    where ${hasNo('appeal_decision')} and ${isOf(asked, sql`m.member_id`)} order by 1`,
  applications_to_decide: () => sql`select a.applied_on as "on" from ${admissionApplications} a
    where a.closed_at is null order by 1`,
  // The bodies are few, and so found first; of each its live certificates along an index.
  certificates_left: ({ today }) => sql`select c.valid_until as "on" from (
      select m.id, v.member_id is null and (m.approval_until_on is null or m.approval_until_on >= ${today}) as "stands"
      from ${members} m left join ${approvalRevocations} v
        on v.member_id = m.id and v.lifted_at is null and v.revoked_on <= ${today}
      where v.member_id is not null or (select s.standing from ${memberStandings} s
        where s.member_id = m.id and s.superseded_at is null and s.from_on <= ${today}
        order by s.from_on desc limit 1) = 'removed') gone
    join ${certificates} c on c.member_id = gone.id and c.ended_on is null and c.valid_until >= ${today}
    where not exists (select from ${dispositions} d where d.certificate_id = c.id and d.superseded_at is null
      and ((d.kind = 'keep' and gone."stands") or (d.kind = 'transfer' and d.answer is null)))
    order by 1`,
  transfers_to_answer: (asked) => sql`select d.decided_on as "on" from ${dispositions} d
    join ${certificates} c on c.id = d.certificate_id and c.ended_on is null and c.valid_until >= ${asked.today}
    where d.kind = 'transfer' and d.answer is null and d.superseded_at is null
      and ${isOf(asked, sql`d.to_member_id`)} order by 1`,
  referrals_to_answer: () => sql`select r.referred_on as "on" from ${referrals} r
    where not exists (select 1 from ${referralAnswers} a where a.referral_id = r.id) order by 1`,
  bulletins_to_look_at: ({ today }) => sql`select b.preview_until_on as "on" from ${bulletins} b
    where ${isDraft} and b.preview_until_on >= ${today} order by 1`,
  bulletins_to_publish: ({ today }) => sql`select b.preview_until_on as "on" from ${bulletins} b
    where ${isDraft} and b.preview_until_on < ${today} order by 1`,
  disputes_to_resolve: () => sql`select d.opened_on as "on" from ${bulletinDisputes} d
    join ${bulletins} b on b.id = d.bulletin_id where d.outcome is null and ${isDraft} order by 1`,
  reports_to_submit: ({ reports }) => owedReports(reports),
  reports_overdue: ({ reports, today }) => owedReports(reports.filter(({ dueOn }) => dueOn < today)),
  reports_to_answer: () => sql`select s.submitted_on as "on" from ${reportSubmissions} s
    where not exists (select 1 from ${reportAnswers} a where a.submission_id = s.id) order by 1`,
  waivers_to_confirm: () => sql`select (w.recorded_at at time zone 'Asia/Shanghai')::date as "on"
    from waivers w join ${obligations} on ${obligations.id} = w.obligation_id
    where w.verdict is null and ${isOpen} and ${obligations.duty} = any(${sql.param([...owedToRegulator])}::text[])
    order by w.recorded_at`,
}

/** Of the alliance's own scheme: not handed in, or handed in and returned (N5). */
function owedReports(reports: Asked['reports']): SQL {
  const [years, days] = [reports.map(({ year }) => year), reports.map(({ dueOn }) => dueOn)]
  return sql`select o."on" from unnest(${sql.param(years)}::int[], ${sql.param(days)}::text[]::date[]) as o(year, "on")
    where not exists (select 1 from ${annualReports} r join ${reportSubmissions} s on s.report_id = r.id
      where r.scheme_code = ${allianceScheme} and r.year = o.year and not exists (
        select 1 from ${reportAnswers} a where a.submission_id = s.id and a.verdict = 'returned')) order by 1`
}

const isDraft = sql`b.withdrawn_at is null
  and not exists (select 1 from ${bulletinPublications} p where p.bulletin_id = b.id)`

const hasNo = (step: MeasureStep) =>
  sql`not exists (select 1 from ${measureStepRows} t where t.measure_id = m.id and t.step = ${step})`

const isOf = ({ memberId }: Asked, column: SQL) => (memberId === null ? sql`true` : sql`${column} = ${memberId}`)

const isOpen = sql`${obligations.metOn} is null and ${obligations.waivedOn} is null`

function openObligations(asked: Asked, condition: SQL): SQL {
  return sql`select ${obligations.dueOn} as "on" from ${obligations}
    where ${isOpen} and ${condition} and ${isOwn(obligations.memberId, asked)} order by ${obligations.dueOn}`
}

function isOwn(
  column:
    | typeof obligations.memberId
    | typeof results.memberId
    | typeof assignments.memberId
    | typeof explanations.memberId,
  asked: Asked,
): SQL {
  return asked.memberId === null ? sql`true` : sql`${column} = ${asked.memberId}`
}

function dayInShanghai(
  instant: typeof results.recordedAt | typeof explanations.recordedAt | typeof explanations.decidedAt,
): SQL {
  return sql`(${instant} at time zone 'Asia/Shanghai')::date`
}
