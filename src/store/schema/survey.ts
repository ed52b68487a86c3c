import { boolean, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { certificates } from './certificates.ts'
import { day, id, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'

/** A link by which the holder of a certificate answers once; only the hash of its token is kept (N6). */
export const surveyLinks = pgTable('survey_links', {
  certificateId: uuid('certificate_id')
    .primaryKey()
    .references(() => certificates.id),
  memberId: uuid('member_id')
    .notNull()
    .references(() => members.id),
  tokenSha256: text('token_sha256').notNull().unique(),
  issuedOn: day('issued_on').notNull(),
  /** Whether it was used, and not when: that would lead to the answer. */
  isUsed: boolean('is_used').notNull().default(false),
  recordedAt: recordedAt(),
  recordedBy: text(recordedBy).notNull(),
})

/** What a firm answered: under a random id, with no instant, no link and no certificate, so that nobody finds the firm. */
export const surveyAnswers = pgTable(
  'survey_answers',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    period: text('period').notNull(),
    block: integer('block').notNull(),
    bundling: boolean('bundling').notNull(),
    paidConsulting: boolean('paid_consulting').notNull(),
    pressure: boolean('pressure').notNull(),
    otherCost: boolean('other_cost').notNull(),
  },
  (table) => [index('survey_answers_by_member').on(table.memberId, table.period)],
)
