import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import t from 'tap'
import { z } from 'zod'
import { type RefusalCode, refusalSentences } from '../../src/domain/refusals.ts'
import { resultExample } from '../../src/rest/examples.ts'
import { statusOf } from '../../src/rest/problems.ts'
import { compileAnswer } from '../../src/rest/serialization.ts'
import { startTestServer } from '../support/databases.ts'
import { newService } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
const registered: RouteOptions[] = []
const watch = (message: unknown) =>
  (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => void registered.push(route))
subscribe('fastify.initialization', watch)
const service = await newService(server, start)
unsubscribe('fastify.initialization', watch)
const { app } = service
t.teardown(async () => {
  await service.close()
  await server.stop()
})

type Json = ReturnType<typeof JSON.parse>

const answer = await app.inject({ url: '/openapi.json' })
const document = JSON.parse(answer.body)
const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace']

type Operation = { readonly name: string; readonly path: string; readonly method: string; readonly operation: Json }
const operations: Operation[] = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
  Object.entries<Json>(item)
    .filter(([method]) => methods.includes(method))
    .map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, method, operation })),
)

/** Every object inside a value, with the place where it stands. */
function* objectsIn(value: Json, place = '#'): Generator<[place: string, object: Json]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [place, value]
  for (const [name, inner] of Object.entries(value))
    yield* objectsIn(inner, `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
}

function resolved(reference: string): Json {
  const names = reference.split('/').slice(1)
  return names.reduce((at: Json, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], document)
}

t.test('every answer of every route can be written by its shape', async (t) => {
  let shapes = 0
  for (const { method, url, schema } of registered)
    for (const [status, shape] of Object.entries((schema?.response ?? {}) as Record<string, unknown>)) {
      if (!(shape instanceof z.ZodType)) continue
      shapes += 1
      const route = { schema: shape, method: String(method), url, httpStatus: status }
      t.type(compileAnswer(route as never), 'function', `${method} ${url}: ${status}`)
    }
  t.ok(shapes > 100, `${shapes} shapes`)
})

t.test('the description is an OpenAPI 3.1 document', async (t) => {
  t.equal(answer.statusCode, 200)
  t.match(answer.headers['content-type'], /^application\/json/)
  t.equal(document.openapi, '3.1.0')
  t.match(document.info, { title: /\S/, version: /\S/, description: /[A-Za-z]/ })
  const known = [
    'openapi',
    'info',
    'jsonSchemaDialect',
    'servers',
    'paths',
    'webhooks',
    'components',
    'security',
    'tags',
    'externalDocs',
  ]
  t.same(
    Object.keys(document).filter((name) => !known.includes(name)),
    [],
  )
  t.ok(operations.length > 50, `${operations.length} operations`)
})

t.test('every route is in it, and nothing else is', async (t) => {
  const routes = registered
    .flatMap(({ method, url }) => [method].flat().map((each) => ({ method: each, url })))
    .filter(
      ({ method, url }) =>
        !['HEAD', 'OPTIONS'].includes(method) && !/^\/(docs|graphiql)/.test(url) && url !== '/openapi.json',
    )
    .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
  t.same(operations.map(({ name }) => name).sort(), [...new Set(routes)].sort())
})

t.test('every operation says what it is for, whom it is for and which errors it has', async (t) => {
  const rules = new Map(
    registered.map(({ method, url, config }) => [`${method} ${url.replace(/:(\w+)/g, '{$1}')}`, config?.access]),
  )
  for (const { name, operation } of operations) {
    const isPublic = rules.get(name) === 'public'
    t.match(operation.summary, /\p{Script=Han}.*[A-Za-z]/u, `${name} is summed up in both languages`)
    t.ok(operation.tags?.length > 0, `${name} is in a group`)
    t.same(operation.security, isPublic ? undefined : [{ bearer: [] }], `${name}: sign-in`)
    const statuses = Object.keys(operation.responses)
    t.ok(
      statuses.some((status) => /^2\d\d$/.test(status)),
      `${name}: what success is`,
    )
    for (const status of ['500', '503', ...(isPublic ? ['429'] : ['401', '403'])])
      t.ok(statuses.includes(status), `${name}: ${status}`)
    for (const [status, response] of Object.entries<Json>(operation.responses)) {
      t.match(response.description, /./s, `${name} ${status} is described`)
      t.match(status, /^[2-5]\d\d$/)
      if (/^[45]/.test(status) && name !== 'POST /oauth/token')
        t.ok(
          response.content['application/problem+json']?.schema ?? response.content['application/json']?.schema,
          `${name} ${status}: a problem`,
        )
    }
  }
  t.match(document.components.securitySchemes, { bearer: { type: 'http', scheme: 'bearer' } })
})

t.test('the errors of an operation name the codes that it can answer with', async (t) => {
  const { responses } = document.paths['/v1/results'].post
  for (const code of Object.keys(refusalSentences) as RefusalCode[]) {
    const described = responses[statusOf[code]]?.description
    if (described !== undefined) t.ok(described.split(', ').includes(code), `${code} at ${statusOf[code]}`)
  }
  for (const status of ['400', '401', '403', '409', '413', '415', '422', '500', '503']) t.ok(responses[status], status)
})

t.test('every reference leads somewhere', async (t) => {
  let references = 0
  for (const [place, object] of objectsIn(document)) {
    if (typeof object.$ref !== 'string') continue
    references += 1
    t.match(object.$ref, /^#\//, `${place} stays in the document`)
    t.ok(resolved(object.$ref), `${place}: ${object.$ref}`)
  }
  t.comment(`${references} references`)
})

t.test('parameters are whole: those of the path are all there and required', async (t) => {
  for (const { name, path, operation } of operations) {
    const parameters: Json[] = operation.parameters ?? []
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    t.same(
      parameters.filter((each) => each.in === 'path').map((each) => each.name),
      inPath,
      name,
    )
    for (const parameter of parameters) {
      t.ok(['path', 'query', 'header', 'cookie'].includes(parameter.in), `${name}: ${parameter.name}`)
      t.ok(parameter.schema, `${name}: ${parameter.name}`)
      if (parameter.in === 'path') t.equal(parameter.required, true, `${name}: ${parameter.name}`)
    }
    const pairs = parameters.map((each) => `${each.in} ${each.name}`)
    t.equal(new Set(pairs).size, pairs.length, `${name}: no parameter twice`)
  }
  const ids = operations.map(({ operation }) => operation.operationId).filter((id) => id !== undefined)
  t.equal(new Set(ids).size, ids.length)
})

const schemaTypes = ['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']

t.test('schemas are of JSON Schema 2020-12, as OpenAPI 3.1 has them', async (t) => {
  for (const [place, object] of objectsIn(document)) {
    const isData = /\/(examples|example|default|enum|const)(\/|$)/.test(place)
    if (isData || /\/properties$/.test(place)) continue
    if (/\/(schema|schemas\/\w+|items|additionalProperties|properties\/[^/]+|(anyOf|oneOf|allOf)\/\d+)$/.test(place)) {
      const types = [object.type ?? []].flat()
      t.same(
        types.filter((type) => !schemaTypes.includes(type)),
        [],
        place,
      )
      t.notOk('nullable' in object, `${place}: nullable is of 3.0`)
      t.notOk(
        object.exclusiveMinimum === true || object.exclusiveMaximum === true,
        `${place}: a boolean bound is of 3.0`,
      )
      const required: string[] = object.required ?? []
      if (object.properties)
        t.same(
          required.filter((name) => !(name in object.properties)),
          [],
          `${place}: what is required is there`,
        )
    }
  }
})

t.test('a body that is asked for is described, and refuses what it does not know', async (t) => {
  for (const { name, method, operation } of operations.filter(({ operation }) => operation.requestBody)) {
    t.ok(['post', 'put', 'patch'].includes(method), name)
    const contents = Object.entries<Json>(operation.requestBody.content)
    t.ok(contents.length > 0, name)
    for (const [mediaType, { schema }] of contents) {
      t.match(mediaType, /^[a-z]+\/[\w.+-]+$/, name)
      t.ok(schema, name)
      if (mediaType === 'application/json' && schema.properties)
        t.equal(schema.additionalProperties, false, `${name}: unknown fields`)
    }
  }
})

t.test('what a member posts is described down to the last field, with an example', async (t) => {
  const { schema } = document.paths['/v1/results'].post.requestBody.content['application/json']
  const own = schema.$ref ? resolved(schema.$ref) : schema
  t.ok(own.required.includes('kind') && own.required.includes('decidedOn'))
  t.match(own.properties.decidedOn, { type: 'string', format: 'date' })
  t.same(document.paths['/v1/results'].post.requestBody.content['application/json'].example, resultExample)
  const header = document.paths['/v1/results'].post.parameters.find((each: Json) => each.in === 'header')
  t.match(header, { name: 'idempotency-key', schema: { type: 'string' } })
})

t.test('the example is accepted as it stands', async (t) => {
  const headers = { ...(await service.bearer('member')), 'idempotency-key': 'example' }
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/v1/results', headers, payload: resultExample })
  t.equal(statusCode, 201, body)
  t.same(
    JSON.parse(body).warnings.map(({ code }: Json) => code),
    ['no_assignment'],
  )
})

t.test('the other examples are accepted by their own routes', async (t) => {
  const headers = { ...(await service.bearer('member')), 'idempotency-key': 'another-example' }
  const posted = await app.inject({
    method: 'POST',
    url: '/v1/results',
    headers,
    payload: {
      ...resultExample,
      memberReference: 'SL-2026-R-0002',
      certificate: { ...resultExample.certificate, number: 'SL-2026-0002' },
    },
  })
  const { certificate, obligations } = posted.json()
  const report = obligations.find(({ duty }: Json) => duty === 'report_to_cnca')
  const exampleOf = (path: string) => document.paths[path].post.requestBody.content['application/json'].example
  for (const [path, id] of [
    ['/v1/certificates/{id}/actions', certificate.id],
    ['/v1/obligations/{id}/receipts', report.id],
  ] as const) {
    const { authorization } = headers
    const taken = await app.inject({
      method: 'POST',
      url: path.replace('{id}', id),
      headers: { authorization },
      payload: exampleOf(path),
    })
    t.equal(taken.statusCode, 201, `${path}: ${taken.body.slice(0, 300)}`)
  }
})

// ---- The reference page

t.test('the reference page and all that it loads come from this host', async (t) => {
  const page = await app.inject({ url: '/docs/' })
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /^text\/html/)
  const loaded = [...page.body.matchAll(/<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)="([^"]*)"/g)].map(
    ([, url = '']) => url,
  )
  t.ok(loaded.length > 4, loaded.join())
  for (const url of loaded) {
    t.notMatch(url, /^(https?:)?\/\//i, 'no other host')
    if (url.startsWith('data:')) continue
    const { statusCode, body } = await app.inject({ url: new URL(url, 'http://here/docs/').pathname })
    t.equal(statusCode, 200, url)
    t.not(body.length, 0, url)
    if (url.endsWith('.css')) t.notMatch(body, /@import|url\(["']?(https?:)?\/\//i, `${url} loads from nowhere else`)
  }
  const policy = String(page.headers['content-security-policy'])
  t.match(policy, /default-src 'self'/)
  t.match(policy, /script-src 'self'/)
  t.notMatch(policy.replace(/'[^']*'/g, ''), /https?:\/\/|\*/, 'the browser is told so, too')
  t.notMatch(policy, /script-src[^;]*unsafe-inline/)
  t.notMatch(
    page.body.replace(/<script[^>]*src=[^>]*>/g, ''),
    /<script>(?!\s*<)/,
    'no script that the policy would stop',
  )
  t.ok([301, 302, 200].includes((await app.inject({ url: '/docs' })).statusCode))
  t.same((await app.inject({ url: '/docs/json' })).json().paths, document.paths)
})
