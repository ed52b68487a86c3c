import { sql } from 'drizzle-orm'
import t from 'tap'
import { countedSets, reportDefinitions } from '../../src/domain/report/figure.ts'
import { readDraft } from '../../src/usecases/reports/read-reports.ts'
import { storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { generateYear } from '../support/generated-year.ts'
import { on } from '../support/ranking.ts'
import type { TestRegistry } from '../support/services.ts'

/** Every figure of a generated year, counted anew by statements that share nothing with the service (R10). */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const scheme = 'jiangsu-premium'
const [from, cutOff] = ['2025-12-01', '2026-11-30']

const revoked = `(select member_id from approval_revocations where revoked_on <= '${cutOff}' and lifted_at is null)`
const live = `valid_from <= '${cutOff}' and valid_until >= '${cutOff}' and (ended_on is null or ended_on > '${cutOff}')
  and member_id not in ${revoked}`
const due = (duty: string, end: string) => {
  const met = `met_on <= '${cutOff}'`
  const ends: Record<string, string> = {
    waived: `waived_on <= '${cutOff}'`,
    on_time: `waived_on is null and ${met} and met_on <= due_on`,
    late: `waived_on is null and ${met} and met_on > due_on`,
    overdue: `waived_on is null and (met_on is null or met_on > '${cutOff}') and due_on <= '${cutOff}'`,
    contested: `contested and (waived_on is null or waived_on > '${cutOff}') and (met_on <= '${cutOff}' or due_on <= '${cutOff}')`,
    not_due: `(waived_on is null or waived_on > '${cutOff}') and (met_on is null or met_on > '${cutOff}') and due_on > '${cutOff}'`,
  }
  // A duty waived after the cut-off was open at its end.
  const condition =
    end === 'overdue'
      ? `(waived_on is null or waived_on > '${cutOff}') and (met_on is null or met_on > '${cutOff}') and due_on <= '${cutOff}'`
      : ends[end]
  return `select member_id, enterprise_id, coalesce(family, 'none') as family, coalesce(city_code, 'none') as region, null as detail,
    ${end !== 'not_due' ? 'due_on' : duty === 'post_outcome' ? `'${cutOff}'::date` : 'event_on'} as day from obligations where duty = '${duty}' and ${condition}`
}
const certificate = (
  detail: string,
  day: string,
  where: string,
) => `select member_id, enterprise_id, coalesce(family, 'none') as family,
  coalesce(city_code, 'none') as region, ${detail} as detail, ${day} as day from certificates where ${where}`
const joined = (
  detail: string,
  day: string,
  rest: string,
) => `select c.member_id, c.enterprise_id, coalesce(c.family, 'none') as family,
  coalesce(c.city_code, 'none') as region, ${detail} as detail, ${day} as day from ${rest}`
const ofMember = (table: string, detail: string, day: string, where = 'true') =>
  `select member_id, null::uuid as enterprise_id, null as family, null as region, ${detail} as detail, ${day} as day from ${table} where ${where}`
const resultsOf = (
  kinds: string,
  detail: string,
) => `select r.member_id, r.enterprise_id, r.family, case when c.id is not null then coalesce(c.city_code, 'none') end as region,
  ${detail} as detail, r.decided_on as day from results r left join certificates c on c.id = r.certificate_id
  left join assignments a on a.id = r.assignment_id where r.kind in (${kinds})`
const historical = `coalesce(decided_on, issued_on, valid_from)`

/** The rows of each set, said once more and otherwise. */
const statements: Record<string, string> = {
  certified: `${resultsOf("'issue', 'renew'", "coalesce(a.mode, 'unknown')")} union all ${certificate("'unknown'", historical, "origin = 'historical'")}`,
  renewed: `${resultsOf("'renew'", 'null::text')} union all ${certificate('null::text', historical, "origin = 'historical' and renews_id is not null")}`,
  refused: resultsOf("'refuse'", 'r.reason_code'),
  supplemented: resultsOf("'supplement'", 'r.reason_code'),
  // No report was frozen before: nothing can have come after one.
  restated: `${resultsOf("'none'", 'null::text')}`,
  announced: `select c.member_id, coalesce(c.enterprise_id::text, (select string_agg(e.id::text, '') from enterprises e where e.name = l.enterprise_name), l.enterprise_name) as enterprise_id, coalesce(l.family, c.family, 'none') as family, coalesce(c.city_code, 'none') as region, a.batch_year::text as detail, a.announced_on as day
    from announcement_lines l join announcements a on a.id = l.announcement_id
    left join announcement_matches k on (k.announcement_id, k.place) = (l.announcement_id, l.place)
    left join certificates c on c.id = l.certificate_id or c.id = k.certificate_id
    where l.effect = 'listed' and (c.id is null or c.id not in (with recursive struck(id) as (
      select s.certificate_id from announcement_lines s where s.effect = 'struck'
      union select t.transferred_from_id from struck join certificates t on t.id = struck.id where t.transferred_from_id is not null)
      select id from struck where id is not null))`,
  assigned: ofMember('assignments', 'mode', 'assigned_on').replace('null as family', 'family'),
  accepted: ofMember('assignments', 'mode', 'accepted_on', 'accepted_on is not null').replace(
    'null as family',
    'family',
  ),
  declined: ofMember('assignments', 'mode', 'declined_on', 'declined_on is not null').replace(
    'null as family',
    'family',
  ),
  live: certificate('null::text', `'${cutOff}'::date`, live),
  state: certificate(
    `case when member_id in ${revoked} then 'approval_revoked' when valid_from > '${cutOff}' then 'not_yet_valid' when id in (select certificate_id from suspensions where from_on <= '${cutOff}' and (lifted_on is null or lifted_on > '${cutOff}')) then 'suspended' else 'valid' end`,
    `'${cutOff}'::date`,
    `valid_until >= '${cutOff}' and (ended_on is null or ended_on > '${cutOff}') and coalesce(issued_on, decided_on, valid_from) <= '${cutOff}'`,
  ),
  suspended: joined(
    "coalesce(s.reason_code, 'unknown')",
    's.from_on',
    'suspensions s join certificates c on c.id = s.certificate_id',
  ),
  reinstated: joined(
    'null',
    's.lifted_on',
    'suspensions s join certificates c on c.id = s.certificate_id where s.lifted_on is not null and (c.ended_on is null or c.ended_on > s.lifted_on)',
  ),
  restricted: joined(
    'v.reason_code',
    'v.on_day',
    "certificate_events v join certificates c on c.id = v.certificate_id where v.action = 'restrict'",
  ),
  amended: joined(
    'v.reason_code',
    'v.on_day',
    "certificate_events v join certificates c on c.id = v.certificate_id where v.action = 'amend'",
  ),
  withdrawn: certificate(
    "coalesce(ended_reason, 'unknown')",
    'ended_on',
    "ended_as = 'withdrawn' and ended_reason is distinct from 'transferred'",
  ),
  cancelled: certificate(
    "coalesce(ended_reason, 'unknown')",
    'ended_on',
    "ended_as = 'cancelled' and ended_reason is distinct from 'transferred'",
  ),
  transferred: certificate("coalesce(ended_reason, 'unknown')", 'ended_on', "ended_reason = 'transferred'"),
  expired: certificate(
    "case when id in (select renews_id from certificates where renews_id is not null) then 'renewed' else 'lapsed' end",
    'valid_until + 1',
    'ended_on is null or ended_on > valid_until',
  ),
  expiring: certificate(
    "to_char(valid_until, 'YYYY-MM')",
    'valid_until',
    `${live} and valid_until between '2027-01-01' and '2027-12-31'`,
  ),
  member_standing: `select member_id, null::uuid as enterprise_id, null as family, null as region, standing as detail, '${cutOff}'::date as day from (
    select distinct on (member_id) member_id, standing from member_standings where from_on <= '${cutOff}' order by member_id, from_on desc) s where standing in ('admitted', 'rectifying', 'suspended')`,
  member_candidate: `select member_id, null::uuid as enterprise_id, null as family, null as region, null as detail, '${cutOff}'::date as day from (
    select distinct on (member_id) member_id, standing from member_standings where from_on <= '${cutOff}' order by member_id, from_on desc) s where standing = 'candidate'`,
  member_joined: ofMember('member_standings', 'null', 'from_on', "standing = 'admitted'"),
  member_left: ofMember('member_standings', 'null', 'from_on', "standing = 'removed'"),
  case_opened: ofMember('conduct_cases', 'source', 'opened_on'),
  case_substantiated: ofMember('conduct_cases', 'source', 'concluded_on', "outcome = 'substantiated'"),
  finding: ofMember('findings', 'kind', 'found_on'),
  finding_grade: ofMember('findings', 'grade', 'found_on'),
  sanction: ofMember(
    `(select m.member_id, coalesce(d.mitigated_to, m.kind) as kind, d.on_day, m.id from measures m join measure_steps d on d.measure_id = m.id and d.step = 'decision' and d.outcome <> 'withdrawn') m`,
    'kind',
    'on_day',
    `id not in (select measure_id from measure_steps where step = 'appeal_decision')`,
  ),
  referred: ofMember('referrals', 'null', 'referred_on'),
  referral_answered: ofMember('referrals join referral_answers on referral_id = id', 'null', 'answered_on'),
  decision: ofMember('bulletin_decisions', 'decision', 'decided_on'),
  ...Object.fromEntries(
    Object.entries({
      report: 'report_to_cnca',
      feedback: 'feed_back',
      monthly: 'report_monthly',
      status_report: 'report_status_change',
      surveillance: 'surveillance',
      outcome: 'post_outcome',
    }).flatMap(([stem, duty]) =>
      ['on_time', 'late', 'overdue', 'not_due', 'waived', 'contested'].map((end) => [`${stem}_${end}`, due(duty, end)]),
    ),
  ),
}

const spans: Record<string, string> = {
  period: `day between '${from}' and '${cutOff}'`,
  year: `day between '2026-01-01' and '${cutOff}'`,
  to_date: `day <= '${cutOff}'`,
  cut_off: 'true',
  next_year: 'true',
}

/** All figures of one set, counted anew. */
async function recounted(test: TestRegistry, set: (typeof countedSets)[number]): Promise<Record<string, number>> {
  const { windows, countsEnterprises, countsMembers } = reportDefinitions[set]
  const figures: Record<string, number> = {}
  for (const window of windows)
    for (const [dimension, column] of [
      ['', "''"],
      ['family', 'family'],
      ['region', 'region'],
      ['member', 'member_id::text'],
      ['detail', 'detail'],
    ] as const) {
      const rows = await test.registry.db.execute<{ key: string; rows: number; firms: number; bodies: number }>(
        sql.raw(`select ${column} as key, count(*)::int as rows, count(distinct enterprise_id)::int as firms,
          count(distinct member_id)::int as bodies from (${statements[set]}) counted where ${spans[window]} and ${column} is not null group by 1`),
      )
      for (const { key, rows: count, firms, bodies } of rows) {
        const name = [set, window, ...(dimension === '' ? [] : [dimension, key])].join('.')
        figures[name] = count
        if (countsEnterprises && (dimension !== 'detail' || set === 'announced')) figures[`${name}.enterprises`] = firms
        if (countsMembers && dimension !== 'member') figures[`${name}.members`] = bodies
      }
    }
  return figures
}

story('every figure of a generated year is what independent statements count', async (test, t) => {
  await generateYear(test)
  on(test, '2026-12-05')
  const { content } = await readDraft(test.registry, test.as('secretariat'), { schemeCode: scheme, year: 2026 })
  let compared = 0
  for (const set of countedSets) {
    const wanted = await recounted(test, set)
    const found = Object.fromEntries(Object.entries(content.figures).filter(([name]) => name.startsWith(`${set}.`)))
    t.same(found, Object.fromEntries(Object.entries(wanted).filter(([, count]) => count > 0)), set)
    // What came after the freeze of a year before: reports.test.ts has two years.
    t.equal(Object.keys(found).length > 0, set !== 'restated', `${set} has something in the year`)
    compared += Object.keys(found).length
  }
  const sums = Object.keys(content.figures).filter(
    (name) => /^(\w+_due|completed)\./.test(name) && !/_not_due\./.test(name),
  )
  for (const name of sums) {
    const parts = name.startsWith('completed')
      ? ['certified', 'refused', 'supplemented'].map((set) => name.replace('completed', set))
      : ['on_time', 'late', 'overdue'].map((end) => name.replace('_due.', `_${end}.`))
    const ends = parts.map((part) => content.figures[part] ?? 0)
    t.equal(
      content.figures[name],
      ends.reduce((sum, count) => sum + count, 0),
      name,
    )
  }
  t.equal(compared + sums.length, Object.keys(content.figures).length, 'and there is no figure besides')
})

/** Days off on Monday to Friday and make-up workdays, by the notices for 2025 and 2026 (R1). */
const off = [
  ['2025-10-01', '2025-10-08'],
  ['2026-01-01', '2026-01-03'],
  ['2026-02-15', '2026-02-23'],
  ['2026-04-04', '2026-04-06'],
  ['2026-05-01', '2026-05-05'],
  ['2026-06-19', '2026-06-21'],
  ['2026-09-25', '2026-09-27'],
  ['2026-10-01', '2026-10-07'],
]
const madeUp = ['2025-10-11', '2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10']
const worked = `(select d::date as day from generate_series('2025-10-01'::date, '2026-12-31'::date, interval '1 day') d
  where (extract(isodow from d) < 6 and not (${off.map(([first, last]) => `d between '${first}' and '${last}'`).join(' or ')}))
    or d::date in (${madeUp.map((day) => `'${day}'`).join(', ')}))`

story('the pace and the quality table are what independent statements come to', async (test, t) => {
  await generateYear(test)
  on(test, '2026-12-05')
  const { content } = await readDraft(test.registry, test.as('secretariat'), { schemeCode: scheme, year: 2026 })
  const one = async (statement: string) => (await test.registry.db.execute(sql.raw(statement)))[0] ?? {}
  const made = `from obligations o where duty = 'report_to_cnca' and (waived_on is null or waived_on > '${cutOff}')
    and met_on <= '${cutOff}' and due_on between '${from}' and '${cutOff}'`
  const pace = await one(`select percentile_disc(0.5) within group (order by days)::int as median,
    percentile_disc(0.9) within group (order by days)::int as p90, max(days)::int as slowest
    from (select (select count(*) from ${worked} w where w.day > o.event_on and w.day <= o.met_on) as days ${made}) t`)
  t.same(content.pace, pace)
  t.ok((content.pace?.slowest ?? 0) > (content.pace?.median ?? 0), 'and they are not all alike')

  const bodies = content.ranking?.tables.tables[0]?.bodies ?? []
  t.equal(bodies.length, 2)
  for (const { memberId, figures, quantity, judgement } of bodies) {
    const due = (first: string) => `select count(*)::int as due, count(*) filter (where met_on <= due_on)::int as met,
      count(*) filter (where contested)::int as contested from obligations
      where duty = 'report_to_cnca' and member_id = '${memberId}' and due_on between '${first}' and '${cutOff}'
        and (waived_on is null or waived_on > '${cutOff}')`
    const period = await one(due(from))
    const onTime = figures.find(({ indicator }) => indicator === 'on_time_cnca')
    t.match(onTime, { numerator: period.met, denominator: period.due, contested: period.contested })
    t.ok((onTime?.low ?? 1) <= (onTime?.value ?? 0) && (onTime?.value ?? 1) <= (onTime?.high ?? 0), 'in its interval')
    t.equal(content.figures[`report_contested.period.member.${memberId}`] ?? 0, period.contested)
    t.ok(Number(period.contested) > 0)
    const { results } = await one(`select count(*)::int as results from results
      where member_id = '${memberId}' and decided_on between '${from}' and '${cutOff}'`)
    t.equal(quantity.results, results)
    const judged = await one(due('2023-12-01'))
    t.match(judgement, { due: judged.due, met: judged.met }, 'three years of reports')
  }
})

story('decisions, measures and candidates that are named are those that are counted', async (test, t) => {
  await generateYear(test)
  on(test, '2026-12-05')
  const { content } = await readDraft(test.registry, test.as('secretariat'), { schemeCode: scheme, year: 2026 })
  const named = await test.registry.db.execute<{ id: string; on: string; decided: string; name: string }>(
    sql.raw(`select d.id, d.decided_on as on, d.decision as decided, m.name from bulletin_decisions d join members m on m.id = d.member_id
      where d.decided_on between '${from}' and '${cutOff}'
      union all select k.id, s.on_day, coalesce(s.mitigated_to, k.kind), m.name from measures k
        join measure_steps s on s.measure_id = k.id and s.step = 'decision' and s.outcome <> 'withdrawn' join members m on m.id = k.member_id
        where s.on_day between '${from}' and '${cutOff}' and k.id not in (select measure_id from measure_steps
          where step = 'appeal_decision')`),
  )
  const lines = (all: readonly { id: string; on: string; decided: string; name: string }[]) =>
    all.map(({ id, on: day, decided, name }) => [id, day, decided, name].join(' ')).sort()
  t.same(
    lines(content.decisions.map(({ id, onDay, decided, member }) => ({ id, on: onDay, decided, name: member }))),
    lines(named),
  )
  t.ok(
    content.decisions.some(({ kind }) => kind === 'decision') &&
      content.decisions.some(({ kind }) => kind === 'measure'),
  )
  t.equal(content.figures['member_candidate.cut_off'], 1)
  t.match(content.candidates, [{ member: '示例丙认证中心', sinceOn: '2026-10-01' }])
})
