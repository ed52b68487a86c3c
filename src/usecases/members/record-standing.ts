import type { PlainDate } from '../../domain/plain-date.ts'
import { type Refusal, refuse } from '../../domain/refusals.ts'
import { type Standing, standingEffects, standingWord } from '../../domain/standing.ts'
import { newId } from '../../ids.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { insertStanding } from '../../store/members.ts'
import type { Context } from '../context.ts'

export type StandingMove = {
  readonly memberId: string
  readonly from: Standing | null
  readonly to: Standing
  readonly fromOn: PlainDate
  readonly reason: string
  readonly decidedBy: string
  /** The measure that it follows from. */
  readonly measureId?: string
}

/** The one place where a standing is written, with its entry in the log (R8). @param said what the entry says besides */
export async function recordStanding(tx: Db, context: Context, move: StandingMove, said: object = {}): Promise<void> {
  const { from, to, ...standing } = move
  await insertStanding(tx, {
    ...standing,
    id: newId(context.now),
    standing: to,
    recordedAt: context.now,
    recordedBy: context.actor.id,
  })
  await record(tx, context, {
    action: 'member.standing_changed',
    entity: 'member',
    entityId: move.memberId,
    memberId: move.memberId,
    onDay: move.fromOn,
    changes: { standing: { from, to }, ...said },
  })
}

/** @param path where the input names the standing; empty where it follows from something else */
export function notReachable(from: Standing | null, to: Standing, path = ''): Refusal {
  const values = { from: standingWord(from), to: [standingEffects[to].zh, to] as const }
  return refuse('standing_not_reachable', path, { ...(path === '' ? {} : { value: to }), values })
}
