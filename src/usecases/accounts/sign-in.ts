import { z } from 'zod'
import type { Actor } from '../../domain/access.ts'
import { refuse } from '../../domain/refusals.ts'
import { type Account, findAccountByLogin, lockAccount } from '../../store/accounts.ts'
import { type Authorship, type Entry, record } from '../../store/events.ts'
import type { Registry } from '../context.ts'
import { loginShape } from './account-input.ts'
import { countGuess, forgetGuesses, guessOf, noteSlowed } from './guess-password.ts'
import { isPassword, passwordInput } from './password.ts'
import { type SignedIn, startSession, type Visit } from './start-session.ts'

export const signInInput = z.strictObject({ login: z.string().max(200), password: passwordInput })
export type SignInInput = z.infer<typeof signInInput>

type Ground = 'login' | 'password' | 'disabled'

/** Nobody has shown who he is, so the service itself stands as the author of a refused sign-in. */
const doorkeeper: Actor = { kind: 'system', id: 'sign-in', name: 'sign-in', role: 'administrator', memberId: null }

/**
 * Opens a session of `sessionDays` without use. An unknown login, a wrong password and a disabled account are refused
 * alike, take equally long and are slowed alike; only the event log tells them apart.
 * @throws Refusal `credentials_wrong`, `sign_in_slowed`
 */
export async function signIn(
  registry: Registry,
  visit: Visit,
  input: SignInInput,
  sessionDays: number,
): Promise<SignedIn> {
  const now = registry.clock.now()
  const login = input.login.trim().toLowerCase()
  const account = loginShape.test(login) ? await findAccountByLogin(registry.db, login) : undefined
  const guess = guessOf(login, visit.address, account?.id)

  const seconds = await countGuess(registry, guess, now)
  if (seconds > 0) {
    await noteSlowed(registry, authorOf(visit, now), noteOn(account, 'sign_in_slowed', { seconds }))
    throw refuse('sign_in_slowed', '', { values: { seconds } })
  }
  const ground = groundAgainst(account, await isPassword(input.password, account?.passwordHash))
  const signedIn = account && !ground ? await enter(registry, visit, now, account, sessionDays) : undefined
  if (!signedIn) {
    await record(
      registry.db,
      authorOf(visit, now),
      noteOn(account, 'sign_in_refused', { ground: ground ?? 'password' }),
    )
    throw refuse('credentials_wrong')
  }
  await forgetGuesses(registry, guess)
  return signedIn
}

function groundAgainst(account: Account | undefined, isRight: boolean): Ground | undefined {
  if (!account) return 'login'
  if (!isRight) return 'password'
  return account.disabledAt === null ? undefined : 'disabled'
}

/** Nothing, where the account was disabled or given another password while this one was being checked. */
async function enter(registry: Registry, visit: Visit, now: Date, checked: Account, sessionDays: number) {
  return registry.db.transaction(async (tx) => {
    const account = await lockAccount(tx, checked.id, 'share')
    if (!account || account.disabledAt !== null || account.passwordHash !== checked.passwordHash) return undefined
    const signedIn = await startSession(tx, account, visit, now, sessionDays)
    await record(
      tx,
      { actor: signedIn.actor, now, requestId: visit.requestId },
      {
        ...entryFor(account, 'signed_in'),
        changes: { login: account.login, sessionId: signedIn.sessionId },
      },
    )
    return signedIn
  })
}

function authorOf({ requestId }: Visit, now: Date): Authorship {
  return { actor: doorkeeper, now, requestId }
}

/** A password typed in the wrong field must not stay in the log: only logins that exist are written down. */
function noteOn(account: Account | undefined, done: string, changes: Record<string, unknown>): Entry {
  const login = account ? { login: account.login } : {}
  return { ...entryFor(account, done), changes: { ...login, ...changes } }
}

function entryFor(account: Account | undefined, done: string) {
  const entityId = account?.id ?? 'unknown'
  return { action: `account.${done}`, entity: 'account', entityId, memberId: account?.memberId ?? null }
}
