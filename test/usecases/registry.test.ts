import postgres from 'postgres'
import t from 'tap'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { findMember } from '../../src/store/members.ts'
import {
  answerAssignment,
  answerInput,
  assign,
  assignmentInput,
} from '../../src/usecases/assignments/manage-assignments.ts'
import { assignmentsQuery, readAssignment, readAssignments } from '../../src/usecases/assignments/read-assignments.ts'
import { addCalendar, calendarInput } from '../../src/usecases/calendar/add-calendar.ts'
import { actionInput } from '../../src/usecases/certificates/action-input.ts'
import { takeAction } from '../../src/usecases/certificates/take-action.ts'
import type { Context } from '../../src/usecases/context.ts'
import {
  changeEnterprise,
  enterpriseChanges,
  registerEnterprise,
} from '../../src/usecases/enterprises/manage-enterprises.ts'
import { enterprisesQuery, readEnterprise, readEnterprises } from '../../src/usecases/enterprises/read-enterprises.ts'
import { enterpriseInput } from '../../src/usecases/enterprises/resolve-enterprise.ts'
import {
  addContact,
  addScope,
  addUnit,
  changeMember,
  changeStanding,
  closeScope,
  contactInput,
  memberChanges,
  memberInput,
  registerMember,
  scopeEndInput,
  scopeInput,
  standingInput,
  unitInput,
} from '../../src/usecases/members/manage-members.ts'
import { membersQuery, readMember, readMembers } from '../../src/usecases/members/read-members.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { reviewReceipt } from '../../src/usecases/obligations/review-receipt.ts'
import { confirmProposedWaiver, proposeWaiver } from '../../src/usecases/obligations/waive-obligation.ts'
import { eventsQuery, readEvents } from '../../src/usecases/read-events.ts'
import { correctResult } from '../../src/usecases/results/correct-result.ts'
import { decideCorrection } from '../../src/usecases/results/decide-correction.ts'
import { endingInput, recordEnding } from '../../src/usecases/results/record-ending.ts'
import {
  addScheme,
  addSchemeVersion,
  schemeInput,
  schemeVersionInput,
} from '../../src/usecases/schemes/manage-schemes.ts'
import {
  actionsOf,
  bodyOf,
  codesOf,
  countRows,
  logged,
  posted,
  race,
  refusalsOf,
  storiesOn,
} from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { resultBody, type TestRegistry } from '../support/services.ts'

/** Friday 2026-11-20, ten o'clock in Shanghai. */
const now = '2026-11-20T02:00:00Z'
const unknownId = '01958d5e-0000-7000-8000-000000000000'
const day = plainDate

const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const newMember = (organisation = 'MA0XX109', changes: Record<string, unknown> = {}) => ({
  name: '示例丙认证中心',
  approvalNumber: 'CNCA-R-2099-909',
  creditCode: makeCreditCode('91', '320100', organisation),
  ...changes,
})
const register = (test: TestRegistry, body: Record<string, unknown>, as: Context = test.as('secretariat')) =>
  registerMember(test.registry, as, memberInput.parse(body))
const change = (test: TestRegistry, id: string, changes: Record<string, unknown>) =>
  changeMember(
    test.registry,
    test.as('secretariat'),
    id,
    memberChanges.parse({ effectiveOn: '2026-11-01', reason: '换证', ...changes }),
  )
const move = (test: TestRegistry, id: string, standing: string, fromOn: string, as: Context = test.as('secretariat')) =>
  changeStanding(test.registry, as, id, standingInput.parse({ standing, fromOn, reason: '示例', decidedBy: '秘书处' }))
const readA = (test: TestRegistry, on?: string) =>
  readMember(test.registry, test.as('secretariat'), test.memberIds.a, on === undefined ? undefined : day(on))

// ---- Members (N1, R8)

story('a body is registered once, and its numbers are kept in their usual form', async (test, t) => {
  const { id } = await register(
    test,
    newMember('MA0XX109', { approvalNumber: ' cnca－rf－2099－09 ', nameEn: 'Example C' }),
  )
  const member = await readMember(test.registry, test.as('secretariat'), id)
  t.match(member, { approvalNumber: 'CNCA-RF-2099-09', nameEn: 'Example C', standing: null, origin: 'registered' })
  t.notOk('identityKey' in member || 'creditCodeEvidence' in member)
  const twins: [path: string, body: Record<string, unknown>][] = [
    ['approvalNumber', newMember('MA0XX110', { approvalNumber: 'CNCA-RF-2099-09' })],
    ['creditCode', newMember('MA0XX109')],
  ]
  for (const [path, body] of twins)
    t.same(await refusalsOf(register(test, body)), [`already_registered@${path}`], `the same ${path}`)
  const { done, refused } = await race([1, 2, 3].map(() => register(test, newMember('MA0XX111'))))
  t.equal(done.length, 1)
  t.same(refused, [['already_registered'], ['already_registered']], 'of three at once one is registered')
  for (const role of ['member', 'regulator', 'administrator'] as const)
    t.same(await codesOf(register(test, newMember(), test.as(role))), ['forbidden'], role)
})

story('a body’s credit code that fails its check needs evidence', async (test, t) => {
  const { creditCode } = newMember()
  const wrong = `${creditCode.slice(0, 17)}${creditCode.endsWith('0') ? '1' : '0'}`
  t.same(await refusalsOf(register(test, newMember('MA0XX109', { creditCode: wrong }))), [
    'credit_code_check@creditCode',
  ])
  const { id } = await register(test, newMember('MA0XX109', { creditCode: wrong, creditCodeEvidence: '营业执照照片' }))
  t.equal((await findMember(test.registry.db, id))?.creditCodeEvidence, '营业执照照片')
})

story('a changed body keeps its former name and what stood before', async (test, t) => {
  const { a } = test.memberIds
  test.clock.set('2026-11-20T02:00:01Z')
  await change(test, a, { name: '示例甲认证集团', approvalNumber: 'CNCA-R-2099-911' })
  const member = await readA(test)
  t.match(member, { name: '示例甲认证集团', approvalNumber: 'CNCA-R-2099-911' })
  t.same(
    member.names.map(({ name, fromOn }) => [name, fromOn]),
    [
      ['示例甲认证中心', null],
      ['示例甲认证集团', '2026-11-01'],
    ],
  )
  t.match(member.history.at(-1), {
    action: 'member.changed',
    onDay: '2026-11-01',
    changes: {
      from: { name: '示例甲认证中心', approvalNumber: 'CNCA-R-2099-901' },
      to: { name: '示例甲认证集团' },
      reason: '换证',
    },
  })
  t.same(await codesOf(change(test, a, { name: '示例甲认证集团' })), ['nothing_changes'])
  t.same(await codesOf(change(test, a, {})), ['nothing_changes'])
  t.same(await refusalsOf(change(test, a, { approvalNumber: 'CNCA-R-2099-902' })), [
    'already_registered@approvalNumber',
  ])
  t.same(await refusalsOf(change(test, unknownId, { name: 'x' })), ['not_found@id'])
  const ofB = makeCreditCode('91', '320100', 'MA0XX102')
  t.same(await refusalsOf(change(test, a, { creditCode: ofB })), ['already_registered@creditCode'])
  t.same(await refusalsOf(change(test, a, { creditCode: '123' })), ['credit_code_length@creditCode'])
  t.equal((await readA(test)).approvalNumber, 'CNCA-R-2099-911')
})

story('a standing moves by the ladder, from a day on, and its history stays', async (test, t) => {
  const { a } = test.memberIds
  await move(test, a, 'rectifying', '2026-06-01')
  await move(test, a, 'suspended', '2026-09-01')
  const table: [on: string, standing: string | null][] = [
    ['2024-01-01', null],
    ['2024-01-02', 'admitted'],
    ['2026-05-31', 'admitted'],
    ['2026-06-01', 'rectifying'],
    ['2026-08-31', 'rectifying'],
    ['2026-09-01', 'suspended'],
  ]
  for (const [on, standing] of table) {
    t.equal((await readA(test, on)).standing, standing, `${on}: ${standing ?? 'unknown'}`)
    const { items } = await readMembers(test.registry, test.as('regulator'), membersQuery.parse({ on }))
    t.equal(items.find(({ id }) => id === a)?.standing, standing, `and so says the list`)
  }
  const refused: [story: string, standing: string, fromOn: string, problems: string[]][] = [
    ['from a day in the future', 'admitted', '2026-11-21', ['day_in_future@fromOn']],
    ['from a day before the present one', 'admitted', '2026-08-31', ['standing_backdated@fromOn']],
    ['to the same', 'suspended', '2026-11-01', ['standing_not_reachable@standing']],
    ['back to candidate', 'candidate', '2026-11-01', ['standing_not_reachable@standing']],
  ]
  for (const [story, standing, fromOn, problems] of refused)
    t.same(await refusalsOf(move(test, a, standing, fromOn)), problems, story)
  const { id } = await register(test, newMember())
  t.same(
    await refusalsOf(move(test, id, 'removed', '2026-11-01')),
    ['standing_not_reachable@standing'],
    'the first is candidate or admitted',
  )
  t.same(await refusalsOf(move(test, unknownId, 'admitted', '2026-11-01')), ['not_found@id'])
  await move(test, a, 'removed', '2026-11-01')
  t.same(
    await codesOf(move(test, a, 'admitted', '2026-11-02')),
    ['standing_not_reachable'],
    'who was removed begins as a candidate',
  )
  await move(test, a, 'candidate', '2026-11-02')
  await move(test, a, 'admitted', '2026-11-02')
  t.equal((await readA(test)).standing, 'admitted', 'two on one day: the second holds')
  t.same(
    (await readA(test)).standings.map(({ standing }) => standing),
    ['admitted', 'rectifying', 'suspended', 'removed', 'admitted'],
  )
  const { done, refused: late } = await race([
    move(test, a, 'suspended', '2026-11-19'),
    move(test, a, 'rectifying', '2026-11-19'),
  ])
  t.ok(
    done.length >= 1 && late.every((codes) => codes.join() === 'standing_not_reachable'),
    'two moves at once follow one another',
  )
})

story('a scope that ends is superseded, not changed', async (test, t) => {
  const { a } = test.memberIds
  const secretariat = test.as('secretariat')
  const scope = (await readA(test)).scopes.find(({ family }) => family === 'services')
  const end = (scopeId: string, untilOn: string) =>
    closeScope(test.registry, secretariat, a, scopeId, scopeEndInput.parse({ untilOn, reason: '示例' }))
  const rows = await countRows(test.registry)
  await end(scope?.id ?? '', '2026-10-31')
  const services = (await readA(test)).scopes.filter(({ family }) => family === 'services')
  t.match(services, [{ fromOn: '2024-01-02', untilOn: '2026-10-31', holds: false }])
  t.equal(services.length, 1)
  t.notSame(services[0]?.id, scope?.id)
  t.equal((await countRows(test.registry)).member_scopes, (rows.member_scopes ?? 0) + 1, 'the old row stays')
  t.equal(
    (await readA(test, '2026-10-31')).scopes.find(({ family }) => family === 'services')?.holds,
    true,
    'its last day is one of its days',
  )
  t.same(await refusalsOf(end(scope?.id ?? '', '2026-10-30')), ['not_found@scopeId'], 'what was superseded is gone')
  const other = (await readA(test)).scopes.find(({ family }) => family === 'agriculture')?.id ?? ''
  t.same(await refusalsOf(end(other, '2024-01-01')), ['span_reversed@untilOn'], 'it can’t end before it began')
  t.same(await refusalsOf(end(unknownId, '2026-10-31')), ['not_found@scopeId'])
  const ofB = (await readMember(test.registry, secretariat, test.memberIds.b)).scopes[0]?.id ?? ''
  t.same(await refusalsOf(end(ofB, '2026-10-31')), ['not_found@scopeId'], 'of another body')
  t.equal((await readA(test)).scopes.length, 4)
})

story('scopes, executing units and contacts are added with their days', async (test, t) => {
  const { a } = test.memberIds
  const as = test.as('secretariat')
  await addScope(
    test.registry,
    as,
    a,
    scopeInput.parse({ family: 'manufacturing', industryCode: 'C34', description: '通用设备', fromOn: '2026-01-01' }),
  )
  const unit = { name: '苏州分中心', cityCode: '320583', fromOn: '2026-01-01' }
  await addUnit(test.registry, as, a, unitInput.parse(unit))
  await addContact(
    test.registry,
    as,
    a,
    contactInput.parse({ name: '张三', email: 'zhang@example.org', fromOn: '2026-01-01' }),
  )
  const member = await readA(test)
  t.match(member.scopes.at(-1), { industryCode: '34', holds: true })
  t.match(member.units, [{ name: '苏州分中心', cityCode: '320500' }], 'a county stands for its city')
  t.match(member.contacts, [{ name: '张三' }])
  t.same(await refusalsOf(addUnit(test.registry, as, a, unitInput.parse(unit))), ['already_registered@name'])
  t.same(await refusalsOf(addUnit(test.registry, as, a, unitInput.parse({ ...unit, name: 'x', creditCode: '123' }))), [
    'credit_code_length@creditCode',
  ])
  const reversed = { fromOn: '2026-01-02', untilOn: '2026-01-01' }
  t.same(
    await refusalsOf(
      addScope(test.registry, as, a, scopeInput.parse({ family: 'services', description: 'x', ...reversed })),
    ),
    ['span_reversed@untilOn'],
  )
  t.same(await refusalsOf(addUnit(test.registry, as, a, unitInput.parse({ name: 'x', ...reversed }))), [
    'span_reversed@untilOn',
  ])
  t.same(await refusalsOf(addContact(test.registry, as, a, contactInput.parse({ name: 'x', ...reversed }))), [
    'span_reversed@untilOn',
  ])
  t.same(await refusalsOf(addUnit(test.registry, as, unknownId, unitInput.parse(unit))), ['not_found@id'])
  const { actions } = await logged(test.registry, () =>
    addContact(test.registry, as, a, contactInput.parse({ name: '李四', fromOn: '2026-01-01' })),
  )
  t.same(actions, ['member.contact_added'])
  const log = JSON.stringify((await readA(test)).history)
  t.notMatch(log, /张三|李四|zhang@example/, 'the log, which nobody can mend, names no person')
})

story('members are listed by name; a member sees itself', async (test, t) => {
  const list = async (query: Record<string, unknown>, as: Context = test.as('secretariat')) =>
    (await readMembers(test.registry, as, membersQuery.parse(query))).items.map(({ name }) => name)
  await move(test, test.memberIds.b, 'suspended', '2026-11-19')
  const both = await list({})
  t.same(both.toSorted(), ['示例甲认证中心', '示例乙认证中心'].toSorted())
  t.same(await list({ standing: 'admitted' }), ['示例甲认证中心'])
  t.same(await list({ standing: 'suspended', on: '2026-11-18' }), [])
  t.same(await list({ approvalNumber: 'cnca-r-2099-902' }), ['示例乙认证中心'])
  const renumbered = { approvalNumber: 'CNCA-R-2099-982', effectiveOn: '2026-11-19', reason: '示例' }
  await changeMember(test.registry, test.as('secretariat'), test.memberIds.b, memberChanges.parse(renumbered))
  for (const approvalNumber of ['CNCA-R-2099-902', 'CNCA-R-2099-982'])
    t.same(await list({ approvalNumber }), ['示例乙认证中心'], 'each number that it has had leads to it')
  t.same(await list({ name: '示例甲' }), ['示例甲认证中心'])
  t.same(await list({ name: '%' }), [], 'a percent sign is a percent sign')
  t.same(await list({}, test.as('member', 'b')), ['示例乙认证中心'])
  t.same(await refusalsOf(readMember(test.registry, test.as('member'), test.memberIds.b)), ['not_found@id'])
  t.same(await refusalsOf(readMember(test.registry, test.as('secretariat'), unknownId)), ['not_found@id'])
  const first = await readMembers(test.registry, test.as('secretariat'), membersQuery.parse({ limit: 1 }))
  t.same(await list({ limit: 1, cursor: first.nextCursor }), both.slice(1), 'page by page')
})

// ---- Enterprises (R5)

const firm = {
  creditCode: makeCreditCode('91', '320500', 'MA0XX002'),
  name: '示例苏州电子有限公司',
  cityCode: '320500',
}

story(
  'an enterprise is registered once, changed with its history, and seen by those who deal with it',
  async (test, t) => {
    const as = test.as('secretariat')
    const { id } = await registerEnterprise(test.registry, as, enterpriseInput.parse(firm))
    const spaced = { ...firm, creditCode: ` ${firm.creditCode.toLowerCase()} ` }
    t.same(await refusalsOf(registerEnterprise(test.registry, as, enterpriseInput.parse(spaced))), [
      'already_registered@creditCode',
    ])
    t.same(
      await refusalsOf(registerEnterprise(test.registry, as, enterpriseInput.parse({ ...firm, creditCode: '1' }))),
      ['credit_code_length@creditCode'],
    )
    const alter = (changes: Record<string, unknown>, enterpriseId = id) =>
      changeEnterprise(
        test.registry,
        test.as('secretariat'),
        enterpriseId,
        enterpriseChanges.parse({ effectiveOn: '2026-11-01', ...changes }),
      )
    test.clock.set('2026-11-20T02:00:01Z')
    await alter({ name: '示例苏州科技有限公司', address: '示例路 2 号' })
    const read = await readEnterprise(test.registry, as, id)
    t.match(read, { name: '示例苏州科技有限公司', address: '示例路 2 号', creditCodeInDoubt: false })
    t.same(
      read.names.map(({ name, fromOn }) => [name, fromOn]),
      [
        ['示例苏州电子有限公司', '2026-11-20'],
        ['示例苏州科技有限公司', '2026-11-01'],
      ],
    )
    t.match(read.history.at(-1), { action: 'enterprise.changed', changes: { from: { name: '示例苏州电子有限公司' } } })
    t.same(await codesOf(alter({ name: '示例苏州科技有限公司' })), ['nothing_changes'])
    t.same(await refusalsOf(alter({ name: 'x' }, unknownId)), ['not_found@id'])
    t.same(await codesOf(registerEnterprise(test.registry, test.as('member'), enterpriseInput.parse(firm))), [
      'forbidden',
    ])
    t.same(
      await codesOf(
        changeEnterprise(
          test.registry,
          test.as('regulator'),
          id,
          enterpriseChanges.parse({ effectiveOn: '2026-11-01', name: 'x' }),
        ),
      ),
      ['forbidden'],
    )

    const seen = async (as: Context, query: Record<string, unknown> = {}) =>
      (await readEnterprises(test.registry, as, enterprisesQuery.parse(query))).items.map((row) => row.id)
    t.same(await seen(test.as('regulator')), [id])
    t.same(await seen(test.as('regulator'), { creditCode: firm.creditCode.toLowerCase() }), [id])
    t.same(await seen(test.as('regulator'), { cityCode: '320100' }), [])
    t.same(await seen(test.as('member')), [], 'a member that has nothing to do with it does not')
    t.same(await refusalsOf(readEnterprise(test.registry, test.as('member'), id)), ['not_found@id'])
    await posted(test, bodyOf('1', { enterprise: { ...firm, name: '示例苏州科技有限公司' } }))
    t.same(await seen(test.as('member')), [id], 'one that posted a result for it does')
    t.same(await seen(test.as('member', 'b')), [])
    t.same(
      (await readEnterprise(test.registry, test.as('member'), id)).history,
      [],
      'but not its history, which names others',
    )
  },
)

story('an enterprise whose code fails its check stays in doubt until the code is mended', async (test, t) => {
  const wrong = `${firm.creditCode.slice(0, 17)}${firm.creditCode.endsWith('0') ? '1' : '0'}`
  const input = enterpriseInput.parse({ ...firm, creditCode: wrong, creditCodeEvidence: '营业执照照片' })
  const { id } = await registerEnterprise(test.registry, test.as('secretariat'), input)
  t.match(await readEnterprise(test.registry, test.as('secretariat'), id), {
    creditCode: wrong,
    creditCodeInDoubt: true,
  })
  const mend = (creditCode: string) => {
    const changes = enterpriseChanges.parse({ creditCode, effectiveOn: '2026-11-01' })
    return changeEnterprise(test.registry, test.as('secretariat'), id, changes)
  }
  const other = enterpriseInput.parse({ ...firm, creditCode: makeCreditCode('91', '320100', 'MA0XX004') })
  await registerEnterprise(test.registry, test.as('secretariat'), other)
  t.same(await refusalsOf(mend(other.creditCode)), ['already_registered@creditCode'])
  t.same(await refusalsOf(mend('123')), ['credit_code_length@creditCode'])
  await mend(firm.creditCode)
  t.match(
    await readEnterprise(test.registry, test.as('secretariat'), id),
    { creditCodeInDoubt: false },
    'until its code is mended',
  )
})

// ---- Schemes (R4)

story('another scheme has its own period and its own required fields', async (test, t) => {
  const as = test.as('secretariat')
  const scheme = {
    code: 'green-product',
    nameZh: '绿色产品',
    nameEn: 'Green product',
    effectiveOn: '2026-01-01',
    validityMonths: 12,
    requiredFields: ['certificate.product.trademark', 'industryCode'],
  }
  t.same(await addScheme(test.registry, as, schemeInput.parse(scheme)), { code: 'green-product' })
  t.same(await refusalsOf(addScheme(test.registry, as, schemeInput.parse(scheme))), ['already_registered@code'])
  const body = (name: string, changes: Record<string, unknown>, certificate: Record<string, unknown> = {}) =>
    bodyOf(
      name,
      { scheme: 'green-product', ...changes },
      { validUntil: '2027-11-16', product: { name: '示例', trademark: '示例' }, ...certificate },
    )
  const answer = await posted(test, body('1', { enterprise: { ...firm, cityCode: undefined } }))
  t.same(
    answer.warnings.map(({ code }) => code),
    ['no_assignment'],
    'twelve months are usual here, and a city is not required',
  )
  const refused: [story: string, body: Record<string, unknown>, problems: string[]][] = [
    ['three years', body('2', {}, { validUntil: '2029-11-16' }), ['validity_too_long@certificate.validUntil']],
    [
      'no trademark',
      body('2', {}, { product: { name: '示例' } }),
      ['scheme_field_missing@certificate.product.trademark'],
    ],
    ['no industry', body('2', { industryCode: undefined }), ['scheme_field_missing@industryCode']],
  ]
  for (const [story, input, problems] of refused) t.same(await refusalsOf(posted(test, input)), problems, story)

  const version = schemeVersionInput.parse({ effectiveOn: '2026-11-18', validityMonths: 24 })
  t.same(await addSchemeVersion(test.registry, as, 'green-product', version), { version: 2 })
  const later = { decidedOn: '2026-11-18' }
  const two = await posted(test, body('3', later, { issuedOn: '2026-11-18', validUntil: '2028-11-17' }))
  t.same(
    two.warnings.map(({ code }) => code),
    ['no_assignment'],
    'decided from its day on, the new version applies',
  )
  t.same(
    await codesOf(posted(test, body('4', {}, { validUntil: '2028-11-16' }))),
    ['validity_too_long'],
    'decided before, the old one',
  )
  t.same(await refusalsOf(addSchemeVersion(test.registry, as, 'unknown', version)), ['scheme_unknown@code'])
  for (const role of ['member', 'regulator', 'administrator'] as const) {
    t.same(
      await codesOf(addScheme(test.registry, test.as(role), schemeInput.parse({ ...scheme, code: 'x-1' }))),
      ['forbidden'],
      role,
    )
    t.same(await codesOf(addSchemeVersion(test.registry, test.as(role), 'green-product', version)), ['forbidden'], role)
  }
  const { done, refused: lost } = await race(
    [1, 2, 3].map(() => addSchemeVersion(test.registry, as, 'green-product', version)),
  )
  t.equal(new Set(done.map((one) => one.version)).size, done.length, 'no two versions get one number')
  t.ok(lost.every((codes) => codes.join() === 'concurrent_change'))
  t.notOk(
    schemeInput.safeParse({ ...scheme, requiredFields: ['colour'] }).success,
    'a field that no result has can’t be required',
  )
})

// ---- Assignments (N3, R7)

const assignment = (test: TestRegistry, changes: Record<string, unknown> = {}) => ({
  memberId: test.memberIds.a,
  enterprise: resultBody().enterprise,
  kind: 'product',
  productName: '示例数控车床',
  family: 'manufacturing',
  standards: ['Q/EXAMPLE 001-2025'],
  mode: 'secretariat_assigned',
  assignedOn: '2026-11-02',
  ...changes,
})
const give = (test: TestRegistry, changes: Record<string, unknown> = {}, as: Context = test.as('secretariat')) =>
  assign(test.registry, as, assignmentInput.parse(assignment(test, changes)))
const accept = { answer: 'accept', expectedDecisionOn: '2026-11-30' }
const answer = (
  test: TestRegistry,
  id: string,
  input: Record<string, unknown> = accept,
  as: Context = test.as('member'),
) => answerAssignment(test.registry, as, id, answerInput.parse(input))

story('an assignment goes only to a body that is eligible on its day', async (test, t) => {
  await move(test, test.memberIds.b, 'rectifying', '2026-11-01')
  const candidate = await register(test, newMember())
  const table: [story: string, changes: Record<string, unknown>, problems: string[]][] = [
    ['no such member', { memberId: unknownId }, ['not_found@memberId']],
    ['a body under rectification', { memberId: test.memberIds.b }, ['member_not_eligible@memberId']],
    ['a body not admitted', { memberId: candidate.id }, ['member_not_eligible@memberId', 'scope_missing@family']],
    ['before its admission', { assignedOn: '2024-01-01' }, ['member_not_eligible@memberId', 'scope_missing@family']],
    ['no such scheme', { scheme: 'unknown' }, ['scheme_unknown@scheme']],
    ['tomorrow', { assignedOn: '2026-11-21' }, ['day_in_future@assignedOn']],
    ['a firm’s own choice without proof', { mode: 'self_selected' }, ['choice_proof_missing@choiceProof']],
    [
      'a credit code too short',
      { enterprise: { creditCode: '1', name: 'x' } },
      ['credit_code_length@enterprise.creditCode'],
    ],
    [
      'several at once',
      { memberId: candidate.id, mode: 'self_selected', scheme: 'unknown', enterprise: { creditCode: '1', name: 'x' } },
      [
        'credit_code_length@enterprise.creditCode',
        'scheme_unknown@scheme',
        'choice_proof_missing@choiceProof',
        'member_not_eligible@memberId',
        'scope_missing@family',
      ],
    ],
  ]
  const before = await countRows(test.registry)
  for (const [story, changes, problems] of table) t.same(await refusalsOf(give(test, changes)), problems, story)
  t.same(await countRows(test.registry), before, 'and none left a row')
  for (const role of ['member', 'regulator', 'administrator'] as const)
    t.same(await codesOf(give(test, {}, test.as(role))), ['forbidden'], role)
  t.same(
    await refusalsOf(give(test, { memberId: test.memberIds.b, assignedOn: '2026-10-31' })),
    ['member_not_eligible@memberId'],
    'on an earlier day it was eligible, and today it is not',
  )
  t.match(await give(test, { mode: 'self_selected', choiceProof: '企业来函', feeQuotedYuan: 12_345.6 }), {
    choiceProof: '企业来函',
    feeQuotedYuan: '12345.60',
  })
})

story('accepting an assignment opens the outcome that is owed; declining opens nothing', async (test, t) => {
  const first = await give(test)
  const accepted = await answer(test, first.id)
  t.match(accepted.assignment, { acceptedOn: '2026-11-20', expectedDecisionOn: '2026-11-30', declinedOn: null })
  t.same(
    accepted.obligations.map(({ duty, eventOn, dueOn, state }) => `${duty} ${eventOn} ${dueOn} ${state}`),
    ['post_outcome 2026-11-30 2026-12-09 open'],
  )
  const second = await give(test, { productName: '示例第二产品' })
  const declined = await answer(test, second.id, { answer: 'decline', reason: '人员不足' })
  t.match(declined, {
    assignment: { declinedOn: '2026-11-20', declineReason: '人员不足', acceptedOn: null },
    obligations: [],
  })
  t.same(await actionsOf(test.registry, 'assignment', first.id), ['assignment.made', 'assignment.accepted'])
  t.same(await actionsOf(test.registry, 'assignment', second.id), ['assignment.made', 'assignment.declined'])
  for (const { id } of [first, second])
    t.same(await codesOf(answer(test, id)), ['assignment_answered'], 'nobody answers twice')

  const third = await give(test, { productName: '示例第三产品' })
  t.same(await refusalsOf(answer(test, third.id, accept, test.as('member', 'b'))), ['not_found@id'], 'another member')
  t.same(await refusalsOf(answer(test, unknownId)), ['not_found@id'])
  t.same(await refusalsOf(answer(test, third.id, { ...accept, expectedDecisionOn: '2026-11-01' })), [
    'span_reversed@expectedDecisionOn',
  ])
  const far = answer(test, third.id, { ...accept, expectedDecisionOn: '2027-11-22' })
  t.same(await refusalsOf(far), ['span_too_long@expectedDecisionOn'], 'more than a year away')
  for (const role of ['secretariat', 'regulator', 'administrator'] as const)
    t.same(await codesOf(answer(test, third.id, accept, test.as(role))), ['forbidden'], role)
  const { done, refused } = await race([
    answer(test, third.id),
    answer(test, third.id, { answer: 'decline', reason: 'x' }),
  ])
  t.equal(done.length, 1)
  t.same(refused, [['assignment_answered']], 'of two answers at once one is taken')

  const listed = async (query: Record<string, unknown>, as: Context = test.as('member')) =>
    (await readAssignments(test.registry, as, assignmentsQuery.parse(query))).items.map(({ id }) => id)
  const fourth = await give(test, { assignedOn: '2026-11-01', productName: '示例第四产品' })
  t.equal((await listed({}))[0], fourth.id, 'the earliest comes first')
  t.same(await listed({ answer: 'waiting' }), [fourth.id])
  t.ok((await listed({ answer: 'declined' })).includes(second.id))
  t.same(await listed({}, test.as('member', 'b')), [])
  t.same(await refusalsOf(listed({ memberId: test.memberIds.b })), ['not_found@memberId'])
  t.same(
    (await readAssignment(test.registry, test.as('member'), first.id)).obligations
      .map(({ duty, eventOn, dueOn, state }) => `${duty} ${eventOn} ${dueOn} ${state}`)
      .toSorted(),
    ['answer_assignment 2026-11-20 2026-11-27 met_on_time', 'post_outcome 2026-11-30 2026-12-09 open'],
  )
  t.same(await refusalsOf(readAssignment(test.registry, test.as('member', 'b'), first.id)), ['not_found@id'])
})

// ---- The event log (N1)

story('every write leaves its entries in the event log', async (test, t) => {
  const { registry } = test
  const { a, b } = test.memberIds
  const secretariat = test.as('secretariat')
  const member = test.as('member')
  const steps: [story: string, work: () => Promise<unknown>, actions: string[]][] = []
  const ids: Record<string, string> = {}
  const step = (story: string, actions: string[], work: () => Promise<unknown>) => steps.push([story, work, actions])
  const id = (name: string) => ids[name] ?? ''

  step('register a member', ['member.registered'], () => register(test, newMember()))
  step('change it', ['member.changed'], () => change(test, a, { nameEn: 'Example A' }))
  step('move its standing', ['member.standing_changed'], () => move(test, b, 'suspended', '2026-11-19'))
  step('add a scope', ['member.scope_added'], () =>
    addScope(
      registry,
      secretariat,
      a,
      scopeInput.parse({ family: 'services', description: 'x', fromOn: '2026-01-01' }),
    ).then((made) => (ids.scope = made.id)),
  )
  step('end it', ['member.scope_ended'], () =>
    closeScope(registry, secretariat, a, id('scope'), scopeEndInput.parse({ untilOn: '2026-11-01', reason: 'x' })),
  )
  step('add a unit', ['member.unit_added'], () =>
    addUnit(registry, secretariat, a, unitInput.parse({ name: 'x', fromOn: '2026-01-01' })),
  )
  step('register an enterprise', ['enterprise.registered'], () =>
    registerEnterprise(registry, secretariat, enterpriseInput.parse(firm)).then((made) => (ids.firm = made.id)),
  )
  step('change it', ['enterprise.changed'], () =>
    changeEnterprise(
      registry,
      secretariat,
      id('firm'),
      enterpriseChanges.parse({ address: 'x', effectiveOn: '2026-11-01' }),
    ),
  )
  step('add a scheme', ['scheme.added'], () =>
    addScheme(
      registry,
      secretariat,
      schemeInput.parse({
        code: 'other',
        nameZh: '另一',
        nameEn: 'Other',
        effectiveOn: '2026-01-01',
        validityMonths: 12,
      }),
    ),
  )
  step('add its next version', ['scheme.version_added'], () =>
    addSchemeVersion(
      registry,
      secretariat,
      'other',
      schemeVersionInput.parse({ effectiveOn: '2026-06-01', validityMonths: 24 }),
    ),
  )
  step('assign to a new enterprise', ['enterprise.registered', 'assignment.made', 'obligation.opened'], () =>
    give(test).then((made) => (ids.assignment = made.id)),
  )
  step('accept', ['assignment.accepted', 'obligation.met', 'obligation.opened'], () => answer(test, id('assignment')))
  step('record an ending', ['ending.recorded', ...Array(2).fill('obligation.opened')], () =>
    recordEnding(
      registry,
      test.as('regulator'),
      endingInput.parse({
        memberId: a,
        certificateNumber: 'SL-2',
        productName: 'x',
        decidedOn: '2026-11-16',
        source: 'cnca_list',
        evidence: 'x',
      }),
    ),
  )
  step(
    'post a result',
    ['obligation.met', 'obligation.met', 'result.posted', 'certificate.issued', ...Array(3).fill('obligation.opened')],
    () =>
      posted(test, bodyOf('1', { assignmentId: id('assignment') })).then((made) => {
        ids.result = made.result.id
        ids.certificate = made.certificate?.id ?? ''
        for (const obligation of made.obligations) ids[obligation.duty] = obligation.id
      }),
  )
  step(
    'post for the ending',
    ['ending.settled', 'obligation.met', 'result.posted', 'certificate.issued', 'obligation.opened'],
    () =>
      posted(test, bodyOf('2')).then(
        (made) => (ids.second = made.obligations.find(({ duty }) => duty === 'report_to_cnca')?.id ?? ''),
      ),
  )
  step('receive', ['obligation.met'], () =>
    recordReceipt(
      registry,
      member,
      id('report_to_cnca'),
      receiptInput.parse({ reportedOn: '2026-11-20' }),
      undefined,
    ).then(({ answer: made }) => (ids.receipt = made.receipt.id)),
  )
  step('review', ['receipt.confirmed'], () =>
    reviewReceipt(registry, test.as('regulator'), id('report_to_cnca'), id('receipt'), { verdict: 'confirmed' }),
  )
  step('propose a waiver', ['waiver.proposed'], () =>
    proposeWaiver(registry, secretariat, id('second'), { ground: 'x' }),
  )
  step('confirm it', ['obligation.waived'], () => confirmProposedWaiver(registry, test.as('regulator'), id('second')))
  step('correct', ['result.corrected'], () =>
    correctResult(registry, member, id('result'), { explanation: 'x', reasonText: 'x' }, undefined).then(
      ({ answer: made }) => (ids.revision = made.result.id),
    ),
  )
  step('suspend', ['certificate.suspend', ...Array(2).fill('obligation.opened')], () =>
    takeAction(
      registry,
      member,
      id('certificate'),
      actionInput.parse({ action: 'suspend', on: '2026-11-19', untilOn: '2027-01-01', reasonCode: 'other' }),
      undefined,
    ),
  )
  step('withdraw', ['certificate.withdraw', 'obligation.met', 'obligation.waived', 'obligation.opened'], () =>
    takeAction(
      registry,
      member,
      id('certificate'),
      actionInput.parse({ action: 'withdraw', on: '2026-11-20', reasonCode: 'fraud' }),
      undefined,
    ),
  )
  step('add a calendar', ['calendar.added'], () =>
    addCalendar(
      registry,
      test.as('administrator'),
      calendarInput.parse({ note: 'x', years: { 2027: { offDays: ['2027-01-01'], makeupWorkdays: [] } } }),
    ),
  )

  for (const [story, work, expected] of steps) {
    const { actions } = await logged(registry, work)
    t.same(actions.toSorted(), expected.toSorted(), `${story}: ${expected.join(', ')}`)
  }
  test.clock.set('2026-11-26T02:00:00Z')
  const moved = await logged(registry, () =>
    correctResult(
      registry,
      test.as('member'),
      id('revision'),
      { explanation: 'x', decidedOn: day('2026-11-17') },
      undefined,
    ),
  )
  t.same(moved.actions, ['result.corrected'], 'a correction that waits')
  const approved = await logged(registry, () =>
    decideCorrection(registry, test.as('secretariat'), moved.answer.answer.result.id, { verdict: 'approved' }),
  )
  t.ok(
    approved.actions.includes('correction.approved') && approved.actions.includes('obligation.recounted'),
    'and one that is approved',
  )
})

story('an entry says who, when, what and on which request, and only some may read it', async (test, t) => {
  await move(test, test.memberIds.a, 'suspended', '2026-11-19')
  const query = eventsQuery.parse({ entity: 'member', entityId: test.memberIds.a, limit: 2 })
  const page = await readEvents(test.registry, test.as('administrator'), query)
  t.match(page.items[0], {
    at: new Date(now),
    actorKind: 'machine',
    actorId: 'test-secretariat-none',
    actorRole: 'secretariat',
    action: 'member.standing_changed',
    memberId: test.memberIds.a,
    onDay: '2026-11-19',
    requestId: 'test-request',
    changes: { standing: { from: 'admitted', to: 'suspended' }, reason: '示例' },
  })
  t.match(
    page.items.map(({ id }) => id),
    page.items.map(({ id }) => id).toSorted((x, y) => y - x),
    'newest first',
  )
  const rest = await readEvents(test.registry, test.as('regulator'), {
    ...query,
    limit: 100,
    cursor: page.nextCursor ?? '',
  })
  t.equal(rest.items.at(-1)?.action, 'member.registered')
  t.same(await codesOf(readEvents(test.registry, test.as('member'), query)), ['forbidden'])
  t.same(await refusalsOf(readEvents(test.registry, test.as('regulator'), { ...query, cursor: 'garbage' })), [
    'cursor_invalid@cursor',
  ])
})

story(
  'nobody changes or deletes an entry of the log: not the service, not the owner of the tables',
  async (test, t) => {
    const statements = [
      "update events set action = 'nothing'",
      'update events set at = now() where id = (select min(id) from events)',
      'delete from events',
      'delete from events where id = (select max(id) from events)',
      'truncate events',
      'truncate events cascade',
    ]
    for (const [role, url] of [
      ['the service', test.urls.serviceUrl],
      ['the owner', test.urls.ownerUrl],
    ] as const) {
      const client = postgres(url, { max: 1, onnotice: () => {} })
      const [before] =
        await client`select count(*)::int as entries, md5(string_agg(e::text, '|' order by id)) as digest from events e`
      for (const statement of statements) {
        const failure = await client.unsafe(statement).then(
          () => null,
          (error: { code: string }) => error.code,
        )
        t.equal(failure, '42501', `${role}: ${statement}`)
      }
      const [after] =
        await client`select count(*)::int as entries, md5(string_agg(e::text, '|' order by id)) as digest from events e`
      t.same(after, before)
      t.ok(before?.entries > 0)
      await client.end()
    }
  },
)
