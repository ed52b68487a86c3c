import t from 'tap'
import { type BodyOnHand, capacityNeeds, type ExpiryWave } from '../../src/domain/capacity-need.ts'
import { industryContains } from '../../src/domain/industries.ts'
import { plainDate } from '../../src/domain/plain-date.ts'

const today = plainDate('2026-11-20')
const wave = (month: string, certificates: number, cityCode: ExpiryWave['cityCode'] = '320100'): ExpiryWave => ({
  month: plainDate(month),
  family: 'manufacturing',
  cityCode,
  certificates,
})
const body = (changes: Partial<BodyOnHand> = {}): BodyOnHand => ({
  standings: [{ standing: 'admitted', fromOn: plainDate('2024-01-02') }],
  approvalUntilOn: null,
  approvalRevokedOn: null,
  scopes: [{ family: 'manufacturing', industryCode: null, fromOn: plainDate('2024-01-02'), untilOn: null }],
  capacities: [],
  loads: [],
  unitCities: ['320100'],
  ...changes,
})
const capacity = (cases: number, year = 2027, family: string | null = null) => ({ year, family, cases })
const needs = (waves: readonly ExpiryWave[], bodies: readonly BodyOnHand[]) =>
  capacityNeeds(waves, bodies, today, industryContains).map(
    ({ cityCode, expiring, bodies: there, ground, shortFrom, shortBy }) => [
      cityCode,
      expiring,
      there,
      ground,
      shortFrom,
      shortBy,
    ],
  )

t.test('where nothing is short, nothing is said to be', async (t) => {
  t.same(needs([wave('2027-03-01', 9)], [body()]), [
    [null, 9, 1, null, null, 0],
    ['320100', 9, 1, null, null, 0],
  ])
  t.same(needs([], [body()]), [])
})

t.test('capacity is that of the calendar year: from the month in which it is used up', async (t) => {
  const waves = [wave('2027-01-01', 6), wave('2027-06-01', 6), wave('2027-09-01', 2), wave('2028-02-01', 9)]
  t.same(needs(waves, [body({ capacities: [capacity(10), capacity(20, 2028)] })])[0], [
    null,
    23,
    1,
    'capacity',
    '2027-06-01',
    4,
  ])
  const stated = [capacity(100), capacity(5, 2027, 'manufacturing')]
  t.same(
    needs(waves.slice(0, 1), [body({ capacities: stated })])[0],
    [null, 6, 1, 'capacity', '2027-01-01', 1],
    'the family’s own counts',
  )
  t.same(
    needs(waves, [body({ capacities: [capacity(1)] }), body()])[0]?.[3],
    null,
    'one without a limit takes the rest',
  )
})

t.test('a scope that lapses is short from then on', async (t) => {
  const lapsing = body({
    scopes: [
      {
        family: 'manufacturing',
        industryCode: null,
        fromOn: plainDate('2024-01-02'),
        untilOn: plainDate('2027-05-31'),
      },
    ],
  })
  t.same(needs([wave('2027-05-01', 3), wave('2027-06-01', 4)], [lapsing]), [
    [null, 7, 1, 'no_body', '2027-06-01', 4],
    ['320100', 7, 1, 'no_unit_in_city', '2027-06-01', 4],
  ])
})

t.test('a city without a unit is told apart from the province', async (t) => {
  t.same(needs([wave('2026-11-01', 2, '320500'), wave('2027-01-01', 1, null)], [body()]), [
    [null, 3, 1, null, null, 0],
    ['320500', 2, 0, 'no_unit_in_city', '2026-11-01', 2],
  ])
})

t.test('a capacity for all families is shared out, and what was given this year is used', async (t) => {
  const scopes = (['manufacturing', 'services'] as const).map((family) => ({
    family,
    industryCode: null,
    fromOn: plainDate('2024-01-02'),
    untilOn: null,
  }))
  const both = [wave('2027-03-01', 10), { ...wave('2027-03-01', 10), family: 'services' as const }]
  const shared = needs(both, [body({ scopes, capacities: [capacity(10)] })]).filter(([city]) => city === null)
  t.same(
    shared.map(([, , , , , shortBy]) => shortBy),
    [5, 5],
    'ten cases for twenty certificates',
  )
  const loads = [{ year: 2027, family: 'manufacturing', cases: 4 }]
  t.same(needs([wave('2027-03-01', 9)], [body({ capacities: [capacity(10)], loads })])[0]?.[5], 3)
})
