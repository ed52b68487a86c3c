import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { findPackage, prepareBinaries } from './binaries.ts'
import { ensureData, superuser } from './initdb.ts'
import { findAccount, type Log, openHome } from './places.ts'
import {
  isPostmasterOf,
  isRunning,
  launch,
  type Postmaster,
  pollMs,
  readPostmaster,
  type Site,
  stopPostmaster,
} from './postmaster.ts'
import { openSocketDir, requireSocketDir, socketUrl } from './socket.ts'

export { EmbeddedPostgresUnavailable } from './binaries.ts'

export type ClusterOptions = {
  /** A folder for this cluster alone; made if it is not there. */
  dataDir: string
  /** PostgreSQL's settings; those for the network and the sockets are not open to change. */
  settings?: Record<string, string>
  log?: Log
}

export type Cluster = {
  /** For the npm driver `postgres`, and for psql. Every role may connect: see `--auth` in initdb.ts. */
  urlFor(user: string, database: string): string
  /** It was running already, with the settings it was started with. */
  adopted: boolean
  /** Where the files really are. */
  dataDir: string
  postmasterPid: number
  /**
   * Close your own connections first. The last one out stops the server: if another client is connected (one second is
   * given to leaving ones), it is left running for that client, and the next start adopts it. This holds for the process
   * that started it as for one that adopted it; each `Cluster` keeps one connection open until `stop()`, so that it counts
   * even while its pool is empty. Otherwise a fast shutdown, and it resolves when the postmaster is gone.
   * @throws Error when the postmaster does not go.
   */
  stop(): Promise<void>
}

type Running = { postmaster: Postmaster; presence: postgres.Sql }

const blockedMsMax = 15_000
/** Each refusal writes to the log. */
const refusedMs = 100
const leaveMsMax = 1_000
const present = 'alliance-registry present'
const leaving = 'alliance-registry leaving'

/**
 * Starts the PostgreSQL from the npm package on a unix socket, or adopts the one that runs on `dataDir` already. The server
 * has a session of its own: Ctrl-C does not reach it, and it outlives this process if `stop()` is not called.
 * Several processes may do this at once; there is no lock of ours that could go stale. PostgreSQL's own decides.
 * @throws EmbeddedPostgresUnavailable when there are no binaries for this machine.
 * @throws Error when `dataDir` cannot be used, or the server does not come up; PostgreSQL's words are in the message.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const log = options.log ?? (() => undefined)
  const site = await prepareSite(options, log)
  await ensureData(site)
  const { postmaster, presence, adopted } = await bringUp(site)
  let stopping: Promise<void> | undefined
  return {
    urlFor: (user, database) => socketUrl(postmaster.socketDir, user, database),
    adopted,
    dataDir: site.home,
    postmasterPid: postmaster.pid,
    stop: () => {
      stopping ??= leave(site, presence, log)
      return stopping
    },
  }
}

async function prepareSite(options: ClusterOptions, log: Log): Promise<Site> {
  const root = await findPackage()
  const account = await findAccount(options.dataDir)
  const binaries = await prepareBinaries(root, account, log)
  const home = await openHome(options.dataDir, account, log)
  const socketDir = await openSocketDir(home, account)
  return { home, data: join(home, 'data'), account, binaries, socketDir, settings: options.settings ?? {} }
}

/** Connects to what runs, waits for what is coming or going, starts what is not there. */
async function bringUp(site: Site): Promise<Running & { adopted: boolean }> {
  let launched = false
  let reason = 'it does not answer'
  let deadline = performance.now() + blockedMsMax
  while (performance.now() < deadline) {
    const seen = await readPostmaster(site.data)
    const met = seen?.ready ? await meet(site, seen) : reason
    if (typeof met !== 'string') return { ...met, adopted: !launched }
    reason = met
    let pauseMs = pollMs
    if (!seen || !(await isPostmasterOf(site.data, seen.pid))) {
      const refusal = await launch(site)
      launched = refusal === undefined
      reason = refusal ?? reason
      // what it needed for its recovery is not time that it was blocked
      if (launched) deadline = performance.now() + blockedMsMax
      else pauseMs = refusedMs
    }
    await delay(pauseMs)
  }
  throw new Error(`PostgreSQL in ${site.data} is not usable after ${blockedMsMax / 1000} seconds: ${reason}`)
}

/** A connection that makes us count among its clients, or the reason why there is none. */
async function meet(site: Site, postmaster: Postmaster): Promise<Running | string> {
  const url = socketUrl(postmaster.socketDir, superuser, 'postgres')
  const presence = postgres(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 5,
    fetch_types: false,
    connection: { application_name: present },
  })
  try {
    await requireSocketDir(postmaster.socketDir, site.account)
    const [row] = await presence`select current_setting('data_directory') as data`
    if (row?.data === site.data) return { postmaster, presence }
    throw new Error(`another cluster answers: ${row?.data}`)
  } catch (error) {
    await presence.end({ timeout: 0 })
    return String(error)
  }
}

async function leave(site: Site, presence: postgres.Sql, log: Log): Promise<void> {
  const others = await countOthers(presence).catch(String)
  await presence.end({ timeout: 1 })
  if (others === 0) return stopPostmaster(site.data)
  // a number of clients, or why it cannot be told: a server that recovers from a crash just now is left alone, too
  if (await isRunning(site.data)) log(`the PostgreSQL in ${site.data} is left running; other clients: ${others}`)
}

/**
 * Two that leave at the same moment do not count each other, or neither would stop the server. Ordinary clients get a moment
 * to be gone, ours among them, as a backend outlives its connection a little; who is present stays.
 */
async function countOthers(presence: postgres.Sql): Promise<number> {
  await presence`select set_config('application_name', ${leaving}, false)`
  const until = performance.now() + leaveMsMax
  for (;;) {
    const [row] = await presence`
      select count(*)::int as others, count(*) filter (where application_name = ${present})::int as staying
      from pg_stat_activity
      where backend_type in ('client backend', 'walsender')
        and pid <> pg_backend_pid() and application_name <> ${leaving}`
    const others = Number(row?.others)
    if (others === 0 || row?.staying > 0 || performance.now() > until) return others
    await delay(pollMs)
  }
}
