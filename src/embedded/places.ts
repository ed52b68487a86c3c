import { createHash, randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import {
  chmod,
  lchown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rmdir,
  stat,
  symlink,
} from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** The system account that owns the files and runs the binaries; `switched` when that is not the account we run as. */
export type Account = { uid: number; gid: number; switched: boolean }
export type Log = (message: string) => void

/** Where root keeps what the PostgreSQL account could not reach where it was wished: nothing but root writes here. */
export const rootStore = '/var/lib/alliance-registry'

/** In `dataDir` when the data had to go to `rootStore`: a link there, so that removing `dataDir` really starts afresh. */
const elsewhere = 'elsewhere'
const ours = /^(data|data\.new-.+|socket|postgres\.log(\.1)?|elsewhere)$/

/**
 * PostgreSQL refuses to run as root: then it runs as the owner of a cluster that is there already, so that one start with
 * sudo does not take the data away from its user, and as `nobody` for a new one.
 */
export async function findAccount(dataDir: string): Promise<Account> {
  const uid = process.getuid?.() ?? 0
  if (uid !== 0) return { uid, gid: process.getgid?.() ?? 0, switched: false }
  const data = await stat(join(dataDir, 'data')).catch(() => undefined)
  if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid, switched: true }
  return { ...(await findNobody()), switched: true }
}

async function findNobody(): Promise<{ uid: number; gid: number }> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const fields =
    accounts
      .split('\n')
      .find((line) => line.startsWith('nobody:'))
      ?.split(':') ?? []
  // macOS writes -2 for 4294967294
  return { uid: Number(fields[2] ?? 65534) >>> 0, gid: Number(fields[3] ?? 65534) >>> 0 }
}

export function permits(stats: Stats, account: Account, bits: number): boolean {
  const shift = stats.uid === account.uid ? 6 : stats.gid === account.gid ? 3 : 0
  return ((stats.mode >> shift) & bits) === bits
}

/** Whether the account may pass through `folder` and everything above it (access control lists are not looked at). */
export async function canEnter(folder: string, account: Account): Promise<boolean> {
  if (!account.switched) return true
  for (let at = await realpath(folder); ; at = dirname(at)) {
    if (!permits(await stat(at), account, 0o1)) return false
    if (at === dirname(at)) return true
  }
}

/**
 * The folder that holds the cluster, its socket and its log: `dataDir`, or one in `rootStore` when the account cannot reach
 * `dataDir` (a clone in /root). Owned by the account, 0700.
 * @throws Error when `dataDir` holds something else, or a cluster that the account can no longer reach.
 */
export async function openHome(dataDir: string, account: Account, log: Log): Promise<string> {
  const wished = await makeFolder(resolve(dataDir))
  await refuseForeign(wished)
  const moved = await readlink(join(wished, elsewhere)).catch(() => undefined)
  if (moved) return openMoved(wished, moved, account, log)
  if (await canEnter(dirname(wished), account)) {
    await makePrivate(wished, account)
    return wished
  }
  if ((await readdir(wished)).includes('data')) {
    throw new Error(
      `uid ${account.uid}, which owns the database in ${wished}, may not pass through the folders above it`,
    )
  }
  return moveElsewhere(wished, account, log)
}

/** `mkdir -p`, but only the last folder is private: the ones above get the ordinary mode. */
async function makeFolder(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await mkdir(path, { mode: 0o700 }).catch(ignoring('EEXIST'))
  return realpath(path)
}

/** The folder is about to get a new owner and mode: never do that to one that somebody uses for something else. */
async function refuseForeign(folder: string): Promise<void> {
  const names = await readdir(folder)
  if (names.length > 0 && !names.some((name) => ours.test(name))) {
    throw new Error(`${folder} is not empty and holds no embedded PostgreSQL: give it a folder of its own`)
  }
}

async function openMoved(wished: string, moved: string, account: Account, log: Log): Promise<string> {
  if (!account.switched || dirname(moved) !== rootStore) {
    throw new Error(`the database of ${wished} is kept in ${moved}, where only root can start it`)
  }
  await openRootStore(rootStore)
  await mkdir(moved, { mode: 0o700 }).catch(ignoring('EEXIST'))
  await makePrivate(moved, account)
  log(`uid ${account.uid} cannot reach ${wished}, so its database is kept in ${moved}`)
  return moved
}

async function moveElsewhere(wished: string, account: Account, log: Log): Promise<string> {
  await openRootStore(rootStore)
  const place = join(rootStore, `${shortHash(wished)}-${randomBytes(4).toString('hex')}`)
  await mkdir(place, { mode: 0o700 })
  try {
    await symlink(place, join(wished, elsewhere))
    return openMoved(wished, place, account, log)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    // another process was quicker
    await rmdir(place)
    return openMoved(wished, await readlink(join(wished, elsewhere)), account, log)
  }
}

/** @throws Error unless the folder is root's and nobody else can write to it. */
export async function openRootStore(store: string): Promise<void> {
  const made = await mkdir(store, { recursive: true })
  // whatever the umask left
  if (made !== undefined) await chmod(store, 0o755)
  await requireOwnFolder(store, [0], 0o022)
}

/** @throws Error unless `path` is a real folder of one of `uids` with none of the `forbidden` permissions. */
export async function requireOwnFolder(path: string, uids: number[], forbidden: number): Promise<void> {
  const found = await lstat(path)
  if (!found.isDirectory()) throw new Error(`${path} is not a folder: refusing to use it`)
  if (!uids.includes(found.uid)) throw new Error(`${path} belongs to uid ${found.uid}: refusing to use it`)
  if ((found.mode & forbidden) !== 0) throw new Error(`${path} is open to others: refusing to use it`)
}

export async function makePrivate(folder: string, account: Account): Promise<void> {
  if (account.switched) await lchown(folder, account.uid, account.gid)
  await chmod(folder, 0o700)
}

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

export function ignoring(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(String(codeOf(error)))) throw error
  }
}
