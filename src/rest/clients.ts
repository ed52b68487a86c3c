import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  addSecret,
  changeClient,
  clientChangeInput,
  clientsQuery,
  createClient,
  newClientInput,
  readClients,
  revokeClientSecret,
  showSecrets,
} from '../usecases/accounts/manage-clients.ts'
import { idInput } from '../usecases/inputs.ts'
import { affiliationRecord } from './accounts.ts'
import { idParams, keepOutOfCaches, nothing, type RouteOptions, typed } from './routes.ts'
import { instant, listOf, pageOfShape } from './shapes.ts'

const clientAnswer = z.object(affiliationRecord)
const secretAnswer = z.object({ id: z.uuid(), recordedAt: instant, revokedAt: instant.nullable() })
const secretToldAnswer = z.object({ id: z.uuid(), secret: z.string(), recordedAt: instant })

/** Machines that ask for tokens, and their secrets. */
export async function clientRoutes(app: FastifyInstance, options: RouteOptions): Promise<void> {
  machineRoutes(app, options)
  secretRoutes(app, options)
}

function machineRoutes(app: FastifyInstance, { registry }: RouteOptions): void {
  const routes = typed(app)
  routes.post(
    '/v1/clients',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '新建客户端 / Create a client',
        body: newClientInput,
        response: { 201: clientAnswer },
      },
    },
    async (request, reply) => {
      const client = await createClient(registry, request.registryContext, request.body)
      return reply.code(201).send(client)
    },
  )
  routes.get(
    '/v1/clients',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '客户端列表 / Clients by name',
        querystring: clientsQuery,
        response: { 200: pageOfShape(clientAnswer) },
      },
    },
    (request) => readClients(registry, request.registryContext, request.query),
  )
  routes.patch(
    '/v1/clients/:id',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '停用或启用客户端 / Disable or enable a client',
        params: idParams,
        body: clientChangeInput,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await changeClient(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  )
}

function secretRoutes(app: FastifyInstance, { registry }: RouteOptions): void {
  const routes = typed(app)
  routes.post(
    '/v1/clients/:id/secrets',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '新增密钥（仅显示一次） / Add a secret, told only once',
        params: idParams,
        response: { 201: secretToldAnswer },
      },
    },
    async (request, reply) => {
      keepOutOfCaches(reply)
      const told = await addSecret(registry, request.registryContext, request.params.id)
      return reply.code(201).send(told)
    },
  )
  routes.get(
    '/v1/clients/:id/secrets',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '密钥列表 / Secrets, without their text',
        params: idParams,
        response: { 200: z.object({ items: listOf(secretAnswer) }) },
      },
    },
    async (request) => ({ items: await showSecrets(registry, request.registryContext, request.params.id) }),
  )
  routes.delete(
    '/v1/clients/:id/secrets/:secretId',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '吊销密钥 / Revoke a secret',
        params: z.object({ id: idInput, secretId: idInput }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { id, secretId } = request.params
      await revokeClientSecret(registry, request.registryContext, id, secretId)
      return reply.code(204).send(null)
    },
  )
}
