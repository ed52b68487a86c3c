import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import { workKindsOf } from '../../src/domain/work-queue.ts'
import { activityUntil } from '../../src/store/alliance.ts'
import type { Db } from '../../src/store/database.ts'
import { listLeft } from '../../src/store/dispositions.ts'
import { latestChangeOf } from '../../src/store/events.ts'
import { lapsesOf } from '../../src/store/evidence.ts'
import { countsOfMembers, countsTogether, expiriesByMonth, membersByStanding } from '../../src/store/figures.ts'
import { latestCertificates } from '../../src/store/lists/certificates.ts'
import { listSuggestions } from '../../src/store/lists/surveillance.ts'
import { countWork } from '../../src/store/work-queue.ts'
import { startTestServer } from '../support/databases.ts'

/** The plans of the dashboards' questions on a registry of some size: no large table is read from end to end. */
const today = plainDate('2026-11-26')
const server = await startTestServer()
const { ownerUrl } = await server.newDatabase()
const sql = postgres(ownerUrl, { max: 1, onnotice: () => {} })
t.teardown(async () => {
  await sql.end()
  await server.stop()
})

/** Plainly made up: 200 members, 40 000 certificates of four years, with what follows from each. */
async function fill(): Promise<void> {
  await sql`insert into members (id, identity_key, name, origin, recorded_at)
    select gen_random_uuid(), 'm' || g, '示例机构' || g, 'imported', now() from generate_series(1, 200) g`
  await sql`insert into enterprises (id, identity_key, name, country, origin, recorded_at)
    values (gen_random_uuid(), 'e', '示例企业', 'CN', 'imported', now())`
  await sql`insert into certificates (id, scheme_code, member_id, enterprise_id, number, holder_name, product_name, content,
      decided_on, issued_on, valid_from, valid_until, version, origin, recorded_at, version_recorded_at)
    select gen_random_uuid(), 'jiangsu-premium', m.id, e.id, 'N-' || g, '示例', '示例', '{}', d, d, d + case when g % 400 = 0 then 900 else 0 end,
      d + 1095, 1, 'posted', d, d
    from (select *, row_number() over () as n from members) m, enterprises e, generate_series(0, 199) k,
      lateral (select m.n * 200 + k as g, date '2023-01-02' + (m.n * 200 + k)::int % 1420 as d) x`
  await sql`insert into results (id, root_id, revision, member_id, enterprise_id, scheme_code, certificate_id, kind, family,
      product_name, decided_on, effective_decided_on, member_reference, content_sha256, content, approval, recorded_at, recorded_by)
    select id, id, 1, member_id, enterprise_id, scheme_code, id, 'issue', 'manufacturing', '示例', decided_on, decided_on,
      number, 'x', '{}', case when number like '%777' then 'pending' else 'not_needed' end, recorded_at, 'x' from certificates`
  await sql`insert into obligations (id, cause_key, duty, member_id, result_id, certificate_id, subject, opened_on, event_on,
      due_on, rule_version, calendar_version, provisional, met_on, contested, recorded_at)
    select gen_random_uuid(), d.duty || c.id, d.duty, c.member_id, c.id, c.id, '示例', c.decided_on, c.decided_on,
      c.decided_on + d.days, 1, 1, false,
      case when c.decided_on + d.days < date '2026-11-20' and right(c.number, 2) <> '33' then c.decided_on + d.days - 3 end,
      c.number like '%555', c.recorded_at
    from certificates c, (values ('report_to_cnca', 9), ('feed_back', 9), ('surveillance', 365)) d(duty, days)`
  await sql`insert into suspensions (id, certificate_id, from_on, until_on, recorded_at)
    select gen_random_uuid(), id, decided_on, valid_until, recorded_at from certificates where number like '%99'`
  await sql`insert into events (at, actor_kind, actor_id, actor_name, actor_role, action, entity, entity_id, member_id, changes, request_id)
    select recorded_at, 'x', 'x', 'x', 'x', 'x', 'x', id, member_id, '{}', 'x' from certificates`
  await sql`vacuum analyze`
}

/** A literal for EXECUTE, which takes no parameters of its own. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return `'{${value.map((each) => (each === null ? 'NULL' : `"${each}"`)).join(',')}}'`
  return `'${String(value).replaceAll("'", "''")}'`
}

/** The plan of every statement that a question asks: made for its values, and made once for all values. */
async function plansOf(question: (db: Db) => Promise<unknown>): Promise<string[]> {
  const asked: { query: string; params: unknown[] }[] = []
  const db = drizzle({ client: sql, logger: { logQuery: (query, params) => void asked.push({ query, params }) } })
  await question(db)
  const plans: string[] = []
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    for (const { query, params } of asked) {
      await sql.unsafe(`set plan_cache_mode = ${mode}; prepare asked as ${query}`).simple()
      const values = params.length === 0 ? '' : `(${params.map(literal).join(', ')})`
      const lines = await sql.unsafe(`explain execute asked${values}`).simple()
      await sql.unsafe('deallocate asked; reset plan_cache_mode').simple()
      plans.push(`${mode}\n${lines.map((line) => line['QUERY PLAN']).join('\n')}`)
    }
  }
  return plans
}

const large = [
  'certificates',
  'obligations',
  'results',
  'events',
  'certificate_counts',
  'obligation_counts',
  'result_counts',
]
const scansOfLarge = (plan: string) =>
  [...plan.matchAll(/Seq Scan on (\w+)/g)].map(([, table = '']) => table).filter((table) => large.includes(table))

t.test('no question of the dashboards reads a large table from end to end', async (t) => {
  await fill()
  const ids = (await sql<{ id: string }[]>`select id from members order by name limit 30`).map(({ id }) => id)
  const [own = ''] = ids
  const dueSoon = [{ duty: 'report_to_cnca', version: 1, until: plainDate('2026-11-30') }] as const
  const question = { today, dueSoon, reports: [{ year: 2025, dueOn: plainDate('2025-12-31') }] }
  const questions: Record<string, (db: Db) => Promise<unknown>> = {
    'figures of thirty members': (db) => countsOfMembers(db, ids, question),
    'figures of the alliance': (db) => countsTogether(db, null, question),
    'figures of one member together': (db) => countsTogether(db, own, question),
    'expiries of the alliance': (db) => expiriesByMonth(db, null, { today, until: plainDate('2029-10-31') }),
    'expiries of a member': (db) => expiriesByMonth(db, own, { today, until: plainDate('2029-10-31') }),
    'members by standing': (db) => membersByStanding(db, null, today),
    'latest certificates': (db) => latestCertificates(db, ids, 10),
    'work of a member': (db) => countWork(db, workKindsOf('member'), { memberId: own, ...question }),
    'work of the secretariat': (db) => countWork(db, workKindsOf('secretariat'), { memberId: null, ...question }),
    'work of the regulator': (db) => countWork(db, workKindsOf('regulator'), { memberId: null, ...question }),
    'suggested suspensions': (db) =>
      listSuggestions(db, { after: null, limit: 100, memberId: null, on: today, isPast: false }),
    'suggested suspensions on a day that is past': (db) =>
      listSuggestions(db, { after: null, limit: 100, memberId: null, on: today, isPast: true }),
    'suggested suspensions of a member': (db) =>
      listSuggestions(db, { after: null, limit: 100, memberId: own, on: today, isPast: false }),
    'certificates of a body that leaves': (db) => listLeft(db, { after: null, limit: 100, memberId: own, on: today }),
    'lapses of a body': (db) =>
      lapsesOf(db, { memberId: own, from: null, until: today, on: today, except: null, limit: 200 }),
    'how active the bodies are': (db) => activityUntil(db, today),
    'latest change of all': (db) => latestChangeOf(db, null, today),
    'latest change of a member': (db) => latestChangeOf(db, own, today),
  }
  for (const [name, ask] of Object.entries(questions)) {
    for (const plan of await plansOf(ask)) {
      const scans = scansOfLarge(plan)
      t.same(scans, [], name)
      if (scans.length > 0) t.comment(plan)
    }
  }
  t.same(
    scansOfLarge((await plansOf((db) => db.execute('select * from obligations')))[0] ?? ''),
    ['obligations'],
    'such a scan is seen',
  )
})
