import type { ReportContent, ReportPace } from '../../domain/report/content.ts'
import { type ReportDuty, reportDuties } from '../../domain/report/figure.ts'
import { reportFigureId } from '../../domain/report/named-figure.ts'
import {
  type Block,
  type FiguresRead,
  heading,
  linesInDocumentMax,
  type Narrowed,
  paragraph,
  type Run,
  type Runs,
  say,
  shareRun,
  table,
} from './blocks.ts'

/** 四、认证结果上报情况: due, on time, late, overdue, and not yet due as a column of its own (R9, R10). */
export function dutiesPart(content: ReportContent, read: FiguresRead): Block[] {
  const stems = Object.keys(reportDuties) as ReportDuty[]
  return [
    heading(1, '四、认证结果上报情况'),
    paragraph(reportedSentence(read)),
    ...paceSentence(content),
    paragraph(contestedSentence(stems, read)),
    table(
      '表#duties　报送义务完成情况（报告期）',
      ['义务', '应报', '按期', '迟报', '逾期未报', '按期率', '其中有异议', '未到期', '免除'],
      [3.6, 1.1, 1.1, 1.1, 1.5, 1.5, 1.6, 1.2, 1],
      stems.map((stem) => dutyRow(stem, read)),
    ),
    table(
      '表#duties_beside　报送义务完成情况（本年至今和上年）',
      ['义务', '本年应报', '按期', '迟报', '逾期未报', '按期率', '上年应报', '上年按期率'],
      [3.6, 1.5, 1.1, 1.1, 1.5, 1.5, 1.5, 1.7],
      stems.map((stem) => besideRow(stem, read)),
    ),
    ...outcomes(content, read),
  ]
}

function rate(stem: ReportDuty, { value, run }: FiguresRead, narrowed: Narrowed = {}): Run {
  return shareRun(run(`${stem}_on_time`, narrowed), value(`${stem}_due`, narrowed))
}

function reportedSentence(read: FiguresRead): Runs {
  const { run, value } = read
  const waiting =
    value('report_not_due') === 0
      ? say`统计截止日无未到期的报送`
      : say`另有${run('report_not_due')}项统计截止日尚未到期`
  if (value('report_due') === 0) return say`报告期内无到期应向国家认监委报送的认证结果；${waiting}。`
  return say`报告期内到期应向国家认监委报送认证结果${run('report_due')}项，按期${run('report_on_time')}项，按期率${rate('report', read)}；迟报${run('report_late')}项，逾期未报${run('report_overdue')}项；${waiting}。`
}

function paceSentence({ pace }: ReportContent): Block[] {
  if (pace === null) return [paragraph(say`报告期内到期的报送尚无已完成的，不计工作日数。`)]
  const days = (of: keyof ReportPace): Run => ({ figure: reportFigureId({ kind: 'pace', of }), text: String(pace[of]) })
  return [
    paragraph(
      say`已报送的，从认证决定到报送的工作日数中位数为${days('median')}天，九成在${days('p90')}天以内，最长${days('slowest')}天。`,
    ),
  ]
}

/** What is contested counts, and is marked (R9). */
function contestedSentence(stems: readonly ReportDuty[], { value, run }: FiguresRead): Runs {
  const some = stems.filter((stem) => value(`${stem}_contested`) > 0)
  if (some.length === 0) return say`应报的各项中无回执有异议的。`
  const parts = some.flatMap((stem, at) => [
    `${at === 0 ? '' : '、'}${reportDuties[stem][0]}`,
    run(`${stem}_contested`),
    '项',
  ])
  return say`应报的各项中，回执有异议、尚未了结的：${parts}；照常计入，并在表中列明。`
}

function dutyRow(stem: ReportDuty, read: FiguresRead): Run[] {
  const of = (end: 'due' | 'on_time' | 'late' | 'overdue' | 'contested' | 'not_due' | 'waived') =>
    read.run(`${stem}_${end}`)
  return [
    reportDuties[stem][0],
    of('due'),
    of('on_time'),
    of('late'),
    of('overdue'),
    rate(stem, read),
    of('contested'),
    of('not_due'),
    of('waived'),
  ]
}

function besideRow(stem: ReportDuty, read: FiguresRead): Run[] {
  const { run, before, valueBefore } = read
  const year = { window: 'year' } as const
  return [
    reportDuties[stem][0],
    run(`${stem}_due`, year),
    run(`${stem}_on_time`, year),
    run(`${stem}_late`, year),
    run(`${stem}_overdue`, year),
    rate(stem, read, year),
    before(`${stem}_due`),
    shareRun(before(`${stem}_on_time`), valueBefore(`${stem}_due`)),
  ]
}

/** Outcomes of accepted cases, body by body: one that posts nothing does not look clean (R2). */
function outcomes({ bodies }: ReportContent, read: FiguresRead): Block[] {
  const { value, run } = read
  const of = (memberId: string) => ({ by: ['member', memberId] as const })
  const owing = bodies.filter(
    ({ memberId }) => value('outcome_due', of(memberId)) + value('outcome_not_due', of(memberId)) > 0,
  )
  if (owing.length === 0) return [paragraph(say`报告期内无应上报结论的认证任务。`)]
  const rows = [...owing]
    .sort((a, b) => value('outcome_overdue', of(b.memberId)) - value('outcome_overdue', of(a.memberId)))
    .slice(0, linesInDocumentMax)
    .map(({ memberId, name }) => [
      name,
      run('outcome_due', of(memberId)),
      run('outcome_on_time', of(memberId)),
      run('outcome_late', of(memberId)),
      run('outcome_overdue', of(memberId)),
      rate('outcome', read, of(memberId)),
      run('outcome_not_due', of(memberId)),
    ])
  const due =
    value('outcome_due') === 0
      ? say`报告期内无到期应上报结论的认证任务`
      : say`报告期内到期应上报结论的认证任务${run('outcome_due')}项，按期${run('outcome_on_time')}项，迟报${run('outcome_late')}项，逾期未报${run('outcome_overdue')}项`
  const waiting = value('outcome_not_due') === 0 ? say`无未到期的` : say`另有${run('outcome_not_due')}项尚未到期`
  const rest = owing.length - rows.length
  return [
    paragraph(say`${due}；${waiting}。各机构情况见表#outcomes。`),
    table(
      '表#outcomes　各机构上报认证任务结论情况',
      ['成员机构', '应报', '按期', '迟报', '逾期未报', '按期率', '未到期'],
      [5, 1.3, 1.3, 1.3, 1.8, 1.7, 1.5],
      rows,
    ),
    ...(rest > 0 ? [paragraph(say`其余${rest}家机构见附表工作簿。`)] : []),
  ]
}
