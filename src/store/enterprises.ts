import { and, asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Db } from './database.ts'
import { keptSelect } from './kept-queries.ts'
import { enterpriseNames, enterprises } from './schema/enterprises.ts'

export type Enterprise = typeof enterprises.$inferSelect
export type NewEnterprise = typeof enterprises.$inferInsert

export async function findEnterprise(db: Db, id: string): Promise<Enterprise | undefined> {
  const [enterprise] = await db.select().from(enterprises).where(eq(enterprises.id, id)).limit(1)
  return enterprise
}

export async function findEnterpriseByCode(db: Db, creditCode: string): Promise<Enterprise | undefined> {
  const [enterprise] = await selectByCode(db, { creditCode })
  return enterprise
}

const selectByCode = keptSelect<Enterprise, { creditCode: string }>(
  getTableColumns(enterprises),
  [],
  (db, { creditCode }, fields) =>
    db.select(fields).from(enterprises).where(eq(enterprises.creditCode, creditCode)).limit(1),
)

/** Inserts, or answers the row that another writer put in at the same moment: the same key is the same enterprise. */
export async function insertOrFindEnterprise(
  tx: Db,
  enterprise: NewEnterprise,
): Promise<{ enterprise: Enterprise; isNew: boolean }> {
  const [inserted] = await tx.insert(enterprises).values(enterprise).onConflictDoNothing().returning()
  if (inserted) return { enterprise: inserted, isNew: true }
  const [found] = await tx
    .select()
    .from(enterprises)
    .where(eq(enterprises.identityKey, enterprise.identityKey))
    .limit(1)
  if (!found) throw new Error(`enterprise ${enterprise.identityKey} is neither new nor there`)
  return { enterprise: found, isNew: false }
}

export async function updateEnterprise(tx: Db, id: string, changes: Partial<NewEnterprise>): Promise<void> {
  await tx.update(enterprises).set(changes).where(eq(enterprises.id, id))
}

/** What is known of an enterprise and was not; null leaves it open. */
export type Gaps = Partial<Pick<Enterprise, 'cityCode' | 'family' | 'industryCode' | 'address'>>

/** Fills in what is still unknown; what another writer filled in meanwhile stays. */
export async function fillEnterpriseGaps(tx: Db, id: string, gaps: Gaps): Promise<Enterprise> {
  const { cityCode, family, industryCode, address } = enterprises
  const columns = { cityCode, family, industryCode, address }
  const filled = Object.entries(gaps).map(([name, value]) => [
    name,
    sql`coalesce(${columns[name as keyof Gaps]}, ${value})`,
  ])
  const [updated] = await tx
    .update(enterprises)
    .set(Object.fromEntries(filled))
    .where(eq(enterprises.id, id))
    .returning()
  if (!updated) throw new Error(`enterprise ${id} vanished`)
  return updated
}

export async function insertEnterpriseName(tx: Db, name: typeof enterpriseNames.$inferInsert): Promise<void> {
  await tx.insert(enterpriseNames).values(name).onConflictDoNothing()
}

/** The day of the latest dated name; null where none is dated. */
export async function latestNameOn(db: Db, enterpriseId: string): Promise<PlainDate | null> {
  const [row] = await db
    .select({ latestOn: sql<PlainDate | null>`max(${enterpriseNames.fromOn})` })
    .from(enterpriseNames)
    .where(eq(enterpriseNames.enterpriseId, enterpriseId))
  return row?.latestOn ?? null
}

export async function namesOf(db: Db, enterpriseId: string) {
  return db
    .select({ name: enterpriseNames.name, fromOn: enterpriseNames.fromOn, recordedAt: enterpriseNames.recordedAt })
    .from(enterpriseNames)
    .where(eq(enterpriseNames.enterpriseId, enterpriseId))
    .orderBy(asc(enterpriseNames.recordedAt), asc(enterpriseNames.id))
}

/** Whether a member has to do with an enterprise: an assignment, a result or a certificate of its own. */
export async function isKnownToMember(db: Db, enterpriseId: string, memberId: string): Promise<boolean> {
  const [row] = await db
    .select({ known: knownToMember(memberId) })
    .from(enterprises)
    .where(and(eq(enterprises.id, enterpriseId)))
  return row?.known ?? false
}

export function knownToMember(memberId: string) {
  return sql<boolean>`${enterprises.id} in (
    select c.enterprise_id from certificates c where c.member_id = ${memberId}
    union all select r.enterprise_id from results r where r.member_id = ${memberId}
    union all select a.enterprise_id from assignments a where a.member_id = ${memberId})`
}

/** Locks firms in one order, so that one case is not given out twice at once. */
export async function lockEnterprises(tx: Db, ids: readonly string[]): Promise<void> {
  await tx
    .select({ id: enterprises.id })
    .from(enterprises)
    .where(inArray(enterprises.id, [...ids]))
    .orderBy(asc(enterprises.id))
    .for('no key update')
}
