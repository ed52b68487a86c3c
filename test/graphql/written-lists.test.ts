import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { execute, type GraphQLObjectType, getNamedType, isLeafType, isObjectType, parse } from 'graphql'
import t from 'tap'
import { askingOf } from '../../src/graphql/asking.ts'
import { writableLists } from '../../src/graphql/connections.ts'
import { schema } from '../../src/graphql/schema.ts'
import { writtenAnswer } from '../../src/graphql/written-lists.ts'
import { bodyOf, post } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { askGraphql, problemsIn } from '../support/graphql.ts'
import { newService } from '../support/services.ts'

/** The short way and the executor, asked the same. */
const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())
const service = await newService(server, start)
t.teardown(() => service.close())
const as = service.as('secretariat')

/** Certificates with and without a suspension or an end, obligations met, overdue and open. */
t.before(async () => {
  for (const name of ['1', '2', '3', '4'])
    await post(service, bodyOf(name, {}, { product: { name: `"\\\u2028示例${name}`, models: ['甲', '乙'] } }))
  const { db } = service.registry
  await db.execute(sql`update obligations set met_on = '2026-11-19', contested = true
    where id in (select id from obligations order by id limit 2)`)
  await db.execute(sql`update certificates set ended_on = '2026-11-19', ended_as = 'withdrawn', ended_reason = 'other'
    where number = 'SL-1'`)
  await db.execute(sql`update certificates set content = jsonb_set(content, '{further}', '{"认证领域": "示例"}')
    where number = 'SL-2'`)
  await db.execute(sql`insert into suspensions (id, certificate_id, from_on, until_on, reason_code, recorded_at)
    select gen_random_uuid(), id, '2026-11-19', '2026-12-19', 'other', now() from certificates where number = 'SL-3'`)
})

const shortly = async (query: string, variables: Record<string, unknown> = {}) => {
  const answer = await writtenAnswer(schema, parse(query), writableLists)?.(service.registry, as, variables)
  return answer === undefined ? undefined : String(answer)
}

const byTheExecutor = async (query: string, variables: Record<string, unknown> = {}) => {
  const contextValue = askingOf(service.registry, as)
  const { data } = await execute({ schema, document: parse(query), contextValue, variableValues: variables })
  return JSON.stringify({ data })
}

/** Random choices of what stands in a row, under random names. */
function selectionOf(type: GraphQLObjectType, choose: (among: number) => number): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type)
    if (choose(3) === 0) return []
    const key = choose(5) === 0 ? `as_${field.name}: ` : ''
    if (isLeafType(inner)) return [`${key}${field.name}`]
    return plainTypes.includes(inner.name) && isObjectType(inner)
      ? [`${key}${field.name} ${selectionOf(inner, choose)}`]
      : []
  })
  const shuffled = fields.sort(() => choose(3) - 1)
  const typeName = choose(4) === 0 || fields.length === 0 ? ['__typename'] : []
  const all = [...typeName, ...shuffled]
  return choose(4) === 0 ? `{ ... on ${type.name} { ${all.join(' ')} } }` : `{ ${all.join(' ')} }`
}

type Pages = {
  readonly obligations: {
    readonly nodes: { id: string }[]
    readonly pageInfo: { hasNextPage: boolean; endCursor: string }
  }
}

const plainTypes = [
  'Lateness',
  'Suspension',
  'CertificateContent',
  'CertificateClient',
  'CertificateProduct',
  'CertificateFactory',
  'FurtherField',
]
const pageInfo = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename }'

t.test('whatever is chosen of a row, the short way answers byte for byte as the executor does', async (t) => {
  const lists = { obligations: 'Obligation', certificates: 'Certificate' } as const
  let answered = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...(Object.keys(lists) as (keyof typeof lists)[])),
      fc.array(fc.nat(1_000), { minLength: 200, maxLength: 200 }),
      fc.constantFrom('2026-11-20', '2026-12-30', '2029-12-01'),
      fc.integer({ min: 1, max: 10 }),
      async (list, luck, on, first) => {
        let at = 0
        const choose = (among: number) => (luck[at++ % luck.length] ?? 0) % among
        const nodes = selectionOf(schema.getType(lists[list]) as GraphQLObjectType, choose)
        const inside = choose(2) === 0 ? `nodes ${nodes} ${pageInfo}` : `${pageInfo} rows: nodes ${nodes}`
        const query = `query Q($on: Day) { page: ${list}(first: ${first}, on: $on) { ${inside} } }`
        const answer = await shortly(query, { on })
        answered += 1
        if (answer === undefined) throw new Error(`not answered: ${query}`)
        if (answer !== (await byTheExecutor(query, { on }))) throw new Error(`answered otherwise: ${query}\n${answer}`)
      },
    ),
    { numRuns: 150 },
  )
  t.ok(answered >= 150)
})

t.test('pages go on from the cursors of the short way, to the last', async (t) => {
  const query = `query Page($after: String) { obligations(first: 5, after: $after) { nodes { id dueOn } ${pageInfo} } }`
  const seen: string[] = []
  let after: string | null = null
  do {
    const answer: string = (await shortly(query, { after })) ?? ''
    t.equal(answer, await byTheExecutor(query, { after }))
    const { obligations } = JSON.parse(answer).data as Pages
    seen.push(...obligations.nodes.map(({ id }) => id))
    after = obligations.pageInfo.hasNextPage ? obligations.pageInfo.endCursor : null
  } while (after !== null)
  const [row] = await service.registry.db.execute<{ all: number }>(sql`select count(*)::int as all from obligations`)
  t.equal(new Set(seen).size, row?.all)
  t.equal(seen.length, row?.all)
})

t.test('fragments and defaults are understood, and an empty list is one', async (t) => {
  for (const query of [
    `fragment Row on Obligation { ...Dates state id } fragment Dates on Obligation { dueOn id lateness { workingDays } }
     query Q($first: Int = 3) { obligations(first: $first) { nodes { id ...Row } } }`,
    '{ certificates(number: "SL-NONE") { nodes { id content { numberAsPrinted } } pageInfo { endCursor } } }',
  ])
    t.equal(await shortly(query), await byTheExecutor(query), query)
})

t.test('what it does not understand is left to the executor', async (t) => {
  for (const query of [
    '{ obligations { nodes { id member { name } } } }',
    '{ obligations { nodes { id receipts { id } } } }',
    '{ obligations { edges { node { id } } } }',
    '{ obligations { totalCount { count } nodes { id } } }',
    '{ obligations { pageInfo { hasNextPage } } }',
    '{ obligations { nodes { id } } viewer { name } }',
    '{ obligations { nodes { id @skip(if: true) } } }',
    '{ obligations { nodes { lateness { workingDays } ... on Obligation { lateness { calendarDays } } } } }',
    '{ members { nodes { id } } }',
    `{ obligations { nodes { ${'long'.repeat(20)}: id } } }`,
  ]) {
    t.equal(writtenAnswer(schema, parse(query), writableLists), null, query)
    const { status } = await askGraphql(service.app, await service.bearer('secretariat'), query)
    t.equal(status, 200, `${query} is answered`)
  }
})

t.test('what is refused is refused in the words of the executor, with the place', async (t) => {
  const headers = await service.bearer('member', 'b')
  for (const [query, problems] of [
    ['{ obligations(after: "nonsense") { nodes { id } } }', ['cursor_invalid@after']],
    [`{ obligations(memberId: "${service.memberIds.a}") { nodes { id } } }`, ['not_found@memberId']],
    ['{ obligations(on: "2026-02-30") { nodes { id } } }', ['date_does_not_exist@on']],
  ] as const) {
    const answer = await askGraphql(service.app, headers, query)
    t.same(problemsIn(answer), problems, query)
    t.same(answer.data, { obligations: null })
    t.same(answer.errors?.[0]?.path, ['obligations'])
  }
  const wrong = await askGraphql(service.app, headers, 'query($n: Int!) { obligations(first: $n) { nodes { id } } }')
  t.equal(wrong.status, 400)
})

t.test('a member sees its own rows by the short way, too', async (t) => {
  for (const [member, rows] of [
    ['a', 4],
    ['b', 0],
  ] as const) {
    const answer = await askGraphql(
      service.app,
      await service.bearer('member', member),
      '{ certificates { nodes { memberId } } }',
    )
    const ids = answer.data.certificates.nodes.map((node: { memberId: string }) => node.memberId)
    t.same(
      ids,
      Array.from({ length: rows }, () => service.memberIds[member]),
    )
  }
})
