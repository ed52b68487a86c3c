import { sql } from 'drizzle-orm'
import type { ReportPace, ReportRow } from '../../domain/report/content.ts'
import {
  countedSets,
  type FigureName,
  partsOf,
  type ReportDimension,
  type ReportSet,
  reportDefinitions,
} from '../../domain/report/figure.ts'
import type { Db } from '../database.ts'
import { type AskedReport, reportRows } from './rows.ts'

/** How many rows a set has, in all or for one key of a dimension, in each of the windows that look back and without one. */
export type Cell = {
  readonly set: ReportSet
  readonly dimension: ReportDimension | null
  readonly key: string | null
  readonly all: number
  readonly period: number
  readonly year: number
}

const flags = (asked: AskedReport) => sql`
  on_day between ${asked.spans.from}::date and ${asked.spans.cutOffOn}::date as in_period,
  on_day between ${asked.spans.yearFrom}::date and ${asked.spans.cutOffOn}::date as in_year`

/** One pass over each table; the groups of each dimension are summed in memory. @param wanted sets that are counted one by one */
export async function countCells(
  db: Db,
  asked: AskedReport,
  wanted: readonly ReportSet[] = countedSets,
): Promise<Cell[]> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local work_mem = '64MB'`)
    // Summed twice: of millions of rows there are some hundred thousand that differ in what they are grouped by.
    return tx.execute<Cell>(sql`
      select figure_set as set,
        case grouping(family, region, member_id, detail)
          when 7 then 'family' when 11 then 'region' when 13 then 'member' when 14 then 'detail' end as dimension,
        coalesce(family, region, member_id::text, detail) as key,
        sum(all_rows)::int as all, sum(of_period)::int as period, sum(of_year)::int as year
      from (select figure_set, family, region, member_id, detail, count(*) as all_rows,
          count(*) filter (where in_period) as of_period, count(*) filter (where in_year) as of_year
        from (select figure_set, family, region, member_id, detail, ${flags(asked)}
          from (${reportRows(asked, wanted)}) counted
          where figure_set = any(${sql.param([...wanted])}::text[])) placed
        group by 1, 2, 3, 4, 5) summed
      group by grouping sets ((figure_set), (figure_set, family), (figure_set, region), (figure_set, member_id), (figure_set, detail))
      order by 1, 2 nulls first, 3`)
  })
}

/** The same in firms instead of rows (R10): a firm with three products counts once in each group. */
export async function countEnterprises(
  db: Db,
  asked: AskedReport,
  wanted: readonly ReportSet[] = countedSets,
): Promise<Cell[]> {
  const sets = wanted.filter((set) => reportDefinitions[set].countsEnterprises)
  if (sets.length === 0) return []
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local work_mem = '64MB'`)
    return tx.execute<Cell>(sql`
      select figure_set as set, dimension, key, count(*)::int as all,
        count(*) filter (where in_period)::int as period, count(*) filter (where in_year)::int as year
      from (select figure_set, enterprise_id,
          case grouping(family, region, member_id) when 3 then 'family' when 5 then 'region' when 6 then 'member' end as dimension,
          coalesce(family, region, member_id::text) as key, bool_or(in_period) as in_period, bool_or(in_year) as in_year
        from (select figure_set, family, region, member_id, enterprise_id, ${flags(asked)}
          from (${reportRows(asked, sets)}) counted
          where figure_set = any(${sql.param([...sets])}::text[])) placed
        group by grouping sets ((figure_set, enterprise_id), (figure_set, family, enterprise_id),
          (figure_set, region, enterprise_id), (figure_set, member_id, enterprise_id))) firms
      group by 1, 2, 3
      order by 1, 2 nulls first, 3`)
  })
}

/** Working days from the decision to the report, of the reports due and made in the period; null where none was. */
export async function readPace(db: Db, asked: AskedReport): Promise<ReportPace | null> {
  const made: readonly ReportSet[] = ['report_on_time', 'report_late']
  const [row] = await db.execute<{ median: number | null; p90: number | null; slowest: number | null }>(sql`
    select percentile_disc(0.5) within group (order by working_days)::int as median,
      percentile_disc(0.9) within group (order by working_days)::int as p90, max(working_days)::int as slowest
    from (select figure_set, on_day, working_days from (${reportRows(asked, made)}) counted) placed
    where figure_set = any(${sql.param([...made])}::text[])
      and on_day between ${asked.spans.from}::date and ${asked.spans.cutOffOn}::date`)
  if (!row || row.median === null || row.p90 === null || row.slowest === null) return null
  return { median: row.median, p90: row.p90, slowest: row.slowest }
}

const rowColumns = sql.raw(`row_kind as kind, row_id as id, on_day as "onDay", member_id as "memberId",
  enterprise_id as "enterpriseId", family, region, detail, working_days as "workingDays", subject`)

export type RowOfSet = ReportRow & { readonly set: ReportSet }

/** All rows of some sets, by day: for sets that are known to be small. */
export async function rowsOfSets(db: Db, asked: AskedReport, sets: readonly ReportSet[]): Promise<RowOfSet[]> {
  if (sets.length === 0) return []
  return db.execute<RowOfSet>(sql`
    select figure_set as set, ${rowColumns} from (${reportRows(asked, sets)}) counted
    where figure_set = any(${sql.param([...sets])}::text[])
    order by on_day, row_id`)
}

/** The rows of one figure, by day; of one in firms all rows of those firms are answered. */
export async function rowsOfFigure(
  db: Db,
  asked: AskedReport,
  { set, window, by }: FigureName,
  page: { readonly after: { value: string; id: string } | null; readonly limit: number },
): Promise<ReportRow[]> {
  const beyond = page.after ? sql`(on_day, row_id) > (${page.after.value}::date, ${page.after.id}::uuid)` : sql`true`
  const { spans } = asked
  const inWindow =
    window === 'period' || window === 'year'
      ? sql`on_day between ${window === 'period' ? spans.from : spans.yearFrom}::date and ${spans.cutOffOn}::date`
      : sql`true`
  const columns = { family: sql`family`, region: sql`region`, member: sql`member_id::text`, detail: sql`detail` }
  const narrowed = by === null ? sql`true` : sql`${columns[by.dimension]} = ${by.key}`
  const parts = partsOf(set)
  return db.execute<ReportRow>(sql`
    select ${rowColumns} from (${reportRows(asked, parts)}) counted
    where figure_set = any(${sql.param([...parts])}::text[]) and ${inWindow} and ${narrowed} and ${beyond}
    order by on_day, row_id
    limit ${page.limit + 1}`)
}
