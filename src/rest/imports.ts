import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { type Language, type Refusal, refuse } from '../domain/refusals.ts'
import type { Context, Registry } from '../usecases/context.ts'
import { faultForLog } from '../usecases/database-faults.ts'
import { importQueue } from '../usecases/imports/import-queue.ts'
import { listMappings, mappingNamed, saveMapping } from '../usecases/imports/manage-mappings.ts'
import {
  type ImportView,
  importRowsCsv,
  listImportRows,
  listImports,
  readImport,
} from '../usecases/imports/read-imports.ts'
import {
  authoriseImport,
  type ImportRequest,
  keepWaiting,
  runImport,
  startImport,
} from '../usecases/imports/run-import.ts'
import { removeAbandonedFolders } from '../usecases/imports/spool-folder.ts'
import { textInput } from '../usecases/inputs.ts'
import { cursorAfter, pageInput, positionOf } from '../usecases/pages.ts'
import { wantsCsv } from './csv.ts'
import { languageOf, shownProblem } from './problems.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { instant, listOf, pageOfShape, shownProblem as shownProblemShape } from './shapes.ts'
import { type Spooled, spool, UploadEnded } from './uploads.ts'

const tags = ['批量导入 / Imports']
const mediaTypes = [
  'text/csv',
  'application/x-ndjson',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/octet-stream',
]

const importShape = z.object({
  id: z.string(),
  kind: z.string(),
  fileName: z.string(),
  fileSha256: z.string(),
  dryRun: z.boolean(),
  status: z.enum(['running', 'finished', 'failed', 'interrupted']),
  progress: z.number().meta({ description: '0 to 1' }),
  rows: z.number(),
  accepted: z.number(),
  newVersions: z.number(),
  unchanged: z.number(),
  refused: z.number(),
  startedAt: instant,
  finishedAt: instant,
  failure: shownProblemShape.nullable(),
})

const importedRow = z.object({
  rowNumber: z.number(),
  outcome: z.string(),
  entityId: z.string().nullable(),
  problems: listOf(shownProblemShape),
})
const mappingShape = z.object({ name: z.string(), isBuiltIn: z.boolean(), mapping: z.any() })
const mappingName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/)

const uploadQuery = z.strictObject({
  mapping: mappingName
    .default('results')
    .meta({ description: 'Fits the file’s columns to ours; its kind says what the rows are.' }),
  fileName: textInput(200).default('upload'),
  dryRun: z.stringbool().default(false).meta({ description: 'Says the same and writes nothing.' }),
})

export async function importRoutes(
  instance: FastifyInstance,
  { registry, config }: RouteOptions & { config: Config },
): Promise<void> {
  const under = importsUnderWay(registry, instance, config)
  await removeAbandonedFolders(systemClock.now())
  instance.addContentTypeParser(mediaTypes, (_request, payload, done) => done(null, payload))
  const app = typed(instance)

  app.post('/v1/imports', {
    config: { access: 'imports.run' },
    schema: {
      tags,
      summary: '上传文件批量导入 / Take in a CSV, XLSX or NDJSON file',
      description:
        '文件收妥即答复 202，进度见 GET /v1/imports/{id} / Answered once the file is here; progress at GET /v1/imports/{id}.',
      consumes: mediaTypes,
      querystring: uploadQuery,
      body: z.any().meta({ type: 'string', format: 'binary' }),
      response: { 202: importShape },
    },
    handler: async (request, reply) => {
      const { registryContext: context, query } = request
      const mapping = await mappingNamed(registry.db, query.mapping)
      authoriseImport(context, mapping)
      const started = await under.takeIn(request, { ...query, mapping })
      return reply
        .code(202)
        .header('location', `/v1/imports/${started.id}`)
        .send(shown(started, languageOf(request)))
    },
  })

  app.get('/v1/imports', {
    config: { access: 'imports.read' },
    schema: {
      tags,
      summary: '导入列表 / Imports, newest first',
      querystring: z.strictObject(pageInput),
      response: { 200: pageOfShape(importShape) },
    },
    handler: async (request) => {
      const { limit, cursor } = request.query
      const before = positionOf('imports', 'text', cursor)
      const rows = await listImports(registry, request.registryContext, {
        beforeId: before?.id ?? null,
        limit: limit + 1,
      })
      const items = rows.slice(0, limit).map((row) => shown(row, languageOf(request)))
      const last = items.at(-1)
      return { items, nextCursor: rows.length > limit && last ? cursorAfter('imports', last.id, last.id) : null }
    },
  })

  app.get('/v1/imports/:id', {
    config: { access: 'imports.read' },
    schema: {
      tags,
      summary: '导入进度 / An import and its progress',
      params: idParams,
      response: { 200: importShape },
    },
    handler: async (request) =>
      shown(await readImport(registry, request.registryContext, request.params.id), languageOf(request)),
  })

  app.get('/v1/imports/:id/rows', {
    config: { access: 'imports.read' },
    schema: {
      tags,
      summary: '逐行结果 / The outcome of each row; CSV with Accept: text/csv',
      params: idParams,
      querystring: z.strictObject({
        limit: pageInput.limit,
        afterRow: z.coerce.number().int().min(0).max(2_000_000_000).default(0),
        outcome: z.enum(['accepted', 'new_version', 'unchanged', 'refused']).optional(),
      }),
      response: { 200: z.object({ items: listOf(importedRow) }) },
    },
    handler: async (request, reply) => {
      const { registryContext: context, query, params } = request
      const language = languageOf(request)
      if (wantsCsv(request)) {
        reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', 'attachment; filename="import.csv"')
          .serializer((payload: string) => payload)
        return reply.send(Readable.from(await importRowsCsv(registry, context, params.id, language)) as never)
      }
      const rows = await listImportRows(registry, context, params.id, {
        afterRow: query.afterRow,
        limit: query.limit,
        outcome: query.outcome ?? null,
      })
      return {
        items: rows.map((row) => ({
          ...row,
          problems: (row.problems ?? []).map((each) => shownProblem(each, language)),
        })),
      }
    },
  })

  app.get('/v1/import-mappings', {
    config: { access: 'imports.read' },
    schema: {
      tags,
      summary: '列映射 / Mappings of columns',
      response: { 200: z.object({ items: listOf(mappingShape) }) },
    },
    handler: async (request) => ({ items: await listMappings(registry, request.registryContext) }),
  })

  app.put('/v1/import-mappings/:name', {
    config: { access: 'imports.run' },
    schema: {
      tags,
      summary: '保存列映射 / Keep a mapping',
      params: z.object({ name: mappingName }),
      body: z.record(z.string(), z.any()),
      response: { 200: mappingShape },
    },
    handler: (request) => saveMapping(registry, request.registryContext, request.params.name, request.body),
  })
}

/** The file as it streams in. @throws Refusal when there is none, or JSON, which the framework has read already. */
function fileIn({ body, headers }: FastifyRequest): Readable {
  if (body instanceof Readable) return body
  throw refuse('media_type_unsupported', '', { values: { given: headers['content-type'] ?? '—' } })
}

type Wanted = Pick<ImportRequest, 'mapping' | 'fileName' | 'dryRun'>

/** Of one caller: files on their way here, and files here whose import has not ended. */
const uploadsMax = 2
const filesMax = 20
/** When to try again, which nobody can know. */
const busySeconds = 30

/**
 * Uploads and imports under way in this process. When it stops, uploads are cut off, and each import ends between two
 * batches, or before its turn, and is shown as interrupted.
 */
function importsUnderWay(registry: Registry, app: FastifyInstance, { IMPORT_BYTES_MAX: bytesMax }: Config) {
  const stopping = new AbortController()
  const queue = importQueue({ beat: (importIds) => keepWaiting(registry, importIds) })
  const bodies = new Set<Readable>()
  const underWay = new Set<Promise<unknown>>()
  const uploads = places(uploadsMax)
  const files = places(filesMax)

  const kept = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work)
    const settled = () => underWay.delete(work)
    work.then(settled, settled)
    return work
  }
  const receive = async (request: FastifyRequest) => {
    const body = fileIn(request)
    bodies.add(body)
    try {
      return await spool(body, { bytesMax })
    } catch (error) {
      // What is still to come is let go by, so that the answer is read.
      body.resume()
      throw error instanceof UploadEnded ? endedUpload(request, error) : error
    } finally {
      bodies.delete(body)
    }
  }
  const run = (importId: string, context: Context, file: Spooled) =>
    queue
      .run({ importId, ownerId: context.actor.memberId ?? 'secretariat' }, () =>
        runImport(registry, context, { importId, path: file.path }, { signal: stopping.signal }),
      )
      .catch((error: unknown) => app.log.error({ ...faultForLog(error), importId }, 'import failed'))
      .finally(() => file.remove())
      .catch((error: unknown) => app.log.warn({ err: error, importId }, 'a spooled file could not be removed'))

  const receiveAndStart = async (request: FastifyRequest, wanted: Wanted) => {
    const { registryContext: context } = request
    const leave = files.take(context.actor.id)
    try {
      const file = await uploads.within(context.actor.id, () => receive(request))
      const started = await begin(registry, context, file, wanted)
      kept(run(started.id, context, file).finally(leave))
      return started
    } catch (error) {
      leave()
      throw error
    }
  }
  app.addHook('preClose', async () => {
    stopping.abort()
    for (const body of bodies) body.destroy(new UploadEnded('stopping'))
    queue.open()
    while (underWay.size > 0) await Promise.allSettled(underWay)
  })
  return {
    /** Receives the file and notes the import, which then takes its turn. @throws Refusal */
    takeIn(request: FastifyRequest, wanted: Wanted): Promise<ImportView> {
      if (stopping.signal.aborted) throw refuse('unavailable')
      return kept(receiveAndStart(request, wanted))
    },
  }
}

/** Nothing of ours failed, and nobody is there to read the answer. */
function endedUpload(request: FastifyRequest, { reason }: UploadEnded): Refusal {
  request.log.info({ reason }, 'an upload was ended')
  return refuse('request_refused')
}

/** So many places for each caller. @throws Refusal `rate_limited` where all are taken */
function places(max: number) {
  const taken = new Map<string, number>()
  const change = (caller: string, by: 1 | -1) => {
    const now = (taken.get(caller) ?? 0) + by
    if (now > 0) taken.set(caller, now)
    else taken.delete(caller)
  }
  const take = (caller: string): (() => void) => {
    if ((taken.get(caller) ?? 0) >= max) throw refuse('rate_limited', '', { values: { seconds: busySeconds } })
    change(caller, 1)
    return () => change(caller, -1)
  }
  return {
    take,
    within: async <T>(caller: string, work: () => Promise<T>): Promise<T> => {
      const leave = take(caller)
      return work().finally(leave)
    },
  }
}

/** Notes the import; a file that is not to be taken in is not kept. */
async function begin(registry: Registry, context: Context, file: Spooled, wanted: Wanted): Promise<ImportView> {
  const { mapping, fileName, dryRun } = wanted
  const { sha256: fileSha256, bytesTotal } = file
  try {
    return await startImport(registry, context, { mapping, fileName, dryRun, fileSha256, bytesTotal })
  } catch (error) {
    await file.remove()
    throw error
  }
}

function shown(view: ImportView, language: Language) {
  return { ...view, failure: view.failure && shownProblem(view.failure, language) }
}
