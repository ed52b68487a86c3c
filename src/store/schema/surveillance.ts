import { sql } from 'drizzle-orm'
import { type AnyPgColumn, boolean, check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { type VisitOutcome, visitOutcomes } from '../../domain/surveillance.ts'
import { certificates } from './certificates.ts'
import { day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'
import { obligations } from './obligations.ts'

/** Visits to the holders of certificates, as they came out; a correction supersedes, it never overwrites (R3, R4a). */
export const surveillanceVisits = pgTable(
  'surveillance_visits',
  {
    id: id(),
    /** The first record of this visit; its corrections carry the same. */
    rootId: uuid('root_id').notNull(),
    certificateId: uuid('certificate_id')
      .notNull()
      .references(() => certificates.id),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    /** The surveillance that the visit met; null for one between times. */
    obligationId: uuid('obligation_id').references(() => obligations.id),
    visitedOn: day('visited_on').notNull(),
    outcome: text('outcome').notNull().$type<VisitOutcome>(),
    correctionsDueOn: day('corrections_due_on'),
    summary: text('summary').notNull(),
    evidence: text('evidence'),
    backReported: boolean('back_reported').notNull(),
    supersedesId: uuid('supersedes_id')
      .unique()
      .references((): AnyPgColumn => surveillanceVisits.id),
    supersededAt: instant('superseded_at'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('surveillance_visits_outcome', table.outcome, visitOutcomes),
    check(
      'surveillance_visits_corrections',
      sql`(${table.outcome} = 'corrections_due') = (${table.correctionsDueOn} is not null)`,
    ),
    check('surveillance_visits_in_order', sql`${table.correctionsDueOn} >= ${table.visitedOn}`),
    uniqueIndex('surveillance_visits_one_a_day')
      .on(table.certificateId, table.visitedOn)
      .where(sql`${table.supersededAt} is null`),
    uniqueIndex('surveillance_visits_one_for_a_duty').on(table.obligationId).where(sql`${table.supersededAt} is null`),
    index('surveillance_visits_by_day').on(table.visitedOn, table.id).where(sql`${table.supersededAt} is null`),
    index('surveillance_visits_by_member')
      .on(table.memberId, table.visitedOn, table.id)
      .where(sql`${table.supersededAt} is null`),
    index('surveillance_visits_adverse')
      .on(sql`coalesce(${table.correctionsDueOn}, ${table.visitedOn})`, table.id)
      .where(sql`${table.supersededAt} is null and ${table.outcome} <> 'conforming'`),
  ],
)
