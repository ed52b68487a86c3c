import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t from 'tap'
import { evidenceDocument } from '../../src/documents/evidence-document.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { attachFile, attachmentQuery } from '../../src/usecases/conduct/attach-file.ts'
import {
  annulFinding,
  caseConclusionInput,
  concludeCase,
  replyToCase,
} from '../../src/usecases/conduct/conclude-case.ts'
import { caseInput, openCase } from '../../src/usecases/conduct/open-case.ts'
import { findingsQuery, readFindings } from '../../src/usecases/conduct/read-conduct.ts'
import type { Context } from '../../src/usecases/context.ts'
import { keepPack, packInput, packsQuery, readKeptPack, readKeptPacks } from '../../src/usecases/evidence/keep-pack.ts'
import { type PackMade, readPack } from '../../src/usecases/evidence/make-pack.ts'
import {
  answerReferral,
  readReferral,
  readReferrals,
  refer,
  referralAnswerInput,
  referralInput,
  referralsQuery,
} from '../../src/usecases/evidence/manage-referrals.ts'
import { writeExplanation } from '../../src/usecases/explanations/write-explanation.ts'
import { sha256Of, sha256OfJson } from '../../src/usecases/hashes.ts'
import { notifyObligations } from '../../src/usecases/notices/notify-obligations.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { bodyOf, codesOf, countRows, posted, race, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { wordsOf } from '../support/documents.ts'
import type { TestRegistry } from '../support/services.ts'

/** What a regulator is given of a lapse (N7). Decided on 2026-11-16, due on 2026-11-25; it is 2026-12-01. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

/** The report to CNCA of a new result. */
async function report(test: TestRegistry, name: string): Promise<string> {
  const { obligations } = await posted(test, bodyOf(name))
  return obligations.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''
}

const receive = (test: TestRegistry, id: string, reportedOn: string) =>
  recordReceipt(
    test.registry,
    test.as('member'),
    id,
    receiptInput.parse({ reportedOn, receiptNumber: 'CNCA-示例-1', evidence: '示例' }),
    undefined,
  )

/** One report overdue and explained, one late, one on time, and a finding. */
async function lapses(test: TestRegistry) {
  const [overdue, late, onTime] = [await report(test, '1'), await report(test, '2'), await report(test, '3')]
  await receive(test, onTime, '2026-11-20')
  test.clock.set('2026-12-01T02:00:00Z')
  await notifyObligations(test.registry, test.as('administrator'), new AbortController().signal)
  await receive(test, late, '2026-11-30')
  await writeExplanation(test.registry, test.as('member'), overdue, { text: '示例：检测报告晚到。' })
  const audit = { source: 'file_audit', memberId: test.memberIds.a, words: '示例', occurredOn: '2026-11-19' }
  const { answer } = await openCase(test.registry, test.as('secretariat'), caseInput.parse(audit), undefined)
  await attachFile(
    test.registry,
    test.as('secretariat'),
    answer.id,
    attachmentQuery.parse({ fileName: '示例.pdf' }),
    Buffer.from('%PDF-1.4\n示例'),
  )
  await replyToCase(test.registry, test.as('member'), answer.id, { words: '示例' })
  const findings = [{ kind: 'follow_up_missing', grade: 'general', words: '示例：缺跟踪记录。' }]
  const conclusion = caseConclusionInput.parse({ outcome: 'substantiated', words: '示例', findings })
  await concludeCase(test.registry, test.as('secretariat'), answer.id, conclusion)
  return { overdue, late, onTime }
}

const pack = (test: TestRegistry, id: string, as: Context = test.as('regulator')) =>
  readPack(test.registry, as, { about: 'obligation', id })
const period = (test: TestRegistry, from: string, until: string, as: Context = test.as('regulator')) =>
  readPack(test.registry, as, {
    about: 'period',
    memberId: test.memberIds.a,
    from: plainDate(from),
    until: plainDate(until),
  })

function hashOf({ sha256: _, ...rest }: PackMade): string {
  return sha256OfJson(JSON.parse(JSON.stringify(rest)))
}

story('the pack of a lapse explains its clock and holds all that was said about it', async (test, t) => {
  const { overdue, late } = await lapses(test)
  const made = await pack(test, overdue)
  t.equal(made.sha256, hashOf(made), 'the hash is of all that is shown')
  t.match(made.member, { name: '示例甲认证中心', standing: 'admitted' })
  const [lapse] = made.obligations
  t.match(lapse, {
    id: overdue,
    state: 'overdue',
    eventOn: '2026-11-16',
    dueOn: '2026-11-25',
    calendarDaysLate: 6,
    workingDaysLate: 4,
    notices: [{ stage: 'overdue' }],
    explanations: [{ state: 'waiting', text: '示例：检测报告晚到。' }],
    receipts: [],
  })
  t.equal(lapse?.counted.length, 7)
  t.same(made.restsOn[0], { what: 'obligation', id: overdue, sha256: sha256OfJson(lapse) })
  t.same(
    made.earlierLapses.map(({ id, state }) => [id, state]),
    [[late, 'met_late']],
  )
  t.match(made.findings, [{ kind: 'follow_up_missing', source: 'file_audit' }])
  t.same(
    made.articles.map(({ article }) => article),
    ['23', '37(4)', '38', '26', '59'],
  )
})

story('the pack of a period has every report due in it that is overdue or was late', async (test, t) => {
  const { overdue, late } = await lapses(test)
  const november = await period(test, '2026-11-01', '2026-11-30')
  t.same(november.obligations.map(({ id }) => id).sort(), [overdue, late].sort())
  t.match(november, { obligationCount: 2, earlierLapseCount: 0 })
  const december = await period(test, '2026-12-01', '2026-12-31')
  t.match(december, { obligationCount: 0, earlierLapseCount: 2, obligations: [] })
  t.same(await codesOf(period(test, '2026-12-01', '2026-11-30')), ['span_reversed'])
})

story('what is on time, unknown or for others makes no pack', async (test, t) => {
  const { overdue, onTime } = await lapses(test)
  t.same(await codesOf(pack(test, onTime)), ['obligation_not_late'])
  t.same(await codesOf(pack(test, test.memberIds.a)), ['not_found'])
  for (const as of [test.as('member'), test.as('office')]) {
    t.same(await codesOf(pack(test, overdue, as)), ['forbidden'])
    t.same(await codesOf(period(test, '2026-11-01', '2026-11-30', as)), ['forbidden'])
  }
})

story('a surveillance that is overdue makes a pack, with the articles of following up', async (test, t) => {
  const { obligations } = await posted(test, bodyOf('1'))
  const id = obligations.find(({ duty }) => duty === 'surveillance')?.id ?? ''
  t.same(await codesOf(pack(test, id)), ['obligation_not_late'])
  test.clock.set('2027-12-01T02:00:00Z')
  const made = await pack(test, id)
  t.match(made.obligations, [{ duty: 'surveillance', state: 'overdue' }])
  t.same(
    made.articles.map(({ article, lawName }) => `${article} ${lawName[0].slice(0, 13)}`),
    ['26 中华人民共和国认证认可条例', '59 中华人民共和国认证认可条例'],
  )
})

story('what was fed back late to the secretariat is a lapse, and no article is cited for it', async (test, t) => {
  test.clock.set('2026-12-01T02:00:00Z')
  const { obligations } = await posted(test, bodyOf('1'))
  const id = obligations.find(({ duty }) => duty === 'feed_back')?.id ?? ''
  const made = await pack(test, id)
  t.match(made.obligations, [{ duty: 'feed_back', state: 'met_late' }])
  t.same(made.articles, [])
})

story('a Word document says what its pack says, also of one without lapses', async (test, t) => {
  const { overdue } = await lapses(test)
  const made = await pack(test, overdue)
  const words = await wordsOf(await evidenceDocument(made))
  for (const said of [
    '认证结果报送情况证据材料',
    '示例甲认证中心（批准号 CNCA-R-2099-901',
    '起算日为2026年11月16日（当日不计入），期限为2026年11月25日，尚未完成：逾期未报，超过期限 6 日（其中工作日 4 日）',
    '示例：检测报告晚到。',
    '未进行跟踪监督',
    '中华人民共和国认证认可条例',
    '第 37 条第（四）项',
    made.sha256,
    '未留存，不供核对',
    ...made.restsOn.map(({ sha256 }) => sha256),
  ])
    t.ok(words.includes(said), said)
  const none = await wordsOf(await evidenceDocument(await period(test, '2025-01-01', '2025-01-31')))
  t.match(none, '该期间没有逾期未报或迟报的义务。')
})

story('a pack that is handed out is kept, so that a copy can be held against it', async (test, t) => {
  const { overdue } = await lapses(test)
  const keep = (input: object, as = test.as('regulator'), key?: string) =>
    keepPack(test.registry, as, packInput.parse(input), key).then(({ answer }) => answer)
  const kept = await keep({ obligationId: overdue }, test.as('regulator'), 'once')
  t.equal((await keep({ obligationId: overdue }, test.as('regulator'), 'once')).id, kept.id)
  t.equal(kept.sha256, hashOf(kept.content))
  test.clock.set('2026-12-02T02:00:00Z')
  await receive(test, overdue, '2026-12-01')
  const read = await readKeptPack(test.registry, test.as('secretariat'), kept.id)
  t.equal(read.content.obligations[0]?.state, 'overdue', 'as it was when it was handed out')
  t.equal(hashOf(read.content), kept.sha256)
  const words = await wordsOf(await evidenceDocument(read.content, read.id))
  t.ok(words.includes(`本件已留存，编号 ${kept.id}`))
  const list = async (query: object) =>
    (await readKeptPacks(test.registry, test.as('regulator'), packsQuery.parse(query))).items
  t.match(await list({ sha256: kept.sha256 }), [{ id: kept.id, about: 'obligation' }])
  t.same(await list({ sha256: '0'.repeat(64) }), [], 'no such copy was handed out')
  const owner = postgres(test.urls.ownerUrl, { max: 1, onnotice: () => {} })
  await t.rejects(owner`update evidence_packs set sha256 = 'x'`, /append-only/)
  await owner.end()
  const before = await countRows(test.registry)
  for (const as of [test.as('member'), test.as('office')]) {
    t.same(await codesOf(keep({ obligationId: overdue }, as)), ['forbidden'])
    t.same(await codesOf(readKeptPack(test.registry, as, kept.id)), ['forbidden'])
  }
  t.same(await codesOf(readKeptPack(test.registry, test.as('regulator'), overdue)), ['not_found'])
  const { a } = test.memberIds
  for (const unclear of [
    {},
    { obligationId: overdue, findingId: a },
    { memberId: a, from: '2026-11-01' },
    { from: '2026-11-01' },
    { obligationId: overdue, until: '2026-11-01' },
  ])
    t.same(await codesOf(keep(unclear)), ['pack_subject_unclear'], JSON.stringify(unclear))
  t.same(await countRows(test.registry), before)
})

story('a pack of a finding begins with it, and leaves out what was annulled or is long past', async (test, t) => {
  await lapses(test)
  const { items } = await readFindings(test.registry, test.as('regulator'), findingsQuery.parse({}))
  const id = items[0]?.id ?? ''
  const of = (which = id, as = test.as('regulator')) => readPack(test.registry, as, { about: 'finding', id: which })
  const made = await of()
  t.match(made, { about: 'finding', obligations: [], findingCount: 1, earlierLapseCount: 2 })
  t.match(made.findings, [{ id, kind: 'follow_up_missing', reply: '示例' }])
  const finding = made.restsOn.find(({ what }) => what === 'finding')
  t.same(finding, { what: 'finding', id, sha256: sha256OfJson(made.findings[0]) })
  const [attached] = made.restsOn.filter(({ what }) => what === 'attachment')
  t.same(attached, { what: 'attachment', id: made.findings[0]?.attachments[0]?.id, sha256: sha256Of('%PDF-1.4\n示例') })
  t.match(await wordsOf(await evidenceDocument(made)), '查实问题证据材料')
  t.same(await codesOf(of(test.memberIds.a)), ['not_found'])
  const office = test.as('office')
  const another: Context = { ...office, actor: { ...office.actor, kind: 'person' } }
  await annulFinding(test.registry, another, id, { ground: '示例' })
  t.same(await codesOf(of()), ['annulled_already'])
  t.match(await period(test, '2026-12-01', '2026-12-31'), { findings: [], findingCount: 0 })
})

story('what was said of a lapse is in the hashes of its pack', async (test, t) => {
  const { overdue } = await lapses(test)
  const made = await pack(test, overdue)
  const [row] = await test.registry.db.execute<{ id: string; subject: string }>(
    sql`select id::text, subject_zh as subject from notices where obligation_id = ${overdue}`,
  )
  const notice = made.restsOn.find(({ what }) => what === 'notice')
  t.equal(notice?.id, row?.id)
  const told = made.obligations[0]?.notices[0]
  t.match(told, { subjectZh: row?.subject, audiences: ['member', 'secretariat'] })
  t.equal(notice?.sha256, sha256OfJson(told), 'whoever gets it can reckon it again')
})

story('a finding and a period can be referred, each once until it is answered', async (test, t) => {
  await lapses(test)
  const { items } = await readFindings(test.registry, test.as('regulator'), findingsQuery.parse({}))
  const make = (about: object) =>
    refer(test.registry, test.as('secretariat'), referralInput.parse({ words: '示例', ...about }), undefined)
  const november = { memberId: test.memberIds.a, from: '2026-11-01', until: '2026-11-30' }
  t.same(await codesOf(make({})), ['pack_subject_unclear'])
  t.match((await make({ findingId: items[0]?.id })).answer, {
    findingId: items[0]?.id,
    obligationId: null,
    fromOn: null,
  })
  const both = await race([make(november), make(november)])
  t.match(
    both.done.map(({ answer }) => answer),
    [{ fromOn: '2026-11-01', untilOn: '2026-11-30', findingId: null }],
  )
  t.same(both.refused, [['referral_open']])
  t.same(await codesOf(make({ findingId: items[0]?.id })), ['referral_open'])
  t.same(await codesOf(make({ ...november, until: '2026-12-01' })), [], 'another period is another matter')
})

story('a referral keeps the pack as it was sent, and is answered once by the regulator', async (test, t) => {
  const { overdue, onTime } = await lapses(test)
  const make = (obligationId: string, as = test.as('secretariat'), key?: string) =>
    refer(test.registry, as, referralInput.parse({ obligationId, words: '示例' }), key).then(({ answer }) => answer)
  t.same(await codesOf(make(onTime)), ['obligation_not_late'])
  t.same(await codesOf(make(overdue, test.as('regulator'))), ['forbidden'])
  const { id, packSha256 } = await make(overdue, test.as('secretariat'), 'once')
  t.equal((await make(overdue, test.as('secretariat'), 'once')).id, id, 'sent twice with one key it is one')
  t.same(await codesOf(make(overdue)), ['referral_open'], 'nor is it referred again before it is answered')
  test.clock.set('2026-12-02T02:00:00Z')
  await receive(test, overdue, '2026-12-01')
  const kept = await readReferral(test.registry, test.as('regulator'), id)
  t.equal(sha256OfJson(kept.pack), packSha256)
  t.equal(kept.pack.obligations[0]?.state, 'overdue', 'as it was when it was sent')
  const before = await countRows(test.registry)
  const answer = (as = test.as('regulator'), which = id) =>
    answerReferral(test.registry, as, which, referralAnswerInput.parse({ outcome: 'case_opened', words: '示例' }))
  t.same(await codesOf(answer(test.as('secretariat'))), ['forbidden'])
  t.same(await codesOf(answer(test.as('regulator'), overdue)), ['not_found'])
  t.same(await codesOf(readReferral(test.registry, test.as('member'), id)), ['forbidden'])
  t.same(await countRows(test.registry), before)
  const { done, refused } = await race([answer(), answer()])
  t.match(done, [{ answer: { outcome: 'case_opened', answeredOn: '2026-12-02' } }])
  t.same(refused, [['referral_answered']])
  const { items } = await readReferrals(test.registry, test.as('secretariat'), referralsQuery.parse({}))
  t.match(items, [{ id, packSha256, answer: { outcome: 'case_opened' } }])
  const both = await race([make(overdue), make(overdue)])
  t.same([both.done.length, both.refused], [1, [['referral_open']]], 'answered, it may be referred again, once')
})
