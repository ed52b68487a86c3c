import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { checkReadiness } from '../usecases/check-readiness.ts'
import { type RouteOptions, typed } from './routes.ts'

const config = { access: 'public' as const, neverPutOff: true }
const ok = z.object({ status: z.literal('ok') })

/** Live: the process answers. Ready: its database answers too, and has had every migration. */
export async function healthRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)
  const tags = ['运行状态 / Health']
  app.get('/health/live', {
    config,
    schema: { tags, summary: '进程存活 / Live', response: { 200: ok } },
    handler: async () => ({ status: 'ok' as const }),
  })
  app.get('/health/ready', {
    config,
    schema: { tags, summary: '可提供服务 / Ready', response: { 200: ok } },
    handler: async () => {
      await checkReadiness(registry)
      return { status: 'ok' as const }
    },
  })
}
