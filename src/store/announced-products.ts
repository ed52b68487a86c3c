import { type SQL, sql } from 'drizzle-orm'
import type { ListedCertificate, ProductState } from '../domain/announcement.ts'
import type { PlainDate } from '../domain/plain-date.ts'
import { type AnnouncementLine, linesOfCertificates } from './announcements.ts'
import type { Db } from './database.ts'
import { type Paged, rowsToRead } from './lists/paging.ts'

/** The products that published announcements list, and what became of each by a day (N8). */
export type ProductsAsked = {
  readonly announcementId?: string | undefined
  readonly schemeCode?: string | undefined
  readonly batchYear?: number | undefined
  readonly family?: string | undefined
  readonly state?: ProductState | undefined
  /** Found in what was announced (firm, product, number), or in the registered name of the firm. */
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
  /** The certificate of the line first. */
  readonly succession: readonly LinkOfProduct[]
}

/** In the order of the announcements and of their lines: the order of an index, whatever was asked. */
export async function productsOfAnnouncements(db: Db, asked: ProductsAsked & Paged): Promise<ProductRow[]> {
  const { state, on } = asked
  const where = state === undefined ? conditionsOf(asked) : await conditionsOfState(db, { ...asked, state })
  return db.execute<ProductRow>(sql`
    select l.announcement_id as "announcementId", l.place, l.effect, l.enterprise_name as "enterpriseName",
      l.product_name as "productName", l.family, l.member_name as "memberName",
      l.certificate_number as "certificateNumber", chain.first_id as "certificateId", a.number, a.announced_on as "announcedOn",
      word.struck_on as "struckOn", word.anew_on as "anewOn", ${successionAsJson} as succession
    from ${publishedLines}
    cross join lateral (${chainOf(certificateOfLine)}) chain
    cross join lateral (${wordsOn(on)}) word
    where ${sql.join(where, sql` and `)}
    order by l.announcement_id, l.place
    limit ${sql.raw(String(rowsToRead(asked.limit)))}`)
}

const publishedLines = sql`announcement_lines l
    join announcement_publications p on p.announcement_id = l.announcement_id
    join announcements a on a.id = l.announcement_id
    left join announcement_matches k on k.announcement_id = l.announcement_id and k.place = l.place`

const certificateOfLine = sql`coalesce(l.certificate_id, k.certificate_id)`

function conditionsOf({
  announcementId,
  schemeCode,
  batchYear,
  family,
  text,
  on,
  after = null,
}: ProductsAsked & Partial<Paged>): SQL[] {
  return [
    announcementId === undefined ? sql`l.effect = 'listed'` : sql`l.announcement_id = ${announcementId}`,
    sql`a.announced_on <= ${on}`,
    ...(schemeCode === undefined ? [] : [sql`a.scheme_code = ${schemeCode}`]),
    ...(batchYear === undefined ? [] : [sql`a.batch_year = ${batchYear}`]),
    ...(family === undefined ? [] : [isOfFamily(family)]),
    ...(text === undefined ? [] : [says(text)]),
    ...(after === null ? [] : [isAfter(after)]),
  ]
}

/** The first condition is what lets the index begin at the announcement; a pair alone would be asked of every row. */
function isAfter({ value, id }: NonNullable<Paged['after']>): SQL {
  return sql`l.announcement_id >= ${id}::uuid and (l.announcement_id, l.place) > (${id}::uuid, ${value}::int)`
}

function isOfFamily(family: string): SQL {
  return sql`coalesce(l.family, (select c.family from certificates c where c.id = ${certificateOfLine})) = ${family}`
}

function says(text: string): SQL {
  return sql`(strpos(lower(concat_ws(' ', l.enterprise_name, l.product_name, l.certificate_number)), lower(${text}::text)) > 0
    or ${certificateOfLine} in (select c.id from certificates c join enterprises e on e.id = c.enterprise_id
      where strpos(lower(e.name), lower(${text}::text)) > 0))`
}

/** A state may be rare, and then a walk along the list would be long: it is found for all lines at once. */
async function conditionsOfState(db: Db, asked: ProductsAsked & Paged & { state: ProductState }): Promise<SQL[]> {
  const found = await db.execute<{ announcementId: string; place: number }>(sql`
    ${standingOfLines(asked)}
    select announcement_id as "announcementId", place from standing where state = ${asked.state}
    order by announcement_id, place limit ${sql.raw(String(rowsToRead(asked.limit)))}`)
  const ids = sql.param(found.map(({ announcementId }) => announcementId))
  const places = sql.param(found.map(({ place }) => place))
  return [sql`(l.announcement_id, l.place) in (select * from unnest(${ids}::uuid[], ${places}::int[]))`]
}

export type ProductCount = {
  /** Null for all of them. */
  readonly state: ProductState | null
  /** Null for all of a state, and where none is known. */
  readonly reasonCode: string | null
  readonly isOfReason: boolean
  readonly products: number
  readonly enterprises: number
}

const underWay = new WeakMap<Db, Map<string, Promise<ProductCount[]>>>()

/**
 * Products and firms in each state, and in all; a firm counts once in each. All lines are looked at, and anybody may ask:
 * those who ask the same at the same moment share a statement; nothing is kept.
 */
export async function countProducts(db: Db, asked: ProductsAsked): Promise<ProductCount[]> {
  const counts = underWay.get(db) ?? new Map<string, Promise<ProductCount[]>>()
  underWay.set(db, counts)
  const key = JSON.stringify(asked)
  const counting = counts.get(key) ?? countAnew(db, asked).finally(() => counts.delete(key))
  counts.set(key, counting)
  return counting
}

async function countAnew(db: Db, asked: ProductsAsked): Promise<ProductCount[]> {
  const { state } = asked
  return db.execute<ProductCount>(sql`
    ${standingOfLines(asked)}
    select state, reason as "reasonCode", grouping(reason) = 0 as "isOfReason", count(*)::int as products,
      count(distinct enterprise)::int as enterprises
    from standing where ${state === undefined ? sql`true` : sql`state = ${state}`} group by grouping sets ((state, reason), (state), ())`)
}

/**
 * `productStandingOn` of the domain once more, in SQL, for all lines at once; a test holds the two against each other.
 * A firm that the register does not know is told by its name as announced.
 */
function standingOfLines(asked: ProductsAsked & Partial<Paged>): SQL {
  const { on } = asked
  return sql`with recursive listed as materialized (
      select l.announcement_id, l.place, l.enterprise_name, ${certificateOfLine} as first_id, a.announced_on, p.recorded_at
      from ${publishedLines} where l.effect = 'listed' and ${sql.join(conditionsOf(asked), sql` and `)}),
    came(first_id, id, depth, is_moved) as (
      select distinct first_id, first_id, 0, true from listed where first_id is not null
      union all
      select came.first_id, n.id, came.depth + 1, came.is_moved and n.is_moved from came join (
        select transferred_from_id as of_id, id, true as is_moved from certificates where transferred_from_id is not null
        union all select renews_id, id, false from certificates where renews_id is not null) n on n.of_id = came.id
      where came.depth < 100),
    present as (
      select distinct on (came.first_id) came.first_id, c.enterprise_id, c.member_id, c.id, c.valid_from, c.valid_until, c.ended_on, c.ended_as, c.ended_reason
      from came join certificates c on c.id = came.id where came.depth = 0 or c.valid_from <= ${on}
      order by came.first_id, c.valid_from desc, came.depth desc),
    said as materialized (
      select came.first_id, came.is_moved, s.announcement_id, s.effect, b.announced_on, q.recorded_at
      from (select certificate_id, announcement_id, effect from announcement_lines where certificate_id is not null
        union all select k.certificate_id, k.announcement_id, s.effect from announcement_matches k
          join announcement_lines s on s.announcement_id = k.announcement_id and s.place = k.place) s
      join came on came.id = s.certificate_id
      join announcement_publications q on q.announcement_id = s.announcement_id
      join announcements b on b.id = s.announcement_id and b.announced_on <= ${on}),
    word as (
      select l.announcement_id, l.place,
        (array_agg(said.effect order by said.announced_on desc, said.recorded_at desc) filter (where said.is_moved))[1] = 'struck' as is_struck,
        bool_or(said.effect = 'listed') as is_anew
      from listed l join said on said.first_id = l.first_id and said.announcement_id <> l.announcement_id
        and (not said.is_moved or (said.announced_on, said.recorded_at) > (l.announced_on, l.recorded_at))
      group by l.announcement_id, l.place),
    judged as (
      select l.announcement_id, l.place, present.id, present.ended_reason,
        coalesce(present.enterprise_id::text, (select min(e.id::text) from enterprises e where e.name = l.enterprise_name), l.enterprise_name) as enterprise,
        case when word.is_struck then 'struck' when word.is_anew then 'announced_anew'
          when present.id is null then 'not_in_register' when present.ended_on <= ${on} then present.ended_as
          when present.valid_until < ${on} then 'expired'
          when present.member_id in (select r.member_id from approval_revocations r where r.lifted_at is null and r.revoked_on <= ${on}) then 'approval_revoked'
          when present.valid_from > ${on} then 'not_yet_valid'
          when present.id in (select u.certificate_id from suspensions u where u.from_on <= ${on} and (u.lifted_on is null or u.lifted_on > ${on})) then 'suspended'
          else 'in_force' end as state
      from listed l left join present on present.first_id = l.first_id
      left join word on word.announcement_id = l.announcement_id and word.place = l.place),
    standing as (
      select judged.*, case when state in ('withdrawn', 'cancelled') then ended_reason when state = 'suspended' then
        (select u.reason_code from suspensions u where u.certificate_id = judged.id and u.from_on <= ${on} order by u.from_on desc limit 1) end as reason
      from judged)`
}

/**
 * The certificate with all that came of it, itself first; and which of them came by transfer alone. Most have none.
 * `offset 0` keeps the planner from writing it out wherever it is named.
 */
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
      else ${walk(sql`n.transferred_from_id = came.id`)} end as moved_ids offset 0`
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
        and (${isLater} or not s.certificate_id = any(chain.moved_ids))) as anew_on offset 0`
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
