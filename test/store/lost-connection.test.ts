import { sql } from 'drizzle-orm'
import t from 'tap'
import { openDatabase } from '../../src/store/database.ts'
import { startTestServer } from '../support/databases.ts'

const server = await startTestServer()
t.teardown(() => server.stop())

t.test('a transaction whose connection was lost sends nothing more, least of all into another one', async (t) => {
  const { ownerUrl } = await server.newDatabase()
  const { db, close } = openDatabase(ownerUrl, { poolSize: 1 })
  const other = openDatabase(ownerUrl, { poolSize: 1 })
  t.teardown(() => Promise.all([close(), other.close()]))
  await other.db.execute(sql`create table notes (writer text)`)
  const [letGoOn, goesOn] = gate()

  let refused: unknown
  const lost = db.transaction(async (tx) => {
    const [mine] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    await other.db.execute(sql`select pg_terminate_backend(${mine?.pid}::int)`)
    await goesOn
    await tx.execute(sql`insert into notes values ('lost')`).catch((error: { cause: unknown }) => {
      refused = error.cause
      throw error
    })
  })
  await t.rejects(lost, { code: 'CONNECTION_CLOSED' })

  await db.transaction(async (tx) => {
    await tx.execute(sql`insert into notes values ('other')`)
    letGoOn()
    // The lost one has its say, and its rollback, while this one is under way.
    for (let turn = 0; turn < 3; turn += 1) await tx.execute(sql`select 1`)
    await tx.execute(sql`insert into notes values ('other')`)
  })
  t.match(refused, { code: 'CONNECTION_CLOSED' })
  t.same([...(await db.execute(sql`select writer from notes`))], [{ writer: 'other' }, { writer: 'other' }])
})

function gate(): [open: () => void, opened: Promise<void>] {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return [open, opened]
}
