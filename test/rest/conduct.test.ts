import t from 'tap'
import { startTestServer } from '../support/databases.ts'
import { newService } from '../support/services.ts'

/** What a stranger with a complaint meets (R6, R8). */
const server = await startTestServer()
t.teardown(() => server.stop())
const service = await newService(server)
t.teardown(() => service.close())

let address = 0

/** Each from an address of its own, unless asked otherwise: the form is open to a few in a minute. */
function complain(payload: unknown, remoteAddress = `192.0.2.${++address}`) {
  return service.app.inject({ method: 'POST', url: '/v1/public/complaints', payload: payload as object, remoteAddress })
}

const complaint = { text: '示例：要求购买咨询。', memberNamed: '示例甲认证中心' }

t.test('a stranger complains, and reads how it stands', async (t) => {
  const answer = await complain(complaint)
  t.equal(answer.statusCode, 201)
  t.equal(answer.headers['cache-control'], 'no-store')
  const url = '/v1/public/complaints/state'
  const payload = { receipt: answer.json().receipt }
  const state = await service.app.inject({ method: 'POST', url, payload, remoteAddress: '192.0.2.200' })
  t.same(state.json(), { state: 'received', stateName: { zh: '已收到', en: 'received' }, receivedOn: '2026-11-20' })
})

t.test('whatever is wrong with it, a person is not shown back', async (t) => {
  const secret = '示例来信人'.repeat(30)
  for (const complainant of [{ name: secret }, { name: '示例', contact: secret + secret }, { name: [secret] }]) {
    const { statusCode, body } = await complain({ ...complaint, complainant })
    t.equal(statusCode, 400, JSON.stringify(complainant).slice(0, 30))
    t.notMatch(body, '示例来信人')
  }
  const card = await complain({ ...complaint, complainant: { name: '11010519491231002X' } })
  t.match(card.json(), { status: 422, code: 'identity_card_refused' })
  t.notMatch(card.body, '11010519491231002X')
  for (const payload of [
    '{',
    '[]',
    'null',
    { text: 'x' },
    { ...complaint, more: 1 },
    { ...complaint, text: 'a\u0000' },
  ])
    t.match((await complain(payload)).statusCode, /^(400|415)$/, JSON.stringify(payload))
})

t.test('an address has five complaints in a minute, and scripts of other sites have none', async (t) => {
  const statuses: number[] = []
  for (let n = 0; n < 6; n += 1) statuses.push((await complain(complaint, '198.51.100.7')).statusCode)
  t.same(statuses, [201, 201, 201, 201, 201, 429])
  const { headers } = await complain(complaint)
  t.equal(headers['access-control-allow-origin'], undefined)
})

t.test('a file is attached to a case by what stands in it, and comes back to be saved, not shown', async (t) => {
  const secretariat = await service.bearer('secretariat')
  const opened = await service.app.inject({
    method: 'POST',
    url: '/v1/conduct-cases',
    headers: secretariat,
    payload: { source: 'file_audit', memberId: service.memberIds.a, words: '示例', occurredOn: '2026-11-19' },
  })
  const url = `/v1/conduct-cases/${opened.json().id}/attachments`
  const attach = async (payload: Buffer | string, headers: Record<string, string> = secretariat, name = '示例.pdf') =>
    service.app.inject({
      method: 'POST',
      url: `${url}?fileName=${encodeURIComponent(name)}`,
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      payload,
    })
  const pdf = Buffer.from('%PDF-1.7 示例')
  const attached = await attach(pdf)
  t.match(attached.json(), { fileName: '示例.pdf', type: 'pdf', bytesTotal: pdf.length, sha256: /^[0-9a-f]{64}$/ })
  t.match((await attach(pdf)).json(), { status: 409, code: 'attachment_there' })
  t.match((await attach('<html>')).json(), { status: 415, code: 'attachment_type_refused' })
  t.match((await attach('')).json(), { status: 415 })
  const large = Buffer.alloc(10 * 1024 * 1024 + 1, 'x')
  t.match((await attach(large)).json(), { status: 413, code: 'body_too_large' })
  t.match((await attach('%PDF-1.7 b', await service.bearer('member', 'b'))).json(), { status: 404 })
  t.equal((await attach('%PDF-1.7 a', await service.bearer('member', 'a'))).statusCode, 201)
  const member = await service.bearer('member', 'a')
  const listed = async (headers: Record<string, string>) =>
    (await service.app.inject({ url, headers })).json().items.map((each: { fileName: string }) => each.fileName)
  t.same(await listed(member), ['示例.pdf'], 'what it attached itself: what an author sent in may say who that is')
  const hidden = await service.app.inject({ url: `/v1/attachments/${attached.json().id}`, headers: member })
  t.equal(hidden.statusCode, 404)
  const shared = await service.app.inject({
    method: 'POST',
    url: `${url}?fileName=shared.pdf&sharedWithMember=true`,
    headers: { ...secretariat, 'content-type': 'application/octet-stream' },
    payload: '%PDF-1.7 shared',
  })
  t.equal((await service.app.inject({ url: `/v1/attachments/${shared.json().id}`, headers: member })).statusCode, 200)
  for (let n = 2; n <= 20; n += 1) await attach(`%PDF-1.7 member ${n}`, member)
  t.match((await attach('%PDF-1.7 one more', member)).json(), { status: 409, code: 'attachments_limit' })
  for (let n = 3; n <= 20; n += 1) t.equal((await attach(`%PDF-1.7 ${n}`)).statusCode, 201, 'each side has its own')
  t.match((await attach('%PDF-1.7 more')).json(), { status: 409, code: 'attachments_limit' })
  t.equal((await listed(secretariat)).length, 40)
  const back = await service.app.inject({ url: `/v1/attachments/${attached.json().id}`, headers: secretariat })
  t.same(back.rawPayload, pdf)
  t.match(back.headers, {
    'content-type': /^application\/pdf/,
    'content-disposition': "attachment; filename*=UTF-8''%E7%A4%BA%E4%BE%8B.pdf",
    'x-content-type-options': 'nosniff',
  })
  const { exceljs } = await import('exceljs').then(({ default: exceljs }) => ({ exceljs }))
  const workbook = new exceljs.Workbook()
  workbook.addWorksheet('示例')
  const sheet = Buffer.from(await workbook.xlsx.writeBuffer())
  const other = await service.app.inject({
    method: 'POST',
    url: '/v1/conduct-cases',
    headers: secretariat,
    payload: { source: 'file_audit', memberId: service.memberIds.a, words: '示例', occurredOn: '2026-11-18' },
  })
  const second = `/v1/conduct-cases/${other.json().id}`
  const post = (address: string, payload: object | Buffer, headers = secretariat) =>
    service.app.inject({ method: 'POST', url: `${second}/${address}`, headers, payload })
  const binary = { ...secretariat, 'content-type': 'application/octet-stream' }
  t.match((await post('attachments?fileName=x.xlsx', sheet, binary)).json(), { type: 'xlsx' })
  await post('conclusion', { outcome: 'withdrawn', words: '示例' })
  t.match((await post('attachments?fileName=y.pdf', Buffer.from('%PDF-1.7 late'), binary)).json(), {
    status: 409,
    code: 'case_concluded',
  })
})
