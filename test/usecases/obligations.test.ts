import fc from 'fast-check'
import t from 'tap'
import {
  type Duty,
  dueSoonUntil,
  duties,
  type ObligationState,
  obligationStateOn,
  obligationStates,
} from '../../src/domain/obligation.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import { newId } from '../../src/ids.ts'
import { insertObligations, type NewObligation } from '../../src/store/obligations.ts'
import { deadlineRules } from '../../src/store/schema/schemes.ts'
import type { Context } from '../../src/usecases/context.ts'
import { obligationsQuery, readObligation, readObligations } from '../../src/usecases/obligations/read-obligations.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { reviewInput, reviewReceipt } from '../../src/usecases/obligations/review-receipt.ts'
import {
  confirmProposedWaiver,
  declineProposedWaiver,
  proposeWaiver,
  waiverInput,
} from '../../src/usecases/obligations/waive-obligation.ts'
import { allPages, cursorAfter } from '../../src/usecases/pages.ts'
import { actionsOf, bodyOf, codesOf, countRows, posted, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import type { TestRegistry } from '../support/services.ts'

/** Friday 2026-11-20, ten o'clock in Shanghai. What was decided on 2026-11-16 is due on 2026-11-25. */
const now = '2026-11-20T02:00:00Z'
const today = plainDate('2026-11-20')
const unknownId = '01958d5e-0000-7000-8000-000000000000'

const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const receive = (
  test: TestRegistry,
  id: string,
  input: Record<string, unknown>,
  as: Context = test.as('member'),
  key?: string,
) => recordReceipt(test.registry, as, id, receiptInput.parse(input), key).then(({ answer }) => answer)
const review = (
  test: TestRegistry,
  id: string,
  receiptId: string,
  input: Record<string, unknown>,
  as: Context = test.as('regulator'),
) => reviewReceipt(test.registry, as, id, receiptId, reviewInput.parse(input))
const propose = (test: TestRegistry, id: string, as: Context = test.as('secretariat')) =>
  proposeWaiver(test.registry, as, id, waiverInput.parse({ ground: '依法不予公开' }))
const confirm = (test: TestRegistry, id: string, as: Context = test.as('regulator')) =>
  confirmProposedWaiver(test.registry, as, id)
const list = (test: TestRegistry, query: Record<string, unknown> = {}, as: Context = test.as('secretariat')) =>
  readObligations(test.registry, as, obligationsQuery.parse(query))
const read = (test: TestRegistry, id: string, on?: PlainDate) =>
  readObligation(test.registry, test.as('secretariat'), id, on)

/** The obligations of a new result, by duty. */
async function owed(
  test: TestRegistry,
  name: string,
  changes: Record<string, unknown> = {},
): Promise<Record<Duty, string>> {
  const { obligations } = await posted(test, bodyOf(name, changes))
  return Object.fromEntries(obligations.map(({ duty, id }) => [duty, id])) as Record<Duty, string>
}

// ---- Receipts (N4, R2)

story('a receipt meets an obligation on the day that it declares', async (test, t) => {
  type Row = [
    recordedAt: string,
    reportedOn: string,
    state: ObligationState,
    lateness: object | null,
    backReported: boolean,
  ]
  const table: Row[] = [
    ['2026-11-20T02:00:00Z', '2026-11-16', 'met_on_time', null, true],
    ['2026-11-20T02:00:00Z', '2026-11-17', 'met_on_time', null, true],
    ['2026-11-20T02:00:00Z', '2026-11-18', 'met_on_time', null, false],
    ['2026-11-20T02:00:00Z', '2026-11-20', 'met_on_time', null, false],
    ['2026-11-25T15:59:59Z', '2026-11-25', 'met_on_time', null, false],
    ['2026-11-26T02:00:00Z', '2026-11-25', 'met_on_time', null, false],
    ['2026-11-26T02:00:00Z', '2026-11-26', 'met_late', { calendarDays: 1, workingDays: 1 }, false],
    ['2026-12-07T02:00:00Z', '2026-11-28', 'met_late', { calendarDays: 3, workingDays: 2 }, true],
  ]
  for (const [index, [recordedAt, reportedOn, state, lateness, backReported]] of table.entries()) {
    test.clock.set(now)
    const { report_to_cnca: id } = await owed(test, `${index}`)
    test.clock.set(recordedAt)
    const evidence = backReported ? { evidence: '系统截图' } : {}
    const { receipt, obligation } = await receive(test, id, { reportedOn, receiptNumber: 'H-1', ...evidence })
    t.match(
      receipt,
      { reportedOn, receiptNumber: 'H-1', backReported, supersedesId: null },
      `${reportedOn}, recorded ${recordedAt}`,
    )
    t.match(obligation, { state, metOn: reportedOn }, `${reportedOn}: ${state}`)
    t.strictSame(obligation.lateness, lateness)
    t.same(await actionsOf(test.registry, 'obligation', id), ['obligation.opened', 'obligation.met'])
  }
})

story('a receipt is refused for each of these reasons', async (test, t) => {
  const duty = await owed(test, '1')
  const other = await owed(test, '2')
  await receive(test, other.report_to_cnca, { reportedOn: '2026-11-20' })
  const waived = await owed(test, '3')
  await propose(test, waived.report_to_cnca)
  await confirm(test, waived.report_to_cnca)
  const id = duty.report_to_cnca
  const table: [story: string, id: string, input: Record<string, unknown>, problems: string[]][] = [
    ['tomorrow', id, { reportedOn: '2026-11-21' }, ['day_in_future@reportedOn']],
    ['before the event', id, { reportedOn: '2026-11-15', evidence: '截图' }, ['reported_before_event@reportedOn']],
    [
      'more than two working days ago, without evidence',
      id,
      { reportedOn: '2026-11-17' },
      ['evidence_missing@evidence'],
    ],
    ['both', id, { reportedOn: '2026-11-13' }, ['reported_before_event@reportedOn', 'evidence_missing@evidence']],
    ['a second time', other.report_to_cnca, { reportedOn: '2026-11-20' }, ['obligation_closed@']],
    ['for what was waived', waived.report_to_cnca, { reportedOn: '2026-11-20' }, ['obligation_closed@']],
    ['for what a visit meets', duty.surveillance, { reportedOn: '2026-11-20' }, ['visit_expected@']],
    ['for what posting meets', duty.feed_back, { reportedOn: '2026-11-20' }, ['obligation_met_by_posting@']],
    [
      'correcting what isn’t there',
      id,
      { reportedOn: '2026-11-20', supersedesReceiptId: unknownId },
      ['receipt_superseded@supersedesReceiptId'],
    ],
    ['for no obligation', unknownId, { reportedOn: '2026-11-20' }, ['not_found@id']],
  ]
  const before = await countRows(test.registry)
  for (const [story, obligationId, input, problems] of table)
    t.same(await refusalsOf(receive(test, obligationId, input)), problems, story)
  t.same(
    await refusalsOf(receive(test, id, { reportedOn: '2026-11-20' }, test.as('member', 'b'))),
    ['not_found@id'],
    'by another member',
  )
  for (const role of ['regulator', 'administrator'] as const) {
    t.same(await codesOf(receive(test, id, { reportedOn: '2026-11-20' }, test.as(role))), ['forbidden'], role)
  }
  t.same(await countRows(test.registry), before)
  t.same(
    await codesOf(receive(test, id, { reportedOn: '2026-11-20' }, test.as('secretariat'))),
    [],
    'the secretariat may, for the member',
  )
})

story('a corrected receipt supersedes, and both stay', async (test, t) => {
  const { report_to_cnca: id } = await owed(test, '1')
  const first = await receive(test, id, { reportedOn: '2026-11-20', receiptNumber: 'H-1' })
  test.clock.set('2026-11-27T02:00:00Z')
  const second = await receive(test, id, {
    reportedOn: '2026-11-26',
    receiptNumber: 'H-2',
    supersedesReceiptId: first.receipt.id,
  })
  t.match(second, {
    receipt: { supersedesId: first.receipt.id },
    obligation: { state: 'met_late', metOn: '2026-11-26' },
  })
  const { receipts } = await read(test, id)
  t.same(
    receipts.map(({ reportedOn, supersededAt }) => [reportedOn, supersededAt === null]),
    [
      ['2026-11-20', false],
      ['2026-11-26', true],
    ],
  )
  t.same(await codesOf(receive(test, id, { reportedOn: '2026-11-26', supersedesReceiptId: first.receipt.id })), [
    'receipt_superseded',
  ])
  t.same(await codesOf(receive(test, id, { reportedOn: '2026-11-28', supersedesReceiptId: second.receipt.id })), [
    'day_in_future',
  ])
  t.same(await actionsOf(test.registry, 'obligation', id), [
    'obligation.opened',
    'obligation.met',
    'obligation.receipt_corrected',
  ])
})

story('of several receipts at once one is recorded; under one key all get its answer', async (test, t) => {
  const duty = await owed(test, '1')
  const { done, refused } = await race(
    Array.from({ length: 5 }, () => receive(test, duty.report_to_cnca, { reportedOn: '2026-11-20' })),
  )
  t.equal(done.length, 1)
  t.same(refused, Array(4).fill(['obligation_closed']))
  const [first] = done
  const corrections = ['2026-11-18', '2026-11-19'].map((reportedOn) =>
    receive(test, duty.report_to_cnca, { reportedOn, supersedesReceiptId: first?.receipt.id }),
  )
  const corrected = await race(corrections)
  t.equal(corrected.done.length, 1)
  t.same(corrected.refused, [['receipt_superseded']])

  const other = await owed(test, '2')
  const keyed = await race(
    Array.from({ length: 5 }, () =>
      receive(test, other.report_to_cnca, { reportedOn: '2026-11-20' }, test.as('member'), 'k-1'),
    ),
  )
  t.equal(keyed.done.length, 5)
  t.equal(new Set(keyed.done.map((answer) => JSON.stringify(answer))).size, 1)
  t.equal((await read(test, other.report_to_cnca)).receipts.length, 1)
})

// ---- Reviews (R2)

story('what the regulator holds stands beside what the member declared', async (test, t) => {
  const { report_to_cnca: id } = await owed(test, '1')
  const { receipt } = await receive(test, id, { reportedOn: '2026-11-19' })
  await review(test, id, receipt.id, { verdict: 'confirmed' })
  t.match(await read(test, id), { sourcesDisagree: false, contested: false, metOn: '2026-11-19' })
  test.clock.set('2026-11-20T03:00:00Z')
  await review(test, id, receipt.id, { verdict: 'contested', reportedOn: '2026-11-26', note: '系统记录' })
  const contested = await read(test, id)
  t.match(
    contested,
    { sourcesDisagree: true, contested: true, metOn: '2026-11-19', state: 'met_on_time' },
    'contested, it counts and is marked',
  )
  t.match(contested.receipts, [
    {
      reportedOn: '2026-11-19',
      reviews: [
        { verdict: 'confirmed', reportedOn: null },
        { verdict: 'contested', reportedOn: '2026-11-26' },
      ],
    },
  ])
  t.same(await actionsOf(test.registry, 'obligation', id), [
    'obligation.opened',
    'obligation.met',
    'receipt.confirmed',
    'receipt.contested',
  ])

  const corrected = await receive(test, id, { reportedOn: '2026-11-20', supersedesReceiptId: receipt.id })
  t.match(
    await read(test, id),
    { sourcesDisagree: true, contested: true },
    'a corrected receipt does not wipe out what the regulator said',
  )
  t.same(await refusalsOf(review(test, id, receipt.id, { verdict: 'confirmed' })), ['receipt_superseded@receiptId'])
  test.clock.set('2026-11-20T04:00:00Z')
  await review(test, id, corrected.receipt.id, { verdict: 'confirmed', reportedOn: '2026-11-20' })
  t.match(await read(test, id), { sourcesDisagree: false, contested: false })
  t.same(await refusalsOf(review(test, id, unknownId, { verdict: 'confirmed' })), ['not_found@receiptId'])
  t.same(await refusalsOf(review(test, unknownId, corrected.receipt.id, { verdict: 'confirmed' })), [
    'not_found@receiptId',
  ])
  for (const role of ['secretariat', 'member', 'administrator'] as const) {
    t.same(
      await codesOf(review(test, id, corrected.receipt.id, { verdict: 'confirmed' }, test.as(role))),
      ['forbidden'],
      role,
    )
  }
})

// ---- Waivers (R2)

story('a duty to the regulator is waived only once the regulator confirms the ground', async (test, t) => {
  const { report_to_cnca: id } = await owed(test, '1')
  t.same(await codesOf(confirm(test, id)), ['waiver_missing'])
  t.equal((await propose(test, id)).state, 'open', 'proposed, it is still owed')
  t.match(await read(test, id), { waivedOn: null, waiver: { ground: '依法不予公开', verdict: null } })
  t.same(await codesOf(propose(test, id)), ['waiver_pending'])
  test.clock.set('2026-11-27T02:00:00Z')
  const waived = await confirm(test, id)
  t.match(waived, { state: 'waived', waivedOn: '2026-11-27', waivedGround: '依法不予公开', lateness: null })
  t.equal((await read(test, id, plainDate('2026-11-26'))).state, 'overdue', 'the day before it was overdue')
  for (const ask of [propose, confirm]) t.same(await codesOf(ask(test, id)), ['obligation_closed'])
  t.same(await actionsOf(test.registry, 'obligation', id), [
    'obligation.opened',
    'waiver.proposed',
    'obligation.waived',
  ])
})

story('a ground that the regulator declines leaves the duty owed, and another may be proposed', async (test, t) => {
  const { report_to_cnca: id } = await owed(test, '1')
  const decline = () => declineProposedWaiver(test.registry, test.as('regulator'), id)
  t.same(await codesOf(decline()), ['waiver_missing'])
  await propose(test, id)
  t.match(await decline(), { state: 'open', waivedOn: null })
  t.same(await codesOf(decline()), ['waiver_missing'], 'what was declined waits no longer')
  t.same(await codesOf(confirm(test, id)), ['waiver_missing'])
  test.clock.set('2026-11-20T03:00:00Z')
  await propose(test, id)
  t.match(await confirm(test, id), { state: 'waived' })
  t.same(await actionsOf(test.registry, 'obligation', id), [
    'obligation.opened',
    'waiver.proposed',
    'waiver.declined',
    'waiver.proposed',
    'obligation.waived',
  ])
})

story('a duty to the alliance is waived at once, and a closed one never', async (test, t) => {
  const duty = await owed(test, '1')
  t.match(await propose(test, duty.surveillance), { state: 'waived', waivedOn: '2026-11-20' })
  t.same(await codesOf(propose(test, duty.surveillance)), ['obligation_closed'])
  t.same(await codesOf(propose(test, duty.feed_back)), ['obligation_closed'], 'what was met')
  await propose(test, duty.report_to_cnca)
  t.same(await codesOf(declineProposedWaiver(test.registry, test.as('secretariat'), duty.report_to_cnca)), [
    'forbidden',
  ])
  await receive(test, duty.report_to_cnca, { reportedOn: '2026-11-20' })
  t.same(
    await codesOf(confirm(test, duty.report_to_cnca)),
    ['obligation_closed'],
    'what was met while the proposal waited',
  )
  t.same(await refusalsOf(propose(test, unknownId)), ['not_found@id'])
  t.same(await refusalsOf(confirm(test, unknownId)), ['not_found@id'])
  for (const role of ['member', 'regulator', 'administrator'] as const)
    t.same(await codesOf(propose(test, duty.report_to_cnca, test.as(role))), ['forbidden'], role)
  for (const role of ['member', 'secretariat', 'administrator'] as const)
    t.same(await codesOf(confirm(test, duty.report_to_cnca, test.as(role))), ['forbidden'], role)
  const { report_to_cnca: id } = await owed(test, '2')
  const { done, refused } = await race([propose(test, id), propose(test, id)])
  t.equal(done.length, 1)
  t.same(refused, [['waiver_pending']], 'of two proposals at once one is kept')
})

// ---- Lists

type Facts = Pick<NewObligation, 'duty' | 'ruleVersion'> & {
  openedOn: PlainDate
  dueOn: PlainDate
  metOn: PlainDate | null
  waivedOn: PlainDate | null
}

const pastDay = fc.nat(120).map((n) => addDays(today, -n))
const anyFacts = fc
  .tuple(
    // A duty to explain hangs on another obligation.
    fc.constantFrom(...duties.filter((duty) => duty !== 'explain_overdue')),
    pastDay,
    fc.nat(150),
    fc.oneof(
      { weight: 2, arbitrary: fc.constant({}) },
      fc.nat(120).map((metAfter) => ({ metAfter })),
      fc.nat(120).map((waivedAfter) => ({ waivedAfter })),
    ),
    fc.constantFrom(1, 2),
  )
  .map(([duty, openedOn, limit, end, version]): Facts => {
    const upToToday = (days: number | undefined) => {
      if (days === undefined) return null
      const on = addDays(openedOn, days)
      return on < today ? on : today
    }
    const { metAfter, waivedAfter } = end as { metAfter?: number; waivedAfter?: number }
    return {
      duty,
      openedOn,
      dueOn: addDays(openedOn, limit),
      metOn: upToToday(metAfter),
      waivedOn: upToToday(waivedAfter),
      ruleVersion: duty === 'feed_back' ? version : 1,
    }
  })

async function insertFacts(test: TestRegistry, all: readonly Facts[]): Promise<string[]> {
  const at = test.clock.now()
  const rows = all.map((facts) => {
    const id = newId(at)
    return {
      ...facts,
      id,
      causeKey: `test:${id}`,
      memberId: test.memberIds.a,
      subject: '示例',
      cityCode: '320100',
      eventOn: facts.openedOn,
      calendarVersion: 1,
      provisional: false,
      waivedGround: facts.waivedOn === null ? null : '示例',
      recordedAt: at,
    }
  })
  await insertObligations(test.registry.db, rows)
  return rows.map(({ id }) => id)
}

/** A second version of one rule, whose obligations are due soon for longer. */
async function addRuleVersion(test: TestRegistry): Promise<void> {
  await test.registry.db.insert(deadlineRules).values({
    duty: 'feed_back',
    version: 2,
    effectiveOn: plainDate('2026-06-01'),
    startEvent: 'certification decision',
    limit: { unit: 'working_days', count: 7 },
    dueSoonWorkingDays: 5,
    clause: 'R3',
    recordedAt: test.clock.now(),
    recordedBy: 'test',
  })
}

for (const isSecondRuleThere of [false, true]) {
  const rules = isSecondRuleThere ? 'two versions of a rule' : 'one version of each rule'
  story(`the state filter of the list is the state of the domain, with ${rules}`, async (test, t) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    if (isSecondRuleThere) await addRuleVersion(test)
    const sample = fc
      .sample(anyFacts, { numRuns: 220, seed })
      .map((facts) => (isSecondRuleThere ? facts : { ...facts, ruleVersion: 1 }))
    const known = new Map<string, Facts>()
    for (const [index, id] of (await insertFacts(test, sample)).entries()) known.set(id, sample[index] as Facts)
    const { calendar } = await test.registry.rulebooks.current(test.registry.db)
    const stateOf = (facts: Facts, on: PlainDate) =>
      obligationStateOn(facts, on, dueSoonUntil(calendar, on, facts.ruleVersion === 2 ? 5 : 2))
    const met = new Set<ObligationState>()
    const days = [-100, -60, -31, -14, -7, -4, -3, -2, -1, 0, 1, 3, 10, 40].map((n) => addDays(today, n))
    for (const on of days) {
      const there = [...known].filter(([, { openedOn }]) => on >= today || openedOn <= on)
      const { items } = await list(test, { on, limit: 500 })
      t.same(
        items.map(({ id }) => id).sort(),
        there.map(([id]) => id).sort(),
        `all that were there on ${on} (seed ${seed})`,
      )
      t.ok(
        items.every(({ id, state }) => state === stateOf(known.get(id) as Facts, on)),
        `the states shown on ${on} are those of the domain (seed ${seed})`,
      )
      for (const state of obligationStates) {
        const expected = there.filter(([, facts]) => stateOf(facts, on) === state).map(([id]) => id)
        if (expected.length > 0) met.add(state)
        const found = (await list(test, { on, state, limit: 500 })).items.map(({ id }) => id)
        t.same(found.sort(), expected.sort(), `${state} on ${on}: ${expected.length} (seed ${seed})`)
      }
    }
    t.same([...met].sort(), [...obligationStates].sort(), 'every state was met')
  })
}

story('obligations are listed by their due day, filtered, and seen by those who may', async (test, t) => {
  const service = await owed(test, '1', { family: 'services', industryCode: '6110' })
  const { obligations } = await posted(test, bodyOf('2'), test.as('member', 'b'))
  const duty = async (query: Record<string, unknown>, as?: Context) =>
    (await list(test, query, as)).items.map((row) => row.duty)
  const soon = await duty({ memberId: test.memberIds.a, limit: 4, dueBefore: '2026-12-31' })
  t.same([...soon.slice(0, 2).sort(), ...soon.slice(2)], ['feed_back', 'report_to_cnca', 'report_monthly'])
  t.same(await duty({ duty: 'report_monthly' }), ['report_monthly'])
  t.same(
    await duty({ memberId: test.memberIds.a, dueAfter: '2026-11-25', dueBefore: '2026-12-10' }),
    [],
    'neither bound is included',
  )
  t.same(await duty({ memberId: test.memberIds.a, dueAfter: '2026-11-24', dueBefore: '2026-12-11', state: 'open' }), [
    'report_to_cnca',
    'report_monthly',
  ])
  t.equal((await duty({ cityCode: '320100' })).length, 7)
  t.equal((await duty({ cityCode: '320500' })).length, 0)
  t.equal((await duty({}, test.as('member'))).length, 4, 'a member sees its own')
  t.equal((await duty({}, test.as('member', 'b'))).length, 3)
  t.equal((await duty({}, test.as('regulator'))).length, 7)
  t.same(await refusalsOf(list(test, { memberId: test.memberIds.b }, test.as('member'))), ['not_found@memberId'])
  t.same(await codesOf(list(test, {}, test.as('administrator'))), ['forbidden'])
  const foreign = readObligation(test.registry, test.as('member'), obligations[0]?.id ?? '')
  t.same(await refusalsOf(foreign), ['not_found@id'])
  t.same(await refusalsOf(readObligation(test.registry, test.as('regulator'), unknownId)), ['not_found@id'])
  t.equal((await readObligation(test.registry, test.as('member'), service.report_monthly)).explanation.clause, 'R3')
})

// ---- Pages

story(
  'rows that were there before the first page are seen once, whatever is put in between the pages',
  async (test, t) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const facts = fc.sample(anyFacts, { numRuns: 200, seed }).map((one) => ({ ...one, ruleVersion: 1 }))
    for (const limit of [1, 7, 13]) {
      const known = new Set((await list(test, { limit: 500 })).items.map(({ id }) => id))
      for (const id of await insertFacts(test, facts.splice(0, 20))) known.add(id)
      const seen: string[] = []
      const dueOns: PlainDate[] = []
      for await (const page of allPages((cursor) => list(test, { limit, cursor }))) {
        t.ok(page.length <= limit)
        seen.push(...page.map(({ id }) => id))
        dueOns.push(...page.map(({ dueOn }) => dueOn))
        if (facts.length > 100) await insertFacts(test, facts.splice(0, 3))
      }
      t.equal(new Set(seen).size, seen.length, `no row is seen twice, ${limit} at a time (seed ${seed})`)
      t.same(
        [...known].filter((id) => !seen.includes(id)),
        [],
        `none that was there is missed (seed ${seed})`,
      )
      t.same(dueOns, dueOns.toSorted(), 'and they come by due day')
    }
  },
)

story('a page ends where the list ends', async (test, t) => {
  const facts = fc.sample(anyFacts, { numRuns: 10, seed: 1 }).map((one) => ({ ...one, ruleVersion: 1 }))
  await insertFacts(test, facts)
  t.equal((await list(test, { limit: 10 })).nextCursor, null, 'a full page with nothing after it')
  const first = await list(test, { limit: 9 })
  t.ok(first.nextCursor)
  const last = await list(test, { limit: 9, cursor: first.nextCursor })
  t.equal(last.items.length, 1)
  t.equal(last.nextCursor, null)
})

story('a cursor that this list did not give is refused', async (test, t) => {
  await owed(test, '1')
  const id = unknownId
  const pack = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const table: [story: string, cursor: string][] = [
    ['garbage', 'garbage'],
    ['empty', ''],
    ['no JSON', Buffer.from('[').toString('base64url')],
    ['another list', cursorAfter('certificates', '2026-11-25', id)],
    ['no day', cursorAfter('obligations', '2026-02-30', id)],
    ['no id', cursorAfter('obligations', '2026-11-25', '1')],
    ['an id that is none', cursorAfter('obligations', '2026-11-25', '-'.repeat(36))],
    ['SQL', cursorAfter('obligations', "2026-11-25'; drop table obligations; --", id)],
    ['an object', pack({ list: 'obligations' })],
    ['one part too few', pack(['obligations', '2026-11-25'])],
    ['a number', pack(['obligations', 20261125, id])],
    ['null', pack(null)],
  ]
  for (const [story, cursor] of table)
    t.same(await refusalsOf(list(test, { cursor })), ['cursor_invalid@cursor'], story)
  t.same(
    await codesOf(list(test, { cursor: cursorAfter('obligations', '2026-11-25', id) })),
    [],
    'one of its own is not',
  )
})

t.test('a page has 1 to 500 rows, 100 unless asked', async (t) => {
  const table: [limit: unknown, expected: number | 'refused'][] = [
    [undefined, 100],
    [1, 1],
    ['500', 500],
    [0, 'refused'],
    [501, 'refused'],
    [-1, 'refused'],
    [1.5, 'refused'],
    ['ten', 'refused'],
    [Number.NaN, 'refused'],
  ]
  for (const [limit, expected] of table) {
    const parsed = obligationsQuery.safeParse({ limit })
    t.equal(parsed.success ? parsed.data.limit : 'refused', expected, String(limit))
  }
})
