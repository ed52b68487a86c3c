import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import type { Db } from '../../src/store/database.ts'
import {
  approvalsEndingBetween,
  certificatesEndingBetween,
  scopesEndingBetween,
  suspensionsPastEnd,
} from '../../src/store/endings-ahead.ts'
import {
  explainDutiesOf,
  lockCountedOtherwise,
  lockMootExplainDuties,
  metLateSince,
  openDueUntil,
} from '../../src/store/escalations.ts'
import { currentExplanationsOf, listExplanations } from '../../src/store/explanations.ts'
import { claimDeliveries, listDeliveries } from '../../src/store/notice-deliveries.ts'
import { listNotices, noticeKeysSaid } from '../../src/store/notices.ts'
import { bodyOf, posted } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { addMail, runOn } from '../support/notices.ts'
import { newRegistry } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
const test = await newRegistry(server, start)
const sql = postgres(test.urls.ownerUrl, { max: 1, onnotice: () => {} })
t.teardown(async () => {
  await sql.end()
  await test.close()
  await server.stop()
})

/** A database that keeps what it is asked. */
const asked: { query: string; params: unknown[] }[] = []
const client = postgres(test.urls.serviceUrl, { max: 1, onnotice: () => {} })
const db: Db = drizzle({ client, logger: { logQuery: (query, params) => void asked.push({ query, params }) } })
t.teardown(() => client.end())

/** Copies of one row of a table, each with some columns set anew by an expression of `n`. */
async function copies(table: string, count: number, changes: Record<string, string>): Promise<void> {
  const columns = Object.entries(changes).map(([column, value]) => `'${column}', ${value}`)
  await sql.unsafe(`insert into ${table} overriding system value
    select copied.* from (select * from ${table} limit 1) one, generate_series(1, ${count}) n,
      lateral jsonb_populate_record(null::${table}, to_jsonb(one) || jsonb_build_object(${columns.join(', ')})) copied`)
}

/** Eighty-six thousand rows, enough for the planner to choose as it does among millions (300 000 gave the same plans). */
t.before(async () => {
  await addMail(test, 'one@example.org')
  await posted(test, bodyOf('plan'))
  await runOn(test, 'expiry-reminders', '2029-06-01')
  const id = 'gen_random_uuid()'
  await copies('certificates', 12_000, {
    id,
    number: `'N' || n`,
    valid_from: `date '2024-01-01' + n % 1000`,
    valid_until: `date '2027-01-01' + n % 1000`,
  })
  await copies('obligations', 20_000, {
    id,
    cause_key: `'plan:' || n`,
    due_on: `date '2026-06-01' + n % 700`,
    duty: `'surveillance'`,
    calendar_version: `null`,
    met_on: `case when n % 700 < 170 then date '2026-06-01' + n % 700 + (n % 97 = 0)::int end`,
  })
  await sql`insert into receipts (id, obligation_id, reported_on, back_reported, recorded_at, recorded_by)
    select gen_random_uuid(), id, met_on, false, date '2026-11-25' - (row_number() over () % 2000)::int, 'test'
    from obligations where cause_key like 'plan:%' and met_on is not null`
  await copies('notices', 40_000, { id: '1000 + n', notice_key: `'plan:' || n` })
  await copies('notice_deliveries', 14_000, {
    id,
    notice_id: '1000 + n',
    delivered_at: `case when n % 1000 > 0 then now() end`,
    given_up_at: `case when n % 1000 = 0 and n % 2000 = 0 then now() end`,
  })
  await sql`analyze`
})

type Node = { 'Node Type': string; 'Relation Name'?: string; Plans?: Node[] }
const large = ['certificates', 'obligations', 'receipts', 'notices', 'notice_deliveries']

function scansOf(node: Node): string[] {
  const isScan = node['Node Type'] === 'Seq Scan' && large.includes(node['Relation Name'] ?? '')
  return [...(isScan ? [`${node['Relation Name']}`] : []), ...(node.Plans ?? []).flatMap(scansOf)]
}

const today = plainDate('2026-11-25')
const now = new Date('2026-11-25T01:00:00Z')
const at = '01958d5e-0000-7000-8000-000000000000'
const span = (from: string, until: string) => ({ on: today, from: plainDate(from), until: plainDate(until) })

const questions: Record<string, (db: Db) => Promise<unknown>> = {
  'open obligations due by a day': (db) => openDueUntil(db, today, null, 500),
  'and those that follow': (db) => openDueUntil(db, today, { value: today, id: at }, 500),
  'obligations met late': (db) => metLateSince(db, plainDate('2026-09-26'), null, 500),
  'and those recorded later': (db) => metLateSince(db, today, { value: now.toISOString(), id: at }, 500),
  'the duties to explain them': (db) => explainDutiesOf(db, Array(500).fill(at)),
  'their explanations': (db) => currentExplanationsOf(db, Array(500).fill(at)),
  'duties to explain that lost their object': (db) => lockMootExplainDuties(db, today, 500),
  'obligations of another calendar': (db) => lockCountedOtherwise(db, 1, 500),
  'what was said': (db) =>
    noticeKeysSaid(
      db,
      Array.from({ length: 500 }, (_, n) => `plan:${n}`),
    ),
  'certificates that expire': (db) => certificatesEndingBetween(db, span('2026-11-25', '2027-05-24'), null, 500),
  'certificates that expire, further on': (db) =>
    certificatesEndingBetween(db, span('2026-11-25', '2027-05-24'), { endOn: plainDate('2027-03-01'), id: at }, 500),
  'suspensions past their end': (db) => suspensionsPastEnd(db, today, null, 500),
  'scopes that lapse': (db) => scopesEndingBetween(db, span('2026-10-26', '2027-02-23'), null, 500),
  'approvals that lapse': (db) => approvalsEndingBetween(db, span('2026-10-26', '2027-02-23'), null, 500),
  'deliveries that are due': (db) =>
    claimDeliveries(db, { channel: 'email', now, until: now, limit: 20, perTarget: 2 }),
  'dead letters': (db) => listDeliveries(db, { state: 'dead', afterId: null, limit: 100 }),
  'deliveries that wait': (db) => listDeliveries(db, { state: 'waiting', afterId: null, limit: 100 }),
  'notices after one': (db) => listNotices(db, { afterId: 12_000, limit: 100, memberId: null }),
  'notices of a member': (db) => listNotices(db, { afterId: 12_000, limit: 100, memberId: test.memberIds.a }),
  'explanations that wait': (db) =>
    listExplanations(db, { memberId: null, state: 'waiting', afterId: null, limit: 100 }),
}

t.test('no question of the jobs reads a large table from end to end', async (t) => {
  for (const [name, ask] of Object.entries(questions)) {
    asked.length = 0
    await ask(db)
    t.equal(asked.length, 1, `${name}: one statement`)
    for (const { query, params } of asked) {
      const plans = await client.unsafe(`explain (format json) ${query}`, params as never[])
      const found = plans.flatMap((row) => (row['QUERY PLAN'] as { Plan: Node }[]).flatMap(({ Plan }) => scansOf(Plan)))
      t.same({ plans: plans.length, found }, { plans: 1, found: [] }, name)
    }
  }
})
