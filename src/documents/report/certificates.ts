import { dayInWords } from '../../domain/plain-date.ts'
import type { ReportContent } from '../../domain/report/content.ts'
import { type ReportSet, reportDefinitions } from '../../domain/report/figure.ts'
import { type Block, type FiguresRead, heading, paragraph, type Runs, say, table } from './blocks.ts'

/** 五、证书管理: states, changes with their reasons, surveillance, and what expires next year (R3, R4, R10). */
export function certificatesPart(content: ReportContent, read: FiguresRead): Block[] {
  return [
    heading(1, '五、证书管理'),
    paragraph(statesSentence(content, read)),
    paragraph(changesSentence(read)),
    table(
      '表#changes　证书状态变化',
      ['变化', '报告期（张）', '本年至今（张）', '上年（张）', '原因（报告期）'],
      [1.6, 1.9, 2.2, 1.7, 5],
      changes.map((set) => changeRow(set, read)),
    ),
    paragraph(surveillanceSentence(read)),
    ...expiringPart(content, read),
  ]
}

const changes: readonly ReportSet[] = [
  'suspended',
  'reinstated',
  'restricted',
  'amended',
  'supplemented',
  'withdrawn',
  'cancelled',
  'transferred',
  'expired',
]

function statesSentence({ spans }: ReportContent, { value, details }: FiguresRead): Runs {
  const day = dayInWords(spans.cutOffOn)
  if (value('state', { window: 'cut_off' }) === 0) return say`截至${day}，无未到期的证书。`
  return say`截至${day}，未到期且未撤销、未注销的证书：${details('state', 'cut_off')}。`
}

function changesSentence({ value, run }: FiguresRead): Runs {
  const some = changes.filter((set) => value(set) > 0)
  if (some.length === 0) return say`报告期内证书状态无变化。`
  const parts = some.flatMap((set, at) => [`${at === 0 ? '' : '，'}${reportDefinitions[set].name[0]}`, run(set), '张'])
  return say`报告期内，${parts}。`
}

function changeRow(set: ReportSet, { value, run, before, details }: FiguresRead) {
  const reasons = details(set)
  const none = value(set) === 0 ? '无' : '—'
  return [
    reportDefinitions[set].name[0],
    run(set),
    run(set, { window: 'year' }),
    before(set),
    reasons.length === 0 ? none : reasons,
  ]
}

function surveillanceSentence({ value, run }: FiguresRead): Runs {
  if (value('surveillance_due') === 0) return say`报告期内无到期的年度监督。`
  return say`报告期内到期的年度监督${run('surveillance_due')}项，按期${run('surveillance_on_time')}项，迟${run('surveillance_late')}项，逾期未完成${run('surveillance_overdue')}项。`
}

function expiringPart({ year }: ReportContent, { value, run }: FiguresRead): Block[] {
  const total = value('expiring', { window: 'next_year' })
  if (total === 0) return [paragraph(say`${year + 1}年无将到期的证书。`)]
  const months = Array.from({ length: 12 }, (_, at) => `${year + 1}-${String(at + 1).padStart(2, '0')}`)
  const of = (month: string) => ({ window: 'next_year', by: ['detail', month] }) as const
  return [
    paragraph(say`${year + 1}年将有${run('expiring', { window: 'next_year' })}张证书到期，按月分布见表#expiring。`),
    table(
      `表#expiring　${year + 1}年将到期证书`,
      ['月份', ...months.map((month) => String(Number(month.slice(5))))],
      [1.8, ...months.map(() => 1)],
      [['张数', ...months.map((month) => run('expiring', of(month)))]],
    ),
    { kind: 'chart', chart: 'expiring', alternative: `${year + 1}年将到期证书按月的柱状图，数据见表#expiring。` },
  ]
}
