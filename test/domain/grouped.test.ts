import fc from 'fast-check'
import t from 'tap'
import { groupedBy } from '../../src/domain/grouped.ts'

t.test('every row is in the group of its key, in the order in which it came, and nowhere else', async (t) => {
  const words = ['乙', '甲', '乙二', '甲二', '乙三']
  t.same(
    [...groupedBy(words, ([first]) => first)],
    [
      ['乙', ['乙', '乙二', '乙三']],
      ['甲', ['甲', '甲二']],
    ],
  )
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 99 })), (rows) => {
      const keyOf = (row: number) => row % 7
      const groups = groupedBy(rows, keyOf)
      t.same([...groups.keys()], [...new Set(rows.map(keyOf))])
      for (const [key, group] of groups)
        t.same(
          group,
          rows.filter((row) => keyOf(row) === key),
        )
    }),
  )
})
