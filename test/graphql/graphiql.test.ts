import t from 'tap'
import { startTestServer } from '../support/databases.ts'
import { newService } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())

t.test('GraphiQL is there for those who develop, with every file from this service', async (t) => {
  const service = await newService(server, start)
  t.teardown(() => service.close())
  const page = await service.app.inject({ url: '/graphiql' })
  t.equal(page.statusCode, 200)
  const policy = String(page.headers['content-security-policy'])
  t.match(policy, /default-src 'none'.*script-src 'self';.*connect-src 'self'/)
  t.notMatch(page.body, /https?:/, 'nothing from elsewhere')
  const files = [...page.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, url]) => url!)
  t.equal(files.length, 6)
  for (const url of files) {
    const { statusCode, headers, body } = await service.app.inject({ url })
    t.equal(statusCode, 200, url)
    t.match(String(headers['content-type']), url.endsWith('.css') ? /css/ : /javascript/, url)
    t.ok(body.length > 100)
  }
  t.equal((await service.app.inject({ url: '/graphiql/package.json' })).statusCode, 404, 'and no other file')
  t.equal((await service.app.inject({ url: '/graphiql/..%2f..%2fpackage.json' })).statusCode, 404)
})

t.test('in production there is no such page', async (t) => {
  const service = await newService(server, start, { NODE_ENV: 'production' })
  t.teardown(() => service.close())
  for (const url of ['/graphiql', '/graphiql/page.js', '/graphiql/graphiql.min.js'])
    t.match(
      [(await service.app.inject({ url })).statusCode, (await service.app.inject({ url })).json().code],
      [404, 'route_unknown'],
      url,
    )
  const headers = await service.bearer('secretariat')
  const answer = await service.app.inject({ url: '/graphql?query={viewer{role}}', headers })
  t.same(answer.json(), { data: { viewer: { role: 'secretariat' } } }, 'the questions themselves are answered')
})
