import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import t from 'tap'
import TestReporter from '../../scripts/test-reporter.ts'
import { packageRoot } from '../../src/package-root.ts'

/**
 * The test files as subtests of one tap program: two at a time, each a process of its own, the longest text first so that
 * no long one is left for the end. `env -u` keeps away the module loader that tap would hang into each file, and into
 * every service that a file starts, to record what is loaded: more than two seconds a process, for coverage that is off.
 */
const jobs = 2
const timeoutSeconds = 400

t.register()
t.pipe(new TestReporter()).pipe(process.stdout)
t.setTimeout(0)
t.jobs = jobs
for (const file of process.argv.length > 2 ? process.argv.slice(2) : await testFiles())
  t.spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, '--enable-source-maps', file], {
    name: file,
    buffered: true,
    timeout: timeoutSeconds * 1000,
    env: { ...process.env, TAP_TIMEOUT: String(timeoutSeconds) },
  })

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
