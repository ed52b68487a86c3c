import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Files that an import puts aside while it lasts, each in a private folder of its own under the system's temporary one. */
const prefix = 'alliance-import-'
const abandonedAfterMs = 24 * 3_600_000

export type SpoolFolder = { readonly path: string; remove(): Promise<void> }

export async function newSpoolFolder(): Promise<SpoolFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/**
 * Removes what a killed process left: folders of ours by name, kind and owner, older than a day.
 * @param now of the wall clock, as the file system has it
 */
export async function removeAbandonedFolders(now: Date): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => [])
  for (const name of names) {
    if (!name.startsWith(prefix)) continue
    const path = join(tmpdir(), name)
    if (await isAbandoned(path, now)) await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** A link is not followed, another user's folder is left alone. */
async function isAbandoned(path: string, now: Date): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  const isOurs = found?.isDirectory() === true && found.uid === (process.getuid?.() ?? found.uid)
  return isOurs && now.getTime() - found.mtimeMs > abandonedAfterMs
}
