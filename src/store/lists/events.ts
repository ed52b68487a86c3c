import { and, desc, eq, lt } from 'drizzle-orm'
import type { Db } from '../database.ts'
import { events } from '../schema/events.ts'

export type EventFilter = {
  readonly afterId: string | null
  readonly limit: number
  readonly entity: string | undefined
  readonly entityId: string | undefined
}

/** The event log, newest first. */
export async function listEvents(db: Db, filter: EventFilter) {
  return db
    .select()
    .from(events)
    .where(
      and(
        filter.afterId === null ? undefined : lt(events.id, Number(filter.afterId)),
        filter.entity ? eq(events.entity, filter.entity) : undefined,
        filter.entityId ? eq(events.entityId, filter.entityId) : undefined,
      ),
    )
    .orderBy(desc(events.id))
    .limit(filter.limit + 1)
}
