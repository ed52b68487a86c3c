import { z } from 'zod'
import {
  type CalendarYear,
  calendarYearProblems,
  type OfficialCalendar,
  officialCalendar,
} from '../../domain/calendar.ts'
import { type PlainDate, plainDate } from '../../domain/plain-date.ts'
import { type Problem, problem, refuse, refuseIfAny } from '../../domain/refusals.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { lockOpenCounted } from '../../store/obligations.ts'
import { claimCalendar, insertCalendarVersion, readCalendar } from '../../store/rulebook.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { textInput } from '../inputs.ts'
import { type Recount, recountCounted } from '../obligations/recount-counted.ts'

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
  const open = await lockOpenCounted(tx, firstDayOf(years))
  const recomputed = await recountCounted(tx, context, after, open)
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
