import { count, inArray, sql } from 'drizzle-orm'
import {
  type PlacedCertificate,
  planMerge,
  type RowOutcome,
  type StoredCertificate,
  standAlone,
} from '../domain/historical-merge.ts'
import type { HistoricalCertificate } from '../domain/historical-row.ts'
import { newId } from '../ids.ts'
import type { Db } from './database.ts'
import { type FreshCertificate, freshCertificate, insertFresh } from './fresh-certificates.ts'
import { enterpriseIds, known, type MergeBy, placeEnterprises, placeMembers } from './historical-places.ts'
import { table } from './line-table.ts'
import { savePlan } from './merge-plan.ts'
import { certificates, certificateVersions, suspensions } from './schema/certificates.ts'

/** The opening balance, written thousands of rows at a time: a handful of statements for a batch, never one for a row. */
export type HistoricalRow = {
  readonly rowNumber: number
  readonly numberColumn: string
  readonly certificates: readonly HistoricalCertificate[]
}

/** A row with its first certificate ready to be written as it stands: made while the database is at work on other rows. */
export type ReadyRow = HistoricalRow & { readonly fresh: FreshCertificate | null }

export function readyRow(row: HistoricalRow, now: Date): ReadyRow {
  const [first] = row.certificates
  return { ...row, fresh: first ? freshCertificate(first, newId(now)) : null }
}

const mergeLock = 4_019_212

/**
 * Merges rows into the registry, in the caller's transaction: what is new as it stands is written as it stands; for the
 * rest load, decide, save. One transaction merges at a time, so that two imports of one file neither fail nor double
 * anything; the lock goes with the transaction.
 */
export async function mergeHistorical(tx: Db, rows: readonly ReadyRow[], by: MergeBy): Promise<readonly RowOutcome[]> {
  await tx.execute(sql`select pg_advisory_xact_lock(${sql.raw(String(mergeLock))})`)
  const all = rows.flatMap((row) => row.certificates)
  const memberIds = await placeMembers(tx, all, by)
  await placeEnterprises(tx, all, by)
  const accepted = await acceptFresh(tx, rows, memberIds, by)
  const others = rows.filter(({ rowNumber }) => !accepted.has(rowNumber))
  const merged = await mergeOthers(tx, others, memberIds, by)
  const outcomes = new Map(merged.map((outcome) => [outcome.rowNumber, outcome]))
  return rows.flatMap(({ rowNumber }) => accepted.get(rowNumber) ?? outcomes.get(rowNumber) ?? [])
}

/** Writes the rows that are new as they stand. */
async function acceptFresh(
  tx: Db,
  rows: readonly ReadyRow[],
  memberIds: ReadonlyMap<string, string>,
  by: MergeBy,
): Promise<ReadonlyMap<number, RowOutcome>> {
  const alone = standAlone(rows).flatMap(({ rowNumber, fresh }) => (fresh ? [{ rowNumber, ...fresh }] : []))
  const leftOut = await insertFresh(tx, alone, memberIds, by)
  const accepted = new Map<number, RowOutcome>()
  for (const { rowNumber, id } of alone)
    if (!leftOut.has(id)) accepted.set(rowNumber, { rowNumber, outcome: 'accepted', entityId: id, problems: [] })
  return accepted
}

async function mergeOthers(
  tx: Db,
  rows: readonly HistoricalRow[],
  memberIds: ReadonlyMap<string, string>,
  by: MergeBy,
): Promise<readonly RowOutcome[]> {
  if (rows.length === 0) return []
  const all = rows.flatMap((row) => row.certificates)
  const holderIds = await enterpriseIds(tx, all)
  const place = (certificate: HistoricalCertificate): PlacedCertificate => ({
    ...certificate,
    memberId: known(memberIds, certificate.body.key),
    enterpriseId: known(holderIds, certificate.holder.key),
  })
  const placed = rows.map((row) => ({ ...row, certificates: row.certificates.map(place) }))
  const stored = await loadCertificates(
    tx,
    placed.flatMap((row) => row.certificates),
  )
  const plan = planMerge(placed, stored, () => newId(by.now))
  await savePlan(tx, plan, by)
  return plan.outcomes
}

async function loadCertificates(tx: Db, placed: readonly PlacedCertificate[]): Promise<StoredCertificate[]> {
  const numbers = new Map(placed.map(({ memberId, number }) => [`${memberId}|${number}`, { memberId, number }]))
  const rows = await tx.execute<StoredCertificate & Record<string, unknown>>(sql`
    select c.id, c.member_id as "memberId", c.number, c.valid_from as "validFrom", c.valid_until as "validUntil",
           c.decided_on as "decidedOn", c.issued_on as "issuedOn", c.content, c.version,
           c.version_recorded_at as "versionRecordedAt", c.renews_id as "renewsId",
           c.origin = 'historical' as "isHistorical", c.ended_on is not null as "isEnded",
           exists (select from ${certificates} r
                   where r.renews_id = c.id and (r.member_id, r.number) is distinct from (c.member_id, c.number)) as "renewedElsewhere",
           coalesce((select jsonb_agg(jsonb_build_object('content', v.content, 'decidedOn', v.decided_on,
                                                         'issuedOn', v.issued_on, 'validUntil', v.valid_until))
                     from ${certificateVersions} v where v.certificate_id = c.id), '[]') as earlier,
           coalesce((select jsonb_agg(jsonb_build_object('fromOn', s.from_on, 'liftedOn', s.lifted_on))
                     from ${suspensions} s where s.certificate_id = c.id), '[]') as suspensions
    from ${table([...numbers.values()], { memberId: 'uuid', number: 'text' })}
    cross join lateral (
      select * from ${certificates} of_number
      where of_number.member_id = t."memberId" and of_number.number = t.number offset 0) as c`)
  return [...rows]
}

/** How many of these certificates each member has. */
export async function membersOf(tx: Db, certificateIds: readonly string[]) {
  if (certificateIds.length === 0) return []
  return tx
    .select({ memberId: certificates.memberId, certificates: count() })
    .from(certificates)
    .where(inArray(certificates.id, [...certificateIds]))
    .groupBy(certificates.memberId)
}
