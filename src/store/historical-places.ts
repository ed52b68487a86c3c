import { type SQL, sql } from 'drizzle-orm'
import type { HistoricalCertificate } from '../domain/historical-row.ts'
import { newId } from '../ids.ts'
import type { Db } from './database.ts'
import { type Answer, inOneFlight } from './in-one-flight.ts'
import { joined, lineOf, lineTable, table } from './line-table.ts'
import { enterpriseNames, enterprises } from './schema/enterprises.ts'
import { memberApprovalNumbers, memberNames, members } from './schema/members.ts'

/** Who writes, for which import. */
export type MergeBy = { readonly importId: string; readonly now: Date; readonly actorId: string }

type Body = HistoricalCertificate['body']
type Holder = HistoricalCertificate['holder']
type Named = { readonly key: string; readonly name: string }

/** The bodies and holders of some certificates, each once, the holders and their names put together as they are sent. */
export type Places = {
  readonly bodies: readonly Body[]
  readonly bodyNames: readonly Named[]
  readonly holders: string
  readonly holderNames: string
}

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
const nameColumns = { key: 'text', name: 'text' }

export function placesOf(all: readonly { readonly body: Body; readonly holder: Holder }[], now: Date): Places {
  const bodies = all.map(({ body }) => body)
  const holders = all.map(({ holder }) => holder)
  return {
    bodies: byKey(bodies),
    bodyNames: spellingsOf(bodies),
    holders: joined(byKey(holders).map((holder) => lineOfHolder(holder, newId(now)))),
    holderNames: joined(spellingsOf(holders).map(({ key, name }) => lineOf([key, name]))),
  }
}

/** In the order of {@link holderColumns}. */
function lineOfHolder(holder: Holder, id: string): string {
  const { key, creditCode, name, country, cityCode, family, industryCode, address } = holder
  return lineOf([id, key, creditCode, name, country, cityCode, family, industryCode, address])
}

/** One of each key: the first that was met. */
function byKey<T extends { key: string }>(entries: readonly T[]): T[] {
  const first = new Map<string, T>()
  for (const entry of entries) if (!first.has(entry.key)) first.set(entry.key, entry)
  return [...first.values()]
}

/** Every name of each key, once. */
function spellingsOf(entries: readonly Named[]): Named[] {
  const first = new Map<string, string>()
  const others = new Map<string, Named>()
  for (const { key, name } of entries) {
    const known = first.get(key)
    if (known === undefined) first.set(key, name)
    else if (known !== name) others.set(JSON.stringify([key, name]), { key, name })
  }
  return [...[...first].map(([key, name]) => ({ key, name })), ...others.values()]
}

/** @throws Error where the key has no place */
export function known(ids: ReadonlyMap<string, string>, key: string): string {
  const id = ids.get(key)
  if (id === undefined) throw new Error(`${key} has no place in the registry`)
  return id
}

// Bodies

/**
 * Asks for the member of each body: the one of its approval number, the one met before under the same key, or the
 * registered one of exactly that name.
 */
export function membersOfBodies(bodies: readonly Body[]): SQL {
  return sql`
    select t.key, coalesce(
      (select n.member_id from ${memberApprovalNumbers} n where n.approval_number = t."approvalNumber"),
      (select m.id from ${members} m where m.identity_key = t.key),
      (select m.id from ${members} m where m.name = t.name and m.origin = 'registered' order by m.recorded_at, m.id limit 1)
    ) as id
    from ${table(bodies, { key: 'text', name: 'text', approvalNumber: 'text' })}`
}

/** Ids by key, of rows that may have none. */
export function idsByKey(rows: Answer): Map<string, string> {
  const found = rows as readonly Record<string, unknown>[] as readonly { key: string; id: string | null }[]
  return new Map(found.flatMap(({ key, id }) => (id === null ? [] : [[key, id] as const])))
}

/** The member of each body: the one that was found, else a new one, without a standing (R4, opening balance). */
export async function placeMembers(
  tx: Db,
  bodies: readonly Body[],
  found: ReadonlyMap<string, string>,
  by: MergeBy,
): Promise<ReadonlyMap<string, string>> {
  const missing = bodies.filter(({ key }) => !found.has(key))
  if (missing.length === 0) return found
  const [, placed] = await inOneFlight(tx, insertMembers(missing, by), membersOfBodies(missing))
  return new Map([...found, ...idsByKey(placed)])
}

function insertMembers(bodies: readonly Body[], by: MergeBy): SQL {
  const rows = bodies.map((body) => ({ id: newId(by.now), ...body }))
  return sql`
    insert into ${members} (id, identity_key, name, approval_number, origin, recorded_at)
    select id, key, name, "approvalNumber", 'imported', ${by.now.toISOString()}::timestamptz
    from ${table(rows, { id: 'uuid', key: 'text', name: 'text', approvalNumber: 'text' })}
    on conflict do nothing`
}

/** Notes every spelling of the bodies. */
export function noteMemberNames({ bodyNames }: Places, memberIds: ReadonlyMap<string, string>, by: MergeBy): SQL {
  const names = bodyNames.map(({ key, name }) => ({ ownerId: known(memberIds, key), name }))
  return sql`
    insert into ${memberNames} (id, member_id, name, recorded_at, recorded_by)
    select gen_random_uuid(), t."ownerId", t.name, ${by.now.toISOString()}::timestamptz, ${by.actorId}
    from ${table(names, { ownerId: 'uuid', name: 'text' })}
    on conflict do nothing`
}

// Holders

/** Registers the enterprise of each holder where it is not there; what is registered already is not written over. */
export function registerEnterprises({ holders }: Places, by: MergeBy): SQL {
  const now = by.now.toISOString()
  return sql`
    insert into ${enterprises} (id, identity_key, credit_code, name, country, city_code, family, industry_code, address, origin, recorded_at)
    select id, key, "creditCode", name, country, "cityCode", family, "industryCode", address, 'imported', ${now}::timestamptz
    from ${lineTable(holders, holderColumns)}
    order by key
    on conflict do nothing`
}

/**
 * Notes every spelling of the holders, whose enterprises are registered. `offset 0`: an enterprise is looked up once, not
 * at each use of its id.
 */
export function noteEnterpriseNames({ holderNames }: Places, by: MergeBy): SQL {
  const now = by.now.toISOString()
  return sql`
    insert into ${enterpriseNames} (id, enterprise_id, name, recorded_at, recorded_by)
    select gen_random_uuid(), id, name, ${now}::timestamptz, ${by.actorId}
    from (select (select e.id from ${enterprises} e where e.identity_key = t.key) as id, t.name
          from ${lineTable(holderNames, nameColumns)} offset 0) as named
    where id is not null
      and (select true from ${enterpriseNames} n where n.enterprise_id = named.id and n.name = named.name limit 1) is null
    on conflict (enterprise_id, name, from_on) do nothing`
}

/** Asks for the enterprises of holders that have their places. */
export function enterprisesByKey(all: readonly { readonly holder: Holder }[]): SQL {
  const keys = byKey(all.map(({ holder }) => holder))
  return sql`
    select e.identity_key as key, e.id
    from ${table(keys, { key: 'text' })} join ${enterprises} e on e.identity_key = t.key`
}
