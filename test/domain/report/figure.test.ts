import fc from 'fast-check'
import t from 'tap'
import { cities } from '../../../src/domain/cities.ts'
import { familyOrder } from '../../../src/domain/families.ts'
import { reportTitle } from '../../../src/domain/report/content.ts'
import {
  countedSets,
  detailName,
  type FigureName,
  figureId,
  figureIn,
  figureWords,
  movesBetween,
  parseFigureId,
  partsOf,
  reportDefinitions,
  reportDutySets,
  reportSets,
  setsOfDuty,
} from '../../../src/domain/report/figure.ts'
import { standingEffects } from '../../../src/domain/standing.ts'

/** The figures of the December report: their names, words and changes (R10). */
const anyKey = fc.oneof(
  fc.constantFrom(...cities.map(({ code }) => code as string), ...familyOrder, 'none', 'unknown', '2027-03'),
  fc.uuid(),
  fc.constantFrom(
    'CN',
    'Bosnia and Herzegovina',
    'Côte d’Ivoire',
    'Korea, Republic of',
    'St. Lucia',
    '中国',
    'Agrarne “Pidpryjemstvo” <x>',
  ),
)

const anyFigure: fc.Arbitrary<FigureName> = fc
  .tuple(
    fc.constantFrom(...reportSets),
    fc.nat(),
    fc.option(fc.tuple(fc.constantFrom('family', 'region', 'member', 'detail'), anyKey)),
    fc.constantFrom('rows', 'enterprises', 'members'),
  )
  .map(([set, at, by, counts]) => {
    const { windows, countsEnterprises, countsEnterprisesByDetail, countsMembers } = reportDefinitions[set]
    const isCounted = {
      rows: true,
      enterprises: by?.[0] === 'detail' ? countsEnterprisesByDetail : countsEnterprises,
      members: countsMembers && by?.[0] !== 'member',
    }
    return {
      set,
      window: windows[at % windows.length] ?? 'period',
      by: by === null ? null : { dimension: by[0] as 'family', key: by[1] },
      counts: isCounted[counts as 'rows'] ? (counts as 'rows') : 'rows',
    }
  })

t.test('an id names one figure, and a figure has one id', async () => {
  fc.assert(
    fc.property(anyFigure, (figure) => {
      const read = parseFigureId(figureId(figure))
      return JSON.stringify(read) === JSON.stringify(figure)
    }),
  )
})

t.test('what is no id names nothing', async (t) => {
  for (const id of [
    '',
    'certified',
    'certified.next_year',
    'certified.period.enterprise',
    'certified.period.city.320100',
    'certified.period.region',
    'certified.period.region.',
    'report_late.period.enterprises',
    'certified.period.members',
    'certified.period.detail.self_selected.enterprises',
    'live.cut_off.detail.x.enterprises',
    'report_late.period.member.x.members',
    'live.period',
    'expiring.cut_off',
    'certified.period.region.\u0000',
    'constructor.period',
  ])
    t.equal(parseFigureId(id), undefined, id)
})

t.test('every set says in both languages what it counts', async (t) => {
  for (const set of reportSets) {
    const { windows, name, text } = reportDefinitions[set]
    t.ok(windows.length > 0, set)
    const words = figureWords({ set, window: windows[0] ?? 'period', by: null, counts: 'rows' }, null)
    t.match(words.zh, /\p{sc=Han}/u)
    t.match(words.en, /^[A-Za-z]/)
    t.notMatch(words.en, /\p{sc=Han}/u, `${set} in English`)
    for (const part of [...name, ...text]) t.not(part, '')
  }
})

t.test('what fell due is what was on time, late and overdue; every other set is counted itself', async (t) => {
  t.same(partsOf('report_due'), ['report_on_time', 'report_late', 'report_overdue'])
  for (const set of countedSets) t.same(partsOf(set), [set])
  t.same(setsOfDuty('monthly'), [
    'monthly_on_time',
    'monthly_late',
    'monthly_overdue',
    'monthly_not_due',
    'monthly_waived',
    'monthly_contested',
  ])
  t.equal(reportDutySets.length, 36)
  t.same(partsOf('completed'), ['certified', 'refused', 'supplemented'])
})

t.test('a detail is said in words', async (t) => {
  for (const [set, code, zh] of [
    ['certified', 'self_selected', '企业自选'],
    ['state', 'suspended', '暂停'],
    ['state', 'approval_revoked', '因机构批准被撤销而不能证明'],
    ['announced', '2025', '2025年批次'],
    ['member_standing', 'rectifying', standingEffects.rectifying.zh],
    ['finding', 'bundling', '捆绑其他业务'],
    ['finding_grade', 'serious', '严重'],
    ['sanction', 'warning', '警告'],
    ['expiring', '2027-03', '3月'],
    ['expired', 'renewed', '已再认证'],
    ['withdrawn', 'fraud', '以欺骗等手段取得'],
    ['suspended', 'unknown', '原因不明'],
  ] as const)
    t.equal(detailName(set, code)?.[0], zh, `${set} ${code}`)
  t.equal(detailName('state', 'constructor'), null)
  t.equal(detailName('withdrawn', 'no_such_reason'), null)
})

t.test(
  'firms are counted by detail of what was announced, by the year of its batch, and of nothing else',
  async (t) => {
    const counted = reportSets.filter((set) => {
      const window = reportDefinitions[set].windows[0] ?? 'period'
      return parseFigureId(`${set}.${window}.detail.2026.enterprises`)
    })
    t.same(counted, ['announced'])
  },
)

t.test('a count that is not there is nought, and changes are those that differ', async (t) => {
  const name: FigureName = { set: 'certified', window: 'period', by: null, counts: 'rows' }
  t.equal(figureIn({}, name), 0)
  t.equal(figureIn({ 'certified.period': 4 }, name), 4)
  t.same(movesBetween({ a: 1, b: 2, d: 0 }, { b: 2, c: 3, d: null }), [
    { id: 'a', before: 1, now: null },
    { id: 'c', before: null, now: 3 },
    { id: 'd', before: 0, now: null },
  ])
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ maxLength: 3 }), fc.nat(5)),
      (figures) => movesBetween(figures, figures).length === 0,
    ),
  )
})

t.test('the title is that of a report to a superior', async (t) => {
  const settings = { name: '江苏精品', addressee: '示例', families: [], regions: 'cities' } as const
  t.equal(reportTitle(2026, settings), '关于2026年度“江苏精品”认证工作情况的报告')
})
