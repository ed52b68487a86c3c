import { createHash } from 'node:crypto'
import { addressBlock, guessEffectHours, secondsToWait } from '../../domain/guessing.ts'
import {
  addFailure,
  deleteOldFailures,
  failuresOf,
  forgetFailures,
  type Guess,
  lockGuesses,
} from '../../store/sign-in-failures.ts'
import type { Registry } from '../context.ts'
import { loginShape } from './account-input.ts'

/** Old failures that each new one takes away, so that the table does not grow. */
const sweptMax = 20

/**
 * Counts a guess as failed before it is looked at, so that many at once do not slip past the limit. Answers the whole
 * seconds to wait, which count as no guess; 0 where the guess may be looked at now.
 */
export async function countGuess(registry: Registry, guess: Guess, now: Date): Promise<number> {
  const since = effectiveSince(now)
  return registry.db.transaction(async (tx) => {
    await lockGuesses(tx, guess)
    const seconds = secondsToWait(await failuresOf(tx, guess, since), now)
    if (seconds > 0) return seconds
    await addFailure(tx, guess, now, since)
    await deleteOldFailures(tx, since, sweptMax)
    return 0
  })
}

/** A success: what failed before it, from the same address, was no guessing. */
export async function forgetGuesses(registry: Registry, guess: Guess): Promise<void> {
  await forgetFailures(registry.db, guess)
}

/**
 * What was typed is kept as a hash at most, and not at all where it can't be a login, since it may be a password: all
 * that one address types of this kind counts as one.
 */
export function guessOf(login: string, address: string): Guess {
  const block = addressBlock(address)
  const target = loginShape.test(login) ? `login ${login}` : `no login, from ${block}`
  return { loginSha256: sha256(target), addressSha256: sha256(`address ${block}`) }
}

export function effectiveSince(now: Date): Date {
  return new Date(now.getTime() - guessEffectHours * 3_600_000)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
