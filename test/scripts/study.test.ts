import t from 'tap'
import { study } from '../../scripts/study/simulate.ts'

/** A small run of `npm run study:ranking`: the aims of R9, with room for the chance of a small run. */
t.test('with three years of ten results a bad body is found, and a good one seldom suspected', async (t) => {
  const row = study({ bodies: 20, results: 10, years: 3 }, 120, 'test')
  t.ok(row.coverage >= 0.86, `coverage ${row.coverage}`)
  t.ok(row.watchGood <= 0.1, `good bodies watched ${row.watchGood}`)
  t.ok(row.watchBad >= 0.6, `bad bodies watched ${row.watchBad}`)
  t.ok(
    row.removedGood <= row.lastGood / 10,
    `good bodies removed ${row.removedGood}, by the league table ${row.lastGood}`,
  )
})
