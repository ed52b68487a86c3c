import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import {
  type CalendarYear,
  calendarYearProblems,
  type DayKind,
  dayOn,
  dueAfterWorkingDays,
  dueOnAfterWorkingDays,
  isWorkingDay,
  lastWorkingDayOnOrBefore,
  officialCalendar,
  shiftWorkingDays,
  statutoryDays,
  workingDaysBetween,
  workingDaysUpToEach,
} from '../../src/domain/calendar.ts'
import { builtInCalendarYears } from '../../src/domain/official-days.ts'
import { addDays, daysBetween, laterOf, type PlainDate, plainDate, yearOf } from '../../src/domain/plain-date.ts'

// chinese-days lays out its days in the machine's time zone as it is imported; west of Greenwich they are a day off.
process.env.TZ = 'Asia/Shanghai'
const { default: chineseDays } = await import('chinese-days')

const calendar = officialCalendar(1, builtInCalendarYears)

function everyDay(first: string, last: string): PlainDate[] {
  const from = plainDate(first)
  return Array.from({ length: daysBetween(from, plainDate(last)) + 1 }, (_, n) => addDays(from, n))
}

const dayFrom = (first: string, last: string) =>
  fc.nat(daysBetween(plainDate(first), plainDate(last))).map((n) => addDays(plainDate(first), n))
/** Years with a notice, years before and years after. */
const anyDay = dayFrom('2001-01-01', '2045-12-31')
const anyWorkingDays = fc.oneof(fc.nat(15), fc.nat(600))

t.test('seven working days end where the rule book says', async (t) => {
  const table: [from: string, dueOn: string, kind: DayKind, provisional: boolean][] = [
    ['2024-03-15', '2024-03-26', 'working_day', false],
    ['2024-09-27', '2024-10-12', 'makeup_workday', false],
    ['2025-01-20', '2025-02-05', 'working_day', false],
    ['2025-12-23', '2026-01-04', 'makeup_workday', false],
    ['2026-10-01', '2026-10-15', 'working_day', false],
    ['2026-12-22', '2026-12-31', 'working_day', false],
    ['2026-12-23', '2027-01-04', 'working_day', true],
  ]
  for (const [from, dueOn, kind, provisional] of table) {
    const due = dueAfterWorkingDays(calendar, plainDate(from), 7)
    t.equal(due.dueOn, dueOn, `${from} is due on ${dueOn}`)
    t.equal(due.provisional, provisional, `${from} is ${provisional ? '' : 'not '}provisional`)
    t.equal(dayOn(calendar, due.dueOn).kind, kind, `${dueOn} is a ${kind}`)
  }
})

t.test('a due date explains which days were counted and which were skipped', async (t) => {
  const due = dueAfterWorkingDays(calendar, plainDate('2024-09-27'), 7)
  t.strictSame(due, {
    from: '2024-09-27',
    workingDays: 7,
    dueOn: '2024-10-12',
    counted: [
      { on: '2024-09-29', kind: 'makeup_workday' },
      { on: '2024-09-30', kind: 'working_day' },
      { on: '2024-10-08', kind: 'working_day' },
      { on: '2024-10-09', kind: 'working_day' },
      { on: '2024-10-10', kind: 'working_day' },
      { on: '2024-10-11', kind: 'working_day' },
      { on: '2024-10-12', kind: 'makeup_workday' },
    ],
    skipped: [
      { on: '2024-09-28', kind: 'weekend' },
      { on: '2024-10-01', kind: 'holiday' },
      { on: '2024-10-02', kind: 'holiday' },
      { on: '2024-10-03', kind: 'holiday' },
      { on: '2024-10-04', kind: 'holiday' },
      { on: '2024-10-05', kind: 'holiday' },
      { on: '2024-10-06', kind: 'holiday' },
      { on: '2024-10-07', kind: 'holiday' },
    ],
    provisional: false,
    calendarVersion: 1,
  })
})

t.test('a day is of the kind that the notice, the weekday or the law makes it', async (t) => {
  const table: [on: string, kind: DayKind, working: boolean, provisional: boolean][] = [
    ['2024-09-26', 'working_day', true, false],
    ['2024-09-28', 'weekend', false, false],
    ['2024-10-12', 'makeup_workday', true, false],
    ['2026-01-04', 'makeup_workday', true, false],
    ['2024-10-01', 'holiday', false, false],
    ['2024-10-05', 'holiday', false, false],
    ['2020-01-31', 'holiday', false, false],
    ['2027-01-01', 'statutory_day', false, true],
    ['2027-05-01', 'statutory_day', false, true],
    ['2027-01-02', 'weekend', false, true],
    ['2027-01-04', 'working_day', true, true],
    ['2003-12-31', 'working_day', true, true],
  ]
  for (const [on, kind, working, provisional] of table) {
    t.strictSame(dayOn(calendar, plainDate(on)), { on, kind, working, provisional }, `${on} is a ${kind}`)
    t.equal(isWorkingDay(calendar, plainDate(on)), working)
  }
})

t.test('a make-up Saturday is a working day', async (t) => {
  t.ok(isWorkingDay(calendar, plainDate('2024-10-12')))
})

t.test('a Monday on which work resumed is an ordinary working day, although the notice of 2020 names it', async (t) => {
  t.equal(dayOn(calendar, plainDate('2020-02-03')).kind, 'working_day')
})

t.test('no working days to wait means the day itself, of whatever kind', async (t) => {
  const due = dueAfterWorkingDays(calendar, plainDate('2027-01-01'), 0)
  t.equal(due.dueOn, '2027-01-01')
  t.strictSame([due.counted, due.skipped, due.provisional], [[], [], false])
})

t.test('a count from the last day before a year with no notice is provisional from its first day', async (t) => {
  t.equal(dueAfterWorkingDays(calendar, plainDate('2026-12-31'), 1).provisional, true)
  t.equal(dueAfterWorkingDays(calendar, plainDate('2026-12-30'), 1).provisional, false)
  t.equal(dueAfterWorkingDays(calendar, plainDate('2003-12-31'), 1).provisional, false, '2004 has a notice')
  t.equal(dueAfterWorkingDays(calendar, plainDate('2003-12-30'), 1).provisional, true)
})

t.test('a year added later settles what was provisional, under its own version', async (t) => {
  const year2027 = { notices: [], offDays: everyDay('2027-01-01', '2027-01-03'), makeupWorkdays: [] }
  const later = officialCalendar(2, { ...builtInCalendarYears, 2027: year2027 })
  const due = dueAfterWorkingDays(later, plainDate('2026-12-23'), 7)
  t.match(due, { dueOn: '2027-01-04', provisional: false, calendarVersion: 2 })
  t.equal(dayOn(later, plainDate('2027-01-01')).kind, 'holiday')
  t.equal(dayOn(calendar, plainDate('2027-01-01')).kind, 'statutory_day', 'the earlier version still says what it said')
})

t.test('reminders and notices stand working days around the due date', async (t) => {
  const table: [day: string, workingDays: number, expected: string][] = [
    ['2024-10-12', -2, '2024-10-10'],
    ['2024-10-12', 1, '2024-10-14'],
    ['2025-02-05', -2, '2025-01-26'],
    ['2026-01-04', -2, '2025-12-30'],
    ['2026-10-05', -1, '2026-09-30'],
    ['2026-10-05', 1, '2026-10-08'],
    ['2026-10-05', 0, '2026-10-05'],
    ['2027-01-04', -1, '2026-12-31'],
  ]
  for (const [day, workingDays, expected] of table) {
    t.equal(shiftWorkingDays(calendar, plainDate(day), workingDays), expected, `${day} and ${workingDays}`)
  }
})

t.test('working days between two days count the last and not the first', async (t) => {
  const table: [after: string, until: string, days: number][] = [
    ['2024-09-27', '2024-10-12', 7],
    ['2024-10-12', '2024-10-12', 0],
    ['2024-10-13', '2024-10-12', 0],
    ['2024-10-12', '2024-10-13', 0],
    ['2024-10-12', '2024-10-14', 1],
    ['2026-09-30', '2026-10-07', 0],
    ['2024-12-31', '2025-12-31', 248],
  ]
  for (const [after, until, days] of table) {
    t.equal(workingDaysBetween(calendar, plainDate(after), plainDate(until)), days, `${after} to ${until}`)
  }
})

t.test('the last working day on or before a day off is found across holidays and years', async (t) => {
  const table: [day: string, expected: string][] = [
    ['2026-12-31', '2026-12-31'],
    ['2022-12-31', '2022-12-30'],
    ['2026-10-07', '2026-09-30'],
    ['2026-01-04', '2026-01-04'],
    ['2026-01-03', '2025-12-31'],
    ['2027-01-03', '2026-12-31'],
  ]
  for (const [day, expected] of table) t.equal(lastWorkingDayOnOrBefore(calendar, plainDate(day)), expected, day)
})

t.test('a count that is no count is refused', async (t) => {
  const day = plainDate('2026-01-05')
  for (const workingDays of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => dueAfterWorkingDays(calendar, day, workingDays), RangeError, String(workingDays))
  }
  t.throws(() => shiftWorkingDays(calendar, day, 1.5), RangeError)
  t.throws(() => shiftWorkingDays(calendar, plainDate('9999-12-30'), 7), RangeError, 'the calendar ends with 9999')
  t.throws(() => shiftWorkingDays(calendar, plainDate('0001-01-03'), -7), RangeError, 'and begins with 0001')
  t.throws(() => isWorkingDay(calendar, '2026-02-30' as PlainDate), new RangeError('not a day: 2026-02-30'))
})

t.test('dirty dates from every year are answered', async (t) => {
  for (let year = 1; year < 9999; year += 20) {
    const first = plainDate(`${String(year).padStart(4, '0')}-01-01`)
    if (dueOnAfterWorkingDays(calendar, first, 7).dueOn <= first) t.fail(`${first} has a due date after it`)
  }
  t.equal(dueOnAfterWorkingDays(calendar, plainDate('2024-09-27'), 7).dueOn, '2024-10-12')
})

t.test('the statutory days of 2027 are those that the law gives', async (t) => {
  const days = '01-01 02-05 02-06 02-07 02-08 04-05 05-01 05-02 06-09 09-15 10-01 10-02 10-03'
  t.strictSame(
    statutoryDays(2027),
    days.split(' ').map((day) => `2027-${day}`),
  )
})

t.test('the statutory days from 2025 to 2040 follow the lunar calendar and the solar terms', async (t) => {
  for (let year = 2025; year <= 2040; year += 1) t.strictSame(statutoryDays(year), statutoryDaysByMoonAndSun(year))
})

function statutoryDaysByMoonAndSun(year: number): string[] {
  const lunar = (month: number, day: number) =>
    plainDate(chineseDays.getSolarDateFromLunar(`${year}-${month}-${day}`).date)
  const firstOfYear = lunar(1, 1)
  const moving = [
    ...[-1, 0, 1, 2].map((n) => addDays(firstOfYear, n)),
    chineseDays.getSolarTermDate(year, 4, 'pure_brightness'),
    lunar(5, 5),
    lunar(8, 15),
  ]
  const fixed = ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03'].map((day) => `${year}-${day}`)
  return [...new Set([...moving, ...fixed])].sort()
}

t.test('the law gives thirteen days, of which Mid-Autumn sometimes meets National Day', async (t) => {
  const years = Array.from({ length: 16 }, (_, n) => 2025 + n)
  t.strictSame(
    years.filter((year) => statutoryDays(year).length === 12),
    [2028, 2031, 2039],
  )
  t.strictSame(
    years.filter((year) => statutoryDays(year).length < 12),
    [],
  )
})

t.test('a year that nobody looked up has only the statutory days with fixed dates, and is provisional', async (t) => {
  const fixed = ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03']
  for (const year of [2003, 2041, 2100]) {
    t.strictSame(
      statutoryDays(year),
      fixed.map((day) => `${year}-${day}`),
    )
    t.equal(dayOn(calendar, plainDate(`${year}-06-15`)).provisional, true, String(year))
  }
})

t.test('the notices carried over have nothing wrong but one make-up Monday', async (t) => {
  const problems = Object.entries(builtInCalendarYears).flatMap(([year, data]) => calendarYearProblems(year, data))
  t.strictSame(problems, [{ path: 'makeupWorkdays[1]', code: 'makeup_day_is_a_weekday', value: '2020-02-03' }])
})

t.test('a year to be added is told what is wrong with it, day by day', async (t) => {
  const table: [offDays: string[], makeupWorkdays: string[], problems: [path: string, code: string][]][] = [
    [['2027-01-01'], ['2027-01-09'], []],
    [['2027-02-30'], [], [['offDays[0]', 'date_does_not_exist']]],
    [
      ['2027-1-1'],
      ['x'],
      [
        ['offDays[0]', 'date_does_not_exist'],
        ['makeupWorkdays[0]', 'date_does_not_exist'],
      ],
    ],
    [['2027-01-01', '2026-12-31'], [], [['offDays[1]', 'date_outside_year']]],
    [['2027-01-01', '2027-01-01'], [], [['offDays[1]', 'day_listed_twice']]],
    [['2027-01-02'], ['2027-01-02'], [['makeupWorkdays[0]', 'day_listed_twice']]],
    [[], ['2027-01-04'], [['makeupWorkdays[0]', 'makeup_day_is_a_weekday']]],
    [
      [],
      ['2028-01-03'],
      [
        ['makeupWorkdays[0]', 'date_outside_year'],
        ['makeupWorkdays[0]', 'makeup_day_is_a_weekday'],
      ],
    ],
  ]
  for (const [offDays, makeupWorkdays, expected] of table) {
    const problems = calendarYearProblems('2027', { offDays, makeupWorkdays })
    t.strictSame(
      problems.map(({ path, code }) => [path, code]),
      expected,
      JSON.stringify({ offDays, makeupWorkdays }),
    )
  }
})

t.test('a calendar is not built from a year whose days would be overlooked', async (t) => {
  const withDays = (...offDays: string[]) => ({ notices: [], offDays: offDays as PlainDate[], makeupWorkdays: [] })
  t.throws(
    () => officialCalendar(1, { 2027: withDays('2026-12-31') }),
    new RangeError('calendar year 2027: date_outside_year 2026-12-31 at offDays[0]'),
  )
  t.throws(() => officialCalendar(1, { 2027: withDays('2027-02-30') }), RangeError)
  t.throws(() => officialCalendar(1, { 2027: withDays('2027-01-01', '2027-01-01') }), RangeError)
})

t.test('a due date is a working day', async () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: 1, max: 600 }), (from, n) =>
      isWorkingDay(calendar, dueAfterWorkingDays(calendar, from, n).dueOn),
    ),
  )
})

t.test('a due date counts exactly the days asked for, and each day since the event once', async (t) => {
  fc.assert(
    fc.property(anyDay, anyWorkingDays, (from, n) => {
      const { dueOn, counted, skipped } = dueAfterWorkingDays(calendar, from, n)
      const days = [...counted, ...skipped].map(({ on }) => on).sort()
      t.equal(counted.length, n)
      t.strictSame(days, dueOn === from ? [] : everyDay(addDays(from, 1), dueOn))
    }),
  )
})

t.test('a due date is provisional exactly when one of its days is', async () => {
  fc.assert(
    fc.property(anyDay, anyWorkingDays, (from, n) => {
      const { counted, skipped, provisional } = dueAfterWorkingDays(calendar, from, n)
      return provisional === [...counted, ...skipped].some(({ on }) => dayOn(calendar, on).provisional)
    }),
  )
})

t.test('a later event is never due earlier, and more days are always due later', async () => {
  fc.assert(
    fc.property(anyDay, fc.nat(40), anyWorkingDays, (from, days, n) => {
      const dueOn = dueOnAfterWorkingDays(calendar, from, n).dueOn
      const laterEvent = dueOnAfterWorkingDays(calendar, addDays(from, days), n).dueOn
      return dueOn <= laterEvent && dueOn < dueOnAfterWorkingDays(calendar, from, n + 1).dueOn
    }),
  )
})

t.test('working days until the due date are the days that were given', async () => {
  fc.assert(
    fc.property(anyDay, anyWorkingDays, (from, n) => {
      return workingDaysBetween(calendar, from, dueOnAfterWorkingDays(calendar, from, n).dueOn) === n
    }),
  )
})

t.test('there and back by working days leads to the same working day', async () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: -600, max: 600 }), (day, n) => {
      const start = lastWorkingDayOnOrBefore(calendar, day)
      return shiftWorkingDays(calendar, shiftWorkingDays(calendar, start, n), -n) === start
    }),
  )
})

t.test('shifting finds the day that counting on fingers finds', async () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: -60, max: 60 }), (day, n) => {
      return shiftWorkingDays(calendar, day, n) === shiftedOnFingers(day, n)
    }),
  )
})

function shiftedOnFingers(from: PlainDate, workingDays: number): PlainDate {
  let day = from
  for (let left = Math.abs(workingDays); left > 0; ) {
    day = addDays(day, Math.sign(workingDays))
    if (isWorkingDay(calendar, day)) left -= 1
  }
  return day
}

t.test('working days between are those that counting on fingers finds', async () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: -10, max: 900 }), (after, days) => {
      const until = addDays(after, days)
      const onFingers = everyDay(after, laterOf(after, until)).slice(1)
      return (
        workingDaysBetween(calendar, after, until) === onFingers.filter((day) => isWorkingDay(calendar, day)).length
      )
    }),
  )
})

t.test('the working days of whole years, with a notice or without, are those counted day by day', async (t) => {
  for (let year = 1999; year <= 2101; year += 1) {
    const [after, until] = [plainDate(`${year - 1}-12-31`), plainDate(`${year + 1}-01-01`)]
    const onFingers = everyDay(after, until).slice(1)
    const expected = onFingers.filter((day) => isWorkingDay(calendar, day)).length
    t.equal(workingDaysBetween(calendar, after, until), expected, `${year}`)
  }
})

t.test('working days up to each day of a span are those from the day before it', async (t) => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: -10, max: 900 }), (first, days) => {
      const until = addDays(first, days)
      const counts = workingDaysUpToEach(calendar, first, until)
      const dayBefore = addDays(first, -1)
      return (
        counts.length === Math.max(0, days + 1) &&
        counts.every((count, at) => count === workingDaysBetween(calendar, dayBefore, addDays(first, at)))
      )
    }),
  )
  t.same(
    workingDaysUpToEach(calendar, plainDate('2026-09-30'), plainDate('2026-10-09')),
    [1, 1, 1, 1, 1, 1, 1, 1, 2, 3],
  )
})

t.test('the last working day on or before a day is a working day with none between', async () => {
  fc.assert(
    fc.property(anyDay, (day) => {
      const last = lastWorkingDayOnOrBefore(calendar, day)
      return last <= day && isWorkingDay(calendar, last) && workingDaysBetween(calendar, last, day) === 0
    }),
  )
})

t.test('a second calendar agrees on every day from 2004 to 2026', async (t) => {
  const days = everyDay('2004-01-01', '2026-12-31')
  t.equal(days.length, 8401)
  t.strictSame(
    days.filter((day) => isWorkingDay(calendar, day) !== chineseDays.isWorkday(day)),
    [],
  )
})

t.test(
  'where the second calendar has no notice it says Monday to Friday silently, and this one does not',
  async (t) => {
    const newYear = plainDate('2027-01-01')
    t.equal(chineseDays.isWorkday(newYear), true)
    t.strictSame(dayOn(calendar, newYear), { on: newYear, kind: 'statutory_day', working: false, provisional: true })
  },
)

t.test('the machine’s time zone changes no day', async (t) => {
  t.teardown(() => {
    process.env.TZ = 'Asia/Shanghai'
  })
  for (const zone of ['America/Los_Angeles', 'Pacific/Kiritimati', 'UTC']) {
    process.env.TZ = zone
    const due = dueAfterWorkingDays(officialCalendar(1, builtInCalendarYears), plainDate('2024-09-27'), 7)
    t.equal(due.dueOn, '2024-10-12', zone)
  }
})

const realDataDir = process.env.REAL_DATA_DIR

t.test(
  'the days carried over are those of the collected notices, day by day',
  { skip: !realDataDir && 'REAL_DATA_DIR is not set: nothing to compare with' },
  async (t) => {
    const text = readFileSync(join(realDataDir ?? '', 'official-days.json'), 'utf8')
    const { years } = JSON.parse(text) as { years: Record<string, CalendarYear> }
    t.strictSame(Object.keys(builtInCalendarYears), Object.keys(years))
    for (const [year, data] of Object.entries(years)) t.strictSame(builtInCalendarYears[year], data, year)
  },
)

t.test('every year carried over is its own', async (t) => {
  for (const [year, { offDays, makeupWorkdays }] of Object.entries(builtInCalendarYears)) {
    t.ok(
      [...offDays, ...makeupWorkdays].every((day) => yearOf(day) === Number(year)),
      year,
    )
  }
})
