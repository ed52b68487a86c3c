import type { FastifyRequest } from 'fastify'

type Expiring = { readonly exp: number }
type Verify<T> = (request: FastifyRequest, now: Date) => Promise<T>
type Kept<T> = { readonly token: T; readonly verifiedAt: number }

const keptMax = 10_000

/**
 * Checks a signature once for each token and process: a signature takes longer than the rest of a short request. What
 * was accepted is remembered until it expires; what was refused never is. Who the token's subject is now is another
 * question, asked anew. A clock that was set back prolongs nothing: then the signature is checked again.
 * @param verify gives the token, with `exp` in seconds, or throws.
 */
export function rememberedTokens<T extends Expiring>(verify: Verify<T>): Verify<T> {
  const kept = new Map<string, Kept<T>>()
  return async (request, now) => {
    const { authorization } = request.headers
    const known = authorization === undefined ? undefined : kept.get(authorization)
    if (known && known.verifiedAt <= now.getTime() && now.getTime() < known.token.exp * 1_000) return known.token
    const token = await verify(request, now)
    if (authorization !== undefined) keep(kept, authorization, { token, verifiedAt: now.getTime() })
    return token
  }
}

/** The oldest makes room. */
function keep<T>(kept: Map<string, Kept<T>>, header: string, entry: Kept<T>): void {
  kept.delete(header)
  const [oldest] = kept.keys()
  if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest)
  kept.set(header, entry)
}
