import fc from 'fast-check'
import t from 'tap'
import { addDays, plainDate } from '../../../src/domain/plain-date.ts'
import { isIn, spanBefore, stretchesOf, windowsOf, yearUntil } from '../../../src/domain/ranking/window.ts'

const span = (from: string, until: string) => ({ from: plainDate(from), until: plainDate(until) })

t.test('the period before is as long, and whole months come before whole months', async (t) => {
  const table: [from: string, until: string, beforeFrom: string, beforeUntil: string][] = [
    ['2026-07-01', '2026-09-30', '2026-04-01', '2026-06-30'],
    ['2026-03-01', '2026-03-31', '2026-02-01', '2026-02-28'],
    ['2026-01-01', '2026-12-31', '2025-01-01', '2025-12-31'],
    ['2026-11-11', '2026-11-20', '2026-11-01', '2026-11-10'],
    ['2026-11-20', '2026-11-20', '2026-11-19', '2026-11-19'],
    ['2025-12-01', '2026-11-30', '2024-12-01', '2025-11-30'],
  ]
  for (const [from, until, beforeFrom, beforeUntil] of table)
    t.same(spanBefore(span(from, until)), span(beforeFrom, beforeUntil), `${from} ${until}`)
})

t.test('the year until a day begins after the same day of the year before', async (t) => {
  t.same(yearUntil(plainDate('2026-09-30')), span('2025-10-01', '2026-09-30'))
  t.same(yearUntil(plainDate('2024-02-29')), span('2023-03-01', '2024-02-29'))
  t.same(yearUntil(plainDate('2024-02-28')), span('2023-03-01', '2024-02-28'))
  t.same(yearUntil(plainDate('2025-02-28')), span('2024-02-29', '2025-02-28'))
  t.same(windowsOf(span('2026-07-01', '2026-09-30'), 3).years, [
    span('2025-10-01', '2026-09-30'),
    span('2024-10-01', '2025-09-30'),
    span('2023-10-01', '2024-09-30'),
  ])
})

t.test('the stretches of a window make up its days, each once', async () => {
  const day = fc.nat({ max: 1_500 }).map((days) => addDays(plainDate('2023-01-01'), days))
  fc.assert(
    fc.property(day, fc.nat({ max: 400 }), fc.nat({ max: 1_600 }), (from, length, probe) => {
      const windows = windowsOf({ from, until: addDays(from, length) }, 3)
      const stretches = stretchesOf(windows)
      const on = addDays(plainDate('2023-01-01'), probe)
      const stretch = stretches.findLastIndex((start) => start <= on)
      return [windows.period, windows.previous, ...windows.years].every(
        (window) => isIn(stretches, stretch, window) === (window.from <= on && on <= window.until),
      )
    }),
  )
})
