import { reasonName } from '../certificate.ts'
import { cities } from '../cities.ts'
import { caseSourceNames, findingGradeNames, findingKindNames } from '../conduct.ts'
import { families } from '../families.ts'
import { measureKindNames } from '../measure.ts'
import { recommendationNames } from '../ranking/recommendation.ts'
import { type Standing, standingEffects } from '../standing.ts'
import { type VerifiedState, verifiedStateNames } from '../verification.ts'

/**
 * What the December report counts (R10). Each set is rows of the registry, each on one day; a figure is how many of them
 * lie in a window, in all or for one family, region, body or detail. So every figure leads to its rows.
 */
type Words = readonly [zh: string, en: string]

/** Duties of the bodies, by the word that their sets begin with. */
export const reportDuties = {
  report: ['向国家认监委报送结果', 'result to CNCA'],
  feedback: ['向秘书处反馈结果', 'result to the secretariat'],
  outcome: ['上报认证任务的结论', 'outcome of an accepted case'],
  monthly: ['服务认证月度报送', 'monthly service report'],
  status_report: ['证书状态变化报送', 'status report'],
  surveillance: ['年度监督', 'yearly surveillance'],
} as const satisfies Record<string, Words>
export type ReportDuty = keyof typeof reportDuties

/** How a duty stands at the cut-off; `contested` marks some of those that fell due and takes none of them out (R9). */
export const reportDutyEnds = ['on_time', 'late', 'overdue', 'not_due', 'waived', 'contested'] as const
export type ReportDutyEnd = (typeof reportDutyEnds)[number]

const otherSets = [
  'certified',
  'renewed',
  'refused',
  'supplemented',
  'restated',
  'announced',
  'assigned',
  'accepted',
  'declined',
  'live',
  'state',
  'suspended',
  'reinstated',
  'restricted',
  'amended',
  'withdrawn',
  'cancelled',
  'transferred',
  'expired',
  'expiring',
  'member_standing',
  'member_candidate',
  'member_joined',
  'member_left',
  'case_opened',
  'case_substantiated',
  'finding',
  'finding_grade',
  'sanction',
  'referred',
  'referral_answered',
  'decision',
] as const

export type ReportDutySet = `${ReportDuty}_${ReportDutyEnd}`
/** What fell due, however it ended: on time, late and overdue together. */
export type ReportDueSet = `${ReportDuty}_due`
export type ReportSet = (typeof otherSets)[number] | (typeof summedSets)[number] | ReportDutySet | ReportDueSet

const dutyStems = Object.keys(reportDuties) as ReportDuty[]

/** The ends of one duty. */
export function setsOfDuty(duty: ReportDuty): ReportDutySet[] {
  return reportDutyEnds.map((end) => `${duty}_${end}` as const)
}

export const reportDutySets = dutyStems.flatMap(setsOfDuty)
const reportDueSets = dutyStems.map((duty) => `${duty}_due` as const)
const summedSets = ['completed'] as const

/** Sets whose rows are counted one by one; the others are sums of them. */
export const countedSets: readonly ReportSet[] = [...otherSets, ...reportDutySets]
export const reportSets: readonly ReportSet[] = [...countedSets, ...reportDueSets, ...summedSets]

/** The counted sets that a set is made of. */
export function partsOf(set: ReportSet): readonly ReportSet[] {
  if (set === 'completed') return ['certified', 'refused', 'supplemented']
  const duty = dutyStems.find((stem) => set === `${stem}_due`)
  return duty === undefined ? [set] : [`${duty}_on_time`, `${duty}_late`, `${duty}_overdue`]
}

/** The report's own period, the calendar year to date, all that was until the cut-off, the state at the end of the cut-off, and the year that follows. */
export const reportWindows = ['period', 'year', 'to_date', 'cut_off', 'next_year'] as const
export type ReportWindow = (typeof reportWindows)[number]

export const reportWindowNames: Readonly<Record<ReportWindow, Words>> = {
  period: ['报告期', 'the period of the report'],
  year: ['本年至今', 'the calendar year to date'],
  to_date: ['历年累计', 'all years until the cut-off'],
  cut_off: ['统计截止日', 'the day of the cut-off'],
  next_year: ['下一年', 'the year that follows'],
}

/** By what a figure may be narrowed. */
export const reportDimensions = ['family', 'region', 'member', 'detail'] as const
export type ReportDimension = (typeof reportDimensions)[number]

type Definition = {
  readonly windows: readonly ReportWindow[]
  /** What one row is, as Chinese counts it. */
  readonly unit: string
  readonly name: Words
  readonly text: Words
  /** Whether the firms behind the rows are counted too: 家 beside 个 (R10). */
  readonly countsEnterprises: boolean
  /** Whether these are counted for each detail too: of most sets nobody asks. */
  readonly countsEnterprisesByDetail: boolean
  /** Whether the bodies behind the rows are counted too: “N家机构…” (R10). */
  readonly countsMembers: boolean
}

const over: readonly ReportWindow[] = ['period', 'year']

function set(
  name: Words,
  text: Words,
  unit = '项',
  {
    windows = over,
    countsEnterprises = false,
    countsEnterprisesByDetail = false,
    countsMembers = false,
  }: Partial<Omit<Definition, 'name' | 'text' | 'unit'>> = {},
): Definition {
  return { windows, unit, name, text, countsEnterprises, countsEnterprisesByDetail, countsMembers }
}

/** Due in the window, as with the indicators; what is not due at the cut-off is a column of its own (R9, R10). */
const ends: Readonly<Record<ReportDutyEnd, { readonly name: Words; readonly text: Words }>> = {
  on_time: {
    name: ['按期', 'on time'],
    text: ['到期日在窗口内，于到期日或以前完成。', 'Due in the window, met on the due day or before.'],
  },
  late: {
    name: ['迟报', 'late'],
    text: [
      '到期日在窗口内，于到期日之后、截止日或以前完成。',
      'Due in the window, met after the due day and by the cut-off.',
    ],
  },
  overdue: {
    name: ['逾期未报', 'overdue'],
    text: [
      '到期日在窗口内、截止日或以前，截止日终了时仍未完成。',
      'Due in the window, on the cut-off or before, open at its end.',
    ],
  },
  not_due: {
    name: ['未到期', 'not yet due'],
    text: [
      '事由发生在窗口内，到期日在截止日以后，截止日终了时尚未完成。',
      'Its event lies in the window, it is due after the cut-off, and it was open at its end.',
    ],
  },
  waived: {
    name: ['免除', 'waived'],
    text: ['到期日在窗口内，截止日或以前依法免除。', 'Due in the window, waived on a ground by the cut-off.'],
  },
  contested: {
    name: ['其中有异议', 'of these, contested'],
    text: [
      '应完成的之中，回执被监管部门质疑、数据所知时点尚未了结的；照常计入按期、迟报或逾期未报。',
      'Of what fell due: the regulator contests the receipt and it was not settled when the figures were taken; it counts as on time, late or overdue all the same.',
    ],
  },
}

/** An outcome is owed because a case was accepted; its event is a day that may lie ahead (R2). */
const outcomeNotDue: Words = [
  '截止日终了时已接受认证任务而结论尚未上报、上报期限在截止日以后的，不论何时接受。',
  'The case was accepted, its outcome is due after the cut-off, and was not posted at its end; whenever it was accepted.',
]

function dutyDefinition(stem: ReportDuty, end: ReportDutyEnd): Definition {
  const [zh, en] = reportDuties[stem]
  const text = stem === 'outcome' && end === 'not_due' ? outcomeNotDue : ends[end].text
  const countsMembers = end === 'late' || end === 'overdue' || end === 'contested'
  return set([`${zh}：${ends[end].name[0]}`, `${en}: ${ends[end].name[1]}`], text, '项', { countsMembers })
}

function dueDefinition(stem: ReportDuty): Definition {
  const [zh, en] = reportDuties[stem]
  return set(
    [`${zh}：应完成`, `${en}: due`],
    ['到期日在窗口内，按期、迟报和逾期未报之和。', 'Due in the window: on time, late and overdue together.'],
  )
}

function dutyDefinitions(): Record<ReportDutySet | ReportDueSet, Definition> {
  const all = dutyStems.flatMap((stem) => [
    [`${stem}_due`, dueDefinition(stem)],
    ...reportDutyEnds.map((end) => [`${stem}_${end}`, dutyDefinition(stem, end)]),
  ])
  return Object.fromEntries(all) as Record<ReportDutySet | ReportDueSet, Definition>
}

export const reportDefinitions: Readonly<Record<ReportSet, Definition>> = {
  ...dutyDefinitions(),
  certified: set(
    ['新认证产品', 'certified'],
    [
      '认证决定日在窗口内、首次认证或再认证通过的产品（服务）；同一结束有两个来源的取较早日；机构转移而来的证书不计。',
      'Certified or certified anew with the decision in the window; of two sources for one ending the earlier day counts; certificates that came by transfer do not.',
    ],
    '个',
    { windows: [...over, 'to_date'], countsEnterprises: true },
  ),
  renewed: set(
    ['其中再认证', 'of these, certified anew'],
    ['新认证产品中接续原证书的。', 'Those of the certified that renew an earlier certificate.'],
    '个',
  ),
  refused: set(
    ['认证未通过', 'refused'],
    ['认证决定日在窗口内、未通过的。', 'Refused with the decision in the window.'],
    '个',
  ),
  supplemented: set(
    ['扩大范围', 'scope extended'],
    ['认证决定日在窗口内、扩大证书范围的。', 'Extended in scope with the decision in the window.'],
    '个',
  ),
  restated: set(
    ['以前报告期补登', 'certified earlier, recorded since'],
    [
      '认证决定日在报告期以前、上年度报告冻结以后才登记的认证通过的产品（服务）：上年度报告未计，本报告期的新认证也不计。',
      'Certified before the period and recorded only after last year’s report was frozen: among the certified of neither.',
    ],
    '个',
    { windows: ['period'] },
  ),
  announced: set(
    ['公告产品', 'announced'],
    [
      '公告日在窗口内、已发布的公告所列产品，按批次年度；后续公告撤下的不计。登记册无此证书的，企业按公告所列名称计。',
      'Listed in an announcement whose day lies in the window and that was published, by the year of its batch; what a later one struck out does not count. Where the register has no such certificate, the firm is told by the name that was announced.',
    ],
    '个',
    { countsEnterprises: true, countsEnterprisesByDetail: true },
  ),
  completed: set(
    ['完成认证结果', 'results completed'],
    [
      '认证决定日在窗口内的结果：认证通过、未通过和扩大范围之和，含期初数据中的证书；排名的完成数不含期初数据。',
      'Results decided in the window: certified, refused and extended in scope together, with certificates of the opening balance, which the rankings do not count.',
    ],
  ),
  assigned: set(
    ['认证任务', 'cases given out'],
    [
      '给出日在窗口内的认证任务，分企业自选和秘书处安排。',
      'Cases given out in the window, chosen by the firm or assigned by the secretariat.',
    ],
  ),
  accepted: set(['接受任务', 'cases accepted'], ['接受日在窗口内。', 'Accepted in the window.']),
  declined: set(['谢绝任务', 'cases declined'], ['谢绝日在窗口内。', 'Declined in the window.']),
  live: set(
    ['有效和暂停的证书', 'live certificates'],
    [
      '截止日在有效期内且未撤销、未注销的证书，含暂停；发证机构的批准已被撤销的不计。',
      'Within their validity at the cut-off and neither withdrawn nor cancelled, suspended ones among them; those of a body whose approval was revoked prove nothing and do not count.',
    ],
    '张',
    { windows: ['cut_off'], countsEnterprises: true },
  ),
  state: set(
    ['证书状态', 'certificates by state'],
    [
      '截止日未到期且未撤销、未注销的证书的状态：未生效、有效、暂停，或因发证机构的批准被撤销而不能证明。',
      'The state at the cut-off of what has not ended: not yet valid, valid, suspended, or proving nothing as the body’s approval was revoked.',
    ],
    '张',
    { windows: ['cut_off'] },
  ),
  suspended: set(['暂停', 'suspensions'], ['自窗口内某日起暂停。', 'Suspended from a day in the window.'], '张'),
  reinstated: set(['恢复', 'reinstated'], ['自窗口内某日起恢复。', 'Valid again from a day in the window.'], '张'),
  restricted: set(['缩小范围', 'restricted'], ['窗口内缩小范围。', 'Reduced in scope in the window.'], '张'),
  amended: set(['变更', 'amended'], ['窗口内变更。', 'Amended in the window.'], '张'),
  withdrawn: set(
    ['撤销', 'withdrawn'],
    ['自窗口内某日起由机构撤销。', 'Withdrawn by the body from a day in the window.'],
    '张',
  ),
  cancelled: set(
    ['注销', 'cancelled'],
    ['自窗口内某日起注销，不含转移。', 'Cancelled from a day in the window, transfers apart.'],
    '张',
  ),
  transferred: set(
    ['转移', 'transferred'],
    [
      '窗口内转移至其他机构，原证书注销。',
      'Transferred to another body in the window; the old certificate is cancelled.',
    ],
    '张',
  ),
  expired: set(
    ['过期', 'expired'],
    [
      '最后有效日的次日在窗口内，此前未撤销、未注销。',
      'The day after the last day of validity lies in the window; neither withdrawn nor cancelled before.',
    ],
    '张',
  ),
  expiring: set(
    ['将到期证书', 'certificates that will expire'],
    [
      '截止日为有效或暂停、最后有效日在下一年的证书，按月。',
      'Live at the cut-off with the last day of validity in the year that follows, by month.',
    ],
    '张',
    { windows: ['next_year'] },
  ),
  member_standing: set(
    ['成员机构', 'bodies by standing'],
    [
      '截止日在联盟内的机构，按成员状态；不含候选和已退出的。',
      'The bodies inside the alliance at the cut-off, by standing; candidates and removed ones are none.',
    ],
    '家',
    { windows: ['cut_off'] },
  ),
  member_candidate: set(
    ['候选机构', 'candidates'],
    ['截止日加入申请待审的机构。', 'Bodies whose application to join waits at the cut-off.'],
    '家',
    { windows: ['cut_off'] },
  ),
  member_joined: set(
    ['加入机构', 'bodies that joined'],
    ['窗口内由候选或退出转为加入。', 'Admitted in the window, from candidate, from removed or anew.'],
    '家',
  ),
  member_left: set(
    ['退出机构', 'bodies that left'],
    ['窗口内由联盟内退出。', 'Removed in the window, having been inside the alliance.'],
    '家',
  ),
  case_opened: set(
    ['核查立案', 'cases opened'],
    [
      '窗口内立案的抽查、投诉、档案审核和处罚。',
      'Spot checks, complaints, file audits and penalties opened in the window.',
    ],
    '件',
  ),
  case_substantiated: set(
    ['查实', 'cases substantiated'],
    ['窗口内作出结论且查实的。', 'Concluded in the window as substantiated.'],
    '件',
    { countsMembers: true },
  ),
  finding: set(
    ['查实问题', 'findings by kind'],
    ['窗口内查实的问题，按种类。', 'Found in the window, by kind.'],
    '项',
    { countsMembers: true },
  ),
  finding_grade: set(
    ['查实问题（按程度）', 'findings by grade'],
    ['窗口内查实的问题，按程度。', 'Found in the window, by grade.'],
  ),
  sanction: set(
    ['处理措施', 'measures decided'],
    [
      '窗口内决定采取的处理措施，按最终种类；撤回的不计。',
      'Measures decided in the window, by what was decided; those taken back do not count.',
    ],
    '项',
    { countsMembers: true },
  ),
  referred: set(['移送', 'referrals'], ['窗口内移送监管部门。', 'Referred to the bureau in the window.'], '件'),
  referral_answered: set(['移送回复', 'referrals answered'], ['窗口内收到回复。', 'Answered in the window.'], '件'),
  decision: set(
    ['留用与退出决定', 'decisions to keep or remove'],
    ['窗口内依通报作出的决定。', 'Decisions on bodies under a bulletin, in the window.'],
  ),
}

/** What a detail of a set says, in words; null for the code of none. */
export function detailName(of: ReportSet, code: string): Words | null {
  switch (of) {
    case 'certified':
    case 'assigned':
    case 'accepted':
    case 'declined':
      return modeNames[code] ?? null
    case 'announced':
      return /^\d{4}$/.test(code) ? [`${code}年批次`, `batch of ${code}`] : null
    case 'state':
      return code === 'approval_revoked' ? revokedName : known<VerifiedState>(verifiedStateNames, code)
    case 'member_standing':
      return Object.hasOwn(standingEffects, code) ? [standingEffects[code as Standing].zh, code] : null
    case 'case_opened':
    case 'case_substantiated':
      return known(caseSourceNames, code)
    case 'finding':
      return known(findingKindNames, code)
    case 'finding_grade':
      return known(findingGradeNames, code)
    case 'sanction':
      return known(measureKindNames, code)
    case 'decision':
      return known(recommendationNames, code)
    case 'expiring':
      return /^\d{4}-\d{2}$/.test(code) ? [`${Number(code.slice(5))}月`, code] : null
    case 'expired':
      return expiredNames[code] ?? null
    default:
      return code === 'unknown' ? ['原因不明', 'reason unknown'] : reasonName(code)
  }
}

const modeNames: Readonly<Record<string, Words>> = {
  self_selected: ['企业自选', 'chosen by the firm'],
  secretariat_assigned: ['秘书处安排', 'assigned by the secretariat'],
  unknown: ['方式不明', 'not known'],
}

const revokedName: Words = ['因机构批准被撤销而不能证明', 'proving nothing, as the body’s approval was revoked']

const expiredNames: Readonly<Record<string, Words>> = {
  renewed: ['已再认证', 'certified anew'],
  lapsed: ['未再认证', 'not certified anew'],
}

function known<Code extends string>(names: Readonly<Record<Code, Words>>, code: string): Words | null {
  return Object.hasOwn(names, code) ? names[code as Code] : null
}

export const figureCounts = ['rows', 'enterprises', 'members'] as const
export type FigureCounts = (typeof figureCounts)[number]

/** Whether a set is counted so; rows always are. Bodies are not counted for one body. */
function isCounted({ set: of, by, counts }: Pick<FigureName, 'set' | 'by' | 'counts'>): boolean {
  if (counts === 'members') return reportDefinitions[of].countsMembers && by?.dimension !== 'member'
  const { countsEnterprises, countsEnterprisesByDetail } = reportDefinitions[of]
  return counts === 'rows' || (by?.dimension === 'detail' ? countsEnterprisesByDetail : countsEnterprises)
}

/** A figure by what it counts. `by` null is all of the set; firms or bodies are counted instead of rows. */
export type FigureName = {
  readonly set: ReportSet
  readonly window: ReportWindow
  readonly by: { readonly dimension: ReportDimension; readonly key: string } | null
  readonly counts: FigureCounts
}

/** Which rows: of some sets, in a window, narrowed or not. */
export type RowsAsked = Pick<FigureName, 'window' | 'by'> & { readonly sets: readonly ReportSet[] }

/** `certified.period.region.320100.enterprises`: what a link to the figure carries. */
export function figureId({ set: of, window, by, counts }: FigureName): string {
  const parts = [of, window, ...(by === null ? [] : [by.dimension, by.key]), ...(counts === 'rows' ? [] : [counts])]
  return parts.join('.')
}

/** Codes and ids, and whatever an opening balance calls a country. */
const keyShape = /^[^\p{Cc}\p{Cs}]{1,200}$/u

/** The figure that an id names; undefined where it names none. */
export function parseFigureId(id: string): FigureName | undefined {
  const [of, window, ...rest] = id.split('.')
  const isSet = reportSets.find((each) => each === of)
  const isWindow = reportWindows.find((each) => each === window)
  if (!isSet || !isWindow || !reportDefinitions[isSet].windows.includes(isWindow)) return undefined
  const counts = figureCounts.find((each) => each !== 'rows' && each === rest.at(-1)) ?? 'rows'
  const by = narrowing(counts === 'rows' ? rest : rest.slice(0, -1))
  if (by === undefined || !isCounted({ set: isSet, by, counts })) return undefined
  return { set: isSet, window: isWindow, by, counts }
}

/** Undefined where it narrows by nothing that there is. */
function narrowing(parts: readonly string[]): FigureName['by'] | undefined {
  if (parts.length === 0) return null
  const dimension = reportDimensions.find((each) => each === parts[0])
  const key = parts.slice(1).join('.')
  return dimension && keyShape.test(key) ? { dimension, key } : undefined
}

/** What one of a figure is, as Chinese counts it. */
export function unitOf({ set: of, counts }: Pick<FigureName, 'set' | 'counts'>): string {
  return counts === 'rows' ? reportDefinitions[of].unit : '家'
}

/** Figures by their id; one that is not there is nought. */
export type Figures = Readonly<Record<string, number>>

export function figureIn(figures: Figures, name: FigureName): number {
  return figures[figureId(name)] ?? 0
}

/** What one figure counts, in both languages. @param memberName of a body, where it is narrowed to one */
export function figureWords(name: FigureName, memberName: string | null): { readonly zh: string; readonly en: string } {
  const { name: ofSet, text } = reportDefinitions[name.set]
  const [windowZh, windowEn] = reportWindowNames[name.window]
  const [byZh, byEn] = keyWords(name, memberName)
  const [whatZh, whatEn] = countsWords[name.counts]
  return {
    zh: `${[ofSet[0], byZh, windowZh, whatZh].filter(Boolean).join('，')}。${text[0]}`,
    en: `${[ofSet[1], byEn, windowEn, whatEn].filter(Boolean).join(', ')}. ${text[1]}`,
  }
}

const countsWords: Readonly<Record<FigureCounts, Words>> = {
  rows: ['', ''],
  enterprises: ['涉及企业', 'enterprises'],
  members: ['涉及机构', 'bodies'],
}

function keyWords({ set: of, by }: FigureName, memberName: string | null): Words {
  if (by === null) return ['', '']
  switch (by.dimension) {
    case 'family':
      return wordsOf(families, by.key)
    case 'region':
      return wordsOf(cities, by.key)
    case 'member':
      return [memberName ?? by.key, memberName ?? by.key]
    case 'detail':
      return detailName(of, by.key) ?? [by.key, by.key]
  }
}

function wordsOf(list: readonly { code: string; zh: string; en: string }[], key: string): Words {
  const found = list.find(({ code }) => code === key)
  if (found) return [found.zh, found.en]
  return key === 'none' ? ['未列明', 'not stated'] : [key, key]
}

/** A figure that differs between two states of a report; null where it was not there, or no longer is. */
export type FigureMove = { readonly id: string; readonly before: number | null; readonly now: number | null }

/** Figures by their id; one that is not there has nothing to say. */
export type FigureValues = Readonly<Record<string, number | null>>

/** What changed since, by id: only figures that differ (R10). */
export function movesBetween(before: FigureValues, now: FigureValues): FigureMove[] {
  const ids = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort()
  return ids.flatMap((id) => {
    const [was, is] = [before[id] ?? null, now[id] ?? null]
    return was === is ? [] : [{ id, before: was, now: is }]
  })
}
