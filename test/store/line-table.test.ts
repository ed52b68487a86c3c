import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import t from 'tap'
import { openDatabase } from '../../src/store/database.ts'
import { lineOf, table } from '../../src/store/line-table.ts'
import { startTestServer } from '../support/databases.ts'

const server = await startTestServer()
t.teardown(() => server.stop())
const { serviceUrl } = await server.newDatabase()
const { db, close } = openDatabase(serviceUrl, { poolSize: 1 })
t.teardown(close)

const columns = { place: 'int', name: 'text', content: 'jsonb', validFrom: 'date' }

t.test('rows come out of a statement as they went in', async (t) => {
  const text = fc.string({ unit: 'grapheme' }).filter((some) => !/(?![\t\n\r])\p{Cc}/u.test(some))
  const awkward = fc.constantFrom(
    '',
    'a\tb',
    'two\nlines\r\n',
    '\\N',
    '{"a": "b"}',
    "it's",
    '示例　“引号”',
    '{}',
    'NULL',
  )
  const row = fc.record({
    name: fc.option(fc.oneof(text, awkward)),
    content: fc.option(fc.record({ name: text, models: fc.array(awkward) })),
    validFrom: fc.constantFrom('2024-02-29', null),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
      const placed = rows.map((each, place) => ({ ...each, place }))
      const read = await db.execute(sql`select * from ${table(placed, columns)} order by place`)
      t.same(
        [...read],
        placed.map(({ place, name, content, validFrom }) => ({ place, name, content, validFrom })),
      )
    }),
    { numRuns: 60 },
  )
})

t.test('a mark that would cut a row in two is refused before it is sent', async (t) => {
  for (const mark of ['\u001d', '\u001e', '\u001f']) t.throws(() => lineOf(['a', `b${mark}c`]), /control character/)
})

t.test('the planner knows how many rows there are', async (t) => {
  const rows = Array.from({ length: 3_000 }, (_, place) => ({ place, name: 'x', content: {}, validFrom: null }))
  const plan = await db.execute<{ 'QUERY PLAN': string }>(sql`explain select * from ${table(rows, columns)}`)
  t.match(plan.map((line) => line['QUERY PLAN']).join('\n'), /rows=3000/)
})
