import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { judgeRefresh, lapseAfter } from '../../domain/session.ts'
import type { Db } from '../../store/database.ts'
import { record } from '../../store/events.ts'
import { endSession, lockRefreshToken, markRefreshTokenUsed, prolongSession } from '../../store/sessions.ts'
import type { Registry } from '../context.ts'
import { sha256OfSecret } from './secret.ts'
import { issueRefreshToken, personOf, type SignedIn, type Visit } from './start-session.ts'

/** Of any length: a schema's problem would show the token back. */
export const refreshInput = z.strictObject({ refreshToken: z.string().meta({ format: 'password' }) })

type Shown = NonNullable<Awaited<ReturnType<typeof lockRefreshToken>>>
type Outcome = { readonly signedIn: SignedIn } | { readonly refused: 'session_over' | 'session_just_refreshed' }

/**
 * The next access token, and the next refresh token in place of this one. A token that comes again ends the whole
 * session, as one of the two who have it is a thief (RFC 9700 4.14.2); within ten seconds of its first use it is only
 * refused. @throws Refusal `session_over`, `session_just_refreshed`
 */
export async function refreshSession(
  registry: Registry,
  visit: Visit,
  refreshToken: string,
  sessionDays: number,
): Promise<SignedIn> {
  const now = registry.clock.now()
  const sha256 = sha256OfSecret(refreshToken)
  // The end of a session that was stolen must stay, so it is refused only when that is committed.
  const outcome = await registry.db.transaction(async (tx): Promise<Outcome> => {
    const shown = await lockRefreshToken(tx, sha256)
    if (!shown || shown.account.disabledAt !== null) return { refused: 'session_over' }
    const judgement = judgeRefresh(shown.session, shown.usedAt, now)
    if (judgement === 'rotate') return { signedIn: await rotate(tx, shown, sha256, visit, now, sessionDays) }
    if (judgement === 'reused') await endStolen(tx, shown, visit, now)
    return { refused: judgement === 'just_used' ? 'session_just_refreshed' : 'session_over' }
  })
  if ('refused' in outcome) throw refuse(outcome.refused)
  return outcome.signedIn
}

async function rotate(
  tx: Db,
  { session, account }: Shown,
  sha256: string,
  { requestId }: Visit,
  now: Date,
  sessionDays: number,
): Promise<SignedIn> {
  const actor = personOf(account)
  await markRefreshTokenUsed(tx, sha256, now)
  await prolongSession(tx, session.id, now, lapseAfter(now, sessionDays))
  await record(tx, { actor, now, requestId }, entryFor(session.id, account.memberId, 'refreshed'))
  return { actor, sessionId: session.id, refreshToken: await issueRefreshToken(tx, session.id, now) }
}

async function endStolen(tx: Db, { session, account }: Shown, visit: Visit, now: Date): Promise<void> {
  await endSession(tx, account.id, session.id, { reason: 'token_reused', at: now })
  const changes = { reason: 'token_reused', address: visit.address }
  const author = { actor: personOf(account), now, requestId: visit.requestId }
  await record(tx, author, { ...entryFor(session.id, account.memberId, 'ended'), changes })
}

function entryFor(id: string, memberId: string | null, done: string) {
  return { action: `session.${done}`, entity: 'session', entityId: id, memberId }
}
