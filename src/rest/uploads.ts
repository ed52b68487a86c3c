import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { refuse } from '../domain/refusals.ts'

export type Spooled = {
  readonly path: string
  readonly sha256: string
  readonly bytesTotal: number
  remove(): Promise<void>
}

/** Puts an uploaded stream aside in a private file, counting and hashing on the way. @throws Refusal `body_too_large` */
export async function spool(stream: Readable, bytesMax: number): Promise<Spooled> {
  const folder = await mkdtemp(join(tmpdir(), 'alliance-import-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const path = join(folder, 'file')
  const hash = createHash('sha256')
  let bytesTotal = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytesTotal += chunk.length
      hash.update(chunk)
      done(bytesTotal > bytesMax ? refuse('body_too_large', '', { values: { limit: bytesMax } }) : null, chunk)
    },
  })
  try {
    await pipeline(stream, meter, createWriteStream(path, { mode: 0o600 }))
    return { path, sha256: hash.digest('hex'), bytesTotal, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
