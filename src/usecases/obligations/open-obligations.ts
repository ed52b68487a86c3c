import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { insertObligations, type NewObligation, type Obligation } from '../../store/obligations.ts'
import type { Context } from '../context.ts'

/** Opens obligations, each with its entry in the event log. */
export async function openObligations(tx: Db, context: Context, rows: readonly NewObligation[]): Promise<Obligation[]> {
  const opened = await insertObligations(tx, rows)
  await record(
    tx,
    context,
    ...opened.map((obligation) => ({
      action: 'obligation.opened',
      entity: 'obligation',
      entityId: obligation.id,
      memberId: obligation.memberId,
      onDay: obligation.eventOn,
      changes: { duty: obligation.duty, dueOn: obligation.dueOn, provisional: obligation.provisional },
    })),
  )
  return opened
}
