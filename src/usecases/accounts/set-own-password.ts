import { z } from 'zod'
import { refuse, refuseIfAny } from '../../domain/refusals.ts'
import { type Account, findAccount, lockAccount, setAccount } from '../../store/accounts.ts'
import { record } from '../../store/events.ts'
import { authorise, type Context, type Registry } from '../context.ts'
import { endEvery, ownSession } from './end-sessions.ts'
import { countGuess, forgetGuesses, guessOf, noteSlowed } from './guess-password.ts'
import { hashPassword, isPassword, passwordInput, problemsOfPassword } from './password.ts'

export const ownPasswordInput = z.strictObject({ presentPassword: passwordInput, newPassword: passwordInput })
export type OwnPasswordInput = z.infer<typeof ownPasswordInput>

/**
 * A new password in exchange for the present one, which is guessed no faster here than at sign-in. Every other session
 * of the account ends. @throws Refusal `person_expected`, `password_…`, `present_password_wrong`, `sign_in_slowed`
 */
export async function setOwnPassword(
  registry: Registry,
  context: Context,
  address: string,
  { presentPassword, newPassword }: OwnPasswordInput,
): Promise<void> {
  authorise(context, 'session.read')
  const sessionId = ownSession(context)
  const account = await findAccount(registry.db, context.actor.id)
  if (!account) throw refuse('unauthenticated')
  refuseIfAny(problemsOfPassword(newPassword, account.login, 'newPassword'))
  if (newPassword === presentPassword) throw refuse('nothing_changes', 'newPassword')

  await requirePresent(registry, context, account, address, presentPassword)
  const passwordHash = await hashPassword(newPassword)
  await registry.db.transaction(async (tx) => {
    const held = await lockAccount(tx, account.id, 'update')
    // Somebody else, the administrator perhaps, set another in the meantime: that one stays.
    if (held?.passwordHash !== account.passwordHash || held.disabledAt !== null) throw refuse('concurrent_change')
    await setAccount(tx, account.id, { passwordHash })
    await record(tx, context, entryFor(account, 'password_set'))
    await endEvery(tx, context, account.id, 'password_set', sessionId)
  })
}

async function requirePresent(
  registry: Registry,
  context: Context,
  account: Account,
  address: string,
  password: string,
): Promise<void> {
  const guess = guessOf(account.login, address, account.id)
  const seconds = await countGuess(registry, guess, context.now)
  if (seconds > 0) {
    await noteSlowed(registry, context, { ...entryFor(account, 'password_change_slowed'), changes: { seconds } })
    throw refuse('sign_in_slowed', '', { values: { seconds } })
  }
  if (!(await isPassword(password, account.passwordHash))) {
    await record(registry.db, context, entryFor(account, 'password_change_refused'))
    throw refuse('present_password_wrong', 'presentPassword')
  }
  await forgetGuesses(registry, guess)
}

function entryFor(account: Account, done: string) {
  return { action: `account.${done}`, entity: 'account', entityId: account.id, memberId: account.memberId }
}
