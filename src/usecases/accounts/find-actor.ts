import type { Actor } from '../../domain/access.ts'
import { findActor } from '../../store/accounts.ts'
import type { Registry } from '../context.ts'

export type FindActor = (kind: 'person' | 'machine', id: string) => Promise<Actor | undefined>

type Kept = { readonly actor: Actor; readonly readAt: number }

const keptMilliseconds = 10_000
const keptMax = 10_000

/**
 * Answers who a token's subject is now, from memory for ten seconds: whoever is disabled, or given another role, stops
 * within that time in every process. Nobody is remembered as missing, so that enabling works at once.
 */
export function actorFinder(registry: Pick<Registry, 'db' | 'clock'>): FindActor {
  const kept = new Map<string, Kept>()
  return async (kind, id) => {
    const now = registry.clock.now().getTime()
    const subject = `${kind}:${id}`
    const known = kept.get(subject)
    if (known && isFresh(known, now)) return known.actor
    kept.delete(subject)
    const actor = await findActor(registry.db, kind, id)
    if (actor) keep(kept, subject, { actor, readAt: now })
    return actor
  }
}

/** Not when the clock was set back, either: that must not prolong anything. */
function isFresh(known: Kept, now: number): boolean {
  return now >= known.readAt && now - known.readAt < keptMilliseconds
}

/** The oldest makes room. */
function keep(kept: Map<string, Kept>, subject: string, entry: Kept): void {
  const [oldest] = kept.keys()
  if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest)
  kept.set(subject, entry)
}
