import type { Actor } from '../../domain/access.ts'
import { lapseAfter } from '../../domain/session.ts'
import { newId } from '../../ids.ts'
import type { Account } from '../../store/accounts.ts'
import type { Db } from '../../store/database.ts'
import { insertRefreshToken, insertSession } from '../../store/sessions.ts'
import { newSecret, sha256OfSecret } from './secret.ts'

/** From where somebody asks, and on which request. */
export type Visit = { readonly address: string; readonly userAgent: string | null; readonly requestId: string }

/** A person who is signed in. The refresh token is told this once. */
export type SignedIn = { readonly actor: Actor; readonly sessionId: string; readonly refreshToken: string }

const userAgentCharactersMax = 200
const addressCharactersMax = 100

/** Opens a session that lapses unless it is used within so many days. */
export async function startSession(
  tx: Db,
  account: Account,
  visit: Visit,
  now: Date,
  sessionDays: number,
): Promise<SignedIn> {
  const id = newId(now)
  await insertSession(tx, {
    id,
    accountId: account.id,
    // The browser's own words are shown to people, on terminals too: they hold no commands to one.
    userAgent: visit.userAgent?.replaceAll(/\p{Cc}/gu, ' ').slice(0, userAgentCharactersMax) ?? null,
    address: visit.address.slice(0, addressCharactersMax),
    startedAt: now,
    lastUsedAt: now,
    lapsesAt: lapseAfter(now, sessionDays),
  })
  return { actor: personOf(account), sessionId: id, refreshToken: await issueRefreshToken(tx, id, now) }
}

export async function issueRefreshToken(tx: Db, sessionId: string, now: Date): Promise<string> {
  const refreshToken = newSecret()
  await insertRefreshToken(tx, { sha256: sha256OfSecret(refreshToken), sessionId, issuedAt: now })
  return refreshToken
}

export function personOf({ id, name, role, memberId }: Account): Actor {
  return { kind: 'person', id, name, role, memberId }
}
