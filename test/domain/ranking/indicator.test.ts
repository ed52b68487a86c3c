import fc from 'fast-check'
import t from 'tap'
import { plainDate } from '../../../src/domain/plain-date.ts'
import { type Counter, type CountRow, counters, countsOf } from '../../../src/domain/ranking/counter.ts'
import {
  countersBehind,
  type IndicatorId,
  indicatorIds,
  indicators,
  indicatorsInForce,
  observe,
  quantileInterval,
} from '../../../src/domain/ranking/indicator.ts'
import { binomialQuantileRanks, quantileOf } from '../../../src/domain/ranking/quantile.ts'

const today = plainDate('2026-11-20')
const indicator = (id: IndicatorId) => {
  const found = indicatorsInForce(today).find((each) => each.id === id)
  if (!found) throw new Error(id)
  return found
}

const row = (counter: Counter, rows: number, more: Partial<CountRow> = {}): CountRow => ({
  memberId: 'a',
  family: null,
  stretch: 0,
  counter,
  workingDays: null,
  rows,
  contested: 0,
  ...more,
})

/** Golden: what each definition makes of given rows (R9). */
type Golden = [
  IndicatorId,
  rows: [Counter, number][],
  value: number | null,
  numerator: number,
  denominator: number | null,
  sufficient: boolean,
]
const golden: Golden[] = [
  [
    'on_time_cnca',
    [
      ['report_on_time', 12],
      ['report_late', 5],
      ['report_open', 2],
    ],
    12 / 19,
    12,
    19,
    true,
  ],
  ['on_time_cnca', [['report_on_time', 4]], 1, 4, 4, false],
  ['on_time_cnca', [], null, 0, 0, false],
  [
    'on_time_secretariat',
    [
      ['feedback_on_time', 9],
      ['feedback_open', 1],
      ['report_late', 7],
    ],
    0.9,
    9,
    10,
    true,
  ],
  [
    'first_pass_validity',
    [
      ['post_first', 8],
      ['post_mended', 1],
      ['post_refused', 1],
    ],
    0.8,
    8,
    10,
    true,
  ],
  [
    'surveillance_on_time',
    [
      ['surveillance_on_time', 3],
      ['surveillance_late', 3],
    ],
    0.5,
    3,
    6,
    true,
  ],
  [
    'status_changes_on_time',
    [
      ['status_report_on_time', 5],
      ['status_report_open', 5],
    ],
    0.5,
    5,
    10,
    true,
  ],
  [
    'spot_check_pass',
    [
      ['check_passed', 2],
      ['check_failed', 1],
    ],
    2 / 3,
    2,
    3,
    true,
  ],
  [
    'complaints_per_100',
    [
      ['complaint_substantiated', 3],
      ['certificate_live', 150],
    ],
    2,
    3,
    150,
    true,
  ],
  ['complaints_per_100', [['complaint_substantiated', 1]], null, 1, 0, false],
  [
    'conduct_findings',
    [
      ['finding_other', 2],
      ['finding_false_result', 1],
    ],
    3,
    3,
    null,
    true,
  ],
  [
    'corrections_on_time',
    [
      ['correction_on_time', 1],
      ['correction_late', 1],
      ['correction_open', 2],
    ],
    0.25,
    1,
    4,
    true,
  ],
  [
    'results_completed',
    [
      ['result_certified', 7],
      ['result_refused', 2],
    ],
    9,
    9,
    null,
    true,
  ],
  [
    'assigned_share',
    [
      ['case_assigned', 1],
      ['case_self_selected', 3],
    ],
    0.25,
    1,
    4,
    true,
  ],
  [
    'acceptance',
    [
      ['answer_accepted', 3],
      ['answer_declined', 1],
    ],
    0.75,
    3,
    4,
    true,
  ],
  ['live_certificates', [['certificate_live', 42]], 42, 42, null, true],
  [
    'scopes_used',
    [
      ['scope_used', 1],
      ['scope_unused', 4],
    ],
    0.2,
    1,
    5,
    true,
  ],
]

t.test('each definition makes of its rows what its text says', async (t) => {
  for (const [id, rows, value, numerator, denominator, sufficient] of golden) {
    const counts = countsOf(rows.map(([counter, many]) => row(counter, many)))
    t.same(observe(indicator(id), counts), { value, numerator, denominator, contested: 0, sufficient }, id)
  }
  const tested = new Set(golden.map(([id]) => id))
  const days = ['report_days_median', 'report_days_p90']
  t.same(
    indicatorIds.filter((id) => !tested.has(id)),
    days,
    'the two that count days have a test of their own',
  )
})

t.test('every definition has both languages, and a counter that is not defined twice', async (t) => {
  t.same(
    indicatorsInForce(today).map(({ id }) => id),
    [...indicatorIds],
  )
  for (const { id, name, text, formula } of indicators) {
    for (const words of [...name, ...text]) t.ok(words.length > 3, id)
    if (formula.kind === 'share')
      t.ok(
        formula.part.every((counter) => formula.whole.includes(counter)),
        id,
      )
  }
  const used = new Set(indicators.flatMap(countersBehind))
  t.same(
    counters.filter((counter) => !used.has(counter)),
    ['report_excused', 'penalty'],
    'these two cap and veto',
  )
})

t.test('contested rows count and are marked', async (t) => {
  const counts = countsOf([row('report_on_time', 9, { contested: 2 }), row('report_late', 1, { contested: 1 })])
  t.match(observe(indicator('on_time_cnca'), counts), { value: 0.9, contested: 3 })
})

t.test('working days: the median, nine in ten, and what encloses them', async (t) => {
  const took = (days: number, rows: number, counter: Counter = 'report_on_time') =>
    row(counter, rows, { workingDays: days })
  const counts = countsOf([
    took(2, 10),
    took(5, 10),
    took(7, 10),
    took(12, 5, 'report_late'),
    took(30, 1, 'report_open'),
  ])
  const median = observe(indicator('report_days_median'), counts)
  t.match(median, { value: 5, denominator: 36, numerator: 20, sufficient: true })
  t.match(observe(indicator('report_days_p90'), counts), { value: 12 })
  t.same(quantileInterval(indicator('report_days_median'), counts, 0.9), { low: 5, high: 7 })
  t.same(observe(indicator('report_days_median'), countsOf([])).value, null)
})

t.test('the ranks around a quantile are those of the textbooks', async (t) => {
  // Conover: a 95 % interval of the median from 10 values is from the 2nd to the 9th; from 5 there is none.
  t.same(binomialQuantileRanks(10, 0.5, 0.95), { low: 2, high: 9 })
  t.same(binomialQuantileRanks(20, 0.5, 0.95), { low: 6, high: 15 })
  t.same(binomialQuantileRanks(5, 0.5, 0.95), { low: null, high: null })
  t.same(
    binomialQuantileRanks(10, 0.9, 0.9),
    { low: 7, high: null },
    'ten values say nothing above the 90th percentile',
  )
  t.same(binomialQuantileRanks(0, 0.5, 0.9), { low: null, high: null })
})

t.test('a quantile is the least value that so many do not exceed', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, part) => {
        const counts = values.reduce<number[]>((all, value) => {
          all[value] = (all[value] ?? 0) + 1
          return all
        }, [])
        const dense = Array.from(counts, (count) => count ?? 0)
        const quantile = quantileOf(dense, part) ?? -1
        const upTo = (limit: number) => values.filter((value) => value <= limit).length
        const wanted = part * values.length - 1e-9
        return values.includes(quantile) && upTo(quantile) >= wanted && upTo(quantile - 1) < wanted
      },
    ),
  )
})

t.test('a later version changes no period before it', async (t) => {
  const later = { ...indicator('on_time_cnca'), version: 2, effectiveOn: plainDate('2027-01-01'), rowsMin: 8 }
  const versionOn = (day: string) =>
    indicatorsInForce(plainDate(day), [...indicators, later]).find(({ id }) => id === 'on_time_cnca')?.version
  t.equal(versionOn('2026-12-31'), 1)
  t.equal(versionOn('2027-01-01'), 2)
})
