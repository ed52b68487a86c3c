import { sql } from 'drizzle-orm'
import t from 'tap'
import {
  matchAnnouncements,
  matchInput,
  matchLine,
  readUnmatchedLines,
  unmatchedQuery,
} from '../../src/usecases/announcements/match-lines.ts'
import { readAnnouncement } from '../../src/usecases/announcements/read-announcements.ts'
import { publicListQuery, readPublicList } from '../../src/usecases/announcements/read-products.ts'
import { verifyCertificate } from '../../src/usecases/certificates/verify-certificate.ts'
import { allPages } from '../../src/usecases/pages.ts'
import { figureQuery, readReportFigure } from '../../src/usecases/reports/read-figure.ts'
import { announced, draft, fill, line, publish } from '../support/announcements.ts'
import { actionsOf, codesOf, race, refusalsOf, storiesOn, transferred } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { decided, on } from '../support/ranking.ts'
import type { TestRegistry } from '../support/services.ts'

/** Certificates that are recorded after their announcement (N8). */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const run = (test: TestRegistry) =>
  matchAnnouncements(test.registry, test.as('administrator'), new AbortController().signal)
const unmatched = async (test: TestRegistry) =>
  (await readUnmatchedLines(test.registry, test.as('office'), unmatchedQuery.parse({}))).items
const placesOf = (lines: readonly { announcementNumber: string; place: number }[]) =>
  lines.map(({ announcementNumber, place }) => `${announcementNumber} ${place}`)
const listed = async (test: TestRegistry) => placesOf(await unmatched(test))
const listedByPage = async (test: TestRegistry, limit: number) => {
  const seen: string[] = []
  for await (const items of allPages((cursor) =>
    readUnmatchedLines(test.registry, test.as('office'), unmatchedQuery.parse({ limit, cursor })),
  ))
    seen.push(...placesOf(items))
  return seen
}
const causes = async (test: TestRegistry) => (await unmatched(test)).map(({ place, cause }) => `${place} ${cause}`)
const byHand = (test: TestRegistry, id: string, place: number, certificateId: string, as = test.as('office')) =>
  matchLine(test.registry, as, { id, place }, matchInput.parse({ certificateId, reason: '示例：编号误排。' }))
const states = async (test: TestRegistry) =>
  (await readPublicList(test.registry, publicListQuery.parse({}), test.as('office').today)).items.map(
    ({ present }) => present?.state,
  )
const announcementOf = async (test: TestRegistry, number: string) => {
  const { certificates } = await verifyCertificate(test.registry, {
    number,
    member: undefined,
    on: test.as('office').today,
  })
  return certificates[0]?.announcement?.number ?? null
}

story('a certificate recorded after its announcement is found by the next run, once', async (test, t) => {
  on(test, '2026-11-20')
  const { id } = await announced(test, [line('SL-one'), line('SL-two')])
  t.same(await run(test), { matched: 0, unmatched: 2 })
  await decided(test, 'a', 'one', '2026-11-18')
  on(test, '2026-11-24')
  t.same(await states(test), ['not_in_register', 'not_in_register'])
  t.same(await causes(test), ['1 null', '2 number_unknown'])
  const { done } = await race([run(test), run(test)])
  t.equal(
    done.reduce((sum, { matched = 0 }) => sum + matched, 0),
    1,
    'two processes at once match it once',
  )
  t.same(await run(test), { matched: 0, unmatched: 1 })
  t.same(await states(test), ['in_force', 'not_in_register'])
  t.equal(await announcementOf(test, 'SL-one'), '示例2026年第1号')
  t.match(await readAnnouncement(test.registry, test.as('office'), id), {
    publication: { lines: 2 },
    lines: [{ certificateNumber: 'SL-ONE', matchedAt: new Date('2026-11-24T02:00:00Z') }, { certificateId: null }],
  })
  t.same(await actionsOf(test.registry, 'announcement', id), [
    'announcement.drafted',
    'announcement.lines_written',
    'announcement.published',
    'announcement.lines_matched',
  ])
})

story('what is not certain stays with the office, which sees why and says which it is', async (test, t) => {
  on(test, '2026-11-20')
  const { id } = await announced(test, [
    line('SL-same'),
    line('SL-firm', { enterpriseName: '示例另一公司' }),
    line('SL-body', { memberName: '示例甲认证中心' }),
    line('SL-later'),
    { enterpriseName: '示例精密机械有限公司', productName: '示例数控车床' },
  ])
  const { certificateId } = await decided(test, 'a', 'same', '2026-11-16')
  for (const [member, name] of [
    ['b', 'same'],
    ['a', 'firm'],
    ['b', 'body'],
  ] as const)
    await decided(test, member, name, '2026-11-17')
  const later = await decided(test, 'a', 'later', '2026-11-23')
  on(test, '2026-11-24')
  t.same(await run(test), { matched: 0, unmatched: 5 })
  t.same(await causes(test), [
    '1 ambiguous',
    '2 of_another_holder',
    '3 of_another_body',
    '4 issued_later',
    '5 number_unknown',
  ])
  t.match((await unmatched(test))[0], {
    announcementNumber: '示例2026年第1号',
    causeName: { zh: '有多张证书与之相符' },
    candidates: [
      { number: 'SL-SAME', memberName: '示例甲认证中心' },
      { number: 'SL-SAME', memberName: '示例乙认证中心' },
    ],
  })
  t.same(await codesOf(byHand(test, id, 1, certificateId, test.as('secretariat'))), ['forbidden'])
  t.same(await refusalsOf(byHand(test, id, 4, later.certificateId)), ['announced_before_issue@certificateId'])
  t.same(await refusalsOf(byHand(test, id, 9, certificateId)), ['not_found@place'])
  t.same(await refusalsOf(byHand(test, id, 1, id)), ['not_found@certificateId'])
  await byHand(test, id, 1, certificateId)
  t.same(await refusalsOf(byHand(test, id, 1, certificateId)), ['announced_already@certificateId'])
  const other = (await unmatched(test)).flatMap(({ candidates }) => candidates)[0]?.id ?? ''
  t.same(await refusalsOf(byHand(test, id, 1, other)), ['line_matched_already@place'])
  t.same((await causes(test)).length, 4)
  t.equal(await announcementOf(test, 'SL-same'), '示例2026年第1号')
  const open = await draft(test, { number: '示例第2号' })
  t.same(await refusalsOf(byHand(test, open.id, 1, certificateId)), ['not_found@id'], 'a draft is matched by itself')
})

story('what was matched later is announced as if it had been so at once', async (test, t) => {
  on(test, '2026-11-20')
  await announced(test, [line('SL-one')])
  const { certificateId } = await decided(test, 'a', 'one', '2026-11-18')
  on(test, '2026-11-24')
  await run(test)
  const again = await draft(test, { number: '示例第2号', announcedOn: '2026-11-24' })
  await fill(test, again.id, [line('SL-one')])
  t.same(await refusalsOf(publish(test, again.id)), ['announced_already@lines.0'])
  await transferred(test, certificateId, 'b', 'YI-1')
  t.equal(await announcementOf(test, 'YI-1'), '示例2026年第1号')
  await fill(test, again.id, [line('YI-1', { effect: 'struck' })])
  await publish(test, again.id)
  t.same(await states(test), ['struck'])
  t.equal(await announcementOf(test, 'YI-1'), null)
})

story('of two announcements that list one number the first has the certificate', async (test, t) => {
  on(test, '2026-11-20')
  await announced(test, [line('SL-one')])
  test.clock.set('2026-11-20T03:00:00Z')
  await announced(test, [line('SL-one')], { number: '示例第2号' })
  await decided(test, 'a', 'one', '2026-11-18')
  on(test, '2026-11-24')
  t.same(await run(test), { matched: 1, unmatched: 1 })
  t.same(await causes(test), ['1 announced_already'])
})

story('announced first is what has the earlier day, whenever it was drafted', async (test, t) => {
  on(test, '2026-11-20')
  const later = await draft(test, { number: '示例第2号', announcedOn: '2026-11-20' })
  test.clock.set('2026-11-20T03:00:00Z')
  const earlier = await draft(test, { number: '示例第1号', announcedOn: '2026-11-19' })
  for (const { id } of [later, earlier]) {
    await fill(test, id, [line('SL-one'), line('SL-two')])
    await publish(test, id, { unmatchedReason: '示例：登记系统启用以前的名单。' })
  }
  await decided(test, 'a', 'one', '2026-11-18')
  on(test, '2026-11-24')
  t.same(await listed(test), ['示例第1号 1', '示例第1号 2', '示例第2号 1', '示例第2号 2'])
  t.same(await listedByPage(test, 1), await listed(test), 'page by page the same')
  t.same(await run(test), { matched: 1, unmatched: 3 })
  t.equal(await announcementOf(test, 'SL-one'), '示例第1号')
  t.same(await listed(test), ['示例第1号 2', '示例第2号 1', '示例第2号 2'])
})

story('of one day the one that was published first has the certificate', async (test, t) => {
  on(test, '2026-11-20')
  const second = await draft(test, { number: '示例第2号' })
  test.clock.set('2026-11-20T02:30:00Z')
  const first = await draft(test, { number: '示例第1号' })
  for (const [{ id }, at] of [
    [first, '03'],
    [second, '04'],
  ] as const) {
    await fill(test, id, [line('SL-one')])
    test.clock.set(`2026-11-20T${at}:00:00Z`)
    await publish(test, id, { unmatchedReason: '示例：登记系统启用以前的名单。' })
  }
  await decided(test, 'a', 'one', '2026-11-18')
  on(test, '2026-11-24')
  await run(test)
  t.equal(await announcementOf(test, 'SL-one'), '示例第1号')
})

story('a match stands, and only a published line without a certificate takes one', async (test, t) => {
  on(test, '2026-11-20')
  const { id } = await announced(test, [line('SL-one')])
  const { certificateId } = await decided(test, 'a', 'one', '2026-11-18')
  await run(test)
  const open = await draft(test, { number: '示例第2号' })
  await fill(test, open.id, [line('OLD-1')])
  for (const statement of [
    sql`update announcement_matches set reason = 'x'`,
    sql`delete from announcement_matches`,
    sql`insert into announcement_matches (announcement_id, place, certificate_id, recorded_at, recorded_by) values (${open.id}, 1, ${certificateId}, now(), 'x')`,
    sql`insert into announcement_matches (announcement_id, place, certificate_id, recorded_at, recorded_by) values (${id}, 1, ${certificateId}, now(), 'x')`,
  ])
    await t.rejects(test.registry.db.execute(statement))
})

story('the report counts a line with the certificate that it was matched with by then', async (test, t) => {
  on(test, '2026-11-20')
  await announced(test, [line('SL-one')])
  await decided(test, 'a', 'one', '2026-11-18')
  on(test, '2026-12-01')
  const kinds = async () => {
    const asked = figureQuery.parse({})
    const key = { schemeCode: 'jiangsu-premium', year: 2026 }
    const { rows } = await readReportFigure(test.registry, test.as('office'), key, 'announced.period', asked)
    return rows.items.map(({ kind }) => kind)
  }
  t.same(await kinds(), ['announcement_line'])
  await run(test)
  t.same(await kinds(), ['certificate'])
})
