import t from 'tap'
import { inactiveSince, overlaps } from '../../src/domain/alliance.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import type { Standing } from '../../src/domain/standing.ts'

const day = (text: string | null) => (text === null ? null : plainDate(text))

t.test('there is one secretariat at a time (N1)', async (t) => {
  const held = [{ fromOn: plainDate('2024-01-01'), untilOn: plainDate('2025-12-31') }]
  const table: [from: string, until: string | null, overlaps: boolean][] = [
    ['2026-01-01', null, false],
    ['2025-12-31', null, true],
    ['2023-01-01', '2023-12-31', false],
    ['2023-01-01', '2024-01-01', true],
    ['2023-01-01', null, true],
    ['2024-06-01', '2024-06-30', true],
  ]
  for (const [from, until, expected] of table)
    t.equal(overlaps({ fromOn: plainDate(from), untilOn: day(until) }, held), expected, `${from} to ${until}`)
  t.ok(
    overlaps({ fromOn: plainDate('2030-01-01'), untilOn: null }, [{ fromOn: plainDate('2024-01-01'), untilOn: null }]),
  )
})

t.test('two years without a result call for a review (R9)', async (t) => {
  const on = plainDate('2026-11-20')
  const since = (standing: Standing, from: string, last: string | null, reviewed: string | null = null) =>
    inactiveSince(
      { standings: [{ standing, fromOn: plainDate(from) }], lastDecidedOn: day(last), reviewedOn: day(reviewed) },
      on,
    )
  t.equal(since('admitted', '2020-01-01', '2024-11-20'), '2024-11-20', 'on the day itself')
  t.equal(since('admitted', '2020-01-01', '2024-11-21'), null, 'a day less')
  t.equal(since('admitted', '2024-11-20', null), '2024-11-20', 'nothing since it was admitted')
  t.equal(since('admitted', '2024-11-21', null), null, 'not inside for two years yet')
  t.equal(since('suspended', '2020-01-01', null), '2020-01-01', 'also while it is suspended')
  t.equal(since('removed', '2020-01-01', null), null)
  t.equal(since('candidate', '2020-01-01', null), null)
  t.equal(since('admitted', '2020-01-01', null, '2025-11-21'), null, 'reviewed in the last twelve months')
  t.equal(since('admitted', '2020-01-01', null, '2025-11-20'), '2020-01-01', 'reviewed a year ago')
  t.equal(inactiveSince({ standings: [], lastDecidedOn: null, reviewedOn: null }, on), null)
  const cameBack = [
    { standing: 'admitted' as const, fromOn: plainDate('2020-01-01') },
    { standing: 'removed' as const, fromOn: plainDate('2022-01-01') },
    { standing: 'candidate' as const, fromOn: plainDate('2024-10-01') },
    { standing: 'admitted' as const, fromOn: plainDate('2024-11-21') },
    { standing: 'rectifying' as const, fromOn: plainDate('2025-06-01') },
  ]
  const back = (day: string) =>
    inactiveSince({ standings: cameBack, lastDecidedOn: plainDate('2021-05-01'), reviewedOn: null }, plainDate(day))
  t.equal(back('2026-11-20'), null, 'who came back has two years from then')
  t.equal(back('2026-11-21'), '2024-11-21')
})
