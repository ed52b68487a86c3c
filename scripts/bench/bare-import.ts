import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Sql } from 'postgres'

/**
 * What an import is measured against: the same final rows, parsed and prepared beforehand, by COPY into a table of their
 * own and merged into the same tables with one statement a table, all in one transaction of the bare driver.
 */

/** The rows that the last import of that database accepted, as a file for {@link importBare}. */
export async function prepareRows(sql: Sql, path: string): Promise<void> {
  const rows = await sql
    .unsafe(`copy (
      select r.row_number, c.id, c.renews_id, c.scheme_code, m.identity_key, m.name, m.approval_number,
        e.identity_key, e.credit_code, e.name, e.country, e.city_code, e.family, e.industry_code, e.address,
        c.number, c.holder_name, c.product_name, c.content, c.decided_on, c.issued_on, c.valid_from, c.valid_until,
        c.ended_on, c.ended_as
      from import_rows r
      join certificates c on c.id = r.entity_id
      join members m on m.id = c.member_id
      join enterprises e on e.id = c.enterprise_id
      where r.import_id = (select id from imports order by started_at desc, id desc limit 1)
      order by r.row_number) to stdout`)
    .readable()
  await pipeline(rows, createWriteStream(path))
}

const staged = `create temporary table staged (
  row_number int, id uuid, renews_id uuid, scheme_code text, body_key text, body text, approval_number text,
  holder_key text, credit_code text, holder text, country text, holder_city text, holder_family text,
  holder_industry text, address text, number text, holder_name text, product_name text, content jsonb,
  decided_on date, issued_on date, valid_from date, valid_until date, ended_on date, ended_as text) on commit drop`

const importId = '019af000-0000-7000-8000-000000000001'

const merge = [
  'analyze staged',
  `insert into imports (id, kind, file_name, file_sha256, bytes_total, mapping, dry_run, started_at, heartbeat_at, recorded_by)
   values ('${importId}', 'historical', 'bare', '', 0, '{}', false, now(), now(), 'bench')`,
  `insert into members (id, identity_key, name, approval_number, origin, recorded_at)
   select gen_random_uuid(), * from (select distinct on (body_key) body_key, body, approval_number, 'imported', now()
     from staged order by body_key, row_number) as body
   on conflict do nothing`,
  `insert into member_names (id, member_id, name, recorded_at, recorded_by)
   select gen_random_uuid(), m.id, s.body, now(), 'bench'
   from (select distinct body_key, body from staged) s join members m on m.identity_key = s.body_key
   on conflict do nothing`,
  `insert into enterprises (id, identity_key, credit_code, name, country, city_code, family, industry_code, address, origin, recorded_at)
   select gen_random_uuid(), * from (select distinct on (holder_key) holder_key, credit_code, holder, country, holder_city,
       holder_family, holder_industry, address, 'imported', now()
     from staged order by holder_key, row_number) as holder
   on conflict do nothing`,
  `insert into enterprise_names (id, enterprise_id, name, recorded_at, recorded_by)
   select gen_random_uuid(), e.id, s.holder, now(), 'bench'
   from (select distinct holder_key, holder from staged) s join enterprises e on e.identity_key = s.holder_key
   on conflict do nothing`,
  `insert into certificates (id, version, member_id, enterprise_id, scheme_code, number, holder_name, product_name, family,
     industry_code, city_code, content, decided_on, issued_on, valid_from, valid_until, renews_id, ended_on, ended_as,
     ended_reason, origin, import_id, recorded_at, version_recorded_at)
   select s.id, 1, m.id, e.id, s.scheme_code, s.number, s.holder_name, s.product_name, s.holder_family, s.holder_industry,
     s.holder_city, s.content, s.decided_on, s.issued_on, s.valid_from, s.valid_until, s.renews_id, s.ended_on, s.ended_as,
     case when s.ended_on is not null then 'other' end, 'historical', '${importId}', now(), now()
   from staged s join members m on m.identity_key = s.body_key join enterprises e on e.identity_key = s.holder_key
   on conflict (member_id, number, valid_from) do nothing`,
  `insert into certificate_events (id, certificate_id, action, on_day, reason_code, recorded_at, recorded_by)
   select gen_random_uuid(), id, 'cancel', ended_on, 'other', now(), 'bench' from staged where ended_on is not null`,
  `insert into import_rows (import_id, row_number, outcome, entity_id)
   select '${importId}', row_number, 'accepted', id from staged`,
]

export async function importBare(sql: Sql, path: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx.unsafe(staged)
    await pipeline(createReadStream(path), await tx.unsafe('copy staged from stdin').writable())
    for (const statement of merge) await tx.unsafe(statement)
  })
}

/** What each table holds but for ids and instants: rows, and a sum over a hash of each. */
export async function contentsOf(sql: Sql): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const [name, rows] of Object.entries(contents)) {
    const [sum] = await sql.unsafe(
      `select count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)), 0) as sum from (${rows}) t`,
    )
    found[name] = sum?.sum
  }
  return found
}

const contents = {
  members: 'select identity_key, name, approval_number, origin from members',
  member_names: 'select m.identity_key, n.name from member_names n join members m on m.id = n.member_id',
  enterprises:
    'select identity_key, credit_code, name, country, city_code, family, industry_code, address, origin from enterprises',
  enterprise_names:
    'select e.identity_key, n.name from enterprise_names n join enterprises e on e.id = n.enterprise_id',
  certificates: `
    select m.identity_key as body, e.identity_key as holder, c.scheme_code, c.number, c.holder_name, c.product_name, c.family,
      c.industry_code, c.city_code, c.content, c.decided_on, c.issued_on, c.valid_from, c.valid_until, r.valid_from as renews,
      c.ended_on, c.ended_as, c.ended_reason, c.version, c.origin
    from certificates c join members m on m.id = c.member_id join enterprises e on e.id = c.enterprise_id
    left join certificates r on r.id = c.renews_id`,
  certificate_events: `select c.number, c.valid_from, v.action, v.on_day, v.reason_code
    from certificate_events v join certificates c on c.id = v.certificate_id`,
  import_rows: `select r.row_number, r.outcome, c.number, c.valid_from, r.problems
    from import_rows r join certificates c on c.id = r.entity_id`,
}
