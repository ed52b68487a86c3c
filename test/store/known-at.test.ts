import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import t from 'tap'
import { newId } from '../../src/ids.ts'
import { asKnownAt } from '../../src/store/known-at.ts'
import { excessPrivileges } from '../../src/store/migrate.ts'
import { assignments } from '../../src/store/schema/assignments.ts'
import { certificates, suspensions } from '../../src/store/schema/certificates.ts'
import { members } from '../../src/store/schema/members.ts'
import { obligations } from '../../src/store/schema/obligations.ts'
import { results } from '../../src/store/schema/results.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { reviewInput, reviewReceipt } from '../../src/usecases/obligations/review-receipt.ts'
import { approvalInput, decideCorrection } from '../../src/usecases/results/decide-correction.ts'
import { bodyOf, posted, storiesOn, transferred } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { acceptedAssignment, act, correct } from '../support/results.ts'
import type { TestRegistry } from '../support/services.ts'

/** What was known at an instant is answered for ever as it was then, whatever is recorded later (R4a). */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const tables = { assignments, certificates, members, suspensions, obligations, results }
type Seen = Record<string, unknown[]>

/** Every row of the tables that keep their past: as they are, or as they were known at an instant. */
async function seen({ registry }: TestRegistry, at?: Date): Promise<Seen> {
  const all: Seen = {}
  for (const [name, table] of Object.entries(tables)) {
    const rows = at ? asKnownAt(table, at) : sql`${table}`
    const content = name === 'certificates' ? sql` - 'content'` : sql``
    const found = await registry.db.execute<{ row: unknown }>(
      sql`select to_jsonb(r) - 'changed_at'${content} as row from ${rows} r order by r.id`,
    )
    all[name] = found.map(({ row }) => row)
  }
  return all
}

/** Does each step at its own instant, a minute after the one before, and tells what was seen at the end of each. */
async function live(test: TestRegistry, begin: string, steps: readonly (() => Promise<unknown>)[]): Promise<Moment[]> {
  const moments: Moment[] = []
  for (const [index, step] of steps.entries()) {
    const at = new Date(Date.parse(begin) + index * 60_000)
    test.clock.set(at.toISOString())
    await step()
    moments.push({ at, was: await seen(test) })
  }
  return moments
}

type Moment = { readonly at: Date; readonly was: Seen }

async function requireAsSeen(test: TestRegistry, t: Tap, moments: readonly Moment[]): Promise<void> {
  for (const [index, { at, was }] of moments.entries()) {
    t.same(await seen(test, new Date(at.getTime() + 1_000)), was, `after step ${index}`)
    t.same(await seen(test, new Date(at.getTime() + 59_999)), was, `just before step ${index + 1}`)
  }
}

type Tap = typeof t

story('a day in the life of a registry is told again as it was seen at each instant', async (test, t) => {
  const made: { resultId?: string; certificateId?: string; cncaId?: string; receiptId?: string } = {}
  const moments = await live(test, '2026-11-20T02:00:00Z', [
    () => acceptedAssignment(test),
    async () => {
      const answer = await posted(test, bodyOf('A', { decidedOn: '2026-11-16' }))
      made.resultId = answer.result.id
      made.certificateId = answer.certificate?.id ?? ''
      made.cncaId = answer.obligations.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''
    },
    async () => {
      const input = receiptInput.parse({ reportedOn: '2026-11-20', receiptNumber: '示例-1' })
      const { answer } = await recordReceipt(test.registry, test.as('member'), made.cncaId!, input, undefined)
      made.receiptId = answer.receipt.id
    },
    () => {
      const input = reviewInput.parse({ verdict: 'contested', note: '未见该报送' })
      return reviewReceipt(test.registry, test.as('regulator'), made.cncaId!, made.receiptId!, input)
    },
    () => correct(test, made.resultId!, { decidedOn: '2026-11-17' }),
    () =>
      act(test, made.certificateId!, {
        action: 'suspend',
        on: '2026-11-20',
        untilOn: '2027-02-20',
        reasonCode: 'surveillance_missed',
      }),
    () => act(test, made.certificateId!, { action: 'reinstate', on: '2026-11-20', reasonCode: 'cause_removed' }),
    () =>
      act(test, made.certificateId!, {
        action: 'withdraw',
        on: '2026-11-20',
        reasonCode: 'fraud',
      }),
  ])
  await requireAsSeen(test, t, moments)
  const before = await seen(test, new Date('2026-11-20T01:59:59Z'))
  t.same(Object.values(before).flat(), [], 'before the first there was nothing')
  t.ok(
    moments.some(
      ({ was }, index) => index > 0 && was.obligations!.length > moments[index - 1]!.was.obligations!.length,
    ),
  )
})

story('what is made of a changed row was not known before it was made', async (test, t) => {
  const { result, certificate } = await posted(test, bodyOf('G'))
  const ids = { result: result.id, certificate: certificate?.id ?? '' }
  const moments = await live(test, '2026-11-26T02:00:00Z', [
    async () => {
      ids.result = (await correct(test, ids.result, { decidedOn: '2026-11-17' })).result.id
    },
    () =>
      decideCorrection(
        test.registry,
        test.as('secretariat'),
        ids.result,
        approvalInput.parse({ verdict: 'approved', note: '已核' }),
      ),
    () => correct(test, ids.result, { reasonText: '补充' }),
    () => transferred(test, ids.certificate, 'b', 'YI-G'),
  ])
  await requireAsSeen(test, t, moments)
  t.equal(moments.at(-1)?.was.results?.length, 3)
  t.equal(moments.at(-1)?.was.certificates?.length, 2)
})

story('the past holds no content of certificates: their versions have it', async (test, t) => {
  test.clock.set('2026-11-20T03:00:00Z')
  const { certificate: later } = await posted(test, bodyOf('C'))
  test.clock.set('2026-11-20T04:00:00Z')
  await act(test, later!.id, { action: 'withdraw', on: '2026-11-20', reasonCode: 'fraud' })
  const kept = await test.registry.db.execute<{ has: boolean; number: string }>(
    sql`select was ? 'content' as has, was ->> 'number' as number from past_rows where of_table = 'certificates'`,
  )
  t.same([...kept], [{ has: false, number: 'SL-C' }])
})

/** One obligation, and its states by the instants from which on they were known. */
async function statesOf({ registry: { db } }: TestRegistry, id: string): Promise<(string | null)[][]> {
  const rows = await db.execute<{ from: string; met: string | null }>(sql`
    select to_char(known_from at time zone 'UTC', 'HH24:MI:SS.MS') as from, was ->> 'met_on' as met from past_rows where row_id = ${id}
    union all select to_char(coalesce(changed_at, recorded_at) at time zone 'UTC', 'HH24:MI:SS.MS'), met_on::text
    from obligations where id = ${id} order by 1`)
  return rows.map(({ from, met }) => [from, met])
}

story('a writer whose clock is behind comes after the one before it, and no state is lost', async (test, t) => {
  const { obligations: opened } = await posted(test, bodyOf('D'))
  const { id } = opened.find(({ duty }) => duty === 'report_to_cnca')!
  const set = (metOn: string, changedAt: string) =>
    test.registry.db
      .update(obligations)
      .set({ metOn: metOn as never, changedAt: new Date(changedAt) })
      .where(eq(obligations.id, id))
  await set('2026-11-17', '2026-11-20T02:00:05Z')
  await set('2026-11-18', '2026-11-20T02:00:04Z')
  await set('2026-11-19', '2026-11-20T02:00:07Z')
  t.same(await statesOf(test, id), [
    ['02:00:00.000', null],
    ['02:00:05.000', '2026-11-17'],
    ['02:00:05.001', '2026-11-18'],
    ['02:00:07.000', '2026-11-19'],
  ])
})

story('what one transaction wrote on its way is no state', async (test, t) => {
  const { obligations: opened } = await posted(test, bodyOf('E'))
  const { id } = opened.find(({ duty }) => duty === 'report_to_cnca')!
  await test.registry.db.transaction(async (tx) => {
    const set = (metOn: string) =>
      tx
        .update(obligations)
        .set({ metOn: metOn as never, changedAt: new Date('2026-11-20T02:00:05Z') })
        .where(eq(obligations.id, id))
    await set('2026-11-17')
    await set('2026-11-18')
  })
  t.same(await statesOf(test, id), [
    ['02:00:00.000', null],
    ['02:00:05.000', '2026-11-18'],
  ])
})

story('code that does not know of the past yet has it kept all the same', async (test, t) => {
  const { obligations: opened } = await posted(test, bodyOf('F'))
  const { id } = opened.find(({ duty }) => duty === 'report_to_cnca')!
  await test.registry.db.execute(sql`update obligations set met_on = '2026-11-17' where id = ${id}`)
  const states = await statesOf(test, id)
  t.equal(states.length, 2)
  t.same(states.map(([, met]) => met).sort(), ['2026-11-17', null].sort())
  await test.registry.db.execute(sql`update obligations set met_on = '2026-11-17' where id = ${id}`)
  t.equal((await statesOf(test, id)).length, 2, 'the same again is no change')
})

story('the role of the service may not write the past, and what may is named at the start', async (test, t) => {
  const { registry, urls } = test
  for (const statement of [
    sql`insert into past_rows values ('results', ${newId(new Date())}, now() - interval '1 day', now(), '{}')`,
    sql`update past_rows set was = '{}'`,
    sql`delete from past_rows`,
    sql`truncate past_rows`,
  ])
    await t.rejects(registry.db.execute(statement), { cause: { code: '42501' } })
  t.same(await excessPrivileges(registry.db), [])
  const owner = postgres(urls.ownerUrl, { max: 1, onnotice: () => {} })
  t.teardown(() => owner.end())
  t.match(await excessPrivileges(drizzle({ client: owner })), new Set(['may write the past of rows']))
})
