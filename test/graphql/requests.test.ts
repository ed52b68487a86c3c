import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { refusalSentences } from '../../src/domain/refusals.ts'
import { operationNames } from '../../src/graphql/operation-names.ts'
import { printedSchema } from '../../src/graphql/print-schema.ts'
import { packageRoot } from '../../src/package-root.ts'
import { openDatabase } from '../../src/store/database.ts'
import { startTestServer } from '../support/databases.ts'
import { askGraphql, problemsIn } from '../support/graphql.ts'
import { newService, testConfig } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())
const service = await newService(server, start)
t.teardown(() => service.close())
const { app } = service
const secretariat = await service.bearer('secretariat')
const newer = 'application/graphql-response+json'

const get = (query: Record<string, string>, headers: Record<string, string> = {}) =>
  app.inject({ url: '/graphql', query, headers: { ...secretariat, ...headers } })

t.test('the schema in the repository is that of the code', async (t) => {
  const kept = await readFile(join(packageRoot, 'src/graphql/schema.graphql'), 'utf8')
  t.equal(kept, printedSchema(), 'npm run schema')
})

t.test('who asks is told who he is and what he may do', async (t) => {
  const query = '{ viewer { name role memberId member { id name } permissions { name reach } } }'
  const { data } = await askGraphql(app, await service.bearer('member'), query)
  t.match(data.viewer, { role: 'member', memberId: service.memberIds.a, member: { name: '示例甲认证中心' } })
  const session = await app.inject({ url: '/v1/session', headers: await service.bearer('member') })
  t.same(
    Object.fromEntries(
      data.viewer.permissions.map(({ name, reach }: { name: string; reach: string }) => [name, reach]),
    ),
    session.json().permissions,
    'as the session by REST has it',
  )
})

t.test('one document holds one operation: what is compiled is kept by the text alone', async (t) => {
  const two = 'query A { viewer { name } } query B { viewer { role } }'
  const withFragments = 'query A { viewer { ...f } } query B { viewer { ...f } } fragment f on Viewer { role }'
  const hidden = 'query A { viewer { name } } mutation B { viewer { role } }'
  for (let round = 0; round < 3; round += 1) {
    for (const query of [two, withFragments, hidden]) {
      for (const operationName of ['A', 'B', undefined]) {
        const byPost = await askGraphql(app, secretariat, query, operationName ? { operationName } : {})
        t.match(byPost, { status: 400, data: undefined, errors: [{ extensions: { code: 'operation_count' } }] })
        const byGet = await get({ query, ...(operationName ? { operationName } : {}) })
        t.match([byGet.statusCode, byGet.json()], [400, { errors: [{ extensions: { code: 'operation_count' } }] }])
      }
    }
  }
  t.match(await askGraphql(app, secretariat, 'query A { viewer { role } }', { operationName: 'B' }), {
    status: 400,
    errors: [{ extensions: { code: 'operation_unknown' } }],
  })
})

t.test('what writes is refused, by GET with what is allowed', async (t) => {
  const byGet = await get({ query: 'mutation { viewer { name } }' })
  t.match(
    [byGet.statusCode, byGet.headers.allow, byGet.json().errors[0].extensions.code],
    [405, 'POST', 'operation_read_only'],
  )
  t.match(await askGraphql(app, secretariat, 'mutation { viewer { name } }'), { status: 400 })
})

t.test('an error has the codes and sentences of REST, in the language asked for', async (t) => {
  const query = '{ obligations(on: "2026-02-30", cityCode: "999999") { nodes { id } } members { nodes { id } } }'
  const zh = await askGraphql(app, secretariat, query)
  const en = await askGraphql(app, { ...secretariat, 'accept-language': 'en' }, query)
  const rest = async (language: string) =>
    (
      await app.inject({
        url: '/v1/obligations?on=2026-02-30&cityCode=999999',
        headers: { ...secretariat, 'accept-language': language },
      })
    ).json()
  for (const [answer, language] of [
    [zh, 'zh'],
    [en, 'en'],
  ] as const) {
    t.equal(answer.status, 200, 'the rest of the page is there')
    t.ok(answer.data.members.nodes.length > 0)
    t.equal(answer.data.obligations, null)
    const [error] = answer.errors!
    const { detail, code, errors } = await rest(language)
    t.match(error, { message: detail, path: ['obligations'], extensions: { code, problems: errors } })
    t.equal(error?.extensions?.requestId, answer.headers['x-request-id'])
    t.equal(answer.headers['content-language'], language)
  }
})

t.test('what is asked wrongly is refused as by REST, in the words of the arguments', async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['{ members(after: "x") { nodes { id } } }', ['cursor_invalid@after']],
    ['{ certificates(expiringWithinDays: -1) { nodes { id } } }', ['field_invalid@expiringWithinDays']],
    ['{ certificates(number: "") { nodes { id } } }', ['certificate_number_empty@number']],
    ['{ certificates(memberId: "x") { nodes { id } } }', ['field_invalid@memberId']],
    ['{ member(id: "x") { id } }', ['field_invalid@id']],
    ['{ member(id: "01958d5e-0000-7000-8000-000000000000") { id } }', ['not_found@id']],
    ['{ expiriesByMonth(months: 61) { month } }', ['field_invalid@months']],
    ['{ enterprises(name: "\\u0000") { nodes { id } } }', ['text_control_character@name']],
  ]
  for (const [query, expected] of cases)
    for (let round = 0; round < 3; round += 1)
      t.same(problemsIn(await askGraphql(app, secretariat, query)), expected, query)
})

t.test('variables: those that do not fit are refused, before and after the query is compiled', async (t) => {
  const query =
    'query Page($first: Int!, $after: String) { members(first: $first, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } } }'
  for (let round = 0; round < 3; round += 1) {
    for (const variables of [{ first: 'many' }, {}, { first: null }] as Record<string, unknown>[]) {
      const answer = await askGraphql(app, secretariat, query, { variables })
      t.match(answer, { status: 400, data: undefined, errors: [{ extensions: { code: 'query_variables' } }] })
    }
    t.match(await askGraphql(app, secretariat, query), {
      status: 400,
      errors: [{ extensions: { code: 'query_variables' } }],
    })
    t.same(problemsIn(await askGraphql(app, secretariat, query, { variables: { first: 101 } })), [
      'query_page_size@Query.members.first',
    ])
    const one = await askGraphql(app, secretariat, query, { variables: { first: 1 } })
    const { endCursor } = one.data.members.pageInfo
    const two = await askGraphql(app, secretariat, query, { variables: { first: 1, after: endCursor } })
    t.same(
      [...one.data.members.nodes, ...two.data.members.nodes].map(({ name }) => name).sort(),
      ['示例乙认证中心', '示例甲认证中心'].sort(),
    )
  }
})

t.test('faults of the document have a code of ours, and a place in the text', async (t) => {
  t.match(await askGraphql(app, secretariat, '{ viewer '), {
    status: 400,
    errors: [{ locations: [{ line: 1, column: 10 }], extensions: { code: 'query_syntax' } }],
  })
  const two = await askGraphql(app, secretariat, '{ viewer { password }\n nothing }')
  t.equal(two.status, 400)
  t.same(problemsIn(two), ['query_invalid@query', 'query_invalid@query'])
  t.match(two.errors?.[1], { locations: [{ line: 2, column: 2 }] })
})

t.test('a request that is none is answered as everywhere', async (t) => {
  const send = (headers: Record<string, string>, payload: string) =>
    app.inject({ method: 'POST', url: '/graphql', headers: { ...secretariat, ...headers }, payload })
  const json = { 'content-type': 'application/json' }
  const cases: readonly (readonly [
    string,
    Promise<{ statusCode: number; json: () => { code: string } }>,
    number,
    string,
  ])[] = [
    ['no JSON', send(json, '{'), 400, 'body_malformed'],
    ['text', send({ 'content-type': 'application/graphql' }, '{ viewer { name } }'), 415, 'media_type_unsupported'],
    [
      'a form',
      send({ 'content-type': 'application/x-www-form-urlencoded' }, 'query={viewer{name}}'),
      415,
      'media_type_unsupported',
    ],
    ['a list of requests', send(json, '[{"query":"{ viewer { name } }"}]'), 400, 'field_invalid'],
    ['no query', send(json, '{}'), 400, 'field_missing'],
    ['a query that is a document', send(json, '{"query":{"kind":"Document"}}'), 400, 'field_invalid'],
    [
      'variables by GET that are none',
      get({ query: '{ viewer { name } }', variables: '[1]' }) as never,
      400,
      'field_invalid',
    ],
    [
      'nobody',
      app.inject({ method: 'POST', url: '/graphql', payload: { query: '{ viewer { name } }' } }) as never,
      401,
      'unauthenticated',
    ],
  ]
  for (const [name, answer, status, code] of cases) {
    const { statusCode, json: body } = await answer
    t.same([statusCode, body.call(await answer).code], [status, code], name)
  }
})

t.test('nothing of our inside goes out, whatever breaks', async (t) => {
  const broken = await newService(server, start)
  t.teardown(() => broken.app.close())
  const headers = await broken.bearer('secretariat')
  const query = '{ members { nodes { id figures { overdue { value } } } } workQueue { kind } }'
  t.notOk((await askGraphql(broken.app, headers, query)).errors)
  const refusals = openDatabase('postgres://nobody:nothing@127.0.0.1:1/none', { poolSize: 1 })
  t.teardown(() => refusals.close())
  // What reads lists is away, and signing in is not.
  const config = testConfig()
  const wrong = {
    ...broken.registry,
    lists: { execute: () => Promise.reject(new TypeError('secret inside')) } as never,
  }
  const [withoutLists, withFault] = await Promise.all([
    buildApp({ config, registry: { ...broken.registry, lists: refusals.db }, keys: broken.keys }),
    buildApp({ config, registry: wrong, keys: broken.keys }),
  ])
  t.teardown(() => withoutLists.close())
  t.teardown(() => withFault.close())
  for (const [name, failing, code] of [
    ['the database is away', withoutLists, 'unavailable'],
    ['a fault of ours', withFault, 'internal'],
  ] as const) {
    for (let round = 0; round < 3; round += 1) {
      const { status, data, errors, text } = await askGraphql(
        failing,
        headers,
        '{ workQueue { kind } viewer { role } }',
      )
      t.same([status, data], [200, { workQueue: null, viewer: { role: 'secretariat' } }], name)
      t.match(errors, [
        { message: refusalSentences[code][0], path: ['workQueue'], extensions: { code, requestId: String } },
      ])
      t.notMatch(text, /secret inside|TypeError|127\.0\.0\.1|ECONN|select|stack|\.js/i, `${name}: nothing leaks`)
    }
  }
})

t.test('answers are in the media type asked for, and are not kept', async (t) => {
  const ask = async (accept: string | undefined, query = '{ viewer { name } }') => {
    const { statusCode, headers } = await get({ query }, accept === undefined ? {} : { accept })
    return [statusCode, String(headers['content-type']).split(';')[0]]
  }
  t.same(await ask(undefined), [200, 'application/json'])
  t.same(await ask('*/*'), [200, 'application/json'])
  t.same(await ask(newer), [200, newer])
  t.same(await ask(`application/json;q=0.5, ${newer}`), [200, newer])
  t.same(await ask('application/json', '{ viewer {'), [200, 'application/json'], 'a fault of the document is an answer')
  t.same(await ask(newer, '{ viewer {'), [400, newer])
  t.same(
    await ask('application/json', 'query A { viewer { name } } query B { viewer { name } }'),
    [400, 'application/json'],
    'what we refuse is refused to all',
  )
  const { headers } = await get({ query: '{ viewer { name } }' })
  t.match(headers, { 'cache-control': 'no-store', vary: 'accept, accept-language' })
})

t.test('the name of the operation is there for whoever counts, and cannot be made endless', async (t) => {
  const seen: unknown[] = []
  const watched = await newService(server, start)
  t.teardown(() => watched.close())
  const config = testConfig()
  const counting = await buildApp({ config, registry: watched.registry, keys: watched.keys })
  t.teardown(() => counting.close())
  counting.addHook('onResponse', async (request) => void seen.push(request.graphqlOperation))
  const headers = await watched.bearer('secretariat')
  await askGraphql(counting, headers, 'query Mine { viewer { name } }')
  await askGraphql(counting, headers, '{ viewer { name } }')
  await askGraphql(counting, headers, 'query Broken { viewer { nothing } }')
  t.same(seen, ['Mine', 'anonymous', null])
  const nameOf = operationNames(2)
  t.same(['a', 'b', 'c', 'a', null].map(nameOf), ['a', 'b', 'other', 'a', 'anonymous'])
  t.equal(nameOf('x'.repeat(100)), 'other')
  t.equal(operationNames()('x'.repeat(100)).length, 64)
})
