import type { Clock } from '../clock.ts'
import { dayInShanghai } from '../clock.ts'
import { type Actor, type Permission, type Reach, reachOf } from '../domain/access.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import { refuse } from '../domain/refusals.ts'
import type { Db } from '../store/database.ts'
import type { RulebookShelf } from '../store/rulebook.ts'

/** What every use case works with. `lists` answers lists and figures; it may be a replica, and so a moment behind `db`. */
export type Registry = {
  readonly db: Db
  readonly lists: Db
  readonly clock: Clock
  readonly rulebooks: RulebookShelf
}

/** Who asks, when, and under which request id. The clock is read once, at the door. */
export type Context = {
  readonly actor: Actor
  readonly now: Date
  readonly today: PlainDate
  readonly requestId: string
  /** The session that a person asks in; a machine has none. */
  readonly sessionId?: string | undefined
}

export function contextOf(registry: Registry, actor: Actor, requestId: string): Context {
  const now = registry.clock.now()
  return { actor, now, today: dayInShanghai(now), requestId }
}

/** How far the actor reaches. @throws Refusal `forbidden` when not at all. */
export function authorise(context: Context, permission: Permission): Exclude<Reach, 'none'> {
  const reach = reachOf(context.actor, permission)
  if (reach === 'none') throw refuse('forbidden')
  return reach
}

/** The member whose rows the actor is confined to, or null for all rows. @throws Refusal `forbidden` */
export function confinedTo(context: Context, permission: Permission): string | null {
  return authorise(context, permission) === 'own' ? context.actor.memberId : null
}

/**
 * The member that a write is for: the actor's own, or the one named. Naming a foreign member is answered as if it did
 * not exist. @throws Refusal
 */
export function memberToServe(context: Context, permission: Permission, named: string | undefined): string {
  const own = confinedTo(context, permission)
  if (own === null) {
    if (named === undefined) throw refuse('member_missing', 'memberId')
    return named
  }
  if (named !== undefined && named !== own)
    throw refuse('not_found', 'memberId', { values: { what: ['成员机构', 'member'] } })
  return own
}
