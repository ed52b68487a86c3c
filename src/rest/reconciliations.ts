import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Language } from '../domain/refusals.ts'
import { certificatesQuery } from '../usecases/certificates/read-certificates.ts'
import { mappingNamed } from '../usecases/imports/manage-mappings.ts'
import { idInput } from '../usecases/inputs.ts'
import { assignOwner, concludeEntry, conclusionInput, ownerInput } from '../usecases/reconciliations/conclude-entry.ts'
import { shapeList } from '../usecases/reconciliations/export-list.ts'
import {
  type EntryView,
  entriesQuery,
  readEntries,
  readReconciliation,
  readReconciliations,
  reconciliationsQuery,
} from '../usecases/reconciliations/read-reconciliations.ts'
import type { ReconciliationView } from '../usecases/reconciliations/reconciliation-view.ts'
import { runReconciliation } from '../usecases/reconciliations/run-reconciliation.ts'
import { authoriseList, listInput, startReconciliation } from '../usecases/reconciliations/start-reconciliation.ts'
import { entryColumns } from './columns.ts'
import { type Column, sendCsv, wantsCsv } from './csv.ts'
import { type FilesUnderWay, mappingName, mediaTypes, takeFiles } from './files-under-way.ts'
import { languageOf, shownProblem } from './problems.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { pageOfShape } from './shapes.ts'
import { entryShape, reconciliationDetailShape, reconciliationShape } from './shapes-of-reconciliations.ts'

const tags = ['对账 / Reconciliation']
const entryParams = z.object({ id: idInput, entryId: idInput })

const uploadQuery = z.strictObject({
  mapping: mappingName
    .default('regulator-list')
    .meta({ description: 'Fits the list’s columns to ours; a mapping of the kind `regulator_list`.' }),
  ...listInput,
})

const exportQuery = certificatesQuery.omit({ limit: true, cursor: true }).extend({
  mapping: mappingName
    .default('regulator-list')
    .meta({ description: 'Gives the columns, their order and headings, and the list’s own words.' }),
})

export async function reconciliationRoutes(
  instance: FastifyInstance,
  { registry, files }: RouteOptions & { files: FilesUnderWay },
): Promise<void> {
  takeFiles(instance)
  const app = typed(instance)

  app.post('/v1/reconciliations', {
    config: { access: 'reconciliations.run' },
    schema: {
      tags,
      summary: '上传对方导出的证书清单并核对 / Lay a list of CNCA or of a member beside ours',
      description:
        '本系统数据不变；文件收妥即答复 202 / Nothing of ours changes; answered 202 once the file is here, progress at GET /v1/reconciliations/{id}.',
      consumes: mediaTypes,
      querystring: uploadQuery,
      body: z.any().meta({ type: 'string', format: 'binary' }),
      response: { 202: reconciliationShape },
    },
    handler: async (request, reply) => {
      const { registryContext: context, query } = request
      const { mapping: name, ...asked } = query
      const list = { ...asked, mapping: await mappingNamed(registry.db, name) }
      await authoriseList(registry, context, list)
      const started = await files.takeIn(request, {
        start: ({ sha256, bytesTotal }) =>
          startReconciliation(registry, context, { ...list, fileSha256: sha256, bytesTotal }),
        run: ({ id }, path, signal) => runReconciliation(registry, context, { reconciliationId: id, path }, { signal }),
      })
      return reply
        .code(202)
        .header('location', `/v1/reconciliations/${started.id}`)
        .send(shown(started, languageOf(request)))
    },
  })

  app.get('/v1/reconciliations', {
    config: { access: 'reconciliations.read' },
    schema: {
      tags,
      summary: '核对列表 / Reconciliations, newest first',
      querystring: reconciliationsQuery,
      response: { 200: pageOfShape(reconciliationShape) },
    },
    handler: async (request) => {
      const page = await readReconciliations(registry, request.registryContext, request.query)
      return { ...page, items: page.items.map((each) => shown(each, languageOf(request))) }
    },
  })

  app.get('/v1/reconciliations/export', {
    config: { access: 'reconciliations.read' },
    schema: {
      tags,
      summary: '按对方格式导出证书（CSV） / Our certificates in the shape of a foreign list, as CSV',
      querystring: exportQuery,
      produces: ['text/csv'],
      response: { 200: z.string().meta({ description: 'CSV' }) },
    },
    handler: async (request, reply) => {
      const { mapping, ...query } = request.query
      const list = await shapeList(registry, request.registryContext, mapping, { ...query, limit: 500 })
      const columns = list.headings.map(
        (heading, at): Column<readonly string[]> => [heading, heading, (row) => row[at]],
      )
      return sendCsv(request, reply, mapping, columns, list.read) as never
    },
  })

  app.get('/v1/reconciliations/:id', {
    config: { access: 'reconciliations.read' },
    schema: {
      tags,
      summary: '核对进度与结果 / A reconciliation: its progress, and its entries counted',
      params: idParams,
      response: { 200: reconciliationDetailShape },
    },
    handler: async (request) =>
      shown(await readReconciliation(registry, request.registryContext, request.params.id), languageOf(request)),
  })

  app.get('/v1/reconciliations/:id/entries', {
    config: { access: 'reconciliations.read' },
    schema: {
      tags,
      summary: '待核对事项 / The work list; CSV with Accept: text/csv',
      params: idParams,
      querystring: entriesQuery,
      response: { 200: pageOfShape(entryShape) },
    },
    handler: async (request, reply) => {
      const { registryContext: context, query, params } = request
      if (wantsCsv(request))
        return sendCsv(request, reply, 'reconciliation', entryColumns, (cursor) =>
          readEntries(registry, context, params.id, { ...query, limit: 500, cursor }),
        )
      const page = await readEntries(registry, context, params.id, query)
      return { ...page, items: page.items.map((each) => shownEntry(each, languageOf(request))) }
    },
  })

  app.post('/v1/reconciliations/:id/entries/:entryId/owner', {
    config: { access: 'reconciliations.conclude' },
    schema: {
      tags,
      summary: '指定经办人 / Give an entry into somebody’s hands',
      params: entryParams,
      body: ownerInput.meta({ examples: [{ owner: '示例经办人' }] }),
      response: { 201: entryShape },
    },
    handler: async (request, reply) => {
      const entry = await assignOwner(registry, request.registryContext, request.params, request.body)
      return reply.code(201).send(shownEntry(entry, languageOf(request)))
    },
  })

  app.post('/v1/reconciliations/:id/entries/:entryId/conclusion', {
    config: { access: 'reconciliations.conclude' },
    schema: {
      tags,
      summary: '作出结论 / Conclude an entry',
      params: entryParams,
      body: conclusionInput.meta({ examples: [{ conclusion: 'theirs_to_correct', note: '示例' }] }),
      response: { 201: entryShape },
    },
    handler: async (request, reply) => {
      const entry = await concludeEntry(registry, request.registryContext, request.params, request.body)
      return reply.code(201).send(shownEntry(entry, languageOf(request)))
    },
  })
}

function shown<View extends ReconciliationView>(view: View, language: Language) {
  return { ...view, failure: view.failure && shownProblem(view.failure, language) }
}

function shownEntry(entry: EntryView, language: Language) {
  return { ...entry, problems: entry.problems.map((each) => shownProblem(each, language)) }
}
