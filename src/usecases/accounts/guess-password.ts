import {
  acquaintanceDays,
  addressBlock,
  addressNetwork,
  guessEffectHours,
  secondsToWait,
} from '../../domain/guessing.ts'
import type { Db } from '../../store/database.ts'
import { type Authorship, type Entry, lastActionOn, record } from '../../store/events.ts'
import { addressesOf } from '../../store/sessions.ts'
import {
  addFailure,
  deleteOldFailures,
  failuresOf,
  forgetFailures,
  type Guess,
  lockGuesses,
} from '../../store/sign-in-failures.ts'
import type { Registry } from '../context.ts'
import { sha256Of } from '../hashes.ts'
import { loginShape } from './account-input.ts'

/** Old failures that each new one takes away, so that the table does not grow. */
const sweptMax = 20

/** A guess at a login, which is an account's or nobody's, from a block of addresses. */
export type GuessAt = Guess & { readonly block: string; readonly accountId: string | undefined }

/**
 * Counts a guess as failed before it is looked at, so that many at once do not slip past the limit. Answers the whole
 * seconds to wait, which count as no guess; 0 where the guess may be looked at now.
 */
export async function countGuess(registry: Registry, guess: GuessAt, now: Date): Promise<number> {
  const { block, accountId, ...hashes } = guess
  const since = effectiveSince(now)
  return registry.db.transaction(async (tx) => {
    await lockGuesses(tx, hashes)
    const seconds = await waitOf(tx, guess, now)
    if (seconds > 0) return seconds
    await addFailure(tx, hashes, now, since)
    await deleteOldFailures(tx, since, sweptMax)
    return 0
  })
}

/** Who is acquainted is only asked where it matters. */
async function waitOf(tx: Db, guess: GuessAt, now: Date): Promise<number> {
  const facts = await failuresOf(tx, guess, effectiveSince(now))
  const seconds = secondsToWait({ ...facts, isAcquainted: false }, now)
  return seconds > 0 && (await isAcquainted(tx, guess, now))
    ? secondsToWait({ ...facts, isAcquainted: true }, now)
    : seconds
}

async function isAcquainted(tx: Db, { accountId, block }: GuessAt, now: Date): Promise<boolean> {
  if (accountId === undefined) return false
  const since = new Date(now.getTime() - acquaintanceDays * 86_400_000)
  return (await addressesOf(tx, accountId, since)).some((address) => addressBlock(address) === block)
}

/** A success: what failed before it, from wherever, was no guessing that went on. */
export async function forgetGuesses(registry: Registry, guess: GuessAt): Promise<void> {
  await forgetFailures(registry.db, guess)
}

/**
 * What was typed is kept as a hash at most, and not at all where it can't be a login, since it may be a password: all
 * that one address types of this kind counts as one.
 */
export function guessOf(login: string, address: string, accountId: string | undefined): GuessAt {
  const block = addressBlock(address)
  const target = loginShape.test(login) ? `login ${login}` : `no login, from ${block}`
  return {
    loginSha256: sha256Of(target),
    addressSha256: sha256Of(`address ${block}`),
    networkSha256: sha256Of(`network ${addressNetwork(address)}`),
    block,
    accountId,
  }
}

/**
 * Notes a guess that was slowed, the first of each wait alone: each guess that was looked at is noted, so there was none
 * since where the last entry of the account says the same. Nobody fills the log by not waiting.
 */
export async function noteSlowed(registry: Registry, by: Authorship, entry: Entry): Promise<void> {
  const last = await lastActionOn(registry.db, entry.entity, entry.entityId)
  if (last !== entry.action) await record(registry.db, by, entry)
}

export function effectiveSince(now: Date): Date {
  return new Date(now.getTime() - guessEffectHours * 3_600_000)
}
