import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import t from 'tap'
import { systemClock } from '../../src/clock.ts'
import { makeSigningKeys } from '../../src/signing-keys.ts'
import { startTestServer } from '../support/databases.ts'
import { processesIn, until } from '../support/processes.ts'

const folder = await realpath(await mkdtemp(join(tmpdir(), 'registry-pair-')))
await chmod(folder, 0o755)
const keysFile = join(folder, 'keys.json')
await makeSigningKeys(keysFile, systemClock.now())
const server = await startTestServer()
const { start, stop, killAll } = processesIn(folder, {
  SIGNING_KEYS_FILE: keysFile,
  PUBLIC_REQUESTS_PER_MINUTE: '1000000',
})
t.teardown(async () => {
  killAll()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

/** One address before several services: in turns, and on to the next where one can't be reached, as a proxy does for GET. */
async function oneAddress(backends: readonly string[]) {
  let turn = 0
  const served = new Map<string, number>()
  const http = createServer((asked, answer) => {
    const first = turn++
    const attempt = async (tried: number): Promise<void> => {
      const backend = backends[(first + tried) % backends.length] ?? ''
      try {
        const reply = await fetch(`${backend}${asked.url}`)
        const body = Buffer.from(await reply.arrayBuffer())
        served.set(backend, 1 + (served.get(backend) ?? 0))
        answer.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? '' }).end(body)
      } catch {
        if (tried + 1 < backends.length) await attempt(tried + 1)
        else answer.writeHead(502).end()
      }
    }
    void attempt(0)
  }).listen(0, '127.0.0.1')
  await until('the proxy', () => http.listening)
  const { port } = http.address() as { port: number }
  return { address: `http://127.0.0.1:${port}`, served, close: () => http.close() }
}

t.test('of two processes behind one address, one is killed under load, and no caller notices', async (t) => {
  const { serviceUrl, ownerUrl } = await server.newDatabase()
  const settings = { DATABASE_URL: serviceUrl, DATABASE_OWNER_URL: ownerUrl }
  const [first, second] = await Promise.all([start(settings), start(settings)])
  const proxy = await oneAddress([first.address, second.address])
  const statuses = new Map<number, number>()
  let isOver = false
  const callers = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const { status } = await fetch(`${proxy.address}/v1/verify/SL-1`)
      statuses.set(status, 1 + (statuses.get(status) ?? 0))
    }
  })
  await until('both serve', () => [...proxy.served.values()].filter((count) => count > 50).length === 2)
  first.child.kill('SIGKILL')
  t.equal(await first.ended, 'SIGKILL')
  const atDeath = proxy.served.get(second.address) ?? 0
  await until('the other goes on', () => (proxy.served.get(second.address) ?? 0) > atDeath + 100)
  const third = await start(settings)
  t.equal((await fetch(`${third.address}/health/ready`)).status, 200, 'another takes its place')
  isOver = true
  await Promise.all(callers)
  t.same([...statuses.keys()], [200], 'every answer was the right one')
  proxy.close()
  t.equal(await stop(second), 0)
  t.equal(await stop(third), 0)
})

t.test('an older process stays ready beside a newer schema', async (t) => {
  const { serviceUrl, ownerUrl } = await server.newDatabase()
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} })
  const service = await start({ NODE_ENV: 'production', DATABASE_URL: serviceUrl })
  await owner`insert into drizzle.__drizzle_migrations (hash, created_at) values ('of a later version', 4102444800000)`
  t.equal((await fetch(`${service.address}/health/ready`)).status, 200)
  t.equal(await stop(service), 0)
  const again = await start({ NODE_ENV: 'production', DATABASE_URL: serviceUrl })
  t.equal((await fetch(`${again.address}/health/ready`)).status, 200, 'and starts beside it')
  t.equal(await stop(again), 0)
  await owner.end()
})
