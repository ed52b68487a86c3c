import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import type { Role } from '../../src/domain/access.ts'
import type { Job } from '../../src/usecases/jobs/job.ts'
import { startTestServer } from '../support/databases.ts'
import { newService, resultBody, testConfig } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
const service = await newService(server, start)
t.teardown(async () => {
  await service.close()
  await server.stop()
})

async function ask(role: Role, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) {
  const headers = { ...(await service.bearer(role)), 'idempotency-key': `${role}-${url}` }
  const options: InjectOptions = { method, url, headers, ...(payload ? { payload } : {}) }
  const { statusCode: status, body: text } = await service.app.inject(options)
  return { status, text, body: text === '' ? undefined : JSON.parse(text) }
}

t.test('from the night on which it is overdue to the explanation, through every door', async (t) => {
  const posted = await ask('member', 'POST', '/v1/results', resultBody())
  const report = posted.body.obligations.find(({ duty }: { duty: string }) => duty === 'report_to_cnca')
  const explain = (id = report.id) => ask('member', 'POST', `/v1/obligations/${id}/explanation`, { text: '示例' })
  t.match(await explain(), { status: 422, body: { code: 'explanation_not_owed' } })

  service.clock.set('2026-11-26T01:00:00Z')
  const ran = await ask('administrator', 'POST', '/v1/jobs/obligation-notices/runs', {})
  t.match(ran, { status: 201, body: { name: 'obligation-notices', on: '2026-11-26', counts: { said: 1, opened: 1 } } })
  t.match((await ask('administrator', 'POST', '/v1/jobs/obligation-notices/runs', { on: '2026-11-27' })).status, 422)
  t.match((await ask('administrator', 'POST', '/v1/jobs/none/runs', {})).status, 404)

  const notices = await ask('member', 'GET', '/v1/notices')
  t.match(notices.body.items, [
    {
      kind: 'obligation',
      stage: 'overdue',
      audiences: ['member', 'secretariat'],
      obligationId: report.id,
      subject: { zh: /^【逾期】/, en: /^Overdue/ },
      facts: { dueOn: '2026-11-25', explainUntil: '2026-12-03' },
    },
  ])
  t.same((await ask('member', 'GET', `/v1/notices?afterId=${notices.body.lastId}`)).body.items, [])
  t.equal((await ask('member', 'GET', '/v1/notices?afterId=-1')).status, 400)

  const owed = await ask('member', 'GET', '/v1/obligations?duty=explain_overdue')
  t.match(owed.body.items, [{ explainsId: report.id, dueOn: '2026-12-03', state: 'open' }])
  const explained = await explain()
  t.match(explained, { status: 201, body: { state: 'waiting', obligationId: report.id } })
  const decide = (payload: object) =>
    ask('secretariat', 'POST', `/v1/explanations/${explained.body.id}/decision`, payload)
  t.match(await decide({ verdict: 'returned' }), { status: 400, body: { code: 'field_missing' } })
  t.match(await decide({ verdict: 'accepted' }), { status: 200, body: { state: 'accepted' } })
  t.match(await decide({ verdict: 'accepted' }), { status: 409, body: { code: 'explanation_decided' } })
  t.match(await explain(), { status: 409, body: { code: 'explanation_accepted' } })
  t.match((await ask('regulator', 'GET', `/v1/obligations/${report.id}`)).body.explanations, [{ state: 'accepted' }])
})

t.test('webhooks and recipients are kept by REST, and a secret is read once', async (t) => {
  const plain = await ask('member', 'POST', '/v1/webhooks', { url: 'http://example.org/' })
  t.match(plain, { status: 422, body: { code: 'webhook_url_refused' } })
  const created = await ask('member', 'POST', '/v1/webhooks', {
    url: 'https://example.org/notices',
    kinds: ['obligation'],
  })
  t.match(created, { status: 201, body: { secret: /^whsec_/, kinds: ['obligation'] } })
  const listed = await ask('member', 'GET', '/v1/webhooks')
  t.same(
    listed.body.items.map(({ id }: { id: string }) => id),
    [created.body.id],
  )
  t.notMatch(listed.text, /whsec_/)
  const url = `/v1/webhooks/${created.body.id}`
  t.match(await ask('member', 'POST', `${url}/replay`, { afterId: 0 }), { status: 200, body: { queued: 1 } })
  t.match((await ask('administrator', 'GET', '/v1/notice-deliveries?state=waiting')).body.items, [
    { channel: 'webhook' },
  ])
  t.match(await ask('member', 'DELETE', url), { status: 204, text: '' })
  t.match(await ask('member', 'DELETE', url), { status: 404 })
  t.notMatch((await ask('administrator', 'GET', '/v1/events?entity=webhook')).text, /whsec_|\/notices/)

  const recipient = { audience: 'secretariat', email: 'office@example.org' }
  const added = await ask('administrator', 'POST', '/v1/notice-recipients', recipient)
  t.equal(added.status, 201)
  t.equal((await ask('administrator', 'POST', '/v1/notice-recipients', recipient)).status, 409)
  t.equal((await ask('administrator', 'POST', '/v1/notice-recipients', { ...recipient, email: 'x' })).status, 400)
  t.match((await ask('administrator', 'GET', '/v1/notice-recipients')).body.items, [recipient])
  t.equal((await ask('administrator', 'DELETE', `/v1/notice-recipients/${added.body.id}`)).status, 204)
})

t.test('the rules of escalation are read by anyone and added by an administrator', async (t) => {
  const { statusCode, body } = await service.app.inject({ url: '/v1/escalation-rules' })
  t.equal(statusCode, 200)
  t.match(JSON.parse(body).items, [
    { version: 1, workingDays: { reminder: -2, overdue: 1, warning: 6, public_listing: 10 }, clause: 'R2' },
  ])
  const rule = {
    effectiveOn: '2027-01-01',
    clause: '示例',
    workingDays: { reminder: -3, overdue: 1, warning: 5, public_listing: 9 },
  }
  t.match(await ask('administrator', 'POST', '/v1/escalation-rules', rule), { status: 201, body: { version: 2 } })
  const disordered = { ...rule, workingDays: { ...rule.workingDays, warning: 1 } }
  t.match((await ask('administrator', 'POST', '/v1/escalation-rules', disordered)).body, { code: 'escalation_order' })
})

t.test('the jobs are listed with their next fire and their latest runs', async (t) => {
  const { items } = (await ask('administrator', 'GET', '/v1/jobs')).body
  const job = items.find(({ name }: { name: string }) => name === 'obligation-notices')
  t.match(job, {
    title: { zh: /\p{sc=Han}/u, en: /[a-z]/ },
    cron: '0 30 8 * * *',
    nextFireAt: '2026-11-27T00:30:00.000Z',
    runs: [{ cause: 'hand', outcome: 'done', isLost: false }],
  })
})

t.test('the service that closes stops what is run by hand through it', async (t) => {
  const run = { isUnderWay: false }
  const job: Job = {
    name: 'endless',
    title: ['示例', 'example'],
    time: { every: 'day', at: '08:30' },
    keptDays: 1,
    run: async (_registry, _context, signal) => {
      run.isUnderWay = true
      await once(signal, 'abort')
      throw signal.reason
    },
  }
  const config = testConfig()
  const app = await buildApp({ config, registry: service.registry, keys: service.keys, jobs: [job] })
  const headers = await service.bearer('administrator')
  const answer = app.inject({ method: 'POST', url: '/v1/jobs/endless/runs', headers, payload: {} }).then()
  while (!run.isUnderWay) await delay(10)
  await app.close()
  t.equal((await answer).statusCode, 503)
})
