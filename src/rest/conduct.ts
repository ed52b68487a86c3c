import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  caseOutcomes,
  caseSources,
  caseStates,
  complaintStates,
  correctionStates,
  findingGrades,
  findingKinds,
} from '../domain/conduct.ts'
import { signalKinds } from '../domain/signal.ts'
import {
  annulCase,
  annulFinding,
  annulmentInput,
  caseAssigneeInput,
  caseConclusionInput,
  caseReplyInput,
  closeCorrection,
  concludeCase,
  correctionDoneInput,
  reassignCase,
  replyToCase,
} from '../usecases/conduct/conclude-case.ts'
import {
  complaintInput,
  fileComplaint,
  filePublicComplaint,
  readComplaintState,
} from '../usecases/conduct/file-complaint.ts'
import { caseInput, openCase } from '../usecases/conduct/open-case.ts'
import {
  complaintsQuery,
  dismissalInput,
  dismissComplaint,
  eraseAuthor,
  readComplaints,
  seeComplainant,
  seeComplainantOfCase,
} from '../usecases/conduct/read-complaints.ts'
import {
  casesQuery,
  findingsQuery,
  readCase,
  readCases,
  readFinding,
  readFindings,
} from '../usecases/conduct/read-conduct.ts'
import { readSignals, signalsQuery } from '../usecases/conduct/read-signals.ts'
import { attachmentRoutes } from './attachments.ts'
import { idParams, keepOutOfCaches, nothing, optionalKey, perMinute, type RouteOptions, typed } from './routes.ts'
import { day, historyEntry, instant, listOf, pageOfShape } from './shapes.ts'

const tags = ['投诉与行为 / Complaints and conduct']

const id = z.string().meta({ format: 'uuid' })
const text = z.string()

const conductCase = z.object({
  id,
  source: z.enum(caseSources),
  memberId: id,
  certificateId: id.nullable(),
  words: text,
  occurredOn: day,
  passed: z.boolean().nullable().meta({ description: 'Of a spot check.' }),
  document: text.nullable().meta({ description: 'Of a penalty.' }),
  assignedTo: text.nullable(),
  state: z.enum(caseStates),
  openedOn: day,
  replyUntilOn: day,
  repliedOn: day.nullable(),
  reply: text.nullable(),
  concludedOn: day.nullable(),
  outcome: z.enum(caseOutcomes).nullable(),
  conclusion: text.nullable(),
  annulledOn: day.nullable().meta({ description: 'Since when its conclusion counts nowhere, for it was wrong.' }),
  annulledGround: text.nullable(),
  recordedAt: instant,
  recordedBy: text,
})

const finding = z.object({
  id,
  caseId: id,
  memberId: id,
  kind: z.enum(findingKinds),
  grade: z.enum(findingGrades),
  words: text,
  foundOn: day,
  correction: z.enum(correctionStates),
  correctUntilOn: day.nullable(),
  correctedOn: day.nullable(),
  correctedNote: text.nullable(),
  annulledOn: day.nullable(),
  annulledGround: text.nullable(),
  recordedAt: instant,
  recordedBy: text,
})

const complaint = z.object({
  id,
  text: text.nullable().meta({ description: 'For the secretariat, and where the author agreed; null once erased.' }),
  memberNamed: text.nullable(),
  certificateNumber: text.nullable(),
  isAnonymous: z.boolean(),
  mayBeNamed: z.boolean(),
  state: z.enum(complaintStates),
  caseId: id.nullable(),
  receivedOn: day,
  dismissedOn: day.nullable(),
  dismissedGround: text.nullable(),
  erasedAt: instant.nullable(),
  recordedAt: instant,
})

const signal = z.object({
  kind: z.enum(signalKinds),
  memberId: id,
  question: z.object({ zh: text, en: text }),
  resultIds: listOf(id).meta({ description: 'The results behind it, at most 200.' }),
})

const author = z.object({ name: text.nullable(), contact: text.nullable(), erasedAt: instant.nullable() })

const filed = z.object({ receipt: text.meta({ description: 'Shown once: with it the author asks how it stands.' }) })

/** So many complaints an address may send in a minute: whoever has one seldom has six. */
const complaintsPerMinute = 5

/** Complaints by anyone, and the cases and findings of conduct (N6, N7, R8). */
export async function conductRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)
  app.addHook('onRequest', async (_request, reply) => keepOutOfCaches(reply))

  app.post('/v1/public/complaints', {
    config: { access: 'public', rateLimit: perMinute(complaintsPerMinute) },
    schema: {
      tags,
      summary: '公众投诉（可匿名，无须登录） / Complain, without sign-in; it may be anonymous',
      body: complaintInput.meta({
        examples: [{ memberNamed: '示例乙认证有限公司', text: '示例：要求同时购买咨询服务。' }],
      }),
      response: { 201: filed },
    },
    handler: async (request, reply) => reply.code(201).send(await filePublicComplaint(registry, request.body)),
  })

  app.post('/v1/public/complaints/state', {
    config: { access: 'public', rateLimit: perMinute(complaintsPerMinute) },
    schema: {
      tags,
      summary: '凭回执查询投诉进度 / How a complaint stands, by its receipt',
      body: z.strictObject({ receipt: z.string().min(20).max(100) }),
      response: {
        200: z.object({
          state: z.enum(complaintStates),
          stateName: z.object({ zh: text, en: text }),
          receivedOn: day,
        }),
      },
    },
    handler: (request) => readComplaintState(registry, request.body.receipt),
  })

  await app.register(complaintRoutes, { registry })
  await app.register(caseRoutes, { registry })
  await app.register(attachmentRoutes, { registry })
}

async function complaintRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/complaints', {
    config: { access: 'complaints.read' },
    schema: {
      tags,
      summary: '投诉列表（不含投诉人） / Complaints by day, without their authors',
      querystring: complaintsQuery,
      response: { 200: pageOfShape(complaint) },
    },
    handler: (request) => readComplaints(registry, request.registryContext, request.query),
  })

  app.post('/v1/complaints', {
    config: { access: 'complaints.file' },
    schema: { tags, summary: '代为登记投诉 / File a complaint', body: complaintInput, response: { 201: filed } },
    handler: async (request, reply) =>
      reply.code(201).send(await fileComplaint(registry, request.registryContext, request.body)),
  })

  app.post('/v1/complaints/:id/dismissal', {
    config: { access: 'conduct.manage' },
    schema: {
      tags,
      summary: '不予受理 / Do not take it up',
      params: idParams,
      body: dismissalInput,
      response: { 200: complaint },
    },
    handler: (request) => dismissComplaint(registry, request.registryContext, request.params.id, request.body),
  })

  app.get('/v1/complaints/:id/author', {
    config: { access: 'complainants.read' },
    schema: {
      tags,
      summary: '查看投诉人（每次查看均记录） / Who complained; each view is logged',
      params: idParams,
      response: { 200: author },
    },
    handler: (request) => seeComplainant(registry, request.registryContext, request.params.id),
  })

  app.delete('/v1/complaints/:id/author', {
    config: { access: 'conduct.manage' },
    schema: { tags, summary: '删除投诉人信息 / Erase the author', params: idParams, response: { 204: nothing } },
    handler: async (request, reply) => {
      await eraseAuthor(registry, request.registryContext, request.params.id)
      return reply.code(204).send(null)
    },
  })
}

async function caseRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)
  const concluded = z.object({ case: conductCase, findings: listOf(finding) })

  app.get('/v1/conduct-cases', {
    config: { access: 'conduct.read' },
    schema: {
      tags,
      summary: '案件列表 / Cases by the day they were opened',
      querystring: casesQuery,
      response: { 200: pageOfShape(conductCase) },
    },
    handler: (request) => readCases(registry, request.registryContext, request.query),
  })

  app.get('/v1/conduct-cases/:id', {
    config: { access: 'conduct.read' },
    schema: {
      tags,
      summary: '一件案件及其问题与历史 / One case with findings and history',
      params: idParams,
      response: { 200: conductCase.extend({ findings: listOf(finding), history: listOf(historyEntry) }) },
    },
    handler: (request) => readCase(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/conduct-cases', {
    // A penalty is recorded by the regulator too; the use case tells the sources apart.
    config: { access: 'penalties.record' },
    schema: {
      tags,
      summary: '立案：抽查、档案检查、投诉、处罚 / Open a case: spot check, file audit, complaint, penalty',
      headers: optionalKey,
      body: caseInput,
      response: { 201: conductCase },
    },
    handler: async (request, reply) => {
      const key = request.headers['idempotency-key']
      const { answer, replayed } = await openCase(registry, request.registryContext, request.body, key)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send(answer)
    },
  })

  app.post('/v1/conduct-cases/:id/reply', {
    config: { access: 'conduct.reply' },
    schema: {
      tags,
      summary: '机构答复 / The body replies',
      params: idParams,
      body: caseReplyInput,
      response: { 200: conductCase },
    },
    handler: (request) => replyToCase(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/conduct-cases/:id/conclusion', {
    config: { access: 'conduct.manage' },
    schema: {
      tags,
      summary: '结论及问题定性 / Conclude, with findings',
      params: idParams,
      body: caseConclusionInput,
      response: { 200: concluded },
    },
    handler: (request) => concludeCase(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/conduct-cases/:id/annulment', {
    config: { access: 'findings.annul' },
    schema: {
      tags,
      summary: '撤销案件结论（省办；处罚由监管部门） / Annul the conclusion: the office, of a penalty the regulator',
      params: idParams,
      body: annulmentInput,
      response: { 200: concluded },
    },
    handler: (request) => annulCase(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/conduct-cases/:id/assignee', {
    config: { access: 'conduct.manage' },
    schema: {
      tags,
      summary: '改派承办人 / Say who looks into it from now on',
      params: idParams,
      body: caseAssigneeInput,
      response: { 200: conductCase },
    },
    handler: (request) => reassignCase(registry, request.registryContext, request.params.id, request.body),
  })

  app.get('/v1/conduct-cases/:id/author', {
    config: { access: 'complainants.read' },
    schema: {
      tags,
      summary:
        '查看案件的投诉人（经本人同意；每次查看均记录） / Who complained, where the author agreed; each view is logged',
      params: idParams,
      response: { 200: author },
    },
    handler: (request) => seeComplainantOfCase(registry, request.registryContext, request.params.id),
  })

  app.get('/v1/signals', {
    config: { access: 'signals.read' },
    schema: {
      tags,
      summary: '线索提示（只提问，不下结论） / What may be looked into: questions, never verdicts',
      querystring: signalsQuery,
      response: { 200: z.object({ from: day, until: day, items: listOf(signal), leftOff: z.boolean() }) },
    },
    handler: (request) => readSignals(registry, request.registryContext, request.query),
  })

  app.get('/v1/findings', {
    config: { access: 'conduct.read' },
    schema: {
      tags,
      summary: '问题列表 / Findings by day',
      querystring: findingsQuery,
      response: { 200: pageOfShape(finding) },
    },
    handler: (request) => readFindings(registry, request.registryContext, request.query),
  })

  app.get('/v1/findings/:id', {
    config: { access: 'conduct.read' },
    schema: { tags, summary: '一项问题 / One finding', params: idParams, response: { 200: finding } },
    handler: (request) => readFinding(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/findings/:id/annulment', {
    config: { access: 'findings.annul' },
    schema: {
      tags,
      summary: '撤销一项问题（省办；处罚由监管部门） / Annul a finding: the office, of a penalty the regulator',
      params: idParams,
      body: annulmentInput,
      response: { 200: finding },
    },
    handler: (request) => annulFinding(registry, request.registryContext, request.params.id, request.body),
  })

  app.post('/v1/findings/:id/correction', {
    config: { access: 'conduct.manage' },
    schema: {
      tags,
      summary: '登记整改完成 / The corrective action was carried out',
      params: idParams,
      body: correctionDoneInput,
      response: { 200: finding },
    },
    handler: (request) => closeCorrection(registry, request.registryContext, request.params.id, request.body),
  })
}
