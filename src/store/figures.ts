import { type SQL, sql } from 'drizzle-orm'
import { type MemberCounts, onTimeDuties, twelveMonthsUntil } from '../domain/member-figures.ts'
import type { Duty } from '../domain/obligation.ts'
import { addDays, type DaySpan, firstOfMonth, type PlainDate, spansOf } from '../domain/plain-date.ts'
import type { Standing } from '../domain/standing.ts'
import type { Db } from './database.ts'
import { standingOf } from './lists/members.ts'
import { certificateCounts, obligationCounts, resultCounts } from './schema/counts.ts'

/** For each version of a rule, the last due day that counts as soon. */
type DueSoon = readonly { duty: Duty; version: number; until: PlainDate }[]
export type FigureQuestion = { readonly today: PlainDate; readonly dueSoon: DueSoon }

/** A part of a figure: which kept counts are summed for it. `duty` null: of every duty, and every version of its rule. */
type Part = DaySpan & { readonly part: string; readonly duty: Duty | null; readonly version: number | null }
type SummedPart = {
  memberId: string
  part: string
  duty: string | null
  n1: number
  n2: number
  n3: number
  n4: number
}

/** The counts of each of these members, in one statement; nought for one that has no rows. */
export async function countsOfMembers(
  db: Db,
  memberIds: readonly string[],
  question: FigureQuestion,
): Promise<Map<string, MemberCounts>> {
  const sums = await sumParts(db, sql`select unnest(${uuids(memberIds)}) as id`, sql`member_id`, question)
  const partsOfMember = new Map<string, SummedPart[]>(memberIds.map((id) => [id, []]))
  for (const sum of sums) partsOfMember.get(sum.memberId)?.push(sum)
  return new Map([...partsOfMember].map(([id, parts]) => [id, countsOf(parts)]))
}

/** The counts of all members together, or of one. */
export async function countsTogether(db: Db, memberId: string | null, question: FigureQuestion): Promise<MemberCounts> {
  const who = sql`select id from members where ${memberId}::uuid is null or id = ${memberId}::uuid`
  return countsOf(await sumParts(db, who, sql`null::uuid`, question))
}

/** A list of ids as one parameter. */
function uuids(ids: readonly string[]): SQL {
  return sql`${sql.param([...ids])}::uuid[]`
}

/**
 * From the counts that triggers keep (whole months, and the days at their ends), less the certificates that are not yet
 * valid: those are few, and are counted along their index. Everything is an index range for each member and part.
 */
async function sumParts(db: Db, who: SQL, by: SQL, question: FigureQuestion): Promise<SummedPart[]> {
  const { today } = question
  return db.execute<SummedPart>(sql`
    with who as materialized (${who}),
    ${notYetValid(today)},
    summed as (
      ${certificateSums(today)} union all ${obligationSums(question)} union all ${resultSums(today)} union all ${lessNotYetValid(today)})
    select ${by} as "memberId", part, duty, coalesce(sum(n1), 0)::int as n1, coalesce(sum(n2), 0)::int as n2,
      coalesce(sum(n3), 0)::int as n3, coalesce(sum(n4), 0)::int as n4
    from summed group by 1, 2, 3`)
}

/** Names the columns of all sums: n1 certificates, n2 suspended ones. */
function certificateSums(today: PlainDate): SQL {
  return sql`
    select w.id as member_id, p.part, null as duty, k.*
    from who w, ${partTable(certificateParts(today))},
    lateral (select sum(c.certificates) as n1, sum(c.suspended) as n2, 0::bigint as n3, 0::bigint as n4
      from ${certificateCounts} c
      where c.member_id = w.id and c.span = p.span and c.ends_on between p."from" and p.until) k`
}

/** By duty: n1 open, n2 met on time, n3 met late, n4 contested. */
function obligationSums({ today, dueSoon }: FigureQuestion): SQL {
  return sql`
    select w.id, p.part, k.*
    from who w, ${partTable(obligationParts(today, dueSoon))},
    lateral (select o.duty, sum(o.due - o.met_on_time - o.met_late - o.waived), sum(o.met_on_time), sum(o.met_late), sum(o.contested)
      from ${obligationCounts} o
      where o.member_id = w.id and o.span = p.span and o.due_on between p."from" and p.until
        and (p.duty is null or (o.duty = p.duty and o.rule_version = p.version))
      group by o.duty) k`
}

function resultSums(today: PlainDate): SQL {
  return sql`
    select w.id, 'results', null, k.n1, 0, 0, 0
    from who w,
    lateral (select sum(r.results) as n1 from ${resultCounts} r
      where r.member_id = w.id and r.decided_month between ${twelveMonthsUntil(today).from} and ${firstOfMonth(today)}) k`
}

function lessNotYetValid(today: PlainDate): SQL {
  const ends = liveUntil(today).map(([part, until]) => sql`(${part}::text, ${until}::date)`)
  return sql`
    select f.member_id, ends.part, null, -1, -f.suspended, 0, 0
    from not_yet_valid f
    join who w on w.id = f.member_id
    join (values ${sql.join(ends, sql`, `)}) as ends(part, until) on ends.until is null or f.valid_until <= ends.until`
}

/**
 * All certificates that begin later, few at any time, along their index. The open end is written out: without it a plan
 * that is made once for every day takes a third of the table to lie ahead, and reads all of it.
 */
function notYetValid(today: PlainDate): SQL {
  return sql`not_yet_valid as materialized (
    select c.member_id, c.valid_until,
      (select count(*) from suspensions s where s.certificate_id = c.id and s.lifted_on is null) as suspended
    from certificates c
    where c.valid_from between ${addDays(today, 1)} and 'infinity' and c.ended_on is null)`
}

/** Certificates that are live today and end by then. */
function liveUntil(today: PlainDate): [part: 'live' | 'expiring30' | 'expiring90' | 'expiring180', PlainDate | null][] {
  return [
    ['live', null],
    ['expiring30', addDays(today, 30)],
    ['expiring90', addDays(today, 90)],
    ['expiring180', addDays(today, 180)],
  ]
}

function certificateParts(today: PlainDate): Part[] {
  return liveUntil(today).flatMap(([part, until]) => partsOf(part, today, until))
}

/** Each due day is in one of the parts; those that are due soon are counted once more. */
function obligationParts(today: PlainDate, dueSoon: DueSoon): Part[] {
  const { from } = twelveMonthsUntil(today)
  return [
    ...partsOf('before', null, addDays(from, -1)),
    ...partsOf('year', from, addDays(today, -1)),
    ...partsOf('today', today, today),
    ...partsOf('ahead', addDays(today, 1), null),
    ...soonParts(today, dueSoon),
  ]
}

/** One part where every rule says the same, and one for each rule otherwise. */
function soonParts(today: PlainDate, dueSoon: DueSoon): Part[] {
  const [only, ...others] = new Set(dueSoon.map(({ until }) => until))
  if (only !== undefined && others.length === 0) return partsOf('soon', today, only)
  return dueSoon.flatMap(({ duty, version, until }) => partsOf('soon', today, until, duty, version))
}

function partsOf(
  part: string,
  from: PlainDate | null,
  until: PlainDate | null,
  duty: Duty | null = null,
  version: number | null = null,
): Part[] {
  return spansOf(from, until).map((span) => ({ part, duty, version, ...span }))
}

function partTable(parts: readonly Part[]): SQL {
  const column = (of: (part: Part) => string | number | null) => sql.param(parts.map(of))
  return sql`unnest(${column(({ part }) => part)}::text[], ${column(({ span }) => span)}::text[],
    ${column(({ from }) => from ?? '-infinity')}::text[]::date[], ${column(({ until }) => until ?? 'infinity')}::text[]::date[],
    ${column(({ duty }) => duty)}::text[], ${column(({ version }) => version)}::int[]) as p(part, span, "from", until, duty, version)`
}

function countsOf(sums: readonly SummedPart[]): MemberCounts {
  const of = (part: string, n: 'n1' | 'n2' | 'n3' | 'n4', duty?: Duty) =>
    sums
      .filter((sum) => sum.part === part && (duty === undefined || sum.duty === duty))
      .reduce((total, sum) => total + sum[n], 0)
  const met = (n: 'n2' | 'n3' | 'n4', duty: Duty) => of('year', n, duty) + of('today', n, duty)
  const { cnca, secretariat } = onTimeDuties
  return {
    live: of('live', 'n1'),
    suspended: of('live', 'n2'),
    expiring30: of('expiring30', 'n1'),
    expiring90: of('expiring90', 'n1'),
    expiring180: of('expiring180', 'n1'),
    results: of('results', 'n1'),
    open: of('today', 'n1') + of('ahead', 'n1') - of('soon', 'n1'),
    dueSoon: of('soon', 'n1'),
    overdue: of('before', 'n1') + of('year', 'n1'),
    cncaOnTime: met('n2', cnca),
    cncaLate: met('n3', cnca),
    // What is due today and open is not yet overdue, and so no part of the cohort (R2, R9).
    cncaOverdue: of('year', 'n1', cnca),
    cncaContested: met('n4', cnca),
    secretariatOnTime: met('n2', secretariat),
    secretariatLate: met('n3', secretariat),
    secretariatOverdue: of('year', 'n1', secretariat),
  }
}

/** Certificates that are valid or suspended, by the month of their last day; the present month from today on. */
export async function expiriesByMonth(
  db: Db,
  memberId: string | null,
  { today, until }: { today: PlainDate; until: PlainDate },
): Promise<{ month: PlainDate; certificates: number }[]> {
  const who = sql`select id from members where ${memberId}::uuid is null or id = ${memberId}::uuid`
  const parts = spansOf(today, until).map((span) => ({ part: 'live', duty: null, version: null, ...span }))
  return db.execute<{ month: PlainDate; certificates: number }>(sql`
    with who as materialized (${who}),
    ${notYetValid(today)},
    counted as (
      select first_of_month(c.ends_on) as month, c.certificates
      from who w, ${partTable(parts)},
      lateral (select k.ends_on, sum(k.certificates) as certificates from ${certificateCounts} k
        where k.member_id = w.id and k.span = p.span and k.ends_on between p."from" and p.until
        group by k.ends_on) c
      union all
      select first_of_month(f.valid_until), -1 from not_yet_valid f join who w on w.id = f.member_id
      where f.valid_until <= ${until})
    select month, sum(certificates)::int as certificates from counted group by month order by month`)
}

/** How many members stand how today; null where the standing is unknown (opening balance). */
export async function membersByStanding(db: Db, memberId: string | null, today: PlainDate) {
  return db.execute<{ standing: Standing | null; members: number }>(sql`
    select ${standingOf(today)} as standing, count(*)::int as members
    from members where ${memberId}::uuid is null or members.id = ${memberId}::uuid
    group by 1`)
}
