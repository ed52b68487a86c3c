import { sql } from 'drizzle-orm'
import t from 'tap'
import { plainDate } from '../../src/domain/plain-date.ts'
import { type Counter, counters } from '../../src/domain/ranking/counter.ts'
import { countsWithin, stretchesOf } from '../../src/domain/ranking/window.ts'
import { gatherInput } from '../../src/usecases/ranking/gather.ts'
import { storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { generateYear } from '../support/generated-year.ts'
import { on } from '../support/ranking.ts'

/** What every indicator is made of, counted anew in a generated year by statements that share nothing with the service (R9). */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const period = { from: plainDate('2025-12-01'), until: plainDate('2026-11-30') }
const asOf = '2026-12-05'

const duty = (name: string, end: 'on_time' | 'late' | 'open') => {
  const ends = {
    on_time: 'met_on <= due_on',
    late: `met_on > due_on and met_on <= '${asOf}'`,
    open: `(met_on is null or met_on > '${asOf}') and due_on < '${asOf}'`,
  }
  return `select member_id, family, due_on as day from obligations where duty = '${name}' and waived_on is null and ${ends[end]}`
}
const dutiesOf = (stem: string, name: string) =>
  (['on_time', 'late', 'open'] as const).map((end) => [`${stem}_${end}`, duty(name, end)] as const)
const cases = (day: string, where: string) =>
  `select k.member_id, c.family, ${day} as day from conduct_cases k left join certificates c on c.id = k.certificate_id where ${where}`
const found = (day: string, where: string) =>
  `select f.member_id, null as family, ${day} as day from findings f where ${where}`
const shanghai = (instant: string) => `(${instant} at time zone 'Asia/Shanghai')::date`
const firstTry = `(select min(a.at) from attempts a where a.member_id = r.member_id and a.member_reference = r.member_reference and a.at < r.recorded_at)`

const statements: Partial<Record<Counter, string>> = {
  ...Object.fromEntries([
    ...dutiesOf('report', 'report_to_cnca'),
    ...dutiesOf('feedback', 'feed_back'),
    ...dutiesOf('surveillance', 'surveillance'),
    ...dutiesOf('status_report', 'report_status_change'),
  ]),
  report_excused: `select member_id, family, due_on as day from obligations where duty = 'report_to_cnca' and waived_on is null
    and (met_on is null or met_on > due_on) and due_on < '${asOf}'
    and id in (select obligation_id from explanations where verdict = 'accepted')`,
  post_first: `select r.member_id, r.family, ${shanghai('r.recorded_at')} as day from results r where ${firstTry} is null`,
  post_mended: `select r.member_id, r.family, ${shanghai(firstTry)} as day from results r where ${firstTry} is not null`,
  post_refused: `select member_id, null as family, ${shanghai('min(at)')} as day from attempts a
    where not exists (select 1 from results r where r.member_id = a.member_id and r.member_reference = a.member_reference)
    group by member_id, coalesce(member_reference, id::text)`,
  check_passed: cases('k.opened_on', "k.source = 'spot_check' and (k.passed or k.outcome = 'unsubstantiated')"),
  check_failed: cases(
    'k.opened_on',
    "k.source = 'spot_check' and not k.passed and k.outcome is distinct from 'unsubstantiated'",
  ),
  complaint_substantiated: cases('k.concluded_on', "k.source = 'complaint' and k.outcome = 'substantiated'"),
  penalty: cases('k.occurred_on', "k.source = 'penalty' and coalesce(k.outcome, 'substantiated') = 'substantiated'"),
  finding_false_result: found('f.found_on', "f.kind = 'false_result'"),
  finding_other: found('f.found_on', "f.kind <> 'false_result'"),
  correction_on_time: found('f.correct_until_on', 'f.corrected_on <= f.correct_until_on'),
  correction_late: found('f.correct_until_on', 'f.corrected_on > f.correct_until_on'),
  correction_open: found('f.correct_until_on', `f.correct_until_on < '${asOf}' and f.corrected_on is null`),
  result_certified: "select member_id, family, decided_on as day from results where kind <> 'refuse'",
  result_refused: "select member_id, family, decided_on as day from results where kind = 'refuse'",
  case_assigned: "select member_id, family, assigned_on as day from assignments where mode = 'secretariat_assigned'",
  case_self_selected: "select member_id, family, assigned_on as day from assignments where mode = 'self_selected'",
  answer_accepted: 'select member_id, family, accepted_on as day from assignments where accepted_on is not null',
  answer_declined: 'select member_id, family, declined_on as day from assignments where declined_on is not null',
  certificate_live: `select member_id, family, '${period.until}'::date as day from certificates
    where '${period.until}' between valid_from and valid_until and (ended_on is null or ended_on > '${period.until}')
    and member_id not in (select member_id from approval_revocations where revoked_on <= '${period.until}' and lifted_at is null)`,
  scope_used: `select s.member_id, s.family, '${period.until}'::date as day from member_scopes s where exists (
    select 1 from results r where r.member_id = s.member_id and r.family = s.family and r.decided_on between '${period.from}' and '${period.until}')`,
}

story('every counter of a generated year is what independent statements count, by body and family', async (test, t) => {
  await generateYear(test)
  on(test, asOf)
  const rulebook = await test.registry.rulebooks.current(test.registry.db)
  const knownAt = test.as('secretariat').now
  const input = await gatherInput(test.registry.db, rulebook, { period, years: 1, asOf: plainDate(asOf), knownAt })
  const stretches = stretchesOf(input.windows)
  for (const counter of counters) {
    if (counter === 'scope_unused') continue
    const rows = await test.registry.db.execute<{ memberId: string; family: string | null; count: number }>(
      sql.raw(`select member_id as "memberId", family, count(*)::int as count from (${statements[counter]}) counted
        where day between '${period.from}' and '${period.until}' group by 1, 2`),
    )
    const wanted = Object.fromEntries(rows.map(({ memberId, family, count }) => [`${memberId} ${family}`, count]))
    const keys = new Set(input.counts.map(({ memberId, family }) => `${memberId} ${family}`))
    const counted = [...keys].flatMap((key) => {
      const own = input.counts.filter(({ memberId, family }) => `${memberId} ${family}` === key)
      const count = countsWithin(own, stretches, input.windows.period).of[counter] ?? 0
      return count === 0 ? [] : [[key, count] as const]
    })
    t.same(Object.fromEntries(counted), wanted, counter)
    t.ok(counted.length > 0, `${counter} has something in the year`)
  }
})
