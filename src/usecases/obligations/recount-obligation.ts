import type { PlainDate } from '../../domain/plain-date.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { type Obligation, setObligation } from '../../store/obligations.ts'
import type { Rulebook } from '../../store/rulebook.ts'
import type { Context } from '../context.ts'
import { deadlineOf } from './open-obligation.ts'

/** Counts an obligation from another day, met or not, because the fact behind it was corrected; the log says why. */
export async function recount(
  tx: Db,
  context: Context,
  rulebook: Rulebook,
  obligation: Obligation,
  eventOn: PlainDate,
  cause: 'correction' | 'ending',
): Promise<Obligation> {
  if (obligation.eventOn === eventOn) return obligation
  const { dueOn, provisional, ruleVersion, calendarVersion } = deadlineOf(rulebook, obligation.duty, eventOn)
  const due = { eventOn, openedOn: eventOn, dueOn, provisional, ruleVersion, calendarVersion }
  const recounted = await setObligation(tx, obligation.id, { ...due, changedAt: context.now })
  await record(tx, context, {
    action: 'obligation.recounted',
    entity: 'obligation',
    entityId: obligation.id,
    memberId: obligation.memberId,
    onDay: eventOn,
    changes: {
      cause,
      eventOn: { from: obligation.eventOn, to: eventOn },
      dueOn: { from: obligation.dueOn, to: dueOn },
    },
  })
  return recounted
}
