import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import t from 'tap'
import { openDatabase } from '../../src/store/database.ts'
import { decideExplanation, explanationDecision } from '../../src/usecases/explanations/decide-explanation.ts'
import { explanationsQuery, readExplanations } from '../../src/usecases/explanations/read-explanations.ts'
import { explanationInput, writeExplanation } from '../../src/usecases/explanations/write-explanation.ts'
import { readObligation } from '../../src/usecases/obligations/read-obligations.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { actionsOf, bodyOf, codesOf, posted, race, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { morningOf, obligationsOfDuty, run, runOn, said, saidInShort } from '../support/notices.ts'
import type { TestRegistry } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server, start)

/** A report to CNCA that was due on 2026-11-25 and is overdue, as it was said this morning. */
async function overdue(test: TestRegistry): Promise<string> {
  const { obligations } = await posted(test, bodyOf('0001'))
  await runOn(test, 'obligation-notices', '2026-11-26')
  return obligations.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''
}

const explain = (test: TestRegistry, id: string, text = '示例：检测报告晚到', member: 'a' | 'b' = 'a') =>
  writeExplanation(test.registry, test.as('member', member), id, explanationInput.parse({ text }))
const decide = (test: TestRegistry, id: string, verdict: string, note: string | null = '示例') =>
  decideExplanation(
    test.registry,
    test.as('secretariat'),
    id,
    explanationDecision.parse({ verdict, ...(note === null ? {} : { note }) }),
  )
const list = (test: TestRegistry, query: object = {}, as: Parameters<TestRegistry['as']> = ['secretariat']) =>
  readExplanations(test.registry, test.as(...as), explanationsQuery.parse(query))

story('an explanation meets the duty to explain, and the secretariat is told', async (test, t) => {
  const id = await overdue(test)
  test.clock.set('2026-11-27T06:00:00Z')
  const written = await explain(test, id)
  t.match(written, { obligationId: id, memberId: test.memberIds.a, state: 'waiting', supersededAt: null })
  t.match(await obligationsOfDuty(test, 'explain_overdue'), [{ state: 'met_on_time', metOn: '2026-11-27' }])
  t.match((await said(test)).at(-1), {
    kind: 'explanation',
    stage: 'received',
    audiences: ['secretariat'],
    obligationId: id,
  })
  t.match(await readObligation(test.registry, test.as('regulator'), id), {
    state: 'overdue',
    explanations: [{ id: written.id, text: '示例：检测报告晚到', state: 'waiting' }],
  })
  t.same((await actionsOf(test.registry, 'obligation', id)).at(-1), 'explanation.written')
})

story('a later explanation supersedes the one that waits or was returned; an accepted one stands', async (test, t) => {
  const id = await overdue(test)
  const first = await explain(test, id, '示例一')
  test.clock.set('2026-11-26T02:00:00Z')
  const second = await explain(test, id, '示例二')
  t.same(await codesOf(decide(test, first.id, 'accepted')), ['explanation_superseded'])
  t.match(await decide(test, second.id, 'returned', '示例：请附检测报告'), {
    state: 'returned',
    note: '示例：请附检测报告',
  })
  t.same(await codesOf(decide(test, second.id, 'accepted')), ['explanation_decided'])
  test.clock.set('2026-11-26T03:00:00Z')
  const third = await explain(test, id, '示例三')
  t.match((await list(test)).items, [{ id: third.id, state: 'waiting' }], 'the list shows the one that counts')
  t.match(await decide(test, third.id, 'accepted', null), { state: 'accepted', note: null })
  t.same(await codesOf(explain(test, id, '示例四')), ['explanation_accepted'])
  t.match((await readObligation(test.registry, test.as('member'), id)).explanations, [
    { text: '示例一', state: 'waiting', supersededAt: Date },
    { text: '示例二', state: 'returned', supersededAt: Date },
    { text: '示例三', state: 'accepted', supersededAt: null },
  ])
  const told = (await said(test)).filter(({ kind, stage }) => kind === 'explanation' && stage !== 'received')
  t.match(told, [
    { stage: 'returned', audiences: ['member'], facts: { note: '示例：请附检测报告' } },
    { stage: 'accepted' },
  ])
  t.throws(() => explanationDecision.parse({ verdict: 'returned' }), 'to return one takes a note')
})

story('only what is overdue or late is explained, by the member whose it is', async (test, t) => {
  const { obligations } = await posted(test, bodyOf('0001'))
  const of = (duty: string) => obligations.find((each) => each.duty === duty)?.id ?? ''
  t.same(await codesOf(explain(test, of('report_to_cnca'))), ['explanation_not_owed'], 'not yet due')
  t.same(await codesOf(explain(test, of('feed_back'))), ['explanation_not_owed'], 'met in time')
  await runOn(test, 'obligation-notices', '2026-11-26')
  const [duty] = await obligationsOfDuty(test, 'explain_overdue')
  t.same(await codesOf(explain(test, duty?.id ?? '')), ['explanation_not_owed'], 'an explanation is not explained')
  t.same(await codesOf(explain(test, of('report_to_cnca'), '示例', 'b')), ['not_found'])
  t.same(
    await codesOf(writeExplanation(test.registry, test.as('secretariat'), of('report_to_cnca'), { text: '示例' })),
    ['forbidden'],
  )
  const receipt = receiptInput.parse({ reportedOn: '2026-11-26', receiptNumber: '示例' })
  t.same(
    await codesOf(recordReceipt(test.registry, test.as('member'), duty?.id ?? '', receipt, undefined)),
    ['obligation_met_by_posting'],
    'it is met by explaining, not by a receipt',
  )
  await recordReceipt(test.registry, test.as('member'), of('report_to_cnca'), receipt, undefined)
  t.match(await explain(test, of('report_to_cnca')), { state: 'waiting' }, 'what was met late may be explained')
  t.same(await codesOf(decide(test, '01958d5e-0000-7000-8000-000000000000', 'accepted')), ['not_found'])
  t.same(
    await codesOf(decideExplanation(test.registry, test.as('member'), of('report_to_cnca'), { verdict: 'accepted' })),
    ['forbidden'],
  )
})

story('an explanation ahead of the overdue notice opens no further duty', async (test, t) => {
  const { obligations } = await posted(test, bodyOf('0001'))
  const id = obligations.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''
  test.clock.set('2026-11-25T16:30:00Z')
  await explain(test, id)
  await runOn(test, 'obligation-notices', '2026-11-26')
  t.same(await saidInShort(test), ['2026-11-26 received report_to_cnca', '2026-11-26 overdue report_to_cnca'])
  t.same(await obligationsOfDuty(test, 'explain_overdue'), [])
})

story('an explanation that is being written while the notices are said leaves no duty behind', async (test, t) => {
  const { obligations } = await posted(test, bodyOf('0001'))
  const id = obligations.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''
  test.clock.set(morningOf('2026-11-26'))
  const other = openDatabase(test.urls.serviceUrl, { poolSize: 2 })
  t.teardown(() => other.close())
  const isAtWork = { job: true }
  const { job } = await test.registry.db.transaction(async (tx) => {
    await explain({ ...test, registry: { ...test.registry, db: tx as typeof test.registry.db } }, id)
    const job = run({ registry: { ...test.registry, db: other.db } }, 'obligation-notices')
    void job.finally(() => (isAtWork.job = false))
    while (isAtWork.job && !(await somebodyWaits(test))) await delay(10)
    return { job }
  })
  await job
  t.same(await obligationsOfDuty(test, 'explain_overdue'), [], 'it was explained already')
  t.ok((await saidInShort(test)).includes('2026-11-26 overdue report_to_cnca'))
})

async function somebodyWaits({ registry }: TestRegistry): Promise<boolean> {
  const [row] = await registry.lists.execute<{ n: number }>(
    sql`select count(*)::int as n from pg_locks where not granted and locktype in ('transactionid', 'advisory')`,
  )
  return (row?.n ?? 0) > 0
}

story('nothing is listed publicly while an explanation waits or was accepted', async (test, t) => {
  const id = await overdue(test)
  const { id: explanationId } = await explain(test, id)
  await runOn(test, 'obligation-notices', '2026-12-20')
  t.notOk((await saidInShort(test)).some((words) => words.includes('public_listing')))
  await decide(test, explanationId, 'returned')
  await runOn(test, 'obligation-notices', '2026-12-25')
  t.notOk(
    (await saidInShort(test)).some((words) => words.includes('public_listing')),
    'five working days more',
  )
  await runOn(test, 'obligation-notices', '2026-12-26')
  t.equal((await saidInShort(test)).at(-1), '2026-12-26 public_listing report_to_cnca')
})

story('the listing is not put off for ever by one explanation after another', async (test, t) => {
  const id = await overdue(test)
  const first = await explain(test, id)
  test.clock.set('2026-12-21T01:00:00Z')
  await decide(test, first.id, 'returned')
  const second = await explain(test, id)
  await decide(test, second.id, 'returned')
  test.clock.set('2026-12-29T00:30:00Z')
  await explain(test, id, '示例：又一次')
  await runOn(test, 'obligation-notices', '2026-12-29')
  t.equal((await saidInShort(test)).at(-1), '2026-12-29 public_listing report_to_cnca')
})

story(
  'an explanation after the time to explain puts off nothing; put in place of one in time it does',
  async (test, t) => {
    const late = await overdue(test)
    const { obligations } = await posted(test, bodyOf('0002'))
    const inTime = obligations.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''
    await explain(test, inTime)
    test.clock.set('2026-12-08T01:00:00Z')
    await explain(test, inTime, '示例：补充')
    await explain(test, late)
    await runOn(test, 'obligation-notices', '2026-12-20')
    const listed = (await said(test)).filter(({ stage }) => stage === 'public_listing')
    t.same(
      listed.map(({ obligationId }) => obligationId),
      [late],
    )
  },
)

story('the list is filtered by state and member, page by page, and confined to one’s own rows', async (test, t) => {
  const ids = await Promise.all(
    ['1', '2', '3'].map(async (name) => {
      const { obligations } = await posted(test, bodyOf(name))
      return obligations.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''
    }),
  )
  test.clock.set('2026-11-26T01:00:00Z')
  const written = []
  for (const id of ids) written.push((await explain(test, id)).id)
  await decide(test, written[1] ?? '', 'accepted')
  const idsOf = async (query: object, as?: Parameters<TestRegistry['as']>) =>
    (await list(test, query, as)).items.map(({ id }) => id)
  t.same(await idsOf({}), [...written].sort())
  t.same(await idsOf({ state: 'waiting' }), [written[0], written[2]].sort())
  t.same(await idsOf({ state: 'accepted' }), [written[1]])
  const first = await list(test, { limit: 2 })
  t.same(
    (await list(test, { limit: 2, cursor: first.nextCursor })).items.map(({ id }) => id),
    [...written].sort().slice(2),
  )
  t.same(await idsOf({}, ['member', 'b']), [])
  t.same(await idsOf({ memberId: test.memberIds.b }), [])
  t.same(await codesOf(list(test, { memberId: test.memberIds.a }, ['member', 'b'])), ['not_found'])
  t.same(await codesOf(list(test, {}, ['monitor'])), ['forbidden'])
})

story('of two decisions at once one is made; a decision and a new explanation follow one another', async (test, t) => {
  const id = await overdue(test)
  const { id: first } = await explain(test, id)
  const decided = await race([decide(test, first, 'accepted'), decide(test, first, 'returned')])
  t.equal(decided.done.length, 1)
  t.same(decided.refused, [['explanation_decided']])
  const wasAccepted = decided.done[0]?.state === 'accepted'
  if (wasAccepted) t.same(await codesOf(explain(test, id)), ['explanation_accepted'])
  else t.match(await explain(test, id), { state: 'waiting' })
  const { done, refused } = await race<unknown>([
    explain(test, id, '示例'),
    explain(test, id, '示例'),
    decide(test, first, 'accepted'),
  ])
  t.equal(done.length + refused.length, 3)
  const current = (await list(test)).items
  t.equal(current.length, 1, 'one counts')
})
