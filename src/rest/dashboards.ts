import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { workKinds } from '../domain/work-queue.ts'
import { readAllianceFigures } from '../usecases/dashboards/read-alliance-figures.ts'
import { expiriesQuery, readExpiriesByMonth } from '../usecases/dashboards/read-expiries.ts'
import { memberDashboardQuery, readMemberDashboard } from '../usecases/dashboards/read-member-dashboard.ts'
import { readWorkQueue } from '../usecases/dashboards/read-work-queue.ts'
import { type RouteOptions, typed } from './routes.ts'
import { allianceFigures, expiries, memberOnDashboard, pageOfShape, workQueue } from './shapes.ts'

const tags = ['看板 / Dashboards']
const none = z.strictObject({})

export async function dashboardRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/dashboards/members', {
    config: { access: 'obligations.read' },
    schema: {
      tags,
      summary: '成员机构看板：各项指标与最新证书 / Members by name with their figures and latest certificates',
      querystring: memberDashboardQuery,
      response: { 200: pageOfShape(memberOnDashboard) },
    },
    handler: (request) => readMemberDashboard(registry, request.registryContext, request.query),
  })

  app.get('/v1/dashboards/alliance', {
    config: { access: 'obligations.read' },
    schema: {
      tags,
      summary: '联盟看板：全部成员的各项指标 / The same figures over all members, and members by standing',
      querystring: none,
      response: { 200: allianceFigures },
    },
    handler: (request) => readAllianceFigures(registry, request.registryContext),
  })

  app.get('/v1/dashboards/expiries', {
    config: { access: 'certificates.read' },
    schema: {
      tags,
      summary: '按月到期的证书 / Live certificates by the month in which they end',
      querystring: expiriesQuery,
      response: { 200: expiries },
    },
    handler: async (request) => ({
      items: await readExpiriesByMonth(registry, request.registryContext, request.query),
    }),
  })

  app.get('/v1/work-queue', {
    config: { access: 'session.read' },
    schema: {
      tags,
      summary: '本人待办 / What waits for the one who is signed in, by kind',
      querystring: none,
      response: { 200: workQueue },
    },
    handler: async (request) => {
      const { items } = await readWorkQueue(registry, request.registryContext)
      return { items: items.map((item) => ({ ...item, name: nameOf(item.kind) })) }
    },
  })
}

function nameOf(kind: keyof typeof workKinds): { zh: string; en: string } {
  const { zh, en } = workKinds[kind]
  return { zh, en }
}
