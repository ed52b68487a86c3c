import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { jobTable } from '../../src/scheduler/jobs.ts'
import { openDatabase } from '../../src/store/database.ts'
import { runByHand } from '../../src/usecases/jobs/run-job.ts'
import { bodyOf, post } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { addMail, noCarriers } from '../support/notices.ts'
import { newService, type TestService, testConfig } from '../support/services.ts'

const server = await startTestServer()
t.teardown(() => server.stop())

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 8_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come`)
    await delay(5)
  }
}

/** The value of a series, undefined where there is none. */
async function seriesOf(service: TestService, name: string, labels: Record<string, string> = {}) {
  const { body } = await service.app.inject({ url: '/metrics', headers: await service.bearer('monitor') })
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const line = body
    .split('\n')
    .find(
      (each) =>
        (each.startsWith(`${name}{`) || each.startsWith(`${name} `)) && wanted.every((label) => each.includes(label)),
    )
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

t.test('requests are measured by their route, never by the address asked for', async (t) => {
  const service = await newService(server)
  t.teardown(() => service.close())
  for (const number of ['SL-1', 'SL-2', 'SL-3']) await service.app.inject(`/v1/verify/${number}`)
  await service.app.inject('/nowhere/at-all')
  const route = { method: 'GET', route: '/v1/verify/:number', status: '2xx' }
  t.equal(await seriesOf(service, 'http_request_duration_seconds_count', route), 3)
  t.equal(await seriesOf(service, 'http_request_duration_seconds_count', { route: 'none', status: '4xx' }), 1)
  const { body, headers } = await service.app.inject({ url: '/metrics', headers: await service.bearer('monitor') })
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.notMatch(body, /SL-[123]|at-all/)
  t.match(body, /alliance_registry_info\{version="\d+\.\d+\.\d+"\} 1/)
  t.match(body, /nodejs_eventloop_lag_seconds/)
})

t.test(
  'obligations are counted by duty and state, as the domain derives it, and at most every 15 seconds',
  async (t) => {
    const service = await newService(server)
    t.teardown(() => service.close())
    await post(service, bodyOf('one'))
    await post(service, bodyOf('two'))
    const count = (duty: string, state: string) => seriesOf(service, 'alliance_obligations', { duty, state })
    t.equal(await count('report_to_cnca', 'overdue'), undefined, 'nothing is overdue yet')
    const later = await newService(server)
    t.teardown(() => later.close())
    await post(later, bodyOf('one'))
    await post(later, bodyOf('two'))
    later.clock.set('2026-11-25T02:00:00Z')
    t.equal(await seriesOf(later, 'alliance_obligations', { duty: 'report_to_cnca', state: 'due_soon' }), 2)
    t.equal(
      await seriesOf(later, 'alliance_obligations', { duty: 'surveillance' }),
      undefined,
      'what is far is not counted',
    )
    later.clock.set('2026-11-26T02:00:00Z')
    t.equal(
      await seriesOf(later, 'alliance_obligations', { duty: 'report_to_cnca', state: 'due_soon' }),
      2,
      'within 15 seconds the same figures are shown again',
    )
    service.clock.set('2026-12-01T02:00:00Z')
    const fresh = await buildApp({
      config: testConfig(),
      registry: service.registry,
      keys: service.keys,
    })
    t.teardown(() => fresh.close())
    const { body } = await fresh.inject({ url: '/metrics', headers: await service.bearer('monitor') })
    t.match(body, /alliance_obligations\{duty="report_to_cnca",state="overdue"\} 2/)
  },
)

t.test('runs of the jobs are counted, and how long the outbox has waited is told', async (t) => {
  const service = await newService(server)
  t.teardown(() => service.close())
  const outbox = (name: string, channel: string) => seriesOf(service, `alliance_outbox_${name}`, { channel })
  await addMail(service, 'clerk@example.org')
  await post(service, bodyOf('one', { decidedOn: '2026-11-05' }, { issuedOn: '2026-11-17' }))
  const job = 'obligation-notices'
  await runByHand(service.registry, service.as('administrator'), jobTable(noCarriers), job, {})
  service.clock.set('2026-11-20T02:01:00Z')
  t.equal(await seriesOf(service, 'alliance_job_runs', { job, outcome: 'done' }), 1)
  t.ok(((await outbox('waiting', 'email')) ?? 0) > 0, 'the overdue notice waits for a mail server')
  t.equal(await outbox('age_seconds', 'email'), 60)
  t.equal(await outbox('waiting', 'webhook'), 0)
  t.equal(await outbox('age_seconds', 'webhook'), 0)
})

t.test('many scrapes at once read the figures once', async (t) => {
  const service = await newService(server)
  t.teardown(() => service.close())
  let asked = 0
  const { current } = service.registry.rulebooks
  service.registry.rulebooks.current = (db) => {
    asked += 1
    return current(db)
  }
  const headers = await service.bearer('administrator')
  const answers = await Promise.all(Array.from({ length: 10 }, () => service.app.inject({ url: '/metrics', headers })))
  t.ok(answers.every(({ statusCode }) => statusCode === 200))
  t.equal(asked, 1)
})

t.test('figures that can’t be read are absent and counted, and the rest is shown', async (t) => {
  const service = await newService(server)
  t.teardown(() => service.close())
  const owner = postgres(service.urls.ownerUrl, { max: 1, onnotice: () => {} })
  const headers = await service.bearer('monitor')
  await owner`alter table imports rename to imports_away`
  const { statusCode, body } = await service.app.inject({ url: '/metrics', headers })
  await owner.end()
  t.equal(statusCode, 200)
  t.match(body, /alliance_figures_failed_total 1/)
  t.notMatch(body, /alliance_imports\{/)
  t.match(body, /http_requests_under_way 0/)
})

t.test('the load of the pool is what is under way and what waits', async (t) => {
  const { serviceUrl } = await server.newDatabase()
  const { db, load, close } = openDatabase(serviceUrl, { poolSize: 2 })
  t.same([load.connections, load.inUse(), load.waiting()], [2, 0, 0])
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const works = Array.from({ length: 3 }, () =>
    db.transaction(async (tx) => {
      await tx.execute(sql`select 1`)
      await tx.transaction(async (inner) => inner.execute(sql`select 2`))
      await held
    }),
  )
  await until('both connections are taken', () => load.inUse() === 2)
  t.equal(load.waiting(), 1)
  release()
  await Promise.all(works)
  await t.rejects(db.execute(sql`select from nowhere`))
  t.same([load.inUse(), load.waiting()], [0, 0], 'also after a failure')
  await close()
})

t.test('while the event loop lags behind, requests are put off, and those who watch are answered', async (t) => {
  const service = await newService(server, undefined, { EVENT_LOOP_DELAY_MS_MAX: '60' })
  t.teardown(() => service.close())
  const monitor = await service.bearer('monitor')
  const statusOf = async (url: string) => (await service.app.inject({ url, headers: monitor })).statusCode
  await until('it has started and answers', async () => (await statusOf('/v1/verify/SL-1')) === 200)
  const block = setInterval(() => {
    for (const end = performance.now() + 120; performance.now() < end; );
  }, 1)
  await until('it is put off', async () => (await statusOf('/v1/verify/SL-1')) === 503)
  const answers = {
    zh: await service.app.inject('/v1/verify/SL-1'),
    en: await service.app.inject({ url: '/v1/verify/SL-1', headers: { 'accept-language': 'en' } }),
    live: await statusOf('/health/live'),
    metrics: await statusOf('/metrics'),
  }
  clearInterval(block)
  t.match(answers.zh.json(), { code: 'overloaded', status: 503, detail: /服务繁忙/ })
  t.match(answers.en.json().detail, /^The service is overloaded/)
  t.match(answers.zh.headers, { 'retry-after': '2', connection: 'close', 'content-type': /problem\+json/ })
  t.same([answers.live, answers.metrics], [200, 200])
  await until('it takes requests again', async () => (await statusOf('/v1/verify/SL-1')) === 200)
})

t.test('more requests than the pool can serve in a moment are put off at once', async (t) => {
  const service = await newService(server, undefined, { DATABASE_POOL_SIZE: '2', EVENT_LOOP_DELAY_MS_MAX: '0' })
  t.teardown(() => service.close())
  const owner = postgres(service.urls.ownerUrl, { max: 1, onnotice: () => {} })
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let isLocked = false
  const lock = owner.begin(async (tx) => {
    await tx`lock table certificates in access exclusive mode`
    isLocked = true
    await held
  })
  await until('the lock', () => isLocked)
  // Asked for at once: an injection that nobody waits for is not sent.
  // With a member named, each question is a statement of its own.
  const url = '/v1/verify/SL-1?member=CNCA-R-2099-901'
  const asked = Array.from({ length: 100 }, () => service.app.inject(url).then((answer) => answer))
  await until('all are under way', () => service.database.load.waiting() === 92)
  const put = await service.app.inject('/v1/verify/SL-1')
  t.match(put.json(), { code: 'overloaded', status: 503 })
  t.equal((await service.app.inject('/health/live')).statusCode, 200)
  const token = await service.app.inject({
    method: 'POST',
    url: '/oauth/token',
    payload: 'grant_type=client_credentials&client_id=x&client_secret=y',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  t.match(token.json(), { code: 'overloaded', status: 503 }, 'a machine is not told that its secret is wrong')
  release()
  await lock
  await owner.end()
  t.same([...new Set((await Promise.all(asked)).map(({ statusCode }) => statusCode))], [200], 'the others are answered')
  t.equal((await service.app.inject('/v1/verify/SL-1')).statusCode, 200, 'and there is room again')
})

t.test('bodies that never come take nobody’s place', async (t) => {
  const service = await newService(server, undefined, { DATABASE_POOL_SIZE: '2', EVENT_LOOP_DELAY_MS_MAX: '0' })
  t.teardown(() => service.close())
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as { port: number }
  const head = 'POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{'
  const slow = Array.from({ length: 120 }, () => connect(port, '127.0.0.1'))
  await Promise.all(slow.map((socket) => new Promise((resolve) => socket.write(head, resolve))))
  const count = () => new Promise<number>((resolve) => service.app.server.getConnections((_, open) => resolve(open)))
  await until('all have begun', async () => (await count()) >= 120)
  t.equal((await fetch(`http://127.0.0.1:${port}/v1/verify/SL-1`)).status, 200)
  for (const socket of slow) socket.destroy()
})

t.test('a caller that goes away, or does not read, holds nothing for ever', async (t) => {
  const service = await newService(server)
  t.teardown(() => service.close())
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as { port: number }
  t.equal(service.app.server.timeout, 75_000, 'silence on a connection')
  t.equal(service.app.server.headersTimeout, 60_000, 'the head of a request')
  t.equal(service.app.server.keepAliveTimeout, 72_000, 'longer than proxies keep theirs')
  service.app.server.setTimeout(200)
  const silent = connect(port, '127.0.0.1')
  silent.write('GET /v1/members HTTP/1.1\r\nHost: x\r\n')
  await once(silent, 'close')
  const left = connect(port, '127.0.0.1')
  left.write('GET /v1/verify/SL-1 HTTP/1.1\r\nHost: x\r\n\r\n')
  left.destroy()
  await until('nothing is under way', async () => (await seriesOf(service, 'http_requests_under_way')) === 0)
  t.pass('both are gone')
})
