import { eq, lte, sql } from 'drizzle-orm'
import { type CalendarYear, type OfficialCalendar, officialCalendar } from '../domain/calendar.ts'
import type { DeadlineRule } from '../domain/deadline-rule.ts'
import type { EscalationRule } from '../domain/escalation.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { keptRows } from './kept-queries.ts'
import { calendarVersions, calendarYears, deadlineRules, escalationRules } from './schema/schemes.ts'

/** The calendar and the deadline rules in force: what a due date is computed with. */
export type Rulebook = { readonly calendar: OfficialCalendar; readonly rules: readonly DeadlineRule[] }

/** Keeps calendars that were read; a version never changes, so a kept one is never stale. */
export type RulebookShelf = {
  /** As it stands in the database: for whatever is written, and for a single row. */
  current(db: Db): Promise<Rulebook>
  /** At most a second old: for lists, which would otherwise ask twice for each page. */
  recent(db: Db): Promise<Rulebook>
  /** What this process has just changed is not remembered as it was. */
  forget(): void
  version(db: Db, version: number): Promise<OfficialCalendar>
}

/** Writers of a new calendar hold this lock alone, everybody who computes a due date shares it. */
const calendarLock = 4_019_211

export function rulebookShelf(): RulebookShelf {
  const calendars = new Map<number, OfficialCalendar>()
  const version = async (db: Db, number: number) => {
    const kept = calendars.get(number)
    if (kept) return kept
    const read = await readCalendar(db, number)
    calendars.set(number, read)
    return read
  }
  const current = async (db: Db) => {
    const [row] = await selectInForce(db)
    if (!row) throw new Error('the calendar is empty: run the migration')
    return { calendar: await version(db, row.version), rules: row.rules }
  }
  return { current, version, ...remembering(current) }
}

const selectInForce = keptRows<{ version: number; rules: DeadlineRule[] }>(sql`
  select (select max(version) from ${calendarVersions}) as version,
         (select json_agg(json_build_object(
            'duty', duty, 'version', version, 'effectiveOn', effective_on, 'startEvent', start_event,
            'limit', "limit", 'dueSoonWorkingDays', due_soon_working_days, 'clause', clause))
          from ${deadlineRules}) as rules`)

const rememberedMs = 1_000

/** The latest answer, for a second from when it was asked for. A failure is not remembered. */
function remembering(read: RulebookShelf['current']): Pick<RulebookShelf, 'recent' | 'forget'> {
  let latest: { readonly answer: Promise<Rulebook>; readonly askedAt: number } | undefined
  const forget = () => {
    latest = undefined
  }
  const recent = (db: Db) => {
    if (latest && performance.now() - latest.askedAt < rememberedMs) return latest.answer
    const asked = { answer: read(db), askedAt: performance.now() }
    latest = asked
    asked.answer.catch(() => {
      if (latest === asked) forget()
    })
    return asked.answer
  }
  return { recent, forget }
}

/** Taken by a statement of the transaction that computes due dates. */
export const calendarShared = `pg_advisory_xact_lock_shared(${calendarLock})`

/** Inside a transaction that computes due dates: nobody puts a new calendar in before it ends. */
export async function shareCalendar(tx: Db): Promise<void> {
  await tx.execute(sql.raw(`select ${calendarShared}`))
}

/** Inside the transaction that puts a new calendar in: waits for everybody who computes with the old one. */
export async function claimCalendar(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${calendarLock})`)
}

/** Reads a version afresh; inside the transaction that writes it, as what is not committed must not be kept. */
export async function readCalendar(db: Db, version: number): Promise<OfficialCalendar> {
  return officialCalendar(version, await readYears(db, version))
}

async function readYears(db: Db, version: number): Promise<Record<string, CalendarYear>> {
  const rows = await db
    .selectDistinctOn([calendarYears.year])
    .from(calendarYears)
    .where(lte(calendarYears.version, version))
    .orderBy(calendarYears.year, sql`${calendarYears.version} desc`)
  return Object.fromEntries(
    rows.map(({ year, notices, offDays, makeupWorkdays }) => [year, { notices, offDays, makeupWorkdays }]),
  )
}

export async function insertCalendarVersion(
  tx: Db,
  version: { version: number; note: string; recordedAt: Date; recordedBy: string },
  years: Readonly<Record<string, CalendarYear>>,
): Promise<void> {
  await tx.insert(calendarVersions).values(version)
  await tx.insert(calendarYears).values(
    Object.entries(years).map(([year, data]) => ({
      version: version.version,
      year: Number(year),
      notices: [...data.notices],
      offDays: [...data.offDays] as PlainDate[],
      makeupWorkdays: [...data.makeupWorkdays] as PlainDate[],
    })),
  )
}

export async function insertDeadlineRule(tx: Db, rule: typeof deadlineRules.$inferInsert): Promise<void> {
  await tx.insert(deadlineRules).values(rule)
}

export async function insertEscalationRule(tx: Db, rule: typeof escalationRules.$inferInsert): Promise<void> {
  await tx.insert(escalationRules).values(rule)
}

/** What is said around a due day, in all its versions, oldest first. */
export async function readEscalationRules(db: Db): Promise<EscalationRule[]> {
  return db
    .select({
      version: escalationRules.version,
      effectiveOn: escalationRules.effectiveOn,
      workingDays: escalationRules.workingDays,
      clause: escalationRules.clause,
    })
    .from(escalationRules)
    .orderBy(escalationRules.version)
}

export async function listCalendarVersions(db: Db) {
  return db
    .select({
      version: calendarVersions.version,
      note: calendarVersions.note,
      recordedAt: calendarVersions.recordedAt,
      years: sql<number[]>`array_agg(${calendarYears.year} order by ${calendarYears.year})`,
    })
    .from(calendarVersions)
    .innerJoin(calendarYears, eq(calendarYears.version, calendarVersions.version))
    .groupBy(calendarVersions.version)
    .orderBy(calendarVersions.version)
}

/** Puts the calendar and the rules of the product into an empty database; leaves what is there. */
export async function seedRulebook(
  tx: Db,
  years: Readonly<Record<string, CalendarYear>>,
  rules: readonly DeadlineRule[],
  escalations: readonly EscalationRule[],
  now: Date,
): Promise<void> {
  const [row] = await tx.execute<{ version: number | null }>(
    sql`select max(version) as version from ${calendarVersions}`,
  )
  if (row?.version == null) {
    await insertCalendarVersion(
      tx,
      { version: 1, note: '随产品提供 / comes with the product', recordedAt: now, recordedBy: 'system' },
      years,
    )
  }
  await tx
    .insert(deadlineRules)
    .values(rules.map((rule) => ({ ...rule, recordedAt: now, recordedBy: 'system' })))
    .onConflictDoNothing()
  await tx
    .insert(escalationRules)
    .values(escalations.map((rule) => ({ ...rule, recordedAt: now, recordedBy: 'system' })))
    .onConflictDoNothing()
}
