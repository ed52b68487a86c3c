import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Permission, reachOf } from '../domain/access.ts'
import { refuse } from '../domain/refusals.ts'
import { type Context, contextOf, type Registry } from '../usecases/context.ts'

/** A route says who may use it, or it is not registered: deny by default. */
export type AccessRule = Permission | 'public'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule
    /** Refusals of this route are kept as attempts (N4). */
    keepsAttempts?: boolean
  }
  interface FastifyRequest {
    /** Who asks, and when; on routes that are not public. */
    registryContext: Context
  }
}

/** Routes of a library, which can't carry a rule themselves: the reference page and its files. */
function isReferencePage(url: string): boolean {
  return url === '/docs' || url.startsWith('/docs/')
}

export function enforceAccessRules(app: FastifyInstance, registry: Registry): void {
  app.decorateRequest('registryContext', null as unknown as Context)
  app.addHook('onRoute', (route) => {
    const isLibrarys = isReferencePage(route.url) || route.method === 'OPTIONS'
    if (isLibrarys && route.config?.access === undefined) route.config = { ...route.config, access: 'public' }
    if (route.config?.access === undefined) throw new Error(`${String(route.method)} ${route.url} has no access rule`)
  })
  app.addHook('onRequest', async (request) => {
    if (request.is404) return
    const access = request.routeOptions.config.access
    if (access === 'public') return
    request.registryContext = await contextFor(app, registry, request)
    if (access === undefined || reachOf(request.registryContext.actor, access) === 'none') throw refuse('forbidden')
  })
}

async function contextFor(app: FastifyInstance, registry: Registry, request: FastifyRequest): Promise<Context> {
  const actor = await app.authenticate(request)
  const { now, today, requestId } = contextOf(registry, actor, request.id)
  return { actor, now, today, requestId, sessionId: request.user.sid }
}
