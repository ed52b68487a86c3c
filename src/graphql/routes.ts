import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ExecutionResult, GraphQLError } from 'graphql'
import { mercurius } from 'mercurius'
import Negotiator from 'negotiator'
import { type Refusal, refuse } from '../domain/refusals.ts'
import { languageOf, refusalBehind, statusOf } from '../rest/problems.ts'
import { type RouteOptions, typed } from '../rest/routes.ts'
import { askingOf } from './asking.ts'
import { type ShownError, shownErrors, shownFaults } from './errors.ts'
import { documentsKept } from './limits.ts'
import { operationNames } from './operation-names.ts'
import { documentShelf, requirePermissions } from './read-document.ts'
import { type Asked, answerShape, bodyInput, fromQuery, queryInput } from './request.ts'
import { schema } from './schema.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the operation, safe to count by; null where no document was read. Absent on other routes. */
    graphqlOperation?: string | null
  }
}

const tags = ['看板 / Dashboards']
/** Described, and not used to write the answer: that is text already. */
const response = { 200: answerShape }

/**
 * GraphQL at /graphql, by POST and by GET, as the GraphQL-over-HTTP specification has it. Who is not signed in, and what
 * is no GraphQL request, is answered as everywhere (RFC 9457); from the document on, errors are those of GraphQL.
 */
export async function graphqlRoutes(instance: FastifyInstance, { registry }: RouteOptions): Promise<void> {
  // Our own routes: mercurius's coerce types, and answer with the messages of errors as they are.
  await instance.register(mercurius, { schema, routes: false, jit: 1, cache: documentsKept, errorFormatter: asTheyAre })
  const app = typed(instance)
  app.decorateRequest('graphqlOperation', null)
  const read = documentShelf(schema)
  const nameOf = operationNames()

  const answer = async (request: FastifyRequest, reply: FastifyReply, asked: Asked) => {
    try {
      const document = read(asked.query)
      request.graphqlOperation = nameOf(document.operationName)
      if (asked.operationName && asked.operationName !== document.operationName)
        throw refuse('operation_unknown', 'operationName', { values: { name: asked.operationName.slice(0, 100) } })
      requirePermissions(document, request.registryContext.actor)
      document.requireSize(asked.variables ?? {})
      const written = await document.write?.(registry, request.registryContext, asked.variables ?? {})
      if (written) return sendWritten(request, reply, 200, written)
      const execution = await run(request, asked)
      return send(request, reply, execution.data === undefined ? 400 : 200, execution)
    } catch (error) {
      return sendRefusal(request, reply, error as Error)
    }
  }

  const run = async (request: FastifyRequest, { query, variables }: Asked): Promise<Answer> => {
    const asking = askingOf(registry, request.registryContext)
    const { data, errors } = await instance.graphql(query, asking, variables ?? undefined).catch(asNotRun)
    if (!errors) return { data }
    const shown = shownFaults(errors, request, data !== undefined)
    return data === undefined ? { errors: shown } : { errors: shown, data }
  }

  app.post('/graphql', {
    config: { access: 'session.read' },
    schema: { tags, summary: 'GraphQL 查询（只读） / A GraphQL query; read-only', body: bodyInput, response },
    handler: (request, reply) => answer(request, reply, request.body),
  })

  app.get('/graphql', {
    config: { access: 'session.read' },
    schema: { tags, summary: 'GraphQL 查询（只读） / A GraphQL query by GET', querystring: queryInput, response },
    handler: (request, reply) => answer(request, reply, fromQuery(request.query)),
  })
}

type Answer = { readonly data?: unknown; readonly errors?: readonly ShownError[] }

function asTheyAre(execution: ExecutionResult) {
  return { statusCode: 200, response: execution }
}

/** Variables that do not fit are thrown, in the name of validation; all else is a fault. */
function asNotRun(error: Error & { errors?: readonly GraphQLError[] }): ExecutionResult {
  if ((error as { code?: string }).code !== 'MER_ERR_GQL_VALIDATION' || !error.errors) throw error
  return { errors: error.errors }
}

function sendRefusal(request: FastifyRequest, reply: FastifyReply, error: Error): FastifyReply {
  const refusal = refusalBehind(error, { bodyBytesMax: 0, mediaType: '' })
  const [{ code }] = refusal.problems
  // The framework's own handler logs it and answers: nothing of GraphQL is left to say.
  if (code === 'internal' || code === 'unavailable') throw error
  request.log.info({ codes: refusal.problems.map((each) => each.code) }, 'request refused')
  if (code === 'operation_read_only') reply.header('allow', request.method === 'GET' ? 'POST' : 'GET, POST')
  return send(request, reply, statusOfRefusal(refusal, request), { errors: shownErrors(refusal, request) })
}

/** Writing by GET is refused by method; the same by POST is only a document that does not fit. */
function statusOfRefusal({ problems: [{ code }] }: Refusal, { method }: FastifyRequest): number {
  return code === 'operation_read_only' && method !== 'GET' ? 400 : statusOf[code]
}

const mediaTypes = ['application/json', 'application/graphql-response+json']

/** To readers of plain JSON a document at fault is an answer like another (GraphQL over HTTP); ours are refused to all. */
function send(request: FastifyRequest, reply: FastifyReply, status: number, answer: Answer): FastifyReply {
  const isLenient = mediaTypeFor(request) === 'application/json' && (answer.errors ?? []).every(isOfTheDocument)
  return sendWritten(request, reply, isLenient ? 200 : status, Buffer.from(JSON.stringify(answer)))
}

function mediaTypeFor(request: FastifyRequest): string {
  return new Negotiator(request.raw).mediaType(mediaTypes) ?? 'application/json'
}

function sendWritten(request: FastifyRequest, reply: FastifyReply, status: number, written: Buffer): FastifyReply {
  return reply
    .code(status)
    .headers({
      'content-type': `${mediaTypeFor(request)}; charset=utf-8`,
      'content-language': languageOf(request),
      vary: 'accept, accept-language',
      'cache-control': 'no-store',
    })
    .send(written)
}

function isOfTheDocument({ extensions }: ShownError): boolean {
  return ['query_syntax', 'query_invalid', 'query_variables'].includes(String(extensions?.code))
}
