import { z } from 'zod'
import { refuse } from '../../domain/refusals.ts'
import { findAccount } from '../../store/accounts.ts'
import { listSessions } from '../../store/sessions.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { type Page, pageInput, pageOf, positionOf } from '../pages.ts'
import { ownSession } from './end-sessions.ts'

export const sessionsQuery = z.strictObject(pageInput)
export type SessionsQuery = z.infer<typeof sessionsQuery>

/** `lapsesAt`: it is over then, unless it is used before. `isCurrent`: the one that asks. */
export type SessionView = Awaited<ReturnType<typeof listSessions>>[number] & { readonly isCurrent: boolean }

/** Where one is signed in oneself, the newest first. @throws Refusal `person_expected`, `cursor_invalid` */
export async function readOwnSessions(
  registry: Registry,
  context: Context,
  query: SessionsQuery,
): Promise<Page<SessionView>> {
  authorise(context, 'session.read')
  ownSession(context)
  return pageOfSessions(registry, context, context.actor.id, query)
}

/** Where an account is signed in. @throws Refusal `forbidden`, `not_found`, `cursor_invalid` */
export async function readSessions(
  registry: Registry,
  context: Context,
  accountId: string,
  query: SessionsQuery,
): Promise<Page<SessionView>> {
  authorise(context, 'accounts.manage')
  if (!(await findAccount(registry.db, accountId)))
    throw refuse('not_found', 'id', { values: { what: ['账号', 'account'] } })
  return pageOfSessions(registry, context, accountId, query)
}

/** From the database itself, not from a replica: what was ended a moment ago must not be there. */
async function pageOfSessions(
  registry: Registry,
  { now, sessionId }: Context,
  accountId: string,
  { cursor, limit }: SessionsQuery,
): Promise<Page<SessionView>> {
  const after = positionOf('sessions', 'text', cursor)?.id ?? null
  const rows = await listSessions(registry.db, accountId, now, after, limit)
  return pageOf(
    'sessions',
    rows,
    limit,
    ({ id }) => ({ value: '', id }),
    (row) => ({ ...row, isCurrent: row.id === sessionId }),
  )
}
