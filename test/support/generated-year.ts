import { sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { cities } from '../../src/domain/cities.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { familyOrder } from '../../src/domain/families.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import { newId } from '../../src/ids.ts'
import { seededNumbers } from '../../src/statistics/random-numbers.ts'
import {
  announcementLines,
  announcementMatches,
  announcementPublications,
  announcements,
} from '../../src/store/schema/announcements.ts'
import { assignments } from '../../src/store/schema/assignments.ts'
import { certificateEvents, certificates, suspensions } from '../../src/store/schema/certificates.ts'
import { complaints, conductCases, findings } from '../../src/store/schema/conduct.ts'
import { enterprises } from '../../src/store/schema/enterprises.ts'
import { explanations } from '../../src/store/schema/explanations.ts'
import { approvalRevocations, measureStepRows, measures } from '../../src/store/schema/measures.ts'
import { memberStandings } from '../../src/store/schema/members.ts'
import { obligations } from '../../src/store/schema/obligations.ts'
import { bulletinDecisions, bulletins } from '../../src/store/schema/ranking.ts'
import { referralAnswers, referrals } from '../../src/store/schema/referrals.ts'
import { attempts, results } from '../../src/store/schema/results.ts'
import { newcomer } from './results.ts'
import type { TestRegistry } from './services.ts'

const scheme = 'jiangsu-premium'
const recorded = new Date('2026-12-01T00:00:00Z')
const random = seededNumbers('a year')

const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const chance = (share: number) => random() < share
const dayBetween = (first: string, days: number) => addDays(plainDate(first), Math.floor(random() * days))
/** Days before the year, in it, and after its cut-off. */
const anyDay = () => dayBetween('2025-10-15', 430)
const by = { recordedAt: recorded, recordedBy: 'test' }
const id = () => newId(recorded)
/** To be corrected by a day, or not at all; in time, late, or not yet. */
const correction = (correctUntilOn: PlainDate) => {
  const end = pick(['none', 'open', 'on_time', 'late'])
  const correctedOn =
    end === 'on_time' ? addDays(correctUntilOn, -1) : end === 'late' ? addDays(correctUntilOn, 6) : null
  return {
    correctUntilOn: end === 'none' ? null : correctUntilOn,
    correctedOn,
    correctedNote: correctedOn === null ? null : '示例',
  }
}
const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))

type Row = Record<string, unknown>

/**
 * A year with something of every kind, the same each time: certificates and what became of them, cases, duties, standings,
 * findings, measures, referrals, bulletins with decisions, announcements; from October 2025 to December 2026.
 */
export async function generateYear(test: TestRegistry): Promise<void> {
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
      recordedAt: new Date(`${addDays(decidedOn, 2)}T02:00:00Z`),
      recordedBy: 'test',
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
      ...correction(addDays(each.openedOn, 15)),
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
    fromOn: plainDate('2026-01-01'),
    untilOn: plainDate('2026-03-31'),
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
  // One product is struck out as it was listed, another after it went to the other body.
  const origin = held.find((each) => each.id === certificateOf(2, 3)) as (typeof held)[number]
  const moved = {
    ...origin,
    id: id(),
    number: `${origin.number}-T`,
    transferredFromId: origin.id,
    origin: 'transferred',
  }
  await insert(certificates, [{ ...moved, endedOn: null, endedAs: null, endedReason: null, renewsId: null }])
  const struck = [certificateOf(1, 2), moved.id].map((certificateId, at) => ({
    announcementId: striking.id,
    place: at + 1,
    effect: 'struck',
    enterpriseName: '示例',
    productName: '示例',
    certificateId,
  }))
  await insert(announcementLines, struck)
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

  const tried = (memberReference: string, day: PlainDate, at: number) => ({
    id: id(),
    memberId: pick(memberIds),
    at: new Date(`${day}T03:00:00Z`),
    actorId: 'test',
    operation: 'POST /v1/results',
    codes: ['field_missing'],
    memberReference,
    requestId: `request-${at}`,
  })
  await insert(attempts, [
    // Some were mended afterwards, others never accepted; one has no reference at all.
    ...posted.slice(0, 15).map((each, at) => ({
      ...tried(`${'renewsId' in each ? 'renew' : 'issue'}-${at}`, addDays(each.decidedOn as PlainDate, 1), at),
      memberId: each.memberId,
    })),
    ...many(20, (at) => tried(`never-${at % 12}`, anyDay(), 100 + at)),
    { ...tried('', anyDay(), 200), memberReference: null },
  ])
  const complained = many(16, () => ({
    id: id(),
    receiptSha256: id(),
    text: '示例',
    memberNamed: '示例',
    mayBeNamed: false,
    receivedOn: anyDay(),
    recordedAt: recorded,
  }))
  await insert(complaints, complained)
  await insert(
    conductCases,
    complained.map(({ id: complaintId, receivedOn }) => ({
      id: id(),
      source: 'complaint',
      complaintId,
      memberId: pick(memberIds),
      certificateId: chance(0.7) ? pick(all).id : null,
      words: '示例',
      occurredOn: receivedOn,
      openedOn: receivedOn,
      replyUntilOn: addDays(receivedOn, 14),
      concludedOn: addDays(receivedOn, 20),
      outcome: pick(['substantiated', 'unsubstantiated', 'withdrawn']),
      conclusion: '示例',
      ...by,
    })),
  )
  const lapsed = await db.execute<{ id: string; memberId: string }>(
    sql`select id, member_id as "memberId" from obligations where duty = 'report_to_cnca' and waived_on is null
      and (met_on is null or met_on > due_on) order by cause_key limit 40`,
  )
  await insert(
    explanations,
    lapsed.map((each, at) => ({
      id: id(),
      obligationId: each.id,
      memberId: each.memberId,
      text: '示例',
      verdict: at % 2 === 0 ? 'accepted' : 'returned',
      note: '示例',
      decidedAt: recorded,
      decidedBy: 'test',
      ...by,
    })),
  )
  // Cases whose outcome is awaited, the opening of their duty before the event; some receipts are contested (R2).
  await insert(
    obligations,
    many(80, (at) => {
      const openedOn = anyDay()
      const eventOn = addDays(openedOn, 30)
      const dueOn = addDays(eventOn, 10)
      const end = pick(['on_time', 'late', 'open', 'open', 'waived'])
      return {
        id: id(),
        causeKey: `awaited-${at}`,
        duty: 'post_outcome',
        memberId: pick(memberIds),
        enterpriseId: pick(firms).id,
        cityCode: chance(0.9) ? pick(cities).code : null,
        family: pick(familyOrder),
        subject: '示例',
        openedOn,
        eventOn,
        dueOn,
        ruleVersion: 1,
        provisional: false,
        metOn: end === 'on_time' ? addDays(dueOn, -2) : end === 'late' ? addDays(dueOn, 5) : null,
        waivedOn: end === 'waived' ? addDays(dueOn, -1) : null,
        waivedGround: end === 'waived' ? '示例' : null,
        contested: at % 5 === 0,
        recordedAt: recorded,
      }
    }),
  )
  await db.execute(sql`update obligations set contested = true
    where cause_key like 'generated-%' and met_on is not null and right(cause_key, 1) in ('3', '6')`)

  // Of one body the approval was revoked, of the other wrongly, which was put right.
  await insert(approvalRevocations, [
    { id: id(), memberId: test.memberIds.b, revokedOn: '2026-08-01', ground: '示例', ...by },
    {
      id: id(),
      memberId: test.memberIds.a,
      revokedOn: '2026-08-01',
      ground: '示例',
      ...by,
      liftedAt: recorded,
      liftedBy: 'test',
      liftedGround: '示例',
    },
  ])

  // One body applies.
  const applying = await newcomer(test)
  await insert(memberStandings, [
    {
      id: id(),
      memberId: applying.id,
      standing: 'candidate',
      fromOn: '2026-10-01',
      reason: '示例',
      decidedBy: '示例',
      ...by,
    },
  ])

  // A batch of the year before, with firms that the register does not know, one of them twice, and one that it knows by name.
  const earlier = { ...(lists[0] as (typeof lists)[number]), id: id(), number: '示例上年批次', batchYear: 2025 }
  await insert(announcements, [{ ...earlier, announcedOn: '2026-02-10' }])
  await insert(
    announcementLines,
    many(9, (at) => ({
      announcementId: earlier.id,
      place: at + 1,
      effect: 'listed',
      enterpriseName: at < 7 ? `示例未登记企业${at % 3}` : (firms[3]?.name ?? ''),
      productName: `示例产品${at}`,
      certificateId: null,
    })),
  )
  await insert(announcementPublications, [
    { announcementId: earlier.id, publishedOn: '2026-12-01', lines: 9, sha256: 'x', ...by },
  ])
  // Two of its lines were matched later.
  const matched = many(2, (at) => ({
    announcementId: earlier.id,
    place: at + 1,
    certificateId: all[70 + at]?.id,
    ...by,
  }))
  await insert(announcementMatches, matched)
}
