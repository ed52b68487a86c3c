import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import type { Problem } from '../../domain/refusals.ts'
import { id, instant, oneOf, recordedBy } from './columns.ts'
import { members } from './members.ts'

export const importKinds = ['historical', 'results'] as const
export const rowOutcomes = ['accepted', 'new_version', 'unchanged', 'refused'] as const

/** One file taken in (R6). Its progress is a heartbeat; that a run was interrupted is derived from it. */
export const imports = pgTable(
  'imports',
  {
    id: id(),
    kind: text('kind').notNull().$type<(typeof importKinds)[number]>(),
    memberId: uuid('member_id').references(() => members.id),
    fileName: text('file_name').notNull(),
    fileSha256: text('file_sha256').notNull(),
    bytesTotal: bigint('bytes_total', { mode: 'number' }).notNull(),
    bytesRead: bigint('bytes_read', { mode: 'number' }).notNull().default(0),
    mapping: jsonb('mapping').notNull().$type<Record<string, unknown>>(),
    dryRun: boolean('dry_run').notNull(),
    accepted: integer('accepted').notNull().default(0),
    newVersions: integer('new_versions').notNull().default(0),
    unchanged: integer('unchanged').notNull().default(0),
    refused: integer('refused').notNull().default(0),
    startedAt: instant('started_at').notNull(),
    heartbeatAt: instant('heartbeat_at').notNull(),
    finishedAt: instant('finished_at'),
    /** The problem that stopped the whole file, where one did. */
    failure: jsonb('failure').$type<Problem>(),
    recordedBy: text(recordedBy).notNull(),
  },
  (table) => [oneOf('imports_kind', table.kind, importKinds), index('imports_by_member').on(table.memberId, table.id)],
)

export const importRows = pgTable(
  'import_rows',
  {
    importId: uuid('import_id')
      .notNull()
      .references(() => imports.id),
    rowNumber: integer('row_number').notNull(),
    outcome: text('outcome').notNull().$type<(typeof rowOutcomes)[number]>(),
    /** Certificate or result that the row became or was already. */
    entityId: uuid('entity_id'),
    /** As code, column, value, so that the row can be shown in either language. */
    problems: jsonb('problems').$type<Problem[]>(),
  },
  (table) => [
    primaryKey({ columns: [table.importId, table.rowNumber] }),
    oneOf('import_rows_outcome', table.outcome, rowOutcomes),
  ],
)

/** How foreign columns fit ours (R6). */
export const importMappings = pgTable('import_mappings', {
  name: text('name').primaryKey(),
  mapping: jsonb('mapping').notNull().$type<Record<string, unknown>>(),
  recordedAt: instant('recorded_at').notNull(),
  recordedBy: text(recordedBy).notNull(),
})
