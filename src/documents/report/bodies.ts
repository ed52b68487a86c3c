import { dayInWords } from '../../domain/plain-date.ts'
import type { RankedBody } from '../../domain/ranking/ranking.ts'
import { type Recommendation, recommendationNames } from '../../domain/ranking/recommendation.ts'
import type { ReportBody, ReportContent } from '../../domain/report/content.ts'
import {
  type BodiesCounted,
  bodiesOfFigure,
  type RankingCell,
  reportFigureId,
  valueOfFigure,
} from '../../domain/report/named-figure.ts'
import { percentInWords, pointsInWords } from '../figure-words.ts'
import {
  type Block,
  type FiguresRead,
  heading,
  linesInDocumentMax,
  paragraph,
  type Run,
  type Runs,
  say,
  table,
} from './blocks.ts'
import { decisionTable, isOnStanding } from './decisions.ts'

/** 三、成员机构完成质量和数量情况: two tables that are never mixed, and what was decided (R9, R10). */
export function bodiesPart(content: ReportContent, read: FiguresRead): Block[] {
  return [
    heading(1, '三、成员机构完成质量和数量情况'),
    heading(2, '（一）数量情况'),
    ...quantity(content, read),
    heading(2, '（二）质量情况'),
    ...quality(content),
    heading(2, '（三）评价建议和决定'),
    ...decisions(content, read),
  ]
}

const of = (memberId: string) => ({ by: ['member', memberId] as const })

/** Ordered by results completed; bodies with as many share a place (R9). A count is what it is, and has no interval. */
function quantity(content: ReportContent, read: FiguresRead): Block[] {
  const completed = ({ memberId }: ReportBody) => read.value('completed', of(memberId))
  const active = bodiesOfFigure(content, 'active').toSorted(
    (a, b) => completed(b) - completed(a) || (a.name < b.name ? -1 : 1),
  )
  if (active.length === 0) return [paragraph(say`无。`)]
  const shown = active.slice(0, linesInDocumentMax)
  const placeOf = (body: ReportBody) => 1 + active.filter((each) => completed(each) > completed(body)).length
  return [
    paragraph(say`报告期内有认证业务或持有有效证书的机构${countOf(content, 'active')}家，按完成认证结果数排列。`),
    table(
      '表#quantity　各机构数量情况（报告期）',
      [
        '位次',
        '成员机构',
        '完成结果（项）',
        '企业（家）',
        '产品（个）',
        '未通过（个）',
        '认证任务（项）',
        '有效和暂停证书（张）',
      ],
      [1, 3.8, 1.7, 1.4, 1.4, 1.6, 1.7, 2.2],
      shown.map((body) => [String(placeOf(body)), ...quantityRow(body, read)]),
    ),
    table(
      '表#quantity_beside　各机构数量情况（本年至今和上年）',
      ['成员机构', '本年结果', '本年企业', '本年产品', '上年结果', '上年企业', '上年产品', '结果增减'],
      [3.8, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6],
      shown.map((body) => besideRow(body, read)),
    ),
    ...beyond(active.length),
  ]
}

function countOf(content: ReportContent, counted: BodiesCounted): Run {
  const figure = { kind: 'bodies', of: counted } as const
  return { figure: reportFigureId(figure), text: String(valueOfFigure(content, figure)) }
}

function quantityRow({ memberId, name }: ReportBody, { run }: FiguresRead): Run[] {
  return [
    name,
    run('completed', of(memberId)),
    run('certified', { ...of(memberId), counts: 'enterprises' }),
    run('certified', of(memberId)),
    run('refused', of(memberId)),
    run('assigned', of(memberId)),
    run('live', { ...of(memberId), window: 'cut_off' }),
  ]
}

function besideRow({ memberId, name }: ReportBody, { run, before, change }: FiguresRead): Run[] {
  const year = { ...of(memberId), window: 'year' } as const
  return [
    name,
    run('completed', year),
    run('certified', { ...year, counts: 'enterprises' }),
    run('certified', year),
    before('completed', of(memberId)),
    before('certified', { ...of(memberId), counts: 'enterprises' }),
    before('certified', of(memberId)),
    change('completed', of(memberId)),
  ]
}

function quality(content: ReportContent): Block[] {
  const { ranking } = content
  const bodies = ranking?.tables.tables[0]?.bodies ?? []
  const placed = bodies
    .filter(({ quality: { place } }) => place !== null)
    .sort((a, b) => (a.quality.place ?? 0) - (b.quality.place ?? 0) || (a.name < b.name ? -1 : 1))
  const few = bodies.filter(({ quality: { place } }) => place === null).map(({ name }) => name)
  const left =
    few.length === 0
      ? []
      : [paragraph(say`数据不足、不作评价的机构${countOf(content, 'too_few')}家：${namesIn(few)}。`)]
  if (ranking === null || placed.length === 0) return [paragraph(say`无足以评价的数据。`), ...left]
  return [
    paragraph(
      say`依评价办法第${ranking.policyVersion}版评价机构${countOf(content, 'ranked')}家。得分按观测值计算；可信区间由各机构数据合并估计，位次区间表示真实水平可能所处的位次，低于线概率指真实按期报送率低于评价线的可能性。`,
    ),
    table(
      '表#quality　各机构质量情况',
      ['位次', '成员机构', '得分', '等级', '位次区间', '按期报送率', '可信区间', '低于线概率', '其中有异议'],
      [0.9, 3.4, 1.2, 0.9, 1.5, 1.5, 2.4, 1.6, 1.4],
      placed.slice(0, linesInDocumentMax).map((body) => qualityRow(content, body)),
    ),
    ...(placed.length > bodiesDrawnMax
      ? []
      : [{ kind: 'chart', chart: 'places', alternative: '各机构质量位次及位次区间图，数据见表#quality。' } as const]),
    ...beyond(placed.length),
    ...left,
  ]
}

function namesIn(names: readonly string[]): string {
  const rest = names.length - linesInDocumentMax
  return `${names.slice(0, linesInDocumentMax).join('、')}${rest > 0 ? `等${names.length}家` : ''}`
}

/** More bodies than these are not drawn: nobody could tell one from another. */
const bodiesDrawnMax = 60

/** What stands in the workbook alone. */
function beyond(bodies: number): Block[] {
  const rest = bodies - linesInDocumentMax
  return rest > 0 ? [paragraph(say`其余${rest}家机构见附表工作簿。`)] : []
}

function qualityRow(content: ReportContent, { memberId, name, quality: { class: grade } }: RankedBody): (Run | Runs)[] {
  const cell = (of: RankingCell, inWords: (value: number) => string = String): Run => {
    const figure = { kind: 'ranking', cell: of, memberId } as const
    const value = valueOfFigure(content, figure)
    return value === null ? '—' : { figure: reportFigureId(figure), text: inWords(value) }
  }
  const between = (low: Run, high: Run): Runs => (low === '—' ? [low] : [low, '–', high])
  return [
    cell('place'),
    name,
    cell('points', pointsInWords),
    grade ?? '—',
    between(cell('best'), cell('worst')),
    cell('on_time', percentInWords),
    between(cell('on_time_low', percentInWords), cell('on_time_high', percentInWords)),
    cell('below_bar', percentInWords),
    cell('contested'),
  ]
}

const worthTelling: readonly Recommendation[] = ['commend', 'watch', 'rectify', 'remove']

/** Good ones are kept, poor ones removed (N2): what was decided on whom, who applies, and what the figures recommend. */
function decisions(content: ReportContent, { value, run, details }: FiguresRead): Block[] {
  const lines = content.decisions.filter(isOnStanding)
  const made =
    value('decision') === 0
      ? say`报告期内无依通报作出的留用与退出决定。`
      : say`报告期内依通报作出决定${run('decision')}项：${details('decision')}。`
  const standing = lines.length === 0 ? [paragraph(say`涉及成员资格的决定：无。`)] : []
  return [
    paragraph(made),
    ...standing,
    ...decisionTable('表#decisions　涉及成员资格的决定', lines),
    paragraph(candidatesSentence(content, run('member_candidate', { window: 'cut_off' }))),
    ...advice(content),
  ]
}

function candidatesSentence({ candidates }: ReportContent, count: Run): Runs {
  if (candidates.length === 0) return say`统计截止日候选机构：无。`
  const names = candidates.map(({ member, sinceOn }) => `${member}（自${dayInWords(sinceOn)}）`)
  return say`统计截止日候选机构${count}家：${namesIn(names)}。`
}

function advice({ ranking }: ReportContent): Block[] {
  const bodies = ranking?.tables.tables[0]?.bodies ?? []
  const advised = worthTelling.flatMap((recommendation) =>
    bodies
      .filter(({ judgement }) => judgement?.recommendation === recommendation)
      .map(({ name, judgement }) =>
        paragraph(say`${name}：建议${recommendationNames[recommendation][0]}。${judgement?.words.zh ?? ''}`),
      ),
  )
  return advised.length === 0 ? [paragraph(say`按报告期数据，无需表扬、关注、整改或退出的建议。`)] : advised
}
