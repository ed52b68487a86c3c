import { sql } from 'drizzle-orm'
import type { HistoricalCertificate } from '../domain/historical-row.ts'
import { newId } from '../ids.ts'
import type { Db } from './database.ts'
import { table } from './line-table.ts'
import { enterpriseNames, enterprises } from './schema/enterprises.ts'
import { memberApprovalNumbers, memberNames, members } from './schema/members.ts'

/** Who writes, for which import. */
export type MergeBy = { readonly importId: string; readonly now: Date; readonly actorId: string }

/** One of each key: the first that was met. */
function byKey<T extends { key: string }>(entries: readonly T[]): T[] {
  const first = new Map<string, T>()
  for (const entry of entries) if (!first.has(entry.key)) first.set(entry.key, entry)
  return [...first.values()]
}

type Named = { readonly key: string; readonly name: string }

/** Every name of each key, once. */
function spellingsOf(entries: readonly Named[]): Named[] {
  return [...new Map(entries.map(({ key, name }) => [`${key}|${name}`, { key, name }])).values()]
}

/** @throws Error where the key has no place */
export function known(ids: ReadonlyMap<string, string>, key: string): string {
  const id = ids.get(key)
  if (id === undefined) throw new Error(`${key} has no place in the registry`)
  return id
}

// Bodies

/**
 * The member of each body: the one of its approval number, the one met before under the same key, or the registered one
 * of exactly that name; else a new one, without a standing (R4, opening balance).
 */
export async function placeMembers(
  tx: Db,
  all: readonly HistoricalCertificate[],
  by: MergeBy,
): Promise<ReadonlyMap<string, string>> {
  const bodies = byKey(all.map(({ body }) => body))
  const found = await findMembers(tx, bodies)
  const missing = bodies.filter(({ key }) => !found.has(key))
  if (missing.length > 0) {
    await insertMembers(tx, missing, by)
    for (const [key, id] of await findMembers(tx, missing)) found.set(key, id)
  }
  const spellings = spellingsOf(all.map(({ body }) => body))
  await noteMemberNames(
    tx,
    spellings.map(({ key, name }) => ({ ownerId: known(found, key), name })),
    by,
  )
  return found
}

async function noteMemberNames(tx: Db, names: readonly { ownerId: string; name: string }[], by: MergeBy) {
  await tx.execute(sql`
    insert into ${memberNames} (id, member_id, name, recorded_at, recorded_by)
    select gen_random_uuid(), t."ownerId", t.name, ${by.now.toISOString()}::timestamptz, ${by.actorId}
    from ${table(names, { ownerId: 'uuid', name: 'text' })}
    on conflict do nothing`)
}

type Body = HistoricalCertificate['body']

async function findMembers(tx: Db, bodies: readonly Body[]): Promise<Map<string, string>> {
  const rows = await tx.execute<{ key: string; id: string | null }>(sql`
    select t.key, coalesce(
      (select n.member_id from ${memberApprovalNumbers} n where n.approval_number = t."approvalNumber"),
      (select m.id from ${members} m where m.identity_key = t.key),
      (select m.id from ${members} m where m.name = t.name and m.origin = 'registered' order by m.recorded_at, m.id limit 1)
    ) as id
    from ${table(bodies, { key: 'text', name: 'text', approvalNumber: 'text' })}`)
  return new Map(rows.flatMap(({ key, id }) => (id === null ? [] : [[key, id] as const])))
}

async function insertMembers(tx: Db, bodies: readonly Body[], by: MergeBy): Promise<void> {
  const rows = bodies.map((body) => ({ ...body, id: newId(by.now) }))
  await tx.execute(sql`
    insert into ${members} (id, identity_key, name, approval_number, origin, recorded_at)
    select id, key, name, "approvalNumber", 'imported', ${by.now.toISOString()}::timestamptz
    from ${table(rows, { id: 'uuid', key: 'text', name: 'text', approvalNumber: 'text' })}
    on conflict do nothing`)
}

// Holders

const holderColumns = {
  id: 'uuid',
  key: 'text',
  creditCode: 'text',
  name: 'text',
  country: 'text',
  cityCode: 'text',
  family: 'text',
  industryCode: 'text',
  address: 'text',
}

/** The enterprise of each holder, registered where it is not there; what is registered already is not written over. */
export async function placeEnterprises(tx: Db, all: readonly HistoricalCertificate[], by: MergeBy): Promise<void> {
  const holders = all.map(({ holder }) => holder)
  const rows = byKey(holders).map((holder) => ({ ...holder, id: newId(by.now) }))
  const now = by.now.toISOString()
  await tx.execute(sql`
    insert into ${enterprises} (id, identity_key, credit_code, name, country, city_code, family, industry_code, address, origin, recorded_at)
    select id, key, "creditCode", name, country, "cityCode", family, "industryCode", address, 'imported', ${now}::timestamptz
    from ${table(rows, holderColumns)}
    order by key
    on conflict do nothing`)
  await tx.execute(sql`
    insert into ${enterpriseNames} (id, enterprise_id, name, recorded_at, recorded_by)
    select gen_random_uuid(), id, name, ${now}::timestamptz, ${by.actorId}
    from (select (select e.id from ${enterprises} e where e.identity_key = t.key) as id, t.name
          from ${table(spellingsOf(holders), { key: 'text', name: 'text' })}) as named
    where id is not null
      and (select true from ${enterpriseNames} n where n.enterprise_id = named.id and n.name = named.name limit 1) is null
    on conflict do nothing`)
}

/** The ids of enterprises that have their places. */
export async function enterpriseIds(
  tx: Db,
  all: readonly HistoricalCertificate[],
): Promise<ReadonlyMap<string, string>> {
  const keys = byKey(all.map(({ holder }) => holder))
  const found = await tx.execute<{ key: string; id: string }>(sql`
    select e.identity_key as key, e.id
    from ${table(keys, { key: 'text' })} join ${enterprises} e on e.identity_key = t.key`)
  return new Map(found.map(({ key, id }) => [key, id]))
}
