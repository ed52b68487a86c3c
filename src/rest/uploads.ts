import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { refuse } from '../domain/refusals.ts'
import { newSpoolFolder } from '../usecases/imports/spool-folder.ts'

export type Spooled = {
  readonly path: string
  readonly sha256: string
  readonly bytesTotal: number
  remove(): Promise<void>
}

export type UploadLimits = { readonly bytesMax: number; readonly idleMsMax?: number }

/** An upload that did not come to its end: the client went, or was silent too long, or this service stops. */
export class UploadEnded extends Error {
  override readonly name = 'UploadEnded'
  readonly reason: 'aborted' | 'idle' | 'stopping'
  constructor(reason: UploadEnded['reason'], cause?: unknown) {
    super(`the upload was ended: ${reason}`, { cause })
    this.reason = reason
  }
}

/**
 * Puts an uploaded stream aside in a private file, counting and hashing on the way. What does not come to its end leaves
 * nothing behind. @throws Refusal `body_too_large`; {@link UploadEnded}
 */
export async function spool(stream: Readable, { bytesMax, idleMsMax = 60_000 }: UploadLimits): Promise<Spooled> {
  const { path: folder, remove } = await newSpoolFolder()
  const path = join(folder, 'file')
  const hash = createHash('sha256')
  try {
    const bytesTotal = await write(untilIdle(stream, idleMsMax), path, hash, bytesMax)
    return { path, sha256: hash.digest('hex'), bytesTotal, remove }
  } catch (error) {
    await remove()
    throw stream.readableAborted && !(error instanceof UploadEnded) ? new UploadEnded('aborted', error) : error
  }
}

async function write(pieces: AsyncIterable<Buffer>, path: string, hash: Hash, bytesMax: number): Promise<number> {
  const file = await open(path, 'w', 0o600)
  let bytesTotal = 0
  try {
    for await (const piece of pieces) {
      bytesTotal += piece.length
      if (bytesTotal > bytesMax) throw refuse('body_too_large', '', { values: { limit: bytesMax } })
      hash.update(piece)
      await writeWhole(file, piece)
    }
    return bytesTotal
  } finally {
    await file.close()
  }
}

async function writeWhole(file: FileHandle, piece: Buffer): Promise<void> {
  for (let written = 0; written < piece.length; ) written += (await file.write(piece, written)).bytesWritten
}

/** The pieces of a stream, which is ended when none came for so long. Whoever stops early leaves it open to be answered. */
async function* untilIdle(stream: Readable, idleMsMax: number): AsyncGenerator<Buffer> {
  const idle = setTimeout(() => stream.destroy(new UploadEnded('idle')), idleMsMax)
  try {
    for await (const piece of stream.iterator({ destroyOnReturn: false })) {
      yield piece
      idle.refresh()
    }
  } finally {
    clearTimeout(idle)
  }
}
