import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { type LineEffect, lineEffects } from '../../domain/announcement.ts'
import { certificates } from './certificates.ts'
import { bytes, day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { schemes } from './schemes.ts'

/** An announcement (公告): a draft until it is published or dropped (N8). */
export const announcements = pgTable(
  'announcements',
  {
    id: id(),
    schemeCode: text('scheme_code')
      .notNull()
      .references(() => schemes.code),
    /** As the document bears it: 2024年第12号. */
    number: text('number').notNull(),
    title: text('title').notNull(),
    issuingOffices: text('issuing_offices').array().notNull(),
    /** The year of the batch, which may be another than that of the announcement. */
    batchYear: integer('batch_year').notNull(),
    announcedOn: day('announced_on').notNull(),
    /** The earlier announcement that this one puts right. */
    correctsId: uuid('corrects_id').references((): AnyPgColumn => announcements.id),
    droppedAt: instant('dropped_at'),
    /** Of the draft, its lines too: whoever changes it says which one it changes. */
    version: integer('version').notNull().default(1),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    check('announcements_batch_year', sql`${table.batchYear} between 2000 and 2999`),
    check('announcements_offices', sql`cardinality(${table.issuingOffices}) > 0`),
    uniqueIndex('announcements_number').on(table.schemeCode, table.number).where(sql`${table.droppedAt} is null`),
    index('announcements_by_day').on(table.announcedOn, table.id),
  ],
)

/** What stands in an announcement, in its order; once it is published nothing of it changes (0022). */
export const announcementLines = pgTable(
  'announcement_lines',
  {
    announcementId: uuid('announcement_id')
      .notNull()
      .references(() => announcements.id),
    /** Its place in the list, from 1. */
    place: integer('place').notNull(),
    effect: text('effect').notNull().$type<LineEffect>(),
    enterpriseName: text('enterprise_name').notNull(),
    productName: text('product_name').notNull(),
    family: text('family'),
    memberName: text('member_name'),
    /** Normalised; null where the announcement names none. */
    certificateNumber: text('certificate_number'),
    /** Null where the register holds no such certificate. */
    certificateId: uuid('certificate_id').references(() => certificates.id),
  },
  (table) => [
    primaryKey({ columns: [table.announcementId, table.place] }),
    oneOf('announcement_lines_effect', table.effect, lineEffects),
    check('announcement_lines_place', sql`${table.place} >= 1`),
    uniqueIndex('announcement_lines_once')
      .on(table.announcementId, table.certificateId)
      .where(sql`${table.certificateId} is not null`),
    index('announcement_lines_by_certificate').on(table.certificateId).where(sql`${table.certificateId} is not null`),
    index('announcement_lines_unmatched')
      .on(table.announcementId, table.place)
      .where(sql`${table.certificateId} is null`),
  ],
)

/**
 * The certificate of a line that had none when it was published, once the register holds it (N8, R4a). What was published
 * stands; this is a fact of its own, known from its own instant on. Only grows.
 */
export const announcementMatches = pgTable(
  'announcement_matches',
  {
    announcementId: uuid('announcement_id').notNull(),
    place: integer('place').notNull(),
    certificateId: uuid('certificate_id')
      .notNull()
      .references(() => certificates.id),
    /** Why it is this one, where the office says so; null where the rule found it. */
    reason: text('reason'),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.announcementId, table.place] }),
    foreignKey({
      name: 'announcement_matches_line',
      columns: [table.announcementId, table.place],
      foreignColumns: [announcementLines.announcementId, announcementLines.place],
    }),
    unique('announcement_matches_once').on(table.announcementId, table.certificateId),
    index('announcement_matches_by_certificate').on(table.certificateId),
  ],
)

/** That it was published: from then on it stands. Only grows. */
export const announcementPublications = pgTable('announcement_publications', {
  announcementId: uuid('announcement_id')
    .primaryKey()
    .references(() => announcements.id),
  publishedOn: day('published_on').notNull(),
  lines: integer('lines').notNull(),
  /** SHA-256 of the canonical JSON of head and lines. */
  sha256: text('sha256').notNull(),
  /** Why it lists what the register does not hold. */
  unmatchedReason: text('unmatched_reason'),
  recordedAt: recordedAt(),
  recordedBy: text(recordedBy).notNull(),
})

/** The whole public register of a month's first day, kept as it was made (N13, R4a). Only grows. */
export const registerSnapshots = pgTable('register_snapshots', {
  /** The first day of the month. */
  month: day('month').primaryKey(),
  onDay: day('on_day').notNull(),
  knownAt: instant('known_at').notNull(),
  format: integer('format').notNull(),
  rows: integer('rows').notNull(),
  csvSha256: text('csv_sha256').notNull(),
  csvBytes: bigint('csv_bytes', { mode: 'number' }).notNull(),
  jsonSha256: text('json_sha256').notNull(),
  jsonBytes: bigint('json_bytes', { mode: 'number' }).notNull(),
  /** SHA-256 of the files as they are kept, compressed (RFC 9530); null of those made before it was reckoned. */
  csvPackedSha256: text('csv_packed_sha256'),
  jsonPackedSha256: text('json_packed_sha256'),
  recordedAt: recordedAt(),
  recordedBy: text(recordedBy).notNull(),
})

/** The files of a snapshot, compressed, in pieces. */
export const registerSnapshotPieces = pgTable(
  'register_snapshot_pieces',
  {
    month: day('month')
      .notNull()
      .references(() => registerSnapshots.month),
    file: text('file').notNull().$type<'csv' | 'json'>(),
    place: integer('place').notNull(),
    bytes: bytes('bytes').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.month, table.file, table.place] }),
    oneOf('register_snapshot_pieces_file', table.file, ['csv', 'json']),
  ],
)
