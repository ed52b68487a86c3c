/** What policy says of a body; the secretariat decides (R9). */
export const recommendations = ['keep', 'commend', 'watch', 'rectify', 'remove', 'insufficient_data'] as const
export type Recommendation = (typeof recommendations)[number]

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

export const defaultPolicy: RecommendationPolicy = {
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
}

/** The recommendation of a policy; never a removal at the first fault (R8, R9). */
export function recommend(facts: RecommendationFacts, policy: RecommendationPolicy): Recommendation {
  const { results, chanceBelowBar, chanceAboveTop, hasFailedRectification } = facts
  if (results < policy.resultsMin) return 'insufficient_data'
  if (hasFailedRectification && chanceBelowBar >= policy.removeAt) return 'remove'
  if (chanceBelowBar >= policy.rectifyAt) return 'rectify'
  if (chanceBelowBar >= policy.watchAt) return 'watch'
  return chanceAboveTop >= policy.commendAt ? 'commend' : 'keep'
}

/** What a body's numbers come to, in words, with the figures that were computed and never a bare rank (R9). */
export function evidenceInWords({
  met,
  due,
  bar,
  chanceBelowBar,
}: {
  met: number
  due: number
  bar: number
  chanceBelowBar: number
}): { readonly zh: string; readonly en: string } {
  const [late, percent, chance] = [due - met, Math.round(bar * 100), percentOf(chanceBelowBar)]
  return {
    zh: `${due} 项报送中有 ${late} 项未按期；真实按期率低于 ${percent}% 的可能性为 ${chance}。`,
    en: `${late} of its ${due} ${due === 1 ? 'report was' : 'reports were'} not on time; the chance that its true on-time rate is under ${percent} % is ${chance}.`,
  }
}

/** Nothing computed is certain: what rounds to 0 or 100 is said to be under or over. */
function percentOf(chance: number): string {
  const percent = chance * 100
  if (percent < 0.5) return '<1%'
  return percent > 99.5 ? '>99%' : `${Math.round(percent)}%`
}
