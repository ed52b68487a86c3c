import { timingSafeEqual } from 'node:crypto'
import type { Actor } from '../../domain/access.ts'
import { refuse } from '../../domain/refusals.ts'
import { findClient } from '../../store/clients.ts'
import type { Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { sha256OfSecret } from './secret.ts'

export type ClientCredentials = { readonly clientId: string; readonly clientSecret: string }

/**
 * The machine that knows one of the client's live secrets (RFC 6749 2.3.1). A disabled client is refused like a wrong
 * secret. @throws Refusal `credentials_wrong`
 */
export async function authenticateClient(registry: Registry, given: ClientCredentials): Promise<Actor> {
  const known = idInput.safeParse(given.clientId).success ? await findClient(registry.db, given.clientId) : undefined
  const isRight = holds(known?.secretHashes ?? [], sha256OfSecret(given.clientSecret))
  if (!known || !isRight || known.client.disabledAt !== null) throw refuse('credentials_wrong')
  const { id, name, role, memberId } = known.client
  return { kind: 'machine', id, name, role, memberId }
}

/** Looks at every hash, found or not, so that the time tells nothing. */
function holds(hashes: readonly string[], sha256: string): boolean {
  const matches = hashes.filter((hash) => timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(sha256, 'hex')))
  return matches.length > 0
}
