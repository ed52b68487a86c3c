import { families } from '../../domain/families.ts'
import { type Duty, dutyNames } from '../../domain/obligation.ts'
import { recommendationNames } from '../../domain/ranking/recommendation.ts'
import type { CertificateLine, ReportAnnexes, ReportBody, ReportContent } from '../../domain/report/content.ts'
import {
  detailName,
  figureIn,
  type ReportDimension,
  type ReportSet,
  reportDefinitions,
} from '../../domain/report/figure.ts'
import { everyFigure } from '../../domain/report/named-figure.ts'
import { familyName } from './annexes.ts'
import { figuresOf } from './blocks.ts'

export type Column = { readonly header: string; readonly form?: 'day' | 'share' | 'points' }
export type Cell = string | number | Date | null
export type Sheet = {
  readonly name: string
  readonly columns: readonly Column[]
  /** From the first, each time: they are gone through for their widths, and to be written. */
  readonly rows: () => Iterable<readonly Cell[]>
}

/** The sheets of the report’s workbook: its annexes by their numbers, its tables, and every figure (R10). */
export function reportSheets(content: ReportContent, annexes: ReportAnnexes): Sheet[] {
  const { year, settings } = content
  const named = certificateRows(content)
  const region = settings.regions === 'cities' ? '设区市' : '国家或地区'
  return [
    { name: '1 认证名录', columns: certificateColumns('认证决定日'), rows: () => named(annexes.certified) },
    { name: '2 成员机构统计', columns: bodyColumns, rows: () => bodyRows(content) },
    { name: '2 质量评价', columns: qualityColumns, rows: () => qualityRows(content) },
    { name: '3 迟报和逾期', columns: lapseColumns, rows: () => lapseRows(annexes) },
    { name: '4 证书状态变化', columns: changeColumns, rows: () => changeRows(annexes) },
    { name: `5 ${year + 1}年到期`, columns: certificateColumns('最后有效日'), rows: () => named(annexes.expiring) },
    ...(settings.families.length === 0
      ? []
      : [
          {
            name: '按类别',
            columns: partColumns('类别'),
            rows: () => partRows(content, 'family', familyKeys(content)),
          },
        ]),
    { name: `按${region}`, columns: partColumns(region), rows: () => partRows(content, 'region', content.regions) },
    { name: '数字', columns: figureColumns, rows: () => figureRows(content) },
  ]
}

/** What there is none of, and what is not reckoned. */
const none = '无'
const unknown = '—'

/** As the file stores a day: at midnight, without a zone. */
function dateOf(day: string): Date {
  return new Date(`${day}T00:00:00Z`)
}

const certificateColumns = (day: string): readonly Column[] => [
  { header: '序号' },
  { header: '企业' },
  { header: '产品（服务）' },
  { header: '证书编号' },
  { header: '发证机构' },
  { header: '类别' },
  { header: '地区' },
  { header: day, form: 'day' },
  { header: '有效期至', form: 'day' },
]

function certificateRows({ regions }: ReportContent) {
  const regionNames = new Map(regions.map(({ key, name }) => [key, name]))
  return function* (lines: readonly CertificateLine[]): Generator<Cell[]> {
    for (const [at, line] of lines.entries())
      yield [
        at + 1,
        line.enterprise,
        line.product,
        line.number,
        line.member,
        familyName(line.family),
        regionNames.get(line.region ?? 'none') ?? '未列明',
        dateOf(line.onDay),
        dateOf(line.validUntil),
      ]
  }
}

const bodyColumns: readonly Column[] = [
  { header: '成员机构' },
  { header: '完成结果（项）' },
  { header: '新认证企业（家）' },
  { header: '新认证产品（个）' },
  { header: '未通过（个）' },
  { header: '本年至今企业（家）' },
  { header: '本年至今产品（个）' },
  { header: '上年企业（家）' },
  { header: '上年产品（个）' },
  { header: '认证任务（项）' },
  { header: '有效和暂停证书（张）' },
  { header: '应报（项）' },
  { header: '按期（项）' },
  { header: '迟报（项）' },
  { header: '逾期未报（项）' },
  { header: '按期报送率', form: 'share' },
  { header: '可信区间下限', form: 'share' },
  { header: '可信区间上限', form: 'share' },
  { header: '查实问题（项）' },
  { header: '质量位次' },
  { header: '得分', form: 'points' },
  { header: '等级' },
  { header: '最好位次' },
  { header: '最差位次' },
]

/** Every body of the report with its figures of both tables; one with nothing has 0 (R9, R10). */
function* bodyRows(content: ReportContent): Generator<Cell[]> {
  const ranked = new Map(rankedBodies(content).map((body) => [body.memberId, body]))
  for (const body of content.bodies) {
    const { quality, figures } = ranked.get(body.memberId) ?? {}
    const onTime = figures?.find(({ indicator }) => indicator === 'on_time_cnca')
    const [counts, found] = bodyCounts(content, body)
    yield [
      body.name,
      ...counts,
      onTime?.value ?? unknown,
      onTime?.low ?? unknown,
      onTime?.high ?? unknown,
      found,
      quality?.place ?? unknown,
      quality?.points ?? unknown,
      quality?.class ?? unknown,
      quality?.places?.best ?? unknown,
      quality?.places?.worst ?? unknown,
    ]
  }
}

function bodyCounts(content: ReportContent, { memberId }: ReportBody): [counts: Cell[], found: number] {
  const { value } = figuresOf(content)
  const by = ['member', memberId] as const
  const of = { by }
  const firms = { ...of, counts: 'enterprises' } as const
  const counts = [
    value('certified', of) + value('refused', of) + value('supplemented', of),
    value('certified', firms),
    value('certified', of),
    value('refused', of),
    value('certified', { ...firms, window: 'year' }),
    value('certified', { ...of, window: 'year' }),
    certifiedBefore(content, 'enterprises', by) ?? none,
    certifiedBefore(content, 'rows', by) ?? none,
    value('assigned', of),
    value('live', { ...of, window: 'cut_off' }),
    value('report_due', of),
    value('report_on_time', of),
    value('report_late', of),
    value('report_overdue', of),
  ]
  return [counts, value('finding', of)]
}

function rankedBodies({ ranking }: ReportContent) {
  return ranking?.tables.tables[0]?.bodies ?? []
}

const qualityColumns: readonly Column[] = [
  { header: '位次' },
  { header: '成员机构' },
  { header: '得分', form: 'points' },
  { header: '等级' },
  { header: '最好位次' },
  { header: '最差位次' },
  { header: '建议' },
  { header: '依据' },
]

function qualityRows(content: ReportContent): Cell[][] {
  return rankedBodies(content).map(({ name, quality, judgement }) => [
    quality.place ?? unknown,
    name,
    quality.points ?? unknown,
    quality.class ?? unknown,
    quality.places?.best ?? unknown,
    quality.places?.worst ?? unknown,
    judgement ? recommendationNames[judgement.recommendation][0] : unknown,
    judgement?.words.zh ?? unknown,
  ])
}

const lapseColumns: readonly Column[] = [
  { header: '成员机构' },
  { header: '义务' },
  { header: '事项' },
  { header: '事由日', form: 'day' },
  { header: '到期日', form: 'day' },
  { header: '完成日', form: 'day' },
  { header: '逾期自然日' },
  { header: '逾期工作日' },
]

function* lapseRows({ lapses }: ReportAnnexes): Generator<Cell[]> {
  for (const line of lapses)
    yield [
      line.member,
      dutyNames[line.duty as Duty]?.[0] ?? line.duty,
      line.subject,
      dateOf(line.eventOn),
      dateOf(line.dueOn),
      line.metOn === null ? '逾期未报' : dateOf(line.metOn),
      line.calendarDaysLate,
      line.workingDaysLate,
    ]
}

const changeColumns: readonly Column[] = [
  { header: '日期', form: 'day' },
  { header: '变化' },
  { header: '企业' },
  { header: '产品（服务）' },
  { header: '证书编号' },
  { header: '机构' },
  { header: '原因' },
]

function* changeRows({ changes }: ReportAnnexes): Generator<Cell[]> {
  for (const line of changes)
    yield [
      dateOf(line.onDay),
      reportDefinitions[line.change as ReportSet].name[0],
      line.enterprise,
      line.product,
      line.number,
      line.member,
      line.reason === null ? unknown : (detailName(line.change as ReportSet, line.reason)?.[0] ?? line.reason),
    ]
}

type Part = { readonly key: string; readonly name: string }

const partColumns = (first: string): readonly Column[] => [
  { header: first },
  { header: '新认证企业（家）' },
  { header: '新认证产品（个）' },
  { header: '占比', form: 'share' },
  { header: '本年至今企业（家）' },
  { header: '本年至今产品（个）' },
  { header: '历年累计企业（家）' },
  { header: '历年累计产品（个）' },
  { header: '上年企业（家）' },
  { header: '上年产品（个）' },
  { header: '产品增减（个）' },
]

/** The families of the scheme, and what has none where there is such. */
function familyKeys(content: ReportContent): Part[] {
  const named = families.filter(({ code }) => content.settings.families.includes(code))
  const others = figuresOf(content).value('certified', { window: 'to_date', by: ['family', 'none'] }) > 0
  return [
    ...named.map(({ code, zh }) => ({ key: code, name: zh })),
    ...(others ? [{ key: 'none', name: familyName(null) }] : []),
  ]
}

/** In the order of the document’s tables, the whole at the end: firms of several parts count once in it (R10). */
function* partRows(content: ReportContent, dimension: ReportDimension, parts: readonly Part[]): Generator<Cell[]> {
  for (const { key, name } of parts) yield [name, ...partCells(content, [dimension, key])]
  yield ['合计', ...partCells(content)]
}

function partCells(content: ReportContent, by?: By): Cell[] {
  const { value } = figuresOf(content)
  const of = by === undefined ? {} : { by }
  const firms = { ...of, counts: 'enterprises' } as const
  const [products, whole] = [value('certified', of), value('certified')]
  const before = certifiedBefore(content, 'rows', by)
  return [
    value('certified', firms),
    products,
    whole === 0 ? unknown : products / whole,
    value('certified', { ...firms, window: 'year' }),
    value('certified', { ...of, window: 'year' }),
    value('certified', { ...firms, window: 'to_date' }),
    value('certified', { ...of, window: 'to_date' }),
    certifiedBefore(content, 'enterprises', by) ?? none,
    before ?? none,
    before === null ? unknown : products - before,
  ]
}

type By = readonly [dimension: ReportDimension, key: string]

/** Of last year’s frozen set; null where there is none. */
function certifiedBefore({ previous }: ReportContent, counts: 'rows' | 'enterprises', by?: By): number | null {
  if (previous === null) return null
  const narrowed = by === undefined ? null : { dimension: by[0], key: by[1] }
  return figureIn(previous.figures, { set: 'certified', window: 'period', by: narrowed, counts })
}

const figureColumns: readonly Column[] = [{ header: '数字编号' }, { header: '数值' }, { header: '含义' }]

function* figureRows(content: ReportContent): Generator<Cell[]> {
  for (const { id, value, words } of everyFigure(content)) yield [id, value, words.zh]
}
