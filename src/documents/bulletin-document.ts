import { families } from '../domain/families.ts'
import { dayInWords, type PlainDate } from '../domain/plain-date.ts'
import { periodInWords } from '../domain/ranking/bulletin.ts'
import type { BulletinContent } from '../domain/ranking/bulletin-content.ts'
import { funnelOf, rankRows } from '../domain/ranking/chart.ts'
import type { IndicatorId } from '../domain/ranking/indicator.ts'
import type { RankedBody, RankedFigure, RankingTable } from '../domain/ranking/ranking.ts'
import { type Recommendation, recommendationNames } from '../domain/ranking/recommendation.ts'
import { classLimitNames } from '../domain/ranking/score.ts'
import { funnelSvg, rankIntervalsSvg } from './charts.ts'
import { figureInWords, percentInWords, pointsInWords } from './figure-words.ts'
import { chineseNumeral, newPaper, type Paper } from './paper.ts'
import { pictureOf } from './pictures.ts'

/** A bulletin (通报) as a Word document in the form of GB/T 9704-2012 (R10): made of its content and of nothing else. */
export async function bulletinDocument(content: BulletinContent, publishedOn: PlainDate): Promise<Buffer> {
  const paper = await newPaper()
  const overall = content.ranking.tables[0] ?? { family: null, bodies: [] }
  paper.title(content.title.zh)
  paper.addressee('各成员机构：')
  situation(paper, content, overall)
  quantity(paper, overall)
  await quality(paper, content, overall)
  problems(paper, content, overall)
  opinions(paper, overall)
  requests(paper, content)
  paper.annexNote([...annexTitles])
  paper.signature(['国际认证联盟秘书处', dayInWords(publishedOn)])
  annexes(paper, content, overall)
  return paper.bytes()
}

function situation(
  paper: Paper,
  { input, asOf, policy, definitions }: BulletinContent,
  { bodies }: RankingTable,
): void {
  const { period } = input.windows
  const [results, live] = [total(bodies, 'results_completed'), total(bodies, 'live_certificates')]
  const reports = sums(bodies, 'on_time_cnca')
  paper.heading(1, '一、基本情况')
  paper.paragraph(
    `${periodInWords(period).zh}（${dayInWords(period.from)}至${dayInWords(period.until)}），参加统计的成员机构${bodies.length}家，完成认证结果${results}个；期末有效证书${live}张。`,
  )
  paper.paragraph(
    reports.due === 0
      ? '期内无到期的认证结果报送。'
      : `期内到期的认证结果报送${reports.due}项，按期${reports.met}项，按期率${percentInWords(reports.met / reports.due)}。`,
  )
  paper.paragraph(
    `数据状态截至${dayInWords(asOf)}；依评价办法第${policy.version}版和${definitions.length}项指标定义计算，区间为${Math.round(policy.policy.intervalChance * 100)}%可信区间。`,
  )
}

function quantity(paper: Paper, { bodies }: RankingTable): void {
  paper.heading(1, '二、数量完成情况')
  const ordered = [...bodies].sort((a, b) => a.quantity.place - b.quantity.place || byName(a, b))
  paper.table(
    ['位次', '成员机构', '完成结果', '上期', '有效证书', '分配占比', '接受率'],
    ordered.map((body) => [
      String(body.quantity.place),
      body.name,
      String(body.quantity.results),
      String(body.quantity.previousResults),
      printed(body, 'live_certificates', 'count'),
      printed(body, 'assigned_share', 'share'),
      printed(body, 'acceptance', 'share'),
    ]),
    [1, 5, 2, 1.5, 2, 2, 2],
  )
}

async function quality(paper: Paper, content: BulletinContent, { bodies }: RankingTable): Promise<void> {
  paper.heading(1, '三、质量情况')
  const placed = bodies.filter(({ quality: { place } }) => place !== null)
  const ordered = [...placed].sort((a, b) => (a.quality.place ?? 0) - (b.quality.place ?? 0) || byName(a, b))
  paper.paragraph(
    `得分按观测值计算；可信区间由各机构数据合并估计，位次区间表示真实水平可能所处的位次。处理建议依据近${chineseNumeral(content.policy.policy.yearWeights.length)}年数据。`,
  )
  if (ordered.length > 0)
    paper.table(
      ['位次', '成员机构', '得分', '等级', '位次区间', '上期位次', '按期报送率', '可信区间'],
      ordered.map((body) => [
        String(body.quality.place),
        body.name,
        pointsInWords(body.quality.points),
        body.quality.class ?? '—',
        body.quality.places ? `${body.quality.places.best}–${body.quality.places.worst}` : '—',
        body.quality.previousPlace === null ? '—' : String(body.quality.previousPlace),
        printed(body, 'on_time_cnca', 'share'),
        interval('share', figure(body, 'on_time_cnca')),
      ]),
      [1, 4.2, 1.3, 1.1, 1.7, 1.8, 2.2, 2.7],
    )
  if (ordered.length > 0 && ordered.length <= bodiesDrawnMax) {
    const chance = content.policy.policy.intervalChance
    const places = await rankIntervalsSvg(rankRows(bodies), chance, size)
    paper.picture(await pictureOf(places), '各机构质量位次及位次区间图，数据见上表。')
    paper.picture(
      await pictureOf(await funnelSvg(funnelOf(bodies), size)),
      '按期报送率漏斗图：按期率对到期报送数，附控制限；数据见附件1。',
    )
  }
  const few = bodies.filter(({ quality: { place } }) => place === null).map(({ name }) => name)
  paper.paragraph(
    few.length === 0 ? '各机构数据均足以评价。' : `数据不足、不作评价的机构${few.length}家：${few.join('、')}。`,
  )
}

/** More bodies than these are not drawn: nobody could tell one from another. */
const bodiesDrawnMax = 60
/** Drawn small, so that letters can be read on the page. */
const size = { width: 680, height: 400 }

/** Problems by kind, each with how many bodies it concerns; 无 where there are none (R10). */
function problems(paper: Paper, content: BulletinContent, { bodies }: RankingTable): void {
  paper.heading(1, '四、存在问题')
  const kinds: [IndicatorId, (count: number, rows: number) => string][] = [
    ['on_time_cnca', (count, rows) => `向国家认监委报送不按期的机构${count}家，涉及${rows}项`],
    ['on_time_secretariat', (count, rows) => `向秘书处反馈不按期的机构${count}家，涉及${rows}项`],
    ['surveillance_on_time', (count, rows) => `年度监督不按期的机构${count}家，涉及${rows}项`],
    ['status_changes_on_time', (count, rows) => `证书状态变化报送不按期的机构${count}家，涉及${rows}项`],
    ['spot_check_pass', (count, rows) => `双随机抽查未通过的机构${count}家，涉及${rows}次`],
    ['corrections_on_time', (count, rows) => `整改不按期的机构${count}家，涉及${rows}项`],
  ]
  const shares = kinds.flatMap(([id, sentence]) => {
    const missed = bodies
      .map((body) => figure(body, id))
      .map(({ numerator, denominator }) => (denominator ?? 0) - numerator)
    const concerned = missed.filter((rows) => rows > 0)
    return concerned.length === 0
      ? []
      : [
          sentence(
            concerned.length,
            concerned.reduce((sum, rows) => sum + rows, 0),
          ),
        ]
  })
  const counted = (id: IndicatorId) => bodies.map((body) => figure(body, id).numerator).filter((rows) => rows > 0)
  const [found, complained] = [counted('conduct_findings'), counted('complaints_per_100')]
  const sentences = [
    ...shares,
    ...(found.length > 0 ? [`有查实违规的机构${found.length}家，共${sum(found)}项`] : []),
    ...(complained.length > 0 ? [`有查实投诉的机构${complained.length}家，共${sum(complained)}件`] : []),
  ]
  if (sentences.length === 0) paper.paragraph('无。')
  sentences.forEach((sentence, at) => {
    paper.paragraph(`${at + 1}.${sentence}。`)
  })
  const parked = content.disputed.filter(({ outcome }) => outcome === null).length
  if (parked > 0) paper.paragraph(`另有${parked}项数据存在异议、尚未处理，附件中标注异议，并列出不计该项的数值。`)
}

/** What policy recommends, in figures and never as a bare rank; the decision is taken by the secretariat (R9). */
function opinions(paper: Paper, { bodies }: RankingTable): void {
  paper.heading(1, '五、处理意见')
  const order: readonly Recommendation[] = ['commend', 'watch', 'rectify', 'remove']
  const concerned = order.flatMap((recommendation) => {
    const these = bodies.filter(({ judgement }) => judgement?.recommendation === recommendation)
    return these.length === 0 ? [] : [{ recommendation, these }]
  })
  if (concerned.length === 0) paper.paragraph('无。')
  concerned.forEach(({ recommendation, these }, at) => {
    paper.heading(2, `（${chineseNumeral(at + 1)}）${recommendationNames[recommendation][0]}（${these.length}家）`)
    for (const body of these) paper.paragraph(`${body.name}：${body.judgement?.words.zh ?? ''}`)
  })
  paper.paragraph('以上为按评价办法得出的建议，由秘书处另行作出决定；机构可依规定答复和申诉。')
}

function requests(paper: Paper, { policy }: BulletinContent): void {
  paper.heading(1, '六、有关要求')
  paper.paragraph(
    `各成员机构应在认证结束后7个工作日内将认证结果报送国家认监委并反馈秘书处；按期率低于${Math.round(policy.policy.recommendation.bar * 100)}%的，应查明原因、及时整改。`,
  )
}

const annexTitles = ['各机构质量指标', '分类别情况'] as const

function annexes(paper: Paper, content: BulletinContent, overall: RankingTable): void {
  paper.annex(1, annexTitles[0])
  const shown = content.definitions.filter(({ axis }) => axis === 'quality')
  for (const definition of shown) {
    paper.heading(2, `${definition.name[0]}（定义第${definition.version}版）`)
    paper.paragraph(definition.text[0])
    paper.table(
      ['成员机构', '数值', '分子', '分母', '可信区间', '备注'],
      overall.bodies.map((body) => {
        const each = figure(body, definition.id)
        return [
          body.name,
          figureInWords(definition.formula.kind, each.value),
          String(each.numerator),
          each.denominator === null ? '—' : String(each.denominator),
          interval(definition.formula.kind, each),
          remark(content, body, each, definition.formula.kind),
        ]
      }),
      [5, 1.7, 1.2, 1.2, 3, 3],
    )
  }
  paper.annex(2, annexTitles[1])
  for (const { family, bodies } of content.ranking.tables.slice(1)) {
    paper.heading(2, families.find(({ code }) => code === family)?.zh ?? '')
    paper.table(
      ['成员机构', '完成结果', '按期报送率', '可信区间', '得分', '质量位次'],
      bodies.map((body) => [
        body.name,
        String(body.quantity.results),
        printed(body, 'on_time_cnca', 'share'),
        interval('share', figure(body, 'on_time_cnca')),
        pointsInWords(body.quality.points),
        body.quality.place === null ? '数据不足' : String(body.quality.place),
      ]),
      [5, 2, 2.4, 3, 1.6, 2],
    )
  }
}

function remark(
  content: BulletinContent,
  body: RankedBody,
  each: RankedFigure,
  kind: 'share' | 'incidence' | 'quantile' | 'count',
): string {
  const { memberId, quality } = body
  const without = content.without.find((other) => other.memberId === memberId && other.indicator === each.indicator)
  return [
    ...(each.sufficient ? [] : ['数据不足']),
    ...(each.contested > 0 ? [`${each.contested}项有争议`] : []),
    ...(without ? [`有异议，不计时为${figureInWords(kind, without.value)}`] : []),
    ...(each.indicator === 'on_time_cnca' ? quality.limits.map((limit) => classLimitNames[limit][0]) : []),
  ].join('；')
}

function figure(body: RankedBody, id: IndicatorId): RankedFigure {
  const found = body.figures.find(({ indicator }) => indicator === id)
  if (!found) throw new Error(`no figure ${id}`)
  return found
}

const printed = (body: RankedBody, id: IndicatorId, kind: 'share' | 'count') =>
  figureInWords(kind, figure(body, id).value)

function interval(kind: 'share' | 'incidence' | 'quantile' | 'count', { low, high }: RankedFigure): string {
  if (low === null && high === null) return '—'
  return `${figureInWords(kind, low)}–${figureInWords(kind, high)}`
}

function sums(bodies: readonly RankedBody[], id: IndicatorId): { met: number; due: number } {
  const figures = bodies.map((body) => figure(body, id))
  return {
    met: sum(figures.map(({ numerator }) => numerator)),
    due: sum(figures.map(({ denominator }) => denominator ?? 0)),
  }
}

const total = (bodies: readonly RankedBody[], id: IndicatorId) => sums(bodies, id).met

const sum = (numbers: readonly number[]) => numbers.reduce((all, number) => all + number, 0)

const byName = (a: RankedBody, b: RankedBody) => (a.name < b.name ? -1 : 1)
