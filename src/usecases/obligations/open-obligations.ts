import type { Db } from '../../store/database.ts'
import { type Entry, record } from '../../store/events.ts'
import { insertObligations, type NewObligation, type Obligation } from '../../store/obligations.ts'
import type { Context } from '../context.ts'

/** Opens obligations, each with its entry in the event log. */
export async function openObligations(tx: Db, context: Context, rows: readonly NewObligation[]): Promise<Obligation[]> {
  const opened = await insertObligations(tx, rows)
  await record(tx, context, ...opened.map(openedEntry))
  return opened
}

export function openedEntry({ id, memberId, eventOn, duty, dueOn, provisional }: Obligation): Entry {
  return {
    action: 'obligation.opened',
    entity: 'obligation',
    entityId: id,
    memberId,
    onDay: eventOn,
    changes: { duty, dueOn, provisional },
  }
}
