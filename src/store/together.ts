import { type SQLWrapper, sql } from 'drizzle-orm'
import type { Db } from './database.ts'

/**
 * Several inserts as one statement: one round trip instead of one each. Foreign keys are judged at its end, so rows may
 * point at one another in any order.
 */
export async function insertTogether(tx: Db, inserts: readonly SQLWrapper[]): Promise<void> {
  if (inserts.length === 0) return
  const parts = inserts.map((insert, index) => sql`${sql.identifier(`part_${index}`)} as ${insert}`)
  await tx.execute(sql`with ${sql.join(parts, sql`, `)} select`)
}
