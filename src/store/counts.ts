import { sql } from 'drizzle-orm'
import type { Db } from './database.ts'

/** The tables of facts that triggers keep counts of. */
export const countedFacts = ['certificates', 'obligations', 'results'] as const
export type CountedFacts = (typeof countedFacts)[number]

/** A count that is not what a recount says: whose, of what (span, day, duty …), as kept, as the facts are; null for none. */
export type CountDifference = {
  readonly memberId: string
  readonly what: readonly (string | number)[]
  readonly kept: readonly number[] | null
  readonly facts: readonly number[] | null
}

const columns = sql.raw(
  'member_id as "memberId", what, array_to_json(kept)::jsonb as kept, array_to_json(facts)::jsonb as facts',
)

/** Recounts the facts in one snapshot and answers where the kept counts differ. Reads every row of the table. */
export async function differencesOfCounts(db: Db, counted: CountedFacts): Promise<CountDifference[]> {
  return db.execute<CountDifference>(sql`select ${columns} from count_differences(${counted})`)
}

/** Counts anew while nobody writes those facts; answers what differed at that moment. */
export async function recountFacts(tx: Db, counted: CountedFacts): Promise<CountDifference[]> {
  return tx.execute<CountDifference>(sql`select ${columns} from recount_facts(${counted})`)
}
