import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits: nothing to guess, so that one SHA-256 is enough to keep them by. */
export function newClientSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function sha256OfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
