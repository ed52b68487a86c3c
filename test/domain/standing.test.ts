import fc from 'fast-check'
import t from 'tap'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import {
  admittedOn,
  isOpeningBalance,
  mayMoveTo,
  type Standing,
  type StandingFact,
  standingEffects,
  standingMoves,
  standingOn,
  standings,
} from '../../src/domain/standing.ts'

const day = plainDate
const fact = (standing: Standing, fromOn: string): StandingFact => ({ standing, fromOn: day(fromOn) })

t.test('from each standing these moves are open and no other', async (t) => {
  const table = [
    '            candidate admitted rectifying suspended removed',
    '(none)      yes       yes      -          -         -      ',
    'candidate   -         yes      -          -         yes    ',
    'admitted    -         -        yes        yes       yes    ',
    'rectifying  -         yes      -          yes       yes    ',
    'suspended   -         yes      yes        -         yes    ',
    'removed     yes       -        -          -         -      ',
  ].map((line) => line.trim().split(/ +/))
  const [header = [], ...rows] = table
  t.same(header, standings)
  t.same(
    rows.map(([from]) => from),
    ['(none)', ...standings],
  )
  for (const [from = '', ...cells] of rows) {
    for (const [index, to] of standings.entries()) {
      const expected = cells[index] === 'yes'
      const before = from === '(none)' ? null : (from as Standing)
      t.equal(mayMoveTo(before, to), expected, `from ${from} to ${to} is ${expected ? '' : 'not '}open`)
    }
  }
})

t.test('this follows from a standing', async (t) => {
  const table: [standing: Standing, mayBeAssigned: boolean, mayIssue: boolean, casesUnderWay: string][] = [
    ['candidate', false, false, 'go_on'],
    ['admitted', true, true, 'go_on'],
    ['rectifying', false, true, 'go_on'],
    ['suspended', false, false, 'back_to_desk'],
    ['removed', false, false, 'back_to_desk'],
  ]
  t.same(
    table.map(([standing]) => standing),
    standings,
  )
  for (const [standing, mayBeAssigned, mayIssue, casesUnderWay] of table) {
    t.match(standingEffects[standing], { mayBeAssigned, mayIssue, casesUnderWay, surveillanceGoesOn: true }, standing)
    t.match(standingEffects[standing].zh, /^\p{sc=Han}+$/u, `${standing} has a Chinese name`)
  }
})

t.test('a removed body comes back only as a candidate', async (t) => {
  t.same(standingMoves.removed, ['candidate'])
})

t.test('the standing on a day is the last that began', async (t) => {
  const history = [
    fact('candidate', '2023-06-01'),
    fact('admitted', '2024-01-02'),
    fact('suspended', '2025-03-01'),
    fact('admitted', '2025-09-01'),
  ]
  const table: [on: string, standing: Standing | null][] = [
    ['2023-05-31', null],
    ['2023-06-01', 'candidate'],
    ['2024-01-01', 'candidate'],
    ['2024-01-02', 'admitted'],
    ['2025-02-28', 'admitted'],
    ['2025-03-01', 'suspended'],
    ['2025-08-31', 'suspended'],
    ['2025-09-01', 'admitted'],
    ['2030-01-01', 'admitted'],
  ]
  for (const [on, standing] of table) t.equal(standingOn(history, day(on)), standing, `${on}: ${standing ?? 'unknown'}`)
  t.equal(standingOn([], day('2026-01-01')), null, 'no history: unknown')
  const twice = [fact('candidate', '2024-01-02'), fact('admitted', '2024-01-02')]
  t.equal(standingOn(twice, day('2024-01-02')), 'admitted', 'of two on one day the later of the list')
})

t.test('the admission is the first day inside the alliance that is known', async (t) => {
  const table: [story: string, history: StandingFact[], on: string | null][] = [
    ['no history', [], null],
    ['a candidate', [fact('candidate', '2023-06-01')], null],
    ['a removed body', [fact('removed', '2023-06-01')], null],
    ['first known as rectifying', [fact('rectifying', '2023-06-01'), fact('admitted', '2024-01-02')], '2023-06-01'],
    ['first known as suspended', [fact('suspended', '2023-06-01')], '2023-06-01'],
    ['admitted at once', [fact('admitted', '2024-01-02')], '2024-01-02'],
    ['admitted after a wait', [fact('candidate', '2023-06-01'), fact('admitted', '2024-01-02')], '2024-01-02'],
    [
      'admitted again',
      [fact('admitted', '2025-09-01'), fact('suspended', '2025-03-01'), fact('admitted', '2024-01-02')],
      '2024-01-02',
    ],
  ]
  for (const [story, history, on] of table) t.equal(admittedOn(history), on, story)
})

t.test('the order in which a history is given plays no part', async (t) => {
  const anyHistory = fc
    .uniqueArray(fc.tuple(fc.nat(500), fc.constantFrom(...standings)), { selector: ([n]) => n, maxLength: 6 })
    .map((pairs) => pairs.map(([n, standing]): StandingFact => ({ standing, fromOn: addDays(day('2024-01-01'), n) })))
  const anyDay = fc.nat(600).map((n): PlainDate => addDays(day('2023-12-01'), n))
  fc.assert(
    fc.property(anyHistory, anyDay, (history, on) => {
      const sorted = history.toSorted((a, b) => (a.fromOn < b.fromOn ? -1 : 1))
      const begun = sorted.filter(({ fromOn }) => fromOn <= on)
      return (
        standingOn(history, on) === (begun.at(-1)?.standing ?? null) &&
        standingOn(history.toReversed(), on) === standingOn(history, on) &&
        admittedOn(history) ===
          (sorted.find(({ standing }) => standing !== 'candidate' && standing !== 'removed')?.fromOn ?? null)
      )
    }),
    { numRuns: 1_000 },
  )
  t.pass('for 1000 histories')
})

t.test('nobody gets stuck: from every standing a member can be admitted again', async (t) => {
  for (const start of standings) {
    const reached = new Set<Standing>([start])
    for (const standing of reached) for (const next of standingMoves[standing]) reached.add(next)
    t.ok(reached.has('admitted'), start)
  }
})

t.test(
  'what was so before there was the registry is history, for thirty days after a body is registered',
  async (t) => {
    const openedOn = plainDate('2026-11-20')
    const table: [registeredOn: string, fromOn: string, today: string, isOpening: boolean][] = [
      ['2026-11-20', '2024-01-02', '2026-11-20', true],
      ['2026-11-20', '2026-11-19', '2026-12-20', true],
      ['2026-11-20', '2026-11-19', '2026-12-21', false],
      ['2026-11-20', '2026-11-20', '2026-11-20', false],
      ['2026-11-20', '2026-11-21', '2026-11-21', false],
      ['2027-03-01', '2024-01-02', '2027-03-31', true],
      ['2027-03-01', '2027-02-28', '2027-03-01', false],
      ['2027-03-01', '2026-11-20', '2027-03-01', false],
    ]
    for (const [registered, fromOn, today, expected] of table) {
      const days = { registeredOn: plainDate(registered), openedOn }
      t.equal(
        isOpeningBalance(days, plainDate(fromOn), plainDate(today)),
        expected,
        `${registered}: ${fromOn} on ${today}`,
      )
    }
  },
)
