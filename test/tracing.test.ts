import { once } from 'node:events'
import { createServer } from 'node:http'
import { sql } from 'drizzle-orm'
import t from 'tap'
import { buildApp } from '../src/app.ts'
import { startTracing } from '../src/tracing.ts'
import { startTestServer } from './support/databases.ts'
import { newSigningKeys } from './support/keys.ts'
import { newRegistry, testConfig } from './support/services.ts'

const server = await startTestServer()
t.teardown(() => server.stop())

type Span = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: { stringValue?: string } }[]
}

/** A collector as OTLP over HTTP knows it, which keeps the spans that it is sent. */
async function collector() {
  const spans: Span[] = []
  const resources: string[] = []
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const sent = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    for (const { resource, scopeSpans } of sent.resourceSpans) {
      resources.push(JSON.stringify(resource.attributes))
      for (const scope of scopeSpans) spans.push(...scope.spans)
    }
    response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as { port: number }
  return { spans, resources, endpoint: `http://127.0.0.1:${port}/`, close: () => http.close() }
}

t.test('a request and its statements are one trace, that of the caller, without a value in it', async (t) => {
  const { spans, resources, endpoint, close } = await collector()
  const tracing = startTracing(endpoint)
  const test = await newRegistry(server)
  const keys = await newSigningKeys(test.clock.now())
  const config = testConfig()
  const app = await buildApp({ config, registry: test.registry, keys, tracing: tracing.plugin })
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const answer = await app.inject({
    url: '/v1/verify/SL-2026-0001?on=2026-11-19',
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  })
  t.equal(answer.statusCode, 200)
  await t.rejects(test.registry.db.transaction((tx) => tx.execute(sql`select ${'secret'}::int`)))
  await app.close()
  await tracing.stop()
  await test.close()
  close()

  const own = spans.filter((span) => span.traceId === traceId)
  const request = own.find(({ name }) => name === 'GET /v1/verify/:number')
  t.equal(request?.parentSpanId, 'b7ad6b7169203331', 'under the span of the caller')
  const statements = own.filter(({ name }) => ['select', 'with'].includes(name))
  t.ok(statements.length > 0, 'the statements are in it')
  t.match(
    statements[0]?.attributes.find(({ key }) => key === 'db.query.text')?.value.stringValue,
    /from "certificates"|certificates/,
  )
  t.notMatch(JSON.stringify(own.filter((span) => span !== request)), /SL-2026-0001|2026-11-19/)
  t.notMatch(JSON.stringify(request), /on=2026/, 'nor what was asked behind the path')
  t.notMatch(JSON.stringify(spans), /secret/, 'nor in a failure')
  t.match(resources[0], /"service\.name".*"alliance-registry"/)
})
