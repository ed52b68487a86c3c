import type { IndicatorId } from '../../domain/ranking/indicator.ts'
import type { RankedBody } from '../../domain/ranking/ranking.ts'
import { type Recommendation, recommendationNames } from '../../domain/ranking/recommendation.ts'
import type { ReportContent } from '../../domain/report/content.ts'
import { percentInWords, pointsInWords } from '../figure-words.ts'
import { type Block, type FiguresRead, heading, linesInDocumentMax, paragraph, type Run, say, table } from './blocks.ts'

/** 三、成员机构完成质量和数量情况: two tables that are never mixed, and what was decided (R9, R10). */
export function bodiesPart(content: ReportContent, read: FiguresRead): Block[] {
  return [
    heading(1, '三、成员机构完成质量和数量情况'),
    heading(2, '（一）数量情况'),
    ...quantity(content, read),
    heading(2, '（二）质量情况'),
    ...quality(content, read),
    heading(2, '（三）评价建议和决定'),
    ...decisions(content, read),
  ]
}

function quantity({ bodies }: ReportContent, { run, value }: FiguresRead): Block[] {
  const active = bodies.filter(
    ({ memberId }) =>
      value('certified', { by: ['member', memberId] }) +
        value('refused', { by: ['member', memberId] }) +
        value('assigned', { by: ['member', memberId] }) +
        value('live', { window: 'cut_off', by: ['member', memberId] }) >
      0,
  )
  if (active.length === 0) return [paragraph(say`无。`)]
  const of = (memberId: string) => ({ by: ['member', memberId] as const })
  const rows = [...active]
    .sort(
      (a, b) => value('certified', of(b.memberId)) - value('certified', of(a.memberId)) || (a.name < b.name ? -1 : 1),
    )
    .slice(0, linesInDocumentMax)
    .map(({ memberId, name }) => [
      name,
      run('certified', { ...of(memberId), counts: 'enterprises' }),
      run('certified', of(memberId)),
      run('refused', of(memberId)),
      run('assigned', of(memberId)),
      run('live', { ...of(memberId), window: 'cut_off' }),
    ])
  return [
    paragraph(say`报告期内有认证业务或持有有效证书的机构${active.length}家，按新认证产品（服务）数排列。`),
    table(
      '表3　各机构数量情况',
      ['成员机构', '企业（家）', '产品（个）', '未通过（个）', '认证任务（项）', '有效和暂停证书（张）'],
      [5, 1.7, 1.7, 2, 2.2, 2.8],
      rows,
    ),
    ...beyond(active.length),
  ]
}

function quality({ ranking }: ReportContent, read: FiguresRead): Block[] {
  const bodies = ranking?.tables.tables[0]?.bodies ?? []
  const placed = bodies
    .filter(({ quality: { place } }) => place !== null)
    .sort((a, b) => (a.quality.place ?? 0) - (b.quality.place ?? 0) || (a.name < b.name ? -1 : 1))
  const few = bodies.length - placed.length
  const left = few === 0 ? [] : [paragraph(say`数据不足、不作评价的机构${few}家。`)]
  if (ranking === null || placed.length === 0) return [paragraph(say`无足以评价的数据。`), ...left]
  return [
    paragraph(
      say`依评价办法第${ranking.policyVersion}版评价机构${placed.length}家。得分按观测值计算；可信区间由各机构数据合并估计，位次区间表示真实水平可能所处的位次。`,
    ),
    table(
      '表4　各机构质量情况',
      ['位次', '成员机构', '得分', '等级', '位次区间', '按期报送率', '可信区间'],
      [1, 4.4, 1.3, 1.1, 1.7, 2.1, 2.8],
      placed.slice(0, linesInDocumentMax).map((body) => qualityRow(body, read)),
    ),
    ...(placed.length > bodiesDrawnMax
      ? []
      : [{ kind: 'chart', chart: 'places', alternative: '各机构质量位次及位次区间图，数据见表4。' } as const]),
    ...beyond(placed.length),
    ...left,
  ]
}

/** More bodies than these are not drawn: nobody could tell one from another. */
const bodiesDrawnMax = 60

/** What stands in the workbook alone. */
function beyond(bodies: number): Block[] {
  const rest = bodies - linesInDocumentMax
  return rest > 0 ? [paragraph(say`其余${rest}家机构见附表工作簿。`)] : []
}

function qualityRow({ memberId, name, quality, figures }: RankedBody, { run }: FiguresRead): Run[] {
  const onTime = figures.find(({ indicator }) => indicator === ('on_time_cnca' satisfies IndicatorId))
  return [
    String(quality.place),
    name,
    pointsInWords(quality.points),
    quality.class ?? '—',
    quality.places ? `${quality.places.best}–${quality.places.worst}` : '—',
    { figure: run('report_due', { by: ['member', memberId] }).figure, text: percentInWords(onTime?.value ?? null) },
    onTime && onTime.low !== null ? `${percentInWords(onTime.low)}–${percentInWords(onTime.high)}` : '—',
  ]
}

const worthTelling: readonly Recommendation[] = ['commend', 'watch', 'rectify', 'remove']

function decisions({ ranking }: ReportContent, { value, run, details }: FiguresRead): Block[] {
  const made =
    value('decision') === 0
      ? say`报告期内未依通报作出留用与退出决定。`
      : say`报告期内依通报作出决定${run('decision')}项：${details('decision')}。`
  const bodies = ranking?.tables.tables[0]?.bodies ?? []
  const advised = worthTelling.flatMap((recommendation) =>
    bodies
      .filter(({ judgement }) => judgement?.recommendation === recommendation)
      .map(({ name, judgement }) =>
        paragraph(say`${name}：建议${recommendationNames[recommendation][0]}。${judgement?.words.zh ?? ''}`),
      ),
  )
  const advice = advised.length === 0 ? [paragraph(say`按报告期数据，无需表扬、关注、整改或退出的建议。`)] : advised
  return [paragraph(made), ...advice]
}
