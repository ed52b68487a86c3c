import { sql } from 'drizzle-orm'
import { type AnyPgColumn, bigint, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { day, instant } from './columns.ts'

/** What no list and no figure shows: a sign-in must not make every dashboard ask again. */
const quietEntities =
  "('account', 'client', 'job', 'mapping', 'notice_delivery', 'notice_recipient', 'registry', 'session', 'webhook')"

/** Whether a dashboard may show what changed. Literals: only so does the planner see that the index serves. */
export function isShown({ entity }: { readonly entity: AnyPgColumn }) {
  return sql`${entity} not in ${sql.raw(quietEntities)}`
}

type Said = { readonly entity: AnyPgColumn; readonly action: AnyPgColumn }

const isOfEnterprise = ({ entity, action }: Said) =>
  sql`${entity} = 'enterprise' and ${action} <> 'enterprise.registered'`

/**
 * Whether every member may see what changed, though the entry names none: what is known of an enterprise is for all, and
 * so is a bulletin.
 */
export function isShownToAll(said: Said) {
  const bulletin = sql`${said.action} in ('bulletin.opened', 'bulletin.published', 'bulletin.withdrawn')`
  return sql`(${isOfEnterprise(said)} or ${bulletin})`
}

/** The event log: who, when, what changed, on which request. Append-only by trigger and by grant (N1). */
export const events = pgTable(
  'events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: instant('at').notNull(),
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id').notNull(),
    actorName: text('actor_name').notNull(),
    actorRole: text('actor_role').notNull(),
    action: text('action').notNull(),
    entity: text('entity').notNull(),
    entityId: text('entity_id').notNull(),
    memberId: uuid('member_id'),
    onDay: day('on_day'),
    changes: jsonb('changes').notNull().$type<Record<string, unknown>>(),
    requestId: text('request_id').notNull(),
  },
  (table) => [
    index('events_by_entity').on(table.entity, table.entityId, table.id),
    index('events_by_member').on(table.memberId, table.id),
    index('events_shown').on(table.id).where(isShown(table)),
    // For the code of versions before bulletins: a `contract-` migration may take it away.
    index('events_shown_to_all').on(table.id).where(isOfEnterprise(table)),
    index('events_shown_to_members').on(table.id).where(isShownToAll(table)),
  ],
)
