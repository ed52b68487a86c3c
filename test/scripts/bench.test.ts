import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { median } from '../../scripts/bench/measure.ts'
import { optionsFrom } from '../../scripts/bench/options.ts'
import { filling, scriptFrom } from '../../scripts/bench/post-script.ts'
import { lineOf, scaleLineOf, tableOf } from '../../scripts/bench/report.ts'
import { packageRoot } from '../../src/package-root.ts'

const round = (perSecond: number) => ({ perSecond, p50: 1, p99: 2 })

t.test('the median of rounds counts, not the best of them', async (t) => {
  t.equal(median([3, 1, 100]), 3)
  t.equal(median([4, 1, 2, 3]), 2.5)
})

t.test('a workload is held against its mark', async (t) => {
  t.match(lineOf('x', [round(90), round(10), round(95)], [round(100)], 0.9), { ratio: 0.9, reached: true })
  t.match(lineOf('x', [round(89)], [round(100)], 0.9), { reached: false })
  t.match(lineOf('x', [round(1)], [round(100)], null), { reached: null, wanted: '–' })
  t.match(scaleLineOf('x', [round(50)], [round(100)], 1.5), { ratio: 2, reached: false })
  t.match(scaleLineOf('x', [round(80)], [round(100)], 1.5), { ratio: 1.25, reached: true })
  t.match(tableOf([lineOf('x', [round(89)], [round(100)], 0.9)], ['service', 'bare']), /\| x .*0\.89 .*≥ 0\.9 .*✗ +\|$/)
})

t.test('an option that is not there is refused with how it is called', async (t) => {
  t.match(optionsFrom(['--certificates', '2000', '--only', 'lists'], ['lists']), {
    certificates: 2000,
    only: ['lists'],
  })
  for (const args of [['--certificates', '0'], ['--only', 'nothing'], ['--unknown']])
    t.throws(() => optionsFrom(args, ['lists']), /Usage/)
})

t.test('what is new in each post has its place in the recorded statements', async (t) => {
  const post = (n: number) => ({
    groups: [
      [{ text: 'insert', values: [idOf(n), `R-M00000A-0000000${n}`, [idOf(n)], `{"id":"${idOf(n)}"}`, 7, null] }],
    ],
    answer: idOf(n),
  })
  const script = scriptFrom('m', post(1), post(2))
  t.same(script.fresh, ['id', 'mark'])
  const values = script.groups[0]?.[0]?.values.map((value) => filling(value)(['x', 'y']))
  t.same(values, ['x', 'R-y', ['x'], '{"id":"x"}', 7, null])
  t.throws(() => scriptFrom('m', post(1), { ...post(2), answer: 'another' }), /differ in more/)
})

t.test('the bench fills a database, compares every answer and measures', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'registry-bench-'))
  await chmod(folder, 0o711)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const program = join(packageRoot, 'build/scripts/bench.js')
  const bench = async (...options: string[]) => {
    const args = [program, '--certificates', '2000', '--seconds', '1', '--folder', folder, ...options]
    // Marks may be missed on a machine that is busy with tests; whatever else goes wrong says so.
    const run = promisify(execFile)(process.execPath, args)
    const { stdout, stderr } = await run.catch((error: { stdout: string; stderr: string }) => error)
    t.equal(stderr, '')
    return stdout
  }
  const compared = await bench('--rounds', '0', '--only', 'lists,graphql,verify,dashboard,posting')
  t.match(compared, /the service answers as the bare driver does/)
  t.match(compared, /the service writes as many rows to each table as the bare driver does/)
  t.match(compared, /overdue, list of 100, GraphQL: .*\n +Limit\n +Index Scan obligations_open of obligations/)
  t.match(compared, /members dashboard, GraphQL: .*\n/)
  t.notMatch(compared, /\| workload/)
  const measured = await bench('--rounds', '1', '--warm-up', '1', '--only', 'verify,import')
  t.match(measured, /\| verification +\| \d+\/s/)
  t.match(measured, /\| import of 2000 into 2000[^|]+\| \d+\/s \(\d+ MB\)/)
})

function idOf(n: number): string {
  return `00000000-0000-7000-8000-00000000000${n}`
}
