/** What policy says of a body; the secretariat decides (R9). */
export const recommendations = ['keep', 'commend', 'watch', 'rectify', 'remove', 'insufficient_data'] as const
export type Recommendation = (typeof recommendations)[number]

export const recommendationNames: Readonly<Record<Recommendation, readonly [zh: string, en: string]>> = {
  keep: ['保留', 'keep'],
  commend: ['表扬', 'commend'],
  watch: ['关注', 'watch'],
  rectify: ['限期整改', 'rectify'],
  remove: ['退出', 'remove'],
  insufficient_data: ['数据不足', 'insufficient data'],
}

/** Bars and chances of a policy (R9); rates and chances from 0 to 1. */
export type RecommendationPolicy = {
  /** The on-time rate that a body is to reach. */
  readonly bar: number
  /** The rate of class A. */
  readonly topBar: number
  readonly watchAt: number
  readonly rectifyAt: number
  /** Only after a rectification that failed. */
  readonly removeAt: number
  readonly commendAt: number
  /** Below so many results nothing is recommended. */
  readonly resultsMin: number
}

export const defaultRecommendation: RecommendationPolicy = {
  bar: 0.85,
  topBar: 0.9,
  watchAt: 0.5,
  rectifyAt: 0.8,
  removeAt: 0.95,
  commendAt: 0.9,
  resultsMin: 5,
}

export type RecommendationFacts = {
  readonly results: number
  readonly chanceBelowBar: number
  readonly chanceAboveTop: number
  readonly hasFailedRectification: boolean
  /** Approval revoked, or a confirmed false result: a ground for removal by itself. */
  readonly hasGroundForRemoval: boolean
}

/** The recommendation of a policy; no removal at the first fault, unless by a ground of its own (R8, R9). */
export function recommend(facts: RecommendationFacts, policy: RecommendationPolicy): Recommendation {
  const { results, chanceBelowBar, chanceAboveTop, hasFailedRectification } = facts
  if (facts.hasGroundForRemoval) return 'remove'
  if (results < policy.resultsMin) return 'insufficient_data'
  if (hasFailedRectification && chanceBelowBar >= policy.removeAt) return 'remove'
  if (chanceBelowBar >= policy.rectifyAt) return 'rectify'
  if (chanceBelowBar >= policy.watchAt) return 'watch'
  return chanceAboveTop >= policy.commendAt ? 'commend' : 'keep'
}

/** The chance that decides: of being below the bar, or where a body is commended above the top one. */
type DecidingChance =
  | { readonly bar: number; readonly chanceBelowBar: number }
  | { readonly topBar: number; readonly chanceAboveTop: number }

export type Evidence = DecidingChance & {
  readonly met: number
  readonly due: number
  readonly falseResult: boolean
  readonly approvalRevoked: boolean
  readonly hasFailedRectification: boolean
}

/** What a body's numbers come to, in words, with the figures that were computed and never a bare rank (R9). */
export function evidenceInWords(evidence: Evidence): { readonly zh: string; readonly en: string } {
  const sentences = [
    ...(evidence.approvalRevoked ? [['机构批准已被撤销。', 'Its approval was revoked.']] : []),
    ...(evidence.falseResult ? [['有查实的虚假认证结果。', 'A false result was confirmed.']] : []),
    ...(evidence.hasFailedRectification ? [['此前的整改未通过。', 'An earlier rectification failed.']] : []),
    reportsInWords(evidence),
  ]
  return { zh: sentences.map(([zh]) => zh).join(''), en: sentences.map(([, en]) => en).join(' ') }
}

function reportsInWords(evidence: Evidence): [zh: string, en: string] {
  const { met, due } = evidence
  if (due === 0) return ['没有到期的报送。', 'It had no reports due.']
  const late = due - met
  const [zh, en] = chanceInWords(evidence)
  return [
    `${due} 项报送中有 ${late} 项未按期；真实按期率${zh}。`,
    `${late} of its ${due} ${due === 1 ? 'report was' : 'reports were'} not on time; the chance that its true on-time rate is ${en}.`,
  ]
}

function chanceInWords(chance: DecidingChance): [zh: string, en: string] {
  const [isAbove, bar, how] =
    'topBar' in chance ? [true, chance.topBar, chance.chanceAboveTop] : [false, chance.bar, chance.chanceBelowBar]
  const [percent, likely] = [Math.round(bar * 100), percentOf(how)]
  return [
    `${isAbove ? '高于' : '低于'} ${percent}% 的可能性为 ${likely}`,
    `${isAbove ? 'above' : 'under'} ${percent} % is ${likely}`,
  ]
}

/** Nothing computed is certain: what rounds to 0 or 100 is said to be under or over. */
function percentOf(chance: number): string {
  const percent = chance * 100
  if (percent < 0.5) return '<1%'
  return percent > 99.5 ? '>99%' : `${Math.round(percent)}%`
}
