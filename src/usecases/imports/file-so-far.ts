import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { newSpoolFolder } from './spool-folder.ts'

/**
 * What the rows of a file brought so far, for a dry run, which takes every piece of its work back at once: a row is
 * judged by the registry and by the earlier rows that it has a key in common with. They are on disk, in chains of equal
 * slots; the heads of the chains are all that stays in memory, and do not grow with the file (R6).
 */
export type FileSoFar<Row> = {
  add(brought: readonly Brought<Row>[]): Promise<void>
  /** The rows with one of the keys, latest first, at most `limit` for a key. */
  under(keys: readonly string[], limit: number): Promise<Kept<Row>[]>
  close(): Promise<void>
}

type Brought<Row> = { readonly keys: readonly string[]; readonly row: Row }

/** `at` tells rows apart and orders them as the file does. */
export type Kept<Row> = Brought<Row> & { readonly at: number }

/** `before` leads to the row before it in the chain of each key: its place and one, or nought at the end of the chain. */
type Linked<Row> = Kept<Row> & { readonly before: readonly number[] }

const slots = 2 ** 20

export async function openFileSoFar<Row>(): Promise<FileSoFar<Row>> {
  const folder = await newSpoolFolder()
  const file = await open(join(folder.path, 'brought'), 'w+', 0o600)
  const heads = new Float64Array(slots)
  let end = 0
  return {
    async add(brought) {
      const lines = brought.map(({ keys, row }) => {
        const places = keys.map(slotOf)
        const line = framed({ keys, row, before: places.map((slot) => heads[slot] ?? 0) })
        for (const slot of places) heads[slot] = end + 1
        end += line.length
        return line
      })
      const piece = Buffer.concat(lines)
      await file.write(piece, 0, piece.length, end - piece.length)
    },
    async under(keys, limit) {
      const found = new Map<number, Kept<Row>>()
      for (const key of keys)
        for (const kept of await chainOf<Row>(file, heads[slotOf(key)] ?? 0, key, limit)) found.set(kept.at, kept)
      return [...found.values()].sort((a, b) => b.at - a.at)
    },
    async close() {
      await file.close().finally(() => folder.remove())
    },
  }
}

async function chainOf<Row>(file: FileHandle, head: number, key: string, limit: number): Promise<Kept<Row>[]> {
  const found: Kept<Row>[] = []
  for (let next = head; next > 0 && found.length < limit; ) {
    const { before, ...kept } = await readAt<Row>(file, next - 1)
    if (kept.keys.includes(key)) found.push(kept)
    next = before[kept.keys.findIndex((each) => slotOf(each) === slotOf(key))] ?? 0
  }
  return found
}

/** FNV-1a. */
function slotOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % slots
}

const headBytes = 4
const bytesAtOnce = 4_096

function framed(line: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(line))
  const head = Buffer.alloc(headBytes)
  head.writeUInt32LE(text.length)
  return Buffer.concat([head, text])
}

async function readAt<Row>(file: FileHandle, at: number): Promise<Linked<Row>> {
  const start = await readPiece(file, at, bytesAtOnce)
  const length = headBytes + start.readUInt32LE()
  const whole = length <= start.length ? start : await readPiece(file, at, length)
  return { ...JSON.parse(whole.toString('utf8', headBytes, length)), at }
}

async function readPiece(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, at)
  return buffer.subarray(0, bytesRead)
}
