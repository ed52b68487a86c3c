import { spawn } from 'node:child_process'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { type Binaries, spawnOptions } from './binaries.ts'
import { type Account, codeOf, ignoring } from './places.ts'
import { secondSocket } from './socket.ts'

/** Everything needed to run one cluster. `data` is PostgreSQL's own data directory inside `home`. */
export type Site = {
  home: string
  data: string
  account: Account
  binaries: Binaries
  socketDir: string
  settings: Record<string, string>
}

/** What postmaster.pid says. `socketDir` is where the running server listens, whatever we would choose now. */
export type Postmaster = { pid: number; socketDir: string; ready: boolean }

export const pollMs = 20
/** Recovery after a crash replays at most max_wal_size; on a slow disk that takes its time. */
const recoveryMsMax = 120_000
const stopMsMax = 60_000
const logBytesMax = 10_000_000
/** After kill -9 of the postmaster its orphans hold the shared memory for a moment; or another process was quicker. */
const passingRefusal =
  /another server might be running|another postmaster already running|pre-existing shared memory block|lock file ".*" (already exists|is empty)|could not create lock file/

const defaults = {
  max_connections: '60',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
}

export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const file = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(ignoring('ENOENT'))
  // pid, data directory, start time, port, socket directory, listen address, shared memory, status
  const lines = file?.split('\n') ?? []
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return { pid, socketDir: lines[4] ?? '', ready: (lines[7] ?? '').trim() === 'ready' }
}

/** Whether that process is this cluster's postmaster, and not a zombie or a stranger that got its number later. */
export async function isPostmasterOf(data: string, pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return isAlive(pid)
  // not /proc/<pid>/cwd: in a container root may not read that of another account
  const args = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(ignoring('ENOENT', 'ESRCH'))
  return (args ?? '').split('\0').includes(data)
}

export async function isRunning(data: string): Promise<boolean> {
  const seen = await readPostmaster(data)
  return seen !== undefined && (await isPostmasterOf(data, seen.pid))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/**
 * Starts a postmaster and waits until it accepts connections.
 * @returns undefined, or what it said if it could not start for a reason that passes.
 * @throws Error with its words if the reason does not pass.
 */
export async function launch(site: Site): Promise<string | undefined> {
  await forgetStranger(site)
  const log = await openLog(site)
  try {
    const { size } = await log.stat()
    // `detached` is setsid: a Ctrl-C meant for us must not stop the database under our last transactions
    const options = { ...spawnOptions(site.account), detached: true, stdio: ['ignore' as const, log.fd, log.fd] }
    const child = spawn(site.binaries.postgres, postgresArguments(site), options)
    child.unref()
    if (await becomesReady(site.data, child)) return undefined
    const words = await wordsSince(site.home, size)
    if (passingRefusal.test(words)) return words
    throw new Error(`PostgreSQL in ${site.data} does not start: ${words}`)
  } finally {
    await log.close()
  }
}

/**
 * A pid file may name a number that some other process has by now (after a restart of the machine or the container), and
 * PostgreSQL then refuses to start. Orphans of a dead postmaster are still kept out: it also asks the shared memory.
 */
async function forgetStranger(site: Site): Promise<void> {
  const seen = await readPostmaster(site.data)
  if (!seen || !isAlive(seen.pid) || (await isPostmasterOf(site.data, seen.pid))) return
  await rm(join(site.data, 'postmaster.pid'), { force: true })
  for (const folder of [site.socketDir, join(site.socketDir, secondSocket)]) {
    await rm(join(folder, '.s.PGSQL.5432.lock'), { force: true })
  }
}

function postgresArguments(site: Site): string[] {
  // what makes it ours comes last and so wins: no network, and the two sockets that socketUrl speaks of
  const fixed = {
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: `"${site.socketDir}","${site.socketDir}/${secondSocket}"`,
  }
  const settings = Object.entries({ ...defaults, ...site.settings, ...fixed, unix_socket_permissions: '0700' })
  return ['-D', site.data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

async function openLog(site: Site) {
  const path = join(site.home, 'postgres.log')
  const size = (await stat(path).catch(ignoring('ENOENT')))?.size ?? 0
  if (size > logBytesMax) await rename(path, `${path}.1`)
  const log = await open(path, 'a', 0o600)
  // made by root it would be closed to the account's own next start
  if (site.account.switched) await log.chown(site.account.uid, site.account.gid)
  return log
}

async function wordsSince(home: string, offset: number): Promise<string> {
  const log = await readFile(join(home, 'postgres.log'))
  return log.subarray(offset).toString('utf8').trim()
}

/** @throws Error when it could not be spawned, or is still not ready when patience ends; it is stopped then. */
async function becomesReady(data: string, child: ReturnType<typeof spawn>): Promise<boolean> {
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  const until = performance.now() + recoveryMsMax
  while (child.exitCode === null && child.signalCode === null) {
    const seen = await readPostmaster(data)
    if (seen?.ready && seen.pid === child.pid) return true
    if (performance.now() > until) {
      child.kill('SIGINT')
      throw new Error(`PostgreSQL in ${data} was not ready after ${recoveryMsMax / 1000} seconds`)
    }
    await delay(pollMs)
  }
  if (failure) throw failure
  return false
}

/** Fast shutdown: open transactions are rolled back. Resolves when the process is gone. @throws Error when it stays. */
export async function stopPostmaster(data: string): Promise<void> {
  const seen = await readPostmaster(data)
  if (!seen || !(await isPostmasterOf(data, seen.pid))) return
  tellToStop(seen.pid)
  const until = performance.now() + stopMsMax
  while (await isPostmasterOf(data, seen.pid)) {
    if (performance.now() > until) throw new Error(`PostgreSQL (pid ${seen.pid}) does not stop`)
    await delay(pollMs)
  }
}

function tellToStop(pid: number): void {
  try {
    process.kill(pid, 'SIGINT')
  } catch (error) {
    // another process that left at the same moment was quicker
    ignoring('ESRCH')(error)
  }
}
