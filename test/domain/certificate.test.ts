import fc from 'fast-check'
import t from 'tap'
import {
  type CertificateFacts,
  type CertificateState,
  certificateActionNames,
  certificateActions,
  certificateStateNames,
  certificateStateOn,
  certificateStates,
  isReasonOf,
  judgeValidity,
  legalMoves,
  mayTake,
  reasonCodes,
  reasonName,
  reportableActions,
  type Suspension,
  usualValidUntil,
  type ValidityVerdict,
} from '../../src/domain/certificate.ts'
import { addDays, addMonths, daysBetween, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'

const day = plainDate
const suspension = (fromOn: string, untilOn: string, liftedOn: string | null = null): Suspension => ({
  fromOn: day(fromOn),
  untilOn: day(untilOn),
  liftedOn: liftedOn === null ? null : day(liftedOn),
})
const facts = (changes: Partial<CertificateFacts> = {}): CertificateFacts => ({
  validFrom: day('2026-01-10'),
  validUntil: day('2029-01-09'),
  endedOn: null,
  endedAs: null,
  suspensions: [],
  ...changes,
})

// ---- States on a day (R4)

t.test('a certificate of 2026-01-10 to 2029-01-09 has this state on these days', async (t) => {
  const withdrawn = { endedOn: day('2027-05-05'), endedAs: 'withdrawn' as const }
  const cancelled = { endedOn: day('2027-05-05'), endedAs: 'cancelled' as const }
  const suspended = { suspensions: [suspension('2027-03-01', '2027-08-31')] }
  const reinstated = { suspensions: [suspension('2027-03-01', '2027-08-31', '2027-06-15')] }
  const twice = {
    suspensions: [suspension('2026-02-01', '2026-03-01', '2026-02-20'), suspension('2027-03-01', '2027-08-31')],
  }
  const table: [story: string, changes: Partial<CertificateFacts>, on: string, state: CertificateState][] = [
    ['untouched', {}, '2026-01-09', 'not_yet_valid'],
    ['untouched', {}, '2026-01-10', 'valid'],
    ['untouched', {}, '2027-07-01', 'valid'],
    ['untouched', {}, '2029-01-09', 'valid'],
    ['untouched', {}, '2029-01-10', 'expired'],
    ['withdrawn on 2027-05-05', withdrawn, '2027-05-04', 'valid'],
    ['withdrawn on 2027-05-05', withdrawn, '2027-05-05', 'withdrawn'],
    ['withdrawn on 2027-05-05', withdrawn, '2030-01-01', 'withdrawn'],
    ['cancelled on 2027-05-05', cancelled, '2027-05-04', 'valid'],
    ['cancelled on 2027-05-05', cancelled, '2027-05-05', 'cancelled'],
    ['cancelled on 2027-05-05', cancelled, '2030-01-01', 'cancelled'],
    ['cancelled before it began', { ...cancelled, endedOn: day('2026-01-05') }, '2026-01-04', 'not_yet_valid'],
    ['cancelled before it began', { ...cancelled, endedOn: day('2026-01-05') }, '2026-01-05', 'cancelled'],
    ['cancelled before it began', { ...cancelled, endedOn: day('2026-01-05') }, '2026-01-10', 'cancelled'],
    ['suspended from 2027-03-01 until 2027-08-31', suspended, '2027-02-28', 'valid'],
    ['suspended from 2027-03-01 until 2027-08-31', suspended, '2027-03-01', 'suspended'],
    ['suspended from 2027-03-01 until 2027-08-31', suspended, '2027-08-31', 'suspended'],
    ['suspended, its end passed without a decision', suspended, '2027-09-01', 'suspended'],
    ['suspended, its end passed without a decision', suspended, '2029-01-09', 'suspended'],
    ['suspended, then expired', suspended, '2029-01-10', 'expired'],
    ['suspended and withdrawn on 2027-05-05', { ...suspended, ...withdrawn }, '2027-05-04', 'suspended'],
    ['suspended and withdrawn on 2027-05-05', { ...suspended, ...withdrawn }, '2027-05-05', 'withdrawn'],
    ['reinstated on 2027-06-15', reinstated, '2027-06-14', 'suspended'],
    ['reinstated on 2027-06-15', reinstated, '2027-06-15', 'valid'],
    ['suspended twice', twice, '2026-02-01', 'suspended'],
    ['suspended twice', twice, '2026-02-20', 'valid'],
    ['suspended twice', twice, '2027-03-01', 'suspended'],
  ]
  for (const [story, changes, on, state] of table) {
    t.equal(certificateStateOn(facts(changes), day(on)), state, `${story}: ${state} on ${on}`)
  }
})

const anyDay = fc.nat(2_600).map((n) => addDays(day('2025-06-01'), n))
const anySuspension = fc.tuple(anyDay, fc.nat(400), fc.option(fc.nat(500), { nil: null })).map(
  ([fromOn, length, lifted]): Suspension => ({
    fromOn,
    untilOn: addDays(fromOn, length),
    liftedOn: lifted === null ? null : addDays(fromOn, lifted),
  }),
)
const anyFacts = fc
  .tuple(
    anyDay,
    fc.nat(1_500),
    fc.option(fc.tuple(anyDay, fc.constantFrom('withdrawn' as const, 'cancelled' as const)), { nil: null }),
    fc.array(anySuspension, { maxLength: 3 }),
  )
  .map(
    ([validFrom, length, end, suspensions]): CertificateFacts => ({
      validFrom,
      validUntil: addDays(validFrom, length),
      endedOn: end?.[0] ?? null,
      endedAs: end?.[1] ?? null,
      suspensions,
    }),
  )

t.test('on every day exactly one state holds, and it is the one that is answered', async (t) => {
  fc.assert(
    fc.property(anyFacts, anyDay, (certificate, on) => {
      const hasEnded = certificate.endedOn !== null && on >= certificate.endedOn
      const isInside = !hasEnded && certificate.validFrom <= on && on <= certificate.validUntil
      const isSuspended = certificate.suspensions.some(
        ({ fromOn, liftedOn }) => on >= fromOn && !(liftedOn !== null && on >= liftedOn),
      )
      const holds: Record<CertificateState, boolean> = {
        withdrawn: hasEnded && certificate.endedAs === 'withdrawn',
        cancelled: hasEnded && certificate.endedAs === 'cancelled',
        not_yet_valid: !hasEnded && on < certificate.validFrom,
        expired: !hasEnded && on > certificate.validUntil,
        suspended: isInside && isSuspended,
        valid: isInside && !isSuspended,
      }
      const holding = certificateStates.filter((state) => holds[state])
      return holding.length === 1 && holding[0] === certificateStateOn(certificate, on)
    }),
    { numRuns: 2_000 },
  )
  t.pass('for 2000 certificates and days')
})

t.test('a certificate that ended is never valid again', async (t) => {
  fc.assert(
    fc.property(anyFacts, anyDay, fc.nat(2_000), (certificate, on, later) => {
      const final = ['withdrawn', 'cancelled']
      const state = certificateStateOn(certificate, on)
      const after = certificateStateOn(certificate, addDays(on, later))
      if (final.includes(state)) return after === state
      return state !== 'expired' || after === 'expired' || final.includes(after)
    }),
    { numRuns: 2_000 },
  )
  t.pass('for 2000 certificates and days')
})

t.test('an untouched certificate is valid on each day of its period and on no other', async (t) => {
  fc.assert(
    fc.property(anyDay, fc.nat(800), (validFrom, length) => {
      const certificate = facts({ validFrom, validUntil: addDays(validFrom, length) })
      const days = Array.from({ length: length + 21 }, (_, n) => addDays(validFrom, n - 10))
      return days.filter((on) => certificateStateOn(certificate, on) === 'valid').length === length + 1
    }),
    { numRuns: 100 },
  )
  t.pass('for 100 periods')
})

// ---- Validity (R4)

t.test('a period ends on the day before the same day of a later month, and 29 February counts as 28', async (t) => {
  const table: [validFrom: string, months: number, validUntil: string][] = [
    ['2026-11-17', 36, '2029-11-16'],
    ['2026-01-01', 36, '2028-12-31'],
    ['2024-02-29', 36, '2027-02-27'],
    ['2024-02-29', 48, '2028-02-28'],
    ['2024-03-01', 36, '2027-02-28'],
    ['2025-02-28', 36, '2028-02-27'],
    ['2025-03-01', 36, '2028-02-29'],
    ['2026-11-17', 12, '2027-11-16'],
    ['2026-08-31', 6, '2027-02-27'],
    ['2026-11-17', 1, '2026-12-16'],
  ]
  for (const [validFrom, months, validUntil] of table) {
    t.equal(usualValidUntil(day(validFrom), months), validUntil, `${validFrom}, ${months} months: ${validUntil}`)
  }
})

t.test('a printed validity is judged by this table', async (t) => {
  type Row = [from: string, until: string, months: number, renewedUntil: string | null, verdict: ValidityVerdict]
  const table: Row[] = [
    ['2026-11-17', '2029-11-16', 36, null, 'usual'],
    ['2026-11-17', '2029-11-17', 36, null, 'usual'],
    ['2026-11-17', '2029-11-18', 36, null, 'too_long'],
    ['2026-11-17', '2029-11-15', 36, null, 'unusual'],
    ['2026-11-17', '2027-11-16', 36, null, 'unusual'],
    ['2026-11-17', '2026-11-17', 36, null, 'unusual'],
    ['2026-11-17', '2026-11-16', 36, null, 'reversed'],
    ['2024-02-29', '2027-02-27', 36, null, 'usual'],
    ['2024-02-29', '2027-02-28', 36, null, 'usual'],
    ['2024-02-29', '2027-03-01', 36, null, 'too_long'],
    ['2026-11-17', '2027-11-16', 12, null, 'usual'],
    ['2026-11-17', '2027-11-18', 12, null, 'too_long'],
    // A re-certification may count from the end of the old cycle.
    ['2026-11-17', '2030-01-31', 36, '2027-01-31', 'usual'],
    ['2026-11-17', '2029-11-16', 36, '2027-01-31', 'usual'],
    ['2026-11-17', '2030-01-30', 36, '2027-01-31', 'unusual'],
    ['2026-11-17', '2030-02-01', 36, '2027-01-31', 'too_long'],
    ['2026-11-17', '2029-06-30', 36, '2026-06-30', 'usual'],
    ['2026-11-17', '2029-11-17', 36, '2026-06-30', 'usual'],
    ['2026-11-17', '2029-11-18', 36, '2026-06-30', 'too_long'],
    ['2027-02-01', '2031-02-28', 36, '2028-02-29', 'usual'],
    ['2026-11-17', '2026-11-16', 36, '2027-01-31', 'reversed'],
  ]
  for (const [from, until, months, renewedUntil, verdict] of table) {
    const validity = { issuedOn: day(from), validFrom: day(from), validUntil: day(until) }
    const judged = judgeValidity(validity, months, renewedUntil === null ? null : day(renewedUntil))
    const renewal = renewedUntil === null ? '' : ` after ${renewedUntil}`
    t.equal(judged.verdict, verdict, `${from} to ${until}, ${months} months${renewal}: ${verdict}`)
  }
})

t.test('a first day that is put off does not put off the last', async (t) => {
  const table: [issuedOn: string, validFrom: string, validUntil: string, verdict: ValidityVerdict][] = [
    ['2026-11-17', '2026-12-01', '2029-11-16', 'usual'],
    ['2026-11-17', '2026-12-01', '2029-11-17', 'usual'],
    ['2026-11-17', '2026-12-01', '2029-11-18', 'too_long'],
    ['2026-11-17', '2026-12-01', '2029-11-30', 'too_long'],
    ['2026-11-17', '2026-11-16', '2029-11-15', 'usual'],
    ['2026-11-17', '2026-11-16', '2029-11-16', 'usual'],
    ['2026-11-17', '2026-12-01', '2026-11-30', 'reversed'],
  ]
  for (const [issuedOn, validFrom, validUntil, verdict] of table) {
    const validity = { issuedOn: day(issuedOn), validFrom: day(validFrom), validUntil: day(validUntil) }
    t.equal(
      judgeValidity(validity, 36, null).verdict,
      verdict,
      `issued ${issuedOn}, ${validFrom} to ${validUntil}: ${verdict}`,
    )
  }
})

t.test('a verdict names the usual day and the latest', async (t) => {
  const validity = { issuedOn: day('2026-11-17'), validFrom: day('2026-11-17'), validUntil: day('2035-01-01') }
  t.strictSame(judgeValidity(validity, 36, null), {
    verdict: 'too_long',
    expected: '2029-11-16',
    latest: '2029-11-17',
  })
  t.strictSame(judgeValidity(validity, 36, day('2027-01-31')), {
    verdict: 'too_long',
    expected: '2029-11-16',
    latest: '2030-01-31',
  })
})

t.test('of all the days on which a certificate may end, two are usual and all later ones too long', async (t) => {
  fc.assert(
    fc.property(
      anyDay,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 2, max: 900 }),
      (validFrom, months, more) => {
        const usual = usualValidUntil(validFrom, months)
        const verdictOn = (validUntil: PlainDate) =>
          judgeValidity({ issuedOn: validFrom, validFrom, validUntil }, months, null).verdict
        return (
          verdictOn(usual) === 'usual' &&
          verdictOn(addDays(usual, 1)) === 'usual' &&
          verdictOn(addDays(usual, more)) === 'too_long' &&
          verdictOn(addDays(usual, -1)) === (usual === validFrom ? 'reversed' : 'unusual') &&
          verdictOn(addDays(validFrom, -1)) === 'reversed' &&
          daysBetween(usual, addMonths(validFrom, months)) === 1
        )
      },
    ),
    { numRuns: 1_000 },
  )
  t.pass('for 1000 periods')
})

// ---- Moves (R4)

t.test('from each state these actions are legal and no other', async (t) => {
  const table = [
    '               supplement restrict amend suspend reinstate withdraw cancel transfer renew',
    'not_yet_valid  -          yes      yes   -       -         yes      yes    yes      -    ',
    'valid          yes        yes      yes   yes     -         yes      yes    yes      yes  ',
    'suspended      -          yes      yes   -       yes       yes      yes    -        -    ',
    'withdrawn      -          -        -     -       -         -        -      -        -    ',
    'cancelled      -          -        -     -       -         -        -      -        -    ',
    'expired        -          -        -     -       -         -        -      -        yes  ',
  ].map((line) => line.trim().split(/ +/))
  const [actions = [], ...rows] = table
  t.same(actions, certificateActions)
  t.same(
    rows.map(([state]) => state),
    certificateStates,
  )
  for (const [state, ...cells] of rows as [CertificateState, ...string[]][]) {
    for (const [index, action] of certificateActions.entries()) {
      const expected = cells[index] === 'yes'
      t.equal(mayTake(action, state), expected, `${action} from ${state} is ${expected ? '' : 'not '}legal`)
    }
    t.equal(legalMoves[state].length, cells.filter((cell) => cell === 'yes').length, `${state} lists no move twice`)
  }
})

t.test('what changes the standing of a certificate is reported to the regulator', async (t) => {
  t.same(reportableActions, ['suspend', 'reinstate', 'withdraw', 'cancel', 'transfer'])
})

t.test('a reason belongs to its action', async (t) => {
  const table: [action: keyof typeof reasonCodes, code: string, belongs: boolean][] = [
    ['suspend', 'surveillance_missed', true],
    ['suspend', 'fraud', false],
    ['withdraw', 'fraud', true],
    ['withdraw', 'holder_request', false],
    ['cancel', 'holder_request', true],
    ['refuse', 'test_failed', true],
    ['issue', 'conforming', true],
    ['issue', 'recertified', false],
    ['renew', 'recertified', true],
    ['transfer', 'member_left', true],
    ['suspend', '', false],
    ['suspend', 'constructor', false],
  ]
  for (const [action, code, belongs] of table) {
    t.equal(isReasonOf(action, code), belongs, `${code || '(empty)'} is ${belongs ? '' : 'not '}a reason to ${action}`)
  }
})

t.test('a reason is said in words, also that of a transferred certificate', async (t) => {
  t.same(reasonName('fraud'), ['以欺骗等手段取得', 'obtained by fraud'])
  t.same(reasonName('transferred'), ['已转移至其他机构', 'transferred to another member'])
  t.equal(reasonName('bad_weather'), null)
})

t.test('every action has reasons, each code once, and everything has a name in both languages', async (t) => {
  for (const action of [...certificateActions, 'refuse', 'issue'] as const) {
    const codes = reasonCodes[action].map(({ code }) => code)
    t.ok(codes.length > 0, `${action} has a reason`)
    t.equal(new Set(codes).size, codes.length, `${action} names no reason twice`)
    t.ok(
      reasonCodes[action].every(({ zh, en }) => /\p{sc=Han}/u.test(zh) && /^[\x20-\x7e’]+$/.test(en)),
      `${action} has its reasons in both languages`,
    )
  }
  for (const [zh, en] of [...Object.values(certificateStateNames), ...Object.values(certificateActionNames)]) {
    t.match(zh, /^\p{sc=Han}+$/u)
    t.match(en, /^[a-z ]+$/)
  }
})
