import type { InjectOptions } from 'fastify'
import t from 'tap'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { startTestServer } from '../support/databases.ts'
import { newService } from '../support/services.ts'

/** The assignment desk as a machine asks it (N3, R7). */
const server = await startTestServer()
const service = await newService(server, '2026-11-20T02:00:00Z')
t.teardown(async () => {
  await service.close()
  await server.stop()
})
const { app, memberIds } = service
const secretariat = await service.bearer('secretariat')
const member = await service.bearer('member', 'a')

async function ask(method: 'GET' | 'POST', url: string, payload?: object, headers = secretariat) {
  const options: InjectOptions = { method, url, headers, ...(payload ? { payload } : {}) }
  const answer = await app.inject(options)
  return { status: answer.statusCode, body: answer.json() }
}

const firm = (n: number) => ({
  creditCode: makeCreditCode('91', '320500', `MA0X${String(n).padStart(4, '0')}`),
  name: `示例企业${n}`,
  cityCode: '320500',
})
const aCase = (n: number, changes: object = {}) => ({
  enterprise: firm(n),
  kind: 'product',
  productName: `示例产品${n}`,
  family: 'manufacturing',
  industryCode: '3411',
  standards: ['Q/EXAMPLE 001-2026'],
  ...changes,
})

t.test('a batch goes from its list to assignments, each step with what it rests on', async (t) => {
  const chosen = { ownChoice: { memberId: memberIds.b, proof: '企业来函' } }
  const recorded = await ask('POST', '/v1/batches', { name: '示例名单', cases: [aCase(1), aCase(2), aCase(3, chosen)] })
  t.match(recorded, { status: 201, body: { cases: 3, recordedOn: '2026-11-20' } })
  const batch = `/v1/batches/${recorded.body.id}`
  const proposal = await ask('POST', `${batch}/proposals`, { seed: '2026' })
  t.match(proposal, { status: 201, body: { number: 1, cases: 3, placed: 3, gap: 0, status: 'optimal', seed: '2026' } })
  t.match(proposal.body.inputHash, /^[0-9a-f]{64}$/)
  t.equal(proposal.body.shares, undefined, 'shares are asked of the proposal itself')

  const lines = await ask('GET', `${batch}/proposals/${proposal.body.id}/lines?limit=2`)
  t.match(lines.body.items, [
    { place: 0, ground: { zh: /\p{Script=Han}/u, en: /[a-z]/, eligible: 2, kilometres: null }, changes: [] },
    { place: 1 },
  ])
  const cursor = encodeURIComponent(lines.body.nextCursor)
  const rest = await ask('GET', `${batch}/proposals/${proposal.body.id}/lines?limit=2&cursor=${cursor}`)
  t.match(rest.body, {
    items: [{ place: 2, memberId: memberIds.b, ground: { code: 'own_choice' } }],
    nextCursor: null,
  })
  const first = lines.body.items[0]
  const other = first.memberId === memberIds.a ? memberIds.b : memberIds.a
  const change = { caseId: first.caseId, memberId: other, reason: '示例理由' }
  t.match(await ask('POST', `${batch}/proposals/${proposal.body.id}/changes`, change), {
    status: 201,
    body: { memberId: other, proposedMemberId: first.memberId, changes: [{ reason: '示例理由' }] },
  })
  const detail = await ask('GET', `${batch}/proposals/${proposal.body.id}`)
  t.match(detail.body, { shares: [{ expected: 1 }, { expected: 1 }], scarce: [] })
  t.match(await ask('POST', `${batch}/issue`, { proposalId: proposal.body.id }), {
    status: 201,
    body: { assignments: 3, issuedOn: '2026-11-20' },
  })
  t.match(await ask('POST', `${batch}/issue`, { proposalId: proposal.body.id }), {
    status: 409,
    body: { code: 'batch_issued' },
  })
  t.match((await ask('GET', batch)).body, { cases: 3, issue: { assignments: 3 }, proposals: [{ number: 1 }] })
  t.match((await ask('GET', '/v1/batches')).body.items, [{ issue: { assignments: 3 } }])
  const ledger = await ask('GET', '/v1/assignments/ledger?limit=1')
  const next = await ask('GET', `/v1/assignments/ledger?limit=1&cursor=${encodeURIComponent(ledger.body.nextCursor)}`)
  t.equal(next.body.nextCursor, null)
  const listed = [...ledger.body.items, ...next.body.items]
  t.match(of(listed, memberIds.a), { expected: 1, selfSelected: 0 })
  t.match(of(listed, memberIds.b), { expected: 1, selfSelected: 1 })
})

/** Bodies stand in the order of their names, which is the database's own. */
function of(items: readonly { readonly memberId: string }[], memberId: string) {
  return items.find((item) => item.memberId === memberId)
}

t.test('eligibility says every reason in both languages', async (t) => {
  const given = { memberId: memberIds.a, mode: 'secretariat_assigned', assignedOn: '2026-11-20' }
  const { enterpriseId } = (await ask('POST', '/v1/assignments', { ...aCase(7), ...given })).body
  const declared = { enterpriseId, kind: 'personnel', declaredBy: '示例', fromOn: '2026-01-01' }
  const conflict = await ask('POST', '/v1/conflicts-of-interest', declared, member)
  t.match(conflict, { status: 201, body: { memberId: memberIds.a, untilOn: null } })
  t.match(await ask('POST', '/v1/capacities', { memberId: memberIds.a, year: 2027, cases: 0, statedBy: '示例' }), {
    status: 201,
    body: { family: null, cases: 0 },
  })
  const asked = `/v1/assignments/eligibility?family=manufacturing&on=2027-01-01&enterpriseId=${enterpriseId}`
  const { body } = await ask('GET', asked)
  t.equal(body.items.length, 2)
  t.match(of(body.items, memberIds.a), {
    eligible: false,
    reasons: [
      { code: 'conflict_declared', zh: /利益冲突/, en: /conflict of interest/ },
      { code: 'capacity_used_up', zh: /2027/, en: /0 of 0/ },
    ],
  })
  t.match(of(body.items, memberIds.b), { eligible: true, reasons: [] })
  t.same(
    (await ask('GET', asked, undefined, member)).body.items.map(({ memberId }: { memberId: string }) => memberId),
    [memberIds.a],
  )
  const end = { untilOn: '2026-11-20', reason: '示例' }
  const url = `/v1/conflicts-of-interest/${conflict.body.id}/end`
  t.match(await ask('POST', url, end, member), { status: 403, body: { code: 'forbidden' } })
  t.match(await ask('POST', url, end), { status: 200, body: { untilOn: '2026-11-20' } })
  const listed = await ask('GET', '/v1/conflicts-of-interest?on=2026-11-21')
  t.same(listed.body.items, [], 'it is over on the day after its last')
  t.match((await ask('GET', '/v1/capacities?year=2027')).body.items, [{ cases: 0 }])
})

t.test('what can’t be read is refused with its place, and a foreign cursor as none', async (t) => {
  const table: [method: 'GET' | 'POST', url: string, payload: object | undefined, status: number, code: string][] = [
    ['GET', '/v1/assignments/eligibility', undefined, 400, 'field_missing'],
    ['GET', '/v1/assignments/eligibility?family=toys', undefined, 400, 'field_invalid'],
    ['GET', '/v1/assignments/ledger?cursor=x', undefined, 400, 'cursor_invalid'],
    ['GET', '/v1/batches?limit=501', undefined, 400, 'field_invalid'],
    ['GET', '/v1/capacities?year=1', undefined, 400, 'field_invalid'],
    ['POST', '/v1/batches', { name: 'x', cases: [] }, 400, 'field_invalid'],
    [
      'POST',
      '/v1/batches',
      { name: 'x', cases: [aCase(9, { ownChoice: { memberId: memberIds.a } })] },
      400,
      'field_missing',
    ],
    ['POST', '/v1/batches', { name: 'x', scheme: 'none', cases: [aCase(9)] }, 422, 'scheme_unknown'],
    ['POST', '/v1/capacities', { memberId: memberIds.a, year: 2026, cases: 1.5, statedBy: 'x' }, 400, 'field_invalid'],
  ]
  for (const [method, url, payload, status, code] of table)
    t.match(await ask(method, url, payload), { status, body: { code } }, `${method} ${url}`)
})
