import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Actor } from '../domain/access.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { events, isShown, isShownToAll } from './schema/events.ts'
import { insertTogether, type NewRows, newRows } from './together.ts'

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
  await insertTogether(tx, entryRows(by, entries))
}

/** The same as rows to be inserted together with others. */
export function entryRows(by: Authorship, entries: readonly Entry[]): NewRows {
  const rows = entries.map((entry) => ({
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
  return newRows(events, ...rows)
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

/** What was done last to one thing. */
export async function lastActionOn(db: Db, entity: string, entityId: string): Promise<string | undefined> {
  const [last] = await db
    .select({ action: events.action })
    .from(events)
    .where(and(eq(events.entity, entity), eq(events.entityId, entityId)))
    .orderBy(desc(events.id))
    .limit(1)
  return last?.action
}

/** So many entries may overtake one whose transaction is still open without hiding it from {@link latestChangeOf}. */
const overtakersMax = 1_000

/**
 * When the last entry was written that a dashboard may show, to all or to one member, and a mark of that and of the day,
 * as states are derived from it. The mark is of the last {@link overtakersMax} numbers: an entry gets its number before
 * its transaction is done, so one that ends late changes the mark although its number is not the highest. One that more
 * than those overtook is seen with the next entry.
 */
export async function latestChangeOf(db: Db, memberId: string | null, today: PlainDate) {
  const latest =
    memberId === null
      ? latestOf(isShown(events))
      : sql`${latestOf(sql`${events.memberId} = ${memberId} and ${isShown(events)}`)} union ${latestOf(isShownToAll(events))}`
  const [found] = await db.execute<{ tag: string; at: string | null }>(sql`
    with latest as (${latest})
    select md5(${today}::text || coalesce(string_agg(' ' || id::text, '' order by id), '')) as tag,
      (select e.at::text from ${events} e where e.id = (select max(id) from latest)) as at
    from latest`)
  if (!found) throw new Error('an aggregate answers one row')
  return { tag: found.tag, at: found.at === null ? null : new Date(found.at) }
}

function latestOf(condition: SQL): SQL {
  return sql`(select ${events.id} from ${events} where ${condition} order by ${events.id} desc limit ${overtakersMax})`
}
