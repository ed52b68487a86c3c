import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../src/clock.ts'
import type { Actor } from '../../src/domain/access.ts'
import { packageRoot } from '../../src/package-root.ts'
import { makeSigningKeys } from '../../src/signing-keys.ts'
import { addSecret, createClient } from '../../src/usecases/accounts/manage-clients.ts'
import { contextOf, type Registry } from '../../src/usecases/context.ts'
import type { FilledDatabase } from './database.ts'

/** A server in a process of its own. */
export type Server = { readonly address: string; stop(): Promise<void> }

const startingMsMax = 30_000

/** The service as in production: its own role, its log at `info`, written where nobody reads it. */
export async function startService(database: FilledDatabase, folder: string): Promise<Server> {
  const keysFile = join(folder, 'signing-keys.json')
  await mkdir(folder, { recursive: true })
  await makeSigningKeys(keysFile, systemClock.now()).catch(() => {})
  const port = await freePort()
  return start(port, '/health/ready', [join(packageRoot, 'build/src/main.js')], {
    NODE_ENV: 'production',
    PORT: String(port),
    DATABASE_URL: database.serviceUrl,
    SIGNING_KEYS_FILE: keysFile,
    ACCESS_TOKEN_MINUTES: '1440',
    PUBLIC_REQUESTS_PER_MINUTE: '1000000000',
    SIGN_INS_PER_MINUTE: '1000',
    EVENT_LOOP_DELAY_MS_MAX: '0',
    RUN_JOBS: 'false',
  })
}

/** `scripts`: the file of what it posts with. */
export async function startBare(database: FilledDatabase, scripts?: string): Promise<Server> {
  const port = await freePort()
  const program = join(packageRoot, 'build/scripts/bench/bare.js')
  return start(port, '/', [program, database.serviceUrl, String(port), ...(scripts ? [scripts] : [])], {})
}

async function start(port: number, path: string, program: string[], env: Record<string, string>): Promise<Server> {
  const nowhere = await open('/dev/null', 'w')
  const child = spawn(process.execPath, program, { env, stdio: ['ignore', nowhere.fd, 'inherit'] })
  await nowhere.close()
  const address = `http://127.0.0.1:${port}`
  const stop = () => stopChild(child)
  await untilReady(child, `${address}${path}`).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { address, stop }
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const until = performance.now() + startingMsMax
  while (performance.now() < until && child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    await delay(50)
  }
  throw new Error(`${url} does not answer`)
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

const operator: Actor = { kind: 'system', id: 'bench', name: 'bench', role: 'administrator', memberId: null }

/** An access token of the secretariat, come by as any machine comes by one. */
export async function signIn(registry: Registry, service: Server): Promise<string> {
  const context = contextOf(registry, operator, 'bench')
  const client = await createClient(registry, context, { name: '示例 bench', role: 'secretariat' })
  const { secret } = await addSecret(registry, context, client.id)
  const answer = await fetch(`${service.address}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`)
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return token
}
