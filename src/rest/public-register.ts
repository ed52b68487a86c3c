import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Negotiator from 'negotiator'
import { z } from 'zod'
import { dayInShanghai } from '../clock.ts'
import { registerPageSecurityPolicy } from '../documents/register-page.ts'
import { announcementsQuery, readPublicAnnouncements } from '../usecases/announcements/read-announcements.ts'
import {
  pageQuery,
  productsQuery,
  publicListQuery,
  readAnnouncedProducts,
  readListPage,
  readProductTotals,
  readPublicList,
  totalsQuery,
} from '../usecases/announcements/read-products.ts'
import {
  dictionaryAddress,
  openSnapshot,
  readDictionary,
  readSnapshots,
  type SnapshotDownload,
} from '../usecases/announcements/snapshot-register.ts'
import type { Registry } from '../usecases/context.ts'
import { announcementShape, productShape, totalsShape } from './announcements.ts'
import { isKnown } from './conditional.ts'
import { idParams, typed } from './routes.ts'
import { day, instant, listOf, pageOfShape } from './shapes.ts'

type PublicConfig = { readonly access: 'public'; readonly rateLimit: { max: number; timeWindow: string } }

const text = z.string()
const snapshotShape = z.object({
  month: day,
  onDay: day,
  knownAt: instant,
  format: z.int(),
  rows: z.int(),
  csvSha256: text,
  csvBytes: z.int(),
  jsonSha256: text,
  jsonBytes: z.int(),
  dictionary: text.meta({ description: 'The address of the data dictionary.' }),
})

const words = z.object({ zh: text, en: text })
const columnShape = words.extend({
  name: text,
  type: z.enum(['string', 'number']),
  format: z.enum(['text', 'day', 'instant', 'number', 'closed_list']),
  written: text,
  unit: words.nullable(),
  mayBeAbsent: z.boolean(),
  absent: words
    .extend({ csv: text, json: z.null() })
    .nullable()
    .meta({ description: 'What an empty cell of CSV, and null in JSON, say; null where neither occurs.' }),
  values: listOf(words.extend({ code: text })).nullable(),
})
const dictionaryShape = z.object({
  format: z.int(),
  files: z.object({ csv: words, json: words }),
  fields: listOf(columnShape),
  list: listOf(columnShape).meta({ description: 'Of the list of snapshots.' }),
})

/** What was announced, and the register month by month, for anybody (N8, N13). */
export function registerPublicLists(instance: FastifyInstance, registry: Registry, config: PublicConfig): void {
  const app = typed(instance)
  const tags = ['公开查询 / Public']
  const today = () => dayInShanghai(registry.clock.now())

  app.get('/v1/public/announcements', {
    config,
    schema: {
      tags,
      summary: '已发布的公告 / Announcements that were published',
      querystring: announcementsQuery,
      response: { 200: pageOfShape(announcementShape) },
    },
    handler: (request) => readPublicAnnouncements(registry, request.query),
  })

  app.get('/v1/public/announcements/:id/products', {
    config,
    schema: {
      tags,
      summary: '公告所列产品：公告时与某日的差异 / The products of one, as announced, and what is otherwise on a day',
      params: idParams,
      querystring: productsQuery,
      response: { 200: pageOfShape(productShape) },
    },
    handler: (request) => readAnnouncedProducts(registry, request.params.id, request.query, today()),
  })

  app.get('/v1/public/products', {
    config,
    schema: {
      tags,
      summary: '全部公告产品：公告时与某日的差异 / All that is announced, and what is otherwise on a day',
      querystring: publicListQuery,
      response: { 200: pageOfShape(productShape) },
    },
    handler: (request) => readPublicList(registry, request.query, today()),
  })

  app.get('/v1/public/products/totals', {
    config,
    schema: {
      tags,
      summary:
        '公告产品与企业的汇总：公告、有效、其余按去向 / Firms and products announced, in force, and the others by what became of them',
      querystring: totalsQuery,
      response: { 200: totalsShape },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return readProductTotals(registry, request.query, today())
    },
  })

  app.get('/v1/public/products/page', {
    config,
    schema: {
      tags,
      summary: '名单网页：公告与现状 / The list as a page to read, as announced and as of a day',
      produces: ['text/html'],
      querystring: pageQuery,
      response: { 200: text },
    },
    handler: async (request, reply) => {
      const page = await readListPage(registry, request.query, today())
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', registerPageSecurityPolicy())
        .serializer((html: unknown) => String(html))
        .send(page)
    },
  })

  app.get('/v1/public/snapshots', {
    config,
    schema: {
      tags,
      summary: '登记快照，每月一次 / Snapshots of the register, one a month',
      response: { 200: z.object({ items: listOf(snapshotShape) }) },
    },
    handler: () => readSnapshots(registry),
  })

  app.get('/v1/public/snapshots/dictionary', {
    config,
    schema: {
      tags,
      summary: '快照的数据字典 / What the fields of a snapshot mean',
      response: { 200: dictionaryShape },
    },
    handler: async () => readDictionary(),
  })

  for (const [file, mediaType] of [
    ['csv', 'text/csv; charset=utf-8'],
    ['json', 'application/json; charset=utf-8'],
  ] as const)
    app.get(`/v1/public/snapshots/:month/${file}`, {
      config,
      schema: {
        tags,
        summary: `某月快照 ${file.toUpperCase()} / The snapshot of a month as ${file.toUpperCase()}`,
        produces: [mediaType],
        params: z.object({
          month: z
            .string()
            .regex(/^\d{4}-\d{2}$/)
            .meta({ examples: ['2026-11'] }),
        }),
        headers: z.looseObject({ 'if-none-match': z.string().max(8_000).optional() }),
        response: {
          200: z.any().meta({ type: 'string', format: 'binary' }),
          304: z.null().meta({ description: 'It is the file that the asker has.' }),
        },
      },
      handler: async (request, reply) => {
        const download = await openSnapshot(registry, request.params.month, file)
        const isPacked = new Negotiator(request.raw).encoding(['gzip', 'identity']) === 'gzip'
        const tag = `"${download.sha256}${isPacked ? '-gzip' : ''}"`
        reply.headers({
          etag: tag,
          'cache-control': 'public, max-age=3600',
          vary: 'accept-encoding',
          link: dictionaryLink,
        })
        if (isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send(null)
        reply.type(mediaType).headers(digestOf(download, isPacked))
        reply.header('content-disposition', `attachment; filename="register-${request.params.month}.${file}"`)
        return sendPieces(reply, download, isPacked)
      },
    })
}

const dictionaryLink = `<${dictionaryAddress}>; rel="describedby"; type="application/json"`

/** RFC 9530: of what is sent, packed or not; the hash of the unpacked file stands in the list and in the tag. */
function digestOf({ sha256, packedSha256 }: SnapshotDownload, isPacked: boolean) {
  const digest = isPacked ? packedSha256 : sha256
  return digest === null ? {} : { 'repr-digest': `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:` }
}

/** As it is kept, where the reader takes gzip; else unpacked on the way. */
function sendPieces(reply: FastifyReply, { pieces }: SnapshotDownload, isPacked: boolean) {
  const packed = Readable.from(pieces())
  reply.serializer((payload: unknown) => payload as string)
  if (isPacked) return reply.header('content-encoding', 'gzip').send(packed)
  return reply.send(pipeline(packed, createGunzip(), () => undefined))
}
