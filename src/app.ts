import { randomUUID } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginCallback,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import helmet from 'helmet'
import { z } from 'zod'
import type { Config } from './config.ts'
import { type Refusal, refuse } from './domain/refusals.ts'
import { graphiqlRoutes } from './graphql/graphiql.ts'
import { graphqlRoutes } from './graphql/routes.ts'
import { registerMetrics } from './metrics.ts'
import { jobsFor, mayPostInClear } from './open-jobs.ts'
import { enforceAccessRules } from './rest/access-rules.ts'
import { accountRoutes } from './rest/accounts.ts'
import { admissionRoutes } from './rest/admission.ts'
import { allianceRoutes } from './rest/alliance.ts'
import { announcementRoutes } from './rest/announcements.ts'
import { annualReportRoutes } from './rest/annual-reports.ts'
import { assignmentRoutes } from './rest/assignments.ts'
import { registerAuthentication } from './rest/authentication.ts'
import { bulletinRoutes } from './rest/bulletins.ts'
import { calendarRoutes } from './rest/calendar.ts'
import { certificateRoutes } from './rest/certificates.ts'
import { changeRoutes } from './rest/changes.ts'
import { clientRoutes } from './rest/clients.ts'
import { conductRoutes } from './rest/conduct.ts'
import { dashboardRoutes } from './rest/dashboards.ts'
import { deskRoutes } from './rest/desk.ts'
import { dispositionRoutes } from './rest/dispositions.ts'
import { enterpriseRoutes } from './rest/enterprises.ts'
import { eventRoutes } from './rest/events.ts'
import { evidenceRoutes } from './rest/evidence.ts'
import { explanationRoutes } from './rest/explanations.ts'
import { filesUnderWay } from './rest/files-under-way.ts'
import { healthRoutes } from './rest/health.ts'
import { importRoutes } from './rest/imports.ts'
import { jobRoutes } from './rest/jobs.ts'
import { keyRoutes } from './rest/keys.ts'
import { measureRoutes } from './rest/measures.ts'
import { memberRoutes } from './rest/members.ts'
import { noticeRoutes } from './rest/notices.ts'
import { oauthRoutes } from './rest/oauth.ts'
import { obligationRoutes } from './rest/obligations.ts'
import { registerOpenApi } from './rest/openapi.ts'
import { limitPressure } from './rest/pressure.ts'
import { refusalBehind, sendProblem, unknownRoute } from './rest/problems.ts'
import { publicRoutes } from './rest/public.ts'
import { rankingRoutes } from './rest/rankings.ts'
import { reconciliationRoutes } from './rest/reconciliations.ts'
import { logRequests } from './rest/request-log.ts'
import { resultRoutes } from './rest/results.ts'
import { schemeRoutes } from './rest/schemes.ts'
import { serializeAnswer } from './rest/serialization.ts'
import { sessionRoutes } from './rest/sessions.ts'
import { surveillanceRoutes } from './rest/surveillance.ts'
import { surveyRoutes } from './rest/surveys.ts'
import { validateInput } from './rest/validation.ts'
import { webhookRoutes } from './rest/webhooks.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { PoolLoad } from './store/pool-load.ts'
import type { Registry } from './usecases/context.ts'
import { faultForLog } from './usecases/database-faults.ts'
import { codesOf } from './usecases/idempotency.ts'
import type { Job } from './usecases/jobs/job.ts'
import { keepAttempt } from './usecases/results/keep-attempt.ts'

export type AppDependencies = {
  readonly config: Config
  readonly registry: Registry
  readonly keys: SigningKeys
  /** How much is asked of each pool, by its name; shown at /metrics. */
  readonly pools?: Readonly<Record<string, PoolLoad>>
  /** Gives every request a span, where traces are made. */
  readonly tracing?: FastifyPluginCallback | undefined
  readonly jobs?: readonly Job[]
  readonly logger?: FastifyBaseLogger | undefined
}

/** The service with every face registered by hand. */
export async function buildApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const { config, registry, keys, jobs = jobsFor(config), pools = {}, tracing, logger } = dependencies
  const app = Fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    bodyLimit: config.BODY_BYTES_MAX,
    trustProxy: config.TRUST_PROXY,
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    // An upload may take its time, but not stand still.
    requestTimeout: 3_600_000,
    connectionTimeout: 75_000,
    // Imports and streams are let finish for as long as the process is given.
    pluginTimeout: (config.SHUTDOWN_SECONDS + 10) * 1_000,
    routerOptions: { maxParamLength: 4_096 },
    // Answers of the framework itself, before any route: a path with a broken escape, say.
    frameworkErrors: (_error, request, reply) =>
      void sendProblem(refuse('request_refused'), request, reply as FastifyReply),
  })
  if (tracing) await app.register(tracing)
  // Bodies are JSON, but for the routes that say otherwise.
  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(validateInput as never)
  app.setSerializerCompiler(serializeAnswer as never)
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(registry, config, error, request, reply))
  app.setNotFoundHandler((request, reply) => sendProblem(unknownRoute(request), request, reply))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    const { 'content-encoding': encoding = 'identity' } = request.headers
    if (encoding !== 'identity')
      throw refuse('media_type_unsupported', '', { values: { given: encoding.slice(0, 100) } })
  })

  logRequests(app)
  letConnectionsGo(app)
  const requestsUnderWay = await limitPressure(app, {
    eventLoopDelayMsMax: config.EVENT_LOOP_DELAY_MS_MAX,
    poolSize: config.DATABASE_POOL_SIZE,
  })
  setSecurityHeaders(app)
  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, limit) =>
      refuse('rate_limited', '', { values: { seconds: Math.ceil(limit.ttl / 1_000) } }),
  })
  await registerAuthentication(app, { keys, registry, accessTokenMinutes: config.ACCESS_TOKEN_MINUTES })
  enforceAccessRules(app, registry)
  await registerOpenApi(app)
  await registerFaces(app, { ...dependencies, jobs, pools, requestsUnderWay })
  return app
}

/** The headers are put together once; the framework's plugin does it for each request. */
function setSecurityHeaders(app: FastifyInstance): void {
  const setHeaders = helmet({
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    strictTransportSecurity: false,
  })
  app.addHook('onRequest', (request, reply, done) =>
    setHeaders(request.raw, reply.raw, (error) => done(error instanceof Error ? error : undefined)),
  )
}

type Faces = Required<Pick<AppDependencies, 'config' | 'registry' | 'keys' | 'jobs' | 'pools'>> & {
  readonly requestsUnderWay: () => number
}

async function registerFaces(app: FastifyInstance, faces: Faces): Promise<void> {
  const { config, registry, keys, jobs, pools, requestsUnderWay } = faces
  const files = await filesUnderWay(app, registry, config)

  await registerMetrics(app, { registry, pools, requestsUnderWay })
  await app.register(healthRoutes, { registry })
  await app.register(publicRoutes, { registry, requestsPerMinute: config.PUBLIC_REQUESTS_PER_MINUTE })
  const signInsPerMinute = config.SIGN_INS_PER_MINUTE
  await app.register(sessionRoutes, { registry, signInsPerMinute, sessionDays: config.SESSION_DAYS })
  await app.register(oauthRoutes, { registry, signInsPerMinute })
  await app.register(keyRoutes, { keys })
  await app.register(accountRoutes, { registry })
  await app.register(clientRoutes, { registry })
  await app.register(allianceRoutes, { registry })
  await app.register(memberRoutes, { registry })
  await app.register(measureRoutes, { registry })
  await app.register(admissionRoutes, { registry })
  await app.register(dispositionRoutes, { registry })
  await app.register(conductRoutes, { registry })
  await app.register(surveyRoutes, { registry })
  await app.register(evidenceRoutes, { registry })
  await app.register(rankingRoutes, { registry })
  await app.register(bulletinRoutes, { registry })
  await app.register(announcementRoutes, { registry })
  await app.register(annualReportRoutes, { registry })
  await app.register(enterpriseRoutes, { registry })
  await app.register(schemeRoutes, { registry })
  await app.register(assignmentRoutes, { registry })
  await app.register(deskRoutes, { registry })
  await app.register(resultRoutes, { registry })
  await app.register(certificateRoutes, { registry })
  await app.register(obligationRoutes, { registry })
  await app.register(explanationRoutes, { registry })
  await app.register(surveillanceRoutes, { registry })
  await app.register(noticeRoutes, { registry })
  await app.register(webhookRoutes, { registry, plainHttp: mayPostInClear(config) })
  await app.register(jobRoutes, { registry, jobs })
  await app.register(importRoutes, { registry, files })
  await app.register(reconciliationRoutes, { registry, files })
  await app.register(calendarRoutes, { registry })
  await app.register(eventRoutes, { registry })
  await app.register(dashboardRoutes, { registry })
  await app.register(changeRoutes, { registry })
  await app.register(graphqlRoutes, { registry })
  if (config.NODE_ENV !== 'production') await app.register(graphiqlRoutes)
}

/** A caller's own request id is kept when it is a plain token, so that two systems' logs can be laid side by side. */
function requestIdOf(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID()
}

/** A connection that is kept alive would hold up the end: whoever is answered while the service stops is not to keep it. */
function letConnectionsGo(app: FastifyInstance): void {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    if (isClosing) reply.header('connection', 'close')
    return payload
  })
}

async function answerError(
  registry: Registry,
  config: Config,
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const mediaType = request.headers['content-type']?.slice(0, 100) || '—'
  const refusal = refusalBehind(error, { bodyBytesMax: config.BODY_BYTES_MAX, mediaType })
  const [{ code }] = refusal.problems
  if (code === 'internal' || code === 'unavailable') request.log.error(faultForLog(error), 'request failed')
  else request.log.info({ codes: codesOf(refusal) }, 'request refused')
  await noteAttempt(registry, request, refusal)
  return sendProblem(refusal, request, reply)
}

/** Refused posts are kept (N4); a failure of ours is no attempt of theirs, and a rehearsal writes nothing. */
async function noteAttempt(registry: Registry, request: FastifyRequest, refusal: Refusal): Promise<void> {
  const { config } = request.routeOptions
  const isOurs = ['internal', 'unavailable', 'concurrent_change', 'forbidden', 'unauthenticated'].includes(
    refusal.problems[0].code,
  )
  if (config.keepsAttempts !== true || isOurs || isRehearsal(request) || !request.registryContext) return
  const body = request.body as { memberReference?: unknown; memberId?: unknown } | null | undefined
  const key = request.headers['idempotency-key']
  await keepAttempt(registry, request.registryContext, {
    operation: `${request.method} ${request.routeOptions.url ?? ''}`,
    codes: codesOf(refusal) ?? [],
    memberReference: plainText(body?.memberReference),
    idempotencyKey: plainText(key),
    namedMemberId: plainText(body?.memberId),
  }).catch((error: unknown) => request.log.error(faultForLog(error), 'a refused post could not be kept'))
}

/** The query may not have been read yet when the body was refused. */
function isRehearsal({ query }: FastifyRequest): boolean {
  const { validateOnly } = (query ?? {}) as { validateOnly?: unknown }
  return validateOnly === true || z.stringbool().safeParse(validateOnly).data === true
}

function plainText(value: unknown): string | null {
  return typeof value === 'string' && !value.includes('\u0000') ? value.slice(0, 200) : null
}
