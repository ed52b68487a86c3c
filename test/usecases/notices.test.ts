import { sql } from 'drizzle-orm'
import t from 'tap'
import { builtInCalendarYears } from '../../src/domain/official-days.ts'
import { addDays, plainDate } from '../../src/domain/plain-date.ts'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { addCalendar, calendarInput } from '../../src/usecases/calendar/add-calendar.ts'
import { addEscalationRule, escalationInput } from '../../src/usecases/calendar/manage-escalation.ts'
import { addScope, changeMember, memberChanges } from '../../src/usecases/members/manage-members.ts'
import { noticesQuery, readNotices } from '../../src/usecases/notices/read-notices.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { confirmProposedWaiver, proposeWaiver } from '../../src/usecases/obligations/waive-obligation.ts'
import { bodyOf, codesOf, posted, storiesOn, transferred } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { addMail, morningOf, noCarriers, obligationsOfDuty, run, runOn, said, saidInShort } from '../support/notices.ts'
import { act } from '../support/results.ts'
import type { TestRegistry } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server, start)

/** The report to CNCA of a decision of 2026-11-16: due on 2026-11-25. */
async function owing(test: TestRegistry, name = '0001'): Promise<{ report: string; certificate: string }> {
  const { obligations, certificate } = await posted(test, bodyOf(name))
  const report = obligations.find(({ duty }) => duty === 'report_to_cnca')
  if (!report || !certificate || report.dueOn !== '2026-11-25') throw new Error('another due day')
  return { report: report.id, certificate: certificate.id }
}

const daysFrom = (from: string, count: number) =>
  Array.from({ length: count }, (_, n): string => addDays(plainDate(from), n))

const receive = (test: TestRegistry, id: string, reportedOn: string) =>
  recordReceipt(
    test.registry,
    test.as('member'),
    id,
    receiptInput.parse({ reportedOn, receiptNumber: '示例', evidence: '示例' }),
    undefined,
  )

// ---- Escalation (R2)

story('an obligation that nobody meets is spoken of on its days, and what explains it on its own', async (test, t) => {
  await owing(test)
  await runOn(test, 'obligation-notices', ...daysFrom('2026-11-20', 22))
  t.same(await saidInShort(test), [
    '2026-11-23 reminder report_to_cnca',
    '2026-11-26 overdue report_to_cnca',
    '2026-12-01 reminder explain_overdue',
    '2026-12-03 warning report_to_cnca',
    '2026-12-04 overdue explain_overdue',
    '2026-12-09 public_listing report_to_cnca',
  ])
  const [overdue] = (await said(test)).filter(({ stage }) => stage === 'overdue')
  t.match(overdue, {
    kind: 'obligation',
    audiences: ['member', 'secretariat'],
    memberId: test.memberIds.a,
    facts: { member: '示例甲认证中心', dueOn: '2026-11-25', explainUntil: '2026-12-03' },
  })
  t.match(await obligationsOfDuty(test, 'explain_overdue'), [
    { dueOn: '2026-12-03', eventOn: '2026-11-26', state: 'overdue', memberId: test.memberIds.a },
  ])
})

story('the same night twice says nothing twice and opens nothing twice', async (test, t) => {
  await owing(test)
  await runOn(test, 'obligation-notices', '2026-11-26', '2026-11-26', '2026-11-26')
  t.same(await saidInShort(test), ['2026-11-26 overdue report_to_cnca'])
  t.equal((await obligationsOfDuty(test, 'explain_overdue')).length, 1)
})

story(
  'nights that were missed change nothing, but that the time to explain begins when it is said',
  async (test, t) => {
    await owing(test)
    await runOn(test, 'obligation-notices', '2026-12-10')
    t.same(await saidInShort(test), ['2026-12-10 overdue report_to_cnca', '2026-12-10 warning report_to_cnca'])
    t.match(await obligationsOfDuty(test, 'explain_overdue'), [{ dueOn: '2026-12-17' }])
    await runOn(test, 'obligation-notices', '2026-12-17', '2026-12-18')
    t.match((await saidInShort(test)).slice(2), [
      '2026-12-17 reminder explain_overdue',
      '2026-12-18 public_listing report_to_cnca',
      '2026-12-18 overdue explain_overdue',
    ])
  },
)

story(
  'what was met late is still to be explained, however the nights fell; what was met in time is not',
  async (test, t) => {
    const late = await owing(test, 'late')
    const inTime = await owing(test, 'in-time')
    test.clock.set('2026-11-25T06:00:00Z')
    await receive(test, inTime.report, '2026-11-25')
    test.clock.set('2026-11-27T06:00:00Z')
    await receive(test, late.report, '2026-11-27')
    await runOn(test, 'obligation-notices', '2026-12-10', '2026-12-11')
    t.same(await saidInShort(test), ['2026-12-10 late report_to_cnca'])
    t.match(await obligationsOfDuty(test, 'explain_overdue'), [{ dueOn: '2026-12-17', explainsId: late.report }])
  },
)

story('what is posted and met long after its due day is to be explained all the more', async (test, t) => {
  const decided = { decidedOn: '2026-07-01' }
  const { obligations } = await posted(
    test,
    bodyOf('0001', decided, { issuedOn: '2026-07-01', validUntil: '2029-06-30' }),
  )
  const fed = obligations.find(({ duty }) => duty === 'feed_back')
  t.match(fed, { state: 'met_late', dueOn: '2026-07-10' }, 'more than 60 days ago')
  await runOn(test, 'obligation-notices', '2026-11-21', '2026-11-22')
  t.match(
    (await saidInShort(test)).filter((words) => words.includes('feed_back')),
    ['2026-11-21 late feed_back'],
  )
  const explained = (await obligationsOfDuty(test, 'explain_overdue')).map(({ explainsId }) => explainsId)
  t.ok(explained.includes(fed?.id ?? ''))
})

story('a provisional due day goes no further than the reminder, until the year has its notice', async (test, t) => {
  test.clock.set('2026-12-24T01:00:00Z')
  await posted(test, bodyOf('prov', { decidedOn: '2026-12-23' }, { issuedOn: '2026-12-23', validUntil: '2029-12-22' }))
  await runOn(test, 'obligation-notices', '2026-12-30', '2027-01-05', '2027-01-20')
  t.same(await saidInShort(test), ['2026-12-30 reminder report_to_cnca'])
  const year = { notices: [], offDays: ['2027-01-01', '2027-01-02', '2027-01-03'], makeupWorkdays: [] }
  const calendar = calendarInput.parse({ note: '示例', years: { 2027: year } })
  await addCalendar(test.registry, test.as('administrator'), calendar)
  await run(test, 'obligation-notices')
  t.same((await saidInShort(test)).slice(1), ['2027-01-20 overdue report_to_cnca', '2027-01-20 warning report_to_cnca'])
})

story('what is waived is spoken of no more, and its explanation is waived with it', async (test, t) => {
  const { report } = await owing(test)
  await runOn(test, 'obligation-notices', '2026-11-26')
  await proposeWaiver(test.registry, test.as('secretariat'), report, { ground: '示例：不可抗力' })
  await confirmProposedWaiver(test.registry, test.as('regulator'), report)
  t.match(await obligationsOfDuty(test, 'explain_overdue'), [{ state: 'waived', waivedGround: /示例：不可抗力/ }])
  await runOn(test, 'obligation-notices', '2026-12-15')
  t.same(await saidInShort(test), ['2026-11-26 overdue report_to_cnca'])
})

story('a receipt corrected to a day in time leaves nothing to explain', async (test, t) => {
  const { report } = await owing(test)
  test.clock.set('2026-11-26T06:00:00Z')
  const { answer } = await receive(test, report, '2026-11-26')
  await runOn(test, 'obligation-notices', '2026-11-27')
  t.match(await obligationsOfDuty(test, 'explain_overdue'), [{ state: 'open' }])
  const corrected = receiptInput.parse({ reportedOn: '2026-11-25', supersedesReceiptId: answer.receipt.id })
  await recordReceipt(test.registry, test.as('member'), report, corrected, undefined)
  await run(test, 'obligation-notices')
  t.match(await obligationsOfDuty(test, 'explain_overdue'), [{ state: 'waived' }])
})

story(
  'what was overdue, got a later due day and is overdue again is spoken of and explained again',
  async (test, t) => {
    await owing(test)
    await runOn(test, 'obligation-notices', '2026-11-26')
    t.match(await obligationsOfDuty(test, 'explain_overdue'), [{ dueOn: '2026-12-03', state: 'open' }])
    // 2026-11-25 is a day off after all: the due day is the 26th, and nothing is overdue.
    const off = [...(builtInCalendarYears[2026]?.offDays ?? []), '2026-11-25']
    const makeupWorkdays = [...(builtInCalendarYears[2026]?.makeupWorkdays ?? [])]
    const years = { 2026: { notices: [], offDays: off, makeupWorkdays } }
    await addCalendar(test.registry, test.as('administrator'), calendarInput.parse({ note: '示例', years }))
    await run(test, 'obligation-notices')
    t.match(await obligationsOfDuty(test, 'explain_overdue'), [{ state: 'waived' }])
    await runOn(test, 'obligation-notices', '2026-11-27', '2026-11-27')
    t.same(
      (await saidInShort(test)).filter((words) => words.includes('overdue report_to_cnca')),
      ['2026-11-26 overdue report_to_cnca', '2026-11-27 overdue report_to_cnca'],
    )
    t.match(await obligationsOfDuty(test, 'explain_overdue'), [
      { dueOn: '2026-12-03', state: 'waived' },
      { dueOn: '2026-12-04', state: 'open' },
    ])
  },
)

story('run for an earlier day, it warns of nothing that was met since', async (test, t) => {
  const { report } = await owing(test)
  test.clock.set('2026-12-08T06:00:00Z')
  await receive(test, report, '2026-12-08')
  await run(test, 'obligation-notices', noCarriers, '2026-12-04')
  t.same(
    (await saidInShort(test)).filter((words) => words.includes('report_to_cnca')),
    ['2026-12-04 late report_to_cnca'],
  )
})

story('run for an earlier day, it waives nothing before the day on which it runs', async (test, t) => {
  const { report } = await owing(test)
  test.clock.set('2026-11-26T06:00:00Z')
  const { answer } = await receive(test, report, '2026-11-26')
  await runOn(test, 'obligation-notices', '2026-11-27')
  const corrected = receiptInput.parse({ reportedOn: '2026-11-25', supersedesReceiptId: answer.receipt.id })
  await recordReceipt(test.registry, test.as('member'), report, corrected, undefined)
  test.clock.set(morningOf('2026-12-10'))
  await run(test, 'obligation-notices', noCarriers, '2026-11-26')
  t.match(await obligationsOfDuty(test, 'explain_overdue'), [{ state: 'waived', waivedOn: '2026-12-10' }])
})

story('a version of the rule holds for events from its day on, and never reaches back', async (test, t) => {
  const add = (changes: object = {}) =>
    addEscalationRule(
      test.registry,
      test.as('administrator'),
      escalationInput.parse({
        effectiveOn: '2026-11-20',
        workingDays: { reminder: -1, overdue: 2, warning: 3, public_listing: 4 },
        clause: '示例',
        ...changes,
      }),
    )
  t.same(await add(), { version: 2 })
  t.same(await codesOf(add({ effectiveOn: '2026-11-19' })), ['rule_backdated'])
  const disordered = { reminder: -1, overdue: 2, warning: 2, public_listing: 4 }
  t.same(await codesOf(add({ workingDays: disordered })), ['escalation_order'])
  await owing(test, 'before')
  await posted(test, bodyOf('after', { decidedOn: '2026-11-20' }, { issuedOn: '2026-11-20', validUntil: '2029-11-19' }))
  await runOn(test, 'obligation-notices', ...daysFrom('2026-11-23', 11))
  t.same(
    (await said(test))
      .filter(({ facts }) => facts.dueOn === '2026-12-01')
      .map(({ onDay, stage }) => `${onDay} ${stage}`),
    ['2026-11-30 reminder', '2026-12-03 overdue'],
  )
})

// ---- What ends by itself (N1, N6, R4)

story(
  'a certificate is spoken of once at each stage, and of stages that were missed only the nearest',
  async (test, t) => {
    const { certificate } = await owing(test)
    const days = [
      '2029-05-19',
      '2029-05-20',
      '2029-05-21',
      '2029-08-18',
      '2029-09-17',
      '2029-10-17',
      '2029-11-16',
      '2029-11-17',
    ]
    await runOn(test, 'expiry-reminders', ...days, '2029-12-01')
    const told = (await said(test)).map(({ onDay, stage, certificateId, audiences }) => ({
      onDay,
      stage,
      certificateId,
      audiences,
    }))
    t.same(
      told,
      [
        ['2029-05-20', '180'],
        ['2029-08-18', '90'],
        ['2029-09-17', '60'],
        ['2029-10-17', '30'],
      ].map(([onDay, stage]) => ({ onDay, stage, certificateId: certificate, audiences: ['member'] })),
    )
  },
)

story('after missed nights one reminder is said, of the nearest stage', async (test, t) => {
  await owing(test)
  await runOn(test, 'expiry-reminders', '2029-09-30', '2029-10-01', '2029-10-30')
  t.same(await saidInShort(test), ['2029-09-30 60 certificate_expiry', '2029-10-30 30 certificate_expiry'])
})

story('no reminder is said of a certificate that was renewed, withdrawn or transferred', async (test, t) => {
  const renewed = await owing(test, 'renewed')
  const withdrawn = await owing(test, 'withdrawn')
  const moved = await owing(test, 'transferred')
  const kept = await owing(test, 'kept')
  test.clock.set('2029-05-10T01:00:00Z')
  const renewal = bodyOf(
    'renewal',
    { kind: 'renew', decidedOn: '2029-05-09', earlierCertificateId: renewed.certificate },
    { issuedOn: '2029-05-09', validUntil: '2032-05-08' },
  )
  await posted(test, renewal)
  await act(test, withdrawn.certificate, { action: 'withdraw', on: '2029-05-09', reasonCode: 'fraud' })
  await transferred(test, moved.certificate, 'b', 'SL-TAKEN-OVER')
  await runOn(test, 'expiry-reminders', '2029-05-20')
  const told = (await said(test)).filter(({ kind }) => kind === 'certificate_expiry')
  t.same(
    told.map(({ facts }) => facts.number).sort(),
    ['SL-KEPT', 'SL-TAKEN-OVER'],
    'the one that was taken over, and the one to which nothing happened',
  )
  t.ok(told.some(({ certificateId }) => certificateId === kept.certificate))
  t.notOk(
    told.some(({ certificateId }) => certificateId === moved.certificate),
    'the old one is not',
  )
})

story('scopes and approvals are spoken of before they lapse and when they have', async (test, t) => {
  const scope = {
    family: 'services',
    description: '示例到期范围',
    fromOn: plainDate('2026-01-01'),
    untilOn: plainDate('2026-12-31'),
  }
  await addScope(test.registry, test.as('secretariat'), test.memberIds.a, scope)
  const changes = memberChanges.parse({ approvalUntilOn: '2026-12-20', effectiveOn: '2026-11-20', reason: '示例' })
  await changeMember(test.registry, test.as('secretariat'), test.memberIds.b, changes)
  await runOn(
    test,
    'lapse-notices',
    '2026-11-20',
    '2026-11-21',
    '2026-12-05',
    '2026-12-14',
    '2026-12-21',
    '2027-01-01',
    '2027-03-01',
  )
  const told = (await said(test)).map(({ onDay, kind, stage, memberId }) => [onDay, kind, stage, memberId].join(' '))
  const { a, b } = test.memberIds
  t.same(told, [
    `2026-11-20 scope_lapse 90 ${a}`,
    `2026-11-20 approval_lapse 30 ${b}`,
    `2026-12-05 scope_lapse 30 ${a}`,
    `2026-12-14 approval_lapse 7 ${b}`,
    `2026-12-21 approval_lapse lapsed ${b}`,
    `2027-01-01 scope_lapse lapsed ${a}`,
  ])
})

story('a suspension past its end is spoken of once, while the certificate stays suspended', async (test, t) => {
  const { certificate } = await owing(test, 'past')
  const lifted = await owing(test, 'lifted')
  const suspend = { action: 'suspend', on: '2026-11-20', untilOn: '2026-12-20', reasonCode: 'holder_request' }
  await act(test, certificate, suspend)
  await act(test, lifted.certificate, suspend)
  test.clock.set('2026-12-10T01:00:00Z')
  await act(test, lifted.certificate, { action: 'reinstate', on: '2026-12-10', reasonCode: 'cause_removed' })
  await runOn(test, 'suspension-notices', '2026-12-20', '2026-12-21', '2026-12-22')
  t.match(await said(test), [{ onDay: '2026-12-21', kind: 'suspension_past_end', certificateId: certificate }])
  t.equal((await said(test)).length, 1)
})

// ---- The calendar (R1)

const newYear = calendarInput.parse({
  note: '示例',
  years: { 2027: { notices: [], offDays: ['2027-01-01', '2027-01-04', '2027-01-05'], makeupWorkdays: [] } },
})

story('a due day that a new calendar moves is told to the member', async (test, t) => {
  test.clock.set('2026-12-24T01:00:00Z')
  await posted(test, bodyOf('moved', { decidedOn: '2026-12-23' }, { issuedOn: '2026-12-23', validUntil: '2029-12-22' }))
  await addCalendar(test.registry, test.as('administrator'), newYear)
  t.match(await said(test), [
    { kind: 'due_day_moved', audiences: ['member'], facts: { dueWas: '2027-01-04', dueOn: '2027-01-06' } },
  ])
})

story('an obligation that was left behind by the calendar is recounted by the job, once', async (test, t) => {
  test.clock.set('2026-12-24T01:00:00Z')
  const { obligations } = await posted(
    test,
    bodyOf('left', { decidedOn: '2026-12-23' }, { issuedOn: '2026-12-23', validUntil: '2029-12-22' }),
  )
  const report = obligations.find(({ duty }) => duty === 'report_to_cnca')?.id
  await addCalendar(test.registry, test.as('administrator'), newYear)
  // As one would stand that a process with the old calendar wrote.
  await test.registry.db.execute(
    sql`update obligations set due_on = '2027-01-05', calendar_version = 1, provisional = true where id = ${report}`,
  )
  t.same(await run(test, 'recount-obligations'), { seen: 1, changed: 1 })
  t.match(await obligationsOfDuty(test, 'report_to_cnca'), [
    { dueOn: '2027-01-06', calendarVersion: 2, provisional: false },
  ])
  t.same(await run(test, 'recount-obligations'), { seen: 0, changed: 0 })
})

// ---- Who sees what, and in which order

story('a member reads what it was told, and none of another; ids go on from the last one', async (test, t) => {
  await owing(test)
  await runOn(test, 'obligation-notices', '2026-11-23', '2026-11-26', '2026-12-03')
  const read = (as: Parameters<TestRegistry['as']>, query: object = {}) =>
    readNotices(test.registry, test.as(...as), noticesQuery.parse(query))
  const all = await read(['secretariat'])
  t.equal(all.items.length, 4)
  t.same((await read(['member', 'a'])).items, all.items)
  t.same(await read(['member', 'b']), { items: [], lastId: 0 })
  const first = await read(['secretariat'], { limit: 2 })
  const rest = await read(['secretariat'], { afterId: first.lastId })
  t.same([...first.items, ...rest.items], all.items)
  t.same(await read(['secretariat'], { afterId: all.lastId }), { items: [], lastId: all.lastId })
  t.same(await codesOf(read(['regulator'])), ['forbidden'])
})

story('ids become visible in their order, so that nobody who goes on from the last one misses one', async (test, t) => {
  await Promise.all(Array.from({ length: 12 }, (_, n) => owing(test, `n${n}`)))
  test.clock.set(morningOf('2026-11-26'))
  const seen: number[] = []
  let isRunning = true
  const follow = async () => {
    let afterId = 0
    for (let isLast = false; !isLast; ) {
      isLast = !isRunning
      const page = await readNotices(test.registry, test.as('administrator'), noticesQuery.parse({ afterId }))
      seen.push(...page.items.map(({ id }) => id))
      afterId = page.lastId
    }
  }
  const following = follow()
  const other = await secondProcess(test)
  await Promise.all([run(test, 'obligation-notices'), run(other, 'obligation-notices'), addMail(test, 'x@example.org')])
  isRunning = false
  await following
  await other.close()
  t.same(
    seen,
    (await said(test)).map(({ id }) => id),
  )
  t.equal(seen.length, 12)
})

async function secondProcess(test: TestRegistry) {
  const database = openDatabase(test.urls.serviceUrl, { poolSize: 4 })
  const registry = { ...test.registry, db: database.db, lists: database.db, rulebooks: rulebookShelf() }
  return { registry, close: () => database.close() }
}

story('two processes that run every job at once say each notice once', async (test, t) => {
  await Promise.all(Array.from({ length: 8 }, (_, n) => owing(test, `p${n}`)))
  await addScope(test.registry, test.as('secretariat'), test.memberIds.a, {
    family: 'services',
    description: '示例到期范围',
    fromOn: plainDate('2026-01-01'),
    untilOn: plainDate('2026-12-31'),
  })
  const other = await secondProcess(test)
  const names = ['obligation-notices', 'lapse-notices', 'expiry-reminders', 'suspension-notices', 'recount-obligations']
  for (const day of ['2026-11-23', '2026-11-26', '2026-12-04']) {
    test.clock.set(morningOf(day))
    await Promise.all(names.flatMap((name) => [run(test, name), run(other, name)]))
  }
  await other.close()
  const told = await said(test)
  const keys = told.map(({ kind, stage, obligationId, facts }) => [kind, stage, obligationId, facts.scope].join(' '))
  t.equal(new Set(keys).size, keys.length, 'none twice')
  const count = (wanted: string) => told.filter(({ kind, stage }) => `${kind} ${stage}` === wanted).length
  t.same(
    ['obligation reminder', 'obligation overdue', 'obligation warning', 'scope_lapse 90', 'scope_lapse 30'].map(count),
    [8, 16, 8, 1, 1],
    'the overdue ones of eight reports and of their eight explanations',
  )
  t.equal((await obligationsOfDuty(test, 'explain_overdue')).length, 8)
})
