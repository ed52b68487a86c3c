import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { dispositionKinds, dispositionStates } from '../domain/disposition.ts'
import { answerTransfer, transferAnswer } from '../usecases/dispositions/answer-transfer.ts'
import { decideDisposition, dispositionInput } from '../usecases/dispositions/decide-disposition.ts'
import { readDispositions, readWorkList, workListQuery } from '../usecases/dispositions/read-dispositions.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { day, instant, pageOfShape } from './shapes.ts'

const tags = ['退出后的证书 / Certificates of bodies that left']

const id = z.string().meta({ format: 'uuid' })
const text = z.string()

const disposition = z.object({
  id,
  certificateId: id,
  memberId: id.meta({ description: 'The body that leaves.' }),
  kind: z.enum(dispositionKinds),
  toMemberId: id.nullable(),
  words: text,
  decidedOn: day,
  answer: z.enum(['accepted', 'declined']).nullable(),
  answeredOn: day.nullable(),
  answerWords: text.nullable(),
  successorId: id.nullable(),
  supersededAt: instant.nullable(),
  recordedAt: instant,
})

const leftCertificate = z.object({
  certificateId: id,
  number: text,
  holderName: text,
  productName: text,
  validUntil: day,
  state: z.enum(dispositionStates),
  stateName: z.object({ zh: text, en: text }),
  disposition: disposition.nullable(),
})

/** Removal without harm: every live certificate of a body that leaves is kept, transferred or cancelled (R4, R8). */
export async function dispositionRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/members/:id/left-certificates', {
    config: { access: 'dispositions.read' },
    schema: {
      tags,
      summary: '退出或被撤销批准的机构的有效证书 / Live certificates of a body that has left or lost its approval',
      params: idParams,
      querystring: workListQuery,
      response: { 200: pageOfShape(leftCertificate) },
    },
    handler: (request) => readWorkList(registry, request.registryContext, request.params.id, request.query),
  })

  app.get('/v1/dispositions', {
    config: { access: 'dispositions.read' },
    schema: {
      tags,
      summary: '已作的处理 / What was decided, by day',
      querystring: workListQuery,
      response: { 200: pageOfShape(disposition) },
    },
    handler: (request) => readDispositions(registry, request.registryContext, request.query),
  })

  app.post('/v1/certificates/:id/disposition', {
    config: { access: 'dispositions.decide' },
    schema: {
      tags,
      summary: '保留、转移或注销 / Keep, transfer or cancel',
      params: idParams,
      body: dispositionInput.meta({ examples: [{ kind: 'keep', words: '示例：批准仍有效，保留至期满。' }] }),
      response: { 201: disposition },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await decideDisposition(registry, request.registryContext, request.params.id, request.body)),
  })

  app.post('/v1/dispositions/:id/answer', {
    config: { access: 'dispositions.answer' },
    schema: {
      tags,
      summary: '接收机构答复 / The receiving member accepts or declines',
      params: idParams,
      body: transferAnswer,
      response: { 200: disposition },
    },
    handler: (request) => answerTransfer(registry, request.registryContext, request.params.id, request.body),
  })
}
