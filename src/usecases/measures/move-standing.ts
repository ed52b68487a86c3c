import { decidedKind, decidedOn, standingAfter, standingUnder } from '../../domain/measure.ts'
import { mayMoveTo, standingOn } from '../../domain/standing.ts'
import type { Db } from '../../store/database.ts'
import { type Measure, type MeasureStepRow, measuresOfMember } from '../../store/measures.ts'
import { standingHistoryOf, standingsByHand } from '../../store/members.ts'
import type { Context } from '../context.ts'
import { notReachable, recordStanding } from '../members/record-standing.ts'
import { factsOf } from './measure-view.ts'

/**
 * What a step does to the standing: it becomes that of the heaviest measure that still weighs, or what it was without any
 * (R8). Asked once the step is written. @throws Refusal where a decision leads to a standing that can't be reached
 */
export async function moveStanding(tx: Db, context: Context, measure: Measure, row: MeasureStepRow): Promise<void> {
  const { today } = context
  const all = await measuresOfMember(tx, measure.memberId)
  const own = all.find((each) => each.measure.id === measure.id)
  if (!own || standingAfter[decidedKind(factsOf(own.measure, own.steps))] === null) return
  const history = await standingHistoryOf(tx, measure.memberId)
  const from = standingOn(history, today)
  // What was recorded without a measure: an admission, or the opening balance. What was decided before it is history.
  const base = (await standingsByHand(tx, measure.memberId)).filter(({ fromOn }) => fromOn <= today).at(-1)
  const facts = all
    .map((each) => factsOf(each.measure, each.steps))
    .filter((each) => base === undefined || (decidedOn(each) ?? today) >= base.fromOn)
  const to = standingUnder(facts, today, base?.standing ?? 'admitted')
  if (from === to) return
  if (row.step === 'decision' && !mayMoveTo(from, to)) throw notReachable(from, to)
  const { id: measureId, memberId, reasons: reason } = measure
  const decided = { fromOn: today, reason, decidedBy: context.actor.name, measureId }
  await recordStanding(tx, context, { memberId, from, to, ...decided }, { measureId })
}
