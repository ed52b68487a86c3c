import { sql } from 'drizzle-orm'
import t from 'tap'
import { figuresOf, textOf } from '../../src/documents/report/blocks.ts'
import { reportPage } from '../../src/documents/report/report-page.ts'
import { reportSheets } from '../../src/documents/report/report-sheets.ts'
import { reportBlocks } from '../../src/documents/report/whole.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import type { ReportContent } from '../../src/domain/report/content.ts'
import { newId } from '../../src/ids.ts'
import { insertStanding } from '../../src/store/members.ts'
import {
  announcementInput,
  draftAnnouncement,
  linesInput,
  writeLines,
} from '../../src/usecases/announcements/draft-announcement.ts'
import { publishAnnouncement } from '../../src/usecases/announcements/publish-announcement.ts'
import { caseConclusionInput, concludeCase, replyToCase } from '../../src/usecases/conduct/conclude-case.ts'
import { caseInput, openCase } from '../../src/usecases/conduct/open-case.ts'
import { measureInput, proposeMeasure } from '../../src/usecases/measures/propose-measure.ts'
import { decideMeasure, decisionInput, replyToMeasure } from '../../src/usecases/measures/take-step.ts'
import {
  applicationClosingInput,
  applicationInput,
  endApplication,
  recordApplication,
} from '../../src/usecases/members/manage-applications.ts'
import { recordLifting, recordRevocation } from '../../src/usecases/members/revoke-approval.ts'
import { reviewInput, reviewReceipt } from '../../src/usecases/obligations/review-receipt.ts'
import { freezeInput, freezeReport, recomputeReport } from '../../src/usecases/reports/freeze-report.ts'
import { changeSettings, settingsInput } from '../../src/usecases/reports/open-report.ts'
import { figureQuery, readReportFigure } from '../../src/usecases/reports/read-figure.ts'
import {
  freezeQuery,
  previewQuery,
  readDraft,
  readPreview,
  readReportFigures,
} from '../../src/usecases/reports/read-reports.ts'
import { paragraphInput, writeParagraph } from '../../src/usecases/reports/write-paragraph.ts'
import {
  announced,
  line as announcedLine,
  draft as drafted,
  fill as filled,
  publish as published,
} from '../support/announcements.ts'
import { bodyOf, codesOf, posted, storiesOn, transferred } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { aQuarter, decided, on, reported } from '../support/ranking.ts'
import { acceptedAssignment, newcomer } from '../support/results.ts'
import type { TestRegistry } from '../support/services.ts'

/** What the December report says besides its plain counts (N2, N5, R2, R4, R8, R9, R10). */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const key = { schemeCode: 'jiangsu-premium', year: 2026 }
const nextYear = { ...key, year: 2027 }

const draft = async (test: TestRegistry, of = key) =>
  (await readDraft(test.registry, test.as('secretariat'), of)).content
const freeze = (test: TestRegistry, of = key) =>
  freezeReport(
    test.registry,
    test.as('secretariat'),
    of,
    freezeInput.parse({ documentNumber: '示例认联〔2026〕1号', signer: '示例' }),
  )
const figure = (test: TestRegistry, id: string, asked: object = {}, of = key) =>
  readReportFigure(test.registry, test.as('regulator'), of, id, figureQuery.parse(asked))
const preview = (test: TestRegistry, asked: object = {}, of = key) =>
  readPreview(test.registry, test.as('office'), of, previewQuery.parse(asked))
const checked = { check: 'true' }

const nothing = { certified: [], lapses: [], changes: [], expiring: [] }
const blocksOf = (content: ReportContent) => reportBlocks(content, nothing)
const textIn = (content: ReportContent) =>
  blocksOf(content)
    .flatMap((block) => ('runs' in block ? [textOf(block.runs)] : 'text' in block ? [block.text] : []))
    .join('\n')
/** The rows of the table whose caption has these words, as they are read. */
function rowsIn(content: ReportContent, caption: string): string[][] {
  const table = blocksOf(content).find((block) => block.kind === 'table' && block.caption.includes(caption))
  return table?.kind === 'table' ? table.rows.map((cells) => cells.map(textOf)) : []
}

/** Decided before the cut-off, and posted only when the report was frozen. */
async function belated(test: TestRegistry): Promise<void> {
  on(test, '2026-12-08')
  const body = bodyOf('belated', { decidedOn: '2026-11-27' }, { issuedOn: '2026-11-27', validUntil: '2029-07-31' })
  await posted(test, body, test.as('member', 'a'))
}

/** Another person of the secretariat, by the letter of its id. */
const person = (test: TestRegistry, letter: string) => {
  const context = test.as('secretariat')
  return {
    ...context,
    actor: { ...context.actor, kind: 'person', id: `person-${letter}`, name: `示例${letter}` } as const,
  }
}

story(
  'certificates of a body whose approval was revoked prove nothing, from the day and as it is known',
  async (test, t) => {
    await aQuarter(test)
    const revoked = plainDate('2026-11-19')
    await recordRevocation(test.registry, test.as('regulator'), test.memberIds.b, {
      revokedOn: revoked,
      ground: '示例',
    })
    on(test, '2026-12-05')
    const content = await draft(test)
    t.match(content.figures, {
      'live.cut_off': 6,
      'state.cut_off': 12,
      'state.cut_off.detail.valid': 6,
      'state.cut_off.detail.approval_revoked': 6,
      'certified.period': 12,
    })
    t.notOk(content.figures[`live.cut_off.member.${test.memberIds.b}`])
    t.match(textIn(content), '未到期且未撤销、未注销的证书：因机构批准被撤销而不能证明6张、有效6张。')
    await freeze(test)
    await recordLifting(test.registry, test.as('regulator'), test.memberIds.b, { ground: '示例：误记。' })
    on(test, '2026-12-08')
    t.match((await draft(test)).figures, { 'live.cut_off': 12, 'state.cut_off.detail.valid': 12 })
    t.match(await recomputeReport(test.registry, test.as('office'), key, 1), { isSame: true })
  },
)

story('a body that posts no outcome of an accepted case does not look clean', async (test, t) => {
  on(test, '2026-11-02')
  await acceptedAssignment(test, { assignedOn: '2026-11-02' })
  on(test, '2026-11-28')
  await acceptedAssignment(test, { assignedOn: '2026-11-28', productName: '示例另一产品' }, '2026-12-20')
  on(test, '2026-12-05')
  const content = await draft(test)
  const { a } = test.memberIds
  t.match(content.figures, {
    'outcome_due.period': 1,
    'outcome_overdue.period': 1,
    'outcome_overdue.period.members': 1,
    'outcome_not_due.period': 1,
    [`outcome_overdue.period.member.${a}`]: 1,
    [`outcome_not_due.period.member.${a}`]: 1,
  })
  t.match(
    textIn(content),
    '报告期内到期应上报结论的认证任务1项，按期0项，迟报0项，逾期未报1项；另有1项尚未到期。各机构情况见表8。',
  )
  t.match(textIn(content), '1.有1家机构逾期未上报认证任务的结论，涉及1项。')
  t.same(rowsIn(content, '上报认证任务结论'), [['示例甲认证中心', '1', '0', '0', '1', '0.0%', '1']])
  t.equal(content.annexes.lapses.rows, 1, 'and the annex of the late and overdue lists it')
  const { rows } = await figure(test, 'outcome_overdue.period')
  t.match(rows.items, [{ kind: 'obligation', memberId: a, onDay: '2026-11-25' }])
})

story('what is contested counts, and is marked', async (test, t) => {
  const { b } = await aQuarter(test)
  const [late = '', open = ''] = [b[4], b[5]]
  const [receipt] = await test.registry.db.execute<{ id: string }>(
    sql`select id from receipts where obligation_id = ${late}`,
  )
  await reviewReceipt(
    test.registry,
    test.as('regulator'),
    late,
    receipt?.id ?? '',
    reviewInput.parse({ verdict: 'contested' }),
  )
  on(test, '2026-12-05')
  const content = await draft(test)
  t.match(content.figures, {
    'report_due.period': 12,
    'report_late.period': 2,
    'report_overdue.period': 1,
    'report_contested.period': 1,
    'report_contested.period.members': 1,
  })
  t.match(textIn(content), '应报的各项中，回执有异议、尚未了结的：向国家认监委报送结果1项；照常计入，并在表中列明。')
  const rows = rowsIn(content, '各机构质量情况')
  t.same(
    rows.map((cells) => [cells[1], cells.at(-1)]),
    [
      ['示例甲认证中心', '0'],
      ['示例乙认证中心', '1'],
    ],
  )
  t.match((await figure(test, 'report_contested.period')).rows.items, [{ id: late }])
  t.not(late, open)
})

story('pace, places, intervals and chances can be opened as any other figure', async (test, t) => {
  await aQuarter(test)
  on(test, '2026-12-05')
  await freeze(test)
  const { b } = test.memberIds
  const slowest = await figure(test, 'pace.period.slowest')
  t.match(slowest, { value: 13, unit: '个工作日', freeze: 1, recovered: { value: 13, isSame: true } })
  t.equal(slowest.rows.items.length, 11, 'the reports that were made')
  t.equal(Math.max(...slowest.rows.items.map(({ workingDays }) => workingDays ?? 0)), 13)
  const onTime = await figure(test, `ranking.on_time.${b}`)
  t.match(onTime, { value: 0.5, recovered: { value: 0.5, isSame: true }, definition: { zh: /^示例乙认证中心，/ } })
  t.equal(onTime.rows.items.length, 6)
  for (const cell of ['place', 'points', 'best', 'worst', 'on_time_low', 'on_time_high', 'below_bar']) {
    const { value, rows, recovered, definition } = await figure(test, `ranking.${cell}.${b}`)
    t.equal(typeof value, 'number', cell)
    t.ok(rows.items.length >= 6, `rows of ${cell}`)
    t.equal(recovered, null, 'an estimate is of all bodies together')
    t.match(definition.en, /\.$/)
  }
  const first = await figure(test, `ranking.place.${b}`, { limit: 4 })
  const second = await figure(test, `ranking.place.${b}`, { limit: 500, cursor: first.rows.nextCursor })
  const all = await figure(test, `ranking.place.${b}`, { limit: 500 })
  t.same([...first.rows.items, ...second.rows.items], all.rows.items, 'page by page')
  t.match(await figure(test, `ranking.place.${b}`, { freeze: 0 }), { value: 2, freeze: null }, 'of the draft too')
  t.match(await figure(test, 'pace.period.median', { freeze: 0 }), { value: 2, freeze: null })
  for (const id of [
    'pace.period.mean',
    'ranking.place',
    `ranking.height.${b}`,
    'ranking.place.x',
    'previous.pace',
    'bodies.all',
  ])
    t.same(await codesOf(figure(test, id)), ['not_found'], id)
  const stranger = '01958d5e-0000-7000-8000-000000000000'
  t.same(await codesOf(figure(test, `ranking.place.${stranger}`)), ['not_found'], 'a body that is not ranked')
  t.same(await codesOf(figure(test, 'previous.certified.period')), ['not_found'], 'nothing was frozen the year before')
  const page = await preview(test)
  for (const id of ['pace.period.slowest', `ranking.worst.${b}`]) t.match(page, `href="#figure-${id}"`)
})

/** Links of a page to the rows behind its figures: the id, and how many rows the page says there are; null of no number. */
function rowLinksIn(page: string): { id: string; freeze: string; count: number | null }[] {
  const links = page.matchAll(
    /<a href="\/v1\/annual-reports\/\d+\/figures\/([^?"]+)\?scheme=jiangsu-premium&#38;freeze=(\d+)">([^<]+)</g,
  )
  return [...links].map(([, id = '', freeze = '', words = '']) => {
    const rows = /rows: (\d+)/.exec(words)?.[1]
    return { id: decodeURIComponent(id), freeze, count: words.includes('no rows') ? 0 : rows ? Number(rows) : null }
  })
}

story('every figure of the page leads to its rows, in the page or by a link to all of them', async (test, t) => {
  await aQuarter(test)
  on(test, '2026-12-05')
  await freeze(test)
  on(test, '2027-12-05')
  for (const [of, number] of [
    [key, 1],
    [key, 0],
    [nextYear, 0],
  ] as const) {
    const page = await preview(test, { freeze: number }, of)
    const articles = new Set([...page.matchAll(/<article id="([^"]+)">/g)].map(([, id]) => id))
    const shown = new Set([...page.matchAll(/<a href="#([^"]+)">/g)].map(([, id]) => id))
    t.same(shown, articles, 'what is printed as a figure has its source, and nothing else')
    const links = rowLinksIn(page)
    t.equal(links.length, articles.size, 'each source is a link')
    t.same(
      links.filter(({ id, count }) => count === null && !id.startsWith('ranking.')),
      [],
    )
    for (const { id, freeze: linked, count } of links) {
      const { rows } = await figure(test, id, { limit: 500, freeze: linked }, of)
      if (count === null) t.ok(rows.items.length > 0 || of === nextYear, id)
      else t.equal(rows.items.length, count, id)
    }
  }
})

story(
  'every figure that is printed is in the list and in the workbook by its id, unless it is nought',
  async (test, t) => {
    await aQuarter(test)
    on(test, '2026-12-05')
    await freeze(test)
    on(test, '2027-12-05')
    for (const of of [key, nextYear]) {
      const asked = freezeQuery.parse({})
      const { items } = await readReportFigures(test.registry, test.as('office'), of, asked)
      const listed = new Map(items.map(({ id, value }) => [id, value]))
      for (const { id } of rowLinksIn(await preview(test, {}, of)))
        t.equal(listed.get(id) ?? 0, (await figure(test, id, {}, of)).value ?? 0, id)
      const sheet = reportSheets(await draft(test, of), nothing).find(({ name }) => name === '数字')
      const inDraft = await readReportFigures(test.registry, test.as('office'), of, { ...asked, freeze: 0 })
      t.same(
        [...(sheet?.rows() ?? [])],
        inDraft.items.map(({ id, value, definition }) => [id, value, definition.zh]),
      )
    }
  },
)

story('firms are not counted by how the body was chosen, and a figure of them is none', async (test, t) => {
  await aQuarter(test)
  on(test, '2026-12-05')
  t.match(await figure(test, 'certified.period.detail.unknown'), { recovered: { isSame: true } })
  t.same(await codesOf(figure(test, 'certified.period.detail.unknown.enterprises')), ['not_found'])
  t.same(await codesOf(figure(test, 'live.cut_off.detail.x.enterprises')), ['not_found'])
})

story('a set that is too large for the page is a link with the number of its rows', async (test, t) => {
  await aQuarter(test)
  on(test, '2026-12-05')
  const content = await draft(test)
  const nowhere = { freeze: null, rows: [], sets: [], annexes: null, checked: null }
  const page = await reportPage(content, nothing, nowhere)
  t.notMatch(page, '<ul>')
  t.match(rowLinksIn(page), [{ id: 'certified.period.enterprises', freeze: '0', count: 12 }])
})

story('last year’s figures lead to last year’s frozen set, whatever became known since', async (test, t) => {
  await aQuarter(test)
  on(test, '2026-12-05')
  const frozen = await freeze(test)
  await belated(test)
  await decided(test, 'a', 'of next year', '2027-03-01')
  on(test, '2027-12-05')
  const content = await draft(test, nextYear)
  t.match(content.previous, { year: 2026, freeze: 1, sha256: frozen.sha256 })
  t.same(rowsIn(content, '总体情况').slice(0, 2), [
    ['新认证企业（家）', '1', '1', '1', '持平'],
    ['新认证产品（服务）（个）', '1', '1', '12', '−11'],
  ])
  t.same(
    rowsIn(content, '各机构数量情况（本年至今和上年）').map((cells) => [cells[0], cells[1], cells[4], cells.at(-1)]),
    [
      ['示例甲认证中心', '1', '6', '−5'],
      ['示例乙认证中心', '0', '6', '−6'],
    ],
  )
  const [beside] = rowsIn(content, '报送义务完成情况（本年至今和上年）')
  t.same(beside, ['向国家认监委报送结果', '1', '0', '0', '1', '0.0%', '12', '75.0%'])
  const [city] = rowsIn(content, '按设区市')
  t.same(city?.slice(0, 3), ['南京市', '1', '1'])
  t.same(city?.slice(-3), ['1', '12', '−11'])
  const before = await figure(test, 'previous.certified.period', { limit: 500 }, nextYear)
  t.match(before, { value: 12, freeze: null, recovered: { value: 12, isSame: true } })
  t.match(before.definition.zh, /^上年度报告的冻结数字：新认证产品/)
  t.same(before.rows.items, (await figure(test, 'certified.period', { freeze: 1, limit: 500 })).rows.items)
})

story('decisions, measures and candidates are named', async (test, t) => {
  on(test, '2026-09-01')
  const empty = textIn(await draft(test, { ...key, year: 2025 }))
  for (const words of ['涉及成员资格的决定：无。', '统计截止日候选机构：无。', '报告期内未采取处理措施。'])
    t.match(empty, words)
  for (const [member, kind, rest] of [
    ['a', 'warning', {}],
    ['b', 'rectification', { planDueOn: '2027-03-01' }],
  ] as const) {
    const input = measureInput.parse({ kind, reasons: '示例', ...rest })
    const { answer } = await proposeMeasure(test.registry, person(test, 'p'), test.memberIds[member], input, undefined)
    await replyToMeasure(test.registry, test.as('member', member), answer.id, { words: '示例' })
    const confirmed = decisionInput.parse({ outcome: 'confirmed', words: '示例' })
    await decideMeasure(test.registry, person(test, 'q'), answer.id, confirmed)
  }
  const { id } = await newcomer(test)
  const letter = applicationInput.parse({ appliedOn: '2026-09-01', words: '示例' })
  await recordApplication(test.registry, test.as('secretariat'), id, letter)
  on(test, '2026-12-05')
  const content = await draft(test)
  t.same(rowsIn(content, '涉及成员资格的决定'), [
    ['示例乙认证中心', '2026年9月1日', '工作质量或行为', '限期整改', '秘书处'],
  ])
  t.same(
    rowsIn(content, '决定的处理措施').map(([member, , , decided]) => [member, decided]),
    [
      ['示例乙认证中心', '限期整改'],
      ['示例甲认证中心', '警告'],
    ],
  )
  t.match(textIn(content), '统计截止日候选机构1家：示例丙认证中心（自2026年9月1日）。')
  t.equal(content.decisions.length, content.figures['sanction.period'])
})

story('findings stand among the problems kind by kind, with how many bodies each concerns', async (test, t) => {
  on(test, '2026-09-01')
  const found = async (member: 'a' | 'b', kinds: readonly string[]) => {
    const input = { source: 'file_audit', memberId: test.memberIds[member], words: '示例', occurredOn: '2026-08-18' }
    const { answer } = await openCase(test.registry, test.as('secretariat'), caseInput.parse(input), undefined)
    await replyToCase(test.registry, test.as('member', member), answer.id, { words: '示例' })
    const findings = kinds.map((kind) => ({ kind, grade: 'general', words: '示例' }))
    const conclusion = caseConclusionInput.parse({ outcome: 'substantiated', words: '示例', findings })
    await concludeCase(test.registry, test.as('secretariat'), answer.id, conclusion)
  }
  await found('a', ['bundling', 'data_late'])
  await found('b', ['bundling'])
  await found('b', ['bundling'])
  on(test, '2026-12-05')
  const content = await draft(test)
  t.match(content.figures, {
    'finding.period.detail.bundling': 3,
    'finding.period.detail.bundling.members': 2,
    'finding.period.members': 2,
    'case_substantiated.period.members': 2,
  })
  const text = textIn(content)
  t.match(text, '1.有2家机构有查实案件，涉及3件。')
  t.match(text, '2.有2家机构被查实捆绑其他业务，涉及3项。')
  t.match(text, '3.有1家机构被查实迟报，涉及1项。')
})

story('what was announced is counted in firms and in products, by the year of its batch', async (test, t) => {
  const announce = async (number: string, batchYear: number, firms: readonly string[]) => {
    const draftOf = announcementInput.parse({
      number,
      title: '示例',
      issuingOffices: ['示例办公室'],
      batchYear,
      announcedOn: '2026-11-20',
    })
    const { id } = await draftAnnouncement(test.registry, test.as('secretariat'), draftOf)
    const lines = firms.map((enterpriseName, at) => ({ enterpriseName, productName: `示例产品${number}${at}` }))
    await writeLines(test.registry, test.as('secretariat'), id, linesInput.parse({ lines }).lines)
    await publishAnnouncement(test.registry, test.as('office'), id, { unmatchedReason: '示例' })
  }
  on(test, '2026-12-05')
  t.match(textIn(await draft(test)), '报告期内无公告产品（服务）；本年至今无公告产品（服务）。')
  on(test, '2026-11-20')
  await announce('示例第1号', 2025, ['示例企业甲', '示例企业甲', '示例企业乙'])
  await announce('示例第2号', 2026, ['示例企业乙'])
  on(test, '2026-12-05')
  const content = await draft(test)
  t.match(
    textIn(content),
    '报告期内公告企业2家、产品（服务）4个（2025年批次3个、2026年批次1个），本年至今公告企业2家、产品（服务）4个。',
  )
  t.same(rowsIn(content, '按批次年度'), [
    ['2025年', '2', '3', '2', '3', '无', '无', '—'],
    ['2026年', '1', '1', '1', '1', '无', '无', '—'],
    ['合计', '2', '4', '2', '4', '无', '无', '—'],
  ])
  t.match(await figure(test, 'announced.period.enterprises'), { value: 2, unit: '家' })
})

story('a later draft tells what else changed, and that the freeze is outdated', async (test, t) => {
  const { b } = await aQuarter(test)
  const write = (version: number, text: string) =>
    writeParagraph(
      test.registry,
      test.as('secretariat'),
      key,
      { section: 'main_work', place: 1 },
      paragraphInput.parse({ text, version }),
    )
  const read = () => readDraft(test.registry, test.as('secretariat'), key)
  on(test, '2026-12-05')
  await write(0, '示例：培训。')
  t.match(await read(), { since: null, changes: null, parts: null })
  await freeze(test)
  on(test, '2026-12-08')
  t.same((await read()).parts, [], 'nothing else reads otherwise')
  t.match((await read()).since, { freeze: 1, isSubmitted: false, isOutdated: false })
  t.notMatch(await preview(test, checked), '该冻结已过时')
  await write(1, '示例：两次培训。')
  const settings = { name: '示例', addressee: '示例', families: ['agriculture'], regions: 'cities' }
  await changeSettings(test.registry, test.as('secretariat'), key.schemeCode, settingsInput.parse(settings))
  const worded = await read()
  t.match(worded.since, { isOutdated: false }, 'what people write makes no figure another')
  t.same(
    worded.parts?.map(({ part }) => part),
    ['settings', 'texts'],
  )
  t.match(worded.parts?.[1]?.words, { zh: '“二、主要工作”第1段有变', en: 'main work: paragraph 1' })
  await reported(test, 'b', b[5] ?? '', '2026-12-08')
  await belated(test)
  on(test, '2026-12-09')
  const { since, parts, changes } = await read()
  t.match(since, { freeze: 1, isOutdated: true })
  t.match(
    parts?.find(({ words }) => words.zh.includes('名录')),
    { part: 'annexes', words: { zh: '附件“认证产品（服务）名录”由12行变为13行' } },
  )
  t.ok(changes?.some(({ id }) => id === 'certified.period'))
  t.match(await preview(test, checked), '该冻结已过时：冻结以后登记的事实使其中的数字、决定或候选机构有变')
  const unchecked = await preview(test)
  t.notMatch(unchecked, '该冻结已过时')
  t.match(unchecked, '未重新核算', 'a page that was not counted again says so, and where it is')
  t.match(unchecked, 'href="/v1/annual-reports/2026/preview?scheme=jiangsu-premium&#38;freeze=1&#38;check=true"')
  t.notMatch(await preview(test, { freeze: 0, ...checked }), /该冻结已过时|重新核算/)
})

story(
  'the bodies that a table counts are rows too, page by page, and last year’s keep their names',
  async (test, t) => {
    await aQuarter(test)
    on(test, '2026-12-05')
    await freeze(test)
    const first = await figure(test, 'bodies.active', { limit: 1 })
    t.match(first, { value: 2, unit: '家', recovered: null })
    const second = await figure(test, 'bodies.active', { limit: 1, cursor: first.rows.nextCursor })
    t.equal(second.rows.nextCursor, null)
    t.strictSame(
      [...first.rows.items, ...second.rows.items].map(({ kind, id, subject }) => [kind, id, subject]),
      [
        ['member', test.memberIds.a, '示例甲认证中心'],
        ['member', test.memberIds.b, '示例乙认证中心'],
      ].sort(([, one = ''], [, other = '']) => (one < other ? -1 : 1)),
    )
    on(test, '2027-12-05')
    const { items } = await readReportFigures(
      test.registry,
      test.as('office'),
      nextYear,
      freezeQuery.parse({ freeze: 0 }),
    )
    const lastYears = items.find(({ id }) => id === `previous.certified.period.member.${test.memberIds.a}`)
    t.match(lastYears?.definition.zh, '示例甲认证中心')
  },
)

story('recovered rows that do not come to what was frozen are not shown as if they did', async (test, t) => {
  await aQuarter(test)
  on(test, '2026-12-05')
  await freeze(test)
  t.notMatch(await preview(test, checked), '与冻结的数值')
  // A server whose clock was set back writes what seems to have been known.
  await decided(test, 'a', 'out of order', '2026-11-20')
  on(test, '2026-12-06')
  t.match(await figure(test, 'certified.period'), {
    value: 12,
    recovered: {
      value: 13,
      isSame: false,
      words: { zh: /合计13，与冻结的数值12不符/, en: /come to 13, not to the frozen 12/ },
    },
  })
  t.match(await figure(test, 'report_late.period'), { recovered: { value: 2, isSame: true } })
  const page = await preview(test, checked)
  t.match(page, '个数字与按冻结时所知还原的数据行不符，以冻结的文件为准')
  t.match(page, '按冻结时所知还原的数据行合计13，与冻结的数值12不符，以冻结的文件为准。')
  t.match(page, '按冻结时所知还原的附件与冻结时的不符')
  t.match(await recomputeReport(test.registry, test.as('office'), key, 1), { isSame: false })
})

story('a report that was frozen before decisions were named in it can be read all the same', async (test, t) => {
  await aQuarter(test)
  on(test, '2026-12-05')
  await freeze(test)
  const earlier = sql`(content::jsonb - 'decisions' - 'candidates')::text`
  await test.registry.db.execute(sql`
    insert into report_freezes (report_id, number, frozen_on, known_at, content, sha256, document, document_sha256, annex, annex_sha256, recorded_at, recorded_by)
    select report_id, 2, frozen_on, known_at, ${earlier}, 'x', document, document_sha256, annex, annex_sha256, recorded_at, recorded_by
    from report_freezes`)
  t.match(await preview(test), '统计截止日候选机构：无。')
  t.match((await readDraft(test.registry, test.as('secretariat'), key)).parts, [])
  t.match(await recomputeReport(test.registry, test.as('office'), key, 2), { isSame: false }, 'its hash is none')
  t.match(await recomputeReport(test.registry, test.as('office'), key, 1), { isSame: true })
  const before = sql`((content::jsonb - 'format' - 'sets') #- '{figures,report_late.period.members}')::text`
  await test.registry.db.execute(sql`
    insert into report_freezes (report_id, number, frozen_on, known_at, content, sha256, document, document_sha256, annex, annex_sha256, recorded_at, recorded_by)
    select report_id, 3, frozen_on, known_at, ${before}, encode(sha256(convert_to(${before}, 'UTF8')), 'hex'),
      document, document_sha256, annex, annex_sha256, recorded_at, recorded_by from report_freezes where number = 1`)
  t.match(
    await recomputeReport(test.registry, test.as('office'), key, 3),
    { recomputedSha256: null, isSame: null },
    'what was made in an earlier format is whole, and not made again',
  )
  await decided(test, 'a', 'out of order', '2026-11-20')
  const drafted = await readDraft(test.registry, test.as('secretariat'), key)
  t.match(drafted.since, { freeze: 3, isOutdated: null })
  t.match(
    drafted.changes?.find(({ id }) => id === 'report_late.period.members'),
    { before: null, words: { zh: /冻结时无此数字。$/ } },
    'what it did not count is not nought',
  )
  t.match(await figure(test, 'certified.period', { freeze: 3 }), { value: 12, recovered: null })
  const earlierPage = await preview(test, checked)
  t.match(earlierPage, '该冻结由较早版本的系统生成，只供读取，不再重新核算')
  t.notMatch(earlierPage, /该冻结已过时|不符/, 'what was counted otherwise is not taken for what changed')
})

story('bodies are ordered by results completed, refusals among them', async (test, t) => {
  await aQuarter(test)
  await decided(test, 'b', 'one more', '2026-09-01')
  on(test, '2026-12-05')
  const content = await draft(test)
  t.same(
    rowsIn(content, '各机构数量情况（报告期）').map((cells) => cells.slice(0, 3)),
    [
      ['1', '示例乙认证中心', '7'],
      ['2', '示例甲认证中心', '6'],
    ],
  )
  const ranked = content.ranking?.tables.tables[0]?.bodies ?? []
  const { value } = figuresOf(content)
  t.same(
    ranked.map(({ quantity }) => quantity.results),
    ranked.map(({ memberId }) => value('completed', { by: ['member', memberId] })),
    'as the ranking counts them',
  )
})

story(
  'who applies is no member, who was turned down no candidate, and who never was inside does not leave',
  async (test, t) => {
    on(test, '2026-09-01')
    const { id } = await newcomer(test)
    const letter = applicationInput.parse({ appliedOn: '2026-09-01', words: '示例' })
    const { id: applicationId } = await recordApplication(test.registry, test.as('secretariat'), id, letter)
    on(test, '2026-12-05')
    const applying = textIn(await draft(test))
    t.match(applying, '在册成员机构2家（正常2家）')
    t.match(applying, '统计截止日候选机构1家')
    const closing = applicationClosingInput.parse({ outcome: 'refused', ground: '示例' })
    on(test, '2026-11-20')
    await endApplication(test.registry, test.as('secretariat'), applicationId, closing)
    const { now, actor } = test.as('secretariat')
    await insertStanding(test.registry.db, {
      ...{ id: newId(now), memberId: id, standing: 'removed', fromOn: plainDate('2026-11-25'), reason: '示例' },
      ...{ decidedBy: '示例', recordedAt: now, recordedBy: actor.id },
    })
    on(test, '2026-12-05')
    const after = textIn(await draft(test))
    t.match(after, '在册成员机构2家（正常2家）；报告期内无机构加入，无机构退出')
    t.match(after, '统计截止日候选机构：无。')
  },
)

story(
  'a product that was struck out after it went to another body is announced no more; one firm is one',
  async (test, t) => {
    on(test, '2026-11-20')
    const { certificateId } = await decided(test, 'a', 'one', '2026-11-18')
    on(test, '2026-11-20')
    await announced(test, [announcedLine('SL-one'), announcedLine('UNKNOWN-1', { productName: '示例钻床' })])
    on(test, '2026-12-05')
    const both = await draft(test)
    t.match(both.figures, { 'announced.period': 2, 'announced.period.enterprises': 1 }, 'one firm, known and by name')
    on(test, '2026-11-21')
    await transferred(test, certificateId, 'b', 'YI-1')
    const struck = await drafted(test, { number: '示例2026年第2号', announcedOn: '2026-11-21' })
    await filled(test, struck.id, [announcedLine('YI-1', { effect: 'struck' })])
    await published(test, struck.id)
    on(test, '2026-12-05')
    t.equal((await draft(test)).figures['announced.period'], 1)
  },
)

story('what somebody typed stands as it is, and no table goes without its number', async (test, t) => {
  await aQuarter(test)
  on(test, '2026-12-05')
  const words = paragraphInput.parse({ text: '示例：见表#duties和表#无。', version: 0 })
  await writeParagraph(test.registry, test.as('secretariat'), key, { section: 'problems', place: 1 }, words)
  const text = textIn(await draft(test))
  t.match(text, '示例：见表#duties和表#无。')
  t.notMatch(text.replace('示例：见表#duties和表#无。', ''), /表#/)
})

story('the rows of a table come to its total, whatever the settings leave out', async (test, t) => {
  await decided(test, 'a', 'one', '2026-08-03')
  await decided(test, 'a', 'two', '2026-08-03', { family: 'services', industryCode: '6110' })
  on(test, '2026-12-05')
  const content = await draft(test)
  const narrow = { ...content, settings: { ...content.settings, families: ['services' as const] } }
  const rows = rowsIn(narrow, '按类别')
  t.same(
    rows.map(([name, , products]) => [name, products]),
    [
      ['服务', '1'],
      ['制造', '1'],
      ['合计', '2'],
    ],
  )
  const last = {
    year: 2025,
    freeze: 1,
    sha256: 'x',
    knownAt: '2025-12-05T00:00:00Z',
    figures: { 'announced.period': 3, 'announced.period.detail.2023': 3 },
  }
  t.same(
    rowsIn(
      {
        ...content,
        previous: last,
        figures: { ...content.figures, 'announced.period': 1, 'announced.period.detail.2025': 1 },
      },
      '按批次年度',
    ).map(([name, , , , , , before]) => [name, before]),
    [
      ['2023年', '3'],
      ['2025年', '0'],
      ['合计', '3'],
    ],
  )
  const unknown = { ...last, sets: ['certified' as const] }
  t.match(
    rowsIn({ ...content, previous: unknown }, '总体情况').find(([name]) => name === '公告产品（服务）（个）'),
    { 3: '无' },
  )
})

story(
  'a case that was accepted long ago and is awaited far ahead stands among what is not yet due',
  async (test, t) => {
    on(test, '2025-11-20')
    await acceptedAssignment(test, { assignedOn: '2025-11-20' }, '2026-11-02')
    on(test, '2026-12-05')
    t.match((await draft(test)).figures, { 'outcome_overdue.period': 1 })
    const early = await draft(test, { ...key, year: 2025 })
    t.match(early.figures, { 'outcome_not_due.period': 1, 'outcome_not_due.year': 1 })
  },
)
