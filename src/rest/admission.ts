import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { admissionChecks, applicationOutcomes, applicationStates } from '../domain/admission.ts'
import { admissionCheckInput, readAdmissionChecks, recordAdmissionCheck } from '../usecases/members/check-admission.ts'
import {
  applicationClosingInput,
  applicationInput,
  applicationsQuery,
  endApplication,
  readApplications,
  recordApplication,
} from '../usecases/members/manage-applications.ts'
import { annulMergerOf, mergerAnnulmentInput, mergerInput, recordMerger } from '../usecases/members/merge-members.ts'
import { liftingInput, recordLifting, recordRevocation, revocationInput } from '../usecases/members/revoke-approval.ts'
import { idParams, nothing, type RouteOptions, typed } from './routes.ts'
import { day, instant, listOf, pageOfShape } from './shapes.ts'

const tags = ['加入联盟 / Admission']

const id = z.string().meta({ format: 'uuid' })
const text = z.string()

const application = z.object({
  id,
  memberId: id,
  appliedOn: day,
  words: text,
  document: text.nullable(),
  state: z.enum(applicationStates),
  closedOn: day.nullable(),
  outcome: z.enum(applicationOutcomes).nullable(),
  ground: text.nullable(),
  closedBy: text.nullable(),
  recordedAt: instant,
  recordedBy: text,
})

const admissionCheck = z.object({
  id,
  memberId: id,
  check: z.enum(admissionChecks),
  outcome: z.enum(['passed', 'failed']),
  note: text,
  onDay: day,
  recordedAt: instant,
  recordedBy: text,
})

/** How a body comes in: its application, what is looked at; and mergers and revoked approvals (N1, N2, R8). */
export async function admissionRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/applications', {
    config: { access: 'members.read' },
    schema: {
      tags,
      summary: '加入申请列表 / Applications to join, by day',
      querystring: applicationsQuery,
      response: { 200: pageOfShape(application) },
    },
    handler: (request) => readApplications(registry, request.registryContext, request.query),
  })

  app.post('/v1/members/:id/applications', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '登记加入申请，机构成为候选 / Record that the body applies; it becomes a candidate',
      params: idParams,
      body: applicationInput,
      response: { 201: application },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await recordApplication(registry, request.registryContext, request.params.id, request.body)),
  })

  app.post('/v1/applications/:id/closing', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '不予加入或撤回申请 / Turn an application down, or record that it was withdrawn',
      params: idParams,
      body: applicationClosingInput,
      response: { 200: application },
    },
    handler: (request) => endApplication(registry, request.registryContext, request.params.id, request.body),
  })

  app.get('/v1/members/:id/admission-checks', {
    config: { access: 'members.read' },
    schema: {
      tags,
      summary: '准入审查及尚缺的项目 / Checks before an admission, and those still missing',
      params: idParams,
      response: {
        200: z.object({
          items: listOf(admissionCheck),
          hasApplied: z.boolean().meta({ description: 'Whether an application waits for its outcome.' }),
          missing: listOf(z.enum(admissionChecks)),
        }),
      },
    },
    handler: (request) => readAdmissionChecks(registry, request.registryContext, request.params.id),
  })

  app.post('/v1/members/:id/admission-checks', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '登记准入审查 / Record a check before an admission',
      params: idParams,
      body: admissionCheckInput,
      response: { 201: admissionCheck },
    },
    handler: async (request, reply) =>
      reply
        .code(201)
        .send(await recordAdmissionCheck(registry, request.registryContext, request.params.id, request.body)),
  })

  app.post('/v1/members/:id/merger', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '登记机构被合并 / Record that the body was merged into another',
      params: idParams,
      body: mergerInput,
      response: { 204: nothing },
    },
    handler: async (request, reply) => {
      await recordMerger(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  })

  app.post('/v1/members/:id/merger/annulment', {
    config: { access: 'members.write' },
    schema: {
      tags,
      summary: '合并登记有误，予以撤销 / The merger was recorded wrongly',
      params: idParams,
      body: mergerAnnulmentInput,
      response: { 204: nothing },
    },
    handler: async (request, reply) => {
      await annulMergerOf(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  })

  app.post('/v1/members/:id/approval-revocation', {
    config: { access: 'approvals.revoke' },
    schema: {
      tags,
      summary: '登记机构批准被撤销 / Record that the approval was revoked',
      params: idParams,
      body: revocationInput,
      response: { 204: nothing },
    },
    handler: async (request, reply) => {
      await recordRevocation(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  })

  app.post('/v1/members/:id/approval-revocation/lifting', {
    config: { access: 'approvals.revoke' },
    schema: {
      tags,
      summary: '批准恢复或登记有误 / The revocation was annulled, or recorded wrongly',
      params: idParams,
      body: liftingInput,
      response: { 204: nothing },
    },
    handler: async (request, reply) => {
      await recordLifting(registry, request.registryContext, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  })
}
