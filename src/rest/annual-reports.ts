import { PassThrough } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { z } from 'zod'
import { pageSecurityPolicy } from '../documents/report/report-page.ts'
import { Refusal, refuse } from '../domain/refusals.ts'
import type { ReportKey } from '../usecases/reports/asked-report.ts'
import { schemeQuery, yearInput } from '../usecases/reports/asked-report.ts'
import { freezeInput, freezeReport, recomputeReport } from '../usecases/reports/freeze-report.ts'
import { reportStepNames, type TellStep } from '../usecases/reports/gather-report.ts'
import { changeSettings, openingInput, openReport, settingsInput } from '../usecases/reports/open-report.ts'
import { figureQuery, readReportFigure } from '../usecases/reports/read-figure.ts'
import {
  freezeQuery,
  previewQuery,
  readDraft,
  readParagraphVersions,
  readPreview,
  readReport,
  readReportFigures,
  readReportFile,
  readReports,
} from '../usecases/reports/read-reports.ts'
import { answerReport, reportAnswerInput, submissionInput, submitReport } from '../usecases/reports/submit-report.ts'
import { paragraphInput, paragraphParams, writeParagraph } from '../usecases/reports/write-paragraph.ts'
import { aFile, sheetMediaType, wordMediaType } from './files.ts'
import { problemDocument } from './problems.ts'
import { type RouteOptions, typed } from './routes.ts'
import { listOf } from './shapes.ts'
import {
  draftShape,
  freezeShape,
  paragraphShape,
  reportFigureShape,
  reportFiguresShape,
  reportReckoningShape,
  reportShape,
  settingsShape,
} from './shapes-of-reports.ts'

const tags = ['年度报告 / Annual report']

const yearParams = z.object({ year: yearInput })
const paragraphPath = yearParams.extend(paragraphParams.shape)
const freezePath = yearParams.extend({ number: z.coerce.number().int().min(1).max(10_000) })
const figurePath = yearParams.extend({ id: z.string().max(400) })

const keyOf = ({ year }: { year: number }, { scheme }: z.infer<typeof schemeQuery>): ReportKey => ({
  schemeCode: scheme,
  year,
})

/** The December report, from the draft that opens by itself to the office's answer (N5, R10). */
export async function annualReportRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/annual-reports', {
    config: { access: 'reports.read' },
    schema: {
      tags,
      summary: '年度报告，最近年度在前 / December reports, the latest year first',
      querystring: schemeQuery,
      response: { 200: z.object({ items: listOf(reportShape) }) },
    },
    handler: (request) => readReports(registry, request.registryContext, request.query),
  })

  app.get('/v1/annual-reports/:year', {
    config: { access: 'reports.read' },
    schema: {
      tags,
      summary: '一个年度的报告：状态、期限、冻结、报送 / The report of a year: state, due day, freezes, submissions',
      params: yearParams,
      querystring: schemeQuery,
      response: { 200: reportShape },
    },
    handler: (request) => readReport(registry, request.registryContext, keyOf(request.params, request.query)),
  })

  app.post('/v1/annual-reports/:year', {
    config: { access: 'reports.write' },
    schema: {
      tags,
      summary: '手动开启任一年度的报告 / Open the report of any year by hand',
      params: yearParams,
      querystring: schemeQuery,
      body: openingInput.meta({ examples: [{ cutOffOn: '2026-11-30' }] }),
      response: { 201: reportShape },
    },
    handler: async (request, reply) => {
      const key = keyOf(request.params, request.query)
      return reply.code(201).send(await openReport(registry, request.registryContext, key, request.body))
    },
  })

  app.put('/v1/annual-reports/settings', {
    config: { access: 'reports.write' },
    schema: {
      tags,
      summary: '报告名称、主送机关、类别和地区划分 / What the report of a scheme is called and how it is divided',
      querystring: schemeQuery,
      body: settingsInput.meta({
        examples: [
          { name: '江苏精品', addressee: '省质量发展委员会办公室', families: ['agriculture'], regions: 'cities' },
        ],
      }),
      response: { 200: z.object({ version: z.int(), settings: settingsShape }) },
    },
    handler: (request) => changeSettings(registry, request.registryContext, request.query.scheme, request.body),
  })

  app.put('/v1/annual-reports/:year/paragraphs/:section/:place', {
    config: { access: 'reports.write' },
    schema: {
      tags,
      summary: '撰写一个段落，旧版本保留 / Write a paragraph; earlier versions are kept',
      params: paragraphPath,
      querystring: schemeQuery,
      body: paragraphInput.meta({ examples: [{ text: '示例：开展认证人员培训两期。', version: 0 }] }),
      response: { 200: paragraphShape },
    },
    handler: (request) => {
      const key = keyOf(request.params, request.query)
      return writeParagraph(registry, request.registryContext, key, request.params, request.body)
    },
  })

  app.get('/v1/annual-reports/:year/paragraphs/:section/:place', {
    config: { access: 'reports.read' },
    schema: {
      tags,
      summary: '一个段落的所有版本 / Every version of a paragraph',
      params: paragraphPath,
      querystring: schemeQuery,
      response: { 200: z.object({ items: listOf(paragraphShape) }) },
    },
    handler: (request) => {
      const key = keyOf(request.params, request.query)
      return readParagraphVersions(registry, request.registryContext, key, request.params)
    },
  })

  await app.register(figureRoutes, { registry })
  await app.register(freezeRoutes, { registry })
}

async function figureRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/annual-reports/:year/draft', {
    config: { access: 'reports.read' },
    schema: {
      tags,
      summary: '如现在冻结的内容，及与最近冻结的差异 / What would be frozen now, and what changed since',
      params: yearParams,
      querystring: schemeQuery,
      response: { 200: draftShape },
    },
    handler: (request) => readDraft(registry, request.registryContext, keyOf(request.params, request.query)),
  })

  app.get('/v1/annual-reports/:year/figures', {
    config: { access: 'reports.read' },
    schema: {
      tags,
      summary: '所有不为零的数字 / Every figure that is not nought',
      params: yearParams,
      querystring: freezeQuery,
      response: { 200: reportFiguresShape },
    },
    handler: (request) =>
      readReportFigures(registry, request.registryContext, keyOf(request.params, request.query), request.query),
  })

  app.get('/v1/annual-reports/:year/figures/:id', {
    config: { access: 'reports.read' },
    schema: {
      tags,
      summary: '一个数字的定义、数值和冻结时的数据行 / A figure: definition, value, rows as of the freeze',
      params: figurePath,
      querystring: figureQuery,
      response: { 200: reportFigureShape },
    },
    handler: (request) => {
      const key = keyOf(request.params, request.query)
      return readReportFigure(registry, request.registryContext, key, request.params.id, request.query)
    },
  })

  app.get('/v1/annual-reports/:year/preview', {
    config: { access: 'reports.read' },
    schema: {
      tags,
      summary: '网页预览，每个数字可追溯 / A page to look at, in which every figure leads to its rows',
      produces: ['text/html'],
      params: yearParams,
      querystring: previewQuery,
      response: { 200: z.string() },
    },
    handler: async (request, reply) => {
      const key = keyOf(request.params, request.query)
      const page = await readPreview(registry, request.registryContext, key, request.query)
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', pageSecurityPolicy())
        .serializer((text: unknown) => String(text))
        .send(page)
    },
  })
}

async function freezeRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.post('/v1/annual-reports/:year/freezes', {
    config: { access: 'reports.write' },
    schema: {
      tags,
      summary: '冻结数据并生成文件 / Freeze the data set and make the documents from it',
      description:
        '带 `Accept: application/x-ndjson` 时逐行告知进度，末行为结果 / With `Accept: application/x-ndjson` each step is told in a line as it begins; the last line is the freeze, or the problem.',
      produces: ['application/json', linesMediaType],
      params: yearParams,
      querystring: schemeQuery,
      body: freezeInput,
      response: { 200: z.any().meta({ type: 'string' }), 201: freezeShape },
    },
    handler: async (request, reply) => {
      const key = keyOf(request.params, request.query)
      const freeze = (tell?: TellStep) => freezeReport(registry, request.registryContext, key, request.body, tell)
      return tellsSteps(request) ? sendSteps(request, reply, freeze) : reply.code(201).send(await freeze())
    },
  })

  for (const [file, mediaType, extension] of [
    ['document', wordMediaType, 'docx'],
    ['annex', sheetMediaType, 'xlsx'],
  ] as const)
    app.get(`/v1/annual-reports/:year/freezes/:number/${file}`, {
      config: { access: 'reports.read' },
      schema: {
        tags,
        summary:
          file === 'document'
            ? '冻结的 Word 文件 / The Word document as it was frozen'
            : '冻结的附表 / The workbook as it was frozen',
        produces: [mediaType],
        params: freezePath,
        querystring: schemeQuery,
        response: { 200: aFile },
      },
      handler: async (request, reply) => {
        const { year, number } = request.params
        const bytes = await readReportFile(
          registry,
          request.registryContext,
          keyOf(request.params, request.query),
          number,
          file,
        )
        const name = `annual-report-${year}-${number}.${extension}`
        return reply.type(mediaType).header('content-disposition', `attachment; filename="${name}"`).send(bytes)
      },
    })

  app.get('/v1/annual-reports/:year/freezes/:number/recomputation', {
    config: { access: 'reports.read' },
    schema: {
      tags,
      summary: '按冻结时所知重新计算并比对 / Run it again from what was known at the freeze, and compare',
      params: freezePath,
      querystring: schemeQuery,
      response: { 200: reportReckoningShape },
    },
    handler: (request) => {
      const key = keyOf(request.params, request.query)
      return recomputeReport(registry, request.registryContext, key, request.params.number)
    },
  })

  app.post('/v1/annual-reports/:year/submission', {
    config: { access: 'reports.write' },
    schema: {
      tags,
      summary: '报送冻结的文件 / Hand in the document that was frozen',
      params: yearParams,
      querystring: schemeQuery,
      body: submissionInput,
      response: { 200: reportShape },
    },
    handler: (request) =>
      submitReport(registry, request.registryContext, keyOf(request.params, request.query), request.body),
  })

  app.post('/v1/annual-reports/:year/answer', {
    config: { access: 'reports.answer' },
    schema: {
      tags,
      summary: '省质量办确认或退回 / The office acknowledges or returns it',
      params: yearParams,
      querystring: schemeQuery,
      body: reportAnswerInput.meta({ examples: [{ verdict: 'acknowledged', words: '示例：收到。' }] }),
      response: { 200: reportShape },
    },
    handler: (request) =>
      answerReport(registry, request.registryContext, keyOf(request.params, request.query), request.body),
  })
}

const linesMediaType = 'application/x-ndjson'

function tellsSteps(request: FastifyRequest): boolean {
  return new Negotiator(request.raw).mediaType(['application/json', linesMediaType]) === linesMediaType
}

/** A line for each step as it begins, and one for what came of it: the head was sent when nobody knew. */
function sendSteps(
  request: FastifyRequest,
  reply: FastifyReply,
  freeze: (tell: TellStep) => Promise<object>,
): FastifyReply {
  const lines = new PassThrough()
  const write = (line: object) => void lines.write(`${JSON.stringify(line)}\n`)
  freeze((step) => write({ step, ...inBoth(reportStepNames[step]) }))
    .then((freeze) => write({ freeze }))
    .catch((error: unknown) => write({ problem: problemDocument(refusalOf(error, request), request) }))
    .finally(() => lines.end())
  return reply
    .type(`${linesMediaType}; charset=utf-8`)
    .serializer((payload: unknown) => payload as string)
    .send(lines)
}

function inBoth([zh, en]: readonly [zh: string, en: string]) {
  return { zh, en }
}

/** What is no refusal is a bug, told as one sentence. */
function refusalOf(error: unknown, request: FastifyRequest): Refusal {
  if (error instanceof Refusal) return error
  request.log.error({ err: error }, 'a report could not be frozen')
  return refuse('internal')
}
