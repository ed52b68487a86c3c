import { type SQL, sql } from 'drizzle-orm'
import type { ReportPace, ReportRow } from '../../domain/report/content.ts'
import {
  countedSets,
  type FigureCounts,
  type FigureName,
  partsOf,
  type ReportDimension,
  type ReportSet,
  type RowsAsked,
  reportDefinitions,
} from '../../domain/report/figure.ts'
import { reportsMade } from '../../domain/report/named-figure.ts'
import type { Db } from '../database.ts'
import { type AskedReport, largeTables, reportRows, type SetsOfTable } from './rows.ts'

/** How many rows or firms a set has, in all or for one key of a dimension, in each of the windows that look back and without one. */
export type Cell = {
  readonly set: ReportSet
  readonly counts: FigureCounts
  readonly dimension: ReportDimension | null
  readonly key: string | null
  readonly all: number
  readonly period: number
  readonly year: number
}

/** @param wanted sets that are counted one by one */
export async function countCells(
  db: Db,
  asked: AskedReport,
  wanted: readonly ReportSet[] = countedSets,
): Promise<Cell[]> {
  const tables = largeTables(asked)
  const large = wanted.filter((name) => tables.some(({ sets }) => sets.some(({ set }) => set === name)))
  const small = wanted.filter((name) => !large.includes(name))
  const cells = await Promise.all([
    large.length > 0 ? inMemory(db, cellsOfLarge(asked, tables, large)) : [],
    small.length > 0 ? inMemory(db, cellsOfSmall(asked, small)) : [],
  ])
  return cells.flat()
}

/** Millions of rows in some thousand groups, of which PostgreSQL expects as many as rows, and so would sort them all. */
function inMemory(db: Db, statement: SQL): Promise<Cell[]> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('work_mem', '128MB', true), set_config('enable_sort', 'off', true)`)
    return tx.execute<Cell>(statement)
  })
}

/**
 * Rows, firms and bodies, each in all and for every key of each dimension; bodies are not counted for one body. Rows are
 * counted once by all that they may be narrowed by: what follows from these counts need not look at the rows again.
 */
function cellsOfSmall(asked: AskedReport, wanted: readonly ReportSet[]): SQL {
  const inFirms = wanted.filter((set) => reportDefinitions[set].countsEnterprises)
  const inBodies = wanted.filter((set) => reportDefinitions[set].countsMembers)
  const [inAPeriod, inAYear] = [inPeriod(asked, sql`on_day`), inYear(asked, sql`on_day`)]
  const summed = { all: sql`sum("all")`, period: sql`sum(period)`, year: sql`sum(year)` }
  const bodies = (where: SQL) => sql`count(distinct member_id) filter (where ${where})`
  const firms = (where: SQL) => sql`count(distinct enterprise_id) filter (where ${where})`
  return sql`with counted as materialized (
      select figure_set, family, region, detail, member_id, count(*)::int as "all",
        (count(*) filter (where ${inAPeriod}))::int as period, (count(*) filter (where ${inAYear}))::int as year
      from (${reportRows(asked, wanted)}) rows where figure_set = any(${texts(wanted)}) group by 1, 2, 3, 4, 5)
    ${together([
      grouped('rows', wanted, sql`counted`, summed),
      ...(inBodies.length === 0
        ? []
        : [
            grouped('members', inBodies, sql`counted`, {
              all: bodies(sql`"all" > 0`),
              period: bodies(sql`period > 0`),
              year: bodies(sql`year > 0`),
            }),
          ]),
      ...(inFirms.length === 0
        ? []
        : [
            grouped('enterprises', inFirms, sql`(${reportRows(asked, inFirms)}) rows`, {
              all: firms(sql`true`),
              period: firms(inAPeriod),
              year: firms(inAYear),
            }),
          ]),
    ])}`
}

const texts = (values: readonly string[]) => sql`${sql.param([...values])}::text[]`

function grouped(
  counts: FigureCounts,
  sets: readonly ReportSet[],
  from: SQL,
  { all, period, year }: Record<'all' | 'period' | 'year', SQL>,
): SQL {
  const isOfMember = counts !== 'members'
  return sql`
    select figure_set as set, ${sql.raw(`'${counts}'`)} as counts,
      case when grouping(family) = 0 then 'family' when grouping(region) = 0 then 'region' when grouping(detail) = 0 then 'detail'
        ${isOfMember ? sql`when grouping(member_id) = 0 then 'member'` : sql``} end as dimension,
      coalesce(family, region, detail${isOfMember ? sql`, member_id::text` : sql``}) as key,
      (${all})::int as "all", (${period})::int as period, (${year})::int as year
    from ${from}
    where figure_set = any(${texts(sets)})
    group by grouping sets ((figure_set), (figure_set, family), (figure_set, region), (figure_set, detail)
      ${isOfMember ? sql`, (figure_set, member_id)` : sql``})`
}

const inPeriod = ({ spans }: AskedReport, day: SQL) =>
  sql`${day} between ${spans.from}::date and ${spans.cutOffOn}::date`
const inYear = ({ spans }: AskedReport, day: SQL) =>
  sql`${day} between ${spans.yearFrom}::date and ${spans.cutOffOn}::date`

const [periodBit, yearBit] = [1, 2]
const named = (what: 'windows' | 'detail' | 'all' | 'period' | 'year', set: ReportSet) => sql.raw(`${what}_${set}`)

const list = (parts: readonly SQL[]) => sql.join([...parts], sql`, `)
const together = (parts: readonly SQL[]) => sql.join([...parts], sql` union all `)

/**
 * Each large table is read once, however many sets are made of it: a row says of each set whether it belongs to it, in
 * which windows and with which detail. From these marks rows and firms are counted.
 */
function cellsOfLarge(asked: AskedReport, tables: readonly SetsOfTable[], wanted: readonly ReportSet[]): SQL {
  const withDetail = wanted.filter((name) =>
    tables.some(({ sets }) => sets.some(({ set, detail }) => set === name && detail)),
  )
  const inFirms = wanted.filter((set) => reportDefinitions[set].countsEnterprises)
  return sql`with marked as materialized (${together(tables.map((table) => marked(asked, table, wanted)))}),
    detailed as materialized (${countsByDetails(withDetail)})
    ${together([cellsOfGroups(wanted), ...withDetail.map(cellsOfDetail), ...cellsOfFirms(inFirms)])}`
}

/** Rows are counted by all that they may be narrowed by, then summed for each of these alone. */
function cellsOfGroups(wanted: readonly ReportSet[]): SQL {
  return sql`
    select set, 'rows' as counts, dimension, key, "all", period, year from (
      select case grouping(family, region, member_id) when 3 then 'family' when 5 then 'region' when 6 then 'member' end as dimension,
        coalesce(family, region, member_id::text) as key, ${list(wanted.flatMap(summed))}
      from (select family, region, member_id, ${list(wanted.flatMap(counters))} from marked group by 1, 2, 3) grouped
      group by grouping sets ((), (family), (region), (member_id))) summed ${unfolded(wanted)}`
}

function countsByDetails(wanted: readonly ReportSet[]): SQL {
  const details = wanted.map((set) => named('detail', set))
  if (details.length === 0) return sql`select`
  return sql`select ${list([...details, ...wanted.flatMap(counters)])} from marked group by ${list(details)}`
}

function cellsOfDetail(set: ReportSet): SQL {
  return sql`
    select set, 'rows', 'detail', key, "all", period, year from (
      select ${named('detail', set)} as key, ${list(summed(set))} from detailed
      where ${named('detail', set)} is not null group by 1) summed ${unfolded([set])}`
}

/** A firm counts once in each group, however many rows it has there (R10). */
function cellsOfFirms(wanted: readonly ReportSet[]): SQL[] {
  if (wanted.length === 0) return []
  const windows = wanted.map((set) => named('windows', set))
  const dimensions = [
    [null, sql`null::text`],
    ['family', sql`family`],
    ['region', sql`region`],
    ['member', sql`member_id::text`],
  ] as const
  return dimensions.map(
    ([dimension, key]) => sql`
      select set, 'enterprises', ${dimension}::text, key, "all", period, year from (
        select key, ${list(wanted.flatMap(counters))} from (
          select ${key} as key, enterprise_id, ${list(windows.map((each) => sql`bit_or(${each}) as ${each}`))}
          from marked where coalesce(${list(windows)}) is not null group by 1, 2) firms
        group by 1) counted ${unfolded(wanted)}`,
  )
}

/** The rows of a table, each with what it says of every set. */
function marked(asked: AskedReport, { from, columns, sets }: SetsOfTable, wanted: readonly ReportSet[]): SQL {
  const marks = wanted.map((name) => {
    const said = sets.find(({ set }) => set === name)
    const windows = said && (windowsOf(name).includes('period') ? windowsHolding(asked, said.day) : sql`0`)
    const within = (value: SQL | undefined, type: SQL) =>
      said && value ? sql`case when ${said.where} then ${value} end` : sql`null::${type}`
    return sql`${within(windows, sql`int`)} as ${named('windows', name)},
      ${within(said?.detail, sql`text`)} as ${named('detail', name)}`
  })
  const { member, enterprise, family, region } = columns
  return sql`select ${member} as member_id, ${enterprise} as enterprise_id, ${family} as family, ${region} as region,
    ${sql.join(marks, sql`, `)} from ${from}`
}

function windowsHolding(asked: AskedReport, day: SQL): SQL {
  return sql`case when ${inPeriod(asked, day)} then ${sql.raw(`${periodBit}`)} else 0 end
    + case when ${inYear(asked, day)} then ${sql.raw(`${yearBit}`)} else 0 end`
}

/** What is counted of a set: only the windows that it has. */
function windowsOf(set: ReportSet): ('all' | 'period' | 'year')[] {
  const { windows } = reportDefinitions[set]
  const looksBack = windows.includes('period') ? (['period', 'year'] as const) : []
  return [...(windows.some((each) => each !== 'period' && each !== 'year') ? (['all'] as const) : []), ...looksBack]
}

function counters(set: ReportSet): SQL[] {
  const windows = named('windows', set)
  const bits = { period: periodBit, year: yearBit }
  return windowsOf(set).map((of) =>
    of === 'all'
      ? sql`count(${windows})::int as ${named(of, set)}`
      : sql`count(*) filter (where ${windows} & ${sql.raw(`${bits[of]}`)} > 0)::int as ${named(of, set)}`,
  )
}

function summed(set: ReportSet): SQL[] {
  return windowsOf(set).map((of) => sql`sum(${named(of, set)})::int as ${named(of, set)}`)
}

/** One row for each set of a row that counts them all. */
function unfolded(sets: readonly ReportSet[]): SQL {
  const rows = sets.map((set) => {
    const has = windowsOf(set)
    const values = (['all', 'period', 'year'] as const).map((of) => (has.includes(of) ? named(of, set) : sql`0`))
    return sql`(${sql.raw(`'${set}'`)}, ${sql.join(values, sql`, `)})`
  })
  return sql`cross join lateral (values ${sql.join(rows, sql`, `)}) as each(set, "all", period, year)
    where "all" > 0 or period > 0 or year > 0`
}

/** Working days from the decision to the report, of the reports due and made in the period; null where none was. */
export async function readPace(db: Db, asked: AskedReport): Promise<ReportPace | null> {
  const [row] = await db.execute<{ median: number | null; p90: number | null; slowest: number | null }>(sql`
    select percentile_disc(0.5) within group (order by working_days)::int as median,
      percentile_disc(0.9) within group (order by working_days)::int as p90, max(working_days)::int as slowest
    from (select figure_set, on_day, working_days from (${reportRows(asked, reportsMade)}) counted) placed
    where figure_set = any(${sql.param([...reportsMade])}::text[])
      and on_day between ${asked.spans.from}::date and ${asked.spans.cutOffOn}::date`)
  if (!row || row.median === null || row.p90 === null || row.slowest === null) return null
  return { median: row.median, p90: row.p90, slowest: row.slowest }
}

const rowColumns = sql.raw(`row_kind as kind, row_id as id, on_day as "onDay", member_id as "memberId",
  case when row_kind <> 'announcement_line' then enterprise_id end as "enterpriseId", family, region, detail, working_days as "workingDays", subject`)

export type RowOfSet = ReportRow & { readonly set: ReportSet }

/** All rows of some sets, by day: for sets that are known to be small. */
export async function rowsOfSets(db: Db, asked: AskedReport, sets: readonly ReportSet[]): Promise<RowOfSet[]> {
  if (sets.length === 0) return []
  return db.execute<RowOfSet>(sql`
    select figure_set as set, ${rowColumns} from (${reportRows(asked, sets)}) counted
    where figure_set = any(${sql.param([...sets])}::text[])
    order by on_day, row_id`)
}

function placed(asked: AskedReport, { sets, window, by }: RowsAsked): SQL {
  const { spans } = asked
  const inWindow =
    window === 'period' || window === 'year'
      ? sql`on_day between ${window === 'period' ? spans.from : spans.yearFrom}::date and ${spans.cutOffOn}::date`
      : sql`true`
  const columns = { family: sql`family`, region: sql`region`, member: sql`member_id::text`, detail: sql`detail` }
  const narrowed = by === null ? sql`true` : sql`${columns[by.dimension]} = ${by.key}`
  return sql`from (${reportRows(asked, sets)}) counted
    where figure_set = any(${sql.param([...sets])}::text[]) and ${inWindow} and ${narrowed}`
}

/** The rows of one figure, by day; of one in firms or bodies all rows of those are answered. */
export async function rowsOfFigure(
  db: Db,
  asked: AskedReport,
  rows: RowsAsked,
  page: { readonly after: { value: string; id: string } | null; readonly limit: number },
): Promise<ReportRow[]> {
  const beyond = page.after ? sql`(on_day, row_id) > (${page.after.value}::date, ${page.after.id}::uuid)` : sql`true`
  return db.execute<ReportRow>(sql`
    select ${rowColumns} ${placed(asked, rows)} and ${beyond}
    order by on_day, row_id
    limit ${page.limit + 1}`)
}

/** What the rows behind a figure come to: rows, firms or bodies. */
export async function countOfFigure(db: Db, asked: AskedReport, name: FigureName): Promise<number> {
  const what = { rows: sql`*`, enterprises: sql`distinct enterprise_id`, members: sql`distinct member_id` }
  const [row] = await db.execute<{ count: number }>(
    sql`select count(${what[name.counts]})::int as count ${placed(asked, { ...name, sets: partsOf(name.set) })}`,
  )
  return row?.count ?? 0
}
