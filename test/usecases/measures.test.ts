import { sql } from 'drizzle-orm'
import t from 'tap'
import { admissionChecks } from '../../src/domain/admission.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { standingOn } from '../../src/domain/standing.ts'
import { standingHistoryOf } from '../../src/store/members.ts'
import { listNotices } from '../../src/store/notices.ts'
import { eligibilityQuery, readEligibility } from '../../src/usecases/assignments/read-eligibility.ts'
import { verifyCertificate } from '../../src/usecases/certificates/verify-certificate.ts'
import { caseConclusionInput, concludeCase, replyToCase } from '../../src/usecases/conduct/conclude-case.ts'
import { caseInput, openCase } from '../../src/usecases/conduct/open-case.ts'
import { findingsQuery, readFindings } from '../../src/usecases/conduct/read-conduct.ts'
import type { Context } from '../../src/usecases/context.ts'
import { sha256OfJson } from '../../src/usecases/hashes.ts'
import { addLadderRule, ladderInput, listLadderRules } from '../../src/usecases/measures/manage-ladder.ts'
import { measureInput, proposeMeasure } from '../../src/usecases/measures/propose-measure.ts'
import {
  countAskedMeasures,
  measuresQuery,
  readMeasure,
  readMeasures,
} from '../../src/usecases/measures/read-measures.ts'
import {
  answerRectification,
  appealMeasure,
  concludeMeasure,
  conclusionInput,
  decideAppeal,
  decideMeasure,
  decisionInput,
  replyToMeasure,
} from '../../src/usecases/measures/take-step.ts'
import {
  admissionCheckInput,
  readAdmissionChecks,
  recordAdmissionCheck,
} from '../../src/usecases/members/check-admission.ts'
import {
  applicationClosingInput,
  applicationInput,
  applicationsQuery,
  endApplication,
  readApplications,
  recordApplication,
} from '../../src/usecases/members/manage-applications.ts'
import {
  addScope,
  changeStanding,
  memberInput,
  registerMember,
  scopeInput,
  standingInput,
} from '../../src/usecases/members/manage-members.ts'
import { readMember } from '../../src/usecases/members/read-members.ts'
import { recordLifting, recordRevocation } from '../../src/usecases/members/revoke-approval.ts'
import { actionsOf, bodyOf, codesOf, countRows, post, posted, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import type { TestRegistry } from '../support/services.ts'

/** The ladder of R8. Friday 2026-11-20; ten working days to reply end on 2026-12-04. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

/** Another person of the secretariat, by the letter of its id. */
const person = (test: TestRegistry, letter: string): Context => {
  const context = test.as('secretariat')
  return { ...context, actor: { ...context.actor, kind: 'person', id: `person-${letter}`, name: `示例${letter}` } }
}

const propose = (
  test: TestRegistry,
  changes: Record<string, unknown> = {},
  as: Context = person(test, 'p'),
  key?: string,
) =>
  proposeMeasure(
    test.registry,
    as,
    test.memberIds.a,
    measureInput.parse({ kind: 'warning', reasons: '示例：本季度迟报三份。', ...changes }),
    key,
  ).then(({ answer }) => answer)

const reply = (test: TestRegistry, id: string, as = test.as('member')) =>
  replyToMeasure(test.registry, as, id, { words: '示例：已增派人员。' })
const decide = (test: TestRegistry, id: string, input: Record<string, unknown> = {}, as = person(test, 'q')) =>
  decideMeasure(test.registry, as, id, decisionInput.parse({ outcome: 'confirmed', words: '示例', ...input }))
const appeal = (test: TestRegistry, id: string) =>
  appealMeasure(test.registry, test.as('member'), id, { words: '示例：两份因系统故障。' })
const judge = (test: TestRegistry, id: string, outcome: 'upheld' | 'reversed', as = person(test, 'r')) =>
  decideAppeal(test.registry, as, id, { outcome, words: '示例' })
const conclude = (test: TestRegistry, id: string, outcome: 'passed' | 'failed' | 'lifted') =>
  concludeMeasure(test.registry, person(test, 'q'), id, { outcome, words: '示例' })

/** Proposed, answered at once and decided. */
async function decided(test: TestRegistry, changes: Record<string, unknown>): Promise<string> {
  const { id } = await propose(test, changes)
  await reply(test, id)
  await decide(test, id)
  return id
}

async function standing(test: TestRegistry, day?: string) {
  const on = day === undefined ? test.as('secretariat').today : plainDate(day)
  return standingOn(await standingHistoryOf(test.registry.db, test.memberIds.a), on)
}

const goTo = (test: TestRegistry, day: string) => test.clock.set(`${day}T02:00:00Z`)

story('a measure is proposed on frozen facts, answered, decided; each side is told', async (test, t) => {
  const { obligations } = await posted(test, bodyOf('1'))
  const owed = obligations[0]?.id ?? ''
  const measure = await propose(test, { obligationIds: [owed] })
  t.match(measure, { state: 'open_for_reply', replyUntilOn: '2026-12-04', ruleVersion: 1, recordedByName: '示例p' })
  const before = await readMeasure(test.registry, test.as('member'), measure.id)
  t.equal(sha256OfJson(before.facts), before.factsSha256, 'the hash is of what is shown')
  t.match(before.facts, {
    member: { name: '示例甲认证中心', approvalRevokedOn: null },
    standings: [{ standing: 'admitted', fromOn: '2024-01-02' }],
    restsOn: [{ id: owed, dueOn: '2026-11-25', metOn: null }],
    figures: { open: { value: 2 } },
  })
  await reply(test, measure.id)
  const after = await decide(test, measure.id)
  t.match(after, { state: 'in_force', decidedKind: 'warning' })
  t.match(after.steps.at(-1), { recordedByName: '示例q', appealUntilOn: '2026-12-04' })
  t.equal(await standing(test), 'admitted', 'a warning moves no standing')
  t.same((await readMeasure(test.registry, test.as('member'), measure.id)).facts, before.facts)
  const notices = await listNotices(test.registry.db, { afterId: 0, limit: 50, memberId: null })
  t.same(
    notices.filter(({ kind }) => kind === 'measure').map(({ stage, audiences }) => [stage, audiences.join()]),
    [
      ['proposed', 'member,secretariat'],
      ['reply', 'secretariat'],
      ['decision', 'member,secretariat'],
    ],
  )
  t.same(await actionsOf(test.registry, 'measure', measure.id), [
    'measure.proposed',
    'measure.reply',
    'measure.decision',
  ])
})

story('each decision is told as it came out, and what whoever decided saw is frozen with it', async (test, t) => {
  const audit = { source: 'file_audit', memberId: test.memberIds.a, words: '示例', occurredOn: '2026-11-18' }
  const { answer: opened } = await openCase(test.registry, test.as('secretariat'), caseInput.parse(audit), undefined)
  await replyToCase(test.registry, test.as('member'), opened.id, { words: '示例' })
  const found = [{ kind: 'data_late', grade: 'general', words: '示例：迟报三份。' }]
  const conclusion = caseConclusionInput.parse({ outcome: 'substantiated', words: '示例', findings: found })
  await concludeCase(test.registry, test.as('secretariat'), opened.id, conclusion)
  const { items } = await readFindings(test.registry, test.as('member'), findingsQuery.parse({}))
  const findingIds = items.map(({ id }) => id)
  t.same(await refusalsOf(propose(test, { findingIds: [test.memberIds.a] })), ['not_found@findingIds'])
  const { id } = await propose(test, { kind: 'suspension', findingIds })
  await reply(test, id)
  await decide(test, id, { outcome: 'mitigated', mitigatedTo: 'reminder' })
  await appeal(test, id)
  await judge(test, id, 'reversed')
  const { facts, factsOfSteps } = await readMeasure(test.registry, test.as('member'), id)
  t.match(facts, { findings: [{ kind: 'data_late', words: '示例：迟报三份。', attachments: [] }] })
  t.same(
    factsOfSteps.map(({ step, facts, factsSha256 }) => [step, sha256OfJson(facts) === factsSha256]),
    [
      ['decision', true],
      ['appeal_decision', true],
    ],
  )
  const said = await listNotices(test.registry.db, { afterId: 0, limit: 50, memberId: null })
  t.same(
    said.filter(({ kind }) => kind === 'measure').map(({ stage, subjectZh }) => [stage, subjectZh.slice(4)]),
    [
      ['proposed', '对示例甲认证中心拟采取“暂停”，可于 2026-12-04 前答复'],
      ['reply', '示例甲认证中心 已答复：暂停'],
      ['decision', '对示例甲认证中心的“提醒”已作出决定：减轻'],
      ['appeal', '示例甲认证中心 提出申诉：提醒'],
      ['appeal_decision', '示例甲认证中心对“提醒”的申诉已有决定：申诉成立，撤销'],
    ],
  )
})

story('nobody is removed, suspended or admitted by hand once the registry knows the body', async (test, t) => {
  goTo(test, '2027-11-19')
  const byHand = (standing: string, fromOn: string, id = test.memberIds.a) =>
    changeStanding(
      test.registry,
      test.as('secretariat'),
      id,
      standingInput.parse({ standing, fromOn, reason: '示例', decidedBy: '示例' }),
    )
  for (const fromOn of ['2025-01-01', '2026-11-19', '2026-11-20', '2027-11-19'])
    for (const to of ['removed', 'suspended', 'rectifying'])
      t.same(await refusalsOf(byHand(to, fromOn)), ['measure_needed@standing'], `${to} ${fromOn}`)
  const input = { name: '示例戊认证中心', approvalNumber: 'CNCA-R-2099-905', creditCode: '91320100MA0XX00154' }
  const { id } = await registerMember(test.registry, test.as('secretariat'), memberInput.parse(input))
  t.same(await refusalsOf(byHand('admitted', '2027-11-19', id)), ['application_needed@standing'], 'on its first day')
  t.same(await refusalsOf(byHand('candidate', '2027-11-19', id)), ['application_needed@standing'])
  goTo(test, '2028-03-01')
  t.same(await refusalsOf(byHand('admitted', '2027-11-18', id)), ['application_needed@standing'], 'nor backdated later')
})

story('who was removed applies anew once nothing can be reversed, and is looked at anew', async (test, t) => {
  await recordRevocation(test.registry, test.as('regulator'), test.memberIds.a, {
    revokedOn: plainDate('2026-11-18'),
    ground: '示例',
  })
  const check = (name: string) =>
    recordAdmissionCheck(
      test.registry,
      test.as('secretariat'),
      test.memberIds.a,
      admissionCheckInput.parse({ check: name, outcome: 'passed', note: '示例' }),
    )
  for (const name of admissionChecks) await check(name)
  const id = await decided(test, { kind: 'removal', ground: 'approval_revoked' })
  t.equal(await standing(test), 'removed')
  const byHand = (to: string) =>
    refusalsOf(
      changeStanding(
        test.registry,
        test.as('secretariat'),
        test.memberIds.a,
        standingInput.parse({ standing: to, fromOn: test.as('secretariat').today, reason: '示例', decidedBy: '示例' }),
      ),
    )
  goTo(test, '2026-12-04')
  const applies = () => refusalsOf(apply(test, test.memberIds.a))
  t.same(await applies(), ['removal_may_fall@standing'], 'on the last day to appeal')
  await appeal(test, id)
  goTo(test, '2026-12-20')
  t.same(await applies(), ['removal_may_fall@standing'], 'while the appeal waits')
  await judge(test, id, 'upheld')
  t.same(await applies(), [])
  t.same(await byHand('admitted'), ['admission_incomplete@standing'], 'what was looked at before proves nothing')
  for (const name of admissionChecks) await check(name)
  t.same(await byHand('admitted'), ['approval_revoked@standing'], 'what is recorded speaks, too')
  await recordLifting(test.registry, test.as('regulator'), test.memberIds.a, { ground: '示例' })
  t.same(await byHand('admitted'), [])
})

const apply = (test: TestRegistry, memberId: string, changes: object = {}, as = test.as('secretariat')) =>
  recordApplication(
    test.registry,
    as,
    memberId,
    applicationInput.parse({ appliedOn: as.today, words: '示例：申请加入联盟。', ...changes }),
  )

const scoped = (test: TestRegistry, memberId: string) =>
  addScope(
    test.registry,
    test.as('secretariat'),
    memberId,
    scopeInput.parse({ family: 'manufacturing', description: '示例', fromOn: '2024-01-02' }),
  )

story('a body applies, is turned down with the ground, applies anew and is admitted', async (test, t) => {
  const input = { name: '示例庚认证中心', approvalNumber: 'CNCA-R-2099-907', creditCode: '91320100MA0XX00154' }
  const { id } = await registerMember(test.registry, test.as('secretariat'), memberInput.parse(input))
  await scoped(test, id)
  const end = (which: string, outcome: string, as = test.as('secretariat')) =>
    endApplication(test.registry, as, which, applicationClosingInput.parse({ outcome, ground: '示例：人员不足。' }))
  const list = async (query: object, as = test.as('secretariat')) =>
    (await readApplications(test.registry, as, applicationsQuery.parse(query))).items
  const before = await countRows(test.registry)
  t.same(await codesOf(apply(test, id, {}, test.as('member'))), ['forbidden'])
  t.same(await refusalsOf(apply(test, id, { appliedOn: '2026-11-21' })), ['day_in_future@appliedOn'])
  t.same(
    await codesOf(apply(test, test.memberIds.a)),
    ['standing_not_reachable'],
    'who is in the alliance does not apply',
  )
  t.same(await codesOf(apply(test, test.memberIds.a, { appliedOn: '2023-01-01' })), ['standing_backdated'])
  t.same(await codesOf(apply(test, '00000000-0000-7000-8000-000000000000')), ['not_found'])
  t.same(await countRows(test.registry), before)
  const { done, refused } = await race([apply(test, id), apply(test, id)])
  t.same(refused, [['application_pending']])
  const first = done[0]?.id ?? ''
  t.equal(standingOn(await standingHistoryOf(test.registry.db, id), test.as('secretariat').today), 'candidate')
  const check = (name: string) =>
    recordAdmissionCheck(
      test.registry,
      test.as('secretariat'),
      id,
      admissionCheckInput.parse({ check: name, outcome: 'passed', note: '示例' }),
    )
  for (const name of admissionChecks) await check(name)
  t.match(await list({ state: 'pending' }), [{ id: first, memberId: id, state: 'pending' }])
  t.match(await end(first, 'refused'), { state: 'refused', ground: '示例：人员不足。', closedOn: '2026-11-20' })
  t.same(await codesOf(end(first, 'withdrawn')), ['application_closed'])
  t.same(await codesOf(end(id, 'refused')), ['not_found'])
  t.same(await codesOf(end(first, 'refused', test.as('regulator'))), ['forbidden'])
  const admit = () =>
    refusalsOf(
      changeStanding(
        test.registry,
        test.as('secretariat'),
        id,
        standingInput.parse({
          standing: 'admitted',
          fromOn: test.as('secretariat').today,
          reason: '示例',
          decidedBy: '示例',
        }),
      ),
    )
  t.same(await admit(), ['application_needed@standing'], 'what was turned down admits nobody')
  const readiness = () => readAdmissionChecks(test.registry, test.as('office'), id)
  t.match(await readiness(), { hasApplied: false, missing: admissionChecks })
  goTo(test, '2026-11-25')
  t.same(await refusalsOf(apply(test, id, { appliedOn: '2026-11-19' })), ['standing_backdated@appliedOn'])
  const second = await apply(test, id)
  t.match(await readiness(), { hasApplied: true, missing: admissionChecks })
  t.same(
    await admit(),
    ['admission_incomplete@standing'],
    'what was looked at for the first proves nothing of the second',
  )
  for (const name of admissionChecks) await check(name)
  t.same(await admit(), [])
  t.match(await list({ memberId: id, state: 'admitted' }), [
    { id: second.id, state: 'admitted', closedOn: '2026-11-25' },
  ])
  t.same(await codesOf(list({ memberId: id }, test.as('member'))), ['not_found'], 'a member sees its own alone')
  t.same(await list({}, test.as('member')), [])
  t.equal((await list({}, test.as('office'))).length, 2)
})

story(
  'a body hands in its plan and its report, and what was concluded can still be appealed against',
  async (test, t) => {
    const planDueOn = '2027-01-29'
    const id = await decided(test, { kind: 'rectification', planDueOn })
    const say = (step: 'plan' | 'report', as = test.as('member')) =>
      answerRectification(test.registry, as, id, step, { words: '示例' })
    t.match((await say('plan')).steps.at(-1), { step: 'plan', words: '示例' })
    t.same(await codesOf(say('plan')), ['measure_step_not_possible'])
    t.same(await codesOf(say('report', test.as('member', 'b'))), ['not_found'])
    t.same(await codesOf(say('report', test.as('secretariat'))), ['forbidden'])
    await say('report')
    const conclusion = conclusionInput.parse({ outcome: 'passed', words: '示例' })
    await concludeMeasure(test.registry, test.as('secretariat'), id, conclusion)
    t.equal(await standing(test), 'admitted')
    t.same(await codesOf(say('report')), ['measure_step_not_possible'])
    t.equal((await appeal(test, id)).state, 'under_appeal')
    t.equal(await standing(test), 'admitted', 'what was passed weighs no more, whatever becomes of the appeal')
    t.equal((await judge(test, id, 'reversed')).state, 'reversed')
    const { factsOfSteps } = await readMeasure(test.registry, test.as('member'), id)
    t.same(
      factsOfSteps.map(({ step, facts, factsSha256 }) => [step, sha256OfJson(facts) === factsSha256]),
      [
        ['decision', true],
        ['appeal_decision', true],
        ['conclusion', true],
      ],
    )
    const said = await listNotices(test.registry.db, { afterId: 0, limit: 50, memberId: null })
    const ofSecretariat = said.filter(({ kind, stage }) => kind === 'measure' && ['plan', 'report'].includes(stage))
    t.same(
      ofSecretariat.map(({ stage, subjectZh }) => [stage, subjectZh.slice(4)]),
      [
        ['plan', '示例甲认证中心 已提交整改方案：限期整改'],
        ['report', '示例甲认证中心 报告整改完成情况：限期整改'],
      ],
    )
  },
)

story('a suspension that is lifted gives back an admission of the same day', async (test, t) => {
  const input = { name: '示例己认证中心', approvalNumber: 'CNCA-R-2099-906', creditCode: '91320100MA0XX00154' }
  const { id } = await registerMember(test.registry, test.as('secretariat'), memberInput.parse(input))
  const byHand = (to: string) =>
    changeStanding(
      test.registry,
      test.as('secretariat'),
      id,
      standingInput.parse({ standing: to, fromOn: '2026-11-20', reason: '示例', decidedBy: '示例' }),
    )
  await apply(test, id)
  await scoped(test, id)
  for (const name of admissionChecks)
    await recordAdmissionCheck(
      test.registry,
      test.as('secretariat'),
      id,
      admissionCheckInput.parse({ check: name, outcome: 'passed', note: '示例' }),
    )
  await byHand('admitted')
  const suspension = measureInput.parse({ kind: 'suspension', reasons: '示例' })
  const { answer } = await proposeMeasure(test.registry, person(test, 'p'), id, suspension, undefined)
  const context = test.as('member')
  const own: Context = { ...context, actor: { ...context.actor, memberId: id } }
  await replyToMeasure(test.registry, own, answer.id, { words: '示例' })
  await decide(test, answer.id)
  const now = async () => standingOn(await standingHistoryOf(test.registry.db, id), test.as('secretariat').today)
  t.equal(await now(), 'suspended')
  goTo(test, '2026-12-10')
  await conclude(test, answer.id, 'lifted')
  t.equal(await now(), 'admitted')
})

story('a measure is not there before it was proposed, and its rung is that of the day', async (test, t) => {
  const { id } = await propose(test, { kind: 'suspension' })
  goTo(test, '2026-12-07')
  await decide(test, id, { outcome: 'mitigated', mitigatedTo: 'reminder' })
  const on = async (day: string) =>
    (await readMeasures(test.registry, test.as('member'), measuresQuery.parse({ on: day }))).items.map(
      ({ state, decidedKind }) => `${state} ${decidedKind}`,
    )
  t.same(await on('2026-11-19'), [])
  t.same(await on('2026-12-05'), ['to_decide suspension'])
  t.same(await on('2026-12-07'), ['in_force reminder'])
})

story('the standing follows the decision, and comes back when the rectification is passed', async (test, t) => {
  const id = await decided(test, { kind: 'rectification', planDueOn: '2027-01-31' })
  t.equal(await standing(test), 'rectifying')
  t.equal(await standing(test, '2026-11-19'), 'admitted', 'the days before stay what they were')
  const { items } = await readEligibility(
    test.registry,
    test.as('secretariat'),
    eligibilityQuery.parse({ family: 'manufacturing' }),
  )
  t.match(items.find(({ memberId }) => memberId === test.memberIds.a)?.reasons, [{ code: 'member_not_eligible' }])
  t.equal((await post(test, bodyOf('1'))).answer.outcome, 'recorded', 'it may go on issuing')
  goTo(test, '2027-01-15')
  t.match(await conclude(test, id, 'passed'), { state: 'concluded' })
  t.equal(await standing(test), 'admitted')
  t.match((await readMember(test.registry, test.as('member'), test.memberIds.a)).standings, [
    { measureId: null },
    { standing: 'rectifying', measureId: id },
    { standing: 'admitted', measureId: id },
  ])
})

story('while it is suspended a body issues nothing; a reversal on appeal restores what was before', async (test, t) => {
  const id = await decided(test, { kind: 'suspension' })
  goTo(test, '2026-11-24')
  const late = bodyOf('1', { decidedOn: '2026-11-23' }, { issuedOn: '2026-11-23', validUntil: '2029-11-22' })
  t.same(await codesOf(post(test, late)), ['member_may_not_issue'])
  t.equal((await post(test, bodyOf('2'))).answer.outcome, 'recorded', 'what was decided before it is taken')
  t.equal((await appeal(test, id)).state, 'under_appeal')
  t.equal(await standing(test), 'suspended', 'an appeal puts nothing off')
  t.equal((await judge(test, id, 'reversed')).state, 'reversed')
  t.equal(await standing(test), 'admitted')
  t.same(await codesOf(post(test, late)), ['member_may_not_issue'], 'what was decided in between stays refused')
  const after = bodyOf('3', { decidedOn: '2026-11-24' }, { issuedOn: '2026-11-24', validUntil: '2029-11-23' })
  t.equal((await post(test, after)).answer.outcome, 'recorded')
})

story('a decision may withdraw a measure, or mitigate it to a lower rung', async (test, t) => {
  const withdrawn = await propose(test, { kind: 'suspension' })
  await reply(test, withdrawn.id)
  t.equal((await decide(test, withdrawn.id, { outcome: 'withdrawn' })).state, 'withdrawn')
  t.equal(await standing(test), 'admitted')
  const { id } = await propose(test, { kind: 'suspension' })
  await reply(test, id)
  const mitigate = (changes: Record<string, unknown>) =>
    refusalsOf(decide(test, id, { outcome: 'mitigated', ...changes }))
  t.same(await mitigate({ mitigatedTo: 'suspension' }), ['not_milder@mitigatedTo'])
  t.same(await mitigate({ mitigatedTo: 'rectification' }), ['field_missing@planDueOn'])
  t.same(await mitigate({ mitigatedTo: 'warning', planDueOn: '2027-01-31' }), ['field_unknown@planDueOn'])
  t.same(await mitigate({ mitigatedTo: 'rectification', planDueOn: '2026-11-20' }), ['plan_not_ahead@planDueOn'])
  const plan = { outcome: 'mitigated', mitigatedTo: 'rectification', planDueOn: '2027-01-31' }
  t.match(await decide(test, id, plan), { decidedKind: 'rectification', state: 'in_force' })
  t.equal(await standing(test), 'rectifying')
})

story('a removal takes two people, and a failed rectification before it', async (test, t) => {
  const order = await decided(test, { kind: 'rectification', planDueOn: '2026-12-31' })
  const removal = { kind: 'removal', ground: 'failed_rectification' }
  t.same(await refusalsOf(propose(test, { ...removal, followsId: order })), ['rectification_not_failed@followsId'])
  t.same(await codesOf(conclude(test, order, 'failed')), ['appeal_window_open', 'plan_not_due'])
  goTo(test, '2027-01-04')
  await conclude(test, order, 'failed')
  t.same(await refusalsOf(propose(test, removal)), ['rectification_not_failed@followsId'], 'it names which')
  t.same(await refusalsOf(propose(test, { kind: 'removal', ground: 'own_request', followsId: order })), [
    'rectification_not_failed@followsId',
  ])
  t.same(await refusalsOf(propose(test, { kind: 'removal', ground: 'approval_revoked' })), [
    'approval_not_revoked@ground',
  ])
  t.notOk(
    measureInput.safeParse({ kind: 'removal', ground: 'conduct', reasons: 'x' }).success,
    'not at the first fault',
  )
  const { id } = await propose(test, { ...removal, followsId: order })
  await reply(test, id)
  t.same(await codesOf(decide(test, id, {}, person(test, 'p'))), ['second_person_needed'])
  await decide(test, id)
  t.equal(await standing(test), 'removed')
  await appeal(test, id)
  t.same(await codesOf(judge(test, id, 'reversed', person(test, 'p'))), ['second_person_needed'])
  t.same(await codesOf(judge(test, id, 'reversed', person(test, 'q'))), ['second_person_needed'])
  t.same(
    await codesOf(judge(test, id, 'reversed', test.as('office'))),
    ['person_expected'],
    'a machine is no second person',
  )
  const office = test.as('office')
  await judge(test, id, 'reversed', { ...office, actor: { ...office.actor, kind: 'person' } })
  t.equal(await standing(test), 'rectifying', 'as it stood before')
})

story('a reversal gives back what another measure has not taken, and a lighter one takes nothing', async (test, t) => {
  const suspension = await decided(test, { kind: 'suspension' })
  const order = await decided(test, { kind: 'rectification', planDueOn: '2027-01-31' })
  t.equal(await standing(test), 'suspended', 'an order beside a suspension does not lift it')
  await appeal(test, suspension)
  goTo(test, '2026-11-23')
  await judge(test, suspension, 'reversed')
  t.equal(await standing(test), 'rectifying', 'the order still weighs')
  goTo(test, '2026-11-24')
  await conclude(test, order, 'passed')
  t.equal(await standing(test), 'admitted')
})

story('the database itself keeps the second person, the one appeal and what was judged', async (test, t) => {
  const { id } = await propose(test, { kind: 'removal', ground: 'own_request' })
  const insert = (step: string, by: string, outcome: string | null, appealUntil: string | null) =>
    test.registry.db.execute(sql`insert into measure_steps
      (id, measure_id, step, on_day, outcome, appeal_until_on, words, recorded_at, recorded_by, recorded_by_name)
      values (gen_random_uuid(), ${id}, ${step}, '2026-11-20', ${outcome}, ${appealUntil}, 'x', now(), ${by}, 'x')`)
  const refused = async (work: Promise<unknown>) => {
    const error = (await work.catch((error: unknown) => error)) as { cause?: { message?: string } }
    return error.cause?.message ?? 'done'
  }
  t.match(await refused(insert('decision', 'person-p', 'confirmed', '2026-12-04')), /takes two people/)
  t.match(await refused(insert('decision', 'person-q', null, '2026-12-04')), /measure_steps_outcome/)
  await insert('decision', 'person-q', 'confirmed', '2026-12-04')
  await insert('appeal', 'm', null, null)
  t.match(await refused(insert('appeal', 'm', null, null)), /measure_steps_once/)
  t.match(await refused(insert('appeal_decision', 'person-q', 'upheld', null)), /another person/)
  t.match(await refused(insert('appeal_decision', 'person-p', 'upheld', null)), /another person/)
  for (const change of [sql`update measures set reasons = 'y'`, sql`delete from measure_steps`])
    t.match(await refused(test.registry.db.execute(change)), /append-only|permission denied/)
})

story('of two decisions at once one is made, and a proposal under one key is made once', async (test, t) => {
  const { id } = await propose(test, { kind: 'suspension' })
  await reply(test, id)
  const { done, refused } = await race([decide(test, id), decide(test, id, { outcome: 'withdrawn' }), decide(test, id)])
  t.equal(done.length, 1)
  t.same(refused, [['measure_step_not_possible'], ['measure_step_not_possible']])
  const keyed = await race(['k', 'k'].map((key) => propose(test, {}, person(test, 'p'), key)))
  t.equal(new Set(keyed.done.map((each) => each.id)).size, 1)
})

story('foreign measures are not there, and each step is for its role', async (test, t) => {
  const { id } = await propose(test)
  const before = await countRows(test.registry)
  t.same(await codesOf(reply(test, id, test.as('member', 'b'))), ['not_found'])
  t.same(await codesOf(readMeasure(test.registry, test.as('member', 'b'), id)), ['not_found'])
  t.same(await codesOf(reply(test, id, test.as('secretariat'))), ['forbidden'])
  t.same(await codesOf(propose(test, {}, test.as('member'))), ['forbidden'])
  t.same(await codesOf(decide(test, id, {}, test.as('regulator'))), ['forbidden'])
  t.same(await codesOf(propose(test, { obligationIds: ['01958d5e-0000-7000-8000-000000000000'] })), ['not_found'])
  t.same(await codesOf(propose(test, { kind: 'rectification', planDueOn: '2026-11-20' })), ['plan_not_ahead'])
  t.same(await codesOf(decide(test, id)), ['reply_window_open'])
  t.same(await countRows(test.registry), before)
  const list = (as: Context, query = {}) => readMeasures(test.registry, as, measuresQuery.parse(query))
  t.equal((await list(test.as('member'))).items.length, 1)
  t.equal((await list(test.as('member', 'b'))).items.length, 0)
  t.equal((await list(test.as('regulator'), { kind: 'removal' })).items.length, 0)
  t.equal((await list(test.as('office'), { on: '2026-12-05' })).items[0]?.state, 'to_decide')
  t.equal((await countAskedMeasures(test.registry, test.as('office'), measuresQuery.parse({}))).count, 1)
})

story('the windows are data with versions that never reach back', async (test, t) => {
  const rule = { effectiveOn: '2026-11-23', replyWorkingDays: 15, appealWorkingDays: 5, clause: '示例' }
  const add = (changes = {}, as = test.as('administrator')) =>
    addLadderRule(test.registry, as, ladderInput.parse({ ...rule, ...changes }))
  t.same(await codesOf(add({}, test.as('secretariat'))), ['forbidden'])
  t.same(await refusalsOf(add({ effectiveOn: '2026-11-19' })), ['rule_backdated@effectiveOn'])
  t.same(await add(), { version: 2 })
  t.equal((await listLadderRules(test.registry)).items.length, 2)
  t.equal((await propose(test)).replyUntilOn, '2026-12-04', 'today still by the first')
  goTo(test, '2026-11-23')
  t.equal((await propose(test)).replyUntilOn, '2026-12-14')
})

story(
  'a body is admitted once every check has passed, and any other standing comes from a measure',
  async (test, t) => {
    const secretariat = test.as('secretariat')
    const input = { name: '示例丁认证中心', approvalNumber: 'CNCA-R-2099-904', creditCode: '91320100MA0XX00154' }
    const { id } = await registerMember(test.registry, secretariat, memberInput.parse(input))
    goTo(test, '2026-11-23')
    const move = (standing: string, fromOn = '2026-11-23') =>
      refusalsOf(
        changeStanding(
          test.registry,
          secretariatOn(test),
          id,
          standingInput.parse({ standing, fromOn, reason: '示例', decidedBy: '示例' }),
        ),
      )
    t.same(await move('admitted'), ['application_needed@standing'])
    await apply(test, id)
    t.same(await move('admitted'), ['admission_incomplete@standing'])
    const check = (name: string, outcome: string, as = test.as('secretariat')) =>
      recordAdmissionCheck(test.registry, as, id, admissionCheckInput.parse({ check: name, outcome, note: '示例' }))
    for (const name of admissionChecks) await check(name, name === 'staff' ? 'failed' : 'passed')
    t.same((await readAdmissionChecks(test.registry, test.as('regulator'), id)).missing, ['staff'])
    t.same(await move('admitted'), ['admission_incomplete@standing'])
    t.same(await codesOf(check('staff', 'passed', test.as('member'))), ['forbidden'])
    await check('staff', 'passed')
    t.same(await move('admitted'), ['admission_without_scope@standing'])
    await scoped(test, id)
    goTo(test, '2026-11-24')
    await check('approval', 'passed')
    t.same(await move('admitted'), ['admission_before_checks@fromOn'], 'dated before the last of its checks')
    t.same(await move('admitted', '2026-11-24'), [])
    t.same(await move('suspended', '2026-11-24'), ['measure_needed@standing'])
    t.same(await codesOf(readAdmissionChecks(test.registry, test.as('member'), id)), ['not_found'])
  },
)

const secretariatOn = (test: TestRegistry) => test.as('secretariat')

story(
  'from the day on which its approval is revoked a body issues nothing and its certificates prove nothing',
  async (test, t) => {
    const { certificate } = await posted(test, bodyOf('1'))
    const verify = (on: string) =>
      verifyCertificate(test.registry, { number: certificate?.number ?? '', member: undefined, on: plainDate(on) })
    const revoke = (revokedOn: string, as = test.as('regulator')) =>
      recordRevocation(test.registry, as, test.memberIds.a, { revokedOn: plainDate(revokedOn), ground: '示例文号' })
    t.same(await codesOf(revoke('2026-11-21')), ['day_in_future'])
    t.same(await codesOf(revoke('2026-11-18', test.as('office'))), ['forbidden'])
    await revoke('2026-11-18')
    t.same(await codesOf(revoke('2026-11-18')), ['approval_revoked_already'])
    t.match(await verify('2026-11-17'), { outcome: 'valid' })
    t.match(await verify('2026-11-18'), {
      outcome: 'not_valid',
      certificates: [{ state: 'approval_revoked', since: '2026-11-18', member: { leftOn: null } }],
    })
    t.same(await codesOf(post(test, bodyOf('2', { decidedOn: '2026-11-18' }, { issuedOn: '2026-11-18' }))), [
      'approval_revoked',
    ])
    const { id } = await propose(test, { kind: 'removal', ground: 'approval_revoked' })
    await reply(test, id)
    await decide(test, id)
    t.match(await verify('2026-11-20'), { certificates: [{ member: { leftOn: '2026-11-20' } }] })
    const lift = () =>
      recordLifting(test.registry, test.as('regulator'), test.memberIds.a, { ground: '示例：复议撤销' })
    await lift()
    t.same(await codesOf(lift()), ['approval_not_revoked'])
    t.match(
      await verify('2026-11-20'),
      { outcome: 'valid', certificates: [{ state: 'valid' }] },
      'it verifies, though the body has left',
    )
  },
)
