import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { conclusions, type EntryKind, entryKinds, type Held, type Listed } from '../../domain/reconciliation.ts'
import type { Problem } from '../../domain/refusals.ts'
import { certificates } from './certificates.ts'
import { day, id, instant, oneOf, recordedAt, recordedBy } from './columns.ts'
import { members } from './members.ts'

export const listSources = ['member', 'cnca'] as const
export const listCoverages = ['in_force', 'all'] as const

/** Rows of the list that had no entry to themselves, and all of them; entries are counted by kind. */
export type ReconciliationCounts = {
  readonly rows: number
  readonly matched: number
  readonly agreeing: number
  readonly ofOtherBodies: number
  readonly entries: Readonly<Partial<Record<EntryKind, number>>>
}

/** A foreign list laid beside our certificates (N4). `memberId` is null for a list of all members. */
export const reconciliations = pgTable(
  'reconciliations',
  {
    id: id(),
    source: text('source').notNull().$type<(typeof listSources)[number]>(),
    memberId: uuid('member_id').references(() => members.id),
    /** The day on which the list was made: states are compared as of it. */
    madeOn: day('made_on').notNull(),
    covers: text('covers').notNull().$type<(typeof listCoverages)[number]>(),
    fileName: text('file_name').notNull(),
    fileSha256: text('file_sha256').notNull(),
    bytesTotal: bigint('bytes_total', { mode: 'number' }).notNull(),
    bytesRead: bigint('bytes_read', { mode: 'number' }).notNull().default(0),
    mapping: jsonb('mapping').notNull().$type<Record<string, unknown>>(),
    startedAt: instant('started_at').notNull(),
    heartbeatAt: instant('heartbeat_at').notNull(),
    finishedAt: instant('finished_at'),
    failure: jsonb('failure').$type<Problem>(),
    counts: jsonb('counts').$type<ReconciliationCounts>(),
    /** Some names of bodies that the registry does not know; their rows are none of ours. */
    otherBodies: jsonb('other_bodies').$type<string[]>(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [
    oneOf('reconciliations_source', table.source, listSources),
    oneOf('reconciliations_covers', table.covers, listCoverages),
    check('reconciliations_member', sql`${table.source} <> 'member' or ${table.memberId} is not null`),
    check(
      'reconciliations_finished_have_counts',
      sql`${table.finishedAt} is null or ${table.failure} is not null or ${table.counts} is not null`,
    ),
    index('reconciliations_by_member').on(table.memberId, table.id),
  ],
)

/** The rows of a list while it is being matched, so that a long one need not be held in memory; gone when that is done. */
export const reconciliationRows = pgTable(
  'reconciliation_rows',
  {
    reconciliationId: uuid('reconciliation_id')
      .notNull()
      .references(() => reconciliations.id),
    rowNumber: integer('row_number').notNull(),
    number: text('number').notNull(),
    creditCode: text('credit_code'),
    /** The holder's name, folded. */
    nameKey: text('name_key'),
    listed: jsonb('listed').notNull().$type<Omit<Listed, 'rowNumber'>>(),
    progress: text('progress').notNull().default('staged').$type<'staged' | 'unmatched' | 'settled'>(),
    certificateId: uuid('certificate_id'),
  },
  (table) => [
    primaryKey({ columns: [table.reconciliationId, table.rowNumber] }),
    index('reconciliation_rows_by_number').on(table.reconciliationId, table.number),
    index('reconciliation_rows_by_certificate').on(table.reconciliationId, table.certificateId),
    index('reconciliation_rows_by_code')
      .on(table.reconciliationId, table.creditCode)
      .where(sql`${table.progress} = 'unmatched'`),
    index('reconciliation_rows_by_name')
      .on(table.reconciliationId, table.nameKey)
      .where(sql`${table.progress} = 'unmatched'`),
    index('reconciliation_rows_unmatched')
      .on(table.reconciliationId, table.rowNumber)
      .where(sql`${table.progress} = 'unmatched'`),
  ],
)

/** The work list: one thing that differs, or is missing on a side. */
export const reconciliationEntries = pgTable(
  'reconciliation_entries',
  {
    id: id(),
    reconciliationId: uuid('reconciliation_id')
      .notNull()
      .references(() => reconciliations.id),
    /** Whose certificate it is about; null where nobody's is known. */
    memberId: uuid('member_id').references(() => members.id),
    kind: text('kind').notNull().$type<EntryKind>(),
    /** The list is in this order; empty for a row that could not be read. */
    number: text('number').notNull(),
    rowNumber: integer('row_number'),
    certificateId: uuid('certificate_id').references(() => certificates.id),
    ours: jsonb('ours').$type<Held>(),
    theirs: jsonb('theirs').$type<Listed>(),
    oursSays: text('ours_says'),
    theirsSays: text('theirs_says'),
    announcedSays: text('announced_says'),
    problems: jsonb('problems').$type<Problem[]>(),
    /** The same for the same difference in another list. */
    fingerprint: text('fingerprint').notNull(),
  },
  (table) => [
    oneOf('reconciliation_entries_kind', table.kind, entryKinds),
    check(
      'reconciliation_entries_have_a_side',
      sql`${table.certificateId} is not null or ${table.rowNumber} is not null`,
    ),
    index('reconciliation_entries_in_order').on(table.reconciliationId, table.number, table.id),
    index('reconciliation_entries_by_kind').on(table.reconciliationId, table.kind, table.number, table.id),
    index('reconciliation_entries_by_member').on(table.reconciliationId, table.memberId, table.number, table.id),
    index('reconciliation_entries_by_fingerprint').on(table.fingerprint),
  ],
)

/** Who sees to an entry: superseded, never overwritten (R4a). */
export const reconciliationOwners = pgTable(
  'reconciliation_owners',
  {
    id: id(),
    entryId: uuid('entry_id')
      .notNull()
      .references(() => reconciliationEntries.id),
    /** The account, where the owner took the entry over. */
    ownerId: text('owner_id'),
    owner: text('owner').notNull(),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    supersededAt: instant('superseded_at'),
  },
  (table) => [
    uniqueIndex('reconciliation_owners_one').on(table.entryId).where(sql`${table.supersededAt} is null`),
    index('reconciliation_owners_by_entry').on(table.entryId),
    index('reconciliation_owners_by_name').on(table.owner, table.entryId).where(sql`${table.supersededAt} is null`),
  ],
)

/** How an entry ended: superseded, never overwritten (R4a). */
export const reconciliationConclusions = pgTable(
  'reconciliation_conclusions',
  {
    id: id(),
    entryId: uuid('entry_id')
      .notNull()
      .references(() => reconciliationEntries.id),
    conclusion: text('conclusion').notNull().$type<(typeof conclusions)[number]>(),
    note: text('note'),
    concludedBy: text('concluded_by').notNull(),
    /** The member whose own word it is; null where it is the secretariat's. */
    memberId: uuid('member_id').references(() => members.id),
    /** The entry of an earlier list whose conclusion this is. */
    carriedFromId: uuid('carried_from_id').references(() => reconciliationEntries.id),
    recordedAt: recordedAt(),
    recordedBy: text(recordedBy).notNull(),
    supersededAt: instant('superseded_at'),
  },
  (table) => [
    oneOf('reconciliation_conclusions_conclusion', table.conclusion, conclusions),
    index('reconciliation_conclusions_by_entry').on(table.entryId),
    index('reconciliation_conclusions_by_member').on(table.memberId),
    index('reconciliation_conclusions_carried').on(table.carriedFromId),
    uniqueIndex('reconciliation_conclusions_one').on(table.entryId).where(sql`${table.supersededAt} is null`),
  ],
)
