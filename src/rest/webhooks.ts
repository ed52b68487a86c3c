import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  createWebhook,
  readWebhooks,
  removeWebhook,
  webhookInput,
  webhooksQuery,
} from '../usecases/webhooks/manage-webhooks.ts'
import { replayInput, replayWebhook } from '../usecases/webhooks/replay-webhook.ts'
import { newWebhook, webhook } from './notice-shapes.ts'
import { idParams, nothing, type RouteOptions, typed } from './routes.ts'
import { pageOfShape } from './shapes.ts'

const tags = ['推送 / Webhooks']

export async function webhookRoutes(
  instance: FastifyInstance,
  { registry, plainHttp }: RouteOptions & { plainHttp: boolean },
): Promise<void> {
  const app = typed(instance)

  app.get('/v1/webhooks', {
    config: { access: 'webhooks.manage' },
    schema: {
      tags,
      summary: '推送地址 / Addresses that notices are posted to',
      querystring: webhooksQuery,
      response: { 200: pageOfShape(webhook) },
    },
    handler: (request) => readWebhooks(registry, request.registryContext, request.query),
  })

  app.post('/v1/webhooks', {
    config: { access: 'webhooks.manage' },
    schema: {
      tags,
      summary: '增加推送地址；密钥只显示一次 / Add an address; its secret is told once',
      body: webhookInput.meta({ examples: [{ url: 'https://example.org/notices', kinds: ['obligation'] }] }),
      response: { 201: newWebhook },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await createWebhook(registry, request.registryContext, request.body, { plainHttp })),
  })

  app.delete('/v1/webhooks/:id', {
    config: { access: 'webhooks.manage' },
    schema: { tags, summary: '停用推送地址 / Remove an address', params: idParams, response: { 204: nothing } },
    handler: async (request, reply) => {
      await removeWebhook(registry, request.registryContext, request.params.id)
      return reply.code(204).send(null)
    },
  })

  app.post('/v1/webhooks/:id/replay', {
    config: { access: 'webhooks.manage' },
    schema: {
      tags,
      summary: '从某一编号起重新推送 / Post again what came after a notice',
      params: idParams,
      body: replayInput,
      response: { 200: z.object({ queued: z.number(), lastId: z.number(), hasMore: z.boolean() }) },
    },
    handler: (request) => replayWebhook(registry, request.registryContext, request.params.id, request.body),
  })
}
