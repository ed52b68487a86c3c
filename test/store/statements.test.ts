import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t from 'tap'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { readCertificates, writeCertificatesPage } from '../../src/usecases/certificates/read-certificates.ts'
import { verifyCertificate } from '../../src/usecases/certificates/verify-certificate.ts'
import type { Registry } from '../../src/usecases/context.ts'
import {
  obligationsQuery,
  readObligations,
  writeObligationsPage,
} from '../../src/usecases/obligations/read-obligations.ts'
import { type WrittenItem, writtenList } from '../../src/usecases/pages.ts'
import { bodyOf, posted, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import type { TestRegistry } from '../support/services.ts'

const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

type Statement = {
  readonly name: string
  readonly statement: string
  readonly generic: number
  readonly custom: number
}

/** A registry whose lists have one connection, so that its statements can be looked at. */
async function withOneConnection(test: TestRegistry, work: (registry: Registry) => Promise<void>): Promise<void> {
  const lists = openDatabase(test.urls.serviceUrl, { poolSize: 1, use: 'lists' })
  await work({ ...test.registry, lists: lists.db, db: lists.db }).finally(() => lists.close())
}

const statementsOf = (registry: Registry) =>
  registry.lists.execute<Statement>(sql`select name, statement, generic_plans::int as generic, custom_plans::int as custom
    from pg_prepared_statements where statement like '%from "obligations"%'`)

story('a list that comes again is neither parsed nor planned again', async (test, t) => {
  await withOneConnection(test, async (registry) => {
    for (let day = 10; day < 30; day += 1) {
      const query = obligationsQuery.parse({ state: 'overdue', dueAfter: `2026-01-${day}`, limit: 100 })
      await writeObligationsPage(registry, test.as('secretariat'), query)
    }
    const [only, ...others] = await statementsOf(registry)
    t.equal(others.length, 0, 'twenty questions are one statement')
    t.match(only, { name: /./, custom: 0 })
    t.ok((only?.generic ?? 0) >= 15, `${only?.generic} times by the same plan`)
  })
})

story('five hundred different questions do not fill the server with statements', async (test, t) => {
  await withOneConnection(test, async (registry) => {
    const states = ['open', 'due_soon', 'overdue', 'met_on_time', 'met_late', 'waived']
    for (let at = 0; at < 500; at += 1) {
      const query = {
        state: states[at % 6],
        limit: 1 + (at % 250),
        ...(at % 2 === 0 ? { cityCode: '320100' } : {}),
        ...(at % 5 === 0 ? { dueBefore: '2027-01-01' } : {}),
        on: at % 7 === 0 ? '2026-11-01' : '2026-11-20',
      }
      await readObligations(registry, test.as('secretariat'), obligationsQuery.parse(query))
    }
    const statements = await statementsOf(registry)
    t.ok(statements.length > 0 && statements.length <= 300, `${statements.length} statements`)
  })
})

story('statements are kept in transactions, too, and a refused one leaves the connection usable', async (test, t) => {
  const database = openDatabase(test.urls.serviceUrl, { poolSize: 1 })
  t.teardown(() => database.close())
  for (let at = 0; at < 6; at += 1) {
    const failing = database.db.transaction(async (tx) => {
      await tx.transaction((inner) => inner.execute(sql`select ${at}::int as nested`))
      await tx.execute(sql`select 1 / (${at}::int - 3) as quotient`)
    })
    const failed = await failing.then(
      () => false,
      () => true,
    )
    t.equal(failed, at === 3)
  }
  const kept = await database.db.execute(
    sql`select 1 from pg_prepared_statements where statement like 'select %quotient'`,
  )
  t.equal(kept.length, 1)
})

story('a URL that ends in prepare=false keeps no statements, for a pool in between that has none', async (test, t) => {
  const url = `${test.urls.serviceUrl}${test.urls.serviceUrl.includes('?') ? '&' : '?'}prepare=false`
  const database = openDatabase(url, { poolSize: 1 })
  t.teardown(() => database.close())
  for (let at = 0; at < 5; at += 1) await database.db.execute(sql`select ${at}::int as unprepared`)
  t.same(await database.db.execute(sql`select name from pg_prepared_statements`), [])
})

story('lists are read from the replica, what must be current from the main database', async (test, t) => {
  await posted(test, bodyOf('replica'))
  const elsewhere = await server.newDatabase()
  const replica = openDatabase(elsewhere.serviceUrl, { poolSize: 1, use: 'lists' })
  t.teardown(() => replica.close())
  const registry = { ...test.registry, lists: replica.db }
  const { items } = await readCertificates(registry, test.as('secretariat'), { limit: 10 })
  t.same(items, [], 'the replica has not heard of it yet')
  const { outcome } = await verifyCertificate(registry, {
    number: 'SL-replica',
    member: undefined,
    on: test.as('secretariat').today,
  })
  t.equal(outcome, 'valid', 'who verifies is told all the same')
})

story('a page as PostgreSQL writes it says what the same page of objects says', async (test, t) => {
  for (const name of ['1', '2', '3'])
    await posted(test, bodyOf(name, {}, { product: { name: `"\\\u2028示例${name}` } }))
  await test.registry.db.execute(sql`update obligations set met_on = '2026-11-19', contested = true
    where id = (select min(id::text)::uuid from obligations)`)
  const as = test.as('secretariat')
  const joined = ({ items }: { items: readonly WrittenItem[] }) => JSON.parse(String(Buffer.concat(writtenList(items))))
  const asJson = (value: unknown) => JSON.parse(JSON.stringify(value))
  for (const on of ['2026-11-20', '2026-12-30', '2026-11-18'] as never[]) {
    const obligations = obligationsQuery.parse({ on })
    const shown = (await readObligations(test.registry, as, obligations)).items
    t.ok(shown.length > 0 || on === ('2026-11-01' as never))
    t.same(joined(await writeObligationsPage(test.registry, as, obligations)), asJson(shown), `obligations on ${on}`)
    const certificates = { limit: 2, on }
    const page = await readCertificates(test.registry, as, certificates)
    const written = await writeCertificatesPage(test.registry, as, certificates)
    t.equal(written.nextCursor, page.nextCursor)
    t.same(joined(written), asJson(page.items), `certificates on ${on}`)
  }
})

story('those who verify at the same moment each get their own answer', async (test, t) => {
  for (const name of ['V1', 'V2', 'V3']) await posted(test, bodyOf(name))
  const { today } = test.as('secretariat')
  const numbers = Array.from({ length: 120 }, (_, at) => (at % 4 === 3 ? `SL-NO${at}` : `SL-V${1 + (at % 4)}`))
  const answers = await Promise.all(
    numbers.map((number) => verifyCertificate(test.registry, { number, member: undefined, on: today })),
  )
  t.same(
    answers.map(({ number, outcome, certificates }) => [
      number,
      outcome,
      certificates.map((each) => each.number).join(),
    ]),
    numbers.map((number) => (number.startsWith('SL-NO') ? [number, 'never_issued', ''] : [number, 'valid', number])),
  )
})

story('a calendar that another process adds is seen by lists within a second', async (test, t) => {
  const shelf = rulebookShelf()
  const before = await shelf.recent(test.registry.db)
  const owner = postgres(test.urls.ownerUrl, { max: 1 })
  await owner`insert into calendar_versions (version, note, recorded_at, recorded_by) values (2, '示例', now(), 'test')`
  await owner.end()
  t.equal((await shelf.recent(test.registry.db)).calendar.version, before.calendar.version, 'remembered for a moment')
  t.equal((await shelf.current(test.registry.db)).calendar.version, 2, 'whoever writes reads it')
  const changedAt = performance.now()
  while ((await shelf.recent(test.registry.db)).calendar.version !== 2) {
    if (performance.now() - changedAt > 5_000) throw new Error('the new calendar is not seen')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  t.ok(performance.now() - changedAt < 3_000)
})

story('of what could not be read nothing is remembered', async (test, t) => {
  const shelf = rulebookShelf()
  const gone = openDatabase(test.urls.serviceUrl, { poolSize: 1 })
  await gone.close()
  await t.rejects(shelf.recent(gone.db))
  t.ok((await shelf.recent(test.registry.db)).rules.length > 0)
})
