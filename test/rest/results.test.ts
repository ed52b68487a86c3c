import { parse } from 'csv-parse/sync'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { addSecret, createClient } from '../../src/usecases/accounts/manage-clients.ts'
import { countRows } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { newService, resultBody } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
const service = await newService(server, start)
const { app, registry } = service
t.teardown(async () => {
  await service.close()
  await server.stop()
})

type Json = ReturnType<typeof JSON.parse>
type Headers = Record<string, string>

async function send(options: InjectOptions) {
  const { statusCode: status, headers, body: text } = await app.inject(options)
  return { status, headers, text, body: /json/.test(String(headers['content-type'])) ? JSON.parse(text) : undefined }
}

const get = (url: string, headers: Headers) => send({ url, headers })
const post = (url: string, headers: Headers, payload: object, key?: string) =>
  send({
    method: 'POST',
    url,
    headers: { ...headers, ...(key === undefined ? {} : { 'idempotency-key': key }) },
    payload,
  })

/** A machine of a member, with a token of its own by client credentials. */
async function machineOf(member: 'a' | 'b'): Promise<Headers> {
  const context = service.as('administrator')
  const { id } = await createClient(registry, context, {
    name: '业务系统',
    role: 'member',
    memberId: service.memberIds[member],
  })
  const { secret } = await addSecret(registry, context, id)
  const { status, body } = await send({
    method: 'POST',
    url: '/oauth/token',
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: 'grant_type=client_credentials',
  })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return { authorization: `Bearer ${body.access_token}` }
}

const bodyOf = (name: string, changes: object = {}, certificate: object = {}) =>
  resultBody({ memberReference: `R-${name}`, ...changes }, { number: `SL-${name}`, ...certificate })
const dutyOf = (obligations: Json[], duty: string) => obligations.find((obligation) => obligation.duty === duty)
const events = async (requestId: string) =>
  (await get('/v1/events?limit=500', await service.bearer('secretariat'))).body.items.filter(
    (event: Json) => event.requestId === requestId,
  )

t.test('a machine posts a result, reports it, and the regulator looks it over', async (t) => {
  const machine = await machineOf('a')
  const regulator = await service.bearer('regulator')
  const who = await get('/v1/session', machine)
  t.match(who.body, { actor: { kind: 'machine', role: 'member', memberId: service.memberIds.a } })

  const posted = await post('/v1/results', machine, bodyOf('main'), 'main')
  t.match(posted, {
    status: 201,
    headers: { location: `/v1/results/${posted.body.result.id}`, 'content-type': /^application\/json/ },
    body: {
      outcome: 'recorded',
      receiptId: /^[0-9a-f-]{36}$/,
      result: { revision: 1, memberReference: 'R-main', decidedOn: '2026-11-16', approval: 'not_needed' },
      certificate: { number: 'SL-MAIN', state: 'valid', validFrom: '2026-11-17', validUntil: '2029-11-16', version: 1 },
      warnings: [{ code: 'no_assignment', path: 'assignmentId', detail: /\p{Script=Han}/u }],
    },
  })
  t.equal(posted.headers['idempotency-replayed'], undefined)
  const report = dutyOf(posted.body.obligations, 'report_to_cnca')
  t.match(report, {
    dueOn: '2026-11-25',
    eventOn: '2026-11-16',
    explanation: { counted: { length: 7 }, skipped: [{ on: '2026-11-21' }, { on: '2026-11-22' }], clause: /\S/ },
  })
  t.match(dutyOf(posted.body.obligations, 'feed_back'), { state: 'met_on_time', metOn: '2026-11-20' })

  const seen = await get(String(posted.headers.location), machine)
  t.match(seen, {
    status: 200,
    body: { id: posted.body.result.id, revisions: [{ revision: 1 }], history: [{ action: 'result.posted' }] },
  })
  t.equal(seen.body.obligations.length, posted.body.obligations.length)
  t.match(
    (await events(String(posted.headers['x-request-id']))).map(({ action }: Json) => action).sort(),
    [
      'certificate.issued',
      'enterprise.registered',
      'obligation.met',
      'obligation.opened',
      'obligation.opened',
      'obligation.opened',
      'result.posted',
    ],
    'each entry of the log names the request',
  )

  const receipts = `/v1/obligations/${report.id}/receipts`
  const received = await post(receipts, machine, { reportedOn: '2026-11-20', receiptNumber: '示例-1' })
  t.match(received, {
    status: 201,
    body: { receipt: { reportedOn: '2026-11-20' }, obligation: { state: 'met_on_time' } },
  })

  const contested = await post(`${receipts}/${received.body.receipt.id}/reviews`, regulator, {
    verdict: 'contested',
    reportedOn: '2026-11-27',
    note: '示例',
  })
  t.match(contested, { status: 201, body: { receipts: [{ reviews: [{ verdict: 'contested' }] }] } })
  t.match((await get(`/v1/obligations/${report.id}`, machine)).body, {
    contested: true,
    sourcesDisagree: true,
    state: 'met_on_time',
  })

  const corrected = await post(receipts, machine, {
    reportedOn: '2026-11-19',
    supersedesReceiptId: received.body.receipt.id,
    evidence: '示例',
  })
  t.match(corrected, { status: 201, body: { receipt: { supersedesId: received.body.receipt.id } } })
  service.clock.set('2026-11-20T02:01:00Z')
  const confirmed = await post(`${receipts}/${corrected.body.receipt.id}/reviews`, regulator, {
    verdict: 'confirmed',
    reportedOn: '2026-11-19',
  })
  t.equal(confirmed.status, 201)
  const settled = (await get(`/v1/obligations/${report.id}`, regulator)).body
  t.match(settled, { contested: false, sourcesDisagree: false, metOn: '2026-11-19' })
  t.match(settled.receipts, { length: 2 })

  const correction = await post(`/v1/results/${posted.body.result.id}/corrections`, machine, {
    explanation: '笔误',
    decidedOn: '2026-11-13',
  })
  t.match(correction, {
    status: 201,
    body: {
      result: { revision: 2, decidedOn: '2026-11-13', effectiveDecidedOn: '2026-11-13', approval: 'not_needed' },
      supersedes: { id: posted.body.result.id },
    },
  })
  t.equal(dutyOf(correction.body.obligations, 'report_to_cnca').dueOn, '2026-11-24')
  const again = await post(`/v1/results/${posted.body.result.id}/corrections`, machine, {
    explanation: '又一次',
    decidedOn: '2026-11-12',
  })
  t.match(again, { status: 409, body: { code: 'result_superseded' } })
  t.match((await get(String(posted.headers.location), machine)).body.revisions, { length: 2 })
})

t.test('what is overdue is seen at once by the regulator, as JSON and as CSV', async (t) => {
  const machine = await machineOf('b')
  const regulator = await service.bearer('regulator')
  const enterprise = {
    creditCode: makeCreditCode('91', '320500', 'MA0XX002'),
    name: '示例纺织有限公司',
    cityCode: '320500',
  }
  const { body } = await post(
    '/v1/results',
    machine,
    bodyOf('overdue', { enterprise, decidedOn: '2026-10-20' }, { issuedOn: '2026-10-20', validUntil: '2029-10-19' }),
    'overdue',
  )
  const report = dutyOf(body.obligations, 'report_to_cnca')
  t.match(report, { state: 'overdue', dueOn: '2026-10-29' })
  t.match(dutyOf(body.obligations, 'feed_back'), { state: 'met_late' }, 'posting late is feeding back late')
  const listed = await get('/v1/obligations?state=overdue', regulator)
  t.match(listed.body.items, [
    { id: report.id, memberId: service.memberIds.b, lateness: { calendarDays: 22, workingDays: 16 } },
  ])
  const { text, headers } = await get('/v1/obligations?state=overdue', {
    ...regulator,
    accept: 'text/csv',
    'accept-language': 'en',
  })
  t.match(headers['content-type'], /^text\/csv/)
  t.match(parse(text, { columns: true, bom: true }), [
    {
      id: report.id,
      duty: 'report_to_cnca',
      state: 'overdue',
      dueOn: '2026-10-29',
      lateCalendarDays: '22',
      lateWorkingDays: '16',
      subject: /示例纺织有限公司/,
    },
  ])
  t.same((await get('/v1/obligations?state=overdue', await machineOf('a'))).body.items, [], 'but not by another member')
})

t.test('a replay is answered as the first time and says that it is one', async (t) => {
  const machine = await machineOf('a')
  const first = await post('/v1/results', machine, bodyOf('replay'), 'replay')
  const before = await countRows(registry)
  service.clock.set('2026-11-20T02:05:00Z')
  const second = await post('/v1/results', machine, bodyOf('replay'), 'replay')
  t.match(second, { status: 201, headers: { 'idempotency-replayed': 'true', location: first.headers.location } })
  t.same(second.body, first.body)
  const { kind, ...rest } = bodyOf('replay') as Json
  t.match(
    await post('/v1/results', machine, { ...rest, kind }, 'replay'),
    { status: 201, headers: { 'idempotency-replayed': 'true' } },
    'whatever the order of the fields',
  )
  t.match(await post('/v1/results', machine, bodyOf('replay'), 'another-key'), {
    status: 200,
    body: { outcome: 'already_recorded', receiptId: first.body.receiptId },
  })
  const { idempotency_keys: keys, ...after } = await countRows(registry)
  const { idempotency_keys: keysBefore, ...rest2 } = before
  t.same(after, rest2, 'nothing was written but the second key')
  t.equal(keys, keysBefore! + 1)
  service.clock.set(start)
})

t.test('of ten posts at once under one key one is done and the others are its replays', async (t) => {
  const machine = await machineOf('a')
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => post('/v1/results', machine, bodyOf('race'), 'race')),
  )
  t.same(
    answers.map(({ status }) => status),
    Array(10).fill(201),
  )
  t.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length, 1)
  t.equal(new Set(answers.map(({ text }) => text)).size, 1)
  t.equal((await get('/v1/results?memberReference=R-race', machine)).body.items.length, 1)
})

t.test('of ten posts at once under ten keys one is recorded and the others are told so', async (t) => {
  const machine = await machineOf('a')
  const before = await countRows(registry)
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) => post('/v1/results', machine, bodyOf('twins'), `twins-${at}`)),
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  for (const { status, body } of answers)
    t.ok(
      status === 201 || body.outcome === 'already_recorded' || status === 409,
      `${status} ${body.code ?? body.outcome}`,
    )
  const after = await countRows(registry)
  t.equal(after.results, before.results! + 1)
  t.equal(after.certificates, before.certificates! + 1)
})

t.test('of ten posts at once with one certificate number one is taken and the others are refused', async (t) => {
  const machine = await machineOf('a')
  const number = { number: 'SL-ONE-NUMBER' }
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      post('/v1/results', machine, bodyOf(`number-${at}`, {}, number), `number-${at}`),
    ),
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  for (const { status, body } of answers)
    if (status !== 201) t.match({ status, body }, { status: 409, body: { code: 'certificate_number_used' } })
  t.equal((await get('/v1/certificates?number=SL-ONE-NUMBER', machine)).body.items.length, 1)
})

t.test('of ten receipts at once one meets the obligation', async (t) => {
  const machine = await machineOf('a')
  const { body } = await post('/v1/results', machine, bodyOf('receipts'), 'receipts')
  const url = `/v1/obligations/${dutyOf(body.obligations, 'report_to_cnca').id}/receipts`
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) => post(url, machine, { reportedOn: '2026-11-20' }, `receipt-${at}`)),
  )
  t.same(answers.map(({ status }) => status).sort(), [201, ...Array(9).fill(409)])
  t.ok(answers.every(({ status, body }) => status === 201 || body.code === 'obligation_closed'))
})

t.test('two members may use the same reference, key and number', async (t) => {
  const [a, b] = [await machineOf('a'), await machineOf('b')]
  const answers = await Promise.all([a, b].map((machine) => post('/v1/results', machine, bodyOf('shared'), 'shared')))
  t.same(
    answers.map(({ status }) => status),
    [201, 201],
  )
  t.match((await send({ url: '/v1/verify/SL-SHARED' })).body, { outcome: 'valid', certificates: { length: 2 } })
})

t.test('a rehearsal says what would happen, needs no key and writes nothing', async (t) => {
  const machine = await machineOf('a')
  const before = await countRows(registry)
  const rehearsed = await post('/v1/results?validateOnly=true', machine, bodyOf('rehearsed'))
  t.match(rehearsed, { status: 200, body: { outcome: 'would_be_recorded', certificate: { number: 'SL-REHEARSED' } } })
  t.equal(rehearsed.headers.location, undefined)
  t.same(await countRows(registry), before)
  t.equal((await post('/v1/results', machine, bodyOf('rehearsed'), 'rehearsed')).status, 201)
})
