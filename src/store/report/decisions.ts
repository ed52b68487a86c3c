import { sql } from 'drizzle-orm'
import type { CandidateLine, DecisionLine } from '../../domain/report/content.ts'
import type { Db } from '../database.ts'
import { asKnownAt } from '../known-at.ts'
import { events } from '../schema/events.ts'
import { measures } from '../schema/measures.ts'
import { memberStandings, members } from '../schema/members.ts'
import { bulletinDecisions, bulletins } from '../schema/ranking.ts'
import { type AskedReport, reportRows } from './rows.ts'

/** Whoever decided, by the log; what is older than the log was decided by the secretariat, as nobody else may (R8). */
const roleOf = (logged: ReturnType<typeof sql>) => sql`coalesce((select v.actor_role from ${events} v
  where ${logged} order by v.id limit 1), 'secretariat')`

const inPeriod = ({ spans }: AskedReport) => sql`k.on_day between ${spans.from}::date and ${spans.cutOffOn}::date`

/** What was decided on bodies in the period, the same rows as the figures count (R8, R9). */
export async function decisionLines(db: Db, asked: AskedReport): Promise<DecisionLine[]> {
  const named = sql`join ${asKnownAt(members, asked.knownAt)} m on m.id = k.member_id`
  const rows = await db.execute<DecisionLine & Record<string, unknown>>(sql`
    select * from (
    select k.row_id as id, k.member_id as "memberId", m.name as member, k.on_day as "onDay", 'decision' as kind,
      d.decision as decided, ${roleOf(sql`v.entity = 'bulletin' and v.entity_id = d.bulletin_id::text
        and v.action = 'bulletin.decided' and v.changes ->> 'decisionId' = d.id::text`)} as by,
      b.from_on as "from", b.until_on as "until", d.recommendation, null as ground
    from (${reportRows(asked, ['decision'])}) k ${named}
    join ${bulletinDecisions} d on d.id = k.row_id join ${bulletins} b on b.id = d.bulletin_id where ${inPeriod(asked)}
    union all
    select k.row_id, k.member_id, m.name, k.on_day, 'measure', k.detail,
      ${roleOf(sql`v.entity = 'measure' and v.entity_id = e.id::text and v.action = 'measure.decision'`)}, null, null, null, e.ground
    from (${reportRows(asked, ['sanction'])}) k ${named}
    join ${measures} e on e.id = k.row_id where ${inPeriod(asked)}
    ) l order by "onDay", member collate "C", kind, id`)
  return rows.map(({ from, until, recommendation, ground, ...line }) =>
    line.kind === 'decision'
      ? ({ ...line, from, until, recommendation } as DecisionLine)
      : ({ ...line, ground } as DecisionLine),
  )
}

/** Bodies that apply at the cut-off, and since when (N2). */
export async function candidateLines(db: Db, asked: AskedReport): Promise<CandidateLine[]> {
  return db.execute<CandidateLine>(sql`
    select k.row_id as id, k.member_id as "memberId", m.name as member, s.from_on as "sinceOn"
    from (${reportRows(asked, ['member_candidate'])}) k
    join ${asKnownAt(members, asked.knownAt)} m on m.id = k.member_id
    join ${memberStandings} s on s.id = k.row_id
    where k.figure_set = 'member_candidate'
    order by s.from_on, m.name collate "C", k.row_id`)
}
