import { type SQL, sql } from 'drizzle-orm'
import { earlierOf } from '../../domain/plain-date.ts'
import type { ReportSpans } from '../../domain/report/annual-report.ts'
import type { RegionKind } from '../../domain/report/content.ts'
import { type ReportDuty, type ReportSet, reportDutyEnds, reportDutySets } from '../../domain/report/figure.ts'
import { insideStandings } from '../../domain/standing.ts'
import { withOrigins } from '../announcements.ts'
import { asKnownAt } from '../known-at.ts'
import { type AsKnown, dutyOfScheme, workingDaysUpTo } from '../ranking/rows.ts'
import {
  announcementLines,
  announcementMatches,
  announcementPublications,
  announcements,
} from '../schema/announcements.ts'
import { assignments } from '../schema/assignments.ts'
import { certificateEvents, certificates, suspensions } from '../schema/certificates.ts'
import { conductCases, findings } from '../schema/conduct.ts'
import { enterprises } from '../schema/enterprises.ts'
import { admissionApplications, approvalRevocations, measureStepRows, measures } from '../schema/measures.ts'
import { memberStandings } from '../schema/members.ts'
import { obligations } from '../schema/obligations.ts'
import { bulletinDecisions } from '../schema/ranking.ts'
import { referralAnswers, referrals } from '../schema/referrals.ts'
import { endings, results } from '../schema/results.ts'

/** What is asked for a report: the registry as it was known at an instant, with its state at the end of the cut-off (R4a). */
export type AskedReport = {
  readonly schemeCode: string
  /** Where there is one scheme alone, every duty is of it and nothing need be looked up. */
  readonly isOnlyScheme: boolean
  readonly regions: RegionKind
  readonly spans: ReportSpans
  readonly knownAt: Date
  /** What last year's report knew: what was recorded later stands in no report yet. Null where none was frozen. */
  readonly previousKnownAt: Date | null
  readonly workingDays: AsKnown['workingDays']
}

/**
 * The rows of every set (R10), each with its day and what it may be narrowed by: the one place where a set is defined.
 * Figures are counted from them, and the rows behind a figure are some of them.
 * @param wanted only these sets; what others need is left out of the statement
 */
export function reportRows(asked: AskedReport, wanted: readonly ReportSet[]): SQL {
  const parts = smallTables.filter(({ gives }) => gives.some((set) => wanted.includes(set)))
  return sql.join([...rowsOfLarge(asked, wanted), ...parts.map(({ rows }) => rows(asked))], sql` union all `)
}

type Source = { readonly gives: readonly ReportSet[]; readonly rows: (asked: AskedReport) => SQL }

const at = ({ knownAt }: AskedReport) => sql`${knownAt.toISOString()}::timestamptz`
const cut = ({ spans }: AskedReport) => sql`${spans.cutOffOn}::date`

/** In one of the windows that look back. */
function within({ spans }: AskedReport, day: SQL): SQL {
  return sql`${day} between ${earlierOf(spans.from, spans.yearFrom)}::date and ${spans.cutOffOn}::date`
}

/** Names the columns of all sources. Where a row is about a certificate `c`, what the annexes print of it goes along. */
function row(columns: {
  set: SQL
  day: SQL
  member: SQL
  enterprise?: SQL
  family?: SQL
  region?: SQL
  detail?: SQL
  workingDays?: SQL
  kind: string | SQL
  id: SQL
  subject?: SQL
  isOfCertificate?: true
}): SQL {
  const { set, day, member, kind, id, isOfCertificate } = columns
  const { enterprise = sql`null::uuid`, family = sql`null::text`, region = sql`null::text` } = columns
  const { detail = sql`null::text`, workingDays = sql`null::int`, subject = sql`null::text` } = columns
  const certificate = isOfCertificate
    ? sql`c.id as certificate_id, c.number, c.holder_name, c.product_name, c.valid_until`
    : sql`null::uuid as certificate_id, null::text as number, null::text as holder_name, null::text as product_name, null::date as valid_until`
  return sql`select ${set} as figure_set, ${day} as on_day, ${member} as member_id, ${enterprise} as enterprise_id,
    ${family} as family, ${region} as region, ${detail} as detail, ${workingDays} as working_days,
    ${typeof kind === 'string' ? sql.raw(`'${kind}'::text`) : kind} as row_kind, ${id} as row_id, ${subject} as subject, ${certificate}`
}

/** The region of a certificate `c`. */
function regionOf({ regions }: AskedReport): SQL {
  if (regions === 'cities') return sql`coalesce(c.city_code, 'none')`
  return sql`(select n.country from ${enterprises} n where n.id = c.enterprise_id)`
}

const ofCertificate = (asked: AskedReport) => ({
  member: sql`c.member_id`,
  enterprise: sql`c.enterprise_id`,
  family: sql`coalesce(c.family, 'none')`,
  region: regionOf(asked),
  subject: sql`c.number || ' ' || c.holder_name || ' ' || c.product_name`,
  isOfCertificate: true as const,
})

/** Which rows of a table are a set's, and what they say there. */
export type SetOfTable = {
  readonly set: ReportSet
  readonly day: SQL
  readonly detail?: SQL
  readonly where: SQL
}

/**
 * A large table with all the sets that are made of it: read once where they are counted together, and once for each set
 * where its rows are listed.
 */
export type SetsOfTable = {
  readonly from: SQL
  readonly columns: Pick<
    Parameters<typeof row>[0],
    'member' | 'enterprise' | 'family' | 'region' | 'kind' | 'id' | 'subject' | 'isOfCertificate'
  >
  readonly sets: readonly SetOfTable[]
}

const before = ({ previousKnownAt }: AskedReport) => sql`${previousKnownAt?.toISOString() ?? null}::timestamptz`

/** Of before the period, and recorded since last year's report was frozen; where none was, nothing is. */
function isRestated(asked: AskedReport, day: SQL, recordedAt: SQL): SQL {
  if (asked.previousKnownAt === null) return sql`false`
  return sql`${day} < ${asked.spans.from}::date and ${recordedAt} > ${before(asked)}`
}

/** The day in Shanghai on which it was recorded; after the cut-off it is the cut-off's, as this report is the first to tell it. */
const recordedBy = (asked: AskedReport, recordedAt: SQL) =>
  sql`least((${recordedAt} at time zone 'Asia/Shanghai')::date, ${cut(asked)})`

/** Of two sources for one ending the earlier day counts, as with the indicators (R2). */
function resultSets(asked: AskedReport): SetsOfTable {
  const day = sql`least(r.effective_decided_on, e.decided_on)`
  const inWindow = within(asked, day)
  const firstRecorded = sql`(select f.recorded_at from ${results} f where f.root_id = r.root_id and f.revision = 1)`
  return {
    from: sql`${asKnownAt(results, asked.knownAt)} r
      left join ${endings} e on e.result_id = r.root_id and e.recorded_at <= ${at(asked)}
      left join ${asKnownAt(certificates, asked.knownAt)} c on c.id = r.certificate_id
      left join ${asKnownAt(assignments, asked.knownAt)} a on a.id = r.assignment_id
      where r.superseded_at is null and r.scheme_code = ${asked.schemeCode}`,
    columns: {
      member: sql`r.member_id`,
      enterprise: sql`r.enterprise_id`,
      family: sql`r.family`,
      region: sql`case when c.id is not null then ${regionOf(asked)} end`,
      kind: 'result',
      id: sql`r.root_id`,
      subject: sql`concat_ws(' ', c.number, c.holder_name, r.product_name)`,
      isOfCertificate: true,
    },
    sets: [
      {
        set: 'certified',
        day,
        detail: sql`coalesce(a.mode, 'unknown')`,
        where: sql`r.kind in ('issue', 'renew') and ${day} <= ${cut(asked)}`,
      },
      { set: 'renewed', day, where: sql`r.kind = 'renew' and ${inWindow}` },
      { set: 'refused', day, detail: sql`r.reason_code`, where: sql`r.kind = 'refuse' and ${inWindow}` },
      {
        set: 'restated',
        day: recordedBy(asked, firstRecorded),
        where: sql`r.kind in ('issue', 'renew') and ${isRestated(asked, day, sql`r.recorded_at`)} and ${firstRecorded} > ${before(asked)}`,
      },
      { set: 'supplemented', day, detail: sql`r.reason_code`, where: sql`r.kind = 'supplement' and ${inWindow}` },
    ],
  }
}

/**
 * What has not ended by itself proves nothing from the day on which the body's approval is revoked (R4), as verification
 * says. Few bodies: they are read once, and not looked up for each certificate.
 */
const isRevoked = (asked: AskedReport) => sql`c.member_id = any(array(select v.member_id from ${approvalRevocations} v
  where v.recorded_at <= ${at(asked)} and v.revoked_on <= ${cut(asked)} and (v.lifted_at is null or v.lifted_at > ${at(asked)})))`

const isLive = (asked: AskedReport) =>
  sql`c.valid_from <= ${cut(asked)} and c.valid_until >= ${cut(asked)} and (c.ended_on is null or c.ended_on > ${cut(asked)})
    and not ${isRevoked(asked)}`

/** Certificates of the opening balance have no result: what they say of their own beginning counts (R4). */
const begun = sql`coalesce(c.decided_on, c.issued_on, c.valid_from)`

function certificateSets(asked: AskedReport): SetsOfTable {
  const ended = (set: ReportSet, where: SQL): SetOfTable => ({
    set,
    day: sql`c.ended_on`,
    detail: sql`coalesce(c.ended_reason, 'unknown')`,
    where: sql`${within(asked, sql`c.ended_on`)} and ${where}`,
  })
  const isTransferred = sql`coalesce(c.ended_reason = 'transferred', false)`
  const lapsed = sql`c.valid_until + 1`
  return {
    from: sql`${asKnownAt(certificates, asked.knownAt)} c where c.scheme_code = ${asked.schemeCode}`,
    columns: { ...ofCertificate(asked), kind: 'certificate', id: sql`c.id` },
    sets: [
      {
        set: 'certified',
        day: begun,
        detail: sql`'unknown'::text`,
        where: sql`c.origin = 'historical' and ${begun} <= ${cut(asked)}`,
      },
      {
        set: 'renewed',
        day: begun,
        where: sql`c.origin = 'historical' and c.renews_id is not null and ${within(asked, begun)}`,
      },
      {
        set: 'restated',
        day: recordedBy(asked, sql`c.recorded_at`),
        where: sql`c.origin = 'historical' and ${isRestated(asked, begun, sql`c.recorded_at`)}`,
      },
      { set: 'live', day: cut(asked), where: isLive(asked) },
      {
        set: 'state',
        day: cut(asked),
        detail: sql`case when ${isRevoked(asked)} then 'approval_revoked' when c.valid_from > ${cut(asked)} then 'not_yet_valid' when ${isSuspended(asked)} then 'suspended' else 'valid' end`,
        where: sql`c.valid_until >= ${cut(asked)} and coalesce(c.issued_on, c.decided_on, c.valid_from) <= ${cut(asked)}
          and (c.ended_on is null or c.ended_on > ${cut(asked)})`,
      },
      ended('withdrawn', sql`c.ended_as = 'withdrawn' and not ${isTransferred}`),
      ended('cancelled', sql`c.ended_as = 'cancelled' and not ${isTransferred}`),
      ended('transferred', isTransferred),
      {
        set: 'expired',
        day: lapsed,
        detail: sql`coalesce((select 'renewed' from ${certificates} n where n.renews_id = c.id and n.recorded_at <= ${at(asked)}), 'lapsed')`,
        where: sql`${within(asked, lapsed)} and (c.ended_on is null or c.ended_on > c.valid_until)`,
      },
      {
        set: 'expiring',
        day: sql`c.valid_until`,
        detail: sql`to_char(c.valid_until, 'YYYY-MM')`,
        where: sql`${isLive(asked)} and c.valid_until between ${asked.spans.nextFrom}::date and ${asked.spans.nextUntil}::date`,
      },
    ],
  }
}

function isSuspended(asked: AskedReport): SQL {
  return sql`c.id in (select s.certificate_id from ${asKnownAt(suspensions, asked.knownAt)} s
    where s.from_on <= ${cut(asked)} and (s.lifted_on is null or s.lifted_on > ${cut(asked)}))`
}

/** The tables that hold as many rows as there are certificates. */
export function largeTables(asked: AskedReport): readonly SetsOfTable[] {
  return [resultSets(asked), certificateSets(asked)]
}

/** Each set has a select of its own: to make several rows of one, PostgreSQL takes ten times as long as to read it again. */
function rowsOfLarge(asked: AskedReport, wanted: readonly ReportSet[]): SQL[] {
  return largeTables(asked).flatMap(({ from, columns, sets }) =>
    sets
      .filter(({ set }) => wanted.includes(set))
      .map(
        ({ set, where, ...said }) => sql`${row({ ...columns, ...said, set: sql`${sql.raw(`'${set}'`)}::text` })}
          from ${from} and ${where}`,
      ),
  )
}

/** Listed by an announcement of the window and not struck out by the cut-off (N8). */
/** What a published line was matched with later, as it was known (N8). */
const matchOf = (asked: AskedReport) =>
  sql`left join ${announcementMatches} k on k.announcement_id = l.announcement_id and k.place = l.place and k.recorded_at <= ${at(asked)}`

/** Certificates that were struck out by the cut-off, and those that they came from by transfer: their lines are, too. */
const struckOut = (asked: AskedReport) => sql`
  select unnest(${withOrigins(sql`t.id`, sql`t.transferred_from_id`)}) as certificate_id, b.announced_on, q.recorded_at
  from ${announcementLines} x join ${announcementPublications} q on q.announcement_id = x.announcement_id and q.recorded_at <= ${at(asked)}
  join ${announcements} b on b.id = x.announcement_id and b.announced_on <= ${cut(asked)}
  join ${certificates} t on t.id = x.certificate_id
  where x.effect = 'struck'`

const announcedRows: Source = {
  gives: ['announced'],
  rows: (asked) => sql`${row({
    set: sql`'announced'::text`,
    day: sql`a.announced_on`,
    member: sql`c.member_id`,
    // A firm that the register does not know is told by the name that was announced (N8).
    enterprise: sql`coalesce(c.enterprise_id, (select min(e.id::text)::uuid from ${enterprises} e
      where c.id is null and e.name = l.enterprise_name and e.recorded_at <= ${at(asked)}), md5(l.enterprise_name)::uuid)`,
    family: sql`coalesce(l.family, c.family, 'none')`,
    region: sql`case when c.id is null then 'none' else ${regionOf(asked)} end`,
    detail: sql`a.batch_year::text`,
    kind: sql`case when c.id is null then 'announcement_line' else 'certificate' end`,
    // Each line by itself, also where the register holds no certificate: rows are paged by their ids.
    id: sql`coalesce(c.id, md5(l.announcement_id::text || ' ' || l.place)::uuid)`,
    subject: sql`concat_ws(' ', a.number, l.certificate_number, l.enterprise_name, l.product_name)`,
  })}
    from ${announcements} a
    join ${announcementPublications} p on p.announcement_id = a.id and p.recorded_at <= ${at(asked)}
    join ${announcementLines} l on l.announcement_id = a.id and l.effect = 'listed'
    ${matchOf(asked)}
    left join ${asKnownAt(certificates, asked.knownAt)} c on c.id = coalesce(l.certificate_id, k.certificate_id)
    where a.scheme_code = ${asked.schemeCode} and ${within(asked, sql`a.announced_on`)}
      and not exists (select 1 from (${struckOut(asked)}) s
        where s.certificate_id = c.id and (s.announced_on, s.recorded_at) > (a.announced_on, p.recorded_at))`,
}

const suspensionRows: Source = {
  gives: ['suspended', 'reinstated'],
  rows: (asked) => sql`${row({
    set: sql`d.figure_set`,
    day: sql`d.on_day`,
    ...ofCertificate(asked),
    detail: sql`d.detail`,
    kind: 'suspension',
    id: sql`s.id`,
  })}
    from ${asKnownAt(suspensions, asked.knownAt)} s
    join ${asKnownAt(certificates, asked.knownAt)} c on c.id = s.certificate_id
    cross join lateral (values
      ('suspended', s.from_on, coalesce(s.reason_code, 'unknown')),
      ('reinstated', case when c.ended_on is null or c.ended_on > s.lifted_on then s.lifted_on end, null)) as d(figure_set, on_day, detail)
    where c.scheme_code = ${asked.schemeCode} and ${within(asked, sql`d.on_day`)}`,
}

const changeRows: Source = {
  gives: ['restricted', 'amended'],
  rows: (asked) => sql`${row({
    set: sql`case v.action when 'restrict' then 'restricted' else 'amended' end`,
    day: sql`v.on_day`,
    ...ofCertificate(asked),
    detail: sql`v.reason_code`,
    kind: 'certificate_event',
    id: sql`v.id`,
  })}
    from ${certificateEvents} v
    join ${asKnownAt(certificates, asked.knownAt)} c on c.id = v.certificate_id
    where v.action in ('restrict', 'amend') and v.recorded_at <= ${at(asked)} and c.scheme_code = ${asked.schemeCode}
      and ${within(asked, sql`v.on_day`)}`,
}

const assignmentRows: Source = {
  gives: ['assigned', 'accepted', 'declined'],
  rows: (asked) => sql`${row({
    set: sql`d.figure_set`,
    day: sql`d.on_day`,
    member: sql`a.member_id`,
    enterprise: sql`a.enterprise_id`,
    family: sql`a.family`,
    detail: sql`a.mode`,
    kind: 'assignment',
    id: sql`a.id`,
    subject: sql`a.product_name`,
  })}
    from ${asKnownAt(assignments, asked.knownAt)} a
    cross join lateral (values ('assigned', a.assigned_on), ('accepted', a.accepted_on), ('declined', a.declined_on)) as d(figure_set, on_day)
    where a.scheme_code = ${asked.schemeCode} and ${within(asked, sql`d.on_day`)}`,
}

const stems = {
  post_outcome: 'outcome',
  report_to_cnca: 'report',
  feed_back: 'feedback',
  report_monthly: 'monthly',
  report_status_change: 'status_report',
  surveillance: 'surveillance',
} as const satisfies Record<string, ReportDuty>

/** Constants, as to put texts together for a million rows takes longer than to count them. */
function setOfDuty(stands: SQL): SQL {
  const cases = Object.entries(stems).map(([duty, stem]) => {
    const ends = reportDutyEnds.map((end) => sql.raw(`when '${end}' then '${stem}_${end}'::text`))
    return sql`when ${sql.raw(`'${duty}'`)} then case ${stands} ${sql.join(ends, sql` `)} end`
  })
  return sql`case o.duty ${sql.join(cases, sql` `)} end`
}

/** Duties of the report, each under what it says of them. */
function dutyRowsOf(asked: AskedReport, { stands, day, where }: Record<'stands' | 'day' | 'where', SQL>): SQL {
  const took = sql`${workingDaysUpTo(asked, sql`o.met_on`)} - ${workingDaysUpTo(asked, sql`o.event_on`)}`
  const duties = Object.keys(stems).map((duty) => sql.raw(`'${duty}'`))
  return sql`${row({
    set: setOfDuty(stands),
    day,
    member: sql`o.member_id`,
    enterprise: sql`o.enterprise_id`,
    family: sql`coalesce(o.family, 'none')`,
    region: asked.regions === 'cities' ? sql`coalesce(o.city_code, 'none')` : sql`null::text`,
    workingDays: sql`case when o.duty = 'report_to_cnca' and o.met_on <= ${cut(asked)} then greatest(${took}, 0) end`,
    kind: 'obligation',
    id: sql`o.id`,
    subject: sql`o.subject`,
  })}
    from ${asKnownAt(obligations, asked.knownAt)} o
    cross join lateral (values (${endOfDuty(asked)})) as d(stands)
    where o.duty in (${sql.join(duties, sql`, `)}) and ${dutyOfScheme(asked.isOnlyScheme ? undefined : asked.schemeCode)}
      and ${where} and ${within(asked, day)}`
}

function endOfDuty(asked: AskedReport): SQL {
  const isMet = sql`o.met_on <= ${cut(asked)}`
  return sql`case when o.waived_on <= ${cut(asked)} then 'waived' when ${isMet} and o.met_on <= o.due_on then 'on_time'
    when ${isMet} then 'late' when o.due_on <= ${cut(asked)} then 'overdue' else 'not_due' end`
}

/**
 * Due in the window, as with the indicators; not yet due is what its event brought about and nobody need have done (R9,
 * R10). An outcome is awaited from the day on which the case was accepted.
 */
const dutyRows: Source = {
  gives: reportDutySets.filter((set) => !set.endsWith('_contested')),
  rows: (asked) => {
    // What is awaited of a case stands open at the cut-off, whenever it was accepted: far days hide nothing (R2).
    const open = sql`case o.duty when 'post_outcome' then ${cut(asked)} else o.event_on end`
    const day = sql`case when d.stands = 'not_due' then ${open} else o.due_on end`
    return dutyRowsOf(asked, { stands: sql`d.stands`, day, where: sql`true` })
  },
}

/** Of what fell due: it counts, and is marked (R9). Few, and found along what is contested. */
const contestedRows: Source = {
  gives: reportDutySets.filter((set) => set.endsWith('_contested')),
  rows: (asked) =>
    dutyRowsOf(asked, {
      stands: sql`'contested'`,
      day: sql`o.due_on`,
      where: sql`o.contested and d.stands in ('on_time', 'late', 'overdue')`,
    }),
}

/** Who was in the alliance, who came and who went (R8). It is one, whatever the scheme. */
const inside = sql`${sql.param([...insideStandings])}::text[]`

/**
 * Whether a body's application waits at the cut-off, as it was known. Who was made a candidate before applications were
 * recorded has none, and counts.
 */
const isApplying = (asked: AskedReport, memberId: SQL) => {
  const known = sql`select 1 from ${admissionApplications} x where x.member_id = ${memberId} and x.recorded_at <= ${at(asked)}`
  return sql`(not exists (${known}) or exists (${known} and x.applied_on <= ${cut(asked)}
    and (x.closed_on is null or x.closed_on > ${cut(asked)} or x.closed_at > ${at(asked)})))`
}

const standingRows: Source = {
  gives: ['member_standing', 'member_candidate', 'member_joined', 'member_left'],
  rows: (asked) => sql`${row({
    set: sql`d.figure_set`,
    day: sql`d.on_day`,
    member: sql`s.member_id`,
    detail: sql`d.detail`,
    kind: 'standing',
    id: sql`s.id`,
  })}
    from (select s.id, s.member_id, s.standing, s.from_on,
        lag(s.standing) over w as before, lead(s.from_on) over w as next_on
      from ${memberStandings} s
      where s.recorded_at <= ${at(asked)} and (s.superseded_at is null or s.superseded_at > ${at(asked)})
      window w as (partition by s.member_id order by s.from_on)) s
    cross join lateral (values
      (case when s.standing = 'admitted' and coalesce(s.before, 'candidate') in ('candidate', 'removed') then 'member_joined' end, s.from_on, null),
      (case when s.standing = 'removed' and s.before = any(${inside}) then 'member_left' end, s.from_on, null),
      (case when s.from_on <= ${cut(asked)} and (s.next_on is null or s.next_on > ${cut(asked)}) then
        case when s.standing = any(${inside}) then 'member_standing'
          when s.standing = 'candidate' and ${isApplying(asked, sql`s.member_id`)} then 'member_candidate' end end,
        ${cut(asked)}, case when s.standing <> 'candidate' then s.standing end)) as d(figure_set, on_day, detail)
    where d.figure_set is not null and ${within(asked, sql`d.on_day`)}`,
}

const caseRows: Source = {
  gives: ['case_opened', 'case_substantiated'],
  rows: (asked) => sql`${row({
    set: sql`d.figure_set`,
    day: sql`d.on_day`,
    member: sql`k.member_id`,
    detail: sql`k.source`,
    kind: 'case',
    id: sql`k.id`,
  })}
    from ${asKnownAt(conductCases, asked.knownAt)} k
    cross join lateral (values
      ('case_opened', k.opened_on),
      ('case_substantiated', case when k.outcome = 'substantiated' and k.annulled_on is null then k.concluded_on end)) as d(figure_set, on_day)
    where ${within(asked, sql`d.on_day`)}`,
}

const findingRows: Source = {
  gives: ['finding', 'finding_grade'],
  rows: (asked) => sql`${row({
    set: sql`d.figure_set`,
    day: sql`f.found_on`,
    member: sql`f.member_id`,
    detail: sql`d.detail`,
    kind: 'finding',
    id: sql`f.id`,
  })}
    from ${asKnownAt(findings, asked.knownAt)} f
    cross join lateral (values ('finding', f.kind), ('finding_grade', f.grade)) as d(figure_set, detail)
    where f.annulled_on is null and ${within(asked, sql`f.found_on`)}`,
}

/** As decided, and not reversed on appeal (R8). */
const measureRows: Source = {
  gives: ['sanction'],
  rows: (asked) => sql`${row({
    set: sql`'sanction'::text`,
    day: sql`d.on_day`,
    member: sql`m.member_id`,
    detail: sql`coalesce(d.mitigated_to, m.kind)`,
    kind: 'measure',
    id: sql`m.id`,
  })}
    from ${measures} m
    join ${measureStepRows} d on d.measure_id = m.id and d.step = 'decision' and d.recorded_at <= ${at(asked)}
    where d.outcome in ('confirmed', 'mitigated') and ${within(asked, sql`d.on_day`)}
      and not exists (select 1 from ${measureStepRows} x where x.measure_id = m.id and x.step = 'appeal_decision'
        and x.outcome = 'reversed' and x.recorded_at <= ${at(asked)})`,
}

const referralRows: Source = {
  gives: ['referred', 'referral_answered'],
  rows: (asked) => sql`${row({
    set: sql`d.figure_set`,
    day: sql`d.on_day`,
    member: sql`f.member_id`,
    kind: 'referral',
    id: sql`f.id`,
  })}
    from ${referrals} f
    left join ${referralAnswers} w on w.referral_id = f.id and w.recorded_at <= ${at(asked)}
    cross join lateral (values ('referred', f.referred_on), ('referral_answered', w.answered_on)) as d(figure_set, on_day)
    where f.recorded_at <= ${at(asked)} and ${within(asked, sql`d.on_day`)}`,
}

const decisionRows: Source = {
  gives: ['decision'],
  rows: (asked) => sql`${row({
    set: sql`'decision'::text`,
    day: sql`d.decided_on`,
    member: sql`d.member_id`,
    detail: sql`d.decision`,
    kind: 'decision',
    id: sql`d.id`,
  })}
    from ${bulletinDecisions} d where d.recorded_at <= ${at(asked)} and ${within(asked, sql`d.decided_on`)}`,
}

const smallTables: readonly Source[] = [
  announcedRows,
  suspensionRows,
  changeRows,
  assignmentRows,
  dutyRows,
  contestedRows,
  standingRows,
  caseRows,
  findingRows,
  measureRows,
  referralRows,
  decisionRows,
]
