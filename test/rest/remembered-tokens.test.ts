import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { rememberedTokens } from '../../src/rest/remembered-tokens.ts'

const expiresAt = 1_800_000_000
const at = (seconds: number) => new Date((expiresAt + seconds) * 1_000)
const withToken = (authorization: string | undefined) => ({ headers: { authorization } }) as FastifyRequest

function counted() {
  const checks: (string | undefined)[] = []
  const verified = rememberedTokens(async ({ headers: { authorization } }: FastifyRequest, now: Date) => {
    checks.push(authorization)
    if (authorization !== 'Bearer good' || now >= at(0)) throw new Error('refused')
    return { exp: expiresAt }
  })
  return { checks, verified }
}

t.test('a token is checked once until it expires', async (t) => {
  const { checks, verified } = counted()
  for (const seconds of [-60, -59, -1])
    t.same(await verified(withToken('Bearer good'), at(seconds)), { exp: expiresAt })
  t.equal(checks.length, 1)
  await t.rejects(verified(withToken('Bearer good'), at(0)), 'at the very second of its end it is checked, and refused')
  t.equal(checks.length, 2)
})

t.test('a clock that was set back prolongs nothing', async (t) => {
  const { checks, verified } = counted()
  await verified(withToken('Bearer good'), at(-10))
  await verified(withToken('Bearer good'), at(-20))
  t.equal(checks.length, 2, 'the signature is checked again')
})

t.test('what was refused is never remembered', async (t) => {
  const { checks, verified } = counted()
  for (const header of ['Bearer bad', 'Bearer bad', undefined, undefined])
    await t.rejects(verified(withToken(header), at(-10)))
  t.equal(checks.length, 4)
})
