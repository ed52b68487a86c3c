import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { packageRoot } from '../../src/package-root.ts'
import { testDatabaseUrl } from './environment.ts'
import { type Ended, TestReport } from './report.ts'

/**
 * The test files, some processes at a time, the longest text first so that no long one is left for the end. Each is read as
 * it speaks: one tap program over all of them would listen to one after the other, and the second would stand still as soon
 * as the pipe is full. `NODE_OPTIONS` keeps away the module loader that tap would hang into each file, and into every
 * service that a file starts, to record what is loaded: more than two seconds a process, for coverage that is off.
 */
const timeoutSeconds = 400
/** One more where the server writes to a disk, for which the files wait. */
const jobs = testDatabaseUrl === undefined ? 2 : 3

const report = new TestReport((text) => process.stdout.write(text))
const underWay = new Set<ChildProcess>()
let isStopped = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    isStopped = true
    for (const child of underWay) child.kill(signal)
  })

const named = process.argv.slice(2)
const waiting = named.length > 0 ? named : await testFiles()
await Promise.all(Array.from({ length: jobs }, workOff))
process.exitCode = report.close() && !isStopped ? 0 : 1

async function workOff(): Promise<void> {
  for (let file = waiting.shift(); file !== undefined && !isStopped; file = waiting.shift()) await run(file)
}

async function run(file: string): Promise<void> {
  const { NODE_OPTIONS: _, ...environment } = process.env
  const began = performance.now()
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...environment, TAP_TIMEOUT: String(timeoutSeconds) },
  })
  underWay.add(child)
  // At the alarm, tap says what the file was waiting for, if it still can.
  const alarm = setTimeout(() => child.kill('SIGALRM'), timeoutSeconds * 1000)
  const last = setTimeout(() => child.kill('SIGKILL'), (timeoutSeconds + 20) * 1000)
  const end = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, seconds: (performance.now() - began) / 1000 })),
  )
  await report.read(file, child.stdout, end)
  for (const timer of [alarm, last]) clearTimeout(timer)
  underWay.delete(child)
}

/** The rule book's tests are run together, by `test/domain.test.ts`. */
async function testFiles(): Promise<string[]> {
  const folder = join(packageRoot, 'build/test')
  const names = (await readdir(folder, { recursive: true })).filter(
    (name) => name.endsWith('.test.js') && !name.startsWith('domain/'),
  )
  const sized = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), size: (await stat(join(folder, name))).size })),
  )
  return sized.toSorted((a, b) => b.size - a.size).map(({ path }) => relative(process.cwd(), path))
}
