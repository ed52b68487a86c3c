import fc from 'fast-check'
import t from 'tap'
import type { CertificateNumber } from '../../src/domain/certificate-number.ts'
import { matchByHolder, matchByNumber, matchLists } from '../../src/domain/list-matching.ts'
import { readListedRow } from '../../src/domain/listed-row.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import {
  type AnnouncedFact,
  conclusions,
  differencesFromAnnounced,
  differencesOf,
  type Entry,
  fingerprintOf,
  type Held,
  holdsForLaterLists,
  type Listed,
  listedStateOf,
  listedTwice,
  type Matching,
  missingHere,
  missingThere,
} from '../../src/domain/reconciliation.ts'

const on = plainDate

const held = (changes: Partial<Held> = {}): Held => ({
  id: changes.id ?? `${changes.number ?? 'A-1'}/${changes.validFrom ?? '2024-01-01'}`,
  number: 'A-1',
  memberId: 'a',
  holderName: '示例机械（南京）有限公司',
  creditCode: '91320100MA0XX00154',
  issuedOn: on('2024-01-01'),
  validFrom: on('2024-01-01'),
  validUntil: on('2026-12-31'),
  state: 'valid',
  ...changes,
})

const listed = (changes: Partial<Omit<Listed, 'number'>> & { number?: string } = {}): Listed => ({
  rowNumber: 2,
  memberId: 'a',
  holderName: '示例机械（南京）有限公司',
  creditCode: '91320100MA0XX00154',
  issuedOn: on('2024-01-01'),
  validFrom: on('2024-01-01'),
  validUntil: on('2026-12-31'),
  state: 'valid',
  ...changes,
  number: (changes.number ?? 'A-1') as CertificateNumber,
})

/** Everything that the work list would say, in short. */
function saidOf({ pairs, twice, ours, theirs }: Matching): string[] {
  const entries = [
    ...pairs.flatMap(differencesOf),
    ...twice.map(listedTwice),
    ...ours.map(missingThere),
    ...theirs.map(missingHere),
  ]
  return entries.map(shortly).sort()
}

function shortly({ kind, ours, theirs, oursSays, theirsSays }: Entry): string {
  const what = oursSays === null ? (ours?.number ?? theirs?.number) : `${oursSays} | ${theirsSays}`
  return `${kind}: ${what}`
}

t.test('what differs between a certificate and its row in the list', (t) => {
  const table: [string, Partial<Held>, Parameters<typeof listed>[0], string[]][] = [
    ['nothing', {}, {}, []],
    [
      'a half-width bracket and capitals are the same name',
      { holderName: '示例ＡＢ（南京）' },
      { holderName: '示例ab(南京)' },
      [],
    ],
    [
      'a name',
      {},
      { holderName: '示例电器', creditCode: null },
      ['holder: 示例机械（南京）有限公司 91320100MA0XX00154 | 示例电器'],
    ],
    [
      'a credit code',
      { holderName: '甲' },
      { holderName: '甲', creditCode: 'X' },
      ['holder: 甲 91320100MA0XX00154 | 甲 X'],
    ],
    ['a code that we do not know is no difference', { creditCode: null }, {}, []],
    ['a code that they do not know is no difference', {}, { creditCode: null }, []],
    ['the last day', {}, { validUntil: on('2027-01-01') }, ['valid_until: 2026-12-31 | 2027-01-01']],
    ['the first day', {}, { validFrom: on('2024-01-02') }, ['valid_from: 2024-01-01 | 2024-01-02']],
    ['the day of issue', {}, { issuedOn: on('2023-12-30') }, ['issued_on: 2024-01-01 | 2023-12-30']],
    ['a day of issue that we do not know is no difference', { issuedOn: null }, {}, []],
    [
      'what the list does not say is not compared',
      {},
      { issuedOn: null, validFrom: null, validUntil: null, state: null, holderName: null, creditCode: null },
      [],
    ],
    ['the state', { state: 'suspended' }, {}, ['state: suspended | valid']],
    ['not yet valid is valid in a list', { state: 'not_yet_valid' }, {}, []],
    [
      'withdrawn and cancelled are kept apart',
      { state: 'withdrawn' },
      { state: 'cancelled' },
      ['state: withdrawn | cancelled'],
    ],
    ['the body', {}, { memberId: 'b' }, ['body: a | b']],
    ['a body that is not named is not compared', {}, { memberId: null }, []],
    ['another number of the same holder with the same days', {}, { number: 'A-2' }, ['number: A-1 | A-2']],
    [
      'another number and another day are two certificates',
      {},
      { number: 'A-2', validUntil: on('2027-12-31') },
      ['missing_here: A-2', 'missing_there: A-1'],
    ],
    [
      'several things at once',
      { state: 'expired' },
      { validUntil: on('2030-01-01'), memberId: 'b' },
      ['body: a | b', 'state: expired | valid', 'valid_until: 2026-12-31 | 2030-01-01'],
    ],
  ]
  for (const [name, ours, theirs, expected] of table)
    t.same(saidOf(matchLists([held(ours)], [listed(theirs)])), expected, name)
  t.end()
})

const days = { old: on('2021-01-01'), oldEnd: on('2023-12-31'), now: on('2024-01-01'), next: on('2027-01-01') }

t.test('what is matched with what', (t) => {
  const table: [string, Held[], Listed[], string[]][] = [
    ['both sides empty', [], [], []],
    ['only ours', [held()], [], ['missing_there: A-1']],
    ['only theirs', [], [listed()], ['missing_here: A-1']],
    [
      'each period with its own',
      [held(), held({ validFrom: days.old, validUntil: days.oldEnd })],
      [listed({ validFrom: days.old, validUntil: days.oldEnd }), listed({ rowNumber: 3 })],
      [],
    ],
    [
      'a renewal that only they have',
      [held()],
      [listed(), listed({ rowNumber: 3, validFrom: days.next })],
      ['missing_here: A-1'],
    ],
    [
      'a period that is written otherwise is that of the latest',
      [held(), held({ validFrom: days.old, validUntil: days.oldEnd })],
      [listed({ validFrom: on('2024-02-01') })],
      ['missing_there: A-1', 'valid_from: 2024-01-01 | 2024-02-01'],
    ],
    ['a row that stands twice', [held()], [listed(), listed({ rowNumber: 3 })], ['listed_twice: A-1']],
    [
      'of two rows the one that agrees is matched',
      [held()],
      [listed({ holderName: '示例另一', rowNumber: 2 }), listed({ rowNumber: 3 })],
      ['listed_twice: A-1'],
    ],
    [
      'a row that stands twice is not taken for another period',
      [held(), held({ validFrom: days.old, validUntil: days.oldEnd })],
      [listed(), listed({ rowNumber: 3 })],
      ['listed_twice: A-1', 'missing_there: A-1'],
    ],
    [
      'a row that stands twice and is not here',
      [],
      [listed(), listed({ rowNumber: 3 })],
      ['listed_twice: A-1', 'missing_here: A-1'],
    ],
    [
      'the same number of two members, named',
      [held({ id: '1' }), held({ id: '2', memberId: 'b', holderName: '乙' })],
      [listed({ memberId: 'b', holderName: '乙' }), listed({ rowNumber: 3 })],
      [],
    ],
    [
      'the same number of two members, not named',
      [held({ id: '1' }), held({ id: '2', memberId: 'b', holderName: '乙' })],
      [listed({ memberId: null, holderName: '乙' }), listed({ rowNumber: 3, memberId: null })],
      [],
    ],
    [
      'one number of two bodies and two holders is two certificates',
      [held()],
      [listed({ memberId: 'b', holderName: '乙', creditCode: null })],
      ['missing_here: A-1', 'missing_there: A-1'],
    ],
    [
      'one number of one holder, whatever the body',
      [held()],
      [listed({ memberId: 'b', validFrom: days.next })],
      ['body: a | b', 'valid_from: 2024-01-01 | 2027-01-01'],
    ],
    [
      'two of one holder with the same days: which is which is not guessed',
      [held({ number: 'A-1' }), held({ number: 'A-2' })],
      [listed({ number: 'B-1' }), listed({ number: 'B-2', rowNumber: 3 })],
      ['missing_here: B-1', 'missing_here: B-2', 'missing_there: A-1', 'missing_there: A-2'],
    ],
    [
      'by name where a side has no code',
      [held({ creditCode: null })],
      [listed({ number: 'B-1' })],
      ['number: A-1 | B-1'],
    ],
  ]
  for (const [name, ours, theirs, expected] of table) t.same(saidOf(matchLists(ours, theirs)), expected, name)
  t.end()
})

// ---- Whatever the lists

const small = { number: fc.constantFrom('A-1', 'A-2', 'A-3', 'B-1'), member: fc.constantFrom('a', 'b') }
const name = fc.constantFrom('甲公司', '乙公司', '丙（南京）公司')
const code = fc.constantFrom(null, '91320100MA0XX00154', '91320500MA0XX00237')
const from = fc.constantFrom(on('2021-01-01'), on('2024-01-01'), on('2024-02-01'))
const until = fc.constantFrom(on('2026-12-31'), on('2027-01-31'))
const someHeld = fc
  .uniqueArray(
    fc.record({
      number: small.number,
      memberId: small.member,
      holderName: name,
      creditCode: code,
      validFrom: from,
      validUntil: until,
    }),
    { maxLength: 12, selector: ({ memberId, number, validFrom }) => `${memberId} ${number} ${validFrom}` },
  )
  .map((rows) => rows.map((row, at) => held({ ...row, id: `id-${at}` })))
const someListed = fc
  .array(
    fc.record({
      number: small.number,
      memberId: fc.option(small.member),
      holderName: fc.option(name),
      creditCode: code,
      validFrom: fc.option(from),
      validUntil: fc.option(until),
      state: fc.constantFrom('valid' as const, 'suspended' as const, null),
    }),
    { maxLength: 14 },
  )
  .map((rows) => rows.map((row, at) => listed({ ...row, rowNumber: at + 2 })))

t.test('every row of either side ends in exactly one place', (t) => {
  fc.assert(
    fc.property(someHeld, someListed, (ours, theirs) => {
      const matching = matchLists(ours, theirs)
      const oursEnded = [...matching.pairs.map((pair) => pair.ours), ...matching.ours]
      const theirsEnded = [...matching.pairs.map((pair) => pair.theirs), ...matching.theirs, ...matching.twice]
      t.same(oursEnded.map(({ id }) => id).sort(), ours.map(({ id }) => id).sort())
      const numbers = (rows: readonly Listed[]) => rows.map(({ rowNumber }) => rowNumber).sort((a, b) => a - b)
      t.same(numbers(theirsEnded), numbers(theirs))
    }),
  )
  t.end()
})

t.test('the order of the file and of ours changes nothing of what is said', (t) => {
  const shuffled = fc.tuple(someHeld, someListed).chain(([ours, theirs]) =>
    fc.record({
      ours: fc.constant(ours),
      theirs: fc.constant(theirs),
      oursAgain: fc.shuffledSubarray(ours, { minLength: ours.length }),
      theirsAgain: fc.shuffledSubarray(theirs, { minLength: theirs.length }),
    }),
  )
  fc.assert(
    fc.property(shuffled, ({ ours, theirs, oursAgain, theirsAgain }) => {
      const renumbered = theirsAgain.map((row, at) => ({ ...row, rowNumber: at + 2 }))
      t.same(saidOf(matchLists(oursAgain, renumbered)), saidOf(matchLists(ours, theirs)))
    }),
  )
  t.end()
})

t.test('whole numbers matched apart, and whole holders then, come to the same as all at once', (t) => {
  fc.assert(
    fc.property(someHeld, someListed, (ours, theirs) => {
      const numbers = [...new Set([...ours, ...theirs].map(({ number }) => number as string))]
      const parts = numbers.map((each) =>
        matchByNumber(
          ours.filter(({ number }) => number === each),
          theirs.filter(({ number }) => number === each),
        ),
      )
      const all = (pick: (part: Matching) => readonly unknown[]) => parts.flatMap(pick)
      const rest = matchByHolder(all((part) => part.ours) as Held[], all((part) => part.theirs) as Listed[])
      const together = {
        ...rest,
        pairs: [...parts.flatMap(({ pairs }) => pairs), ...rest.pairs],
        twice: parts.flatMap(({ twice }) => twice),
      }
      t.same(saidOf(together), saidOf(matchLists(ours, theirs)))
    }),
  )
  t.end()
})

t.test('a list of exactly what we hold agrees with it', (t) => {
  fc.assert(
    fc.property(someHeld, fc.boolean(), (ours, named) => {
      const theirs = ours.map(({ id: _, state, memberId, ...row }, at) =>
        listed({ ...row, memberId: named ? memberId : null, rowNumber: at + 2, state: listedStateOf(state) }),
      )
      const { pairs, ...rest } = matchLists(ours, theirs.toReversed())
      t.same({ ...rest, pairs: pairs.length }, { ours: [], theirs: [], twice: [], pairs: ours.length })
      t.same(pairs.flatMap(differencesOf), [])
    }),
  )
  t.end()
})

t.test('what is missing on one side is missing on the other when the sides are exchanged', (t) => {
  fc.assert(
    fc.property(someHeld, someHeld, (one, other) => {
      const asListed = (rows: readonly Held[]) =>
        rows.map(({ id: _, state, ...row }, at) => listed({ ...row, rowNumber: at, state: listedStateOf(state) }))
      const numbers = (rows: readonly { number: string }[]) => rows.map(({ number }) => number).sort()
      const there = matchLists(one, asListed(other))
      const back = matchLists(other, asListed(one))
      t.equal(there.pairs.length, back.pairs.length)
      t.same(numbers(there.ours), numbers(back.theirs))
      t.same(numbers(there.theirs), numbers(back.ours))
    }),
  )
  t.end()
})

t.test('the same difference has the same fingerprint, another one another', (t) => {
  const differing = (theirs: Parameters<typeof listed>[0]) =>
    differencesOf({ ours: held(), theirs: listed(theirs) }).map(fingerprintOf)
  const until = differing({ validUntil: on('2027-01-01') })
  t.same(until, differing({ validUntil: on('2027-01-01'), rowNumber: 99 }), 'wherever the row stands')
  t.strictNotSame(until, differing({ validUntil: on('2027-01-02') }))
  t.strictNotSame(fingerprintOf(missingHere(listed())), fingerprintOf(listedTwice(listed())))
  t.equal(fingerprintOf(missingThere(held())), fingerprintOf(missingThere(held({ state: 'suspended' }))))
  t.end()
})

t.test('that ours was corrected does not hold for a list in which the difference is still there', (t) => {
  t.same(conclusions.filter(holdsForLaterLists), ['theirs_to_correct', 'explained', 'not_ours'])
  t.end()
})

t.test('a row of a list is read as it stands, and what is wrong with it is said at once', (t) => {
  const names = { number: '编号', validUntil: '到期', state: '状态' }
  const read = (cells: Record<string, string>) => {
    const reading = readListedRow({ cells, names }, 7)
    return reading.ok ? reading : reading.problems.map(({ code, path, value }) => `${code}@${path}=${value}`)
  }
  t.match(
    read({ number: ' a－1 ', holderName: '甲', holderCreditCode: 'x y', validUntil: '2026年1月5日', state: 'VALID' }),
    {
      listed: {
        rowNumber: 7,
        number: 'A-1',
        creditCode: 'XY',
        validUntil: '2026-01-05',
        validFrom: null,
        state: 'valid',
      },
      body: { name: null, approvalNumber: null },
    },
  )
  t.match(read({ number: "'-A1" }), { listed: { number: '-A1' } }, 'an apostrophe that our export put there')
  t.same(read({ number: '-', validUntil: '2026-02-30', state: '好' }), [
    'certificate_number_empty@编号=-',
    'date_does_not_exist@到期=2026-02-30',
    'field_invalid@状态=好',
  ])
  t.same(read({}), ['certificate_number_empty@编号='])
  t.same(read({ number: 'A', holderName: '张 11010519491231002X' }), [
    'identity_card_refused@holderName=张 *****************X',
  ])
  t.same(read({ number: 'A', holderCreditCode: '11010519491231002X' }), [
    'identity_card_refused@holderCreditCode=*****************X',
  ])
  t.same(read({ number: 'A', bodyApprovalNumber: 'R-1' }), ['approval_number_invalid@bodyApprovalNumber=R-1'])
  t.match(read({ number: 'A', bodyName: '甲'.repeat(301) }), [/^field_invalid@bodyName=/])
  t.end()
})

t.test('the announcement is the third side of what both have (N8)', (t) => {
  const pair = (changes: Partial<Held> = {}) => ({ ours: held(changes), theirs: listed() })
  const line = (enterpriseName: string) => ({ number: '示例第1号', enterpriseName })
  const day = on
  const table: [name: string, changes: Partial<Held>, fact: AnnouncedFact, said: string[]][] = [
    ['listed under its name', {}, { listed: line(held().holderName), latestOn: day('2030-01-01') }, []],
    ['the same name in other width', {}, { listed: line(` ${held().holderName} `), latestOn: day('2030-01-01') }, []],
    [
      'another name',
      {},
      { listed: line('示例另一公司'), latestOn: day('2030-01-01') },
      ['announced_holder 示例另一公司（示例第1号）'],
    ],
    [
      'in none, issued on the day of the latest',
      { issuedOn: day('2026-11-17') },
      { listed: null, latestOn: day('2026-11-17') },
      ['not_announced null'],
    ],
    [
      'in none, issued after the latest',
      { issuedOn: day('2026-11-18') },
      { listed: null, latestOn: day('2026-11-17') },
      [],
    ],
    ['in none, and there was none', {}, { listed: null, latestOn: null }, []],
    ['in none, but it has ended', { state: 'withdrawn' }, { listed: null, latestOn: day('2030-01-01') }, []],
  ]
  for (const [name, changes, fact, said] of table)
    t.same(
      differencesFromAnnounced(pair(changes), fact).map(({ kind, announcedSays }) => `${kind} ${announcedSays}`),
      said,
      name,
    )
  t.end()
})
