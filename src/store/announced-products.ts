import { type SQL, sql } from 'drizzle-orm'
import type { ListedCertificate, ProductState } from '../domain/announcement.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import { type AnnouncementLine, linesOfCertificates } from './announcements.ts'
import type { Db } from './database.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'

/**
 * The products that published announcements list, and what became of each by a day (N8). The state is the derivation of
 * `domain/announcement.ts` once more, in SQL, to filter and count by; a test holds the two against each other.
 */
export type ProductsAsked = {
  readonly announcementId?: string | undefined
  readonly schemeCode?: string | undefined
  readonly batchYear?: number | undefined
  readonly family?: string | undefined
  readonly state?: ProductState | undefined
  /** Found in the names of firm and product, as announced and as registered, and in the numbers. */
  readonly text?: string | undefined
  /** What was announced by this day, and how it stood then. */
  readonly on: PlainDate
}

/** A certificate of the register that goes on for an announced one, or is it. */
export type LinkOfProduct = ListedCertificate & {
  readonly number: string
  readonly memberName: string
  readonly memberApprovalNumber: string | null
}

/** A line with all that is known of what came of its certificate. */
export type ProductRow = AnnouncementLine & {
  readonly number: string
  readonly announcedOn: PlainDate
  readonly struckOn: PlainDate | null
  readonly anewOn: PlainDate | null
  readonly state: ProductState
  /** The certificate of the line first. */
  readonly succession: readonly LinkOfProduct[]
}

/** In the order of the announcements and of their lines. */
export async function productsOfAnnouncements(db: Db, asked: ProductsAsked & Paged): Promise<ProductRow[]> {
  const { after, limit, on } = asked
  return db.execute<ProductRow>(sql`
    select l.announcement_id as "announcementId", l.place, l.effect, l.enterprise_name as "enterpriseName",
      l.product_name as "productName", l.family, l.member_name as "memberName",
      l.certificate_number as "certificateNumber", chain.first_id as "certificateId", a.number, a.announced_on as "announcedOn",
      word.struck_on as "struckOn", word.anew_on as "anewOn", ${stateOn(on)} as state, ${successionAsJson} as succession
    from ${productsOn(asked)}
      and ${after === null ? sql`true` : isAfter(after)}
    order by l.announcement_id, l.place
    limit ${sql.raw(String(rowsToRead(limit)))}`)
}

/** The first condition is what lets the index begin at the announcement; a pair alone would be asked of every row. */
function isAfter({ value, id }: NonNullable<Paged['after']>): SQL {
  return sql`l.announcement_id >= ${id}::uuid and (l.announcement_id, l.place) > (${id}::uuid, ${value}::int)`
}

export type ProductCount = {
  /** Null for all of them. */
  readonly state: ProductState | null
  readonly products: number
  readonly enterprises: number
}

/** Products and firms in each state, and in all; a firm counts once in each. */
export async function countProducts(db: Db, asked: ProductsAsked): Promise<ProductCount[]> {
  const enterprise = sql`coalesce(present.enterprise_id::text,
    (select e.id::text from enterprises e where e.name = l.enterprise_name order by e.id limit 1), l.enterprise_name)`
  return db.execute<ProductCount>(sql`
    select state, count(*)::int as products, count(distinct enterprise)::int as enterprises
    from (select ${stateOn(asked.on)} as state, ${enterprise} as enterprise from ${productsOn(asked)}) counted
    group by grouping sets ((state), ())`)
}

/** What both ask of: lines with their certificates, the present one, its firm, and what later announcements say. */
function productsOn(asked: ProductsAsked): SQL {
  const { announcementId, schemeCode, batchYear, family, state, text, on } = asked
  const where = [
    announcementId === undefined ? sql`l.effect = 'listed'` : sql`l.announcement_id = ${announcementId}`,
    sql`a.announced_on <= ${on}`,
    ...(schemeCode === undefined ? [] : [sql`a.scheme_code = ${schemeCode}`]),
    ...(batchYear === undefined ? [] : [sql`a.batch_year = ${batchYear}`]),
    ...(family === undefined ? [] : [sql`coalesce(l.family, present.family) = ${family}`]),
    ...(state === undefined ? [] : [sql`${stateOn(on)} = ${state}`]),
    ...(text === undefined ? [] : [sql`strpos(lower(${searched}), lower(${text})) > 0`]),
  ]
  return sql`announcement_lines l
    join announcement_publications p on p.announcement_id = l.announcement_id
    join announcements a on a.id = l.announcement_id
    left join announcement_matches k on k.announcement_id = l.announcement_id and k.place = l.place
    cross join lateral (${chainOf(sql`coalesce(l.certificate_id, k.certificate_id)`)}) chain
    left join lateral (${presentOn(on)}) present on true
    left join enterprises firm on firm.id = present.enterprise_id
    cross join lateral (${wordsOn(on)}) word
    where ${sql.join(where, sql` and `)}`
}

const searched = sql`concat_ws(' ', l.enterprise_name, l.product_name, l.certificate_number, firm.name, present.product_name, present.number)`

/** The certificate with all that came of it, itself first; and which of them came by transfer alone. Most have none. */
function chainOf(certificateId: SQL): SQL {
  const walk = (next: SQL) => sql`array(with recursive came(id, depth) as (
      select ${certificateId}, 0 union all
      select n.id, came.depth + 1 from came join certificates n on ${next} where came.depth < 100)
    select id from came order by depth)`
  const isMoved = sql`exists (select 1 from certificates n where n.transferred_from_id = ${certificateId})`
  const isRenewed = sql`exists (select 1 from certificates n where n.renews_id = ${certificateId})`
  return sql`select ${certificateId} as first_id,
    case when ${certificateId} is null then '{}' when not ${isMoved} and not ${isRenewed} then array[${certificateId}]
      else ${walk(sql`n.transferred_from_id = came.id or n.renews_id = came.id`)} end as ids,
    case when ${certificateId} is null then '{}' when not ${isMoved} then array[${certificateId}]
      else ${walk(sql`n.transferred_from_id = came.id`)} end as moved_ids`
}

/** `presentOf` of the domain. */
function presentOn(on: PlainDate): SQL {
  return sql`select c.id, c.number, c.family, c.product_name, c.enterprise_id, c.member_id, c.valid_from, c.valid_until, c.ended_on, c.ended_as
    from certificates c where c.id = any(chain.ids) and (c.id = chain.first_id or c.valid_from <= ${on})
    order by c.valid_from desc, array_position(chain.ids, c.id) desc limit 1`
}

/** What strikes out a certificate, or one that came of it by transfer, strikes out its line; what lists one again counts there. */
function wordsOn(on: PlainDate): SQL {
  const words = (ids: SQL) => sql`${linesOfCertificates(ids)} s
    join announcement_publications q on q.announcement_id = s.announcement_id
    join announcements b on b.id = s.announcement_id and b.announced_on <= ${on}`
  const isLater = sql`(b.announced_on, q.recorded_at) > (a.announced_on, p.recorded_at)`
  return sql`select
    (select case s.effect when 'struck' then b.announced_on end from ${words(sql`chain.moved_ids`)}
      where ${isLater} order by b.announced_on desc, q.recorded_at desc limit 1) as struck_on,
    (select max(b.announced_on) from ${words(sql`chain.ids`)}
      where s.effect = 'listed' and s.announcement_id <> l.announcement_id
        and (${isLater} or not s.certificate_id = any(chain.moved_ids))) as anew_on`
}

/** `productStandingOn` of the domain. */
function stateOn(on: PlainDate): SQL {
  return sql`case when word.struck_on is not null then 'struck' when word.anew_on is not null then 'announced_anew'
    when present.id is null then 'not_in_register' when present.ended_on <= ${on} then present.ended_as
    when present.valid_until < ${on} then 'expired'
    when exists (select 1 from approval_revocations r where r.member_id = present.member_id and r.lifted_at is null and r.revoked_on <= ${on}) then 'approval_revoked'
    when present.valid_from > ${on} then 'not_yet_valid'
    when exists (select 1 from suspensions u where u.certificate_id = present.id and u.from_on <= ${on} and (u.lifted_on is null or u.lifted_on > ${on})) then 'suspended'
    else 'in_force' end`
}

const successionAsJson = sql`coalesce((select json_agg(json_build_object('number', c.number, 'memberName', m.name,
    'memberApprovalNumber', m.approval_number, 'holderName', e.name, 'productName', c.product_name,
    'validFrom', c.valid_from, 'validUntil', c.valid_until, 'endedOn', c.ended_on, 'endedAs', c.ended_as, 'endedReason', c.ended_reason,
    'cameBy', case when c.id = chain.first_id then null when c.transferred_from_id = any(chain.ids) then 'transfer' else 'renewal' end,
    'approvalRevokedOn', (select r.revoked_on from approval_revocations r where r.member_id = c.member_id and r.lifted_at is null),
    'suspensions', coalesce((select json_agg(json_build_object('fromOn', u.from_on, 'untilOn', u.until_on, 'liftedOn', u.lifted_on, 'reasonCode', u.reason_code) order by u.from_on)
      from suspensions u where u.certificate_id = c.id), '[]')) order by array_position(chain.ids, c.id))
    from certificates c join members m on m.id = c.member_id join enterprises e on e.id = c.enterprise_id
    where c.id = any(chain.ids)), '[]')`
