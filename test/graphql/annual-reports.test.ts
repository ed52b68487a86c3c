import t from 'tap'
import { type Role, roles } from '../../src/domain/access.ts'
import { freezeInput, freezeReport } from '../../src/usecases/reports/freeze-report.ts'
import { submissionInput, submitReport } from '../../src/usecases/reports/submit-report.ts'
import { writeParagraph } from '../../src/usecases/reports/write-paragraph.ts'
import { bodyOf, posted } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { askGraphql, problemsIn } from '../support/graphql.ts'
import { aQuarter, decided, on } from '../support/ranking.ts'
import { newService } from '../support/services.ts'

/** The December report as dashboards ask for it (N5, R10). */
const server = await startTestServer()
t.teardown(() => server.stop())
const key = { schemeCode: 'jiangsu-premium', year: 2026 }

async function aService(t: { teardown: (close: () => unknown) => void }) {
  const service = await newService(server, '2026-11-20T02:00:00Z')
  t.teardown(() => service.close())
  const ask = async (query: string, role: Role = 'secretariat') =>
    askGraphql(service.app, await service.bearer(role), query)
  return { service, ask }
}

const head = '{ year state dutyState dueOn metOn freezes { number } submissions { number freezeNumber verdict } }'

t.test('the reports that are owed are listed, the latest first, and one is asked for by its year', async (t) => {
  const { service, ask } = await aService(t)
  on(service, '2026-12-05')
  const list = async () => (await ask(`{ annualReports { year dutyState } }`)).data.annualReports
  t.same(await list(), [
    { year: 2026, dutyState: 'open' },
    { year: 2025, dutyState: 'overdue' },
  ])
  const one = async (year: number) => ask(`{ annualReport(year: ${year}) ${head} }`)
  t.match((await one(2026)).data.annualReport, { state: 'drafting', dueOn: '2026-12-31', freezes: [], metOn: null })
  const { documentSha256 } = await freezeReport(
    service.registry,
    service.as('secretariat'),
    key,
    freezeInput.parse({ documentNumber: '示例〔2026〕1号', signer: '示例' }),
  )
  const input = submissionInput.parse({ freeze: 1, documentSha256 })
  await submitReport(service.registry, service.as('secretariat'), key, input)
  t.match((await one(2026)).data.annualReport, {
    state: 'submitted',
    dutyState: 'met_on_time',
    metOn: '2026-12-05',
    freezes: [{ number: 1 }],
    submissions: [{ number: 1, freezeNumber: 1, verdict: null }],
  })
  t.same(problemsIn(await one(2027)), ['report_not_open@year'])
  t.same(problemsIn(await ask('{ annualReport(year: 2026, scheme: "none") { year } }')), ['scheme_unknown@scheme'])
  t.same(problemsIn(await ask('{ annualReport(year: 1) { year } }')).length, 1)
})

t.test(
  'figures of every kind are answered with value, words, rows, and whether the rows still come to it',
  async (t) => {
    const { service, ask } = await aService(t)
    await aQuarter(service)
    on(service, '2026-12-05')
    await freezeReport(service.registry, service.as('secretariat'), key, {})
    const figure = async (id: string, rest = '') => {
      const answer = await ask(`{ annualReportFigure(year: 2026, figure: "${id}"${rest}) {
      value unit freeze sha256 definitionZh definitionEn recoveredValue isRecovered rows { kind id onDay workingDays } } }`)
      return answer.errors ? problemsIn(answer) : answer.data.annualReportFigure
    }
    const counted = await figure('report_late.period')
    t.match(counted, { value: 2, unit: '项', freeze: 1, recoveredValue: 2, isRecovered: true })
    t.equal(counted.rows.length, 2)
    t.match(await figure('report_late.period', ', freeze: 0'), { value: 2, freeze: null, sha256: null })
    t.match(await figure('pace.period.slowest'), { value: 13, isRecovered: true })
    t.match(await figure(`ranking.on_time.${service.memberIds.b}`), { value: 0.5, recoveredValue: 0.5 })
    const estimate = await figure(`ranking.below_bar.${service.memberIds.b}`)
    t.match(estimate, { recoveredValue: null, isRecovered: null })
    t.ok(estimate.value > 0.5 && estimate.value <= 1)
    t.same(await figure('previous.certified.period'), ['not_found@id'])
    t.same(await figure('certified.someday'), ['not_found@id'])
    t.same(await figure('report_late.period', ', freeze: 7'), ['not_found@number'])
  },
)

t.test('what changed since the latest freeze is told', async (t) => {
  const { service, ask } = await aService(t)
  await decided(service, 'a', 'first', '2026-09-01')
  on(service, '2026-12-05')
  const changes = async () => {
    const answer = await ask(`{ annualReportChanges(year: 2026) { freeze frozenOn isSubmitted isOutdated figureCount
      figures { id before now definitionZh definitionEn } parts { part zh en } } }`)
    return answer.data.annualReportChanges
  }
  t.equal(await changes(), null, 'nothing was frozen')
  await freezeReport(service.registry, service.as('secretariat'), key, {})
  t.match(await changes(), { freeze: 1, isSubmitted: false, isOutdated: false, figureCount: 0, figures: [], parts: [] })
  on(service, '2026-12-08')
  const late = bodyOf('late', { decidedOn: '2026-11-27' }, { issuedOn: '2026-11-27', validUntil: '2029-07-31' })
  await posted(service, late, service.as('member', 'a'))
  const paragraph = { section: 'problems', place: 1 } as const
  await writeParagraph(service.registry, service.as('secretariat'), key, paragraph, { text: '示例', version: 0 })
  const after = await changes()
  t.match(after, { isOutdated: true })
  t.ok(after.figureCount === after.figures.length && after.figureCount > 0)
  t.match(
    after.figures.find(({ id }: { id: string }) => id === 'certified.period'),
    { before: 1, now: 2, definitionZh: /^新认证产品/ },
  )
  t.match(
    after.parts.find(({ part }: { part: string }) => part === 'texts'),
    { zh: '“七、存在问题”第1段有变', en: 'problems: paragraph 1' },
  )
})

t.test('the secretariat, the regulator and the office see it, and nobody else', async (t) => {
  const { service, ask } = await aService(t)
  on(service, '2026-12-05')
  const queries = [
    '{ annualReports { year } }',
    '{ annualReport(year: 2026) { year } }',
    '{ annualReportFigure(year: 2026, figure: "certified.period") { value } }',
    '{ annualReportChanges(year: 2026) { freeze } }',
  ]
  const seeing: readonly Role[] = ['secretariat', 'regulator', 'office']
  for (const role of roles)
    for (const query of queries) {
      const { errors } = await ask(query, role)
      const codes = errors?.map(({ extensions }) => extensions?.code) ?? []
      t.same(codes, seeing.includes(role) ? [] : ['forbidden'], `${role} ${query}`)
    }
})
