import { and, asc, desc, eq, getTableColumns, lte } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { keptSelect } from './kept-queries.ts'
import { schemes, schemeVersions } from './schema/schemes.ts'

export type SchemeVersion = typeof schemeVersions.$inferSelect

/** The version of a scheme for a day: the latest in effect, else the first. */
export async function schemeInForce(db: Db, code: string, on: PlainDate): Promise<SchemeVersion | undefined> {
  const [found] = await selectInForce(db, { code, on })
  if (found) return found
  const [first] = await db
    .select()
    .from(schemeVersions)
    .where(eq(schemeVersions.schemeCode, code))
    .orderBy(asc(schemeVersions.version))
    .limit(1)
  return first
}

const selectInForce = keptSelect<SchemeVersion, { code: string; on: PlainDate }>(
  getTableColumns(schemeVersions),
  [],
  (db, { code, on }, fields) =>
    db
      .select(fields)
      .from(schemeVersions)
      .where(and(eq(schemeVersions.schemeCode, code), lte(schemeVersions.effectiveOn, on)))
      .orderBy(desc(schemeVersions.effectiveOn), desc(schemeVersions.version))
      .limit(1),
)

export async function listSchemes(db: Db) {
  const [names, versions] = await Promise.all([
    db.select().from(schemes).orderBy(schemes.code).limit(500),
    db.select().from(schemeVersions).orderBy(schemeVersions.schemeCode, schemeVersions.version).limit(5_000),
  ])
  return names.map((scheme) => ({
    ...scheme,
    versions: versions.filter((version) => version.schemeCode === scheme.code),
  }))
}

export async function insertScheme(tx: Db, scheme: typeof schemes.$inferInsert): Promise<boolean> {
  const inserted = await tx.insert(schemes).values(scheme).onConflictDoNothing().returning({ code: schemes.code })
  return inserted.length > 0
}

export async function insertSchemeVersion(tx: Db, version: typeof schemeVersions.$inferInsert): Promise<boolean> {
  const inserted = await tx
    .insert(schemeVersions)
    .values(version)
    .onConflictDoNothing()
    .returning({ version: schemeVersions.version })
  return inserted.length > 0
}
