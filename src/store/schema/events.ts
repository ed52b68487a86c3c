import { bigint, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { day, instant } from './columns.ts'

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
  ],
)
