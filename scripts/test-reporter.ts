import { Transform } from 'node:stream'
import { Parser, type Result } from 'tap-parser'

/**
 * Prints what failed and what was skipped, and ends with `N passed, N failed`: assertions over all files, each counted
 * once. The point that closes a subtest or a file repeats what is inside it, so it counts only where it tells something
 * new: a crash, a kill, a timeout, or nothing inside. A file without tests has failed, and so has a run without files.
 * Where there are many files, it names those that took longest.
 */
export default class TestReporter extends Transform {
  private readonly parser = new Parser()
  private readonly counts = { passed: 0, failed: 0, skipped: 0 }
  private readonly files: { name: string; seconds: number }[] = []

  constructor() {
    super()
    this.watch(this.parser, [])
    this.parser.on('bailout', (reason: string) => this.fail(['bail out'], reason))
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
    const isFile = path.length === 1
    if (isFile) this.files.push({ name: result.name, seconds: Number(result.time ?? 0) / 1000 })
    const isEmpty = totalOf(this.counts) === totalOf(before)
    const isExplained = this.counts.failed > before.failed
    if (isFile && isEmpty && result.ok && isWithoutTests(result)) this.fail(path, 'no tests in this file')
    else if (isEmpty) this.count(result, path)
    else if (!result.ok && !result.todo && !isExplained) this.fail(path, result.diag)
  }

  private fail(path: readonly string[], why: unknown): void {
    this.counts.failed += 1
    const text = typeof why === 'string' ? why : JSON.stringify(why ?? {}, null, 2)
    this.push(`FAILED ${path.join(' › ')}\n${text.replaceAll('\\n', '\n')}\n`)
  }

  private skip(path: readonly string[], reason: string | boolean): void {
    this.counts.skipped += 1
    this.push(`  skipped: ${path.join(' › ')}${typeof reason === 'string' ? ` (${reason})` : ''}\n`)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.parser.write(chunk)
    done()
  }

  override _flush(done: () => void): void {
    this.parser.end()
    if (totalOf(this.counts) === 0) this.fail(['the whole run'], 'no test ran')
    else if (!this.parser.ok && this.counts.failed === 0) this.fail(['the whole run'], this.parser.results?.failures)
    if (this.files.length > slowestMax) this.push(slowest(this.files))
    const { passed, failed, skipped } = this.counts
    // tap itself takes a file without tests for a skipped one
    if (failed > 0) process.exitCode = 1
    this.push(`${skipped} skipped\n${passed} passed, ${failed} failed\n`)
    done()
  }
}

const slowestMax = 10

function slowest(files: readonly { name: string; seconds: number }[]): string {
  const longest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, slowestMax)
  return longest.map(({ name, seconds }) => `  ${seconds.toFixed(1).padStart(6)} s  ${name}\n`).join('')
}

type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number }

function totalOf({ passed, failed, skipped }: Counts): number {
  return passed + failed + skipped
}

/** Skipped with a reason of its own is a decision; "no tests found" is tap's word for an empty file. */
function isWithoutTests({ skip }: Result): boolean {
  return !skip || skip === true || skip === 'no tests found'
}
