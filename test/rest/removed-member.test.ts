import t from 'tap'
import { removed } from '../support/alliance.ts'
import { bodyOf, posted, transferred } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { askGraphql, problemsIn } from '../support/graphql.ts'
import { newService } from '../support/services.ts'

/** What a body that was removed on 2026-11-20 may still read and do, by either face (R4, R8). Its certificate moved to b. */
const server = await startTestServer()
const service = await newService(server, '2026-11-20T02:00:00Z')
t.teardown(async () => {
  await service.close()
  await server.stop()
})
const { app, memberIds } = service
const { certificate: moved, result, obligations } = await posted(service, bodyOf('moved'))
const { certificate: kept } = await posted(service, bodyOf('kept'))
await removed(service, 'a')
const successor = await transferred(service, moved?.id ?? '', 'b', 'YI-MOVED')
const [own, other] = [await service.bearer('member', 'a'), await service.bearer('member', 'b')]

const read = async (url: string, headers = own) => {
  const answer = await app.inject({ url, headers })
  return { status: answer.statusCode, body: answer.json(), text: answer.body }
}
const write = async (url: string, payload: object, headers = own) => {
  const key = { 'idempotency-key': `removed-${url}` }
  const answer = await app.inject({ method: 'POST', url, headers: { ...headers, ...key }, payload })
  return { status: answer.statusCode, code: answer.json().code }
}

t.test('it goes on to read what was its own', async (t) => {
  for (const url of [
    `/v1/members/${memberIds.a}`,
    `/v1/results/${result.id}`,
    `/v1/certificates/${moved?.id}`,
    `/v1/certificates/${kept?.id}`,
    `/v1/obligations/${obligations[0]?.id}`,
    `/v1/members/${memberIds.a}/left-certificates`,
  ])
    t.equal((await read(url)).status, 200, url)
  const list = await read('/v1/certificates')
  t.same(list.body.items.map(({ number }: { number: string }) => number).sort(), ['SL-KEPT', 'SL-MOVED'])
  const { data } = await askGraphql(app, own, '{ certificates { nodes { number state } } viewer { role } }')
  t.same(
    data.certificates.nodes.map((each: { number: string; state: string }) => `${each.number} ${each.state}`).sort(),
    ['SL-KEPT valid', 'SL-MOVED cancelled'],
  )
})

t.test('what another body made of its certificate is that body’s, and the other way round', async (t) => {
  const single = (id: string | undefined) => `{ certificate(id: "${id}") { number } }`
  for (const [headers, id] of [
    [own, successor],
    [other, moved?.id],
    [other, kept?.id],
  ] as const) {
    t.match(await read(`/v1/certificates/${id}`, headers), { status: 404, body: { code: 'not_found' } })
    const answer = await askGraphql(app, headers, single(id))
    t.same([answer.data, problemsIn(answer)], [{ certificate: null }, ['not_found@id']])
  }
  t.match(await read(`/v1/certificates/${successor}`, other), { status: 200, body: { number: 'YI-MOVED' } })
  for (const [headers, number] of [
    [own, 'YI-MOVED'],
    [other, 'SL-KEPT'],
  ] as const) {
    const list = await read(`/v1/certificates?number=${number}`, headers)
    t.same(list.body.items, [], number)
    const { data } = await askGraphql(app, headers, `{ certificates(number: "${number}") { nodes { id } } }`)
    t.same(data.certificates.nodes, [], number)
  }
})

t.test('it decides nothing any more, but goes on to report, to visit and to withdraw what it keeps', async (t) => {
  const post = bodyOf('late', { decidedOn: '2026-11-20' }, { issuedOn: '2026-11-20', validUntil: '2029-11-19' })
  t.match(await write('/v1/results', post), { status: 422, code: 'member_may_not_issue' })
  const refusal = {
    ...post,
    kind: 'refuse',
    certificate: undefined,
    productName: '示例',
    reasonCode: 'standard_not_met',
  }
  t.match(await write('/v1/results', { ...refusal, memberReference: 'R-refusal' }), {
    status: 422,
    code: 'member_may_not_decide',
  })
  const visit = { outcome: 'conforming', visitedOn: '2026-11-20', summary: '示例' }
  t.match(await write(`/v1/certificates/${kept?.id}/visits`, visit), { status: 201 })
  t.match(await write(`/v1/obligations/${obligations[0]?.id}/receipts`, { reportedOn: '2026-11-20' }), { status: 201 })
  const withdrawal = { action: 'withdraw', on: '2026-11-20', reasonCode: 'fraud' }
  t.match(await write(`/v1/certificates/${successor}/actions`, withdrawal), { status: 404 })
  t.match(await write(`/v1/certificates/${kept?.id}/actions`, withdrawal), { status: 201 })
})

t.test('a stranger is told what became of both', async (t) => {
  const verify = async (number: string) =>
    (await app.inject({ url: `/v1/verify?number=${number}` })).json().certificates
  t.match(await verify('SL-MOVED'), [{ state: 'cancelled', member: { leftOn: '2026-11-20' } }])
  t.match(await verify('YI-MOVED'), [{ state: 'valid', member: { leftOn: null } }])
})
