import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { spawnOptions } from './binaries.ts'
import { ignoring } from './places.ts'
import type { Site } from './postmaster.ts'

export const superuser = 'alliance_superuser'
const execute = promisify(execFile)

/**
 * Sees to it that `site.data` is a complete cluster. It is made under a name of its own and renamed when it is complete, so
 * that `data` is never half made, and of several processes one wins.
 * @throws Error with initdb's own words.
 */
export async function ensureData(site: Site): Promise<void> {
  if (!(await hasData(site))) {
    await createData(site, `${site.data}.new-${randomBytes(4).toString('hex')}`).catch(async (error: unknown) => {
      // one that was quicker has cleared ours away
      if (!(await hasData(site))) throw error
    })
  }
  await removeHalfMade(site.home)
}

async function hasData(site: Site): Promise<boolean> {
  return (await readdir(site.home)).includes('data')
}

async function createData(site: Site, building: string): Promise<void> {
  try {
    await execute(site.binaries.initdb, initdbArguments(site, building), spawnOptions(site.account))
    await rename(building, site.data).catch(ignoring('ENOTEMPTY', 'EEXIST'))
  } catch (error) {
    throw new Error(`the database in ${site.home} could not be made: ${wordsOf(error)}`, { cause: error })
  } finally {
    await rm(building, { recursive: true, force: true })
  }
}

function initdbArguments(site: Site, building: string): string[] {
  // Chinese is to sort by pinyin. LC_CTYPE must know UTF-8 as well: under C pg_trgm sees no letters in Chinese.
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  const order = ['--encoding=UTF8', `--locale=${locale}`, '--locale-provider=icu', '--icu-locale=zh-u-co-pinyin']
  // Whoever reaches the socket is trusted: its folder is 0700 and belongs to the account that could read the files anyway.
  const access = [`--username=${superuser}`, '--auth=trust']
  const sync = site.settings.fsync === 'off' ? ['--no-sync'] : []
  return [`--pgdata=${building}`, ...order, ...access, ...sync]
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  return words || String(error)
}

/** Clears what a killed initdb left. A slower process may be writing there still: what it keeps, the next start clears. */
async function removeHalfMade(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (name.startsWith('data.new-'))
      await rm(join(home, name), { recursive: true, force: true }).catch(() => undefined)
  }
}
