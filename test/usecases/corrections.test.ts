import t from 'tap'
import { readCertificate } from '../../src/usecases/certificates/read-certificates.ts'
import type { Context } from '../../src/usecases/context.ts'
import { correctionInput, correctResult } from '../../src/usecases/results/correct-result.ts'
import { approvalInput, decideCorrection } from '../../src/usecases/results/decide-correction.ts'
import { readResult, readResults, resultsQuery } from '../../src/usecases/results/read-results.ts'
import { actionsOf, bodyOf, codesOf, posted, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { act, correct, dues, refusedBody } from '../support/results.ts'
import type { TestRegistry } from '../support/services.ts'

/** Friday 2026-11-20, ten o'clock in Shanghai. What was decided on 2026-11-16 is due on 2026-11-25. */
const now = '2026-11-20T02:00:00Z'
const afterTheDueDay = '2026-11-26T02:00:00Z'
const unknownId = '01958d5e-0000-7000-8000-000000000000'

const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const decide = (
  test: TestRegistry,
  id: string,
  verdict: 'approved' | 'rejected',
  as: Context = test.as('secretariat'),
) => decideCorrection(test.registry, as, id, approvalInput.parse({ verdict, note: '已核' }))

// ---- Corrections (R2, R4a)

story('until the due day a decision day is corrected without approval, and its clocks follow', async (test, t) => {
  const first = await posted(test, bodyOf('1'))
  test.clock.set('2026-11-25T15:59:00Z')
  const answer = await correct(test, first.result.id, { decidedOn: '2026-11-17' })
  t.match(answer.result, {
    revision: 2,
    approval: 'not_needed',
    decidedOn: '2026-11-17',
    effectiveDecidedOn: '2026-11-17',
    supersedesId: first.result.id,
  })
  t.equal(answer.supersedes.id, first.result.id)
  t.same(dues(answer), {
    report_to_cnca: '2026-11-26 due_soon',
    feed_back: '2026-11-26 met_on_time',
    surveillance: '2027-11-17 open',
  })
  t.match(answer.certificate, { decidedOn: '2026-11-17', version: 2 })
  for (const duty of ['report_to_cnca', 'feed_back']) {
    const { id = '' } = answer.obligations.find((one) => one.duty === duty) ?? {}
    t.ok(
      (await actionsOf(test.registry, 'obligation', id)).includes('obligation.recounted'),
      `${duty} was recounted with an event`,
    )
  }
  t.same(await actionsOf(test.registry, 'result', first.result.id), ['result.posted', 'result.corrected'])
})

story('after the due day a moved decision day waits, and the earlier one counts', async (test, t) => {
  const table: [name: string, to: string, counts: string, dueOn: string][] = [
    ['1', '2026-11-17', '2026-11-16', '2026-11-25'],
    ['2', '2026-11-13', '2026-11-13', '2026-11-24'],
  ]
  for (const [name, to, counts, dueOn] of table) {
    test.clock.set(now)
    const first = await posted(test, bodyOf(name))
    test.clock.set(afterTheDueDay)
    const answer = await correct(test, first.result.id, { decidedOn: to })
    t.match(
      answer.result,
      { approval: 'pending', decidedOn: to, effectiveDecidedOn: counts },
      `to ${to}: ${counts} counts`,
    )
    t.equal(dues(answer).report_to_cnca, `${dueOn} overdue`)
    t.same(
      await codesOf(correct(test, answer.result.id, { reasonText: '再次' })),
      ['correction_pending'],
      'nothing else is corrected meanwhile',
    )
  }
  const waiting = await readResults(test.registry, test.as('secretariat'), resultsQuery.parse({ approval: 'pending' }))
  t.same(waiting.items.map(({ memberReference }) => memberReference).sort(), ['R-1', 'R-2'])
})

story('approved, the stated day counts; rejected, the earlier one stays', async (test, t) => {
  const first = [await posted(test, bodyOf('1')), await posted(test, bodyOf('2'))] as const
  test.clock.set(afterTheDueDay)
  const pending = [
    await correct(test, first[0].result.id, { decidedOn: '2026-11-17' }),
    await correct(test, first[1].result.id, { decidedOn: '2026-11-17' }),
  ] as const
  const approved = await decide(test, pending[0].result.id, 'approved')
  t.match(approved.result, { approval: 'approved', effectiveDecidedOn: '2026-11-17', approvalNote: '已核' })
  t.equal(dues(approved).report_to_cnca, '2026-11-26 due_soon')
  t.equal(approved.certificate?.decidedOn, '2026-11-17')
  const rejected = await decide(test, pending[1].result.id, 'rejected')
  t.match(rejected.result, { approval: 'rejected', decidedOn: '2026-11-17', effectiveDecidedOn: '2026-11-16' })
  t.equal(dues(rejected).report_to_cnca, '2026-11-25 overdue')
  t.equal(rejected.certificate?.decidedOn, '2026-11-16')
  t.same(await actionsOf(test.registry, 'result', first[0].result.id), [
    'result.posted',
    'result.corrected',
    'correction.approved',
  ])
  t.same(await actionsOf(test.registry, 'result', first[1].result.id), [
    'result.posted',
    'result.corrected',
    'correction.rejected',
  ])

  const text = await correct(test, rejected.result.id, { reasonText: '补充说明' })
  t.match(
    text.result,
    { approval: 'not_needed', effectiveDecidedOn: '2026-11-16' },
    'what was rejected is not asked for again',
  )
})

story('moving the day in steps doesn’t move the due day from which approval is needed', async (test, t) => {
  const first = await posted(test, bodyOf('1', {}, { issuedOn: '2026-11-20' }))
  const second = await correct(test, first.result.id, { decidedOn: '2026-11-20' })
  t.match(second, { result: { approval: 'not_needed' } })
  t.equal(dues(second).report_to_cnca, '2026-12-01 open')
  test.clock.set('2026-11-26T02:00:00Z')
  const third = await correct(test, second.result.id, { decidedOn: '2026-11-19' })
  t.match(third.result, { approval: 'pending', effectiveDecidedOn: '2026-11-19' }, 'the first due day was 2026-11-25')
})

story('a correction decides only what waits', async (test, t) => {
  const first = await posted(test, bodyOf('1'))
  t.same(await codesOf(decide(test, first.result.id, 'approved')), ['correction_not_pending'])
  t.same(await refusalsOf(decide(test, unknownId, 'approved')), ['not_found@id'])
  test.clock.set(afterTheDueDay)
  const pending = await correct(test, first.result.id, { decidedOn: '2026-11-17' })
  for (const role of ['member', 'regulator', 'administrator'] as const) {
    t.same(await codesOf(decide(test, pending.result.id, 'approved', test.as(role))), ['forbidden'], role)
  }
  const { done, refused } = await race([
    decide(test, pending.result.id, 'approved'),
    decide(test, pending.result.id, 'rejected'),
  ])
  t.equal(done.length, 1)
  t.same(refused, [['correction_not_pending']], 'of two decisions at once, one is taken')
})

story('only the latest revision is corrected, and of two corrections at once one is made', async (test, t) => {
  const first = await posted(test, bodyOf('1'))
  const second = await correct(test, first.result.id, { reasonText: '一' })
  t.same(await codesOf(correct(test, first.result.id, { reasonText: '二' })), ['result_superseded'])
  const { done, refused } = await race([
    correct(test, second.result.id, { reasonText: '三' }),
    correct(test, second.result.id, { reasonText: '四' }),
  ])
  t.equal(done.length, 1)
  t.same(refused, [['result_superseded']])
  const { revisions } = await readResult(test.registry, test.as('member'), first.result.id)
  t.same(
    revisions.map(({ revision, supersededAt }) => [revision, supersededAt === null]),
    [
      [1, false],
      [2, false],
      [3, true],
    ],
  )
})

story('a correction under a key is made once', async (test, t) => {
  const first = await posted(test, bodyOf('1'))
  const input = correctionInput.parse({ explanation: '笔误', reasonText: '一' })
  const correction = () => correctResult(test.registry, test.as('member'), first.result.id, input, 'k-1')
  const { done } = await race([correction(), correction(), correction()])
  t.equal(done.length, 3)
  t.equal(new Set(done.map(({ answer }) => JSON.stringify(answer))).size, 1)
  t.equal((await readResult(test.registry, test.as('member'), first.result.id)).revision, 2)
})

story('a corrected certificate keeps the version that stood before', async (test, t) => {
  const first = await posted(test, bodyOf('1'))
  const certificate = {
    ...(bodyOf('1').certificate as object),
    number: 'SL-1A',
    product: { name: '示例数控铣床', models: ['SL-101'] },
    validUntil: '2029-11-17',
  }
  const answer = await correct(test, first.result.id, { certificate })
  t.match(answer.certificate, {
    id: first.certificate?.id,
    version: 2,
    number: 'SL-1A',
    productName: '示例数控铣床',
    validUntil: '2029-11-17',
    decidedOn: '2026-11-16',
  })
  t.equal(answer.result.productName, '示例数控铣床')
  const read = await readCertificate(test.registry, test.as('member'), first.certificate?.id ?? '')
  t.match(read.earlierVersions, [{ version: 1, number: 'SL-1', validUntil: '2029-11-16', cause: 'correct' }])
  t.equal(read.earlierVersions.length, 1)
  t.equal(dues(answer).report_to_cnca, '2026-11-25 open', 'no clock moves')
})

story('a correction is refused for each of these reasons', async (test, t) => {
  const first = await posted(test, bodyOf('1'))
  await posted(test, bodyOf('2'))
  const refusal = await posted(test, refusedBody('3'))
  const ended = await posted(test, bodyOf('4'))
  await act(test, ended.certificate?.id ?? '', { action: 'withdraw', on: '2026-11-18', reasonCode: 'fraud' })
  const reads = (changes: Record<string, unknown>) => ({
    certificate: { ...(bodyOf('1').certificate as object), ...changes },
  })
  const table: [story: string, id: string, input: Record<string, unknown>, problems: string[]][] = [
    ['a day in the future', first.result.id, { decidedOn: '2026-11-21' }, ['day_in_future@decidedOn']],
    [
      'a day after the issue',
      first.result.id,
      { decidedOn: '2026-11-18' },
      ['decided_after_issue@decidedOn', 'valid_before_decision@decidedOn'],
    ],
    [
      'a day before the admission',
      first.result.id,
      { decidedOn: '2024-01-01' },
      ['decided_before_admission@decidedOn', 'scope_missing@family'],
    ],
    ['a reason of another kind', first.result.id, { reasonCode: 'fraud' }, ['reason_code_unknown@reasonCode']],
    ['a certificate for a refusal', refusal.result.id, reads({}), ['certificate_not_expected@certificate']],
    ['a certificate that ended', ended.result.id, reads({}), ['move_not_allowed@certificate']],
    [
      'an issue in the future',
      first.result.id,
      reads({ issuedOn: '2026-11-21' }),
      ['day_in_future@certificate.issuedOn'],
    ],
    [
      'a validity reversed',
      first.result.id,
      reads({ validUntil: '2026-11-16' }),
      ['validity_reversed@certificate.validUntil'],
    ],
    [
      'a validity too long',
      first.result.id,
      reads({ validUntil: '2030-11-16' }),
      ['validity_too_long@certificate.validUntil'],
    ],
    [
      'a number that was used',
      first.result.id,
      reads({ number: 'SL-2' }),
      ['certificate_number_used@certificate.number'],
    ],
    ['no such result', unknownId, { reasonText: '一' }, ['not_found@id']],
  ]
  for (const [story, id, input, problems] of table) t.same(await refusalsOf(correct(test, id, input)), problems, story)
  t.same(
    await refusalsOf(correct(test, first.result.id, { reasonText: '一' }, test.as('member', 'b'))),
    ['not_found@id'],
    'of another member',
  )
  t.same(await codesOf(correct(test, first.result.id, { reasonText: '一' }, test.as('regulator'))), ['forbidden'])
  t.notOk(correctionInput.safeParse({ explanation: '笔误' }).success, 'and one that corrects nothing is no correction')
})

story(
  'a refusal’s reason is corrected; and after a correction the first body still names the same result',
  async (test, t) => {
    const first = await posted(test, bodyOf('1'))
    const corrected = await correct(test, first.result.id, { decidedOn: '2026-11-17' })
    t.match(await posted(test, bodyOf('1')), {
      outcome: 'already_recorded',
      result: { id: corrected.result.id, rootId: first.result.id },
    })

    const refusal = await posted(test, refusedBody('7'))
    const changed = await correct(test, refusal.result.id, { reasonCode: 'standard_not_met' })
    t.match(changed, { certificate: null, result: { reasonCode: 'standard_not_met', revision: 2 } })
  },
)
