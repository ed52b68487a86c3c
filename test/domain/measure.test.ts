import fc from 'fast-check'
import t from 'tap'
import { admissionChecks, applicationStateOn, checksMissing } from '../../src/domain/admission.ts'
import {
  builtInLadderRules,
  conclusionsOf,
  decidedKind,
  isMilder,
  ladderInForce,
  type MeasureFacts,
  type MeasureKind,
  type MeasureStep,
  measureKinds,
  measureStateOn,
  problemsOfStep,
  type StepFact,
  type StepOutcome,
  standingAfter,
  standingUnder,
} from '../../src/domain/measure.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'

/** Proposed on 2026-11-20 by p; the reply is open until 2026-12-04, an appeal until 2026-12-21. */
const proposedOn = plainDate('2026-11-20')
const replyUntilOn = plainDate('2026-12-04')
const appealUntilOn = plainDate('2026-12-21')

const took = (step: MeasureStep, onDay: string, outcome: StepOutcome | null = null, byId = 'q'): StepFact => ({
  step,
  onDay: plainDate(onDay),
  outcome,
  mitigatedTo: outcome === 'mitigated' ? 'warning' : null,
  appealUntilOn: step === 'decision' ? appealUntilOn : null,
  planDueOn: null,
  byId,
})

const measure = (kind: MeasureKind, ...steps: StepFact[]): MeasureFacts => ({
  kind,
  proposedOn,
  replyUntilOn,
  planDueOn: kind === 'rectification' ? plainDate('2027-01-31') : null,
  proposedById: 'p',
  steps,
})

const replied = took('reply', '2026-11-25')
const decided = took('decision', '2026-12-07', 'confirmed')
const appealed = took('appeal', '2026-12-10')

t.test('how a measure stands on a day (R8)', async (t) => {
  const table: [name: string, on: string, steps: StepFact[], state: string][] = [
    ['the last day of the window is a day to reply', '2026-12-04', [], 'open_for_reply'],
    ['the window is over without a reply', '2026-12-05', [], 'to_decide'],
    ['the reply ends the window', '2026-11-25', [replied], 'to_decide'],
    ['before the reply it was open', '2026-11-24', [replied], 'open_for_reply'],
    ['decided', '2026-12-07', [replied, decided], 'in_force'],
    ['withdrawn', '2026-12-07', [took('decision', '2026-12-07', 'withdrawn')], 'withdrawn'],
    ['under appeal', '2026-12-10', [decided, appealed], 'under_appeal'],
    ['upheld', '2026-12-20', [decided, appealed, took('appeal_decision', '2026-12-18', 'upheld')], 'upheld'],
    ['reversed', '2026-12-20', [decided, appealed, took('appeal_decision', '2026-12-18', 'reversed')], 'reversed'],
    ['concluded', '2027-02-01', [decided, took('conclusion', '2027-02-01', 'passed')], 'concluded'],
    [
      'concluded early, then appealed against',
      '2026-12-11',
      [decided, took('conclusion', '2026-12-09', 'passed'), appealed],
      'under_appeal',
    ],
    [
      'concluded early, and reversed',
      '2026-12-20',
      [
        decided,
        took('conclusion', '2026-12-09', 'passed'),
        appealed,
        took('appeal_decision', '2026-12-18', 'reversed'),
      ],
      'reversed',
    ],
    [
      'concluded early, and upheld',
      '2026-12-20',
      [decided, took('conclusion', '2026-12-09', 'passed'), appealed, took('appeal_decision', '2026-12-18', 'upheld')],
      'concluded',
    ],
  ]
  for (const [name, on, steps, state] of table)
    t.equal(measureStateOn(measure('rectification', ...steps), plainDate(on)), state, name)
})

t.test('who may take which step, and when (R8)', async (t) => {
  type Row = [name: string, facts: MeasureFacts, step: MeasureStep, outcome: StepOutcome | null, by: string, on: string]
  const removal = (...steps: StepFact[]) => measure('removal', ...steps)
  const order = (...steps: StepFact[]) => measure('rectification', ...steps)
  const upheld = took('appeal_decision', '2026-12-18', 'upheld', 'r')
  const concluded = took('conclusion', '2026-12-09', 'passed')
  const lost = (facts: MeasureFacts) => ({ ...facts, hasLostGround: true })
  const table: [...Row, codes: string[]][] = [
    ['a reply in its window', order(), 'reply', null, 'm', '2026-12-04', []],
    ['a reply too late', order(), 'reply', null, 'm', '2026-12-05', ['measure_step_not_possible']],
    ['a second reply', order(replied), 'reply', null, 'm', '2026-11-26', ['measure_step_not_possible']],
    ['a decision before the reply', order(), 'decision', 'confirmed', 'q', '2026-12-04', ['reply_window_open']],
    ['letting it go before the reply', order(), 'decision', 'withdrawn', 'p', '2026-11-20', []],
    ['letting a removal go', removal(replied), 'decision', 'withdrawn', 'p', '2026-11-26', []],
    ['a decision after the reply', order(replied), 'decision', 'confirmed', 'p', '2026-11-25', []],
    ['a decision after the window', order(), 'decision', 'confirmed', 'p', '2026-12-05', []],
    [
      'a removal by its proposer',
      removal(replied),
      'decision',
      'confirmed',
      'p',
      '2026-11-26',
      ['second_person_needed'],
    ],
    ['a removal by another', removal(replied), 'decision', 'confirmed', 'q', '2026-11-26', []],
    ['a second decision', order(decided), 'decision', 'withdrawn', 'q', '2026-12-08', ['measure_step_not_possible']],
    ['an appeal in its window', order(decided), 'appeal', null, 'm', '2026-12-21', []],
    ['an appeal too late', order(decided), 'appeal', null, 'm', '2026-12-22', ['appeal_window_over']],
    ['an appeal against nothing', order(replied), 'appeal', null, 'm', '2026-11-26', ['measure_step_not_possible']],
    ['a second appeal', order(decided, appealed), 'appeal', null, 'm', '2026-12-11', ['measure_step_not_possible']],
    [
      'an appeal decided by the proposer',
      order(decided, appealed),
      'appeal_decision',
      'upheld',
      'p',
      '2026-12-11',
      ['second_person_needed'],
    ],
    [
      'an appeal decided by the decider',
      order(decided, appealed),
      'appeal_decision',
      'upheld',
      'q',
      '2026-12-11',
      ['second_person_needed'],
    ],
    ['an appeal decided by a third', order(decided, appealed), 'appeal_decision', 'reversed', 'r', '2026-12-11', []],
    ['passed before its day', order(decided), 'conclusion', 'passed', 'q', '2026-12-10', []],
    [
      'failed while the appeal is open and the plan not due',
      order(decided),
      'conclusion',
      'failed',
      'q',
      '2026-12-21',
      ['appeal_window_open', 'plan_not_due'],
    ],
    ['failed on the last day of the plan', order(decided), 'conclusion', 'failed', 'q', '2027-01-31', ['plan_not_due']],
    ['failed after it', order(decided), 'conclusion', 'failed', 'q', '2027-02-01', []],
    [
      'failed after the appeal was turned down',
      order(decided, appealed, upheld),
      'conclusion',
      'failed',
      'q',
      '2027-02-01',
      [],
    ],
    [
      'failed while under appeal',
      order(decided, appealed),
      'conclusion',
      'failed',
      'q',
      '2027-02-01',
      ['measure_step_not_possible'],
    ],
    [
      'a rectification lifted',
      order(decided),
      'conclusion',
      'lifted',
      'q',
      '2027-02-01',
      ['measure_step_not_possible'],
    ],
    ['a suspension lifted', measure('suspension', decided), 'conclusion', 'lifted', 'q', '2026-12-08', []],
    [
      'a suspension lifted under appeal',
      measure('suspension', decided, appealed),
      'conclusion',
      'lifted',
      'q',
      '2026-12-11',
      [],
    ],
    ['an appeal against what was concluded', order(decided, concluded), 'appeal', null, 'm', '2026-12-21', []],
    ['the same after its window', order(decided, concluded), 'appeal', null, 'm', '2026-12-22', ['appeal_window_over']],
    [
      'a second appeal against it',
      order(decided, appealed, upheld, concluded),
      'appeal',
      null,
      'm',
      '2026-12-19',
      ['measure_step_not_possible'],
    ],
    [
      'confirmed without its ground',
      lost(order(replied)),
      'decision',
      'confirmed',
      'q',
      '2026-11-26',
      ['measure_ground_lost'],
    ],
    ['withdrawn without its ground', lost(order(replied)), 'decision', 'withdrawn', 'q', '2026-11-26', []],
    ['appealed against without its ground, at any time', lost(order(decided)), 'appeal', null, 'm', '2027-06-01', []],
    [
      'upheld without its ground',
      lost(order(decided, appealed)),
      'appeal_decision',
      'upheld',
      'r',
      '2026-12-11',
      ['measure_ground_lost'],
    ],
    [
      'reversed without its ground',
      lost(order(decided, appealed)),
      'appeal_decision',
      'reversed',
      'r',
      '2026-12-11',
      [],
    ],
    [
      'failed without its ground',
      lost(order(decided)),
      'conclusion',
      'failed',
      'q',
      '2027-02-01',
      ['measure_ground_lost'],
    ],
    ['a plan of an order', order(decided), 'plan', null, 'm', '2026-12-08', []],
    ['a plan before the decision', order(replied), 'plan', null, 'm', '2026-11-26', ['measure_step_not_possible']],
    [
      'a second plan',
      order(decided, took('plan', '2026-12-08')),
      'plan',
      null,
      'm',
      '2026-12-09',
      ['measure_step_not_possible'],
    ],
    ['a report under appeal', order(decided, appealed), 'report', null, 'm', '2026-12-11', []],
    [
      'a report of a warning',
      measure('warning', decided),
      'report',
      null,
      'm',
      '2026-12-08',
      ['measure_step_not_possible'],
    ],
    [
      'a report after the conclusion',
      order(decided, concluded),
      'report',
      null,
      'm',
      '2026-12-11',
      ['measure_step_not_possible'],
    ],
    [
      'a warning concluded',
      measure('warning', decided),
      'conclusion',
      'passed',
      'q',
      '2027-02-01',
      ['measure_step_not_possible'],
    ],
  ]
  for (const [name, facts, step, outcome, by, on, codes] of table)
    t.same(
      problemsOfStep(facts, { step, outcome }, by, plainDate(on)).map(({ code }) => code),
      codes,
      name,
    )
})

t.test('a decision that mitigates leads to the lower rung', async (t) => {
  const mitigated = measure('suspension', took('decision', '2026-12-07', 'mitigated'))
  t.equal(decidedKind(mitigated), 'warning')
  t.equal(decidedKind(measure('suspension', decided)), 'suspension')
  t.equal(decidedKind(measure('suspension')), 'suspension')
  for (const kind of measureKinds) t.notOk(isMilder(kind, kind))
  t.ok(isMilder('warning', 'suspension'))
  t.notOk(isMilder('removal', 'suspension'))
  t.same(
    measureKinds.filter((kind) => conclusionsOf[kind].length > 0),
    ['rectification', 'suspension'],
  )
  t.same(
    measureKinds.map((kind) => standingAfter[kind]),
    [null, null, null, 'rectifying', 'suspended', 'removed'],
  )
})

t.test('the standing is that of the heaviest measure that weighs, or what it was without any', async (t) => {
  const order = (...steps: StepFact[]) => measure('rectification', decided, ...steps)
  const [passed, failed] = [took('conclusion', '2027-02-01', 'passed'), took('conclusion', '2027-02-01', 'failed')]
  const suspension = measure('suspension', decided)
  const lifted = measure('suspension', decided, took('conclusion', '2027-02-01', 'lifted'))
  const reversed = measure('removal', decided, appealed, took('appeal_decision', '2026-12-18', 'reversed'))
  const table: [name: string, measures: MeasureFacts[], standing: string][] = [
    ['none', [], 'admitted'],
    ['one that is not decided', [measure('suspension', replied)], 'admitted'],
    ['a warning', [measure('warning', decided)], 'admitted'],
    ['an order beside a suspension', [suspension, order()], 'suspended'],
    ['a suspension that was lifted, beside an order', [lifted, order()], 'rectifying'],
    ['a removal that was reversed, beside a suspension', [suspension, reversed], 'suspended'],
    ['an order that was passed', [order(passed)], 'admitted'],
    ['an order that failed', [order(failed)], 'rectifying'],
    [
      'a suspension that was lifted while its appeal waits',
      [measure('suspension', decided, took('conclusion', '2026-12-09', 'lifted'), appealed)],
      'admitted',
    ],
    ['one that failed, and a later one that was passed', [order(failed), order(passed)], 'admitted'],
    ['an appeal puts nothing off', [measure('removal', decided, appealed)], 'removed'],
  ]
  for (const [name, measures, standing] of table)
    t.equal(standingUnder(measures, plainDate('2027-02-01'), 'admitted'), standing, name)
  t.equal(standingUnder([order()], plainDate('2026-12-06'), 'admitted'), 'admitted', 'before it was decided')
})

t.test(
  'whatever is done in whatever order by whomever, no step is taken twice and no decider is the proposer',
  async (t) => {
    const steps = fc.constantFrom<[MeasureStep, StepOutcome | null]>(
      ['reply', null],
      ['decision', 'confirmed'],
      ['decision', 'withdrawn'],
      ['plan', null],
      ['report', null],
      ['appeal', null],
      ['appeal_decision', 'upheld'],
      ['appeal_decision', 'reversed'],
      ['conclusion', 'failed'],
      ['conclusion', 'lifted'],
    )
    const wish = fc.record({ taken: steps, by: fc.constantFrom('p', 'q', 'r'), days: fc.nat(30) })
    const wishes = fc.array(wish, { maxLength: 12 })
    fc.assert(
      fc.property(fc.constantFrom(...measureKinds), wishes, (kind, all) => {
        const done = carriedOut(kind, all)
        const names = done.map(({ step }) => step)
        const by = (step: MeasureStep) => done.find((each) => each.step === step)?.byId
        const isFair =
          (kind !== 'removal' || by('decision') !== 'p' || done.some(({ outcome }) => outcome === 'withdrawn')) &&
          (by('appeal_decision') === undefined || !['p', by('decision')].includes(by('appeal_decision')))
        const decision = done.find(({ step }) => step === 'decision')
        const isHeard =
          !decision || decision.outcome === 'withdrawn' || by('reply') !== undefined || decision.onDay > replyUntilOn
        return new Set(names).size === names.length && isFair && isHeard
      }),
    )
    t.pass('for any course of events')
  },
)

/** What of the wishes is done, each as many days after the one before. */
function carriedOut(
  kind: MeasureKind,
  wishes: readonly { taken: [MeasureStep, StepOutcome | null]; by: string; days: number }[],
): StepFact[] {
  const done: StepFact[] = []
  let on: PlainDate = proposedOn
  for (const { taken, by, days } of wishes) {
    on = addDays(on, days)
    const [step, outcome] = taken
    if (problemsOfStep(measure(kind, ...done), { step, outcome }, by, on).length === 0)
      done.push({ ...took(step, on, outcome, by), appealUntilOn: step === 'decision' ? addDays(on, 14) : null })
  }
  return done
}

t.test('a measure goes by the windows of the day on which it was proposed', async (t) => {
  const later = {
    version: 2,
    effectiveOn: plainDate('2027-01-01'),
    replyWorkingDays: 15,
    appealWorkingDays: 5,
    clause: 'x',
  }
  const rules = [later, ...builtInLadderRules]
  t.equal(ladderInForce(rules, plainDate('2026-12-31')).replyWorkingDays, 10)
  t.equal(ladderInForce(rules, plainDate('2027-01-01')).replyWorkingDays, 15)
  t.equal(ladderInForce(rules, plainDate('2019-01-01')).version, 1, 'before the first, the first')
  t.throws(() => ladderInForce([], proposedOn), /no ladder rule/)
})

t.test('an admission lacks each check that was not made, or failed when last made', async (t) => {
  const onDay = plainDate('2026-11-20')
  t.same(checksMissing([], null), admissionChecks)
  const passed = admissionChecks.map((check) => ({ check, outcome: 'passed' as const, onDay }))
  const failed = { check: 'staff' as const, outcome: 'failed' as const, onDay }
  t.same(checksMissing(passed, null), [])
  t.same(checksMissing([...passed, failed], null), ['staff'])
  t.same(checksMissing([failed, ...passed], null), [])
  t.same(checksMissing(passed, onDay), [], 'made on the first day of the candidature')
  t.same(checksMissing(passed, plainDate('2026-11-21')), admissionChecks, 'of a membership before')
})

t.test('an application waits until the day on which it was closed', async (t) => {
  const appliedOn = plainDate('2026-11-20')
  t.equal(applicationStateOn({ appliedOn, closedOn: null, outcome: null }, plainDate('2030-01-01')), 'pending')
  for (const outcome of ['admitted', 'refused', 'withdrawn'] as const) {
    const closed = { appliedOn, closedOn: plainDate('2026-12-01'), outcome }
    t.equal(applicationStateOn(closed, plainDate('2026-11-30')), 'pending')
    t.equal(applicationStateOn(closed, plainDate('2026-12-01')), outcome)
  }
})
