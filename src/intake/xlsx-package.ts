import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import { isZip, type RowLimits, UnreadableFile } from './format.ts'

/** The zip that a workbook is. `unpackedBytes` counts what was really unpacked: a zip bomb may lie about its sizes. */
export type WorkbookPackage = {
  zip: ZipFile
  parts: ReadonlyMap<string, Entry>
  bytesMax: number
  unpackedBytes: number
  bytesRead: () => number
}

export async function openPackage(path: string, { workbookBytesMax }: RowLimits): Promise<WorkbookPackage> {
  for await (const head of createReadStream(path, { end: 3 })) {
    if (!isZip(head)) throw new UnreadableFile('not_a_workbook', 'not an .xlsx file')
  }
  const reader = new FileReader(path)
  const options = { autoClose: false, decodeStrings: false, validateEntrySizes: false }
  try {
    const zip = await fromRandomAccessReaderPromise(reader, (await stat(path)).size, options)
    const parts = await listParts(zip)
    return { zip, parts, bytesMax: workbookBytesMax, unpackedBytes: 0, bytesRead: () => reader.bytesRead }
  } catch (error) {
    throw unreadable(error, "the list of its parts can't be read")
  }
}

/**
 * Takes the place of yauzl's own reader, in which a forged position beyond 2^53 ends the process (fs.read throws inside
 * a callback), and which doesn't tell how far it got. Each stream opens the file for itself, so none is left to close.
 */
class FileReader extends RandomAccessReader {
  bytesRead = 0
  private readonly path: string

  constructor(path: string) {
    super()
    this.path = path
  }

  override _readStreamForRange(start: number, end: number): Readable {
    if (!Number.isSafeInteger(end)) return Readable.from([])
    return createReadStream(this.path, { start, end: end - 1 }).on('data', (piece) => {
      this.bytesRead += piece.length
    })
  }
}

/** Room for thousands of parts; real workbooks have dozens. */
const directoryBytesMax = 512 * 1024

async function listParts(zip: ZipFile): Promise<Map<string, Entry>> {
  const parts = new Map<string, Entry>()
  let directoryBytes = 0
  for await (const entry of zip.eachEntry()) {
    directoryBytes += 46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
    if (directoryBytes > directoryBytesMax) throw damaged('too many parts')
    const key = partKey(entry.fileNameRaw.toString('utf8'))
    if (parts.has(key)) throw damaged(`two parts called ${key}`)
    parts.set(key, entry)
  }
  return parts
}

function partKey(name: string): string {
  return name.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase()
}

export function hasPart(book: WorkbookPackage, name: string): boolean {
  return book.parts.has(partKey(name))
}

/**
 * The text of one part. `bytesMax` holds for this part, the package's own limit for all parts together.
 * @throws UnreadableFile workbook_damaged, workbook_encrypted, workbook_too_large.
 */
export async function* partText(book: WorkbookPackage, name: string, bytesMax: number): AsyncGenerator<string> {
  const entry = book.parts.get(partKey(name))
  if (!entry) throw damaged(`the part ${name} is missing`)
  if (entry.isEncrypted()) throw encrypted()
  if (entry.uncompressedSize > bytesMax) throw tooLarge(name)
  const unpackedBefore = book.unpackedBytes
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let checksum = 0
  try {
    for await (const chunk of await book.zip.openReadStreamPromise(entry)) {
      book.unpackedBytes += chunk.length
      if (book.unpackedBytes > Math.min(book.bytesMax, unpackedBefore + bytesMax)) throw tooLarge(name)
      checksum = crc32(chunk, checksum)
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    throw unreadable(error, `the part ${name} can't be unpacked`)
  }
  if (checksum !== entry.crc32) throw damaged(`the part ${name} was changed on the way`)
}

export function damaged(detail: string, cause?: unknown): UnreadableFile {
  return new UnreadableFile('workbook_damaged', detail, cause)
}

function encrypted(): UnreadableFile {
  return new UnreadableFile('workbook_encrypted', 'the workbook has a password')
}

function tooLarge(name: string): UnreadableFile {
  return new UnreadableFile('workbook_too_large', `the part ${name} unpacks to more than is accepted`)
}

/** System errors stay as they are; yauzl tells strong encryption only as a reason not to read the list of parts. */
function unreadable(error: unknown, detail: string): unknown {
  if (error instanceof UnreadableFile || (error instanceof Error && 'syscall' in error)) return error
  return String(error).includes('encryption') ? encrypted() : damaged(detail, error)
}
