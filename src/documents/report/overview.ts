import { families } from '../../domain/families.ts'
import { dayInWords } from '../../domain/plain-date.ts'
import type { ReportContent } from '../../domain/report/content.ts'
import type { ReportDimension, ReportSet } from '../../domain/report/figure.ts'
import {
  type Block,
  type FiguresRead,
  heading,
  type Narrowed,
  paragraph,
  type Runs,
  say,
  shareRun,
  table,
} from './blocks.ts'

/** 一、总体情况: firms and products counted apart, by family and region, beside last year (R10). */
export function overview(content: ReportContent, read: FiguresRead): Block[] {
  return [
    heading(1, '一、总体情况'),
    paragraph(certifiedSentence(read)),
    paragraph(liveSentence(content, read)),
    paragraph(announcedSentence(read)),
    paragraph(membersSentence(content, read)),
    paragraph(casesSentence(read)),
    paragraph(againstLastYear(content, read)),
    overviewTable(read),
    ...familyTable(content, read),
    ...regionTable(content, read),
    ...batchTable(read),
  ]
}

function certifiedSentence({ value, run }: FiguresRead): Runs {
  const refused = value('refused') === 0 ? say`无认证未通过的产品（服务）` : say`认证未通过${run('refused')}个`
  const ofYear =
    value('certified', { window: 'year' }) === 0
      ? say`本年至今无新认证产品（服务）。`
      : say`本年至今，新认证企业${run('certified', { window: 'year', counts: 'enterprises' })}家、产品（服务）${run('certified', { window: 'year' })}个。`
  if (value('certified') === 0) return say`报告期内无新认证产品（服务）；${refused}。${ofYear}`
  const renewed = value('renewed') === 0 ? say`无再认证` : say`其中再认证${run('renewed')}个`
  return say`报告期内，新认证企业${run('certified', { counts: 'enterprises' })}家、产品（服务）${run('certified')}个，${renewed}；${refused}。${ofYear}`
}

function liveSentence({ spans }: ReportContent, { value, run }: FiguresRead): Runs {
  const live =
    value('live', { window: 'cut_off' }) === 0
      ? say`无有效或暂停的证书`
      : say`有效和暂停的证书${run('live', { window: 'cut_off' })}张，涉及企业${run('live', { window: 'cut_off', counts: 'enterprises' })}家`
  const ever =
    value('certified', { window: 'to_date' }) === 0
      ? say`历年无认证产品（服务）`
      : say`历年累计认证企业${run('certified', { window: 'to_date', counts: 'enterprises' })}家、产品（服务）${run('certified', { window: 'to_date' })}个`
  return say`截至${dayInWords(spans.cutOffOn)}，${live}；${ever}。`
}

function announcedSentence({ value, run, details }: FiguresRead): Runs {
  const ofYear =
    value('announced', { window: 'year' }) === 0
      ? say`本年至今无公告产品（服务）`
      : say`本年至今公告企业${run('announced', { window: 'year', counts: 'enterprises' })}家、产品（服务）${run('announced', { window: 'year' })}个`
  if (value('announced') === 0) return say`报告期内无公告产品（服务）；${ofYear}。`
  return say`报告期内公告企业${run('announced', { counts: 'enterprises' })}家、产品（服务）${run('announced')}个（${details('announced')}），${ofYear}。`
}

/** By the year of the batch, which may be another than that of the announcement (N8, R10). */
function batchTable({ value, run, before, change, keys, keysBefore }: FiguresRead): Block[] {
  const years = [
    ...new Set([
      ...keys('announced', 'detail'),
      ...keys('announced', 'detail', 'year'),
      ...keysBefore('announced', 'detail'),
    ]),
  ].sort()
  if (value('announced') + value('announced', { window: 'year' }) === 0) return []
  const row = (name: string, by?: readonly ['detail', string]) => {
    const of = by === undefined ? {} : { by }
    return [
      name,
      run('announced', { ...of, counts: 'enterprises' }),
      run('announced', of),
      run('announced', { ...of, window: 'year', counts: 'enterprises' }),
      run('announced', { ...of, window: 'year' }),
      before('announced', { ...of, counts: 'enterprises' }),
      before('announced', of),
      change('announced', of),
    ]
  }
  return [
    table(
      '表#batches　公告产品（服务）按批次年度',
      ['批次年度', '企业（家）', '产品（个）', '本年企业', '本年产品', '上年企业', '上年产品', '产品增减'],
      [1.8, 1.7, 1.7, 1.6, 1.6, 1.6, 1.6, 1.6],
      [...years.map((year) => row(`${year}年`, ['detail', year])), row('合计')],
    ),
  ]
}

function membersSentence(content: ReportContent, read: FiguresRead): Runs {
  const { spans } = content
  const { value, run, details } = read
  const moved = (set: 'member_joined' | 'member_left', word: string) =>
    value(set) === 0 ? say`无机构${word}` : say`${word}${run(set)}家（${namesOf(content, read, set)}）`
  const both = say`报告期内${moved('member_joined', '加入')}，${moved('member_left', '退出')}`
  if (value('member_standing', { window: 'cut_off' }) === 0)
    return say`截至${dayInWords(spans.cutOffOn)}，无在册成员机构；${both}。`
  return say`截至${dayInWords(spans.cutOffOn)}，在册成员机构${run('member_standing', { window: 'cut_off' })}家（${details('member_standing', 'cut_off')}）；${both}。`
}

/** The bodies that a figure of the period speaks of, by name. */
function namesOf({ bodies }: ReportContent, { keys }: FiguresRead, set: ReportSet): string {
  const among = new Set(keys(set, 'member'))
  return bodies
    .filter(({ memberId }) => among.has(memberId))
    .map(({ name }) => name)
    .join('、')
}

function casesSentence({ value, run, details }: FiguresRead): Runs {
  if (value('assigned') + value('accepted') + value('declined') === 0) return say`报告期内无认证任务给出、接受或谢绝。`
  const given =
    value('assigned') === 0 ? say`无新给出的认证任务` : say`给出认证任务${run('assigned')}项（${details('assigned')}）`
  return say`报告期内${given}；接受${run('accepted')}项，谢绝${run('declined')}项。`
}

function againstLastYear({ previous }: ReportContent, read: FiguresRead): Runs {
  if (previous === null) return say`上年度无冻结的报告数据，不作比较。`
  const { value, run } = read
  const restated =
    value('restated') === 0
      ? say`该报告冻结以后无补登的以前报告期的产品（服务）`
      : say`另有以前报告期认证、该报告冻结以后补登的产品（服务）${run('restated')}个，不计入以上数字`
  return say`与${previous.year}年度报告的冻结数据相比，新认证企业${moved(read, 'enterprises', '家')}，产品（服务）${moved(read, 'rows', '个')}；${restated}。`
}

function moved({ value, valueBefore, before }: FiguresRead, counts: 'rows' | 'enterprises', unit: string): Runs {
  const [now, was] = [value('certified', { counts }), valueBefore('certified', { counts }) ?? 0]
  const last = before('certified', { counts })
  if (now === was) return say`持平（${last}${unit}）`
  const share = was === 0 ? '' : `，${((Math.abs(now - was) / was) * 100).toFixed(1)}%`
  return say`${now > was ? '增加' : '减少'}${Math.abs(now - was)}${unit}（上年${last}${unit}${share}）`
}

/** What the part says, once more as a table: the period, the year to date, and last year (R10). */
function overviewTable({ run, before, change }: FiguresRead): Block {
  const row = (name: string, set: ReportSet, narrowed: Narrowed = {}) => [
    name,
    run(set, narrowed),
    run(set, { ...narrowed, window: 'year' }),
    before(set, narrowed),
    change(set, narrowed),
  ]
  const atCutOff = (name: string, set: ReportSet, counts: 'rows' | 'enterprises' = 'rows') => {
    const narrowed = { window: 'cut_off', counts } as const
    return [name, run(set, narrowed), '—', before(set, narrowed), change(set, narrowed)]
  }
  const firms = { counts: 'enterprises' } as const
  return table(
    '表#overview　总体情况',
    ['项目', '报告期', '本年至今', '上年', '增减'],
    [5.4, 2, 2, 2, 2],
    [
      row('新认证企业（家）', 'certified', firms),
      row('新认证产品（服务）（个）', 'certified'),
      row('　其中再认证（个）', 'renewed'),
      row('认证未通过（个）', 'refused'),
      row('公告企业（家）', 'announced', firms),
      row('公告产品（服务）（个）', 'announced'),
      row('给出认证任务（项）', 'assigned'),
      row('　其中企业自选（项）', 'assigned', { by: ['detail', 'self_selected'] }),
      row('　其中秘书处安排（项）', 'assigned', { by: ['detail', 'secretariat_assigned'] }),
      row('接受认证任务（项）', 'accepted'),
      row('谢绝认证任务（项）', 'declined'),
      row('加入机构（家）', 'member_joined'),
      row('退出机构（家）', 'member_left'),
      atCutOff('截止日在册成员机构（家）', 'member_standing'),
      atCutOff('截止日有效和暂停证书（张）', 'live'),
      atCutOff('　涉及企业（家）', 'live', 'enterprises'),
    ],
  )
}

const head = (first: string) => [
  first,
  '企业（家）',
  '产品（个）',
  '占比',
  '本年企业',
  '本年产品',
  '累计产品',
  '上年企业',
  '上年产品',
  '产品增减',
]
const widths = [1.9, 1.4, 1.4, 1.6, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3]

function familyTable(content: ReportContent, read: FiguresRead): Block[] {
  if (content.settings.families.length === 0) return []
  const named = families.filter(({ code }) => content.settings.families.includes(code))
  // Whatever else was certified stands below them: the rows come to the total.
  const there = new Set([...read.keys('certified', 'family', 'to_date'), ...read.keysBefore('certified', 'family')])
  const rest = families.filter(({ code }) => !content.settings.families.includes(code) && there.has(code))
  const keys = [
    ...[...named, ...rest].map(({ code, zh }) => ({ key: code as string, name: zh })),
    ...(there.has('none') ? [{ key: 'none', name: '未列明' }] : []),
  ]
  return [table('表#families　新认证产品（服务）按类别', head('类别'), widths, tableRows(read, 'family', keys))]
}

function regionTable(content: ReportContent, read: FiguresRead): Block[] {
  const name = content.settings.regions === 'cities' ? '设区市' : '国家或地区'
  const rows = tableRows(read, 'region', content.regions)
  const alternative = `新认证产品（服务）按${name}的柱状图，数据见表#regions。`
  return [
    table(`表#regions　新认证产品（服务）按${name}`, head(name), widths, rows),
    ...(read.value('certified') === 0 ? [] : [{ kind: 'chart', chart: 'regions', alternative } as const]),
  ]
}

function tableRows(
  { value, run, before, change }: FiguresRead,
  dimension: ReportDimension,
  keys: readonly { readonly key: string; readonly name: string }[],
) {
  const whole = value('certified')
  const row = (name: string, by?: readonly [ReportDimension, string]) => {
    const of = by === undefined ? {} : { by }
    return [
      name,
      run('certified', { ...of, counts: 'enterprises' }),
      run('certified', of),
      shareRun(run('certified', of), whole),
      run('certified', { ...of, window: 'year', counts: 'enterprises' }),
      run('certified', { ...of, window: 'year' }),
      run('certified', { ...of, window: 'to_date' }),
      before('certified', { ...of, counts: 'enterprises' }),
      before('certified', of),
      change('certified', of),
    ]
  }
  return [...keys.map(({ key, name }) => row(name, [dimension, key])), row('合计')]
}
