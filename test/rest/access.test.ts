import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify'
import postgres from 'postgres'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { accessMatrix, type Permission, type Role, roles } from '../../src/domain/access.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { startTestServer } from '../support/databases.ts'
import { newService, resultBody, type TestService, testConfig } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const unknownId = '01958d5e-0000-7000-8000-000000000000'
const server = await startTestServer()
t.teardown(() => server.stop())

/** Who may use which route, written down a second time: a route that is not here, or has another rule, is an error. */
const rules: Readonly<Record<string, Permission | 'public'>> = {
  'GET /health/live': 'public',
  'GET /health/ready': 'public',
  'GET /metrics': 'metrics.read',
  'GET /openapi.json': 'public',
  'GET /.well-known/jwks.json': 'public',
  'GET /v1/verify': 'public',
  'GET /v1/verify/:number': 'public',
  'GET /v1/calendar': 'public',
  'GET /v1/calendar/due': 'public',
  'GET /v1/deadline-rules': 'public',
  'GET /v1/escalation-rules': 'public',
  'GET /v1/problems': 'public',
  'GET /v1/problems/:code': 'public',
  'POST /oauth/token': 'public',
  'POST /v1/session': 'public',
  'POST /v1/session/refresh': 'public',
  'GET /v1/session': 'session.read',
  'DELETE /v1/session': 'session.read',
  'PUT /v1/session/password': 'session.read',
  'GET /v1/sessions': 'session.read',
  'DELETE /v1/sessions/:id': 'session.read',
  'GET /v1/accounts': 'accounts.manage',
  'POST /v1/accounts': 'accounts.manage',
  'PATCH /v1/accounts/:id': 'accounts.manage',
  'GET /v1/accounts/:id/sessions': 'accounts.manage',
  'DELETE /v1/accounts/:id/sessions': 'accounts.manage',
  'GET /v1/clients': 'accounts.manage',
  'POST /v1/clients': 'accounts.manage',
  'PATCH /v1/clients/:id': 'accounts.manage',
  'GET /v1/clients/:id/secrets': 'accounts.manage',
  'POST /v1/clients/:id/secrets': 'accounts.manage',
  'DELETE /v1/clients/:id/secrets/:secretId': 'accounts.manage',
  'GET /v1/members': 'members.read',
  'GET /v1/members/:id': 'members.read',
  'POST /v1/members': 'members.write',
  'PATCH /v1/members/:id': 'members.write',
  'POST /v1/members/:id/standings': 'members.write',
  'POST /v1/members/:id/scopes': 'members.write',
  'POST /v1/members/:id/scopes/:scopeId/end': 'members.write',
  'POST /v1/members/:id/units': 'members.write',
  'POST /v1/members/:id/contacts': 'members.write',
  'GET /v1/measures': 'measures.read',
  'GET /v1/measures/:id': 'measures.read',
  'POST /v1/members/:id/measures': 'measures.propose',
  'POST /v1/measures/:id/reply': 'measures.answer',
  'POST /v1/measures/:id/decision': 'measures.decide',
  'POST /v1/measures/:id/plan': 'measures.answer',
  'POST /v1/measures/:id/report': 'measures.answer',
  'POST /v1/measures/:id/appeal': 'measures.answer',
  'POST /v1/measures/:id/appeal-decision': 'appeals.decide',
  'POST /v1/measures/:id/conclusion': 'measures.decide',
  'GET /v1/ladder-rules': 'public',
  'POST /v1/ladder-rules': 'calendar.manage',
  'GET /v1/applications': 'members.read',
  'POST /v1/members/:id/applications': 'members.write',
  'POST /v1/applications/:id/closing': 'members.write',
  'GET /v1/members/:id/admission-checks': 'members.read',
  'POST /v1/members/:id/admission-checks': 'members.write',
  'POST /v1/members/:id/approval-revocation': 'approvals.revoke',
  'POST /v1/members/:id/approval-revocation/lifting': 'approvals.revoke',
  'GET /v1/members/:id/left-certificates': 'dispositions.read',
  'GET /v1/dispositions': 'dispositions.read',
  'POST /v1/certificates/:id/disposition': 'dispositions.decide',
  'POST /v1/dispositions/:id/answer': 'dispositions.answer',
  'POST /v1/public/complaints': 'public',
  'POST /v1/public/complaints/state': 'public',
  'GET /v1/complaints': 'complaints.read',
  'POST /v1/complaints': 'complaints.file',
  'POST /v1/complaints/:id/dismissal': 'conduct.manage',
  'GET /v1/complaints/:id/author': 'complainants.read',
  'DELETE /v1/complaints/:id/author': 'conduct.manage',
  'GET /v1/conduct-cases': 'conduct.read',
  'GET /v1/conduct-cases/:id': 'conduct.read',
  'POST /v1/conduct-cases': 'penalties.record',
  'POST /v1/conduct-cases/:id/reply': 'conduct.reply',
  'POST /v1/conduct-cases/:id/conclusion': 'conduct.manage',
  'POST /v1/conduct-cases/:id/annulment': 'findings.annul',
  'POST /v1/conduct-cases/:id/assignee': 'conduct.manage',
  'GET /v1/conduct-cases/:id/author': 'complainants.read',
  'GET /v1/findings': 'conduct.read',
  'GET /v1/findings/:id': 'conduct.read',
  'GET /v1/findings/:id/evidence': 'evidence.read',
  'POST /v1/findings/:id/annulment': 'findings.annul',
  'GET /v1/evidence-packs': 'evidence.read',
  'POST /v1/evidence-packs': 'evidence.read',
  'GET /v1/evidence-packs/:id': 'evidence.read',
  'POST /v1/findings/:id/correction': 'conduct.manage',
  'GET /v1/obligations/:id/evidence': 'evidence.read',
  'GET /v1/members/:id/evidence': 'evidence.read',
  'GET /v1/referrals': 'referrals.read',
  'GET /v1/referrals/:id': 'referrals.read',
  'POST /v1/referrals': 'referrals.make',
  'POST /v1/referrals/:id/answer': 'referrals.answer',
  'GET /v1/secretariat-appointments': 'alliance.read',
  'POST /v1/secretariat-appointments': 'appointments.record',
  'POST /v1/secretariat-appointments/:id/end': 'appointments.record',
  'GET /v1/inactive-members': 'alliance.oversee',
  'GET /v1/members/:id/inactivity-reviews': 'alliance.oversee',
  'POST /v1/members/:id/inactivity-reviews': 'alliance.write',
  'GET /v1/alliance-documents': 'alliance.read',
  'GET /v1/alliance-documents/:id': 'alliance.read',
  'POST /v1/alliance-documents': 'alliance.write',
  'POST /v1/alliance-documents/:id/acknowledgement': 'documents.acknowledge',
  'GET /v1/alliance-documents/:id/acknowledgements': 'alliance.oversee',
  'GET /v1/indicators': 'indicators.read',
  'GET /v1/rankings': 'rankings.read',
  'GET /v1/members/:id/indicator-rows': 'rankings.read',
  'GET /v1/capacity-needs': 'needs.read',
  'GET /v1/ranking-policies': 'policies.read',
  'POST /v1/ranking-policies': 'policies.write',
  'POST /v1/ranking-policies/preview': 'policies.write',
  'GET /v1/charts/funnel': 'rankings.read',
  'GET /v1/charts/rank-intervals': 'rankings.read',
  'GET /v1/charts/trend': 'rankings.read',
  'GET /v1/charts/expiries': 'certificates.read',
  'GET /v1/announcements': 'announcements.read',
  'POST /v1/announcements': 'announcements.draft',
  'GET /v1/announcements/:id': 'announcements.read',
  'PATCH /v1/announcements/:id': 'announcements.draft',
  'DELETE /v1/announcements/:id': 'announcements.draft',
  'GET /v1/announcements/unmatched-lines': 'announcements.read',
  'POST /v1/announcements/:id/lines/:place/match': 'announcements.publish',
  'PUT /v1/announcements/:id/lines': 'announcements.draft',
  'POST /v1/announcements/:id/file': 'announcements.draft',
  'GET /v1/announcements/:id/file': 'announcements.read',
  'POST /v1/announcements/:id/publication': 'announcements.publish',
  'GET /v1/public/announcements': 'public',
  'GET /v1/public/announcements/:id/products': 'public',
  'GET /v1/public/products': 'public',
  'GET /v1/public/products/page': 'public',
  'GET /v1/public/products/totals': 'public',
  'GET /v1/public/snapshots': 'public',
  'GET /v1/public/snapshots/dictionary': 'public',
  'GET /v1/public/snapshots/:month/csv': 'public',
  'GET /v1/public/snapshots/:month/json': 'public',
  'GET /v1/annual-reports': 'reports.read',
  'GET /v1/annual-reports/:year': 'reports.read',
  'POST /v1/annual-reports/:year': 'reports.write',
  'PUT /v1/annual-reports/settings': 'reports.write',
  'PUT /v1/annual-reports/:year/paragraphs/:section/:place': 'reports.write',
  'GET /v1/annual-reports/:year/paragraphs/:section/:place': 'reports.read',
  'GET /v1/annual-reports/:year/draft': 'reports.read',
  'GET /v1/annual-reports/:year/figures': 'reports.read',
  'GET /v1/annual-reports/:year/figures/:id': 'reports.read',
  'GET /v1/annual-reports/:year/preview': 'reports.read',
  'POST /v1/annual-reports/:year/freezes': 'reports.write',
  'GET /v1/annual-reports/:year/freezes/:number/document': 'reports.read',
  'GET /v1/annual-reports/:year/freezes/:number/annex': 'reports.read',
  'GET /v1/annual-reports/:year/freezes/:number/recomputation': 'reports.read',
  'POST /v1/annual-reports/:year/submission': 'reports.write',
  'POST /v1/annual-reports/:year/answer': 'reports.answer',
  'GET /v1/bulletins': 'bulletins.read',
  'POST /v1/bulletins': 'bulletins.manage',
  'GET /v1/bulletins/:id': 'bulletins.read',
  'POST /v1/bulletins/:id/withdrawal': 'bulletins.manage',
  'POST /v1/bulletins/:id/disputes': 'bulletins.dispute',
  'POST /v1/bulletin-disputes/:id/resolution': 'bulletins.manage',
  'POST /v1/bulletins/:id/decisions': 'bulletins.manage',
  'POST /v1/bulletins/:id/publication': 'bulletins.manage',
  'GET /v1/bulletins/:id/document': 'bulletins.read',
  'GET /v1/bulletins/:id/annex': 'bulletins.read',
  'GET /v1/bulletins/:id/recomputation': 'bulletins.manage',
  'GET /v1/bulletins/:id/difference': 'bulletins.read',
  'GET /v1/signals': 'signals.read',
  'POST /v1/certificates/:id/survey-link': 'surveys.send',
  'GET /v1/members/:id/survey': 'surveys.read',
  'GET /v1/public/survey-questions': 'public',
  'POST /v1/public/survey-answers': 'public',
  'POST /v1/conduct-cases/:id/attachments': 'conduct.attach',
  'GET /v1/conduct-cases/:id/attachments': 'conduct.read',
  'GET /v1/attachments/:id': 'conduct.read',
  'POST /v1/members/:id/merger': 'members.write',
  'POST /v1/members/:id/merger/annulment': 'members.write',
  'GET /v1/enterprises': 'enterprises.read',
  'GET /v1/enterprises/:id': 'enterprises.read',
  'POST /v1/enterprises': 'enterprises.write',
  'PATCH /v1/enterprises/:id': 'enterprises.write',
  'GET /v1/schemes': 'schemes.read',
  'POST /v1/schemes': 'schemes.write',
  'POST /v1/schemes/:code/versions': 'schemes.write',
  'GET /v1/assignments': 'assignments.read',
  'GET /v1/assignments/:id': 'assignments.read',
  'POST /v1/assignments': 'assignments.write',
  'POST /v1/assignments/:id/fee': 'assignments.write',
  'POST /v1/assignments/:id/answer': 'assignments.answer',
  'GET /v1/assignments/eligibility': 'eligibility.read',
  'GET /v1/assignments/ledger': 'ledger.read',
  'GET /v1/conflicts-of-interest': 'conflicts.read',
  'POST /v1/conflicts-of-interest': 'conflicts.declare',
  'POST /v1/conflicts-of-interest/:id/end': 'conflicts.end',
  'GET /v1/capacities': 'capacities.read',
  'POST /v1/capacities': 'capacities.state',
  'GET /v1/batches': 'batches.read',
  'POST /v1/batches': 'batches.manage',
  'GET /v1/batches/:id': 'batches.read',
  'POST /v1/batches/:id/proposals': 'batches.manage',
  'GET /v1/batches/:id/proposals/:proposalId': 'batches.read',
  'GET /v1/batches/:id/proposals/:proposalId/input': 'batches.read',
  'GET /v1/batches/:id/proposals/:proposalId/lines': 'batches.read',
  'POST /v1/batches/:id/proposals/:proposalId/changes': 'batches.manage',
  'POST /v1/batches/:id/issue': 'batches.manage',
  'GET /v1/results': 'results.read',
  'GET /v1/results/:id': 'results.read',
  'POST /v1/results': 'results.post',
  'POST /v1/results/:id/corrections': 'results.correct',
  'POST /v1/results/:id/approval': 'results.approve',
  'POST /v1/endings': 'endings.record',
  'GET /v1/attempts': 'attempts.read',
  'GET /v1/certificates': 'certificates.read',
  'GET /v1/certificates/:id': 'certificates.read',
  'POST /v1/certificates/:id/actions': 'certificates.act',
  'GET /v1/obligations': 'obligations.read',
  'GET /v1/obligations/:id': 'obligations.read',
  'POST /v1/obligations/:id/receipts': 'receipts.record',
  'POST /v1/obligations/:id/receipts/:receiptId/reviews': 'receipts.review',
  'POST /v1/obligations/:id/waiver': 'waivers.propose',
  'POST /v1/obligations/:id/waiver/confirmation': 'waivers.confirm',
  'POST /v1/obligations/:id/waiver/refusal': 'waivers.confirm',
  'GET /v1/imports': 'imports.read',
  'POST /v1/imports': 'imports.run',
  'GET /v1/imports/:id': 'imports.read',
  'GET /v1/imports/:id/rows': 'imports.read',
  'GET /v1/import-mappings': 'imports.read',
  'PUT /v1/import-mappings/:name': 'imports.run',
  'GET /v1/reconciliations': 'reconciliations.read',
  'POST /v1/reconciliations': 'reconciliations.run',
  'GET /v1/reconciliations/export': 'reconciliations.read',
  'GET /v1/reconciliations/:id': 'reconciliations.read',
  'GET /v1/reconciliations/:id/entries': 'reconciliations.read',
  'POST /v1/reconciliations/:id/entries/:entryId/owner': 'reconciliations.conclude',
  'POST /v1/reconciliations/:id/entries/:entryId/conclusion': 'reconciliations.conclude',
  'POST /v1/calendar/versions': 'calendar.manage',
  'POST /v1/deadline-rules': 'calendar.manage',
  'POST /v1/escalation-rules': 'calendar.manage',
  'GET /v1/events': 'events.read',
  'GET /v1/dashboards/members': 'obligations.read',
  'GET /v1/dashboards/alliance': 'obligations.read',
  'GET /v1/dashboards/expiries': 'certificates.read',
  'GET /v1/work-queue': 'session.read',
  'GET /v1/changes': 'changes.read',
  // Explanations, notices, webhooks and jobs
  'GET /v1/explanations': 'obligations.read',
  'POST /v1/obligations/:id/explanation': 'explanations.write',
  'POST /v1/explanations/:id/decision': 'explanations.decide',
  'GET /v1/notices': 'notices.read',
  'GET /v1/surveillance/visits': 'visits.read',
  'GET /v1/surveillance/suggestions': 'visits.read',
  'POST /v1/certificates/:id/visits': 'visits.record',
  'GET /v1/notice-deliveries': 'notices.manage',
  'POST /v1/notice-deliveries/:id/retry': 'notices.manage',
  'GET /v1/notice-recipients': 'notices.manage',
  'POST /v1/notice-recipients': 'notices.manage',
  'DELETE /v1/notice-recipients/:id': 'notices.manage',
  'GET /v1/webhooks': 'webhooks.manage',
  'POST /v1/webhooks': 'webhooks.manage',
  'DELETE /v1/webhooks/:id': 'webhooks.manage',
  'POST /v1/webhooks/:id/replay': 'webhooks.manage',
  'GET /v1/jobs': 'jobs.read',
  'POST /v1/jobs/:name/runs': 'jobs.run',
  'GET /graphql': 'session.read',
  'POST /graphql': 'session.read',
  'GET /graphiql': 'public',
  'GET /graphiql/page.js': 'public',
  'GET /graphiql/page.css': 'public',
  'GET /graphiql/graphiql.min.js': 'public',
  'GET /graphiql/graphiql.min.css': 'public',
  'GET /graphiql/react.production.min.js': 'public',
  'GET /graphiql/react-dom.production.min.js': 'public',
}

/** Finer than the route: a mapping is for everybody, so a member may not keep one though it may import (R6). */
const closedToMembers = ['PUT /v1/import-mappings/:name']

/** A machine has no session of its own, so it is told that these are for people. */
const forPeople = ['DELETE /v1/session', 'GET /v1/sessions', 'DELETE /v1/sessions/:id']

type Route = { readonly method: string; readonly url: string }

/** The service, and every route that was registered while it was built. */
async function serviceWithRoutes(): Promise<{ service: TestService; routes: Route[] }> {
  const seen: RouteOptions[] = []
  const watch = (message: unknown) =>
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => void seen.push(route))
  subscribe('fastify.initialization', watch)
  const service = await newService(server, start)
  unsubscribe('fastify.initialization', watch)
  const routes = seen.flatMap(({ method, url }) => [method].flat().map((each) => ({ method: each, url })))
  return { service, routes }
}

const { service, routes } = await serviceWithRoutes()
t.teardown(() => service.close())
const { app, memberIds } = service

const nameOf = ({ method, url }: Route) => `${method === 'HEAD' ? 'GET' : method} ${url}`
const isReference = ({ method, url }: Route) => url.startsWith('/docs') || method === 'OPTIONS'
const filledIn = (url: string) =>
  url
    .replace(':name', 'some-mapping')
    .replace(':number', 'SL-1')
    .replace(':code', 'forbidden')
    .replace(/:\w+/g, unknownId)

type Answer = { status: number; body: ReturnType<typeof JSON.parse>; text: string }

async function ask(options: InjectOptions): Promise<Answer> {
  const { statusCode: status, body: text, headers } = await app.inject(options)
  const isJson = /json/.test(String(headers['content-type'])) && text !== ''
  return { status, text, body: isJson ? JSON.parse(text) : undefined }
}

const visit = ({ method, url }: Route, headers: Record<string, string> = {}) =>
  ask({
    method: method as 'GET',
    url: filledIn(url),
    headers,
    ...(['POST', 'PUT', 'PATCH'].includes(method) ? { payload: {} } : {}),
  })

t.test('every route that is registered is in the table of rules, and the other way round', async (t) => {
  const registered = new Set(routes.filter((route) => !isReference(route)).map(nameOf))
  t.same([...registered].sort(), Object.keys(rules).sort())
})

t.test('nobody gets past a route that is not public', async (t) => {
  for (const route of routes.filter((route) => !isReference(route))) {
    const { status, body } = await visit(route)
    if (rules[nameOf(route)] === 'public')
      t.notOk(
        [401, 403].includes(status) && body?.code !== 'credentials_wrong' && body?.error === undefined,
        `${nameOf(route)} is public`,
      )
    else if (route.method === 'HEAD') t.equal(status, 401, `HEAD ${route.url}`)
    else t.match({ status, body }, { status: 401, body: { code: 'unauthenticated', status: 401 } }, nameOf(route))
  }
})

t.test('a token that is over, broken or of nobody opens nothing', async (t) => {
  const { authorization } = await service.bearer('secretariat')
  const tokens: Record<string, string> = {
    garbage: 'Bearer x.y.z',
    'a cut signature': authorization.slice(0, -10),
    'another scheme': authorization.replace('Bearer', 'Basic'),
    'of nobody': `Bearer ${app.issueToken({ kind: 'person', id: unknownId, name: '', role: 'secretariat', memberId: null }, unknownId).token}`,
  }
  const kept = routes.filter((route) => !isReference(route) && rules[nameOf(route)] !== 'public')
  for (const route of kept) {
    for (const [name, token] of Object.entries(tokens))
      t.equal((await visit(route, { authorization: token })).status, 401, `${nameOf(route)}, ${name}`)
  }
  service.clock.set('2026-11-20T02:30:01Z')
  for (const route of kept) t.equal((await visit(route, { authorization })).status, 401, `${nameOf(route)}, expired`)
  service.clock.set(start)
})

const actors: readonly (readonly [Role, 'a' | 'b'])[] = [...roles.map((role) => [role, 'a'] as const), ['member', 'b']]

for (const [role, member] of actors) {
  t.test(
    `the role ${role}${role === 'member' ? ` ${member}` : ''} reaches what the table of access gives it, and no more`,
    async (t) => {
      const headers = await service.bearer(role, member)
      for (const route of routes.filter((route) => !isReference(route))) {
        const name = nameOf(route)
        const rule = rules[name]
        if (rule === undefined || rule === 'public') continue
        const mayUse = accessMatrix[rule][role] !== 'none' && !(role === 'member' && closedToMembers.includes(name))
        const { status, body } = await visit(route, headers)
        if (role === 'monitor' && forPeople.includes(name))
          t.match({ status, code: body?.code ?? 'HEAD' }, { status: 403, code: /^(person_expected|HEAD)$/ }, name)
        else if (mayUse) t.notOk([401, 403, 500].includes(status), `${name} is open, and answers ${status}`)
        else if (route.method === 'HEAD') t.equal(status, 403, `HEAD ${route.url}`)
        else t.match({ status, body }, { status: 403, body: { code: 'forbidden' } }, `${name} is closed`)
      }
    },
  )
}

t.test('everybody ends sessions of his own, and nobody those of another', async (t) => {
  for (const role of roles.filter((role) => role !== 'monitor')) {
    const headers = await service.bearer(role)
    const own = await ownSession(headers)
    for (const other of roles.filter((other) => other !== role && other !== 'monitor')) {
      const url = `/v1/sessions/${await ownSession(await service.bearer(other))}`
      t.match(await ask({ method: 'DELETE', url, headers }), { status: 404 }, `${role}, of ${other}`)
    }
    t.equal((await ask({ method: 'DELETE', url: `/v1/sessions/${own}`, headers })).status, 204, role)
    t.equal((await ask({ method: 'DELETE', url: `/v1/sessions/${own}`, headers })).status, 404, `${role}, twice`)
  }
  const machine = await service.bearer('monitor')
  t.match(await ask({ url: '/v1/sessions', headers: machine }), { status: 403, body: { code: 'person_expected' } })
})

t.test('a route without an access rule is not registered', async (t) => {
  const config = testConfig()
  const build = () => buildApp({ config, registry: service.registry, keys: service.keys })
  const direct = await build()
  t.teardown(() => direct.close())
  t.throws(() => direct.get('/v1/unruled', async () => 'data'), /GET \/v1\/unruled has no access rule/)
  const plugged = await build()
  plugged.register(async (scope) => {
    scope.post('/v1/unruled', async () => 'data')
  })
  await t.rejects(async () => void (await plugged.ready()), /POST \/v1\/unruled has no access rule/)
  const described = await build()
  t.teardown(() => described.close())
  t.doesNotThrow(() => described.get('/v1/ruled', { config: { access: 'events.read' } }, async () => 'data'))
  t.equal((await described.inject({ url: '/v1/ruled' })).statusCode, 401)
})

// ---- Own and foreign rows

/** A little of everything that belongs to one member; ids by name. */
async function fill(member: 'a' | 'b', organisation: string) {
  const own = await service.bearer('member', member)
  const secretariat = await service.bearer('secretariat')
  const memberId = memberIds[member]
  const enterprise = {
    creditCode: makeCreditCode('91', '320100', organisation),
    name: `示例企业${member}`,
    cityCode: '320100',
  }
  const send = async (headers: Record<string, string>, url: string, payload: object) => {
    const key = { 'idempotency-key': `${member}-${url}` }
    const answer = await ask({ method: 'POST', url, headers: { ...headers, ...key }, payload })
    if (answer.status >= 300) throw new Error(`${url}: ${answer.text}`)
    return answer.body
  }
  const assigned = {
    memberId,
    enterprise,
    kind: 'product',
    productName: `示例产品${member}`,
    family: 'manufacturing',
    standards: ['Q/EXAMPLE 001-2025'],
    mode: 'secretariat_assigned',
    assignedOn: '2026-11-01',
  }
  const waiting = await send(secretariat, '/v1/assignments', assigned)
  const posted = await send(
    own,
    '/v1/results',
    resultBody({ enterprise, memberReference: `R-${member}` }, { number: `NO-${member}-1` }),
  )
  const report = posted.obligations.find(({ duty }: { duty: string }) => duty === 'report_to_cnca')
  const received = await send(own, `/v1/obligations/${report.id}/receipts`, {
    reportedOn: '2026-11-20',
    receiptNumber: `receipt-of-${member}`,
  })
  await send(own, `/v1/certificates/${posted.certificate.id}/visits`, {
    outcome: 'nonconforming',
    visitedOn: '2026-11-20',
    summary: `visit-of-${member}`,
  })
  const measure = await send(secretariat, `/v1/members/${memberId}/measures`, {
    kind: 'reminder',
    reasons: `measure-of-${member}`,
  })
  await send(secretariat, '/v1/complaints', {
    text: `complaint-of-${member}`,
    memberNamed: '示例',
    complainant: { name: '示例来信人' },
    mayBeNamed: true,
  })
  const { items: complaints } = (await ask({ url: '/v1/complaints', headers: secretariat })).body
  const complaint = complaints.find(({ text }: { text: string }) => text === `complaint-of-${member}`).id
  const conductCase = await send(secretariat, '/v1/conduct-cases', {
    source: 'complaint',
    complaintId: complaint,
    memberId,
    words: `case-of-${member}`,
    occurredOn: '2026-11-19',
  })
  const attached = await ask({
    method: 'POST',
    url: `/v1/conduct-cases/${conductCase.id}/attachments?fileName=${member}.pdf`,
    headers: { ...own, 'content-type': 'application/pdf' },
    payload: '%PDF-1.7 example',
  })
  if (attached.status !== 201) throw new Error(attached.text)
  const { body: audited } = await ask({
    method: 'POST',
    url: '/v1/conduct-cases',
    headers: secretariat,
    payload: {
      source: 'penalty',
      document: '示例',
      memberId,
      words: `penalty-of-${member}`,
      occurredOn: '2026-11-19',
    },
  })
  const { body: concluded } = await ask({
    method: 'POST',
    url: `/v1/conduct-cases/${audited.id}/conclusion`,
    headers: secretariat,
    payload: {
      outcome: 'substantiated',
      words: '示例',
      findings: [{ kind: 'data_late', grade: 'general', words: `finding-of-${member}` }],
    },
  })
  const ending = await send(secretariat, '/v1/endings', {
    memberId,
    certificateNumber: `NO-${member}-2`,
    productName: `示例另一产品${member}`,
    decidedOn: '2026-11-10',
    source: 'cnca_list',
    evidence: '示例',
  })
  await ask({ method: 'POST', url: '/v1/results', headers: own, payload: { memberReference: `attempt-of-${member}` } })
  const hook = await send(own, '/v1/webhooks', { url: `https://example.org/hook-of-${member}` })
  const overdueId = await overdueObligation(own, member)
  const explained = await send(own, `/v1/obligations/${overdueId}/explanation`, { text: `explanation-of-${member}` })
  const imported = await ask({
    method: 'POST',
    url: `/v1/imports?fileName=file-of-${member}.csv`,
    headers: { ...own, 'content-type': 'text/csv' },
    payload: `kind,memberReference,enterprise.creditCode,enterprise.name,family,decidedOn\nissue,import-of-${member},x,示例,manufacturing,2026-11-16\n`,
  })
  if (imported.status !== 202) throw new Error(imported.text)
  await finished('imports', imported.body.id, secretariat)
  const reconciled = await ask({
    method: 'POST',
    url: `/v1/reconciliations?source=member&fileName=list-of-${member}.csv`,
    headers: { ...own, 'content-type': 'text/csv' },
    payload: `number,holderName\nNO-${member}-9,示例企业${member}\n`,
  })
  if (reconciled.status !== 202) throw new Error(reconciled.text)
  await finished('reconciliations', reconciled.body.id, secretariat)
  const entries = await ask({
    url: `/v1/reconciliations/${reconciled.body.id}/entries?kind=missing_here`,
    headers: own,
  })
  return {
    member: memberId,
    enterprise: posted.result.enterpriseId,
    assignment: waiting.id,
    result: posted.result.id,
    certificate: posted.certificate.id,
    obligation: report.id,
    receipt: received.receipt.id,
    ending: ending.ending.id,
    import: imported.body.id,
    session: await ownSession(own),
    reconciliation: reconciled.body.id,
    entry: entries.body.items[0].id,
    webhook: hook.id,
    overdue: overdueId,
    explanation: explained.id,
    measure: measure.id,
    complaint,
    case: conductCase.id,
    attachment: attached.body.id,
    finding: concluded.findings[0].id,
  }
}

async function ownSession(headers: Record<string, string>): Promise<string> {
  const { body } = await ask({ url: '/v1/sessions', headers })
  return body.items.find(({ isCurrent }: { isCurrent: boolean }) => isCurrent).id
}

/** A report to CNCA that was due before this day, of a result of that member. */
async function overdueObligation(own: Record<string, string>, member: 'a' | 'b'): Promise<string> {
  const enterprise = {
    creditCode: makeCreditCode('91', '320100', member === 'a' ? 'MA0XX201' : 'MA0XX202'),
    name: `示例企业${member}`,
    cityCode: '320100',
  }
  const { body, text } = await ask({
    method: 'POST',
    url: '/v1/results',
    headers: { ...own, 'idempotency-key': `overdue-of-${member}` },
    payload: resultBody(
      { enterprise, memberReference: `R-${member}-overdue`, decidedOn: '2026-11-02' },
      { number: `NO-${member}-3`, issuedOn: '2026-11-02', validUntil: '2029-11-01' },
    ),
  })
  const report = body?.obligations?.find(({ duty }: { duty: string }) => duty === 'report_to_cnca')
  if (report?.state !== 'overdue') throw new Error(text)
  return report.id
}

type Things = Awaited<ReturnType<typeof fill>>

async function finished(
  list: 'imports' | 'reconciliations',
  id: string,
  headers: Record<string, string>,
): Promise<void> {
  const until = performance.now() + 20_000
  while ((await ask({ url: `/v1/${list}/${id}`, headers })).body.status === 'running') {
    if (performance.now() > until) throw new Error(`${list}: one does not end`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

let things = {} as { a: Things; b: Things }
t.before(async () => {
  things = { a: await fill('a', 'MA0XX201'), b: await fill('b', 'MA0XX202') }
  // So that there are notices to each of them.
  const headers = await service.bearer('administrator')
  const { status } = await ask({ method: 'POST', url: '/v1/jobs/obligation-notices/runs', headers, payload: {} })
  if (status !== 201) throw new Error('the job did not run')
})

/** Every request by which a member can name a row of one member: the route, and the request with the ids filled in. */
function requestsFor(ids: Things): Record<string, InjectOptions & { csv?: boolean }> {
  const post = (url: string, payload: object): InjectOptions => ({ method: 'POST', url, payload })
  const freshResult = (changes: object) =>
    resultBody({ memberReference: 'R-probe', ...changes }, { number: 'NO-PROBE', issuedOn: '2026-11-17' })
  const suspend = { action: 'suspend', on: '2026-11-20', untilOn: '2026-12-20', reasonCode: 'holder_request' }
  return {
    'GET /v1/members/:id': { url: `/v1/members/${ids.member}` },
    'GET /v1/members/:id/admission-checks': { url: `/v1/members/${ids.member}/admission-checks` },
    'GET /v1/members/:id/left-certificates': { url: `/v1/members/${ids.member}/left-certificates` },
    'POST /v1/dispositions/:id/answer': post(`/v1/dispositions/${unknownId}/answer`, {
      answer: 'decline',
      words: '示例',
    }),
    'GET /v1/complaints/:id/author': { url: `/v1/complaints/${ids.complaint}/author` },
    'GET /v1/conduct-cases/:id': { url: `/v1/conduct-cases/${ids.case}` },
    'GET /v1/conduct-cases/:id/author': { url: `/v1/conduct-cases/${ids.case}/author` },
    'GET /v1/findings/:id': { url: `/v1/findings/${ids.finding}` },
    'GET /v1/conduct-cases/:id/attachments': { url: `/v1/conduct-cases/${ids.case}/attachments` },
    'GET /v1/attachments/:id': { url: `/v1/attachments/${ids.attachment}` },
    'POST /v1/conduct-cases/:id/attachments': post(`/v1/conduct-cases/${ids.case}/attachments?fileName=x.pdf`, {}),
    'GET /v1/conduct-cases?memberId': { url: `/v1/conduct-cases?memberId=${ids.member}` },
    'GET /v1/findings?memberId': { url: `/v1/findings?memberId=${ids.member}` },
    'POST /v1/conduct-cases/:id/reply': post(`/v1/conduct-cases/${ids.case}/reply`, { words: '示例' }),
    'POST /v1/alliance-documents/:id/acknowledgement': post(`/v1/alliance-documents/${unknownId}/acknowledgement`, {}),
    'GET /v1/members/:id/survey': { url: `/v1/members/${ids.member}/survey` },
    'GET /v1/measures/:id': { url: `/v1/measures/${ids.measure}` },
    'POST /v1/measures/:id/plan': post(`/v1/measures/${ids.measure}/plan`, { words: '示例' }),
    'POST /v1/measures/:id/report': post(`/v1/measures/${ids.measure}/report`, { words: '示例' }),
    'GET /v1/applications?memberId': { url: `/v1/applications?memberId=${ids.member}` },
    'GET /v1/measures?memberId': { url: `/v1/measures?memberId=${ids.member}` },
    'POST /v1/measures/:id/reply': post(`/v1/measures/${ids.measure}/reply`, { words: '示例' }),
    'POST /v1/measures/:id/appeal': post(`/v1/measures/${ids.measure}/appeal`, { words: '示例' }),
    'GET /v1/members/:id/indicator-rows': {
      url: `/v1/members/${ids.member}/indicator-rows?indicator=on_time_cnca&from=2026-07-01&until=2026-11-19`,
    },
    'GET /v1/charts/trend?memberId': {
      url: `/v1/charts/trend?from=2026-07-01&until=2026-11-19&memberId=${ids.member}`,
    },
    'GET /v1/charts/expiries?memberId': { url: `/v1/charts/expiries?memberId=${ids.member}` },
    'POST /v1/bulletins/:id/disputes': post(`/v1/bulletins/${unknownId}/disputes`, {
      indicator: 'on_time_cnca',
      rowKind: 'obligation',
      rowId: ids.obligation,
      words: '示例',
    }),
    'GET /v1/enterprises/:id': { url: `/v1/enterprises/${ids.enterprise}` },
    'GET /v1/assignments/:id': { url: `/v1/assignments/${ids.assignment}` },
    'GET /v1/results/:id': { url: `/v1/results/${ids.result}` },
    'GET /v1/certificates/:id': { url: `/v1/certificates/${ids.certificate}` },
    'GET /v1/obligations/:id': { url: `/v1/obligations/${ids.obligation}` },
    'GET /v1/imports/:id': { url: `/v1/imports/${ids.import}` },
    'GET /v1/imports/:id/rows': { url: `/v1/imports/${ids.import}/rows` },
    'GET /v1/imports/:id/rows as CSV': { url: `/v1/imports/${ids.import}/rows`, csv: true },
    'GET /v1/reconciliations/:id': { url: `/v1/reconciliations/${ids.reconciliation}` },
    'GET /v1/reconciliations/:id/entries': { url: `/v1/reconciliations/${ids.reconciliation}/entries` },
    'GET /v1/reconciliations/:id/entries as CSV': {
      url: `/v1/reconciliations/${ids.reconciliation}/entries`,
      csv: true,
    },
    'GET /v1/reconciliations/export?memberId': { url: `/v1/reconciliations/export?memberId=${ids.member}` },
    'POST /v1/reconciliations/:id/entries/:entryId/owner': post(
      `/v1/reconciliations/${ids.reconciliation}/entries/${ids.entry}/owner`,
      {},
    ),
    'POST /v1/reconciliations/:id/entries/:entryId/conclusion': post(
      `/v1/reconciliations/${ids.reconciliation}/entries/${ids.entry}/conclusion`,
      { conclusion: 'explained' },
    ),
    'GET /v1/assignments?memberId': { url: `/v1/assignments?memberId=${ids.member}` },
    'GET /v1/results?memberId': { url: `/v1/results?memberId=${ids.member}` },
    'GET /v1/certificates?memberId': { url: `/v1/certificates?memberId=${ids.member}` },
    'GET /v1/certificates?memberId as CSV': { url: `/v1/certificates?memberId=${ids.member}`, csv: true },
    'GET /v1/obligations?memberId': { url: `/v1/obligations?memberId=${ids.member}` },
    'GET /v1/obligations?memberId as CSV': { url: `/v1/obligations?memberId=${ids.member}`, csv: true },
    'GET /v1/dashboards/expiries?memberId': { url: `/v1/dashboards/expiries?memberId=${ids.member}` },
    'GET /v1/surveillance/visits?memberId': { url: `/v1/surveillance/visits?memberId=${ids.member}` },
    'GET /v1/surveillance/suggestions?memberId': { url: `/v1/surveillance/suggestions?memberId=${ids.member}` },
    'GET /v1/attempts?memberId': { url: `/v1/attempts?memberId=${ids.member}` },
    'DELETE /v1/sessions/:id': { method: 'DELETE', url: `/v1/sessions/${ids.session}` },
    'POST /v1/assignments/:id/answer': post(`/v1/assignments/${ids.assignment}/answer`, {
      answer: 'accept',
      expectedDecisionOn: '2026-12-01',
    }),
    'POST /v1/results/:id/corrections': post(`/v1/results/${ids.result}/corrections`, {
      explanation: '示例',
      decidedOn: '2026-11-15',
    }),
    'POST /v1/certificates/:id/actions': post(`/v1/certificates/${ids.certificate}/actions`, suspend),
    'POST /v1/certificates/:id/visits': post(`/v1/certificates/${ids.certificate}/visits`, {
      outcome: 'conforming',
      visitedOn: '2026-11-19',
      summary: '示例',
    }),
    'POST /v1/obligations/:id/receipts': post(`/v1/obligations/${ids.obligation}/receipts`, {
      reportedOn: '2026-11-19',
      supersedesReceiptId: ids.receipt,
    }),
    'POST /v1/obligations/:id/explanation': post(`/v1/obligations/${ids.overdue}/explanation`, { text: '示例' }),
    'GET /v1/explanations?memberId': { url: `/v1/explanations?memberId=${ids.member}` },
    'DELETE /v1/webhooks/:id': { method: 'DELETE', url: `/v1/webhooks/${ids.webhook}` },
    'POST /v1/webhooks/:id/replay': post(`/v1/webhooks/${ids.webhook}/replay`, { afterId: 0 }),
    'POST /v1/webhooks with a memberId': post('/v1/webhooks', { url: 'https://example.org/', memberId: ids.member }),
    'POST /v1/results with a memberId': post('/v1/results', freshResult({ memberId: ids.member })),
    'POST /v1/results with an assignmentId': post('/v1/results', freshResult({ assignmentId: ids.assignment })),
    'POST /v1/results with an endingId': post('/v1/results', freshResult({ endingId: ids.ending })),
    'POST /v1/results with an earlierCertificateId': post(
      '/v1/results',
      freshResult({ kind: 'renew', earlierCertificateId: ids.certificate }),
    ),
  }
}

async function asMember(member: 'a' | 'b', { csv, ...request }: InjectOptions & { csv?: boolean }): Promise<Answer> {
  const accept = csv ? { accept: 'text/csv' } : {}
  const key = request.method === 'POST' ? { 'idempotency-key': 'probe' } : {}
  return ask({ ...request, headers: { ...(await service.bearer('member', member)), ...accept, ...key } })
}

/** Bulletins and documents are no member's: what a body sees of them is told in their stories. */
const everybodys = /^GET \/v1\/(bulletins|alliance-documents)\/:id/

t.test('every route by which a member could name a row of another one is asked', async (t) => {
  const named = Object.entries(rules).filter(
    ([name, rule]) =>
      /:(id|\w+Id)/.test(name) && rule !== 'public' && accessMatrix[rule].member !== 'none' && !everybodys.test(name),
  )
  const asked = Object.keys(requestsFor(things.a))
  t.same(
    named.map(([name]) => name).filter((name) => !asked.includes(name)),
    [],
  )
})

t.test('a row of another member is answered like one that is not there, read or written', async (t) => {
  const before = await rowCounts()
  const foreign = requestsFor(things.a)
  const unknown = requestsFor(Object.fromEntries(Object.keys(things.a).map((name) => [name, unknownId])) as Things)
  for (const [name, request] of Object.entries(foreign)) {
    const answer = await asMember('b', request)
    t.match(answer, { status: 404, body: { code: 'not_found', status: 404 } }, name)
    t.same(
      withoutIds(answer.text),
      withoutIds((await asMember('b', unknown[name]!)).text),
      `${name}: told apart by nothing`,
    )
  }
  const { attempts, ...after } = await rowCounts()
  const { attempts: attemptsBefore, ...rest } = before
  t.same(after, rest, 'nothing was written')
  t.ok((attempts ?? 0) > (attemptsBefore ?? 0), 'but the refused posts were kept as attempts')
})

t.test('the same requests are answered to the member whose rows they are', async (t) => {
  const reads = Object.entries(requestsFor(things.a)).filter(([, { method }]) => method === undefined)
  for (const [name, request] of reads) t.equal((await asMember('a', request)).status, 200, name)
  t.equal((await asMember('a', requestsFor(things.a)['POST /v1/assignments/:id/answer']!)).status, 200)
  t.equal((await asMember('a', requestsFor(things.a)['POST /v1/certificates/:id/actions']!)).status, 201)
})

function withoutIds(text: string): unknown {
  const { requestId: _, ...problem } = JSON.parse(text)
  return JSON.parse(JSON.stringify(problem).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'an id'))
}

t.test('a list shows a member its own rows and none of another, also as CSV', async (t) => {
  const lists = [
    'members',
    'enterprises',
    'assignments',
    'results',
    'certificates',
    'obligations',
    'attempts',
    'imports',
    'reconciliations',
    'webhooks',
    'explanations',
    'notices',
    'surveillance/visits',
    'measures',
    'conduct-cases',
    'findings',
    'surveillance/suggestions',
  ]
  const withCsv = ['members', 'enterprises', 'certificates', 'obligations']
  for (const list of lists) {
    const url = `/v1/${list}`
    const texts = [
      ['JSON', (await asMember('b', { url })).text],
      ...(withCsv.includes(list) ? [['CSV', (await asMember('b', { url, csv: true })).text]] : []),
    ]
    for (const [format, text = ''] of texts) {
      t.same(marksOf('a', text), [], `${list} as ${format}: nothing of a`)
      t.not(marksOf('b', text).length, 0, `${list} as ${format}: what is b's own`)
    }
  }
  const foreignEnterprise = `enterpriseId=${things.a.enterprise}`
  for (const list of ['assignments', 'results', 'certificates'])
    t.same(
      (await asMember('b', { url: `/v1/${list}?${foreignEnterprise}` })).body.items,
      [],
      `${list} of a's enterprise`,
    )
  t.same((await asMember('b', { url: '/v1/results?memberReference=R-a' })).body.items, [])
  t.same((await asMember('b', { url: '/v1/certificates?number=NO-A-1' })).body.items, [])
  t.same((await asMember('b', { url: '/v1/members?approvalNumber=CNCA-R-2099-901' })).body.items, [])
  t.same((await asMember('b', { url: '/v1/enterprises?name=示例企业a' })).body.items, [])
})

/** Which ids and words of a member stand in a text. */
function marksOf(member: 'a' | 'b', text: string): string[] {
  const words = [
    `示例企业${member}`,
    `示例产品${member}`,
    `R-${member}`,
    `attempt-of-${member}`,
    `file-of-${member}`,
    `list-of-${member}`,
    `hook-of-${member}`,
    `explanation-of-${member}`,
    `visit-of-${member}`,
    `measure-of-${member}`,
    `case-of-${member}`,
    `penalty-of-${member}`,
    `finding-of-${member}`,
  ]
  return [...Object.values(things[member]), ...words].filter((mark) => text.includes(mark))
}

t.test('regulators see the rows of every member and write none of them', async (t) => {
  const headers = await service.bearer('regulator')
  for (const member of ['a', 'b'] as const) {
    const reads = Object.entries(requestsFor(things[member])).filter(
      ([name, { method }]) => method === undefined && !name.includes('imports'),
    )
    for (const [name, { url, csv }] of reads) {
      const accept = csv ? { accept: 'text/csv' } : {}
      t.equal((await ask({ url: url!, headers: { ...headers, ...accept } })).status, 200, `${name} of ${member}`)
    }
  }
})

async function rowCounts(): Promise<Record<string, number>> {
  return countRows(service.urls.ownerUrl)
}

/** How many rows every table has. */
async function countRows(url: string): Promise<Record<string, number>> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const tables = await sql<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
    const counts: Record<string, number> = {}
    for (const { name } of tables)
      counts[name] = Number((await sql`select count(*)::int as count from ${sql(name)}`)[0]?.count)
    return counts
  } finally {
    await sql.end()
  }
}
