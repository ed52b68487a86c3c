import type postgres from 'postgres'
import { addDays, type PlainDate } from '../../src/domain/plain-date.ts'

/** What questions are made of: days, and numbers and members that are in the database. */
export type Sample = {
  readonly today: PlainDate
  readonly numbers: readonly string[]
  /** Ids of those that post. */
  readonly members: readonly string[]
}

/** Numbers spread over the whole table, suspended and withdrawn ones among them. */
export async function takeSample(sql: postgres.Sql, today: PlainDate): Promise<Sample> {
  const numbers = await sql<{ number: string }[]>`
    (select number from certificates where valid_until >= ${addDays(today, 10)}::text::date order by valid_until limit 500)
    union all (select number from certificates order by valid_until limit 200)
    union all (select number from certificates order by valid_until desc limit 500)
    union all (select c.number from suspensions s join certificates c on c.id = s.certificate_id limit 50)
    union all (select number from certificates where ended_on is not null limit 50)`
  const members = await sql<{ id: string }[]>`select id from members order by name limit 10`
  return { today, numbers: numbers.map(({ number }) => number), members: members.map(({ id }) => id) }
}
