import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { surveyQuestionNames, surveyQuestions } from '../domain/survey.ts'
import {
  answerSurvey,
  makeSurveyLink,
  readSurvey,
  surveyAnswerInput,
  surveyPeriodQuery,
} from '../usecases/conduct/survey-firms.ts'
import { idParams, keepOutOfCaches, nothing, perMinute, type RouteOptions, typed } from './routes.ts'
import { listOf } from './shapes.ts'

const tags = ['企业问卷 / Survey of firms']

const text = z.string()
const figures = z.object({
  period: text,
  answers: z.number().meta({ description: 'Answers that are shown: five at a time, none below five.' }),
  yes: z.record(z.enum(surveyQuestions), z.number()).nullable(),
})

const questions = surveyQuestions.map((code) => {
  const [zh, en] = surveyQuestionNames[code]
  return { code, zh, en }
})

/** A short survey of firms after their certification, anonymous to the body (N6). */
export async function surveyRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)
  app.addHook('onRequest', async (_request, reply) => keepOutOfCaches(reply))

  app.post('/v1/certificates/:id/survey-link', {
    config: { access: 'surveys.send' },
    schema: {
      tags,
      summary: '生成企业问卷链接（一次性显示） / Make the link of a firm; shown once',
      params: idParams,
      response: { 201: z.object({ token: text }) },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await makeSurveyLink(registry, request.registryContext, request.params.id)),
  })

  app.get('/v1/public/survey-questions', {
    config: { access: 'public', rateLimit: perMinute(60) },
    schema: {
      tags,
      summary: '问卷题目 / The questions',
      response: {
        200: z.object({ items: listOf(z.object({ code: z.enum(surveyQuestions), zh: text, en: text })) }),
      },
    },
    handler: async () => ({ items: questions }),
  })

  app.post('/v1/public/survey-answers', {
    config: { access: 'public', rateLimit: perMinute(10) },
    schema: {
      tags,
      summary: '企业作答（无须登录，一次有效） / A firm answers, once',
      body: surveyAnswerInput,
      response: { 204: nothing },
    },
    handler: async (request, reply) => {
      await answerSurvey(registry, request.body)
      return reply.code(204).send(null)
    },
  })

  app.get('/v1/members/:id/survey', {
    config: { access: 'surveys.read' },
    schema: {
      tags,
      summary: '某半年问卷结果（满五份方显示） / What firms answered in a half-year, from five on',
      params: idParams,
      querystring: surveyPeriodQuery,
      response: { 200: figures },
    },
    handler: (request) => readSurvey(registry, request.registryContext, request.params.id, request.query),
  })
}
