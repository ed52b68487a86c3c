import { sql } from 'drizzle-orm'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { openDatabase } from '../../src/store/database.ts'
import { addScope, changeStanding, memberInput, registerMember } from '../../src/usecases/members/manage-members.ts'
import { bodyOf, post } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { askGraphql } from '../support/graphql.ts'
import { newService, testConfig } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const server = await startTestServer()
t.teardown(() => server.stop())
const service = await newService(server, start)
t.teardown(() => service.close())
const secretariat = await service.bearer('secretariat')
const ask = (query: string, variables?: Record<string, unknown>) =>
  askGraphql(service.app, secretariat, query, variables ? { variables } : {})

/** Thirty members in all, each with three certificates. */
async function fill(): Promise<void> {
  const as = service.as('secretariat')
  const ids = [service.memberIds.a, service.memberIds.b]
  const since = plainDate('2024-01-02')
  for (let i = 0; i < 28; i += 1) {
    const mark = String(i).padStart(2, '0')
    const creditCode = makeCreditCode('91', '320100', `MA0XX3${mark}`)
    const input = { name: `示例第${mark}认证中心`, approvalNumber: `CNCA-R-2098-9${mark}`, creditCode }
    const { id } = await registerMember(service.registry, as, memberInput.parse(input))
    await changeStanding(service.registry, as, id, {
      standing: 'admitted',
      fromOn: since,
      reason: '示例',
      decidedBy: '示例',
    })
    await addScope(service.registry, as, id, { family: 'manufacturing', description: '示例', fromOn: since })
    ids.push(id)
  }
  for (const memberId of ids) {
    const own = { ...as, actor: { ...service.as('member').actor, memberId } }
    for (const which of ['x', 'y', 'z']) await post(service, bodyOf(`${memberId.slice(-6)}-${which}`), { as: own })
  }
}

t.before(fill)

t.test('page after page, every row comes once, with cursors that go on from any row', async (t) => {
  const query = `query Page($after: String) { certificates(first: 40, after: $after) {
    edges { cursor node { number } } nodes { number }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
  const numbers: string[] = []
  let after: string | null = null
  for (let pages = 0; pages < 3; pages += 1) {
    const { data, errors } = await ask(query, { after })
    t.notOk(errors)
    const { edges, nodes, pageInfo } = data.certificates
    t.same(
      edges.map(({ node }: { node: unknown }) => node),
      nodes,
    )
    t.match(pageInfo, {
      hasNextPage: pages < 2,
      hasPreviousPage: pages > 0,
      startCursor: edges[0].cursor,
      endCursor: edges.at(-1).cursor,
    })
    numbers.push(...nodes.map(({ number }: { number: string }) => number))
    after = pageInfo.endCursor
  }
  t.equal(new Set(numbers).size, 90)
  t.equal(numbers.length, 90)
  const { data: first } = await ask(query, {})
  const { data: middle } = await ask(query, { after: first.certificates.edges[9].cursor })
  t.equal(middle.certificates.nodes[0].number, numbers[10], 'from the tenth row on')
  const { data: none } = await ask(
    '{ certificates(number: "NOT-THERE") { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
  )
  t.same(none.certificates, {
    nodes: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  })
})

t.test('lists show what the lists of REST show, by the same filters', async (t) => {
  const rest = async (url: string) => (await service.app.inject({ url, headers: secretariat })).json().items
  const cases: readonly (readonly [string, string])[] = [
    [
      'obligations(first: 100, state: met_on_time, duty: feed_back)',
      '/v1/obligations?state=met_on_time&duty=feed_back',
    ],
    ['obligations(first: 100, on: "2027-01-01", state: overdue)', '/v1/obligations?on=2027-01-01&state=overdue'],
    [
      'certificates(first: 100, state: valid, family: manufacturing)',
      '/v1/certificates?state=valid&family=manufacturing',
    ],
    [
      'certificates(first: 100, on: "2029-11-01", expiringWithinDays: 30)',
      '/v1/certificates?on=2029-11-01&expiringWithinDays=30',
    ],
    ['members(first: 100, standing: admitted)', '/v1/members?standing=admitted'],
    ['results(first: 100, decidedFrom: "2026-11-16")', '/v1/results?decidedFrom=2026-11-16'],
    ['enterprises(first: 100, cityCode: "320100")', '/v1/enterprises?cityCode=320100'],
    ['assignments(first: 100, answer: waiting)', '/v1/assignments?answer=waiting'],
  ]
  for (const [field, url] of cases) {
    const name = field.split('(')[0]!
    const { data } = await ask(`{ ${field} { totalCount { count isExact } nodes { id } } }`)
    const items = await rest(url)
    t.same(
      data[name].nodes.map(({ id }: { id: string }) => id),
      items.map(({ id }: { id: string }) => id),
      field,
    )
    if (items.length < 100) t.same(data[name].totalCount, { count: items.length, isExact: true }, `${field}: counted`)
  }
  const { data } = await ask('{ certificates(first: 1) { totalCount { count isExact } nodes { id } } }')
  t.same([data.certificates.totalCount, data.certificates.nodes.length], [{ count: 90, isExact: true }, 1])
})

const membersFields = `members(first: $members) {
    totalCount { count }
    nodes {
      id name standing
      effects { mayBeAssigned mayIssue casesUnderWay surveillanceGoesOn } standings { standing fromOn } scopes { family holds } units { name } contacts { name } names { name }
      figures { liveCertificates { value asOf } expiring90 { value } overdue { value } onTimeToCnca { value numerator denominator } }
      latestCertificates(first: 10) { number holderName state validUntil events { action } enterprise { name } member { name } }
    }
  }`

const membersPart = `query Members($members: Int!) { ${membersFields} }`

const dashboard = `query Dashboard($members: Int!) {
  viewer { name role }
  alliance { figures { overdue { value } onTimeToCnca { value numerator denominator asOf } } membersByStanding { standing members { value } } }
  expiriesByMonth(months: 12) { month certificates { value } }
  workQueue { kind count { value } }
  ${membersFields}
  obligations(first: 20, state: open) { nodes { subject dueOn explanation { counted { on } } receipts { reportedOn } member { name } enterprise { name } } }
}`

t.test('a whole page of a dashboard costs a handful of statements, however many rows it has', async (t) => {
  const statements: string[] = []
  const watch = (text: string) => void statements.push(text)
  const { db, close } = openDatabase(service.urls.serviceUrl, { poolSize: 4, watch })
  t.teardown(close)
  const config = testConfig()
  const app = await buildApp({ config, registry: { ...service.registry, db, lists: db }, keys: service.keys })
  t.teardown(() => app.close())
  const cost = async (query: string, members: number) => {
    statements.length = 0
    const answer = await askGraphql(app, secretariat, query, { variables: { members } })
    t.same([answer.status, answer.errors], [200, undefined])
    t.equal(answer.data.members.nodes.length, members)
    t.equal(
      answer.data.members.nodes.every(
        ({ latestCertificates }: { latestCertificates: unknown[] }) => latestCertificates.length === 3,
      ),
      true,
    )
    return statements.length
  }
  await cost(dashboard, 1)
  t.ok((await cost(dashboard, 30)) <= 28, 'the whole page, twelve kinds of rows')
  // Alone, as what is asked for beside it may or may not come in time to share a batch.
  const [few, many] = [await cost(membersPart, 3), await cost(membersPart, 30)]
  t.equal(many, few, 'as many for 30 members as for 3')
  const plain = `query Plain($members: Int!) { members(first: $members) {
    nodes { name figures { overdue { value } } latestCertificates { number } } } }`
  t.ok((await cost(plain, 30)) <= 4, 'one for members, figures and latest certificates each, and the rule book')
  statements.length = 0
  await askGraphql(app, secretariat, '{ certificates { nodes { id } } }')
  t.notOk(
    statements.some((each) => each.includes('count(')),
    'nothing is counted that was not asked for',
  )
})

t.test('what hangs on a row is what the row of REST shows', async (t) => {
  const one = async (url: string) => (await service.app.inject({ url, headers: secretariat })).json()
  const { items } = await one('/v1/obligations?duty=report_to_cnca&limit=1')
  const rest = await one(`/v1/obligations/${items[0].id}`)
  const { data } = await ask(`{ obligation(id: "${rest.id}") {
    id duty state dueOn subject lateness { calendarDays } explanation { counted { on kind } skipped { on kind } limit { unit count day } clause ruleVersion calendarVersion provisional }
    receipts { id } member { id name } recordedAt } }`)
  const { explanation, ...shown } = data.obligation
  t.match(rest, {
    id: shown.id,
    duty: shown.duty,
    state: shown.state,
    dueOn: shown.dueOn,
    subject: shown.subject,
    recordedAt: shown.recordedAt,
  })
  t.same({ ...explanation, limit: { unit: explanation.limit.unit, count: explanation.limit.count } }, rest.explanation)
  const certificate = await one(`/v1/certificates/${rest.certificateId}`)
  const { data: other } = await ask(`{ certificate(id: "${rest.certificateId}") {
    id number state content { numberAsPrinted product { name models } client { name } standards further { name text } } obligations { id } suspensions { fromOn } events { id } actionsAllowed } }`)
  const { content, obligations, ...facts } = other.certificate
  t.match(certificate, { ...facts })
  t.match(certificate.content, { ...content, further: {} })
  t.same(
    obligations.map(({ id }: { id: string }) => id).sort(),
    certificate.obligations.map(({ id }: { id: string }) => id).sort(),
  )
  const { data: result } = await ask(
    `{ result(id: "${rest.resultId}") { id revisions { id revision } obligations { id } enterprise { name } } }`,
  )
  t.match(result.result, { id: rest.resultId, revisions: [{ id: rest.resultId, revision: 1 }] })
  t.equal(result.result.obligations.length, obligations.length)
})

t.test('one thing is shown as of the day asked for; what is reached from it, as of today', async (t) => {
  const one = async (url: string) => (await service.app.inject({ url, headers: secretariat })).json()
  const { items } = await one('/v1/obligations?duty=surveillance&limit=1')
  const [{ id, certificateId, memberId }] = items
  const { data, errors } = await ask(
    `query Then($longBefore: Day, $later: Day) {
      certificate(id: "${certificateId}", on: $longBefore) { state obligations { id state } }
      today: certificate(id: "${certificateId}") { state }
      obligation(id: "${id}", on: $later) { state }
      member(id: "${memberId}", on: $longBefore) { standing latestCertificates(first: 1) { state } }
      itsMember: certificate(id: "${certificateId}", on: $longBefore) { member { standing } } }`,
    { longBefore: '2020-01-01', later: '2099-01-01' },
  )
  t.notOk(errors)
  t.equal(data.certificate.state, (await one(`/v1/certificates/${certificateId}?on=2020-01-01`)).state)
  t.equal(data.obligation.state, (await one(`/v1/obligations/${id}?on=2099-01-01`)).state)
  t.equal(data.member.standing, (await one(`/v1/members/${memberId}?on=2020-01-01`)).standing)
  t.not(data.certificate.state, data.today.state)
  t.equal(data.obligation.state, 'overdue')
  const attached = data.certificate.obligations.find((each: { id: string }) => each.id === id)
  t.equal(attached.state, 'open', 'from the certificate: today')
  t.equal(data.member.latestCertificates[0].state, data.today.state)
  t.not(data.itsMember.member.standing, data.member.standing)
  const { errors: faults } = await ask(`{ certificate(id: "${certificateId}", on: "2020-02-30") { state } }`)
  t.ok(faults, 'no such day')
})

t.test('of each member two hundred names are shown, and those of one take none from another', async (t) => {
  const { db } = service.registry
  const { a, b } = service.memberIds
  await db.execute(sql`
    insert into member_names (id, member_id, name, recorded_at, recorded_by)
    select gen_random_uuid(), ${a}, '示例曾用名' || n, ${start}::timestamptz + n * interval '1 s', 'test' from generate_series(1, 250) n`)
  const { data } = await ask(`{ a: member(id: "${a}") { names { name } } b: member(id: "${b}") { names { name } } }`)
  const shown = (await service.app.inject({ url: `/v1/members/${a}`, headers: secretariat })).json()
  t.equal(data.a.names.length, 200)
  t.same(
    data.a.names.map(({ name }: { name: string }) => name),
    shown.names.map(({ name }: { name: string }) => name),
    'the first ones, as by REST',
  )
  const [own] = await db.execute<{ names: number }>(
    sql`select count(*)::int as names from member_names where member_id = ${b}`,
  )
  t.equal(data.b.names.length, own?.names)
})
