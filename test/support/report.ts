import { Parser, type Result } from 'tap-parser'

/** How a file's process ended. */
export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly seconds: number }

/**
 * What failed and what was skipped, as each file ends, and at last `N passed, N failed`: assertions over all files, each
 * counted once. The point that closes a subtest repeats what is inside it, so it counts only where it tells something new:
 * a crash, a timeout, or nothing inside. A file without tests has failed, and so has a run without files. Where there are
 * many files, it names those that took longest.
 */
export class TestReport {
  private readonly counts = { passed: 0, failed: 0, skipped: 0 }
  private readonly files: { name: string; seconds: number }[] = []

  private readonly print: (text: string) => void

  constructor(print: (text: string) => void) {
    this.print = print
  }

  /** Reads what a file says to its end, as it says it: a process whose words nobody takes waits for ever. */
  async read(name: string, output: AsyncIterable<Buffer>, end: Promise<Ended>): Promise<void> {
    // Of this file alone: others are read at the same time.
    const own = new FileReport(name)
    for await (const chunk of output) own.parser.write(chunk)
    own.parser.end()
    const ended = await end
    const { counts, words } = own.conclude(ended)
    this.files.push({ name, seconds: ended.seconds })
    for (const kind of ['passed', 'failed', 'skipped'] as const) this.counts[kind] += counts[kind]
    this.print(words)
  }

  /** @returns whether everything passed */
  close(): boolean {
    if (totalOf(this.counts) === 0) {
      this.counts.failed += 1
      this.print('FAILED: no test ran\n')
    }
    if (this.files.length > slowestMax) this.print(slowest(this.files))
    const { passed, failed, skipped } = this.counts
    this.print(`${skipped} skipped\n${passed} passed, ${failed} failed\n`)
    return failed === 0
  }
}

class FileReport {
  readonly parser = new Parser()
  private readonly counts = { passed: 0, failed: 0, skipped: 0 }
  private readonly name: string
  private words = ''

  constructor(name: string) {
    this.name = name
    this.watch(this.parser, [])
    this.parser.on('bailout', (reason: string) => this.fail(['bail out'], reason))
  }

  conclude({ code, signal }: Ended): { counts: Counts; words: string } {
    const { ok, results } = this.parser
    const skipped = results?.plan.skipAll ? results.plan.skipReason : ''
    // "no tests found" is tap's word for an empty file.
    if (skipped !== '' && skipped !== 'no tests found') this.skip([], skipped)
    else if (totalOf(this.counts) === 0) this.fail([], 'no tests in this file')
    if (this.counts.failed === 0 && !ok) this.fail([], results?.failures)
    if (this.counts.failed === 0 && code !== 0) this.fail([], signal ?? `exit code ${code}`)
    return { counts: this.counts, words: this.words }
  }

  private watch(parser: Parser, names: readonly string[]): void {
    let before: Counts | undefined
    parser.on('child', (child: Parser) => {
      before = { ...this.counts }
      this.watch(child, [...names, child.name])
    })
    parser.on('assert', (result: Result) => {
      const path = [...names, result.name]
      if (before) this.countClosing(result, path, before)
      else this.count(result, path)
      before = undefined
    })
  }

  private count({ ok, skip, todo, diag }: Result, path: readonly string[]): void {
    if (skip || todo) this.skip(path, skip || todo)
    else if (ok) this.counts.passed += 1
    else this.fail(path, diag)
  }

  /** The parser closes a subtest before it passes on the point that sums it up. */
  private countClosing(result: Result, path: readonly string[], before: Counts): void {
    if (totalOf(this.counts) === totalOf(before)) this.count(result, path)
    else if (!result.ok && !result.todo && this.counts.failed === before.failed) this.fail(path, result.diag)
  }

  private fail(path: readonly string[], why: unknown): void {
    this.counts.failed += 1
    const text = typeof why === 'string' ? why : JSON.stringify(why ?? {}, null, 2)
    this.words += `FAILED ${[this.name, ...path].join(' › ')}\n${text.replaceAll('\\n', '\n')}\n`
  }

  private skip(path: readonly string[], reason: string | boolean): void {
    this.counts.skipped += 1
    this.words += `  skipped: ${[this.name, ...path].join(' › ')}${typeof reason === 'string' ? ` (${reason})` : ''}\n`
  }
}

type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number }

function totalOf({ passed, failed, skipped }: Counts): number {
  return passed + failed + skipped
}

const slowestMax = 10

function slowest(files: readonly { name: string; seconds: number }[]): string {
  const longest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, slowestMax)
  return longest.map(({ name, seconds }) => `  ${seconds.toFixed(1).padStart(6)} s  ${name}\n`).join('')
}
