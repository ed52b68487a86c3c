import { Transform } from 'node:stream'
import { Parser } from 'tap-parser'

/** Prints what failed in full, a line a file otherwise, and ends with `N passed, N failed` (assertions, over all files). */
export default class TestReporter extends Transform {
  private readonly parser = new Parser()
  private passed = 0
  private failed = 0
  private skipped = 0

  constructor() {
    super()
    this.watch(this.parser, [])
  }

  private watch(parser: Parser, names: readonly string[]): void {
    let children = 0
    parser.on('child', (child: Parser) => {
      children += 1
      this.watch(child, [...names, child.name])
    })
    parser.on('assert', (result) => {
      const isParent = children > 0 && !result.diag?.['at'] && names.length < 8 && /^# |\.js$/.test(`${result.name}`)
      if (isParent) return
      this.count(result, names)
    })
  }

  private count(
    result: { ok: boolean; name: string; skip?: boolean | string; todo?: boolean | string; diag?: unknown },
    names: readonly string[],
  ): void {
    if (result.skip) {
      this.skipped += 1
      this.push(`  skipped: ${[...names, result.name].join(' › ')} (${result.skip})\n`)
    } else if (result.ok) this.passed += 1
    else {
      this.failed += 1
      this.push(`FAILED ${[...names, result.name].join(' › ')}\n${JSON.stringify(result.diag ?? {}, null, 2)}\n`)
    }
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.parser.write(chunk)
    done()
  }

  override _flush(done: () => void): void {
    this.parser.end()
    this.push(`${this.skipped} skipped\n${this.passed} passed, ${this.failed} failed\n`)
    done()
  }
}
