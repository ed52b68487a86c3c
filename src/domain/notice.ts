import { type MeasureKind, measureKindNames, type StepOutcome, stepOutcomeNames } from './measure.ts'
import { type Duty, dutyNames } from './obligation.ts'

/** What the registry says of its own accord (R1, R2, R4). */
export const noticeKinds = [
  'obligation',
  'due_day_moved',
  'explanation',
  'certificate_expiry',
  'scope_lapse',
  'approval_lapse',
  'suspension_past_end',
  'measure',
  'approval_revoked',
  'transfer',
  'conduct_case',
  'bulletin',
  'annual_report',
  'assignment',
  'document',
] as const
export type NoticeKind = (typeof noticeKinds)[number]

export const deliveryChannels = ['email', 'webhook'] as const
export type DeliveryChannel = (typeof deliveryChannels)[number]

/** What a notice is about, by name; days as `YYYY-MM-DD`. */
export const factNames = {
  member: ['成员机构', 'member'],
  duty: ['义务', 'duty'],
  subject: ['事项', 'subject'],
  dueOn: ['到期日', 'due on'],
  dueWas: ['原到期日', 'was due on'],
  metOn: ['完成日', 'met on'],
  explainUntil: ['说明截止日', 'explain by'],
  note: ['意见', 'note'],
  number: ['证书编号', 'certificate'],
  holder: ['持证人', 'holder'],
  product: ['产品或服务', 'product'],
  validUntil: ['有效期至', 'valid until'],
  scope: ['业务范围', 'scope'],
  untilOn: ['截止日', 'last day'],
  measure: ['处理措施', 'measure'],
  outcome: ['结果', 'outcome'],
  replyUntil: ['答复截止日', 'reply by'],
} as const satisfies Record<string, readonly [zh: string, en: string]>
export type NoticeFacts = { readonly [Name in keyof typeof factNames]?: string }

export type NoticeWords = readonly [zh: string, en: string]

const subjects: Readonly<Record<string, NoticeWords>> = {
  'obligation:reminder': ['【提醒】{duty}：{subject}，{dueOn} 到期', 'Reminder: {duty}: {subject}, due on {dueOn}'],
  'obligation:overdue': [
    '【逾期】{duty}：{subject}，应于 {dueOn} 完成',
    'Overdue: {duty}: {subject}, was due on {dueOn}',
  ],
  'obligation:late': [
    '【迟报】{duty}：{subject}，应于 {dueOn} 完成，实际于 {metOn} 完成',
    'Late: {duty}: {subject}, was due on {dueOn} and met on {metOn}',
  ],
  'obligation:warning': [
    '【警告】{duty}：{subject}，自 {dueOn} 逾期未报',
    'Warning: {duty}: {subject}, overdue since {dueOn}',
  ],
  'obligation:public_listing': [
    '【拟公示】{duty}：{subject}，自 {dueOn} 逾期未报，说明期限已过',
    'To be listed publicly: {duty}: {subject}, overdue since {dueOn}, the time to explain is over',
  ],
  'due_day_moved:moved': [
    '【期限调整】{duty}：{subject}，到期日由 {dueWas} 改为 {dueOn}',
    'Due day moved: {duty}: {subject}, from {dueWas} to {dueOn}',
  ],
  'explanation:received': [
    '【说明】{member} 已提交逾期说明：{subject}',
    'Explanation received from {member}: {subject}',
  ],
  'explanation:accepted': ['【说明】逾期说明已采纳：{subject}', 'Explanation accepted: {subject}'],
  'explanation:returned': ['【说明】逾期说明被退回：{subject}', 'Explanation returned: {subject}'],
  certificate_expiry: [
    '【到期】证书 {number}（{holder}）有效期至 {validUntil}',
    'Expiry: certificate {number} ({holder}) is valid until {validUntil}',
  ],
  scope_lapse: ['【到期】业务范围“{scope}”截至 {untilOn}', 'Scope “{scope}” lapses on {untilOn}'],
  'scope_lapse:lapsed': ['【失效】业务范围“{scope}”已于 {untilOn} 到期', 'Scope “{scope}” lapsed on {untilOn}'],
  approval_lapse: ['【到期】机构批准有效期截至 {untilOn}', 'The approval lapses on {untilOn}'],
  'approval_lapse:lapsed': ['【失效】机构批准已于 {untilOn} 到期', 'The approval lapsed on {untilOn}'],
  'measure:proposed': [
    '【处理】对{member}拟采取“{measure}”，可于 {replyUntil} 前答复',
    'Measure proposed for {member}: {measure}; the reply is open until {replyUntil}',
  ],
  'measure:reply': ['【处理】{member} 已答复：{measure}', 'Reply received from {member}: {measure}'],
  'measure:decision': [
    '【处理】对{member}的“{measure}”已作出决定：{outcome}',
    'Decided for {member}: {measure}, {outcome}',
  ],
  'measure:plan': ['【处理】{member} 已提交整改方案：{measure}', 'Plan received from {member}: {measure}'],
  'measure:report': ['【处理】{member} 报告整改完成情况：{measure}', 'Report received from {member}: {measure}'],
  'measure:appeal': ['【处理】{member} 提出申诉：{measure}', 'Appeal received from {member}: {measure}'],
  'measure:appeal_decision': [
    '【处理】{member}对“{measure}”的申诉已有决定：{outcome}',
    'The appeal of {member} against {measure} was decided: {outcome}',
  ],
  'measure:conclusion': [
    '【处理】{member}的“{measure}”已结案：{outcome}',
    'Concluded for {member}: {measure}, {outcome}',
  ],
  'conduct_case:opened': [
    '【核查】已对{member}立案核查：{subject}，可于 {replyUntil} 前答复',
    'Case opened for {member}: {subject}; the reply is open until {replyUntil}',
  ],
  'conduct_case:reply': ['【核查】{member} 已答复：{subject}', 'Reply received from {member}: {subject}'],
  'conduct_case:finding_annulled': [
    '【核查】对{member}认定的一项问题已撤销：{subject}',
    'A finding against {member} was annulled: {subject}',
  ],
  'conduct_case:annulled': [
    '【核查】对{member}的核查结论已撤销：{subject}',
    'What was found of {member} was annulled: {subject}',
  ],
  'conduct_case:concluded': ['【核查】对{member}的核查已有结论：{subject}', 'Case of {member} concluded: {subject}'],
  'transfer:proposed': [
    '【转移】拟将{member}的证书 {number}（{holder}）转移至贵机构，请答复',
    'Transfer proposed to you: certificate {number} ({holder}) of {member}',
  ],
  'transfer:wished': [
    '【转移】企业要求将贵机构的证书 {number}（{holder}）转移至其他机构',
    'The holder wants another body for your certificate {number} ({holder})',
  ],
  'transfer:gone': [
    '【转移】贵机构的证书 {number}（{holder}）已转移至其他机构',
    'Your certificate {number} ({holder}) went to another body',
  ],
  'transfer:accepted': [
    '【转移】证书 {number}（{holder}）已由接收机构接收',
    'Transfer accepted: certificate {number} ({holder})',
  ],
  'transfer:declined': [
    '【转移】证书 {number}（{holder}）的转移被谢绝',
    'Transfer declined: certificate {number} ({holder})',
  ],
  'bulletin:opened': [
    '【通报】{subject}草稿已可预览，贵机构可于 {untilOn} 前对数据行提出异议',
    'Draft bulletin: {subject}; you may dispute rows until {untilOn}',
  ],
  'bulletin:published': ['【通报】{subject}已发布', 'Bulletin published: {subject}'],
  'annual_report:opened': ['【报告】{subject}草稿已开启，应于 {dueOn} 前报送', 'Draft open: {subject}, due on {dueOn}'],
  'annual_report:reminder': ['【提醒】{subject}应于 {dueOn} 前报送', 'Reminder: {subject} is due on {dueOn}'],
  'annual_report:due': ['【今日到期】{subject}应于今日（{dueOn}）报送', 'Due today, {dueOn}: {subject}'],
  'annual_report:overdue': ['【逾期】{subject}应于 {dueOn} 前报送，尚未报送', 'Overdue: {subject} was due on {dueOn}'],
  'annual_report:returned': ['【退回】{subject}被退回：{note}', 'Returned: {subject}. {note}'],
  'annual_report:acknowledged': ['【确认】{subject}已确认收到', 'Acknowledged: {subject}'],
  'assignment:given': [
    '【任务】贵机构有新的认证任务：{subject}，请于 {dueOn} 前答复',
    'New case for you: {subject}; answer by {dueOn}',
  ],
  'assignment:issued': [
    '【任务】批次“{subject}”已下达，贵机构有任务 {note} 项，请于 {dueOn} 前答复',
    'Batch issued: {subject}; {note} of its cases are yours, answer by {dueOn}',
  ],
  'assignment:declined': [
    '【任务】{member} 谢绝了认证任务：{subject}（{note}）',
    'Declined by {member}: {subject} ({note})',
  ],
  'document:published': [
    '【文件】{subject}已发布，请阅知并确认',
    'Document published: {subject}; please take note of it',
  ],
  approval_revoked: [
    '【撤销】{member} 的机构批准自 {untilOn} 起被撤销',
    'The approval of {member} was revoked from {untilOn} on',
  ],
  suspension_past_end: [
    '【待处理】证书 {number}（{holder}）的暂停已于 {untilOn} 期满，仍为暂停状态',
    'To decide: the suspension of certificate {number} ({holder}) ended on {untilOn}; it stays suspended',
  ],
}

/** The subject of a notice in both languages, from its facts. @throws Error for a kind and stage without words */
export function noticeSubject(kind: NoticeKind, stage: string, facts: NoticeFacts): NoticeWords {
  const words = subjects[`${kind}:${stage}`] ?? subjects[kind]
  if (!words) throw new Error(`no words for ${kind} ${stage}`)
  return [filled(words[0], facts, 0), filled(words[1], facts, 1)]
}

function filled(sentence: string, facts: NoticeFacts, language: 0 | 1): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: keyof NoticeFacts) => wordOf(name, facts[name] ?? '—', language))
}

function wordOf(name: keyof NoticeFacts, value: string, language: 0 | 1): string {
  return (coded(name, value) ?? [value, value])[language]
}

/** What is kept as a code and said in words; undefined for a fact that is words already. */
function coded(name: keyof NoticeFacts, value: string): NoticeWords | undefined {
  if (name === 'duty') return dutyNames[value as Duty]
  if (name === 'outcome') return stepOutcomeNames[value as StepOutcome]
  return name === 'measure' ? measureKindNames[value as MeasureKind] : undefined
}

/** A notice as plain text, Chinese first: for a mail. */
export function noticeText(notice: {
  readonly id: number
  readonly subject: { readonly zh: string; readonly en: string }
  readonly facts: NoticeFacts
}): string {
  const told = (Object.entries(notice.facts) as [keyof NoticeFacts, string][]).map(([name, value]) => {
    const [zh, en] = factNames[name]
    const words = coded(name, value)?.join(' / ') ?? value
    return `${zh} / ${en}: ${words}`
  })
  return [notice.subject.zh, notice.subject.en, '', ...told, '', `通知编号 / notice ${notice.id}`, ''].join('\n')
}
