import { sql } from 'drizzle-orm'
import t from 'tap'
import { openDatabase, postgresFault } from '../../src/store/database.ts'
import { inOneFlight } from '../../src/store/in-one-flight.ts'
import { startTestServer } from '../support/databases.ts'

const server = await startTestServer()
t.teardown(() => server.stop())
const { serviceUrl } = await server.newDatabase()
const { db, close } = openDatabase(serviceUrl, { poolSize: 1 })
t.teardown(close)

const made = sql`create temporary table if not exists notes (place int primary key, text text) on commit drop`
const noted = (place: number, text: string | null) => sql`insert into notes values (${place}::int, ${text}::text)`
const read = sql`select place, text from notes order by place`

t.test('statements are done in the order in which they are named, and each is answered', async (t) => {
  for (let time = 0; time < 4; time += 1) {
    const answers = await db.transaction((tx) => inOneFlight(tx, made, noted(1, 'one'), read, noted(2, null), read))
    const [, ...rows] = answers.map(({ count }) => count)
    t.same(rows, [1, 1, 1, 2])
    t.same(
      [...(answers[4] ?? [])],
      [
        { place: 1, text: 'one' },
        { place: 2, text: null },
      ],
      `time ${time + 1}`,
    )
  }
  t.same(await db.transaction((tx) => inOneFlight(tx)), [])
})

t.test(
  'the first that fails is the failure; those after it do nothing, and the transaction goes on from its savepoint',
  async (t) => {
    await db.transaction(async (tx) => {
      await inOneFlight(tx, made, noted(1, 'before'))
      const failing = tx.transaction((inner) =>
        inOneFlight(inner, noted(2, 'two'), noted(2, 'again'), noted(3, 'three'), sql`select 1 / 0`),
      )
      const fault = await failing.then(() => null, postgresFault)
      t.match(fault, { code: '23505', constraint: 'notes_pkey' })
      const [, left] = await inOneFlight(tx, noted(4, 'after'), read)
      t.same(
        [...(left ?? [])],
        [
          { place: 1, text: 'before' },
          { place: 4, text: 'after' },
        ],
      )
    })
  },
)
