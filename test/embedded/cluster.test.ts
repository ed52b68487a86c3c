import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  rmdir,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, extname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { findPackage, prepareBinaries } from '../../src/embedded/binaries.ts'
import { type Cluster, EmbeddedPostgresUnavailable, startCluster } from '../../src/embedded/cluster.ts'
import { type Account, findAccount, rootStore } from '../../src/embedded/places.ts'
import { isRunning, stopPostmaster } from '../../src/embedded/postmaster.ts'
import { openSocketDir, socketUrl } from '../../src/embedded/socket.ts'

const settings = { fsync: 'off' }
const isRoot = process.getuid?.() === 0
const rootOnly = isRoot
  ? {}
  : { skip: 'needs root: an ordinary user runs PostgreSQL as itself, in folders it can reach' }

/** A folder of the test's own, and everything started in it; all gone when the test ends, however it ends. */
async function workbench(t: Test, mode = 0o755) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'registry-cluster-')))
  await chmod(folder, mode)
  const clusters: Cluster[] = []
  const starters: ChildProcess[] = []
  t.teardown(async () => {
    for (const starter of starters) starter.kill('SIGKILL')
    for (const cluster of clusters) await cluster.stop()
    for (const home of new Set([join(folder, 'db'), ...clusters.map((cluster) => cluster.dataDir)])) {
      await stopPostmaster(join(home, 'data'))
      await rm(home, { recursive: true, force: true })
    }
    await rm(folder, { recursive: true, force: true })
    // if it is empty, it was this test that made it
    await rmdir(rootStore).catch(() => undefined)
  })
  return {
    folder,
    dataDir: join(folder, 'db'),
    start: async (dataDir = join(folder, 'db'), log: (message: string) => void = () => undefined) => {
      const cluster = await startCluster({ dataDir, settings, log })
      clusters.push(cluster)
      return cluster
    },
    starter: () => {
      const child = spawnStarter(join(folder, 'db'))
      starters.push(child)
      return child
    },
  }
}

/** Another process with a cluster: tells when it has it and when it was interrupted, and stops it when stdin ends. */
function spawnStarter(dataDir: string): ChildProcess {
  const module = new URL(`../../src/embedded/cluster${extname(import.meta.url)}`, import.meta.url).href
  const script = `
    import { startCluster } from ${JSON.stringify(module)}
    process.on('SIGINT', () => console.log('{"interrupted":true}'))
    const cluster = await startCluster({ dataDir: ${JSON.stringify(dataDir)}, settings: { fsync: 'off' } })
    const { adopted, postmasterPid } = cluster
    console.log(JSON.stringify({ adopted, postmasterPid, url: cluster.urlFor('alliance_superuser', 'postgres') }))
    process.stdin.resume().on('end', () => cluster.stop())`
  // a process group of its own, like a command in a terminal
  const options = { detached: true, stdio: ['pipe' as const, 'pipe' as const, 'inherit' as const] }
  return spawn(process.execPath, ['--input-type=module', '-e', script], options)
}

/** psql's word for it, where there is a psql. */
async function askPsql(url: string): Promise<string | undefined> {
  const ask = promisify(execFile)('psql', [url, '-Atc', 'select current_user'], {
    env: { ...process.env, PGPORT: '1' },
  })
  return ask.then(
    ({ stdout }) => stdout.trim(),
    (error) => (error.code === 'ENOENT' ? undefined : String(error)),
  )
}

async function nextLine(child: ChildProcess) {
  const lines = createInterface({ input: child.stdout! })
  const [line] = await once(lines, 'line')
  lines.close()
  return JSON.parse(line)
}

async function kill(child: ChildProcess) {
  process.kill(-child.pid!, 'SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function ask(cluster: Cluster, statement: string) {
  const sql = postgres(cluster.urlFor('alliance_superuser', 'postgres'), { max: 1, onnotice: () => undefined })
  try {
    return (await sql.unsafe(statement).values()).map((row) => row[0])
  } finally {
    await sql.end()
  }
}

async function until(condition: () => Promise<boolean>) {
  while (!(await condition())) await delay(5)
}

t.test('a cluster on an empty folder', async (t) => {
  const { start, dataDir } = await workbench(t)
  const cluster = await start()

  t.test('answers through the driver', async (t) => {
    t.match(await ask(cluster, 'show server_version'), [/^18\./])
    t.equal(cluster.adopted, false)
    t.equal(cluster.dataDir, dataDir)
  })
  t.test('sorts Chinese by pinyin', async (t) => {
    const names = `unnest(array['张', '王', '李', '陈', '安']) as name`
    t.same(await ask(cluster, `select name from ${names} order by name`), ['安', '陈', '李', '王', '张'])
  })
  t.test('finds trigrams in Chinese', async (t) => {
    await ask(cluster, 'create extension pg_trgm')
    t.same(await ask(cluster, `select cardinality(show_trgm('认可委员会'))`), [6])
  })
  t.test('answers to the same URL from psql', async (t) => {
    const answer = await askPsql(cluster.urlFor('alliance_superuser', 'postgres'))
    if (answer === undefined) t.pass('psql', { skip: 'there is no psql here' })
    else t.equal(answer, 'alliance_superuser')
  })
  t.test('is reached by no network', async (t) => {
    t.same(await ask(cluster, 'show listen_addresses'), [''])
  })
  t.test('lets a running query be cancelled', async (t) => {
    const sql = postgres(cluster.urlFor('alliance_superuser', 'postgres'), { max: 1 })
    const query = sql`select pg_sleep(60)`.execute()
    await until(
      async () => (await ask(cluster, `select 1 from pg_stat_activity where wait_event = 'PgSleep'`)).length > 0,
    )
    query.cancel()
    await t.rejects(query, { code: '57014' })
    await sql.end()
  })
  t.test('keeps its folder and its sockets private', async (t) => {
    for (const path of [dataDir, join(dataDir, 'data'), join(dataDir, 'socket')]) {
      t.equal((await lstat(path)).mode & 0o077, 0, path)
    }
  })
  t.test('has one database name in a URL, and it is a plain one', async (t) => {
    t.throws(() => cluster.urlFor('anybody', '登记'), RangeError)
  })
  t.test('is gone when stop resolves, and has its data when it is started again', async (t) => {
    await ask(cluster, 'create table kept as select 7 as number')
    await cluster.stop()
    await reaped(cluster.postmasterPid)
    await t.rejects(ask(cluster, 'select 1'), { code: 'ENOENT' }, 'and the driver does not try for ever')
    const again = await start()
    t.equal(again.adopted, false)
    t.same(await ask(again, 'select number from kept'), [7])
  })
})

/** A process that has ended keeps its number until its parent, which is this one, has looked. */
async function reaped(pid: number): Promise<void> {
  for (const until = performance.now() + 2_000; performance.now() < until; await delay(5)) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
  }
  throw new Error(`${pid} is still there`)
}

t.test('a cluster whose starter was killed is adopted and can be stopped', async (t) => {
  const { start, starter, dataDir } = await workbench(t)
  const child = starter()
  const { postmasterPid } = await nextLine(child)
  await kill(child)
  const cluster = await start()
  t.match(cluster, { adopted: true, postmasterPid })
  t.same(await ask(cluster, 'select 1'), [1])
  await cluster.stop()
  t.equal(await isRunning(join(dataDir, 'data')), false)
})

t.test('Ctrl-C in the terminal of the starter does not stop the cluster', async (t) => {
  const { starter, dataDir } = await workbench(t)
  const child = starter()
  const { url } = await nextLine(child)
  process.kill(-child.pid!, 'SIGINT')
  t.same(await nextLine(child), { interrupted: true })
  const sql = postgres(url, { max: 1 })
  t.same(await sql`select 1 as one`, [{ one: 1 }])
  await sql.end()
  child.stdin!.end()
  t.same(await once(child, 'exit'), [0, null])
  t.equal(await isRunning(join(dataDir, 'data')), false)
})

t.test('after kill -9 of the postmaster nothing committed is lost', async (t) => {
  const { start } = await workbench(t)
  const killed = await start()
  await ask(killed, 'create table acknowledged (number int)')
  const writer = postgres(killed.urlFor('alliance_superuser', 'postgres'), { max: 1 })
  let committed = 0
  const writing = (async () => {
    for (;;) {
      await writer`insert into acknowledged values (${committed + 1})`
      committed += 1
    }
  })().catch(() => undefined)
  await until(async () => committed >= 200)
  process.kill(killed.postmasterPid, 'SIGKILL')
  await writing
  await writer.end({ timeout: 0 })
  const restarted = await start()
  t.equal(restarted.adopted, false)
  t.not(restarted.postmasterPid, killed.postmasterPid)
  const [found] = await ask(restarted, 'select count(distinct number)::int from acknowledged')
  t.ok(found === committed || found === committed + 1, `${found} rows for ${committed} acknowledged`)
})

t.test('a pid file that names somebody else does not keep a cluster from starting', async (t) => {
  const { start, dataDir } = await workbench(t)
  const first = await start()
  const pidFile = join(dataDir, 'data', 'postmaster.pid')
  const words = await readFile(pidFile, 'utf8')
  await first.stop()
  const [stranger] = isRoot ? [spawnAs(await findAccount(dataDir))] : [spawnAs()]
  t.teardown(() => stranger?.kill())
  await writeFile(pidFile, words.replace(String(first.postmasterPid), String(stranger?.pid)))
  t.equal((await start()).adopted, false)
})

function spawnAs(account?: Account) {
  const identity = account ? { uid: account.uid, gid: account.gid } : {}
  return spawn('sleep', ['60'], { ...identity, cwd: '/', stdio: 'ignore' })
}

t.test('a half-made initdb is cleared away and made anew', async (t) => {
  const { start, starter, dataDir } = await workbench(t)
  const child = starter()
  const halfMade = async () => (await readdir(dataDir).catch(() => [])).filter((name) => name.startsWith('data.new-'))
  await until(async () => (await halfMade()).length > 0)
  await kill(child)
  t.equal((await halfMade()).length, 1)
  const cluster = await start()
  t.same(await ask(cluster, 'select 1'), [1])
  t.same(await halfMade(), [])
})

t.test(
  'of processes that start at once on an empty folder one starts, the others adopt, the last one out stops',
  async (t) => {
    const { starter, dataDir } = await workbench(t)
    const children = [starter(), starter(), starter()]
    const told = await Promise.all(children.map(nextLine))
    t.equal(told.filter(({ adopted }) => !adopted).length, 1)
    t.equal(new Set(told.map(({ postmasterPid }) => postmasterPid)).size, 1)
    t.same((await readdir(dataDir)).sort(), ['data', 'postgres.log', 'socket'])
    const exits = children.map((child) => once(child, 'exit'))
    children[0]!.stdin!.end()
    t.same(await exits[0], [0, null])
    t.equal(await isRunning(join(dataDir, 'data')), true)
    for (const child of children.slice(1)) child.stdin!.end()
    t.same(await Promise.all(exits.slice(1)), [
      [0, null],
      [0, null],
    ])
    t.equal(await isRunning(join(dataDir, 'data')), false)
  },
)

t.test('stop leaves the cluster to another client that is connected', async (t) => {
  const { start } = await workbench(t)
  const said: string[] = []
  const cluster = await start(undefined, (message) => said.push(message))
  const client = postgres(cluster.urlFor('alliance_superuser', 'postgres'), { max: 1 })
  await client`select 1`
  await cluster.stop()
  t.same(await client`select 2 as two`, [{ two: 2 }])
  t.match(said, [/left running; other clients: 1$/])
  await client.end()
})

t.test('a data folder with a long path has its socket in a short private folder', async (t) => {
  const { start, folder } = await workbench(t)
  const cluster = await start(join(folder, 'a-rather-long-name'.repeat(8)))
  t.same(await ask(cluster, 'select 1'), [1])
  const account = await findAccount(cluster.dataDir)
  const socketDir = await openSocketDir(cluster.dataDir, account)
  t.equal(cluster.urlFor('a', 'b'), socketUrl(socketDir, 'a', 'b'))
  t.match(await lstat(socketDir), { uid: account.uid })
  t.notOk(socketDir.startsWith(folder))
  await cluster.stop()

  await rm(socketDir, { recursive: true })
  await symlink(folder, socketDir)
  await t.rejects(start(cluster.dataDir), /is not a folder: refusing/)
  await rm(socketDir)
  await mkdir(socketDir)
  await chmod(socketDir, 0o777)
  await t.rejects(start(cluster.dataDir), /is open to others: refusing/)
  await rmdir(socketDir)
})

t.test('a folder that somebody uses for something else is refused and not touched', async (t) => {
  const { start, folder } = await workbench(t)
  await writeFile(join(folder, 'thesis.txt'), 'words')
  await t.rejects(start(folder), /is not empty/)
  t.equal((await lstat(folder)).mode & 0o777, 0o755)
})

t.test('in a folder that only root can enter', rootOnly, async (t) => {
  const { start, dataDir } = await workbench(t, 0o700)
  const said: string[] = []
  const cluster = await start(dataDir, (message) => said.push(message))

  t.test('the data is kept elsewhere, and that is said', async (t) => {
    t.equal(dirname(cluster.dataDir), rootStore)
    t.ok(said.some((message) => message.includes(cluster.dataDir)))
    await ask(cluster, 'create table kept as select 7 as number')
    await cluster.stop()
    const again = await start()
    t.equal(again.dataDir, cluster.dataDir)
    t.same(await ask(again, 'select number from kept'), [7])
    await again.stop()
  })
  t.test('a removed folder is a fresh start', async (t) => {
    await rm(dataDir, { recursive: true })
    const fresh = await start()
    t.not(fresh.dataDir, cluster.dataDir)
    t.same(await ask(fresh, `select to_regclass('kept')::text`), [null])
  })
})

t.test('a package without its links, as npm ci --ignore-scripts leaves it', async (t) => {
  const { folder } = await workbench(t)
  const root = join(folder, 'linux-x64')
  await copyWithoutLinks(await findPackage(), root)
  const account = await findAccount(folder)

  t.test('is copied for an account that cannot reach it', rootOnly, async (t) => {
    const store = join(folder, 'store')
    await chmod(root, 0o700)
    const said: string[] = []
    const binaries = await prepareBinaries(root, account, (message) => said.push(message), store)
    t.equal(resolve(binaries.postgres, '../../..'), store)
    t.equal(said.length, 1)
    t.same(await prepareBinaries(root, account, t.fail, store), binaries)
    await chmod(dirname(dirname(binaries.postgres)), 0o777)
    await t.rejects(prepareBinaries(root, account, t.fail, store), /is open to others: refusing/)
    await chmod(root, 0o755)
  })
  t.test('gets them', async (t) => {
    const { postgres } = await prepareBinaries(root, account, t.fail)
    t.equal(postgres, join(root, 'native', 'bin', 'postgres'))
  })
})

async function copyWithoutLinks(from: string, to: string) {
  const filter = async (path: string) => !(await lstat(path)).isSymbolicLink()
  await cp(from, to, { recursive: true, filter })
}

t.test('where there is no PostgreSQL for the machine, it says so and names DATABASE_URL', async (t) => {
  const otherSystem = process.platform === 'linux' ? 'darwin' : 'linux'
  for (const [platform, arch, reason] of [
    ['linux', 'riscv64', /没有适用于该平台的软件包.*no package is made/],
    ['win32', 'x64', /没有适用于该平台的软件包.*no package is made/],
    [otherSystem, 'arm64', /未安装可选依赖.*is not installed/],
  ] as const) {
    const error = await findPackage(platform, arch).catch((error: unknown) => error)
    t.ok(error instanceof EmbeddedPostgresUnavailable, platform)
    t.match(String(error), reason)
    t.match(String(error), /指明.*DATABASE_URL|DATABASE_URL.*指明/)
  }
})

t.test('binaries that the system cannot execute are told apart from a failure', async (t) => {
  const { folder } = await workbench(t)
  await mkdir(join(folder, 'linux-x64/native/bin'), { recursive: true })
  await writeFile(join(folder, 'linux-x64/native/bin/postgres'), '#!/no/such/interpreter\n', { mode: 0o755 })
  const account = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, switched: false }
  await t.rejects(prepareBinaries(join(folder, 'linux-x64'), account, t.fail), EmbeddedPostgresUnavailable)
})
