import { sql } from 'drizzle-orm'
import t from 'tap'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { changeLine, lineChangeInput } from '../../src/usecases/assignments/change-line.ts'
import { issueBatch } from '../../src/usecases/assignments/issue-batch.ts'
import {
  answerAssignment,
  answerInput,
  assign,
  assignmentInput,
} from '../../src/usecases/assignments/manage-assignments.ts'
import {
  capacitiesQuery,
  capacityInput,
  readCapacities,
  stateCapacity,
} from '../../src/usecases/assignments/manage-capacities.ts'
import {
  conflictEndInput,
  conflictInput,
  conflictsQuery,
  declareConflict,
  endConflict,
  readConflicts,
} from '../../src/usecases/assignments/manage-conflicts.ts'
import { proposeBatch } from '../../src/usecases/assignments/propose-batch.ts'
import { assignmentsQuery, readAssignment, readAssignments } from '../../src/usecases/assignments/read-assignments.ts'
import {
  batchesQuery,
  linesQuery,
  readBatch,
  readBatches,
  readLines,
  readProposal,
} from '../../src/usecases/assignments/read-batches.ts'
import { eligibilityQuery, readEligibility } from '../../src/usecases/assignments/read-eligibility.ts'
import { ledgerQuery, readLedger } from '../../src/usecases/assignments/read-ledger.ts'
import { batchInput, recordBatch } from '../../src/usecases/assignments/record-batch.ts'
import { feeInput, recordFee } from '../../src/usecases/assignments/record-fee.ts'
import type { Context } from '../../src/usecases/context.ts'
import { readWorkQueue } from '../../src/usecases/dashboards/read-work-queue.ts'
import { registerEnterprise } from '../../src/usecases/enterprises/manage-enterprises.ts'
import { enterpriseInput } from '../../src/usecases/enterprises/resolve-enterprise.ts'
import {
  addUnit,
  changeStanding,
  closeScope,
  standingInput,
  unitInput,
} from '../../src/usecases/members/manage-members.ts'
import { readMember } from '../../src/usecases/members/read-members.ts'
import { recordRevocation } from '../../src/usecases/members/revoke-approval.ts'
import { actionsOf, bodyOf, codesOf, countRows, post, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import type { TestRegistry } from '../support/services.ts'

/** The assignment desk (N3, R7). Friday 2026-11-20. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const unknownId = '01958d5e-0000-7000-8000-000000000000'
const firm = (n: number, cityCode = '320100') => ({
  creditCode: makeCreditCode('91', cityCode, `MA0X${String(n).padStart(4, '0')}`),
  name: `示例企业${n}`,
  cityCode,
})
const register = (test: TestRegistry, n: number) =>
  registerEnterprise(test.registry, test.as('secretariat'), enterpriseInput.parse(firm(n)))
const give = (test: TestRegistry, changes: Record<string, unknown> = {}) =>
  assign(
    test.registry,
    test.as('secretariat'),
    assignmentInput.parse({
      memberId: test.memberIds.a,
      enterprise: firm(1),
      kind: 'product',
      productName: '示例产品',
      family: 'manufacturing',
      standards: ['Q/EXAMPLE 001-2025'],
      mode: 'secretariat_assigned',
      assignedOn: '2026-11-20',
      ...changes,
    }),
  )
const decline = (test: TestRegistry, id: string, member: 'a' | 'b' = 'a') =>
  answerAssignment(
    test.registry,
    test.as('member', member),
    id,
    answerInput.parse({ answer: 'decline', reason: '人员不足' }),
  )
const declare = (test: TestRegistry, changes: Record<string, unknown>, as: Context = test.as('secretariat')) =>
  declareConflict(
    test.registry,
    as,
    conflictInput.parse({ kind: 'consulting', declaredBy: '示例', fromOn: '2026-01-01', ...changes }),
  )
const state = (test: TestRegistry, changes: Record<string, unknown>, as: Context = test.as('secretariat')) =>
  stateCapacity(
    test.registry,
    as,
    capacityInput.parse({ memberId: test.memberIds.a, year: 2026, cases: 1, statedBy: '示例', ...changes }),
  )
const reasons = async (test: TestRegistry, query: Record<string, unknown>, as: Context = test.as('secretariat')) => {
  const { items } = await readEligibility(
    test.registry,
    as,
    eligibilityQuery.parse({ family: 'manufacturing', ...query }),
  )
  return Object.fromEntries(
    items.map(({ memberId, reasons }) => [memberId === test.memberIds.a ? 'a' : 'b', reasons.map(({ code }) => code)]),
  )
}
const move = (test: TestRegistry, memberId: string, standing: string) =>
  changeStanding(
    test.registry,
    test.as('secretariat'),
    memberId,
    standingInput.parse({ standing, fromOn: '2026-11-19', reason: '示例', decidedBy: '示例' }),
  )
const unitIn = (test: TestRegistry, memberId: string, cityCode: string) =>
  addUnit(
    test.registry,
    test.as('secretariat'),
    memberId,
    unitInput.parse({ name: `示例分公司${cityCode}`, cityCode, fromOn: '2024-01-02' }),
  )

story('who is eligible for one case, and every reason why not the others', async (test, t) => {
  const { a, b } = test.memberIds
  const { id: enterpriseId } = await register(test, 1)
  t.same(await reasons(test, { enterpriseId }), { a: [], b: [] })
  await declare(test, { memberId: a, enterpriseId })
  await state(test, { memberId: a, cases: 0 })
  await move(test, a, 'rectifying')
  t.same(await reasons(test, { enterpriseId }), {
    a: ['member_not_eligible', 'conflict_declared', 'capacity_used_up'],
    b: [],
  })
  t.same(
    (await reasons(test, { enterpriseId, mode: 'self_selected' })).a,
    ['member_not_eligible', 'conflict_declared'],
    'a firm’s own choice runs into no capacity',
  )
  t.same((await reasons(test, {})).a, ['member_not_eligible', 'capacity_used_up'], 'with no firm named, no conflict')
  t.same((await reasons(test, { enterpriseId, on: '2025-12-31' })).a, [], 'on a day before all that')
  t.same((await reasons(test, { on: '2024-01-01' })).b, ['member_not_eligible', 'scope_missing'])
  t.same(await reasons(test, {}, test.as('member', 'b')), { b: [] }, 'a member sees itself only')
  t.same(
    await refusalsOf(reasons(test, { enterpriseId }, test.as('member', 'b'))),
    ['not_found@enterpriseId'],
    'and a firm that it has nothing to do with not at all',
  )
  t.same(await refusalsOf(reasons(test, { enterpriseId: unknownId })), ['not_found@enterpriseId'])
  for (const role of ['office', 'administrator'] as const)
    t.same(await codesOf(reasons(test, {}, test.as(role))), ['forbidden'], role)

  await unitIn(test, b, '320500')
  await unitIn(test, b, '321100')
  const page = await readEligibility(
    test.registry,
    test.as('regulator'),
    eligibilityQuery.parse({ family: 'manufacturing', enterpriseId, limit: 1 }),
  )
  t.equal(page.items.length, 1)
  const next = eligibilityQuery.parse({ family: 'manufacturing', enterpriseId, limit: 1, cursor: page.nextCursor })
  const rest = await readEligibility(test.registry, test.as('regulator'), next)
  t.equal(rest.nextCursor, null)
  const listed = [...page.items, ...rest.items]
  const of = (memberId: string) => listed.find((item) => item.memberId === memberId)
  t.match(of(a), { kilometres: null, unitCityCode: null }, 'a body whose units are not known')
  t.match(of(b), { unitCityCode: '321100', kilometres: 66 }, 'Nanjing is nearer to Zhenjiang than to Suzhou')
})

story('an assignment is refused for the very reasons that the question tells', async (test, t) => {
  const { a } = test.memberIds
  const { id: enterpriseId } = await register(test, 1)
  const conflict = await declare(test, { memberId: a, enterpriseId })
  await state(test, { cases: 0 })
  t.same(await refusalsOf(give(test)), ['conflict_declared@memberId', 'capacity_used_up@memberId'])
  const own = { mode: 'self_selected', choiceProof: '企业来函，秘书处张某记录' }
  t.same(await refusalsOf(give(test, own)), ['conflict_declared@memberId'])
  t.match(await give(test, { ...own, enterprise: firm(2) }), { mode: 'self_selected' }, 'another firm’s choice stands')
  const end = (changes = {}, as = test.as('secretariat')) =>
    endConflict(
      test.registry,
      as,
      conflict.id,
      conflictEndInput.parse({ untilOn: '2026-11-19', reason: '已退出', ...changes }),
    )
  t.same(await refusalsOf(end({ untilOn: '2025-01-01' })), ['span_reversed@untilOn'])
  t.same(await codesOf(end({}, test.as('member'))), ['forbidden'], 'a member does not end its own conflict')
  const { done, refused } = await race([end(), end()])
  t.equal(done.length, 1)
  t.same(refused, [['not_found']], 'what was superseded is not there to be ended again')
  const corrected = (id: string, untilOn: string | null) =>
    endConflict(test.registry, test.as('secretariat'), id, conflictEndInput.parse({ untilOn, reason: '登记有误' }))
  const ended = done[0]?.id ?? ''
  t.same(await codesOf(corrected(ended, '2026-11-19')), ['nothing_changes'])
  const lasting = await corrected(ended, null)
  t.same(
    await refusalsOf(give(test)),
    ['conflict_declared@memberId', 'capacity_used_up@memberId'],
    'it goes on after all',
  )
  await corrected(lasting.id, '2026-11-19')
  t.same(await refusalsOf(give(test)), ['capacity_used_up@memberId'], 'the conflict is over')
  t.same((await reasons(test, { enterpriseId, on: '2026-11-19' })).a, ['conflict_declared', 'capacity_used_up'])
})

story('a member declares its own conflicts, and sees no others', async (test, t) => {
  const { a, b } = test.memberIds
  const { id: enterpriseId } = await register(test, 1)
  const member = test.as('member')
  t.same(
    await refusalsOf(declare(test, { enterpriseId }, member)),
    ['not_found@enterpriseId'],
    'a firm not known to it',
  )
  await give(test)
  const mine = await declare(test, { enterpriseId, kind: 'ownership' }, member)
  t.match(mine, { memberId: a, kind: 'ownership', untilOn: null })
  await declare(test, { memberId: b, enterpriseId })
  t.same(await refusalsOf(declare(test, { memberId: b, enterpriseId }, member)), ['not_found@memberId'])
  t.same(await refusalsOf(declare(test, { enterpriseId })), ['member_missing@memberId'])
  t.same(await refusalsOf(declare(test, { memberId: a, enterpriseId: unknownId })), ['not_found@enterpriseId'])
  t.same(await refusalsOf(declare(test, { memberId: unknownId, enterpriseId })), ['not_found@memberId'])
  t.same(await refusalsOf(declare(test, { memberId: a, enterpriseId, untilOn: '2025-12-31' })), [
    'span_reversed@untilOn',
  ])
  for (const role of ['regulator', 'office', 'administrator'] as const)
    t.same(await codesOf(declare(test, { memberId: a, enterpriseId }, test.as(role))), ['forbidden'], role)
  const listed = async (as: Context, query = {}) =>
    (await readConflicts(test.registry, as, conflictsQuery.parse(query))).items.length
  t.equal(await listed(test.as('secretariat')), 2)
  t.equal(await listed(member), 1)
  t.equal(await listed(test.as('regulator'), { memberId: b, enterpriseId, on: '2026-11-20' }), 1)
  t.equal(await listed(test.as('regulator'), { on: '2025-12-31' }), 0)
  t.same(await refusalsOf(listed(member, { memberId: b })), ['not_found@memberId'])
  t.same(await codesOf(listed(test.as('office'))), ['forbidden'])
  t.same(await actionsOf(test.registry, 'conflict', mine.id), ['conflict.declared'])
})

story('a capacity holds for its year and family, and never falls below what was assigned', async (test, t) => {
  await give(test)
  await give(test, { family: 'services', productName: '示例服务' })
  t.same(await refusalsOf(state(test, { cases: 1 })), ['capacity_below_load@cases'])
  t.same(await refusalsOf(state(test, { cases: 0, family: 'services' })), ['capacity_below_load@cases'])
  await state(test, { cases: 1, family: 'services' })
  await state(test, { cases: 4 })
  t.same(await refusalsOf(give(test, { family: 'services', productName: 'x' })), ['capacity_used_up@memberId'])
  const [last] = (await race([1, 2, 3].map((n) => give(test, { productName: `示例${n}` })))).refused
  t.same(last, ['capacity_used_up'], 'of three at once the two that fit are made')
  await state(test, { cases: 5 })
  t.ok(await give(test, { productName: '示例4' }))
  t.same((await reasons(test, { on: '2025-06-01' })).a, [], 'another year has no limit')
  const { items } = await readCapacities(test.registry, test.as('member'), capacitiesQuery.parse({ year: 2026 }))
  t.same(items.map(({ family, cases }) => `${family} ${cases}`).sort(), ['null 5', 'services 1'])
  t.equal((await readCapacities(test.registry, test.as('member', 'b'), capacitiesQuery.parse({}))).items.length, 0)
  for (const role of ['member', 'regulator', 'administrator'] as const)
    t.same(await codesOf(state(test, {}, test.as(role))), ['forbidden'], role)
  t.same(await refusalsOf(state(test, { memberId: unknownId })), ['not_found@memberId'])
})

story(
  'whoever is given a case owes an answer in five working days, and a declined one is back at the desk',
  async (test, t) => {
    const { a, b } = test.memberIds
    const first = await give(test, { assignedOn: '2026-11-02' })
    const dutyOf = async (id: string) =>
      (await readAssignment(test.registry, test.as('secretariat'), id)).obligations.find(
        ({ duty }) => duty === 'answer_assignment',
      )
    t.match(
      await dutyOf(first.id),
      { eventOn: '2026-11-20', dueOn: '2026-11-27', state: 'open', memberId: a },
      'from the day it was told',
    )
    test.clock.set('2026-11-28T02:00:00Z')
    t.match(await dutyOf(first.id), { state: 'overdue' })
    await decline(test, first.id)
    t.match(await dutyOf(first.id), { state: 'met_late' })
    const returned = async (as = test.as('secretariat')) =>
      (await readAssignments(test.registry, as, assignmentsQuery.parse({ answer: 'returned' }))).items.map(
        ({ id }) => id,
      )
    t.same(await returned(), [first.id])
    t.same(await returned(test.as('member', 'b')), [])
    const waiting = async () =>
      (await readWorkQueue(test.registry, test.as('secretariat'))).items.find(
        ({ kind }) => kind === 'assignments_returned',
      )
    t.match(await waiting(), { count: { numerator: 1 }, oldestOn: '2026-11-28' })

    const again = { memberId: b, replacesId: first.id }
    t.same(await refusalsOf(give(test, { ...again, replacesId: unknownId })), ['not_found@replacesId'])
    t.same(await refusalsOf(give(test, { ...again, enterprise: firm(2) })), ['assignment_differs@replacesId'])
    const { done, refused } = await race([give(test, again), give(test, again)])
    t.equal(done.length, 1)
    t.same(refused, [['assignment_replaced']], 'of two at once one replaces it')
    t.same(await refusalsOf(give(test, { memberId: a, replacesId: done[0]?.id })), [
      'assignment_not_declined@replacesId',
      'declined_before@memberId',
    ])
    t.same(await returned(), [])
  },
)

story('a case that was given away counts for whoever has it now, and for nobody else', async (test, t) => {
  const { a, b } = test.memberIds
  const state = (cases: number) =>
    stateCapacity(test.registry, test.as('secretariat'), {
      memberId: a,
      year: 2026,
      cases,
      statedBy: '示例',
    })
  await state(1)
  const { id } = await give(test, { memberId: a })
  await move(test, a, 'suspended')
  await give(test, { memberId: b, replacesId: id })
  await move(test, a, 'admitted')
  const { items } = await readLedger(test.registry, test.as('secretariat'), ledgerQuery.parse({}))
  t.same(Object.fromEntries(items.map(({ memberId, assigned }) => [memberId, assigned])), { [a]: 0, [b]: 1 })
  await state(0)
  await state(1)
  const next = await give(test, { memberId: a, enterprise: firm(2) })
  t.ok(next.id, 'its capacity is free again')
})

story('an approval that was revoked strands the cases of its body at once', async (test, t) => {
  const { a, b } = test.memberIds
  const { id } = await give(test, { memberId: a })
  await recordRevocation(test.registry, test.as('regulator'), a, { revokedOn: plainDate('2026-11-20'), ground: '示例' })
  const asked = assignmentsQuery.parse({ answer: 'stranded' })
  const { items } = await readAssignments(test.registry, test.as('secretariat'), asked)
  t.same(
    items.map((item) => item.id),
    [id],
  )
  await give(test, { memberId: b, replacesId: id })
})

story('cases of a body that is suspended or removed may be given to another, and only then', async (test, t) => {
  const { a, b } = test.memberIds
  const [accepted, waiting] = [await give(test, {}), await give(test, { enterprise: firm(2) })]
  const accept = answerInput.parse({ answer: 'accept', expectedDecisionOn: '2026-12-01' })
  await answerAssignment(test.registry, test.as('member'), accepted.id, accept)
  const stranded = async () =>
    (await readAssignments(test.registry, test.as('secretariat'), assignmentsQuery.parse({ answer: 'stranded' }))).items
      .map(({ id }) => id)
      .sort()
  t.same(await stranded(), [])
  t.same(await refusalsOf(give(test, { memberId: b, replacesId: accepted.id })), ['assignment_not_declined@replacesId'])
  await move(test, a, 'suspended')
  t.same(await stranded(), [accepted.id, waiting.id].sort())
  t.same(await codesOf(answerAssignment(test.registry, test.as('member'), waiting.id, accept)), ['member_not_eligible'])
  const { items } = await readWorkQueue(test.registry, test.as('secretariat'))
  t.match(
    items.find(({ kind }) => kind === 'assignments_stranded'),
    { count: { numerator: 2 }, oldestOn: '2026-11-20' },
  )
  const next = await give(test, { memberId: b, replacesId: accepted.id })
  await give(test, { memberId: b, enterprise: firm(2), replacesId: waiting.id })
  t.same(await stranded(), [])
  await decline(test, next.id, 'b')
  t.match(
    await reasons(test, { replacesId: next.id }),
    { a: ['member_not_eligible'], b: ['declined_before'] },
    'who was suspended declined nothing',
  )
  const { obligations } = await readAssignment(test.registry, test.as('secretariat'), accepted.id)
  t.same(
    obligations.map(({ duty, state }) => `${duty} ${state}`).sort(),
    ['answer_assignment met_on_time', 'post_outcome waived'],
    'what was still owed for it is owed no more',
  )
  t.same(await codesOf(decline(test, waiting.id)), ['assignment_replaced'])
  const late = post(test, bodyOf('1', { assignmentId: accepted.id, enterprise: firm(1) }))
  t.same(await refusalsOf(late), ['assignment_replaced@assignmentId'])
})

story('the fee that was paid stands beside the one that was quoted, with its proof', async (test, t) => {
  const { id } = await give(test, { feeQuotedYuan: 20_000 })
  const pay = (feePaidYuan: number, as: Context = test.as('secretariat'), of = id) =>
    recordFee(test.registry, as, of, feeInput.parse({ feePaidYuan, proof: '示例发票' }))
  t.same(await codesOf(pay(1)), ['assignment_not_accepted'])
  const accept = answerInput.parse({ answer: 'accept', expectedDecisionOn: '2026-12-20' })
  await answerAssignment(test.registry, test.as('member'), id, accept)
  t.match(await pay(21_500.5), { feeQuotedYuan: '20000.00', feePaidYuan: '21500.50' })
  t.same(await codesOf(pay(21_500.5)), ['nothing_changes'])
  t.same(await refusalsOf(pay(1, test.as('secretariat'), unknownId)), ['not_found@id'])
  t.same(await codesOf(pay(1, test.as('member'))), ['forbidden'])
  t.same((await actionsOf(test.registry, 'assignment', id)).at(-1), 'assignment.fee_recorded')
  t.notOk(feeInput.safeParse({ feePaidYuan: 1.005, proof: 'x' }).success)
})

story('a case does not go back to the body that sent it back, however much that body is owed', async (test, t) => {
  const { a, b } = test.memberIds
  const first = await give(test)
  await decline(test, first.id)
  t.same(await refusalsOf(give(test, { replacesId: first.id })), ['declined_before@memberId'])
  const { enterpriseId } = first
  t.match(await reasons(test, { enterpriseId, replacesId: first.id }), { a: ['declined_before'], b: [] })
  const batch = await batchOf(test, [aCase(1, { enterprise: firm(1), productName: '示例产品', replacesId: first.id })])
  const proposal = await propose(test, batch.id)
  t.match(await linesOf(test, batch.id, proposal.id), [{ memberId: b, ground: { code: 'only_one' } }])
  const second = await give(test, { memberId: b, replacesId: first.id })
  await decline(test, second.id, 'b')
  const none = await batchOf(test, [aCase(1, { enterprise: firm(1), productName: '示例产品', replacesId: second.id })])
  const unplaced = await propose(test, none.id)
  t.match(await linesOf(test, none.id, unplaced.id), [{ memberId: null, ground: { code: 'all_declined' } }])
  const own = { mode: 'self_selected', choiceProof: '企业来函', replacesId: second.id }
  t.ok((await give(test, { ...own, memberId: a })).id, 'the firm may still choose it')
})

story('a body is told of its cases, and the desk of those that come back', async (test, t) => {
  const told = async () =>
    (
      await test.registry.db.execute<{ stage: string; audiences: string[]; subject: string }>(
        sql`select stage, audiences, subject_zh as subject from notices where kind = 'assignment' order by recorded_at, notice_key`,
      )
    ).map(({ stage, audiences, subject }) => [stage, audiences.join(), subject])
  const made = await give(test)
  await decline(test, made.id)
  t.match(await told(), [
    ['declined', 'secretariat', /^【任务】示例甲认证中心 谢绝了认证任务：示例企业1 · 示例产品（人员不足）$/],
    ['given', 'member', '【任务】贵机构有新的认证任务：示例企业1 · 示例产品，请于 2026-11-27 前答复'],
  ])
  const batch = await batchOf(
    test,
    [3, 4, 5].map((n) => aCase(n)),
  )
  await issue(test, batch.id, (await propose(test, batch.id)).id)
  const issued = (await told()).filter(([stage]) => stage === 'issued')
  t.ok(issued.length >= 1 && issued.length <= 2, 'once for each body')
  t.match(issued[0]?.[2], /批次“2026 年示例培育名单”已下达，贵机构有任务 [123] 项/)
})

story('an earlier day gets round nothing that has happened since', async (test, t) => {
  await move(test, test.memberIds.a, 'suspended')
  t.same(await refusalsOf(give(test, { assignedOn: '2026-11-10' })), ['member_not_eligible@memberId'])
  await move(test, test.memberIds.a, 'admitted')
  await state(test, { cases: 0 })
  t.same(await refusalsOf(give(test, { assignedOn: '2025-12-31' })), ['capacity_used_up@memberId'])
})

story('one product of one firm is with one body at a time', async (test, t) => {
  const { b } = test.memberIds
  const made = await give(test)
  t.same(await refusalsOf(give(test, { memberId: b })), ['case_assigned_already@productName'])
  t.ok((await give(test, { memberId: b, productName: '示例另一产品' })).id)
  const { done, refused } = await race([2, 2].map(() => give(test, { enterprise: firm(2) })))
  t.same([done.length, refused], [1, [['case_assigned_already']]], 'of two at once one is made')
  const batch = await batchOf(test, [aCase(1, { enterprise: firm(1), productName: '示例产品' }), aCase(3)])
  const twice = await batchOf(test, [aCase(3)])
  const proposals = [await propose(test, batch.id), await propose(test, twice.id)]
  t.same(await refusalsOf(issue(test, batch.id, proposals[0]?.id ?? '')), ['case_assigned_already@lines.0'])
  await decline(test, made.id)
  await issue(test, batch.id, proposals[0]?.id ?? '')
  t.same(await refusalsOf(issue(test, twice.id, proposals[1]?.id ?? '')), ['case_assigned_already@lines.0'])
})

story('a case that nobody answers in time is given to another, and is owed no more', async (test, t) => {
  const { a, b } = test.memberIds
  const made = await give(test)
  t.same(await refusalsOf(give(test, { memberId: b, replacesId: made.id })), ['assignment_not_declined@replacesId'])
  test.clock.set('2026-11-28T02:00:00Z')
  const next = { assignedOn: '2026-11-28', replacesId: made.id }
  t.same(await refusalsOf(give(test, { ...next, memberId: a })), ['declined_before@memberId'])
  const batch = await batchOf(test, [aCase(1, { enterprise: firm(1), productName: '示例产品', replacesId: made.id })])
  const proposal = await propose(test, batch.id)
  await issue(test, batch.id, proposal.id)
  t.same(await codesOf(decline(test, made.id)), ['assignment_replaced'])
  const { obligations } = await readAssignment(test.registry, test.as('secretariat'), made.id)
  t.same(
    obligations.map(({ duty, state: at }) => `${duty} ${at}`),
    ['answer_assignment waived'],
  )
})

story(
  'whoever came into a conflict of interest since begins nothing, and the desk may take the case back',
  async (test, t) => {
    const { a, b } = test.memberIds
    const made = await give(test)
    await declare(test, { memberId: a, enterpriseId: made.enterpriseId })
    const accept = answerInput.parse({ answer: 'accept', expectedDecisionOn: '2026-12-01' })
    t.same(await codesOf(answerAssignment(test.registry, test.as('member'), made.id, accept)), ['conflict_declared'])
    const stranded = await readAssignments(
      test.registry,
      test.as('secretariat'),
      assignmentsQuery.parse({ answer: 'stranded' }),
    )
    t.same(
      stranded.items.map(({ id }) => id),
      [made.id],
    )
    const { id } = await give(test, { memberId: b, replacesId: made.id })
    t.match(await readAssignment(test.registry, test.as('member', 'b'), id), { batchId: null, replacesId: made.id })
  },
)

// ---- Batches

const aCase = (n: number, changes: Record<string, unknown> = {}) => ({
  enterprise: firm(n, ['320100', '320500', '320300'][n % 3]),
  kind: 'product',
  productName: `示例产品${n}`,
  family: 'manufacturing',
  standards: ['Q/EXAMPLE 001-2025'],
  ...changes,
})
const batchOf = (test: TestRegistry, cases: readonly object[], as: Context = test.as('secretariat'), key?: string) =>
  recordBatch(test.registry, as, batchInput.parse({ name: '2026 年示例培育名单', cases }), key).then(
    ({ answer }) => answer,
  )
const propose = (test: TestRegistry, id: string, seed = '2026') =>
  proposeBatch(test.registry, test.as('secretariat'), id, { seed })
const linesOf = async (test: TestRegistry, id: string, proposalId: string, query = {}) =>
  (await readLines(test.registry, test.as('secretariat'), { id, proposalId }, linesQuery.parse(query))).items
const issue = (test: TestRegistry, id: string, proposalId: string) =>
  issueBatch(test.registry, test.as('secretariat'), id, { proposalId })

story('a batch is proposed by shares and distance, changed with a reason, and issued once', async (test, t) => {
  const { a, b } = test.memberIds
  await unitIn(test, a, '320100')
  await unitIn(test, b, '320500')
  await register(test, 90)
  const { id } = await batchOf(test, [
    ...[0, 1, 3, 4].map((n) => aCase(n)),
    aCase(5, { ownChoice: { memberId: b, proof: '企业来函' } }),
  ])
  const proposal = await propose(test, id)
  t.match(proposal, { cases: 5, placed: 5, kilometres: 0, gap: 0, largestDeviation: 0, solver: 'HiGHS 1.15.3' })
  const lines = await linesOf(test, id, proposal.id)
  t.same(
    lines.map(({ memberId, ground }) => [memberId === a ? 'a' : 'b', ground.code, ground.kilometres]),
    [
      ['a', 'nearest', 0],
      ['b', 'nearest', 0],
      ['a', 'nearest', 0],
      ['b', 'nearest', 0],
      ['b', 'own_choice', 460],
    ],
  )
  t.match(lines[0], { share: { assigned: 0, proposed: 2, expected: 2, deviationBefore: -2, deviationAfter: 0 } })
  t.match(lines[0]?.ground.alternatives, [{ memberId: b, kilometres: 193 }])

  const change = (changes: Record<string, unknown>, as = test.as('secretariat')) =>
    changeLine(
      test.registry,
      as,
      { id, proposalId: proposal.id },
      lineChangeInput.parse({ caseId: lines[0]?.caseId, memberId: b, reason: '示例理由', ...changes }),
    )
  t.same(await refusalsOf(change({ caseId: lines[4]?.caseId, memberId: a })), ['own_choice_stands@caseId'])
  t.same(await refusalsOf(change({ memberId: a })), ['nothing_changes@memberId'])
  t.same(await refusalsOf(change({ memberId: unknownId })), ['not_found@memberId'])
  t.same(await refusalsOf(change({ caseId: unknownId })), ['not_found@caseId'])
  t.same(await codesOf(change({}, test.as('regulator'))), ['forbidden'])
  t.match(await change({}), { memberId: b, proposedMemberId: a, changes: [{ reason: '示例理由' }] })

  const { done, refused } = await race([issue(test, id, proposal.id), issue(test, id, proposal.id)])
  t.same(refused, [['batch_issued']], 'two at once do it once')
  t.match(done, [{ assignments: 5, issuedOn: '2026-11-20' }])
  const made = await readAssignments(test.registry, test.as('secretariat'), assignmentsQuery.parse({}))
  t.equal(made.items.filter(({ memberId }) => memberId === b).length, 4)
  t.same(
    made.items.filter(({ mode }) => mode === 'self_selected').map(({ choiceProof }) => choiceProof),
    ['企业来函'],
  )
  const one = await readAssignment(test.registry, test.as('secretariat'), made.items[0]?.id ?? '')
  t.match(one, { batchId: id, replacesId: null })
  t.match(one.obligations, [{ duty: 'answer_assignment', dueOn: '2026-11-27' }])
  t.same(await codesOf(change({ memberId: a })), ['batch_issued'])
  t.same(await codesOf(propose(test, id)), ['batch_issued'])
  t.same(await actionsOf(test.registry, 'batch', id), [
    'batch.recorded',
    'batch.proposed',
    'batch.line_changed',
    'batch.issued',
  ])
  t.match(await readBatch(test.registry, test.as('regulator'), id), { cases: 5, issue: { proposalId: proposal.id } })
  t.match((await readBatches(test.registry, test.as('regulator'), batchesQuery.parse({}))).items, [{ id }])
  for (const role of ['member', 'office', 'administrator'] as const)
    t.same(await codesOf(readBatch(test.registry, test.as(role), id)), ['forbidden'], role)

  const ledger = await readLedger(test.registry, test.as('office'), ledgerQuery.parse({}))
  const told = new Map(
    ledger.items.map((row) => [
      row.memberId,
      [row.assigned, row.selfSelected, row.declined, row.expected, row.deviation],
    ]),
  )
  t.same(told.get(a), [1, 0, 0, 2, -1])
  t.same(told.get(b), [3, 1, 0, 2, 1])
  const own = await readLedger(test.registry, test.as('member'), ledgerQuery.parse({}))
  t.same(
    own.items.map(({ memberId, expected }) => [memberId, expected]),
    [[a, 2]],
  )
  t.same(await refusalsOf(readLedger(test.registry, test.as('member'), ledgerQuery.parse({ memberId: b }))), [
    'not_found@memberId',
  ])
})

story('a batch that is sent twice with one key is recorded once', async (test, t) => {
  const send = () => batchOf(test, [aCase(1)], test.as('secretariat'), 'once')
  const { done, refused } = await race([send(), send()])
  t.same(refused, [])
  t.equal(done[0]?.id, done[1]?.id)
  t.equal((await readBatches(test.registry, test.as('secretariat'), batchesQuery.parse({}))).items.length, 1)
})

story('the same input and seed give the same proposal, in whatever order the cases come', async (test, t) => {
  const cases = Array.from({ length: 24 }, (_, n) => aCase(n, { productName: `示例产品${n}` }))
  await unitIn(test, test.memberIds.a, '320400')
  const forward = await batchOf(test, cases)
  const backward = await batchOf(test, [...cases].reverse())
  const placed = async (id: string, seed: string) => {
    const proposal = await propose(test, id, seed)
    const lines = await linesOf(test, id, proposal.id)
    return {
      hash: proposal.inputHash,
      who: Object.fromEntries(lines.map(({ productName, memberId }) => [productName, memberId])),
    }
  }
  const first = await placed(forward.id, 'a')
  t.same(await placed(forward.id, 'a'), first)
  t.same(await placed(backward.id, 'a'), first)
  const other = await placed(forward.id, 'b')
  t.not(other.hash, first.hash)
  t.notSame(other.who, first.who, 'another seed draws other lots')
  t.equal((await readBatch(test.registry, test.as('secretariat'), forward.id)).proposals.length, 3)
})

story(
  'what can’t be placed is listed with its scarce scope, and a refused choice with its reasons',
  async (test, t) => {
    const { a, b } = test.memberIds
    for (const memberId of [a, b]) {
      const scopes = (await readMember(test.registry, test.as('secretariat'), memberId)).scopes
      const agriculture = scopes.find(({ family }) => family === 'agriculture')
      const end = { untilOn: plainDate('2026-11-01'), reason: '示例' }
      await closeScope(test.registry, test.as('secretariat'), memberId, agriculture?.id ?? '', end)
      await state(test, { memberId, family: 'services', cases: 1 })
    }
    const { id: enterpriseId } = await register(test, 1)
    await declare(test, { memberId: a, enterpriseId })
    await declare(test, { memberId: b, enterpriseId })
    const { id } = await batchOf(test, [
      aCase(1, { enterprise: firm(1) }),
      aCase(2, { enterprise: firm(1), ownChoice: { memberId: a, proof: '来函' } }),
      ...[3, 4].map((n) => aCase(n, { family: 'agriculture', industryCode: '0111' })),
      ...[5, 6, 7].map((n) => aCase(n, { family: 'services' })),
    ])
    const proposal = await propose(test, id)
    t.match(proposal, { cases: 7, placed: 2 })
    const { scarce } = await readProposal(test.registry, test.as('regulator'), id, proposal.id)
    t.same(scarce, [
      { family: 'agriculture', industryCode: '0111', code: 'no_competent_member', cases: 2 },
      { family: 'manufacturing', industryCode: null, code: 'all_in_conflict', cases: 1 },
      { family: 'services', industryCode: null, code: 'no_capacity', cases: 1 },
    ])
    const unplaced = await linesOf(test, id, proposal.id, { unplaced: 'true' })
    t.match(
      unplaced.find(({ ground }) => ground.code === 'choice_refused'),
      { proposedMemberId: null, ground: { reasons: [{ code: 'conflict_declared' }] } },
      'and nobody else is put in the chosen body’s place',
    )
    t.match(await issue(test, id, proposal.id), { assignments: 2 })
  },
)

story('issuing asks anew: what changed since the proposal stops it, and nothing is half done', async (test, t) => {
  const { a, b } = test.memberIds
  const { id } = await batchOf(
    test,
    [1, 2, 3, 4].map((n) => aCase(n)),
  )
  const early = await propose(test, id)
  const proposal = await propose(test, id)
  t.same(await refusalsOf(issue(test, id, early.id)), ['proposal_not_latest@proposalId'])
  t.same(await refusalsOf(issue(test, id, unknownId)), ['not_found@proposalId'])
  t.same(await refusalsOf(issue(test, unknownId, proposal.id)), ['not_found@id'])
  await state(test, { memberId: a, cases: 1 })
  const before = await countRows(test.registry)
  t.match(
    await refusalsOf(issue(test, id, proposal.id)),
    [/^capacity_used_up@lines\.\d$/],
    'the batch’s own cases count',
  )
  await move(test, b, 'suspended')
  t.match((await codesOf(issue(test, id, proposal.id))).toSorted(), [
    'capacity_used_up',
    'member_not_eligible',
    'member_not_eligible',
  ])
  t.same((await countRows(test.registry)).assignments, before.assignments)
  const anew = await propose(test, id)
  t.match(anew, { cases: 4, placed: 1 })
  t.match(await issue(test, id, anew.id), { assignments: 1 })
})

story('a batch with anything wrong in it is refused whole, and each fault has its place', async (test, t) => {
  const before = await countRows(test.registry)
  const made = await give(test)
  const table: [story: string, cases: object[], problems: string[]][] = [
    ['the same product twice', [aCase(1), aCase(1)], ['case_listed_twice@cases.1.productName']],
    [
      'wrong credit codes',
      [aCase(1), aCase(2, { enterprise: { creditCode: '1', name: 'x' } })],
      ['credit_code_length@cases.1.enterprise.creditCode'],
    ],
    [
      'an unknown body chosen',
      [aCase(1, { ownChoice: { memberId: unknownId, proof: 'x' } })],
      ['not_found@cases.0.ownChoice.memberId'],
    ],
    [
      'an assignment that nobody declined',
      [aCase(1, { replacesId: made.id })],
      ['assignment_not_declined@cases.0.replacesId'],
    ],
  ]
  for (const [story, cases, problems] of table) t.same(await refusalsOf(batchOf(test, cases)), problems, story)
  const after = await countRows(test.registry)
  t.same([after.assignment_batches, after.batch_cases], [before.assignment_batches, before.batch_cases])
  for (const role of ['member', 'regulator', 'administrator'] as const)
    t.same(await codesOf(batchOf(test, [aCase(1)], test.as(role))), ['forbidden'], role)
  t.notOk(batchInput.safeParse({ name: 'x', cases: [] }).success)
  t.same(await codesOf(propose(test, unknownId)), ['not_found'])
})

story('declined cases go into the next batch, and are replaced when it is issued', async (test, t) => {
  const first = await give(test, { enterprise: firm(1) })
  await decline(test, first.id)
  const returning = aCase(1, { enterprise: firm(1), replacesId: first.id })
  t.same(await refusalsOf(batchOf(test, [returning, { ...returning, productName: 'x' }])), [
    'assignment_replaced@cases.1.replacesId',
  ])
  t.same(await refusalsOf(batchOf(test, [{ ...returning, enterprise: firm(2) }])), [
    'assignment_differs@cases.0.replacesId',
  ])
  const [one, other] = [await batchOf(test, [returning]), await batchOf(test, [returning])]
  const proposals = [await propose(test, one.id), await propose(test, other.id)]
  const { done, refused } = await race([
    issue(test, one.id, proposals[0]?.id ?? ''),
    issue(test, other.id, proposals[1]?.id ?? ''),
  ])
  t.equal(done.length, 1)
  t.match(refused, [[/assignment_replaced|concurrent_change/]])
})
