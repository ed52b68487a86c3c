import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import postgres, { type Row } from 'postgres'
import { dashboardRows } from './bare/dashboard.ts'
import { connection, expiringRows, overdueRows, page } from './bare/lists.ts'
import { postingBy } from './bare/posting.ts'
import { verify } from './bare/verification.ts'
import { countWorkingDays } from './bare/working-days.ts'

/**
 * The same questions by the plain driver behind `node:http`: no framework, no sign-in, its own SQL, `JSON.stringify`.
 * What the bench measures the service against. Started as a process of its own: `bare.js DATABASE_URL PORT [SCRIPTS]`.
 */
const [url = '', port = '0', scripts] = process.argv.slice(2)
// Compiling costs a question of many index ranges more than it gains; the service has it off, too.
const sql = postgres(url, { max: 10, onnotice: () => {}, connection: { jit: 'off' } })
const post = scripts === undefined ? null : postingBy(url, scripts)
const workingDays = await countWorkingDays(sql)

type Asked = { readonly path: string; readonly query: URLSearchParams; readonly request: IncomingMessage }

const routes: readonly (readonly [prefix: string, answer: (asked: Asked) => Promise<unknown>])[] = [
  ['/v1/obligations', ({ query }) => overdue(query)],
  ['/v1/certificates', ({ query }) => expiring(query)],
  ['/v1/verify/', ({ query, path }) => verify(sql, query, path)],
  ['/v1/dashboards/members', ({ query }) => dashboard(query)],
  [
    '/v1/results',
    async ({ request }) =>
      post?.(String(request.headers['idempotency-key']), (await json(request)) as { memberId: string }),
  ],
  ['/graphql', async ({ request }) => graphql((await json(request)) as Operation)],
]

createServer((request, response) => {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://bare')
  const answer = routes.find(([prefix]) => pathname.startsWith(prefix))?.[1]
  const asked = { path: decodeURIComponent(pathname), query, request }
  const answered = answer ? answer(asked) : Promise.resolve(null)
  answered.then(
    (body) => response.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(body)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
}).listen(Number(port), '127.0.0.1')

async function overdue(query: URLSearchParams) {
  const first = Number(query.get('limit'))
  const rows = await overdueRows(sql, workingDays, { dueAfter: query.get('dueAfter') ?? '', first })
  return page('obligations', rows, first, 'dueOn')
}

async function expiring(query: URLSearchParams) {
  const first = Number(query.get('limit'))
  const expiringWithinDays = Number(query.get('expiringWithinDays'))
  const rows = await expiringRows(sql, { on: query.get('on') ?? '', expiringWithinDays, first })
  return page('certificates', rows, first, 'validUntil')
}

async function dashboard(query: URLSearchParams) {
  const first = Number(query.get('limit'))
  const rows = await dashboardRows(sql, workingDays, { first, latest: Number(query.get('latestCertificates')) })
  return page('members', rows, first, 'name')
}

type Operation = { readonly operationName: string; readonly variables: never }

const operations: Readonly<Record<string, (variables: never) => Promise<unknown>>> = {
  Overdue: async (variables: Parameters<typeof overdueRows>[2]) => {
    const rows = await overdueRows(sql, workingDays, variables)
    const obligations = rows.map(({ explainsId: _, family: __, ...row }) => row)
    return { obligations: connection('obligations', obligations, variables.first, 'dueOn') }
  },
  Expiring: async (variables: Parameters<typeof expiringRows>[1]) => {
    const rows = await expiringRows(sql, variables)
    return { certificates: connection('certificates', rows.map(furtherAsList), variables.first, 'validUntil') }
  },
  Members: async (variables: Parameters<typeof dashboardRows>[2]) => {
    const rows = await dashboardRows(sql, workingDays, variables)
    const members = rows.map(({ member, figures, latestCertificates }) => ({
      ...member,
      figures,
      latestCertificates: latestCertificates.map(furtherAsList),
    }))
    return { members: connection('members', members, variables.first, 'name') }
  },
}

/** Which document it is, its operation says; it is neither parsed nor validated here. */
async function graphql({ operationName, variables }: Operation) {
  return { data: await operations[operationName]?.(variables) }
}

function furtherAsList(row: Row): Row {
  const further = Object.entries(row.content.further).map(([name, text]) => ({ name, text }))
  return { ...row, content: { ...row.content, further } }
}
