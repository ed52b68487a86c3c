import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { dayInput } from '../usecases/inputs.ts'
import {
  addContact,
  addScope,
  addUnit,
  changeMember,
  changeStanding,
  closeScope,
  contactInput,
  memberChanges,
  memberInput,
  registerMember,
  scopeEndInput,
  scopeInput,
  scopeParams,
  standingInput,
  unitInput,
} from '../usecases/members/manage-members.ts'
import { membersQuery, readMember, readMembers } from '../usecases/members/read-members.ts'
import { memberColumns } from './columns.ts'
import { sendCsv, wantsCsv } from './csv.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { created, member, memberDetail, pageOfShape } from './shapes.ts'

const tags = ['成员机构 / Members']

export async function memberRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/members', {
    config: { access: 'members.read' },
    schema: {
      tags,
      summary: '成员机构列表 / Members by name; CSV with Accept: text/csv',
      querystring: membersQuery,
      response: { 200: pageOfShape(member) },
    },
    handler: async (request, reply) => {
      const { registryContext: context, query } = request
      if (!wantsCsv(request)) return readMembers(registry, context, query)
      return sendCsv(request, reply, 'members', memberColumns, (cursor) =>
        readMembers(registry, context, { ...query, limit: 500, cursor }),
      )
    },
  })

  app.get('/v1/members/:id', {
    config: { access: 'members.read' },
    schema: {
      tags,
      summary: '一家成员机构及其历史 / One member with standings, scopes, units, contacts and history',
      params: idParams,
      querystring: z.strictObject({ on: dayInput.optional() }),
      response: { 200: memberDetail },
    },
    handler: (request) => readMember(registry, request.registryContext, request.params.id, request.query.on),
  })

  app.post('/v1/members', {
    config: { access: 'members.write' },
    schema: { tags, summary: '登记成员机构 / Register a member', body: memberInput, response: { 201: created } },
    handler: async (request, reply) =>
      reply.code(201).send(await registerMember(registry, request.registryContext, request.body)),
  })

  app.patch('/v1/members/:id', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '变更成员机构信息 / Change a member',
      params: idParams,
      body: memberChanges,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      await changeMember(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  })

  app.post('/v1/members/:id/standings', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '变更成员状态 / Move the standing',
      params: idParams,
      body: standingInput,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      await changeStanding(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  })

  app.post('/v1/members/:id/scopes', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '增加业务范围 / Add a scope',
      params: idParams,
      body: scopeInput,
      response: { 201: created },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await addScope(registry, request.registryContext, request.params.id, request.body)),
  })

  app.post('/v1/members/:id/scopes/:scopeId/end', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '业务范围终止 / Give a scope its last day',
      params: scopeParams,
      body: scopeEndInput,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { id, scopeId } = request.params
      await closeScope(registry, request.registryContext, id, scopeId, request.body)
      return reply.code(204).send(null)
    },
  })

  app.post('/v1/members/:id/units', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '增加执行机构 / Add an executing unit',
      params: idParams,
      body: unitInput,
      response: { 201: created },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await addUnit(registry, request.registryContext, request.params.id, request.body)),
  })

  app.post('/v1/members/:id/contacts', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '增加联系人 / Add a contact',
      params: idParams,
      body: contactInput,
      response: { 201: created },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await addContact(registry, request.registryContext, request.params.id, request.body)),
  })
}
