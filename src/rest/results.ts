import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { correctionInput, correctResult } from '../usecases/results/correct-result.ts'
import { approvalInput, decideCorrection } from '../usecases/results/decide-correction.ts'
import { postResult, type ResultPosted } from '../usecases/results/post-result.ts'
import { attemptsQuery, readAttempts, readResult, readResults, resultsQuery } from '../usecases/results/read-results.ts'
import { endingInput, recordEnding } from '../usecases/results/record-ending.ts'
import { resultInput } from '../usecases/results/result-input.ts'
import { resultExample } from './examples.ts'
import { languageOf, shownProblem } from './problems.ts'
import { idParams, optionalKey, type RouteOptions, typed } from './routes.ts'
import {
  attempt,
  ending,
  explainedObligation,
  listOf,
  pageOfShape,
  result,
  resultCorrected,
  resultDetail,
  resultPosted,
} from './shapes.ts'

const tags = ['认证结果 / Results']

export async function resultRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.post('/v1/results', {
    config: { access: 'results.post', keepsAttempts: true },
    schema: {
      tags,
      summary: '上报认证结果 / Post a certification result',
      description:
        '同一 Idempotency-Key 与相同内容只执行一次 / The same Idempotency-Key with the same body is done once.',
      headers: optionalKey,
      querystring: z.strictObject({
        validateOnly: z.stringbool().default(false).meta({ description: 'Says what would happen and writes nothing.' }),
      }),
      body: resultInput.meta({ examples: [resultExample] }),
      response: { 200: resultPosted, 201: resultPosted },
    },
    handler: async (request, reply) => {
      const { validateOnly } = request.query
      const options = { validateOnly, idempotencyKey: request.headers['idempotency-key'] }
      const { answer, replayed } = await postResult(registry, request.registryContext, request.body, options)
      if (replayed) reply.header('idempotency-replayed', 'true')
      const isNew = answer.outcome === 'recorded'
      if (isNew) reply.header('location', `/v1/results/${answer.result.id}`)
      return reply.code(isNew ? 201 : 200).send(shown(answer, languageOf(request)))
    },
  })

  app.get('/v1/results', {
    config: { access: 'results.read' },
    schema: {
      tags,
      summary: '认证结果列表 / Results by decision day',
      querystring: resultsQuery,
      response: { 200: pageOfShape(result) },
    },
    handler: (request) => readResults(registry, request.registryContext, request.query),
  })

  app.get('/v1/results/:id', {
    config: { access: 'results.read' },
    schema: {
      tags,
      summary: '一项认证结果及其历史 / One result with its revisions and history',
      params: idParams,
      response: { 200: resultDetail },
    },
    handler: (request) => readResult(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/results/:id/corrections', {
    config: { access: 'results.correct', keepsAttempts: true },
    schema: {
      tags,
      summary: '更正认证结果 / Correct a result',
      headers: optionalKey,
      params: idParams,
      body: correctionInput,
      response: { 201: resultCorrected },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const { answer, replayed } = await correctResult(
        registry,
        request.registryContext,
        id,
        request.body,
        request.headers['idempotency-key'],
      )
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send(answer)
    },
  })

  app.post('/v1/results/:id/approval', {
    config: { access: 'results.approve' },
    schema: {
      tags,
      summary: '批准或驳回更正 / Decide on a correction that waits',
      params: idParams,
      body: approvalInput,
      response: { 200: resultCorrected },
    },
    handler: (request) => decideCorrection(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/endings', {
    config: { access: 'endings.record' },
    schema: {
      tags,
      summary: '登记认证已结束 / Record that a certification ended',
      description:
        '由秘书处或监管部门登记，期限不待机构上报即开始计算（R2）/ The clocks run without the member’s post.',
      body: endingInput,
      response: { 201: z.object({ ending, obligations: listOf(explainedObligation) }) },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await recordEnding(registry, request.registryContext, request.body)),
  })

  app.get('/v1/attempts', {
    config: { access: 'attempts.read' },
    schema: {
      tags,
      summary: '被拒绝的上报 / Posts that were refused',
      querystring: attemptsQuery,
      response: { 200: pageOfShape(attempt) },
    },
    handler: (request) => readAttempts(registry, request.registryContext, request.query),
  })
}

function shown(answer: ResultPosted, language: 'zh' | 'en') {
  return { ...answer, warnings: answer.warnings.map((warning) => shownProblem(warning, language)) }
}
