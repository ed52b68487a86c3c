import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'

export function sha256Of(bytes: string | Buffer): string {
  return hash('sha256', bytes, 'hex')
}

/** SHA-256 over the canonical JSON (RFC 8785): the order of the fields and white space play no part. */
export function sha256OfJson(value: unknown): string {
  return sha256Of(canonicalJson(value))
}

/** Canonical JSON (RFC 8785). */
export function canonicalJson(value: unknown): string {
  return canonicalize(value) ?? 'null'
}
