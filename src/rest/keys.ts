import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { jwksOf, type SigningKeys } from '../signing-keys.ts'
import { typed } from './routes.ts'

/** Published keys (RFC 7517), by which anybody verifies a token. */
const jwkAnswer = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
})

export async function keyRoutes(app: FastifyInstance, { keys }: { keys: SigningKeys }): Promise<void> {
  const jwks = await jwksOf(keys)
  typed(app).get(
    '/.well-known/jwks.json',
    {
      config: { access: 'public' },
      schema: {
        tags: ['登录 / Sign-in'],
        summary: '验证令牌的公钥 / Keys that verify tokens',
        response: { 200: z.object({ keys: z.array(jwkAnswer) }) },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return jwks
    },
  )
}
