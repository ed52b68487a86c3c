import type postgres from 'postgres'
import { officialCalendar } from '../../src/domain/calendar.ts'
import { cities } from '../../src/domain/cities.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { builtInDeadlineRules, deadlineFor } from '../../src/domain/deadline-rule.ts'
import { builtInCalendarYears } from '../../src/domain/official-days.ts'
import { addDays, addMonths, daysBetween, type PlainDate } from '../../src/domain/plain-date.ts'
import { countedFacts } from '../../src/store/counts.ts'

export type Size = { readonly certificates: number; readonly members: number }

/** Certificates written by one statement: large enough to be fast, small enough to show progress. */
const chunkRows = 500_000
const years = 6

/** Tables that are filled, and whose indexes wait until they are full: built at once, they cost a third. */
const filled = ['enterprises', 'certificates', 'results', 'obligations', 'receipts', 'suspensions'] as const

/**
 * Fills an empty, migrated registry: decisions of six years up to `today`, day by day. The older half are historical
 * certificates, which open no obligations (R4); the younger half were posted, each with its report to CNCA, its
 * feedback and its surveillance, most of them met, some late, some overdue. Needs a superuser's connection of its own.
 */
export async function fillRegistry(
  sql: postgres.Sql,
  size: Size,
  today: PlainDate,
  tell: (line: string) => void,
): Promise<void> {
  const first = addMonths(today, -12 * years)
  // Foreign keys hold by construction; checked row by row they would be most of the time.
  await sql.unsafe(
    `set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '512MB'`,
  )
  const indexes = await withoutIndexes(sql)
  await writeMembers(sql, size.members, first)
  await writeDays(sql, first, today)
  for (let from = 1; from <= size.certificates; from += chunkRows) {
    const until = Math.min(from + chunkRows - 1, size.certificates)
    await writeCertificates(sql, { ...size, from, until, first, today })
    tell(`${until} certificates`)
  }
  for (const { name, definition } of indexes) {
    await sql.unsafe(definition)
    tell(`index ${name}`)
  }
  // Triggers slept, too: what they keep is counted once.
  for (const facts of countedFacts) await sql`select count(*) from recount_facts(${facts})`
  for (const table of [...filled, 'members']) await sql.unsafe(`vacuum analyze ${table}`)
  await sql.unsafe('checkpoint')
}

async function withoutIndexes(sql: postgres.Sql): Promise<{ name: string; definition: string }[]> {
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index where indrelid = any(${filled.map((table) => table)}::regclass[])
      and not exists (select from pg_constraint where conindid = indexrelid) order by 1`
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`)
  return indexes
}

async function writeMembers(sql: postgres.Sql, members: number, since: PlainDate): Promise<void> {
  const rows = Array.from({ length: members }, (_, at) => ({
    name: `示例认证机构${String(at + 1).padStart(4, '0')}`,
    approval: `CNCA-R-${at < 9_000 ? 2098 : 2099}-${1_000 + (at % 9_000)}`,
    code: makeCreditCode('91', '320100', `MA${(at + 1).toString().padStart(6, '0')}`),
  }))
  await sql`
    insert into members (id, identity_key, name, approval_number, credit_code, origin, recorded_at)
    select gen_random_uuid(), 'bench:' || m.code, m.name, m.approval, m.code, 'registered', now()
    from jsonb_to_recordset(${sql.json(rows)}) as m(name text, approval text, code text)`
  await sql`
    insert into member_standings (id, member_id, standing, from_on, reason, decided_by, recorded_at, recorded_by)
    select gen_random_uuid(), id, 'admitted', ${since}::text::date, '示例', '示例', now(), 'bench' from members`
  await sql`
    insert into member_scopes (id, member_id, family, description, from_on, recorded_at, recorded_by)
    select gen_random_uuid(), id, family, '示例', ${since}::text::date, now(), 'bench'
    from members, unnest(array['agriculture', 'manufacturing', 'services', 'construction']) family`
  await sql`insert into schemes (code, name_zh, name_en, recorded_at) values ('bench', '示例方案', 'Example scheme', now())`
  await sql`
    insert into scheme_versions (scheme_code, version, effective_on, validity_months, recorded_at, recorded_by)
    values ('bench', 1, '2000-01-01', 36, now(), 'bench')`
}

/** Each day with the day on which its report to CNCA is due (N4, R2). */
async function writeDays(sql: postgres.Sql, first: PlainDate, today: PlainDate): Promise<void> {
  const calendar = officialCalendar(1, builtInCalendarYears)
  const rule = builtInDeadlineRules.find(({ duty }) => duty === 'report_to_cnca')
  if (!rule) throw new Error('there is no rule for the report to CNCA')
  const days = Array.from({ length: daysBetween(first, today) + 1 }, (_, at) => {
    const { dueOn, provisional } = deadlineFor(rule, addDays(first, at), calendar)
    return { day: addDays(first, at), due: dueOn, provisional }
  })
  await sql`
    create temp table bench_days as select * from jsonb_to_recordset(${sql.json(days)})
    as d(day date, due date, provisional boolean)`
  await sql`create temp table bench_members as select row_number() over (order by name) - 1 as at, id, name from members`
  await sql`create temp table bench_cities as select ordinality - 1 as at, code
    from unnest(${cities.map(({ code }) => code)}::text[]) with ordinality as c(code, ordinality)`
  // An id as the service makes them, version 7: rows written together lie together.
  await sql.unsafe(`
    create function pg_temp.id_of(day date, kind int, n bigint) returns uuid language sql immutable as $$
      select (lpad(to_hex((day - date '1970-01-01')::bigint * 86400000), 12, '0') || '7' || lpad(to_hex(kind), 3, '0')
        || '8' || lpad(to_hex(n), 15, '0'))::uuid $$`)
}

type Chunk = Size & {
  readonly from: number
  readonly until: number
  readonly first: PlainDate
  readonly today: PlainDate
}

/** `n` counts certificates, `r` is their luck out of 1000; every second one opens a new enterprise. */
async function writeCertificates(sql: postgres.Sql, chunk: Chunk): Promise<void> {
  const { certificates, members, from, until, first, today } = chunk
  const days = daysBetween(first, today)
  await sql.unsafe(`
    drop table if exists bench_chunk;
    create temp table bench_chunk as
    select n, r, d.day, d.due, d.provisional, pg_temp.id_of(d.day, 1, n) as id, m.id as member_id, m.name as member,
      pg_temp.id_of(date '${first}', 2, (n + 1) / 2) as enterprise_id, c.code as city,
      (array['manufacturing', 'agriculture', 'services', 'construction'])[1 + n % 4] as family,
      d.day > (date '${today}' - interval '36 months')::date as posted,
      '示例企业' || lpad(((n + 1) / 2)::text, 8, '0') as holder, '示例产品' || n as product,
      'BENCH-' || to_char(d.day, 'YYYY') || '-' || lpad(n::text, 8, '0') as number
    from (select n, n * 7919 % 1000 as r from generate_series(${from}::bigint, ${until}::bigint) n) s
    join bench_days d on d.day = date '${first}' + ((n - 1) * ${days} / ${certificates})::int
    join bench_members m on m.at = floor(${members} * power(n * 104729 % 10007 / 10007.0, 1.5))::int
    join bench_cities c on c.at = (n + 1) / 2 % 13`)
  await sql.unsafe(`
    insert into enterprises (id, identity_key, credit_code, credit_code_evidence, name, country, city_code, family,
      origin, recorded_at)
    select enterprise_id, 'code:91' || city || lpad(n::text, 10, '0'), '91' || city || lpad(n::text, 10, '0'), '示例',
      holder, 'CN', city, family, 'registered', day
    from bench_chunk where n % 2 = 1 order by n`)
  await sql.unsafe(`
    insert into certificates (id, scheme_code, member_id, enterprise_id, number, holder_name, product_name, family,
      industry_code, city_code, content, decided_on, issued_on, valid_from, valid_until, ended_on, ended_as,
      ended_reason, version, origin, recorded_at, version_recorded_at)
    select id, 'bench', member_id, enterprise_id, number, holder, product, family, '3411', city,
      jsonb_build_object('numberAsPrinted', number, 'issuingBody', member,
        'client', jsonb_build_object('name', holder, 'address', '江苏省示例市示例路 ' || n || ' 号'),
        'product', jsonb_build_object('name', product, 'models', jsonb_build_array('M-' || r, 'N-' || r),
          'trademark', null, 'maker', holder, 'makerAddress', null),
        'factory', jsonb_build_object('name', holder, 'address', null),
        'standards', jsonb_build_array('Q/EXAMPLE 001-2025'), 'requirements', null, 'certificationMode', null,
        'further', '{}'::jsonb),
      day, day, day, (day + interval '36 months')::date - 1, ended_on, case when ended_on is not null then 'withdrawn' end,
      case when ended_on is not null then 'serious_nonconformity' end, 1,
      case when posted then 'posted' else 'historical' end, day, day
    from (select *, case when r < 10 and day + 400 < date '${today}' then day + 400 end as ended_on from bench_chunk) c
    order by n`)
  await sql.unsafe(`
    insert into suspensions (id, certificate_id, from_on, until_on, lifted_on, reason_code, recorded_at)
    select pg_temp.id_of(day, 3, n), id, day + 60, day + 150, case when r % 2 = 0 then day + 140 end,
      'surveillance_missed', day + 60
    from bench_chunk where r between 10 and 15 and day + 150 < date '${today}' order by n`)
  await sql.unsafe(`
    insert into results (id, root_id, revision, member_id, enterprise_id, scheme_code, certificate_id, kind, family,
      product_name, decided_on, effective_decided_on, member_reference, content_sha256, content, approval, recorded_at,
      recorded_by)
    select pg_temp.id_of(day, 4, n), pg_temp.id_of(day, 4, n), 1, member_id, enterprise_id, 'bench', id, 'issue', family,
      product, day, day, 'R-' || n, md5(n::text), '{}', 'not_needed', day, 'bench'
    from bench_chunk where posted order by n`)
  await writeObligations(sql, today)
}

/** What is said to be met after today is still open. */
async function writeObligations(sql: postgres.Sql, today: PlainDate): Promise<void> {
  const obligation = (duty: string, kind: number, dueOn: string, metOn: string, calendar: string) => `
    insert into obligations (id, cause_key, duty, member_id, enterprise_id, result_id, certificate_id, city_code, family,
      subject, opened_on, event_on, due_on, rule_version, calendar_version, provisional, met_on, recorded_at)
    select pg_temp.id_of(day, ${kind}, n), '${duty}:' || pg_temp.id_of(day, 4, n), '${duty}', member_id, enterprise_id,
      pg_temp.id_of(day, 4, n), id, city, family, holder || '：' || product, day, day, ${dueOn}, 1, ${calendar}, provisional,
      case when ${metOn} <= date '${today}' then ${metOn} end, day
    from bench_chunk where posted order by n`
  const reported = `(case when r < 20 then null when r < 60 then due + 1 + (r % 15)::int else day + (r % 7)::int end)`
  await sql.unsafe(obligation('report_to_cnca', 5, 'due', reported, '1'))
  await sql.unsafe(obligation('feed_back', 6, 'due', `(day + (r % 6)::int)`, '1'))
  const nextYear = `(day + interval '12 months')::date`
  const visited = `(case when r < 900 then ${nextYear} - (r % 30)::int end)`
  await sql.unsafe(obligation('surveillance', 7, nextYear, visited, 'null'))
  await sql.unsafe(`
    insert into receipts (id, obligation_id, reported_on, receipt_number, back_reported, recorded_at, recorded_by)
    select pg_temp.id_of(day, 8, n), pg_temp.id_of(day, 5, n), ${reported}, 'CNCA-' || n, false, day, 'bench'
    from bench_chunk where posted and ${reported} <= date '${today}' order by n`)
}
