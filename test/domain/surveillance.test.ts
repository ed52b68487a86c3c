import fc from 'fast-check'
import t from 'tap'
import { reasonCodes } from '../../src/domain/certificate.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import {
  type LatestVisit,
  suspensionReasons,
  suspensionsSuggested,
  type VisitOutcome,
  visitOutcomes,
} from '../../src/domain/surveillance.ts'

const on = plainDate('2026-11-20')

t.test('what speaks for suspending a certificate on a day (R3)', async (t) => {
  type Row = [
    dueOn: string | null,
    visit: [on: string, outcome: VisitOutcome, until?: string] | null,
    grounds: string[],
  ]
  const table: Row[] = [
    [null, null, []],
    ['2026-11-20', null, []],
    ['2026-11-19', null, ['visit_overdue 2026-11-19']],
    [null, ['2026-11-01', 'conforming'], []],
    [null, ['2026-11-01', 'nonconforming'], ['nonconforming 2026-11-01']],
    [null, ['2026-11-01', 'refused'], ['refused 2026-11-01']],
    [null, ['2026-11-01', 'corrections_due', '2026-11-20'], []],
    [null, ['2026-11-01', 'corrections_due', '2026-11-19'], ['corrections_overdue 2026-11-19']],
    [null, ['2026-11-21', 'nonconforming'], []],
    ['2026-11-01', ['2026-10-01', 'refused'], ['visit_overdue 2026-11-01', 'refused 2026-10-01']],
  ]
  for (const [dueOn, visit, grounds] of table) {
    const suggested = suspensionsSuggested(dueOn as PlainDate | null, visit && latest(...visit), on)
    t.same(
      suggested.map(({ ground, since }) => `${ground} ${since}`),
      grounds,
      `due ${dueOn}, visited ${visit}`,
    )
  }
})

t.test(
  'nothing is suggested from a day that has not passed, and what is suggested stays until another visit',
  async (t) => {
    const day = fc.integer({ min: -400, max: 400 }).map((n) => addDays(on, n))
    fc.assert(
      fc.property(day, day, fc.constantFrom(...visitOutcomes), fc.nat(60), (due, visitedOn, outcome, days) => {
        const visit = latest(visitedOn, outcome, addDays(visitedOn, days))
        const suggested = suspensionsSuggested(due, visit, on)
        const later = suspensionsSuggested(due, visit, addDays(on, 1))
        return (
          suggested.every(({ since }) => since <= on) &&
          suggested.every(({ ground }) => later.some((other) => other.ground === ground))
        )
      }),
    )
    t.pass('for any due day and any latest visit')
  },
)

t.test('each ground names a reason that a suspension may have', async (t) => {
  for (const reason of Object.values(suspensionReasons))
    t.ok(
      reasonCodes.suspend.some(({ code }) => code === reason),
      reason,
    )
})

function latest(visitedOn: string, outcome: VisitOutcome, until?: string): LatestVisit {
  const correctionsDueOn = outcome === 'corrections_due' ? plainDate(until ?? '') : null
  return { visitedOn: plainDate(visitedOn), outcome, correctionsDueOn }
}
