import type { FastifyInstance } from 'fastify'
import { deliveriesQuery, readDeliveries, retryDelivery } from '../usecases/notices/manage-deliveries.ts'
import {
  addRecipient,
  readRecipients,
  recipientInput,
  recipientsQuery,
  removeRecipient,
} from '../usecases/notices/manage-recipients.ts'
import { noticesQuery, readNotices } from '../usecases/notices/read-notices.ts'
import { delivery, listedDelivery, noticesPage, recipient } from './notice-shapes.ts'
import { idParams, nothing, type RouteOptions, typed } from './routes.ts'
import { created, pageOfShape } from './shapes.ts'

const tags = ['通知 / Notices']

export async function noticeRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/notices', {
    config: { access: 'notices.read' },
    schema: {
      tags,
      summary: '通知，按编号先后 / Notices in the order in which they were said',
      querystring: noticesQuery,
      response: { 200: noticesPage },
    },
    handler: (request) => readNotices(registry, request.registryContext, request.query),
  })

  app.get('/v1/notice-deliveries', {
    config: { access: 'notices.manage' },
    schema: {
      tags,
      summary: '通知投递；state=dead 为放弃投递的 / Deliveries; state=dead for those that were given up',
      querystring: deliveriesQuery,
      response: { 200: pageOfShape(listedDelivery) },
    },
    handler: (request) => readDeliveries(registry, request.registryContext, request.query),
  })

  app.post('/v1/notice-deliveries/:id/retry', {
    config: { access: 'notices.manage' },
    schema: {
      tags,
      summary: '重新投递 / Try one again that was given up',
      params: idParams,
      response: { 200: delivery },
    },
    handler: (request) => retryDelivery(registry, request.registryContext, request.params.id),
  })

  app.get('/v1/notice-recipients', {
    config: { access: 'notices.manage' },
    schema: {
      tags,
      summary: '秘书处与监管部门的收件人 / Who is told by e-mail at the secretariat and the regulator',
      querystring: recipientsQuery,
      response: { 200: pageOfShape(recipient) },
    },
    handler: (request) => readRecipients(registry, request.registryContext, request.query),
  })

  app.post('/v1/notice-recipients', {
    config: { access: 'notices.manage' },
    schema: {
      tags,
      summary: '增加收件人 / Add a recipient',
      body: recipientInput.meta({ examples: [{ audience: 'secretariat', email: 'secretariat@example.org' }] }),
      response: { 201: created },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await addRecipient(registry, request.registryContext, request.body)),
  })

  app.delete('/v1/notice-recipients/:id', {
    config: { access: 'notices.manage' },
    schema: { tags, summary: '停用收件人 / End a recipient', params: idParams, response: { 204: nothing } },
    handler: async (request, reply) => {
      await removeRecipient(registry, request.registryContext, request.params.id)
      return reply.code(204).send(null)
    },
  })
}
