import fc from 'fast-check'
import t from 'tap'
import { familyOrder } from '../../src/domain/families.ts'
import { counters } from '../../src/domain/ranking/counter.ts'
import { packed, unpacked } from '../../src/statistics/counts-packed.ts'

const row = fc.record({
  memberId: fc.constantFrom('a', 'b', 'c', ''),
  family: fc.constantFrom(null, ...familyOrder),
  stretch: fc.nat({ max: 60 }),
  counter: fc.constantFrom(...counters),
  workingDays: fc.option(fc.nat({ max: 10_000 })),
  rows: fc.nat({ max: 2 ** 31 - 1 }),
  contested: fc.nat({ max: 2 ** 31 - 1 }),
})

t.test('whatever is counted arrives in the other thread as it was', async (t) => {
  fc.assert(fc.property(fc.array(row), (rows) => t.same(unpacked(packed(rows)), rows)))
})

t.test('what is unpacked has no text of its own: a name is there once for all rows', async (t) => {
  const rows = ['a', 'b', 'a'].map((memberId, stretch) => ({
    memberId,
    family: null,
    stretch,
    counter: 'report_on_time' as const,
    workingDays: null,
    rows: 1,
    contested: 0,
  }))
  t.same(packed(rows).memberIds, ['a', 'b'])
})
