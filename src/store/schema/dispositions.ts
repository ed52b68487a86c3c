import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import {
  type DispositionKind,
  type DispositionReason,
  dispositionKinds,
  dispositionReasons,
} from '../../domain/disposition.ts'
import { certificates } from './certificates.ts'
import { day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'

/** What was decided for a certificate of a body that leaves; a later decision supersedes, it never overwrites (R4, R4a). */
export const dispositions = pgTable(
  'dispositions',
  {
    id: id(),
    certificateId: uuid('certificate_id')
      .notNull()
      .references(() => certificates.id),
    /** The body that leaves. */
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    kind: text('kind').notNull().$type<DispositionKind>(),
    toMemberId: uuid('to_member_id').references(() => members.id),
    words: text('words').notNull(),
    /** Why it goes; null in what was decided before reasons were kept, all of bodies that left. */
    reason: text('reason').$type<DispositionReason>(),
    /** Who recorded that the holder wants another body, and on what proof (R7). */
    holderProof: text('holder_proof'),
    decidedOn: day('decided_on').notNull(),
    answer: text('answer').$type<'accepted' | 'declined'>(),
    answeredOn: day('answered_on'),
    answerWords: text('answer_words'),
    successorId: uuid('successor_id').references(() => certificates.id),
    supersededAt: instant('superseded_at'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('dispositions_kind', table.kind, dispositionKinds),
    oneOf('dispositions_reason', table.reason, dispositionReasons),
    check(
      'dispositions_holder_proof',
      sql`(${table.reason} is not distinct from 'holder_choice') = (${table.holderProof} is not null)`,
    ),
    oneOf('dispositions_answer', table.answer, ['accepted', 'declined']),
    check('dispositions_receiver', sql`(${table.kind} = 'transfer') = (${table.toMemberId} is not null)`),
    check('dispositions_never_to_itself', sql`${table.toMemberId} <> ${table.memberId}`),
    check(
      'dispositions_answered_whole',
      sql`(${table.answer} is null) = (${table.answeredOn} is null) and (${table.answer} is null or ${table.kind} = 'transfer')`,
    ),
    check(
      'dispositions_accepted_has_its_successor',
      sql`(${table.answer} is not distinct from 'accepted') = (${table.successorId} is not null)`,
    ),
    uniqueIndex('dispositions_one').on(table.certificateId).where(sql`${table.supersededAt} is null`),
    index('dispositions_by_receiver').on(table.toMemberId, table.decidedOn, table.id),
    index('dispositions_by_day').on(table.decidedOn, table.id),
    index('dispositions_by_member').on(table.memberId, table.decidedOn, table.id),
  ],
)
