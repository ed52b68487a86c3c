import fc from 'fast-check'
import t from 'tap'
import type { ReportContent } from '../../../src/domain/report/content.ts'
import { type FigureName, reportDefinitions, reportSets } from '../../../src/domain/report/figure.ts'
import {
  bodiesOfFigure,
  disagreementWords,
  everyFigure,
  isFigureThere,
  measuredFigures,
  memberOfFigure,
  parseReportFigureId,
  type ReportFigureName,
  reportFigureId,
  restOf,
  unitOfFigure,
  valueOfFigure,
  wordsOfFigure,
} from '../../../src/domain/report/named-figure.ts'

/** Whatever the report prints as a figure has an id, words, and a value (R10). */
const member = '01958d5e-0000-7000-8000-000000000001'
const certified: FigureName = { set: 'certified', window: 'period', by: null, counts: 'rows' }

const body = {
  memberId: member,
  name: '示例',
  figures: [{ indicator: 'on_time_cnca', value: 0.5, low: 0.2, high: 0.8, contested: 1 }],
  quality: { place: 2, points: 71.25, places: { best: 1, worst: 3 } },
  judgement: { chanceBelowBar: 0.9 },
}
const content = {
  figures: { 'certified.period': 4 },
  previous: { year: 2025, freeze: 1, sha256: '', knownAt: '', figures: { 'certified.period': 3 } },
  pace: { median: 2, p90: 5, slowest: 9 },
  ranking: { tables: { tables: [{ family: null, bodies: [body] }] } },
  bodies: [{ memberId: member, name: '示例' }],
} as unknown as Pick<ReportContent, 'figures' | 'previous' | 'pace' | 'ranking' | 'bodies'>
const empty = { figures: {}, previous: null, pace: null, ranking: null, bodies: [] }

const cells = [
  ['place', 2, '位', 'score'],
  ['points', 71.25, '分', 'score'],
  ['best', 1, '位', 'score'],
  ['worst', 3, '位', 'score'],
  ['on_time', 0.5, '（比率）', 'reports'],
  ['on_time_low', 0.2, '（比率）', 'reports'],
  ['on_time_high', 0.8, '（比率）', 'reports'],
  ['contested', 1, '项', 'reports'],
  ['below_bar', 0.9, '（概率）', 'judged_reports'],
] as const

const anyFigure: fc.Arbitrary<ReportFigureName> = fc.oneof(
  fc.constantFrom('median' as const, 'p90' as const, 'slowest' as const).map((of) => ({ kind: 'pace' as const, of })),
  fc.tuple(fc.constantFrom(...cells.map(([cell]) => cell)), fc.uuid()).map(([cell, memberId]) => ({
    kind: 'ranking' as const,
    cell,
    memberId,
  })),
  fc.constantFrom('active' as const, 'ranked' as const, 'too_few' as const).map((of) => ({
    kind: 'bodies' as const,
    of,
  })),
  fc
    .tuple(fc.constantFrom('count' as const, 'previous' as const), fc.constantFrom(...reportSets))
    .map(([kind, set]) => ({
      kind,
      name: { set, window: reportDefinitions[set].windows[0] ?? 'period', by: null, counts: 'rows' as const },
    })),
)

t.test('an id names one figure, and a figure has one id', async () => {
  fc.assert(
    fc.property(
      anyFigure,
      (figure) => JSON.stringify(parseReportFigureId(reportFigureId(figure))) === JSON.stringify(figure),
    ),
  )
})

t.test('what is no id names nothing', async (t) => {
  for (const id of [
    '',
    'pace',
    'pace.period',
    'pace.year.median',
    'pace.period.median.x',
    'pace.period.constructor',
    'ranking',
    'ranking.place',
    'ranking.place.x',
    `ranking.constructor.${member}`,
    `ranking.place.${member}.enterprises`,
    'previous',
    'previous.pace.period.median',
    'bodies',
    'bodies.x',
    'bodies.constructor',
    'bodies.active.x',
    'previous.bodies.active',
    'previous.previous.certified.period',
  ])
    t.equal(parseReportFigureId(id), undefined, id)
})

t.test('every cell of the quality table has a value, a unit, words in both languages, and rows', async (t) => {
  for (const [cell, value, unit, rests] of cells) {
    const figure = { kind: 'ranking', cell, memberId: member } as const
    t.same([valueOfFigure(content, figure), unitOfFigure(figure), restOf(cell)], [value, unit, rests], cell)
    t.equal(memberOfFigure(figure), member)
    const { zh, en } = wordsOfFigure(figure, '示例')
    t.match(zh, /^示例，.+。$/)
    t.match(en, /^示例: [a-z].+\.$/)
  }
})

t.test('the pace and last year’s figures are values; what is not there is null', async (t) => {
  const of = (figure: ReportFigureName) => [valueOfFigure(content, figure), valueOfFigure(empty, figure)]
  t.same(of({ kind: 'count', name: certified }), [4, 0])
  t.same(of({ kind: 'previous', name: certified }), [3, null])
  t.same(of({ kind: 'pace', of: 'p90' }), [5, null])
  t.same(of({ kind: 'ranking', cell: 'place', memberId: member }), [2, null])
  t.match(wordsOfFigure({ kind: 'previous', name: certified }, null), {
    zh: /^上年度报告的冻结数字：新认证产品/,
    en: /^As last year’s report was frozen: certified/,
  })
  for (const part of ['median', 'p90', 'slowest'] as const)
    t.match(wordsOfFigure({ kind: 'pace', of: part }, null), { zh: /工作日/, en: /working days/i })
})

t.test('bodies are counted by what they did and by whether the policy could place them', async (t) => {
  const named = (memberId: string) => ({ memberId, name: memberId })
  const placed = (memberId: string, place: number | null) => ({ ...named(memberId), quality: { place } })
  const tables = {
    ...empty,
    bodies: ['completes', 'is assigned', 'holds', 'is named'].map(named),
    figures: {
      'completed.period.member.completes': 1,
      'assigned.period.member.is assigned': 1,
      'live.cut_off.member.holds': 1,
      'completed.year.member.is named': 1,
    },
    ranking: { tables: { tables: [{ bodies: [placed('p', 1), placed('q', 1), placed('r', null)] }] } },
  } as unknown as ReportContent
  const table = [
    ['active', ['completes', 'is assigned', 'holds']],
    ['ranked', ['p', 'q']],
    ['too_few', ['r']],
  ] as const
  for (const [of, bodies] of table) {
    const figure = { kind: 'bodies', of } as const
    t.same(
      bodiesOfFigure(tables, of).map(({ memberId }) => memberId),
      bodies,
    )
    t.same(
      [valueOfFigure(tables, figure), valueOfFigure(empty, figure), unitOfFigure(figure)],
      [bodies.length, 0, '家'],
    )
    t.equal(memberOfFigure(figure), null)
    t.match(wordsOfFigure(figure, null), { zh: /机构，报告期。.+。$/, en: /^Bodies .+\.$/ })
    t.ok(isFigureThere(empty, figure), 'none is an answer')
  }
})

t.test('a figure of a body that is not ranked, or of a year without a report, is not there', async (t) => {
  const ranked = { kind: 'ranking', cell: 'place', memberId: member } as const
  t.same([isFigureThere(content, ranked), isFigureThere(empty, ranked)], [true, false])
  t.notOk(isFigureThere(content, { ...ranked, memberId: member.replace(/1$/, '2') }))
  const before = { kind: 'previous', name: certified } as const
  t.same([isFigureThere(content, before), isFigureThere(empty, before)], [true, false])
  t.ok(isFigureThere(empty, { kind: 'pace', of: 'median' }), 'nothing reported is an answer')
})

t.test('what is measured is told by its ids, without what has nothing to say', async (t) => {
  t.same(measuredFigures(empty), { 'bodies.active': 0, 'bodies.ranked': 0, 'bodies.too_few': 0 })
  const measured = measuredFigures(content)
  t.equal(Object.keys(measured).length, 3 + 3 + cells.length)
  t.match(measured, { 'pace.period.slowest': 9, [`ranking.worst.${member}`]: 3 })
})

t.test('every figure by its id is what is counted, what is measured, and last year’s', async (t) => {
  const previous = { figures: { 'certified.period': 3, 'no_longer.counted': 1 } }
  const listed = everyFigure({ ...content, previous, bodies: [body] } as unknown as ReportContent)
  const all = Object.fromEntries(listed.map(({ id, value }) => [id, value]))
  t.equal(Object.keys(all).length, 1 + 3 + 3 + cells.length + 1, 'without last year’s that no id names any more')
  t.match(all, { 'certified.period': 4, 'previous.certified.period': 3, 'pace.period.median': 2 })
  t.match(listed.find(({ id }) => id.startsWith('ranking.place'))?.words.zh, /^示例，质量位次/)
  t.ok(everyFigure(empty).every(({ value }) => value === 0))
})

t.test('rows that do not come to the frozen value are said not to', async (t) => {
  t.equal(disagreementWords(4, 4), null)
  t.equal(disagreementWords(null, null), null)
  t.match(disagreementWords(4, 5), { zh: /合计5，与冻结的数值4不符/, en: /come to 5, not to the frozen 4/ })
  t.match(disagreementWords(4, null), { zh: /合计—/, en: /come to nothing/ })
})
