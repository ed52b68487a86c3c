import { type SQL, sql } from 'drizzle-orm'
import type { CertificateDraft, MergePlan, PlacedCertificate } from '../domain/historical-merge.ts'
import type { HistoricalStatus } from '../domain/historical-row.ts'
import { newId } from '../ids.ts'
import type { Db } from './database.ts'
import type { MergeBy } from './historical-places.ts'
import { inOneFlight } from './in-one-flight.ts'
import { table } from './line-table.ts'
import { certificateEvents, certificates, certificateVersions, suspensions } from './schema/certificates.ts'

/**
 * Writes what was decided about rows of the opening balance. Each part is a list of statements, empty where there is
 * nothing to write.
 */
export async function savePlan(tx: Db, { drafts }: MergePlan, by: MergeBy): Promise<void> {
  const relinked = drafts.filter(({ stored, renewsId }) => stored !== null && stored.renewsId !== renewsId)
  const unlinked = relinked.map(({ id }) => ({ id, renewsId: null }))
  await inOneFlight(
    tx,
    // A link is unique, so old ones go before new ones come.
    ...setLinks(unlinked, by.now),
    ...insertNew(drafts, by),
    ...setLinks(relinked, by.now),
    ...insertSuperseded(drafts, by),
    ...rewriteRevised(drafts, by),
    ...saveStatuses(drafts, by),
  )
}

type Link = { readonly id: string; readonly renewsId: string | null }

function setLinks(links: readonly Link[], changedAt: Date): SQL[] {
  if (links.length === 0) return []
  const update = sql`
    update ${certificates} c set renews_id = t."renewsId", changed_at = ${changedAt.toISOString()}::timestamptz
    from ${table(links, { id: 'uuid', renewsId: 'uuid' })} where c.id = t.id`
  return [update]
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

function insertNew(drafts: readonly CertificateDraft[], by: MergeBy): SQL[] {
  const rows = drafts.flatMap((draft) => {
    const { stored, present, memberId, number, validFrom, renewsId } = draft
    if (stored !== null || present === null) return []
    return [{ schemeCode: present.scheme, memberId, number, validFrom, renewsId, ...versionRow(draft, present) }]
  })
  if (rows.length === 0) return []
  const now = by.now.toISOString()
  const insert = sql`
    insert into ${certificates} (id, version, enterprise_id, holder_name, product_name, family, industry_code, city_code, content,
      decided_on, issued_on, valid_until, scheme_code, member_id, number, valid_from, renews_id,
      origin, import_id, recorded_at, version_recorded_at)
    select id, version, "enterpriseId", "holderName", "productName", family, "industryCode", "cityCode", content,
      "decidedOn", "issuedOn", "validUntil", "schemeCode", "memberId", number, "validFrom", "renewsId",
      'historical', ${by.importId}::uuid, ${now}::timestamptz, ${now}::timestamptz
    from ${table(rows, newColumns)}`
  return [insert]
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

function insertSuperseded(drafts: readonly CertificateDraft[], by: MergeBy): SQL[] {
  const rows = drafts.flatMap(({ id, number, validFrom, superseded }) =>
    superseded.map(({ version, content, decidedOn, issuedOn, validUntil, recordedAt }) => {
      const days = { decidedOn, issuedOn, validFrom, validUntil }
      return { id, version, number, content, ...days, recordedAt: recordedAt ?? by.now.toISOString() }
    }),
  )
  if (rows.length === 0) return []
  const insert = sql`
    insert into ${certificateVersions} (certificate_id, version, number, content, decided_on, issued_on, valid_from, valid_until,
      recorded_at, superseded_at, superseded_by, cause)
    select id, version, number, content, "decidedOn", "issuedOn", "validFrom", "validUntil",
      "recordedAt", ${by.now.toISOString()}::timestamptz, ${by.actorId}, 'imported again'
    from ${table(rows, supersededColumns)}`
  return [insert]
}

function rewriteRevised(drafts: readonly CertificateDraft[], by: MergeBy): SQL[] {
  const rows = drafts.flatMap((draft) =>
    draft.stored === null || draft.present === null ? [] : [versionRow(draft, draft.present)],
  )
  if (rows.length === 0) return []
  const update = sql`
    update ${certificates} c
    set version = t.version, enterprise_id = t."enterpriseId", holder_name = t."holderName", product_name = t."productName",
        family = t.family, industry_code = t."industryCode", city_code = t."cityCode", content = t.content,
        decided_on = t."decidedOn", issued_on = t."issuedOn", valid_until = t."validUntil",
        version_recorded_at = ${by.now.toISOString()}::timestamptz, changed_at = ${by.now.toISOString()}::timestamptz
    from ${table(rows, versionColumns)} where c.id = t.id`
  return [update]
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
function saveStatuses(drafts: readonly CertificateDraft[], by: MergeBy): SQL[] {
  const seen = drafts.flatMap((draft) =>
    [draft.suspension, draft.ending].flatMap((status) => (status ? [statusRow(draft, status, by)] : [])),
  )
  if (seen.length === 0) return []
  const rows = table(seen, statusColumns)
  const now = by.now.toISOString()
  const suspended = sql`
    insert into ${suspensions} (id, certificate_id, from_on, until_on, recorded_at)
    select "rowId", id, "onDay", "untilOn", ${now}::timestamptz from ${rows} where "asState" = 'suspended'`
  const ended = sql`
    update ${certificates} c set ended_on = t."onDay", ended_as = t."asState", ended_reason = 'other', changed_at = ${now}::timestamptz
    from ${rows} where c.id = t.id and t."asState" <> 'suspended'`
  const told = sql`
    insert into ${certificateEvents} (id, certificate_id, action, on_day, until_on, reason_code, reason_text, recorded_at, recorded_by)
    select "eventId", id, action, "onDay", case when "asState" = 'suspended' then "untilOn" end, 'other',
           '期初数据所示，实际日期和原因未知 / as seen in the opening balance; actual day and reason unknown', ${now}::timestamptz, ${by.actorId}
    from ${rows}`
  return [suspended, ended, told]
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
