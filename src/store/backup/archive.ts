import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { isSameTally, newTally } from './tally.ts'

/**
 * The file of a backup: gzip around lines of JSON, readable with zcat. First what it is (`backup`), then each table
 * (`table`) with its rows in blocks of COPY's text format (`rows`, followed by so many bytes), last the manifest
 * (`manifest`): what must be there. A file without its last line is not whole.
 */
export const formatVersion = 1

const migration = z.object({ hash: z.string(), createdAt: z.number() })
const opening = z.object({
  kind: z.literal('backup'),
  product: z.literal('alliance-registry'),
  format: z.number(),
  version: z.string(),
  takenAt: z.iso.datetime(),
  postgres: z.string(),
  /** Those that the database had had, in their order. */
  migrations: z.array(migration),
})
const table = z.object({ kind: z.literal('table'), name: z.string(), columns: z.array(z.string()) })
const rows = z.object({ kind: z.literal('rows'), bytes: z.number().int().min(1).max(67_108_864) })
const manifest = z.object({
  kind: z.literal('manifest'),
  tables: z.array(z.object({ name: z.string(), rows: z.number(), sha256Sum: z.string() })),
  sequences: z.array(z.object({ name: z.string(), lastValue: z.string(), isCalled: z.boolean() })),
})
const line = z.discriminatedUnion('kind', [opening, table, rows, manifest])

export type Migration = z.infer<typeof migration>
export type Opening = z.infer<typeof opening>
export type Manifest = z.infer<typeof manifest>
type Line = z.infer<typeof line>
export type Part = Exclude<Line, { kind: 'rows' }> | { readonly kind: 'rows'; readonly block: Buffer }

/** The file can't be restored; the message is for the operator. */
export class BackupUnusable extends Error {
  override readonly name = 'BackupUnusable'
}

export function textOf(part: Line): Buffer {
  return Buffer.from(`${JSON.stringify(part)}\n`)
}

/** The parts in their order. @throws BackupUnusable where the file is cut off, changed, or no backup. */
export async function* partsOf(file: string): AsyncGenerator<Part> {
  const bytes = byteReader(file)
  try {
    for (let text = await bytes.line(); text !== undefined; text = await bytes.line()) {
      const part = line.parse(JSON.parse(text))
      yield part.kind === 'rows' ? { kind: 'rows', block: await bytes.take(part.bytes) } : part
    }
  } catch (error) {
    throw error instanceof BackupUnusable ? error : notWhole(error)
  } finally {
    bytes.close()
  }
}

/**
 * Reads the whole file once and holds every table against the manifest, so that nothing is touched for a file that is
 * not whole. @throws BackupUnusable
 */
export async function inspectBackup(file: string): Promise<{ opening: Opening; manifest: Manifest }> {
  let seenOpening: Opening | undefined
  let seenManifest: Manifest | undefined
  const tallies = new Map<string, ReturnType<typeof newTally>>()
  let current = newTally()
  for await (const part of partsOf(file)) {
    if (seenManifest) throw notWhole('there is more behind the manifest')
    if (part.kind === 'backup') seenOpening = requireFormat(part)
    else if (!seenOpening) throw notWhole('it does not begin as a backup')
    else if (part.kind === 'table') {
      current = newTally()
      tallies.set(part.name, current)
    } else if (part.kind === 'rows') current.add(part.block)
    else seenManifest = part
  }
  if (!seenOpening || !seenManifest) throw notWhole('its end is missing')
  requireAll(seenManifest, tallies)
  return { opening: seenOpening, manifest: seenManifest }
}

function requireAll(manifest: Manifest, tallies: ReadonlyMap<string, ReturnType<typeof newTally>>): void {
  if (manifest.tables.length !== tallies.size) throw notWhole('it has other tables than its manifest')
  for (const expected of manifest.tables) {
    const found = tallies.get(expected.name)?.result()
    if (!found || !isSameTally(found, expected))
      throw notWhole(`the rows of ${expected.name} are not those it was made with`)
  }
}

function requireFormat(opening: Opening): Opening {
  if (opening.format === formatVersion) return opening
  throw new BackupUnusable(
    `备份格式为第 ${opening.format} 版，本程序只识别第 ${formatVersion} 版 / the backup has format ${opening.format}; this program reads format ${formatVersion}`,
  )
}

function notWhole(reason: unknown): BackupUnusable {
  const detail =
    reason instanceof z.ZodError ? 'a line of it is not understood' : reason instanceof Error ? reason.message : reason
  return new BackupUnusable(`备份文件不完整或不是备份 / the file is no whole backup: ${detail}`)
}

const lineBytesMax = 1_048_576

/** Lines and blocks out of the file, as they are asked for. */
function byteReader(file: string) {
  const source = createReadStream(file)
  const gunzip = createGunzip()
  // What fails is thrown where the stream is read.
  pipeline(source, gunzip).catch(() => undefined)
  const chunks = gunzip[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let held = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const next = await chunks.next()
    if (next.done === true) return false
    held = Buffer.concat([held, next.value])
    return true
  }
  const cut = (bytes: number): Buffer => {
    const taken = held.subarray(0, bytes)
    held = held.subarray(bytes)
    return taken
  }
  return {
    /** Without its end; undefined at the end of the file. */
    async line(): Promise<string | undefined> {
      while (held.indexOf(10) < 0) {
        if (held.length > lineBytesMax) throw notWhole('it has no lines')
        if (await more()) continue
        if (held.length === 0) return undefined
        throw notWhole('it ends within a line')
      }
      return cut(held.indexOf(10) + 1)
        .toString('utf8')
        .slice(0, -1)
    },
    async take(bytes: number): Promise<Buffer> {
      while (held.length < bytes) if (!(await more())) throw notWhole('it ends within a table')
      return cut(bytes)
    },
    close: () => void source.destroy(),
  }
}
