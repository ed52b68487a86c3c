import { randomBytes } from 'node:crypto'
import { sha256Of } from '../hashes.ts'

/** 256 random bits, for a client or to refresh a session: nothing to guess, so that one SHA-256 is enough to keep them by. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function sha256OfSecret(secret: string): string {
  return sha256Of(secret)
}
