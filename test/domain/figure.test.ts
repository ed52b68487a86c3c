import t from 'tap'
import { countFigure, shareFigure } from '../../src/domain/figure.ts'
import { plainDate } from '../../src/domain/plain-date.ts'

const asOf = plainDate('2026-11-20')

t.test('a count has no denominator', async (t) => {
  t.same(countFigure(0, asOf), { value: 0, numerator: 0, denominator: null, asOf })
  t.same(countFigure(12, asOf), { value: 12, numerator: 12, denominator: null, asOf })
})

t.test('a share says what it was made of, and of nothing there is no share', async (t) => {
  t.same(shareFigure(3, 4, asOf), { value: 0.75, numerator: 3, denominator: 4, asOf })
  t.same(shareFigure(0, 0, asOf), { value: null, numerator: 0, denominator: 0, asOf })
})
