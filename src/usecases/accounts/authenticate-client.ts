import { timingSafeEqual } from 'node:crypto'
import type { Actor } from '../../domain/access.ts'
import { refuse } from '../../domain/refusals.ts'
import { findClient } from '../../store/clients.ts'
import type { Registry } from '../context.ts'
import { idInput } from '../inputs.ts'
import { sha256OfSecret } from './secret.ts'

/** A machine, and by which of its secrets it is known. */
export type AuthenticatedClient = { readonly actor: Actor; readonly secretId: string }
type Secret = { readonly id: string; readonly sha256: string }
export type ClientCredentials = { readonly clientId: string; readonly clientSecret: string }

/**
 * The machine that knows one of the client's live secrets (RFC 6749 2.3.1). A disabled client is refused like a wrong
 * secret. @throws Refusal `credentials_wrong`
 */
export async function authenticateClient(registry: Registry, given: ClientCredentials): Promise<AuthenticatedClient> {
  const known = idInput.safeParse(given.clientId).success ? await findClient(registry.db, given.clientId) : undefined
  const secretId = matching(known?.secrets ?? [], sha256OfSecret(given.clientSecret))
  if (!known || secretId === undefined || known.client.disabledAt !== null) throw refuse('credentials_wrong')
  const { id, name, role, memberId } = known.client
  return { actor: { kind: 'machine', id, name, role, memberId }, secretId }
}

/** Looks at every hash, found or not, so that the time tells nothing. */
function matching(secrets: readonly Secret[], sha256: string): string | undefined {
  const wanted = Buffer.from(sha256, 'hex')
  return secrets.filter((secret) => timingSafeEqual(Buffer.from(secret.sha256, 'hex'), wanted))[0]?.id
}
