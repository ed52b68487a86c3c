import { type SQL, sql } from 'drizzle-orm'
import { foldName } from '../domain/imported-cells.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import type { Held, Listed } from '../domain/reconciliation.ts'
import type { SuspensionFact } from './certificates.ts'
import type { Db } from './database.ts'
import { certificates, suspensions } from './schema/certificates.ts'
import { enterprises } from './schema/enterprises.ts'
import { memberNames, members } from './schema/members.ts'
import { reconciliations, reconciliationRows as rows } from './schema/reconciliations.ts'

/** A list while it is being matched: what is asked is bounded, however long the list and however many certificates. */

/** Which certificates of ours a list is laid beside: one member's or all, as they were known when it began. */
export type Scope = { readonly memberId: string | null; readonly knownAt: Date }

/** A certificate with what its state follows from. */
export type HeldFacts = Omit<Held, 'state'> & {
  readonly endedOn: PlainDate | null
  readonly endedAs: 'withdrawn' | 'cancelled' | null
  readonly suspensions: readonly SuspensionFact[]
}

export async function stageRows(tx: Db, reconciliationId: string, listed: readonly Listed[]): Promise<void> {
  const staged = listed.map(({ rowNumber, ...row }) => ({
    rowNumber,
    number: row.number,
    creditCode: row.creditCode,
    nameKey: row.holderName === null ? null : foldName(row.holderName) || null,
    row,
  }))
  await tx.execute(sql`
    insert into ${rows} (reconciliation_id, row_number, number, credit_code, name_key, listed)
    select ${reconciliationId}::uuid, "rowNumber", number, "creditCode", "nameKey", "row"
    from jsonb_to_recordset(${JSON.stringify(staged)}::jsonb)
      as t("rowNumber" int, number text, "creditCode" text, "nameKey" text, "row" jsonb)`)
}

/** What whole groups of rows are gathered by, one after another. */
export type GroupBy = 'number' | 'creditCode' | 'nameKey'

const groupColumns = { number: rows.number, creditCode: rows.creditCode, nameKey: rows.nameKey }

/** By number what is only staged yet, by holder what the numbers left unmatched. */
function waitingFor(by: GroupBy): SQL {
  return by === 'number' ? sql`${rows.progress} = 'staged'` : sql`${rows.progress} = 'unmatched'`
}

/** The next groups after the last one of before, in the order of their key. */
export async function nextGroups(
  db: Db,
  reconciliationId: string,
  by: GroupBy,
  page: { after: string; limit: number },
): Promise<string[]> {
  const column = groupColumns[by]
  const found = await db.execute<{ key: string }>(sql`
    select ${column} as key from ${rows}
    where ${rows.reconciliationId} = ${reconciliationId}::uuid and ${column} > ${page.after} and ${waitingFor(by)}
    group by 1 order by 1 limit ${page.limit}`)
  return found.map(({ key }) => key)
}

/**
 * Rows of the groups after one up to another, of each and of one body so many at most: chosen by what they say, so that the order of the
 * file plays no part. A range rather than a list of keys, which without statistics of the new rows goes through all of them.
 */
export async function rowsOfGroups(
  db: Db,
  reconciliationId: string,
  by: GroupBy,
  groups: { after: string; upTo: string; rowsEachMax: number },
): Promise<Listed[]> {
  const column = groupColumns[by]
  const found = await db.execute<StagedRow>(sql`
    select "rowNumber", listed from (
      select ${rows.rowNumber} as "rowNumber", ${rows.listed} as listed,
             row_number() over (partition by ${column}, ${rows.listed}->>'memberId' order by ${rows.listed}::text, ${rows.rowNumber}) as place
      from ${rows}
      where ${rows.reconciliationId} = ${reconciliationId}::uuid and ${waitingFor(by)}
        and ${column} > ${groups.after} and ${column} <= ${groups.upTo}) t
    where place <= ${groups.rowsEachMax}`)
  return found.map(listedOf)
}

type StagedRow = { rowNumber: number; listed: Omit<Listed, 'rowNumber'> }

function listedOf({ rowNumber, listed }: StagedRow): Listed {
  return { ...listed, rowNumber }
}

/** Rows at a stage, in the order of the file. */
export async function rowsAtStage(
  db: Db,
  reconciliationId: string,
  progress: 'staged' | 'unmatched',
  page: { afterRow: number; limit: number },
): Promise<Listed[]> {
  const found = await db.execute<StagedRow>(sql`
    select ${rows.rowNumber} as "rowNumber", ${rows.listed} as listed from ${rows}
    where ${rows.reconciliationId} = ${reconciliationId}::uuid and ${rows.progress} = ${progress}
      and ${rows.rowNumber} > ${page.afterRow}
    order by ${rows.rowNumber} limit ${page.limit}`)
  return found.map(listedOf)
}

export type RowProgress = {
  readonly rowNumber: number
  readonly progress: 'unmatched' | 'settled'
  readonly certificateId: string | null
}

export async function markRows(tx: Db, reconciliationId: string, marked: readonly RowProgress[]): Promise<void> {
  await tx.execute(sql`
    update ${rows} r set progress = t.progress, certificate_id = t."certificateId"
    from jsonb_to_recordset(${JSON.stringify(marked)}::jsonb) as t("rowNumber" int, progress text, "certificateId" uuid)
    where r.reconciliation_id = ${reconciliationId}::uuid and r.row_number = t."rowNumber"`)
}

/** Those of this reconciliation, and what others left that came to no end since `abandonedBefore`. */
export async function clearRows(db: Db, reconciliationId: string, abandonedBefore: Date): Promise<void> {
  await db.execute(sql`
    delete from ${rows} where reconciliation_id = ${reconciliationId}::uuid or reconciliation_id in (
      select ${reconciliations.id} from ${reconciliations}
      where ${reconciliations.heartbeatAt} < ${abandonedBefore.toISOString()}::timestamptz)`)
}

// Our side

const heldColumns = sql`c.id, c.number, c.member_id as "memberId", c.holder_name as "holderName", e.credit_code as "creditCode",
  c.issued_on as "issuedOn", c.valid_from as "validFrom", c.valid_until as "validUntil",
  c.ended_on as "endedOn", c.ended_as as "endedAs",
  coalesce((select jsonb_agg(jsonb_build_object('fromOn', s.from_on, 'untilOn', s.until_on, 'liftedOn', s.lifted_on))
            from ${suspensions} s where s.certificate_id = c.id), '[]') as suspensions`

function within({ memberId, knownAt }: Scope): SQL {
  const recorded = sql`c.recorded_at <= ${knownAt.toISOString()}::timestamptz`
  return memberId === null ? recorded : sql`${recorded} and c.member_id = ${memberId}::uuid`
}

/** Asked certificate by certificate: as a join it might go through all rows for every page, while they have no statistics. */
function isUnmatched(reconciliationId: string): SQL {
  return sql`(select r.row_number from ${rows} r
    where r.reconciliation_id = ${reconciliationId}::uuid and r.certificate_id = c.id limit 1) is null`
}

export async function heldOfNumbers(db: Db, scope: Scope, numbers: readonly string[]): Promise<HeldFacts[]> {
  return db.execute<HeldFacts & Record<string, unknown>>(sql`
    select ${heldColumns} from jsonb_array_elements_text(${JSON.stringify(numbers)}::jsonb) t(number)
    join ${certificates} c on c.number = t.number join ${enterprises} e on e.id = c.enterprise_id
    where ${within(scope)}`)
}

/**
 * Certificates of a holder with the days of a row that no row was matched with. Holders are found by credit code, by the
 * folded name where they have none, and by the name as listed, with either kind of brackets.
 */
export async function heldOfHolders(
  db: Db,
  reconciliationId: string,
  scope: Scope,
  listed: readonly Listed[],
): Promise<HeldFacts[]> {
  return db.execute<HeldFacts & Record<string, unknown>>(sql`
    with asked as (
      select * from jsonb_to_recordset(${JSON.stringify(listed.flatMap(spellingsOf))}::jsonb)
        as t("creditCode" text, "nameKey" text, name text, "validFrom" date, "validUntil" date)),
    wanted as (
      select e.id as enterprise_id, e.credit_code, t."validFrom", t."validUntil"
      from asked t join ${enterprises} e on e.credit_code = t."creditCode"
      union select e.id, e.credit_code, t."validFrom", t."validUntil"
      from asked t join ${enterprises} e on e.identity_key = t."nameKey"
      union select e.id, e.credit_code, t."validFrom", t."validUntil"
      from asked t join ${enterprises} e on e.name = t.name)
    select ${heldColumns} from wanted e
    join ${certificates} c on c.enterprise_id = e.enterprise_id
      and c.valid_until = e."validUntil" and c.valid_from = e."validFrom"
    where ${within(scope)} and ${isUnmatched(reconciliationId)}`)
}

function spellingsOf({ creditCode, holderName, validFrom, validUntil }: Listed) {
  const days = { validFrom, validUntil }
  const name = holderName ?? ''
  const names = [
    name,
    name.replaceAll('(', '（').replaceAll(')', '）'),
    name.replace(/[（]/g, '(').replace(/[）]/g, ')'),
  ]
  const folded = foldName(name)
  const nameKey = folded === '' ? null : `name:cn:${folded}`
  return [...new Set(names)].map((each) => ({ ...days, creditCode, nameKey, name: each === '' ? null : each }))
}

/** A certificate that the list should hold, and whether a row was matched with it. */
export type ExpectedCertificate = { readonly id: string; readonly validUntil: PlainDate; readonly isUnmatched: boolean }

/**
 * Certificates that the list, made on that day, should hold, by last day: all that were issued by then, or those that had
 * neither ended nor expired.
 */
export async function expectedCertificates(
  db: Db,
  reconciliationId: string,
  scope: Scope,
  list: { madeOn: PlainDate; covers: 'in_force' | 'all' },
  page: { after: ExpectedCertificate | null; limit: number },
): Promise<ExpectedCertificate[]> {
  const { madeOn, covers } = list
  const { after, limit } = page
  const inForce = sql`c.valid_until >= ${madeOn}::date and (c.ended_on is null or c.ended_on > ${madeOn}::date)`
  return db.execute<ExpectedCertificate & Record<string, unknown>>(sql`
    select c.id, c.valid_until as "validUntil", ${isUnmatched(reconciliationId)} as "isUnmatched" from ${certificates} c
    where ${within(scope)} and coalesce(c.issued_on, c.valid_from) <= ${madeOn}::date
      and ${covers === 'all' ? sql`true` : inForce}
      and ${after === null ? sql`true` : sql`(c.valid_until, c.id) > (${after.validUntil}::date, ${after.id}::uuid)`}
    order by c.valid_until, c.id limit ${limit}`)
}

export async function heldOfIds(db: Db, ids: readonly string[]): Promise<HeldFacts[]> {
  return db.execute<HeldFacts & Record<string, unknown>>(sql`
    select ${heldColumns} from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) t(id)
    join ${certificates} c on c.id = t.id::uuid join ${enterprises} e on e.id = c.enterprise_id`)
}

// Bodies

export type BodySpelling = { readonly name: string | null; readonly approvalNumber: string | null }

/** The members that each of these bodies may be, by approval number, else by any name under which one was met. */
export async function membersOfBodies(db: Db, bodies: readonly BodySpelling[]): Promise<string[][]> {
  const asked = bodies.map((body, at) => ({ ...body, at }))
  const found = await db.execute<{ at: number; ids: string[] | null }>(sql`
    select t.at, array(
      select m.id from ${members} m where m.approval_number = t."approvalNumber"
      union select m.id from ${members} m where t."approvalNumber" is null and (m.name = t.name or m.name_en = t.name)
      union select n.member_id from ${memberNames} n where t."approvalNumber" is null and n.name = t.name) as ids
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as t(at int, name text, "approvalNumber" text)`)
  const ids = new Map(found.map((row) => [row.at, row.ids ?? []]))
  return bodies.map((_, at) => [...(ids.get(at) ?? [])])
}
