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

/** The day that an instant falls on in Asia/Shanghai (R1): the one place where an instant becomes a day. */
export function dayInShanghai(instant: Date): PlainDate {
  return plainDate(shanghaiDay.format(instant))
}
