import { sql } from 'drizzle-orm'
import {
  type CertificateDraft,
  type MergePlan,
  type PlacedCertificate,
  planMerge,
  type RowOutcome,
  type StoredCertificate,
  standAlone,
} from '../domain/historical-merge.ts'
import type { HistoricalCertificate, HistoricalStatus } from '../domain/historical-row.ts'
import { newId } from '../ids.ts'
import type { Db } from './database.ts'
import { type FreshCertificate, freshCertificate, insertFresh } from './fresh-certificates.ts'
import { enterpriseIds, known, type MergeBy, placeEnterprises, placeMembers } from './historical-places.ts'
import { table } from './line-table.ts'
import { certificateEvents, certificates, certificateVersions, suspensions } from './schema/certificates.ts'

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
  await tx.execute(sql`select pg_advisory_xact_lock(${mergeLock})`)
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

// Certificates

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

async function savePlan(tx: Db, { drafts }: MergePlan, by: MergeBy): Promise<void> {
  const relinked = drafts.filter(({ stored, renewsId }) => stored !== null && stored.renewsId !== renewsId)
  // A link is unique, so old ones go before new ones come.
  await setLinks(
    tx,
    relinked.map(({ id }) => ({ id, renewsId: null })),
  )
  await insertNew(tx, drafts, by)
  await setLinks(
    tx,
    relinked.map(({ id, renewsId }) => ({ id, renewsId })),
  )
  await insertSuperseded(tx, drafts, by)
  await rewriteRevised(tx, drafts, by)
  await saveStatuses(tx, drafts, by)
}

async function setLinks(tx: Db, links: readonly { id: string; renewsId: string | null }[]): Promise<void> {
  if (links.length === 0) return
  await tx.execute(sql`
    update ${certificates} c set renews_id = t."renewsId"
    from ${table(links, { id: 'uuid', renewsId: 'uuid' })} where c.id = t.id`)
}

/** The facts of a version, as columns of a statement. */
const versionColumns = {
  id: 'uuid',
  version: 'int',
  enterpriseId: 'uuid',
  holderName: 'text',
  productName: 'text',
  family: 'text',
  industryCode: 'text',
  cityCode: 'text',
  content: 'jsonb',
  decidedOn: 'date',
  issuedOn: 'date',
  validUntil: 'date',
}

function versionRow({ id, version }: CertificateDraft, present: PlacedCertificate) {
  const { enterpriseId, holder, content, decidedOn, issuedOn, validUntil } = present
  const { family, industryCode, cityCode } = holder
  const names = { holderName: content.client.name, productName: content.product.name }
  return {
    id,
    version,
    enterpriseId,
    ...names,
    family,
    industryCode,
    cityCode,
    content,
    decidedOn,
    issuedOn,
    validUntil,
  }
}

const newColumns = {
  ...versionColumns,
  schemeCode: 'text',
  memberId: 'uuid',
  number: 'text',
  validFrom: 'date',
  renewsId: 'uuid',
}

async function insertNew(tx: Db, drafts: readonly CertificateDraft[], by: MergeBy): Promise<void> {
  const rows = drafts.flatMap((draft) => {
    const { stored, present, memberId, number, validFrom, renewsId } = draft
    if (stored !== null || present === null) return []
    return [{ ...versionRow(draft, present), schemeCode: present.scheme, memberId, number, validFrom, renewsId }]
  })
  if (rows.length === 0) return
  const now = by.now.toISOString()
  await tx.execute(sql`
    insert into ${certificates} (id, version, enterprise_id, holder_name, product_name, family, industry_code, city_code, content,
      decided_on, issued_on, valid_until, scheme_code, member_id, number, valid_from, renews_id,
      origin, import_id, recorded_at, version_recorded_at)
    select id, version, "enterpriseId", "holderName", "productName", family, "industryCode", "cityCode", content,
      "decidedOn", "issuedOn", "validUntil", "schemeCode", "memberId", number, "validFrom", "renewsId",
      'historical', ${by.importId}::uuid, ${now}::timestamptz, ${now}::timestamptz
    from ${table(rows, newColumns)}`)
}

const supersededColumns = {
  id: 'uuid',
  version: 'int',
  number: 'text',
  content: 'jsonb',
  decidedOn: 'date',
  issuedOn: 'date',
  validFrom: 'date',
  validUntil: 'date',
  recordedAt: 'timestamptz',
}

async function insertSuperseded(tx: Db, drafts: readonly CertificateDraft[], by: MergeBy): Promise<void> {
  const rows = drafts.flatMap(({ id, number, validFrom, superseded }) =>
    superseded.map(({ version, content, decidedOn, issuedOn, validUntil, recordedAt }) => {
      const days = { decidedOn, issuedOn, validFrom, validUntil }
      return { id, version, number, content, ...days, recordedAt: recordedAt ?? by.now.toISOString() }
    }),
  )
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into ${certificateVersions} (certificate_id, version, number, content, decided_on, issued_on, valid_from, valid_until,
      recorded_at, superseded_at, superseded_by, cause)
    select id, version, number, content, "decidedOn", "issuedOn", "validFrom", "validUntil",
      "recordedAt", ${by.now.toISOString()}::timestamptz, ${by.actorId}, 'imported again'
    from ${table(rows, supersededColumns)}`)
}

async function rewriteRevised(tx: Db, drafts: readonly CertificateDraft[], by: MergeBy): Promise<void> {
  const rows = drafts.flatMap((draft) =>
    draft.stored === null || draft.present === null ? [] : [versionRow(draft, draft.present)],
  )
  if (rows.length === 0) return
  await tx.execute(sql`
    update ${certificates} c
    set version = t.version, enterprise_id = t."enterpriseId", holder_name = t."holderName", product_name = t."productName",
        family = t.family, industry_code = t."industryCode", city_code = t."cityCode", content = t.content,
        decided_on = t."decidedOn", issued_on = t."issuedOn", valid_until = t."validUntil",
        version_recorded_at = ${by.now.toISOString()}::timestamptz
    from ${table(rows, versionColumns)} where c.id = t.id`)
}

const endingActions = { suspended: 'suspend', withdrawn: 'withdraw', cancelled: 'cancel' } as const

const statusColumns = {
  id: 'uuid',
  eventId: 'uuid',
  rowId: 'uuid',
  asState: 'text',
  action: 'text',
  onDay: 'date',
  untilOn: 'date',
}

/** Who ordered it, when and why is unknown: the reason says that it was seen, and where. */
async function saveStatuses(tx: Db, drafts: readonly CertificateDraft[], by: MergeBy): Promise<void> {
  const seen = drafts.flatMap((draft) =>
    [draft.suspension, draft.ending].flatMap((status) => (status ? [statusRow(draft, status, by)] : [])),
  )
  if (seen.length === 0) return
  const statuses = table(seen, statusColumns)
  const now = by.now.toISOString()
  await tx.execute(sql`
    insert into ${suspensions} (id, certificate_id, from_on, until_on, recorded_at)
    select "rowId", id, "onDay", "untilOn", ${now}::timestamptz from ${statuses} where "asState" = 'suspended'`)
  await tx.execute(sql`
    update ${certificates} c set ended_on = t."onDay", ended_as = t."asState", ended_reason = 'other'
    from ${statuses} where c.id = t.id and t."asState" <> 'suspended'`)
  await tx.execute(sql`
    insert into ${certificateEvents} (id, certificate_id, action, on_day, until_on, reason_code, reason_text, recorded_at, recorded_by)
    select "eventId", id, action, "onDay", case when "asState" = 'suspended' then "untilOn" end, 'other',
           '期初数据所示，实际日期和原因未知 / as seen in the opening balance; actual day and reason unknown', ${now}::timestamptz, ${by.actorId}
    from ${statuses}`)
}

function statusRow({ id, present, stored }: CertificateDraft, { as, onDay }: HistoricalStatus, by: MergeBy) {
  const untilOn = present?.validUntil ?? stored?.validUntil ?? onDay
  const lastDay = untilOn < onDay ? onDay : untilOn
  return {
    id,
    eventId: newId(by.now),
    rowId: newId(by.now),
    asState: as,
    action: endingActions[as],
    onDay,
    untilOn: lastDay,
  }
}
