import { type Article, laws } from '../domain/articles.ts'
import type { DayKind } from '../domain/calendar.ts'
import { caseSourceNames, findingGradeNames, findingKindNames } from '../domain/conduct.ts'
import type { EvidencePack, LapseFact, LapseSummary, PackPart, PackSubject } from '../domain/evidence-pack.ts'
import { dutyNames, obligationStateNames } from '../domain/obligation.ts'
import { dayInWords } from '../domain/plain-date.ts'
import { standingEffects } from '../domain/standing.ts'
import { chineseNumeral, dayOfInstant, instantInWords, newPaper, type Paper } from './paper.ts'

const stageNames: Readonly<Record<string, string>> = {
  reminder: '提醒',
  overdue: '逾期通知',
  late: '迟报通知',
  warning: '警告',
  public_listing: '拟公示',
  moved: '期限调整',
  received: '收到说明',
  accepted: '说明采纳',
  returned: '说明退回',
}
const explanationStates = { waiting: '待审阅', accepted: '已采纳', returned: '已退回' } as const
const dayKinds: Readonly<Record<DayKind, string>> = {
  working_day: '工作日',
  makeup_workday: '调休上班',
  weekend: '周末',
  holiday: '节假日',
  statutory_day: '法定节假日',
}

const titles: Readonly<Record<PackSubject, string>> = {
  obligation: '认证结果报送情况证据材料',
  finding: '查实问题证据材料',
  period: '成员机构报送情况证据材料',
}
const partNames: Readonly<Record<PackPart, string>> = {
  obligation: '报送义务',
  notice: '通知',
  finding: '问题',
  attachment: '附件',
}

/**
 * The pack as a Word document for a regulator, Chinese with the codes of the JSON beside it (N7).
 * @param keptId of the pack that was kept, against which a copy can be held; null of one that was not
 */
export async function evidenceDocument(
  pack: EvidencePack & { readonly sha256: string },
  keptId: string | null = null,
): Promise<Buffer> {
  const paper = await newPaper()
  paper.title(titles[pack.about])
  writeIntroduction(paper, pack)
  paper.heading(1, '一、所涉报送义务')
  if (pack.obligations.length === 0)
    paper.paragraph(pack.about === 'finding' ? '无。' : '该期间没有逾期未报或迟报的义务。')
  else if (pack.obligationCount > pack.obligations.length)
    paper.paragraph(`共 ${pack.obligationCount} 项，以下为最近 ${pack.obligations.length} 项。`)
  for (const [at, lapse] of pack.obligations.entries()) writeLapse(paper, lapse, at + 1)
  writeEarlier(paper, pack)
  writeFindings(paper, pack)
  writeArticles(paper, pack.articles)
  writeHashes(paper, pack, keptId)
  return paper.bytes()
}

function writeIntroduction(paper: Paper, { member, period, asOf, knownAt, obligationCount }: EvidencePack): void {
  const standing = member.standing === null ? '未知' : standingEffects[member.standing].zh
  paper.paragraph(
    `机构：${member.name}（批准号 ${member.approvalNumber ?? '未登记'}，统一社会信用代码 ${member.creditCode ?? '未登记'}，成员状态：${standing}）。`,
  )
  if (period)
    paper.paragraph(`期间：${dayInWords(period.from)}至${dayInWords(period.until)}，所涉义务 ${obligationCount} 项。`)
  paper.paragraph(`事实截至${dayInWords(asOf)}，以${instantInWords(knownAt)}（北京时间）已登记的为准。`)
}

function lateness({ state, calendarDaysLate, workingDaysLate }: LapseSummary): string {
  const [name] = obligationStateNames[state]
  return calendarDaysLate === null
    ? name
    : `${name}，超过期限 ${calendarDaysLate} 日（其中工作日 ${workingDaysLate} 日）`
}

function writeLapse(paper: Paper, lapse: LapseFact, number: number): void {
  paper.heading(2, `（${chineseNumeral(number)}）${lapse.subject}`)
  const met = lapse.metOn === null ? '尚未完成' : `于${dayInWords(lapse.metOn)}完成`
  paper.paragraph(
    `义务：${dutyNames[lapse.duty][0]}。起算日为${dayInWords(lapse.eventOn)}（当日不计入），期限为${dayInWords(lapse.dueOn)}，${met}：${lateness(lapse)}。`,
  )
  paper.paragraph(
    `期限的计算：计入的工作日为${listed(lapse.counted.map(dayInWords))}；跳过的日子为${listed(
      lapse.skipped.map(({ on, kind }) => `${dayInWords(on)}（${dayKinds[kind]}）`),
    )}。依据规则 ${lapse.clause} 第 ${lapse.ruleVersion} 版，日历第 ${lapse.calendarVersion ?? '—'} 版。`,
  )
  if (lapse.contested) paper.paragraph('监管部门对回执有异议。')
  paper.table(
    ['事项', '日期', '内容'],
    [
      ...lapse.notices.map(({ id, stage, onDay }) => ['通知', onDay, `${stageNames[stage] ?? stage}（通知 ${id}）`]),
      ...lapse.receipts.map(({ reportedOn, receiptNumber, isCurrent }) => [
        isCurrent ? '回执' : '回执（已更正）',
        reportedOn,
        receiptNumber ?? '无编号',
      ]),
      ...lapse.explanations.map(({ text, state, recordedAt }) => [
        `说明（${explanationStates[state]}）`,
        dayOfInstant(recordedAt),
        text,
      ]),
      ...(lapse.notices.length + lapse.receipts.length + lapse.explanations.length === 0 ? [['无', '', '']] : []),
    ],
    [2, 2, 5],
  )
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? '无' : texts.join('、')
}

function writeEarlier(paper: Paper, { earlierLapses, earlierLapseCount }: EvidencePack): void {
  paper.heading(1, '二、此前的逾期与迟报')
  paper.paragraph(
    earlierLapseCount === 0
      ? '无。'
      : `共 ${earlierLapseCount} 项${earlierLapseCount > earlierLapses.length ? `，以下为最近 ${earlierLapses.length} 项` : ''}。`,
  )
  if (earlierLapses.length === 0) return
  paper.table(
    ['义务', '事项', '期限', '完成日', '情况'],
    earlierLapses.map((lapse) => [
      dutyNames[lapse.duty][0],
      lapse.subject,
      lapse.dueOn,
      lapse.metOn ?? '未完成',
      lateness(lapse),
    ]),
    [3, 4, 2, 2, 4],
  )
}

function writeFindings(paper: Paper, { findings, findingCount }: EvidencePack): void {
  paper.heading(1, '三、查实的问题')
  const cut = findingCount > findings.length ? `，以下为最近 ${findings.length} 项` : ''
  paper.paragraph(findings.length === 0 ? '无。' : `共 ${findingCount} 项${cut}。`)
  if (findings.length > 0) writeFindingRows(paper, findings)
}

function writeFindingRows(paper: Paper, findings: EvidencePack['findings']): void {
  paper.table(
    ['种类', '等级', '来源', '认定日', '说明', '机构的答复'],
    findings.map(({ kind, grade, source, foundOn, words, reply }) => [
      findingKindNames[kind][0],
      findingGradeNames[grade][0],
      caseSourceNames[source][0],
      foundOn,
      words,
      reply ?? '未答复',
    ]),
    [3, 2, 3, 3, 4, 4],
  )
}

function writeArticles(paper: Paper, articles: readonly Article[]): void {
  paper.heading(1, '四、可能涉及的条文')
  if (articles.length === 0) paper.paragraph('无。')
  else writeArticleRows(paper, articles)
}

function writeArticleRows(paper: Paper, articles: readonly Article[]): void {
  paper.table(
    ['法规', '条', '事项'],
    articles.map(({ law, article, about }) => [laws[law][0], articleInWords(article), about[0]]),
    [5, 2, 3],
  )
  paper.paragraph('条文序号依规则集所载，引用前请核对原文。')
}

/** `37(4)` is item 4 of article 37. */
function articleInWords(article: string): string {
  const [, number, item] = /^(\d+)(?:\((\d+)\))?$/.exec(article) ?? []
  return `第 ${number} 条${item === undefined ? '' : `第（${chineseNumeral(Number(item))}）项`}`
}

function writeHashes(
  paper: Paper,
  { restsOn, sha256 }: EvidencePack & { readonly sha256: string },
  keptId: string | null,
): void {
  paper.heading(1, '五、所依据事实的摘要（SHA-256）')
  if (restsOn.length > 0)
    paper.table(
      ['对象', '编号', 'SHA-256'],
      restsOn.map(({ what, id, sha256 }) => [partNames[what], id, sha256]),
      [2, 4, 7],
    )
  paper.paragraph(`全部材料（规范化 JSON，RFC 8785）的 SHA-256：${sha256}`)
  paper.paragraph(
    keptId === null
      ? '本件为即时查阅件，未留存，不供核对。'
      : `本件已留存，编号 ${keptId}，可凭编号或上述 SHA-256 核对。`,
  )
}
