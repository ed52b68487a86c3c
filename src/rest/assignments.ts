import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { answerAssignment, answerInput, assign, assignmentInput } from '../usecases/assignments/manage-assignments.ts'
import { assignmentsQuery, readAssignment, readAssignments } from '../usecases/assignments/read-assignments.ts'
import { feeInput, recordFee } from '../usecases/assignments/record-fee.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { assignment, assignmentDetail, explainedObligation, listOf, pageOfShape } from './shapes.ts'

const tags = ['认证任务 / Assignments']

export async function assignmentRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/assignments', {
    config: { access: 'assignments.read' },
    schema: {
      tags,
      summary: '认证任务列表 / Assignments',
      querystring: assignmentsQuery,
      response: { 200: pageOfShape(assignment) },
    },
    handler: (request) => readAssignments(registry, request.registryContext, request.query),
  })

  app.get('/v1/assignments/:id', {
    config: { access: 'assignments.read' },
    schema: { tags, summary: '一项认证任务 / One assignment', params: idParams, response: { 200: assignmentDetail } },
    handler: (request) => readAssignment(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/assignments', {
    config: { access: 'assignments.write' },
    schema: {
      tags,
      summary: '安排认证任务 / Make an assignment',
      body: assignmentInput,
      response: { 201: assignment },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await assign(registry, request.registryContext, request.body)),
  })

  app.post('/v1/assignments/:id/fee', {
    config: { access: 'assignments.write' },
    schema: {
      tags,
      summary: '登记实付费用 / Record the fee that was paid',
      params: idParams,
      body: feeInput,
      response: { 200: assignment },
    },
    handler: (request) => recordFee(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/assignments/:id/answer', {
    config: { access: 'assignments.answer' },
    schema: {
      tags,
      summary: '接受或谢绝 / Accept or decline',
      params: idParams,
      body: answerInput,
      response: { 200: z.object({ assignment, obligations: listOf(explainedObligation) }) },
    },
    handler: (request) => answerAssignment(registry, request.registryContext, request.params.id, request.body),
  })
}
