import { type PlainDate, plainDate } from './domain/plain-date.ts'

/** The only reader of the wall clock: `now` and `today` travel from the door inwards as data. */
export type Clock = { now(): Date }

export const systemClock: Clock = { now: () => new Date() }

const shanghaiDay = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

/** The last instant of a day in Asia/Shanghai: what was recorded by then was recorded by that day. */
export function endOfDay(day: PlainDate): Date {
  return new Date(`${day}T23:59:59.999+08:00`)
}

const hourMs = 3_600_000
let latest: { readonly hour: number; readonly day: PlainDate } | undefined

/**
 * The day that an instant falls on in Asia/Shanghai (R1): the one place where an instant becomes a day. It begins on a
 * full hour, so the day of the hour is remembered: each request asks, and the calendar of the platform is slow.
 */
export function dayInShanghai(instant: Date): PlainDate {
  const hour = Math.floor(instant.getTime() / hourMs)
  if (latest?.hour !== hour) latest = { hour, day: plainDate(shanghaiDay.format(instant)) }
  return latest.day
}
