import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Account, canEnter, ignoring, makePrivate, requireOwnFolder, shortHash } from './places.ts'

/** The name of the folder for the second socket: see `socketUrl`. */
export const secondSocket = ',::5432'
/** sockaddr_un.sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero. */
const socketPathBytesMax = 103

/**
 * A private folder for the socket whose path fits into a socket address: inside `home`, otherwise in a temporary folder.
 * It has a folder in it for the second socket that `socketUrl` needs.
 * @throws Error when there is none, or when somebody else made it.
 */
export async function openSocketDir(home: string, account: Account): Promise<string> {
  const name = `alliance-registry-${account.uid}-${shortHash(home)}`
  for (const folder of [join(home, 'socket'), join(tmpdir(), name), join('/tmp', name)]) {
    // a comma or a colon in the path would split it in the drivers' eyes
    const simple = !/[,:"\\]/.test(folder) && Buffer.byteLength(socketPath(folder)) <= socketPathBytesMax
    if (!simple || !(folder.startsWith(home) || (await canEnter(dirname(folder), account)))) continue
    await openPrivate(folder, account)
    await openPrivate(join(folder, secondSocket), account)
    return folder
  }
  throw new Error(`no folder with a path short enough for a unix socket: neither ${home} nor ${tmpdir()}`)
}

/** Root may have been killed between making it and giving it away, so root's own is as good as the account's. */
async function openPrivate(folder: string, account: Account): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch(ignoring('EEXIST'))
  await requireOwnFolder(folder, account.switched ? [0, account.uid] : [account.uid], 0o077)
  await makePrivate(folder, account)
}

/** @throws Error unless the folder with a running server's socket is the account's alone. */
export async function requireSocketDir(folder: string, account: Account): Promise<void> {
  await requireOwnFolder(folder, [account.uid], 0o077)
}

/**
 * One URL for libpq and for the npm drivers. `postgres` 3.4.9 takes a host for a folder only if there is a slash in it, and
 * decodes `%2F` only if there is a comma in it; then the whole of `<folder>/,::5432` is the folder. libpq splits at the comma
 * and finds its socket in `<folder>/`. So PostgreSQL opens one socket in `<folder>` and one in `<folder>/,::5432`.
 * The first colon makes the second host a bad one: with a good one the driver would try for ever and never report that the
 * server is down, and with an empty one libpq would go on to whatever server is at the default place. The port is written out
 * because PGPORT would be taken otherwise.
 */
export function socketUrl(folder: string, user: string, database: string): string {
  // the driver does not decode the database's name
  if (!/^[\w-]+$/.test(database)) throw new RangeError(`not a plain database name: ${database}`)
  return `postgres://${encodeURIComponent(user)}@${encodeURIComponent(`${folder}/,:`)}:5432/${database}`
}

function socketPath(folder: string): string {
  return `${folder}/${secondSocket}/.s.PGSQL.5432`
}
