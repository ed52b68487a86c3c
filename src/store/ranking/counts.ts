import { type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type Counter, type CountRow, counters, type RowKind } from '../../domain/ranking/counter.ts'
import type { Standing } from '../../domain/standing.ts'
import type { Db } from '../database.ts'
import { asKnownAt } from '../known-at.ts'
import { certificates } from '../schema/certificates.ts'
import { approvalRevocations, measureStepRows, measures } from '../schema/measures.ts'
import { memberScopes, memberStandings, members } from '../schema/members.ts'
import { results } from '../schema/results.ts'
import { type AsKnown, countedRows } from './rows.ts'

/** Rows that are left out, because somebody disputes them. */
export type LeftOut = { readonly kind: RowKind; readonly id: string }

/** How many rows every counter has, by body, family and stretch: one statement, one pass over each table. */
export async function countRows(
  db: Db,
  asked: AsKnown,
  stretches: readonly PlainDate[],
  leftOut: readonly LeftOut[] = [],
): Promise<CountRow[]> {
  return db.execute<CountRow>(sql`
    select member_id as "memberId", family, stretch - 1 as stretch, counter, working_days as "workingDays",
      count(*)::int as rows, count(*) filter (where contested)::int as contested
    from (select *, width_bucket(on_day, ${sql.param([...stretches])}::text[]::date[]) as stretch
      from (${countedRows(asked, counters)}) counted where ${isNotLeftOut(leftOut)}) placed
    group by 1, 2, 3, 4, 5
    order by 1, 2, 3, 4, 5`)
}

function isNotLeftOut(leftOut: readonly LeftOut[]): SQL {
  if (leftOut.length === 0) return sql`true`
  const keys = leftOut.map(({ kind, id }) => `${kind} ${id}`)
  return sql`row_kind || ' ' || row_id <> all(${sql.param(keys)}::text[])`
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
): Promise<RowBehind[]> {
  const beyond = page.after ? sql`(on_day, row_id) > (${page.after.value}::date, ${page.after.id}::uuid)` : sql`true`
  return db.execute<RowBehind>(sql`
    select row_kind as kind, row_id as id, counter, on_day as "onDay", family, working_days as "workingDays", contested
    from (${countedRows(asked, wanted)}) counted
    where counter = any(${sql.param([...wanted])}::text[]) and ${beyond}
    order by on_day, row_id
    limit ${page.limit + 1}`)
}

/** Whether a row is among those of these counters. */
export async function isRowBehind(
  db: Db,
  asked: AsKnown & { readonly memberId: string },
  wanted: readonly Counter[],
  { kind, id }: LeftOut,
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

/** Every body, with what the recommendation needs to know, as it was known at the instant. */
export async function bodyFacts(db: Db, { knownAt, until }: AsKnown): Promise<BodyFacts[]> {
  const at = sql`${knownAt.toISOString()}::timestamptz`
  return db.execute<BodyFacts>(sql`
    select m.id as "memberId", m.name,
      (select s.standing from ${memberStandings} s where s.member_id = m.id and s.recorded_at <= ${at}
        and (s.superseded_at is null or s.superseded_at > ${at}) and s.from_on <= ${until}
        order by s.from_on desc, s.recorded_at desc limit 1) as standing,
      ${latestRectificationFailed(at)} as "hasFailedRectification",
      exists (select 1 from ${approvalRevocations} v where v.member_id = m.id and v.recorded_at <= ${at}
        and v.revoked_on <= ${until} and (v.lifted_at is null or v.lifted_at > ${at})) as "approvalRevoked"
    from ${members} m
    where m.recorded_at <= ${at}
    order by m.name, m.id`)
}

/** Only rectifications pass or fail; a failed one weighs until a later one is passed (R8). */
function latestRectificationFailed(at: SQL): SQL {
  return sql`coalesce((
    select c.outcome = 'failed' from ${measures} k join ${measureStepRows} c on c.measure_id = k.id and c.step = 'conclusion'
    where k.member_id = m.id and c.recorded_at <= ${at} and c.outcome in ('failed', 'passed')
    order by c.on_day desc, c.recorded_at desc limit 1), false)`
}

export type ScopeFact = { readonly memberId: string; readonly family: string; readonly industryCode: string | null }

/** The scopes held on a day, and the industries in which results were decided in a span. */
export async function scopesAndServed(
  db: Db,
  { knownAt, memberId }: AsKnown,
  { from, until }: { readonly from: PlainDate; readonly until: PlainDate },
): Promise<{ held: ScopeFact[]; served: ScopeFact[] }> {
  const at = sql`${knownAt.toISOString()}::timestamptz`
  const own = (column: SQL) => (memberId === undefined ? sql`true` : sql`${column} = ${memberId}`)
  const held = await db.execute<ScopeFact>(sql`
    select distinct s.member_id as "memberId", s.family, s.industry_code as "industryCode" from ${memberScopes} s
    where s.recorded_at <= ${at} and (s.superseded_at is null or s.superseded_at > ${at}) and ${own(sql`s.member_id`)}
      and s.from_on <= ${until} and (s.until_on is null or s.until_on >= ${until})
    order by 1, 2, 3`)
  const served = await db.execute<ScopeFact>(sql`
    select distinct r.member_id as "memberId", r.family, coalesce(c.industry_code, r.content ->> 'industryCode') as "industryCode"
    from ${asKnownAt(results, knownAt)} r left join ${asKnownAt(certificates, knownAt)} c on c.id = r.certificate_id
    where r.superseded_at is null and r.effective_decided_on between ${from} and ${until} and ${own(sql`r.member_id`)}
    order by 1, 2, 3`)
  return { held, served }
}
