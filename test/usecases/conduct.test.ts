import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t from 'tap'
import { listNotices } from '../../src/store/notices.ts'
import { attachFile, attachmentQuery, readAttachment, readAttachments } from '../../src/usecases/conduct/attach-file.ts'
import {
  annulCase,
  annulFinding,
  caseAssigneeInput,
  caseConclusionInput,
  closeCorrection,
  concludeCase,
  correctionDoneInput,
  reassignCase,
  replyToCase,
} from '../../src/usecases/conduct/conclude-case.ts'
import {
  complaintInput,
  fileComplaint,
  filePublicComplaint,
  readComplaintState,
} from '../../src/usecases/conduct/file-complaint.ts'
import { caseInput, openCase } from '../../src/usecases/conduct/open-case.ts'
import {
  complaintsQuery,
  dismissComplaint,
  eraseAuthor,
  readComplaints,
  seeComplainant,
  seeComplainantOfCase,
} from '../../src/usecases/conduct/read-complaints.ts'
import {
  casesQuery,
  countAskedCases,
  countAskedFindings,
  findingsQuery,
  readCase,
  readCases,
  readFinding,
  readFindings,
} from '../../src/usecases/conduct/read-conduct.ts'
import type { Context } from '../../src/usecases/context.ts'
import { measureInput, proposeMeasure } from '../../src/usecases/measures/propose-measure.ts'
import {
  appealMeasure,
  decideAppeal,
  decideMeasure,
  decisionInput,
  replyToMeasure,
} from '../../src/usecases/measures/take-step.ts'
import {
  actionsOf,
  bodyOf,
  codesOf,
  countRows,
  issuesOf,
  posted,
  race,
  refusalsOf,
  storiesOn,
} from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { countedOf } from '../support/ranking.ts'
import type { TestRegistry } from '../support/services.ts'

/** Complaints, cases and findings (N6, R8). Friday 2026-11-20; a reply is open until 2026-12-04. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

/** A file of a kind that may be attached. */
const pdf = (words: string) => Buffer.from(`%PDF-1.4\n${words}\n`)

const author = { name: '示例来信人', contact: 'author@example.org' }
const complain = (test: TestRegistry, changes: Record<string, unknown> = {}) =>
  filePublicComplaint(
    test.registry,
    complaintInput.parse({ text: '示例：要求购买咨询。', memberNamed: '示例甲认证中心', ...changes }),
  )
const complaints = async (test: TestRegistry, as: Context = test.as('secretariat')) =>
  (await readComplaints(test.registry, as, complaintsQuery.parse({}))).items
const open = (
  test: TestRegistry,
  changes: Record<string, unknown> = {},
  as: Context = test.as('secretariat'),
  key?: string,
) =>
  openCase(
    test.registry,
    as,
    caseInput.parse({
      source: 'file_audit',
      memberId: test.memberIds.a,
      words: '示例：档案缺现场记录。',
      occurredOn: '2026-11-18',
      ...changes,
    }),
    key,
  ).then(({ answer }) => answer)
const reply = (test: TestRegistry, id: string, as = test.as('member')) =>
  replyToCase(test.registry, as, id, { words: '示例：已补齐。' })
const found = (changes: Record<string, unknown> = {}) => ({
  kind: 'procedure_skipped',
  grade: 'general',
  words: '示例',
  ...changes,
})
const conclude = (test: TestRegistry, id: string, changes: Record<string, unknown> = {}, as = test.as('secretariat')) =>
  concludeCase(
    test.registry,
    as,
    id,
    caseConclusionInput.parse({
      outcome: 'substantiated',
      words: '示例',
      ...(changes.outcome === undefined ? { findings: [found()] } : {}),
      ...changes,
    }),
  )

story('a complaint comes in without sign-in, and its author follows it by the receipt alone', async (test, t) => {
  const { receipt } = await complain(test, { complainant: author })
  const state = async () => (await readComplaintState(test.registry, receipt)).state
  t.equal(await state(), 'received')
  t.same(await codesOf(readComplaintState(test.registry, 'x'.repeat(43))), ['not_found'])
  const [complaint] = await complaints(test)
  t.match(complaint, { state: 'received', isAnonymous: false, caseId: null })
  const opened = await open(test, { source: 'complaint', complaintId: complaint?.id })
  t.notOk(JSON.stringify(opened).includes(complaint?.id ?? ''), 'the case does not lead a body to the complaint')
  t.equal(await state(), 'under_examination')
  await conclude(test, opened.id, { outcome: 'unsubstantiated' })
  t.equal(await state(), 'concluded')
  const second = await complain(test)
  const other = (await complaints(test)).find(({ state }) => state === 'received')
  t.equal(
    (await dismissComplaint(test.registry, test.as('secretariat'), other?.id ?? '', { ground: '示例' })).state,
    'dismissed',
  )
  t.equal((await readComplaintState(test.registry, second.receipt)).state, 'dismissed')
})

story(
  'who complained is known to the secretariat alone unless the author agreed, and each view is logged',
  async (test, t) => {
    await complain(test, { complainant: author })
    const [complaint] = await complaints(test)
    const id = complaint?.id ?? ''
    const see = (as: Context, which = id) => seeComplainant(test.registry, as, which)
    t.same(await see(test.as('secretariat')), { ...author, erasedAt: null })
    for (const as of [test.as('regulator'), test.as('member')]) t.same(await codesOf(see(as)), ['not_found'])
    t.same(await codesOf(see(test.as('office'))), ['forbidden'])
    t.same(await actionsOf(test.registry, 'complaint', id), ['complaint.received', 'complaint.author_seen'])

    await complain(test, { complainant: author, mayBeNamed: true })
    const named = (await complaints(test)).find(({ mayBeNamed }) => mayBeNamed)?.id ?? ''
    t.match(await see(test.as('regulator'), named), { name: author.name })
    t.same(await codesOf(see(test.as('member'), named)), ['not_found'], 'a body of no case has nothing to see')
    await open(test, { source: 'complaint', complaintId: named })
    t.match(await see(test.as('member'), named), { name: author.name })
    t.same(await codesOf(see(test.as('member', 'b'), named)), ['not_found'])
    const [its] = (await readCases(test.registry, test.as('member'), casesQuery.parse({}))).items
    const byCase = (as: Context) => seeComplainantOfCase(test.registry, as, its?.id ?? '')
    t.match(await byCase(test.as('member')), { name: author.name }, 'the body knows its case, and no complaint')
    t.same(await codesOf(byCase(test.as('member', 'b'))), ['not_found'])
    const hidden = await open(test, { source: 'complaint', complaintId: id })
    t.same(
      await codesOf(seeComplainantOfCase(test.registry, test.as('member'), hidden.id)),
      ['not_found'],
      'not agreed',
    )
    const audit = await open(test)
    t.same(await codesOf(seeComplainantOfCase(test.registry, test.as('secretariat'), audit.id)), ['not_found'])
  },
)

story('a person can be erased without touching the log, and stands nowhere else', async (test, t) => {
  await complain(test, {
    complainant: author,
    text: `示例：我是${author.name}，${author.contact}。`,
    memberNamed: `示例甲，${author.contact}处`,
    certificateNumber: 'SL-1',
  })
  const [complaint] = await complaints(test)
  const id = complaint?.id ?? ''
  const its = await open(test, { source: 'complaint', complaintId: id })
  const attach = (fileName: string, fromAuthor: string, as = test.as('secretariat')) =>
    attachFile(test.registry, as, its.id, attachmentQuery.parse({ fileName, fromAuthor }), pdf(fileName))
  const sent = await attach(`${author.contact}.pdf`, 'true')
  const shared = await attach('示例.pdf', 'false')
  t.match(await attach('机构材料.pdf', 'true', test.as('member')), { fromAuthor: false }, 'a body is no author')
  const bytes = (attachmentId: string) => readAttachment(test.registry, test.as('secretariat'), attachmentId)
  t.match(await bytes(sent.id), { sha256: sent.sha256 })
  t.match(complaint?.text, /示例来信人/)
  const [seen] = await complaints(test, test.as('regulator'))
  t.equal(seen?.text, null, 'the regulator reads it only where the author agreed')
  const log = async () => test.registry.db.execute(sql`select * from events where entity = 'complaint' order by id`)
  const before = await log()
  t.notOk(JSON.stringify(before).includes(author.name), 'the log never held the name')
  t.match(before, [{ request_id: 'public form' }], 'nor a request by which an address could be found')
  await eraseAuthor(test.registry, test.as('secretariat'), id)
  t.same((await log()).slice(0, before.length), before)
  t.match(await seeComplainant(test.registry, test.as('secretariat'), id), { name: null, erasedAt: Date })
  const gone = { text: null, memberNamed: null, certificateNumber: null, caseId: its.id }
  t.match(
    (await complaints(test)).find((each) => each.id === id),
    gone,
  )
  t.same(await codesOf(bytes(sent.id)), ['attachment_erased'])
  t.match(await bytes(shared.id), { sha256: shared.sha256 }, 'what the secretariat found itself stays')
  const { items: left } = await readAttachments(test.registry, test.as('secretariat'), its.id)
  t.equal(left.length, 3)
  const erased = left.find((each) => each.id === sent.id)
  t.match(erased, { sha256: sent.sha256, bytesTotal: sent.bytesTotal, fileName: '' }, 'that it was there is said')
  await attach(`后到-${author.contact}.pdf`, 'true')
  await eraseAuthor(test.registry, test.as('secretariat'), id)
  const later = (await readAttachments(test.registry, test.as('secretariat'), its.id)).items
  t.notOk(
    later.some(({ fileName }) => fileName.includes(author.contact)),
    'what came in afterwards goes when asked again',
  )
  const owner = postgres(test.urls.ownerUrl, { max: 1, onnotice: () => {} })
  await t.rejects(owner`update case_attachments set file_name = 'x' where id = ${sent.id}`, /append-only/)
  await t.rejects(
    owner`update case_attachments set erased_at = now(), sha256 = 'x', content = '', file_name = '' where id = ${shared.id}`,
    /append-only/,
  )
  await owner.end()
  t.same(await codesOf(eraseAuthor(test.registry, test.as('secretariat'), id)), ['complainant_missing'])
  t.same(await codesOf(eraseAuthor(test.registry, test.as('regulator'), id)), ['forbidden'])
  const tables = await test.registry.db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  for (const { name } of tables) {
    const [row] = await test.registry.db.execute<{ found: number }>(
      sql`select count(*)::int as found from ${sql.identifier(name)} x where x::text like ${`%${author.contact}%`}`,
    )
    t.equal(row?.found, 0, name)
  }
})

story('what can’t be a complaint is refused, and a person is never shown back', async (test, t) => {
  const before = await countRows(test.registry)
  const card = '11010519491231002X'
  const complaint = { text: `示例 ${card}`, memberNamed: '示例', complainant: { name: '示例', contact: card } }
  t.same(issuesOf(complaintInput, complaint).sort(), [
    'identity_card_refused@complainant.contact',
    'identity_card_refused@text',
  ])
  t.same(await refusalsOf(complain(test, { mayBeNamed: true })), ['complainant_missing@complainant'])
  t.same(
    await codesOf(
      fileComplaint(test.registry, test.as('member'), complaintInput.parse({ text: 'x', memberNamed: 'x' })),
    ),
    ['forbidden'],
  )
  t.same(await codesOf(complaints(test, test.as('member'))), ['forbidden'])
  t.same(await countRows(test.registry), before)
})

story('a case is opened, answered and concluded with findings; corrective actions are followed', async (test, t) => {
  const opened = await open(test, { assignedTo: '示例核查员' })
  t.match(opened, { state: 'open_for_reply', replyUntilOn: '2026-12-04' })
  t.same(await codesOf(conclude(test, opened.id)), ['reply_window_open'])
  t.equal((await reply(test, opened.id)).state, 'to_conclude')
  t.same(await codesOf(reply(test, opened.id)), ['case_reply_over'])
  const findings = [found({ correctUntilOn: '2026-12-31' }), found({ kind: 'data_late', grade: 'considerable' })]
  t.same(await refusalsOf(conclude(test, opened.id, { findings: [found(), found()] })), [
    'finding_twice@findings.1.kind',
  ])
  t.same(await refusalsOf(conclude(test, opened.id, { findings: [found({ correctUntilOn: '2026-11-20' })] })), [
    'plan_not_ahead@findings.0.correctUntilOn',
  ])
  const concluded = await conclude(test, opened.id, { findings })
  t.equal(concluded.case.state, 'substantiated')
  t.same(concluded.findings.map(({ kind, correction }) => `${kind} ${correction}`).sort(), [
    'data_late none_due',
    'procedure_skipped open',
  ])
  t.same(await codesOf(conclude(test, opened.id)), ['case_concluded'])
  const due = concluded.findings.find(({ correction }) => correction === 'open')?.id ?? ''
  const correct = (id: string, correctedOn: string, as = test.as('secretariat')) =>
    closeCorrection(test.registry, as, id, correctionDoneInput.parse({ correctedOn, note: '示例' }))
  t.same(await codesOf(correct(due, '2026-11-21')), ['day_in_future'])
  t.same(await codesOf(correct(due, '2026-11-19')), ['reported_before_event'])
  t.same(await codesOf(correct(due, '2026-11-20', test.as('member'))), ['forbidden'])
  test.clock.set('2027-01-04T02:00:00Z')
  t.equal((await correct(due, '2027-01-04')).correction, 'closed_late')
  t.same(await codesOf(correct(due, '2027-01-04')), ['correction_not_open'])
  t.same(await codesOf(correct(test.memberIds.a, '2027-01-04')), ['not_found'])
  const detail = await readCase(test.registry, test.as('member'), opened.id)
  t.same(detail.history.map(({ action }) => action).sort(), [
    'conduct_case.concluded',
    'conduct_case.opened',
    'conduct_case.replied',
  ])
  const { items } = await readFindings(test.registry, test.as('member'), findingsQuery.parse({ kind: 'data_late' }))
  t.equal(items.length, 1)
  t.equal((await countAskedFindings(test.registry, test.as('office'), findingsQuery.parse({}))).count, 2)
})

/** A person of that role. */
const person = (test: TestRegistry, role: 'office' | 'regulator' | 'secretariat'): Context => {
  const context = test.as(role)
  return { ...context, actor: { ...context.actor, kind: 'person' } }
}

story('what was found wrongly is annulled by the office, and counts nowhere any more', async (test, t) => {
  await complain(test)
  const [complaint] = await complaints(test)
  const { id } = await open(test, { source: 'complaint', complaintId: complaint?.id })
  await reply(test, id)
  const input = { ground: '示例：样品调换。' }
  t.same(await codesOf(annulCase(test.registry, person(test, 'office'), id, input)), ['case_not_substantiated'])
  const findings = [found({ kind: 'false_result', grade: 'serious' }), found({ correctUntilOn: '2026-12-31' })]
  const concluded = await conclude(test, id, { findings })
  const wrong = concluded.findings.find(({ kind }) => kind === 'false_result')?.id ?? ''
  const other = concluded.findings.find(({ kind }) => kind !== 'false_result')?.id ?? ''
  const counted = () => countedOf(test, ['finding_false_result', 'finding_other', 'complaint_substantiated'])
  t.same(await counted(), { finding_false_result: 1, finding_other: 1, complaint_substantiated: 1 })
  const before = await countRows(test.registry)
  const annul = (as: Context, which = wrong) => annulFinding(test.registry, as, which, input)
  t.same(await codesOf(annul(test.as('office'))), ['person_expected'])
  t.same(await codesOf(annul(person(test, 'secretariat'))), ['forbidden'], 'not by whoever concluded it')
  t.same(await codesOf(annul(person(test, 'regulator'))), ['annulled_by_another'])
  t.same(await codesOf(annul(person(test, 'office'), id)), ['not_found'])
  t.same(await countRows(test.registry), before)
  const { done, refused } = await race([annul(person(test, 'office')), annul(person(test, 'office'))])
  t.match(done, [{ id: wrong, annulledOn: '2026-11-20', annulledGround: input.ground }])
  t.same(refused, [['annulled_already']])
  t.same(await counted(), { finding_false_result: 0, finding_other: 1, complaint_substantiated: 1 })
  const removal = measureInput.parse({ kind: 'removal', ground: 'false_result', reasons: '示例', findingIds: [wrong] })
  const propose = proposeMeasure(test.registry, person(test, 'secretariat'), test.memberIds.a, removal, undefined)
  t.same(await refusalsOf(propose), ['false_result_not_confirmed@findingIds'])
  t.match(
    await readCase(test.registry, test.as('member'), id),
    { state: 'substantiated' },
    'the rest of the case stands',
  )
  await annul(person(test, 'office'), other)
  t.match(await readCase(test.registry, test.as('member'), id), { state: 'annulled' }, 'with its last finding it falls')
  t.same(await counted(), { finding_false_result: 0, finding_other: 0, complaint_substantiated: 0 })
  t.match(await readFinding(test.registry, test.as('member'), other), { correction: 'none_due' })
  t.same(await codesOf(readFinding(test.registry, test.as('member', 'b'), other)), ['not_found'])
  t.same(await codesOf(annulCase(test.registry, person(test, 'office'), id, input)), ['annulled_already'])
  const correction = correctionDoneInput.parse({ correctedOn: '2026-11-20', note: '示例' })
  t.same(await codesOf(closeCorrection(test.registry, test.as('secretariat'), other, correction)), [
    'correction_not_open',
  ])
  const said = await listNotices(test.registry.db, { afterId: 0, limit: 50, memberId: test.memberIds.a })
  const annulments = said.filter(({ kind, stage }) => kind === 'conduct_case' && stage.endsWith('annulled'))
  t.same(
    annulments.map(({ stage, subjectZh }) => [stage, subjectZh.slice(4)]),
    [
      ['finding_annulled', '对示例甲认证中心认定的一项问题已撤销：虚假认证结论 / false result'],
      ['annulled', '对示例甲认证中心的核查结论已撤销：投诉举报 / complaint'],
    ],
  )
})

story('a penalty is taken back by the regulator alone, and a failed check with its case', async (test, t) => {
  const penalty = await open(test, { source: 'penalty', document: '示例罚〔2026〕1号' }, test.as('regulator'))
  const check = await open(test, { source: 'spot_check', passed: false })
  await reply(test, check.id)
  const counted = () => countedOf(test, ['penalty', 'check_failed', 'check_passed'])
  t.same(await counted(), { penalty: 1, check_failed: 1, check_passed: 0 })
  for (const { id } of [penalty, check]) await conclude(test, id)
  const annul = (id: string, role: 'office' | 'regulator') =>
    annulCase(test.registry, person(test, role), id, { ground: '示例' })
  t.same(await codesOf(annul(penalty.id, 'office')), ['annulled_by_another'])
  const { case: annulled, findings } = await annul(penalty.id, 'regulator')
  t.match([annulled, ...findings], [{ state: 'annulled' }, { annulledOn: '2026-11-20' }])
  await annul(check.id, 'office')
  t.same(await counted(), { penalty: 0, check_failed: 0, check_passed: 0 }, 'nor has the body passed it')
})

story(
  'a measure that rests on what was annulled is confirmed by nobody, and appealed against at any time',
  async (test, t) => {
    const { id } = await open(test)
    await reply(test, id)
    const { findings } = await conclude(test, id, { findings: [found({ kind: 'bundling', grade: 'serious' })] })
    const findingIds = findings.map((each) => each.id)
    const input = measureInput.parse({ kind: 'suspension', reasons: '示例', findingIds })
    const propose = () => proposeMeasure(test.registry, test.as('secretariat'), test.memberIds.a, input, undefined)
    const [first, second] = [(await propose()).answer.id, (await propose()).answer.id]
    const decide = (measureId: string, outcome: string) =>
      decideMeasure(test.registry, test.as('secretariat'), measureId, decisionInput.parse({ outcome, words: '示例' }))
    for (const each of [first, second]) await replyToMeasure(test.registry, test.as('member'), each, { words: '示例' })
    await decide(first, 'confirmed')
    await annulCase(test.registry, person(test, 'office'), id, { ground: '示例' })
    t.same(await codesOf(decide(second, 'confirmed')), ['measure_ground_lost'])
    t.match(await decide(second, 'withdrawn'), { state: 'withdrawn' })
    test.clock.set('2027-06-01T02:00:00Z')
    await appealMeasure(test.registry, test.as('member'), first, { words: '示例' })
    const judge = (outcome: 'upheld' | 'reversed') =>
      decideAppeal(test.registry, person(test, 'office'), first, { outcome, words: '示例' })
    t.same(await codesOf(judge('upheld')), ['measure_ground_lost'])
    t.match(await judge('reversed'), { state: 'reversed' })
  },
)

story('a case goes to another person, and the log keeps who had it before', async (test, t) => {
  const { id } = await open(test, { assignedTo: '示例甲员' })
  const assign = (assignedTo: string, as = test.as('secretariat')) =>
    reassignCase(test.registry, as, id, caseAssigneeInput.parse({ assignedTo }))
  t.match(await assign('示例乙员'), { assignedTo: '示例乙员' })
  t.same(await codesOf(assign('示例乙员')), ['nothing_changes'])
  t.same(await codesOf(assign('示例丙员', test.as('member'))), ['forbidden'])
  const { history } = await readCase(test.registry, test.as('secretariat'), id)
  t.match(history.find(({ action }) => action === 'conduct_case.reassigned')?.changes, {
    assignedTo: { from: '示例甲员', to: '示例乙员' },
  })
  await conclude(test, id, { outcome: 'withdrawn' })
  t.same(await codesOf(assign('示例丙员')), ['case_concluded'])
})

story('a penalty is recorded by the regulator, a spot check with how it went, a complaint once', async (test, t) => {
  const penalty = { source: 'penalty', document: '示例罚〔2026〕1号' }
  const { id } = await open(test, penalty, test.as('regulator'))
  t.same(await codesOf(open(test, {}, test.as('regulator'))), ['forbidden'])
  t.same(await codesOf(open(test, penalty, test.as('member'))), ['forbidden'])
  await conclude(test, id, { findings: [found({ kind: 'false_result', grade: 'serious' })] })
  t.match(await open(test, { source: 'spot_check', passed: true }), { passed: true })
  t.notOk(caseInput.safeParse({ source: 'spot_check', memberId: id, words: 'x', occurredOn: '2026-11-18' }).success)
  await complain(test)
  const [complaint] = await complaints(test)
  const take = () => open(test, { source: 'complaint', complaintId: complaint?.id })
  const { done, refused } = await race([take(), take(), take()])
  t.equal(done.length, 1)
  t.same(refused, [['complaint_taken'], ['complaint_taken']])
  t.same(await codesOf(dismissComplaint(test.registry, test.as('secretariat'), complaint?.id ?? '', { ground: 'x' })), [
    'complaint_taken',
  ])
  const keyed = await race(['k', 'k'].map((key) => open(test, {}, test.as('secretariat'), key)))
  t.equal(new Set(keyed.done.map((each) => each.id)).size, 1)
})

story('a confirmed false result is a ground for a removal by itself, an alleged one is none', async (test, t) => {
  const removal = (findingIds: readonly string[]) =>
    measureInput.parse({ kind: 'removal', ground: 'false_result', reasons: '示例', findingIds })
  const secretariat = test.as('secretariat')
  const person: Context = { ...secretariat, actor: { ...secretariat.actor, kind: 'person' } }
  const propose = (findingIds: readonly string[] = []) =>
    proposeMeasure(test.registry, person, test.memberIds.a, removal(findingIds), undefined)
  const { id } = await open(test)
  t.same(await refusalsOf(propose()), ['false_result_not_confirmed@findingIds'])
  await reply(test, id)
  const { findings } = await conclude(test, id, { findings: [found({ kind: 'false_result', grade: 'serious' })] })
  t.same(await refusalsOf(propose()), ['false_result_not_confirmed@findingIds'], 'it names what it rests on')
  const ids = findings.map((each) => each.id)
  t.equal((await propose(ids)).answer.state, 'open_for_reply')
  t.same(await refusalsOf(propose(ids)), ['removal_open@kind'], 'one at a time')
})

story('foreign cases are not there, what is wrong is refused, and the past of a case is kept', async (test, t) => {
  const { certificate } = await posted(test, bodyOf('1'))
  const { id } = await open(test, { certificateId: certificate?.id })
  const before = await countRows(test.registry)
  t.same(await codesOf(readCase(test.registry, test.as('member', 'b'), id)), ['not_found'])
  t.same(await codesOf(reply(test, id, test.as('member', 'b'))), ['not_found'])
  t.same(await codesOf(reply(test, id, test.as('secretariat'))), ['forbidden'])
  t.same(await refusalsOf(open(test, { memberId: id })), ['not_found@memberId'])
  t.same(await refusalsOf(open(test, { memberId: test.memberIds.b, certificateId: certificate?.id })), [
    'not_found@certificateId',
  ])
  t.same(await refusalsOf(open(test, { occurredOn: '2026-11-21' })), ['day_in_future@occurredOn'])
  const named = { source: 'file_audit', memberId: id, occurredOn: '2026-11-20', words: '示例 11010519491231002X' }
  t.same(issuesOf(caseInput, named), ['identity_card_refused@words'])
  t.same(await countRows(test.registry), before)
  test.clock.set('2026-12-05T02:00:00Z')
  t.same(await codesOf(reply(test, id)), ['case_reply_over'], 'the window is over')
  await conclude(test, id)
  const past = await test.registry.db.execute(sql`select was from past_rows where of_table = 'conduct_cases'`)
  t.match(past, [{ was: { outcome: null } }])
  const list = (as: Context) => readCases(test.registry, as, casesQuery.parse({ source: 'file_audit' }))
  t.equal((await list(test.as('member'))).items.length, 1)
  t.equal((await list(test.as('member', 'b'))).items.length, 0)
  t.equal((await countAskedCases(test.registry, test.as('regulator'), casesQuery.parse({}))).count, 1)
})
