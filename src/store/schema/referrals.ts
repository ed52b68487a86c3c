import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { EvidencePack } from '../../domain/evidence-pack.ts'
import { type ReferralOutcome, referralOutcomes } from '../../domain/referral.ts'
import { day, id, oneOf, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'
import { obligations } from './obligations.ts'

/** What was referred to the provincial bureau, with the pack as it was sent (N7, R8). */
export const referrals = pgTable(
  'referrals',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    obligationId: uuid('obligation_id').references(() => obligations.id),
    words: text('words').notNull(),
    pack: jsonb('pack').notNull().$type<EvidencePack>(),
    packSha256: text('pack_sha256').notNull(),
    referredOn: day('referred_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    index('referrals_by_day').on(table.referredOn, table.id),
    index('referrals_by_member').on(table.memberId, table.referredOn, table.id),
  ],
)

/** The answer of the bureau, once. */
export const referralAnswers = pgTable(
  'referral_answers',
  {
    referralId: uuid('referral_id')
      .primaryKey()
      .references(() => referrals.id),
    outcome: text('outcome').notNull().$type<ReferralOutcome>(),
    document: text('document'),
    words: text('words').notNull(),
    answeredOn: day('answered_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [oneOf('referral_answers_outcome', table.outcome, referralOutcomes)],
)
