import { z } from 'zod'
import type { Actor } from '../../domain/access.ts'
import { refuse } from '../../domain/refusals.ts'
import { findAccountByLogin } from '../../store/accounts.ts'
import { record } from '../../store/events.ts'
import type { Registry } from '../context.ts'
import { loginShape } from './manage-accounts.ts'
import { isPassword, passwordInput } from './password.ts'

export const signInInput = z.strictObject({ login: z.string().max(200), password: passwordInput })
export type SignInInput = z.infer<typeof signInInput>

type Account = Awaited<ReturnType<typeof findAccountByLogin>>
type Judgement = { readonly actor: Actor } | { readonly ground: 'login' | 'password' | 'disabled' }

/** Nobody has shown who he is, so the service itself stands as the author of a refused sign-in. */
const doorkeeper: Actor = { kind: 'system', id: 'sign-in', name: 'sign-in', role: 'administrator', memberId: null }

/**
 * Answers who signed in. An unknown login, a wrong password and a disabled account are refused alike and take equally
 * long; only the event log tells them apart. @throws Refusal `credentials_wrong`
 */
export async function signIn(registry: Registry, input: SignInInput, requestId: string): Promise<Actor> {
  const now = registry.clock.now()
  const login = input.login.trim().toLowerCase()
  const account = loginShape.test(login) ? await findAccountByLogin(registry.db, login) : undefined
  const judgement = judge(account, await isPassword(input.password, account?.passwordHash))

  const entry = { entity: 'account', entityId: account?.id ?? 'unknown', memberId: account?.memberId ?? null }
  // A password typed in the wrong field must not stay in the log: only logins that exist are written down.
  const changes = account ? { login } : {}
  if ('ground' in judgement) {
    const refused = { ...entry, action: 'account.sign_in_refused', changes: { ...changes, ground: judgement.ground } }
    await record(registry.db, { actor: doorkeeper, now, requestId }, refused)
    throw refuse('credentials_wrong')
  }
  await record(
    registry.db,
    { actor: judgement.actor, now, requestId },
    { ...entry, action: 'account.signed_in', changes },
  )
  return judgement.actor
}

function judge(account: Account, isRight: boolean): Judgement {
  if (!account) return { ground: 'login' }
  if (!isRight) return { ground: 'password' }
  if (account.disabledAt !== null) return { ground: 'disabled' }
  const { id, name, role, memberId } = account
  return { actor: { kind: 'person', id, name, role, memberId } }
}
