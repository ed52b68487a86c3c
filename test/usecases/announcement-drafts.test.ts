import t from 'tap'
import { changeDraft, draftChanges } from '../../src/usecases/announcements/change-draft.ts'
import { linesInput, writeLines } from '../../src/usecases/announcements/draft-announcement.ts'
import { readAnnouncement } from '../../src/usecases/announcements/read-announcements.ts'
import { addScheme, schemeInput } from '../../src/usecases/schemes/manage-schemes.ts'
import { announced, draft, fill, line, publish } from '../support/announcements.ts'
import { actionsOf, codesOf, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { decided, on } from '../support/ranking.ts'
import type { TestRegistry } from '../support/services.ts'

/** What a draft says of itself, until it is published; and which announcement puts which right (N8). */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const change = (test: TestRegistry, id: string, changes: object, as = test.as('secretariat')) =>
  changeDraft(test.registry, as, id, draftChanges.parse(changes))

story('number, title, offices, batch year and day of a draft are changed, and each change is told', async (test, t) => {
  const { id, version } = await draft(test)
  t.equal(version, 1)
  const changed = await change(test, id, {
    version: 1,
    number: '示例第7号',
    batchYear: 2026,
    announcedOn: '2026-11-19',
  })
  t.match(changed, { number: '示例第7号', batchYear: 2026, announcedOn: '2026-11-19', version: 2, state: 'draft' })
  t.match(await change(test, id, { version: 2, title: '示例：更正', issuingOffices: ['示例办公室'] }), {
    title: '示例：更正',
    issuingOffices: ['示例办公室'],
    number: '示例第7号',
    version: 3,
  })
  t.same(await actionsOf(test.registry, 'announcement', id), [
    'announcement.drafted',
    'announcement.changed',
    'announcement.changed',
  ])
  t.same(await codesOf(change(test, id, { version: 3, title: '示例：更正' })), ['nothing_changes'])
  t.same(await codesOf(change(test, id, { version: 3, title: 'x' }, test.as('member'))), ['forbidden'])
  await draft(test, { number: '示例第8号' })
  t.same(await refusalsOf(change(test, id, { version: 3, number: '示例第8号' })), ['announcement_number_taken@number'])
  t.notOk(draftChanges.safeParse({ version: 1, scheme: 'x' }).success, 'its lines are of its scheme')
  t.notOk(draftChanges.safeParse({ title: 'x' }).success, 'whoever changes it says what was read')
})

story('what somebody else changed since is not written over', async (test, t) => {
  const { id } = await draft(test)
  const { done, refused } = await race([
    change(test, id, { version: 1, title: '示例甲' }),
    change(test, id, { version: 1, title: '示例乙' }),
  ])
  t.equal(done.length, 1)
  t.same(refused, [['announcement_changed']])
  t.match(await fill(test, id, [line('SL-one')]), { version: 3 }, 'lines are of the draft too')
  t.same(await refusalsOf(change(test, id, { version: 2, title: '示例丙' })), ['announcement_changed@version'])
  const stale = linesInput.parse({ lines: [], version: 2 })
  t.same(await refusalsOf(writeLines(test.registry, test.as('secretariat'), id, stale.lines, stale)), [
    'announcement_changed@version',
  ])
  t.same(await refusalsOf(publish(test, id, { version: 2 })), ['announcement_changed@version'], 'nor published unseen')
  t.equal((await readAnnouncement(test.registry, test.as('office'), id)).lines.length, 1)
})

story('after it is published its head stands', async (test, t) => {
  await decided(test, 'a', 'one', '2026-09-01')
  on(test, '2026-11-20')
  const { id } = await draft(test)
  await fill(test, id, [line('SL-one')])
  const { version } = await publish(test, id, { version: 2 })
  t.same(await refusalsOf(change(test, id, { version, title: 'x' })), ['announcement_published@id'])
})

story('nothing is announced before it was issued', async (test, t) => {
  await decided(test, 'a', 'one', '2026-11-19')
  on(test, '2026-11-20')
  const { id } = await draft(test, { announcedOn: '2026-11-18' })
  t.match(await fill(test, id, [line('SL-one')]), { matched: 1 })
  t.same(await refusalsOf(publish(test, id)), ['announced_before_issue@lines.0'])
  await change(test, id, { version: 2, announcedOn: '2026-11-19' })
  t.match(await publish(test, id), { state: 'published' })
})

story(
  'corrections form a chain: each puts right one that is published, of its scheme, and the last one',
  async (test, t) => {
    for (const name of ['one', 'two', 'three']) await decided(test, 'a', name, '2026-09-01')
    on(test, '2026-11-20')
    const first = await announced(test, [line('SL-one')])
    const waiting = await draft(test, { number: '示例第9号' })
    t.same(await refusalsOf(draft(test, { number: 'x', correctsId: waiting.id })), ['correction_of_draft@correctsId'])
    t.same(await refusalsOf(change(test, waiting.id, { version: 1, correctsId: waiting.id })), [
      'correction_of_itself@correctsId',
    ])
    t.same(await refusalsOf(draft(test, { number: 'x', correctsId: first.id, announcedOn: '2026-11-19' })), [
      'correction_before@announcedOn',
    ])
    await addScheme(
      test.registry,
      test.as('secretariat'),
      schemeInput.parse({
        code: 'other',
        nameZh: '示例',
        nameEn: 'Example',
        effectiveOn: '2026-01-01',
        validityMonths: 36,
      }),
    )
    t.same(await refusalsOf(draft(test, { number: 'x', scheme: 'other', correctsId: first.id })), [
      'correction_of_another_scheme@correctsId',
    ])
    const rival = await draft(test, { number: '示例第3号', correctsId: first.id })
    await fill(test, rival.id, [line('SL-three')])
    test.clock.set('2026-11-20T03:00:00Z')
    const second = await announced(test, [line('SL-two')], { number: '示例第2号', correctsId: first.id })
    t.match(second, { correctsId: first.id, correctedBy: null })
    t.match(await readAnnouncement(test.registry, test.as('office'), first.id), {
      correctedBy: { id: second.id, number: '示例第2号' },
    })
    t.same(await refusalsOf(publish(test, rival.id)), ['corrected_already@correctsId'], 'of two corrections one')
    t.same(await refusalsOf(draft(test, { number: 'x', correctsId: first.id })), ['corrected_already@correctsId'])
    await change(test, rival.id, { version: 2, correctsId: second.id })
    t.match(await publish(test, rival.id), { correctsId: second.id }, 'it puts right the one before it')
    await change(test, waiting.id, { version: 1, correctsId: rival.id })
    t.match(await change(test, waiting.id, { version: 2, correctsId: null }), { correctsId: null })
  },
)
