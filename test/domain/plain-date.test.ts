import fc from 'fast-check'
import t from 'tap'
import {
  addDays,
  addMonths,
  type DaySpan,
  dayOfMonth,
  daysBetween,
  earlierOf,
  holdsOn,
  lastOfMonth,
  laterOf,
  monthOf,
  type PlainDate,
  parsePlainDate,
  plainDate,
  spansOf,
  weekdayOf,
  yearOf,
} from '../../src/domain/plain-date.ts'

const dayFrom = (first: string, last: string): fc.Arbitrary<PlainDate> =>
  fc.integer({ min: 0, max: daysBetween(plainDate(first), plainDate(last)) }).map((n) => addDays(plainDate(first), n))
const anyDay = dayFrom('0102-01-01', '9899-12-31')

t.test('a text is a day only when the calendar has that day', async (t) => {
  const table: [text: string, isDay: boolean][] = [
    ['2025-02-28', true],
    ['2025-02-29', false],
    ['2024-02-29', true],
    ['1900-02-29', false],
    ['2000-02-29', true],
    ['2025-04-31', false],
    ['2025-12-31', true],
    ['2025-13-01', false],
    ['2025-00-10', false],
    ['2025-01-00', false],
    ['0000-00-00', false],
    ['0000-01-01', false],
    ['0001-01-01', true],
    ['9999-12-31', true],
    ['25-1-1', false],
    ['2025-1-1', false],
    ['20250101', false],
    ['2025/01/01', false],
    ['2025-01-01T00:00:00Z', false],
    [' 2025-01-01', false],
    ['2025-01-01\n', false],
    ['２０２５-01-01', false],
    ['+002025-01-01', false],
    ['', false],
  ]
  for (const [text, isDay] of table) t.equal(parsePlainDate(text) !== undefined, isDay, JSON.stringify(text))
})

t.test('a day that is known to be right is refused aloud when it is not', async (t) => {
  t.equal(plainDate('2025-02-28'), '2025-02-28')
  t.throws(() => plainDate('2025-02-30'), new RangeError('not a day: 2025-02-30'))
})

t.test('days are added across months, leap days and years', async (t) => {
  const table: [from: string, days: number, expected: string][] = [
    ['2024-02-28', 1, '2024-02-29'],
    ['2024-02-29', 1, '2024-03-01'],
    ['2025-02-28', 1, '2025-03-01'],
    ['2025-12-31', 1, '2026-01-01'],
    ['2026-01-01', -1, '2025-12-31'],
    ['2026-01-01', 0, '2026-01-01'],
    ['2024-01-01', 366, '2025-01-01'],
    ['1991-04-13', 2, '1991-04-15'],
  ]
  for (const [from, days, expected] of table) {
    t.equal(addDays(plainDate(from), days), expected, `${from} and ${days} days`)
    t.equal(daysBetween(plainDate(from), plainDate(expected)), days, `${days} days from ${from} until ${expected}`)
  }
})

t.test('a month later is the same day, or the last day of a month that does not have it', async (t) => {
  const table: [from: string, months: number, expected: string][] = [
    ['2024-02-29', 12, '2025-02-28'],
    ['2024-02-29', 36, '2027-02-28'],
    ['2024-02-29', 48, '2028-02-29'],
    ['2024-02-29', -12, '2023-02-28'],
    ['2025-01-31', 1, '2025-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2025-03-31', 1, '2025-04-30'],
    ['2025-03-31', -1, '2025-02-28'],
    ['2025-12-15', 1, '2026-01-15'],
    ['2026-01-15', -1, '2025-12-15'],
    ['2025-06-30', 0, '2025-06-30'],
    ['2025-11-30', 3, '2026-02-28'],
    ['2025-05-06', 36, '2028-05-06'],
  ]
  for (const [from, months, expected] of table) {
    t.equal(addMonths(plainDate(from), months), expected, `${from} and ${months} months`)
  }
})

t.test('the first century is not read as the twentieth', async (t) => {
  t.equal(addMonths(plainDate('0050-01-31'), 1), '0050-02-28')
  t.equal(addMonths(plainDate('0099-12-15'), 1), '0100-01-15')
  t.equal(addMonths(plainDate('0100-01-15'), -1), '0099-12-15')
})

t.test('a day outside the years 0001 to 9999 is refused and never becomes a text that sorts wrongly', async (t) => {
  t.throws(() => addDays(plainDate('9999-12-31'), 1), RangeError)
  t.throws(() => addDays(plainDate('0001-01-01'), -1), RangeError)
  t.throws(() => addMonths(plainDate('9999-12-01'), 1), RangeError)
  t.throws(() => addMonths(plainDate('0001-01-31'), -1), RangeError)
  t.throws(() => addDays(plainDate('2025-01-01'), Number.NaN), RangeError)
  t.throws(() => addDays(plainDate('2025-01-01'), 0.5), RangeError)
  t.throws(() => addMonths(plainDate('2025-01-01'), 0.5), RangeError)
})

t.test('a week begins on Monday, which is 1, and ends on Sunday, which is 7', async (t) => {
  const monday = plainDate('2026-01-05')
  t.strictSame(
    [0, 1, 2, 3, 4, 5, 6].map((n) => weekdayOf(addDays(monday, n))),
    [1, 2, 3, 4, 5, 6, 7],
  )
  t.equal(weekdayOf(plainDate('2024-02-29')), 4, 'the leap day of 2024 was a Thursday')
})

t.test('year, month and day of the month are read off the text', async (t) => {
  const day = plainDate('2026-09-08')
  t.strictSame([yearOf(day), monthOf(day), dayOfMonth(day)], [2026, 9, 8])
})

t.test('of two days the earlier and the later are known, and a day is both beside itself', async (t) => {
  const [a, b] = [plainDate('2025-12-31'), plainDate('2026-01-01')]
  t.strictSame([earlierOf(a, b), earlierOf(b, a), earlierOf(a, a)], [a, a, a])
  t.strictSame([laterOf(a, b), laterOf(b, a), laterOf(b, b)], [b, b, b])
})

t.test('a span holds on its first day and on its last, and without an end for ever', async (t) => {
  const table: [fromOn: string, untilOn: string | null, on: string, holds: boolean][] = [
    ['2025-01-01', '2025-12-31', '2024-12-31', false],
    ['2025-01-01', '2025-12-31', '2025-01-01', true],
    ['2025-01-01', '2025-12-31', '2025-12-31', true],
    ['2025-01-01', '2025-12-31', '2026-01-01', false],
    ['2025-01-01', null, '2024-12-31', false],
    ['2025-01-01', null, '2125-01-01', true],
    ['2025-01-01', '2024-12-31', '2025-01-01', false],
  ]
  for (const [fromOn, untilOn, on, holds] of table) {
    const span = { fromOn: plainDate(fromOn), untilOn: untilOn === null ? null : plainDate(untilOn) }
    t.equal(holdsOn(span, plainDate(on)), holds, `${fromOn} to ${untilOn} on ${on}`)
  }
})

t.test('days added are days between, there and back', async () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: -36_000, max: 36_000 }), (day, n) => {
      const moved = addDays(day, n)
      return daysBetween(day, moved) === n && addDays(moved, -n) === day && parsePlainDate(moved) === moved
    }),
  )
})

t.test(
  'days and weekdays are those of the platform’s own calendar, around every turn of a year and of February',
  async (t) => {
    const first = plainDate('0001-01-01')
    const firstMs = Date.parse(`${first}T00:00:00Z`)
    const differing: string[] = []
    const compare = (number: number) => {
      const theirs = new Date(firstMs + number * 86_400_000)
      const ours = addDays(first, number)
      const isSame =
        ours === theirs.toISOString().slice(0, 10) &&
        weekdayOf(ours) === (theirs.getUTCDay() || 7) &&
        daysBetween(first, ours) === number
      if (!isSame) differing.push(`${number}: ${ours}`)
    }
    for (let year = 1, january = 0; year <= 9999; year += 1) {
      const length = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 366 : 365
      for (const ofYear of [0, 30, 31, 57, 58, 59, 60, 180, length - 1]) compare(january + ofYear)
      january += length
    }
    t.same(differing, [])
  },
)

t.test('text order is day order', async () => {
  fc.assert(fc.property(anyDay, anyDay, (a, b) => a < b === daysBetween(a, b) > 0 && (a === b) === !daysBetween(a, b)))
})

t.test('the weekday moves on by one each day', async () => {
  fc.assert(fc.property(anyDay, (day) => weekdayOf(addDays(day, 1)) === (weekdayOf(day) % 7) + 1))
})

t.test('months added reach the month meant, on the same day or on its last', async () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: -1200, max: 1200 }), (day, n) => {
      const moved = addMonths(day, n)
      const monthsApart = (yearOf(moved) - yearOf(day)) * 12 + monthOf(moved) - monthOf(day)
      const isClamped = dayOfMonth(moved) < dayOfMonth(day) && dayOfMonth(addDays(moved, 1)) === 1
      return monthsApart === n && (dayOfMonth(moved) === dayOfMonth(day) || isClamped)
    }),
  )
})

t.test('a later day is never earlier after the same months', async () => {
  fc.assert(
    fc.property(anyDay, fc.nat(60), fc.nat(120), (day, days, months) => {
      return addMonths(day, months) <= addMonths(addDays(day, days), months)
    }),
  )
})

// ---- Whole months and the days at their ends

t.test('days are split into whole months and the days at their ends', async (t) => {
  const table: [from: string | null, until: string | null, spans: string[]][] = [
    ['2026-11-20', '2026-11-20', ['day 2026-11-20 2026-11-20']],
    ['2026-11-20', '2026-12-10', ['day 2026-11-20 2026-12-10']],
    ['2026-11-01', '2026-11-30', ['month 2026-11-01 2026-11-01']],
    ['2026-11-01', '2026-11-29', ['day 2026-11-01 2026-11-29']],
    ['2026-11-02', '2026-12-31', ['day 2026-11-02 2026-11-30', 'month 2026-12-01 2026-12-01']],
    [
      '2026-11-20',
      '2027-02-03',
      ['day 2026-11-20 2026-11-30', 'month 2026-12-01 2027-01-01', 'day 2027-02-01 2027-02-03'],
    ],
    ['2026-11-20', null, ['day 2026-11-20 2026-11-30', 'month 2026-12-01 null']],
    [null, '2026-11-20', ['month null 2026-10-01', 'day 2026-11-01 2026-11-20']],
    [null, '2026-11-30', ['month null 2026-11-01']],
    [null, null, ['month null null']],
    ['2026-11-20', '2026-11-19', []],
  ]
  for (const [from, until, spans] of table)
    t.same(
      spansOf(from === null ? null : plainDate(from), until === null ? null : plainDate(until)).map(
        (each) => `${each.span} ${each.from} ${each.until}`,
      ),
      spans,
      `${from} to ${until}`,
    )
})

t.test('every day is in one of the spans, and in one only', async (t) => {
  const first = plainDate('2023-01-01')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_500 }), fc.integer({ min: 0, max: 900 }), (start, length) => {
      const [from, until] = [addDays(first, start), addDays(first, start + length)]
      const days = spansOf(from, until).flatMap(daysOf)
      return days.join() === Array.from({ length: length + 1 }, (_, at) => addDays(from, at)).join()
    }),
  )
  t.pass()
})

function daysOf({ span, from, until }: DaySpan): PlainDate[] {
  if (from === null || until === null) return []
  const last = span === 'month' ? lastOfMonth(until) : until
  return Array.from({ length: daysBetween(from, last) + 1 }, (_, at) => addDays(from, at))
}
