import { refuse } from '../../domain/refusals.ts'
import type { SessionEnding } from '../../domain/session.ts'
import { findAccount } from '../../store/accounts.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { endSession, endSessionsOf } from '../../store/sessions.ts'
import { authorise, type Context, type Registry } from '../context.ts'

/** The session that the person asks in. @throws Refusal `person_expected` for a machine, which has none. */
export function ownSession({ actor, sessionId }: Context): string {
  if (actor.kind !== 'person' || sessionId === undefined) throw refuse('person_expected')
  return sessionId
}

/** Ends the session that asks. @throws Refusal `person_expected` */
export async function signOut(registry: Registry, context: Context): Promise<void> {
  authorise(context, 'session.read')
  await endOne(registry, context, ownSession(context), 'signed_out')
}

/** Ends a session of one's own. @throws Refusal `person_expected`; `not_found` also for another's, or one that is over. */
export async function endOwnSession(registry: Registry, context: Context, id: string): Promise<void> {
  authorise(context, 'session.read')
  ownSession(context)
  await endOne(registry, context, id, 'ended_by_owner')
}

async function endOne(registry: Registry, context: Context, id: string, reason: SessionEnding): Promise<void> {
  const { actor, now } = context
  await registry.db.transaction(async (tx) => {
    if (!(await endSession(tx, actor.id, id, { reason, at: now })))
      throw refuse('not_found', 'id', { values: { what: ['会话', 'session'] } })
    const entry = { action: 'session.ended', entity: 'session', entityId: id, memberId: actor.memberId }
    await record(tx, context, { ...entry, changes: { reason } })
  })
}

/** Ends all sessions of an account, and answers how many there were. @throws Refusal `forbidden`, `not_found` */
export async function endAllSessions(registry: Registry, context: Context, accountId: string): Promise<number> {
  authorise(context, 'accounts.manage')
  if (!(await findAccount(registry.db, accountId)))
    throw refuse('not_found', 'id', { values: { what: ['账号', 'account'] } })
  return registry.db.transaction((tx) => endEvery(tx, context, accountId, 'ended_by_administrator'))
}

/** In the transaction that gives the reason; `but` goes on. */
export async function endEvery(
  tx: Db,
  context: Context,
  accountId: string,
  reason: SessionEnding,
  but?: string,
): Promise<number> {
  const ended = await endSessionsOf(tx, accountId, { reason, at: context.now }, but)
  const entry = { action: 'account.sessions_ended', entity: 'account', entityId: accountId }
  if (ended > 0) await record(tx, context, { ...entry, changes: { reason, ended } })
  return ended
}
