import { sql } from 'drizzle-orm'
import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import { newId } from '../../src/ids.ts'
import { insertStanding } from '../../src/store/members.ts'
import {
  appoint,
  appointmentEndInput,
  appointmentInput,
  endAppointmentOn,
  readAppointments,
} from '../../src/usecases/alliance/manage-appointments.ts'
import {
  acknowledgeDocument,
  documentInput,
  documentsQuery,
  publishDocument,
  readAcknowledgements,
  readDocument,
  readDocuments,
} from '../../src/usecases/alliance/manage-documents.ts'
import {
  inactivityQuery,
  readInactive,
  readReviews,
  recordReview,
  reviewInput,
} from '../../src/usecases/alliance/review-inactivity.ts'
import { verifyCertificate } from '../../src/usecases/certificates/verify-certificate.ts'
import type { Context } from '../../src/usecases/context.ts'
import { sha256OfJson } from '../../src/usecases/hashes.ts'
import { measureInput, proposeMeasure } from '../../src/usecases/measures/propose-measure.ts'
import { changeMember, memberChanges, memberInput, registerMember } from '../../src/usecases/members/manage-members.ts'
import { annulMergerOf, mergerInput, recordMerger } from '../../src/usecases/members/merge-members.ts'
import { readMember } from '../../src/usecases/members/read-members.ts'
import { readMemberFates } from '../../src/usecases/members/read-members-by-id.ts'
import { actionsOf, bodyOf, codesOf, posted, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'

/** Who runs the alliance and what it asks of its members (N1, R9). Friday 2026-11-20; both members since 2024-01-02. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

story('the secretariat is appointed by the office, one at a time', async (test, t) => {
  const record = (changes: Record<string, unknown> = {}, as: Context = test.as('office')) =>
    appoint(
      test.registry,
      as,
      appointmentInput.parse({ organisation: '示例协会', fromOn: '2024-01-01', document: '示例文号', ...changes }),
    )
  t.same(await codesOf(record({}, test.as('secretariat'))), ['forbidden'])
  t.same(await codesOf(record({ untilOn: '2023-01-01' })), ['span_reversed'])
  const { done, refused } = await race([record(), record()])
  t.equal(done.length, 1)
  t.same(refused, [['appointment_overlaps']])
  const end = (untilOn: string, id = done[0]?.id ?? '') =>
    endAppointmentOn(test.registry, test.as('office'), id, appointmentEndInput.parse({ untilOn, reason: '示例' }))
  t.same(await codesOf(end('2023-12-31')), ['span_reversed'])
  t.same(await codesOf(end('2026-12-31', test.memberIds.a)), ['not_found'])
  const first = await end('2027-01-31')
  t.equal(first.untilOn, '2027-01-31')
  const ended = await end('2026-12-31', first.id)
  t.equal(ended.untilOn, '2026-12-31', 'earlier than was said')
  t.same(await codesOf(end('2026-12-31')), ['not_found'], 'what was said before is superseded')
  for (const day of ['2026-12-31', '2027-12-31'])
    t.same(await codesOf(end(day, ended.id)), ['appointment_ends_before'], day)
  await record({ organisation: '示例研究院', fromOn: '2027-01-01' })
  const { items } = await readAppointments(test.registry, test.as('member'))
  t.same(
    items.map(({ organisation, untilOn }) => [organisation, untilOn]),
    [
      ['示例协会', '2026-12-31'],
      ['示例研究院', null],
    ],
  )
})

story('documents stand in versions, and each member takes note of the latest', async (test, t) => {
  const text = { title: '示例工作规则', body: '示例正文' }
  const publish = (changes: Record<string, unknown> = {}, as: Context = test.as('secretariat')) =>
    publishDocument(
      test.registry,
      as,
      documentInput.parse({ code: 'work-rules', kind: 'work_rules', validFromOn: '2026-11-01', ...text, ...changes }),
    )
  t.same(await codesOf(publish({}, test.as('member'))), ['forbidden'])
  const first = await publish()
  t.match(first, { version: 1, sha256: sha256OfJson(text) })
  t.same(await codesOf(publish({ validFromOn: '2026-12-01' })), ['nothing_changes'], 'the same text is no version')
  const back = publish({ body: '示例正文二', validFromOn: '2026-10-31' })
  t.same(await refusalsOf(back), ['version_backdated@validFromOn'])
  const next = (body: string) => publish({ body, validFromOn: '2026-12-01' })
  const raced = await race([next('示例正文二'), next('示例正文三')])
  t.same(raced.done.map(({ version }) => version).sort(), [2, 3], 'two at once are two versions')
  const latest = raced.done.find(({ version }) => version === 3)?.id ?? ''
  const take = (id: string, as: Context = test.as('member')) => acknowledgeDocument(test.registry, as, id)
  await take(latest)
  await take(latest)
  t.same(await codesOf(take(test.memberIds.a)), ['not_found'])
  t.same(await codesOf(take(latest, test.as('office'))), ['forbidden'])
  t.same(
    (await actionsOf(test.registry, 'document', latest)).filter((action) => action === 'document.acknowledged').length,
    1,
    'once is enough',
  )
  const whole = await readDocument(test.registry, test.as('member'), latest)
  t.match(whole, { body: /^示例正文[二三]$/, version: 3 })
  t.ok(whole.acknowledgedAt)
  t.same(await codesOf(readDocument(test.registry, test.as('member'), test.memberIds.a)), ['not_found'])
  const read = async (as: Context) => (await readDocuments(test.registry, as, documentsQuery.parse({}))).items
  t.same(
    (await read(test.as('member'))).map(({ id, acknowledgedAt }) => [id === latest, acknowledgedAt !== null]),
    (await read(test.as('member'))).map(({ id }) => [id === latest, id === latest]),
  )
  t.ok((await read(test.as('member', 'b'))).every(({ acknowledgedAt }) => acknowledgedAt === null))
  const who = (as: Context, id = latest) => readAcknowledgements(test.registry, as, id, documentsQuery.parse({}))
  const { items } = await who(test.as('secretariat'))
  t.same(Object.fromEntries(items.map(({ memberId, acknowledgedAt }) => [memberId, acknowledgedAt !== null])), {
    [test.memberIds.a]: true,
    [test.memberIds.b]: false,
  })
  t.same(await codesOf(who(test.as('member'))), ['forbidden'])
  t.equal((await who(test.as('regulator'))).items.length, 2, 'the regulator reads who took note')
  const told = await test.registry.db.execute<{ memberId: string; subject: string }>(
    sql`select member_id as "memberId", subject_zh as subject from notices where kind = 'document'`,
  )
  t.equal(told.length, 6, 'each body is told of each version')
  t.match(told[0]?.subject, /^【文件】示例工作规则（v\d）已发布，请阅知并确认$/)
  t.same(await codesOf(who(test.as('secretariat'), test.memberIds.a)), ['not_found'])
  t.notOk('body' in ((await read(test.as('office')))[0] ?? {}), 'a list holds no texts')
  const { now } = test.as('secretariat')
  const left = { standing: 'removed' as const, fromOn: plainDate('2026-11-20'), reason: '示例', decidedBy: '示例' }
  const by = { id: newId(now), memberId: test.memberIds.b, recordedAt: now, recordedBy: 'test' }
  await insertStanding(test.registry.db, { ...left, ...by })
  t.same(
    (await read(test.as('member', 'b'))).map(({ version }) => version),
    [1],
    'who left reads what held until then',
  )
  t.same(await codesOf(readDocument(test.registry, test.as('member', 'b'), latest)), ['not_found'])
  t.same(await codesOf(take(latest, test.as('member', 'b'))), ['not_found'], 'nor takes note of what it may not read')
})

story('a body without a result for two years is to be reviewed, until it was', async (test, t) => {
  await posted(test, bodyOf('1'))
  const inactive = async (as: Context = test.as('secretariat'), query = {}) =>
    (await readInactive(test.registry, as, inactivityQuery.parse(query))).items.map(({ memberId, since }) => [
      memberId,
      since,
    ])
  t.same(await inactive(), [[test.memberIds.b, '2024-01-02']])
  t.same(await inactive(test.as('secretariat'), { on: '2026-01-01' }), [], 'as of a day')
  t.same(await codesOf(inactive(test.as('member'))), ['forbidden'])
  const review = (memberId: string, as = test.as('secretariat')) =>
    recordReview(test.registry, as, memberId, reviewInput.parse({ conclusion: 'keep', words: '示例' }))
  t.same(await codesOf(review(test.memberIds.b, test.as('regulator'))), ['forbidden'])
  t.same(await codesOf(review('01958d5e-0000-7000-8000-000000000000')), ['not_found'])
  t.same(await refusalsOf(review(test.memberIds.a)), ['not_inactive@id'], 'it decided something')
  await review(test.memberIds.b)
  const reviews = (as = test.as('regulator')) => readReviews(test.registry, as, test.memberIds.b)
  t.match(await reviews(), { items: [{ conclusion: 'keep', words: '示例', reviewedOn: '2026-11-20' }] })
  t.same(await codesOf(reviews(test.as('member', 'b'))), ['forbidden'])
  t.same(await codesOf(readReviews(test.registry, test.as('office'), '01958d5e-0000-7000-8000-000000000000')), [
    'not_found',
  ])
  t.same(await inactive(), [])
  t.same(await refusalsOf(review(test.memberIds.b)), ['not_inactive@id'], 'it was reviewed')
  test.clock.set('2027-11-20T02:00:00Z')
  t.same(await inactive(), [[test.memberIds.b, '2024-01-02']], 'a year later again')
})

story('a renumbered approval keeps its history: a certificate is found by either number', async (test, t) => {
  const { certificate } = await posted(test, bodyOf('1'))
  const renumber = (approvalNumber: string, memberId = test.memberIds.a, effectiveOn = '2026-11-01') =>
    changeMember(
      test.registry,
      test.as('secretariat'),
      memberId,
      memberChanges.parse({ approvalNumber, effectiveOn, reason: '示例' }),
    )
  t.same(await refusalsOf(renumber('CNCA-R-2099-991', test.memberIds.a, '2026-11-21')), ['day_in_future@effectiveOn'])
  await renumber('CNCA-R-2099-991')
  const found = async (member: string) => {
    const asked = { number: certificate?.number ?? '', member, on: plainDate('2026-11-20') }
    const { outcome, certificates } = await verifyCertificate(test.registry, asked)
    return `${outcome} ${certificates[0]?.member.approvalNumber}`
  }
  t.equal(await found('CNCA-R-2099-991'), 'valid CNCA-R-2099-991')
  t.equal(await found('CNCA-R-2099-901'), 'valid CNCA-R-2099-991', 'by the old one, which leads to the new')
  t.same(await refusalsOf(renumber('CNCA-R-2099-901', test.memberIds.b)), ['already_registered@approvalNumber'])
  const twin = { name: '示例丁', approvalNumber: 'CNCA-R-2099-901', creditCode: '91320100MA0XX00154' }
  t.same(await refusalsOf(registerMember(test.registry, test.as('secretariat'), memberInput.parse(twin))), [
    'already_registered@approvalNumber',
  ])
  await renumber('CNCA-R-2099-901')
  const { approvalNumbers } = await readMember(test.registry, test.as('member'), test.memberIds.a)
  t.same(Object.fromEntries(approvalNumbers.map(({ approvalNumber, fromOn }) => [approvalNumber, fromOn])), {
    'CNCA-R-2099-901': null,
    'CNCA-R-2099-991': '2026-11-01',
  })
})

story('a merger keeps both histories, and whoever verifies is told who goes on', async (test, t) => {
  const { certificate } = await posted(test, bodyOf('1'))
  const { a, b } = test.memberIds
  const merge = (from: string, into: string, mergedOn = '2026-11-19', as: Context = test.as('secretariat')) =>
    recordMerger(test.registry, as, from, mergerInput.parse({ intoMemberId: into, mergedOn, document: '示例文号' }))
  t.same(await codesOf(merge(a, b, '2026-11-21')), ['day_in_future'])
  t.same(await codesOf(merge(a, a)), ['merger_circular'])
  t.same(await codesOf(merge(a, '01958d5e-0000-7000-8000-000000000000')), ['not_found'])
  t.same(await codesOf(merge(a, b, '2026-11-19', test.as('regulator'))), ['forbidden'])
  t.same(await refusalsOf(merge(a, b)), ['merger_needs_removal@id'], 'it would still be assigned to and issue')
  t.same(await refusalsOf(merge(a, b, '2023-12-31')), ['merger_needs_removal@id'], 'nor by a day before its history')
  const context = test.as('secretariat')
  const person: Context = { ...context, actor: { ...context.actor, kind: 'person', id: 'first' } }
  const removal = measureInput.parse({ kind: 'removal', ground: 'own_request', reasons: '示例：并入示例乙。' })
  await proposeMeasure(test.registry, person, a, removal, undefined)
  const stand = (memberId: string, standing: 'removed' | 'admitted', fromOn: string) =>
    insertStanding(test.registry.db, {
      ...{
        id: newId(test.clock.now()),
        memberId,
        standing,
        fromOn: plainDate(fromOn),
        reason: '示例',
        decidedBy: '示例',
      },
      ...{ recordedAt: test.clock.now(), recordedBy: 'test' },
    })
  await stand(b, 'removed', '2026-11-19')
  t.same(await refusalsOf(merge(a, b)), ['member_not_eligible@intoMemberId'], 'who goes on is inside the alliance')
  await stand(b, 'admitted', '2026-11-20')
  const { done, refused } = await race([merge(a, b), merge(a, b)])
  t.same([done.length, refused], [1, [['merged_already']]])
  t.same(await codesOf(merge(b, a)), ['merger_circular'], 'never in a circle')
  t.match(await readMember(test.registry, test.as('secretariat'), a), {
    standing: 'admitted',
    effects: { mayIssue: true, casesUnderWay: 'go_on', surveillanceGoesOn: true },
    merger: { intoName: '示例乙认证中心' },
  })
  const fates = await readMemberFates(test.registry, test.as('secretariat'), [a, b])
  t.match(fates.get(a), { merger: { intoName: '示例乙认证中心', mergedOn: '2026-11-19' }, approvalRevocation: null })
  t.match(fates.get(b), { merger: null, approvalNumbers: [{ approvalNumber: 'CNCA-R-2099-902' }] })
  const verify = async (on: string) => {
    const asked = { number: certificate?.number ?? '', member: undefined, on: plainDate(on) }
    return (await verifyCertificate(test.registry, asked)).certificates[0]?.member
  }
  t.match(await verify('2026-11-19'), { mergedInto: { name: '示例乙认证中心', approvalNumber: 'CNCA-R-2099-902' } })
  t.match(await verify('2026-11-18'), { mergedInto: null })

  const annul = (as: Context = test.as('secretariat')) =>
    annulMergerOf(test.registry, as, a, { ground: '示例：登记有误。' })
  t.same(await codesOf(annul(test.as('regulator'))), ['forbidden'])
  const twice = await race([annul(), annul()])
  t.same(twice.refused, [['not_found']])
  t.match(await verify('2026-11-19'), { mergedInto: null }, 'what was recorded wrongly counts no more')
  t.equal((await readMember(test.registry, test.as('secretariat'), a)).merger, null)
  await merge(a, b)
  t.match(await verify('2026-11-19'), { mergedInto: { name: '示例乙认证中心' } })
  t.ok((await actionsOf(test.registry, 'member', a)).includes('member.merger_annulled'), 'the log keeps both')
})
