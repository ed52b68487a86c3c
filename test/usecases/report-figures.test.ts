import { sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import t from 'tap'
import { cities } from '../../src/domain/cities.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { familyOrder } from '../../src/domain/families.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import { countedSets, reportDefinitions } from '../../src/domain/report/figure.ts'
import { newId } from '../../src/ids.ts'
import { seededNumbers } from '../../src/statistics/random-numbers.ts'
import { announcementLines, announcementPublications, announcements } from '../../src/store/schema/announcements.ts'
import { assignments } from '../../src/store/schema/assignments.ts'
import { certificateEvents, certificates, suspensions } from '../../src/store/schema/certificates.ts'
import { conductCases, findings } from '../../src/store/schema/conduct.ts'
import { enterprises } from '../../src/store/schema/enterprises.ts'
import { measureStepRows, measures } from '../../src/store/schema/measures.ts'
import { memberStandings } from '../../src/store/schema/members.ts'
import { obligations } from '../../src/store/schema/obligations.ts'
import { bulletinDecisions, bulletins } from '../../src/store/schema/ranking.ts'
import { referralAnswers, referrals } from '../../src/store/schema/referrals.ts'
import { results } from '../../src/store/schema/results.ts'
import { readDraft } from '../../src/usecases/reports/read-reports.ts'
import { storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { on } from '../support/ranking.ts'
import type { TestRegistry } from '../support/services.ts'

/** Every figure of a generated year, counted anew by statements that share nothing with the service (R10). */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const scheme = 'jiangsu-premium'
const [from, cutOff] = ['2025-12-01', '2026-11-30']
const recorded = new Date('2026-12-01T00:00:00Z')
const random = seededNumbers('a year')

const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const chance = (share: number) => random() < share
const dayBetween = (first: string, days: number) => addDays(plainDate(first), Math.floor(random() * days))
/** Days before the year, in it, and after its cut-off. */
const anyDay = () => dayBetween('2025-10-15', 430)
const by = { recordedAt: recorded, recordedBy: 'test' }
const id = () => newId(recorded)
const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))

type Row = Record<string, unknown>

async function generate(test: TestRegistry): Promise<void> {
  const { db } = test.registry
  const insert = async (table: PgTable, rows: readonly Row[]) =>
    void (rows.length > 0 && (await db.insert(table).values(rows as never[])))
  const memberIds = [test.memberIds.a, test.memberIds.b]
  const firms = many(9, (at) => {
    const creditCode = makeCreditCode('91', '320100', `MA0XX30${at}`)
    return {
      id: id(),
      identityKey: `code:${creditCode}`,
      creditCode,
      name: `示例企业${at}`,
      cityCode: pick(cities).code,
      family: pick(familyOrder),
      origin: 'registered',
      recordedAt: recorded,
    }
  })
  await insert(enterprises, firms)

  const held = many(90, (at) => {
    const validFrom = dayBetween('2022-10-01', 1_500)
    const origin = chance(0.3) ? 'historical' : 'posted'
    const validUntil = addDays(validFrom, 365 * 3 - 1)
    const endedOn = chance(0.3) ? addDays(validFrom, 200 + Math.floor(random() * 700)) : null
    const isDated = origin === 'posted' || chance(0.5)
    return {
      id: id(),
      schemeCode: scheme,
      memberId: pick(memberIds),
      enterpriseId: pick(firms).id,
      number: `GEN-${at}`,
      holderName: '示例',
      productName: `示例产品${at}`,
      family: chance(0.9) ? pick(familyOrder) : null,
      cityCode: chance(0.9) ? pick(cities).code : null,
      content: {},
      decidedOn: isDated ? addDays(validFrom, -3) : null,
      issuedOn: isDated ? addDays(validFrom, -2) : null,
      validFrom,
      validUntil,
      endedOn,
      endedAs: endedOn === null ? null : pick(['withdrawn', 'cancelled']),
      endedReason: endedOn === null ? null : pick(['fraud', 'other', 'transferred', null]),
      version: 1,
      origin,
      recordedAt: recorded,
      versionRecordedAt: recorded,
    }
  })
  const renewals = held.slice(0, 12).map((old, at) => ({
    ...old,
    id: id(),
    number: `${old.number}-R`,
    validFrom: addDays(old.validUntil, 1),
    validUntil: addDays(old.validUntil, 900),
    decidedOn: addDays(old.validUntil, -10),
    issuedOn: addDays(old.validUntil, -5),
    endedOn: null,
    endedAs: null,
    endedReason: null,
    renewsId: old.id,
    origin: at % 3 === 0 ? 'historical' : 'posted',
  }))
  await insert(
    certificates,
    held.map((each) => ({ ...each, renewsId: null })),
  )
  await insert(certificates, renewals)
  const all = [...held, ...renewals]

  const cases = many(60, () => {
    const assignedOn = anyDay()
    const answer = pick(['accepted', 'declined', 'none'])
    return {
      id: id(),
      schemeCode: scheme,
      memberId: pick(memberIds),
      enterpriseId: pick(firms).id,
      kind: 'product',
      productName: '示例',
      family: pick(familyOrder),
      standards: [],
      mode: pick(['self_selected', 'secretariat_assigned']),
      assignedOn,
      acceptedOn: answer === 'accepted' ? addDays(assignedOn, 3) : null,
      declinedOn: answer === 'declined' ? addDays(assignedOn, 4) : null,
      declineReason: answer === 'declined' ? '示例' : null,
      expectedDecisionOn: answer === 'accepted' ? addDays(assignedOn, 30) : null,
      ...by,
    }
  })
  await insert(assignments, cases)

  const posted = all.filter(({ origin }) => origin === 'posted')
  const made = (certificate: (typeof all)[number] | null, kind: string, decidedOn: PlainDate, at: number): Row => {
    const resultId = id()
    return {
      id: resultId,
      rootId: resultId,
      revision: 1,
      memberId: certificate?.memberId ?? pick(memberIds),
      enterpriseId: certificate?.enterpriseId ?? pick(firms).id,
      schemeCode: scheme,
      assignmentId: at < 25 && kind !== 'supplement' ? (cases[at]?.id ?? null) : null,
      certificateId: certificate?.id ?? null,
      kind,
      family: certificate?.family ?? pick(familyOrder),
      productName: '示例',
      decidedOn,
      effectiveDecidedOn: decidedOn,
      reasonCode:
        kind === 'refuse'
          ? pick(['test_failed', 'other'])
          : kind === 'supplement'
            ? pick(['models_added', 'site_added'])
            : null,
      memberReference: `${kind}-${at}`,
      contentSha256: 'x',
      content: {},
      approval: 'not_needed',
      ...by,
    }
  }
  await insert(
    results,
    posted.map((each, at) => made(each, 'renewsId' in each ? 'renew' : 'issue', each.decidedOn as PlainDate, at)),
  )
  await insert(
    results,
    many(20, (at) => made(null, 'refuse', anyDay(), 100 + at)),
  )
  await insert(
    results,
    many(15, (at) => made(pick(all), 'supplement', anyDay(), 200 + at)),
  )

  const suspended = [...all].sort(() => random() - 0.5).slice(0, 30)
  await insert(
    suspensions,
    suspended.map(({ id: certificateId }) => {
      const fromOn = anyDay()
      return {
        id: id(),
        certificateId,
        fromOn,
        untilOn: addDays(fromOn, 60),
        liftedOn: chance(0.5) ? addDays(fromOn, 40) : null,
        reasonCode: pick(['nonconformity', 'holder_request', null]),
        recordedAt: recorded,
      }
    }),
  )
  await insert(
    certificateEvents,
    many(30, () => ({
      id: id(),
      certificateId: pick(all).id,
      action: pick(['restrict', 'amend']),
      onDay: anyDay(),
      reasonCode: pick(['models_removed', 'holder_renamed']),
      ...by,
    })),
  )

  const duties = ['report_to_cnca', 'feed_back', 'report_monthly', 'report_status_change', 'surveillance']
  await insert(
    obligations,
    many(500, (at) => {
      // Some just before the cut-off, so that they are not yet due at its end.
      const isFresh = at % 4 === 0
      const eventOn = isFresh ? dayBetween('2026-11-21', 9) : anyDay()
      const dueOn = addDays(eventOn, 10)
      const end = isFresh ? 'open' : pick(['on_time', 'late', 'open', 'waived'])
      return {
        id: id(),
        causeKey: `generated-${at}`,
        duty: pick(duties),
        memberId: pick(memberIds),
        enterpriseId: pick(firms).id,
        certificateId: pick(all).id,
        cityCode: chance(0.9) ? pick(cities).code : null,
        family: chance(0.9) ? pick(familyOrder) : null,
        subject: '示例',
        openedOn: eventOn,
        eventOn,
        dueOn,
        ruleVersion: 1,
        provisional: false,
        metOn: end === 'on_time' ? addDays(dueOn, -2) : end === 'late' ? addDays(dueOn, 5) : null,
        waivedOn: end === 'waived' ? addDays(dueOn, -1) : null,
        waivedGround: end === 'waived' ? '示例' : null,
        recordedAt: recorded,
      }
    }),
  )

  await insert(memberStandings, [
    {
      id: id(),
      memberId: test.memberIds.b,
      standing: 'removed',
      fromOn: '2026-03-01',
      reason: '示例',
      decidedBy: '示例',
      ...by,
    },
    {
      id: id(),
      memberId: test.memberIds.b,
      standing: 'candidate',
      fromOn: '2026-05-01',
      reason: '示例',
      decidedBy: '示例',
      ...by,
    },
    {
      id: id(),
      memberId: test.memberIds.b,
      standing: 'admitted',
      fromOn: '2026-06-01',
      reason: '示例',
      decidedBy: '示例',
      ...by,
    },
    {
      id: id(),
      memberId: test.memberIds.a,
      standing: 'rectifying',
      fromOn: '2026-07-01',
      reason: '示例',
      decidedBy: '示例',
      ...by,
    },
  ])

  const looked = many(30, () => {
    const openedOn = anyDay()
    const source = pick(['spot_check', 'file_audit', 'penalty'])
    const isConcluded = chance(0.6)
    return {
      id: id(),
      source,
      memberId: pick(memberIds),
      words: '示例',
      occurredOn: openedOn,
      passed: source === 'spot_check' ? chance(0.5) : null,
      document: source === 'penalty' ? '示例' : null,
      openedOn,
      replyUntilOn: addDays(openedOn, 14),
      concludedOn: isConcluded ? addDays(openedOn, 20) : null,
      outcome: isConcluded ? pick(['substantiated', 'unsubstantiated']) : null,
      conclusion: isConcluded ? '示例' : null,
      ...by,
    }
  })
  await insert(conductCases, looked)
  await insert(
    findings,
    looked.map((each) => ({
      id: id(),
      caseId: each.id,
      memberId: each.memberId,
      kind: pick(['bundling', 'false_result', 'out_of_scope']),
      grade: pick(['serious', 'considerable', 'general']),
      words: '示例',
      foundOn: addDays(each.openedOn, 5),
      ...by,
    })),
  )
  const rungs = many(24, () => ({
    id: id(),
    memberId: pick(memberIds),
    kind: pick(['reminder', 'notice', 'warning']),
    ground: 'conduct',
    reasons: '示例',
    facts: {},
    factsSha256: 'x',
    knownAt: recorded,
    proposedOn: anyDay(),
    ruleVersion: 1,
    calendarVersion: 1,
    recordedByName: '示例',
    ...by,
  }))
  await insert(
    measures,
    rungs.map((each) => ({ ...each, replyUntilOn: addDays(each.proposedOn, 14) })),
  )
  const steps = rungs.flatMap(({ id: measureId, proposedOn }): Row[] => {
    const outcome = pick(['confirmed', 'mitigated', 'withdrawn'])
    const step = (of: Row) => ({ id: id(), measureId, words: '示例', recordedByName: '示例', ...by, ...of })
    const decided = step({
      step: 'decision',
      outcome,
      mitigatedTo: outcome === 'mitigated' ? 'reminder' : null,
      onDay: addDays(proposedOn, 15),
      appealUntilOn: addDays(proposedOn, 30),
    })
    return chance(0.3)
      ? [
          decided,
          step({ step: 'appeal_decision', outcome: 'reversed', recordedBy: 'another', onDay: addDays(proposedOn, 40) }),
        ]
      : [decided]
  })
  await insert(measureStepRows, steps)

  const sent = many(12, () => ({
    id: id(),
    memberId: pick(memberIds),
    words: '示例',
    pack: {},
    packSha256: 'x',
    referredOn: anyDay(),
    ...by,
  }))
  await insert(referrals, sent)
  await insert(
    referralAnswers,
    sent.slice(0, 6).map(({ id: referralId, referredOn }) => ({
      referralId,
      outcome: 'no_action',
      words: '示例',
      answeredOn: addDays(referredOn, 20),
      ...by,
    })),
  )
  const told = many(4, (at) => ({
    id: id(),
    kind: 'other',
    fromOn: addDays(plainDate('2025-09-01'), at * 60),
    untilOn: addDays(plainDate('2025-09-01'), at * 60 + 20),
    openedOn: addDays(plainDate('2025-09-01'), at * 60 + 30),
    previewUntilOn: addDays(plainDate('2025-09-01'), at * 60 + 40),
    ...by,
  }))
  await insert(bulletins, told)
  await insert(
    bulletinDecisions,
    told.flatMap(({ id: bulletinId, previewUntilOn }) =>
      memberIds.map((memberId) => ({
        id: id(),
        bulletinId,
        memberId,
        recommendation: 'keep',
        decision: pick(['keep', 'commend', 'watch']),
        words: '示例',
        seen: {},
        seenSha256: 'x',
        decidedOn: addDays(previewUntilOn, 3),
        ...by,
      })),
    ),
  )

  const lists = many(5, (at) => ({
    id: id(),
    schemeCode: scheme,
    number: `示例${at}号`,
    title: '示例',
    issuingOffices: ['示例'],
    batchYear: 2026,
    announcedOn: addDays(plainDate('2025-11-20'), at * 80),
    ...by,
  }))
  await insert(announcements, lists)
  const certificateOf = (list: number, at: number) => (at === 0 ? null : (all[list * 10 + at]?.id ?? null))
  await insert(
    announcementLines,
    lists.flatMap(({ id: announcementId }, list) =>
      many(6, (at) => ({
        announcementId,
        place: at + 1,
        effect: 'listed',
        enterpriseName: '示例',
        productName: '示例',
        family: chance(0.5) ? pick(familyOrder) : null,
        certificateId: certificateOf(list, at),
      })),
    ),
  )
  const striking = {
    ...(lists[4] as (typeof lists)[number]),
    id: id(),
    number: '示例更正',
    announcedOn: plainDate('2026-10-20'),
  }
  await insert(announcements, [striking])
  await insert(announcementLines, [
    {
      announcementId: striking.id,
      place: 1,
      effect: 'struck',
      enterpriseName: '示例',
      productName: '示例',
      certificateId: certificateOf(1, 2),
    },
  ])
  await insert(
    announcementPublications,
    [...lists, striking].map(({ id: announcementId }, at) => ({
      announcementId,
      publishedOn: '2026-12-01',
      lines: 6,
      sha256: 'x',
      recordedAt: new Date(recorded.getTime() + at),
      recordedBy: 'test',
    })),
  )
}

const live = `valid_from <= '${cutOff}' and valid_until >= '${cutOff}' and (ended_on is null or ended_on > '${cutOff}')`
const due = (duty: string, end: string) => {
  const met = `met_on <= '${cutOff}'`
  const ends: Record<string, string> = {
    waived: `waived_on <= '${cutOff}'`,
    on_time: `waived_on is null and ${met} and met_on <= due_on`,
    late: `waived_on is null and ${met} and met_on > due_on`,
    overdue: `waived_on is null and (met_on is null or met_on > '${cutOff}') and due_on < '${cutOff}'`,
    not_due: `(waived_on is null or waived_on > '${cutOff}') and (met_on is null or met_on > '${cutOff}') and due_on >= '${cutOff}'`,
  }
  // A duty waived after the cut-off was open at its end.
  const condition =
    end === 'overdue'
      ? `(waived_on is null or waived_on > '${cutOff}') and (met_on is null or met_on > '${cutOff}') and due_on < '${cutOff}'`
      : ends[end]
  return `select member_id, enterprise_id, coalesce(family, 'none') as family, coalesce(city_code, 'none') as region, null as detail,
    ${end === 'not_due' ? 'event_on' : 'due_on'} as day from obligations where duty = '${duty}' and ${condition}`
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
  announced: `select c.member_id, c.enterprise_id, coalesce(l.family, c.family, 'none') as family, coalesce(c.city_code, 'none') as region, null as detail, a.announced_on as day
    from announcement_lines l join announcements a on a.id = l.announcement_id left join certificates c on c.id = l.certificate_id
    where l.effect = 'listed' and (l.certificate_id is null or l.certificate_id not in (select s.certificate_id from announcement_lines s where s.effect = 'struck'))`,
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
    `case when valid_from > '${cutOff}' then 'not_yet_valid' when id in (select certificate_id from suspensions where from_on <= '${cutOff}' and (lifted_on is null or lifted_on > '${cutOff}')) then 'suspended' else 'valid' end`,
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
    select distinct on (member_id) member_id, standing from member_standings where from_on <= '${cutOff}' order by member_id, from_on desc) s where standing <> 'removed'`,
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
    `id not in (select measure_id from measure_steps where step = 'appeal_decision' and on_day <= '${cutOff}')`,
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
    }).flatMap(([stem, duty]) =>
      ['on_time', 'late', 'overdue', 'not_due', 'waived'].map((end) => [`${stem}_${end}`, due(duty, end)]),
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
  const { windows, countsEnterprises } = reportDefinitions[set]
  const figures: Record<string, number> = {}
  for (const window of windows)
    for (const [dimension, column] of [
      ['', "''"],
      ['family', 'family'],
      ['region', 'region'],
      ['member', 'member_id::text'],
      ['detail', 'detail'],
    ] as const) {
      const rows = await test.registry.db.execute<{ key: string; rows: number; firms: number }>(
        sql.raw(`select ${column} as key, count(*)::int as rows, count(distinct enterprise_id)::int as firms
          from (${statements[set]}) counted where ${spans[window]} and ${column} is not null group by 1`),
      )
      for (const { key, rows: count, firms } of rows) {
        const name = [set, window, ...(dimension === '' ? [] : [dimension, key])].join('.')
        figures[name] = count
        if (countsEnterprises && dimension !== 'detail') figures[`${name}.enterprises`] = firms
      }
    }
  return figures
}

story('every figure of a generated year is what independent statements count', async (test, t) => {
  await generate(test)
  on(test, '2026-12-05')
  const { content } = await readDraft(test.registry, test.as('secretariat'), { schemeCode: scheme, year: 2026 })
  let compared = 0
  for (const set of countedSets) {
    const wanted = await recounted(test, set)
    const found = Object.fromEntries(Object.entries(content.figures).filter(([name]) => name.startsWith(`${set}.`)))
    t.same(found, Object.fromEntries(Object.entries(wanted).filter(([, count]) => count > 0)), set)
    t.ok(Object.keys(found).length > 0, `${set} has something in the year`)
    compared += Object.keys(found).length
  }
  const sums = Object.keys(content.figures).filter((name) => /^\w+_due\./.test(name) && !/_not_due\./.test(name))
  for (const name of sums) {
    const ends = ['on_time', 'late', 'overdue'].map((end) => content.figures[name.replace('_due.', `_${end}.`)] ?? 0)
    t.equal(
      content.figures[name],
      ends.reduce((sum, count) => sum + count, 0),
      name,
    )
  }
  t.equal(compared + sums.length, Object.keys(content.figures).length, 'and there is no figure besides')
})
