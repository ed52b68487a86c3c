import { z } from 'zod'
import {
  type CalendarYear,
  calendarYearProblems,
  type OfficialCalendar,
  officialCalendar,
} from '../../domain/calendar.ts'
import { deadlineFor, ruleInForce } from '../../domain/deadline-rule.ts'
import { type PlainDate, plainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { type Entry, record } from '../../store/events.ts'
import { lockOpenCounted, type Obligation, setDueDates } from '../../store/obligations.ts'
import { claimCalendar, insertCalendarVersion, type Rulebook, readCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'

const yearInput = z.strictObject({
  notices: z.array(textInput(500)).max(20).default([]),
  offDays: z.array(z.string().max(20)).min(1).max(100),
  makeupWorkdays: z.array(z.string().max(20)).max(100),
})

/** The same shape as the State Council's notices are kept in: `{ "2027": { notices, offDays, makeupWorkdays } }` (R1). */
export const calendarInput = z.strictObject({
  note: textInput(500),
  years: z.record(z.string().regex(/^(19|20|21)\d{2}$/), yearInput),
})

export type CalendarInput = z.infer<typeof calendarInput>

export type CalendarAdded = { readonly version: number; readonly recomputed: readonly Recount[] }
type Recount = {
  readonly obligationId: string
  readonly dueOn: { from: PlainDate; to: PlainDate }
  readonly provisional: boolean
}

/**
 * Adds a version of the official calendar: a new year, or an amended one. Open obligations are recounted with it and
 * each change is recorded; closed ones keep their history (R1). @throws Refusal
 */
export async function addCalendar(registry: Registry, context: Context, input: CalendarInput): Promise<CalendarAdded> {
  authorise(context, 'calendar.manage')
  refuseIfAny(problemsOfCalendar(input))
  const years = input.years as unknown as Record<string, CalendarYear>
  const added = await registry.db.transaction((tx) => addVersion(tx, registry, context, input.note, years))
  registry.rulebooks.forget()
  return added
}

async function addVersion(
  tx: Db,
  registry: Registry,
  context: Context,
  note: string,
  years: Record<string, CalendarYear>,
): Promise<CalendarAdded> {
  await claimCalendar(tx)
  const before = await registry.rulebooks.current(tx)
  if (changesNothing(before.calendar, years)) throw refuse('calendar_unchanged', 'years')
  const version = before.calendar.version + 1
  await insertCalendarVersion(tx, { version, note, recordedAt: context.now, recordedBy: context.actor.id }, years)
  const after = { ...before, calendar: await readCalendar(tx, version) }
  const recomputed = await recountOpen(tx, context, after, firstDayOf(years))
  await record(tx, context, {
    action: 'calendar.added',
    entity: 'calendar',
    entityId: String(version),
    changes: { years: Object.keys(years), note, recomputed: recomputed.length },
  })
  return { version, recomputed }
}

function problemsOfCalendar({ years }: CalendarInput): Problem[] {
  const entries = Object.entries(years)
  if (entries.length === 0) return [problem('years_missing', 'years')]
  return entries.flatMap(([year, data]) =>
    calendarYearProblems(year, data).flatMap(({ path, code, value }) =>
      // A weekday named as make-up workday changes no count; a real notice had one (2020-02-03).
      code === 'makeup_day_is_a_weekday' ? [] : [problem(code, `years.${year}.${path}`, { value })],
    ),
  )
}

function changesNothing(calendar: OfficialCalendar, years: Readonly<Record<string, CalendarYear>>): boolean {
  const proposed = officialCalendar(0, years)
  return [...proposed.years].every(
    ([year, data]) => JSON.stringify(shape(calendar.years.get(year))) === JSON.stringify(shape(data)),
  )
}

function shape(year: unknown): unknown {
  return JSON.parse(
    JSON.stringify(year ?? null, (_, value: unknown) => (value instanceof Set ? [...value].sort() : value)),
  )
}

/** A count that reaches into a changed year may have begun in the year before. */
function firstDayOf(years: Readonly<Record<string, CalendarYear>>): PlainDate {
  return plainDate(`${Object.keys(years).sort()[0]}-01-01`)
}

async function recountOpen(tx: Db, context: Context, rulebook: Rulebook, from: PlainDate): Promise<Recount[]> {
  const open = await lockOpenCounted(tx, from)
  const counted = open.map((obligation) => ({ obligation, due: recounted(obligation, rulebook) }))
  await setDueDates(
    tx,
    counted.map(({ obligation, due }) => ({ id: obligation.id, ...due })),
  )
  const moved = counted.filter(
    ({ obligation, due }) => obligation.dueOn !== due.dueOn || obligation.provisional !== due.provisional,
  )
  await record(tx, context, ...moved.map(({ obligation, due }) => entryOf(obligation, due)))
  return moved.map(({ obligation, due }) => ({
    obligationId: obligation.id,
    dueOn: { from: obligation.dueOn, to: due.dueOn },
    provisional: due.provisional,
  }))
}

type Due = { dueOn: PlainDate; provisional: boolean; calendarVersion: number }

function recounted({ duty, ruleVersion, eventOn }: Obligation, { rules, calendar }: Rulebook): Due {
  const rule =
    rules.find((candidate) => candidate.duty === duty && candidate.version === ruleVersion) ??
    ruleInForce(rules, duty, eventOn)
  const { dueOn, provisional } = deadlineFor(rule, eventOn, calendar)
  return { dueOn, provisional, calendarVersion: calendar.version }
}

function entryOf(obligation: Obligation, due: Due): Entry {
  return {
    action: 'obligation.recounted',
    entity: 'obligation',
    entityId: obligation.id,
    memberId: obligation.memberId,
    onDay: due.dueOn,
    changes: {
      cause: 'calendar',
      calendarVersion: { from: obligation.calendarVersion, to: due.calendarVersion },
      dueOn: { from: obligation.dueOn, to: due.dueOn },
      provisional: { from: obligation.provisional, to: due.provisional },
    },
  }
}
