import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { accountChangeInput, newAccountInput } from '../usecases/accounts/account-input.ts'
import { changeAccount } from '../usecases/accounts/change-account.ts'
import { endAllSessions } from '../usecases/accounts/end-sessions.ts'
import { accountsQuery, createAccount, readAccounts } from '../usecases/accounts/manage-accounts.ts'
import { readSessions, sessionsQuery } from '../usecases/accounts/read-sessions.ts'
import { idParams, nothing, type RouteOptions, typed } from './routes.ts'
import { affiliation, sessionListed } from './sessions.ts'
import { instant, pageOfShape } from './shapes.ts'

/** What accounts and clients have in common. */
export const affiliationRecord = { id: z.uuid(), ...affiliation, disabledAt: instant.nullable(), recordedAt: instant }
const accountAnswer = z.object({ ...affiliationRecord, login: z.string() })

/** People's accounts, and where they are signed in. */
export async function accountRoutes(app: FastifyInstance, options: RouteOptions): Promise<void> {
  personRoutes(app, options)
  accountSessionRoutes(app, options)
}

function personRoutes(app: FastifyInstance, { registry }: RouteOptions): void {
  const routes = typed(app)
  routes.post(
    '/v1/accounts',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '新建账号 / Create an account',
        body: newAccountInput,
        response: { 201: accountAnswer },
      },
    },
    async (request, reply) => {
      const account = await createAccount(registry, request.registryContext, request.body)
      return reply.code(201).send(account)
    },
  )
  routes.get(
    '/v1/accounts',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '账号列表 / Accounts by login',
        querystring: accountsQuery,
        response: { 200: pageOfShape(accountAnswer) },
      },
    },
    (request) => readAccounts(registry, request.registryContext, request.query),
  )
  routes.patch(
    '/v1/accounts/:id',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary:
          '变更账号：停用、启用、口令、名称、角色、成员机构 / Disable, enable, set the password, name, role or member',
        params: idParams,
        body: accountChangeInput,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await changeAccount(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  )
}

function accountSessionRoutes(app: FastifyInstance, { registry }: RouteOptions): void {
  const routes = typed(app)
  routes.get(
    '/v1/accounts/:id/sessions',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '账号的有效会话 / Where an account is signed in, the newest first',
        params: idParams,
        querystring: sessionsQuery,
        response: { 200: pageOfShape(sessionListed) },
      },
    },
    (request) => readSessions(registry, request.registryContext, request.params.id, request.query),
  )
  routes.delete(
    '/v1/accounts/:id/sessions',
    {
      config: { access: 'accounts.manage' },
      schema: {
        tags: ['账号 / Accounts'],
        summary: '结束账号的全部会话 / End all sessions of an account',
        params: idParams,
        response: { 200: z.object({ ended: z.int() }) },
      },
    },
    async (request) => ({ ended: await endAllSessions(registry, request.registryContext, request.params.id) }),
  )
}
