import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import { productVersion } from './package-root.ts'
import type { PoolLoad } from './store/pool-load.ts'
import type { Registry as Alliance } from './usecases/context.ts'
import { faultForLog } from './usecases/database-faults.ts'
import { operationFigures, readOperationFigures } from './usecases/read-operation-figures.ts'

export type MetricsOptions = {
  readonly registry: Alliance
  /** Pools by name. */
  readonly pools: Readonly<Record<string, PoolLoad>>
  readonly requestsUnderWay: () => number
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** `/metrics` in Prometheus's text format, of this process and this app alone. */
export async function registerMetrics(app: FastifyInstance, options: MetricsOptions): Promise<void> {
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  measureRequests(app, metrics)
  gauge(metrics, 'http_requests_under_way', 'Requests that are not answered yet.', [], (set) =>
    set({}, options.requestsUnderWay()),
  )
  measurePools(metrics, options.pools)
  gauge(metrics, 'alliance_registry_info', 'The version that runs.', ['version'], (set) =>
    set({ version: productVersion }, 1),
  )
  const readFigures = figuresOf(metrics, options.registry)
  app.get('/metrics', {
    config: { access: 'metrics.read', neverPutOff: true },
    schema: {
      tags: ['运行状态 / Health'],
      summary: '运行指标（Prometheus） / Figures of operation, for Prometheus',
      response: {
        200: { description: 'Prometheus, text format 0.0.4', content: { 'text/plain': { schema: z.string() } } },
      },
    },
    handler: async (request, reply) => {
      await readFigures(request)
      return reply
        .type(metrics.contentType)
        .serializer((text: string) => text)
        .send(await metrics.metrics())
    },
  })
}

/** By route pattern, never by the address asked for: the number of series stays small whatever is asked. */
function measureRequests(app: FastifyInstance, metrics: Registry): void {
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time until a request was answered, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: seconds,
    registers: [metrics],
  })
  const operations = new Histogram({
    name: 'graphql_operation_duration_seconds',
    help: 'The same for GraphQL, by the name of the operation.',
    labelNames: ['operation', 'status'],
    buckets: seconds,
    registers: [metrics],
  })
  const named = boundedNames()
  app.addHook('onResponse', async (request: FastifyRequest, reply: FastifyReply) => {
    const status = `${Math.floor(reply.statusCode / 100)}xx`
    const took = reply.elapsedTime / 1_000
    requests.observe({ method: request.method, route: request.routeOptions.url ?? 'none', status }, took)
    const { graphqlOperation } = request as { graphqlOperation?: unknown }
    if (typeof graphqlOperation === 'string') operations.observe({ operation: named(graphqlOperation), status }, took)
  })
}

const namesMax = 100

/** The caller chooses the name of an operation: the first hundred keep theirs. */
function boundedNames(): (name: string) => string {
  const known = new Set<string>()
  return (name) => {
    if (known.size < namesMax && /^\w{1,60}$/.test(name)) known.add(name)
    return known.has(name) ? name : 'other'
  }
}

function measurePools(metrics: Registry, pools: MetricsOptions['pools']): void {
  const each = (value: (load: PoolLoad) => number) => (set: Set) => {
    for (const [pool, load] of Object.entries(pools)) set({ pool }, value(load))
  }
  const labels = ['pool']
  gauge(
    metrics,
    'database_pool_connections',
    'Connections that the pool may open.',
    labels,
    each((l) => l.connections),
  )
  gauge(
    metrics,
    'database_pool_in_use',
    'Statements and transactions under way.',
    labels,
    each((l) => l.inUse()),
  )
  gauge(
    metrics,
    'database_pool_waiting',
    'Those that wait for a connection.',
    labels,
    each((l) => l.waiting()),
  )
}

type Set = (labels: Record<string, string>, value: number) => void

function gauge(
  metrics: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: (set: Set) => void,
): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [metrics],
    collect() {
      read((labels, value) => this.set(labels, value))
    },
  })
}

const freshMsMin = 15_000
/** Prometheus gives up after ten seconds; what the process itself tells must come also while the database is slow. */
const patienceMs = 5_000
/** Reading the figures takes at most this share of the time. */
const shareMax = 0.05

/**
 * The alliance's own figures, read at most every 15 seconds and by one scrape at a time, however many ask; less often
 * where they take long. What could not be read is absent, and counted.
 */
function figuresOf(metrics: Registry, registry: Alliance): (request: FastifyRequest) => Promise<void> {
  const gauges = new Map(
    operationFigures.map(({ name, help, labels }) => [
      name,
      new Gauge({ name, help, labelNames: [...labels], registers: [metrics] }),
    ]),
  )
  const failures = new Counter({
    name: 'alliance_figures_failed_total',
    help: 'How often the figures of the alliance could not be read.',
    registers: [metrics],
  })
  const read = async ({ registryContext, log }: FastifyRequest) => {
    const began = performance.now()
    const figures = await readOperationFigures(registry, registryContext).catch((error: unknown) => {
      failures.inc()
      log.warn(faultForLog(error), 'the figures of the alliance could not be read')
      return []
    })
    for (const each of gauges.values()) each.reset()
    for (const { name, samples } of figures)
      for (const { labels, value } of samples) gauges.get(name)?.set(labels, value)
    const ended = performance.now()
    freshUntil = ended + Math.max(freshMsMin, (ended - began) / shareMax)
  }
  let freshUntil = 0
  let reading: Promise<void> | undefined
  return async (request) => {
    if (performance.now() < freshUntil) return
    reading ??= read(request).finally(() => {
      reading = undefined
    })
    await Promise.race([reading, delay(patienceMs, undefined, { ref: false })])
  }
}
