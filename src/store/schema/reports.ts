import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { type ReportSettings, type TextSection, textSections } from '../../domain/report/content.ts'
import { bytes, day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { schemes } from './schemes.ts'

/** What a scheme's report is called and how it is divided, by version (R10). Only grows. */
export const reportSettings = pgTable(
  'report_settings',
  {
    schemeCode: text('scheme_code')
      .notNull()
      .references(() => schemes.code),
    version: integer('version').notNull(),
    settings: jsonb('settings').notNull().$type<ReportSettings>(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [primaryKey({ columns: [table.schemeCode, table.version] })],
)

/** The work report of a year (N5): opened by hand, or when first something is written of it. Only grows. */
export const annualReports = pgTable(
  'annual_reports',
  {
    id: id(),
    schemeCode: text('scheme_code')
      .notNull()
      .references(() => schemes.code),
    year: integer('year').notNull(),
    /** The first day that is counted, and the last. */
    fromOn: day('from_on').notNull(),
    cutOffOn: day('cut_off_on').notNull(),
    openedOn: day('opened_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    unique('annual_reports_year').on(table.schemeCode, table.year),
    check('annual_reports_span', sql`${table.fromOn} <= ${table.cutOffOn}`),
    check('annual_reports_cut_off', sql`extract(year from ${table.cutOffOn}) = ${table.year}`),
  ],
)

/** Paragraphs that people write, each by version; a version without a text takes the paragraph out. Only grows. */
export const reportParagraphs = pgTable(
  'report_paragraphs',
  {
    reportId: uuid('report_id')
      .notNull()
      .references(() => annualReports.id),
    section: text('section').notNull().$type<TextSection>(),
    /** Its place in the section, from 1. */
    place: integer('place').notNull(),
    version: integer('version').notNull(),
    text: text('text'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.reportId, table.section, table.place, table.version] }),
    oneOf('report_paragraphs_section', table.section, textSections),
    check('report_paragraphs_place', sql`${table.place} between 1 and 200 and ${table.version} >= 1`),
  ],
)

/** A data set that was frozen, with the documents made from it: the stored files are the record (R4a, R10). Only grows. */
export const reportFreezes = pgTable(
  'report_freezes',
  {
    reportId: uuid('report_id')
      .notNull()
      .references(() => annualReports.id),
    /** The first freeze of a report is 1. */
    number: integer('number').notNull(),
    frozenOn: day('frozen_on').notNull(),
    knownAt: instant('known_at').notNull(),
    /** The canonical JSON of what was frozen, as the bytes that were hashed. */
    content: text('content').notNull(),
    sha256: text('sha256').notNull(),
    document: bytes('document').notNull(),
    documentSha256: text('document_sha256').notNull(),
    annex: bytes('annex').notNull(),
    annexSha256: text('annex_sha256').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [primaryKey({ columns: [table.reportId, table.number] })],
)

/** That the frozen document was handed in to the provincial office (N5). Only grows. */
export const reportSubmissions = pgTable(
  'report_submissions',
  {
    id: id(),
    reportId: uuid('report_id')
      .notNull()
      .references(() => annualReports.id),
    /** The first submission of a report is 1: two at once can't both be it. */
    number: integer('number').notNull(),
    freezeNumber: integer('freeze_number').notNull(),
    documentSha256: text('document_sha256').notNull(),
    submittedOn: day('submitted_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    foreignKey({
      name: 'report_submissions_freeze',
      columns: [table.reportId, table.freezeNumber],
      foreignColumns: [reportFreezes.reportId, reportFreezes.number],
    }),
    unique('report_submissions_number').on(table.reportId, table.number),
    index('report_submissions_by_day').on(table.submittedOn),
  ],
)

/** What the office said of a submission, once (N5). Only grows. */
export const reportAnswers = pgTable(
  'report_answers',
  {
    submissionId: uuid('submission_id')
      .primaryKey()
      .references(() => reportSubmissions.id),
    verdict: text('verdict').notNull().$type<'acknowledged' | 'returned'>(),
    words: text('words').notNull(),
    answeredOn: day('answered_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [oneOf('report_answers_verdict', table.verdict, ['acknowledged', 'returned'])],
)
