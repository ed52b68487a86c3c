import t from 'tap'
import { chineseNumeral, instantInWords } from '../../src/documents/paper.ts'
import { dayInWords } from '../../src/domain/plain-date.ts'

t.test('headings are numbered as Chinese documents number them', async (t) => {
  const table: [number, string][] = [
    [1, '一'],
    [9, '九'],
    [10, '十'],
    [11, '十一'],
    [20, '二十'],
    [34, '三十四'],
    [100, '一百'],
    [105, '一百零五'],
    [110, '一百一十'],
    [200, '二百'],
    [999, '九百九十九'],
  ]
  for (const [number, words] of table) t.equal(chineseNumeral(number), words, `${number}`)
  for (const wrong of [0, -1, 1.5, 1000, Number.NaN]) t.throws(() => chineseNumeral(wrong), RangeError)
})

t.test('days and instants are written out, instants in Beijing time', async (t) => {
  t.equal(dayInWords('2026-12-05'), '2026年12月5日')
  t.equal(instantInWords('2026-12-04T16:05:00.000Z'), '2026年12月5日 0时05分')
})
