import t from 'tap'
import { type MemberCounts, memberFigures, twelveMonthsUntil } from '../../src/domain/member-figures.ts'
import { plainDate } from '../../src/domain/plain-date.ts'

const none: MemberCounts = {
  live: 0,
  suspended: 0,
  expiring30: 0,
  expiring90: 0,
  expiring180: 0,
  results: 0,
  open: 0,
  dueSoon: 0,
  overdue: 0,
  cncaOnTime: 0,
  cncaLate: 0,
  cncaOverdue: 0,
  cncaContested: 0,
  secretariatOnTime: 0,
  secretariatLate: 0,
  secretariatOverdue: 0,
}
const day = plainDate('2026-11-20')

t.test('the twelve months begin with the first day of the month eleven months back', async (t) => {
  const table: [day: string, from: string][] = [
    ['2026-11-20', '2025-12-01'],
    ['2026-11-30', '2025-12-01'],
    ['2026-12-01', '2026-01-01'],
    ['2026-12-31', '2026-01-01'],
    ['2024-02-29', '2023-03-01'],
    ['2025-01-31', '2024-02-01'],
  ]
  for (const [until, from] of table) t.same(twelveMonthsUntil(plainDate(until)), { from, until }, until)
})

t.test('on time is a share of those met on time, met late, and open past their due day', async (t) => {
  const table: [onTime: number, late: number, overdue: number, value: number | null, of: number][] = [
    [0, 0, 0, null, 0],
    [1, 0, 0, 1, 1],
    [0, 1, 0, 0, 1],
    [0, 0, 1, 0, 1],
    [3, 1, 1, 0.6, 5],
  ]
  for (const [onTime, late, overdue, value, denominator] of table) {
    const cnca = memberFigures({ ...none, cncaOnTime: onTime, cncaLate: late, cncaOverdue: overdue }, day)
    const figure = { value, numerator: onTime, denominator, asOf: day }
    t.same(cnca.onTimeToCnca, figure, `${onTime}, ${late}, ${overdue} to CNCA`)
    t.same(cnca.lateToCnca, { value: late, numerator: late, denominator: null, asOf: day }, 'late is not overdue')
    const secretariat = { ...none, secretariatOnTime: onTime, secretariatLate: late, secretariatOverdue: overdue }
    t.same(memberFigures(secretariat, day).onTimeToSecretariat, figure, 'the same to the secretariat')
    t.equal(memberFigures(secretariat, day).onTimeToCnca.denominator, 0, 'two clocks, never mixed')
  }
})

t.test('a count is shown as it is counted', async (t) => {
  const figures = memberFigures({ ...none, live: 7, suspended: 1, expiring30: 2, open: 3, dueSoon: 4, overdue: 5 }, day)
  t.match(figures, {
    liveCertificates: { value: 7, denominator: null, asOf: day },
    suspendedCertificates: { value: 1 },
    expiring30: { value: 2 },
    expiring90: { value: 0 },
    open: { value: 3 },
    dueSoon: { value: 4 },
    overdue: { value: 5 },
  })
})
