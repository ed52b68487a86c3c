import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { Candidate } from '../domain/eligibility.ts'
import { type PlainDate, yearOf } from '../domain/plain-date.ts'
import { declinersOf, isNotReplaced } from './assignments.ts'
import type { Db } from './database.ts'
import { assignments } from './schema/assignments.ts'
import { capacities, conflicts } from './schema/desk.ts'
import { executingUnits, memberScopes, memberStandings, members } from './schema/members.ts'

export type Conflict = typeof conflicts.$inferSelect
export type Capacity = typeof capacities.$inferSelect

/** A body with all that decides what it may be given. */
export type CandidateRow = Candidate & {
  readonly memberId: string
  readonly name: string
  /** Cities of its executing units on the day. */
  readonly unitCities: readonly (string | null)[]
}

export type CandidatesAsked = {
  readonly on: PlainDate
  /** Whose conflicts count; null for none. */
  readonly enterpriseId: string | null
  readonly memberId?: string | null
  /** The assignment that the case replaces: who had the case before and did not take it is not asked again. */
  readonly replacesId?: string | null
  readonly after?: { readonly value: string; readonly id: string } | null
  readonly limit?: number
}

/** Bodies by name, with standings, scopes, conflicts, capacities, loads and units. One statement for all of them. */
export async function candidatesFor(db: Db, asked: CandidatesAsked): Promise<CandidateRow[]> {
  const { on, after, limit } = asked
  const since = `${yearOf(on) - 3}-01-01`
  const decliners = asked.replacesId ? (await declinersOf(db, [asked.replacesId], on)).get(asked.replacesId) : undefined
  const only = asked.memberId ? sql`m.id = ${asked.memberId}` : sql`true`
  const beyond = after ? sql`(m.name, m.id) > (${after.value}, ${after.id}::uuid)` : sql`true`
  const rows = await db.execute<Omit<CandidateRow, 'declinedBefore'> & Record<string, unknown>>(sql`
    with page as (
      select m.id, m.name, m.approval_until_on from ${members} m where ${only} and ${beyond}
      order by m.name, m.id ${limit === undefined ? sql`` : sql`limit ${limit}`})
    select p.id as "memberId", p.name, p.approval_until_on as "approvalUntilOn",
      (select r.revoked_on from approval_revocations r where r.member_id = p.id and r.lifted_at is null) as "approvalRevokedOn",
      coalesce(standings.facts, '[]') as standings, coalesce(scopes.facts, '[]') as scopes,
      coalesce(conflicts.facts, '[]') as conflicts, coalesce(capacities.facts, '[]') as capacities,
      coalesce(loads.facts, '[]') as loads, coalesce(units.cities, '[]') as "unitCities"
    from page p
    left join (${standingFacts}) standings on standings.member_id = p.id
    left join (${scopeFacts}) scopes on scopes.member_id = p.id
    left join (${conflictFacts(asked.enterpriseId)}) conflicts on conflicts.member_id = p.id
    left join (${capacityFacts(since)}) capacities on capacities.member_id = p.id
    left join (${loadFacts(`${yearOf(on)}-01-01`)}) loads on loads.member_id = p.id
    left join (${unitCities(on)}) units on units.member_id = p.id
    order by p.name, p.id`)
  return rows.map((row) => ({ ...row, declinedBefore: decliners?.has(row.memberId) ?? false }))
}

const standingFacts = sql`select member_id, json_agg(json_build_object('standing', standing, 'fromOn', from_on)
    order by from_on) as facts
  from ${memberStandings} where superseded_at is null and member_id in (select id from page) group by 1`

const scopeFacts = sql`select member_id, json_agg(json_build_object('family', family, 'industryCode', industry_code,
    'fromOn', from_on, 'untilOn', until_on) order by id) as facts
  from ${memberScopes} where superseded_at is null and member_id in (select id from page) group by 1`

function conflictFacts(enterpriseId: string | null): SQL {
  return sql`select member_id, json_agg(json_build_object('kind', kind, 'fromOn', from_on, 'untilOn', until_on)
      order by from_on, id) as facts
    from ${conflicts} where superseded_at is null and enterprise_id = ${enterpriseId}::uuid group by 1`
}

function capacityFacts(since: string): SQL {
  return sql`select member_id, json_agg(json_build_object('year', year, 'family', family, 'cases', cases)
      order by year, family) as facts
    from ${capacities} where superseded_at is null and year >= extract(year from ${since}::date)
      and member_id in (select id from page) group by 1`
}

/** Of the secretariat's assignments from a day on; what was declined is none (R7). */
function loadFacts(since: string): SQL {
  return sql`select member_id, json_agg(json_build_object('year', year, 'family', family, 'cases', cases)
      order by year, family) as facts
    from (select member_id, extract(year from assigned_on)::int as year, family, count(*)::int as cases
          from ${assignments} where mode = 'secretariat_assigned' and declined_on is null and ${isNotReplaced}
            and assigned_on >= ${since}::date and member_id in (select id from page) group by 1, 2, 3) counted
    group by 1`
}

function unitCities(on: PlainDate): SQL {
  return sql`select member_id, json_agg(distinct city_code) as cities
    from ${executingUnits} where from_on <= ${on} and (until_on is null or until_on >= ${on})
      and city_code is not null and member_id in (select id from page) group by 1`
}

/** Conflicts that hold on the day with any of the enterprises. */
export async function conflictsWith(db: Db, enterpriseIds: readonly string[], on: PlainDate): Promise<Conflict[]> {
  return db
    .select()
    .from(conflicts)
    .where(
      and(
        sql`${conflicts.enterpriseId} = any(${sql.param([...enterpriseIds])}::uuid[])`,
        isNull(conflicts.supersededAt),
        sql`${conflicts.fromOn} <= ${on} and (${conflicts.untilOn} is null or ${conflicts.untilOn} >= ${on})`,
      ),
    )
}

export type SharedCasesRow = { family: string; industryCode: string | null; on: PlainDate; cases: number }

/** What the secretariat gave out after a day and until another, together by kind and day. */
export async function casesShared(db: Db, after: PlainDate, until: PlainDate): Promise<SharedCasesRow[]> {
  const rows = await db.execute<SharedCasesRow>(sql`
    select family, industry_code as "industryCode", assigned_on as "on", count(*)::int as cases
    from ${assignments} where mode = 'secretariat_assigned' and declined_on is null and ${isNotReplaced}
      and assigned_on > ${after} and assigned_on <= ${until}
    group by 1, 2, 3 order by 3, 1, 2`)
  return [...rows]
}

export type LedgerCounts = { memberId: string; assigned: number; selfSelected: number; declined: number }

/** What each body was given in the window, how, and what it declined (R7). */
export async function ledgerCounts(db: Db, after: PlainDate, until: PlainDate): Promise<LedgerCounts[]> {
  const rows = await db.execute<LedgerCounts>(sql`
    select member_id as "memberId",
      (count(*) filter (where mode = 'secretariat_assigned' and declined_on is null))::int as assigned,
      (count(*) filter (where mode = 'self_selected' and declined_on is null))::int as "selfSelected",
      (count(*) filter (where declined_on is not null))::int as declined
    from ${assignments}
    where assigned_on > ${after} and assigned_on <= ${until} and (declined_on is not null or ${isNotReplaced}) group by 1`)
  return [...rows]
}

export async function insertConflict(tx: Db, conflict: typeof conflicts.$inferInsert): Promise<Conflict> {
  const [inserted] = await tx.insert(conflicts).values(conflict).returning()
  if (!inserted) throw new Error('a conflict of interest was not written')
  return inserted
}

/** The conflict as it stands, locked; superseded ones stand no more. */
export async function lockConflict(tx: Db, id: string): Promise<Conflict | undefined> {
  const found = await tx
    .select()
    .from(conflicts)
    .where(and(eq(conflicts.id, id), isNull(conflicts.supersededAt)))
    .for('no key update')
    .limit(1)
  return found[0]
}

export async function supersedeConflict(tx: Db, id: string, now: Date): Promise<void> {
  await tx.update(conflicts).set({ supersededAt: now }).where(eq(conflicts.id, id))
}

/** A capacity supersedes the one of the same body, year and family. The body's row must be locked. */
export async function replaceCapacity(tx: Db, capacity: typeof capacities.$inferInsert): Promise<Capacity> {
  const family = capacity.family ?? null
  await tx
    .update(capacities)
    .set({ supersededAt: capacity.recordedAt })
    .where(
      and(
        eq(capacities.memberId, capacity.memberId),
        eq(capacities.year, capacity.year),
        family === null ? isNull(capacities.family) : eq(capacities.family, family),
        isNull(capacities.supersededAt),
      ),
    )
  const [inserted] = await tx.insert(capacities).values(capacity).returning()
  if (!inserted) throw new Error('a capacity was not written')
  return inserted
}

/** Of the secretariat's assignments in a year, how many a body has of a family, or (null) of all. */
export async function loadOf(db: Db, memberId: string, year: number, family: string | null): Promise<number> {
  const [row] = await db.execute<{ cases: number }>(sql`
    select count(*)::int as cases from ${assignments}
    where mode = 'secretariat_assigned' and declined_on is null and ${isNotReplaced} and member_id = ${memberId}
      and assigned_on between ${`${year}-01-01`} and ${`${year}-12-31`}
      and ${family === null ? sql`true` : sql`family = ${family}`}`)
  return row?.cases ?? 0
}
