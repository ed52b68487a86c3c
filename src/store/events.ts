import { and, asc, eq, sql } from 'drizzle-orm'
import type { Actor } from '../domain/access.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { events } from './schema/events.ts'

/** Who writes, when, on which request: stands on every entry of the log. */
export type Authorship = { readonly actor: Actor; readonly now: Date; readonly requestId: string }

export type Entry = {
  /** `<entity>.<what was done>` */
  readonly action: string
  readonly entity: string
  readonly entityId: string
  readonly memberId?: string | null
  readonly onDay?: PlainDate | null
  readonly changes?: Record<string, unknown>
}

/** Appends to the event log, in the transaction that makes the change. */
export async function record(tx: Db, by: Authorship, ...entries: readonly Entry[]): Promise<void> {
  if (entries.length > 0) await tx.insert(events).values(eventRows(by, entries))
}

export function eventRows(by: Authorship, entries: readonly Entry[]): (typeof events.$inferInsert)[] {
  return entries.map((entry) => ({
    at: by.now,
    actorKind: by.actor.kind,
    actorId: by.actor.id,
    actorName: by.actor.name,
    actorRole: by.actor.role,
    action: entry.action,
    entity: entry.entity,
    entityId: entry.entityId,
    memberId: entry.memberId ?? null,
    onDay: entry.onDay ?? null,
    changes: entry.changes ?? {},
    requestId: by.requestId,
  }))
}

/** What happened to one thing, oldest first (at most 500 entries). */
export async function historyOf(db: Db, entity: string, entityId: string) {
  return db
    .select({
      at: events.at,
      action: events.action,
      actorName: events.actorName,
      actorRole: events.actorRole,
      onDay: events.onDay,
      changes: events.changes,
      requestId: events.requestId,
    })
    .from(events)
    .where(and(eq(events.entity, entity), eq(events.entityId, entityId)))
    .orderBy(asc(events.id))
    .limit(500)
}

/**
 * The last entry of the log, of all or of one member, and a mark of the last hundred: an entry gets its number before
 * its transaction is done, so one that ends late changes the mark although its number is not the highest.
 */
export async function latestChangeOf(db: Db, memberId: string | null) {
  const [found] = await db.execute<{ tag: string; eventId: string | null; at: string | null }>(sql`
    select md5(coalesce(string_agg(e.id::text, ' ' order by e.id), '')) as tag, max(e.id) as "eventId", max(e.at)::text as at
    from (select ${events.id} as id, ${events.at} as at from ${events}
      ${memberId === null ? sql`` : sql`where ${events.memberId} = ${memberId}`}
      order by ${events.id} desc limit 100) e`)
  if (!found) throw new Error('an aggregate answers one row')
  const { tag, eventId, at } = found
  return { tag, eventId: eventId === null ? null : Number(eventId), at: at === null ? null : new Date(at) }
}
