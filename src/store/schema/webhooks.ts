import { sql } from 'drizzle-orm'
import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { NoticeKind } from '../../domain/notice.ts'
import { id, instant, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'

/** Where notices are posted to: those of one member, or all of them where no member is named. */
export const webhookEndpoints = pgTable(
  'webhook_endpoints',
  {
    id: id(),
    memberId: uuid('member_id').references(() => members.id),
    url: text('url').notNull(),
    /** In clear, as every post is signed with it; told once and never read out again. */
    secret: text('secret').notNull(),
    /** Null for every kind. */
    kinds: text('kinds').array().$type<NoticeKind[]>(),
    disabledAt: instant('disabled_at'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [index('webhook_endpoints_live').on(table.memberId, table.id).where(sql`${table.disabledAt} is null`)],
)
