import { type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Counter, RowKind } from '../../domain/ranking/counter.ts'
import { allianceScheme } from '../../domain/report/annual-report.ts'
import { asKnownAt } from '../known-at.ts'
import { assignments } from '../schema/assignments.ts'
import { certificates } from '../schema/certificates.ts'
import { conductCases, findings } from '../schema/conduct.ts'
import { explanations } from '../schema/explanations.ts'
import { approvalRevocations } from '../schema/measures.ts'
import { obligations } from '../schema/obligations.ts'
import { attempts, endings, results } from '../schema/results.ts'

/** As it was known at an instant; states as they stood on the day `asOf` (R4a). */
export type AsKnown = {
  readonly knownAt: Date
  readonly asOf: PlainDate
  /** The last day that is over then: what was due by it and is open is overdue. */
  readonly overOn: PlainDate
  /** First and last day of all that is counted. */
  readonly from: PlainDate
  readonly until: PlainDate
  /** The last days of the windows: what lives on them is counted. */
  readonly lastDays: readonly PlainDate[]
  /** Working days up to each day, from `base` on; they are told apart from `since` on, before it only counted. */
  readonly workingDays: { readonly base: PlainDate; readonly since: PlainDate; readonly upTo: readonly number[] }
  /** Only this body's rows. */
  readonly memberId?: string
  /** Only rows of certificates and cases in one of these industries: a scope. */
  readonly industries?: readonly string[]
  /** Only rows of this scheme; what belongs to none is the alliance's own. */
  readonly schemeCode?: string
}

/**
 * The rows of every counter (R9), each with body, family, day and what it is: the one place where a counter is defined.
 * The counts are grouped from them, and the rows behind a figure are some of them.
 * @param wanted only these counters; what others need is left out of the statement
 */
export function countedRows(asked: AsKnown, wanted: readonly Counter[]): SQL {
  const parts = sources.filter(({ gives }) => gives.some((counter) => wanted.includes(counter)))
  return sql.join(
    parts.map(({ rows }) => rows(asked)),
    sql` union all `,
  )
}

/** Leaves out of these rows what else their sources give; where they give nothing else, nothing is looked at. */
export function onlyWanted(wanted: readonly Counter[]): SQL {
  const given = sources.flatMap(({ gives }) => (gives.some((counter) => wanted.includes(counter)) ? gives : []))
  return given.every((counter) => wanted.includes(counter))
    ? sql`true`
    : sql`counter = any(${sql.param([...wanted])}::text[])`
}

type Source = { readonly gives: readonly Counter[]; readonly rows: (asked: AsKnown) => SQL }

const text = (values: readonly string[]) => sql`${sql.param([...values])}::text[]`

const isOf = ({ memberId }: AsKnown, column: SQL) => (memberId === undefined ? sql`true` : sql`${column} = ${memberId}`)

/** Whether a row is of the scope that is asked for; one without a certificate is of none. */
const inScope = ({ industries }: AsKnown, certificateId: SQL) =>
  industries === undefined
    ? sql`true`
    : sql`exists (select 1 from ${certificates} s where s.id = ${certificateId} and s.industry_code = any(${text(industries)}))`

/** Whether a column says the scheme that is asked for; null is of none, and so of the alliance's own. */
function ofScheme({ schemeCode }: AsKnown, column: SQL): SQL {
  if (schemeCode === undefined) return sql`true`
  return sql`coalesce(${column}, ${allianceScheme}) = ${schemeCode}`
}

/** A duty `o` is of the scheme of its certificate, else of its result, else of its case; without any, of the alliance's own. */
export function dutyOfScheme(schemeCode: string | undefined): SQL {
  if (schemeCode === undefined) return sql`true`
  return sql`case
    when o.certificate_id is not null then (select s.scheme_code = ${schemeCode} from ${certificates} s where s.id = o.certificate_id)
    when o.result_id is not null then (select s.scheme_code = ${schemeCode} from ${results} s where s.id = o.result_id)
    when o.assignment_id is not null then (select s.scheme_code = ${schemeCode} from ${assignments} s where s.id = o.assignment_id)
    else ${schemeCode === allianceScheme ? sql`true` : sql`false`} end`
}

const between = ({ from, until }: AsKnown, day: SQL) => sql`${day} between ${from}::date and ${until}::date`

/** The day in Shanghai, which has been eight hours ahead all year round since 1992: reckoned, not looked up a million times. */
const dayOf = (instant: SQL) => sql`(${instant} at time zone interval '8 hours')::date`

/** Working days up to a day; before the first day that is looked up there are none. */
export function workingDaysUpTo({ workingDays: { base, upTo } }: Pick<AsKnown, 'workingDays'>, day: SQL): SQL {
  return sql`coalesce((${sql.param([...upTo])}::int[])[${day} - ${base}::date + 1], 0)`
}

/** Names the columns of all sources. */
function row(columns: {
  member: SQL
  family: SQL
  day: SQL
  counter: SQL
  workingDays?: SQL
  contested?: SQL
  kind: RowKind
  id: SQL
}): SQL {
  const { member, family, day, counter, workingDays = sql`null::int`, contested = sql`false`, kind, id } = columns
  return sql`select ${member} as member_id, ${family} as family, ${day} as on_day, ${counter} as counter,
    ${workingDays} as working_days, ${contested} as contested, ${sql.raw(`'${kind}'::text`)} as row_kind, ${id} as row_id`
}

const dutyCounters = {
  report_to_cnca: 'report',
  feed_back: 'feedback',
  surveillance: 'surveillance',
  report_status_change: 'status_report',
} as const

const ends = ['on_time', 'late', 'open'] as const

/** Constants, as to put texts together for a million rows takes longer than to count them. */
function dutyCounter(asOf: PlainDate): SQL {
  const cases = Object.entries(dutyCounters).map(([duty, counter]) => {
    const [onTime, late, open] = ends.map((end) => sql.raw(`'${counter}_${end}'::text`))
    return sql`when ${sql.raw(`'${duty}'`)} then case when o.met_on <= o.due_on then ${onTime}
      when o.met_on <= ${asOf}::date then ${late} else ${open} end`
  })
  return sql`case o.duty ${sql.join(cases, sql` `)} end`
}

/** Due in the span, less what was waived by the day; what is not yet due then is no part of the cohort (R9). */
const dutyRows: Source = {
  gives: Object.values(dutyCounters).flatMap((counter) => ends.map((end) => `${counter}_${end}` as const)),
  rows: (asked) => {
    const { asOf, knownAt } = asked
    const metBy = sql`least(coalesce(o.met_on, ${asOf}::date), ${asOf}::date)`
    const took = sql`${workingDaysUpTo(asked, metBy)} - ${workingDaysUpTo(asked, sql`o.event_on`)}`
    return sql`${row({
      member: sql`o.member_id`,
      family: sql`o.family`,
      day: sql`o.due_on`,
      counter: dutyCounter(asOf),
      workingDays: sql`case when o.duty = 'report_to_cnca' then greatest(${took}, 0) end`,
      contested: sql`o.contested`,
      kind: 'obligation',
      id: sql`o.id`,
    })}
      from ${asKnownAt(obligations, knownAt)} o
      where o.duty = any(${text(Object.keys(dutyCounters))}) and ${between(asked, sql`o.due_on`)} and ${isOf(asked, sql`o.member_id`)}
        and ${inScope(asked, sql`o.certificate_id`)} and ${dutyOfScheme(asked.schemeCode)}
        and (o.waived_on is null or o.waived_on > ${asOf}::date) and (o.met_on <= ${asOf}::date or o.due_on <= ${asked.overOn}::date)`
  },
}

/** Reports that are late or overdue with an explanation that was accepted: few, and found along the explanations. */
const excusedRows: Source = {
  gives: ['report_excused'],
  rows: (asked) => {
    const { asOf, knownAt } = asked
    const at = sql`${knownAt.toISOString()}::timestamptz`
    return sql`${row({
      member: sql`o.member_id`,
      family: sql`o.family`,
      day: sql`o.due_on`,
      counter: sql`'report_excused'::text`,
      contested: sql`o.contested`,
      kind: 'obligation',
      id: sql`o.id`,
    })}
      from ${explanations} e
      join ${asKnownAt(obligations, knownAt)} o on o.id = e.obligation_id
      where e.verdict = 'accepted' and e.decided_at <= ${at} and (e.superseded_at is null or e.superseded_at > ${at})
        and o.duty = 'report_to_cnca' and ${between(asked, sql`o.due_on`)} and ${isOf(asked, sql`o.member_id`)}
        and ${inScope(asked, sql`o.certificate_id`)} and ${dutyOfScheme(asked.schemeCode)}
        and (o.waived_on is null or o.waived_on > ${asOf}::date)
        and o.due_on <= ${asked.overOn}::date and (o.met_on is null or o.met_on > o.due_on)`
  },
}

/** What was posted of a reference before it was accepted, or instead: the first try counts. */
function triesOf(asked: AsKnown): SQL {
  const at = sql`${asked.knownAt.toISOString()}::timestamptz`
  return sql`(select a.member_id, a.member_reference, min(a.at) as at, (array_agg(a.id order by a.at, a.id))[1] as id
    from ${attempts} a
    where a.operation in ('POST /v1/results', 'import') and a.at <= ${at} and a.member_id is not null and ${isOf(asked, sql`a.member_id`)}
    group by a.member_id, a.member_reference, case when a.member_reference is null then a.id end)`
}

/** Of two sources for one ending the earlier day counts (R2). */
const resultRows: Source = {
  gives: ['result_certified', 'result_refused'],
  rows: (asked) => {
    const day = sql`least(r.effective_decided_on, e.decided_on)`
    return sql`${row({
      member: sql`r.member_id`,
      family: sql`r.family`,
      day,
      counter: sql`case when r.kind = 'refuse' then 'result_refused' else 'result_certified' end`,
      kind: 'result',
      id: sql`r.root_id`,
    })}
      from ${asKnownAt(results, asked.knownAt)} r
      left join ${endings} e on e.result_id = r.root_id and e.recorded_at <= ${asked.knownAt.toISOString()}::timestamptz
      where r.superseded_at is null and ${between(asked, day)} and ${isOf(asked, sql`r.member_id`)}
        and ${inScope(asked, sql`r.certificate_id`)} and ${ofScheme(asked, sql`r.scheme_code`)}`
  },
}

/** A reference is counted on the day on which it was first tried. */
const acceptedRows: Source = {
  gives: ['post_first', 'post_mended'],
  rows: (asked) => {
    const day = dayOf(sql`coalesce(t.at, r.recorded_at)`)
    return sql`${row({
      member: sql`r.member_id`,
      family: sql`r.family`,
      day,
      counter: sql`case when t.at is null then 'post_first' else 'post_mended' end`,
      kind: 'result',
      id: sql`r.id`,
    })}
      from ${results} r
      left join ${triesOf(asked)} t on t.member_id = r.member_id and t.member_reference = r.member_reference and t.at < r.recorded_at
      where r.revision = 1 and r.recorded_at <= ${asked.knownAt.toISOString()}::timestamptz and ${between(asked, day)}
        and ${isOf(asked, sql`r.member_id`)} and ${inScope(asked, sql`r.certificate_id`)} and ${ofScheme(asked, sql`r.scheme_code`)}`
  },
}

/** References that were never accepted by then; a post without one is one of its own. */
const refusedRows: Source = {
  gives: ['post_refused'],
  rows: (asked) => sql`${row({
    member: sql`t.member_id`,
    family: sql`null::text`,
    day: dayOf(sql`t.at`),
    counter: sql`'post_refused'::text`,
    kind: 'attempt',
    id: sql`t.id`,
  })}
    from ${triesOf(asked)} t
    where ${between(asked, dayOf(sql`t.at`))} and ${inScope(asked, sql`null::uuid`)} and ${ofScheme(asked, sql`null::text`)}
      and not exists (select 1 from ${results} r
      where r.member_id = t.member_id and r.member_reference = t.member_reference and r.revision = 1
        and r.recorded_at <= ${asked.knownAt.toISOString()}::timestamptz)`,
}

/** What is held against a body counts once it is concluded. A check counts on the day on which it was opened; one that failed is marked until it is concluded. What was annulled counts nowhere (R8). */
const caseRows: Source = {
  gives: ['check_passed', 'check_failed', 'complaint_substantiated', 'penalty'],
  rows: (asked) => {
    const held = sql`(coalesce(k.passed, false) or coalesce(k.outcome in ('unsubstantiated', 'withdrawn'), false))`
    return sql`${row({
      member: sql`k.member_id`,
      family: sql`c.family`,
      day: sql`k.on_day`,
      counter: sql`k.counter`,
      contested: sql`k.contested`,
      kind: 'case',
      id: sql`k.id`,
    })}
      from (select k.id, k.member_id, k.certificate_id, k.annulled_on,
        case k.source when 'spot_check' then k.opened_on when 'complaint' then k.concluded_on else k.occurred_on end as on_day,
        case when k.source = 'spot_check' and ${held} then 'check_passed'
          when k.source = 'spot_check' then 'check_failed'
          when k.source = 'complaint' and k.outcome = 'substantiated' then 'complaint_substantiated'
          when k.source = 'penalty' and coalesce(k.outcome, 'substantiated') = 'substantiated' then 'penalty' end as counter,
        k.source = 'spot_check' and not ${held} and k.outcome is null as contested
        from ${asKnownAt(conductCases, asked.knownAt)} k where ${isOf(asked, sql`k.member_id`)}) k
      left join ${asKnownAt(certificates, asked.knownAt)} c on c.id = k.certificate_id
      where k.counter is not null and k.annulled_on is null and ${between(asked, sql`k.on_day`)} and ${inScope(asked, sql`k.certificate_id`)}
        and ${ofScheme(asked, sql`c.scheme_code`)}`
  },
}

/** Found on a day and not annulled since; to be corrected by another. */
const findingRows: Source = {
  gives: ['finding_false_result', 'finding_other', 'correction_on_time', 'correction_late', 'correction_open'],
  rows: (asked) => {
    const { asOf, knownAt } = asked
    return sql`${row({
      member: sql`f.member_id`,
      family: sql`c.family`,
      day: sql`d.on_day`,
      counter: sql`d.counter`,
      kind: 'finding',
      id: sql`f.id`,
    })}
      from ${asKnownAt(findings, knownAt)} f
      join ${asKnownAt(conductCases, knownAt)} k on k.id = f.case_id
      left join ${asKnownAt(certificates, knownAt)} c on c.id = k.certificate_id
      cross join lateral (values
        (f.found_on, case when f.kind = 'false_result' then 'finding_false_result' else 'finding_other' end),
        (f.correct_until_on, case when f.corrected_on > f.correct_until_on and f.corrected_on <= ${asOf}::date then 'correction_late'
          when f.corrected_on <= ${asOf}::date then 'correction_on_time'
          when f.correct_until_on <= ${asked.overOn}::date then 'correction_open' end)) as d(on_day, counter)
      where d.counter is not null and f.annulled_on is null and ${between(asked, sql`d.on_day`)}
        and ${isOf(asked, sql`f.member_id`)} and ${inScope(asked, sql`k.certificate_id`)} and ${ofScheme(asked, sql`c.scheme_code`)}`
  },
}

const assignmentRows: Source = {
  gives: ['case_assigned', 'case_self_selected', 'answer_accepted', 'answer_declined'],
  rows: (asked) => sql`${row({
    member: sql`a.member_id`,
    family: sql`a.family`,
    day: sql`d.on_day`,
    counter: sql`d.counter`,
    kind: 'assignment',
    id: sql`a.id`,
  })}
    from ${asKnownAt(assignments, asked.knownAt)} a
    cross join lateral (values
      (a.assigned_on, case a.mode when 'secretariat_assigned' then 'case_assigned' else 'case_self_selected' end),
      (a.accepted_on, 'answer_accepted'),
      (a.declined_on, 'answer_declined')) as d(on_day, counter)
    where ${between(asked, sql`d.on_day`)} and ${isOf(asked, sql`a.member_id`)} and ${ofScheme(asked, sql`a.scheme_code`)}
      and ${asked.industries === undefined ? sql`true` : sql`a.industry_code = any(${text(asked.industries)})`}`,
}

/**
 * Valid or suspended on the last day of a window: an ending on a day holds from that day on, and from the day on which the
 * approval of its body was revoked none proves anything (R4).
 */
const liveRows: Source = {
  gives: ['certificate_live'],
  rows: (asked) => sql`${row({
    member: sql`c.member_id`,
    family: sql`c.family`,
    day: sql`d.on_day`,
    counter: sql`'certificate_live'::text`,
    kind: 'certificate',
    id: sql`c.id`,
  })}
    from ${asKnownAt(certificates, asked.knownAt)} c
    join (values ${sql.join(
      asked.lastDays.map((day) => sql`(${day}::date)`),
      sql`, `,
    )}) as d(on_day) on c.valid_from <= d.on_day and c.valid_until >= d.on_day and (c.ended_on is null or c.ended_on > d.on_day)
    where ${isOf(asked, sql`c.member_id`)} and ${inScope(asked, sql`c.id`)} and ${ofScheme(asked, sql`c.scheme_code`)}
      and not exists (select from ${approvalRevocations} v where v.member_id = c.member_id and v.revoked_on <= d.on_day
        and v.recorded_at <= ${asked.knownAt.toISOString()}::timestamptz
        and (v.lifted_at is null or v.lifted_at > ${asked.knownAt.toISOString()}::timestamptz))`,
}

const sources: readonly Source[] = [
  dutyRows,
  excusedRows,
  resultRows,
  acceptedRows,
  refusedRows,
  caseRows,
  findingRows,
  assignmentRows,
  liveRows,
]
