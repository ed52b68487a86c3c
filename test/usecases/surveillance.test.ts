import fc from 'fast-check'
import t from 'tap'
import { certificateStateOn } from '../../src/domain/certificate.ts'
import { addDays, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import { suspensionsSuggested, visitOutcomes } from '../../src/domain/surveillance.ts'
import { findCertificate } from '../../src/store/certificates.ts'
import { obligationsOf } from '../../src/store/obligations.ts'
import { visitsOf } from '../../src/store/surveillance.ts'
import { actionInput } from '../../src/usecases/certificates/action-input.ts'
import { takeAction } from '../../src/usecases/certificates/take-action.ts'
import type { Context } from '../../src/usecases/context.ts'
import { recordRevocation } from '../../src/usecases/members/revoke-approval.ts'
import { readObligation } from '../../src/usecases/obligations/read-obligations.ts'
import { receiptInput, recordReceipt } from '../../src/usecases/obligations/record-receipt.ts'
import { readVisits, visitsQuery } from '../../src/usecases/surveillance/read-visits.ts'
import { recordVisit, visitInput } from '../../src/usecases/surveillance/record-visit.ts'
import {
  countAskedSuggestions,
  suggestionsQuery,
  suggestSuspensions,
} from '../../src/usecases/surveillance/suggest-suspensions.ts'
import { actionsOf, bodyOf, codesOf, countRows, posted, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import type { TestRegistry } from '../support/services.ts'

/** Yearly surveillance (R3). Friday 2026-11-20; the certificates are decided on 2026-11-16 and last until 2029-11-16. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const visit = (
  test: TestRegistry,
  certificateId: string,
  changes: Record<string, unknown> = {},
  as: Context = test.as('member'),
  key?: string,
) =>
  recordVisit(
    test.registry,
    as,
    certificateId,
    visitInput.parse({ outcome: 'conforming', visitedOn: '2026-11-20', summary: '示例：现场检查。', ...changes }),
    key,
  ).then(({ answer }) => answer)

async function issued(test: TestRegistry, name = '1', certificate: Record<string, unknown> = {}): Promise<string> {
  const answer = await posted(test, bodyOf(name, {}, certificate))
  return answer.certificate?.id ?? ''
}

/** `event due metOn` of each surveillance of a certificate, in order. */
async function surveillances(test: TestRegistry, certificateId: string): Promise<string[]> {
  const duties = await obligationsOf(test.registry.db, { certificateId })
  return duties
    .filter(({ duty }) => duty === 'surveillance')
    .map(({ eventOn, dueOn, metOn }) => `${eventOn} ${dueOn} ${metOn ?? 'open'}`)
    .sort()
}

const suggested = async (test: TestRegistry, query: Record<string, unknown> = {}, as = test.as('secretariat')) =>
  (await suggestSuspensions(test.registry, as, suggestionsQuery.parse(query))).items

const seconds = (test: TestRegistry, day: string) => test.clock.set(`${day}T02:00:00Z`)

story(
  'a visit meets the surveillance and opens the next, as long as the certificate lives that long',
  async (test, t) => {
    const id = await issued(test, '1', { validUntil: '2028-12-31' })
    seconds(test, '2027-10-11')
    const { obligationId } = await visit(test, id, { visitedOn: '2027-10-11' })
    t.same(await surveillances(test, id), ['2026-11-16 2027-11-16 2027-10-11', '2027-10-11 2028-10-11 open'])
    const met = await readObligation(test.registry, test.as('member'), obligationId ?? '')
    t.match(met, { state: 'met_on_time', receipts: [{ reportedOn: '2027-10-11', evidence: /^visit / }] })
    seconds(test, '2028-10-12')
    await visit(test, id, { visitedOn: '2028-10-12', outcome: 'refused' })
    t.same(
      await surveillances(test, id),
      ['2026-11-16 2027-11-16 2027-10-11', '2027-10-11 2028-10-11 2028-10-12'],
      'a refused one is one; none is opened beyond the last day',
    )
    seconds(test, '2028-11-01')
    t.equal(
      (await visit(test, id, { visitedOn: '2028-11-01' })).obligationId,
      null,
      'where none is owed, it is recorded',
    )
    t.ok((await actionsOf(test.registry, 'certificate', id)).includes('surveillance.visited'))
  },
)

story('a corrected visit moves the receipt and what the visit opened; both stay', async (test, t) => {
  const id = await issued(test)
  const first = await visit(test, id, { visitedOn: '2026-11-19' })
  const before = await countRows(test.registry)
  const unfit = (changes: object) => refusalsOf(visit(test, id, { visitedOn: '2026-11-18', ...changes }))
  t.same(await unfit({ supersedesVisitId: first.id }), ['correction_unexplained@reason'])
  t.same(await unfit({ reason: '日期登记有误' }), ['field_unknown@reason'])
  t.same(await countRows(test.registry), before)
  const reason = '日期登记有误'
  const second = await visit(test, id, { visitedOn: '2026-11-18', supersedesVisitId: first.id, reason })
  t.same(await surveillances(test, id), ['2026-11-16 2027-11-16 2026-11-18', '2026-11-18 2027-11-18 open'])
  t.match(second, { supersedesId: first.id, obligationId: first.obligationId })
  const { receipts } = await readObligation(test.registry, test.as('member'), first.obligationId ?? '')
  t.same(receipts.map(({ reportedOn, supersededAt }) => [reportedOn, supersededAt === null]).sort(), [
    ['2026-11-18', true],
    ['2026-11-19', false],
  ])
  t.same(await refusalsOf(visit(test, id, { visitedOn: '2026-11-20', supersedesVisitId: first.id, reason })), [
    'visit_superseded@supersedesVisitId',
  ])
  t.same(
    await refusalsOf(
      visit(test, id, { visitedOn: '2026-11-15', supersedesVisitId: second.id, evidence: '示例', reason }),
    ),
    ['visit_out_of_validity@visitedOn', 'reported_before_event@visitedOn'],
  )
  const { items } = await readVisits(test.registry, test.as('member'), visitsQuery.parse({ certificateId: id }))
  t.same(
    items.map((row) => row.id),
    [second.id],
    'the list shows what stands',
  )
})

story('what can’t be a visit is refused with all that is wrong, and nothing is written', async (test, t) => {
  const id = await issued(test)
  await visit(test, id, { visitedOn: '2026-11-19' })
  const before = await countRows(test.registry)
  const cases: [string, Record<string, unknown>, string[]][] = [
    ['in the future', { visitedOn: '2026-11-21' }, ['day_in_future@visitedOn']],
    ['before the certificate', { visitedOn: '2026-11-13', evidence: 'x' }, ['visit_out_of_validity@visitedOn']],
    ['long ago without evidence', { visitedOn: '2026-11-17' }, ['evidence_missing@evidence']],
    ['twice on one day', { visitedOn: '2026-11-19' }, ['visit_recorded@visitedOn']],
    [
      'corrections before the visit',
      { outcome: 'corrections_due', correctionsDueOn: '2026-11-19' },
      ['span_reversed@correctionsDueOn'],
    ],
  ]
  for (const [name, changes, refusals] of cases) t.same(await refusalsOf(visit(test, id, changes)), refusals, name)
  t.same(
    await codesOf(visit(test, id, {}, test.as('member', 'b'))),
    ['not_found'],
    'foreign certificates are not there',
  )
  t.same(await codesOf(visit(test, id, {}, test.as('regulator'))), ['forbidden'])
  t.same(await codesOf(visit(test, '01958d5e-0000-7000-8000-000000000000')), ['not_found'])
  const [open] = (await obligationsOf(test.registry.db, { certificateId: id })).filter(
    ({ duty, metOn }) => duty === 'surveillance' && metOn === null,
  )
  const receipt = receiptInput.parse({ reportedOn: '2026-11-20' })
  t.same(await codesOf(recordReceipt(test.registry, test.as('member'), open?.id ?? '', receipt, undefined)), [
    'visit_expected',
  ])
  t.same(await countRows(test.registry), before)
  for (const wrong of [{ outcome: 'corrections_due' }, { correctionsDueOn: '2027-01-01' }, { outcome: 'perfect' }])
    t.notOk(visitInput.safeParse({ outcome: 'conforming', visitedOn: '2026-11-20', summary: 'x', ...wrong }).success)
})

story('a body without approval makes no visits', async (test, t) => {
  const id = await issued(test)
  await recordRevocation(test.registry, test.as('regulator'), test.memberIds.a, {
    revokedOn: plainDate('2026-11-20'),
    ground: '示例',
  })
  t.same(await refusalsOf(visit(test, id)), ['approval_revoked@visitedOn'])
  t.ok(await visit(test, id, { visitedOn: '2026-11-19' }), 'what was before that day is recorded')
})

story('of two visits of one day at once one is recorded, and a key answers as before', async (test, t) => {
  const id = await issued(test)
  const { done, refused } = await race([visit(test, id), visit(test, id), visit(test, id)])
  t.equal(done.length, 1)
  t.same(refused, [['visit_recorded'], ['visit_recorded']])
  const other = await issued(test, '2')
  const keyed = await race(['k', 'k', 'k'].map((key) => visit(test, other, {}, test.as('member'), key)))
  t.equal(new Set(keyed.done.map(({ id }) => id)).size, 1)
  t.equal((await surveillances(test, other)).length, 2)
})

story('suggestions are of valid certificates only, the oldest ground first, and suspend nobody', async (test, t) => {
  const [overdue, bad, late, good] = [
    await issued(test, '1'),
    await issued(test, '2'),
    await issued(test, '3'),
    await issued(test, '4'),
  ]
  await visit(test, bad, { outcome: 'nonconforming' })
  await visit(test, late, { outcome: 'corrections_due', correctionsDueOn: '2026-12-01' })
  await visit(test, good)
  t.same(
    (await suggested(test)).map(({ ground, certificateId }) => [ground, certificateId]),
    [['nonconforming', bad]],
  )
  seconds(test, '2027-11-17')
  const rows = await suggested(test)
  t.same(
    rows.map(({ ground, certificateId, since, reasonCode }) => [ground, certificateId, since, reasonCode]),
    [
      ['nonconforming', bad, '2026-11-20', 'nonconformity'],
      ['corrections_overdue', late, '2026-12-01', 'nonconformity'],
      ['visit_overdue', overdue, '2027-11-16', 'surveillance_missed'],
    ],
  )
  t.same(rows[0]?.groundName, { zh: '最近一次监督不符合要求', en: 'the latest visit found requirements not met' })
  t.equal((await countAskedSuggestions(test.registry, test.as('secretariat'), suggestionsQuery.parse({}))).count, 3)
  const pages = await suggestSuspensions(test.registry, test.as('member'), suggestionsQuery.parse({ limit: 2 }))
  const [last] = await suggested(test, { limit: 2, cursor: pages.nextCursor }, test.as('member'))
  t.equal(last?.certificateId, overdue, 'page by page')
  t.same(await suggested(test, {}, test.as('member', 'b')), [], 'a member sees its own')
  t.same(await codesOf(suggested(test, {}, test.as('city_office'))), ['forbidden'])

  await visit(test, late, { visitedOn: '2027-11-17' })
  const { ground: _, ...suspend } = {
    ground: 0,
    action: 'suspend',
    on: '2027-11-17',
    untilOn: '2028-02-17',
    reasonCode: 'surveillance_missed',
  }
  await takeAction(test.registry, test.as('member'), overdue, actionInput.parse(suspend), undefined)
  t.same(
    (await suggested(test)).map(({ certificateId }) => certificateId),
    [bad],
    'seen to, or suspended',
  )
})

story('the list of suggestions says on any day what the rule says', async (test, t) => {
  const ids = await Promise.all(['1', '2', '3', '4', '5'].map((name) => issued(test, name)))
  const visits = fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.constantFrom(...visitOutcomes), fc.nat(90)), {
    minLength: 1,
    maxLength: 4,
  })
  for (const [at, id] of ids.entries()) {
    const [drawn = []] = fc.sample(visits, { numRuns: 1, seed: 7 + at })
    for (const [days, outcome, until] of drawn.toSorted(([a], [b]) => a - b)) {
      const visitedOn = addDays(plainDate('2026-11-17'), days)
      seconds(test, visitedOn)
      const corrections = outcome === 'corrections_due' ? { correctionsDueOn: addDays(visitedOn, until) } : {}
      await visit(test, id, { visitedOn, outcome, evidence: '示例', ...corrections }).catch(() => undefined)
    }
  }
  for (let n = 0; n <= 1000; n += 50) {
    const on = addDays(plainDate('2026-11-17'), n)
    const listed = (await suggested(test, { on })).map((row) => `${row.certificateId} ${row.ground} ${row.since}`)
    const expected = await Promise.all(ids.map((id) => byRule(test, id, on)))
    t.same(listed.sort(), expected.flat().sort(), on)
  }
})

/** What the rule says of a certificate, from its rows: what was met later was open on the day. */
async function byRule(test: TestRegistry, id: string, on: PlainDate): Promise<string[]> {
  const { db } = test.registry
  const found = await findCertificate(db, id)
  if (!found || certificateStateOn({ ...found.certificate, suspensions: found.suspensions }, on) !== 'valid') return []
  const open = (await obligationsOf(db, { certificateId: id })).filter(
    ({ duty, metOn, eventOn }) => duty === 'surveillance' && eventOn <= on && (metOn === null || metOn > on),
  )
  const latest = (await visitsOf(db, id)).find(({ visitedOn }) => visitedOn <= on) ?? null
  return suspensionsSuggested(open[0]?.dueOn ?? null, latest, on).map(({ ground, since }) => `${id} ${ground} ${since}`)
}
