import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Language } from '../domain/refusals.ts'
import { listMappings, mappingNamed, saveMapping } from '../usecases/imports/manage-mappings.ts'
import {
  type ImportView,
  importRowsCsv,
  listImportRows,
  listImports,
  readImport,
} from '../usecases/imports/read-imports.ts'
import { authoriseImport, runImport, startImport } from '../usecases/imports/run-import.ts'
import { textInput } from '../usecases/inputs.ts'
import { cursorAfter, pageInput, positionOf } from '../usecases/pages.ts'
import { wantsCsv } from './csv.ts'
import { type FilesUnderWay, mappingName, mediaTypes, takeFiles } from './files-under-way.ts'
import { languageOf, shownProblem } from './problems.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { instant, listOf, pageOfShape, shownProblem as shownProblemShape } from './shapes.ts'

const tags = ['批量导入 / Imports']

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

const uploadQuery = z.strictObject({
  mapping: mappingName
    .default('results')
    .meta({ description: 'Fits the file’s columns to ours; its kind says what the rows are.' }),
  fileName: textInput(200).default('upload'),
  dryRun: z.stringbool().default(false).meta({ description: 'Says the same and writes nothing.' }),
})

export async function importRoutes(
  instance: FastifyInstance,
  { registry, files }: RouteOptions & { files: FilesUnderWay },
): Promise<void> {
  takeFiles(instance)
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
      const started = await files.takeIn(request, {
        start: ({ sha256, bytesTotal }) =>
          startImport(registry, context, { ...query, mapping, fileSha256: sha256, bytesTotal }),
        run: ({ id }, path, signal) => runImport(registry, context, { importId: id, path }, { signal }),
      })
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

function shown(view: ImportView, language: Language) {
  return { ...view, failure: view.failure && shownProblem(view.failure, language) }
}
