import { addDays, type PlainDate, parsePlainDate, plainDate, weekdayOf, yearOf } from './plain-date.ts'

/** What the State Council's notice (or notices, when amended) says of one year (R1). */
export type CalendarYear = {
  notices: readonly string[]
  offDays: readonly PlainDate[]
  makeupWorkdays: readonly PlainDate[]
}

type NoticeYear = { readonly offDays: ReadonlySet<PlainDate>; readonly makeupWorkdays: ReadonlySet<PlainDate> }

/** The years with a notice, and the version that a due date is stored with (R1). Build it once and keep it. */
export type OfficialCalendar = { readonly version: number; readonly years: ReadonlyMap<number, NoticeYear> }

/** `statutory_day` occurs only in a year with no notice: there the law says so and nobody has yet arranged the rest. */
export type DayKind = 'working_day' | 'makeup_workday' | 'weekend' | 'holiday' | 'statutory_day'

export type CalendarDay = { readonly on: PlainDate; readonly kind: DayKind }

export type CalendarYearProblem = {
  path: string
  code: 'date_does_not_exist' | 'date_outside_year' | 'day_listed_twice' | 'makeup_day_is_a_weekday'
  value: string
}

/**
 * A due date that explains itself (R2). `counted` and `skipped` hold every day after `from` up to `dueOn`, once.
 * `provisional`: one of those days lies in a year with no notice.
 */
export type DueDate = {
  from: PlainDate
  workingDays: number
  dueOn: PlainDate
  counted: CalendarDay[]
  skipped: CalendarDay[]
  provisional: boolean
  calendarVersion: number
}

// ---- The official calendar

/**
 * @param years keyed `YYYY`.
 * @throws RangeError when a year lists a day that the rules below would overlook: outside it, twice, or no day at all.
 */
export function officialCalendar(version: number, years: Readonly<Record<string, CalendarYear>>): OfficialCalendar {
  return { version, years: new Map(Object.entries(years).map(noticeYear)) }
}

function noticeYear([year, data]: [string, CalendarYear]): [number, NoticeYear] {
  // A make-up Monday changes no count: the amended notice of 2020 has one, 2020-02-03.
  const problem = calendarYearProblems(year, data).find(({ code }) => code !== 'makeup_day_is_a_weekday')
  if (problem) throw new RangeError(`calendar year ${year}: ${problem.code} ${problem.value} at ${problem.path}`)
  return [Number(year), { offDays: new Set(data.offDays), makeupWorkdays: new Set(data.makeupWorkdays) }]
}

/**
 * What is wrong with a year that a person wants to add; `path` is `offDays[0]` or `makeupWorkdays[0]`.
 * A day that a notice gives in a neighbouring year (2022-12-31, in the notice for 2023) belongs to its own year here.
 */
export function calendarYearProblems(
  year: string,
  data: { offDays: readonly string[]; makeupWorkdays: readonly string[] },
): CalendarYearProblem[] {
  const listed = new Set<string>()
  const check = (list: 'offDays' | 'makeupWorkdays') =>
    data[list].flatMap((value, index) => {
      const codes = dayProblems(year, value, list === 'makeupWorkdays', listed.has(value))
      listed.add(value)
      return codes.map((code) => ({ path: `${list}[${index}]`, code, value }))
    })
  return [...check('offDays'), ...check('makeupWorkdays')]
}

function dayProblems(year: string, value: string, isMakeup: boolean, isListed: boolean): CalendarYearProblem['code'][] {
  const day = parsePlainDate(value)
  if (!day) return ['date_does_not_exist']
  const codes: CalendarYearProblem['code'][] = []
  if (!value.startsWith(`${year}-`)) codes.push('date_outside_year')
  if (isListed) codes.push('day_listed_twice')
  if (isMakeup && !isWeekend(day)) codes.push('makeup_day_is_a_weekday')
  return codes
}

function isWeekend(day: PlainDate): boolean {
  return weekdayOf(day) > 5
}

// ---- The fallback for a year with no notice

/** 全国年节及纪念日放假办法 of 2024-11-10: New Year, Labour Day (2), National Day (3). */
const fixedStatutoryDays = ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03']

/**
 * The days that follow the moon and the sun, from the first year of the 2024 办法: Spring Festival's eve, Qingming,
 * Dragon Boat, Mid-Autumn. New moons fall minutes from midnight (2027-02-06 23:55, 2030-02-03 00:07), so calendars
 * built into platforms differ by a day; these were checked against the moments themselves, in Beijing time.
 */
const movingStatutoryDays: Readonly<Record<number, readonly [eve: string, ...others: string[]]>> = {
  2025: ['01-28', '04-04', '05-31', '10-06'],
  2026: ['02-16', '04-05', '06-19', '09-25'],
  2027: ['02-05', '04-05', '06-09', '09-15'],
  2028: ['01-25', '04-04', '05-28', '10-03'],
  2029: ['02-12', '04-04', '06-16', '09-22'],
  2030: ['02-02', '04-05', '06-05', '09-12'],
  2031: ['01-22', '04-05', '06-24', '10-01'],
  2032: ['02-10', '04-04', '06-12', '09-19'],
  2033: ['01-30', '04-04', '06-01', '09-08'],
  2034: ['02-18', '04-05', '06-20', '09-27'],
  2035: ['02-07', '04-05', '06-10', '09-16'],
  2036: ['01-27', '04-04', '05-30', '10-04'],
  2037: ['02-14', '04-04', '06-18', '09-24'],
  2038: ['02-03', '04-05', '06-07', '09-13'],
  2039: ['01-23', '04-05', '05-27', '10-02'],
  2040: ['02-11', '04-04', '06-14', '09-20'],
}

/**
 * The statutory days, in order: 13 in 2025–2040 (12 where Mid-Autumn meets National Day: 2028, 2031, 2039).
 * In any other year only the six with fixed dates: the law differed before, and nobody looked further ahead.
 */
export function statutoryDays(year: number): readonly PlainDate[] {
  const inYear = (monthAndDay: string) => plainDate(`${yearText(year)}-${monthAndDay}`)
  const days = [...fixedStatutoryDays.map(inYear), ...movingDays(year, inYear)]
  return [...new Set(days)].sort()
}

function movingDays(year: number, inYear: (monthAndDay: string) => PlainDate): PlainDate[] {
  const written = movingStatutoryDays[year]
  if (!written) return []
  const [eve, ...others] = written
  const springFestival = [0, 1, 2, 3].map((days) => addDays(inYear(eve), days))
  return [...springFestival, ...others.map(inYear)]
}

function yearText(year: number): string {
  return String(year).padStart(4, '0')
}

// ---- A year, day by day

type Slot = {
  readonly day: CalendarDay
  /** 0 on 1 January. */
  readonly index: number
  readonly working: boolean
  /** Working days of the year up to this day, itself included. */
  readonly workingThrough: number
}

type YearOfDays = {
  readonly slots: readonly Slot[]
  readonly slotOf: ReadonlyMap<PlainDate, Slot>
  readonly workingDays: readonly PlainDate[]
}

/** Laid out on first use: an import asks a million times about a handful of years. */
const yearsLaidOut = new WeakMap<OfficialCalendar, Map<number, YearOfDays>>()

/** More years than an honest question reaches; dirty dates (0001-01-01, 9999-12-31) must not fill the memory. */
const yearsKeptMax = 200

function yearOfDays(calendar: OfficialCalendar, year: number): YearOfDays {
  const kept = yearsLaidOut.get(calendar) ?? new Map<number, YearOfDays>()
  const found = kept.get(year)
  if (found) return found
  if (kept.size >= yearsKeptMax) kept.clear()
  const made = layOut(year, kindsOfYear(calendar, year))
  yearsLaidOut.set(calendar, kept.set(year, made))
  return made
}

/** @throws RangeError outside the years 0001 to 9999, which ends every search. */
function layOut(year: number, kindOf: (day: PlainDate) => DayKind): YearOfDays {
  const slots: Slot[] = []
  const workingDays: PlainDate[] = []
  const first = plainDate(`${yearText(year)}-01-01`)
  const length = isLeapYear(year) ? 366 : 365
  for (let index = 0; index < length; index += 1) {
    const on = addDays(first, index)
    const kind = kindOf(on)
    const working = kind === 'working_day' || kind === 'makeup_workday'
    if (working) workingDays.push(on)
    slots.push({ day: Object.freeze({ on, kind }), index, working, workingThrough: workingDays.length })
  }
  return { slots, slotOf: new Map(slots.map((slot) => [slot.day.on, slot])), workingDays }
}

function isLeapYear(year: number): boolean {
  return parsePlainDate(`${yearText(year)}-02-29`) !== undefined
}

function kindsOfYear(calendar: OfficialCalendar, year: number): (day: PlainDate) => DayKind {
  const notice = calendar.years.get(year)
  if (notice) return (day) => kindByNotice(notice, day)
  const statutory = new Set(statutoryDays(year))
  return (day) => (statutory.has(day) ? 'statutory_day' : kindByWeekday(day))
}

function kindByNotice(notice: NoticeYear, day: PlainDate): DayKind {
  if (notice.offDays.has(day)) return 'holiday'
  return notice.makeupWorkdays.has(day) && isWeekend(day) ? 'makeup_workday' : kindByWeekday(day)
}

function kindByWeekday(day: PlainDate): DayKind {
  return isWeekend(day) ? 'weekend' : 'working_day'
}

/** @throws RangeError for text that was never parsed into a day. */
function slotOn(calendar: OfficialCalendar, day: PlainDate): Slot {
  const slot = yearOfDays(calendar, yearOf(day)).slotOf.get(day)
  if (!slot) throw new RangeError(`not a day: ${day}`)
  return slot
}

// ---- Questions

/** `provisional`: the year has no notice yet, so the kind is what the law alone gives (R1). */
export function dayOn(
  calendar: OfficialCalendar,
  day: PlainDate,
): { on: PlainDate; kind: DayKind; working: boolean; provisional: boolean } {
  const slot = slotOn(calendar, day)
  return { ...slot.day, working: slot.working, provisional: !calendar.years.has(yearOf(day)) }
}

export function isWorkingDay(calendar: OfficialCalendar, day: PlainDate): boolean {
  return slotOn(calendar, day).working
}

/**
 * Day 0 is the event day, of whatever kind, and does not count (民法典 201); day n is the due date, which ends at
 * 24:00 (民法典 203): what is done on the due date is on time (R2). Zero working days is the day itself.
 * @throws RangeError when `workingDays` is not a whole number ≥ 0.
 */
export function dueAfterWorkingDays(calendar: OfficialCalendar, from: PlainDate, workingDays: number): DueDate {
  const { dueOn, provisional } = dueOnAfterWorkingDays(calendar, from, workingDays)
  const counted: CalendarDay[] = []
  const skipped: CalendarDay[] = []
  for (const slot of slotsAfter(calendar, from, dueOn)) (slot.working ? counted : skipped).push(slot.day)
  return { from, workingDays, dueOn, counted, skipped, provisional, calendarVersion: calendar.version }
}

/** The same answer without its explanation, for bulk work. */
export function dueOnAfterWorkingDays(
  calendar: OfficialCalendar,
  from: PlainDate,
  workingDays: number,
): { dueOn: PlainDate; provisional: boolean } {
  if (workingDays < 0) throw new RangeError(`not a number of working days to wait: ${workingDays}`)
  const dueOn = shiftWorkingDays(calendar, from, workingDays)
  return { dueOn, provisional: reachesYearWithoutNotice(calendar, from, dueOn) }
}

/**
 * The nth working day after `day`, or before it when negative: −2 is the day of a reminder (R2).
 * Zero is the day itself, of whatever kind.
 * @throws RangeError when `workingDays` is not a whole number, or leads out of the years 0001 to 9999.
 */
export function shiftWorkingDays(calendar: OfficialCalendar, day: PlainDate, workingDays: number): PlainDate {
  if (!Number.isInteger(workingDays)) throw new RangeError(`not a number of working days: ${workingDays}`)
  if (workingDays === 0) return day
  const { working, workingThrough } = slotOn(calendar, day)
  // Going back starts from the first working day on or after `day`, so a day off stands before that one.
  const start = workingDays < 0 && !working ? workingThrough + 1 : workingThrough
  return nthWorkingDay(calendar, yearOf(day), start + workingDays)
}

/** Working days d with `after` < d ≤ `until`; 0 when `until` is not later (R2, days late). */
export function workingDaysBetween(calendar: OfficialCalendar, after: PlainDate, until: PlainDate): number {
  if (until <= after) return 0
  let days = slotOn(calendar, until).workingThrough - slotOn(calendar, after).workingThrough
  for (let year = yearOf(after); year < yearOf(until); year += 1) days += workingDaysIn(calendar, year)
  return days
}

/** Of each day from `first` to `until`, in order: the working days d with `first` ≤ d ≤ that day. */
export function workingDaysUpToEach(calendar: OfficialCalendar, first: PlainDate, until: PlainDate): number[] {
  if (until < first) return []
  let counted = isWorkingDay(calendar, first) ? 1 : 0
  const counts = [counted]
  for (const { working } of slotsAfter(calendar, first, until)) {
    if (working) counted += 1
    counts.push(counted)
  }
  return counts
}

/** Of a list asked for in the year 2999, every row counts through a thousand years. */
const workingDaysCounted = new WeakMap<OfficialCalendar, Map<number, number>>()

function workingDaysIn(calendar: OfficialCalendar, year: number): number {
  const kept = workingDaysCounted.get(calendar) ?? new Map<number, number>()
  const found = kept.get(year)
  if (found !== undefined) return found
  const days = calendar.years.has(year) ? yearOfDays(calendar, year).workingDays.length : workingDaysByLaw(year)
  workingDaysCounted.set(calendar, kept.set(year, days))
  return days
}

/** Of a year with no notice, without laying it out, which for a thousand of them costs far more than the answer. */
function workingDaysByLaw(year: number): number {
  const beyond52Weeks = isLeapYear(year) ? ['12-30', '12-31'] : ['12-31']
  const weekdays = 52 * 5 + beyond52Weeks.filter((day) => !isWeekend(plainDate(`${yearText(year)}-${day}`))).length
  return weekdays - statutoryDays(year).filter((day) => !isWeekend(day)).length
}

export function lastWorkingDayOnOrBefore(calendar: OfficialCalendar, day: PlainDate): PlainDate {
  return nthWorkingDay(calendar, yearOf(day), slotOn(calendar, day).workingThrough)
}

/** Working day `nth` of the year, from 1; 0 is the last of the year before, one past the end the first of the next. */
function nthWorkingDay(calendar: OfficialCalendar, startYear: number, nth: number): PlainDate {
  let year = startYear
  let { workingDays } = yearOfDays(calendar, year)
  let remaining = nth
  while (remaining > workingDays.length) {
    remaining -= workingDays.length
    year += 1
    workingDays = yearOfDays(calendar, year).workingDays
  }
  while (remaining < 1) {
    year -= 1
    workingDays = yearOfDays(calendar, year).workingDays
    remaining += workingDays.length
  }
  const found = workingDays[remaining - 1]
  if (!found) throw new RangeError(`no working day ${nth} of ${startYear}`)
  return found
}

/** Every day after `after` up to `until`, in order. */
function* slotsAfter(calendar: OfficialCalendar, after: PlainDate, until: PlainDate): Generator<Slot> {
  let index = slotOn(calendar, after).index + 1
  for (let year = yearOf(after); year <= yearOf(until); year += 1) {
    const { slots } = yearOfDays(calendar, year)
    for (; index < slots.length; index += 1) {
      const slot = slots[index]
      if (!slot || slot.day.on > until) return
      yield slot
    }
    index = 0
  }
}

/** A notice is asked for only where a day was counted or skipped: from 31 December the old year no longer matters. */
function reachesYearWithoutNotice(calendar: OfficialCalendar, after: PlainDate, until: PlainDate): boolean {
  if (until <= after) return false
  const firstYear = yearOf(after) + (after.endsWith('-12-31') ? 1 : 0)
  for (let year = firstYear; year <= yearOf(until); year += 1) {
    if (!calendar.years.has(year)) return true
  }
  return false
}
