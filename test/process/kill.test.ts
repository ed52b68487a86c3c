import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.ts'
import type { Actor } from '../../src/domain/access.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { addDays, plainDate } from '../../src/domain/plain-date.ts'
import { readPostmaster, stopPostmaster } from '../../src/embedded/postmaster.ts'
import { socketUrl } from '../../src/embedded/socket.ts'
import { makeSigningKeys } from '../../src/signing-keys.ts'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { addSecret, createClient } from '../../src/usecases/accounts/manage-clients.ts'
import { contextOf, type Registry } from '../../src/usecases/context.ts'
import { addScope, changeStanding, memberInput, registerMember } from '../../src/usecases/members/manage-members.ts'
import { startTestServer } from '../support/databases.ts'
import { processesIn, type Service, until } from '../support/processes.ts'

/** The real process, killed in every way. */
const folder = await realpath(await mkdtemp(join(tmpdir(), 'registry-kill-')))
// PostgreSQL's own account passes through it.
await chmod(folder, 0o755)
const keysFile = join(folder, 'keys.json')
await makeSigningKeys(keysFile, systemClock.now())
const server = await startTestServer()
t.teardown(async () => {
  killAll()
  for (const name of ['killed', 'shared']) await stopPostmaster(join(folder, name, 'postgres', 'data'))
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

// ---- The service as a process

const { start, stop, killAll } = processesIn(folder, {
  SIGN_INS_PER_MINUTE: '1000',
  SIGNING_KEYS_FILE: keysFile,
})

// ---- What is posted

const keeper: Actor = { kind: 'system', id: 'test', name: 'test', role: 'secretariat', memberId: null }

type Client = { readonly id: string; readonly secret: string }

/** A member that may issue certificates, and a machine of its own. */
async function withMember(url: string, work: (client: Client) => Promise<void> = async () => {}): Promise<Client> {
  const database = openDatabase(url, { poolSize: 2 })
  try {
    const registry: Registry = { db: database.db, lists: database.db, clock: systemClock, rulebooks: rulebookShelf() }
    const secretariat = contextOf(registry, keeper, 'test-setup')
    const creditCode = makeCreditCode('91', '320100', 'MA0XX101')
    const member = memberInput.parse({ name: '示例甲认证中心', approvalNumber: 'CNCA-R-2099-901', creditCode })
    const { id: memberId } = await registerMember(registry, secretariat, member)
    const fromOn = plainDate('2024-01-02')
    await changeStanding(registry, secretariat, memberId, {
      standing: 'admitted',
      fromOn,
      reason: '示例',
      decidedBy: '示例',
    })
    await addScope(registry, secretariat, memberId, { family: 'manufacturing', description: '示例', fromOn })
    const administrator = contextOf(registry, { ...keeper, role: 'administrator' }, 'test-setup')
    const { id } = await createClient(registry, administrator, { name: '业务系统', role: 'member', memberId })
    const client = { id, secret: (await addSecret(registry, administrator, id)).secret }
    await work(client)
    return client
  } finally {
    await database.close()
  }
}

async function tokenFor(address: string, { id, secret }: Client): Promise<string> {
  const answer = await fetch(`${address}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return ((await answer.json()) as { access_token: string }).access_token
}

const today = plainDate(new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10))

function bodyOf(name: string): string {
  return JSON.stringify({
    kind: 'issue',
    memberReference: `R-${name}`,
    enterprise: {
      creditCode: makeCreditCode('91', '320100', 'MA0XX001'),
      name: '示例精密机械有限公司',
      cityCode: '320100',
    },
    family: 'manufacturing',
    decidedOn: today,
    certificate: {
      number: `SL-${name}`,
      issuedOn: today,
      validUntil: addDays(today, 1_000),
      product: { name: '示例数控车床' },
      standards: ['Q/EXAMPLE 001-2025'],
    },
  })
}

type Answer = { readonly status: number; readonly body: string; readonly replayed: boolean }

async function post(address: string, token: string, name: string): Promise<Answer> {
  const answer = await fetch(`${address}/v1/results`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': `key-${name}` },
    body: bodyOf(name),
  })
  return { status: answer.status, body: await answer.text(), replayed: answer.headers.has('idempotency-replayed') }
}

/** Eight clients that post without a pause until they are cut off; answers what was acknowledged, body by name. */
function crowd(address: string, token: string, run: string) {
  const acknowledged = new Map<string, string>()
  const refused: Answer[] = []
  const one = async (client: number) => {
    for (let count = 0; ; count += 1) {
      const name = `${run}-${client}-${count}`
      const answer = await post(address, token, name).catch(() => undefined)
      // Cut off: nobody answers any more, or only that the database is away.
      if (answer === undefined || answer.status === 503) return
      if (answer.status === 201) acknowledged.set(name, answer.body)
      else refused.push(answer)
    }
  }
  const done = Promise.all(Array.from({ length: 8 }, (_, client) => one(client)))
  return { acknowledged, refused, done }
}

/** Each count must be zero: what is half there, or refers to what is not. */
const halves: Readonly<Record<string, string>> = {
  'results without their certificate': `select count(*) from results r left join certificates c on c.id = r.certificate_id where c.id is null`,
  'certificates without a result': `select count(*) from certificates c where not exists (select from results r where r.certificate_id = c.id)`,
  'results without their three obligations': `select count(*) from results r where (select count(*) from obligations o where o.result_id = r.id and o.duty in ('report_to_cnca', 'feed_back', 'surveillance')) <> 3`,
  'obligations without a result': `select count(*) from obligations o where not exists (select from results r where r.id = o.result_id)`,
  'results without the receipt of their feedback': `select count(*) from results r where not exists (select from obligations o join receipts p on p.obligation_id = o.id where o.result_id = r.id and o.duty = 'feed_back' and o.met_on is not null)`,
  'receipts without an obligation': `select count(*) from receipts p where not exists (select from obligations o where o.id = p.obligation_id)`,
  'results without an entry in the log': `select count(*) from results r where not exists (select from events e where e.entity = 'result' and e.entity_id = r.id::text and e.action = 'result.posted')`,
  'entries in the log without a result': `select count(*) from events e where e.action = 'result.posted' and not exists (select from results r where r.id::text = e.entity_id)`,
  'obligations without an entry in the log': `select count(*) from obligations o where not exists (select from events e where e.entity = 'obligation' and e.entity_id = o.id::text and e.action = 'obligation.opened')`,
  'keys without an answer': `select count(*) from idempotency_keys where answer is null`,
  'results without a key': `select count(*) from results r where not exists (select from idempotency_keys k where k.key = replace(r.member_reference, 'R-', 'key-'))`,
  'keys without a result': `select count(*) from idempotency_keys k where not exists (select from results r where r.member_reference = replace(k.key, 'key-', 'R-'))`,
}

async function nothingLost(
  t: Test,
  url: string,
  service: Service,
  token: string,
  acknowledged: ReadonlyMap<string, string>,
) {
  const sql = postgres(url, { max: 4, onnotice: () => {} })
  try {
    const kept = await sql<{ name: string }[]>`select replace(member_reference, 'R-', '') as name from results`
    const names = new Set(kept.map(({ name }) => name))
    t.same(
      [...acknowledged.keys()].filter((name) => !names.has(name)),
      [],
      `all ${acknowledged.size} acknowledged results are there`,
    )
    for (const [what, query] of Object.entries(halves)) {
      const [row] = await sql.unsafe<{ count: string }[]>(query)
      t.equal(Number(row?.count), 0, `no ${what}`)
    }
  } finally {
    await sql.end()
  }
  const sample = [...acknowledged].filter((_, at) => at % Math.ceil(acknowledged.size / 6) === 0)
  for (const [name, body] of sample)
    t.same(
      await post(service.address, token, name),
      { status: 201, body, replayed: true },
      `${name} is answered as before`,
    )
}

// ---- Killed

t.test('when the service is killed, what it acknowledged is there and nothing is half there', async (t) => {
  const { serviceUrl, ownerUrl } = await server.newDatabase()
  const client = await withMember(serviceUrl)
  const settings = { DATABASE_URL: serviceUrl, DATABASE_OWNER_URL: ownerUrl }
  const acknowledged = new Map<string, string>()
  for (const run of ['first', 'second']) {
    const service = await start(settings)
    const { done, ...posts } = crowd(service.address, await tokenFor(service.address, client), run)
    await until('60 answers', () => posts.acknowledged.size >= 60)
    service.child.kill('SIGKILL')
    t.equal(await service.ended, 'SIGKILL')
    await done
    t.same(posts.refused, [])
    for (const [name, body] of posts.acknowledged) acknowledged.set(name, body)
  }
  const again = await start(settings)
  const token = await tokenFor(again.address, client)
  await nothingLost(t, ownerUrl, again, token, acknowledged)
  t.equal((await post(again.address, token, 'after')).status, 201, 'and it goes on')
  t.equal(await stop(again), 0)
})

t.test('when PostgreSQL is killed, what was acknowledged is there and nothing is half there', async (t) => {
  const dataDir = join(folder, 'killed')
  const settings = { DATA_DIR: dataDir }
  const service = await start(settings)
  const { pid, url } = await embeddedIn(dataDir)
  const client = await withMember(url)
  const token = await tokenFor(service.address, client)
  const acknowledged = new Map<string, string>()
  const untilKilled = async (run: string, at: string, postmaster: number) => {
    const { done, ...posts } = crowd(at, token, run)
    await until('60 answers', () => posts.acknowledged.size >= 60)
    process.kill(postmaster, 'SIGKILL')
    await done
    t.same(posts.refused, [], 'nobody was told anything but that the service is unavailable')
    for (const [name, body] of posts.acknowledged) acknowledged.set(name, body)
  }

  await untilKilled('first', service.address, pid)
  const seen = new Set<string>()
  await until('the database', async () => {
    const answer = await fetch(`${service.address}/v1/verify/SL-first-0-0`, { headers: { connection: 'close' } })
    const { outcome, code } = (await answer.json()) as { outcome?: string; code?: string }
    seen.add(`${answer.status} ${outcome ?? code}`)
    return answer.status === 200
  })
  t.same(
    [...seen].filter((answer) => !['503 unavailable', '200 valid'].includes(answer)),
    [],
    'it is away, or it is right',
  )
  t.equal(service.child.exitCode, null, 'the service lives on, and has brought the database back')
  const revived = await embeddedIn(dataDir)
  t.not(revived.pid, pid)
  await nothingLost(t, revived.url, service, token, acknowledged)

  await untilKilled('second', service.address, revived.pid)
  service.child.kill('SIGKILL')
  await service.ended
  const again = await start(settings)
  const restarted = await embeddedIn(dataDir)
  await nothingLost(t, restarted.url, again, token, acknowledged)
  t.equal((await post(again.address, token, 'after')).status, 201, 'and it goes on')
  t.equal(await stop(again), 0)
  t.equal(await readPostmaster(join(restarted.home, 'data')), undefined, 'the last one out stops PostgreSQL')
})

/** The embedded PostgreSQL that a service started in that folder. */
async function embeddedIn(dataDir: string): Promise<{ pid: number; url: string; home: string }> {
  const home = join(dataDir, 'postgres')
  const postmaster = await readPostmaster(join(home, 'data'))
  if (!postmaster) throw new Error(`no PostgreSQL runs in ${home}`)
  return { pid: postmaster.pid, url: socketUrl(postmaster.socketDir, 'registry_owner', 'registry'), home }
}

// ---- Stopped

t.test('a service that is told to stop answers what it has begun, and takes nothing new', async (t) => {
  const { serviceUrl, ownerUrl } = await server.newDatabase()
  const client = await withMember(serviceUrl)
  const service = await start({ DATABASE_URL: serviceUrl, DATABASE_OWNER_URL: ownerUrl })
  const token = await tokenFor(service.address, client)
  const owner = postgres(ownerUrl, { max: 2, onnotice: () => {} })
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let isLocked = false
  const lock = owner.begin(async (tx) => {
    await tx`lock table idempotency_keys in exclusive mode`
    isLocked = true
    await held
  })
  await until('the lock', () => isLocked)
  const posting = post(service.address, token, 'in-flight')
  await until('the request waits', async () => {
    const [row] =
      await owner`select count(*)::int as waiting from pg_locks where not granted and relation = 'idempotency_keys'::regclass`
    return row?.waiting === 1
  })
  service.child.kill('SIGTERM')
  await until('it stops', () => /"stopping"/.test(service.output()))
  await until('it takes nothing new', () => isRefused(service.address))
  t.equal(service.child.exitCode, null, 'it waits for what is in flight')
  release()
  await lock
  t.match(await posting, { status: 201 })
  t.equal(await service.ended, 0)
  const [row] = await owner`select count(*)::int as results from results where member_reference = 'R-in-flight'`
  t.equal(row?.results, 1)
  await owner.end()
})

/** Whether a new connection is turned away. */
function isRefused(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${address}/health/live`, { agent: false }, (answer) => {
      answer.resume()
      resolve(false)
    })
    asked.on('error', () => resolve(true))
    asked.end()
  })
}

t.test('whoever insists, after the echo of the first signal, ends a service that waits', async (t) => {
  const { serviceUrl, ownerUrl } = await server.newDatabase()
  const client = await withMember(serviceUrl)
  const service = await start({ DATABASE_URL: serviceUrl, DATABASE_OWNER_URL: ownerUrl })
  const token = await tokenFor(service.address, client)
  const owner = postgres(ownerUrl, { max: 2, onnotice: () => {} })
  await owner.begin(async (tx) => {
    await tx`lock table idempotency_keys in exclusive mode`
    const posting = post(service.address, token, 'waiting').catch((error: Error) => error)
    await until('the request waits', async () => {
      const [row] =
        await owner`select count(*)::int as waiting from pg_locks where not granted and relation = 'idempotency_keys'::regclass`
      return row?.waiting === 1
    })
    service.child.kill('SIGINT')
    const began = performance.now()
    await until('it ends', () => {
      service.child.kill('SIGINT')
      return service.child.exitCode !== null
    })
    t.ok(performance.now() - began > 900, 'not by the echo that npm makes of a Ctrl-C')
    t.equal(await service.ended, 1)
    t.ok((await posting) instanceof Error)
  })
  const [row] = await owner`select count(*)::int as results from results`
  t.equal(row?.results, 0, 'what was not answered was not done')
  await owner.end()
})

t.test('a second service on the same folder shares the database, and the last one out stops it', async (t) => {
  const dataDir = join(folder, 'shared')
  const [first, second] = await Promise.all([start({ DATA_DIR: dataDir }), start({ DATA_DIR: dataDir })])
  const { pid, url, home } = await embeddedIn(dataDir)
  const client = await withMember(url)
  t.equal((await post(first.address, await tokenFor(first.address, client), 'one')).status, 201)
  const seen = (await (await fetch(`${second.address}/v1/verify/SL-one`)).json()) as object
  t.match(seen, { outcome: 'valid' }, 'what one writes the other reads')
  t.equal(await stop(first), 0)
  t.equal((await post(second.address, await tokenFor(second.address, client), 'two')).status, 201, 'the other goes on')
  t.equal((await embeddedIn(dataDir)).pid, pid, 'on the same PostgreSQL')
  t.equal(await stop(second), 0)
  t.equal(await readPostmaster(join(home, 'data')), undefined)
})

t.test('without a file of keys the service makes its own, and keeps to them', async (t) => {
  const { serviceUrl, ownerUrl } = await server.newDatabase()
  const client = await withMember(serviceUrl)
  const settings = {
    DATABASE_URL: serviceUrl,
    DATABASE_OWNER_URL: ownerUrl,
    DATA_DIR: join(folder, 'own-keys'),
    SIGNING_KEYS_FILE: '',
  }
  const first = await start(settings)
  const token = await tokenFor(first.address, client)
  await stop(first)
  const second = await start(settings)
  t.equal((await post(second.address, token, 'token')).status, 201, 'a token outlives a restart')
  await stop(second)
})
