import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import type { Role } from '../../src/domain/access.ts'
import { Refusal } from '../../src/domain/refusals.ts'
import { spool, UploadEnded } from '../../src/rest/uploads.ts'
import { readImport } from '../../src/usecases/imports/read-imports.ts'
import { removeAbandonedFolders } from '../../src/usecases/imports/spool-folder.ts'
import { startTestServer } from '../support/databases.ts'
import { newService, testConfig } from '../support/services.ts'

const begin = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())

// Spooled files go where nobody else puts any.
const temporary = await mkdtemp(join(tmpdir(), 'registry-imports-'))
process.env.TMPDIR = temporary
t.teardown(() => rm(temporary, { recursive: true, force: true }))
const spooled = () => readdir(temporary)

type Json = ReturnType<typeof JSON.parse>

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come`)
    await delay(5)
  }
}

/** The service listening on a port of its own, with its log. */
async function listening(t: Test, settings: Record<string, string> = {}) {
  const service = await newService(server, begin)
  const lines: Json[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const config = testConfig(settings)
  const app = await buildApp({ config, registry: service.registry, keys: service.keys, logger: pino(sink) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    await app.close()
    await service.close()
  })
  const { port } = app.server.address() as AddressInfo
  return { ...service, app, port, lines }
}

type Listening = Awaited<ReturnType<typeof listening>>
type Asked = { role?: Role; member?: 'a' | 'b'; query?: string; length?: number }

/** An upload that has begun: its request, and the answer to come. */
async function upload(place: Listening, { role = 'member', member = 'a', query = '', length }: Asked = {}) {
  const { authorization } = await place.bearer(role, member)
  const headers = { authorization, 'content-type': 'text/csv', ...(length ? { 'content-length': length } : {}) }
  const path = `/v1/imports?dryRun=true${query}`
  const sent = request({ port: place.port, method: 'POST', path, headers, agent: false })
  const answer = new Promise<{ status: number; body: Json }>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', (response) =>
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }), reject),
    )
  })
  answer.catch(() => undefined)
  return { sent, answer }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

async function whole(place: Listening, content: string, asked: Asked = {}) {
  const { sent, answer } = await upload(place, asked)
  sent.end(content)
  return answer
}

async function begun(place: Listening, asked: Asked = {}): Promise<Awaited<ReturnType<typeof upload>>> {
  const before = (await spooled()).length
  const started = await upload(place, asked)
  started.sent.write('机构参考号,结果类型\n')
  await until('the spool file', async () => (await spooled()).length > before)
  return started
}

async function statusOf({ registry, as }: Listening, id: string): Promise<string> {
  return (await readImport(registry, as('secretariat'), id)).status
}

const header = '证书编号,认证机构,获证组织,有效期起,有效期止,设区市\n'
const rows = (count: number) =>
  header + Array.from({ length: count }, (_, index) => `N${index},甲,乙,2024-01-01,2026-12-31,320100\n`).join('')

t.test('a file that the caller may not import is refused before it is sent', async (t) => {
  const place = await listening(t)
  const { sent, answer } = await upload(place, { query: '&mapping=historical', length: 1024 ** 3 })
  sent.write(header)
  t.match(await answer, { status: 403, body: { code: 'forbidden' } })
  t.same(await spooled(), [])
  const unknown = await upload(place, { query: '&mapping=nobody', length: 1024 ** 3 })
  unknown.sent.write(header)
  t.match(await unknown.answer, { status: 422, body: { code: 'mapping_unknown' } })
  t.same(await spooled(), [])
  for (const each of [sent, unknown.sent]) each.destroy()
})

t.test('a file over the limit is refused, and nothing of it is kept', async (t) => {
  const place = await listening(t, { IMPORT_BYTES_MAX: '2000' })
  t.match(await whole(place, 'x'.repeat(500_000)), { status: 413, body: { code: 'body_too_large' } })
  t.same(await spooled(), [])
})

t.test('a caller has two uploads on their way, and another caller is not held up by them', async (t) => {
  const place = await listening(t)
  const two = [await begun(place), await begun(place)]
  t.match(await whole(place, header), { status: 429, body: { code: 'rate_limited' } })
  t.match(await whole(place, header, { member: 'b' }), { status: 202 })
  for (const { sent } of two) sent.end()
  for (const { answer } of two) t.match(await answer, { status: 202 })
  t.match(await whole(place, header), { status: 202 })
})

t.test('an upload that the client gives up leaves nothing behind, and is no error of ours', async (t) => {
  const place = await listening(t)
  const { sent } = await begun(place)
  sent.destroy()
  await until('the end of the upload', async () => place.lines.some(({ msg }) => msg === 'an upload was ended'))
  t.same(await spooled(), [])
  t.match(
    place.lines.find(({ reason }) => reason),
    { level: 30, reason: 'aborted' },
  )
  t.same(
    place.lines.filter(({ level }) => level > 30),
    [],
  )
})

t.test('an upload that falls silent is ended, one that goes on slowly is not', async (t) => {
  const silent = new PassThrough()
  silent.write('a')
  const ended = await spool(silent, { bytesMax: 100, idleMsMax: 20 }).catch((error: unknown) => error)
  t.ok(ended instanceof UploadEnded && ended.reason === 'idle')
  t.ok(silent.destroyed)
  t.same(await spooled(), [])
  const slow = new PassThrough()
  const taken = spool(slow, { bytesMax: 100, idleMsMax: 400 })
  for (let piece = 0; piece < 6; piece += 1) {
    slow.write('a')
    await delay(100)
  }
  slow.end()
  const file = await taken
  t.equal(file.bytesTotal, 6)
  await file.remove()
  const large = new PassThrough()
  large.end('a'.repeat(200))
  t.ok((await spool(large, { bytesMax: 100 }).catch((error: unknown) => error)) instanceof Refusal)
  t.same(await spooled(), [])
})

t.test('ten dry runs at once end, and the service answers meanwhile', { timeout: 120_000 }, async (t) => {
  const place = await listening(t)
  const ids: string[] = []
  for (let number = 0; number < 10; number += 1) {
    const role = number % 3 === 0 ? 'secretariat' : 'member'
    const asked = { role, member: number % 3 === 1 ? 'a' : 'b', query: '&mapping=results' } as const
    const { status, body } = await whole(place, `机构参考号,结果类型\n${'R,发证\n'.repeat(100)}`, asked)
    t.same([status, body.status], [202, 'running'])
    ids.push(body.id)
  }
  t.equal((await place.app.inject('/health/ready')).statusCode, 200)
  for (const id of ids) await until(id, async () => (await statusOf(place, id)) !== 'running')
  for (const id of ids)
    t.match(await readImport(place.registry, place.as('secretariat'), id), { failure: { code: 'columns_missing' } })
  await until('empty spool', async () => (await spooled()).length === 0)
})

t.test('closing ends uploads, runs and those that wait, and each says so', { timeout: 60_000 }, async (t) => {
  const place = await listening(t)
  const asked = { role: 'secretariat', query: '&mapping=historical' } as const
  const first = await whole(place, rows(30_000), asked)
  const waiting = await whole(place, rows(10), asked)
  t.equal(await statusOf(place, waiting.body.id), 'running')
  const { sent, answer } = await begun(place)
  const began = performance.now()
  await place.app.close()
  t.ok(performance.now() - began < 15_000, 'in seconds')
  const ended = await answer.then(
    ({ status }) => status,
    () => 'cut off',
  )
  t.ok(ended === 'cut off' || Number(ended) >= 400, `an upload that was cut off is not answered as taken: ${ended}`)
  t.ok(sent.destroyed)
  t.equal(await statusOf(place, first.body.id), 'interrupted')
  t.match(await readImport(place.registry, place.as('secretariat'), waiting.body.id), {
    status: 'interrupted',
    rows: 0,
    progress: 0,
    failure: { code: 'import_interrupted' },
  })
  t.same(await spooled(), [])
})

t.test('what a killed process left is removed after a day, and nothing else', async (t) => {
  const now = new Date(begin)
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)
  const made = async (name: string, hours: number) => {
    await mkdir(join(temporary, name))
    await writeFile(join(temporary, name, 'file'), 'x')
    await utimes(join(temporary, name), hoursAgo(hours), hoursAgo(hours))
  }
  await made('alliance-import-old', 25)
  await made('alliance-import-young', 23)
  await made('another-old', 25)
  await writeFile(join(temporary, 'alliance-import-file'), 'x')
  await utimes(join(temporary, 'alliance-import-file'), hoursAgo(25), hoursAgo(25))
  await removeAbandonedFolders(now)
  t.same((await spooled()).sort(), ['alliance-import-file', 'alliance-import-young', 'another-old'])
})
