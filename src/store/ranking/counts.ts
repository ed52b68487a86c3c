import { type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { Counter, CountRow, RowKind, Span } from '../../domain/ranking/counter.ts'
import type { Standing } from '../../domain/standing.ts'
import type { Db } from '../database.ts'
import { asKnownAt } from '../known-at.ts'
import { certificates } from '../schema/certificates.ts'
import { approvalRevocations, measureStepRows, measures } from '../schema/measures.ts'
import { memberScopes, memberStandings, members } from '../schema/members.ts'
import { results } from '../schema/results.ts'
import { type AsKnown, countedRows, onlyWanted } from './rows.ts'

/** A row that is left out of some counters, because somebody disputes what they say of it. */
export type LeftOut = { readonly kind: RowKind; readonly id: string; readonly counters: readonly Counter[] }

/** How many rows each of these counters has, by body, family and stretch: one statement, one pass over each table. */
export async function countRows(
  db: Db,
  asked: AsKnown,
  stretches: readonly PlainDate[],
  wanted: readonly Counter[],
  leftOut: readonly LeftOut[] = [],
): Promise<CountRow[]> {
  return db.transaction(async (tx) => {
    // Some hundred thousand groups are hashed in memory, or sorted on disk, which takes twice as long.
    await tx.execute(sql`set local work_mem = '64MB'`)
    return tx.execute<CountRow>(sql`
      select member_id as "memberId", family, stretch - 1 as stretch, counter, working_days as "workingDays",
        count(*)::int as rows, count(*) filter (where contested)::int as contested
      from (select member_id, family, counter, contested,
          case when on_day >= ${asked.workingDays.since}::date then working_days end as working_days,
          width_bucket(on_day, array[${days(stretches)}]) as stretch
        from (${countedRows(asked, wanted)}) counted
        where ${onlyWanted(wanted)} and ${isNotLeftOut(leftOut)}) placed
      group by 1, 2, 3, 4, 5
      order by 1, family collate "C", 3, counter collate "C", 5`)
  })
}

/** One by one: a text that is cast to a list of days would be read anew for each row. */
function days(these: readonly PlainDate[]): SQL {
  return sql.join(
    these.map((day) => sql`${day}::date`),
    sql`, `,
  )
}

function isNotLeftOut(leftOut: readonly LeftOut[]): SQL {
  if (leftOut.length === 0) return sql`true`
  const keys = leftOut.flatMap(({ kind, id, counters }) => counters.map((counter) => `${kind} ${id} ${counter}`))
  return sql`row_kind || ' ' || row_id || ' ' || counter <> all(${sql.param(keys)}::text[])`
}

/** A row behind a figure. */
export type RowBehind = {
  readonly kind: RowKind
  readonly id: string
  readonly counter: Counter
  readonly onDay: PlainDate
  readonly family: string | null
  readonly workingDays: number | null
  readonly contested: boolean
}

/** The rows of some counters of one body, by day. */
export async function rowsBehind(
  db: Db,
  asked: AsKnown & { readonly memberId: string },
  wanted: readonly Counter[],
  page: { readonly after: { value: string; id: string } | null; readonly limit: number },
  leftOut: readonly LeftOut[] = [],
): Promise<RowBehind[]> {
  const beyond = page.after ? sql`(on_day, row_id) > (${page.after.value}::date, ${page.after.id}::uuid)` : sql`true`
  return db.execute<RowBehind>(sql`
    select row_kind as kind, row_id as id, counter, on_day as "onDay", family, working_days as "workingDays", contested
    from (${countedRows(asked, wanted)}) counted
    where counter = any(${sql.param([...wanted])}::text[]) and ${beyond} and ${isNotLeftOut(leftOut)}
    order by on_day, row_id
    limit ${page.limit + 1}`)
}

/** Whether a row is among those of these counters. */
export async function isRowBehind(
  db: Db,
  asked: AsKnown & { readonly memberId: string },
  wanted: readonly Counter[],
  { kind, id }: Pick<LeftOut, 'kind' | 'id'>,
): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from (${countedRows(asked, wanted)}) counted
    where counter = any(${sql.param([...wanted])}::text[]) and row_kind = ${kind} and row_id = ${id}::uuid limit 1`)
  return found.length > 0
}

/** A body as the ranking knows it. */
export type BodyFacts = {
  readonly memberId: string
  readonly name: string
  /** On the last day of the period; null where it is unknown. */
  readonly standing: Standing | null
  readonly hasFailedRectification: boolean
  readonly approvalRevoked: boolean
}

/** Every body under the name that it had, in an order that is the same on every server, with what the recommendation needs to know, as it was known at the instant. */
export async function bodyFacts(db: Db, { knownAt, until }: AsKnown): Promise<BodyFacts[]> {
  const at = sql`${knownAt.toISOString()}::timestamptz`
  return db.execute<BodyFacts>(sql`
    select m.id as "memberId", m.name,
      (select s.standing from ${memberStandings} s where s.member_id = m.id and s.recorded_at <= ${at}
        and (s.superseded_at is null or s.superseded_at > ${at}) and s.from_on <= ${until}
        order by s.from_on desc, s.recorded_at desc limit 1) as standing,
      ${latestRectificationFailed(at, until)} as "hasFailedRectification",
      exists (select 1 from ${approvalRevocations} v where v.member_id = m.id and v.recorded_at <= ${at}
        and v.revoked_on <= ${until} and (v.lifted_at is null or v.lifted_at > ${at})) as "approvalRevoked"
    from ${asKnownAt(members, knownAt)} m
    order by m.name collate "C", m.id`)
}

/** Only rectifications pass or fail; a failed one weighs until a later one is passed (R8). */
function latestRectificationFailed(at: SQL, until: PlainDate): SQL {
  return sql`coalesce((
    select c.outcome = 'failed' from ${measures} k join ${measureStepRows} c on c.measure_id = k.id and c.step = 'conclusion'
    where k.member_id = m.id and c.recorded_at <= ${at} and c.on_day <= ${until} and c.outcome in ('failed', 'passed')
    order by c.on_day desc, c.recorded_at desc limit 1), false)`
}

export type ScopeFact = { readonly memberId: string; readonly family: string; readonly industryCode: string | null }
export type HeldScope = ScopeFact & { readonly id: string; readonly fromOn: PlainDate }

/** Scopes held on the last day of a span, and the industries in which results were decided in it. */
export type ScopesOfSpan = { readonly held: readonly HeldScope[]; readonly served: readonly ScopeFact[] }

/** The same for several spans, in their order; the results are looked through once. */
export async function scopesOfSpans(
  db: Db,
  { knownAt, memberId }: AsKnown,
  spans: readonly Span[],
): Promise<ScopesOfSpan[]> {
  if (spans.length === 0) return []
  const at = sql`${knownAt.toISOString()}::timestamptz`
  const own = (column: SQL) => (memberId === undefined ? sql`true` : sql`${column} = ${memberId}`)
  const table = sql`(values ${sql.join(
    spans.map(({ from, until }, index) => sql`(${index}::int, ${from}::date, ${until}::date)`),
    sql`, `,
  )}) as w(span, first_day, last_day)`
  const held = await db.execute<HeldScope & OfSpan>(sql`
    select w.span, s.id, s.from_on as "fromOn", s.member_id as "memberId", s.family, s.industry_code as "industryCode"
    from ${memberScopes} s join ${table} on s.from_on <= w.last_day and (s.until_on is null or s.until_on >= w.last_day)
    where s.recorded_at <= ${at} and (s.superseded_at is null or s.superseded_at > ${at}) and ${own(sql`s.member_id`)}
    order by w.span, s.from_on, s.id`)
  // Where no scope names an industry, none is looked up.
  const byIndustry = held.some(({ industryCode }) => industryCode !== null)
  const industry = byIndustry ? sql`coalesce(c.industry_code, r.content ->> 'industryCode')` : sql`null::text`
  const served = await db.execute<OfSpan>(sql`
    select distinct w.span, r.member_id as "memberId", r.family, ${industry} as "industryCode"
    from ${asKnownAt(results, knownAt)} r
    join ${table} on r.effective_decided_on between w.first_day and w.last_day
    ${byIndustry ? sql`left join ${asKnownAt(certificates, knownAt)} c on c.id = r.certificate_id` : sql``}
    where r.superseded_at is null and ${own(sql`r.member_id`)}
    order by 1, 2, 3, 4`)
  return spans.map((_, span) => ({
    held: held.filter((row) => row.span === span),
    served: served.filter((row) => row.span === span),
  }))
}

type OfSpan = ScopeFact & { readonly span: number }
