import { type AnnexName, annexNames, type ReportContent, textSectionNames, textSections } from './content.ts'
import {
  countedSets,
  type FigureMove,
  type FigureValues,
  movesBetween,
  parseFigureId,
  partsOf,
  type ReportSet,
} from './figure.ts'
import { measuredFigures } from './named-figure.ts'

/** Something in a report, other than a figure, that reads otherwise than it did when it was frozen (R10). */
export type PartChange = {
  readonly part: ChangedPart
  readonly words: { readonly zh: string; readonly en: string }
}

export const changedParts = [
  'settings',
  'spans',
  'calendar',
  'secretariat',
  'policy',
  'previous',
  'texts',
  'decisions',
  'candidates',
  'annexes',
] as const
export type ChangedPart = (typeof changedParts)[number]

const annexTitles: Readonly<Record<AnnexName, readonly [zh: string, en: string]>> = {
  certified: ['认证产品（服务）名录', 'list of the certified'],
  lapses: ['迟报和逾期明细', 'late and overdue reports'],
  changes: ['证书状态变化明细', 'changes of certificates'],
  expiring: ['将到期证书', 'certificates that will expire'],
}

/** Every figure that differs: what is counted, the pace, and the cells of the quality table. */
export function figureMoves(before: ReportContent, now: ReportContent): FigureMove[] {
  const was = { ...before.figures, ...measuredFigures(before) }
  const is = { ...now.figures, ...measuredFigures(now) }
  return movesBetween(withNoughts(was, is, before.sets), withNoughts(is, was, now.sets))
}

/** A count that is not there is nought, where its set was counted; a place, a share or a pace is none (R9). */
function withNoughts(own: FigureValues, other: FigureValues, sets: readonly ReportSet[]): FigureValues {
  const isCounted = (id: string) => {
    const name = parseFigureId(id)
    return name !== undefined && partsOf(name.set).every((part) => sets.includes(part))
  }
  const noughts = Object.keys(other).filter((id) => own[id] === undefined && isCounted(id))
  return { ...Object.fromEntries(noughts.map((id) => [id, 0])), ...own }
}

/** What a figure is that moved; that it was not there, or is there no longer, is said. */
export function moveWords({ before, now }: FigureMove, { zh, en }: MoveWords): MoveWords {
  if (before === null) return { zh: `${zh}冻结时无此数字。`, en: `${en} It was not there at the freeze.` }
  return now === null ? { zh: `${zh}现已无此数字。`, en: `${en} It is there no longer.` } : { zh, en }
}

type MoveWords = { readonly zh: string; readonly en: string }

type Counted = Pick<ReportContent, 'figures' | 'pace'>

/** What a report says of recorded facts: what can be asked again without ranking anybody. */
export type ReportedFacts = Counted & Pick<ReportContent, 'decisions' | 'candidates'>

/** Counts and pace that differ. */
export function countMoves(before: Counted, now: Counted): FigureMove[] {
  const measured = ({ pace }: Counted) =>
    measuredFigures({ figures: {}, previous: null, ranking: null, bodies: [], pace })
  const was = { ...before.figures, ...measured(before) }
  const is = { ...now.figures, ...measured(now) }
  return movesBetween(withNoughts(was, is, countedSets), withNoughts(is, was, countedSets))
}

/**
 * Whether facts that were recorded after a freeze change its counts, its pace, or the decisions and candidates that it
 * names: the same question about the same days, asked anew, is answered otherwise (R4a, R10). A name that was amended
 * since, and the quality table, which all bodies make together, are told among what changed and make no freeze outdated.
 */
export function isFreezeOutdated(frozen: ReportedFacts, now: ReportedFacts): boolean {
  return countMoves(frozen, now).length > 0 || factChanges(frozen, now).length > 0
}

/** Whether two reports ask the same of the registry, each as it was known to it: then what they say of facts is compared alone. */
export function isSameQuestion(before: ReportContent, now: ReportContent): boolean {
  const question = ({ settings, spans, calendarVersion, sets, previous }: ReportContent) => ({
    regions: settings.regions,
    spans,
    calendarVersion,
    sets,
    previousKnownAt: previous?.knownAt ?? null,
  })
  return isSame(question(before), question(now))
}

/** What else reads otherwise, in words, in the order of {@link changedParts}. */
export function partChanges(before: ReportContent, now: ReportContent): PartChange[] {
  return [
    ...changedOnly('settings', before.settings, now.settings, [
      '报告名称、主送机关或分类有变',
      'name, addressee or division of the report',
    ]),
    ...changedOnly('spans', before.spans, now.spans, ['报告期有变', 'the period of the report']),
    ...changedOnly('calendar', before.calendarVersion, now.calendarVersion, [
      `工作日日历由第${before.calendarVersion}版变为第${now.calendarVersion}版`,
      `the calendar: version ${before.calendarVersion}, now ${now.calendarVersion}`,
    ]),
    ...changedOnly('secretariat', before.secretariat, now.secretariat, [
      `秘书处由${before.secretariat}变为${now.secretariat}`,
      `the secretariat: ${before.secretariat}, now ${now.secretariat}`,
    ]),
    ...changedOnly('policy', before.ranking?.policyVersion ?? null, now.ranking?.policyVersion ?? null, [
      '评价办法的版本有变',
      'the version of the policy',
    ]),
    ...changedOnly('previous', before.previous?.sha256 ?? null, now.previous?.sha256 ?? null, [
      '所比较的上年度冻结有变',
      'the freeze of last year that it is compared with',
    ]),
    ...textChanges(before, now),
    ...factChanges(before, now),
    ...annexNames.flatMap((annex) => annexChange(annex, before, now)),
  ]
}

type ListedFacts = Pick<ReportContent, 'decisions' | 'candidates'>

function factChanges(before: ListedFacts, now: ListedFacts): PartChange[] {
  return [
    ...changedOnly('decisions', before.decisions, now.decisions, [
      `所列决定和处理措施由${before.decisions.length}项变为${now.decisions.length}项，或内容有变`,
      `decisions and measures that are named: ${before.decisions.length}, now ${now.decisions.length}, or what they say`,
    ]),
    ...changedOnly('candidates', before.candidates, now.candidates, [
      `候选机构由${before.candidates.length}家变为${now.candidates.length}家，或内容有变`,
      `candidates: ${before.candidates.length}, now ${now.candidates.length}, or what is said of them`,
    ]),
  ]
}

function changedOnly(
  part: ChangedPart,
  before: unknown,
  now: unknown,
  [zh, en]: readonly [zh: string, en: string],
): PartChange[] {
  return isSame(before, now) ? [] : [{ part, words: { zh, en } }]
}

function isSame(before: unknown, now: unknown): boolean {
  return JSON.stringify(ordered(before)) === JSON.stringify(ordered(now))
}

/** Objects with their keys in one order: what is read back from a freeze has them by the alphabet. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.map(([key, each]) => [key, ordered(each)])
}

function textChanges(before: ReportContent, now: ReportContent): PartChange[] {
  return textSections.flatMap((section) => {
    const [was, is] = [before.texts[section], now.texts[section]]
    const places = Array.from({ length: Math.max(was.length, is.length) }, (_, at) => at).filter(
      (at) => was[at] !== is[at],
    )
    const [zh, en] = textSectionNames[section]
    const shown = places.map((at) => at + 1)
    const words = { zh: `“${zh}”第${shown.join('、')}段有变`, en: `${en}: paragraph ${shown.join(', ')}` }
    return shown.length === 0 ? [] : [{ part: 'texts' as const, words }]
  })
}

function annexChange(annex: AnnexName, before: ReportContent, now: ReportContent): PartChange[] {
  const [was, is] = [before.annexes[annex], now.annexes[annex]]
  const [zh, en] = annexTitles[annex]
  const rows =
    was.rows === is.rows
      ? ([`仍为${is.rows}行，内容有变`, `${is.rows} rows still, which say otherwise`] as const)
      : ([`由${was.rows}行变为${is.rows}行`, `${was.rows} rows, now ${is.rows}`] as const)
  return changedOnly('annexes', was.sha256, is.sha256, [`附件“${zh}”${rows[0]}`, `annex, ${en}: ${rows[1]}`])
}
