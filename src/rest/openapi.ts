import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type RefusalCode, refusalSentences } from '../domain/refusals.ts'
import { statusOf } from './problems.ts'
import { problemShape } from './shapes.ts'

type ZodToJsonConfig = NonNullable<Parameters<typeof createJsonSchemaTransform>[0]['zodToJsonConfig']>

/** zod leaves out the examples of whatever it transforms, days and bodies among them. */
const zodToJsonConfig: ZodToJsonConfig = {
  override: ({ zodSchema, jsonSchema }) => {
    const examples = z.globalRegistry.get(zodSchema)?.examples
    if (Array.isArray(examples)) jsonSchema.examples = examples
  },
}

/** OpenAPI 3.1 at /openapi.json, from the schemas that validate; a reference page at /docs that needs no other host. */
export async function registerOpenApi(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', describeErrors)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: '认证联盟登记系统 / Alliance Registry',
        version: '1',
        description:
          '认证结果上报、证书与报送义务。日期为北京时间的日历日。列表可用 Accept: text/csv 取全表。\n\n' +
          'Certification results, certificates and obligations. Days are calendar days in Asia/Shanghai. Lists answer as CSV with Accept: text/csv.',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig }),
    transformObject: createJsonSchemaTransformObject({ zodToJsonConfig }),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', layout: 'BaseLayout', persistAuthorization: false },
    theme: { title: '认证联盟登记系统 / Alliance Registry' },
  })
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async () => app.swagger())
}

/** Every route says which errors it can answer: the codes by status. */
function describeErrors(route: RouteOptions): void {
  const { schema } = route
  if (!schema || schema.hide === true || route.url.startsWith('/docs')) return
  const isPublic = route.config?.access === 'public'
  const statuses = [
    400,
    500,
    503,
    ...(isPublic ? [429] : [401, 403]),
    ...(route.url.includes(':') ? [404] : []),
    ...(schema.body ? [409, 413, 415, 422] : []),
  ]
  const response = (schema.response ?? {}) as Record<string, unknown>
  for (const status of statuses.sort()) response[status] ??= problemsWith(status)
  schema.response = response
  if (!isPublic) schema.security = [{ bearer: [] }]
}

function problemsWith(status: number) {
  const codes = (Object.keys(refusalSentences) as RefusalCode[]).filter((code) => statusOf[code] === status)
  return { description: codes.join(', '), content: { 'application/problem+json': { schema: problemShape } } }
}
