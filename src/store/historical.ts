import { type SQL, sql } from 'drizzle-orm'
import {
  bringsNews,
  type PlacedCertificate,
  planMerge,
  type RowOutcome,
  type StoredCertificate,
  standAlone,
} from '../domain/historical-merge.ts'
import type { HistoricalCertificate } from '../domain/historical-row.ts'
import { newId } from '../ids.ts'
import type { Db } from './database.ts'
import { contentIn, freshLine, insertFresh, leftOut } from './fresh-certificates.ts'
import {
  enterprisesByKey,
  idsByKey,
  known,
  type MergeBy,
  membersOfBodies,
  noteEnterpriseNames,
  noteMemberNames,
  type Places,
  placeMembers,
  placesOf,
  registerEnterprises,
} from './historical-places.ts'
import { type Answer, inOneFlight } from './in-one-flight.ts'
import { joined, table } from './line-table.ts'
import { savePlan } from './merge-plan.ts'
import { certificates, certificateVersions, suspensions } from './schema/certificates.ts'

/** The opening balance, written thousands of rows at a time: a handful of statements for a batch, never one for a row. */
export type HistoricalRow = {
  readonly rowNumber: number
  readonly numberColumn: string
  readonly certificates: readonly HistoricalCertificate[]
}

/**
 * A row ready to be sent: its certificates' contents are held in their lines alone, for thousands of rows wait. Only of
 * rows that have to be decided does a batch hold them a second time, as they were read.
 */
export type ReadyRow = {
  readonly rowNumber: number
  readonly numberColumn: string
  readonly certificates: readonly ReadyCertificate[]
}
type ReadyCertificate = Omit<HistoricalCertificate, 'content'> & { readonly id: string; readonly line: string }

export function readyRow({ rowNumber, numberColumn, certificates }: HistoricalRow, now: Date): ReadyRow {
  return {
    rowNumber,
    numberColumn,
    certificates: certificates.map((certificate) => readyCertificate(certificate, now)),
  }
}

function readyCertificate(certificate: HistoricalCertificate, now: Date): ReadyCertificate {
  const { scheme, body, holder, number, decidedOn, issuedOn, validFrom, validUntil, status } = certificate
  const id = newId(now)
  const line = freshLine(certificate, id)
  return { id, line, scheme, body, holder, number, decidedOn, issuedOn, validFrom, validUntil, status }
}

/** The row as it was read. */
export function rowAsRead({ rowNumber, numberColumn, certificates }: ReadyRow): HistoricalRow {
  const read = certificates.map(({ id: _, line, ...certificate }) => ({ content: contentIn(line), ...certificate }))
  return { rowNumber, numberColumn, certificates: read }
}

/** Rows put together as they are sent: made while the database is at work on others. */
export type ReadyBatch = {
  readonly rows: readonly ReadyRow[]
  readonly places: Places
  /** Rows that are new as they stand, if the registry does not know their numbers; each has one certificate. */
  readonly alone: {
    readonly ids: readonly string[]
    readonly lines: string
    /** What becomes of them, by row number, if it does not know any. */
    readonly accepted: ReadonlyMap<number, RowOutcome>
  }
  /** The other rows, as they were read. */
  readonly others: readonly HistoricalRow[]
}

export function readyBatch(rows: readonly ReadyRow[], now: Date): ReadyBatch {
  const places = placesOf(
    rows.flatMap((row) => row.certificates),
    now,
  )
  const alone = aloneOf(rows)
  return { rows, places, alone, others: othersThan(alone.accepted, rows) }
}

function othersThan(accepted: ReadonlyMap<number, RowOutcome>, rows: readonly ReadyRow[]): HistoricalRow[] {
  return rows.filter(({ rowNumber }) => !accepted.has(rowNumber)).map(rowAsRead)
}

function aloneOf(rows: readonly ReadyRow[]): ReadyBatch['alone'] {
  const ids: string[] = []
  const lines: string[] = []
  const accepted = new Map<number, RowOutcome>()
  for (const { rowNumber, certificates } of standAlone(rows))
    for (const { id, line } of certificates) {
      ids.push(id)
      lines.push(line)
      accepted.set(rowNumber, { rowNumber, outcome: 'accepted', entityId: id, problems: [] })
    }
  return { ids, lines: joined(lines), accepted }
}

const claimMerge = sql`select pg_advisory_xact_lock(4019212)`

/** What became of the rows, and the certificates that each member has news of. */
export type Merged = { readonly outcomes: readonly RowOutcome[]; readonly news: News }
export type News = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Merges rows into the registry, in the caller's transaction: what is new as it stands is written as it stands; for the
 * rest load, decide, save. One transaction merges at a time, so that two imports of one file neither fail nor double
 * anything; the lock goes with the transaction.
 */
export async function mergeHistorical(tx: Db, batch: ReadyBatch, by: MergeBy): Promise<Merged> {
  const { rows, places } = batch
  const [, found] = await inOneFlight(tx, claimMerge, membersOfBodies(places.bodies))
  const memberIds = await placeMembers(tx, places.bodies, idsByKey(found), by)
  const { accepted, others, surroundings } = await acceptFresh(tx, batch, memberIds, by)
  const merged = await mergeOthers(tx, others, surroundings, memberIds, by)
  const outcomesOfOthers = new Map(merged.map((outcome) => [outcome.rowNumber, outcome]))
  const outcomes = rows.flatMap(({ rowNumber }) => accepted.get(rowNumber) ?? outcomesOfOthers.get(rowNumber) ?? [])
  return { outcomes, news: newsOf(rows, outcomes, memberIds) }
}

/** What became of the rows that were new as they stand, and the others with what they need to be decided. */
type Accepted = {
  readonly accepted: ReadonlyMap<number, RowOutcome>
  readonly others: readonly HistoricalRow[]
  readonly surroundings: Surroundings
}

/** Gives bodies and holders their places, writes the rows that are new as they stand, and asks for what the others need. */
async function acceptFresh(
  tx: Db,
  { rows, places, alone, others }: ReadyBatch,
  memberIds: ReadonlyMap<string, string>,
  by: MergeBy,
): Promise<Accepted> {
  const [, , , { count }, holders, stored] = await inOneFlight(
    tx,
    noteMemberNames(places, memberIds, by),
    registerEnterprises(places, by),
    noteEnterpriseNames(places, by),
    insertFresh(alone.lines, memberIds, by),
    ...askingAbout(others, memberIds),
  )
  const notWritten = await leftOut(tx, alone.ids, count)
  if (notWritten.size === 0) return { accepted: alone.accepted, others, surroundings: { holders, stored } }
  const accepted = new Map(
    [...alone.accepted].filter(([, { entityId }]) => entityId !== null && !notWritten.has(entityId)),
  )
  const left = othersThan(accepted, rows)
  const [holdersOfLeft, storedOfLeft] = await inOneFlight(tx, ...askingAbout(left, memberIds))
  return { accepted, others: left, surroundings: { holders: holdersOfLeft, stored: storedOfLeft } }
}

function newsOf(
  rows: readonly ReadyRow[],
  outcomes: readonly RowOutcome[],
  memberIds: ReadonlyMap<string, string>,
): News {
  const touched = new Map<string, Set<string>>()
  outcomes.forEach((outcome, at) => {
    const body = rows[at]?.certificates[0]?.body
    if (!bringsNews(outcome) || !body || outcome.entityId === null) return
    const memberId = known(memberIds, body.key)
    const certificates = touched.get(memberId)
    if (certificates) certificates.add(outcome.entityId)
    else touched.set(memberId, new Set([outcome.entityId]))
  })
  return touched
}

/** What the registry holds of rows that have to be decided: their holders, and the certificates of their numbers. */
type Surroundings = { readonly holders: Answer; readonly stored: Answer }

async function mergeOthers(
  tx: Db,
  rows: readonly HistoricalRow[],
  { holders, stored }: Surroundings,
  memberIds: ReadonlyMap<string, string>,
  by: MergeBy,
): Promise<readonly RowOutcome[]> {
  if (rows.length === 0) return []
  const holderIds = idsByKey(holders)
  const place = (certificate: HistoricalCertificate): PlacedCertificate => ({
    memberId: known(memberIds, certificate.body.key),
    enterpriseId: known(holderIds, certificate.holder.key),
    ...certificate,
  })
  const placed = rows.map(({ rowNumber, numberColumn, certificates }) => ({
    rowNumber,
    numberColumn,
    certificates: certificates.map(place),
  }))
  const plan = planMerge(placed, stored as unknown as StoredCertificate[], () => newId(by.now))
  await savePlan(tx, plan, by)
  return plan.outcomes
}

/** Asks for their {@link Surroundings}. */
function askingAbout(rows: readonly HistoricalRow[], memberIds: ReadonlyMap<string, string>) {
  const holders = enterprisesByKey(rows.flatMap(({ certificates }) => certificates))
  return [holders, certificatesOfNumbers(rows, memberIds)] as const
}

/** Asks for the certificates of the rows' numbers: rows of {@link StoredCertificate}. */
function certificatesOfNumbers(rows: readonly HistoricalRow[], memberIds: ReadonlyMap<string, string>): SQL {
  const all = rows.flatMap(({ certificates }) =>
    certificates.map(({ body, number }) => ({ memberId: known(memberIds, body.key), number })),
  )
  const numbers = new Map(all.map((each) => [`${each.memberId}|${each.number}`, each]))
  return sql`
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
      where of_number.member_id = t."memberId" and of_number.number = t.number offset 0) as c`
}
