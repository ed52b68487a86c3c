import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import ExcelJS from 'exceljs'
import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import { claimSnapshot, type RegisterRow, registerPage } from '../../src/store/snapshots.ts'
import { readAnnouncementFile, takeFile } from '../../src/usecases/announcements/announcement-file.ts'
import { dropDraft, linesInput } from '../../src/usecases/announcements/draft-announcement.ts'
import { matchAnnouncements } from '../../src/usecases/announcements/match-lines.ts'
import {
  announcementsQuery,
  readAnnouncement,
  readAnnouncements,
  readPublicAnnouncements,
} from '../../src/usecases/announcements/read-announcements.ts'
import {
  productsQuery,
  publicListQuery,
  readAnnouncedProducts,
  readPublicList,
} from '../../src/usecases/announcements/read-products.ts'
import {
  openSnapshot,
  readDictionary,
  readSnapshots,
  snapshotRegister,
} from '../../src/usecases/announcements/snapshot-register.ts'
import { actionInput } from '../../src/usecases/certificates/action-input.ts'
import { takeAction } from '../../src/usecases/certificates/take-action.ts'
import { verifyCertificate } from '../../src/usecases/certificates/verify-certificate.ts'
import type { Context } from '../../src/usecases/context.ts'
import { changeMember, memberChanges } from '../../src/usecases/members/manage-members.ts'
import { readDraft } from '../../src/usecases/reports/read-reports.ts'
import { draft, fill, line, publish } from '../support/announcements.ts'
import {
  actionsOf,
  bodyOf,
  codesOf,
  countRows,
  issuesOf,
  posted,
  problemsOf,
  race,
  refusalsOf,
  storiesOn,
  transferred,
} from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { decided, on } from '../support/ranking.ts'
import type { TestRegistry } from '../support/services.ts'

/** Announcements (N8) and the public register (N13), on 2026-11-20. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const products = async (test: TestRegistry, id: string, day?: string) =>
  (await readAnnouncedProducts(test.registry, id, productsQuery.parse({ on: day }), test.as('office').today)).items
const verified = async (test: TestRegistry, number: string, day = test.as('office').today) =>
  (await verifyCertificate(test.registry, { number, member: undefined, on: day })).certificates[0]

/** Two certificates, SL-one of a and SL-two of b. */
async function twoCertificates(test: TestRegistry) {
  const one = await decided(test, 'a', 'one', '2026-09-01')
  const two = await decided(test, 'b', 'two', '2026-09-02')
  on(test, '2026-11-20')
  return { one, two }
}

story('a number that two bodies use is told apart by the body', async (test, t) => {
  await decided(test, 'a', 'same', '2026-09-01')
  await decided(test, 'b', 'same', '2026-09-02')
  on(test, '2026-11-20')
  const { id } = await draft(test)
  t.same(await refusalsOf(fill(test, id, [line('SL-same')])), ['certificate_ambiguous@lines.0.certificateNumber'])
  t.match(await fill(test, id, [line('SL-same', { memberName: '示例甲认证中心' })]), {
    lines: 1,
    matched: 1,
    unmatched: [],
  })
  t.same(await refusalsOf(fill(test, id, [line('SL-same', { memberName: '示例丙认证中心' })])), [
    'certificate_of_another_body@lines.0.memberName',
  ])
})

story('what is announced is told when it is verified, and what is not yet says so', async (test, t) => {
  await twoCertificates(test)
  t.match(await verified(test, 'SL-one'), { announcement: null, announcementName: { zh: '尚未列入公告' } })
  const { id, state } = await draft(test)
  t.equal(state, 'draft')
  t.match(await fill(test, id, [line(' ｓl-One ')]), { lines: 1, matched: 1, unmatched: [] })
  t.match(await verified(test, 'SL-one'), { announcement: null }, 'a draft announces nothing')
  t.same(await codesOf(publish(test, id, {}, test.as('secretariat'))), ['forbidden'])
  const published = await publish(test, id)
  t.match(published, { state: 'published', publication: { lines: 1, unmatchedReason: null } })
  t.match(await verified(test, 'SL-one'), {
    announcement: { id, number: '示例2026年第1号', announcedOn: '2026-11-20' },
    announcementName: {
      zh: '2026年11月20日公告（示例2026年第1号）',
      en: 'announced on 2026-11-20, 示例2026年第1号',
    },
  })
  t.match(await verified(test, 'SL-one', plainDate('2026-11-19')), { announcement: null }, 'not on the day before')
  t.match(await verified(test, 'SL-two'), { announcement: null })
  t.same(await actionsOf(test.registry, 'announcement', id), [
    'announcement.drafted',
    'announcement.lines_written',
    'announcement.published',
  ])
})

story('what was published stands, for the owner of the tables too', async (test, t) => {
  await twoCertificates(test)
  const { id } = await draft(test)
  await fill(test, id, [line('SL-one')])
  await publish(test, id)
  t.same(await codesOf(fill(test, id, [line('SL-two')])), ['announcement_published'])
  t.same(await codesOf(dropDraft(test.registry, test.as('office'), id)), ['announcement_published'])
  t.same(await codesOf(publish(test, id)), ['announcement_published'])
  for (const statement of [
    sql`update announcements set title = 'x'`,
    sql`delete from announcement_lines`,
    sql`update announcement_lines set product_name = 'x'`,
    sql`insert into announcement_lines (announcement_id, place, effect, enterprise_name, product_name) values (${id}, 9, 'listed', 'x', 'x')`,
    sql`delete from announcement_publications`,
  ])
    await t.rejects(test.registry.db.execute(statement))
})

story('a later announcement puts an earlier one right', async (test, t) => {
  await twoCertificates(test)
  const first = await draft(test)
  await fill(test, first.id, [line('SL-one')])
  await publish(test, first.id)
  test.clock.set('2026-11-20T03:00:00Z')
  const second = await draft(test, { number: '示例第2号', correctsId: first.id })
  await fill(test, second.id, [line('SL-one')])
  t.same(await refusalsOf(publish(test, second.id)), ['announced_already@lines.0'])
  await fill(test, second.id, [line('SL-two', { effect: 'struck' })])
  t.same(await refusalsOf(publish(test, second.id)), ['struck_in_vain@lines.0'])
  await fill(test, second.id, [line('SL-one', { effect: 'struck' }), line('SL-two')])
  await publish(test, second.id)
  t.match(await verified(test, 'SL-one'), {
    announcement: null,
    announcementName: { zh: '已由2026年11月20日公告（示例第2号）撤下' },
  })
  t.match(await verified(test, 'SL-two'), { announcement: { number: '示例第2号' } })
  t.match(await products(test, first.id), [{ isAsAnnounced: false, differences: [{ code: 'struck' }] }])
  t.same(await codesOf(draft(test, { number: '示例第3号', correctsId: '01958d5e-0000-7000-8000-000000000000' })), [
    'not_found',
  ])
})

story('the list of a day explains each difference from what was announced', async (test, t) => {
  const { one, two } = await twoCertificates(test)
  const { id } = await draft(test)
  await fill(test, id, [line('SL-one'), line('SL-two'), line('OLD-9')])
  t.same(await refusalsOf(publish(test, id)), ['announcement_unmatched@unmatchedReason'])
  await publish(test, id, { unmatchedReason: '示例：登记系统启用以前的名单。' })
  t.match(await products(test, id), [
    { isAsAnnounced: true },
    { isAsAnnounced: true },
    { differences: [{ code: 'not_in_register' }] },
  ])
  const act = (certificateId: string, input: object, member: 'a' | 'b') =>
    takeAction(test.registry, test.as('member', member), certificateId, actionInput.parse(input), undefined)
  await act(
    one.certificateId,
    { action: 'suspend', on: '2026-11-20', untilOn: '2026-12-31', reasonCode: 'nonconformity' },
    'a',
  )
  await act(two.certificateId, { action: 'withdraw', on: '2026-11-20', reasonCode: 'fraud' }, 'b')
  const today = await products(test, id)
  t.same(
    today.map(({ differences }) => differences.map(({ code, zh }) => `${code} ${zh}`)),
    [['suspended 证书已暂停'], ['withdrawn 证书已撤销'], ['not_in_register 本登记系统无此证书']],
  )
  t.same(await products(test, id, '2026-11-19'), [], 'on the day before nothing was announced')
  const list = (query: object) => readPublicList(test.registry, publicListQuery.parse(query), test.as('office').today)
  t.equal((await list({ batchYear: 2025 })).items.length, 3)
  t.same((await list({ batchYear: 2026 })).items, [], 'the batch year is not that of the announcement')
  const page = await list({ limit: 2 })
  t.same(
    (await list({ limit: 2, cursor: page.nextCursor })).items.map(({ place }) => place),
    [3],
  )
  t.same(await codesOf(list({ cursor: 'x' })), ['cursor_invalid'])
})

story('what makes no sense is refused, and nothing is half written', async (test, t) => {
  await twoCertificates(test)
  const { id } = await draft(test)
  t.same(await refusalsOf(draft(test)), ['announcement_number_taken@number'])
  t.same(await refusalsOf(draft(test, { number: 'x', scheme: 'none' })), ['scheme_unknown@scheme'])
  t.same(await refusalsOf(publish(test, id)), ['announcement_empty@'])
  await fill(test, id, [line('SL-one')])
  const before = await countRows(test.registry)
  t.same(await refusalsOf(fill(test, id, [line('SL-one'), line('SL-one')])), ['line_repeated@lines.1'])
  t.same(await refusalsOf(fill(test, id, [line('SL*')])), ['certificate_number_character@lines.0.certificateNumber'])
  const named = { lines: [line('SL-one', { productName: '示例 11010519491231002X' })] }
  t.same(issuesOf(linesInput, named), ['identity_card_refused@lines.0.productName'])
  t.same(await countRows(test.registry), before)
  t.equal(
    (await readAnnouncement(test.registry, test.as('office'), id)).lines.length,
    1,
    'the lines are those of before',
  )
  const ahead = await draft(test, { number: '示例第8号', announcedOn: '2026-12-01' })
  await fill(test, ahead.id, [line('SL-two')])
  t.same(await refusalsOf(publish(test, ahead.id)), ['announcement_ahead@announcedOn'])
  await dropDraft(test.registry, test.as('secretariat'), ahead.id)
  t.match(await draft(test, { number: '示例第8号' }), { state: 'draft' }, 'its number is free again')
  for (const role of ['member', 'city_office', 'administrator'] as const)
    t.same(
      await codesOf(readAnnouncements(test.registry, test.as(role), announcementsQuery.parse({}))),
      ['forbidden'],
      role,
    )
  t.same(
    (await readPublicAnnouncements(test.registry, announcementsQuery.parse({}))).items,
    [],
    'no draft is shown to strangers',
  )
  t.same(await codesOf(readAnnouncedProducts(test.registry, id, productsQuery.parse({}), test.as('office').today)), [
    'not_found',
  ])
})

story('of two publications at once one wins, and of two lists of one certificate one', async (test, t) => {
  await twoCertificates(test)
  const { id } = await draft(test)
  await fill(test, id, [line('SL-one')])
  const other = await draft(test, { number: '示例第2号' })
  await fill(test, other.id, [line('SL-one')])
  const { done, refused } = await race([publish(test, id), publish(test, id), publish(test, other.id)])
  t.equal(done.length, 1)
  t.equal(refused.length, 2)
})

story('the workbook says which announcement it is, above its list', async (test, t) => {
  await twoCertificates(test)
  const { id } = await draft(test, { batchYear: 2025, issuingOffices: ['示例甲办公室', '示例乙局'] })
  await fill(test, id, [line('SL-one')])
  const book = new ExcelJS.Workbook()
  await book.xlsx.load((await readAnnouncementFile(test.registry, test.as('office'), id)) as unknown as ArrayBuffer)
  const sheet = book.getWorksheet('公告名单')
  const { title } = await readAnnouncement(test.registry, test.as('office'), id)
  t.same(
    [1, 2, 3, 4, 5].map((row) => sheet?.getCell(row, 1).value),
    [
      title,
      '公告编号：示例2026年第1号',
      '公告日期：2026年11月20日',
      '批次年份：2025年',
      '发布机关：示例甲办公室、示例乙局',
    ],
  )
  t.match(sheet?.views[0], { state: 'frozen', ySplit: 6 }, 'head and heads stay in sight')
  t.equal(sheet?.getCell(6, 3).value, '企业名称')
  t.equal(sheet?.getCell(7, 1).value, 1, 'numbers are numbers')
  t.ok(sheet?.getCell(7, 8).value instanceof Date, 'days are days')
})

story(
  'the workbook that goes out comes in again and is the same; a bad row refuses all, with its place',
  async (test, t) => {
    await twoCertificates(test)
    const { id } = await draft(test)
    await fill(test, id, [
      line('SL-one', { family: 'manufacturing', memberName: '示例甲认证中心' }),
      line('OLD-9', { enterpriseName: '=1+1', productName: '@示例' }),
    ])
    const lines = async () => (await readAnnouncement(test.registry, test.as('office'), id)).lines
    const before = await lines()
    const path = join(t.testdir({}), 'list.xlsx')
    await writeFile(path, await readAnnouncementFile(test.registry, test.as('office'), id))
    await fill(test, id, [line('SL-two')])
    t.match(await takeFile(test.registry, test.as('secretariat'), id, path, { dryRun: true }), {
      lines: 2,
      matched: 1,
      unmatched: [8],
    })
    t.equal((await lines()).length, 1, 'a dry run writes nothing')
    await takeFile(test.registry, test.as('secretariat'), id, path, { dryRun: false })
    t.same(await lines(), before)
    const csv = join(t.testdir({}), 'list.csv')
    await writeFile(csv, '发证机构,证书号,产品,企业\n示例甲认证中心,SL*1,示例产品,示例企业\n,SL-one,,示例企业\n')
    t.same(await refusalsOf(takeFile(test.registry, test.as('secretariat'), id, csv, { dryRun: false })), [
      'field_missing@row 3 产品（服务）名称',
    ])
    await writeFile(csv, '发证机构,证书号,产品,企业\n示例甲认证中心,SL*1,示例产品,示例企业\n')
    t.same(await refusalsOf(takeFile(test.registry, test.as('secretariat'), id, csv, { dryRun: false })), [
      'certificate_number_character@row 2 证书编号',
    ])
    await writeFile(csv, '发证机构,证书号\n示例,1\n')
    t.same(await refusalsOf(takeFile(test.registry, test.as('secretariat'), id, csv, { dryRun: false })), [
      'field_missing@企业名称',
      'field_missing@产品（服务）名称',
    ])
    await writeFile(csv, '企业,产品,证书号\n示例,有限公司,示例产品,SL-one\n示例企业,"示例产品\n')
    t.same(await refusalsOf(takeFile(test.registry, test.as('secretariat'), id, csv, { dryRun: false })), [
      'row_broken@row 2',
      'row_broken@row 3',
    ])
    const ndjson = join(t.testdir({}), 'list.ndjson')
    const oneLine = { 企业: '示例精密机械有限公司', 产品: '示例数控车床', 证书号: 'SL-one' }
    await writeFile(ndjson, `${JSON.stringify(oneLine)}\n`)
    t.match(await takeFile(test.registry, test.as('secretariat'), id, ndjson, { dryRun: true }), {
      lines: 1,
      matched: 1,
    })
    await writeFile(csv, '企业,产品名称,证书号,产品,证书编号\n示例,甲,SL-1,乙,SL-2\n')
    const twice = await problemsOf(takeFile(test.registry, test.as('secretariat'), id, csv, { dryRun: false }))
    t.same(
      twice.map(({ code, values }) => [code, values?.first, values?.second]),
      [
        ['column_given_twice', '产品名称', '产品'],
        ['column_given_twice', '证书号', '证书编号'],
      ],
      'one field of two columns is refused with both names',
    )
    await writeFile(csv, '企业,产品,产品\n示例,甲,乙\n')
    t.equal((await codesOf(takeFile(test.registry, test.as('secretariat'), id, csv, { dryRun: false }))).length, 1)
    await writeFile(csv, '')
    t.same(await codesOf(takeFile(test.registry, test.as('secretariat'), id, csv, { dryRun: false })), [
      'field_invalid',
    ])
    t.same(await lines(), before, 'nothing was written')
  },
)

story(
  'a number alone proves nothing: the firm must be the holder, and the period that of the announcement',
  async (test, t) => {
    await twoCertificates(test)
    const { id } = await draft(test)
    const other = line('SL-one', { enterpriseName: '示例另一公司' })
    t.match(await fill(test, id, [other]), { matched: 0, unmatched: [1] })
    t.match(await fill(test, id, [line('SL-one', { enterpriseName: '示例精密机械 有限公司' })]), { matched: 1 })
    await publish(test, id)
    t.match(await products(test, id), [{ isAsAnnounced: true }], 'written otherwise is not called otherwise')
  },
)

story('what was posted after the lines were written is found when they are published', async (test, t) => {
  on(test, '2026-11-19')
  const { id } = await draft(test)
  t.match(await fill(test, id, [line('SL-late')]), { matched: 0 })
  await decided(test, 'a', 'late', '2026-11-19')
  on(test, '2026-11-20')
  await publish(test, id)
  t.match(await verified(test, 'SL-late'), { announcement: { id } })
})

story(
  'a certificate is announced as those were that it came from by transfer, and struck out with them',
  async (test, t) => {
    const { one } = await twoCertificates(test)
    const first = await draft(test)
    await fill(test, first.id, [line('SL-one')])
    await publish(test, first.id)
    await transferred(test, one.certificateId, 'b', 'YI-1')
    t.match(await verified(test, 'YI-1'), { announcement: { id: first.id } })
    test.clock.set('2026-11-20T03:00:00Z')
    const second = await draft(test, { number: '示例第2号' })
    await fill(test, second.id, [line('YI-1')])
    t.same(await refusalsOf(publish(test, second.id)), ['announced_already@lines.0'])
    await fill(test, second.id, [line('YI-1', { effect: 'struck' })])
    await publish(test, second.id)
    t.match(await verified(test, 'YI-1'), { announcement: null, announcementName: { en: /struck out/ } })
    t.match(await products(test, first.id), [{ differences: [{ code: 'struck' }, { code: 'transferred' }] }])
    test.clock.set('2026-11-20T04:00:00Z')
    const third = await draft(test, { number: '示例第3号' })
    await fill(test, third.id, [line('YI-1')])
    await publish(test, third.id)
    t.match(await products(test, first.id), [{ differences: [{ code: 'transferred' }] }], 'listed again')
    const past = await draft(test, { number: '示例第4号', announcedOn: '2026-11-19' })
    await fill(test, past.id, [line('YI-1', { effect: 'struck' })])
    t.same(await refusalsOf(publish(test, past.id)), ['struck_in_vain@lines.0'], 'on a day before it was listed')
    await t.rejects(
      test.registry.db.execute(
        sql`update announcement_lines set announcement_id = ${first.id}, place = 99 where announcement_id = ${past.id}`,
      ),
      'nor is a line moved into what was published',
    )
  },
)

story('the report counts what was announced in its period', async (test, t) => {
  await twoCertificates(test)
  const { id } = await draft(test)
  await fill(test, id, [line('SL-one'), line('SL-two'), line('OLD-9')])
  await publish(test, id, { unmatchedReason: '示例' })
  on(test, '2026-12-05')
  const { content } = await readDraft(test.registry, test.as('secretariat'), {
    schemeCode: 'jiangsu-premium',
    year: 2026,
  })
  t.match(content.figures, {
    'announced.period': 3,
    'announced.period.region.none': 1,
    'announced.period.region.320100': 2,
  })
})

story('a month that another process makes is left to it, and every other is made', async (test, t) => {
  await twoCertificates(test)
  on(test, '2026-12-01')
  const run = () => snapshotRegister(test.registry, test.as('administrator'), new AbortController().signal)
  await test.registry.db.transaction(async (other) => {
    t.ok(await claimSnapshot(other, plainDate('2026-10-01')))
    t.match(await run(), { made: 3 })
  })
  t.match(await run(), { made: 1 }, 'what the other left unmade is made the next time')
})

story('once a month the whole register is kept, with hashes that anybody can reckon', async (test, t) => {
  await twoCertificates(test)
  const { id } = await draft(test)
  await fill(test, id, [line('SL-one', {})])
  await publish(test, id)
  on(test, '2026-12-01')
  const run = () => snapshotRegister(test.registry, test.as('administrator'), new AbortController().signal)
  const { done } = await race([run(), run()])
  t.equal(
    done.reduce((sum, { made = 0 }) => sum + made, 0),
    4,
    'since September, each made by one process',
  )
  t.same(await run(), { made: 0, rows: 0 }, 'and nobody again')
  t.same(await actionsOf(test.registry, 'register_snapshot', '2026-12-01'), ['register.snapshot_made'])
  const { items } = await readSnapshots(test.registry)
  t.same(
    items.map(({ month, rows, knownAt }) => `${month} ${rows} ${knownAt.toISOString()}`),
    [
      '2026-12-01 2 2026-12-01T02:00:00.000Z',
      '2026-11-01 2 2026-11-30T15:59:59.999Z',
      '2026-10-01 2 2026-10-31T15:59:59.999Z',
      '2026-09-01 2 2026-09-30T15:59:59.999Z',
    ],
  )
  for (const file of ['csv', 'json'] as const) {
    const pieces: Buffer[] = []
    for await (const piece of (await openSnapshot(test.registry, '2026-12', file)).pieces()) pieces.push(piece)
    const whole = gunzipSync(Buffer.concat(pieces))
    t.equal(createHash('sha256').update(whole).digest('hex'), items[0]?.[`${file}Sha256`])
    t.equal(whole.length, items[0]?.[`${file}Bytes`])
    if (file === 'json') {
      const records = JSON.parse(whole.toString()) as Record<string, unknown>[]
      t.match(
        records.find(({ number }) => number === 'SL-ONE'),
        { state: 'valid', announcement: '示例2026年第1号', member: '示例甲认证中心' },
      )
      t.same(
        Object.keys(records[0] ?? {}),
        readDictionary().fields.map(({ name }) => name),
      )
    } else t.match(whole.toString(), /^\ufeffnumber,scheme,holder,/)
  }
  t.same(await codesOf(openSnapshot(test.registry, '2026-08', 'csv')), ['not_found'])
  t.same(await codesOf(openSnapshot(test.registry, '2026-13', 'csv')), ['not_found'])
  await t.rejects(test.registry.db.execute(sql`update register_snapshots set rows = 0`))
  await t.rejects(test.registry.db.execute(sql`delete from register_snapshot_pieces`))
})

story('a month that was missed is made up as it was known at its end', async (test, t) => {
  const { one } = await twoCertificates(test)
  const run = () => snapshotRegister(test.registry, test.as('administrator'), new AbortController().signal)
  const recordsOf = async (month: string) => {
    const pieces: Buffer[] = []
    for await (const piece of (await openSnapshot(test.registry, month, 'json')).pieces()) pieces.push(piece)
    return JSON.parse(gunzipSync(Buffer.concat(pieces)).toString()) as Record<string, unknown>[]
  }
  await run()
  const { id } = await draft(test)
  await fill(test, id, [line('SL-one')])
  await publish(test, id)
  on(test, '2027-01-04')
  const withdrawal = { action: 'withdraw', on: '2026-11-25', reasonCode: 'fraud' }
  await takeAction(test.registry, test.as('member'), one.certificateId, actionInput.parse(withdrawal), undefined)
  t.same(await run(), { made: 2, rows: 4 }, 'of December and of January')
  const stateOf = (records: Record<string, unknown>[]) => records.find(({ number }) => number === 'SL-ONE')
  t.match(stateOf(await recordsOf('2026-11')), { state: 'valid', announcement: null })
  t.match(stateOf(await recordsOf('2026-12')), { state: 'valid', endedOn: null, announcement: '示例2026年第1号' })
  t.match(stateOf(await recordsOf('2027-01')), { state: 'withdrawn', endedOn: '2026-11-25' })
})

story('the register as it was known at an instant is what stood there then', async (test, t) => {
  const seen: [Date, RegisterRow[]][] = []
  const look = async () => seen.push([test.clock.now(), await registerPage(test.registry.db, null, 1_000, undefined)])
  const { one, two } = await twoCertificates(test)
  const act = (id: string, input: object, as: Context) =>
    takeAction(test.registry, as, id, actionInput.parse(input), undefined)
  await look()
  test.clock.set('2026-11-20T03:00:00Z')
  const pause = { action: 'suspend', on: '2026-11-20', untilOn: '2026-12-31', reasonCode: 'nonconformity' }
  await act(two.certificateId, pause, test.as('member', 'b'))
  const { id } = await draft(test)
  await fill(test, id, [line('SL-one'), line('SL-three')])
  await publish(test, id, { unmatchedReason: '示例' })
  await look()
  test.clock.set('2026-11-21T03:00:00Z')
  await transferred(test, one.certificateId, 'b', 'YI-1')
  await act(
    two.certificateId,
    { action: 'reinstate', on: '2026-11-21', reasonCode: 'cause_removed' },
    test.as('member', 'b'),
  )
  await look()
  on(test, '2026-11-23')
  const renamed = memberChanges.parse({ name: '示例甲认证有限公司', effectiveOn: '2026-11-23', reason: '示例' })
  await changeMember(test.registry, test.as('secretariat'), test.memberIds.a, renamed)
  await look()
  on(test, '2026-11-25')
  const issued = { issuedOn: '2026-11-18', validUntil: '2029-11-17' }
  await posted(test, bodyOf('three', { decidedOn: '2026-11-18' }, issued), test.as('member', 'a'))
  await matchAnnouncements(test.registry, test.as('administrator'), new AbortController().signal)
  for (const [at, rows] of seen)
    t.same(await registerPage(test.registry.db, null, 1_000, at), rows, `as known at ${at.toISOString()}`)
})
