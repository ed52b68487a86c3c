import { sql } from 'drizzle-orm'
import { check, index, numeric, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { changedAt, day, id, oneOf, recordedAt, recordedBy } from './columns.ts'
import { enterprises } from './enterprises.ts'
import { executingUnits, members } from './members.ts'
import { schemes } from './schemes.ts'

/** One product or service of one enterprise, given to one member (N3, R7). */
export const assignments = pgTable(
  'assignments',
  {
    id: id(),
    schemeCode: text('scheme_code')
      .notNull()
      .references(() => schemes.code),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    enterpriseId: uuid('enterprise_id')
      .notNull()
      .references(() => enterprises.id),
    executingUnitId: uuid('executing_unit_id').references(() => executingUnits.id),
    kind: text('kind').notNull().$type<'product' | 'service'>(),
    productName: text('product_name').notNull(),
    family: text('family').notNull(),
    industryCode: text('industry_code'),
    standards: text('standards').array().notNull(),
    mode: text('mode').notNull().$type<'self_selected' | 'secretariat_assigned'>(),
    choiceProof: text('choice_proof'),
    feeQuotedYuan: numeric('fee_quoted_yuan', { precision: 14, scale: 2 }),
    feePaidYuan: numeric('fee_paid_yuan', { precision: 14, scale: 2 }),
    assignedOn: day('assigned_on').notNull(),
    acceptedOn: day('accepted_on'),
    declinedOn: day('declined_on'),
    declineReason: text('decline_reason'),
    expectedDecisionOn: day('expected_decision_on'),
    recordedAt: recordedAt(),
    changedAt: changedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('assignments_kind', table.kind, ['product', 'service']),
    oneOf('assignments_mode', table.mode, ['self_selected', 'secretariat_assigned']),
    check('assignments_one_answer', sql`${table.acceptedOn} is null or ${table.declinedOn} is null`),
    check(
      'assignments_accepted_is_planned',
      sql`${table.acceptedOn} is null or ${table.expectedDecisionOn} is not null`,
    ),
    check('assignments_declined_says_why', sql`${table.declinedOn} is null or ${table.declineReason} is not null`),
    index('assignments_by_member').on(table.memberId, table.id),
    index('assignments_waiting')
      .on(table.memberId, table.assignedOn)
      .where(sql`${table.acceptedOn} is null and ${table.declinedOn} is null`),
    index('assignments_by_day').on(table.assignedOn, table.id),
    index('assignments_of_secretariat')
      .on(table.assignedOn, table.memberId)
      .where(sql`${table.mode} = 'secretariat_assigned' and ${table.declinedOn} is null`),
    index('assignments_declined_by_day').on(table.assignedOn, table.id).where(sql`${table.declinedOn} is not null`),
    index('assignments_declined').on(table.declinedOn, table.id).where(sql`${table.declinedOn} is not null`),
    index('assignments_by_enterprise').on(table.enterpriseId, table.id),
  ],
)
