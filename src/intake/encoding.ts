import { createReadStream } from 'node:fs'
import { Transform } from 'node:stream'
import { UnreadableFile } from './format.ts'

export type TextEncoding = 'utf-8' | 'gb18030'

const chunkBytes = 256 * 1024

/**
 * Reads the file once to its end (twice if it isn't UTF-8) and says how its text is written (R6).
 * A file that is UTF-8 but for a few damaged bytes is refused: as GB18030 it would often decode, into nonsense.
 * @throws UnreadableFile encoding_unsupported (UTF-16), encoding_unknown (neither UTF-8 nor GB18030, or damaged UTF-8).
 */
export async function detectEncoding(path: string): Promise<TextEncoding> {
  const brokenAt = await firstUndecodable(path, 'utf-8')
  if (brokenAt === undefined) return 'utf-8'
  const shape = await utf8Shape(path)
  if (shape === 'utf-16') throw new UnreadableFile('encoding_unsupported', 'UTF-16 text; save it as UTF-8')
  if (shape === 'utf-8') {
    throw new UnreadableFile('encoding_unknown', `UTF-8 with damaged characters within the ${chunkName(brokenAt)}`)
  }
  const brokenAgainAt = await firstUndecodable(path, 'gb18030')
  if (brokenAgainAt === undefined) return 'gb18030'
  throw new UnreadableFile('encoding_unknown', `neither UTF-8 nor GB18030: see the ${chunkName(brokenAgainAt)}`)
}

function chunkName(startByte: number): string {
  return `${chunkBytes} bytes from byte ${startByte}`
}

/** Where the piece begins that can't be decoded; undefined when all of it can. */
async function firstUndecodable(path: string, encoding: TextEncoding): Promise<number | undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let bytes = 0
  try {
    for await (const chunk of bytesOf(path)) {
      decoder.decode(chunk, { stream: true })
      bytes += chunk.length
    }
    decoder.decode()
    return undefined
  } catch (error) {
    if (error instanceof TypeError) return Math.max(0, bytes - (bytes % chunkBytes))
    throw error
  }
}

/** What a file that is not clean UTF-8 looks like when it is decoded as such all the same. */
async function utf8Shape(path: string): Promise<'utf-8' | 'utf-16' | 'other'> {
  const decoder = new TextDecoder('utf-8')
  let wide = 0
  let replaced = 0
  let head: string | undefined
  for await (const chunk of bytesOf(path)) {
    head ??= chunk.subarray(0, 3).toString('hex')
    const text = decoder.decode(chunk, { stream: true })
    wide += text.match(/[\u0800-\ufffc]/g)?.length ?? 0
    replaced += text.match(/\ufffd/g)?.length ?? 0
  }
  if (head?.startsWith('fffe') || head?.startsWith('feff')) return 'utf-16'
  return head === 'efbbbf' || wide > replaced ? 'utf-8' : 'other'
}

function bytesOf(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: chunkBytes })
}

/** Bytes in, strings out; a byte order mark is dropped, a character split between two chunks is put together. */
function decodingTransform(encoding: TextEncoding): Transform {
  const decoder = new TextDecoder(encoding, { fatal: true })
  return new Transform({
    readableObjectMode: true,
    transform(chunk: Buffer, _encoding, done) {
      settle(done, () => decoder.decode(chunk, { stream: true }))
    },
    flush(done) {
      settle(done, () => decoder.decode())
    },
  })
}

/** A piece that holds only part of a character, or only the byte order mark, gives no text. */
function settle(done: (error: Error | null, text?: string) => void, decode: () => string): void {
  try {
    const text = decode()
    if (text === '') done(null)
    else done(null, text)
  } catch (error) {
    done(new UnreadableFile('encoding_unknown', 'the text changed its encoding on the way', error))
  }
}

type OpenText = { chunks: AsyncGenerator<string>; bytesRead: () => number; close: () => Promise<void> }

/** The decoded text of a file, in pieces. */
export function openText(path: string, encoding: TextEncoding): OpenText {
  const file = createReadStream(path, { highWaterMark: chunkBytes })
  const decoder = decodingTransform(encoding)
  file.on('error', (error) => decoder.destroy(error))
  file.pipe(decoder)
  const close = async () => {
    file.destroy()
    decoder.destroy()
  }
  return { chunks: textOf(decoder, close), bytesRead: () => file.bytesRead, close }
}

async function* textOf(decoder: Transform, close: () => Promise<void>): AsyncGenerator<string> {
  try {
    for await (const text of decoder) yield String(text)
  } finally {
    await close()
  }
}

/** A line that was over the limit is null: it was passed over, not kept. Lines keep a carriage return before `\n`. */
export type TextLine = string | null

/** Cuts text into lines, as many at a time as a piece of text holds; memory is bounded by `charactersMax`. */
export async function* textLines(
  chunks: AsyncIterable<string>,
  newline: '\n' | '\r',
  charactersMax: number,
): AsyncGenerator<readonly TextLine[]> {
  let rest: TextLine = ''
  for await (const chunk of chunks) {
    const lines: TextLine[] = chunk.split(newline)
    lines[0] = joined(rest, lines[0] ?? '', charactersMax)
    rest = lines.pop() ?? ''
    yield lines.map((line) => joined('', line, charactersMax))
  }
  if (rest !== '') yield [rest]
}

function joined(start: TextLine, end: TextLine, charactersMax: number): TextLine {
  if (start === null || end === null || start.length + end.length > charactersMax) return null
  return start + end
}
