import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import ExcelJS from 'exceljs'
import t from 'tap'
import { widthInCharacters } from '../../src/documents/official-form.ts'
import { figuresOf } from '../../src/documents/report/blocks.ts'
import { reportWorkbook } from '../../src/documents/report/report-workbook.ts'
import { cities } from '../../src/domain/cities.ts'
import { families } from '../../src/domain/families.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import type { ReportAnnexes, ReportContent } from '../../src/domain/report/content.ts'
import { parseFigureId } from '../../src/domain/report/figure.ts'
import { openRows, type RawRow } from '../../src/intake/rows.ts'
import { freezeInput, freezeReport, frozenContent } from '../../src/usecases/reports/freeze-report.ts'
import { readReportFile } from '../../src/usecases/reports/read-reports.ts'
import { paragraphInput, writeParagraph } from '../../src/usecases/reports/write-paragraph.ts'
import { startTestServer } from '../support/databases.ts'
import { partsOf } from '../support/documents.ts'
import { generateYear } from '../support/generated-year.ts'
import {
  csvSheets,
  linesOfPages,
  pageCount,
  pdfOf,
  withoutChineseFont,
  withoutOffice,
  withoutPdfReader,
} from '../support/other-software.ts'
import { on } from '../support/ranking.ts'
import { newRegistry } from '../support/services.ts'

/** The files of a frozen report of the generated year, opened by other people’s software (N5, R10). */
const server = await startTestServer()
const test = await newRegistry(server)
t.teardown(async () => {
  await test.close()
  await server.stop()
})

const key = { schemeCode: 'jiangsu-premium', year: 2026 }
/** Without a sign or a figure in it, so that a full line is 28 characters. */
const longText = '秘书处组织各成员机构围绕质量提升开展认证工作对重点培育企业逐家走访宣讲标准要求'.repeat(40)

await generateYear(test)
on(test, '2026-12-05')
const secretariat = test.as('secretariat')
await writeParagraph(
  test.registry,
  secretariat,
  key,
  { section: 'main_work', place: 1 },
  paragraphInput.parse({ text: longText, version: 0 }),
)
await freezeReport(test.registry, secretariat, key, freezeInput.parse({ documentNumber: '示例认联〔2026〕1号' }))
const [document, annex] = await Promise.all([
  readReportFile(test.registry, test.as('office'), key, 1, 'document'),
  readReportFile(test.registry, test.as('office'), key, 1, 'annex'),
])
const { content } = await frozenContent(test.registry, test.as('office'), key, 1)
const { value } = figuresOf(content)
const workbook = new ExcelJS.Workbook()
await workbook.xlsx.load(annex as unknown as ArrayBuffer)

// The Word document

const sections = [
  '一、总体情况',
  '二、主要工作',
  '三、成员机构完成质量和数量情况',
  '四、认证结果上报情况',
  '五、证书管理',
  '六、监督检查与违规处理',
  '七、存在问题',
  '八、下一步打算',
]

t.test('LibreOffice opens the document and makes pages of it', { skip: withoutOffice }, async (t) => {
  const folder = t.testdir({ work: {} })
  const pdf = await pdfOf(document, join(folder, 'work'))
  t.equal(pdf.subarray(0, 5).toString(), '%PDF-')
  t.ok(pageCount(pdf) > 1, `${pageCount(pdf)} pages`)
  await t.test('they say title, sections and closing', { skip: withoutPdfReader }, async (t) => {
    const pages = await linesOfPages(pdf, folder)
    const words = pages.flat().join('').replace(/\s/g, '')
    t.ok(words.includes(content.title), content.title)
    for (const section of sections) t.ok(words.includes(section), section)
    t.ok(words.includes('特此报告。'))
    t.match(pages[0]?.at(-1), /^— ?1 ?—$/, 'the first page is numbered')
    for (const at of [1, 2, 3, 4, 5])
      t.equal(
        pages.filter(([first]) => first?.replace(/\s/g, '') === `附件${at}`).length,
        1,
        `annex ${at} begins a page`,
      )
  })
  await t.test(
    'a page full of text has 22 lines of 28 characters',
    { skip: withoutPdfReader || withoutChineseFont },
    async (t) => {
      const pages = await linesOfPages(pdf, folder)
      const full = pages.find((lines) => lines.slice(0, -1).every((line) => longText.includes(line))) ?? []
      t.equal(full.length - 1, 22, 'and the number of the page')
      for (const line of full.slice(0, -1)) t.equal(line.length, 28, line)
    },
  )
})

// The workbook

/** A sheet as rows of cells by their heads. */
function rowsOf(of: ExcelJS.Workbook, name: string): Record<string, ExcelJS.CellValue>[] {
  const sheet = of.getWorksheet(name)
  if (!sheet) throw new Error(`no sheet ${name}`)
  const heads = (sheet.getRow(1).values as string[]).slice(1)
  return Array.from({ length: sheet.rowCount - 1 }, (_, at) => {
    const row = sheet.getRow(at + 2)
    return Object.fromEntries(heads.map((head, column) => [head, row.getCell(column + 1).value]))
  })
}

const nothing: ReportAnnexes = { certified: [], lapses: [], changes: [], expiring: [] }
const opened = async (of: ReportContent, annexes: ReportAnnexes) => {
  const bytes = await reportWorkbook(of, annexes)
  const book = new ExcelJS.Workbook()
  await book.xlsx.load(bytes as unknown as ArrayBuffer)
  return { bytes, book }
}

const sumOf = (rows: readonly Record<string, unknown>[], column: string) =>
  rows.reduce((sum, row) => sum + (typeof row[column] === 'number' ? (row[column] as number) : Number.NaN), 0)

/** As a sheet shows it: days as days, shares in percent. */
function shown(cell: ExcelJS.CellValue | undefined): string {
  if (cell instanceof Date) return '2026-12-05'
  return typeof cell === 'number' && !Number.isInteger(cell) ? '99.9%' : String(cell ?? '')
}

t.test('every sheet keeps its head in sight and is as wide as what stands in it', async (t) => {
  t.same(
    workbook.worksheets.map(({ name }) => name),
    [
      '1 认证名录',
      '2 成员机构统计',
      '2 质量评价',
      '3 迟报和逾期',
      '4 证书状态变化',
      '5 2027年到期',
      '按类别',
      '按设区市',
      '数字',
    ],
  )
  for (const sheet of workbook.worksheets) {
    t.match(sheet.views[0], { state: 'frozen', ySplit: 1 }, sheet.name)
    for (const column of sheet.columns) {
      const texts = Array.from(column.values ?? [], shown)
      const widest = Math.max(...texts.map((text) => 2 * widthInCharacters(text)))
      t.ok((column.width ?? 0) >= Math.min(widest, 80), `${sheet.name}: ${texts[1]}`)
    }
  }
})

t.test('numbers are numbers and days are days', async (t) => {
  const days = ['认证决定日', '有效期至', '最后有效日', '事由日', '到期日', '日期']
  const texts = [
    '企业',
    '产品（服务）',
    '证书编号',
    '发证机构',
    '类别',
    '地区',
    '成员机构',
    '义务',
    '事项',
    '变化',
    '机构',
  ]
  for (const name of ['1 认证名录', '3 迟报和逾期', '4 证书状态变化', '5 2027年到期']) {
    const rows = rowsOf(workbook, name)
    t.ok(rows.length > 0, name)
    for (const [column, cell] of rows.flatMap((row) => Object.entries(row))) {
      if (days.includes(column)) t.ok(cell instanceof Date, `${name}: ${column}`)
      else if (column === '完成日') t.ok(cell instanceof Date || cell === '逾期未报')
      else if (texts.includes(column)) t.type(cell, 'string', `${name}: ${column}`)
      else if (column !== '原因') t.type(cell, 'number', `${name}: ${column}`)
    }
  }
})

t.test('as many lines are listed as the frozen report counts', async (t) => {
  const missed = ['report', 'feedback', 'monthly', 'status_report'] as const
  t.equal(rowsOf(workbook, '1 认证名录').length, value('certified'))
  t.equal(rowsOf(workbook, '5 2027年到期').length, value('expiring', { window: 'next_year' }))
  for (const [name, mark] of [
    ['1 认证名录', content.annexes.certified],
    ['3 迟报和逾期', content.annexes.lapses],
    ['4 证书状态变化', content.annexes.changes],
    ['5 2027年到期', content.annexes.expiring],
  ] as const)
    t.equal(rowsOf(workbook, name).length, mark.rows, name)
  const late = missed.reduce((sum, duty) => sum + value(`${duty}_late`) + value(`${duty}_overdue`), 0)
  t.ok(rowsOf(workbook, '3 迟报和逾期').length >= late)
  const counted = rowsOf(workbook, '数字').filter(({ 数字编号: id }) => parseFigureId(String(id)))
  t.equal(
    sumOf(counted, '数值'),
    Object.values(content.figures).reduce((sum, each) => sum + each, 0),
  )
})

/** Columns of the sheet of bodies that add up to the whole. */
const bodySums = (): [column: string, whole: number][] => [
  ['完成结果（项）', value('certified') + value('refused') + value('supplemented')],
  ['新认证产品（个）', value('certified')],
  ['本年至今产品（个）', value('certified', { window: 'year' })],
  ['未通过（个）', value('refused')],
  ['认证任务（项）', value('assigned')],
  ['有效和暂停证书（张）', value('live', { window: 'cut_off' })],
  ['应报（项）', value('report_due')],
  ['按期（项）', value('report_on_time')],
  ['迟报（项）', value('report_late')],
  ['逾期未报（项）', value('report_overdue')],
  ['查实问题（项）', value('finding')],
]

t.test('every body of the report has its figures of both tables, and they add up', async (t) => {
  const rows = rowsOf(workbook, '2 成员机构统计')
  t.same(
    rows.map((row) => row.成员机构),
    content.bodies.map(({ name }) => name),
  )
  for (const [column, whole] of bodySums()) t.equal(sumOf(rows, column), whole, column)
  for (const { name, quality } of content.ranking?.tables.tables[0]?.bodies ?? [])
    t.match(
      rows.find((row) => row.成员机构 === name),
      { 得分: quality.points, 等级: quality.class, 质量位次: quality.place },
    )
})

t.test('families and the 13 cities stand in their order with share and running totals, the whole below', async (t) => {
  for (const [sheet, head, parts, dimension] of [
    ['按类别', '类别', [...families.map(({ code, zh }) => ({ key: code as string, name: zh }))], 'family'],
    ['按设区市', '设区市', cities.map(({ code, zh }) => ({ key: code as string, name: zh })), 'region'],
  ] as const) {
    const rows = rowsOf(workbook, sheet)
    const [each, whole] = [rows.slice(0, -1), rows.at(-1) ?? {}]
    t.same(
      each.map((row) => row[head]),
      [...parts.map(({ name }) => name), '未列明'],
    )
    t.match(whole, {
      [head]: '合计',
      '新认证企业（家）': value('certified', { counts: 'enterprises' }),
      '新认证产品（个）': value('certified'),
      '历年累计企业（家）': value('certified', { window: 'to_date', counts: 'enterprises' }),
      占比: 1,
      '上年产品（个）': '无',
    })
    for (const column of ['新认证产品（个）', '本年至今产品（个）', '历年累计产品（个）'])
      t.equal(sumOf(each, column), whole[column], `${sheet}: ${column}`)
    t.ok(Math.abs(sumOf(each, '占比') - 1) < 1e-9)
    for (const [at, { key, name }] of parts.entries())
      t.equal(each[at]?.['新认证产品（个）'], value('certified', { by: [dimension, key] }), name)
  }
})

t.test('beside a frozen report of last year stand its figures and what changed', async (t) => {
  const previous = {
    year: 2025,
    freeze: 1,
    sha256: 'x',
    knownAt: content.knownAt,
    figures: { 'certified.period': 40, 'certified.period.region.320100': 5, 'certified.period.enterprises': 7 },
  }
  const { book } = await opened({ ...content, previous }, nothing)
  const rows = rowsOf(book, '按设区市')
  const products = value('certified', { by: ['region', '320100'] })
  t.match(rows[0], { '上年产品（个）': 5, '产品增减（个）': products - 5, '上年企业（家）': 0 })
  t.match(rows.at(-1), { '上年产品（个）': 40, '产品增减（个）': value('certified') - 40, '上年企业（家）': 7 })
  t.equal(sumOf(rowsOf(book, '2 成员机构统计'), '上年产品（个）'), 0)
})

t.test('the reader of imports takes the list of products as it stands', async (t) => {
  const path = join(t.testdir({}), 'annex.xlsx')
  await writeFile(path, annex)
  const source = await openRows(path)
  const rows: RawRow[] = []
  for await (const batch of source.batches) rows.push(...batch)
  t.equal(rows.length, value('certified'))
  for (const [at, { cells, problem }] of rows.entries()) {
    t.equal(problem, undefined)
    t.equal(cells.序号, String(at + 1))
    t.match(cells.认证决定日, /^202\d-\d\d-\d\d$/)
  }
})

t.test('LibreOffice reads the same numbers and days out of it', { skip: withoutOffice }, async (t) => {
  const sheets = await csvSheets(annex, t.testdir({}))
  const cast = (cell: string) => (/^\d+$/.test(cell) ? Number(cell) : cell)
  const read = (name: string) =>
    parse(sheets.get(name) ?? '', { columns: true, bom: true, cast }) as Record<string, unknown>[]
  const listed = read('1 认证名录')
  t.equal(listed.length, value('certified'))
  t.match(listed[0], { 认证决定日: /^202\d-\d\d-\d\d$/ })
  const bodies = read('2 成员机构统计')
  for (const [column, whole] of bodySums()) t.equal(sumOf(bodies, column), whole, column)
})

t.test('a body with nothing has 0 in every count, and no cell is empty', async (t) => {
  const { book } = await opened({ ...content, figures: {}, ranking: null }, nothing)
  const rows = rowsOf(book, '2 成员机构统计')
  t.equal(rows.length, 3)
  for (const [column] of bodySums()) t.equal(sumOf(rows, column), 0, column)
  t.match(rows[0], { 质量位次: '—', 按期报送率: '—' })
  t.equal(sumOf(rowsOf(book, '按设区市'), '新认证产品（个）'), 0)
  for (const sheet of [...book.worksheets, ...workbook.worksheets])
    sheet.eachRow((row) => {
      for (let at = 1; at <= sheet.columnCount; at += 1)
        if (row.getCell(at).value === null) t.fail(`${sheet.name} ${row.getCell(at).address} is empty`)
    })
})

t.test('a text that looks like a formula stays a text', async (t) => {
  const dangers = ['=1+1', '+1', '-1', '@SUM(A1)', '=HYPERLINK("http://example.invalid")', '\t=1']
  const line = {
    id: '',
    family: null,
    region: null,
    onDay: plainDate('2026-01-05'),
    validUntil: plainDate('2029-01-04'),
  }
  const certified = dangers.map((text) => ({ ...line, enterprise: text, product: text, number: text, member: text }))
  const { bytes, book } = await opened(content, { ...nothing, certified })
  t.same(
    rowsOf(book, '1 认证名录').map((row) => row.企业),
    dangers,
  )
  const parts = await partsOf(bytes)
  for (const [name, xml] of parts) t.notMatch(xml, /<f[ >]/, name)
})
