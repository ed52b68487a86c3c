import type { Actor } from '../../domain/access.ts'
import { findPerson } from '../../store/accounts.ts'
import { findMachine } from '../../store/clients.ts'
import type { Registry } from '../context.ts'

/** Whom a token names: a person in a session, or a machine with one of its secrets, where the token says which. */
export type Subject =
  | { readonly kind: 'person'; readonly id: string; readonly sessionId: string }
  | { readonly kind: 'machine'; readonly id: string; readonly secretId: string | null }
export type FindActor = (subject: Subject) => Promise<Actor | undefined>

type Kept = { readonly actor: Actor; readonly readAt: number }

const keptMilliseconds = 10_000
const keptMax = 10_000

/**
 * Answers who a token's subject is now, from memory for ten seconds: whoever is disabled, given another role, or whose
 * session or secret ends, stops within that time in every process. Nobody is remembered as missing, so that enabling works at once.
 */
export function actorFinder(registry: Pick<Registry, 'db' | 'clock'>): FindActor {
  const kept = new Map<string, Kept>()
  return async (subject) => {
    const now = registry.clock.now()
    const name = nameOf(subject)
    const known = kept.get(name)
    if (known && isFresh(known, now.getTime())) return known.actor
    kept.delete(name)
    const actor = await find(registry, subject, now)
    if (actor) keep(kept, name, { actor, readAt: now.getTime() })
    return actor
  }
}

async function find(registry: Pick<Registry, 'db'>, subject: Subject, now: Date): Promise<Actor | undefined> {
  const { kind, id } = subject
  const found =
    subject.kind === 'person'
      ? await findPerson(registry.db, id, subject.sessionId, now)
      : await findMachine(registry.db, id, subject.secretId)
  return found && { kind, id, ...found }
}

function nameOf(subject: Subject): string {
  return `${subject.kind}:${subject.id}:${subject.kind === 'person' ? subject.sessionId : subject.secretId}`
}

/** Not when the clock was set back, either: that must not prolong anything. */
function isFresh(known: Kept, now: number): boolean {
  return now >= known.readAt && now - known.readAt < keptMilliseconds
}

/** The oldest makes room. */
function keep(kept: Map<string, Kept>, name: string, entry: Kept): void {
  const [oldest] = kept.keys()
  if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest)
  kept.set(name, entry)
}
