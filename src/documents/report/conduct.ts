import { type ReportContent, type TextSection, textSectionNames } from '../../domain/report/content.ts'
import { detailName, type ReportSet } from '../../domain/report/figure.ts'
import { type Block, type FiguresRead, heading, paragraph, type Runs, say, typedParagraph } from './blocks.ts'
import { decisionTable, isMeasure } from './decisions.ts'

/** 六、监督检查与违规处理: cases, findings, measures, referrals (R8, R10). */
export function conductPart(content: ReportContent, read: FiguresRead): Block[] {
  const { value, run } = read
  const sent =
    value('referred') === 0 ? say`报告期内未向监管部门移送案件` : say`报告期内向监管部门移送${run('referred')}件`
  const answered =
    value('referral_answered') === 0 ? say`未收到移送的回复` : say`收到移送的回复${run('referral_answered')}件`
  const referred = say`${sent}，${answered}。`
  return [
    heading(1, '六、监督检查与违规处理'),
    paragraph(casesSentence(read)),
    paragraph(findingsSentence(read)),
    paragraph(orNone(read, 'sanction', '报告期内决定处理措施', '报告期内未采取处理措施。')),
    ...decisionTable('表#measures　报告期内决定的处理措施', content.decisions.filter(isMeasure)),
    paragraph(referred),
  ]
}

function casesSentence({ value, run, details }: FiguresRead): Runs {
  const found = value('case_substantiated') === 0 ? say`无查实案件` : say`查实${run('case_substantiated')}件`
  if (value('case_opened') === 0 && value('case_substantiated') === 0) return say`报告期内无核查立案。`
  if (value('case_opened') === 0) return say`报告期内无新的核查立案；${found}。`
  return say`报告期内核查立案${run('case_opened')}件（${details('case_opened')}）；${found}。`
}

function findingsSentence({ value, run, details }: FiguresRead): Runs {
  if (value('finding') === 0) return say`报告期内无查实的问题。`
  return say`报告期内查实问题${run('finding')}项，按种类：${details('finding')}；按程度：${details('finding_grade')}。`
}

function orNone({ value, run, details }: FiguresRead, set: ReportSet, words: string, none: string): Runs {
  return value(set) === 0 ? say`${none}` : say`${words}${run(set)}项：${details(set)}。`
}

/** Problems grouped by kind, each with how many bodies it concerns (R10). */
const problemKinds: readonly (readonly [set: ReportSet, words: string, unit: string])[] = [
  ['outcome_overdue', '逾期未上报认证任务的结论', '项'],
  ['outcome_late', '迟报认证任务的结论', '项'],
  ['report_overdue', '逾期未向国家认监委报送认证结果', '项'],
  ['report_late', '迟报认证结果', '项'],
  ['feedback_overdue', '逾期未向秘书处反馈结果', '项'],
  ['feedback_late', '迟反馈结果', '项'],
  ['monthly_overdue', '逾期未报送服务认证月度数据', '项'],
  ['monthly_late', '迟报服务认证月度数据', '项'],
  ['status_report_overdue', '逾期未报送证书状态变化', '项'],
  ['status_report_late', '迟报证书状态变化', '项'],
  ['surveillance_overdue', '年度监督逾期未完成', '项'],
  ['surveillance_late', '年度监督迟于期限完成', '项'],
  ['case_substantiated', '有查实案件', '件'],
]

/** 七、存在问题: what the figures show, then what the secretariat writes. */
export function problemsPart(content: ReportContent, read: FiguresRead): Block[] {
  const shown = [...problemKinds.flatMap((kind) => problemOf(kind, read)), ...foundProblems(read)]
  const counted = shown.map((runs, at) => paragraph([`${at + 1}.`, ...runs]))
  const written = content.texts.problems.map(typedParagraph)
  const all = [...counted, ...written]
  return [heading(1, textSectionNames.problems[0]), ...(all.length === 0 ? [paragraph(say`无。`)] : all)]
}

function problemOf([set, words, unit]: (typeof problemKinds)[number], { value, run }: FiguresRead): Runs[] {
  if (value(set) === 0) return []
  return [say`有${run(set, { counts: 'members' })}家机构${words}，涉及${run(set)}${unit}。`]
}

/** What was found, each kind by itself (R8, R10). */
function foundProblems({ run, keys }: FiguresRead): Runs[] {
  return keys('finding', 'detail').map((kind) => {
    const by = { by: ['detail', kind] } as const
    return say`有${run('finding', { ...by, counts: 'members' })}家机构被查实${detailName('finding', kind)?.[0] ?? kind}，涉及${run('finding', by)}项。`
  })
}

/** A part that people write; 无 where they wrote nothing. */
export function writtenPart({ texts }: ReportContent, section: TextSection): Block[] {
  const written = texts[section].map(typedParagraph)
  return [heading(1, textSectionNames[section][0]), ...(written.length === 0 ? [paragraph(say`无。`)] : written)]
}
