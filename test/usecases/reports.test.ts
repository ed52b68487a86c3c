import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import ExcelJS from 'exceljs'
import t from 'tap'
import { figuresOf, textOf } from '../../src/documents/report/blocks.ts'
import { reportDocument } from '../../src/documents/report/report-document.ts'
import { reportBlocks } from '../../src/documents/report/whole.ts'
import { cities } from '../../src/domain/cities.ts'
import type { ReportContent } from '../../src/domain/report/content.ts'
import { type Figures, parseFigureId, reportSets } from '../../src/domain/report/figure.ts'
import {
  announcementInput,
  draftAnnouncement,
  linesInput,
  writeLines,
} from '../../src/usecases/announcements/draft-announcement.ts'
import { publishAnnouncement } from '../../src/usecases/announcements/publish-announcement.ts'
import { actionInput } from '../../src/usecases/certificates/action-input.ts'
import { takeAction } from '../../src/usecases/certificates/take-action.ts'
import type { Context } from '../../src/usecases/context.ts'
import { readWorkQueue } from '../../src/usecases/dashboards/read-work-queue.ts'
import { builtInMappings } from '../../src/usecases/imports/built-in-mappings.ts'
import type { Mapping } from '../../src/usecases/imports/mapping.ts'
import { freezeInput, freezeReport, frozenContent, recomputeReport } from '../../src/usecases/reports/freeze-report.ts'
import type { ReportStep } from '../../src/usecases/reports/gather-report.ts'
import { notifyReports } from '../../src/usecases/reports/notify-reports.ts'
import { changeSettings, openingInput, openReport, settingsInput } from '../../src/usecases/reports/open-report.ts'
import { figureQuery, readReportFigure } from '../../src/usecases/reports/read-figure.ts'
import {
  previewQuery,
  readDraft,
  readParagraphVersions,
  readPreview,
  readReport,
  readReportFile,
  readReports,
} from '../../src/usecases/reports/read-reports.ts'
import { answerReport, submissionInput, submitReport } from '../../src/usecases/reports/submit-report.ts'
import { paragraphInput, writeParagraph } from '../../src/usecases/reports/write-paragraph.ts'
import { addScheme, schemeInput } from '../../src/usecases/schemes/manage-schemes.ts'
import { actionsOf, bodyOf, codesOf, countRows, posted, race, refusalsOf, storiesOn } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import { documentXml, wordsOf } from '../support/documents.ts'
import { realDataDir, withoutRealData } from '../support/environment.ts'
import { aQuarter, decided, on, reported } from '../support/ranking.ts'
import { importHistorical } from '../support/reconciliations.ts'
import { newRegistry, type TestRegistry } from '../support/services.ts'

/** The December report (N5, R10), of 2026: its draft opens on 1 December, its cut-off is 30 November. */
const server = await startTestServer()
t.teardown(() => server.stop())
const story = storiesOn(server)

const key = { schemeCode: 'jiangsu-premium', year: 2026 }
const secretariat = (test: TestRegistry): Context => test.as('secretariat')

const read = (test: TestRegistry) => readReport(test.registry, secretariat(test), key)
const draft = async (test: TestRegistry) => (await readDraft(test.registry, secretariat(test), key)).content
const freeze = (test: TestRegistry, input: object = {}, of = key) =>
  freezeReport(
    test.registry,
    secretariat(test),
    of,
    freezeInput.parse({ documentNumber: '示例认联〔2026〕1号', signer: '示例', ...input }),
  )
const write = (test: TestRegistry, place: number, version: number, text: string | null) =>
  writeParagraph(
    test.registry,
    secretariat(test),
    key,
    { section: 'main_work', place },
    paragraphInput.parse({ text, version }),
  )
const submit = (test: TestRegistry, number: number, documentSha256: string) =>
  submitReport(test.registry, secretariat(test), key, submissionInput.parse({ freeze: number, documentSha256 }))
const answer = (test: TestRegistry, verdict: 'acknowledged' | 'returned', as = test.as('office')) =>
  answerReport(test.registry, as, key, { verdict, words: '示例：数字与附件不符。' })
const figure = (test: TestRegistry, id: string, asked: object = {}) =>
  readReportFigure(test.registry, test.as('regulator'), key, id, figureQuery.parse(asked))

/** What the report says, without its links. */
const textIn = (content: ReportContent) =>
  reportBlocks(content, { certified: [], lapses: [], changes: [], expiring: [] })
    .flatMap((block) => ('runs' in block ? [textOf(block.runs)] : 'text' in block ? [block.text] : []))
    .join('\n')

story('a draft is open on 1 December whether or not a job has run, and not before', async (test, t) => {
  on(test, '2026-11-30')
  t.same(await refusalsOf(read(test)), ['report_not_open@year'])
  t.same(
    (await readReports(test.registry, secretariat(test), { scheme: key.schemeCode })).items.map(({ year }) => year),
    [2025],
    'last year’s is owed still',
  )
  on(test, '2026-12-01')
  t.match(await read(test), {
    state: 'drafting',
    openedOn: '2026-12-01',
    fromOn: '2025-12-01',
    cutOffOn: '2026-11-30',
    dueOn: '2026-12-31',
    dutyState: 'open',
    isProvisional: false,
  })
  on(test, '2027-01-01')
  t.match(await read(test), { state: 'drafting', dutyState: 'overdue' })
})

story('it may be opened by hand for any year that has come, once', async (test, t) => {
  const open = (year: number, input: object = {}, as = secretariat(test)) =>
    openReport(test.registry, as, { ...key, year }, openingInput.parse(input))
  t.match(await open(2026, { cutOffOn: '2026-11-15' }), { cutOffOn: '2026-11-15', openedOn: '2026-11-20' })
  t.same(await refusalsOf(open(2026)), ['report_open@year'])
  t.same(await refusalsOf(open(2027)), ['report_year_ahead@year'])
  t.same(await refusalsOf(open(2025, { cutOffOn: '2026-01-01' })), ['cut_off_outside_year@cutOffOn'])
  t.same(await refusalsOf(openReport(test.registry, secretariat(test), { schemeCode: 'none', year: 2026 }, {})), [
    'scheme_unknown@scheme',
  ])
  for (const cutOffOn of ['2025-12-31', '2025-11-29'])
    t.same(await refusalsOf(open(2025, { cutOffOn })), ['cut_off_overlaps@cutOffOn'], cutOffOn)
  t.match(await open(2025), { fromOn: '2024-12-01', cutOffOn: '2025-11-30', dutyState: 'overdue' })
  t.same(await codesOf(open(2024, {}, test.as('office'))), ['forbidden'])
  on(test, '2027-12-02')
  t.match(await readReport(test.registry, secretariat(test), { ...key, year: 2027 }), { fromOn: '2026-11-16' })
  const { done, refused } = await race([2023, 2023, 2023].map((year) => open(year)))
  t.same([done.length, refused.flat()], [1, ['report_open', 'report_open']])
})

story('a year without anything in it says nought and 无, in every part', async (test, t) => {
  on(test, '2026-12-05')
  const content = await draft(test)
  t.same(
    Object.keys(content.figures).filter((id) => !id.startsWith('member_')),
    [],
  )
  t.equal(content.pace, null)
  const text = textIn(content)
  for (const sentence of [
    '报告期内无新认证产品（服务）；无认证未通过的产品（服务）。',
    '截至2026年11月30日，无有效或暂停的证书；历年无认证产品（服务）。',
    '报告期内无公告产品（服务）；本年至今无公告产品（服务）。',
    '在册成员机构2家（正常2家）；报告期内无机构加入，无机构退出。',
    '报告期内无认证任务给出、接受或谢绝。',
    '报告期内未向监管部门移送案件，未收到移送的回复。',
    '上年度无冻结的报告数据，不作比较。',
    '报告期内无到期应向国家认监委报送的认证结果；统计截止日无未到期的报送。',
    '报告期内证书状态无变化。',
    '2027年无将到期的证书。',
    '报告期内无核查立案。',
    '报告期内未采取处理措施。',
  ])
    t.match(text, sentence)
  t.match(text, '二、主要工作\n无。')
  t.match(text, '八、下一步打算\n无。')
  t.notMatch(text, /NaN|undefined|null|Infinity/)
  t.match(await freeze(test), { number: 1 }, 'it can be frozen all the same')
})

/** A year with something of most kinds. */
async function aYear(test: TestRegistry): Promise<{ b: string[] }> {
  const { b } = await aQuarter(test)
  const { certificateId } = await decided(test, 'a', 'suspended', '2026-09-01')
  const { certificateId: withdrawn } = await decided(test, 'b', 'withdrawn', '2026-09-02')
  await decided(test, 'a', 'short', '2026-09-03')
  on(test, '2026-10-12')
  const act = (id: string, input: object, member: 'a' | 'b') =>
    takeAction(test.registry, test.as('member', member), id, actionInput.parse(input), undefined)
  await act(
    certificateId,
    { action: 'suspend', on: '2026-10-12', untilOn: '2026-12-31', reasonCode: 'nonconformity' },
    'a',
  )
  await act(withdrawn, { action: 'withdraw', on: '2026-10-12', reasonCode: 'fraud' }, 'b')
  on(test, '2026-11-24')
  await posted(
    test,
    {
      ...bodyOf('refused', { kind: 'refuse', reasonCode: 'test_failed', decidedOn: '2026-11-24' }),
      certificate: undefined,
    },
    test.as('member', 'a'),
  )
  await decided(test, 'b', 'late in November', '2026-11-25')
  await decided(test, 'b', 'after the cut-off', '2026-12-01')
  on(test, '2026-12-05')
  return { b }
}

/** Figures counted anew, each with a statement of its own that shares nothing with the service. */
async function recounted(test: TestRegistry): Promise<Record<string, number>> {
  const one = async (statement: string) => {
    const [row] = await test.registry.db.execute<{ count: number }>(sql.raw(`select (${statement})::int as count`))
    return row?.count ?? -1
  }
  const issued = `from results r join certificates c on c.id = r.certificate_id
    where r.kind in ('issue', 'renew') and r.superseded_at is null and r.decided_on between '2025-12-01' and '2026-11-30'`
  const due = (duty: string) =>
    `from obligations where duty = '${duty}' and due_on between '2025-12-01' and '2026-11-30' and waived_on is null`
  const figures: Record<string, string> = {
    'certified.period': `select count(*) ${issued}`,
    'certified.period.enterprises': `select count(distinct r.enterprise_id) ${issued}`,
    'certified.year': `select count(*) ${issued} and r.decided_on >= '2026-01-01'`,
    refused: `select count(*) from results where kind = 'refuse' and superseded_at is null`,
    'live.cut_off': `select count(*) from certificates where valid_from <= '2026-11-30' and valid_until >= '2026-11-30'
      and (ended_on is null or ended_on > '2026-11-30')`,
    'report_due.period': `select count(*) ${due('report_to_cnca')} and (met_on <= '2026-11-30' or due_on <= '2026-11-30')`,
    'report_on_time.period': `select count(*) ${due('report_to_cnca')} and met_on <= due_on and met_on <= '2026-11-30'`,
    'report_late.period': `select count(*) ${due('report_to_cnca')} and met_on > due_on and met_on <= '2026-11-30'`,
    'report_overdue.period': `select count(*) ${due('report_to_cnca')} and (met_on is null or met_on > '2026-11-30') and due_on <= '2026-11-30'`,
    'report_not_due.period': `select count(*) from obligations where duty = 'report_to_cnca' and waived_on is null
      and event_on between '2025-12-01' and '2026-11-30' and due_on > '2026-11-30' and (met_on is null or met_on > '2026-11-30')`,
    'surveillance_not_due.period': `select count(*) from obligations where duty = 'surveillance' and waived_on is null
      and event_on between '2025-12-01' and '2026-11-30' and due_on > '2026-11-30' and met_on is null`,
    'suspended.period': `select count(*) from suspensions where from_on between '2025-12-01' and '2026-11-30'`,
    'withdrawn.period.detail.fraud': `select count(*) from certificates where ended_as = 'withdrawn' and ended_reason = 'fraud'`,
    'state.cut_off.detail.suspended': `select count(*) from suspensions where from_on <= '2026-11-30' and lifted_on is null`,
    'member_standing.cut_off': `select count(*) from members`,
  }
  for (const { code } of cities)
    figures[`certified.period.region.${code}`] = `select count(*) ${issued} and c.city_code = '${code}'`
  for (const id of Object.values(test.memberIds)) {
    figures[`certified.period.member.${id}`] = `select count(*) ${issued} and r.member_id = '${id}'`
    figures[`report_overdue.period.member.${id}`] = `${figures['report_overdue.period']} and member_id = '${id}'`
  }
  const counted: Record<string, number> = {}
  for (const [id, statement] of Object.entries(figures))
    counted[id === 'refused' ? 'refused.period' : id] = await one(statement)
  return counted
}

story('every figure is what independent statements count, and what its own rows are', async (test, t) => {
  await aYear(test)
  const content = await draft(test)
  for (const [id, count] of Object.entries(await recounted(test))) t.equal(content.figures[id] ?? 0, count, id)
  for (const [id, value] of Object.entries(content.figures)) {
    const { rows, definition, recovered } = await figure(test, id, { limit: 500 })
    const distinct = (of: (row: (typeof rows.items)[number]) => string | null) => new Set(rows.items.map(of)).size
    const found = {
      rows: rows.items.length,
      enterprises: distinct((row) => row.enterpriseId),
      members: distinct((row) => row.memberId),
    }
    t.equal(found[parseFigureId(id)?.counts ?? 'rows'], value, `rows of ${id}`)
    t.same(recovered, { value, isSame: true, words: null }, `what is recovered of ${id}`)
    t.match(definition.zh, /。$/)
  }
  t.same(sumsOf(content.figures), [], 'the parts of a dimension sum to the whole')
})

/** Where the figures of a dimension that every row has do not sum to the figure of all. */
function sumsOf(figures: Figures): string[] {
  const { value, keys } = figuresOf({ figures })
  return reportSets.flatMap((set) =>
    (['family', 'region', 'member', 'detail'] as const).flatMap((dimension) => {
      const parts = keys(set, dimension).map((each) => value(set, { by: [dimension, each] }))
      const sum = parts.reduce((all, part) => all + part, 0)
      // What was refused has no certificate, and so no region.
      const isWhole = dimension !== 'region' || set !== 'completed'
      return parts.length === 0 || !isWhole || sum === value(set) ? [] : [`${set} by ${dimension}`]
    }),
  )
}

story('of two reports one counts a duty that is due on the cut-off, and no other', async (test, t) => {
  on(test, '2026-11-19')
  const { reportId } = await decided(test, 'a', 'last', '2026-11-19')
  on(test, '2026-12-05')
  const { figures } = await draft(test)
  t.match(figures, { 'report_overdue.period': 1, 'report_due.period': 1 })
  t.notOk(figures['report_not_due.period'], 'on the cut-off it was due, and the day is over')
  await reported(test, 'a', reportId, '2026-12-08')
  on(test, '2027-12-05')
  const next = (await readDraft(test.registry, secretariat(test), { ...key, year: 2027 })).content
  t.notOk(next.figures['report_due.period'])
  const bodies = (await draft(test)).ranking?.tables.tables[0]?.bodies ?? []
  const ranked = bodies.find(({ memberId }) => memberId === test.memberIds.a)
  t.equal(ranked?.figures.find(({ indicator }) => indicator === 'on_time_cnca')?.denominator, 1)
})

story('rows that no certificate stands behind are told apart, page by page', async (test, t) => {
  on(test, '2026-11-20')
  const announced = await draftAnnouncement(
    test.registry,
    secretariat(test),
    announcementInput.parse({
      number: '示例第1号',
      title: '示例',
      issuingOffices: ['示例办公室'],
      batchYear: 2020,
      announcedOn: '2026-11-20',
    }),
  )
  const lines = [1, 2, 3, 4, 5].map((n) => ({ enterpriseName: `示例企业${n}`, productName: '示例产品' }))
  await writeLines(test.registry, secretariat(test), announced.id, linesInput.parse({ lines }).lines)
  await publishAnnouncement(test.registry, test.as('office'), announced.id, { unmatchedReason: '示例' })
  on(test, '2026-12-05')
  await freeze(test)
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const { value, rows } = await figure(test, 'announced.period', { limit: 2, cursor })
    t.equal(value, 5)
    seen.push(...rows.items.map(({ subject }) => subject ?? ''))
    cursor = rows.nextCursor ?? undefined
  } while (cursor !== undefined)
  t.same(seen.length, 5)
  t.same(new Set(seen).size, 5)
})

story('a freeze is that of the report as it is written down, not as it was before', async (test, t) => {
  on(test, '2026-12-05')
  const opening = async (step: ReportStep) => {
    if (step === 'figures')
      await openReport(test.registry, secretariat(test), key, openingInput.parse({ cutOffOn: '2026-11-15' }))
  }
  t.same(await codesOf(freezeReport(test.registry, secretariat(test), key, {}, opening)), ['concurrent_change'])
  t.match(await freeze(test), { number: 1 })
})

story('sentences carry the figures, for one and for many', async (test, t) => {
  await aYear(test)
  const text = textIn(await draft(test))
  for (const sentence of [
    '报告期内，新认证企业1家、产品（服务）16个，无再认证；认证未通过1个。',
    '截至2026年11月30日，有效和暂停的证书15张，涉及企业1家',
    '报告期内，暂停1张，撤销1张。',
    '未到期且未撤销、未注销的证书：有效14张、暂停1张。',
    '另有2项统计截止日尚未到期',
    '1.有2家机构逾期未向国家认监委报送认证结果',
  ])
    t.match(text, sentence)
})

const secondScheme = (test: TestRegistry) =>
  addScheme(
    test.registry,
    secretariat(test),
    schemeInput.parse({
      code: 'second',
      nameZh: '示例第二',
      nameEn: 'Second',
      effectiveOn: '2024-01-01',
      validityMonths: 36,
    }),
  )

story('two schemes have two reports, and no row is in both', async (test, t) => {
  await secondScheme(test)
  await decided(test, 'a', 'first', '2026-09-01')
  await decided(test, 'a', 'other', '2026-09-02', { scheme: 'second' })
  await decided(test, 'b', 'another', '2026-09-02', { scheme: 'second' })
  on(test, '2026-12-05')
  const figures = async (schemeCode: string) =>
    (await readDraft(test.registry, secretariat(test), { ...key, schemeCode })).content.figures
  t.match(await figures(key.schemeCode), {
    'certified.period': 1,
    'report_due.period': 1,
    'live.cut_off': 1,
    'surveillance_not_due.period': 1,
  })
  const bodies =
    (await readDraft(test.registry, secretariat(test), key)).content.ranking?.tables.tables[0]?.bodies ?? []
  t.same(
    bodies.map(({ quantity }) => quantity.results).filter((results) => results > 0),
    [1],
    'nor are bodies ranked by the rows of another scheme',
  )
  t.match(await figures('second'), {
    'certified.period': 2,
    'report_due.period': 2,
    'live.cut_off': 2,
    'surveillance_not_due.period': 2,
  })
})

story('a paragraph is kept by version, and is changed only by whoever has seen the latest', async (test, t) => {
  on(test, '2026-12-02')
  t.match(await write(test, 1, 0, '开展认证人员培训两期。'), { version: 1 })
  t.match(await write(test, 2, 0, '示例<b>标记</b>&amp;'), { version: 1 })
  for (const text of ['一\n二', '一\t二'])
    t.notOk(paragraphInput.safeParse({ text, version: 0 }).success, 'one paragraph, one place')
  t.same(await refusalsOf(write(test, 1, 0, '另一段')), ['paragraph_changed@version'])
  t.match(await write(test, 1, 1, '开展认证人员培训三期。'), { version: 2 })
  const { done, refused } = await race([2, 2, 2].map((version) => write(test, 1, version, '四期。')))
  t.same([done.length, refused.flat()], [1, ['paragraph_changed', 'paragraph_changed']])
  const versions = await readParagraphVersions(test.registry, test.as('office'), key, {
    section: 'main_work',
    place: 1,
  })
  t.same(
    versions.items.map(({ text }) => text),
    ['开展认证人员培训两期。', '开展认证人员培训三期。', '四期。'],
  )
  t.same((await draft(test)).texts.main_work, ['四期。', '示例<b>标记</b>&amp;'])
  const page = await readPreview(test.registry, test.as('office'), key, previewQuery.parse({}))
  t.match(page, '示例&#60;b&#62;标记&#60;/b&#62;&#38;amp;', 'markup is shown as it was typed')
  await write(test, 1, 3, null)
  t.same((await draft(test)).texts.main_work, ['示例<b>标记</b>&amp;'])
  t.notOk(paragraphInput.safeParse({ text: '示例\u0007', version: 0 }).success, 'control characters are refused')
  t.same(
    await codesOf(
      writeParagraph(
        test.registry,
        test.as('member'),
        key,
        { section: 'problems', place: 1 },
        { text: 'x', version: 0 },
      ),
    ),
    ['forbidden'],
  )
})

story(
  'a freeze holds what was known; run again years later it comes out the same, whatever is recorded after',
  async (test, t) => {
    const { b } = await aYear(test)
    await write(test, 1, 0, '示例：培训。')
    const frozen = await freeze(test, { documentNumber: '示例认联〔2026〕1号', signer: '示例' })
    t.match(frozen, { number: 1, frozenOn: '2026-12-05' })
    const before = await figure(test, 'report_overdue.period')
    t.match(before, { freeze: 1, sha256: frozen.sha256, unit: '项' })
    await reported(test, 'b', b[5] ?? '', '2026-12-08')
    await decided(test, 'a', 'later', '2026-12-08')
    await write(test, 1, 1, '示例：另一段。')
    await changeSettings(
      test.registry,
      secretariat(test),
      key.schemeCode,
      settingsInput.parse({ name: '示例', addressee: '示例', families: [], regions: 'cities' }),
    )
    on(test, '2030-01-10')
    t.match(await recomputeReport(test.registry, test.as('office'), key, 1), {
      isSame: true,
      recomputedSha256: frozen.sha256,
    })
    const after = await figure(test, 'report_overdue.period')
    t.same(after.rows.items, before.rows.items, 'the rows are those of the freeze')
    const { changes } = await readDraft(test.registry, secretariat(test), key)
    t.same(changes, [], 'what came after the cut-off changes no figure of the year')
    t.same(await codesOf(recomputeReport(test.registry, test.as('office'), key, 2)), ['not_found'])
  },
)

story('a later draft shows what changed since', async (test, t) => {
  await aYear(test)
  t.equal((await readDraft(test.registry, secretariat(test), key)).changes, null, 'nothing was frozen yet')
  await freeze(test)
  await decided(test, 'a', 'forgotten', '2026-11-20')
  on(test, '2026-12-09')
  const { changes } = await readDraft(test.registry, secretariat(test), key)
  t.match(
    changes?.find(({ id }) => id === 'certified.period'),
    { before: 16, now: 17, words: { zh: /^新认证产品/, en: /^certified/ } },
  )
  t.match(await figure(test, 'certified.period'), { freeze: 1, value: 16 })
  t.match(await figure(test, 'certified.period', { freeze: 0 }), { freeze: null, value: 17, sha256: null })
  await freeze(test)
  t.match(await figure(test, 'certified.period'), { freeze: 2, value: 17 })
  t.match(await figure(test, 'certified.period', { freeze: 1 }), { freeze: 1, value: 16 })
  t.same(await codesOf(figure(test, 'certified.period', { freeze: 9 })), ['not_found'])
  t.same(await codesOf(figure(test, 'certified.someday')), ['not_found'])
})

story('last year’s figures come from last year’s frozen set, and from nothing else', async (test, t) => {
  await aYear(test)
  await freeze(test)
  const frozen = await read(test)
  await submit(test, 1, frozen.freezes[0]?.documentSha256 ?? '')
  await decided(test, 'a', 'a forgotten one', '2026-11-20')
  await decided(test, 'a', 'one of next year', '2027-03-01', {})
  on(test, '2027-12-05')
  const next = { ...key, year: 2027 }
  const { content } = await readDraft(test.registry, secretariat(test), next)
  t.match(content, {
    spans: { from: '2026-12-01', cutOffOn: '2027-11-30' },
    previous: { year: 2026 },
    isProvisional: true,
  })
  t.match(
    textIn(content),
    '与2026年度报告的冻结数据相比，新认证企业持平（1家），产品（服务）减少14个（上年16个，87.5%）；该报告冻结以后无补登的以前报告期的产品（服务）。',
  )
  t.match(textIn(content), '2027年官方日历尚未录入，本稿所列工作日为暂定。')
  t.same(await refusalsOf(freeze(test, {}, next)), ['report_calendar_unknown@year'])
})

story('what is posted after a freeze is in one report or told as restated, and nowhere twice', async (test, t) => {
  await decided(test, 'a', 'in time', '2026-11-20')
  on(test, '2026-12-05')
  await freeze(test)
  on(test, '2026-12-08')
  const late = { decidedOn: '2026-11-27' }
  await posted(test, bodyOf('late', late, { issuedOn: '2026-11-27', validUntil: '2029-07-31' }), test.as('member', 'a'))
  on(test, '2027-12-05')
  const next = { ...key, year: 2027 }
  const { content } = await readDraft(test.registry, secretariat(test), next)
  t.match(content.figures, { 'restated.period': 1, 'certified.to_date': 2 })
  t.notOk(content.figures['certified.period'], 'it was not certified in this period')
  t.match(textIn(content), '另有以前报告期认证、该报告冻结以后补登的产品（服务）1个，不计入以上数字。')
  const { rows } = await readReportFigure(
    test.registry,
    test.as('regulator'),
    next,
    'restated.period',
    figureQuery.parse({}),
  )
  t.match(rows.items, [{ onDay: '2026-12-08', kind: 'result' }])
})

story('what goes to the office bears its number and who signs', async (test, t) => {
  on(test, '2026-12-20')
  for (const [at, missing] of [{ signer: undefined }, { documentNumber: undefined }].entries()) {
    await freeze(test, missing)
    const { freezes } = await read(test)
    t.same(await refusalsOf(submit(test, at + 1, freezes[at]?.documentSha256 ?? '')), ['report_unsigned@freeze'])
  }
})

story('it is handed in once, with the file that was kept; returned it is owed again', async (test, t) => {
  on(test, '2026-12-20')
  const sha = '0'.repeat(64)
  t.same(await codesOf(submit(test, 1, sha)), ['report_not_frozen'])
  t.same(await codesOf(answer(test, 'acknowledged')), ['report_not_submitted'])
  await freeze(test)
  await freeze(test)
  const [first, second] = (await read(test)).freezes.map(({ documentSha256 }) => documentSha256)
  t.same(await refusalsOf(submit(test, 1, first ?? '')), ['report_freeze_outdated@freeze'])
  t.same(await refusalsOf(submit(test, 3, sha)), ['not_found@freeze'])
  t.same(await refusalsOf(submit(test, 2, sha)), ['report_file_differs@documentSha256'])
  const before = await countRows(test.registry)
  const { done, refused } = await race([1, 2, 3].map(() => submit(test, 2, second ?? '')))
  t.same([done.length, refused.flat()], [1, ['report_submitted', 'report_submitted']])
  const after = await countRows(test.registry)
  t.equal((after.report_submissions ?? 0) - (before.report_submissions ?? 0), 1)
  t.match(await read(test), { state: 'submitted', dutyState: 'met_on_time', metOn: '2026-12-20' })
  t.same(await codesOf(freeze(test)), ['report_submitted'])
  t.same(
    await codesOf(write(test, 1, 0, '示例')),
    ['report_submitted'],
    'nothing is written while it is with the office',
  )
  t.same(await codesOf(answer(test, 'returned', secretariat(test))), ['forbidden'])
  on(test, '2027-01-02')
  t.match(await answer(test, 'returned'), { state: 'returned', dutyState: 'overdue', metOn: null })
  t.same(await codesOf(answer(test, 'returned')), ['report_not_submitted'])
  t.match(await write(test, 1, 0, '示例：已更正。'), { version: 1 })
  const third = await freeze(test)
  on(test, '2027-01-04')
  t.match(await submit(test, 3, third.documentSha256), { state: 'submitted', dutyState: 'met_late' })
  t.match(await answer(test, 'acknowledged'), {
    state: 'acknowledged',
    submissions: [{ answer: { verdict: 'returned' } }, { answer: { verdict: 'acknowledged' } }],
  })
  const [{ id } = { id: '' }] = await test.registry.db.execute<{ id: string }>(sql`select id from annual_reports`)
  t.same(
    (await actionsOf(test.registry, 'annual_report', id)).filter((action) => action !== 'report.frozen'),
    [
      'report.opened',
      'report.submitted',
      'report.returned',
      'report.paragraph_written',
      'report.submitted',
      'report.acknowledged',
    ],
  )
})

story('a cut-off that is not over is not frozen', async (test, t) => {
  await openReport(test.registry, secretariat(test), key, {})
  t.same(await refusalsOf(freeze(test)), ['cut_off_ahead@cutOffOn'])
  t.match(await draft(test), { year: 2026 }, 'but can be looked at')
  t.equal((await countRows(test.registry)).report_freezes, 0)
})

story('nothing of it is written over, not even by the owner of the tables', async (test, t) => {
  on(test, '2026-12-20')
  await write(test, 1, 0, '示例')
  await freeze(test)
  await submit(test, 1, (await read(test)).freezes[0]?.documentSha256 ?? '')
  await answer(test, 'acknowledged')
  for (const statement of [
    sql`update report_freezes set sha256 = 'x'`,
    sql`delete from report_freezes`,
    sql`update report_paragraphs set text = 'x'`,
    sql`update report_submissions set submitted_on = '2026-12-01'`,
    sql`update report_answers set verdict = 'returned'`,
    sql`update annual_reports set cut_off_on = '2026-10-31'`,
  ])
    await t.rejects(test.registry.db.execute(statement))
})

story('the stored files are those of the freeze', async (test, t) => {
  await aYear(test)
  await freeze(test)
  for (const file of ['document', 'annex'] as const) {
    const bytes = await readReportFile(test.registry, test.as('office'), key, 1, file)
    t.equal(bytes.subarray(0, 2).toString(), 'PK')
    t.same(await codesOf(readReportFile(test.registry, test.as('office'), key, 2, file)), ['not_found'])
  }
  t.same(await codesOf(readReportFile(test.registry, test.as('member'), key, 1, 'document')), ['forbidden'])
  const workbook = new ExcelJS.Workbook()
  const annex = await readReportFile(test.registry, test.as('office'), key, 1, 'annex')
  await workbook.xlsx.load(annex as unknown as ArrayBuffer)
  const [certified, numbers, lapses, changes] = ['1 认证名录', '数字', '3 迟报和逾期', '4 证书状态变化'].map((name) =>
    workbook.getWorksheet(name),
  )
  const shown = async (id: string) => (await figure(test, id)).value ?? -1
  t.equal((certified?.rowCount ?? 0) - 1, await shown('certified.period'))
  t.ok(certified?.getRow(2).getCell(8).value instanceof Date, 'days are days')
  t.match(certified?.views[0], { state: 'frozen', ySplit: 1 })
  const owed = ['report', 'feedback', 'monthly', 'status_report'].flatMap((duty) => [
    `${duty}_late.period`,
    `${duty}_overdue.period`,
  ])
  const missed = await Promise.all(owed.map(shown))
  t.equal(
    (lapses?.rowCount ?? 0) - 1,
    missed.reduce((sum, count) => sum + count, 0),
  )
  t.equal((changes?.rowCount ?? 0) - 1, (await shown('suspended.period')) + (await shown('withdrawn.period')))
  const written = new Map<unknown, unknown>()
  numbers?.eachRow((row) => written.set(row.getCell(1).value, row.getCell(2).value))
  t.equal(written.get('report_due.period'), await shown('report_due.period'), 'numbers are numbers')
  const page = await readPreview(test.registry, test.as('office'), key, previewQuery.parse({}))
  const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  t.ok(links.length > 100)
  t.same(
    links.filter((id) => !page.includes(`<article id="${id}">`)),
    [],
    'every figure leads somewhere',
  )
  t.notMatch(page, /<script/)
})

story(
  'the secretariat is told: draft, reminder, due day, overdue; each once, and of missed ones the last',
  async (test, t) => {
    const stages = async () => {
      const rows = await test.registry.db.execute<{ stage: string }>(
        sql`select stage from notices where kind = 'annual_report' and facts ->> 'subject' like '%2026%' order by id`,
      )
      return rows.map(({ stage }) => stage)
    }
    const run = (day: string) => {
      on(test, day)
      const context = test.as('administrator')
      return notifyReports(test.registry, context, new AbortController().signal)
    }
    await run('2026-12-01')
    await run('2026-12-02')
    t.same(await stages(), ['opened'])
    await run('2026-12-30')
    await run('2026-12-30')
    t.same(await stages(), ['opened', 'reminder'])
    await run('2027-01-04')
    t.same(await stages(), ['opened', 'reminder', 'overdue'], 'the due day was missed and is not said afterwards')
    const waiting = await readWorkQueue(test.registry, secretariat(test))
    t.match(
      waiting.items.find(({ kind }) => kind === 'reports_to_submit'),
      { count: { numerator: 2 }, oldestOn: '2025-12-31' },
      'that of the year before is owed still',
    )
    await freeze(test)
    await submit(test, 1, (await read(test)).freezes[0]?.documentSha256 ?? '')
    t.match(
      (await readWorkQueue(test.registry, test.as('office'))).items.find(({ kind }) => kind === 'reports_to_answer'),
      { count: { numerator: 1 } },
    )
    await run('2027-01-05')
    t.same(await stages(), ['opened', 'reminder', 'overdue'])
    await answer(test, 'returned')
    t.same(await stages(), ['opened', 'reminder', 'overdue', 'returned'])
  },
)

story('a year that was not handed in is not forgotten when the next one opens', async (test, t) => {
  const waiting = async (role: 'secretariat' | 'office' | 'member', kind: string) => {
    const { items } = await readWorkQueue(test.registry, test.as(role))
    const found = items.find((item) => item.kind === kind)
    return found && [found.count.numerator, found.oldestOn]
  }
  const years = async () =>
    (await readReports(test.registry, secretariat(test), { scheme: key.schemeCode })).items.map((report) => [
      report.year,
      report.dutyState,
    ])
  on(test, '2026-12-20')
  const last = { ...key, year: 2025 }
  const { documentSha256 } = await freeze(test, {}, last)
  const input = submissionInput.parse({ freeze: 1, documentSha256 })
  await submitReport(test.registry, secretariat(test), last, input)
  t.same(await waiting('secretariat', 'reports_to_submit'), [1, '2026-12-31'])
  t.same(await waiting('secretariat', 'reports_overdue'), [0, null])
  on(test, '2026-12-31')
  t.same(await waiting('secretariat', 'reports_overdue'), [0, null], 'on its due day it is not overdue')
  for (const day of ['2027-01-01', '2027-11-30', '2027-12-01']) {
    on(test, day)
    t.same(await waiting('secretariat', 'reports_overdue'), [1, '2026-12-31'], day)
  }
  t.same(await waiting('secretariat', 'reports_to_submit'), [2, '2026-12-31'])
  t.equal(await waiting('member', 'reports_overdue'), undefined)
  t.same(await years(), [
    [2027, 'open'],
    [2026, 'overdue'],
    [2025, 'met_late'],
  ])
  const run = () => notifyReports(test.registry, test.as('administrator'), new AbortController().signal)
  t.match(await run(), { said: 2 }, 'that it is overdue, and that the next is open')
  t.match(await run(), { said: 0 })
  const second = await freeze(test)
  await submit(test, 1, second.documentSha256)
  t.same(await waiting('secretariat', 'reports_overdue'), [0, null])
  t.same(await waiting('secretariat', 'reports_to_submit'), [1, '2027-12-31'])
  await answer(test, 'returned')
  t.same(await waiting('secretariat', 'reports_overdue'), [1, '2026-12-31'], 'returned it is owed again')
})

story('another scheme owes the year that is open now and those that were opened, and no others', async (test, t) => {
  await secondScheme(test)
  const listed = async (scheme: string) =>
    (await readReports(test.registry, secretariat(test), { scheme })).items.map(({ year }) => year)
  on(test, '2029-03-01')
  t.same(await listed(key.schemeCode), [2028, 2027, 2026, 2025], 'that of the alliance is owed each year')
  t.same(await listed('second'), [2028])
  await openReport(test.registry, secretariat(test), { schemeCode: 'second', year: 2026 }, openingInput.parse({}))
  t.same(await listed('second'), [2028, 2026])
})

story('the same data set gives the same document text', async (test, t) => {
  await aYear(test)
  await freeze(test)
  const stored = await readReportFile(test.registry, test.as('office'), key, 1, 'document')
  const { content } = await frozenContent(test.registry, test.as('office'), key, 1)
  const nothing = { certified: [], lapses: [], changes: [], expiring: [] }
  const [one, two] = [await reportDocument(content, nothing), await reportDocument(content, nothing)]
  t.equal(await wordsOf(one), await wordsOf(two))
  const whole = await wordsOf(stored)
  for (const words of [
    '签发人：',
    '特此报告。',
    '附件：1.认证产品（服务）名录',
    '国际认证联盟秘书处',
    '2026年12月5日印发',
  ])
    t.ok(whole.includes(words), words)
  t.match(
    await documentXml(stored),
    'descr="新认证产品（服务）按设区市的柱状图，数据见表3。"',
    'a picture is said in words too',
  )
})

story('who may see it: not the bodies', async (test, t) => {
  on(test, '2026-12-05')
  for (const role of ['member', 'city_office', 'standards_institute', 'administrator'] as const)
    t.same(await codesOf(readReport(test.registry, test.as(role), key)), ['forbidden'], role)
  for (const role of ['secretariat', 'office', 'regulator'] as const)
    t.match(await readReport(test.registry, test.as(role), key), { year: 2026 }, role)
})

// The real file

t.test(
  'a report of the fullest year of the real file is that of its own scheme',
  { skip: withoutRealData },
  async (t) => {
    const test = await newRegistry(server, '2026-11-22T02:00:00Z')
    t.teardown(() => test.close())
    const european = builtInMappings['european-certificates'] as Mapping
    await importHistorical(test, join(realDataDir ?? '', 'real-certificates-10k.csv'), european)
    const one = async (query: string) =>
      (await test.registry.db.execute<Record<string, never>>(sql.raw(query)))[0] ?? {}
    const { code, year, count } =
      await one(`select scheme_code as code, extract(year from valid_from)::int as year, count(*)::int as count
    from certificates group by 1, 2 order by 3 desc limit 1`)
    const of = { schemeCode: String(code), year: Number(year) }
    await changeSettings(
      test.registry,
      secretariat(test),
      of.schemeCode,
      settingsInput.parse({ name: 'ISCC', addressee: '示例', families: [], regions: 'countries' }),
    )
    await openReport(test.registry, secretariat(test), of, openingInput.parse({ cutOffOn: `${of.year}-12-31` }))
    on(test, '2026-11-23')
    await freeze(test, {}, of)
    const { content } = await readDraft(test.registry, secretariat(test), of)
    const { value } = figuresOf(content)
    t.equal(value('certified', { window: 'year' }), Number(count))
    const day = `'${of.year}-12-31'`
    const mine = `from certificates where scheme_code = '${of.schemeCode}'`
    const { bodies } = await one(`select count(distinct member_id)::int as bodies ${mine} and valid_from <= ${day}`)
    t.equal(
      content.bodies.filter(({ memberId }) => value('certified', { window: 'to_date', by: ['member', memberId] }) > 0)
        .length,
      Number(bodies),
    )
    const { live } = await one(`select count(*)::int as live ${mine} and ${day} between valid_from and valid_until
    and (ended_on is null or ended_on > ${day})`)
    t.equal(value('live', { window: 'cut_off' }), Number(live))
    const { expiring } =
      await one(`select count(*)::int as expiring ${mine} and ${day} between valid_from and valid_until
    and (ended_on is null or ended_on > ${day}) and extract(year from valid_until) = ${of.year + 1}`)
    t.equal(value('expiring', { window: 'next_year' }), Number(expiring))
    const { countries } = await one(`select count(distinct e.country)::int as countries from certificates c
    join enterprises e on e.id = c.enterprise_id where c.scheme_code = '${of.schemeCode}' and c.valid_from <= ${day}`)
    t.equal(content.regions.length, Number(countries))
    t.equal(value('report_due'), 0, 'what was loaded is owed by nobody (R4)')
    t.match(await recomputeReport(test.registry, test.as('office'), of, 1), { isSame: true })
    t.match(textIn(content), `关于${of.year}年度“ISCC”认证工作情况的报告`)
  },
)
