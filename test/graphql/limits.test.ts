import fc from 'fast-check'
import { getIntrospectionQuery, parse } from 'graphql'
import t from 'tap'
import { Refusal } from '../../src/domain/refusals.ts'
import { limits } from '../../src/graphql/limits.ts'
import { measureDocument } from '../../src/graphql/measure.ts'
import { documentShelf, readDocument } from '../../src/graphql/read-document.ts'
import { schema } from '../../src/graphql/schema.ts'

/** What is refused of a document, as `code@path`; nothing when it may be run. */
function refused(text: string, variables: Record<string, unknown> = {}): string[] {
  try {
    readDocument(schema, text).requireSize(variables)
    return []
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.problems.map(({ code, path }) => `${code}@${path}`)
  }
}

const measured = (text: string) => measureDocument(schema, parse(text))
const times = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ')

/** A query that goes down so many levels: certificate, member, its certificates, their member … */
function deep(levels: number): string {
  const step = (left: number): string => {
    if (left === 1) return 'id'
    if (left === 2) return 'member { id }'
    return `member { latestCertificates(first: 1) { ${step(left - 2)} } }`
  }
  return `{ certificate(id: "x") { ${step(levels - 1)} } }`
}

const totals = (count: number) => times(count, (i) => `a${i}: members(first: 1) { totalCount { count } }`)
const aliased = (count: number) => `{ viewer { ${times(count, (i) => `a${i}: name`)} } }`

t.test('what is too much is refused, each by its own name', async (t) => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'a page of a dashboard',
      '{ members(first: 30) { nodes { id figures { overdue { value } } latestCertificates(first: 10) { number } } } }',
      [],
    ],
    ['introspection as tools ask it', getIntrospectionQuery(), []],
    [
      'introspection again and again',
      `{ ${times(6, (i) => `a${i}: __schema { types { fields { args { name } type { ofType { name } } } } }`)} }`,
      ['query_cost@query'],
    ],
    [
      'introspection again and again, further down',
      `{ __schema { ${times(30, (i) => `a${i}: types { ...f }`)} } } fragment f on __Type { fields { name description } }`,
      ['query_cost@query'],
    ],
    [
      'introspection that goes round in circles',
      '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
      ['query_cost@query'],
    ],
    ['one type of the schema, named', '{ __type(name: "Query") { fields { name args { name } } } }', []],
    ['as many fields as may be', `{ ${times(limits.fields / 2, () => 'viewer { name }')} }`, []],
    [
      'one field more',
      `{ ${times(limits.fields / 2, () => 'viewer { name }')} viewer { id } }`,
      ['query_fields@query'],
    ],
    [
      'fields in a fragment count wherever it is spread',
      `{ ${times(30, () => 'viewer { ...f }')} } fragment f on Viewer { ${times(20, () => 'name')} }`,
      ['query_fields@query'],
    ],
    ['the number of rows of a few lists', `{ ${totals(9)} }`, []],
    ['the number of rows of many', `{ ${totals(11)} }`, ['query_cost@query']],
    ['as deep as may be', deep(limits.depth), []],
    ['one level deeper', deep(limits.depth + 1), ['query_depth@query']],
    [
      'one level deeper, through a fragment',
      `{ certificate(id: "x") { ...f } } fragment f on Certificate ${deep(limits.depth + 1)
        .replace('{ certificate(id: "x") ', '')
        .slice(0, -2)}`,
      ['query_depth@query'],
    ],
    ['as many aliases as may be', aliased(limits.aliases), []],
    ['one alias more', aliased(limits.aliases + 1), ['query_aliases@query']],
    [
      'aliases in a fragment count wherever it is spread',
      `{ viewer { ...f } a: viewer { ...f } } fragment f on Viewer { ${times(15, (i) => `a${i}: name`)} }`,
      ['query_aliases@query'],
    ],
    [
      'pages in pages',
      '{ members(first: 100) { nodes { latestCertificates(first: 20) { obligations { id } } } } }',
      ['query_cost@query'],
    ],
    ['no rows', '{ members(first: 0) { nodes { id } } }', ['query_page_size@Query.members.first']],
    ['a page too long', '{ members(first: 101) { nodes { id } } }', ['query_page_size@Query.members.first']],
    [
      'a page too long further down',
      '{ members { nodes { latestCertificates(first: 21) { id } } } }',
      ['query_page_size@Member.latestCertificates.first'],
    ],
    ['too many tokens', `{ viewer { ${times(limits.tokens, () => 'name')} } }`, ['query_tokens@query']],
    ['too many bytes', `{ viewer { name } } # ${'示'.repeat(limits.bytes / 3)}`, ['query_too_long@query']],
    [
      'deep introspection',
      `{ __schema { types { ${times(16, () => 'ofType {')} name ${times(16, () => '}')} } } }`,
      ['query_depth@query'],
    ],
    ['two operations', 'query A { viewer { name } } query B { viewer { role } }', ['operation_count@query']],
    [
      'two operations and a fragment',
      'query A { viewer { ...f } } query B { viewer { ...f } } fragment f on Viewer { name }',
      ['operation_count@query'],
    ],
    ['a fragment alone', 'fragment f on Viewer { name }', ['operation_count@query']],
    ['a mutation', 'mutation { viewer { name } }', ['operation_read_only@query']],
    ['a subscription', 'subscription { viewer { name } }', ['operation_read_only@query']],
    ['what is no GraphQL', '{ viewer ', ['query_syntax@query']],
    ['nothing', '', ['query_syntax@query']],
    ['JSON of a document', '{"kind":"Document"}', ['query_syntax@query']],
    ['a field that is not there', '{ viewer { password } }', ['query_invalid@query']],
    ['an argument that is not there', '{ members(last: 3) { nodes { id } } }', ['query_invalid@query']],
    ['a fragment in itself', '{ viewer { ...f } } fragment f on Viewer { ...f }', ['query_invalid@query']],
    [
      'two fragments in each other',
      '{ viewer { ...f } } fragment f on Viewer { ...g } fragment g on Viewer { ...f }',
      ['query_invalid@query', 'query_invalid@query'].slice(0, 1),
    ],
    ['definitions of a schema', 'type Viewer { name: String } { viewer { name } }', ['query_invalid@query']],
  ]
  for (const [name, text, expected] of cases) t.same(refused(text), expected, name)
})

t.test('a fragment is measured once, so that doubling it costs no time', async (t) => {
  const text = `{ viewer { ...f0 } } ${times(60, (i) => `fragment f${i} on Viewer { ${i < 59 ? `...f${i + 1} ...f${i + 1}` : 'a: name'} }`)}`
  t.equal(measured(text).aliases, 2 ** 59)
  t.same(refused(text), ['query_aliases@query', 'query_fields@query'])
})

t.test('page sizes that come from variables are measured with them', async (t) => {
  const text =
    'query q($n: Int = 2, $m: Int) { members(first: $n) { nodes { latestCertificates(first: $m) { obligations { id } } } } }'
  const with_ = (variables: Record<string, unknown>) => refused(text, variables)
  t.same(with_({ n: 10, m: 3 }), [])
  t.same(with_({}), [])
  t.same(with_({ n: null }), [], 'as if it were not given')
  t.same(with_({ n: 100, m: 20 }), ['query_cost@query'])
  t.same(with_({ n: 101, m: 0 }), [
    'query_page_size@Query.members.first',
    'query_page_size@Member.latestCertificates.first',
  ])
  t.same(with_({ n: 'many', m: 1 }), [], 'what is no number the coercion of variables refuses')
})

t.test('rows are multiplied down the tree', async (t) => {
  const nodes = (text: string) => measured(text).nodes
  t.equal(nodes('{ viewer { name } }'), 1)
  t.equal(nodes('{ members(first: 3) { totalCount { count } } }'), 3 * 2)
  t.equal(nodes('{ members(first: 3) { nodes { id } } }'), 3 * 2)
  t.equal(nodes('{ members { nodes { latestCertificates { id } } } }'), 20 * (1 + 1 + 10))
  t.equal(nodes('query q($n: Int = 1) { members(first: $n) { nodes { id } } }'), 100 * 2)
  t.equal(nodes('{ member(id: "x") { scopes { id } } }'), 1 + 10)
  t.equal(nodes('{ nothing { there } }'), 1)
})

const holds = (property: fc.IRawProperty<unknown>, numRuns = 100) =>
  t.doesNotThrow(() => fc.assert(property, { numRuns }))

t.test('whatever keeps within all limits passes, and whatever exceeds one is refused by that one alone', async () => {
  const within = fc.record({
    depth: fc.integer({ min: 3, max: limits.depth }),
    aliases: fc.integer({ min: 0, max: limits.aliases }),
    first: fc.integer({ min: 1, max: 100 }),
  })
  const textOf = ({ depth, aliases, first }: { depth: number; aliases: number; first: number }) =>
    `{ members(first: ${first}) { nodes { id } } viewer { role ${times(aliases, (i) => `a${i}: name`)} } ${deep(depth).slice(1, -1)} }`
  holds(fc.property(within, (sizes) => refused(textOf(sizes)).length === 0) as never)
  const beyond = fc.oneof(
    fc.integer({ min: 1, max: 30 }).map((more) => ['query_depth@query', { depth: limits.depth + more }] as const),
    fc
      .integer({ min: 1, max: 200 })
      .map((more) => ['query_aliases@query', { aliases: limits.aliases + more }] as const),
    fc
      .oneof(fc.integer({ min: 101, max: 2_000 }), fc.constant(0))
      .map((first) => ['query_page_size@Query.members.first', { first }] as const),
  )
  holds(
    fc.property(
      within,
      beyond,
      (sizes, [code, change]) => refused(textOf({ ...sizes, ...change })).join() === code,
    ) as never,
  )
})

t.test('cost grows with every page size, and never falls short of what may be answered', async () => {
  const size = fc.integer({ min: 1, max: 20 })
  holds(
    fc.property(size, size, (members, certificates) => {
      const { nodes } = measured(
        `{ members(first: ${members}) { nodes { latestCertificates(first: ${certificates}) { id } } } }`,
      )
      return nodes >= members + members * certificates && nodes <= 2 * members * (1 + certificates)
    }) as never,
  )
})

t.test('texts of any kind are refused or read, and never break', async () => {
  const words = '{ } ( ) viewer name ...f : a $n 1 "x" query members first @skip(if: true) fragment f on Viewer'.split(
    ' ',
  )
  const pieces = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((some) => some.join(' '))
  holds(
    fc.property(fc.oneof(pieces, fc.string({ maxLength: 200 })), (text) => Array.isArray(refused(text))) as never,
    1_000,
  )
})

t.test('a document that was read is kept, and only so many are', async (t) => {
  const read = documentShelf(schema, 2)
  const [one, two, three] = [
    'query A { viewer { name } }',
    'query B { viewer { name } }',
    'query C { viewer { name } }',
  ]
  const kept = read(one!)
  read(two!)
  t.equal(read(one!), kept, 'the same again')
  read(three!)
  t.equal(read(one!), kept, 'what was used last stays')
  t.equal(read(two!).operationName, 'B')
})
