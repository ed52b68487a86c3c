import { and, asc, desc, eq, gt, min, type SQL, sql } from 'drizzle-orm'
import type { PlainDate } from '../domain/plain-date.ts'
import type { RegisterFacts } from '../domain/register-snapshot.ts'
import { listingsAsJson } from './announcements.ts'
import type { Db } from './database.ts'
import { rowAsKnownAt } from './known-at.ts'
import { registerSnapshotPieces, registerSnapshots } from './schema/announcements.ts'
import { certificates, suspensions } from './schema/certificates.ts'
import { members } from './schema/members.ts'

export type Snapshot = typeof registerSnapshots.$inferSelect
export type SnapshotFile = 'csv' | 'json'

const snapshotLock = 4_019_235

/** One process makes the snapshot of a month; false where another does. Two may make two months at once. */
export async function claimSnapshot(tx: Db, month: PlainDate): Promise<boolean> {
  const [row] = await tx.execute<{ held: boolean }>(
    sql`select pg_try_advisory_xact_lock(${snapshotLock}, ${Number(month.slice(0, 7).replace('-', ''))}) as held`,
  )
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

/**
 * All that verification would tell of, by id, so many at a time.
 * @param knownAt as it was known at this instant (R4a); as it is now where absent, which asks for no past
 */
export async function registerPage(
  db: Db,
  afterId: string | null,
  limit: number,
  knownAt: Date | undefined,
): Promise<RegisterRow[]> {
  const after = afterId === null ? sql`true` : sql`id > ${afterId}::uuid`
  const at = sql`${knownAt?.toISOString() ?? null}::timestamptz`
  const was = (table: typeof certificates | typeof members | typeof suspensions, id: SQL) =>
    knownAt === undefined
      ? sql`lateral (select * from ${table} present where present.id = ${id})`
      : sql`lateral ${rowAsKnownAt(table, id, knownAt)}`
  const stands =
    knownAt === undefined
      ? sql`r.lifted_at is null`
      : sql`r.recorded_at <= ${at} and (r.lifted_at is null or r.lifted_at > ${at})`
  return db.execute<RegisterRow>(sql`
    select c.id, c.number, c.scheme_code as scheme, c.holder_name as holder, c.product_name as product, c.family,
      c.city_code as city, coalesce(m.name, body.name) as member,
      case when m.id is null then body.approval_number else m.approval_number end as "approvalNumber", c.valid_from as "validFrom",
      c.valid_until as "validUntil", c.ended_on as "endedOn", c.ended_as as "endedAs",
      (select r.revoked_on from approval_revocations r where r.member_id = c.member_id and ${stands} order by r.recorded_at desc limit 1) as "approvalRevokedOn",
      coalesce((select json_agg(json_build_object('fromOn', s.from_on, 'untilOn', s.until_on, 'liftedOn', s.lifted_on) order by s.from_on)
        from suspensions of_it, ${was(suspensions, sql`of_it.id`)} s where of_it.certificate_id = c.id), '[]') as suspensions,
      ${listingsAsJson(sql`c.id`, sql`c.transferred_from_id`, knownAt)} as listings
    from (select id from certificates where ${after} ${knownAt === undefined ? sql`` : sql`and recorded_at <= ${at}`} order by id limit ${limit}) page
      cross join ${was(certificates, sql`page.id`)} c
      join members body on body.id = c.member_id
      left join ${was(members, sql`c.member_id`)} m on true
    order by c.id`)
}

/** When the first certificate was recorded; null while there is none. */
export async function registerBeganAt(db: Db): Promise<Date | null> {
  const [row] = await db.select({ at: min(certificates.recordedAt) }).from(certificates)
  return row?.at ?? null
}
