/**
 * A calendar day in Asia/Shanghai, written `YYYY-MM-DD`: never an instant, never with a time zone (R1).
 * ISO text sorts as days do, so `<` and `===` compare two of them.
 */
declare const plainDateBrand: unique symbol
export type PlainDate = string & { readonly [plainDateBrand]: 'PlainDate' }

const shape = /^(\d{4})-(\d{2})-(\d{2})$/

/**
 * Days since 1 March of the year 0, in whole numbers: years that begin in March have their leap day last. A `Date` for
 * each step takes three times as long, and calendars take steps by the thousand.
 */
function numberOf(day: PlainDate): number {
  return numberOfParts(yearOf(day), monthOf(day), dayOfMonth(day))
}

function numberOfParts(year: number, month: number, dayOfMonth: number): number {
  const monthsSinceMarch = (month + 9) % 12
  const marchYear = month < 3 ? year - 1 : year
  return daysBeforeYear(marchYear) + daysBeforeMonth(monthsSinceMarch) + dayOfMonth - 1
}

function daysBeforeYear(marchYear: number): number {
  return 365 * marchYear + Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
}

/** March to July and August to December are the same five months: 31, 30, 31, 30, 31 days, 153 together. */
function daysBeforeMonth(monthsSinceMarch: number): number {
  return Math.floor((153 * monthsSinceMarch + 2) / 5)
}

const firstNumber = numberOfParts(1, 1, 1)
const lastNumber = numberOfParts(9999, 12, 31)
const averageYear = 365.2425

/** @throws RangeError outside the years 0001 to 9999, whose text would not sort as days do, and for no whole number. */
function dayOfNumber(number: number): PlainDate {
  if (!Number.isInteger(number) || number < firstNumber || number > lastNumber)
    throw new RangeError('a day outside the years 0001 to 9999')
  const guess = Math.floor((number + 1) / averageYear)
  const marchYear = daysBeforeYear(guess) > number ? guess - 1 : daysBeforeYear(guess + 1) <= number ? guess + 1 : guess
  const ofYear = number - daysBeforeYear(marchYear)
  const monthsSinceMarch = Math.floor((5 * ofYear + 2) / 153)
  const month = monthsSinceMarch < 10 ? monthsSinceMarch + 3 : monthsSinceMarch - 9
  return dayOfParts(month < 3 ? marchYear + 1 : marchYear, month, ofYear - daysBeforeMonth(monthsSinceMarch) + 1)
}

function dayOfParts(year: number, month: number, dayOfMonth: number): PlainDate {
  const digits = 10_000 * year + 100 * month + dayOfMonth
  const text = String(digits).padStart(8, '0')
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` as PlainDate
}

/** The day that `text` names, or undefined when there is no such day (2025-02-30, 0000-00-00, 25-1-1). */
export function parsePlainDate(text: string): PlainDate | undefined {
  const [, year, month, dayOfMonth] = shape.exec(text) ?? []
  if (year === undefined || year === '0000') return undefined
  const isDay = Number(dayOfMonth) >= 1 && Number(dayOfMonth) <= daysInMonth(Number(year), Number(month))
  return isDay ? (text as PlainDate) : undefined
}

const daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** None where there is no such month. */
function daysInMonth(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && isLeapYear ? 29 : (daysOfMonths[month - 1] ?? 0)
}

/** For days known to be right, in code and tests. @throws RangeError when there is no such day. */
export function plainDate(text: string): PlainDate {
  const day = parsePlainDate(text)
  if (!day) throw new RangeError(`not a day: ${text}`)
  return day
}

export function addDays(day: PlainDate, days: number): PlainDate {
  return dayOfNumber(numberOf(day) + days)
}

/** `until` minus `from` in calendar days. */
export function daysBetween(from: PlainDate, until: PlainDate): number {
  return numberOf(until) - numberOf(from)
}

/** The same day of a later month; a day that the month does not have becomes its last (29 February → 28, R4). */
export function addMonths(day: PlainDate, months: number): PlainDate {
  if (!Number.isInteger(months)) throw new RangeError(`not a number of months: ${months}`)
  const monthIndex = yearOf(day) * 12 + (monthOf(day) - 1) + months
  const year = Math.floor(monthIndex / 12)
  const month = monthIndex - year * 12 + 1
  return dayOfNumber(numberOfParts(year, month, Math.min(dayOfMonth(day), daysInMonth(year, month))))
}

export function yearOf(day: PlainDate): number {
  return Number(day.slice(0, 4))
}

export function monthOf(day: PlainDate): number {
  return Number(day.slice(5, 7))
}

export function dayOfMonth(day: PlainDate): number {
  return Number(day.slice(8, 10))
}

/** Monday 1 … Sunday 7. */
export function weekdayOf(day: PlainDate): number {
  // Day 2 of the count, 3 March of the year 0, is a Friday.
  return ((numberOf(day) + 2) % 7) + 1
}

export function earlierOf(a: PlainDate, b: PlainDate): PlainDate {
  return a < b ? a : b
}

export function laterOf(a: PlainDate, b: PlainDate): PlainDate {
  return a > b ? a : b
}

/** True from `fromOn` to `untilOn`, both days included; no `untilOn` means open-ended. */
export function holdsOn(span: { fromOn: PlainDate; untilOn: PlainDate | null }, on: PlainDate): boolean {
  return span.fromOn <= on && (span.untilOn === null || on <= span.untilOn)
}

export function firstOfMonth(day: PlainDate): PlainDate {
  return `${day.slice(0, 8)}01` as PlainDate
}

export function lastOfMonth(day: PlainDate): PlainDate {
  return addDays(addMonths(firstOfMonth(day), 1), -1)
}

/** Days from `from` to `until`, or whole months named by their first days; both ends included, null is open. */
export type DaySpan = {
  readonly span: 'day' | 'month'
  readonly from: PlainDate | null
  readonly until: PlainDate | null
}

/**
 * The days from `from` to `until` (null is open) as whole months and the days at the ends, each day once: what is
 * counted by day and by month is summed from few counts, and exact to the day.
 */
export function spansOf(from: PlainDate | null, until: PlainDate | null): DaySpan[] {
  if (from !== null && until !== null && from > until) return []
  const firstMonth = from && firstOfMonth(from) !== from ? addMonths(firstOfMonth(from), 1) : from
  const monthsUntil = until && (lastOfMonth(until) === until ? addDays(until, 1) : firstOfMonth(until))
  if (firstMonth !== null && monthsUntil !== null && firstMonth >= monthsUntil) return [{ span: 'day', from, until }]
  const lastMonth = monthsUntil && addMonths(monthsUntil, -1)
  return [
    ...(firstMonth !== null && firstMonth !== from
      ? [{ span: 'day', from, until: addDays(firstMonth, -1) } as const]
      : []),
    { span: 'month', from: firstMonth, until: lastMonth },
    ...(monthsUntil !== null && until !== null && monthsUntil <= until
      ? [{ span: 'day', from: monthsUntil, until } as const]
      : []),
  ]
}

/** A day as official documents write it: 2026年12月5日. */
export function dayInWords(day: string): string {
  const [year, month, date] = day.split('-').map(Number)
  return `${year}年${month}月${date}日`
}
