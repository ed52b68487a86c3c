import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { type DocumentKind, documentKinds } from '../../domain/alliance.ts'
import { day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'

/** Who runs the alliance, appointed by the provincial office for a time (N1). */
export const secretariatAppointments = pgTable(
  'secretariat_appointments',
  {
    id: id(),
    organisation: text('organisation').notNull(),
    fromOn: day('from_on').notNull(),
    untilOn: day('until_on'),
    /** The document of the appointment. */
    document: text('document').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    /** Ended earlier than was said: a row with the earlier end stands in its place (R4a). */
    supersededAt: instant('superseded_at'),
  },
  (table) => [
    check('secretariat_appointments_span', sql`${table.untilOn} is null or ${table.untilOn} >= ${table.fromOn}`),
  ],
)

/** The documents of the alliance in their versions; a version is never changed (N1). */
export const allianceDocuments = pgTable(
  'alliance_documents',
  {
    id: id(),
    code: text('code').notNull(),
    version: integer('version').notNull(),
    kind: text('kind').notNull().$type<DocumentKind>(),
    title: text('title').notNull(),
    body: text('body').notNull(),
    sha256: text('sha256').notNull(),
    validFromOn: day('valid_from_on').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    unique('alliance_documents_version').on(table.code, table.version),
    oneOf('alliance_documents_kind', table.kind, documentKinds),
    index('alliance_documents_by_day').on(table.validFromOn, table.id),
  ],
)

/** That a member has taken note of a version (最新文件要求). */
export const documentAcknowledgements = pgTable(
  'document_acknowledgements',
  {
    documentId: uuid('document_id')
      .notNull()
      .references(() => allianceDocuments.id),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    acknowledgedAt: instant('acknowledged_at').notNull(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [primaryKey({ columns: [table.documentId, table.memberId] })],
)

/** What came of looking at a body without results for two years (R9). */
export const inactivityReviews = pgTable(
  'inactivity_reviews',
  {
    id: id(),
    memberId: uuid('member_id')
      .notNull()
      .references(() => members.id),
    reviewedOn: day('reviewed_on').notNull(),
    conclusion: text('conclusion').notNull().$type<'keep' | 'measure'>(),
    words: text('words').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('inactivity_reviews_conclusion', table.conclusion, ['keep', 'measure']),
    index('inactivity_reviews_by_member').on(table.memberId, table.reviewedOn),
  ],
)
