import fc from 'fast-check'
import t from 'tap'
import { type CalendarYear, officialCalendar } from '../../src/domain/calendar.ts'
import {
  audiencesOfStage,
  builtInEscalationRules,
  type EscalationFacts,
  type EscalationRule,
  escalationInForce,
  escalationStages,
  isInOrder,
  mayBeExplained,
  type StageDays,
  stagesReached,
} from '../../src/domain/escalation.ts'
import { duties } from '../../src/domain/obligation.ts'
import { builtInCalendarYears } from '../../src/domain/official-days.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'

const day = plainDate
const calendar = officialCalendar(1, builtInCalendarYears)
const [{ workingDays: days }] = builtInEscalationRules as [EscalationRule]

const facts = (dueOn: string, changes: Partial<EscalationFacts> = {}): EscalationFacts => ({
  duty: 'report_to_cnca',
  dueOn: day(dueOn),
  provisional: false,
  metOn: null,
  waivedOn: null,
  explanation: null,
  explainedOn: null,
  replyUntil: null,
  replyAgainUntil: null,
  ...changes,
})
const reached = (of: EscalationFacts, on: string) => stagesReached(of, days, calendar, day(on)).join(' ')

/** The first day on which each stage is reached. */
function firstDays(of: EscalationFacts, from: string): Record<string, PlainDate> {
  const found: Record<string, PlainDate> = {}
  for (let on = day(from), n = 0; n < 90; on = addDays(on, 1), n += 1)
    for (const stage of stagesReached(of, days, calendar, on)) found[stage] ??= on
  return found
}

t.test('each stage falls on these days around the due day', async (t) => {
  const table: [
    dueOn: string,
    replyUntil: string,
    reminder: string,
    overdue: string,
    warning: string,
    listing: string,
  ][] = [
    // Qingming, with a make-up Sunday on 7 April.
    ['2024-03-26', '2024-04-03', '2024-03-22', '2024-03-27', '2024-04-03', '2024-04-10'],
    // Due on a make-up Saturday after the holiday.
    ['2024-10-12', '2024-10-21', '2024-10-10', '2024-10-14', '2024-10-21', '2024-10-25'],
    ['2025-02-05', '2025-02-12', '2025-01-26', '2025-02-06', '2025-02-12', '2025-02-18'],
    // Due on a make-up Sunday.
    ['2026-01-04', '2026-01-12', '2025-12-30', '2026-01-05', '2026-01-12', '2026-01-16'],
    ['2026-10-15', '2026-10-23', '2026-10-13', '2026-10-16', '2026-10-23', '2026-10-29'],
    // The 10th of the month, a Saturday, is not moved by days off.
    ['2026-01-10', '2026-01-19', '2026-01-08', '2026-01-12', '2026-01-19', '2026-01-23'],
  ]
  for (const [dueOn, replyUntil, reminder, overdue, warning, listing] of table) {
    const found = firstDays(facts(dueOn, { replyUntil: day(replyUntil) }), addDays(day(dueOn), -20))
    t.same(found, { reminder, overdue, warning, public_listing: listing }, `due on ${dueOn}`)
  }
})

t.test('a day that is counted through a year without a notice is not held against anybody', async (t) => {
  t.same(firstDays(facts('2026-12-31'), '2026-12-20'), { reminder: '2026-12-29' }, 'of the decision of 2026-12-22')
  const provisional = facts('2027-01-04', { provisional: true })
  t.same(firstDays(provisional, '2026-12-20'), { reminder: '2026-12-30' }, 'of the decision of 2026-12-23')
  const years: Record<string, CalendarYear> = {
    ...builtInCalendarYears,
    2027: { notices: [], offDays: [day('2027-01-01'), day('2027-01-02'), day('2027-01-03')], makeupWorkdays: [] },
  }
  const withNotice = officialCalendar(2, years)
  t.same(stagesReached(facts('2026-12-31'), days, withNotice, day('2027-01-04')), ['overdue'], 'once the year is known')
})

t.test('what has been said by a day depends on how the obligation stands', async (t) => {
  const due = '2026-10-15'
  const table: [story: string, changes: Partial<EscalationFacts>, on: string, said: string][] = [
    ['before the reminder', {}, '2026-10-12', ''],
    ['from two working days before', {}, '2026-10-13', 'reminder'],
    ['on the due day itself it is still of use', {}, '2026-10-15', 'reminder'],
    ['afterwards it is not', {}, '2026-10-16', 'overdue'],
    ['met on the due day', { metOn: day('2026-10-15') }, '2026-11-20', ''],
    ['met before the reminder', { metOn: day('2026-10-08') }, '2026-10-14', ''],
    [
      'met on the day of the overdue notice: it was open that morning',
      { metOn: day('2026-10-16') },
      '2026-10-20',
      'overdue',
    ],
    [
      'met five working days late: explained all the same, no warning',
      { metOn: day('2026-10-22') },
      '2026-11-20',
      'overdue',
    ],
    ['waived', { waivedOn: day('2026-10-20') }, '2026-11-20', ''],
    ['no window to reply was opened: no listing', {}, '2026-11-20', 'overdue warning'],
    ['the window is not over on its last day', { replyUntil: day('2026-11-20') }, '2026-11-20', 'overdue warning'],
    ['the window is over', { replyUntil: day('2026-11-19') }, '2026-11-20', 'overdue warning public_listing'],
    [
      'an explanation waits that was written on the last day',
      { replyUntil: day('2026-10-23'), explanation: 'waiting', explainedOn: day('2026-10-23') },
      '2026-11-20',
      'overdue warning',
    ],
    [
      'it was written a day later: that puts off nothing',
      { replyUntil: day('2026-10-23'), explanation: 'waiting', explainedOn: day('2026-10-24') },
      '2026-11-20',
      'overdue warning public_listing',
    ],
    [
      'it came before any window',
      { explanation: 'waiting', explainedOn: day('2026-10-16') },
      '2026-11-20',
      'overdue warning',
    ],
    [
      'one was returned: there is one further window',
      { replyUntil: day('2026-10-23'), explanation: 'returned', replyAgainUntil: day('2026-11-20') },
      '2026-11-20',
      'overdue warning',
    ],
    [
      'that one is over, too',
      { replyUntil: day('2026-10-23'), explanation: 'returned', replyAgainUntil: day('2026-11-19') },
      '2026-11-20',
      'overdue warning public_listing',
    ],
    [
      'explained anew in the further window',
      {
        replyUntil: day('2026-10-23'),
        explanation: 'waiting',
        explainedOn: day('2026-11-19'),
        replyAgainUntil: day('2026-11-19'),
      },
      '2026-12-20',
      'overdue warning',
    ],
    [
      'explained anew after it',
      {
        replyUntil: day('2026-10-23'),
        explanation: 'waiting',
        explainedOn: day('2026-11-20'),
        replyAgainUntil: day('2026-11-19'),
      },
      '2026-11-20',
      'overdue warning public_listing',
    ],
    [
      'returned early: the first window stands',
      { replyUntil: day('2026-10-23'), explanation: 'returned', replyAgainUntil: day('2026-10-22') },
      '2026-10-23',
      'overdue warning',
    ],
    ['one was accepted', { replyUntil: day('2026-10-23'), explanation: 'accepted' }, '2026-11-20', 'overdue warning'],
    [
      'one was returned',
      { replyUntil: day('2026-10-23'), explanation: 'returned' },
      '2026-11-20',
      'overdue warning public_listing',
    ],
    [
      'returned, and it came before any window',
      { explanation: 'returned', replyAgainUntil: day('2026-11-19') },
      '2026-11-20',
      'overdue warning public_listing',
    ],
    [
      'a duty to explain goes no further',
      { duty: 'explain_overdue', replyUntil: day('2026-10-23') },
      '2026-11-20',
      'overdue',
    ],
  ]
  for (const [story, changes, on, said] of table) t.equal(reached(facts(due, changes), on), said, story)
})

const anyDay = fc.nat(900).map((n) => addDays(day('2024-01-02'), n))
const anyFacts = fc
  .record({
    duty: fc.constantFrom(...duties),
    dueOn: anyDay,
    provisional: fc.boolean(),
    metAfter: fc.option(fc.integer({ min: -30, max: 60 })),
    isWaived: fc.boolean(),
    explanation: fc.constantFrom(null, 'waiting', 'accepted', 'returned'),
    replyAfter: fc.option(fc.nat(40)),
    againAfter: fc.option(fc.nat(60)),
    explainedAfter: fc.option(fc.nat(60)),
  })
  .map(
    ({ metAfter, isWaived, replyAfter, againAfter, explainedAfter, ...rest }): EscalationFacts => ({
      ...rest,
      metOn: metAfter === null || isWaived ? null : addDays(rest.dueOn, metAfter),
      waivedOn: isWaived ? addDays(rest.dueOn, 3) : null,
      replyUntil: replyAfter === null ? null : addDays(rest.dueOn, replyAfter),
      replyAgainUntil: againAfter === null ? null : addDays(rest.dueOn, againAfter),
      explainedOn: explainedAfter === null ? null : addDays(rest.dueOn, explainedAfter),
    }),
  ) as fc.Arbitrary<EscalationFacts>

t.test('what is said of an open obligation is never taken back, but for the reminder', async (t) => {
  fc.assert(
    fc.property(anyFacts, fc.nat(60), fc.nat(30), (any, at, more) => {
      const open = { ...any, metOn: null }
      const now = stagesReached(open, days, calendar, addDays(open.dueOn, at - 20))
      const later = stagesReached(open, days, calendar, addDays(open.dueOn, at - 20 + more))
      return now.filter((stage) => stage !== 'reminder').every((stage) => later.includes(stage))
    }),
    { numRuns: 2_000 },
  )
  t.pass()
})

t.test(
  'missed nights change nothing: asked daily or only at the end, the same is said, but for reminders',
  async (t) => {
    fc.assert(
      fc.property(anyFacts, fc.nat(60), fc.uniqueArray(fc.nat(60)), (open, last, nights) => {
        const facts = { ...open, metOn: null, explanation: null }
        const askedOn = (night: number) => stagesReached(facts, days, calendar, addDays(facts.dueOn, night))
        const said = new Set([...nights.filter((night) => night <= last), last].flatMap(askedOn))
        said.delete('reminder')
        const atTheEnd = askedOn(last).filter((stage) => stage !== 'reminder')
        return said.size === atTheEnd.length && atTheEnd.every((stage) => said.has(stage))
      }),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(anyFacts, fc.nat(60), (late, last) => {
        // What is closed later keeps what was said while it was open: the overdue notice, which opens the explanation.
        const asOf = (on: PlainDate) => ({
          ...late,
          metOn: late.metOn !== null && late.metOn <= on ? late.metOn : null,
        })
        const nightly = Array.from({ length: last + 1 }, (_, night) => addDays(late.dueOn, night)).flatMap((on) =>
          stagesReached(asOf(on), days, calendar, on),
        )
        const end = addDays(late.dueOn, last)
        return nightly.includes('overdue') === stagesReached(asOf(end), days, calendar, end).includes('overdue')
      }),
      { numRuns: 2_000 },
    )
    t.pass()
  },
)

t.test('a provisional due day never goes past a reminder, and a waived obligation is not spoken of', async (t) => {
  fc.assert(
    fc.property(anyFacts, fc.integer({ min: -20, max: 60 }), (any, after) => {
      const on = addDays(any.dueOn, after)
      const provisional = stagesReached({ ...any, provisional: true }, days, calendar, on)
      const waived = stagesReached({ ...any, waivedOn: any.dueOn }, days, calendar, on)
      return provisional.every((stage) => stage === 'reminder') && waived.length === 0
    }),
    { numRuns: 1_000 },
  )
  t.pass()
})

t.test('an obligation goes by the version that was in force on the day of its event', async (t) => {
  const later: EscalationRule = {
    version: 2,
    effectiveOn: day('2026-06-01'),
    workingDays: { ...days, overdue: 2 },
    clause: 'R2',
  }
  const rules = [later, ...builtInEscalationRules]
  const table = [
    ['2019-12-31', 1],
    ['2026-05-31', 1],
    ['2026-06-01', 2],
  ] as const
  for (const [eventOn, version] of table) t.equal(escalationInForce(rules, day(eventOn)).version, version, eventOn)
  t.throws(() => escalationInForce([], day('2026-01-01')), /no escalation rule/)
})

t.test('stages follow one another', async (t) => {
  const table: [changes: Partial<StageDays>, inOrder: boolean][] = [
    [{}, true],
    [{ reminder: 0 }, true],
    [{ reminder: 1 }, false],
    [{ overdue: 0 }, false],
    [{ overdue: 6 }, false],
    [{ warning: 10 }, false],
    [{ public_listing: 5 }, false],
  ]
  for (const [changes, inOrder] of table) t.equal(isInOrder({ ...days, ...changes }), inOrder, JSON.stringify(changes))
})

t.test('what is overdue or late may be explained, nothing else', async (t) => {
  const table: [story: string, changes: Partial<EscalationFacts>, on: string, may: boolean][] = [
    ['on its due day', {}, '2026-10-15', false],
    ['overdue', {}, '2026-10-16', true],
    ['met on time', { metOn: day('2026-10-15') }, '2026-10-20', false],
    ['met late', { metOn: day('2026-10-16') }, '2026-10-20', true],
    ['waived', { waivedOn: day('2026-10-20') }, '2026-10-21', false],
    ['itself a duty to explain', { duty: 'explain_overdue' }, '2026-10-20', false],
  ]
  for (const [story, changes, on, may] of table)
    t.equal(mayBeExplained(facts('2026-10-15', changes), day(on)), may, story)
})

t.test('the regulator is told from the warning on, of what is owed to it', async (t) => {
  const told = (duty: EscalationFacts['duty']) =>
    escalationStages.map((stage) => audiencesOfStage(stage, duty).join('+'))
  const all = 'member+secretariat+regulator'
  t.same(told('report_to_cnca'), ['member', 'member+secretariat', all, all])
  t.same(told('surveillance'), ['member', 'member+secretariat', 'member+secretariat', 'member+secretariat'])
})
