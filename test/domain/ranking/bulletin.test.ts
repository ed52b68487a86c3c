import fc from 'fast-check'
import t from 'tap'
import { plainDate } from '../../../src/domain/plain-date.ts'
import {
  bulletinStateOn,
  kindOf,
  periodInWords,
  problemsOfDispute,
  problemsOfPublication,
} from '../../../src/domain/ranking/bulletin.ts'
import type { CountRow } from '../../../src/domain/ranking/counter.ts'
import { differencesOf } from '../../../src/domain/ranking/difference.ts'
import { indicatorsInForce } from '../../../src/domain/ranking/indicator.ts'
import { rounded } from '../../../src/domain/ranking/rounding.ts'
import { stretchesOf, windowsOf } from '../../../src/domain/ranking/window.ts'

const span = (from: string, until: string) => ({ from: plainDate(from), until: plainDate(until) })
const day = plainDate

t.test('what a period is, and how titles say it', async (t) => {
  const table: [from: string, until: string, kind: string, zh: string, en: string][] = [
    ['2026-07-01', '2026-09-30', 'quarter', '2026年第3季度', 'quarter 3 of 2026'],
    ['2026-08-01', '2026-10-31', 'other', '2026年8月1日至2026年10月31日', '2026-08-01 to 2026-10-31'],
    ['2026-02-01', '2026-02-28', 'month', '2026年2月', '2026-02'],
    ['2026-01-01', '2026-06-30', 'half_year', '2026年上半年', 'the first half of 2026'],
    ['2026-07-01', '2026-12-31', 'half_year', '2026年下半年', 'the second half of 2026'],
    ['2026-01-01', '2026-12-31', 'year', '2026年度', '2026'],
    ['2025-12-01', '2026-11-30', 'other', '2025年12月1日至2026年11月30日', '2025-12-01 to 2026-11-30'],
  ]
  for (const [from, until, kind, zh, en] of table) {
    t.equal(kindOf(span(from, until)), kind, `${from} ${until}`)
    t.same(periodInWords(span(from, until)), { zh, en })
  }
})

const facts = { previewUntilOn: day('2026-11-30'), publishedOn: null }
const published = { ...facts, publishedOn: day('2026-12-01') }
const codes = (problems: readonly { code: string }[]) => problems.map(({ code }) => code)

t.test('the last day of the preview belongs to the bodies; then it may be published', async (t) => {
  t.equal(bulletinStateOn(facts, day('2026-11-30')), 'in_preview')
  t.equal(bulletinStateOn(facts, day('2026-12-01')), 'to_publish')
  t.equal(bulletinStateOn(published, day('2026-12-01')), 'published')
  t.equal(bulletinStateOn(published, day('2026-11-30')), 'in_preview', 'as it stood then')
  t.same(codes(problemsOfDispute(facts, day('2026-11-30'))), [])
  t.same(codes(problemsOfDispute(facts, day('2026-12-01'))), ['preview_over'])
  t.same(codes(problemsOfDispute(published, day('2026-12-01'))), ['bulletin_published'])
  t.same(codes(problemsOfPublication(facts, 0, null, day('2026-11-30'))), ['bulletin_in_preview'])
  t.same(codes(problemsOfPublication(facts, 0, null, day('2026-12-01'))), [])
  t.same(codes(problemsOfPublication(facts, 1, null, day('2026-12-01'))), ['disputes_open'])
  t.same(codes(problemsOfPublication(facts, 1, '示例', day('2026-12-01'))), [])
  t.same(codes(problemsOfPublication(published, 1, '示例', day('2026-12-01'))), ['bulletin_published'])
})

t.test('numbers are rounded wherever they stand, and nothing else changes', async (t) => {
  t.same(rounded({ a: [1 / 3, { b: 2 / 3 }], c: 'x', d: null, e: true, f: 7, g: -1e-9 }), {
    a: [0.333333, { b: 0.666667 }],
    c: 'x',
    d: null,
    e: true,
    f: 7,
    g: 0,
  })
  t.notOk(Object.is(rounded(-1e-9), -0), 'nought has no sign')
})

t.test('late arrivals, data and definition sum to the change, whatever changed', async (t) => {
  const windows = windowsOf(span('2026-07-01', '2026-09-30'), 1)
  const next = windowsOf(span('2026-10-01', '2026-12-31'), 1)
  const definitions = indicatorsInForce(day('2026-09-30'))
  const redefined = definitions.map((definition) =>
    definition.id === 'first_pass_validity'
      ? {
          ...definition,
          version: 2,
          formula: {
            kind: 'share',
            part: ['post_first', 'post_mended'],
            whole: ['post_first', 'post_mended', 'post_refused'],
          } as const,
        }
      : definition,
  )
  const counted = (from: typeof windows, first: number, mended: number, refused: number): CountRow[] => {
    const stretch = stretchesOf(from).indexOf(from.period.from)
    const row = (counter: CountRow['counter'], rows: number): CountRow => ({
      memberId: 'a',
      family: null,
      stretch,
      counter,
      workingDays: null,
      rows,
      contested: 0,
    })
    return [row('post_first', first), row('post_mended', mended), row('post_refused', refused)]
  }
  const amount = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 9 }), fc.nat({ max: 9 }))
  const changeOf = (
    before: [number, number, number],
    late: [number, number, number],
    after: [number, number, number],
  ) =>
    differencesOf(
      { windows, counts: counted(windows, ...before), definitions },
      { windows, counts: counted(windows, ...late), definitions },
      { windows: next, counts: counted(next, ...after), definitions: redefined },
      ['a'],
    ).find(({ indicator }) => indicator === 'first_pass_validity')
  t.match(changeOf([3, 1, 0], [3, 0, 1], [1, 1, 0]), {
    before: 0.75,
    after: 1,
    lateArrivals: 0,
    data: -0.25,
    definition: 0.5,
  })
  fc.assert(
    fc.property(amount, amount, amount, (before, late, after) => {
      const change = changeOf(before, late, after)
      const sum = (change?.lateArrivals ?? 0) + (change?.data ?? 0) + (change?.definition ?? 0)
      return Math.abs((change?.before ?? 0) + sum - (change?.after ?? 0)) < 1e-9
    }),
  )
  t.match(
    differencesOf(
      { windows, counts: [], definitions },
      { windows, counts: [], definitions },
      { windows: next, counts: [], definitions },
      ['a'],
    )[0],
    {
      before: null,
      lateArrivals: null,
      data: null,
    },
  )
})
