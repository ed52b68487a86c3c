import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { type AttachmentType, attachmentBytesMax, attachmentTypes } from '../domain/attachment.ts'
import { refuse } from '../domain/refusals.ts'
import { attachFile, attachmentQuery, readAttachment, readAttachments } from '../usecases/conduct/attach-file.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { instant, listOf } from './shapes.ts'

const tags = ['投诉与行为 / Complaints and conduct']

const id = z.string().meta({ format: 'uuid' })
const text = z.string()
const types = Object.keys(attachmentTypes) as [AttachmentType, ...AttachmentType[]]

const attachment = z.object({
  id,
  caseId: id,
  fileName: text,
  type: z.enum(types),
  bytesTotal: z.number(),
  sha256: text,
  byMember: z.boolean(),
  sharedWithMember: z.boolean(),
  recordedAt: instant,
  recordedBy: text,
})

/** Files of a case: taken as bytes of whatever media type, and judged by what stands in them (R8). */
export async function attachmentRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  instance.removeAllContentTypeParsers()
  instance.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: attachmentBytesMax },
    async (_request: unknown, body: Buffer) => body,
  )
  const app = typed(instance)

  app.post('/v1/conduct-cases/:id/attachments', {
    config: { access: 'conduct.attach' },
    bodyLimit: attachmentBytesMax,
    schema: {
      tags,
      summary: '上传附件（PDF、PNG、JPEG、DOCX、XLSX，不超过 10 MB） / Attach a file, at most 10 MB',
      consumes: Object.values(attachmentTypes),
      params: idParams,
      querystring: attachmentQuery,
      body: z.any().meta({ type: 'string', format: 'binary' }),
      response: { 201: attachment },
    },
    handler: async (request, reply) => {
      if (!Buffer.isBuffer(request.body)) throw refuse('attachment_type_refused')
      const { params, query, registryContext } = request
      return reply.code(201).send(await attachFile(registry, registryContext, params.id, query, request.body))
    },
  })

  app.get('/v1/conduct-cases/:id/attachments', {
    config: { access: 'conduct.read' },
    schema: {
      tags,
      summary: '案件附件 / The attachments of a case',
      params: idParams,
      response: { 200: z.object({ items: listOf(attachment) }) },
    },
    handler: (request) => readAttachments(registry, request.registryContext, request.params.id),
  })

  app.get('/v1/attachments/:id', {
    config: { access: 'conduct.read' },
    schema: {
      tags,
      summary: '下载附件 / Download an attachment',
      params: idParams,
      response: { 200: z.any().meta({ type: 'string', format: 'binary' }) },
    },
    handler: async (request, reply: FastifyReply) => {
      const { fileName, type, sha256, content } = await readAttachment(
        registry,
        request.registryContext,
        request.params.id,
      )
      // Saved, never shown: whatever stands in it must not act as a page of this service.
      return reply
        .type(attachmentTypes[type])
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`)
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('etag', `"${sha256}"`)
        .send(content)
    },
  })
}
