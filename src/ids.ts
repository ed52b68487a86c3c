import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** A new identifier: UUID version 7, so that rows written together lie together. */
export function newId(now: Date): string {
  return v7({ msecs: now.getTime(), random: randomBytes() })
}

const bytesOfId = 16
/** Asked for many at a time, as one call into the system costs more than the rest of an id. */
const pool = new Uint8Array(bytesOfId * 256)
let used = pool.length

function randomBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytesOfId
  return pool.subarray(used - bytesOfId, used)
}
