import { families } from '../../domain/families.ts'
import { dayInWords } from '../../domain/plain-date.ts'
import type { ReportContent } from '../../domain/report/content.ts'
import { figureIn, type ReportDimension, type ReportSet } from '../../domain/report/figure.ts'
import {
  type Block,
  changeWords,
  type FiguresRead,
  heading,
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
    ...familyTable(content, read),
    ...regionTable(content, read),
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

function announcedSentence({ value, run }: FiguresRead): Runs {
  const ofYear =
    value('announced', { window: 'year' }) === 0
      ? say`本年至今无公告产品（服务）`
      : say`本年至今公告${run('announced', { window: 'year' })}个`
  if (value('announced') === 0) return say`报告期内无公告产品（服务）；${ofYear}。`
  return say`报告期内公告产品（服务）${run('announced')}个，${ofYear}。`
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

function againstLastYear({ previous }: ReportContent, { value, run }: FiguresRead): Runs {
  if (previous === null) return say`上年度无冻结的报告数据，不作比较。`
  const before = (counts: 'rows' | 'enterprises') =>
    figureIn(previous.figures, { set: 'certified', window: 'period', by: null, counts })
  const products = moved(value('certified'), before('rows'), '个')
  const firms = moved(value('certified', { counts: 'enterprises' }), before('enterprises'), '家')
  const restated =
    value('restated') === 0
      ? say`该报告冻结以后无补登的以前报告期的产品（服务）`
      : say`另有以前报告期认证、该报告冻结以后补登的产品（服务）${run('restated')}个，不计入以上数字`
  return say`与${previous.year}年度报告的冻结数据相比，新认证企业${firms}，产品（服务）${products}；${restated}。`
}

function moved(now: number, before: number, unit: string): string {
  if (now === before) return `持平（${now}${unit}）`
  const share = before === 0 ? '' : `，${((Math.abs(now - before) / before) * 100).toFixed(1)}%`
  return `${now > before ? '增加' : '减少'}${Math.abs(now - before)}${unit}（上年${before}${unit}${share}）`
}

const head = (first: string) => [
  first,
  '企业（家）',
  '产品（个）',
  '占比',
  '本年至今（个）',
  '累计（个）',
  '上年（个）',
  '增减',
]
const widths = [2.2, 1.5, 1.5, 1.8, 2.2, 1.6, 1.6, 1.4]

function familyTable(content: ReportContent, read: FiguresRead): Block[] {
  if (content.settings.families.length === 0) return []
  const named = families.filter(({ code }) => content.settings.families.includes(code))
  const others = read.value('certified', { window: 'to_date', by: ['family', 'none'] }) > 0
  const keys = [
    ...named.map(({ code, zh }) => ({ key: code as string, name: zh })),
    ...(others ? [{ key: 'none', name: '未列明' }] : []),
  ]
  return [table('表1　新认证产品（服务）按类别', head('类别'), widths, tableRows(content, read, 'family', keys))]
}

function regionTable(content: ReportContent, read: FiguresRead): Block[] {
  const name = content.settings.regions === 'cities' ? '设区市' : '国家或地区'
  return [
    table(`表2　新认证产品（服务）按${name}`, head(name), widths, tableRows(content, read, 'region', content.regions)),
    ...(read.value('certified') === 0
      ? []
      : [
          { kind: 'chart', chart: 'regions', alternative: `新认证产品（服务）按${name}的柱状图，数据见表2。` } as const,
        ]),
  ]
}

function tableRows(
  { previous }: ReportContent,
  { value, run }: FiguresRead,
  dimension: ReportDimension,
  keys: readonly { readonly key: string; readonly name: string }[],
) {
  const whole = value('certified')
  const row = (name: string, by?: readonly [ReportDimension, string]) => {
    const narrowed = by === undefined ? {} : { by }
    const before =
      previous &&
      figureIn(previous.figures, {
        set: 'certified',
        window: 'period',
        by: by === undefined ? null : { dimension: by[0], key: by[1] },
        counts: 'rows',
      })
    return [
      name,
      run('certified', { ...narrowed, counts: 'enterprises' }),
      run('certified', narrowed),
      shareRun(run('certified', narrowed), whole),
      run('certified', { ...narrowed, window: 'year' }),
      run('certified', { ...narrowed, window: 'to_date' }),
      before === null ? '无' : String(before),
      changeWords(value('certified', narrowed), before),
    ]
  }
  return [...keys.map(({ key, name }) => row(name, [dimension, key])), row('合计')]
}
