import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, statfs } from 'node:fs/promises'
import { freemem } from 'node:os'
import { join } from 'node:path'
import { openWorkshop } from './databases.ts'

/**
 * `npm test`: all test files, or those named, with one PostgreSQL and one migrated template for the whole run. A file that
 * is run by itself (`node build/test/…`) makes its own. What the files write goes to memory where there is room: copying
 * the template is ten times as fast there, and nobody needs it after the run.
 */
const memory = { folder: '/dev/shm', bytesNeeded: 4 * 2 ** 30 }
if (process.env.TMPDIR === undefined && (await hasRoom(memory))) process.env.TMPDIR = memory.folder
const { workshop, close } = await openWorkshop()
const files = spawn(process.execPath, [join(import.meta.dirname, 'files.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, SHARED_TEST_SERVER: JSON.stringify(workshop) },
})
// Ctrl-C reaches the files too; what is left to do here is to clear away.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => files.kill(signal))
const [code] = (await once(files, 'exit')) as [number | null]
await close()
process.exitCode = code ?? 1

/** Linux has it; a container's often holds 64 MB only. */
async function hasRoom({ folder, bytesNeeded }: typeof memory): Promise<boolean> {
  try {
    await access(folder, constants.W_OK)
    const { bavail, bsize } = await statfs(folder)
    return Math.min(bavail * bsize, freemem()) >= bytesNeeded
  } catch {
    return false
  }
}
