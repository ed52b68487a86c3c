import { and, asc, desc, eq, gt, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { RegisterFacts } from '../domain/register-snapshot.ts'
import { listingsAsJson } from './announcements.ts'
import type { Db } from './database.ts'
import { registerSnapshotPieces, registerSnapshots } from './schema/announcements.ts'

export type Snapshot = typeof registerSnapshots.$inferSelect
export type SnapshotFile = 'csv' | 'json'

const snapshotLock = 4_019_235

/** One process makes a snapshot; false where another does. */
export async function claimSnapshot(tx: Db): Promise<boolean> {
  const [row] = await tx.execute<{ held: boolean }>(sql`select pg_try_advisory_xact_lock(${snapshotLock}) as held`)
  return row?.held ?? false
}

export async function findSnapshot(db: Db, month: PlainDate): Promise<Snapshot | undefined> {
  const [found] = await db.select().from(registerSnapshots).where(eq(registerSnapshots.month, month))
  return found
}

/** The latest month first. */
export async function listSnapshots(db: Db): Promise<Snapshot[]> {
  return db.select().from(registerSnapshots).orderBy(desc(registerSnapshots.month)).limit(600)
}

export async function insertSnapshot(tx: Db, row: typeof registerSnapshots.$inferInsert): Promise<void> {
  await tx.insert(registerSnapshots).values(row)
}

export async function insertPiece(tx: Db, row: typeof registerSnapshotPieces.$inferInsert): Promise<void> {
  await tx.insert(registerSnapshotPieces).values(row)
}

/** The pieces of a file in their order, one at a time. */
export async function* piecesOf(db: Db, month: PlainDate, file: SnapshotFile): AsyncGenerator<Buffer> {
  for (let place = -1; ; ) {
    const [piece] = await db
      .select({ place: registerSnapshotPieces.place, bytes: registerSnapshotPieces.bytes })
      .from(registerSnapshotPieces)
      .where(
        and(
          eq(registerSnapshotPieces.month, month),
          eq(registerSnapshotPieces.file, file),
          gt(registerSnapshotPieces.place, place),
        ),
      )
      .orderBy(asc(registerSnapshotPieces.place))
      .limit(1)
    if (!piece) return
    place = piece.place
    yield piece.bytes
  }
}

/** A certificate as the public register has it. */
export type RegisterRow = RegisterFacts & { readonly id: string }

/** All that verification would tell of, by id, so many at a time. */
export async function registerPage(db: Db, afterId: string | null, limit: number): Promise<RegisterRow[]> {
  return db.execute<RegisterRow>(sql`
    select c.id, c.number, c.scheme_code as scheme, c.holder_name as holder, c.product_name as product, c.family,
      c.city_code as city, m.name as member, m.approval_number as "approvalNumber", c.valid_from as "validFrom",
      c.valid_until as "validUntil", c.ended_on as "endedOn", c.ended_as as "endedAs",
      (select r.revoked_on from approval_revocations r where r.member_id = m.id and r.lifted_at is null) as "approvalRevokedOn",
      coalesce((select json_agg(json_build_object('fromOn', s.from_on, 'untilOn', s.until_on, 'liftedOn', s.lifted_on) order by s.from_on)
        from suspensions s where s.certificate_id = c.id), '[]') as suspensions,
      ${listingsAsJson(sql`c.id`, sql`c.transferred_from_id`)} as listings
    from certificates c join members m on m.id = c.member_id
    where ${afterId === null ? sql`true` : sql`c.id > ${afterId}::uuid`}
    order by c.id limit ${limit}`)
}
