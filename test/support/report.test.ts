import { Readable } from 'node:stream'
import t from 'tap'
import { type Ended, TestReport } from './report.ts'

const well: Ended = { code: 0, signal: null, seconds: 1 }

async function reportOf(...files: readonly (readonly [tap: string, ended?: Ended])[]) {
  let words = ''
  const report = new TestReport((text) => (words += text))
  for (const [index, [tap, ended = well]] of files.entries())
    await report.read(`file ${index + 1}`, Readable.from([Buffer.from(tap)]), Promise.resolve(ended))
  const isPassed = report.close()
  return { isPassed, words, closing: words.trimEnd().split('\n').at(-1) }
}

const subtest = (inside: string, closing: string) => `TAP version 14\n# Subtest: one\n${inside}${closing}\n1..1\n`

t.test('each assertion is counted once, and nothing that is not one', async (t) => {
  const cases: [name: string, tap: string, ended: Ended, closing: string, told: RegExp][] = [
    ['assertions alone', 'TAP version 14\nok 1 - a\nok 2 - b\n1..2\n', well, '2 passed, 0 failed', /^0 skipped/],
    ['in a subtest', subtest('    ok 1 - a\n    ok 2 - b\n    1..2\n', 'ok 1 - one'), well, '2 passed, 0 failed', /^0/],
    [
      'one that failed, and the point that closes it',
      subtest('    ok 1 - a\n    not ok 2 - b\n    1..2\n', 'not ok 1 - one'),
      { ...well, code: 1 },
      '1 passed, 1 failed',
      /^FAILED file 1 › one › b\n/,
    ],
    [
      'a closing point that alone tells of the failure',
      subtest('    ok 1 - a\n    1..1\n', 'not ok 1 - one'),
      { ...well, code: 1 },
      '1 passed, 1 failed',
      /^FAILED file 1 › one\n/,
    ],
    ['an empty subtest', subtest('    1..0\n', 'ok 1 - one'), well, '1 passed, 0 failed', /^0 skipped/],
    [
      'skipped',
      'TAP version 14\nok 1 - a # SKIP why\n1..1\n',
      well,
      '0 passed, 0 failed',
      /skipped: file 1 › a \(why\)/,
    ],
    ['nothing at all', '', well, '0 passed, 1 failed', /no tests in this file/],
    ['no tests', 'TAP version 14\n1..0 # no tests found\n', well, '0 passed, 1 failed', /no tests in this file/],
    ['cut off', 'TAP version 14\nok 1 - a\n', { ...well, code: null, signal: 'SIGKILL' }, '1 passed, 1 failed', /plan/],
    [
      'a crash after all',
      'TAP version 14\nok 1 - a\n1..1\n',
      { ...well, code: 7 },
      '1 passed, 1 failed',
      /exit code 7/,
    ],
    [
      'killed after all',
      'TAP version 14\nok 1 - a\n1..1\n',
      { ...well, code: null, signal: 'SIGALRM' },
      '1 passed, 1 failed',
      /SIGALRM/,
    ],
  ]
  for (const [name, tap, ended, closing, told] of cases) {
    const report = await reportOf([tap, ended])
    t.equal(report.closing, closing, name)
    t.match(report.words, told, name)
    t.equal(report.isPassed, closing.endsWith(' 0 failed'), name)
  }
})

t.test('the counts are over all files, and a run of none has failed', async (t) => {
  const one = 'TAP version 14\nok 1 - a\n1..1\n'
  t.match(await reportOf([one], [one]), { isPassed: true, closing: '2 passed, 0 failed' })
  t.match(await reportOf([one], ['']), { isPassed: false, closing: '1 passed, 1 failed' })
  t.match(await reportOf(), { isPassed: false, closing: '0 passed, 1 failed' })
})

t.test('of many files the longest are named', async (t) => {
  const one = 'TAP version 14\nok 1 - a\n1..1\n'
  const { words } = await reportOf(...Array.from({ length: 12 }, (_, at) => [one, { ...well, seconds: at }] as const))
  t.match(words, /^ {4}11\.0 s {2}file 12\n/)
  t.notMatch(words, 'file 2\n')
})
