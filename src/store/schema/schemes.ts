import { sql } from 'drizzle-orm'
import { check, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { Limit } from '../../domain/deadline-rule.ts'
import type { StageDays } from '../../domain/escalation.ts'
import { duties } from '../../domain/obligation.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { day, oneOf, recordedAt, recordedBy } from './columns.ts'

export const schemes = pgTable('schemes', {
  code: text('code').primaryKey(),
  nameZh: text('name_zh').notNull(),
  nameEn: text('name_en').notNull(),
  recordedAt: recordedAt(),
})

/** What a scheme asks for, by version: the period of validity and which fields must be there (R4, configurable). */
export const schemeVersions = pgTable(
  'scheme_versions',
  {
    schemeCode: text('scheme_code')
      .notNull()
      .references(() => schemes.code),
    version: integer('version').notNull(),
    effectiveOn: day('effective_on').notNull(),
    validityMonths: integer('validity_months').notNull(),
    requiredFields: text('required_fields').array().notNull().default(sql`'{}'`),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.schemeCode, table.version] }),
    check('scheme_versions_months', sql`${table.validityMonths} between 1 and 600`),
  ],
)

/** Versions of the official calendar (R1): version n is, for each year, the latest notice recorded up to n. */
export const calendarVersions = pgTable('calendar_versions', {
  version: integer('version').primaryKey(),
  note: text('note').notNull(),
  recordedAt: recordedAt(),
  recordedBy: text(recordedBy).notNull(),
})

export const calendarYears = pgTable(
  'calendar_years',
  {
    version: integer('version')
      .notNull()
      .references(() => calendarVersions.version),
    year: integer('year').notNull(),
    notices: text('notices').array().notNull(),
    offDays: text('off_days').array().notNull().$type<PlainDate[]>(),
    makeupWorkdays: text('makeup_workdays').array().notNull().$type<PlainDate[]>(),
  },
  (table) => [primaryKey({ columns: [table.version, table.year] })],
)

/** Deadlines as versioned data (R2, R3, configurable). */
export const deadlineRules = pgTable(
  'deadline_rules',
  {
    duty: text('duty').notNull().$type<(typeof duties)[number]>(),
    version: integer('version').notNull(),
    effectiveOn: day('effective_on').notNull(),
    startEvent: text('start_event').notNull(),
    limit: jsonb('limit').notNull().$type<Limit>(),
    dueSoonWorkingDays: integer('due_soon_working_days').notNull(),
    clause: text('clause').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [primaryKey({ columns: [table.duty, table.version] }), oneOf('deadline_rules_duty', table.duty, duties)],
)

/** What is said around a due day, and when, as versioned data (R2, configurable). */
export const escalationRules = pgTable('escalation_rules', {
  version: integer('version').primaryKey(),
  effectiveOn: day('effective_on').notNull(),
  workingDays: jsonb('working_days').notNull().$type<StageDays>(),
  clause: text('clause').notNull(),
  recordedAt: recordedAt(),
  recordedBy: text(recordedBy).notNull(),
})
