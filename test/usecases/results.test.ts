import postgres from 'postgres'
import t from 'tap'
import { usualValidUntil } from '../../src/domain/certificate.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { newId } from '../../src/ids.ts'
import { findCertificate, insertCertificate } from '../../src/store/certificates.ts'
import { findEnterpriseByCode } from '../../src/store/enterprises.ts'
import { obligationsOf } from '../../src/store/obligations.ts'
import { assign, assignmentInput } from '../../src/usecases/assignments/manage-assignments.ts'
import { readCertificate } from '../../src/usecases/certificates/read-certificates.ts'
import { registerEnterprise } from '../../src/usecases/enterprises/manage-enterprises.ts'
import { enterpriseInput } from '../../src/usecases/enterprises/resolve-enterprise.ts'
import {
  changeMember,
  changeStanding,
  closeScope,
  memberChanges,
  standingInput,
} from '../../src/usecases/members/manage-members.ts'
import { readMember } from '../../src/usecases/members/read-members.ts'
import { readObligation } from '../../src/usecases/obligations/read-obligations.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { keepAttempt } from '../../src/usecases/results/keep-attempt.ts'
import { postResult } from '../../src/usecases/results/post-result.ts'
import {
  attemptsQuery,
  readAttempts,
  readResult,
  readResults,
  resultsQuery,
} from '../../src/usecases/results/read-results.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'
import { addScheme, schemeInput } from '../../src/usecases/schemes/manage-schemes.ts'
import {
  actionsOf,
  bodyOf,
  codesOf,
  countRows,
  post,
  posted,
  problemsOf,
  race,
  refusalsOf,
  storiesOn,
} from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import {
  acceptedAssignment,
  act,
  assignmentBody,
  correct,
  dues,
  newcomer,
  otherFirm,
  refusedBody,
  remarks,
} from '../support/results.ts'
import { newRegistry, resultBody, type TestRegistry } from '../support/services.ts'

const afterTheDueDay = '2026-11-26T02:00:00Z'
const unknownId = '01958d5e-0000-7000-8000-000000000000'

/** Friday 2026-11-20, ten o'clock in Shanghai. What was decided on 2026-11-16 is due on 2026-11-25. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

// ---- What a post brings (N4, R2, R3, R4)

t.test('a posted result issues a certificate and opens what follows from it', async (t) => {
  const test = await newRegistry(server)
  t.teardown(() => test.close())
  const answer = await posted(test, resultBody())
  t.equal(answer.outcome, 'recorded')
  t.match(answer.certificate, {
    state: 'valid',
    number: 'SL-2026-0001',
    version: 1,
    holderName: '示例精密机械有限公司',
  })
  t.same(dues(answer), {
    report_to_cnca: '2026-11-25 open',
    feed_back: '2026-11-25 met_on_time',
    surveillance: '2027-11-16 open',
  })
  t.same(remarks(answer), ['no_assignment'])
  const feedback = answer.obligations.find(({ duty }) => duty === 'feed_back')
  const { receipts } = await readObligation(test.registry, test.as('member'), feedback?.id ?? '')
  t.same(
    receipts.map(({ id, reportedOn }) => [id, reportedOn]),
    [[answer.receiptId, '2026-11-20']],
    'posting the full result is the feedback',
  )
  t.same(await actionsOf(test.registry, 'result', answer.result.id), ['result.posted'])
  t.same(await actionsOf(test.registry, 'certificate', answer.certificate?.id ?? ''), ['certificate.issued'])
})

story('the due day is explained day by day, and a post after it is recorded as late', async (test, t) => {
  const answer = await posted(test, resultBody())
  const report = answer.obligations.find(({ duty }) => duty === 'report_to_cnca')
  t.same(
    report?.explanation.counted.map(({ on }) => on.slice(5)),
    ['11-17', '11-18', '11-19', '11-20', '11-23', '11-24', '11-25'],
  )
  t.same(
    report?.explanation.skipped.map(({ on, kind }) => `${on.slice(5)} ${kind}`),
    ['11-21 weekend', '11-22 weekend'],
  )
  t.match(report, { provisional: false, ruleVersion: 1, calendarVersion: 1 })

  test.clock.set('2026-11-29T02:00:00Z')
  const late = await posted(test, bodyOf('late'))
  t.same(dues(late), {
    report_to_cnca: '2026-11-25 overdue',
    feed_back: '2026-11-25 met_late',
    surveillance: '2027-11-16 open',
  })
  const lateFeedback = late.obligations.find(({ duty }) => duty === 'feed_back')
  t.same(lateFeedback?.lateness, { calendarDays: 4, workingDays: 2 })
})

story(
  'a renewal names its certificate by id, may count from the old end, and takes surveillance over',
  async (test, t) => {
    const old = await posted(test, bodyOf('1'))
    const renewal = await posted(
      test,
      bodyOf(
        '2',
        { kind: 'renew', decidedOn: '2026-11-18', earlierCertificateId: old.certificate?.id },
        { issuedOn: '2026-11-19', validUntil: '2032-11-16' },
      ),
    )
    t.match(renewal.certificate, { renewsId: old.certificate?.id, validFrom: '2026-11-19', validUntil: '2032-11-16' })
    t.same(remarks(renewal), ['no_assignment'], 'the old end and three years is usual')
    t.equal(dues(renewal).surveillance, '2027-11-18 open')
    const before = await readCertificate(test.registry, test.as('member'), old.certificate?.id ?? '')
    t.equal(before.renewedById, renewal.certificate?.id)
    t.same(
      before.events.map(({ action, onDay, toCertificateId }) => [action, onDay, toCertificateId]),
      [['renew', '2026-11-18', renewal.certificate?.id]],
    )
    t.equal(before.obligations.find(({ duty }) => duty === 'surveillance')?.state, 'waived')
    t.same(
      await codesOf(
        post(
          test,
          bodyOf(
            '3',
            { kind: 'renew', decidedOn: '2026-11-18', earlierCertificateId: old.certificate?.id },
            { issuedOn: '2026-11-20' },
          ),
        ),
      ),
      ['certificate_already_renewed'],
    )
  },
)

story('a renewal names its certificate by number, however it is written, or by carrying it on', async (test, t) => {
  const old = await posted(test, bodyOf('1'))
  const renewal = await posted(
    test,
    bodyOf(
      '2',
      { kind: 'renew', decidedOn: '2026-11-18', earlierCertificateNumber: ' ｓｌ—1 ' },
      { issuedOn: '2026-11-19' },
    ),
  )
  t.equal(renewal.certificate?.renewsId, old.certificate?.id)

  const other = await posted(test, bodyOf('5'))
  const same = await posted(
    test,
    bodyOf('5', { memberReference: 'R-6', kind: 'renew', decidedOn: '2026-11-18' }, { issuedOn: '2026-11-19' }),
  )
  t.match(same.certificate, { renewsId: other.certificate?.id, number: 'SL-5', validFrom: '2026-11-19' })
})

story('the same number with a new period is linked as a renewal', async (test, t) => {
  const old = await posted(test, bodyOf('1'))
  const next = await posted(
    test,
    bodyOf(
      '1',
      { memberReference: 'R-2', decidedOn: '2026-11-18' },
      { issuedOn: '2026-11-19', validUntil: '2029-11-18' },
    ),
  )
  t.equal(next.certificate?.renewsId, old.certificate?.id)
  const foreign = await posted(test, bodyOf('1', { memberReference: 'R-1' }), test.as('member', 'b'))
  t.equal(foreign.certificate?.renewsId, null, 'another member may use the number, which links nothing')
  t.same(
    await refusalsOf(post(test, bodyOf('1', { memberReference: 'R-3' }))),
    ['certificate_number_used@certificate.number'],
    'the same number with the same first day is refused',
  )
})

story('a supplement widens a certificate in its next version, and opens no surveillance', async (test, t) => {
  const old = await posted(test, bodyOf('1'))
  const wider = await posted(
    test,
    bodyOf(
      '1',
      {
        memberReference: 'R-2',
        kind: 'supplement',
        decidedOn: '2026-11-18',
        reasonCode: 'models_added',
        earlierCertificateId: old.certificate?.id,
      },
      { issuedOn: '2026-11-18', product: { name: '示例数控车床', models: ['SL-100', 'SL-200'] } },
    ),
  )
  t.match(wider.certificate, {
    id: old.certificate?.id,
    number: 'SL-1',
    version: 2,
    validFrom: '2026-11-17',
    validUntil: '2029-11-16',
    content: { product: { models: ['SL-100', 'SL-200'] } },
  })
  t.same(dues(wider), { report_to_cnca: '2026-11-27 open', feed_back: '2026-11-27 met_on_time' })
  const kept = await readCertificate(test.registry, test.as('member'), old.certificate?.id ?? '')
  t.same(
    kept.earlierVersions.map(({ version, cause, content }) => [version, cause, content.product.models]),
    [[1, 'supplement', ['SL-100']]],
  )
  t.same(
    kept.events.map(({ action, onDay }) => `${action} ${onDay}`),
    ['supplement 2026-11-18'],
  )
})

story('a supplement with another number or period is refused, all at once', async (test, t) => {
  await posted(test, bodyOf('1'))
  const wanted = { memberReference: 'R-2', kind: 'supplement', decidedOn: '2026-11-18', reasonCode: 'models_added' }
  const table: [story: string, certificate: Record<string, unknown>, problems: string[]][] = [
    [
      'another last day',
      { issuedOn: '2026-11-18', validUntil: '2029-11-17' },
      ['certificate_differs@certificate.validUntil'],
    ],
    [
      'another first day',
      { issuedOn: '2026-11-18', validFrom: '2026-11-19' },
      ['certificate_differs@certificate.validFrom'],
    ],
    ['another number', { issuedOn: '2026-11-18', number: 'SL-9' }, ['certificate_differs@certificate.number']],
    [
      'everything',
      { issuedOn: '2026-11-18', number: 'SL-9', validFrom: '2026-11-19', validUntil: '2030-01-01' },
      [
        'certificate_differs@certificate.number',
        'certificate_differs@certificate.validFrom',
        'certificate_differs@certificate.validUntil',
      ],
    ],
  ]
  for (const [story, certificate, problems] of table) {
    const body = bodyOf('1', { ...wanted, earlierCertificateNumber: 'SL-1' }, certificate)
    t.same(await refusalsOf(post(test, body)), problems, story)
  }
})

story('a refusal is a result: kept and reported, without a certificate', async (test, t) => {
  const answer = await posted(test, refusedBody('1'))
  t.match(answer.result, {
    kind: 'refuse',
    certificateId: null,
    reasonCode: 'test_failed',
    productName: '示例数控车床',
  })
  t.equal(answer.certificate, null)
  t.same(dues(answer), { report_to_cnca: '2026-11-25 open', feed_back: '2026-11-25 met_on_time' })
  t.same(await codesOf(post(test, refusedBody('2', { reasonCode: undefined }))), ['reason_code_missing'])
  t.same(await codesOf(post(test, bodyOf('3', { kind: 'refuse', reasonCode: 'test_failed' }))), [
    'certificate_not_expected',
  ])
})

story('a service certificate owes the monthly report by the 10th, a product none', async (test, t) => {
  const service = await posted(test, bodyOf('1', { family: 'services', industryCode: '6110' }))
  t.equal(dues(service).report_monthly, '2026-12-10 open')
  t.notOk('report_monthly' in dues(await posted(test, bodyOf('2'))))
  const refusal = await posted(test, refusedBody('3', { family: 'services', industryCode: '6110' }))
  t.notOk('report_monthly' in dues(refusal), 'nor does a refused service')
})

story('a post meets the outcome that an accepted assignment owes', async (test, t) => {
  const assignmentId = await acceptedAssignment(test)
  const answer = await posted(test, bodyOf('1', { assignmentId }))
  t.same(remarks(answer), [])
  const owed = (await obligationsOf(test.registry.db, { assignmentId })).filter(({ duty }) => duty === 'post_outcome')
  t.same(
    owed.map(({ duty, metOn }) => [duty, metOn]),
    [['post_outcome', '2026-11-20']],
  )
  t.same(await actionsOf(test.registry, 'obligation', owed[0]?.id ?? ''), ['obligation.opened', 'obligation.met'])
})

story('a certificate of the opening balance owes nothing, and may be renewed', async (test, t) => {
  const { memberIds, registry } = test
  const { id: enterpriseId } = await registerEnterprise(
    registry,
    test.as('secretariat'),
    enterpriseInput.parse(resultBody().enterprise),
  )
  const historical = await insertCertificate(registry.db, {
    ...historicalFacts(test, enterpriseId),
    memberId: memberIds.a,
  })
  t.same(await obligationsOf(registry.db, { certificateId: historical.id }), [])
  const renewal = await posted(
    test,
    bodyOf('1', { kind: 'renew', earlierCertificateNumber: 'OLD-1' }, { validUntil: '2029-09-30' }),
  )
  t.equal(renewal.certificate?.renewsId, historical.id)
  t.same(remarks(renewal), ['no_assignment'], 'it may count from the end of the old cycle')
})

function historicalFacts(test: TestRegistry, enterpriseId: string) {
  const at = test.clock.now()
  return {
    id: newId(at),
    schemeCode: 'jiangsu-premium',
    enterpriseId,
    number: 'OLD-1',
    holderName: '示例精密机械有限公司',
    productName: '示例数控车床',
    content: {
      numberAsPrinted: 'OLD-1',
      issuingBody: '示例甲认证中心',
      client: { name: '示例精密机械有限公司', address: null },
      product: { name: '示例数控车床', models: [], trademark: null, maker: null, makerAddress: null },
      factory: { name: null, address: null },
      standards: [],
      requirements: null,
      certificationMode: null,
      further: {},
    },
    validFrom: plainDate('2023-10-01'),
    validUntil: plainDate('2026-09-30'),
    version: 1,
    origin: 'historical' as const,
    recordedAt: at,
    versionRecordedAt: at,
  }
}

// ---- Remarks

story('another name for a registered code is remarked on; only the secretariat’s post changes it', async (test, t) => {
  const first = await posted(test, bodyOf('1'))
  const { creditCode } = resultBody().enterprise as { creditCode: string }
  const named = (name: string, on: string, changes: Record<string, unknown> = {}) => {
    const enterprise = { creditCode, name: `示例精密机械${name}有限公司`, cityCode: '320100' }
    return bodyOf(
      `${name}-${on}`,
      { enterprise, decidedOn: on, ...changes },
      { issuedOn: on, validUntil: usualValidUntil(plainDate(on), 36) },
    )
  }
  const registered = async () => (await findEnterpriseByCode(test.registry.db, creditCode))?.name
  const byMember = await posted(test, named('集团', '2026-11-17'))
  t.same(remarks(byMember), ['enterprise_name_differs', 'no_assignment'])
  t.match(byMember.warnings[0], { values: { registered: '示例精密机械有限公司' } })
  t.equal(byMember.result.enterpriseId, first.result.enterpriseId)
  t.equal(await registered(), '示例精密机械有限公司')

  const bySecretariat = (name: string, on: string) =>
    posted(test, named(name, on, { memberReference: on, memberId: test.memberIds.a }), test.as('secretariat'))
  t.same(remarks(await bySecretariat('股份', '2026-11-18')), ['enterprise_renamed', 'no_assignment'])
  t.equal(await registered(), '示例精密机械股份有限公司')
  await bySecretariat('老', '2026-11-12')
  t.equal(await registered(), '示例精密机械股份有限公司', 'a name of an earlier day is a former name')
  t.same(await actionsOf(test.registry, 'enterprise', first.result.enterpriseId), [
    'enterprise.registered',
    'enterprise.renamed',
    'enterprise.former_name_noted',
  ])
})

story('an unusual validity is recorded with a remark', async (test, t) => {
  const answer = await posted(test, bodyOf('1', {}, { validUntil: '2028-11-16' }))
  t.same(remarks(answer), ['validity_unusual', 'no_assignment'])
  t.match(answer.warnings[0], { values: { expected: '2029-11-16' } })
})

story(
  'a credit code that fails its check is let in by the secretariat on evidence, and stays marked',
  async (test, t) => {
    const good = makeCreditCode('91', '320100', 'MA0XX001')
    const wrong = `${good.slice(0, 17)}${good.endsWith('0') ? '1' : '0'}`
    const body = (name: string, more: Record<string, unknown>) =>
      bodyOf(name, {
        memberId: test.memberIds.a,
        enterprise: { creditCode: wrong, name: '示例早期试点有限公司', cityCode: '320100', ...more },
      })
    const evidence = { creditCodeEvidence: '营业执照照片，早期试点' }
    const at = 'credit_code_check@enterprise.creditCode'
    t.same(await refusalsOf(post(test, body('1', {}), { as: test.as('secretariat') })), [at], 'without evidence')
    t.same(await refusalsOf(post(test, body('1', evidence))), [at], 'by the member')
    const answer = await posted(test, body('1', evidence), test.as('secretariat'))
    t.equal(answer.outcome, 'recorded')
    t.match(await findEnterpriseByCode(test.registry.db, wrong), evidence)
  },
)

story('a credit code of the wrong shape is let in by nobody', async (test, t) => {
  const good = makeCreditCode('91', '320100', 'MA0XX001')
  const table: [creditCode: string, code: string, position: number][] = [
    [good.slice(0, 17), 'credit_code_length', 18],
    [`I${good.slice(1)}`, 'credit_code_character', 1],
    [`91A${good.slice(3)}`, 'credit_code_region', 3],
  ]
  for (const [creditCode, code, position] of table) {
    const enterprise = { creditCode, name: '示例', cityCode: '320100', creditCodeEvidence: '照片' }
    const body = bodyOf('1', { memberId: test.memberIds.a, enterprise })
    const [problem] = await problemsOf(post(test, body, { as: test.as('secretariat') }))
    t.match(problem, { code, path: 'enterprise.creditCode', value: creditCode, values: { position } }, code)
  }
  const organisation = `${good.slice(0, 16)}${good[16] === '0' ? '1' : '0'}${good.slice(17)}`
  t.same(
    await codesOf(
      post(test, bodyOf('1', { enterprise: { creditCode: organisation, name: '示例', cityCode: '320100' } })),
    ),
    ['credit_code_organisation_check'],
  )
})

// ---- Whole or nothing

story('a rehearsal answers what would be, and writes nothing', async (test, t) => {
  const before = await countRows(test.registry)
  const { answer, replayed } = await post(test, resultBody(), { validateOnly: true })
  t.equal(answer.outcome, 'would_be_recorded')
  t.equal(replayed, false)
  t.equal(answer.certificate?.number, 'SL-2026-0001')
  t.equal(answer.obligations.length, 3)
  t.same(await countRows(test.registry), before)
  t.same(await codesOf(post(test, resultBody({}, { validUntil: '2039-01-01' }), { validateOnly: true })), [
    'validity_too_long',
  ])
  t.same(await countRows(test.registry), before, 'nor when it is refused')
  await posted(test, resultBody())
  t.equal((await post(test, resultBody(), { validateOnly: true })).answer.outcome, 'already_recorded')
})

story('a refused post leaves nothing behind, not even the enterprise, and leaves its key free', async (test, t) => {
  const before = await countRows(test.registry)
  const idempotencyKey = 'k-1'
  t.same(await codesOf(post(test, resultBody({}, { validUntil: '2039-01-01' }), { idempotencyKey })), [
    'validity_too_long',
  ])
  t.same(await countRows(test.registry), before)
  const { answer, replayed } = await post(test, resultBody(), { idempotencyKey })
  t.equal(answer.outcome, 'recorded')
  t.equal(replayed, false)
})

story('a post that a constraint keeps out leaves nothing behind either', async (test, t) => {
  const assignmentId = await acceptedAssignment(test)
  await posted(test, bodyOf('1', { assignmentId }))
  const before = await countRows(test.registry)
  t.same(await refusalsOf(post(test, bodyOf('2', { assignmentId }))), ['assignment_has_outcome@assignmentId'])
  t.same(await countRows(test.registry), before)
})

// ---- Once only (idempotency)

story('the same key with the same body answers as the first time, and does nothing', async (test, t) => {
  const idempotencyKey = 'k-1'
  const first = await post(test, resultBody(), { idempotencyKey })
  const rows = await countRows(test.registry)
  test.clock.set(afterTheDueDay)
  const again = await post(test, resultBody(), { idempotencyKey })
  t.equal(again.replayed, true)
  t.equal(JSON.stringify(again.answer), JSON.stringify(first.answer), 'to the letter')
  const reordered = Object.fromEntries(Object.entries(resultBody()).reverse())
  t.equal((await post(test, reordered, { idempotencyKey })).replayed, true, 'the order of the fields plays no part')
  t.same(await countRows(test.registry), rows)
})

story('a key belongs to one body, one operation and one client', async (test, t) => {
  const idempotencyKey = 'k-1'
  const first = (await post(test, resultBody(), { idempotencyKey })).answer
  const reused = ['idempotency_key_reused@Idempotency-Key']
  t.same(await refusalsOf(post(test, bodyOf('2'), { idempotencyKey })), reused, 'another body')
  t.same(
    await refusalsOf(correct(test, first.result.id, { reasonText: '补充' }, test.as('member'), idempotencyKey)),
    reused,
    'another operation',
  )
  const report = first.obligations.find(({ duty }) => duty === 'report_to_cnca')
  const receipt = receiptInput.parse({ reportedOn: '2026-11-20' })
  t.same(
    await refusalsOf(recordReceipt(test.registry, test.as('member'), report?.id ?? '', receipt, idempotencyKey)),
    reused,
    'a receipt',
  )
  const other = await post(test, bodyOf('2'), { idempotencyKey, as: test.as('member', 'b') })
  t.equal(other.replayed, false, 'another client may use it for its own')

  const options = { validateOnly: false, idempotencyKey: undefined }
  const work = postResult(test.registry, test.as('member'), resultInput.parse(resultBody()), options)
  t.same(await refusalsOf(work), ['header_missing@Idempotency-Key'], 'and none is no key')
})

story('the same reference with the same content is the same result, under any key', async (test, t) => {
  const first = await posted(test, resultBody())
  const rows = await countRows(test.registry)
  const again = await posted(test, resultBody())
  t.match(again, { outcome: 'already_recorded', receiptId: first.receiptId, result: { id: first.result.id } })
  t.same(again.obligations.map(({ id }) => id).sort(), first.obligations.map(({ id }) => id).sort())
  t.same(again.warnings, [])
  const { idempotency_keys: keysBefore = 0, ...others } = rows
  t.same(await countRows(test.registry), { ...others, idempotency_keys: keysBefore + 1 }, 'only the key is new')
  t.same(await refusalsOf(post(test, resultBody({ reasonText: '另一内容' }))), [
    'member_reference_used@memberReference',
  ])
  t.same(await refusalsOf(post(test, refusedBody('x', { memberReference: 'R-0001' }))), [
    'member_reference_used@memberReference',
  ])
  const refusal = await posted(test, refusedBody('2'))
  t.match(await posted(test, refusedBody('2')), {
    outcome: 'already_recorded',
    receiptId: refusal.receiptId,
    certificate: null,
  })
})

// ---- At the same moment

story('of eight posts of one key at once, one is done and all get its answer', async (test, t) => {
  const posts = Array.from({ length: 8 }, () => post(test, resultBody(), { idempotencyKey: 'k-1' }))
  const { done, refused } = await race(posts)
  t.same(refused, [])
  t.equal(done.filter(({ replayed }) => !replayed).length, 1)
  t.equal(new Set(done.map(({ answer }) => JSON.stringify(answer))).size, 1)
  t.match(await countRows(test.registry), {
    results: 1,
    certificates: 1,
    enterprises: 1,
    idempotency_keys: 1,
    obligations: 3,
  })
})

story(
  'of eight posts of one reference under eight keys at once, one is recorded and the others meet it',
  async (test, t) => {
    for (let round = 1; round <= 5; round += 1) {
      const { done, refused } = await race(Array.from({ length: 8 }, () => post(test, bodyOf(`${round}`))))
      const outcomes = done.map(({ answer }) => answer.outcome)
      t.equal(outcomes.filter((outcome) => outcome === 'recorded').length, 1)
      t.ok(outcomes.every((outcome) => ['recorded', 'already_recorded'].includes(outcome)))
      t.ok(
        refused.every((codes) => codes.length === 1 && codes[0] === 'member_reference_used'),
        JSON.stringify(refused),
      )
      t.equal((await countRows(test.registry)).results, round)
    }
  },
)

story('of two posts of one reference with other content at once, one is recorded and one refused', async (test, t) => {
  for (let round = 1; round <= 5; round += 1) {
    const memberReference = `R-${round}`
    const { done, refused } = await race([
      post(test, bodyOf(`${round}-a`, { memberReference })),
      post(test, bodyOf(`${round}-b`, { memberReference })),
    ])
    t.same(
      done.map(({ answer }) => answer.outcome),
      ['recorded'],
    )
    t.same(refused, [['member_reference_used']])
  }
})

story('of four posts of one certificate number at once, one is recorded', async (test, t) => {
  for (let round = 1; round <= 5; round += 1) {
    const { done, refused } = await race(
      [1, 2, 3, 4].map((n) => post(test, bodyOf(`${round}`, { memberReference: `R-${round}-${n}` }))),
    )
    t.equal(done.length, 1)
    t.same(refused, Array(3).fill(['certificate_number_used']))
  }
  t.match(await countRows(test.registry), { certificates: 5, results: 5, enterprises: 1 })
})

story(
  'of two renewals of one certificate, or two outcomes of one assignment, at once, one is recorded',
  async (test, t) => {
    const old = await posted(test, bodyOf('1'))
    const renewal = (name: string) =>
      post(
        test,
        bodyOf(
          name,
          { kind: 'renew', decidedOn: '2026-11-18', earlierCertificateId: old.certificate?.id },
          { issuedOn: '2026-11-18' },
        ),
      )
    const { done, refused } = await race([renewal('2'), renewal('3')])
    t.equal(done.length, 1)
    t.same(refused, [['certificate_already_renewed']])

    const assignmentId = await acceptedAssignment(test)
    const outcomes = await race([
      post(test, bodyOf('8', { assignmentId })),
      post(test, refusedBody('9', { assignmentId })),
    ])
    t.equal(outcomes.done.length, 1)
    t.same(outcomes.refused, [['assignment_has_outcome']])
  },
)

story('a new enterprise that two members name at once is registered once', async (test, t) => {
  const { done } = await race([post(test, bodyOf('1')), post(test, bodyOf('2'), { as: test.as('member', 'b') })])
  t.equal(done.length, 2)
  t.equal(new Set(done.map(({ answer }) => answer.result.enterpriseId)).size, 1)
  t.equal((await countRows(test.registry)).enterprises, 1)
})

story('two periods of one number, posted at once for an enterprise that nobody knew, are linked', async (test, t) => {
  const sql = postgres(test.urls.ownerUrl, { max: 2, onnotice: () => {} })
  t.teardown(() => sql.end())
  const period = (name: string, decidedOn: string, validUntil: string) =>
    post(test, bodyOf(name, { decidedOn }, { number: 'SL-T', issuedOn: decidedOn, validUntil }))
  const untilWaiting = async (posts: number) => {
    for (;;) {
      const [row] = await sql<{ waiting: number }[]>`
        select count(*)::int as waiting from pg_locks where locktype = 'advisory' and not granted`
      if (row?.waiting === posts) return
    }
  }
  // Both wait for the number: the earlier period in front, and neither has seen the enterprise.
  const [earlier, later] = await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended(${`${test.memberIds.a}#SL-T`}, 0))`
    const first = period('1', '2024-03-15', '2027-03-14')
    await untilWaiting(1)
    const second = period('2', '2026-11-16', '2029-11-15')
    await untilWaiting(2)
    return [() => first, () => second] as const
  })
  const [{ answer: old }, { answer: renewal }] = await Promise.all([earlier(), later()])
  t.equal(renewal.result.enterpriseId, old.result.enterpriseId)
  t.equal(renewal.certificate?.renewsId, old.certificate?.id)
})

// ---- What is refused

story('a post is refused for each of these reasons', async (test, t) => {
  const { registry, memberIds } = test
  const waiting = await assign(
    registry,
    test.as('secretariat'),
    assignmentInput.parse({ ...assignmentBody(test), productName: '示例待答复产品' }),
  )
  const assignmentId = await acceptedAssignment(test)
  const ofServices = await acceptedAssignment(test, { family: 'services', kind: 'service', productName: '示例服务' })
  await addScheme(
    registry,
    test.as('secretariat'),
    schemeInput.parse({
      code: 'other',
      nameZh: '另一方案',
      nameEn: 'Other',
      effectiveOn: '2020-01-01',
      validityMonths: 36,
    }),
  )
  const elsewhere = await posted(test, bodyOf('e', { enterprise: otherFirm }))
  const foreign = await posted(test, bodyOf('f'), test.as('member', 'b'))
  const withdrawn = await posted(test, bodyOf('w'))
  await act(test, withdrawn.certificate?.id ?? '', { action: 'withdraw', on: '2026-11-17', reasonCode: 'fraud' })
  const renew = (earlierCertificateId: string | undefined, more = {}) =>
    bodyOf('x', { kind: 'renew', decidedOn: '2026-11-18', earlierCertificateId, ...more }, { issuedOn: '2026-11-18' })

  const table: [story: string, body: Record<string, unknown>, problems: string[]][] = [
    ['decided tomorrow', refusedBody('x', { decidedOn: '2026-11-21' }), ['day_in_future@decidedOn']],
    ['issued tomorrow', bodyOf('x', {}, { issuedOn: '2026-11-21' }), ['day_in_future@certificate.issuedOn']],
    [
      'decided after the issue',
      bodyOf('x', { decidedOn: '2026-11-18' }),
      ['decided_after_issue@decidedOn', 'valid_before_decision@certificate.validFrom'],
    ],
    [
      'decided before the admission',
      bodyOf('x', { decidedOn: '2024-01-01' }),
      ['decided_before_admission@decidedOn', 'scope_missing@family'],
    ],
    [
      'a validity too long',
      bodyOf('x', {}, { validUntil: '2029-11-18' }),
      ['validity_too_long@certificate.validUntil'],
    ],
    [
      'a validity reversed',
      bodyOf('x', {}, { validUntil: '2026-11-16' }),
      ['validity_reversed@certificate.validUntil'],
    ],
    ['no certificate', bodyOf('x', { certificate: undefined }), ['certificate_missing@certificate']],
    ['a reason of another kind', bodyOf('x', { reasonCode: 'fraud' }), ['reason_code_unknown@reasonCode']],
    ['no such scheme', bodyOf('x', { scheme: 'unknown' }), ['scheme_unknown@scheme']],
    [
      'no city, which the scheme requires',
      bodyOf('x', { enterprise: { ...otherFirm, cityCode: undefined } }),
      ['scheme_field_missing@enterprise.cityCode'],
    ],
    ['a number that was used', bodyOf('e', { memberReference: 'R-x' }), ['certificate_number_used@certificate.number']],
    ['another member', bodyOf('x', { memberId: memberIds.b }), ['not_found@memberId']],

    ['no such assignment', bodyOf('x', { assignmentId: unknownId }), ['not_found@assignmentId']],
    [
      'an assignment not yet accepted',
      bodyOf('x', { assignmentId: waiting.id }),
      ['assignment_not_accepted@assignmentId'],
    ],
    [
      'an assignment of another enterprise',
      bodyOf('x', { assignmentId, enterprise: otherFirm }),
      ['assignment_differs@assignmentId'],
    ],
    ['an assignment of another family', bodyOf('x', { assignmentId: ofServices }), ['assignment_differs@assignmentId']],
    [
      'an assignment of another scheme',
      bodyOf('x', { assignmentId, scheme: 'other' }),
      ['assignment_differs@assignmentId'],
    ],

    ['a renewal of nothing', renew(undefined), ['renewed_certificate_missing@earlierCertificateId']],
    ['a renewal of no such certificate', renew(unknownId), ['not_found@earlierCertificateId']],
    ['a renewal of another member’s certificate', renew(foreign.certificate?.id), ['not_found@earlierCertificateId']],
    [
      'a renewal of another enterprise’s',
      renew(elsewhere.certificate?.id),
      ['certificate_of_another_enterprise@earlierCertificateId'],
    ],
    [
      'a renewal of a withdrawn one',
      renew(withdrawn.certificate?.id),
      ['renewed_certificate_ended@earlierCertificateId'],
    ],
    [
      'a supplement to a withdrawn one',
      bodyOf(
        'w',
        { memberReference: 'R-x', kind: 'supplement', decidedOn: '2026-11-18', reasonCode: 'models_added' },
        { issuedOn: '2026-11-18' },
      ),
      ['move_not_allowed@earlierCertificateId'],
    ],
    ['no such ending', bodyOf('x', { endingId: unknownId }), ['not_found@endingId']],
    [
      'several at once',
      bodyOf(
        'x',
        { reasonCode: 'fraud', assignmentId: waiting.id, enterprise: { ...otherFirm, cityCode: undefined } },
        { validUntil: '2039-01-01' },
      ),
      [
        'reason_code_unknown@reasonCode',
        'validity_too_long@certificate.validUntil',
        'assignment_not_accepted@assignmentId',
        'scheme_field_missing@enterprise.cityCode',
      ],
    ],
  ]
  const before = await countRows(registry)
  for (const [story, body, problems] of table)
    t.same(await refusalsOf(post(test, body)), problems, `${story}: ${problems.join(' and ')}`)
  t.same(await countRows(registry), before, 'and none of them left a row')
})

story('who may post is refused by role and member', async (test, t) => {
  for (const role of ['regulator', 'administrator'] as const) {
    t.same(await codesOf(post(test, resultBody(), { as: test.as(role) })), ['forbidden'], role)
  }
  t.same(await refusalsOf(post(test, resultBody(), { as: test.as('secretariat') })), ['member_missing@memberId'])
  t.same(await refusalsOf(post(test, resultBody({ memberId: unknownId }), { as: test.as('secretariat') })), [
    'not_found@memberId',
  ])
  const answer = await posted(test, resultBody({ memberId: test.memberIds.b }), test.as('secretariat'))
  t.equal(answer.result.memberId, test.memberIds.b, 'the secretariat posts for the member that it names')
})

story('a member that may not issue, or not this, is refused on the day of the decision', async (test, t) => {
  const { registry, memberIds } = test
  const secretariat = test.as('secretariat')
  const { scopes } = await readMember(registry, secretariat, memberIds.a)
  const manufacturing = scopes.find(({ family }) => family === 'manufacturing')
  await closeScope(registry, secretariat, memberIds.a, manufacturing?.id ?? '', {
    untilOn: plainDate('2026-11-15'),
    reason: '示例',
  })
  t.same(await refusalsOf(post(test, resultBody())), ['scope_missing@family'])
  const earlier = resultBody({ decidedOn: '2026-11-13' }, { issuedOn: '2026-11-13', validUntil: '2029-11-12' })
  t.same(await refusalsOf(post(test, earlier)), [], 'before that the scope held')
  await changeStanding(
    registry,
    secretariat,
    memberIds.b,
    standingInput.parse({ standing: 'suspended', fromOn: '2026-11-16', reason: '示例', decidedBy: '示例' }),
  )
  t.same(await refusalsOf(post(test, resultBody(), { as: test.as('member', 'b') })), ['member_may_not_issue@decidedOn'])
  const lapsed = memberChanges.parse({ approvalUntilOn: '2026-11-15', effectiveOn: '2026-11-01', reason: '示例' })
  await changeMember(registry, secretariat, memberIds.a, lapsed)
  const services = bodyOf('s', { family: 'services', industryCode: '6110' })
  t.same(await refusalsOf(post(test, services)), ['approval_lapsed@decidedOn'])
  const { id } = await newcomer(test)
  t.same(await refusalsOf(post(test, resultBody({ memberId: id }), { as: secretariat })), [
    'member_not_admitted@decidedOn',
    'scope_missing@family',
  ])
})

// ---- Reading

story('a result is read by the id of any revision, by those who may', async (test, t) => {
  const first = await posted(test, bodyOf('1'))
  const second = await correct(test, first.result.id, { reasonText: '一' })
  for (const id of [first.result.id, second.result.id]) {
    t.equal((await readResult(test.registry, test.as('secretariat'), id)).id, second.result.id)
  }
  t.same(await refusalsOf(readResult(test.registry, test.as('member', 'b'), first.result.id)), ['not_found@id'])
  t.same(await refusalsOf(readResult(test.registry, test.as('regulator'), unknownId)), ['not_found@id'])
  t.same(await codesOf(readResult(test.registry, test.as('administrator'), first.result.id)), ['forbidden'])
  const listed = await readResults(test.registry, test.as('member'), resultsQuery.parse({}))
  t.same(
    listed.items.map(({ id }) => id),
    [second.result.id],
    'a list shows the current revision',
  )
  t.same(
    await refusalsOf(
      readResults(test.registry, test.as('member', 'b'), resultsQuery.parse({ memberId: test.memberIds.a })),
    ),
    ['not_found@memberId'],
  )
  t.same((await readResults(test.registry, test.as('member', 'b'), resultsQuery.parse({}))).items, [])
})

story('results are listed by the days of their decisions', async (test, t) => {
  for (const n of [1, 2, 3, 4]) {
    await posted(test, refusedBody(`${n}`, { decidedOn: `2026-11-1${n}` }))
  }
  const references = async (query: Record<string, unknown>) =>
    (await readResults(test.registry, test.as('regulator'), resultsQuery.parse(query))).items.map(
      (row) => row.memberReference,
    )
  t.same(await references({}), ['R-1', 'R-2', 'R-3', 'R-4'])
  t.same(await references({ decidedFrom: '2026-11-12', decidedUntil: '2026-11-13' }), ['R-2', 'R-3'])
  t.same(await references({ memberReference: 'R-3' }), ['R-3'])
  t.same(await references({ enterpriseId: unknownId }), [])
  const page = await readResults(test.registry, test.as('regulator'), resultsQuery.parse({ limit: 3 }))
  t.same(await references({ limit: 3, cursor: page.nextCursor }), ['R-4'])
})

story('refused posts are kept and shown to the member, newest first', async (test, t) => {
  for (const n of [1, 2, 3]) {
    test.clock.set(`2026-11-20T02:00:0${n}Z`)
    await keepAttempt(test.registry, test.as('member'), {
      operation: 'POST /v1/results',
      codes: ['scope_missing'],
      memberReference: `R-${n}`,
      idempotencyKey: null,
    })
  }
  const first = await readAttempts(test.registry, test.as('member'), attemptsQuery.parse({ limit: 2 }))
  t.same(
    first.items.map(({ memberReference }) => memberReference),
    ['R-3', 'R-2'],
  )
  const second = await readAttempts(
    test.registry,
    test.as('member'),
    attemptsQuery.parse({ limit: 2, cursor: first.nextCursor }),
  )
  t.same(
    second.items.map(({ memberReference }) => memberReference),
    ['R-1'],
  )
  t.equal(second.nextCursor, null)
  t.same((await readAttempts(test.registry, test.as('member', 'b'), attemptsQuery.parse({}))).items, [])
  t.equal((await findCertificate(test.registry.db, unknownId)) ?? null, null)
})
