import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  announcementStates,
  lineEffects,
  listDifferences,
  productStates,
  successionKinds,
} from '../domain/announcement.ts'
import { unmatchedCauses } from '../domain/announcement-match.ts'
import { refuse } from '../domain/refusals.ts'
import { readAnnouncementFile, takeFile } from '../usecases/announcements/announcement-file.ts'
import { changeDraft, draftChanges } from '../usecases/announcements/change-draft.ts'
import {
  announcementInput,
  draftAnnouncement,
  dropDraft,
  linesInput,
  versionInput,
  writeLines,
} from '../usecases/announcements/draft-announcement.ts'
import {
  matchInput,
  matchLine,
  matchParams,
  readUnmatchedLines,
  unmatchedQuery,
} from '../usecases/announcements/match-lines.ts'
import { publishAnnouncement, publishingInput } from '../usecases/announcements/publish-announcement.ts'
import {
  announcementsQuery,
  readAnnouncement,
  readAnnouncements,
} from '../usecases/announcements/read-announcements.ts'
import { aFile, sheetMediaType } from './files.ts'
import { mediaTypes, takeFiles } from './files-under-way.ts'
import { idParams, nothing, type RouteOptions, typed } from './routes.ts'
import { day, instant, listOf, pageOfShape } from './shapes.ts'
import { spool } from './uploads.ts'

const tags = ['公告 / Announcements']

const text = z.string()
const words = z.object({ zh: text, en: text })
const id = z.string().meta({ format: 'uuid' })

export const announcementShape = z.object({
  id,
  schemeCode: text,
  number: text,
  title: text,
  issuingOffices: listOf(text),
  batchYear: z.int(),
  announcedOn: day,
  correctsId: id.nullable(),
  correctedBy: z
    .object({ id, number: text })
    .nullable()
    .meta({ description: 'The published announcement that puts it right.' }),
  version: z.int().meta({ description: 'Of the draft, its lines too.' }),
  state: z.enum(announcementStates),
  stateName: words,
  recordedAt: instant,
  publication: z
    .object({ publishedOn: day, lines: z.int(), sha256: text, unmatchedReason: text.nullable(), recordedAt: instant })
    .nullable(),
})

const lineShape = z.object({
  place: z.int(),
  effect: z.enum(lineEffects),
  enterpriseName: text,
  productName: text,
  family: text.nullable(),
  memberName: text.nullable(),
  certificateNumber: text.nullable(),
  certificateId: id.nullable(),
  matchedAt: instant.nullable().meta({ description: 'When the certificate was found after the publication.' }),
})

const candidateShape = z.object({
  id,
  number: text,
  memberName: text,
  holderName: text,
  validFrom: day,
  issuedOn: day.nullable(),
})
const unmatchedShape = z.object({
  announcementId: id,
  announcementNumber: text,
  schemeCode: text,
  announcedOn: day,
  place: z.int(),
  enterpriseName: text,
  productName: text,
  family: text.nullable(),
  memberName: text.nullable(),
  certificateNumber: text.nullable(),
  cause: z
    .enum(unmatchedCauses)
    .nullable()
    .meta({ description: 'Why it has no certificate; null where the next run of the job gives it one.' }),
  causeName: words.nullable(),
  candidates: listOf(candidateShape).meta({ description: 'Certificates that bear the number.' }),
})

export const productShape = z.object({
  announcementId: id,
  announcementNumber: text,
  announcedOn: day,
  place: z.int(),
  effect: z.enum(lineEffects),
  enterpriseName: text,
  productName: text,
  family: text.nullable(),
  memberName: text.nullable(),
  certificateNumber: text.nullable(),
  isAsAnnounced: z.boolean().meta({ description: 'Nothing is otherwise on the day than it was announced.' }),
  differences: listOf(z.object({ code: z.enum(listDifferences), zh: text, en: text })),
  present: z
    .object({
      state: z.enum(productStates),
      stateName: words,
      since: day.nullable(),
      reason: z.object({ code: text, zh: text, en: text }).nullable(),
      holder: text.nullable().meta({ description: 'The registered name, where it is another than announced.' }),
      product: text.nullable().meta({ description: 'Likewise.' }),
      certificateNumber: text
        .nullable()
        .meta({ description: 'Of the certificate that goes on for the announced one.' }),
      member: z.object({ name: text, approvalNumber: text.nullable() }).nullable(),
      validFrom: day.nullable(),
      validUntil: day.nullable(),
      successor: z
        .object({ certificateNumber: text, cameBy: z.enum(successionKinds), memberName: text, validFrom: day })
        .nullable(),
    })
    .nullable()
    .meta({ description: 'What became of it by the day; null of a line that strikes out.' }),
})

const count = z.object({ enterprises: z.int(), products: z.int() })
export const totalsShape = z.object({
  on: day,
  announced: count,
  inForce: count,
  notInForce: listOf(
    count.extend({
      state: z.enum(productStates),
      stateName: words,
      reasons: listOf(count.extend({ code: text, zh: text, en: text })),
    }),
  ),
})

/** 20 000 lines of some 400 bytes each. */
const linesBytesMax = 8 * 1024 * 1024

const written = z.object({
  lines: z.int(),
  matched: z.int(),
  unmatched: listOf(z.int()).meta({
    description: 'Places of lines, or rows of the file, that no certificate was found for; the first 200.',
  }),
  version: z.int().meta({ description: 'Of the draft from now on.' }),
})
const fileBytesMax = 20 * 1024 * 1024
const fileQuery = z.strictObject({
  dryRun: z.stringbool().default(false).meta({ description: 'Says the same and writes nothing.' }),
  version: z.coerce.number().pipe(versionInput).optional(),
})

/** Announcements from the draft to what is official (N8). */
export async function announcementRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  takeFiles(instance)
  const app = typed(instance)

  app.get('/v1/announcements', {
    config: { access: 'announcements.read' },
    schema: {
      tags,
      summary: '公告，最近日期在前 / Announcements, drafts among them, the latest day first',
      querystring: announcementsQuery,
      response: { 200: pageOfShape(announcementShape) },
    },
    handler: (request) => readAnnouncements(registry, request.registryContext, request.query),
  })

  app.post('/v1/announcements', {
    config: { access: 'announcements.draft' },
    schema: {
      tags,
      summary: '拟制公告 / Draft an announcement',
      body: announcementInput.meta({
        examples: [
          {
            number: '示例2026年第1号',
            title: '示例：获证企业名单',
            issuingOffices: ['示例办公室'],
            batchYear: 2026,
            announcedOn: '2026-11-20',
          },
        ],
      }),
      response: { 201: announcementShape },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await draftAnnouncement(registry, request.registryContext, request.body)),
  })

  app.get('/v1/announcements/:id', {
    config: { access: 'announcements.read' },
    schema: {
      tags,
      summary: '一个公告及其各行 / An announcement with its lines',
      params: idParams,
      response: { 200: announcementShape.extend({ lines: listOf(lineShape) }) },
    },
    handler: (request) => readAnnouncement(registry, request.registryContext, request.params.id),
  })

  app.patch('/v1/announcements/:id', {
    config: { access: 'announcements.draft' },
    schema: {
      tags,
      summary: '修改草稿的编号、日期等 / Change what a draft says of itself',
      params: idParams,
      body: draftChanges.meta({ examples: [{ version: 1, announcedOn: '2026-11-21' }] }),
      response: { 200: announcementShape },
    },
    handler: (request) => changeDraft(registry, request.registryContext, request.params.id, request.body),
  })

  app.get('/v1/announcements/unmatched-lines', {
    config: { access: 'announcements.read' },
    schema: {
      tags,
      summary: '已发布公告中尚无对应证书的行及原因 / Published lines without a certificate, and why',
      querystring: unmatchedQuery,
      response: { 200: pageOfShape(unmatchedShape) },
    },
    handler: (request) => readUnmatchedLines(registry, request.registryContext, request.query),
  })

  app.post('/v1/announcements/:id/lines/:place/match', {
    config: { access: 'announcements.publish' },
    schema: {
      tags,
      summary: '为已发布公告的一行指定证书 / Say which certificate a published line means',
      params: matchParams,
      body: matchInput,
      response: { 204: nothing },
    },
    handler: async (request, reply) => {
      await matchLine(registry, request.registryContext, request.params, request.body)
      return reply.code(204).send(null)
    },
  })

  app.put('/v1/announcements/:id/lines', {
    bodyLimit: linesBytesMax,
    config: { access: 'announcements.draft' },
    schema: {
      tags,
      summary: '写入草稿的全部行 / Write all lines of a draft anew',
      params: idParams,
      body: linesInput.meta({
        examples: [
          { lines: [{ enterpriseName: '示例企业', productName: '示例产品', certificateNumber: 'SL-2026-0001' }] },
        ],
      }),
      response: { 200: written },
    },
    handler: (request) =>
      writeLines(registry, request.registryContext, request.params.id, request.body.lines, request.body),
  })

  app.post('/v1/announcements/:id/file', {
    config: { access: 'announcements.draft' },
    schema: {
      tags,
      summary: '以文件写入草稿的全部行，全有或全无 / Write all lines from a file, all or nothing',
      consumes: mediaTypes,
      params: idParams,
      querystring: fileQuery,
      body: aFile,
      response: { 200: written },
    },
    handler: async (request) => {
      if (!(request.body instanceof Readable))
        throw refuse('media_type_unsupported', '', { values: { given: request.headers['content-type'] ?? '—' } })
      const file = await spool(request.body, { bytesMax: fileBytesMax })
      try {
        return await takeFile(registry, request.registryContext, request.params.id, file.path, request.query)
      } finally {
        await file.remove()
      }
    },
  })

  app.get('/v1/announcements/:id/file', {
    config: { access: 'announcements.read' },
    schema: {
      tags,
      summary: '公告名单 XLSX / The list as a workbook',
      produces: [sheetMediaType],
      params: idParams,
      response: { 200: aFile },
    },
    handler: async (request, reply) => {
      const { id: announcementId } = request.params
      const file = await readAnnouncementFile(registry, request.registryContext, announcementId)
      const name = `announcement-${announcementId}.xlsx`
      return reply.type(sheetMediaType).header('content-disposition', `attachment; filename="${name}"`).send(file)
    },
  })

  app.post('/v1/announcements/:id/publication', {
    config: { access: 'announcements.publish' },
    schema: {
      tags,
      summary: '发布公告 / Publish: from then on it stands',
      params: idParams,
      body: publishingInput,
      response: { 200: announcementShape },
    },
    handler: (request) => publishAnnouncement(registry, request.registryContext, request.params.id, request.body),
  })

  app.delete('/v1/announcements/:id', {
    config: { access: 'announcements.draft' },
    schema: { tags, summary: '放弃草稿 / Drop a draft', params: idParams, response: { 204: nothing } },
    handler: async (request, reply) => {
      await dropDraft(registry, request.registryContext, request.params.id)
      return reply.code(204).send(null)
    },
  })
}
