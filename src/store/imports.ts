import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, sql } from 'drizzle-orm'
import type { RowOutcome } from '../domain/historical-merge.ts'
import type { Problem } from '../domain/refusals.ts'
import { newId } from '../ids.ts'
import type { Db } from './database.ts'
import { joined, lineOf, lineTable } from './line-table.ts'
import { importMappings, importRows, imports } from './schema/imports.ts'

export type ImportRow = typeof imports.$inferSelect
export type NewImport = typeof imports.$inferInsert
export type ImportedRow = typeof importRows.$inferSelect
export async function insertImport(tx: Db, started: NewImport): Promise<ImportRow> {
  const [inserted] = await tx.insert(imports).values(started).returning()
  if (!inserted) throw new Error('an import was not written')
  return inserted
}

export async function findImport(db: Db, id: string): Promise<ImportRow | undefined> {
  const [found] = await db.select().from(imports).where(eq(imports.id, id)).limit(1)
  return found
}

/** Newest first; `beforeId` is the last one of the page before. */
export async function listImportsBefore(
  db: Db,
  page: { memberId: string | null; beforeId: string | null; limit: number },
): Promise<ImportRow[]> {
  const conditions = [
    page.memberId === null ? undefined : eq(imports.memberId, page.memberId),
    page.beforeId === null ? undefined : lt(imports.id, page.beforeId),
  ]
  return db
    .select()
    .from(imports)
    .where(and(...conditions))
    .orderBy(desc(imports.id))
    .limit(page.limit)
}

const resultsLock = 4_019_213

/** Inside the transaction of a row of results: rows of one member follow one another, also those of two imports. */
export async function queueResultsOf(tx: Db, memberId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${resultsLock}, hashtext(${memberId}))`)
}

/** The outcomes of some rows and how far the file was read: with the heartbeat, in one transaction with what they tell of. */
export async function saveOutcomes(
  tx: Db,
  importId: string,
  outcomes: readonly RowOutcome[],
  progress: { bytesRead: number; now: Date },
): Promise<ImportRow> {
  const count = { accepted: 0, new_version: 0, unchanged: 0, refused: 0 }
  for (const { outcome } of outcomes) count[outcome] += 1
  // Both travel together, the shorter one first: behind the rows it would wait until they are written.
  const [updated] = await Promise.all([
    setImport(tx, importId, {
      accepted: sql`${imports.accepted} + ${count.accepted}`,
      newVersions: sql`${imports.newVersions} + ${count.new_version}`,
      unchanged: sql`${imports.unchanged} + ${count.unchanged}`,
      refused: sql`${imports.refused} + ${count.refused}`,
      bytesRead: progress.bytesRead,
      heartbeatAt: progress.now,
    }),
    tx.execute(sql`
      insert into ${importRows} (import_id, row_number, outcome, entity_id, problems)
      select ${importId}::uuid, "rowNumber", outcome, "entityId", problems
      from ${lineTable(joined(outcomes.map(lineOfOutcome)), outcomeColumns)}`),
  ])
  return updated
}

const outcomeColumns = { rowNumber: 'int', outcome: 'text', entityId: 'uuid', problems: 'jsonb' }

/** In the order of {@link outcomeColumns}. */
function lineOfOutcome({ rowNumber, outcome, entityId, problems }: RowOutcome): string {
  return lineOf([String(rowNumber), outcome, entityId, problems.length > 0 ? JSON.stringify(problems) : null])
}

type ImportChanges = Parameters<ReturnType<Db['update']>['set']>[0]

async function setImport(tx: Db, id: string, changes: ImportChanges): Promise<ImportRow> {
  const [updated] = await tx.update(imports).set(changes).where(eq(imports.id, id)).returning()
  if (!updated) throw new Error(`import ${id} vanished`)
  return updated
}

/** How the imports stand that were begun since then; at most 10 000, the newest. Their ids follow the time. */
export async function countImportsSince(db: Db, since: Date) {
  return db
    .select({ failure: imports.failure, finishedAt: imports.finishedAt, heartbeatAt: imports.heartbeatAt })
    .from(imports)
    .where(gte(imports.id, newId(since)))
    .orderBy(desc(imports.id))
    .limit(10_000)
}

/** A sign of imports that wait for their turn. */
export async function signOfLife(db: Db, importIds: readonly string[], now: Date): Promise<void> {
  const isWaiting = and(inArray(imports.id, [...importIds]), isNull(imports.finishedAt))
  await db.update(imports).set({ heartbeatAt: now }).where(isWaiting)
}

/** The end of an import: the file read to its end, or the problem that stopped it. */
export async function finishImport(
  tx: Db,
  { id, bytesTotal }: ImportRow,
  now: Date,
  failure: Problem | null,
): Promise<ImportRow> {
  return setImport(tx, id, {
    finishedAt: now,
    heartbeatAt: now,
    failure,
    ...(failure === null ? { bytesRead: bytesTotal } : {}),
  })
}

/** Rows in the order of the file, after `afterRow`. */
export async function rowsOfImport(
  db: Db,
  importId: string,
  page: { afterRow: number; limit: number; outcome: ImportedRow['outcome'] | null },
): Promise<ImportedRow[]> {
  const wanted = page.outcome === null ? undefined : eq(importRows.outcome, page.outcome)
  return db
    .select()
    .from(importRows)
    .where(and(eq(importRows.importId, importId), gt(importRows.rowNumber, page.afterRow), wanted))
    .orderBy(asc(importRows.rowNumber))
    .limit(page.limit)
}

export async function findMapping(db: Db, name: string): Promise<Record<string, unknown> | undefined> {
  const [found] = await db
    .select({ mapping: importMappings.mapping })
    .from(importMappings)
    .where(eq(importMappings.name, name))
    .limit(1)
  return found?.mapping
}

export async function storedMappings(db: Db) {
  return db.select().from(importMappings).orderBy(asc(importMappings.name)).limit(500)
}

/** A mapping of the same name gives way: every import keeps the mapping that it ran with. */
export async function keepMapping(tx: Db, kept: typeof importMappings.$inferInsert): Promise<void> {
  const { mapping, recordedAt, recordedBy } = kept
  await tx
    .insert(importMappings)
    .values(kept)
    .onConflictDoUpdate({ target: importMappings.name, set: { mapping, recordedAt, recordedBy } })
}
