import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { z } from 'zod'
import { defaultPolicy } from '../domain/ranking/policy.ts'
import {
  policyInput,
  previewInput,
  previewPolicy,
  readRankingPolicies,
  recordPolicy,
} from '../usecases/ranking/manage-policies.ts'
import {
  type Chart,
  chartQuery,
  expiryChartQuery,
  readExpiryChart,
  readFunnel,
  readRankIntervals,
  readTrend,
  trendQuery,
} from '../usecases/ranking/read-charts.ts'
import { readCapacityNeeds } from '../usecases/ranking/read-needs.ts'
import { rankingQuery, readIndicators, readRanking } from '../usecases/ranking/read-ranking.ts'
import { readRowsBehind, rowsQuery } from '../usecases/ranking/read-rows.ts'
import { idParams, type RouteOptions, typed } from './routes.ts'
import { listOf, pageOfShape } from './shapes.ts'
import {
  expiryChartShape,
  funnelShape,
  indicatorShape,
  needShape,
  policyShapeOfAnswer,
  previewShape,
  rankingShape,
  rankRowsShape,
  rowBehindShape,
  trendShape,
} from './shapes-of-ranking.ts'

const tags = ['质量与数量 / Quality and quantity']

/** Indicators, both tables, the policy that judges, and where new bodies are needed (N2, R9). */
export async function rankingRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/indicators', {
    config: { access: 'indicators.read' },
    schema: {
      tags,
      summary: '指标定义，含全部版本 / Every definition in every version',
      response: { 200: z.object({ items: listOf(indicatorShape) }) },
    },
    handler: (request) => readIndicators(request.registryContext),
  })

  app.get('/v1/rankings', {
    config: { access: 'rankings.read' },
    schema: {
      tags,
      summary: '某期间的质量与数量两表，按现有数据 / Both tables of a period as they stand now',
      querystring: rankingQuery,
      response: { 200: rankingShape.extend({ policyVersion: z.number() }) },
    },
    handler: (request) => readRanking(registry, request.registryContext, request.query),
  })

  app.get('/v1/members/:id/indicator-rows', {
    config: { access: 'rankings.read' },
    schema: {
      tags,
      summary: '某机构某指标背后的数据行 / The rows behind a figure of a body',
      params: idParams,
      querystring: rowsQuery,
      response: { 200: pageOfShape(rowBehindShape) },
    },
    handler: (request) => readRowsBehind(registry, request.registryContext, request.params.id, request.query),
  })

  app.get('/v1/capacity-needs', {
    config: { access: 'needs.read' },
    schema: {
      tags,
      summary: '按类别和城市预测的能力缺口及时间 / Where capacity is short by scope and city, and by when',
      response: { 200: z.object({ items: listOf(needShape) }) },
    },
    handler: (request) => readCapacityNeeds(registry, request.registryContext),
  })

  await app.register(policyRoutes, { registry })
  await app.register(chartRoutes, { registry })
}

async function policyRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/ranking-policies', {
    config: { access: 'policies.read' },
    schema: {
      tags,
      summary: '评价办法及版本 / The policy in every version',
      response: { 200: z.object({ items: listOf(policyShapeOfAnswer) }) },
    },
    handler: (request) => readRankingPolicies(registry, request.registryContext),
  })

  app.post('/v1/ranking-policies', {
    config: { access: 'policies.write' },
    schema: {
      tags,
      summary: '登记新版评价办法 / Record the next version of the policy',
      body: policyInput.meta({
        examples: [{ effectiveOn: '2027-01-01', approvedBy: '示例〔2026〕1号', policy: defaultPolicy }],
      }),
      response: { 201: policyShapeOfAnswer },
    },
    handler: async (request, reply) =>
      reply.code(201).send(await recordPolicy(registry, request.registryContext, request.body)),
  })

  app.post('/v1/ranking-policies/preview', {
    config: { access: 'policies.write' },
    schema: {
      tags,
      summary: '试算：另一办法下某期间的结果 / What the outcome of a period would have been under another policy',
      body: previewInput.meta({ examples: [{ from: '2026-07-01', until: '2026-09-30', policy: defaultPolicy }] }),
      response: { 200: previewShape },
    },
    handler: (request) => previewPolicy(registry, request.registryContext, request.body),
  })
}

const svgMediaType = 'image/svg+xml'

/** The data as JSON, or the picture for whoever accepts one. */
async function sendChart(request: FastifyRequest, reply: FastifyReply, chart: Chart<unknown>) {
  const wanted = new Negotiator(request.raw).mediaType(['application/json', svgMediaType])
  reply.header('vary', 'accept')
  return wanted === svgMediaType ? reply.type(svgMediaType).send(await chart.svg()) : reply.send(chart.data)
}

async function chartRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  const app = typed(instance)

  app.get('/v1/charts/funnel', {
    config: { access: 'rankings.read' },
    schema: {
      tags,
      summary: '按期报送率漏斗图；SVG 用 Accept / Funnel plot; SVG by Accept',
      querystring: chartQuery,
      response: { 200: funnelShape },
    },
    handler: async (request, reply) =>
      sendChart(request, reply, await readFunnel(registry, request.registryContext, request.query)),
  })

  app.get('/v1/charts/rank-intervals', {
    config: { access: 'rankings.read' },
    schema: {
      tags,
      summary: '质量位次区间图；SVG 用 Accept / Places with their intervals; SVG by Accept',
      querystring: chartQuery,
      response: { 200: rankRowsShape },
    },
    handler: async (request, reply) =>
      sendChart(request, reply, await readRankIntervals(registry, request.registryContext, request.query)),
  })

  app.get('/v1/charts/trend', {
    config: { access: 'rankings.read' },
    schema: {
      tags,
      summary: '某比率指标的月度趋势；SVG 用 Accept / A share month by month; SVG by Accept',
      querystring: trendQuery,
      response: { 200: trendShape },
    },
    handler: async (request, reply) =>
      sendChart(request, reply, await readTrend(registry, request.registryContext, request.query)),
  })

  app.get('/v1/charts/expiries', {
    config: { access: 'certificates.read' },
    schema: {
      tags,
      summary: '证书到期月份分布；SVG 用 Accept / Certificates by the month in which they end; SVG by Accept',
      querystring: expiryChartQuery,
      response: { 200: expiryChartShape },
    },
    handler: async (request, reply) =>
      sendChart(request, reply, await readExpiryChart(registry, request.registryContext, request.query)),
  })
}
