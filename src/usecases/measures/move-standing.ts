import { decidedKind, standingAfter } from '../../domain/measure.ts'
import { addDays } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { mayMoveTo, type Standing, standingEffects, standingOn } from '../../domain/standing.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import type { Measure, MeasureStepRow } from '../../store/measures.ts'
import { insertStanding, standingHistoryOf } from '../../store/members.ts'
import type { Context } from '../context.ts'
import { factsOf } from './measure-view.ts'

type History = Awaited<ReturnType<typeof standingHistoryOf>>

/** What a step does to the standing: a decision moves it, a reversal and a good end move it back (R8). @throws Refusal */
export async function moveStanding(
  tx: Db,
  context: Context,
  measure: Measure,
  steps: readonly MeasureStepRow[],
  { step, outcome }: MeasureStepRow,
): Promise<void> {
  const target = standingAfter[decidedKind(factsOf(measure, steps))]
  if (target === null) return
  const history = await standingHistoryOf(tx, measure.memberId)
  if (step === 'decision' && outcome !== 'withdrawn') await enter(tx, context, measure, history, target)
  else if (outcome === 'reversed') await leave(tx, context, measure, history, before(history, measure.id))
  else if (outcome === 'passed' || outcome === 'lifted') await leave(tx, context, measure, history, 'admitted')
}

async function enter(tx: Db, context: Context, measure: Measure, history: History, target: Standing): Promise<void> {
  const from = standingOn(history, context.today)
  if (!mayMoveTo(from, target)) throw notReachable(from, target)
  await move(tx, context, measure, from, target)
}

/** Only from the standing that this measure made: what another measure has led to since then stays. */
async function leave(
  tx: Db,
  context: Context,
  measure: Measure,
  history: History,
  target: Standing | null,
): Promise<void> {
  const present = history.filter(({ fromOn }) => fromOn <= context.today).at(-1)
  if (present?.measureId !== measure.id || target === null) return
  await move(tx, context, measure, present.standing, target)
}

/** How the body stood before the measure moved it; a reversal restores that, also after a removal. */
function before(history: History, measureId: string): Standing | null {
  const moved = history.find((standing) => standing.measureId === measureId)
  return moved ? standingOn(history, addDays(moved.fromOn, -1)) : null
}

async function move(tx: Db, context: Context, measure: Measure, from: Standing | null, to: Standing): Promise<void> {
  const { id: measureId, memberId, reasons } = measure
  await insertStanding(tx, {
    id: newId(context.now),
    memberId,
    measureId,
    standing: to,
    fromOn: context.today,
    reason: reasons,
    decidedBy: context.actor.name,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
  await record(tx, context, {
    action: 'member.standing_changed',
    entity: 'member',
    entityId: memberId,
    memberId,
    onDay: context.today,
    changes: { standing: { from, to }, measureId },
  })
}

function notReachable(from: Standing | null, to: Standing) {
  const named = (standing: Standing) => [standingEffects[standing].zh, standing] as const
  const values = { from: from === null ? (['未登记', 'none'] as const) : named(from), to: named(to) }
  return refuse('standing_not_reachable', '', { values })
}
