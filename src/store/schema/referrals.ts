import { sql } from 'drizzle-orm'
import { check, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { type EvidencePack, packSubjects } from '../../domain/evidence-pack.ts'
import { type ReferralOutcome, referralOutcomes } from '../../domain/referral.ts'
import { day, id, oneOf, recordedAt, recordedBy } from './columns.ts'
import { findings } from './conduct.ts'
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
    /** What it is about: a late report, a finding, or a period of a body. */
    obligationId: uuid('obligation_id').references(() => obligations.id),
    findingId: uuid('finding_id').references(() => findings.id),
    fromOn: day('from_on'),
    untilOn: day('until_on'),
    words: text('words').notNull(),
    pack: jsonb('pack').notNull().$type<EvidencePack>(),
    packSha256: text('pack_sha256').notNull(),
    referredOn: day('referred_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    check('referrals_about_one', sql`num_nonnulls(${table.obligationId}, ${table.findingId}, ${table.fromOn}) = 1`),
    check('referrals_period_whole', sql`(${table.fromOn} is null) = (${table.untilOn} is null)`),
    index('referrals_by_day').on(table.referredOn, table.id),
    index('referrals_by_member').on(table.memberId, table.referredOn, table.id),
  ],
)

/** A pack that was handed out: kept as it was made, so that a copy can be held against it (N7, R4a). Only grows. */
export const evidencePacks = pgTable(
  'evidence_packs',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    about: text('about').notNull().$type<EvidencePack['about']>(),
    pack: jsonb('pack').notNull().$type<EvidencePack>(),
    sha256: text('sha256').notNull(),
    madeOn: day('made_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('evidence_packs_about', table.about, packSubjects),
    index('evidence_packs_by_day').on(table.madeOn, table.id),
    index('evidence_packs_by_member').on(table.memberId, table.madeOn, table.id),
    index('evidence_packs_by_hash').on(table.sha256),
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
