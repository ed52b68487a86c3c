import type { ReportContent } from '../../domain/report/content.ts'
import { type ReportDuty, reportDuties, setsOfDuty } from '../../domain/report/figure.ts'
import { type Block, type FiguresRead, heading, paragraph, type Run, type Runs, say, table } from './blocks.ts'

/** 四、认证结果上报情况: due, on time, late, overdue, and not yet due as a column of its own (R9, R10). */
export function dutiesPart(content: ReportContent, read: FiguresRead): Block[] {
  const stems = Object.keys(reportDuties) as ReportDuty[]
  return [
    heading(1, '四、认证结果上报情况'),
    paragraph(reportedSentence(read)),
    ...paceSentence(content, read),
    table(
      '表5　报送义务完成情况',
      ['义务', '应报', '按期', '迟报', '逾期未报', '按期率', '未到期', '免除'],
      [4.2, 1.2, 1.2, 1.2, 1.7, 1.5, 1.4, 1.1],
      stems.map((stem) => dutyRow(stem, read)),
    ),
  ]
}

function rate(stem: ReportDuty, { value, run }: FiguresRead): Run {
  const due = value(`${stem}_due`)
  if (due === 0) return '—'
  return { figure: run(`${stem}_due`).figure, text: `${((value(`${stem}_on_time`) / due) * 100).toFixed(1)}%` }
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

function paceSentence({ pace }: ReportContent, { run }: FiguresRead): Block[] {
  if (pace === null) return []
  const days = (count: number): Run => ({ figure: run('report_due').figure, text: String(count) })
  return [
    paragraph(
      say`已报送的，从认证决定到报送的工作日数中位数为${days(pace.median)}天，九成在${days(pace.p90)}天以内，最长${days(pace.slowest)}天。`,
    ),
  ]
}

function dutyRow(stem: ReportDuty, read: FiguresRead) {
  const [onTime, late, overdue, notDue, waived] = setsOfDuty(stem).map((set) => read.run(set))
  return [
    reportDuties[stem][0],
    read.run(`${stem}_due`),
    onTime ?? '',
    late ?? '',
    overdue ?? '',
    rate(stem, read),
    notDue ?? '',
    waived ?? '',
  ]
}
