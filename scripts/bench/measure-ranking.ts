import postgres from 'postgres'
import { dayInShanghai, systemClock } from '../../src/clock.ts'
import { addDays, addMonths, firstOfMonth, type PlainDate } from '../../src/domain/plain-date.ts'
import { indicatorsInForce } from '../../src/domain/ranking/indicator.ts'
import { defaultPolicy } from '../../src/domain/ranking/policy.ts'
import { windowsOf } from '../../src/domain/ranking/window.ts'
import { rankApart } from '../../src/statistics/rank-apart.ts'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { gatherInput } from '../../src/usecases/ranking/gather.ts'
import type { FilledDatabase } from './database.ts'
import type { Line } from './report.ts'
import { inTurn, secondsLine, secondsOf } from './seconds.ts'

/** The counting may take so many times as long as one plain aggregate over the same rows. */
const countingMost = 3

/**
 * The year's full ranking, with its three years: the counting against one plain aggregate over the same rows, side by
 * side; then the draws, apart.
 */
export async function measureRanking(
  database: FilledDatabase,
  rounds: number,
  tell: (line: string) => void,
): Promise<Line> {
  const { db, close } = openDatabase(database.serviceUrl, { poolSize: 2 })
  const bare = postgres(database.superuserUrl, { max: 1, onnotice: () => {} })
  try {
    const now = systemClock.now()
    const today = dayInShanghai(now)
    const until = addDays(firstOfMonth(today), -1)
    const period = { from: addMonths(firstOfMonth(today), -12), until }
    const rulebook = await rulebookShelf().current(db)
    const asked = { period, years: defaultPolicy.yearWeights.length, asOf: today, knownAt: now }
    const seconds = await inTurn(
      rounds,
      () => gatherInput(db, rulebook, asked),
      () => plainAggregate(bare, asked.years, period),
    )
    const input = await gatherInput(db, rulebook, asked)
    const rows = input.counts.reduce((sum, row) => sum + row.rows, 0)
    const drawing = await secondsOf(() =>
      rankApart(input, { policy: defaultPolicy, definitions: indicatorsInForce(until) }, (done) =>
        tell(`  ranked ${Math.round(done * 100)} %`),
      ),
    )
    const memory = Math.round(process.resourceUsage().maxRSS / 1024)
    tell(
      `a year’s ranking of ${input.bodies.length} bodies: ${rows} rows counted in ${seconds.service.toFixed(2)} s ` +
        `(plain aggregate ${seconds.bare.toFixed(2)} s), ${defaultPolicy.draws} draws in ${drawing.toFixed(1)} s; ` +
        `process at most ${memory} MB`,
    )
    return secondsLine('counting a year’s ranking, against a plain aggregate', seconds, countingMost)
  } finally {
    await bare.end({ timeout: 5 })
    await close()
  }
}

/** The same rows, counted once by body and state: no families, no past, no working days. */
async function plainAggregate(
  sql: postgres.Sql,
  years: number,
  period: { readonly from: PlainDate; readonly until: PlainDate },
): Promise<void> {
  const windows = windowsOf(period, years)
  const { from } = windows.years.at(-1) ?? period
  await sql`
    select member_id, duty, count(*), count(*) filter (where met_on <= due_on), count(*) filter (where contested)
    from obligations where duty in ('report_to_cnca', 'feed_back', 'surveillance', 'report_status_change')
      and due_on between ${from} and ${period.until} group by 1, 2
    union all
    select member_id, kind, count(*), 0, 0 from results
    where superseded_at is null and effective_decided_on between ${from} and ${period.until} group by 1, 2
    union all
    select member_id, 'post', count(*), 0, 0 from results
    where revision = 1 and recorded_at between ${from} and ${period.until} group by 1
    union all
    select member_id, day::text, count(*), 0, 0 from certificates,
      unnest(${[windows.previous.until, period.until]}::text[]::date[]) day
    where valid_from <= day and valid_until >= day and (ended_on is null or ended_on > day) group by 1, 2`
}
