import { v7 } from 'uuid'

/** A new identifier: UUID version 7, so that rows written together lie together. */
export function newId(now: Date): string {
  return v7({ msecs: now.getTime() })
}
