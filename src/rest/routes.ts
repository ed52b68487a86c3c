import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Registry } from '../usecases/context.ts'
import { idInput } from '../usecases/inputs.ts'

/** What route files share: the typed instance, the parameters and headers that recur. */
export type RouteOptions = { readonly registry: Registry }

export function typed(app: FastifyInstance) {
  return app.withTypeProvider<ZodTypeProvider>()
}

export const idParams = z.object({ id: idInput })

export const nothing = z.null().describe('没有正文 / no body')

export const perMinute = (max: number) => ({ max, timeWindow: '1 minute' })

/** Tokens and secrets, and what tells of their holder. */
export function keepOutOfCaches(reply: FastifyReply): void {
  reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
}

const key = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'printable ASCII without blanks, at most 200 characters')
  .meta({
    description: 'Any text of your own, new for each new request; kept at least 90 days.',
    examples: ['7f1f6a0e-0001'],
  })

export const optionalKey = z.looseObject({ 'idempotency-key': key.optional() })
