import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { decideOnBody, decisionInput } from '../usecases/ranking/decide-standing.ts'
import { disputeInput, disputeRow, resolutionInput, resolveDispute } from '../usecases/ranking/dispute-row.ts'
import { bulletinInput, openBulletin, withdrawalInput, withdrawBulletin } from '../usecases/ranking/open-bulletin.ts'
import { publicationInput, publishBulletin, recomputeBulletin } from '../usecases/ranking/publish-bulletin.ts'
import {
  bulletinsQuery,
  compareBulletins,
  differenceQuery,
  readBulletin,
  readBulletinAnnex,
  readBulletinDocument,
  readBulletins,
} from '../usecases/ranking/read-bulletins.ts'
import { aFile, sheetMediaType, wordMediaType } from './files.ts'
import { idParams, nothing, type RouteOptions, typed } from './routes.ts'
import { listOf, pageOfShape } from './shapes.ts'
import { bulletinShape, changeShape, decisionShape, disputeShape, wholeBulletinShape } from './shapes-of-ranking.ts'

const tags = ['通报 / Bulletins']

/** Bulletins from the draft to what was decided on them (N2, R9, R10). */
export async function bulletinRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/bulletins', {
    config: { access: 'bulletins.read' },
    schema: {
      tags,
      summary: '通报，最近期间在前 / Bulletins, the latest period first',
      querystring: bulletinsQuery,
      response: { 200: pageOfShape(bulletinShape) },
    },
    handler: (request) => readBulletins(registry, request.registryContext, request.query),
  })

  app.post('/v1/bulletins', {
    config: { access: 'bulletins.manage' },
    schema: {
      tags,
      summary: '拟制通报并开放预览 / Open a draft for the bodies to look at',
      body: bulletinInput.meta({ examples: [{ from: '2026-07-01', until: '2026-09-30', previewDays: 10 }] }),
      response: { 201: bulletinShape },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await openBulletin(registry, request.registryContext, request.body)),
  })

  app.get('/v1/bulletins/:id', {
    config: { access: 'bulletins.read' },
    schema: {
      tags,
      summary: '通报内容；草稿中机构只见本机构 / A bulletin; of a draft a body sees its own part',
      params: idParams,
      response: { 200: wholeBulletinShape },
    },
    handler: (request) => readBulletin(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/bulletins/:id/withdrawal', {
    config: { access: 'bulletins.manage' },
    schema: {
      tags,
      summary: '撤回草稿 / Take a draft back',
      params: idParams,
      body: withdrawalInput,
      response: { 204: nothing },
    },
    handler: async (request, reply) => {
      await withdrawBulletin(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  })

  app.post('/v1/bulletins/:id/disputes', {
    config: { access: 'bulletins.dispute' },
    schema: {
      tags,
      summary: '机构对一行数据提出异议 / A body disputes a row behind its own figure',
      params: idParams,
      body: disputeInput,
      response: { 201: disputeShape },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await disputeRow(registry, request.registryContext, request.params.id, request.body)),
  })

  app.post('/v1/bulletin-disputes/:id/resolution', {
    config: { access: 'bulletins.manage' },
    schema: {
      tags,
      summary: '秘书处处理异议 / The secretariat decides on a dispute',
      params: idParams,
      body: resolutionInput,
      response: { 200: disputeShape },
    },
    handler: (request) => resolveDispute(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/bulletins/:id/decisions', {
    config: { access: 'bulletins.manage' },
    schema: {
      tags,
      summary: '对一家机构作出留用、整改或退出的决定 / Decide on a body: keep, rectify, remove',
      params: idParams,
      body: decisionInput,
      response: { 201: decisionShape },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await decideOnBody(registry, request.registryContext, request.params.id, request.body)),
  })

  await app.register(publishedRoutes, { registry })
}

async function publishedRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.post('/v1/bulletins/:id/publication', {
    config: { access: 'bulletins.manage' },
    schema: {
      tags,
      summary: '冻结并发布通报 / Freeze and publish',
      params: idParams,
      body: publicationInput,
      response: { 200: bulletinShape },
    },
    handler: (request) => publishBulletin(registry, request.registryContext, request.params.id, request.body),
  })

  app.get('/v1/bulletins/:id/document', {
    config: { access: 'bulletins.read' },
    schema: {
      tags,
      summary: '已发布通报的 Word 文件 / The Word document as it was published',
      produces: [wordMediaType],
      params: idParams,
      response: { 200: aFile },
    },
    handler: async (request, reply) => {
      const document = await readBulletinDocument(registry, request.registryContext, request.params.id)
      return reply.type(wordMediaType).header('content-disposition', fileName(request.params.id, 'docx')).send(document)
    },
  })

  app.get('/v1/bulletins/:id/annex', {
    config: { access: 'bulletins.read' },
    schema: {
      tags,
      summary: '已发布通报的 XLSX 附表 / The annex as an XLSX workbook',
      produces: [sheetMediaType],
      params: idParams,
      response: { 200: aFile },
    },
    handler: async (request, reply) => {
      const annex = await readBulletinAnnex(registry, request.registryContext, request.params.id)
      return reply.type(sheetMediaType).header('content-disposition', fileName(request.params.id, 'xlsx')).send(annex)
    },
  })

  app.get('/v1/bulletins/:id/recomputation', {
    config: { access: 'bulletins.manage' },
    schema: {
      tags,
      summary: '按冻结时所知重新计算并比对 / Run it again from what was known at the freeze, and compare',
      params: idParams,
      response: {
        200: z.object({
          sha256: z.string(),
          recomputedSha256: z.string(),
          isSame: z.boolean(),
          reckoning: z.object({ frozen: z.int(), now: z.int() }).meta({
            description: 'The way in which it was reckoned then and is now: where they differ, so may the bytes.',
          }),
        }),
      },
    },
    handler: (request) => recomputeBulletin(registry, request.registryContext, request.params.id),
  })

  app.get('/v1/bulletins/:id/difference', {
    config: { access: 'bulletins.read' },
    schema: {
      tags,
      summary: '与较早通报的差异：数据、定义、迟到数据 / Why figures differ from an earlier bulletin',
      params: idParams,
      querystring: differenceQuery,
      response: { 200: z.object({ items: listOf(changeShape) }) },
    },
    handler: (request) => compareBulletins(registry, request.registryContext, request.params.id, request.query),
  })
}

function fileName(id: string, extension: string): string {
  return `attachment; filename="bulletin-${id}.${extension}"`
}
