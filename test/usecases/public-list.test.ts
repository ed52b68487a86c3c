import { sql } from 'drizzle-orm'
import t from 'tap'
import { type ProductState, productStandingOn, productStates } from '../../src/domain/announcement.ts'
import { addDays, plainDate } from '../../src/domain/plain-date.ts'
import { countProducts, productsOfAnnouncements } from '../../src/store/announced-products.ts'
import { openDatabase } from '../../src/store/database.ts'
import {
  pageQuery,
  publicListQuery,
  readListPage,
  readProductTotals,
  readPublicList,
  totalsQuery,
} from '../../src/usecases/announcements/read-products.ts'
import { actionInput } from '../../src/usecases/certificates/action-input.ts'
import { takeAction } from '../../src/usecases/certificates/take-action.ts'
import { changeEnterprise, enterpriseChanges } from '../../src/usecases/enterprises/manage-enterprises.ts'
import { announced, line } from '../support/announcements.ts'
import { codesOf, storiesOn, transferred } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { generateYear } from '../support/generated-year.ts'
import { decided, on } from '../support/ranking.ts'
import type { TestRegistry } from '../support/services.ts'

/** The public list: as announced, and what became of it (N8). */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const today = (test: TestRegistry) => test.as('office').today
const list = async (test: TestRegistry, query: object = {}) =>
  (await readPublicList(test.registry, publicListQuery.parse(query), today(test))).items
const totals = (test: TestRegistry, query: object = {}) =>
  readProductTotals(test.registry, totalsQuery.parse(query), today(test))
const act = (test: TestRegistry, id: string, member: 'a' | 'b', input: object) =>
  takeAction(
    test.registry,
    'toMemberId' in input ? test.as('secretariat') : test.as('member', member),
    id,
    actionInput.parse(input),
    undefined,
  )

/** Six products announced on 20 November, and what happens to them in the following week. */
async function aWeek(test: TestRegistry) {
  const ids: Record<string, string> = {}
  for (const name of ['kept', 'fraud', 'paused', 'moved', 'renewed'] as const)
    ids[name] = (await decided(test, name === 'fraud' ? 'b' : 'a', name, '2026-09-01')).certificateId
  on(test, '2026-11-20')
  const lines = ['kept', 'fraud', 'paused', 'moved', 'renewed'].map((name) => line(`SL-${name}`))
  await announced(test, [...lines, line('OLD-9', { enterpriseName: '示例另一公司', family: 'services' })])
  on(test, '2026-11-24')
  const id = (name: string) => ids[name] ?? ''
  await act(test, id('fraud'), 'b', { action: 'withdraw', on: '2026-11-23', reasonCode: 'fraud' })
  const pause = { action: 'suspend', on: '2026-11-24', untilOn: '2026-12-31', reasonCode: 'nonconformity' }
  await act(test, id('paused'), 'a', pause)
  await transferred(test, id('moved'), 'b', 'YI-1')
  await decided(test, 'a', 'anew', '2026-11-24', { kind: 'renew', earlierCertificateId: id('renewed') })
  on(test, '2026-11-27')
  return ids
}

story('each announced product tells its state of today, since when, why, and what goes on for it', async (test, t) => {
  await aWeek(test)
  const products = await list(test)
  t.same(
    products.map(({ present }) =>
      [present?.state, present?.since, present?.reason?.code, present?.successor?.certificateNumber].join(' ').trim(),
    ),
    [
      'in_force 2026-09-01',
      'withdrawn 2026-11-23 fraud',
      'suspended 2026-11-24 nonconformity',
      'in_force 2026-11-24  YI-1',
      'in_force 2026-11-24  SL-ANEW',
      'not_in_register',
    ],
  )
  t.match(products[3]?.present, {
    member: { name: '示例乙认证中心' },
    successor: { cameBy: 'transfer', memberName: '示例乙认证中心' },
    stateName: { zh: '有效', en: 'in force' },
    holder: null,
  })
  t.match(products[4], { present: { successor: { cameBy: 'renewal' } }, differences: [{ code: 'renewed' }] })
  t.same(
    (await list(test, { on: '2026-11-20' })).map(({ present }) => present?.state),
    ['in_force', 'in_force', 'in_force', 'in_force', 'in_force', 'not_in_register'],
    'as announced, on the day of the announcement',
  )
})

story('a holder that is called otherwise today is told beside the name that was announced', async (test, t) => {
  await aWeek(test)
  const [firm] = await test.registry.db.execute<{ id: string }>(sql`select id from enterprises limit 1`)
  const changes = { name: '示例精密机械股份有限公司', effectiveOn: '2026-11-26' }
  await changeEnterprise(test.registry, test.as('secretariat'), firm?.id ?? '', enterpriseChanges.parse(changes))
  const [first] = await list(test)
  t.match(first, {
    enterpriseName: '示例精密机械有限公司',
    present: { state: 'in_force', holder: '示例精密机械股份有限公司', product: null },
    differences: [{ code: 'holder_renamed' }],
  })
  t.equal((await list(test, { text: '股份' })).length, 5, 'and is found by either')
})

story('totals count firms and products apart, and what is not in force by what became of it', async (test, t) => {
  await aWeek(test)
  t.match(await totals(test), {
    on: '2026-11-27',
    announced: { enterprises: 2, products: 6 },
    inForce: { enterprises: 1, products: 3 },
    notInForce: [
      { state: 'suspended', products: 1, enterprises: 1, reasons: [{ code: 'nonconformity', products: 1 }] },
      { state: 'withdrawn', products: 1, enterprises: 1, reasons: [{ code: 'fraud', products: 1, enterprises: 1 }] },
      { state: 'not_in_register', products: 1, reasons: [], enterprises: 1, stateName: { zh: '本登记系统无此证书' } },
    ],
  })
  t.match(await totals(test, { batchYear: 2019 }), { announced: { enterprises: 0, products: 0 }, notInForce: [] })
  on(test, '2026-11-28')
  await announced(test, [line('SL-anew')], { number: '示例第2号', announcedOn: '2026-11-28', batchYear: 2026 })
  t.match(
    await totals(test),
    {
      announced: { products: 7 },
      inForce: { products: 3 },
      notInForce: [{ state: 'suspended' }, { state: 'withdrawn' }, { state: 'announced_anew', products: 1 }, {}],
    },
    'a renewal that is announced itself counts there',
  )
  t.match(await totals(test, { batchYear: 2025 }), { announced: { products: 6 }, inForce: { products: 2 } })
})

story('strangers who ask for the same totals at the same moment share a statement', async (test, t) => {
  await aWeek(test)
  const statements: string[] = []
  const watched = openDatabase(test.urls.serviceUrl, { poolSize: 4, watch: (text) => statements.push(text) })
  t.teardown(() => watched.close())
  const ask = (batchYear?: number) => countProducts(watched.db, { on: today(test), batchYear })
  const [first, second, other] = await Promise.all([ask(), ask(), ask(2025)])
  t.same(first, second)
  t.same(first, other)
  t.equal(statements.filter((text) => text.includes('with recursive listed')).length, 2)
  await ask()
  t.equal(statements.filter((text) => text.includes('with recursive listed')).length, 3, 'nothing is kept')
})

story('what was struck out and listed again counts once, where it was listed last', async (test, t) => {
  await decided(test, 'a', 'one', '2026-09-01')
  on(test, '2026-11-20')
  await announced(test, [line('SL-one')])
  test.clock.set('2026-11-20T03:00:00Z')
  await announced(test, [line('SL-one', { effect: 'struck' })], { number: '示例第2号' })
  t.match(await totals(test), {
    announced: { products: 1 },
    inForce: { products: 0 },
    notInForce: [{ state: 'struck' }],
  })
  test.clock.set('2026-11-20T04:00:00Z')
  await announced(test, [line('SL-one')], { number: '示例第3号' })
  t.same(
    (await list(test)).map(({ announcementNumber, present }) => `${announcementNumber} ${present?.state}`).sort(),
    ['示例2026年第1号 announced_anew', '示例第3号 in_force'],
  )
  t.match(await totals(test), { announced: { products: 2, enterprises: 1 }, inForce: { products: 1 } })
})

story('the list is filtered by state, batch, family and words, and goes on page by page', async (test, t) => {
  await aWeek(test)
  const places = async (query: object) => (await list(test, query)).map(({ place }) => place)
  t.same(await places({ state: 'in_force' }), [1, 4, 5])
  t.same(await places({ state: 'withdrawn' }), [2])
  t.same(await places({ state: 'withdrawn', on: '2026-11-22' }), [])
  t.same(await places({ family: 'services' }), [6])
  t.same(await places({ family: 'manufacturing', state: 'suspended' }), [3])
  t.same(await places({ text: '另一' }), [6])
  t.same(await places({ text: 'sl-moved' }), [4])
  t.same(await places({ text: '股份' }), [])
  t.same(await places({ text: '%' }), [])
  t.same(await places({ scheme: 'none' }), [])
  const seen: number[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await readPublicList(test.registry, publicListQuery.parse({ limit: 4, cursor }), today(test))
    seen.push(...page.items.map(({ place }) => place))
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  t.same(seen, [1, 2, 3, 4, 5, 6])
  t.same(await codesOf(readPublicList(test.registry, publicListQuery.parse({ cursor: 'x' }), today(test))), [
    'cursor_invalid',
  ])
  t.notOk(publicListQuery.safeParse({ state: 'gone' }).success)
  t.notOk(publicListQuery.safeParse({ text: 'a\u0000' }).success)
})

story('the page says the same, Chinese first, without scripts, and shows markup as it was typed', async (test, t) => {
  const { certificateId } = await decided(test, 'a', 'one', '2026-09-01')
  on(test, '2026-11-20')
  await announced(test, [line('SL-one'), line('OLD-9', { productName: '<b>示例</b>"' })])
  const page = async (query: object) => readListPage(test.registry, pageQuery.parse(query), today(test))
  const whole = await page({ text: '', state: '' })
  t.match(whole, /<html lang="zh-CN">/)
  t.match(whole, /公告列入 \/ announced<\/th><td class="number">1<\/td><td class="number">2/)
  t.match(whole, /有效 \/ in force<br><small>自 2026-09-01 起/)
  t.match(whole, /&#60;b&#62;示例&#60;\/b&#62;&#34;/)
  t.notMatch(whole, /<script|<b>/)
  on(test, '2026-11-24')
  await act(test, certificateId, 'a', { action: 'withdraw', on: '2026-11-23', reasonCode: 'fraud' })
  t.match(await page({}), /其余：撤销 \/ others: withdrawn.*\n.*其中：[^<]+<\/th><td class="number">1</)
  const first = await page({ limit: 1, text: '示例' })
  t.match(first, /href="\?text=%E7%A4%BA%E4%BE%8B&#38;limit=1&#38;cursor=[\w-]+"/, 'the next page is as long')
  t.match(first, /<input type="hidden" name="limit" value="1">/)
  t.match(await page({ text: '"><i>' }), /<p>无 \/ none<\/p>/)
})

story('the state that the database filters and counts by is that of the rule book', async (test, t) => {
  await generateYear(test)
  const found = new Set<ProductState>()
  for (let days = -400; days <= 1_500; days += 50) {
    const day = addDays(plainDate('2026-11-20'), days)
    const rows = await productsOfAnnouncements(test.registry.db, { on: day, after: null, limit: 500 })
    const states = rows.map((row) => productStandingOn(row.succession, row, day).state)
    for (const state of new Set(states)) {
      found.add(state)
      const filtered = await productsOfAnnouncements(test.registry.db, { on: day, state, after: null, limit: 500 })
      t.same(
        filtered,
        rows.filter((_, at) => states[at] === state),
        `${state} on ${day}`,
      )
    }
    const counts = await countProducts(test.registry.db, { on: day })
    const counted = counts
      .filter(({ state, isOfReason }) => state !== null && !isOfReason)
      .map(({ state, products }) => [state, products])
    const wanted = productStates.map((state) => [state, states.filter((each) => each === state).length] as const)
    t.same(Object.fromEntries(counted), Object.fromEntries(wanted.filter(([, products]) => products > 0)), day)
  }
  t.ok(found.size >= 5, [...found].join(' '))
})
