import { sql } from 'drizzle-orm'
import { type AnyPgColumn, boolean, check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { duties } from '../../domain/obligation.ts'
import { assignments } from './assignments.ts'
import { certificates } from './certificates.ts'
import { changedAt, day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { enterprises } from './enterprises.ts'
import { members } from './members.ts'
import { endings, results } from './results.ts'

/** What is owed, by when, and when it was met (N4, R2, R3). Open, overdue and late are derived, never stored. */
export const obligations = pgTable(
  'obligations',
  {
    id: id(),
    /** Duty and the event that it follows: the same event never opens the same duty twice. */
    causeKey: text('cause_key').notNull().unique(),
    duty: text('duty').notNull().$type<(typeof duties)[number]>(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    enterpriseId: uuid('enterprise_id').references(() => enterprises.id),
    /** The root of the result. */
    resultId: uuid('result_id').references(() => results.id),
    certificateId: uuid('certificate_id').references(() => certificates.id),
    assignmentId: uuid('assignment_id').references(() => assignments.id),
    endingId: uuid('ending_id').references(() => endings.id),
    /** Of a duty to explain: the obligation that is overdue or late. */
    explainsId: uuid('explains_id').references((): AnyPgColumn => obligations.id),
    cityCode: text('city_code'),
    /** Of the product, carried so that figures by family need no join; null where it is not known yet. */
    family: text('family'),
    /** Enterprise and product in words, so that a list needs no join. */
    subject: text('subject').notNull(),
    /** From this day on the obligation is there to be asked about. */
    openedOn: day('opened_on').notNull(),
    eventOn: day('event_on').notNull(),
    dueOn: day('due_on').notNull(),
    ruleVersion: integer('rule_version').notNull(),
    calendarVersion: integer('calendar_version'),
    provisional: boolean('provisional').notNull(),
    metOn: day('met_on'),
    contested: boolean('contested').notNull().default(false),
    waivedOn: day('waived_on'),
    waivedGround: text('waived_ground'),
    recordedAt: recordedAt(),
    changedAt: changedAt(),
  },
  (table) => [
    oneOf('obligations_duty', table.duty, duties),
    check('obligations_one_end', sql`${table.metOn} is null or ${table.waivedOn} is null`),
    check('obligations_waived_on_a_ground', sql`(${table.waivedOn} is null) = (${table.waivedGround} is null)`),
    check('obligations_explains', sql`(${table.duty} = 'explain_overdue') = (${table.explainsId} is not null)`),
    uniqueIndex('obligations_explained_once').on(table.explainsId).where(sql`${table.waivedOn} is null`),
    index('obligations_open')
      .on(table.dueOn, table.id)
      .where(sql`${table.metOn} is null and ${table.waivedOn} is null`),
    index('obligations_open_by_member')
      .on(table.memberId, table.dueOn, table.id)
      .where(sql`${table.metOn} is null and ${table.waivedOn} is null`),
    index('obligations_open_by_duty')
      .on(table.duty, table.dueOn, table.id)
      .where(sql`${table.metOn} is null and ${table.waivedOn} is null`),
    index('obligations_contested').on(table.memberId, table.dueOn).where(sql`${table.contested}`),
    index('obligations_open_counted')
      .on(table.calendarVersion, table.id)
      .where(sql`${table.metOn} is null and ${table.waivedOn} is null and ${table.calendarVersion} is not null`),
    index('obligations_open_explanations')
      .on(table.id)
      .where(sql`${table.duty} = 'explain_overdue' and ${table.metOn} is null and ${table.waivedOn} is null`),
    index('obligations_waived').on(table.dueOn, table.id).where(sql`${table.waivedOn} is not null`),
    index('obligations_late').on(table.dueOn, table.id).where(sql`${table.metOn} > ${table.dueOn}`),
    index('obligations_by_city').on(table.cityCode, table.dueOn, table.id),
    index('obligations_by_due').on(table.dueOn, table.id),
    index('obligations_by_member').on(table.memberId, table.dueOn, table.id),
    index('obligations_by_result').on(table.resultId),
    index('obligations_by_certificate').on(table.certificateId),
    index('obligations_by_assignment').on(table.assignmentId),
  ],
)

/** Proof that an obligation was met, as declared; a correction supersedes, it never overwrites (R2, R4a). */
export const receipts = pgTable(
  'receipts',
  {
    id: id(),
    obligationId: uuid('obligation_id')
      .notNull()
      .references(() => obligations.id),
    reportedOn: day('reported_on').notNull(),
    receiptNumber: text('receipt_number'),
    evidence: text('evidence'),
    backReported: boolean('back_reported').notNull(),
    supersedesId: uuid('supersedes_id')
      .unique()
      .references((): AnyPgColumn => receipts.id),
    supersededAt: instant('superseded_at'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    uniqueIndex('receipts_one_current').on(table.obligationId).where(sql`${table.supersededAt} is null`),
    index('receipts_by_record').on(table.recordedAt, table.id).where(sql`${table.supersededAt} is null`),
  ],
)

/** What the regulator holds against a receipt; two sources that disagree both stay (R2). */
export const receiptReviews = pgTable(
  'receipt_reviews',
  {
    id: id(),
    receiptId: uuid('receipt_id')
      .notNull()
      .references(() => receipts.id),
    verdict: text('verdict').notNull().$type<'confirmed' | 'contested'>(),
    reportedOn: day('reported_on'),
    note: text('note'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('receipt_reviews_verdict', table.verdict, ['confirmed', 'contested']),
    index('receipt_reviews_by_receipt').on(table.receiptId),
  ],
)

/** A ground for waiving, proposed by the secretariat; a duty to the regulator is waived only once it confirms (R2). */
export const waivers = pgTable(
  'waivers',
  {
    id: id(),
    obligationId: uuid('obligation_id')
      .notNull()
      .references(() => obligations.id),
    ground: text('ground').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    /** The regulator's word; null while it waits, and where none is needed. */
    verdict: text('verdict').$type<'confirmed' | 'declined'>(),
    decidedAt: instant('decided_at'),
    decidedBy: text('decided_by'),
  },
  (table) => [
    oneOf('waivers_verdict', table.verdict, ['confirmed', 'declined']),
    index('waivers_undecided').on(table.recordedAt).where(sql`${table.verdict} is null`),
    uniqueIndex('waivers_one_standing').on(table.obligationId).where(sql`${table.verdict} is distinct from 'declined'`),
  ],
)
