import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { z } from 'zod'
import { evidenceDocument } from '../documents/evidence-document.ts'
import { laws } from '../domain/articles.ts'
import { caseSources, findingGrades, findingKinds } from '../domain/conduct.ts'
import { packParts, packSubjects } from '../domain/evidence-pack.ts'
import { duties, obligationStates } from '../domain/obligation.ts'
import { referralOutcomes } from '../domain/referral.ts'
import { standings } from '../domain/standing.ts'
import {
  keepPack,
  type PackKept,
  packInput,
  packsQuery,
  readKeptPack,
  readKeptPacks,
} from '../usecases/evidence/keep-pack.ts'
import { type PackMade, readPack, type Subject } from '../usecases/evidence/make-pack.ts'
import {
  answerReferral,
  readReferral,
  readReferrals,
  refer,
  referralAnswerInput,
  referralInput,
  referralsQuery,
} from '../usecases/evidence/manage-referrals.ts'
import { dayInput } from '../usecases/inputs.ts'
import { wordMediaType } from './files.ts'
import { idParams, optionalKey, type RouteOptions, typed } from './routes.ts'
import { day, instant, listOf, pageOfShape } from './shapes.ts'

const tags = ['证据与移送 / Evidence and referrals']

const id = z.string().meta({ format: 'uuid' })
const text = z.string()
const count = z.number()

const lapseSummary = {
  id,
  duty: z.enum(duties),
  subject: text,
  dueOn: day,
  metOn: day.nullable(),
  state: z.enum(obligationStates),
  calendarDaysLate: count.nullable(),
  workingDaysLate: count.nullable(),
}

const lapse = z.object({
  ...lapseSummary,
  eventOn: day,
  ruleVersion: count,
  calendarVersion: count.nullable(),
  clause: text,
  counted: listOf(day),
  skipped: listOf(z.object({ on: day, kind: text })),
  contested: z.boolean(),
  receipts: listOf(
    z.object({ reportedOn: day, receiptNumber: text.nullable(), isCurrent: z.boolean(), recordedAt: instant }),
  ),
  notices: listOf(
    z.object({
      id: count,
      stage: text,
      onDay: day,
      audiences: listOf(text),
      subjectZh: text,
      subjectEn: text,
      recordedAt: instant,
    }),
  ),
  explanations: listOf(z.object({ text, state: text, recordedAt: instant })),
})

const packFacts = z.object({
  about: z.enum(packSubjects),
  knownAt: instant,
  asOf: day,
  period: z.object({ from: day, until: day }).nullable(),
  member: z.object({
    id,
    name: text,
    approvalNumber: text.nullable(),
    creditCode: text.nullable(),
    standing: z.enum(standings).nullable(),
  }),
  obligations: listOf(lapse),
  obligationCount: count,
  earlierLapses: listOf(z.object(lapseSummary)),
  earlierLapseCount: count,
  findings: listOf(
    z.object({
      id,
      kind: z.enum(findingKinds),
      grade: z.enum(findingGrades),
      source: z.enum(caseSources),
      foundOn: day,
      words: text,
      reply: text.nullable(),
      attachments: listOf(z.object({ id, sha256: text })),
    }),
  ),
  findingCount: count,
  articles: listOf(
    z.object({
      law: z.enum(Object.keys(laws) as [keyof typeof laws, ...(keyof typeof laws)[]]),
      lawName: z.tuple([text, text]).readonly(),
      article: text,
      about: z.tuple([text, text]).readonly(),
    }),
  ),
  restsOn: listOf(z.object({ what: z.enum(packParts), id: text, sha256: text })),
})
const pack = packFacts.extend({ sha256: text.meta({ description: 'Of the canonical JSON of all the rest.' }) })

const packHead = z.object({
  id,
  memberId: id,
  about: z.enum(packSubjects),
  sha256: text,
  madeOn: day,
  recordedAt: instant,
  recordedBy: text,
})
const packKept = packHead.extend({ content: pack })

/** What was referred before findings were counted in packs has none of these. */
const packSent = packFacts.extend({
  findingCount: count.optional(),
  findings: listOf(packFacts.shape.findings.unwrap().element.partial({ reply: true, attachments: true })),
})

const answer = z.object({
  outcome: z.enum(referralOutcomes),
  document: text.nullable(),
  words: text,
  answeredOn: day,
  recordedAt: instant,
  recordedBy: text,
})
const referral = z.object({
  id,
  memberId: id,
  obligationId: id.nullable(),
  findingId: id.nullable(),
  fromOn: day.nullable(),
  untilOn: day.nullable(),
  words: text,
  packSha256: text,
  referredOn: day,
  answer: answer.nullable(),
  recordedAt: instant,
  recordedBy: text,
})

/** The pack as JSON, or as a Word document for whoever accepts one. */
async function sendPack(request: FastifyRequest, reply: FastifyReply, made: PackMade, kept: PackKept | null = null) {
  const wanted = new Negotiator(request.raw).mediaType(['application/json', wordMediaType])
  reply.header('vary', 'accept')
  if (wanted !== wordMediaType) return reply.send(kept ?? made)
  return reply
    .type(wordMediaType)
    .header('content-disposition', `attachment; filename="evidence-${made.sha256.slice(0, 12)}.docx"`)
    .send(await evidenceDocument(made, kept?.id ?? null))
}

/** What a regulator is given of a lapse, and what was referred to the bureau (N7). */
export async function evidenceRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)
  const made = (request: FastifyRequest, subject: Subject) => readPack(registry, request.registryContext, subject)

  app.get('/v1/findings/:id/evidence', {
    config: { access: 'evidence.read' },
    schema: {
      tags,
      summary: '一项查实问题的证据材料；Word 用 Accept / Evidence of a finding; a Word document by Accept',
      params: idParams,
      response: { 200: pack },
    },
    handler: async (request, reply) =>
      sendPack(request, reply, await made(request, { about: 'finding', id: request.params.id })),
  })

  app.get('/v1/obligations/:id/evidence', {
    config: { access: 'evidence.read' },
    schema: {
      tags,
      summary: '一项逾期或迟报的证据材料；Word 用 Accept / Evidence of a lapse; a Word document by Accept',
      params: idParams,
      response: { 200: pack },
    },
    handler: async (request, reply) =>
      sendPack(request, reply, await made(request, { about: 'obligation', id: request.params.id })),
  })

  app.get('/v1/members/:id/evidence', {
    config: { access: 'evidence.read' },
    schema: {
      tags,
      summary: '一家机构某期间的证据材料 / Evidence of a body and a period',
      params: idParams,
      querystring: z.strictObject({ from: dayInput, until: dayInput }),
      response: { 200: pack },
    },
    handler: async (request, reply) => {
      const { from, until } = request.query
      return sendPack(
        request,
        reply,
        await made(request, { about: 'period', memberId: request.params.id, from, until }),
      )
    },
  })

  await app.register(keptPackRoutes, { registry })
  await app.register(referralRoutes, { registry })
}

async function keptPackRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.post('/v1/evidence-packs', {
    config: { access: 'evidence.read' },
    schema: {
      tags,
      summary: '制作并留存证据材料 / Make a pack and keep it, so that a copy can be checked',
      headers: optionalKey,
      body: packInput,
      response: { 201: packKept },
    },
    handler: async (request, reply) => {
      const key = request.headers['idempotency-key']
      const { answer, replayed } = await keepPack(registry, request.registryContext, request.body, key)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send(answer)
    },
  })

  app.get('/v1/evidence-packs', {
    config: { access: 'evidence.read' },
    schema: {
      tags,
      summary: '已留存的证据材料，可按 SHA-256 核对 / Packs that were kept; by SHA-256 a copy is checked',
      querystring: packsQuery,
      response: { 200: pageOfShape(packHead) },
    },
    handler: (request) => readKeptPacks(registry, request.registryContext, request.query),
  })

  app.get('/v1/evidence-packs/:id', {
    config: { access: 'evidence.read' },
    schema: {
      tags,
      summary: '一份已留存的证据材料；Word 用 Accept / A pack as it was kept; a Word document by Accept',
      params: idParams,
      response: { 200: packKept },
    },
    handler: async (request, reply) => {
      const kept = await readKeptPack(registry, request.registryContext, request.params.id)
      return sendPack(request, reply, kept.content, kept)
    },
  })
}

async function referralRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/referrals', {
    config: { access: 'referrals.read' },
    schema: {
      tags,
      summary: '移送登记 / The register of referrals',
      querystring: referralsQuery,
      response: { 200: pageOfShape(referral) },
    },
    handler: (request) => readReferrals(registry, request.registryContext, request.query),
  })

  app.get('/v1/referrals/:id', {
    config: { access: 'referrals.read' },
    schema: {
      tags,
      summary: '一项移送及所附材料 / One referral with the pack as it was sent',
      params: idParams,
      response: { 200: referral.extend({ pack: packSent }) },
    },
    handler: (request) => readReferral(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/referrals', {
    config: { access: 'referrals.make' },
    schema: {
      tags,
      summary: '移送省局处理 / Refer a lapse to the provincial bureau',
      headers: optionalKey,
      body: referralInput,
      response: { 201: referral },
    },
    handler: async (request, reply) => {
      const key = request.headers['idempotency-key']
      const { answer, replayed } = await refer(registry, request.registryContext, request.body, key)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.code(201).send(answer)
    },
  })

  app.post('/v1/referrals/:id/answer', {
    config: { access: 'referrals.answer' },
    schema: {
      tags,
      summary: '监管部门答复移送 / The bureau answers',
      params: idParams,
      body: referralAnswerInput,
      response: { 200: referral },
    },
    handler: (request) => answerReferral(registry, request.registryContext, request.params.id, request.body),
  })
}
