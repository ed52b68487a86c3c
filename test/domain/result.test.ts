import fc from 'fast-check'
import t from 'tap'
import { certificateStates } from '../../src/domain/certificate.ts'
import { industryContains } from '../../src/domain/industries.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import { sentenceOf } from '../../src/domain/refusals.ts'
import {
  coversProduct,
  type EarlierCertificate,
  judgeCorrection,
  type PostedResult,
  problemsOfResult,
  type ResultSurroundings,
  resultKinds,
  type ScopeFact,
  scopeProblem,
  warningsOfResult,
} from '../../src/domain/result.ts'
import type { Standing } from '../../src/domain/standing.ts'

const day = plainDate
const scope = (
  family: string,
  industryCode: string | null = null,
  fromOn = '2024-01-02',
  untilOn?: string,
): ScopeFact => ({
  family,
  industryCode,
  fromOn: day(fromOn),
  untilOn: untilOn === undefined ? null : day(untilOn),
})
const standing = (name: Standing, fromOn: string) => ({ standing: name, fromOn: day(fromOn) })
const printed = (issuedOn: string, validFrom: string, validUntil: string) => ({
  issuedOn: day(issuedOn),
  validFrom: day(validFrom),
  validUntil: day(validUntil),
})
const earlier = (changes: Partial<EarlierCertificate> = {}): EarlierCertificate => ({
  state: 'valid',
  validUntil: day('2027-01-31'),
  enterpriseId: 'e-1',
  alreadyRenewed: false,
  ...changes,
})

/** An issue of 2026-11-16, posted on 2026-11-20, by a member admitted on 2024-01-02. */
const issue: PostedResult = {
  kind: 'issue',
  decidedOn: day('2026-11-16'),
  reasonCode: null,
  family: 'manufacturing',
  industryCode: '3411',
  certificate: printed('2026-11-17', '2026-11-17', '2029-11-16'),
}
const around: ResultSurroundings = {
  today: day('2026-11-20'),
  standingHistory: [standing('admitted', '2024-01-02')],
  scopes: [scope('manufacturing')],
  validityMonths: 36,
  earlier: null,
  enterpriseId: 'e-1',
  industryContains,
  approvalUntilOn: null,
  approvalRevokedOn: null,
}
const refusal: Partial<PostedResult> = { kind: 'refuse', certificate: null, reasonCode: 'test_failed' }

t.test('a posted result has exactly these problems', async (t) => {
  type Row = [
    story: string,
    result: Partial<PostedResult>,
    surroundings: Partial<ResultSurroundings>,
    problems: string[],
  ]
  const table: Row[] = [
    ['a good issue', {}, {}, []],
    ['an issue with its reason', { reasonCode: 'conforming' }, {}, []],
    ['decided, issued and posted on one day', { decidedOn: day('2026-11-17') }, { today: day('2026-11-17') }, []],
    ['a good renewal', { kind: 'renew' }, { earlier: earlier() }, []],
    ['a good supplement', { kind: 'supplement', reasonCode: 'models_added' }, { earlier: earlier() }, []],
    ['a good refusal', refusal, {}, []],

    ['a refusal without a reason', { ...refusal, reasonCode: null }, {}, ['reason_code_missing@reasonCode']],
    [
      'a supplement without a reason',
      { kind: 'supplement' },
      { earlier: earlier() },
      ['reason_code_missing@reasonCode'],
    ],
    ['a reason of another kind', { reasonCode: 'test_failed' }, {}, ['reason_code_unknown@reasonCode']],
    ['no such reason', { ...refusal, reasonCode: 'bad_weather' }, {}, ['reason_code_unknown@reasonCode']],

    [
      'decided tomorrow',
      { decidedOn: day('2026-11-21'), certificate: printed('2026-11-21', '2026-11-21', '2029-11-20') },
      {},
      ['day_in_future@decidedOn', 'day_in_future@certificate.issuedOn'],
    ],
    [
      'issued tomorrow',
      { certificate: printed('2026-11-21', '2026-11-21', '2029-11-20') },
      {},
      ['day_in_future@certificate.issuedOn'],
    ],
    ['a refusal decided tomorrow', { ...refusal, decidedOn: day('2026-11-21') }, {}, ['day_in_future@decidedOn']],
    ['valid only from a later day', { certificate: printed('2026-11-17', '2026-12-01', '2029-11-16') }, {}, []],
    [
      'decided after the issue',
      { decidedOn: day('2026-11-18') },
      {},
      ['decided_after_issue@decidedOn', 'valid_before_decision@certificate.validFrom'],
    ],
    [
      'valid from the day before the decision',
      { certificate: printed('2026-11-17', '2026-11-15', '2029-11-14') },
      {},
      ['valid_before_decision@certificate.validFrom'],
    ],
    ['valid from the day of the decision', { certificate: printed('2026-11-17', '2026-11-16', '2029-11-15') }, {}, []],

    ['an approval that is revoked the day after the decision', {}, { approvalRevokedOn: day('2026-11-17') }, []],
    [
      'an approval that is revoked on the day of the decision',
      {},
      { approvalRevokedOn: day('2026-11-16') },
      ['approval_revoked@decidedOn'],
    ],
    ['an approval that ends on the day of the decision', {}, { approvalUntilOn: day('2026-11-16') }, []],
    [
      'an approval that ended the day before',
      {},
      { approvalUntilOn: day('2026-11-15') },
      ['approval_lapsed@decidedOn'],
    ],

    ['a member never admitted', {}, { standingHistory: [] }, ['member_not_admitted@decidedOn']],
    ['a candidate', {}, { standingHistory: [standing('candidate', '2024-01-02')] }, ['member_not_admitted@decidedOn']],
    [
      'decided a day before the admission',
      {},
      { standingHistory: [standing('admitted', '2026-11-17')] },
      ['decided_before_admission@decidedOn'],
    ],
    ['decided on the day of admission', {}, { standingHistory: [standing('admitted', '2026-11-16')] }, []],
    [
      'a suspended member',
      {},
      { standingHistory: [standing('admitted', '2024-01-02'), standing('suspended', '2026-11-16')] },
      ['member_may_not_issue@decidedOn'],
    ],
    [
      'a renewal by a suspended member',
      { kind: 'renew' },
      {
        earlier: earlier(),
        standingHistory: [standing('admitted', '2024-01-02'), standing('suspended', '2026-11-16')],
      },
      ['member_may_not_issue@decidedOn'],
    ],
    [
      'a supplement by a suspended member',
      { kind: 'supplement', reasonCode: 'models_added' },
      {
        earlier: earlier(),
        standingHistory: [standing('admitted', '2024-01-02'), standing('suspended', '2026-11-16')],
      },
      ['member_may_not_issue@decidedOn'],
    ],
    [
      'a member suspended the day after',
      {},
      { standingHistory: [standing('admitted', '2024-01-02'), standing('suspended', '2026-11-17')] },
      [],
    ],
    [
      'a removed member',
      {},
      { standingHistory: [standing('admitted', '2024-01-02'), standing('removed', '2026-01-01')] },
      ['member_may_not_issue@decidedOn'],
    ],
    [
      'a member under rectification, which may still issue',
      {},
      { standingHistory: [standing('admitted', '2024-01-02'), standing('rectifying', '2026-01-01')] },
      [],
    ],
    [
      'a refusal by a suspended member',
      refusal,
      { standingHistory: [standing('admitted', '2024-01-02'), standing('suspended', '2026-01-01')] },
      [],
    ],

    ['no scope at all', {}, { scopes: [] }, ['scope_missing@family']],
    ['a scope of another family', {}, { scopes: [scope('services')] }, ['scope_missing@family']],
    [
      'a scope that ended the day before',
      {},
      { scopes: [scope('manufacturing', null, '2024-01-02', '2026-11-15')] },
      ['scope_missing@family'],
    ],
    ['a scope on its last day', {}, { scopes: [scope('manufacturing', null, '2024-01-02', '2026-11-16')] }, []],
    ['a scope of another industry', {}, { scopes: [scope('manufacturing', '35')] }, ['scope_missing@family']],
    ['a scope of the industry around it', {}, { scopes: [scope('manufacturing', '34')] }, []],

    ['an issue without a certificate', { certificate: null }, {}, ['certificate_missing@certificate']],
    [
      'a refusal with a certificate',
      { ...refusal, certificate: issue.certificate },
      {},
      ['certificate_not_expected@certificate'],
    ],

    ['a renewal of nothing', { kind: 'renew' }, {}, ['renewed_certificate_missing@earlierCertificateId']],
    [
      'a supplement to nothing',
      { kind: 'supplement', reasonCode: 'models_added' },
      {},
      ['renewed_certificate_missing@earlierCertificateId'],
    ],
    [
      'a renewal of another enterprise’s certificate',
      { kind: 'renew' },
      { earlier: earlier({ enterpriseId: 'e-2' }) },
      ['certificate_of_another_enterprise@earlierCertificateId'],
    ],
    [
      'a renewal for an enterprise that is not registered yet',
      { kind: 'renew' },
      { earlier: earlier(), enterpriseId: null },
      ['certificate_of_another_enterprise@earlierCertificateId'],
    ],
    [
      'a second renewal',
      { kind: 'renew' },
      { earlier: earlier({ alreadyRenewed: true }) },
      ['certificate_already_renewed@earlierCertificateId'],
    ],
    [
      'a supplement to a certificate that was renewed',
      { kind: 'supplement', reasonCode: 'models_added' },
      { earlier: earlier({ alreadyRenewed: true }) },
      [],
    ],
    ['a renewal of an expired certificate', { kind: 'renew' }, { earlier: earlier({ state: 'expired' }) }, []],

    [
      'a validity that is a day too long',
      { certificate: printed('2026-11-17', '2026-11-17', '2029-11-18') },
      {},
      ['validity_too_long@certificate.validUntil'],
    ],
    [
      'a validity that is reversed',
      { certificate: printed('2026-11-17', '2026-11-17', '2026-11-16') },
      {},
      ['validity_reversed@certificate.validUntil'],
    ],
    [
      'a renewal that counts from the end of the old cycle',
      { kind: 'renew', certificate: printed('2026-11-17', '2026-11-17', '2030-01-31') },
      { earlier: earlier() },
      [],
    ],
    [
      'an issue that counts from the end of an old cycle',
      { certificate: printed('2026-11-17', '2026-11-17', '2030-01-31') },
      { earlier: earlier() },
      ['validity_too_long@certificate.validUntil'],
    ],
  ]
  for (const [story, result, surroundings, problems] of table) {
    const found = problemsOfResult({ ...issue, ...result }, { ...around, ...surroundings })
    t.same(
      found.map(({ code, path }) => `${code}@${path}`),
      problems,
      `${story}: ${problems.join(' and ') || 'nothing is wrong'}`,
    )
  }
})

t.test('a renewal and a supplement are legal from these states only', async (t) => {
  const table = [
    ['renew', 'renewed_certificate_ended', ['valid', 'expired']],
    ['supplement', 'move_not_allowed', ['valid']],
  ] as const
  for (const [kind, code, legal] of table) {
    for (const state of certificateStates) {
      const reasonCode = kind === 'supplement' ? 'models_added' : null
      const found = problemsOfResult({ ...issue, kind, reasonCode }, { ...around, earlier: earlier({ state }) })
      const expected = (legal as readonly string[]).includes(state) ? [] : [code]
      t.same(
        found.map((problem) => problem.code),
        expected,
        `${kind} from ${state}: ${expected[0] ?? 'legal'}`,
      )
    }
  }
})

t.test('everything that is wrong is said at once', async (t) => {
  const wrong: PostedResult = {
    ...issue,
    reasonCode: 'bad_weather',
    decidedOn: day('2026-11-30'),
    family: 'services',
    certificate: printed('2026-11-25', '2026-11-25', '2040-01-01'),
  }
  const found = problemsOfResult(wrong, { ...around, standingHistory: [] })
  t.same(
    found.map(({ code, path }) => `${code}@${path}`),
    [
      'reason_code_unknown@reasonCode',
      'day_in_future@decidedOn',
      'day_in_future@certificate.issuedOn',
      'decided_after_issue@decidedOn',
      'valid_before_decision@certificate.validFrom',
      'member_not_admitted@decidedOn',
      'scope_missing@family',
      'validity_too_long@certificate.validUntil',
    ],
  )
  for (const problem of found) t.notMatch(sentenceOf(problem, 'en') + sentenceOf(problem, 'zh'), /[?{]/, problem.code)
})

t.test('a problem says what stands there and what would be right', async (t) => {
  const [tooLong] = problemsOfResult(
    { ...issue, certificate: printed('2026-11-17', '2026-11-17', '2029-12-01') },
    around,
  )
  t.match(tooLong, { value: '2029-12-01', values: { latest: '2029-11-17' } })
  const [suspended] = problemsOfResult(issue, {
    ...around,
    standingHistory: [standing('admitted', '2024-01-02'), standing('suspended', '2026-01-01')],
  })
  t.equal(suspended && sentenceOf(suspended, 'zh'), '该机构当日状态为“暂停”，不得颁发证书（R8）。')
  t.match(suspended && sentenceOf(suspended, 'en'), 'standing was suspended')
})

t.test('an unusual validity is accepted with a remark', async (t) => {
  const table: [story: string, kind: PostedResult['kind'], validUntil: string, codes: string[]][] = [
    ['the usual day', 'issue', '2029-11-16', []],
    ['a day more', 'issue', '2029-11-17', []],
    ['a year', 'issue', '2027-11-16', ['validity_unusual']],
    ['too long is refused instead', 'issue', '2029-11-18', []],
    ['the old cycle and three years', 'renew', '2030-01-31', []],
    ['a day less than that', 'renew', '2030-01-30', ['validity_unusual']],
    ['a supplement keeps what was', 'supplement', '2027-11-16', []],
  ]
  for (const [story, kind, validUntil, codes] of table) {
    const result = { ...issue, kind, certificate: printed('2026-11-17', '2026-11-17', validUntil) }
    const found = warningsOfResult(result, { ...around, earlier: earlier() })
    t.same(
      found.map(({ code }) => code),
      codes,
      `${kind} until ${validUntil}, ${story}: ${codes[0] ?? 'no remark'}`,
    )
  }
  t.same(warningsOfResult({ ...issue, ...refusal }, around), [], 'a refusal: no remark')
  const [remark] = warningsOfResult(
    { ...issue, certificate: printed('2026-11-17', '2026-11-17', '2027-11-16') },
    around,
  )
  t.match(remark, { path: 'certificate.validUntil', value: '2027-11-16', values: { expected: '2029-11-16' } })
})

// ---- Scopes (N1)

t.test('a scope covers the industries inside it, on its days', async (t) => {
  const on = day('2026-11-16')
  const table: [scopes: ScopeFact[], family: string, industryCode: string | null, covered: boolean][] = [
    [[scope('manufacturing')], 'manufacturing', '3411', true],
    [[scope('manufacturing')], 'manufacturing', null, true],
    [[scope('manufacturing')], 'services', '3411', false],
    [[scope('manufacturing', 'C')], 'manufacturing', '3411', true],
    [[scope('manufacturing', '34')], 'manufacturing', '3411', true],
    [[scope('manufacturing', '341')], 'manufacturing', '3411', true],
    [[scope('manufacturing', '3411')], 'manufacturing', '3411', true],
    [[scope('manufacturing', '3411')], 'manufacturing', '341', false],
    [[scope('manufacturing', '35')], 'manufacturing', '3411', false],
    [[scope('manufacturing', 'A')], 'manufacturing', '3411', false],
    [[scope('manufacturing', '35')], 'manufacturing', null, false],
    [[scope('manufacturing', '35'), scope('manufacturing')], 'manufacturing', null, true],
    [[scope('manufacturing', '35'), scope('manufacturing', '34')], 'manufacturing', '3411', true],
    [[scope('manufacturing', '35'), scope('services', '34')], 'manufacturing', '3411', false],
    [[scope('manufacturing', null, '2026-11-17')], 'manufacturing', '3411', false],
    [[scope('manufacturing', null, '2026-11-16')], 'manufacturing', '3411', true],
    [[scope('manufacturing', null, '2024-01-02', '2026-11-16')], 'manufacturing', '3411', true],
    [[scope('manufacturing', null, '2024-01-02', '2026-11-15')], 'manufacturing', '3411', false],
    [[], 'manufacturing', null, false],
  ]
  for (const [scopes, family, industryCode, covered] of table) {
    const held = scopes.map((one) => [one.family, one.industryCode, one.fromOn, one.untilOn].join(' ')).join('; ')
    t.equal(
      coversProduct(scopes, { family, industryCode }, on, industryContains),
      covered,
      `${held || 'no scope'}: ${family} ${industryCode ?? 'of any industry'} is ${covered ? '' : 'not '}covered`,
    )
  }
})

t.test('what has no industry is asked for it where the body’s scopes are by industry', async (t) => {
  const on = day('2026-11-16')
  const without = { family: 'manufacturing', industryCode: null }
  t.equal(scopeProblem([scope('manufacturing', '35')], without, on), 'industry_needed')
  t.equal(scopeProblem([scope('manufacturing', '35', '2026-11-17')], without, on), 'scope_missing')
  t.equal(scopeProblem([scope('services', '61')], without, on), 'scope_missing')
  t.equal(scopeProblem([scope('manufacturing', '35')], { ...without, industryCode: '3411' }, on), 'scope_missing')
})

t.test('one more scope never takes cover away', async (t) => {
  const anyScope = fc
    .tuple(
      fc.constantFrom('manufacturing', 'services'),
      fc.constantFrom(null, 'C', '34', '341', '35', 'F'),
      fc.integer({ min: -20, max: 20 }),
      fc.option(fc.nat(20), { nil: null }),
    )
    .map(([family, industryCode, start, length]): ScopeFact => {
      const fromOn = addDays(day('2026-11-16'), start)
      return { family, industryCode, fromOn, untilOn: length === null ? null : addDays(fromOn, length) }
    })
  const product = { family: 'manufacturing', industryCode: '3411' }
  const covers = (scopes: ScopeFact[]) => coversProduct(scopes, product, day('2026-11-16'), industryContains)
  fc.assert(
    fc.property(fc.array(anyScope, { maxLength: 4 }), anyScope, (scopes, more) => {
      return covers([...scopes, more]) === (covers(scopes) || covers([more]))
    }),
    { numRuns: 1_000 },
  )
  t.pass('for 1000 sets of scopes')
})

// ---- Corrections (R2)

t.test('a corrected decision day is judged by this table', async (t) => {
  type Row = [before: string, after: string, due: string | null, today: string, approval: boolean, counts: string]
  const table: Row[] = [
    ['2026-11-16', '2026-11-17', '2026-11-25', '2026-11-20', false, '2026-11-17'],
    ['2026-11-16', '2026-11-13', '2026-11-25', '2026-11-20', false, '2026-11-13'],
    ['2026-11-16', '2026-11-17', '2026-11-25', '2026-11-25', false, '2026-11-17'],
    ['2026-11-16', '2026-11-17', '2026-11-25', '2026-11-26', true, '2026-11-16'],
    ['2026-11-16', '2026-11-13', '2026-11-25', '2026-11-26', true, '2026-11-13'],
    ['2026-11-16', '2026-11-16', '2026-11-25', '2026-11-26', false, '2026-11-16'],
    ['2026-11-16', '2026-11-17', null, '2026-12-31', false, '2026-11-17'],
  ]
  for (const [before, after, due, today, needsApproval, counts] of table) {
    t.strictSame(
      judgeCorrection(day(before), day(after), due === null ? null : day(due), day(today)),
      { needsApproval, effectiveDecidedOn: counts },
      `from ${before} to ${after}, due ${due ?? 'never'}, on ${today}: ${needsApproval ? 'waits, and' : 'at once,'} ${counts} counts`,
    )
  }
})

t.test('while a correction waits, the earlier day counts; otherwise the corrected one', async (t) => {
  const anyDay = fc.nat(400).map((n): PlainDate => addDays(day('2026-01-01'), n))
  fc.assert(
    fc.property(anyDay, anyDay, fc.option(anyDay, { nil: null }), anyDay, (before, after, due, today) => {
      const { needsApproval, effectiveDecidedOn } = judgeCorrection(before, after, due, today)
      const isLate = due !== null && today > due
      const expected = isLate && after > before ? before : after
      return needsApproval === (isLate && before !== after) && effectiveDecidedOn === expected
    }),
    { numRuns: 1_000 },
  )
  t.pass('for 1000 corrections')
})

t.test('no kind of result is forgotten', async (t) => {
  t.same(resultKinds, ['issue', 'renew', 'supplement', 'refuse'])
})
