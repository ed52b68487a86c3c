import t from 'tap'
import { type RowInPage, rowsByFigure } from '../../src/documents/report/page-sources.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { parseFigureId, partsOf } from '../../src/domain/report/figure.ts'

/** The rows behind the figures of the report’s page (R10). */
const day = plainDate
const spans = {
  from: day('2025-12-01'),
  yearFrom: day('2026-01-01'),
  cutOffOn: day('2026-11-30'),
  nextFrom: day('2027-01-01'),
  nextUntil: day('2027-12-31'),
}
const row = (id: string, onDay: string, more: Partial<RowInPage> = {}): RowInPage => ({
  set: 'certified',
  kind: 'certificate',
  id,
  onDay: day(onDay),
  memberId: 'a',
  enterpriseId: null,
  family: null,
  region: '320100',
  detail: null,
  workingDays: null,
  subject: null,
  ...more,
})
const rows = [
  row('1', '2025-11-30'),
  row('2', '2025-12-01'),
  row('3', '2026-02-01', { set: 'refused', memberId: 'b', region: null }),
  row('4', '2026-01-01', { memberId: 'b', detail: 'self_selected', family: 'services' }),
  row('5', '2026-11-30'),
  row('6', '2026-12-01'),
]

t.test('behind a figure are the rows of its sets, in its window, narrowed as it is, by day', async (t) => {
  const rowsOf = rowsByFigure({ spans }, rows)
  for (const [id, ids] of Object.entries({
    'certified.period': ['2', '4', '5'],
    'certified.year': ['4', '5'],
    'certified.to_date': ['1', '2', '4', '5', '6'],
    'certified.period.member.b': ['4'],
    'certified.period.member.c': [],
    'certified.period.region.320100': ['2', '4', '5'],
    'certified.period.family.services': ['4'],
    'certified.period.detail.self_selected': ['4'],
    'completed.period': ['2', '4', '3', '5'],
    'completed.period.member.b': ['4', '3'],
    'refused.period.region.320100': [],
    'announced.period': [],
  })) {
    const name = parseFigureId(id)
    const found = name && rowsOf({ ...name, sets: partsOf(name.set) })
    t.same(
      found?.map((each) => each.id),
      ids,
      id,
    )
  }
})

t.test('a row is looked at a few times, however many bodies there are', async (t) => {
  let looks = 0
  const members = Array.from({ length: 500 }, (_, at) => `member ${at}`)
  const counted = members.map((memberId, at) => {
    const each = row(String(at), '2026-02-01', { memberId })
    return Object.defineProperty({ ...each }, 'onDay', {
      get: () => {
        looks += 1
        return each.onDay
      },
    })
  })
  const rowsOf = rowsByFigure({ spans }, counted)
  for (const memberId of members) {
    const by = { dimension: 'member', key: memberId } as const
    t.equal(rowsOf({ sets: ['certified'], window: 'period', by }).length, 1)
  }
  t.ok(looks <= 10 * members.length, `${looks} looks at ${members.length} rows`)
})
