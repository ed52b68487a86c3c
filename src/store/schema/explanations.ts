import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'
import { obligations } from './obligations.ts'

/** Why an obligation was not met in time, in the member's words; a new one supersedes, it never overwrites (R2, R4a). */
export const explanations = pgTable(
  'explanations',
  {
    id: id(),
    /** The obligation that is overdue or late. */
    obligationId: uuid('obligation_id')
      .notNull()
      .references(() => obligations.id),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    text: text('text').notNull(),
    verdict: text('verdict').$type<'accepted' | 'returned'>(),
    note: text('note'),
    decidedAt: instant('decided_at'),
    decidedBy: text('decided_by'),
    supersededAt: instant('superseded_at'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('explanations_verdict', table.verdict, ['accepted', 'returned']),
    check('explanations_decided_whole', sql`(${table.verdict} is null) = (${table.decidedAt} is null)`),
    check(
      'explanations_returned_with_a_note',
      sql`${table.verdict} is distinct from 'returned' or ${table.note} is not null`,
    ),
    uniqueIndex('explanations_one_current').on(table.obligationId).where(sql`${table.supersededAt} is null`),
    index('explanations_by_obligation').on(table.obligationId, table.id),
    index('explanations_by_member').on(table.memberId, table.id).where(sql`${table.supersededAt} is null`),
    index('explanations_waiting')
      .on(table.recordedAt)
      .where(sql`${table.verdict} is null and ${table.supersededAt} is null`),
    index('explanations_current').on(table.id).where(sql`${table.supersededAt} is null`),
  ],
)
