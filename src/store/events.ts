import { and, asc, eq } from 'drizzle-orm'
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
