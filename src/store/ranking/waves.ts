import { sql } from 'drizzle-orm'
import type { ExpiryWave } from '../../domain/capacity-need.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import type { TrendPoint } from '../../domain/ranking/chart.ts'
import type { Counter } from '../../domain/ranking/counter.ts'
import type { Db } from '../database.ts'
import { certificates } from '../schema/certificates.ts'
import { type AsKnown, countedRows } from './rows.ts'

/** Certificates live today by the month in which they end, family and city; those without a family are left out. */
export async function expiryWaves(
  db: Db,
  { today, until }: { readonly today: PlainDate; readonly until: PlainDate },
): Promise<ExpiryWave[]> {
  return db.execute<ExpiryWave>(sql`
    select first_of_month(c.valid_until) as month, c.family, c.city_code as "cityCode", count(*)::int as certificates
    from ${certificates} c
    where c.valid_until between ${today} and ${until} and c.valid_from <= ${today} and c.family is not null
      and (c.ended_on is null or c.ended_on > ${today})
    group by 1, 2, 3 order by 1, 2, 3`)
}

/** How many rows of two sets of counters there are in each month. */
export async function monthlyShares(
  db: Db,
  asked: AsKnown,
  part: readonly Counter[],
  whole: readonly Counter[],
): Promise<Pick<TrendPoint, 'month' | 'numerator' | 'denominator'>[]> {
  return db.execute<Pick<TrendPoint, 'month' | 'numerator' | 'denominator'>>(sql`
    select first_of_month(on_day) as month, count(*) filter (where counter = any(${sql.param([...part])}::text[]))::int as numerator,
      count(*)::int as denominator
    from (${countedRows(asked, whole)}) counted where counter = any(${sql.param([...whole])}::text[])
    group by 1 order by 1`)
}
