import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import t from 'tap'
import {
  type CertificateFacts,
  type CertificateState,
  certificateActions,
  certificateStateOn,
  certificateStates,
  legalMoves,
} from '../../src/domain/certificate.ts'
import { addDays, daysBetween, type PlainDate, plainDate } from '../../src/domain/plain-date.ts'
import { newId } from '../../src/ids.ts'
import { type Certificate, insertCertificate, insertSuspension } from '../../src/store/certificates.ts'
import { insertStanding } from '../../src/store/members.ts'
import { obligationsOf } from '../../src/store/obligations.ts'
import { type AcceptedTransfer, actionInput } from '../../src/usecases/certificates/action-input.ts'
import {
  certificatesQuery,
  readCertificate,
  readCertificates,
} from '../../src/usecases/certificates/read-certificates.ts'
import { actOn, takeAction } from '../../src/usecases/certificates/take-action.ts'
import { verifyCertificate } from '../../src/usecases/certificates/verify-certificate.ts'
import type { Context } from '../../src/usecases/context.ts'
import { recordVisit, visitInput } from '../../src/usecases/surveillance/record-visit.ts'
import {
  actionsOf,
  bodyOf,
  codesOf,
  countRows,
  posted,
  problemsOf,
  race,
  refusalsOf,
  storiesOn,
} from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import type { TestRegistry } from '../support/services.ts'

const unknownId = '01958d5e-0000-7000-8000-000000000000'

/** Friday 2026-11-20, ten o'clock in Shanghai. A certificate of bodyOf is issued on 2026-11-17. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

/** A transfer is what follows from the receiver's consent, the rest is asked for by the member itself. */
const act = async (
  test: TestRegistry,
  id: string,
  input: Record<string, unknown>,
  as: Context = test.as('member'),
  key?: string,
) =>
  input.action === 'transfer'
    ? { answer: await transfer(test, id, input as AcceptedTransfer), replayed: false }
    : takeAction(test.registry, as, id, actionInput.parse(input), key)
const transfer = (test: TestRegistry, id: string, accepted: AcceptedTransfer) =>
  test.registry.db.transaction((tx) => actOn(tx, test.registry, test.as('member', 'b'), null, id, accepted))
const acted = async (test: TestRegistry, id: string, input: Record<string, unknown>) =>
  (await act(test, id, input)).answer
const read = (test: TestRegistry, id: string, on?: string) =>
  readCertificate(test.registry, test.as('secretariat'), id, on === undefined ? undefined : plainDate(on))

async function issued(
  test: TestRegistry,
  name: string,
  changes: Record<string, unknown> = {},
  certificate: Record<string, unknown> = {},
) {
  const { certificate: made } = await posted(test, bodyOf(name, changes, certificate))
  if (!made) throw new Error('no certificate was issued')
  return made.id
}

/** Each action as it is asked for on a day; a transfer goes to member b under a new number. */
function wish(test: TestRegistry, action: string, on: string, name: string): Record<string, unknown> {
  const wishes: Record<string, Record<string, unknown>> = {
    restrict: { reasonCode: 'models_removed', changes: { product: { models: [`${name}-1`] } } },
    amend: { reasonCode: 'typing_error', changes: { requirements: `${name} 更正` } },
    suspend: { reasonCode: 'surveillance_missed', untilOn: '2027-05-20' },
    reinstate: { reasonCode: 'cause_removed' },
    withdraw: { reasonCode: 'fraud' },
    cancel: { reasonCode: 'holder_request' },
    transfer: { reasonCode: 'holder_choice', toMemberId: test.memberIds.b, newNumber: `YI-${name}` },
  }
  return { action, on, ...wishes[action] }
}
const soloActions = certificateActions.filter((action) => action !== 'supplement' && action !== 'renew')

const dutiesOf = async (test: TestRegistry, certificateId: string) =>
  (await obligationsOf(test.registry.db, { certificateId }))
    .filter(({ duty }) => !['report_to_cnca', 'feed_back'].includes(duty))
    .map(({ duty, dueOn, metOn, waivedOn }) => `${duty} ${dueOn}${metOn ? ' met' : ''}${waivedOn ? ' waived' : ''}`)
    .sort()

// ---- Each action and what it does (R3, R4)

story('a restriction and an amendment change what is named and keep every version', async (test, t) => {
  const id = await issued(
    test,
    '1',
    {},
    { product: { name: '示例数控车床', models: ['SL-100', 'SL-200'], trademark: '示例' } },
  )
  const { certificate, obligations } = await acted(test, id, {
    action: 'restrict',
    on: '2026-11-18',
    reasonCode: 'models_removed',
    changes: { product: { models: ['SL-100'] } },
  })
  t.match(certificate, { version: 2, state: 'valid', content: { product: { models: ['SL-100'], trademark: '示例' } } })
  t.same(obligations, [], 'neither changes the standing at the regulator')
  test.clock.set('2026-11-20T03:00:00Z')
  const amended = await acted(test, id, {
    action: 'amend',
    on: '2026-11-19',
    reasonCode: 'holder_renamed',
    changes: {
      client: { name: '示例精密机械集团有限公司' },
      standards: ['GB/T 9704-2012'],
      factory: { address: '示例路 1 号' },
    },
  })
  t.match(amended.certificate, {
    version: 3,
    holderName: '示例精密机械集团有限公司',
    content: { standards: ['GB/T 9704-2012'], factory: { address: '示例路 1 号' }, product: { models: ['SL-100'] } },
  })
  const kept = await read(test, id)
  t.same(
    kept.earlierVersions.map(({ version, cause, content, recordedAt, supersededAt }) => [
      version,
      cause,
      content.product.models,
      content.client.name,
      `${recordedAt.toISOString()} to ${supersededAt.toISOString()}`,
    ]),
    [
      [
        1,
        'restrict',
        ['SL-100', 'SL-200'],
        '示例精密机械有限公司',
        '2026-11-20T02:00:00.000Z to 2026-11-20T02:00:00.000Z',
      ],
      [2, 'amend', ['SL-100'], '示例精密机械有限公司', '2026-11-20T02:00:00.000Z to 2026-11-20T03:00:00.000Z'],
    ],
  )
  t.same(
    kept.events.map(({ action, onDay, reasonCode }) => [action, onDay, reasonCode]),
    [
      ['restrict', '2026-11-18', 'models_removed'],
      ['amend', '2026-11-19', 'holder_renamed'],
    ],
  )
  const before = await countRows(test.registry)
  for (const changes of [{}, { client: { name: '示例精密机械集团有限公司' } }, { product: { models: ['SL-100'] } }]) {
    const input = { action: 'amend', on: '2026-11-19', reasonCode: 'typing_error', changes }
    t.same(await refusalsOf(act(test, id, input)), ['nothing_changes@changes'], JSON.stringify(changes))
  }
  t.same(await countRows(test.registry), before)
})

story(
  'a suspension is reported, asks for a decision by its end, and a reinstatement is that decision',
  async (test, t) => {
    const id = await issued(test, '1')
    const { certificate, obligations } = await acted(test, id, wish(test, 'suspend', '2026-11-18', '1'))
    t.equal(certificate.state, 'suspended')
    t.same(certificate.suspensions, [{ fromOn: '2026-11-18', untilOn: '2027-05-20', liftedOn: null }])
    t.same(obligations.map(({ duty, dueOn, state }) => `${duty} ${dueOn} ${state}`).sort(), [
      'decide_suspension 2027-05-20 open',
      'report_status_change 2026-11-27 open',
    ])
    t.same(certificate.actionsAllowed, legalMoves.suspended)
    t.equal((await read(test, id, '2026-11-17')).state, 'valid', 'the day before it was valid')

    test.clock.set('2026-11-24T02:00:00Z')
    const reinstated = await acted(test, id, wish(test, 'reinstate', '2026-11-23', '1'))
    t.equal(reinstated.certificate.state, 'valid')
    t.same(await dutiesOf(test, id), [
      'decide_suspension 2027-05-20 met',
      'report_status_change 2026-11-27',
      'report_status_change 2026-12-02',
      'surveillance 2027-11-16',
    ])
    t.equal((await read(test, id, '2026-11-22')).state, 'suspended')
    t.same(await actionsOf(test.registry, 'certificate', id), [
      'certificate.issued',
      'certificate.suspend',
      'certificate.reinstate',
    ])
    const again = await acted(test, id, wish(test, 'suspend', '2026-11-24', '1'))
    t.equal(again.certificate.suspensions.length, 2, 'and it may be suspended again')
  },
)

story(
  'a withdrawal and a cancellation end a certificate from their day and waive its surveillance',
  async (test, t) => {
    for (const [action, state] of [
      ['withdraw', 'withdrawn'],
      ['cancel', 'cancelled'],
    ] as const) {
      const id = await issued(test, action)
      const { certificate, obligations } = await acted(test, id, wish(test, action, '2026-11-19', action))
      t.match(certificate, { state, endedOn: '2026-11-19', endedAs: state, actionsAllowed: [] })
      t.same(
        obligations.map(({ duty, dueOn }) => `${duty} ${dueOn}`),
        ['report_status_change 2026-11-30'],
      )
      t.same(await dutiesOf(test, id), ['report_status_change 2026-11-30', 'surveillance 2027-11-16 waived'])
      t.equal((await read(test, id, '2026-11-18')).state, 'valid', 'the day before it was valid')
    }
  },
)

story('ending a suspended certificate lifts the suspension and is the decision on it', async (test, t) => {
  const id = await issued(test, '1')
  await acted(test, id, wish(test, 'suspend', '2026-11-18', '1'))
  const { certificate } = await acted(test, id, wish(test, 'withdraw', '2026-11-20', '1'))
  t.match(certificate, { state: 'withdrawn', suspensions: [{ fromOn: '2026-11-18', liftedOn: '2026-11-20' }] })
  t.same(await dutiesOf(test, id), [
    'decide_suspension 2027-05-20 met',
    'report_status_change 2026-11-27',
    'report_status_change 2026-12-01',
    'surveillance 2027-11-16 waived',
  ])
})

story('a transfer cancels the old certificate; the new one is linked and keeps the old end', async (test, t) => {
  const id = await issued(test, '1')
  const { certificate, successor, obligations } = await acted(test, id, wish(test, 'transfer', '2026-11-19', '1'))
  t.match(certificate, { state: 'cancelled', endedOn: '2026-11-19', endedReason: 'transferred' })
  t.match(successor, {
    memberId: test.memberIds.b,
    number: 'YI-1',
    state: 'valid',
    transferredFromId: id,
    renewsId: null,
    issuedOn: '2026-11-19',
    validFrom: '2026-11-19',
    validUntil: '2029-11-16',
    version: 1,
    origin: 'transferred',
    content: { numberAsPrinted: 'YI-1', issuingBody: '示例乙认证中心', product: { name: '示例数控车床' } },
  })
  t.same(
    obligations.map(({ duty, memberId, dueOn }) => [duty, memberId === test.memberIds.a ? 'a' : 'b', dueOn]).sort(),
    [
      ['report_status_change', 'a', '2026-11-30'],
      ['report_status_change', 'b', '2026-11-30'],
      ['surveillance', 'b', '2027-11-16'],
    ],
    'both report it, and surveillance goes on at the receiver',
  )
  t.same(await dutiesOf(test, id), ['report_status_change 2026-11-30', 'surveillance 2027-11-16 waived'])
  const { events } = await read(test, id)
  t.same(
    events.map(({ action, toCertificateId }) => [action, toCertificateId]),
    [['transfer', successor?.id]],
  )

  const short = await issued(test, 'short')
  await test.registry.db.execute(sql`update certificates set valid_until = '2027-11-01' where id = ${short}`)
  const passed = await act(test, short, { ...wish(test, 'transfer', '2026-11-19', '9'), newNumber: 'YI-9' })
  t.same(
    passed.answer.obligations.map(({ duty }) => duty),
    ['report_status_change', 'report_status_change'],
    'what ends before its next visit is due owes none',
  )
  const other = await issued(test, '2')
  t.same(
    await refusalsOf(act(test, other, { ...wish(test, 'transfer', '2026-11-19', '2'), newNumber: 'yi-1' })),
    ['certificate_number_used@newNumber'],
    'under a number that the receiver has used',
  )
  const back = { ...wish(test, 'transfer', '2026-11-20', '3'), toMemberId: test.memberIds.a }
  t.same(await refusalsOf(act(test, successor?.id ?? '', back)), ['transfer_circular@toMemberId'], 'never in a circle')
  // As a measure does it.
  await insertStanding(test.registry.db, {
    id: newId(test.clock.now()),
    memberId: test.memberIds.b,
    standing: 'suspended',
    fromOn: plainDate('2026-11-20'),
    reason: '示例',
    decidedBy: '示例',
    recordedAt: test.clock.now(),
    recordedBy: 'test',
  })
  const before = await countRows(test.registry)
  const table: [story: string, changes: Record<string, unknown>, problems: string[]][] = [
    ['to the same member', { toMemberId: test.memberIds.a }, ['transfer_to_self@toMemberId']],
    ['to no such member', { toMemberId: unknownId }, ['not_found@toMemberId']],
    ['to a member that may not issue on that day', { on: '2026-11-20' }, ['member_may_not_issue@toMemberId']],
    ['as of a day on which it still might', { on: '2026-11-19' }, ['member_may_not_issue@toMemberId']],
  ]
  for (const [story, changes, problems] of table) {
    t.same(
      await refusalsOf(act(test, other, { ...wish(test, 'transfer', '2026-11-19', '2'), ...changes })),
      problems,
      story,
    )
  }
  const asked = actionInput.safeParse(wish(test, 'transfer', '2026-11-19', '2'))
  t.notOk(asked.success, 'nobody asks for it as an action: it needs the receiver’s consent')
  t.same(await countRows(test.registry), before)
})

// ---- Moves (R4)

/** A new certificate in each state on 2026-11-20. */
async function inState(test: TestRegistry, state: CertificateState, name: string): Promise<string> {
  if (state === 'not_yet_valid') return issued(test, name, {}, { validFrom: '2026-12-01' })
  if (state === 'expired') {
    return issued(test, name, { decidedOn: '2025-01-02' }, { issuedOn: '2025-01-02', validUntil: '2026-11-19' })
  }
  const id = await issued(test, name)
  if (state === 'suspended') await act(test, id, wish(test, 'suspend', '2026-11-19', name))
  if (state === 'withdrawn') await act(test, id, wish(test, 'withdraw', '2026-11-19', name))
  if (state === 'cancelled') await act(test, id, wish(test, 'cancel', '2026-11-19', name))
  return id
}

story('from every state the legal actions are taken and the others refused, with nothing written', async (test, t) => {
  for (const state of certificateStates) {
    const untouched = await inState(test, state, `${state}-x`)
    t.equal((await read(test, untouched)).state, state)
    for (const action of soloActions) {
      const name = `${state}-${action}`
      if (legalMoves[state].includes(action)) {
        const { certificate } = await acted(
          test,
          await inState(test, state, name),
          wish(test, action, '2026-11-20', name),
        )
        t.ok(certificate.id, `${action} from ${state} is taken`)
        continue
      }
      const before = await countRows(test.registry)
      t.same(
        await refusalsOf(act(test, untouched, wish(test, action, '2026-11-20', name))),
        ['move_not_allowed@action'],
        `${action} from ${state} is refused`,
      )
      t.same(await countRows(test.registry), before)
    }
  }
})

story('the state that decides is the one on the day of the action', async (test, t) => {
  const expired = await issued(
    test,
    '1',
    { decidedOn: '2025-01-02' },
    { issuedOn: '2025-01-02', validUntil: '2026-11-19' },
  )
  t.same(await codesOf(act(test, expired, wish(test, 'suspend', '2026-11-20', '1'))), ['move_not_allowed'])
  t.same(
    await codesOf(act(test, expired, wish(test, 'suspend', '2026-11-19', '1'))),
    [],
    'on its last day it was valid',
  )
  t.equal((await read(test, expired)).state, 'expired', 'and expiry wins')
})

story('an action is refused for each of these reasons', async (test, t) => {
  const id = await issued(test, '1')
  const changed = await issued(test, '2')
  await act(test, changed, wish(test, 'amend', '2026-11-19', '2'))
  const table: [story: string, id: string, input: Record<string, unknown>, problems: string[]][] = [
    ['tomorrow', id, wish(test, 'withdraw', '2026-11-21', '1'), ['day_in_future@on']],
    ['a day before the latest change', changed, wish(test, 'withdraw', '2026-11-18', '2'), ['action_before_latest@on']],
    ['a day before the issue', id, wish(test, 'withdraw', '2026-11-16', '1'), ['action_before_validity@on']],
    [
      'a suspension of more than a year',
      id,
      { ...wish(test, 'suspend', '2026-11-20', '1'), untilOn: '2027-11-22' },
      ['span_too_long@untilOn'],
    ],
    [
      'a reason of another action',
      id,
      { ...wish(test, 'withdraw', '2026-11-20', '1'), reasonCode: 'models_added' },
      ['reason_code_unknown@reasonCode'],
    ],
    [
      'a suspension that ends before it begins',
      id,
      { ...wish(test, 'suspend', '2026-11-20', '1'), untilOn: '2026-11-19' },
      ['span_reversed@untilOn'],
    ],
    ['no such certificate', unknownId, wish(test, 'withdraw', '2026-11-20', '1'), ['not_found@id']],
    [
      'several at once',
      changed,
      { ...wish(test, 'reinstate', '2026-11-18', '2'), reasonCode: 'fraud' },
      ['action_before_latest@on', 'reason_code_unknown@reasonCode', 'move_not_allowed@action'],
    ],
  ]
  const before = await countRows(test.registry)
  for (const [story, certificateId, input, problems] of table) {
    t.same(await refusalsOf(act(test, certificateId, input)), problems, `${story}: ${problems.join(' and ')}`)
  }
  const withdraw = wish(test, 'withdraw', '2026-11-20', '1')
  t.same(await refusalsOf(act(test, id, withdraw, test.as('member', 'b'))), ['not_found@id'], 'another member')
  for (const role of ['regulator', 'administrator'] as const)
    t.same(await codesOf(act(test, id, withdraw, test.as(role))), ['forbidden'], role)
  t.same(await countRows(test.registry), before)
  const [illegal] = await problemsOf(act(test, id, wish(test, 'reinstate', '2026-11-20', '1')))
  t.same(
    illegal?.values,
    { state: ['有效', 'valid'], action: ['恢复', 'reinstate'] },
    'and an illegal move says which, in both languages',
  )
  t.same(await codesOf(act(test, id, withdraw, test.as('secretariat'))), [], 'the secretariat may act for a member')
})

// ---- At the same moment

story('an action under a key is taken once', async (test, t) => {
  const id = await issued(test, '1')
  const { done } = await race(
    Array.from({ length: 6 }, () => act(test, id, wish(test, 'suspend', '2026-11-20', '1'), test.as('member'), 'k-1')),
  )
  t.equal(done.length, 6)
  t.equal(new Set(done.map(({ answer }) => JSON.stringify(answer))).size, 1)
  t.equal(done.filter(({ replayed }) => !replayed).length, 1)
  t.equal((await countRows(test.registry)).suspensions, 1)
})

story('of two actions at once one is taken first, and the other is refused or follows legally', async (test, t) => {
  const pairs = [
    ['suspend', 'suspend'],
    ['suspend', 'withdraw'],
    ['withdraw', 'cancel'],
    ['transfer', 'suspend'],
    ['amend', 'withdraw'],
  ] as const
  for (const [first, second] of pairs) {
    for (let round = 1; round <= 3; round += 1) {
      const name = `${first}-${second}-${round}`
      const id = await issued(test, name)
      const { refused } = await race([
        act(test, id, wish(test, first, '2026-11-20', name)),
        act(test, id, wish(test, second, '2026-11-20', name)),
      ])
      t.ok(
        refused.every((codes) => codes.join() === 'move_not_allowed'),
        `${first} and ${second}: ${JSON.stringify(refused)}`,
      )
      const { events, suspensions } = await read(test, id)
      const taken = events.map(({ action }) => action)
      t.equal(taken.length + refused.length, 2, `${first} and ${second}: ${taken.join(', then ')}`)
      t.ok(suspensions.length <= 1, 'never suspended twice')
      t.ok(
        taken.filter((action) => ['withdraw', 'cancel', 'transfer'].includes(action)).length <= 1,
        'never ended twice',
      )
    }
  }
})

story('a withdrawal and a surveillance visit at once leave no surveillance open', async (test, t) => {
  for (let round = 1; round <= 8; round += 1) {
    const id = await issued(test, `${round}`)
    const visit = visitInput.parse({ outcome: 'conforming', visitedOn: '2026-11-20', summary: '示例' })
    const { refused } = await race<unknown>([
      recordVisit(test.registry, test.as('member'), id, visit, undefined),
      act(test, id, wish(test, 'withdraw', '2026-11-20', `${round}`)),
    ])
    t.ok(
      refused.every((codes) => codes.join() === 'visit_out_of_validity'),
      JSON.stringify(refused),
    )
    const open = (await dutiesOf(test, id)).filter((line) => /^surveillance [^ ]+$/.test(line))
    t.same(open, [])
  }
})

// ---- Lists

const today = plainDate('2026-11-20')
const anyDay = fc.integer({ min: -700, max: 700 }).map((n) => addDays(today, n))
const anySuspension = fc.tuple(fc.nat(600), fc.nat(200), fc.nat(300))
const anyFacts = fc
  .tuple(
    anyDay,
    fc.nat(900),
    fc.option(
      fc.tuple(fc.integer({ min: -50, max: 900 }), fc.constantFrom('withdrawn' as const, 'cancelled' as const)),
      { nil: null },
    ),
    fc.array(anySuspension, { maxLength: 2 }),
    fc.boolean(),
  )
  .map(
    ([validFrom, length, end, suspended, isStanding]): CertificateFacts => ({
      validFrom,
      validUntil: addDays(validFrom, length),
      endedOn: end ? addDays(validFrom, end[0]) : null,
      endedAs: end ? end[1] : null,
      suspensions: suspended.map(([start, ordered, lifted], index) => ({
        fromOn: addDays(validFrom, start),
        untilOn: addDays(validFrom, start + ordered),
        liftedOn: isStanding && index === 0 ? null : addDays(validFrom, start + lifted),
      })),
    }),
  )

/** A certificate with these days, in all else like the template. */
async function insertFacts(
  test: TestRegistry,
  { enterpriseId, content }: Pick<Certificate, 'enterpriseId' | 'content'>,
  facts: CertificateFacts,
  number: string,
): Promise<string> {
  const at = test.clock.now()
  const { suspensions, ...days } = facts
  const id = newId(at)
  await insertCertificate(test.registry.db, {
    ...days,
    id,
    schemeCode: 'jiangsu-premium',
    memberId: test.memberIds.a,
    enterpriseId,
    number,
    holderName: '示例',
    productName: '示例',
    family: 'manufacturing',
    cityCode: '320100',
    content,
    version: 1,
    origin: 'historical',
    recordedAt: at,
    versionRecordedAt: at,
  })
  for (const suspension of suspensions) {
    await insertSuspension(test.registry.db, {
      ...suspension,
      id: newId(at),
      certificateId: id,
      reasonCode: 'other',
      recordedAt: at,
    })
  }
  return id
}

story(
  'the state filter of the list is the state of the domain, for random certificates on random days',
  async (test, t) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const template = await read(test, await issued(test, 'template'))
    const known = new Map<string, CertificateFacts>()
    for (const [index, facts] of fc.sample(anyFacts, { numRuns: 200, seed }).entries()) {
      known.set(await insertFacts(test, template, facts, `N-${index}`), facts)
    }
    const listed = async (query: Record<string, unknown>) => {
      const { items } = await readCertificates(
        test.registry,
        test.as('secretariat'),
        certificatesQuery.parse({ limit: 500, ...query }),
      )
      return items.filter(({ id }) => known.has(id))
    }
    const met = new Set<CertificateState>()
    for (const on of [today, ...edgesOf([...known.values()].slice(0, 4)), ...fc.sample(anyDay, { numRuns: 6, seed })]) {
      const all = await listed({ on })
      t.ok(
        all.every(({ id, state }) => state === certificateStateOn(known.get(id) as CertificateFacts, on)),
        `the states shown on ${on} are those of the domain (seed ${seed})`,
      )
      for (const state of certificateStates) {
        const expected = [...known].filter(([, facts]) => certificateStateOn(facts, on) === state).map(([id]) => id)
        if (expected.length > 0) met.add(state)
        t.same(
          (await listed({ on, state })).map(({ id }) => id).sort(),
          expected.sort(),
          `${state} on ${on}: ${expected.length} (seed ${seed})`,
        )
      }
    }
    t.same([...met].sort(), [...certificateStates].sort(), 'every state was met')
    for (const days of [0, 30, 365]) {
      const expected = [...known]
        .filter(([, facts]) => ['valid', 'suspended'].includes(certificateStateOn(facts, today)))
        .filter(([, facts]) => daysBetween(today, facts.validUntil) <= days)
        .map(([id]) => id)
      t.same(
        (await listed({ expiringWithinDays: days })).map(({ id }) => id).sort(),
        expected.sort(),
        `expiring within ${days} days (seed ${seed})`,
      )
    }
  },
)

/** The days on which something changes, and those around them. */
function edgesOf(all: readonly CertificateFacts[]): PlainDate[] {
  return all.flatMap(({ validFrom, validUntil, endedOn, suspensions }) => [
    addDays(validFrom, -1),
    validFrom,
    validUntil,
    addDays(validUntil, 1),
    ...(endedOn ? [endedOn] : []),
    ...suspensions.flatMap(({ fromOn, liftedOn }) => [fromOn, ...(liftedOn ? [liftedOn] : [])]),
  ])
}

story('certificates are listed by their last day, filtered, and seen by those who may', async (test, t) => {
  const first = await issued(test, '1', {}, { validUntil: '2029-01-01' })
  const second = await issued(test, '2', { family: 'services', industryCode: '6110' }, { validUntil: '2028-01-01' })
  const foreign = await issuedBy(test, 'b', '1')
  const list = async (query: Record<string, unknown>, as: Context = test.as('secretariat')) =>
    (await readCertificates(test.registry, as, certificatesQuery.parse(query))).items.map(({ id }) => id)
  t.same(await list({}), [second, first, foreign])
  t.same(await list({ number: ' sl—1' }), [first, foreign], 'a number in any spelling, at any member')
  t.same(await list({ family: 'services' }), [second])
  t.same(await list({ cityCode: '320100' }), [second, first, foreign])
  t.same(await list({ cityCode: '320500' }), [])
  t.same(await list({ scheme: 'unknown' }), [])
  t.same(await list({ memberId: test.memberIds.b }), [foreign])
  t.same(await list({ enterpriseId: unknownId }), [])
  t.same(await list({}, test.as('member')), [second, first], 'a member sees its own')
  t.same(await refusalsOf(list({ memberId: test.memberIds.b }, test.as('member'))), ['not_found@memberId'])
  t.same(await codesOf(list({}, test.as('administrator'))), ['forbidden'])
  t.same(await refusalsOf(readCertificate(test.registry, test.as('member'), foreign)), ['not_found@id'])
  t.same(await refusalsOf(readCertificate(test.registry, test.as('secretariat'), unknownId)), ['not_found@id'])

  const page = await readCertificates(test.registry, test.as('regulator'), certificatesQuery.parse({ limit: 2 }))
  t.same(
    page.items.map(({ id }) => id),
    [second, first],
  )
  t.same(await list({ limit: 2, cursor: page.nextCursor }), [foreign])
  t.same(await codesOf(list({ cursor: 'garbage' })), ['cursor_invalid'])
})

async function issuedBy(test: TestRegistry, member: 'b', name: string): Promise<string> {
  const { certificate } = await posted(test, bodyOf(name), test.as('member', member))
  return certificate?.id ?? ''
}

// ---- Verification (R4)

story('a stranger learns whether a certificate is valid on a day, and if not since when and why', async (test, t) => {
  for (const state of certificateStates) await inState(test, state, state)
  type Row = [state: CertificateState, outcome: string, since: string | null, reason: string | null]
  const table: Row[] = [
    ['valid', 'valid', null, null],
    ['not_yet_valid', 'not_valid', '2026-12-01', null],
    ['suspended', 'not_valid', '2026-11-19', 'surveillance_missed'],
    ['withdrawn', 'not_valid', '2026-11-19', 'fraud'],
    ['cancelled', 'not_valid', '2026-11-19', 'holder_request'],
    ['expired', 'not_valid', '2026-11-20', null],
  ]
  for (const [state, outcome, since, reason] of table) {
    const answer = await verifyCertificate(test.registry, { number: `sl－${state}`, member: undefined, on: today })
    const [found] = answer.certificates
    t.match(answer, { outcome, on: '2026-11-20', fault: null }, `${state} is ${outcome}`)
    t.equal(answer.certificates.length, 1)
    t.match(found, {
      state,
      since,
      holder: '示例精密机械有限公司',
      product: '示例数控车床',
      numberAsPrinted: `SL-${state}`,
    })
    t.equal(found?.reason?.code ?? null, reason, `${state} for the reason ${reason ?? 'none'}`)
    t.match(found?.stateName.zh, /^\p{sc=Han}+$/u)
    t.match(found?.member, { name: '示例甲认证中心', approvalNumber: 'CNCA-R-2099-901' })
  }
  const before = await verifyCertificate(test.registry, {
    number: 'SL-withdrawn',
    member: undefined,
    on: plainDate('2026-11-18'),
  })
  t.equal(before.outcome, 'valid', 'asked for the day before, it was valid')
})

story(
  'a number that was never issued, one that can’t be one, and one that several issued are told apart',
  async (test, t) => {
    await issued(test, '1')
    await posted(test, bodyOf('1'), test.as('member', 'b'))
    const verify = (number: string, member?: string) => verifyCertificate(test.registry, { number, member, on: today })
    const table: [story: string, number: string, member: string | undefined, outcome: string, bodies: string[]][] = [
      ['at both members', 'SL-1', undefined, 'valid', ['示例甲认证中心', '示例乙认证中心']],
      ['by approval number', 'SL-1', 'CNCA-R-2099-902', 'valid', ['示例乙认证中心']],
      ['by approval number, however it is written', 'SL-1', ' cnca－r－2099－902', 'valid', ['示例乙认证中心']],
      ['by the member’s id', 'SL-1', test.memberIds.a, 'valid', ['示例甲认证中心']],
      ['at another member', 'SL-1', 'CNCA-R-2099-999', 'never_issued', []],
      ['at nobody', 'SL-1', 'nobody', 'never_issued', []],
      ['never issued', 'SL-2', undefined, 'never_issued', []],
    ]
    for (const [story, number, member, outcome, bodies] of table) {
      const answer = await verify(number, member)
      t.equal(answer.outcome, outcome, `${story}: ${outcome}`)
      t.same(answer.certificates.map((found) => found.member.name).sort(), bodies.toSorted())
    }
    const malformed: [number: string, code: string, values: Record<string, unknown>][] = [
      ['', 'certificate_number_empty', {}],
      [' \u200b ', 'certificate_number_empty', {}],
      ['--', 'certificate_number_empty', {}],
      ['X'.repeat(65), 'certificate_number_too_long', {}],
      ['SL*1', 'certificate_number_character', { character: '*', position: 3 }],
      ["SL'; drop table", 'certificate_number_character', { character: "'", position: 3 }],
      ['SL\u00001', 'certificate_number_character', { position: 3 }],
    ]
    for (const [number, code, values] of malformed) {
      t.match(
        await verify(number),
        { outcome: 'malformed', certificates: [], fault: { code, values } },
        JSON.stringify(number.slice(0, 20)),
      )
    }
    t.equal((await verify('X'.repeat(64))).outcome, 'never_issued', '64 characters are a number')
  },
)

story('of several with one number the valid one stands first', async (test, t) => {
  await inState(test, 'withdrawn', '1')
  const next = bodyOf(
    '1',
    { memberReference: 'R-2', decidedOn: '2026-11-20' },
    { issuedOn: '2026-11-20', validUntil: '2029-11-16' },
  )
  await posted(test, next)
  const { outcome, certificates } = await verifyCertificate(test.registry, {
    number: 'SL-1',
    member: undefined,
    on: today,
  })
  t.equal(outcome, 'valid')
  t.same(
    certificates.map(({ state }) => state),
    ['valid', 'withdrawn'],
  )
})
