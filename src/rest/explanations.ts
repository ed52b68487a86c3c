import type { FastifyInstance } from 'fastify'
import { decideExplanation, explanationDecision } from '../usecases/explanations/decide-explanation.ts'
import { explanationsQuery, readExplanations } from '../usecases/explanations/read-explanations.ts'
import { explanationInput, writeExplanation } from '../usecases/explanations/write-explanation.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { explanation, pageOfShape } from './shapes.ts'

const tags = ['逾期说明 / Explanations']

export async function explanationRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/explanations', {
    config: { access: 'obligations.read' },
    schema: {
      tags,
      summary: '逾期说明列表 / Explanations, oldest first',
      querystring: explanationsQuery,
      response: { 200: pageOfShape(explanation) },
    },
    handler: (request) => readExplanations(registry, request.registryContext, request.query),
  })

  app.post('/v1/obligations/:id/explanation', {
    config: { access: 'explanations.write' },
    schema: {
      tags,
      summary: '说明逾期或迟报的原因 / Explain why it is overdue or was met late',
      params: idParams,
      body: explanationInput.meta({ examples: [{ text: '示例：检测报告晚到三日。' }] }),
      response: { 201: explanation },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await writeExplanation(registry, request.registryContext, request.params.id, request.body)),
  })

  app.post('/v1/explanations/:id/decision', {
    config: { access: 'explanations.decide' },
    schema: {
      tags,
      summary: '采纳或退回说明 / Accept an explanation, or return it with a note',
      params: idParams,
      body: explanationDecision,
      response: { 200: explanation },
    },
    handler: (request) => decideExplanation(registry, request.registryContext, request.params.id, request.body),
  })
}
