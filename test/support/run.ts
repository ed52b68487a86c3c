import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { packageRoot } from '../../src/package-root.ts'
import { openWorkshop } from './databases.ts'

/**
 * `npm test`: tap over all files, with one PostgreSQL and one migrated template for the whole run. A file that is run by
 * itself (`npx tap build/test/…`) makes its own.
 */
const { workshop, close } = await openWorkshop()
const tap = spawn(process.execPath, [join(packageRoot, 'node_modules/.bin/tap'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, SHARED_TEST_SERVER: JSON.stringify(workshop) },
})
// Ctrl-C reaches tap too; what is left to do here is to clear away.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => tap.kill(signal))
const [code] = (await once(tap, 'exit')) as [number | null]
await close()
process.exitCode = code ?? 1
